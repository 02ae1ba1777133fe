"""Owns the menus of the window and the keys of its commands, made from the rows of `actions`. Does none of them."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QPoint, Qt
from PySide6.QtGui import QAction, QActionGroup, QKeySequence
from PySide6.QtWidgets import QMenu, QMenuBar

from mammoview.ui.action import Action, in_window
from mammoview.ui.actions import ACTIONS, MENUS
from mammoview.ui.key_bindings import KeyBindings
from mammoview.ui.key_filter import KeyFilter
from mammoview.ui.keystrokes import KEYPAD

if TYPE_CHECKING:
    from mammoview.ui.main_window import MainWindow

LAYOUT_ACTIONS = ("four", "cc", "mlo", "single")
_PLACE_ACTIONS = ("single", "fit", "invert", "reset", "heat", "copy-view", "export-view")
_LONGEST_PLACE = 90
_ONCE = ("File", "Reading", "Help")
"""Menus of commands that a key which is held down gives once."""

_OF_WINDOW = frozenset(
    {
        *("library", "find", "sort-library", "filter-library", "folders", "look-again"),
        *("reading-mode", "score-ahead", "retry"),
        *("study-panel", "full-screen", "second-monitor"),
    }
)
_OF_IMAGES = frozenset({"export-view", "export-hang", "copy-view", "copy-hang", "write-dicom", "deidentify"})


def acts_on_images(row: Action) -> bool:
    """Whether a command is about the study on the screen, so that nobody who looks at a list can mean it."""
    return row.id in _OF_IMAGES or not (row.menu in ("File", "Help") or row.id in _OF_WINDOW)


class Menus(QObject):
    """`bar` holds the menus of all commands; `actions_by_id` their QActions, which act in the whole window."""

    def __init__(self, window: MainWindow, bindings: KeyBindings) -> None:
        super().__init__(window)
        self._window, self._bindings = window, bindings
        self.actions_by_id: dict[str, QAction] = {}
        self._recent = QMenu(self.tr("Recent studies"), window)
        self._recent.aboutToShow.connect(self._fill_recent)
        self.bar = QMenuBar()
        self.bar.setNativeMenuBar(False)
        self.bar.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._fill()
        self._show_keys()
        bindings.changed.connect(self._show_keys)
        KeyFilter(window, bindings, self.actions_by_id, self._hold, window.call_of_key)

    def _fill(self) -> None:
        menus = {name: self.bar.addMenu(in_window(name)) for name in MENUS}
        group = QActionGroup(self)
        for row in ACTIONS:
            made = self._action(row)
            menu = menus[row.menu]
            if row.separate:
                menu.addSeparator()
            menu.addAction(made)
            if row.id in LAYOUT_ACTIONS:
                group.addAction(made)
            if row.id == "open-demo":
                menu.addMenu(self._recent)

    def _action(self, row: Action) -> QAction:
        made = QAction(row.name, self._window)
        made.setCheckable(bool(row.state))
        made.setAutoRepeat(not row.state and row.menu not in _ONCE)
        made.setEnabled(not row.held)
        if not row.held:
            made.triggered.connect(partial(self._window.run, row))
        self._window.addAction(made)
        self.actions_by_id[row.id] = made
        return made

    def _show_keys(self) -> None:
        """Have every command act by its keys, and show them. Those of the keypad, which Qt knows no shortcut for, and
        held ones are the filter's."""
        for row in ACTIONS:
            made, keys = self.actions_by_id[row.id], self._bindings.keys(row.id)
            shortcuts = [] if row.held else [key for key in keys if KEYPAD not in key]
            made.setShortcuts([QKeySequence(key) for key in shortcuts])
            made.setText(row.name if shortcuts or not keys else f"{row.name}\t{self._bindings.first(row.id)}")
            made.setToolTip(self._bindings.tip(row.id))

    def _hold(self, row: Action, pressed: bool) -> None:
        getattr(self._window.commands, row.call)(pressed)

    def _fill_recent(self) -> None:
        self._recent.clear()
        for place in self._window.recent.places:
            text = ", ".join(str(path) for path in place)
            entry = self._recent.addAction(text if len(text) < _LONGEST_PLACE else f"…{text[1 - _LONGEST_PLACE :]}")
            entry.triggered.connect(partial(self._open_recent, place))
        if not self._window.recent.places:
            self._recent.addAction(self.tr("none yet")).setEnabled(False)

    def _open_recent(self, place: tuple[Path, ...], *_: object) -> None:
        self._window.commands.open_paths(place)

    def show_place_menu(self, number: int, position: QPoint, row_px: float, column_px: float) -> None:
        """The commands for a place of a pane; `row_px` and `column_px` are its device pixels."""
        window = self._window
        menu = QMenu(window)
        window.bench.add_to_menu(menu, number, row_px, column_px)
        here = menu.addAction(self.tr("One to one here"))
        here.triggered.connect(lambda: window.navigator.native_at(number, row_px, column_px))
        menu.addMenu(self._window_menu(menu))
        menu.addSeparator()
        for action_id in _PLACE_ACTIONS:
            menu.addAction(self.actions_by_id[action_id])
        menu.aboutToHide.connect(menu.deleteLater)
        menu.popup(position)

    def _window_menu(self, parent: QMenu) -> QMenu:
        """The active image's VOI choices."""
        menu = QMenu(self.tr("Window"), parent)
        vois, chosen = self._window.navigator.vois()
        for number, voi in enumerate(vois):
            entry = menu.addAction(voi.explanation or voi.label())
            entry.setCheckable(True)
            entry.setChecked(number == chosen)
            entry.triggered.connect(partial(self._choose_voi, number))
        return menu

    def _choose_voi(self, number: int, *_: object) -> None:
        self._window.navigator.choose_voi(number)
