"""How graphics, texts and planes of other makers look on a canvas: colours, dashes, arrows, boxes."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from mammoview.core.annotate import AMBER, OVERLAY, TEXT, CornerTexts
from mammoview.core.cut import Area
from mammoview.core.geometry import ALL_ORIENTATIONS, Orientation
from mammoview.core.hanging import Frame
from mammoview.core.image import OverlayPlane
from mammoview.core.lettering import Color
from mammoview.core.mark_drawing import draw_marks
from mammoview.core.mark_shapes import SELECTED
from mammoview.core.overlaid import Align, Graphic, GraphicForm, LaidPlane, Overlaid, PresentationState, TextBox
from mammoview.core.overlaid_drawing import (
    FOREIGN,
    Laid,
    Shutter,
    color_of,
    laid_on,
    paint_planes,
    paint_shutters,
    shut_part,
)
from mammoview.core.prepared import prepare
from mammoview.core.render import Drawing, draw_view
from mammoview.core.study import ImageHeader, ImageSource, ObjectHeader, ObjectKind
from mammoview.core.view_state import Presentation, native_placement
from mammoview.core.window import Greyscale, VoiLut
from mammoview.dicom.reader import read_file
from mammoview.reading.pictures import lettering
from mammoview.reading.texts import with_laid
from tests.factories import make_mammogram_dataset, save
from tests.overlaid_made import overlay_plane

SIDE = 120, 160
IMAGE = ImageHeader(ImageSource(Path("image")), *SIDE, Greyscale(12), sop_instance_uid="1.2.3")
GREEN: Color = (0, 220, 0)


def drawn(*graphics: Graphic, orientation: Orientation | None = None) -> NDArray[np.uint8]:
    placement = native_placement(*SIDE, orientation)
    canvas = np.zeros((*placement.size_px, 4), np.uint8)
    draw_marks(
        canvas, (), lettering(), placement=placement, image_key="1.2.3", frames=range(1, 2), graphics=list(graphics)
    )
    return canvas[..., 2::-1]


def near(picture: NDArray[np.uint8], color: Color, within: int = 60) -> NDArray[np.bool_]:
    return np.asarray(np.abs(picture.astype(int) - color).max(axis=2) < within, np.bool_)


@pytest.mark.parametrize("color", [(255, 60, 60), GREEN, (255, 255, 0), (0, 220, 255)])
def test_a_colour_that_is_recommended_is_taken(color: Color) -> None:
    assert color_of(color) == color


@pytest.mark.parametrize("color", [None, AMBER, TEXT, OVERLAY, SELECTED, (255, 255, 255), (235, 170, 70)])
def test_but_none_that_is_taken_for_a_mark_of_the_reader(color: Color | None) -> None:
    assert color_of(color) == FOREIGN


@pytest.mark.parametrize("color", [(0, 0, 0), (0, 0, 255), (90, 0, 0)])
def test_nor_one_too_dark_for_its_rim(color: Color) -> None:
    assert color_of(color) == FOREIGN


def test_a_dashed_line_is_broken_and_a_whole_one_is_not() -> None:
    ends = ((60.0, 10.0), (60.0, 150.0))
    whole, dashed = (
        near(drawn(Graphic("1.2.3", GraphicForm.LINE, ends, color=GREEN, dashed=dashed)), GREEN)[60, 12:148]
        for dashed in (False, True)
    )
    assert whole.all()
    assert 0.3 < dashed.mean() < 0.8


def test_a_dashed_outline_is_closed() -> None:
    square = ((20.0, 20.0), (20.0, 100.0), (100.0, 100.0), (100.0, 20.0))
    on = near(drawn(Graphic("1.2.3", GraphicForm.OUTLINE, square, color=GREEN, dashed=True)), GREEN)
    assert on[30:90, 19:22].any()


def test_an_arrow_has_its_head_at_its_last_point() -> None:
    on = near(drawn(Graphic("1.2.3", GraphicForm.ARROW, ((60.0, 20.0), (60.0, 140.0)), color=GREEN)), GREEN)
    wide = np.flatnonzero(on.sum(axis=0) > 1)
    assert wide.size
    assert wide.min() > 120


@pytest.mark.parametrize("orientation", ALL_ORIENTATIONS)
@pytest.mark.parametrize("align", list(Align))
def test_letters_stand_in_their_box_however_the_image_is_laid(orientation: Orientation, align: Align) -> None:
    box = TextBox(((30.0, 30.0), (90.0, 130.0)), align)
    text = Graphic("1.2.3", GraphicForm.TEXT, ((60.0, 80.0),), ("ox",), color=GREEN, box=box)
    rows, columns = np.nonzero(near(drawn(text, orientation=orientation), GREEN))
    place = native_placement(*SIDE, orientation).screen_from_stored()
    (top, foot), (left, right) = (
        sorted(ends) for ends in zip(*(place(*corner) for corner in box.corners), strict=True)
    )
    assert top <= rows.min() <= rows.max() < top + 20
    slack = right - left - (columns.max() - columns.min())
    share = {Align.LEFT: 0.0, Align.CENTER: 0.5, Align.RIGHT: 1.0}[align]
    assert columns.min() - left == pytest.approx(share * slack, abs=3)
    assert foot > rows.max()


@pytest.mark.parametrize("orientation", ALL_ORIENTATIONS)
def test_planes_and_bitmap_shutters_lie_on_their_pixels_however_the_image_is_laid(orientation: Orientation) -> None:
    mask = np.zeros((10, 20), np.uint8)
    mask[3:7, 5:9] = 1
    plane, placement = OverlayPlane(mask, 40, 100), native_placement(*SIDE, orientation)
    expected = np.zeros(SIDE, np.uint8)
    expected[43:47, 105:109] = 1
    canvas = np.zeros((*placement.size_px, 4), np.uint8)
    area = Area(0, 0, *placement.size_px)
    paint_planes(canvas, [LaidPlane(plane, GREEN)], placement, area)
    assert np.array_equal(near(canvas[..., 2::-1], GREEN), orientation.apply(expected) == 1)
    paint_shutters(canvas, [Shutter(grey=9, plane=plane)], placement, area)
    assert np.array_equal((canvas[..., :3] == 9).all(axis=2), orientation.apply(expected) == 1)


def a_state(**look: object) -> Overlaid:
    header = ObjectHeader(ImageSource(Path("state")), ObjectKind.PRESENTATION, referenced=("1.2.3",))
    return Overlaid(header, states={"1.2.3": PresentationState(**look)})  # type: ignore[arg-type]


def test_the_picture_says_that_a_presentation_lut_is_in_force() -> None:
    lut = VoiLut(0, np.arange(256, dtype=np.uint16), 8)
    assert laid_on([a_state(p_values=lut)], IMAGE, range(1, 2)).titles == ("state  presentation LUT",)
    assert laid_on([a_state()], IMAGE, range(1, 2)).titles == ("state",)


def test_planes_of_a_state_may_name_the_woman() -> None:
    plane = LaidPlane(OverlayPlane(np.ones((2, 2), np.uint8)))
    for identified in (True, False):
        laid = laid_on([a_state(planes=(plane,))], IMAGE, range(1, 2), identified=identified)
        assert laid.planes == ((plane,) if identified else ())


@pytest.mark.parametrize(("active", "shown"), [(None, True), (frozenset({0x6000}), True), (frozenset(), False)])
def test_a_state_decides_whether_an_overlay_of_the_image_is_shown(
    tmp_path: Path, active: frozenset[int] | None, shown: bool
) -> None:
    mask = np.zeros((96, 72), np.uint8)
    mask[40:50, 30:40] = 1
    made = make_mammogram_dataset("R", "MLO")
    overlay_plane(made, mask)
    image = read_file(save(made, tmp_path / "image.dcm"))
    laid = laid_on([a_state(active=active)], IMAGE, range(1, 2))
    placement = native_placement(96, 72)
    drawing = Drawing(prepare(image), placement, Frame(96, 72), Presentation(annotations=False), laid=laid)
    assert near(draw_view(drawing, lettering()), OVERLAY, 2)[40:50, 30:40].all() == shown


def test_how_much_of_the_breast_shutters_hide() -> None:
    breast = np.zeros((48, 36), np.bool_)
    breast[:, :18] = True  # of an image twice as large
    right_half = ((-1.0, 35.5), (-1.0, 72.0), (96.0, 72.0), (96.0, 35.5))
    upper_half = ((-1.0, -1.0), (-1.0, 72.0), (47.0, 72.0), (47.0, -1.0))
    plane = OverlayPlane(np.ones((24, 72), np.uint8), 0, 0)
    parts = [
        shut_part([Shutter(outline=one) for one in outlines], breast, 96, 72)
        for outlines in ((), (upper_half,), (right_half,))
    ]
    assert parts == pytest.approx([0, 0.5, 1], abs=0.06)
    assert shut_part([Shutter(plane=plane)], breast, 96, 72) == pytest.approx(0.25, abs=0.03)
    assert shut_part([Shutter(outline=right_half)], np.zeros_like(breast), 96, 72) == 0


def test_a_shutter_over_the_breast_is_said_on_the_picture_and_one_beside_it_is_not(tmp_path: Path) -> None:
    prepared = prepare(read_file(save(make_mammogram_dataset("L", "CC"), tmp_path / "image.dcm")))
    rows, columns = prepared.image.rows, prepared.image.columns
    whole = ((-1.0, -1.0), (-1.0, columns), (float(rows), columns), (float(rows), -1.0))
    half = ((-1.0, -1.0), (-1.0, columns), (rows / 2, columns), (rows / 2, -1.0))
    said = [
        with_laid(CornerTexts("LCC"), Laid(shutters=(Shutter(outline=outline),)), prepared).cautions
        for outline in (whole, half)
    ]
    assert said[0] == ()
    assert re.fullmatch(r"a shutter hides [45]\d % of the breast", *said[1])
