"""What stands in a pane is of the image that the pane is for, at once; so is what a hand does there."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QPaintEvent
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from mammoview.ui import second_window
from mammoview.ui.viewport import Viewport
from tests.factories import BERTA, write_study
from tests.ui.conftest import SIZE, MakeDesk
from tests.ui.desk import Desk
from tests.ui.stepping import write_pair

Key = Qt.Key
LEFT = Qt.MouseButton.LeftButton


@pytest.fixture
def painted(monkeypatch: pytest.MonkeyPatch) -> list[tuple[int, str]]:
    """Whose picture each pane shows, whenever it is painted."""
    seen: list[tuple[int, str]] = []
    paint = Viewport.paintEvent

    def note(viewport: Viewport, event: QPaintEvent) -> None:
        drawing = viewport._drawing
        shown = "" if viewport._canvas is None or drawing is None else drawing.prepared.header.patient.patient_id
        seen.append((viewport.number, shown))
        paint(viewport, event)

    monkeypatch.setattr(Viewport, "paintEvent", note)
    return seen


@pytest.fixture
def two_women(make_desk: MakeDesk, tmp_path: Path) -> Desk:
    """A list of two women, the pictures of the second one read ahead."""
    write_study(tmp_path / "all" / "a", **SIZE)
    write_study(tmp_path / "all" / "b", woman=BERTA, study="berta", **SIZE)
    desk = make_desk()
    desk.open(tmp_path / "all")
    images = desk.session.worklist.cases[1].current.images
    desk.qtbot.waitUntil(lambda: all(desk.session.store.holds(image.key) for image in images), timeout=20_000)
    return desk


def patients(desk: Desk) -> set[str]:
    """Whose pictures the panes show."""
    drawings = [viewport._drawing for viewport in desk.shown if viewport.picture is not None]
    return {drawing.prepared.header.patient.patient_id for drawing in drawings}


def test_the_picture_of_the_woman_before_is_gone_at_once(two_women: Desk) -> None:
    desk = two_women
    assert patients(desk) == {desk.session.study.patient.patient_id}
    desk.window.commands.next_study()
    assert patients(desk) == set()
    desk.settle()
    assert patients(desk) == {desk.session.study.patient.patient_id}


def test_pictures_that_are_there_follow_without_black_between(painted: list[tuple[int, str]], two_women: Desk) -> None:
    desk = two_women
    painted.clear()
    with desk.qtbot.waitSignal(desk.window.grid.drawn, timeout=20_000):
        desk.window.commands.next_study()
    QApplication.processEvents()
    first = dict(reversed(painted))
    assert set(first) == {0, 1, 2, 3}
    assert first[0] == desk.session.study.patient.patient_id


def test_another_view_in_a_pane_is_black_until_it_is_drawn(desk: Desk) -> None:
    desk.session.activate(desk.number_of("LMLO"))
    desk.window.commands.single()
    assert desk.shown[0].picture is None
    desk.settle()
    assert desk.shown[0]._drawing.prepared.header.side_view == "LMLO"


def test_a_pane_that_keeps_its_image_keeps_its_picture(desk: Desk) -> None:
    desk.session.activate(2)
    desk.window.resize(1000, 700)
    assert all(viewport.picture is not None for viewport in desk.shown)


def test_current_and_prior_in_turn_have_no_black_between(make_desk: MakeDesk, tmp_path: Path) -> None:
    desk = make_desk()
    desk.open(write_pair(tmp_path / "pair", **SIZE))
    desk.key(Key.Key_J)
    desk.settle()
    desk.window.commands.toggle_turn()
    assert all(viewport.picture is not None for viewport in desk.shown)


def test_a_drag_of_the_window_ends_with_the_study(two_women: Desk) -> None:
    desk = two_women
    middle = QPoint(100, 100)
    desk.qtbot.mousePress(desk.shown[0], LEFT, pos=middle)
    desk.qtbot.mouseMove(desk.shown[0], middle + QPoint(30, 10))
    assert desk.session.presentation(0).window is not None
    desk.window.commands.next_study()
    desk.settle()
    desk.qtbot.mouseMove(desk.shown[0], middle + QPoint(90, 60))
    desk.qtbot.mouseRelease(desk.shown[0], LEFT, pos=middle + QPoint(90, 60))
    assert desk.session.presentation(0).window is None


def test_a_drag_goes_on_where_the_pane_keeps_its_image(desk: Desk) -> None:
    desk.qtbot.mousePress(desk.shown[0], LEFT, pos=QPoint(100, 100))
    desk.qtbot.mouseMove(desk.shown[0], QPoint(120, 100))
    before = desk.session.presentation(0).window
    desk.session.activate(1)
    desk.qtbot.mouseMove(desk.shown[0], QPoint(160, 100))
    desk.qtbot.mouseRelease(desk.shown[0], LEFT, pos=QPoint(160, 100))
    assert desk.session.presentation(0).window != before


def _tops(desk: Desk) -> set[int]:
    return {viewport.mapToGlobal(QPoint(0, 0)).y() for viewport in desk.shown[:2]}


@pytest.mark.parametrize("moved", ["first", "second"])
def test_breasts_stand_at_the_same_height_after_a_window_was_moved(
    desk: Desk, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch, moved: str
) -> None:
    monkeypatch.setattr(second_window, "other_screens", lambda screen: [screen])
    desk.do("second-monitor")
    second = desk.window.monitors.second
    assert second is not None
    second.setWindowState(Qt.WindowState.WindowNoState)
    desk.window.setGeometry(0, 20, 1100, 760)
    second.setGeometry(1300, 10, 700, 780)
    qtbot.waitUntil(lambda: second.width() == 700 and len(_tops(desk)) == 1)
    window, place = (desk.window, QPoint(0, 30)) if moved == "first" else (second, QPoint(1300, 20))
    window.move(place)
    qtbot.waitUntil(lambda: window.pos() == place)
    assert len(_tops(desk)) == 1
