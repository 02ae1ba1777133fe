"""Marks are drawn on the tissue that they were set on, readable on any ground, and found under the pointer."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from mammoview.core.annotate import AMBER, OVERLAY
from mammoview.core.findings import Finding, FindingKind, MassMargin, MassShape
from mammoview.core.geometry import ALL_ORIENTATIONS, Orientation
from mammoview.core.hanging import Frame
from mammoview.core.mark_drawing import SELECTED, Drawable, Hit, draw_marks, hit
from mammoview.core.mark_shapes import Rectangle, Shape, ellipse_of, write_beside
from mammoview.core.marks import Mark, MarkKind
from mammoview.core.pyramid import scale_step
from mammoview.core.render import Drawing, draw_view
from mammoview.core.view_state import Placement, Presentation, native_placement
from mammoview.core.window import Greyscale
from mammoview.reading.pictures import lettering
from tests.unit.made import image_of, prepared_as

KEY = "1.2.3"
GROUND = 90
PLACE = native_placement(400, 300)
LESION = Finding(FindingKind.MASS, MassShape.IRREGULAR, MassMargin.SPICULATED)
MIDDLE = (143.5, 95.5)


def mark(kind: MarkKind, *points: tuple[float, float], frame: int = 1, text: str = "", **more: Any) -> Mark:
    return Mark(kind, KEY, frame, points, text=text, **more)


def ring(row: float, column: float, **more: Any) -> Mark:
    return mark(MarkKind.FINDING, (row, column), **more)


def drawn(
    *drawables: Drawable | Mark,
    placement: Placement = PLACE,
    shape: tuple[int, int] = (400, 300),
    ground: int = GROUND,
    **more: Any,
) -> NDArray[np.uint8]:
    canvas = np.full((*shape, 4), ground, np.uint8)
    items = [item if isinstance(item, Drawable) else Drawable(item) for item in drawables]
    more = {"image_key": KEY, "frames": (1,), **more}
    draw_marks(canvas, items, lettering(), placement=placement, **more)
    return canvas


def changed(canvas: NDArray[np.uint8], ground: int = GROUND) -> NDArray[np.bool_]:
    return np.asarray((canvas[..., :3] != ground).any(axis=2))


def letters_of(item: Drawable, **more: Any) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """(where the letters of a drawable are, without their halo; where its lines and handles are)."""
    mute = Drawable(mark(item.mark.kind, *item.mark.points), selected=item.selected)
    lines = drawn(mute, **more)
    brighter = drawn(item, **more).astype(int) - lines
    return np.asarray((brighter > 8).any(axis=2)), changed(lines)


def has_color(canvas: NDArray[np.uint8], color: tuple[int, int, int]) -> bool:
    """Whether a line has this colour, as nearly as anti-aliasing leaves it."""
    return bool((np.abs(canvas[..., 2::-1].astype(int) - color).max(axis=2) <= 22).any())


def center(weights: NDArray[Any]) -> tuple[float, float]:
    rows, columns = np.indices(weights.shape)
    total = weights.sum()
    return float((rows * weights).sum() / total), float((columns * weights).sum() / total)


AROUND_THE_MIDDLE = {
    "finding": ring(*MIDDLE),
    "ruler": mark(MarkKind.RULER, (133.5, 85.5), (153.5, 105.5)),
    "ellipse": mark(MarkKind.ELLIPSE, (123.5, 90.5), (163.5, 100.5)),
    "freehand": mark(MarkKind.FREEHAND, (133.5, 75.5), (133.5, 115.5), (153.5, 115.5), (153.5, 75.5)),
}


@pytest.mark.parametrize("name", AROUND_THE_MIDDLE)
@pytest.mark.parametrize("orientation", ALL_ORIENTATIONS)
@pytest.mark.parametrize(("scale", "row0_px", "column0_px"), [(0.43, -21, 13), (1.0, 0, 0), (2.6, -150, -30)])
def test_a_mark_stays_on_its_tissue(
    name: str, orientation: Orientation, scale: float, row0_px: int, column0_px: int
) -> None:
    stored = np.zeros((400, 300), np.uint16)
    stored[140:148, 92:100] = 4095
    prepared = prepared_as(image_of(stored, grey=Greyscale(12)), orientation)
    levels = len(prepared.pyramid.levels)
    row_step, column_step = scale_step(scale, levels), scale_step(scale * 1.2, levels)
    placement = Placement(400, 300, orientation, row_step, column_step, row0_px, column0_px)
    shape = (900, 900)
    picture = draw_view(Drawing(prepared, placement, Frame(*shape), Presentation(annotations=False)), lettering())
    canvas = drawn(AROUND_THE_MIDDLE[name], placement=placement, shape=shape)
    tissue = center(picture[..., 0].astype(float))
    assert center(changed(canvas)) == pytest.approx(tissue, abs=1.0)
    assert placement.screen_from_stored()(*MIDDLE) == pytest.approx(tissue, abs=1.0)


@pytest.mark.parametrize("orientation", ALL_ORIENTATIONS)
def test_the_handle_of_a_mark_lies_on_its_point(orientation: Orientation) -> None:
    placement = native_placement(400, 300, orientation).moved_to(11, -7)
    ruler = mark(MarkKind.RULER, MIDDLE, (300.0, 250.0))
    assert hit([ruler], placement, *placement.screen_from_stored()(*MIDDLE), 1.0) == Hit(ruler.id, 0)


def test_a_mark_of_another_frame_is_not_drawn() -> None:
    assert not changed(drawn(ring(100, 100, frame=2), frames=(1, 3))).any()


def test_a_mark_of_another_image_is_not_drawn() -> None:
    assert not changed(drawn(ring(100, 100), image_key="4.5.6")).any()


def test_the_marks_of_all_frames_of_a_slab_are_drawn() -> None:
    canvas = changed(drawn(ring(100, 100, frame=4), ring(300, 100, frame=5), frames=range(3, 6)))
    assert canvas[:200].any()
    assert canvas[200:].any()


@pytest.mark.parametrize("size_px", [13, 26])
@pytest.mark.parametrize("ground", [0, 90, 184, 255])
@pytest.mark.parametrize("kind", [MarkKind.RULER, MarkKind.ELLIPSE, MarkKind.ARROW])
def test_lines_stand_out_on_any_ground(kind: MarkKind, ground: int, size_px: int) -> None:
    canvas = drawn(mark(kind, (60, 60), (200, 180)), ground=ground, size_px=size_px).astype(int)
    values = canvas[changed(canvas, ground)][:, 1]
    assert max(abs(values.min() - ground), abs(values.max() - ground)) > 85


def test_a_mark_partly_outside_is_drawn_as_far_as_it_is_in_sight() -> None:
    canvas = changed(drawn(mark(MarkKind.RULER, (-500, 150), (100, 150))))
    assert canvas[:100, 150].all()
    assert not canvas[120:].any()


def test_a_mark_out_of_sight_leaves_no_letters() -> None:
    away = Drawable(mark(MarkKind.RULER, (-500, 150), (-400, 150)), ("12.3 mm",))
    assert not changed(drawn(away)).any()


def test_a_finding_is_marked_in_amber() -> None:
    assert has_color(drawn(mark(MarkKind.FINDING, (50, 50), (50, 150), (150, 150), (150, 50))), AMBER)


def test_a_selected_mark_has_its_own_color() -> None:
    box = mark(MarkKind.FREEHAND, (50, 50), (50, 150), (150, 150), (150, 50))
    assert has_color(drawn(Drawable(box, selected=True)), SELECTED)
    assert not has_color(drawn(box), SELECTED)


def test_a_selected_mark_shows_a_handle_at_each_point() -> None:
    ellipse = mark(MarkKind.ELLIPSE, (100, 100), (200, 200))
    handles = changed(drawn(Drawable(ellipse, selected=True))) & ~changed(drawn(ellipse))
    corners = [handles[row - 6 : row + 7, column - 6 : column + 7] for row, column in ((100, 100), (200, 200))]
    assert all(corner.any() for corner in corners)
    assert sum(corner.sum() for corner in corners) == handles.sum()


LABELLED = {
    "ruler": mark(MarkKind.RULER, (100, 50), (120, 140)),
    "diagonal": mark(MarkKind.RULER, (-50, -50), (450, 350)),
    "upright": mark(MarkKind.RULER, (-50, 290), (450, 290)),
    "angle": mark(MarkKind.ANGLE, (0, 299), (200, 0), (399, 299)),
    "arrow": mark(MarkKind.ARROW, (390, 290), (300, 200)),
    "ellipse": mark(MarkKind.ELLIPSE, (5, 5), (395, 295)),
    "outline": mark(MarkKind.FREEHAND, (100, 5), (100, 295), (300, 150)),
    "corner": ring(0, 0),
    "other corner": ring(399, 299),
    "cut": ring(200, -4),
}


@pytest.mark.parametrize("name", LABELLED)
@pytest.mark.parametrize("selected", [False, True])
def test_letters_stand_beside_the_mark_and_never_over_it(name: str, selected: bool) -> None:
    letters, lines = letters_of(Drawable(LABELLED[name], ("12.3 mm  corrected", "second"), selected=selected))
    assert letters.any()
    assert not (letters & lines).any()


@pytest.mark.parametrize("name", LABELLED)
def test_letters_are_never_cut_off_by_the_canvas(name: str) -> None:
    lines = ("12.3 mm  corrected", "second")
    in_the_middle, _ = letters_of(Drawable(mark(MarkKind.ARROW, (200, 100), (180, 90)), lines))
    amber = LABELLED[name].kind is MarkKind.FINDING
    if amber:
        in_the_middle, _ = letters_of(Drawable(ring(200, 50), lines))
    letters, _ = letters_of(Drawable(LABELLED[name], lines))
    assert letters.sum() == in_the_middle.sum()


def test_the_letters_of_a_ruler_stand_at_its_end() -> None:
    letters, _ = letters_of(Drawable(mark(MarkKind.RULER, (100, 50), (120, 140)), ("12.3 mm",)))
    row, column = center(letters)
    assert abs(row - 120) < 6
    assert 140 < column < 200


@pytest.mark.parametrize("place", [(200, 110), (200, 125), (200, 150), (200, 170), (208, 100)])
def test_the_letters_of_a_mark_keep_off_the_lines_and_letters_of_others(place: tuple[int, int]) -> None:
    one, other = Drawable(ring(200, 100), ("first",)), Drawable(ring(*place), ("second",))
    rings = drawn(one.mark, other.mark)
    together = drawn(one, other).astype(int) - rings > 8
    letters = [letters_of(item)[0].sum() for item in (one, other)]
    assert together.any(axis=2).sum() == pytest.approx(sum(letters), abs=2)


def test_the_letters_of_marks_that_crowd_stand_apart_and_a_line_leads_to_those_further_away() -> None:
    canvas, taken = np.full((400, 300, 4), GROUND, np.uint8), list[Rectangle]()
    places = [(200, 100), (206, 118), (212, 96), (196, 84), (218, 112), (204, 104)]
    shapes = [
        Shape(np.array([place], float), (ellipse_of(np.array(place, float), np.array([6.0, 6.0])),), True)
        for place in places
    ]
    texts = "mean 1869  SD 182.6", "detector plane"
    for shape in shapes:
        write_beside(canvas, lettering(), texts, SELECTED, shape, shapes, taken, [], 13)
    assert len(taken) == len(places)
    assert not any(one.meets(other) for number, one in enumerate(taken) for other in taken[:number])
    leader = shapes[-1].leader(taken[-1])
    middle = np.rint(leader.mean(axis=0)).astype(int)
    assert np.hypot(*(leader[1] - leader[0])) > 20
    assert has_color(canvas[middle[0] - 2 : middle[0] + 3, middle[1] - 2 : middle[1] + 3], SELECTED)


def test_a_leader_goes_to_the_nearest_point_of_a_line_whose_ends_are_out_of_sight() -> None:
    line = np.array([[50.0, -1_000.0], [50.0, 1_000.0]])
    leader = Shape(line, (line,)).leader(Rectangle(80, 100, 90, 131))
    assert leader.tolist() == [[50.0, 115.0], [80.0, 115.0]]


def test_a_canvas_without_room_for_letters_shows_the_lines_alone() -> None:
    shape = (12, 300)
    ruler = mark(MarkKind.RULER, (6, 20), (6, 90))
    np.testing.assert_array_equal(drawn(Drawable(ruler, ("12.3 mm",)), shape=shape), drawn(ruler, shape=shape))


def test_words_wider_than_the_canvas_are_shortened() -> None:
    letters, lines = letters_of(Drawable(mark(MarkKind.ARROW, (200, 140), (180, 150), text="wide words " * 20)))
    columns = np.flatnonzero(letters.any(axis=0))
    assert columns[0] > 0
    assert columns[-1] < 299
    assert not (letters & lines).any()


def test_beside_a_finding_stand_its_number_and_words() -> None:
    told = drawn(Drawable(ring(200, 50, finding=LESION), number=2))
    np.testing.assert_array_equal(told, drawn(Drawable(ring(200, 50), ("2  mass, irregular, spiculated",))))


def test_beside_a_text_mark_stands_its_text() -> None:
    told = drawn(mark(MarkKind.TEXT, (200, 50), text="see prior"))
    assert changed(told)[190:210, 60:110].any()


def test_the_arc_is_dashed_and_broken_where_it_is_not_in_the_breast() -> None:
    columns = np.arange(20.0, 280.0)
    line = np.stack([np.full_like(columns, 200.0), columns], axis=1)
    line[100:140] = np.nan
    row = drawn(arcs=[line])[200]
    light = np.abs(row[:, 2::-1].astype(int) - OVERLAY).max(axis=1) < 40
    assert not changed(drawn(arcs=[line]))[:, 122:158].any()
    assert 0.35 < light[20:120].mean() < 0.65
    assert np.count_nonzero(np.diff(light[20:120].astype(int)) == 1) >= 5


@pytest.mark.parametrize("shape", [(400, 300), (40, 3000)])
def test_an_arc_out_of_sight_changes_nothing(shape: tuple[int, int]) -> None:
    line = np.stack([np.full(50, -300.0), np.linspace(0, 299, 50)], axis=1)
    assert not changed(drawn(arcs=[line], shape=shape)).any()


@pytest.mark.timeout(60)  # drawn point by point they would take hours
def test_the_farthest_marks_at_the_highest_zoom_are_drawn() -> None:
    step = scale_step(512.0, 1)
    placement = Placement(400, 300, Orientation(), step, step, -100_000, -80_000)
    far = 100_000.0
    marks = [
        mark(MarkKind.ELLIPSE, (-far, -far), (far, far)),
        mark(MarkKind.RULER, (-far, 156.0), (far, 156.0)),  # through what is in sight
        mark(MarkKind.FREEHAND, *((far * (-1) ** at, at * 10.0) for at in range(1000))),
    ]
    turn = np.linspace(0, 2 * np.pi, 2000)
    around = np.stack([2000 * np.sin(turn), 2000 * np.cos(turn)], axis=1)
    assert changed(drawn(*marks, placement=placement, arcs=[around])).any()


def test_near_a_point_of_a_mark_its_handle_is_hit() -> None:
    ruler = mark(MarkKind.RULER, (100, 50), (100, 150))
    assert hit([ruler], PLACE, 103, 149, 6) == Hit(ruler.id, 1)


def test_between_its_points_the_body_of_a_mark_is_hit() -> None:
    ruler = mark(MarkKind.RULER, (100, 50), (100, 150))
    assert hit([ruler], PLACE, 103, 100, 6) == Hit(ruler.id, None)


def test_beyond_reach_nothing_is_hit() -> None:
    ruler = mark(MarkKind.RULER, (100, 50), (100, 150))
    assert hit([ruler], PLACE, 107, 100, 6) is None


def test_a_handle_comes_before_the_nearer_body_of_another_mark() -> None:
    ruler, other = mark(MarkKind.RULER, (100, 50), (100, 150)), mark(MarkKind.ARROW, (98, 0), (98, 299))
    assert hit([ruler, other], PLACE, 98, 50, 6) == Hit(ruler.id, 0)


@pytest.mark.parametrize("turned", [False, True])
def test_the_nearest_of_two_handles_is_hit(turned: bool) -> None:
    near, far = ring(100, 100), ring(104, 100)
    marks = [far, near] if turned else [near, far]
    assert hit(marks, PLACE, 101, 100, 6) == Hit(near.id, 0)


@pytest.mark.parametrize("turned", [False, True])
def test_the_nearest_of_two_bodies_is_hit(turned: bool) -> None:
    near, far = mark(MarkKind.RULER, (100, 50), (100, 250)), mark(MarkKind.RULER, (104, 50), (104, 250))
    marks = [far, near] if turned else [near, far]
    assert hit(marks, PLACE, 101, 150, 6) == Hit(near.id, None)


def test_of_two_marks_at_one_place_the_upper_is_hit() -> None:
    lower, upper = ring(100, 100), ring(100, 100)
    assert hit([lower, upper], PLACE, 100, 100, 6) == Hit(upper.id, 0)


def test_the_inside_of_an_ellipse_is_free() -> None:
    ellipse = mark(MarkKind.ELLIPSE, (100, 100), (200, 200))
    assert hit([ellipse], PLACE, 150, 150, 6) is None


def test_the_line_of_an_ellipse_is_its_body() -> None:
    ellipse = mark(MarkKind.ELLIPSE, (100, 100), (200, 200))
    assert hit([ellipse], PLACE, 150, 202, 6) == Hit(ellipse.id, None)


def test_an_outline_is_hit_between_its_last_point_and_its_first() -> None:
    outline = mark(MarkKind.FREEHAND, (100, 100), (100, 200), (200, 200), (200, 100))
    assert hit([outline], PLACE, 150, 102, 6) == Hit(outline.id, None)


def test_an_outline_of_many_points_has_no_handles() -> None:
    outline = mark(MarkKind.FREEHAND, *((100.0 + at, 50.0 + at % 2) for at in range(40)))
    assert hit([outline], PLACE, 100, 50, 6) == Hit(outline.id, None)


def test_the_ring_about_a_finding_is_its_body() -> None:
    finding = ring(100, 100)
    assert hit([finding], PLACE, 100, 112, 3) == Hit(finding.id, None)


@pytest.mark.parametrize("kind", [MarkKind.RULER, MarkKind.ARROW, MarkKind.ELLIPSE])
def test_a_mark_just_begun_has_no_length_and_is_drawn_and_hit(kind: MarkKind) -> None:
    begun = mark(kind, (100, 100), (100, 100))
    assert changed(drawn(begun)).any()
    assert hit([begun], PLACE, 101, 101, 6) is not None
