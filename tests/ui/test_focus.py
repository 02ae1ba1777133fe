"""Every place that can have the focus shows it, is reached by Tab, and gives the keys back to the images."""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QImage
from PySide6.QtWidgets import QAbstractButton, QApplication, QComboBox, QDialog, QWidget

from mammoview.core.findings import Finding, FindingKind
from mammoview.ui.dialogs import memory_dialog, refused_dialog
from mammoview.ui.export_dialog import ExportDialog
from mammoview.ui.finding_dialog import FindingDialog
from tests.ui.desk import Desk


def export_dialog(parent: QWidget) -> QDialog:
    return ExportDialog(
        parent, "Export", Path("/nowhere/a.png"), confirm_identity=lambda: True, confirm_replace=lambda path: True
    )


DIALOGS: dict[str, Callable[[QWidget], QDialog]] = {
    "export": export_dialog,
    "finding": lambda parent: FindingDialog(parent, Finding(FindingKind.MASS), ""),
    "memory": lambda parent: memory_dialog(parent, 0, 0, lambda mib: None),
    "refused": lambda parent: refused_dialog(parent, ["a file"]),
}


def opened(desk: Desk, name: str) -> QDialog:
    dialog = DIALOGS[name](desk.window)
    dialog.open()
    desk.qtbot.waitUntil(lambda: QApplication.activeWindow() is dialog, timeout=5_000)
    return dialog


def picture(dialog: QDialog, widget: QWidget) -> QImage:
    QApplication.setCursorFlashTime(0)
    return dialog.grab(widget.rect().translated(widget.mapTo(dialog, widget.rect().topLeft()))).toImage()


def walk(desk: Desk, dialog: QDialog) -> list[QWidget]:
    """The widgets that Tab reaches, in their order, from the first one round to it."""
    found: list[QWidget] = []
    while (here := dialog.focusWidget()) is not None and here not in found:
        found.append(here)
        desk.qtbot.keyClick(here, Qt.Key.Key_Tab)
    return found


@pytest.mark.parametrize("name", DIALOGS)
def test_the_focus_is_seen_wherever_tab_takes_it(desk: Desk, name: str) -> None:
    dialog = opened(desk, name)
    places = walk(desk, dialog)
    assert places
    for here, there in zip(places, [*places[1:], places[0]], strict=True):
        if here is there:
            continue
        here.setFocus()
        with_focus = picture(dialog, here)
        there.setFocus()
        assert picture(dialog, here) != with_focus, here
    dialog.close()


@pytest.mark.parametrize("name", DIALOGS)
def test_tab_reaches_all_that_can_be_changed(desk: Desk, name: str) -> None:
    dialog = opened(desk, name)
    places = walk(desk, dialog)
    wanted = [
        widget
        for widget in (*dialog.findChildren(QAbstractButton), *dialog.findChildren(QComboBox))
        if widget.isVisible() and widget.isEnabled() and widget.focusPolicy() & Qt.FocusPolicy.TabFocus
    ]
    groups = [widget for widget in wanted if isinstance(widget, QAbstractButton) and widget.group() is not None]
    assert set(wanted) - set(places) <= {widget for widget in groups if not widget.isChecked()}
    dialog.close()


@pytest.mark.parametrize("name", DIALOGS)
def test_tab_goes_from_top_to_bottom(desk: Desk, name: str) -> None:
    dialog = opened(desk, name)
    tops = [widget.mapTo(dialog, widget.rect().center()).y() for widget in walk(desk, dialog)]
    first = tops.index(min(tops))
    rounds = tops[first:] + tops[:first]
    assert all(below >= above - 8 for above, below in pairwise(rounds))
    dialog.close()


@pytest.mark.parametrize("name", DIALOGS)
def test_escape_closes_a_dialog_and_the_keys_are_the_images_again(desk: Desk, name: str) -> None:
    dialog = opened(desk, name)
    with desk.qtbot.waitSignal(dialog.finished, timeout=5_000):
        desk.qtbot.keyClick(dialog, Qt.Key.Key_Escape)
    desk.window.activateWindow()  # a desktop does so by itself
    desk.qtbot.waitUntil(desk.window.isActiveWindow, timeout=5_000)
    desk.key(Qt.Key.Key_I)
    assert desk.session.look.invert


def test_tab_goes_between_text_and_reader_and_escape_gives_the_keys_back(desk: Desk) -> None:
    panel = desk.window.side_panel.assessment
    panel.focus_text()
    desk.qtbot.keyClick(panel.text, Qt.Key.Key_Tab)
    assert desk.window.focusWidget() is panel.reader
    desk.qtbot.keyClick(panel.reader, Qt.Key.Key_Backtab)
    assert desk.window.focusWidget() is panel.text
    desk.qtbot.keyClick(panel.text, Qt.Key.Key_Escape)
    desk.key(Qt.Key.Key_I)
    assert desk.session.look.invert
