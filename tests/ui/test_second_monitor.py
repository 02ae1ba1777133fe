"""A hang on two monitors: what stands where, that keys and the mouse act in both windows, and what an unplugged screen
leaves. Both windows stand on the one screen that the tests have; `test_two_screens` has two.
"""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtCore import QMimeData, QPoint, QPointF, Qt, QUrl
from PySide6.QtGui import QDragEnterEvent, QDropEvent, QGuiApplication, QScreen
from PySide6.QtWidgets import QApplication, QWidget

from mammoview.services.export import Part, make_picture
from mammoview.ui import second_window
from mammoview.ui.second_window import SecondWindow
from tests.ui.conftest import MakeDesk
from tests.ui.desk import Desk
from tests.ui.stepping import views, write_pair

Key = Qt.Key


@pytest.fixture(autouse=True)
def one_for_two(monkeypatch: pytest.MonkeyPatch) -> None:
    """The screen that there is serves as the other one too."""

    def both(screen: QScreen) -> list[QScreen]:
        return [screen]

    monkeypatch.setattr(second_window, "other_screens", both)


def open_second(desk: Desk, *, right: bool = True) -> SecondWindow:
    """The second window, as high as the first, at its right or left side."""
    if not desk.window.monitors.spread:
        desk.do("second-monitor")
    second = desk.window.monitors.second
    assert second is not None
    second.setWindowState(Qt.WindowState.WindowNoState)
    second.setGeometry(1300 if right else -900, 0, 700, 760)
    desk.qtbot.waitUntil(lambda: second.width() == 700 and desk.window.monitors.right is right)
    desk.settle()
    return second


def activate(desk: Desk, second: SecondWindow) -> None:
    second.activateWindow()
    desk.qtbot.waitUntil(second.isActiveWindow)


def on_second(desk: Desk) -> list[str]:
    """The views that are seen in the second window."""
    second = desk.window.monitors.second
    both = zip(views(desk), desk.shown, strict=True)
    return [view for view, viewport in both if viewport.window() is second and viewport.isVisible()]


def test_each_breast_has_a_monitor(desk: Desk) -> None:
    open_second(desk)
    assert on_second(desk) == ["LCC", "LMLO"]
    assert desk.shown[1].width() == 700
    desk.do("cc")
    assert on_second(desk) == ["LCC"]
    assert desk.shown[1].height() == desk.window.grid.height()


def test_a_second_monitor_at_the_left_takes_the_right_breast(desk: Desk) -> None:
    open_second(desk, right=False)
    assert on_second(desk) == ["RCC", "RMLO"]


def test_breasts_stand_at_the_same_height_on_both(desk: Desk) -> None:
    open_second(desk)
    right, left = (viewport.mapToGlobal(QPoint(0, 0)).y() for viewport in desk.shown[:2])
    assert (right, desk.shown[0].height()) == (left, desk.shown[1].height())
    scales = [desk.session.scene.scale(number) for number in range(4)]
    assert len(set(scales)) == 1


def test_no_panel_stands_between_the_breasts(desk: Desk) -> None:
    open_second(desk)
    window = desk.window
    edge = window.grid.mapTo(window, QPoint(window.grid.width(), 0)).x()
    assert edge == window.width()
    desk.do("second-monitor")
    desk.qtbot.waitUntil(lambda: window.side_panel.x() > window.grid.mapTo(window, QPoint(0, 0)).x())


def test_current_and_prior_take_two_columns_each(make_desk: MakeDesk, tmp_path: Path) -> None:
    desk = make_desk()
    desk.open(write_pair(tmp_path / "pair", rows=160, columns=120))
    open_second(desk)
    desk.do("compare")
    desk.settle()
    assert on_second(desk) == ["RCC", "LCC", "RCC", "LCC"]


@pytest.mark.parametrize(("view", "there"), [("LCC", ["LCC"]), ("RCC", [])])
def test_a_view_alone_stays_on_its_monitor(desk: Desk, view: str, there: list[str]) -> None:
    open_second(desk)
    desk.session.activate(desk.number_of(view))
    desk.do("single")
    assert views(desk) == [view]
    assert on_second(desk) == there


def test_a_key_pressed_in_the_second_window_is_a_command(desk: Desk) -> None:
    second = open_second(desk)
    activate(desk, second)
    desk.qtbot.keyClick(second, Key.Key_I)
    assert desk.session.look.invert


def test_a_key_held_in_the_second_window_holds_the_heat_map_off(desk: Desk) -> None:
    second = open_second(desk)
    activate(desk, second)
    desk.qtbot.keyPress(second, Key.Key_X)
    assert desk.session.look.held
    desk.qtbot.keyRelease(second, Key.Key_X)
    assert not desk.session.look.held


def test_keys_that_were_held_end_when_neither_window_is_active(desk: Desk) -> None:
    second = open_second(desk)
    activate(desk, second)
    desk.qtbot.keyPress(second, Key.Key_X)
    desk.qtbot.keyPress(second, Key.Key_Space)
    assert desk.shown[0].panning_key
    elsewhere = QWidget()
    desk.qtbot.addWidget(elsewhere)
    elsewhere.show()
    elsewhere.activateWindow()
    desk.qtbot.waitUntil(elsewhere.isActiveWindow)
    assert not desk.session.look.held
    assert not desk.shown[0].panning_key


def test_a_drag_in_the_second_window_sets_the_window_of_its_view(desk: Desk) -> None:
    open_second(desk)
    number = desk.number_of("LCC")
    desk.drag(number, (200, 100), (260, 130))
    assert desk.session.active == number
    assert desk.session.presentation(number).window is not None


def test_the_wheel_zooms_at_the_cursor_in_the_second_window(desk: Desk) -> None:
    open_second(desk)
    number = desk.number_of("LMLO")
    before = desk.session.drawing(number).placement.screen_from_stored().inverse()(120.0, 90.0)
    desk.wheel(number, 90, 120)
    after = desk.session.drawing(number).placement.screen_from_stored().inverse()(120.0, 90.0)
    assert after == pytest.approx(before, abs=2)
    assert desk.session.state(number).zoom > 1


def test_the_magnifier_lies_in_the_window_of_its_view(desk: Desk) -> None:
    second = open_second(desk)
    desk.do("magnifier")
    desk.qtbot.mouseMove(desk.shown[1], QPoint(150, 150))
    assert desk.window.bench.magnifier.window() is second
    desk.qtbot.mouseMove(desk.shown[0], QPoint(150, 150))
    assert desk.window.bench.magnifier.window() is desk.window


def test_files_dropped_on_the_second_window_are_opened(desk: Desk, tmp_path: Path) -> None:
    second, data = open_second(desk), QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(write_pair(tmp_path / "pair", rows=160, columns=120)))])
    hand = (Qt.DropAction.CopyAction, data, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier)
    QApplication.sendEvent(second, QDragEnterEvent(QPoint(5, 5), *hand))
    with desk.qtbot.waitSignal(desk.window.opening.opened, timeout=20_000):
        QApplication.sendEvent(second, QDropEvent(QPointF(5, 5), *hand))


def test_dialogs_of_the_first_window_block_the_second(desk: Desk) -> None:
    second = open_second(desk)
    assert second.windowHandle().transientParent() is desk.window.windowHandle()


def test_full_screen_takes_both_windows(desk: Desk) -> None:
    second = open_second(desk)
    desk.do("full-screen")
    desk.qtbot.waitUntil(lambda: desk.window.isFullScreen() and second.isFullScreen())
    desk.do("full-screen")
    desk.qtbot.waitUntil(lambda: not desk.window.isFullScreen() and not second.isFullScreen())


def test_the_second_monitor_is_black_while_the_list_stands(desk: Desk) -> None:
    open_second(desk)
    desk.window.stack.setCurrentWidget(desk.window.empty)
    assert on_second(desk) == []
    desk.window.stack.setCurrentWidget(desk.window.grid)
    assert on_second(desk) == ["LCC", "LMLO"]


def test_closing_the_second_window_brings_all_panes_back(desk: Desk) -> None:
    second = open_second(desk)
    second.close()
    assert all(viewport.window() is desk.window for viewport in desk.shown)
    assert desk.window.isVisible()
    assert not desk.window.settings.value.second_monitor
    desk.qtbot.waitUntil(lambda: not desk.window.actions_by_id["second-monitor"].isChecked())


def test_closing_the_first_window_ends_both_and_both_come_again(make_desk: MakeDesk) -> None:
    first = make_desk()
    first.do("second-monitor")
    second = first.window.monitors.second
    assert second is not None
    first.window.close()
    assert not second.isVisible()
    again = make_desk()
    assert again.window.monitors.spread


def test_an_unplugged_screen_gives_its_panes_back_and_takes_them_again(desk: Desk, qapp: QApplication) -> None:
    second = open_second(desk)
    screen = second.screen()
    qapp.screenRemoved.emit(screen)
    assert not second.isVisible()
    assert all(viewport.window() is desk.window and viewport.isVisible() for viewport in desk.shown)
    qapp.screenAdded.emit(screen)
    desk.qtbot.waitUntil(lambda: desk.window.monitors.spread and second.isVisible())


def test_without_another_screen_it_is_said(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(second_window, "other_screens", lambda screen: [])
    desk.do("second-monitor")
    assert "one monitor only" in desk.window.status.message.text()
    assert len(QGuiApplication.screens()) == 1
    assert not desk.window.monitors.spread


def test_all_views_are_one_picture_also_from_monitors_of_different_size(desk: Desk) -> None:
    second = open_second(desk)
    second.resize(500, 400)
    desk.qtbot.waitUntil(lambda: desk.shown[1].height() == 200)
    desk.settle()
    picture = make_picture(desk.session, Part.HANG, native=False, identified=False)
    high, wide = 2 * desk.shown[0].height(), desk.shown[0].width() + 500
    assert picture.draw().shape[:2] == (pytest.approx(high, abs=1), wide)
