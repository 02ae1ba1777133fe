"""Owns the viewports: no gaps, at most one redraw of each per turn of the event loop, half of them in the window on a
second monitor where there is one. Shows what the session says."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence

from PySide6.QtCore import QEvent, QPoint, Qt, QTimer, Signal
from PySide6.QtGui import QHideEvent, QResizeEvent, QShowEvent
from PySide6.QtWidgets import QWidget

from mammoview.core.errors import CancelledError
from mammoview.core.study import Laterality
from mammoview.services.navigator import Navigator
from mammoview.services.panes import Display, Pane, Spot, spread
from mammoview.services.session import Session
from mammoview.services.tomosynthesis import Tomosynthesis
from mammoview.ui.screens import screen_key
from mammoview.ui.viewport import Viewport

_TURN_S = 0.02


class ViewGrid(QWidget):
    """`menu_wanted(pane, global position, row, column)` asks for the menu of a place; `drawn` follows every redraw.

    `viewports` are made as panes need them, by the number of the pane; those that no pane needs now are hidden.
    """

    menu_wanted = Signal(int, QPoint, float, float)
    drawn = Signal()
    _hurried = Signal()

    def __init__(
        self, session: Session, navigator: Navigator, tomosynthesis: Tomosynthesis, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self.setObjectName("grid")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self._session, self._navigator, self._tomosynthesis = session, navigator, tomosynthesis
        self.px_per_mm: Callable[[str], float | None] = lambda screen: None
        self._second: QWidget | None = None
        self._second_right = True
        self._stood_right: dict[str, bool] = {}
        self._stale: set[int] = set()
        self._next = 0
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(0)
        self._timer.timeout.connect(self._redraw)
        self._hurried.connect(self._redraw, Qt.ConnectionType.QueuedConnection)
        self.viewports: tuple[Viewport, ...] = ()
        session.panes_changed.connect(self.lay)
        session.redraw.connect(self._mark)
        session.waits_changed.connect(self._decorate_all)

    def _make(self, number: int) -> Viewport:
        navigator = self._navigator
        viewport = Viewport(number, self)
        viewport.activated.connect(self._session.activate)
        viewport.zoomed.connect(navigator.zoom_at)
        viewport.scrolled.connect(self._tomosynthesis.turn_wheel)
        viewport.panned.connect(navigator.pan)
        viewport.window_begun.connect(lambda number, all_: navigator.begin_window(number, everywhere=all_))
        viewport.windowed.connect(
            lambda number, right, down, all_: navigator.drag_window(number, right, down, everywhere=all_)
        )
        viewport.alone.connect(self._session.show_alone)
        viewport.menu_wanted.connect(self.menu_wanted)
        return viewport

    def spread(self, second: QWidget | None, *, right: bool = True) -> None:
        """Put half of the hang into a window on a second monitor, which lies to the right or to the left; None takes
        all of it back.
        """
        self._second, self._second_right = second, right
        self.lay()

    def window_of(self, number: int) -> QWidget:
        """The window that pane `number` stands in."""
        return self.viewports[number].window() if number < len(self.viewports) else self.window()

    def set_panning(self, panning: bool) -> None:
        """Whether a left drag pans (while the space bar is pressed)."""
        for viewport in self.viewports:
            viewport.panning_key = panning
            viewport.setCursor(Qt.CursorShape.OpenHandCursor if panning else Qt.CursorShape.CrossCursor)

    def resizeEvent(self, event: QResizeEvent) -> None:
        self.lay()

    def event(self, event: QEvent) -> bool:
        if event.type() == QEvent.Type.DevicePixelRatioChange:
            self.lay()
        return super().event(event)

    def showEvent(self, event: QShowEvent) -> None:
        self._cover()

    def hideEvent(self, event: QHideEvent) -> None:
        self._cover()

    def _cover(self) -> None:
        """Where a list stands in place of the images here, the second monitor is black: no half of a hang is read."""
        for number, viewport in enumerate(self.viewports):
            viewport.setVisible(number < len(self._session.panes) and self._is_uncovered(viewport))

    def _is_uncovered(self, viewport: Viewport) -> bool:
        return viewport.parentWidget() is self or not self.isHidden()

    def lay(self) -> None:
        """Put the viewports in their places; the windows are filled to the last pixel."""
        panes = self._session.panes
        self.viewports += tuple(self._make(number) for number in range(len(self.viewports), len(panes)))
        for viewport in self.viewports[len(panes) :]:
            viewport.hide()
            viewport.give_place(None)
        shown = self.viewports[: len(panes)]
        gone = [viewport.give_place(pane.header, pane.in_turn) for viewport, pane in zip(shown, panes, strict=True)]
        if any(gone):
            self._hurried.emit()  # comes before the window is painted, so that little of the black is seen
        for viewport, pane, spot in zip(shown, panes, self._spots(panes), strict=True):
            second = self._second if self._second is not None and spot.right == self._second_right else None
            area = second or self
            if viewport.parentWidget() is not area:
                viewport.setParent(area)
            viewport.setVisible(self._is_uncovered(viewport))
            viewport.scrolls_frames = pane.header is not None and pane.header.frames > 1
            head, height = self._band(area)
            left, right = (area.width() * (spot.column + step) // spot.columns for step in (0, 1))
            top, bottom = (head + height * (spot.row + step) // spot.rows for step in (0, 1))
            viewport.setGeometry(left, top, right - left, bottom - top)
        displays = [
            Display(viewport.devicePixelRatioF(), self.px_per_mm(screen_key(viewport.screen()))) for viewport in shown
        ]
        self._session.set_frames([viewport.frame for viewport in shown], displays)
        self._decorate_all()

    def _band(self, area: QWidget) -> tuple[int, int]:
        """From where and how high the panes stand in a window: on the second monitor at the height of the first one's,
        so that the breasts mirror each other across the bezel, where that leaves room for them.
        """
        top = area.mapFromGlobal(self.mapToGlobal(QPoint(0, 0))).y()
        same = area.devicePixelRatioF() == self.devicePixelRatioF()
        if same and 0 <= top <= area.height() - self.height() <= area.height() // 8:
            return top, self.height()
        return 0, area.height()

    def _spots(self, panes: Sequence[Pane]) -> tuple[Spot, ...]:
        if self._second is None:
            here = not self._second_right
            return tuple(Spot(here, pane.row, pane.column, pane.rows, pane.columns) for pane in panes)
        spots = spread(panes, alone_right=self._stands_right(panes))
        if panes and panes[0].columns > 1:
            both = zip(panes, spots, strict=True)
            self._stood_right = {pane.header.key: spot.right for pane, spot in both if pane.header is not None}
        return spots

    def _stands_right(self, panes: Sequence[Pane]) -> bool:
        """Where a single view stands: where it stood beside others, else where its side hangs, else in the first
        window.
        """
        header = panes[0].header if panes else None
        if header is not None and header.key in self._stood_right:
            return self._stood_right[header.key]
        if header is None or header.laterality is Laterality.UNKNOWN:
            return not self._second_right
        return header.laterality is Laterality.LEFT

    def _decorate_all(self) -> None:
        for number, pane in enumerate(self._session.panes):
            self._decorate(number, pane)

    def _mark(self, number: int) -> None:
        self._stale.update(range(len(self._session.panes)) if number < 0 else (number,))
        if not self._timer.isActive():
            self._timer.start()

    def _redraw(self) -> None:
        """Draw what is stale; what does not fit into this turn of the event loop comes first in the next one."""
        self._timer.stop()
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
            error, view = self._session.error(number), pane.header.side_view
            loading = error is None
            message = f"{view}: {error}" if error else self.tr("{view}  loading").format(view=view)
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
