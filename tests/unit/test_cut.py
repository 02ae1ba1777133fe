"""Moving the picture gives the same values as drawing it anew; overlays and air lie where they belong."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise
from typing import Any

import numpy as np
import pytest

from mammoview.core.annotate import OVERLAY, CornerTexts
from mammoview.core.cut import Area, CutMemo, covered, overlay_on
from mammoview.core.geometry import ALL_ORIENTATIONS, GridTransform, Orientation
from mammoview.core.hanging import Frame
from mammoview.core.heat_memo import HeatMemo
from mammoview.core.image import OverlayPlane
from mammoview.core.prediction import HeatMap, ImagePrediction
from mammoview.core.prepared import PreparedImage, prepare
from mammoview.core.pyramid import scale_step
from mammoview.core.render import Drawing, RenderMemo, draw_view, native_greys, paint
from mammoview.core.study import Laterality
from mammoview.core.view_state import HeatPresentation, Placement, Presentation, native_placement
from mammoview.core.window import Greyscale, PixelPadding
from mammoview.reading.pictures import lettering
from tests.factories import make_breast
from tests.unit.made import breast_image, image_of, prepared_as

FRAME = Frame(150, 170)
PLAIN = Presentation(annotations=False)


def placed(prepared: PreparedImage, orientation: Orientation, scale: float, row0: int, column0: int) -> Placement:
    step = scale_step(scale, len(prepared.pyramid.levels))
    return Placement(prepared.image.rows, prepared.image.columns, orientation, step, step, row0, column0)


@pytest.mark.parametrize("orientation", ALL_ORIENTATIONS)
@pytest.mark.parametrize("scale", [0.37, 1.0, 1.7])
@pytest.mark.parametrize("padded", [False, True])
def test_a_moved_picture_equals_a_fresh_one(orientation: Orientation, scale: float, padded: bool) -> None:
    grey = Greyscale(12, padding=PixelPadding.of(0)) if padded else Greyscale(12)
    prepared = prepared_as(breast_image(rows=600, columns=500, grey=grey), orientation)
    memo = CutMemo()
    for row0, column0 in ((-30, -40), (-37, -35), (-90, -35), (5, 8), (-100, -110), (-30, -40)):
        placement = placed(prepared, orientation, scale, row0, column0)
        area = covered(placement, FRAME)
        values, padding = memo.cut(prepared, placement, area)
        fresh, fresh_padding = CutMemo().cut(prepared, placement, area)
        np.testing.assert_array_equal(values, fresh)
        assert (padding is None) == (fresh_padding is None) == (not padded)
        if padding is not None:
            np.testing.assert_array_equal(padding, fresh_padding)


def test_a_draft_is_replaced_by_the_exact_values() -> None:
    prepared = prepare(breast_image(rows=600, columns=500))
    placement = placed(prepared, Orientation(), 0.37, 0, 0)
    area = covered(placement, FRAME)
    memo = CutMemo()
    draft = memo.cut(prepared, placement, area, draft=True)[0]
    exact = memo.cut(prepared, placement, area)[0]
    np.testing.assert_array_equal(exact, CutMemo().cut(prepared, placement, area)[0])
    assert not np.array_equal(draft, exact)
    assert float(np.abs(draft.astype(float) - exact).mean()) < 0.02 * 4095


@pytest.mark.parametrize("orientation", ALL_ORIENTATIONS)
@pytest.mark.parametrize("padded", [False, True])
def test_a_moved_heat_map_equals_a_fresh_one(orientation: Orientation, padded: bool) -> None:
    grey = Greyscale(12, padding=PixelPadding.of(0)) if padded else Greyscale(12)
    prepared = prepared_as(breast_image(rows=600, columns=500, grey=grey), orientation)
    cells = np.random.default_rng(2).random((9, 7)).astype(np.float32)
    over = HeatMap(cells, GridTransform(9 / 600, -0.5, 7 / 500, -0.5))
    prediction = ImagePrediction(prepared.image.key, Laterality.RIGHT, 0.9, heat_map=over)
    look = replace(PLAIN, heat=HeatPresentation(visible=True, opacity=0.6, threshold=0.2))
    memo = RenderMemo()
    for row0, column0 in ((-30, -40), (-37, -35), (-190, -135), (60, 80), (500, 0), (-100, -110), (-30, -40)):
        placement = placed(prepared, orientation, 1.3, row0, column0)
        moved = Drawing(prepared, placement, FRAME, look, prediction=prediction)
        np.testing.assert_array_equal(draw_view(moved, lettering(), memo), draw_view(moved, lettering()))


def test_a_draft_of_the_heat_map_is_near_it_and_replaced_by_it() -> None:
    prepared = prepare(breast_image(rows=600, columns=500))
    heat = HeatMap(np.random.default_rng(2).random((9, 7)).astype(np.float32), GridTransform(9 / 600, 0, 7 / 500, 0))
    placement = placed(prepared, Orientation(), 0.37, 0, 0)
    area = covered(placement, FRAME)
    memo = HeatMemo()
    _, draft = memo.index(prepared, heat, placement, area, draft=True)
    _, exact = memo.index(prepared, heat, placement, area)
    np.testing.assert_array_equal(exact, HeatMemo().index(prepared, heat, placement, area)[1])
    assert not np.array_equal(draft, exact)
    assert float(np.abs(draft.astype(float) - exact).mean()) < 0.02 * 255


@pytest.mark.parametrize("padding", [PixelPadding.of(0), None])
def test_no_colour_lies_on_what_is_shown_as_air(padding: PixelPadding | None) -> None:
    grey = Greyscale(12, padding=padding)
    prepared = prepare(breast_image(rows=600, columns=500, grey=grey))
    everywhere = HeatMap(np.ones((2, 2), np.float32), GridTransform(1 / 600, 0.4, 1 / 500, 0.4))
    prediction = ImagePrediction(prepared.image.key, Laterality.RIGHT, 0.9, heat_map=everywhere)
    look = replace(PLAIN, invert=True, heat=HeatPresentation(visible=True))
    placement = placed(prepared, Orientation(), 0.25, 0, 0)
    rgb = draw_view(Drawing(prepared, placement, FRAME, look, prediction=prediction), lettering())
    bare = replace(look, heat=HeatPresentation())
    greys = draw_view(Drawing(prepared, placement, FRAME, bare), lettering())
    assert rgb.any()
    assert not rgb[greys.max(axis=2) == 0].any()


@pytest.mark.parametrize("place", [(-700, 0), (0, -700), (400, 0), (0, 400), (-700, 400), (-600, -500)])
def test_nothing_of_an_earlier_picture_stays_when_the_image_is_moved_out_of_sight(place: tuple[int, int]) -> None:
    prepared = prepare(breast_image(rows=600, columns=500))
    memo = RenderMemo()
    for _ in range(3):
        paint(Drawing(prepared, placed(prepared, Orientation(), 1.0, 0, 0), FRAME, PLAIN), lettering(), memo)[...] = 99
    out = Drawing(prepared, placed(prepared, Orientation(), 1.0, *place), FRAME, PLAIN)
    assert not draw_view(out, lettering(), memo).any()


def _grey_only(prepared: PreparedImage, **changes: Any) -> Drawing:
    placement = placed(prepared, Orientation(), 0.37, 5, 8)
    return replace(Drawing(prepared, placement, FRAME, PLAIN), **changes)


def test_what_is_remembered_of_one_image_is_not_shown_of_another_in_its_place() -> None:
    """Two women's images of one size, one after the other in one viewport, with all that is remembered."""
    pixels = make_breast("R", 600, 500, seed=1)
    darker = np.maximum(np.roll(make_breast("R", 600, 500, seed=2), 90, axis=0), 40)  # and its air is brighter
    one, other = (prepare(image_of(stored, grey=Greyscale(12))) for stored in (pixels, darker))
    planes = [OverlayPlane(np.eye(90, dtype=np.uint8), row0=row0, column0=40) for row0 in (30, 300)]
    for prepared, plane in zip((one, other), planes, strict=True):
        object.__setattr__(prepared.image, "overlays", (plane,))
    maps = [np.random.default_rng(seed).random((5, 4)).astype(np.float32) for seed in (3, 4)]
    over = [HeatMap(cells, GridTransform(5 / 600, 0, 4 / 500, 0)) for cells in maps]
    look = replace(PLAIN, invert=True, heat=HeatPresentation(visible=True, threshold=0.1))
    drawings = [
        _grey_only(prepared, presentation=look, prediction=ImagePrediction("k", Laterality.RIGHT, 0.9, heat_map=heat))
        for prepared, heat in ((one, over[0]), (other, over[0]), (other, over[1]), (one, over[1]), (one, over[0]))
    ]
    memo = RenderMemo()
    for drawing in drawings:
        np.testing.assert_array_equal(draw_view(drawing, lettering(), memo), draw_view(drawing, lettering()))
    pictures = [draw_view(drawing, lettering()) for drawing in drawings[:4]]
    assert not any(np.array_equal(a, b) for a, b in pairwise(pictures))


@pytest.mark.parametrize("place", [(5, 8), (9, 8), (5, -11)])
def test_air_and_overlays_move_with_the_picture(place: tuple[int, int]) -> None:
    prepared = prepare(breast_image(rows=600, columns=500))
    object.__setattr__(prepared.image, "overlays", (OverlayPlane(np.eye(90, dtype=np.uint8), row0=30, column0=40),))
    look = replace(PLAIN, invert=True)
    memo = RenderMemo()
    draw_view(_grey_only(prepared, presentation=look), lettering(), memo)
    moved = _grey_only(prepared, presentation=look, placement=placed(prepared, Orientation(), 0.37, *place))
    np.testing.assert_array_equal(draw_view(moved, lettering(), memo), draw_view(moved, lettering()))


def test_the_air_of_a_draft_is_not_that_of_the_resting_picture() -> None:
    stored = breast_image(rows=600, columns=500).stored.copy()
    stored[::7, ::5] += 150
    prepared = prepare(image_of(stored, grey=Greyscale(12)))
    resting = _grey_only(prepared, presentation=replace(PLAIN, invert=True))
    memo = RenderMemo()
    draw_view(replace(resting, draft=True), lettering(), memo)
    np.testing.assert_array_equal(draw_view(resting, lettering(), memo), draw_view(resting, lettering()))


def test_the_strips_of_an_area_fill_it_around_what_is_inside() -> None:
    outer, inner = Area(0, 0, 10, 12), Area(2, 3, 7, 12)
    count = np.zeros((10, 12), int)
    for strip in (*outer.without(inner), inner):
        count[strip.slices] += 1
    assert (count == 1).all()


@pytest.mark.parametrize("orientation", ALL_ORIENTATIONS)
def test_an_overlay_lies_on_its_stored_pixels(orientation: Orientation) -> None:
    image = breast_image(rows=60, columns=40)
    mask = np.zeros((9, 7), np.uint8)
    mask[2, 3] = mask[8, 0] = 1
    plane = OverlayPlane(mask, row0=20, column0=11)
    rows, columns = orientation.shape(60, 40)
    placement = native_placement(image.rows, image.columns, orientation)
    on = overlay_on(plane, placement, Area(0, 0, rows, columns))
    expected = np.zeros((60, 40), bool)
    expected[22, 14] = expected[28, 11] = True
    np.testing.assert_array_equal(on, orientation.apply(expected))


@pytest.mark.parametrize("scale", [0.05, 0.13, 0.31])
def test_a_line_of_one_pixel_stays_whole_when_reduced(scale: float) -> None:
    prepared = prepare(breast_image(rows=2000, columns=1500))
    mask = np.zeros((2000, 1500), np.uint8)
    mask[700] = 1
    placement = placed(prepared, Orientation(), scale, 0, 0)
    rows, columns = placement.size_px
    on = overlay_on(OverlayPlane(mask), placement, Area(0, 0, rows, columns))
    assert on.any(axis=0).all()
    assert on.sum(axis=0).max() <= 2


def test_overlays_are_drawn_and_can_be_switched_off() -> None:
    mask = np.zeros((120, 90), np.uint8)
    mask[30:40, 20:50] = 1
    image = replace(breast_image(rows=120, columns=90), overlays=(OverlayPlane(mask),))
    prepared = prepared_as(image, Orientation())
    drawing = Drawing(prepared, native_placement(120, 90), Frame(120, 90), PLAIN)
    shown = draw_view(drawing, lettering())
    assert (shown[mask == 1] == OVERLAY).all()
    hidden = draw_view(replace(drawing, presentation=replace(PLAIN, overlays=False)), lettering())
    np.testing.assert_array_equal(hidden[..., 0], native_greys(image))


def test_inverted_air_is_black_without_a_padding_value_and_can_be_shown() -> None:
    image = breast_image(rows=600, columns=450)
    prepared = prepared_as(image, Orientation())
    air = image.stored == 0
    drawing = Drawing(prepared, native_placement(600, 450), Frame(600, 450), replace(PLAIN, invert=True))
    assert drawing.air_hidden
    black = draw_view(drawing, lettering())[..., 0]
    assert (black[air] == 0).all()
    np.testing.assert_array_equal(black[~air], native_greys(image, invert=True)[~air])
    white = draw_view(replace(drawing, presentation=replace(PLAIN, invert=True, air_black=False)), lettering())
    assert (white[..., 0][air] == 255).all()


def test_nothing_brighter_than_the_air_is_taken_for_air() -> None:
    image = breast_image(rows=600, columns=450)
    stored = image.stored.copy()
    stored[20:30, 20:60] = 900  # a marker beside the breast
    marked = replace(image, stored=stored)
    prepared = prepared_as(marked, Orientation())
    drawing = Drawing(prepared, native_placement(600, 450), Frame(600, 450), replace(PLAIN, invert=True))
    shown = draw_view(drawing, lettering())[..., 0]
    np.testing.assert_array_equal(shown[20:30, 20:60], native_greys(marked, invert=True)[20:30, 20:60])


def test_air_that_the_file_marks_is_not_estimated() -> None:
    assert prepare(breast_image(grey=Greyscale(12, padding=PixelPadding.of(0)))).air is None


def test_an_image_without_breast_has_no_air() -> None:
    assert prepare(image_of(np.full((200, 150), 7, np.uint16))).air is None


def test_bright_air_of_monochrome1_is_air() -> None:
    image = breast_image(rows=600, columns=450, grey=Greyscale(12, inverse=True))
    image = replace(image, stored=np.uint16(4095) - image.stored)
    prepared = prepared_as(image, Orientation())
    drawing = Drawing(prepared, native_placement(600, 450), Frame(600, 450), replace(PLAIN, invert=True))
    shown = draw_view(drawing, lettering())[..., 0]
    assert (shown[image.stored == 4095] == 0).all()


def test_the_block_of_all_texts_stays_within_its_view() -> None:
    prepared = prepare(breast_image(rows=300, columns=220))
    block = tuple((f"Label {number}", "value " * 9) for number in range(40))
    texts = CornerTexts("RCC", block=block, bottom=("foot",))
    for frame in (Frame(300, 220), Frame(700, 500), Frame(60, 50)):
        drawing = Drawing(prepared, native_placement(300, 220), frame, Presentation(), texts)
        with_block = draw_view(drawing, lettering())
        without = draw_view(replace(drawing, texts=replace(texts, block=())), lettering())
        assert with_block.shape == (frame.rows_px, frame.columns_px, 3)
        if frame.rows_px >= 300:
            assert not np.array_equal(with_block, without)
        np.testing.assert_array_equal(with_block[:20], without[:20])
