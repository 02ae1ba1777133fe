"""What may be drawn of objects of other makers, and how it looks: the rules of the standard, colours and places."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from mammoview.core.annotate import AMBER, TEXT
from mammoview.core.cut import Area
from mammoview.core.errors import MammoviewError
from mammoview.core.geometry import ALL_ORIENTATIONS
from mammoview.core.mark_drawing import draw_marks
from mammoview.core.mark_shapes import SELECTED
from mammoview.core.overlaid import (
    Graphic,
    GraphicForm,
    Overlaid,
    PresentationState,
    Rendering,
    ValueMap,
    lies_the_same,
    names_of,
    rendered,
)
from mammoview.core.overlaid_drawing import FOREIGN, Shutter, laid_on, paint_maps, paint_shutters
from mammoview.core.study import ImageHeader, ImageSource, ObjectHeader, ObjectKind
from mammoview.core.view_state import HeatPresentation, native_placement
from mammoview.core.window import Greyscale
from mammoview.reading.pictures import lettering

IMAGE = ImageHeader(ImageSource(Path("image")), 60, 80, Greyscale(12), sop_instance_uid="1.2.3")
SIDE = 60, 80


def made(kind: ObjectKind = ObjectKind.CAD, maker: str = "Maker", **parts: object) -> Overlaid:
    header = ObjectHeader(ImageSource(Path(f"{kind}-{maker}")), kind, maker=maker, referenced=("1.2.3",))
    return Overlaid(header, **parts)  # type: ignore[arg-type]


def dot(**told: object) -> Graphic:
    return Graphic("1.2.3", GraphicForm.POINT, ((30.0, 40.0),), **told)  # type: ignore[arg-type]


# PS3.4 O.2.2.1, PS3.17 E.4 and E.5: intent x places kept x (where that is not told) alike geometry
TRUTH = [
    (intent, preserved, alike, intent is not Rendering.NOT and (alike if preserved is None else preserved))
    for intent in Rendering
    for preserved in (True, False, None)
    for alike in (True, False)
]


@pytest.mark.parametrize(("intent", "preserved", "alike", "drawn"), TRUTH)
def test_a_cad_mark_is_drawn_by_intent_and_by_where_its_places_hold(
    intent: Rendering, preserved: bool | None, alike: bool, drawn: bool
) -> None:
    assert (rendered(intent, 1, 1) and lies_the_same(preserved, alike)) is drawn


@pytest.mark.parametrize(
    ("intent", "point", "chosen", "drawn"),
    [
        (Rendering.REQUIRED, None, 0, True),
        (Rendering.REQUIRED, 3, 0, True),
        (Rendering.OPTIONAL, 1, 0, False),
        (Rendering.OPTIONAL, 2, 1, False),
        (Rendering.OPTIONAL, 2, 2, True),
        (Rendering.OPTIONAL, None, 0, False),
        (Rendering.OPTIONAL, None, 1, True),
        (Rendering.NOT, 1, 9, False),
    ],
)
def test_an_operating_point_shows_required_findings_and_optional_ones_up_to_it(
    intent: Rendering, point: int | None, chosen: int, drawn: bool
) -> None:
    assert rendered(intent, point, chosen) is drawn


def test_geometry_that_is_not_known_is_not_enough() -> None:
    assert not lies_the_same(None, None)


def test_the_operating_points_of_a_report_are_those_of_its_optional_findings() -> None:
    report = made(
        graphics=(
            dot(operating_point=7),
            dot(rendering=Rendering.OPTIONAL, operating_point=3),
            dot(rendering=Rendering.OPTIONAL),
        )
    )
    assert report.operating_points == (0, 1, 3)


@pytest.mark.parametrize(
    ("form", "count"), [(GraphicForm.POINT, 0), (GraphicForm.LINE, 1), (GraphicForm.OUTLINE, 2), (GraphicForm.TEXT, 0)]
)
def test_a_graphic_of_too_few_points_is_none(form: GraphicForm, count: int) -> None:
    with pytest.raises(MammoviewError):
        Graphic("1.2.3", form, ((1.0, 2.0),) * count)


def test_a_graphic_without_a_place_is_none() -> None:
    with pytest.raises(MammoviewError):
        Graphic("1.2.3", GraphicForm.POINT, ((float("nan"), 2.0),))


def test_what_is_on_another_image_or_frame_is_not_laid() -> None:
    other = Graphic("9.9", GraphicForm.POINT, ((1.0, 1.0),))
    later = dot(frames=frozenset({3}))
    laid = laid_on([made(graphics=(dot(), other, later))], IMAGE, range(1, 3))
    assert laid.graphics == (dot(),)
    assert later in laid_on([made(graphics=(later,))], IMAGE, range(2, 5)).graphics


def test_words_that_somebody_wrote_are_left_out_where_the_woman_may_not_be_named() -> None:
    objects = [made(graphics=(dot(lines=("ANNA",), free_text=True), dot(lines=("mass",))))]
    assert [graphic.lines for graphic in laid_on(objects, IMAGE, range(1, 2), identified=False).graphics] == [
        (),
        ("CAD: mass",),
    ]
    assert laid_on(objects, IMAGE, range(1, 2)).graphics[0].lines == ("CAD: ANNA",)


def test_two_of_a_kind_are_told_apart_by_their_makers() -> None:
    headers = [made(maker=maker).header for maker in ("One", "Two")]
    assert names_of(headers) == ("CAD One", "CAD Two")
    assert names_of(headers[:1]) == ("CAD",)


def test_of_a_presentation_state_the_first_text_alone_is_named() -> None:
    texts = (dot(), dot(lines=("one",)), dot(lines=("two",)))
    laid = laid_on([made(ObjectKind.PRESENTATION, graphics=texts)], IMAGE, range(1, 2))
    assert [graphic.lines for graphic in laid.graphics] == [(), ("state: one",), ("two",)]


def test_what_a_report_could_not_do_stands_on_its_images_alone() -> None:
    report = made(cautions=("detections: failed",))
    elsewhere = ImageHeader(ImageSource(Path("other")), 60, 80, Greyscale(12), sop_instance_uid="4.5")
    assert laid_on([report], IMAGE, range(1, 2)).cautions == ("CAD: detections: failed",)
    assert laid_on([report], elsewhere, range(1, 2)).cautions == ()


def test_a_state_is_named_on_the_picture_that_it_changes() -> None:
    state = made(ObjectKind.PRESENTATION, states={"1.2.3": PresentationState(shutters=(((0, 0), (0, 9), (9, 9)),))})
    laid = laid_on([state], IMAGE, range(1, 2))
    assert laid.titles == ("state Maker",)
    assert len(laid.shutters) == 1


# --- drawing


def canvas(grey: int = 100) -> NDArray[np.uint8]:
    return np.full((*SIDE, 4), grey, np.uint8)


def color_at(picture: NDArray[np.uint8], row: int, column: int) -> tuple[int, ...]:
    return tuple(picture[row, column, 2::-1].tolist())


def test_graphics_have_a_colour_that_no_mark_has() -> None:
    line = Graphic("1.2.3", GraphicForm.LINE, ((30.0, 5.0), (30.0, 75.0)))
    picture = canvas()
    draw_marks(
        picture,
        (),
        lettering(),
        placement=native_placement(*SIDE),
        image_key="1.2.3",
        frames=range(1, 2),
        graphics=[line],
    )
    assert color_at(picture, 30, 40) == pytest.approx(FOREIGN, abs=24)  # its edge is smoothed
    assert FOREIGN not in (AMBER, TEXT, SELECTED)


@pytest.mark.parametrize("orientation", ALL_ORIENTATIONS)
def test_outside_of_a_shutter_is_its_grey_however_the_image_is_laid(orientation: object) -> None:
    rows, columns = orientation.shape(*SIDE)  # type: ignore[attr-defined]
    picture = np.full((rows, columns, 4), 100, np.uint8)
    outline = ((10.0, 20.0), (10.0, 50.0), (40.0, 50.0), (40.0, 20.0))
    placement = native_placement(*SIDE, orientation)  # type: ignore[arg-type]
    paint_shutters(picture, [Shutter(outline, 7)], placement, Area(0, 0, rows, columns))
    expected = np.full(SIDE, 7, np.uint8)
    expected[10:41, 20:51] = 100
    assert (picture[..., 0] == orientation.apply(expected)).all()  # type: ignore[attr-defined]


@pytest.mark.parametrize("orientation", ALL_ORIENTATIONS)
def test_a_map_of_fewer_cells_lies_over_the_whole_image_however_it_is_laid(orientation: object) -> None:
    values = np.zeros((6, 8), np.uint8)
    values[1, 6] = 255
    rows, columns = orientation.shape(*SIDE)  # type: ignore[attr-defined]
    picture = np.zeros((rows, columns, 4), np.uint8)
    look = HeatPresentation(opacity=1.0, threshold=0.5)
    placement = native_placement(*SIDE, orientation)  # type: ignore[arg-type]
    paint_maps(picture, [ValueMap("1.2.3", values, 0, 1)], placement, Area(0, 0, rows, columns), look)
    back = orientation.inverse().apply(picture[..., :3].max(axis=2))  # type: ignore[attr-defined]
    found = np.argwhere(back)
    assert np.abs(found.mean(axis=0) - (14.5, 64.5)).max() < 0.6
    assert len(found) < 200


def test_below_the_threshold_a_map_is_clear() -> None:
    picture = canvas()
    values = np.full((6, 8), 76, np.uint8)
    for threshold, changed in ((0.31, False), (0.29, True)):
        look = HeatPresentation(opacity=1.0, threshold=threshold)
        paint_maps(picture, [ValueMap("1.2.3", values, 0, 1)], native_placement(*SIDE), Area(0, 0, *SIDE), look)
        assert (picture[..., :3] != 100).any() == changed


def test_a_filled_graphic_leaves_what_is_under_it_to_be_seen() -> None:
    square = ((10.0, 10.0), (10.0, 50.0), (50.0, 50.0), (50.0, 10.0))
    seen = []
    for grey in (40, 200):
        picture = canvas(grey)
        filled = Graphic("1.2.3", GraphicForm.OUTLINE, square, filled=True)
        draw_marks(
            picture,
            (),
            lettering(),
            placement=native_placement(*SIDE),
            image_key="1.2.3",
            frames=range(1, 2),
            graphics=[filled],
        )
        seen.append(int(picture[30, 30, 1]))
    assert seen[1] - seen[0] > 80
