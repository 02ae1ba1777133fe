"""Owns the keys of a list or a text within the window: while it has the focus, plain keys are its own, not commands."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from PySide6.QtCore import QEvent, QObject, Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QWidget

_FUNCTION_KEYS = range(Qt.Key.Key_F1, Qt.Key.Key_F35 + 1)
_COMMANDS = Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.AltModifier | Qt.KeyboardModifier.MetaModifier


class KeysWithin(QObject):
    """Keeps keys without Ctrl, Alt and Meta, other than F1 to F35, for `widget`; those in `own` call a method instead
    of reaching it."""

    def __init__(self, widget: QWidget, own: Mapping[Qt.Key, Callable[[], object]]) -> None:
        super().__init__(widget)
        self._own: dict[int, Callable[[], object]] = {int(key): call for key, call in own.items()}
        widget.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if not isinstance(event, QKeyEvent) or event.modifiers() & _COMMANDS or event.key() in _FUNCTION_KEYS:
            return False
        if event.type() == QEvent.Type.ShortcutOverride:
            event.accept()
            return True
        call = self._own.get(event.key()) if event.type() == QEvent.Type.KeyPress else None
        if call is None:
            return False
        call()
        return True
