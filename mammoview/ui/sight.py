"""Owns whether the images are in sight: not while the list stands in their place, nor in a minimised window."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, QTimer
from PySide6.QtWidgets import QWidget

from mammoview.services.session import Session
from mammoview.services.visits import set_in_sight

_EVENTS = (QEvent.Type.Show, QEvent.Type.Hide, QEvent.Type.WindowStateChange)


class Sight(QObject):
    """Follows the widget that may stand in place of the images, and the window that it is put into. What is in sight
    again is drawn, and counts as looked at from then on.
    """

    def __init__(self, cover: QWidget, session: Session) -> None:
        super().__init__(cover)
        self._cover, self._session = cover, session
        cover.installEventFilter(self)
        QTimer.singleShot(0, self, self._watch_window)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() in _EVENTS:
            self._follow()
        return False

    def _watch_window(self) -> None:
        self._cover.window().installEventFilter(self)
        self._follow()

    def _follow(self) -> None:
        cover = self._cover
        in_sight = cover.isHidden() and not cover.window().isMinimized()
        if set_in_sight(self._session, in_sight) and in_sight:
            self._session.redraw.emit(-1)
