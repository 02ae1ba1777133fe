"""Marks and measurements by real mouse and keys: drawn, moved, described, taken back, exported, magnified."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtWidgets import QApplication, QInputDialog

from mammoview.core.hanging import stored_at
from mammoview.core.marks import Mark, MarkKind
from mammoview.core.measure import length
from mammoview.services.export import Part, make_picture
from mammoview.services.tools import Tool
from tests.factories import write_mammogram
from tests.ui.conftest import MakeDesk
from tests.ui.desk import Desk

LEFT = Qt.MouseButton.LeftButton
PLAIN, SHIFT, CTRL = (
    Qt.KeyboardModifier.NoModifier,
    Qt.KeyboardModifier.ShiftModifier,
    Qt.KeyboardModifier.ControlModifier,
)
Key = Qt.Key


def draw(desk: Desk, number: int, *path: tuple[int, int], modifier: Qt.KeyboardModifier = PLAIN) -> None:
    """Press at the first place, go through the others, let go at the last."""
    target = desk.shown[number]
    desk.qtbot.mousePress(target, LEFT, modifier, QPoint(*path[0]))
    for place in path[1:]:
        desk.qtbot.mouseMove(target, QPoint(*place))
    desk.qtbot.mouseRelease(target, LEFT, modifier, QPoint(*path[-1]))
    desk.drawn()


def marks(desk: Desk, number: int = 1) -> tuple[Mark, ...]:
    return desk.window.bench.marks.of_image(desk.session.panes[number].header.key)


def stored(desk: Desk, number: int, place: tuple[int, int]) -> tuple[float, float]:
    """The stored position under a place of a pane, in logical pixels."""
    ratio = desk.shown[number].devicePixelRatioF()
    return stored_at(desk.session.drawing(number).placement, place[1] * ratio - 0.5, place[0] * ratio - 0.5)


def with_ruler(desk: Desk) -> Mark:
    desk.key(Key.Key_D)
    draw(desk, 1, (60, 100), (90, 100), (120, 100))
    return marks(desk)[0]


def dialog_of(kind: type) -> object:
    dialog = QApplication.activeModalWidget()
    assert isinstance(dialog, kind)
    return dialog


def with_finding(desk: Desk, number: int = 1, place: tuple[int, int] = (60, 150)) -> Mark:
    desk.key(Key.Key_5)
    draw(desk, number, place)
    return marks(desk, number)[0]


# --- each kind


def test_a_ruler_is_dragged_from_end_to_end(desk: Desk) -> None:
    ruler = with_ruler(desk)
    assert ruler.kind is MarkKind.RULER
    assert ruler.points[0] == pytest.approx(stored(desk, 1, (60, 100)))
    assert ruler.points[1] == pytest.approx(stored(desk, 1, (120, 100)))


def test_the_length_stands_beside_the_ruler(desk: Desk) -> None:
    ruler = with_ruler(desk)
    (item,) = desk.session.drawing(1).marks
    assert item.lines == (length(ruler, desk.session.image(1).image.spacing).text(),)


def test_a_ruler_is_made_by_two_clicks_as_well(desk: Desk) -> None:
    desk.key(Key.Key_D)
    draw(desk, 1, (60, 100))
    draw(desk, 1, (120, 140))
    assert marks(desk)[0].points[1] == pytest.approx(stored(desk, 1, (120, 140)))


def test_an_angle_takes_three_clicks_with_the_vertex_second(desk: Desk) -> None:
    desk.key(Key.Key_D, SHIFT)
    for place in ((60, 100), (60, 160), (120, 160)):
        draw(desk, 1, place)
    assert marks(desk)[0].kind is MarkKind.ANGLE
    assert desk.session.drawing(1).marks[0].lines == ("90.0°",)


def test_an_ellipse_tells_mean_deviation_and_area(desk: Desk) -> None:
    desk.key(Key.Key_E)
    draw(desk, 1, (30, 150), (50, 170), (70, 190))
    (item,) = desk.session.drawing(1).marks
    assert item.mark.kind is MarkKind.ELLIPSE
    assert all(word in item.lines[0] for word in ("mean", "SD", "area", "mm²"))


def test_a_freehand_region_is_drawn_around(desk: Desk) -> None:
    desk.key(Key.Key_E, SHIFT)
    draw(desk, 1, (30, 150), (70, 150), (70, 190), (30, 190))
    (region,) = marks(desk)
    assert region.kind is MarkKind.FREEHAND
    assert len(region.points) == 4
    assert "mean" in desk.session.drawing(1).marks[0].lines[0]


def test_an_arrow_points_where_the_drag_ends(desk: Desk) -> None:
    desk.key(Key.Key_6)
    draw(desk, 1, (30, 60), (50, 90), (80, 120))
    assert marks(desk)[0].kind is MarkKind.ARROW
    assert marks(desk)[0].points[1] == pytest.approx(stored(desk, 1, (80, 120)))


def test_a_text_is_asked_for_and_stands_where_was_clicked(desk: Desk) -> None:
    desk.key(Key.Key_7)
    draw(desk, 1, (60, 100))
    dialog = dialog_of(QInputDialog)
    dialog.setTextValue("compare  with 2019")
    dialog.accept()
    assert [(mark.kind, mark.text) for mark in marks(desk)] == [(MarkKind.TEXT, "compare with 2019")]


def test_a_text_without_words_is_not_kept(desk: Desk) -> None:
    desk.key(Key.Key_7)
    draw(desk, 1, (60, 100))
    dialog_of(QInputDialog).accept()
    assert marks(desk) == ()


def test_a_click_marks_a_finding_and_a_drag_outlines_it(desk: Desk) -> None:
    assert len(with_finding(desk).points) == 1
    desk.key(Key.Key_5)
    draw(desk, 1, (30, 200), (70, 200), (70, 240), (30, 240))
    assert marks(desk)[1].outlined


def test_an_image_has_one_nipple(desk: Desk) -> None:
    for place in ((60, 100), (80, 120)):
        desk.key(Key.Key_9)
        draw(desk, 1, place)
    (nipple,) = marks(desk)
    assert nipple.points[0] == pytest.approx(stored(desk, 1, (80, 120)))


# --- the tool in the hand


def test_after_a_mark_the_pointer_is_in_the_hand_again(desk: Desk) -> None:
    with_ruler(desk)
    assert desk.window.bench.tools.tool is Tool.POINTER
    assert desk.window.actions_by_id["pointer"].isChecked()


def test_shift_keeps_the_tool_for_the_next_mark(desk: Desk) -> None:
    desk.key(Key.Key_D)
    draw(desk, 1, (60, 100), (120, 100), modifier=SHIFT)
    assert desk.window.bench.tools.tool is Tool.RULER


def test_escape_gives_up_the_mark_in_the_making(desk: Desk) -> None:
    desk.key(Key.Key_D)
    draw(desk, 1, (60, 100))
    desk.key(Key.Key_Escape)
    assert marks(desk) == ()
    assert desk.session.drawing(1).marks == ()
    assert desk.window.bench.tools.tool is Tool.POINTER


def test_without_tool_and_mark_a_drag_is_the_window_as_ever(desk: Desk) -> None:
    desk.drag(1, (60, 100), (120, 100))
    assert desk.session.presentation(1).window is not None
    assert marks(desk) == ()


def test_with_a_tool_a_drag_leaves_the_window_alone(desk: Desk) -> None:
    with_ruler(desk)
    assert desk.session.presentation(1).window is None


def test_a_ruler_without_extent_is_not_kept(desk: Desk) -> None:
    desk.key(Key.Key_D)
    draw(desk, 1, (60, 100))
    draw(desk, 1, (60, 100))
    assert marks(desk) == ()


# --- marks that are there


def test_a_mark_is_moved_by_its_line(desk: Desk) -> None:
    before = with_ruler(desk)
    draw(desk, 1, (90, 100), (90, 110), (90, 130))
    after = marks(desk)[0]
    down = stored(desk, 1, (90, 130))[0] - stored(desk, 1, (90, 100))[0]
    assert after.points[0][0] - before.points[0][0] == pytest.approx(down)
    assert after.points[1][0] - before.points[1][0] == pytest.approx(down)


def test_a_mark_is_reshaped_by_a_point(desk: Desk) -> None:
    before = with_ruler(desk)
    draw(desk, 1, (120, 100), (120, 120), (130, 150))
    after = marks(desk)[0]
    assert after.points[0] == before.points[0]
    assert after.points[1] == pytest.approx(stored(desk, 1, (130, 150)))


def test_a_drag_is_taken_back_as_one(desk: Desk) -> None:
    before = with_ruler(desk)
    draw(desk, 1, (90, 100), *((90, 100 + step) for step in range(5, 40, 5)))
    desk.key(Key.Key_Z, CTRL)
    assert marks(desk) == (before,)


def test_escape_puts_a_mark_back_that_is_being_moved(desk: Desk) -> None:
    before = with_ruler(desk)
    target = desk.shown[1]
    desk.qtbot.mousePress(target, LEFT, PLAIN, QPoint(90, 100))
    desk.qtbot.mouseMove(target, QPoint(90, 140))
    desk.key(Key.Key_Escape)
    desk.qtbot.mouseRelease(target, LEFT, PLAIN, QPoint(90, 140))
    assert marks(desk) == (before,)


def test_undo_and_redo_by_key(desk: Desk) -> None:
    ruler = with_ruler(desk)
    desk.key(Key.Key_Z, CTRL)
    assert marks(desk) == ()
    desk.key(Key.Key_Z, CTRL | SHIFT)
    assert marks(desk) == (ruler,)
    desk.key(Key.Key_Z, CTRL)
    desk.key(Key.Key_Y, CTRL)
    assert marks(desk) == (ruler,)


def test_nothing_to_take_back_is_said(desk: Desk) -> None:
    desk.key(Key.Key_Z, CTRL)
    assert "nothing to take back" in desk.window.status.message.text()


def test_delete_takes_the_selected_mark_away(desk: Desk) -> None:
    with_ruler(desk)
    desk.key(Key.Key_Delete)
    assert marks(desk) == ()


def test_delete_without_a_selected_mark_is_answered_in_words(desk: Desk) -> None:
    desk.key(Key.Key_Delete)
    assert "no mark is selected" in desk.window.status.message.text()


def test_a_mark_that_is_out_of_sight_is_not_deleted(desk: Desk) -> None:
    ruler = with_ruler(desk)
    desk.key(Key.Key_M)
    desk.key(Key.Key_Delete)
    desk.key(Key.Key_4)
    assert marks(desk) == (ruler,)


def test_a_click_beside_the_marks_deselects(desk: Desk) -> None:
    with_ruler(desk)
    draw(desk, 1, (60, 250))
    assert desk.window.bench.tools.selected is None


def test_marks_are_hidden_and_shown_by_key(desk: Desk) -> None:
    with_ruler(desk)
    desk.key(Key.Key_T, SHIFT)
    assert desk.session.drawing(1).marks == ()
    desk.key(Key.Key_T, SHIFT)
    assert len(desk.session.drawing(1).marks) == 1


def test_a_mark_stays_on_the_tissue_when_zoomed_and_panned(desk: Desk) -> None:
    ruler = with_ruler(desk)
    desk.wheel(1, 80, 100, 3)
    desk.drag(1, (80, 100), (110, 140), Qt.MouseButton.MiddleButton)
    row, column = desk.session.drawing(1).placement.screen_from_stored()(*ruler.points[0])
    ratio = desk.shown[1].devicePixelRatioF()
    hit = QPoint(round((column + 0.5) / ratio), round((row + 0.5) / ratio))
    desk.qtbot.mouseClick(desk.shown[1], LEFT, PLAIN, hit)
    assert desk.window.bench.tools.selected == ruler


def test_marks_are_shown_when_the_study_is_opened_again(desk: Desk, study: Path) -> None:
    ruler = with_ruler(desk)
    desk.do("close-studies")
    desk.open(study)
    assert marks(desk) == (ruler,)
    assert [item.mark for item in desk.session.drawing(1).marks] == [ruler]


def test_a_drag_redraws_only_its_own_pane(desk: Desk) -> None:
    desk.key(Key.Key_D)
    desk.drawn()
    asked: list[int] = []
    desk.session.redraw.connect(asked.append)
    target = desk.shown[1]
    desk.qtbot.mousePress(target, LEFT, PLAIN, QPoint(60, 100))
    for column in range(70, 120, 10):
        desk.qtbot.mouseMove(target, QPoint(column, 100))
    assert set(asked) == {1}
    desk.qtbot.mouseRelease(target, LEFT, PLAIN, QPoint(120, 100))


@pytest.mark.parametrize("part", list(Part))
@pytest.mark.parametrize("native", [True, False], ids=["native", "as seen"])
def test_exports_show_the_marks(desk: Desk, part: Part, native: bool) -> None:
    desk.session.activate(1)
    bare = make_picture(desk.session, part, native=native, identified=False).draw()
    with_ruler(desk)
    marked = make_picture(desk.session, part, native=native, identified=False).draw()
    assert (bare != marked).any()


def test_a_mark_on_a_frame_of_tomosynthesis_is_shown_on_that_frame_alone(make_desk: MakeDesk, tmp_path: Path) -> None:
    desk = make_desk()
    desk.open(write_mammogram(tmp_path / "LCC.dcm", "L", "CC", rows=240, columns=180, frames=5))
    desk.key(Key.Key_D)
    draw(desk, 0, (200, 200), (260, 200))
    assert len(desk.session.drawing(0).marks) == 1
    desk.key(Key.Key_Right, SHIFT)
    desk.settle()
    assert desk.session.drawing(0).marks == ()
    desk.key(Key.Key_Left, SHIFT)
    desk.settle()
    assert len(desk.session.drawing(0).marks) == 1
