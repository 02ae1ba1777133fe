"""What is drawn is what the stored values say, in the right place, black elsewhere."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from mammoview.core.annotate import CornerTexts
from mammoview.core.geometry import ALL_ORIENTATIONS, GridTransform, Orientation, Spacing
from mammoview.core.hanging import Frame
from mammoview.core.prediction import HeatMap, ImagePrediction
from mammoview.core.prepared import PreparedImage, prepare
from mammoview.core.pyramid import scale_step
from mammoview.core.render import Drawing, RenderMemo, draw_view, native_greys
from mammoview.core.study import Laterality
from mammoview.core.view_state import HeatPresentation, Placement, Presentation, native_placement
from mammoview.core.window import Greyscale, PixelPadding, VoiWindow
from mammoview.reading.pictures import lettering
from tests.unit.made import breast_image, image_of, prepared_as

PLAIN = Presentation(annotations=False)


def drawing(prepared: PreparedImage, placement: Placement, frame: Frame, presentation: Presentation = PLAIN) -> Drawing:
    return Drawing(prepared, placement, frame, presentation)


def with_heat(prepared: PreparedImage, score: float = 0.9) -> ImagePrediction:
    cells = np.ones((2, 2), np.float32)
    whole = GridTransform(1 / prepared.image.rows, 0.4, 1 / prepared.image.columns, 0.4)
    return ImagePrediction(prepared.image.key, Laterality.RIGHT, score, None, HeatMap(cells, whole))


@pytest.mark.parametrize("orientation", ALL_ORIENTATIONS)
def test_one_to_one_shows_each_stored_pixel_once(orientation: Orientation) -> None:
    image = breast_image(rows=120, columns=90)
    prepared = prepared_as(image, orientation)
    rows, columns = orientation.shape(120, 90)
    placement = native_placement(120, 90, orientation)
    rgb = draw_view(drawing(prepared, placement, Frame(rows, columns)), lettering())
    np.testing.assert_array_equal(rgb[..., 0], orientation.apply(native_greys(image)))
    np.testing.assert_array_equal(rgb[..., 0], rgb[..., 2])


@pytest.mark.parametrize("orientation", ALL_ORIENTATIONS)
def test_a_bright_pixel_is_drawn_where_the_placement_says(orientation: Orientation) -> None:
    stored = np.zeros((400, 300), np.uint16)
    stored[140:148, 92:100] = 4095
    prepared = prepared_as(image_of(stored, grey=Greyscale(12)), orientation)
    step = scale_step(0.43, len(prepared.pyramid.levels))
    placement = Placement(400, 300, orientation, step, step, -21, 13)
    rgb = draw_view(drawing(prepared, placement, Frame(180, 170)), lettering()).astype(float)[..., 0]
    rows, columns = np.mgrid[0:180, 0:170]
    found = ((rows * rgb).sum() / rgb.sum(), (columns * rgb).sum() / rgb.sum())
    assert found == pytest.approx(placement.screen_from_stored()(143.5, 95.5), abs=0.6)


def test_outside_the_image_the_picture_is_black() -> None:
    grey = Greyscale(12, vois=(VoiWindow(2048, 4096),))
    prepared = prepare(image_of(np.full((50, 40), 3000, np.uint16), grey=grey))
    rgb = draw_view(drawing(prepared, native_placement(50, 40).moved_to(10, 20), Frame(80, 90)), lettering())
    assert rgb[10:60, 20:60].all()
    rgb[10:60, 20:60] = 0
    assert not rgb.any()


@pytest.mark.parametrize("invert", [False, True])
@pytest.mark.parametrize("scale", [1.0, 0.61, 0.2])
def test_padding_is_black_under_every_window_and_invert(invert: bool, scale: float) -> None:
    stored = np.full((300, 300), 1500, np.uint16)
    stored[:, 200:] = 0
    prepared = prepare(image_of(stored, grey=Greyscale(12, padding=PixelPadding.of(0, 5))))
    step = scale_step(scale, len(prepared.pyramid.levels))
    size = round(300 * step.scale)
    for window in (VoiWindow(2000, 4000), VoiWindow(10, 20), VoiWindow(-500, 3)):
        look = Presentation(window=window, invert=invert, annotations=False)
        placement = Placement(300, 300, Orientation(), step, step, 0, 0)
        rgb = draw_view(drawing(prepared, placement, Frame(size, size), look), lettering())
        assert not rgb[:, round(202 * step.scale) :].any()


def test_the_memo_changes_nothing() -> None:
    prepared = prepare(breast_image())
    memo = RenderMemo()
    step = scale_step(0.5, len(prepared.pyramid.levels))
    for offset, window in ((0, VoiWindow(2000, 4000)), (0, VoiWindow(900, 800)), (7, VoiWindow(900, 800))):
        look = Presentation(window=window)
        one = drawing(prepared, Placement(600, 450, Orientation(), step, step, offset, 0), Frame(300, 225), look)
        np.testing.assert_array_equal(draw_view(one, lettering(), memo), draw_view(one, lettering()))


def test_heat_under_the_operating_point_is_hidden_unless_asked_for() -> None:
    prepared = prepare(breast_image())
    look = Presentation(heat=HeatPresentation(visible=True), annotations=False)
    base = drawing(prepared, native_placement(600, 450), Frame(600, 450), look)
    low = replace(base, prediction=with_heat(prepared, 0.2), operating_point=0.5)
    assert low.heat_hidden
    plain = draw_view(base, lettering())
    np.testing.assert_array_equal(draw_view(low, lettering()), plain)
    assert (draw_view(replace(low, heat_below=True), lettering()) != plain).any()
    high = replace(base, prediction=with_heat(prepared, 0.8), operating_point=0.5)
    assert (draw_view(high, lettering()) != plain).any()


def test_colour_stays_inside_the_breast() -> None:
    prepared = prepare(breast_image())
    look = Presentation(heat=HeatPresentation(visible=True, threshold=0.0), annotations=False)
    one = replace(drawing(prepared, native_placement(600, 450), Frame(600, 450), look), prediction=with_heat(prepared))
    rgb = draw_view(one, lettering()).astype(int)
    colored = np.abs(rgb[..., 0] - rgb[..., 2]) > 3
    assert colored.any()
    assert not colored[:20].any()
    assert not colored[:, :60].any()


@pytest.mark.parametrize("side", ["R", "L"])
def test_texts_stand_away_from_the_chest_wall(side: str) -> None:
    image = breast_image(side, rows=600, columns=450, grey=Greyscale(12, vois=(VoiWindow(2048, 4096),)))
    blank = replace(image, stored=np.zeros_like(image.stored))
    prepared = prepare(blank)
    one = replace(
        drawing(prepared, native_placement(600, 450), Frame(600, 450), Presentation()),
        texts=CornerTexts(image.header.side_view, ("A, B",), ("2026-01-01",)),
    )
    written = draw_view(one, lettering()).any(axis=(0, 2))
    outer = written[:225] if side == "R" else written[225:]
    inner = written[225:] if side == "R" else written[:225]
    assert outer.any()
    assert not inner.any()


def test_hidden_annotations_leave_side_and_view() -> None:
    prepared = prepare(breast_image())
    texts = CornerTexts("RCC", ("NAME",), ("2026-01-01",))
    frame = Frame(600, 450)
    one = replace(drawing(prepared, native_placement(600, 450), frame, PLAIN), texts=texts)
    only = replace(one, texts=CornerTexts("RCC"))
    np.testing.assert_array_equal(draw_view(one, lettering()), draw_view(only, lettering()))
    assert (draw_view(one, lettering()) != draw_view(replace(one, texts=CornerTexts()), lettering())).any()


def test_eight_bit_pictures_are_drawn_by_the_same_way() -> None:
    stored = np.arange(256, dtype=np.uint8).reshape(16, 16)
    image = image_of(stored, grey=Greyscale(8, vois=(VoiWindow(128, 256),)))
    assert np.abs(native_greys(image).astype(int) - stored).max() <= 1


def test_a_plain_picture_with_bright_air_is_shown_inverted_and_kept_as_it_is_on_the_stored_grid() -> None:
    picture = breast_image(grey=Greyscale(12, vois=(VoiWindow(2048, 4096),)))
    forgotten = replace(picture, stored=np.uint16(4095) - picture.stored)
    prepared = prepare(forgotten)
    frame = Frame(600, 450)
    shown = draw_view(drawing(prepared, native_placement(600, 450), frame), lettering())[..., 0]
    right = draw_view(drawing(prepare(picture), native_placement(600, 450), frame), lettering())[..., 0]
    assert np.abs(shown.astype(int) - right).max() <= 1
    np.testing.assert_array_equal(native_greys(forgotten), 255 - native_greys(picture).astype(int))


def test_made_up_millimetres_carry_no_scale_bar() -> None:
    prepared = prepare(breast_image())
    base = drawing(prepared, native_placement(600, 450), Frame(600, 450), Presentation())
    assumed = replace(base, spacing=Spacing(0.1, 0.1, "assumed"))
    np.testing.assert_array_equal(draw_view(assumed, lettering()), draw_view(base, lettering()))
