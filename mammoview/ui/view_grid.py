"""Owns the grid of viewports: no gaps, at most one redraw of each per turn of the event loop. Shows what the session
says."""

from __future__ import annotations

import time

from PySide6.QtCore import QEvent, QPoint, Qt, QTimer, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QWidget

from mammoview.core.errors import CancelledError
from mammoview.services.navigator import Navigator
from mammoview.services.panes import Pane
from mammoview.services.session import Session
from mammoview.services.tomosynthesis import Tomosynthesis
from mammoview.ui.viewport import Viewport

_MOST_PANES = 32
"""As many as a step of a hanging protocol has places."""

_TURN_S = 0.02


class ViewGrid(QWidget):
    """`menu_wanted(pane, global position, row, column)` asks for the menu of a place; `drawn` follows every redraw."""

    menu_wanted = Signal(int, QPoint, float, float)
    drawn = Signal()

    def __init__(
        self, session: Session, navigator: Navigator, tomosynthesis: Tomosynthesis, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self.setObjectName("grid")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self._session = session
        self._stale: set[int] = set()
        self._next = 0
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(0)
        self._timer.timeout.connect(self._redraw)
        self.viewports = tuple(Viewport(number, self) for number in range(_MOST_PANES))
        for viewport in self.viewports:
            viewport.hide()
            viewport.activated.connect(session.activate)
            viewport.zoomed.connect(navigator.zoom_at)
            viewport.scrolled.connect(tomosynthesis.turn_wheel)
            viewport.panned.connect(navigator.pan)
            viewport.window_begun.connect(lambda number, all_: navigator.begin_window(number, everywhere=all_))
            viewport.windowed.connect(
                lambda number, right, down, all_: navigator.drag_window(number, right, down, everywhere=all_)
            )
            viewport.alone.connect(session.show_alone)
            viewport.menu_wanted.connect(self.menu_wanted)
        session.panes_changed.connect(self._lay)
        session.redraw.connect(self._mark)
        session.waits_changed.connect(self._decorate_all)

    def set_panning(self, panning: bool) -> None:
        """Whether a left drag pans (while the space bar is pressed)."""
        for viewport in self.viewports:
            viewport.panning_key = panning
            viewport.setCursor(Qt.CursorShape.OpenHandCursor if panning else Qt.CursorShape.CrossCursor)

    def resizeEvent(self, event: QResizeEvent) -> None:
        self._lay()

    def event(self, event: QEvent) -> bool:
        if event.type() == QEvent.Type.DevicePixelRatioChange:
            self._lay()
        return super().event(event)

    def _lay(self) -> None:
        """Put the viewports in their places; the grid is filled to the last pixel."""
        panes = self._session.panes
        for number, viewport in enumerate(self.viewports):
            viewport.setVisible(number < len(panes))
            if number >= len(panes):
                viewport.draw(None)  # lets go of the image
            else:
                pane = panes[number]
                viewport.scrolls_frames = pane.header is not None and pane.header.frames > 1
                left, right = (self.width() * (pane.column + step) // pane.columns for step in (0, 1))
                top, bottom = (self.height() * (pane.row + step) // pane.rows for step in (0, 1))
                viewport.setGeometry(left, top, right - left, bottom - top)
        shown = self.viewports[: len(panes)]
        self._session.set_frames([viewport.frame for viewport in shown], self.devicePixelRatioF())
        self._decorate_all()

    def _decorate_all(self) -> None:
        for number, pane in enumerate(self._session.panes):
            self._decorate(number, pane)

    def _mark(self, number: int) -> None:
        self._stale.update(range(len(self._session.panes)) if number < 0 else (number,))
        if not self._timer.isActive():
            self._timer.start()

    def _redraw(self) -> None:
        """Draw what is stale; what does not fit into this turn of the event loop comes first in the next one."""
        panes = self._session.panes
        started = time.perf_counter()
        self._stale = {number for number in self._stale if number < len(panes)}
        for number in sorted(self._stale, key=lambda number: (number - self._next) % len(panes)):
            self._stale.discard(number)
            self._next = (number + 1) % len(panes)
            self.viewports[number].draw(self._session.drawing(number))
            self._decorate(number, panes[number])
            if self._stale and time.perf_counter() - started > _TURN_S:
                self._timer.start()
                return
        self.drawn.emit()

    def _decorate(self, number: int, pane: Pane) -> None:
        message, failed, loading = "", False, False
        if pane.header is None:
            message = pane.missing
        elif self._session.image(number) is None:
            error = self._session.error(number)
            loading = error is None
            message = f"{pane.header.side_view}: {error}" if error else f"{pane.header.side_view}  loading"
            failed = error is not None and not isinstance(error, CancelledError)
        else:
            loading = self._session.waits(number)
        self.viewports[number].set_chrome(
            active=number == self._session.active and len(self._session.panes) > 1,
            inner_right=pane.wall_right if pane.paired else None,
            message=message,
            failed=failed,
            loading=loading,
        )
