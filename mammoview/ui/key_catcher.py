"""Owns the field that takes one keystroke, whatever it is, while it has the focus. Never says what it is for."""

from __future__ import annotations

from PySide6.QtCore import QEvent, Qt, Signal
from PySide6.QtGui import QFocusEvent, QKeyEvent
from PySide6.QtWidgets import QLabel, QWidget

from mammoview.ui import theme
from mammoview.ui.keystrokes import stroke_of


class KeyCatcher(QLabel):
    """`caught(name)`: a key was pressed, by its name as of `keystrokes`; `left`: Esc, or the focus went elsewhere."""

    caught = Signal(str)
    left = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.setStyleSheet(f"border: 1px solid {theme.ACCENT}; border-radius: 3px; padding: 6px 10px;")
        self.hide()

    def ask(self, words: str) -> None:
        """Say for what a key is wanted, and take the next one."""
        self.setText(words)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.show()
        self.setFocus()

    def event(self, event: QEvent) -> bool:
        if isinstance(event, QKeyEvent) and event.type() == QEvent.Type.ShortcutOverride:
            event.accept()
            return True
        if isinstance(event, QKeyEvent) and event.type() == QEvent.Type.KeyPress:  # before Tab moves the focus
            self._take(stroke_of(event))
            return True
        return super().event(event)

    def _take(self, stroke: str) -> None:
        if not stroke:
            return
        self.hide()
        if stroke != "Esc":
            self.caught.emit(stroke)

    def hideEvent(self, event: QEvent) -> None:
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.left.emit()

    def focusOutEvent(self, event: QFocusEvent) -> None:
        super().focusOutEvent(event)
        self.hide()
