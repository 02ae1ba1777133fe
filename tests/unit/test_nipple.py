"""The nipple is where the breast reaches farthest, and its distance leads to the right place in the other view."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest
from numpy.typing import NDArray

from mammoview.core.errors import MammoviewError
from mammoview.core.geometry import ALL_ORIENTATIONS, Orientation, Spacing
from mammoview.core.nipple import Method, arc, band, estimate_nipple, nipple_depth_mm, nipple_distance_mm
from mammoview.core.prepared import PreparedImage, prepare
from mammoview.core.study import Laterality
from mammoview.core.window import Greyscale
from tests.factories import make_breast
from tests.unit.made import breast_image, image_of, prepared_as

ROWS, COLUMNS = 600, 450
TIP_MM = 2.0
SPACING = Spacing(0.4, 0.4, "imager")


def tip(laterality: str) -> tuple[float, float]:
    """Where the made breast reaches farthest."""
    from_wall = 0.75 * COLUMNS
    return (ROWS - 1) / 2, COLUMNS - 1 - from_wall if laterality == "R" else from_wall


def breast(laterality: str = "R", spacing: Spacing | None = SPACING) -> PreparedImage:
    return prepare(breast_image(laterality, rows=ROWS, columns=COLUMNS, spacing=spacing))


def with_mask(prepared: PreparedImage, mask: NDArray[np.bool_]) -> PreparedImage:
    return replace(prepared, region=replace(prepared.region, mask=mask))


@pytest.mark.parametrize("laterality", ["R", "L"])
def test_the_nipple_is_at_the_tip_of_the_breast(laterality: str) -> None:
    found = estimate_nipple(breast(laterality))
    assert found is not None
    assert math.dist(found, tip(laterality)) * 0.4 < TIP_MM


@pytest.mark.parametrize("orientation", ALL_ORIENTATIONS)
def test_the_nipple_is_found_however_the_image_is_stored(orientation: Orientation) -> None:
    upright = breast("R")
    expected = estimate_nipple(upright)
    assert expected is not None
    stored = np.ascontiguousarray(orientation.inverse().apply(upright.image.stored))
    image = image_of(stored, grey=Greyscale(12), spacing=SPACING)
    found = estimate_nipple(prepared_as(image, orientation))
    assert found is not None
    assert orientation.transform(*stored.shape)(*found) == pytest.approx(expected, abs=1.5)


def test_the_nipple_lies_between_the_cells_of_the_mask() -> None:
    prepared = breast("L")
    rows, columns = prepared.region.mask.shape
    row, column = np.mgrid[0:rows, 0:columns]
    mask = column + 0.5 < 200 - (row - 150.4) ** 2 / 300
    found = estimate_nipple(with_mask(prepared, mask))
    per_cell = ROWS / rows
    assert found == pytest.approx(((150.4 + 0.5) * per_cell - 0.5, 200 * per_cell - 0.5), abs=0.3 * per_cell)


def test_a_fold_that_stands_out_less_than_the_tip_does_not_move_it() -> None:
    prepared = breast("L")
    rows, columns = prepared.region.mask.shape
    row, column = np.mgrid[0:rows, 0:columns]
    mask = column < 200 - (row - 150) ** 2 / 300
    folded = mask | ((row >= 320) & (row < 340) & (column < 198))
    assert estimate_nipple(with_mask(prepared, folded)) == estimate_nipple(with_mask(prepared, mask))


def test_without_a_breast_there_is_no_nipple() -> None:
    assert estimate_nipple(prepare(image_of(np.zeros((200, 150), np.uint16), grey=Greyscale(12)))) is None


def test_a_breast_that_runs_out_of_the_image_has_no_nipple() -> None:
    prepared = breast("L")
    assert estimate_nipple(with_mask(prepared, np.ones_like(prepared.region.mask))) is None


def test_without_a_side_the_chest_wall_in_the_pixels_decides() -> None:
    prepared = prepare(image_of(make_breast("L", ROWS, COLUMNS), laterality="", grey=Greyscale(12)))
    found = estimate_nipple(prepared)
    assert found is not None
    assert math.dist(found, tip("L")) < 8


def test_without_side_and_chest_wall_there_is_no_nipple() -> None:
    prepared = breast("L")
    vague = replace(prepared.image, header=replace(prepared.header, laterality=Laterality.UNKNOWN))
    region = replace(prepared.region, extents=dict.fromkeys(prepared.region.extents, 0.5))
    assert estimate_nipple(replace(prepared, image=vague, region=region)) is None


def test_a_distance_counts_each_axis_by_its_spacing() -> None:
    assert nipple_distance_mm((30, 0), (0, 20), Spacing(0.1, 0.2, "imager")) == pytest.approx(5.0)


@pytest.mark.parametrize("spacing", [None, Spacing(0.1, 0.1, "assumed")])
def test_without_known_spacing_there_is_no_distance(spacing: Spacing | None) -> None:
    assert nipple_distance_mm((30, 0), (0, 20), spacing) is None


@pytest.mark.parametrize(("laterality", "behind"), [("R", 100.0), ("L", -100.0)])
def test_depth_grows_towards_the_chest_wall(laterality: str, behind: float) -> None:
    row, column = tip(laterality)
    found = nipple_depth_mm(breast(laterality), (row + 70, column + behind), (row, column))
    assert found == pytest.approx(40.0)


def test_depth_needs_a_spacing() -> None:
    assert nipple_depth_mm(breast(spacing=None), (0, 0), (1, 1)) is None


@pytest.mark.parametrize("spacing", [SPACING, Spacing(0.2, 0.5, "imager")])
def test_every_point_of_the_arc_is_as_far_from_the_nipple(spacing: Spacing) -> None:
    prepared = breast("R", spacing)
    points = arc(prepared, tip("R"), 40.0)
    assert len(points) > 50
    for point in points.tolist():
        assert nipple_distance_mm((point[0], point[1]), tip("R"), spacing) == pytest.approx(40.0)


@pytest.mark.parametrize("laterality", ["R", "L"])
def test_the_arc_stays_within_the_breast(laterality: str) -> None:
    prepared = breast(laterality)
    mask = prepared.region.mask
    cells = np.floor((arc(prepared, tip(laterality), 60.0) + 0.5) * (mask.shape[0] / ROWS)).astype(int)
    assert mask[cells[:, 0], cells[:, 1]].all()


def test_the_arc_goes_through_the_point_whose_distance_it_has() -> None:
    lesion = (330.0, 300.0)
    distance = nipple_distance_mm(lesion, tip("R"), SPACING)
    assert distance is not None
    points = arc(breast("R"), tip("R"), distance)
    assert np.hypot(*(points - lesion).T).min() * 0.4 < 0.5


def test_parts_of_an_arc_that_do_not_touch_are_kept_apart() -> None:
    prepared = breast("L")
    row, column = tip("L")
    mask = prepared.region.mask.copy()
    middle = mask.shape[0] // 2
    mask[middle - 10 : middle + 10] = False
    points = arc(with_mask(prepared, mask), (row, column), 60.0)
    assert np.isnan(points).all(axis=1).sum() == 1


def test_an_arc_beyond_the_breast_is_empty() -> None:
    assert arc(breast(), tip("R"), 5000.0).shape == (0, 2)


@pytest.mark.parametrize("spacing", [None, Spacing(0.1, 0.1, "assumed")])
def test_an_arc_needs_a_spacing(spacing: Spacing | None) -> None:
    with pytest.raises(MammoviewError, match="no pixel spacing"):
        arc(breast(spacing=spacing), tip("R"), 40.0)


def test_the_band_reaches_ten_millimetres_to_both_sides() -> None:
    prepared = breast("R")
    found = band(prepared, tip("R"), 40.0)
    radii = [
        float(np.hypot(*(points - tip("R")).T).mean()) * 0.4 for points in (found.inner, found.middle, found.outer)
    ]
    assert radii == pytest.approx([30, 40, 50])


def test_near_the_nipple_the_band_has_no_inner_arc() -> None:
    assert len(band(breast("R"), tip("R"), 8.0).inner) == 0


@pytest.mark.parametrize("orientation", [Orientation(), Orientation(transpose=True), Orientation(flip_columns=True)])
def test_the_straight_line_lies_at_one_depth(orientation: Orientation) -> None:
    stored = np.ascontiguousarray(orientation.inverse().apply(breast("R").image.stored))
    image = image_of(stored, grey=Greyscale(12), spacing=SPACING)
    prepared = prepared_as(image, orientation)
    nipple = orientation.transform(*stored.shape).inverse()(*tip("R"))
    points = arc(prepared, nipple, 50.0, Method.STRAIGHT)
    assert len(points) > 50
    for point in points.tolist():
        assert nipple_depth_mm(prepared, (point[0], point[1]), nipple) == pytest.approx(50.0)
