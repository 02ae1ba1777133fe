"""A heat map lies where its cells look, on every grid."""

from __future__ import annotations

import numpy as np
import pytest

from mammoview.core.errors import UsageError
from mammoview.core.geometry import ALL_ORIENTATIONS, Box, Crop, GridTransform, Orientation
from mammoview.core.heat import COLOR_MAPS, blend_heat, color_table, heat_map_16bit, heat_peak, lay_heat_map
from mammoview.core.prediction import HeatMap
from mammoview.core.pyramid import scale_step
from mammoview.core.view_state import Placement

STRIDE, FIRST = 32.0, 31.0
CELLS_FROM_MODEL = GridTransform(1 / STRIDE, -FIRST / STRIDE, 1 / STRIDE, -FIRST / STRIDE)


def single_cell(row: int, column: int, crop: Crop) -> HeatMap:
    cells = np.zeros((8, 5), np.float32)
    cells[row, column] = 1
    return HeatMap(cells, crop.model_from_stored().then(CELLS_FROM_MODEL))


def centroid(values: np.ndarray) -> tuple[float, float]:
    weight = values.astype(np.float64)
    rows, columns = np.mgrid[0 : values.shape[0], 0 : values.shape[1]]
    return float((rows * weight).sum() / weight.sum()), float((columns * weight).sum() / weight.sum())


def crops(orientation: Orientation) -> list[Crop]:
    """Not square, off centre, stretched and letterboxed, for a stored image of 700 x 520."""
    laid_rows, laid_columns = orientation.shape(700, 520)
    box = Box(90, 110, laid_rows - 120, laid_columns - 130)
    return [
        Crop(700, 520, orientation, box, Box(0, 0, 256, 160), 256, 160),
        Crop(700, 520, orientation, box, Box(13, 0, 243, 140), 256, 160),
    ]


@pytest.mark.parametrize("orientation", ALL_ORIENTATIONS)
@pytest.mark.parametrize("which", [0, 1], ids=["stretched", "letterboxed"])
def test_single_cell_lies_within_a_stored_pixel_of_its_reference(orientation: Orientation, which: int) -> None:
    crop = crops(orientation)[which]
    for row, column in ((2, 1), (4, 2), (5, 3)):
        laid = heat_map_16bit(single_cell(row, column, crop), 700, 520)
        model_row, model_column = FIRST + STRIDE * row, FIRST + STRIDE * column
        cut_row = (model_row - crop.inner.row0 + 0.5) / crop.inner.rows * crop.box.rows + crop.box.row0 - 0.5
        cut_column = (model_column - crop.inner.column0 + 0.5) / crop.inner.columns * crop.box.columns
        cut_column += crop.box.column0 - 0.5
        laid_rows, laid_columns = orientation.shape(700, 520)
        if orientation.flip_rows:
            cut_row = laid_rows - 1 - cut_row
        if orientation.flip_columns:
            cut_column = laid_columns - 1 - cut_column
        expected = (cut_column, cut_row) if orientation.transpose else (cut_row, cut_column)
        assert np.hypot(*np.subtract(centroid(laid), expected)) < 1.0


@pytest.mark.parametrize("orientation", ALL_ORIENTATIONS)
def test_on_screen_it_lies_where_the_stored_pixel_is_shown(orientation: Orientation) -> None:
    crop = crops(Orientation(flip_columns=True))[0]
    heat = single_cell(4, 2, crop)
    step = scale_step(0.4, 4)
    placement = Placement(700, 520, orientation, step, step, 17, -9)
    to_screen = placement.screen_from_stored()
    shown = centroid(lay_heat_map(heat, to_screen, 420, 420))
    stored = centroid(lay_heat_map(heat, GridTransform(), 700, 520))
    assert np.hypot(*np.subtract(shown, to_screen(*stored))) < 0.5


def test_sixteen_bit_map_spans_to_the_strongest_response() -> None:
    crop = crops(Orientation())[0]
    laid = heat_map_16bit(single_cell(4, 2, crop), 700, 520)
    assert laid.dtype == np.uint16
    assert laid.max() == 65535
    assert laid.min() == 0


def test_map_without_response_stays_empty() -> None:
    heat = HeatMap(np.zeros((8, 5), np.float32), CELLS_FROM_MODEL)
    assert not heat_map_16bit(heat, 50, 40).any()


def test_under_the_threshold_the_grey_is_untouched() -> None:
    greys = np.full((4, 6), 77, np.uint8)
    heat = np.linspace(0, 1, 24, dtype=np.float32).reshape(4, 6)
    rgb = blend_heat(greys, heat, opacity=1.0, threshold=0.5, color_map="inferno")
    assert (rgb[heat < 0.5] == 77).all()
    assert (rgb[heat >= 0.5] != 77).any()


def test_opacity_one_shows_the_colour_itself_and_zero_the_grey() -> None:
    greys = np.full((1, 1), 90, np.uint8)
    heat = np.ones((1, 1), np.float32)
    full = blend_heat(greys, heat, opacity=1.0, threshold=0.0, color_map="viridis")
    none = blend_heat(greys, heat, opacity=0.0, threshold=0.0, color_map="viridis")
    np.testing.assert_array_equal(full[0, 0], color_table("viridis")[255])
    assert (none == 90).all()


def test_outside_the_breast_nothing_is_coloured() -> None:
    greys = np.zeros((3, 3), np.uint8)
    inside = np.zeros((3, 3), np.bool_)
    inside[1, 1] = True
    rgb = blend_heat(greys, np.ones((3, 3), np.float32), opacity=0.7, threshold=0.1, color_map="inferno", inside=inside)
    assert not rgb[~inside].any()
    assert rgb[1, 1].any()


@pytest.mark.parametrize("name", ["inferno", "viridis", "cividis", "magma"])
def test_default_colour_maps_grow_steadily_in_lightness(name: str) -> None:
    table = color_table(name).astype(float)
    lightness = table @ np.array([0.2126, 0.7152, 0.0722])
    assert (np.diff(lightness[::16]) > 0).all()


def test_unknown_colour_map_names_the_choices() -> None:
    with pytest.raises(UsageError, match="inferno"):
        color_table("rainbow")
    assert "inferno" in COLOR_MAPS


@pytest.mark.parametrize("orientation", ALL_ORIENTATIONS)
@pytest.mark.parametrize("which", [0, 1], ids=["stretched", "letterboxed"])
def test_the_peak_is_where_the_strongest_cell_looks(orientation: Orientation, which: int) -> None:
    heat = single_cell(4, 2, crops(orientation)[which])
    assert heat_peak(heat, 700, 520) == pytest.approx(centroid(heat_map_16bit(heat, 700, 520)), abs=1.0)


@pytest.mark.parametrize("orientation", ALL_ORIENTATIONS)
def test_the_peak_lies_within_the_breast(orientation: Orientation) -> None:
    crop = crops(orientation)[0]
    cells = np.zeros((8, 5), np.float32)
    cells[4, 2], cells[2, 3] = 1, 0.6
    heat = HeatMap(cells, crop.model_from_stored().then(CELLS_FROM_MODEL))
    outside = heat_peak(heat, 700, 520)
    other = heat_peak(single_cell(2, 3, crop), 700, 520)
    assert outside is not None and other is not None
    mask = np.zeros((70, 52), np.bool_)
    mask[round(other[0] / 10) - 3 : round(other[0] / 10) + 4, round(other[1] / 10) - 3 : round(other[1] / 10) + 4] = (
        True
    )
    mask[round(outside[0] / 10), round(outside[1] / 10)] = False
    peak = heat_peak(heat, 700, 520, mask)
    assert peak == pytest.approx(other, abs=6.0)


def test_an_empty_map_has_no_peak() -> None:
    assert heat_peak(HeatMap(np.zeros((8, 5), np.float32), GridTransform()), 700, 520) is None


def test_a_map_beside_the_breast_has_no_peak() -> None:
    heat = single_cell(4, 2, crops(Orientation())[0])
    assert heat_peak(heat, 700, 520, np.zeros((70, 52), np.bool_)) is None
