"""Owns the keys that are beyond Qt's shortcuts: the keypad, the number row by place, keys that act while held."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from PySide6.QtCore import QEvent, QObject
from PySide6.QtGui import QAction, QKeyEvent
from PySide6.QtWidgets import QApplication, QWidget

from mammoview.ui.action import Action
from mammoview.ui.key_bindings import KeyBindings
from mammoview.ui.keystrokes import KEYPAD, same_key, stroke_of

_DIGITS = frozenset("0123456789")


class KeyFilter(QObject):
    """Runs commands by keys of the keypad and the number row before Qt's shortcuts are asked: those do not know a key
    of the keypad (a shortcut "Num+1" never fires), and on some keyboards take Alt+Shift+3 for Alt+3.

    `hold(row, pressed)` is called for the rows that act while their key is pressed; `other` says what a key does that
    no command has, None for nothing.
    """

    def __init__(
        self,
        window: QWidget,
        bindings: KeyBindings,
        actions: Mapping[str, QAction],
        hold: Callable[[Action, bool], object],
        other: Callable[[str], Callable[[], object] | None],
    ) -> None:
        super().__init__(window)
        self._window, self._bindings, self._actions, self._hold = window, bindings, actions, hold
        self._other = other
        self._held: dict[str, Action] = {}
        window.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if not isinstance(event, QKeyEvent):
            return False
        stroke = stroke_of(event)
        if event.type() == QEvent.Type.KeyRelease:
            return False if event.isAutoRepeat() else self._released(stroke)
        row = self._bindings.owner(stroke) if stroke else None
        other = self._other(stroke) if stroke and row is None else None
        by_shortcut = row is not None and not (row.held or KEYPAD in stroke or stroke.rpartition("+")[2] in _DIGITS)
        if by_shortcut or (row is None and other is None):
            return False
        if event.type() == QEvent.Type.ShortcutOverride:
            self._reach_first()
            event.accept()
            return True
        if event.type() == QEvent.Type.KeyPress:
            if watched is not self._window:
                watched.removeEventFilter(self)
            if row is not None:
                self._pressed(row, stroke, again=event.isAutoRepeat())
            elif other is not None and not event.isAutoRepeat():
                other()
            return True
        return False

    def _reach_first(self) -> None:
        """The press that follows goes to the widget with the focus, which let the window have it: look at it there."""
        focus = QApplication.focusWidget()
        if focus is not None and focus is not self._window:
            focus.installEventFilter(self)

    def _pressed(self, row: Action, stroke: str, *, again: bool) -> None:
        action = self._actions[row.id]
        if row.held:
            if not again:
                self._held[stroke] = row
                self._hold(row, True)
        elif action.isEnabled() and (action.autoRepeat() or not again):
            action.trigger()

    def _released(self, stroke: str) -> bool:
        found = next((key for key in self._held if same_key(key, stroke)), None)
        if found is None:
            return False
        self._hold(self._held.pop(found), False)
        return True
