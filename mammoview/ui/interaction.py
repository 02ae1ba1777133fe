"""Owns that the reader does something: keys, mouse, wheel or touch in the window and its dialogs. Passes everything on.

It looks at what reaches the platform's windows, before any widget: a few events for each thing that the reader does.
"""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, Signal
from PySide6.QtGui import QGuiApplication, QWindow
from PySide6.QtWidgets import QWidget

_TYPES = frozenset(
    {
        QEvent.Type.KeyPress,
        QEvent.Type.MouseButtonPress,
        QEvent.Type.MouseButtonDblClick,
        QEvent.Type.MouseButtonRelease,
        QEvent.Type.MouseMove,
        QEvent.Type.Wheel,
        QEvent.Type.TouchBegin,
        QEvent.Type.TouchUpdate,
        QEvent.Type.TabletPress,
        QEvent.Type.TabletMove,
        QEvent.Type.NativeGesture,
    }
)


class Interaction(QObject):
    """`happened` at once, for each event."""

    happened = Signal()

    def __init__(self, window: QWidget) -> None:
        """`window`: the application's window, not necessarily shown yet."""
        super().__init__(window)
        self._widget = window
        window.installEventFilter(self)
        application = QGuiApplication.instance()
        if isinstance(application, QGuiApplication):
            application.focusWindowChanged.connect(self._watch)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if watched is self._widget:
            if event.type() == QEvent.Type.Show:
                self._watch(self._widget.windowHandle())
        elif event.type() in _TYPES:
            self.happened.emit()
        return False

    def _watch(self, window: QWindow | None) -> None:
        if window is not None:
            window.installEventFilter(self)  # once, however often it is called
