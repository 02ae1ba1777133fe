"""Owns one viewport: shows a ready RGB picture pixel for pixel and turns the mouse into gestures."""

from __future__ import annotations

import numpy as np
import pyqtgraph as pg
from numpy.typing import NDArray
from PySide6.QtCore import QPoint, QPointF, QRectF, Qt, Signal
from PySide6.QtGui import QColor, QContextMenuEvent, QKeyEvent, QMouseEvent, QPainter, QPen, QWheelEvent
from PySide6.QtWidgets import QWidget

from mammoview.core.hanging import Frame
from mammoview.core.render import Drawing, RenderMemo, draw_view
from mammoview.reading.pictures import lettering
from mammoview.ui import theme

_WHEEL_NOTCH = 120
_ZOOM_PER_NOTCH = 1.2


class Viewport(pg.GraphicsView):  # type: ignore[misc]
    """One pane. Its signals speak of device pixels (row, column) at pixel centres; `windowed` of logical pixels."""

    activated = Signal(int)
    zoomed = Signal(int, float, float, float)
    panned = Signal(int, float, float)
    window_begun = Signal(int, bool)
    windowed = Signal(int, float, float, bool)
    alone = Signal(int)
    menu_wanted = Signal(int, QPoint, float, float)

    def __init__(self, number: int, parent: QWidget | None = None) -> None:
        super().__init__(parent, background="k")
        self.number = number
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.setMouseTracking(False)
        self.setCursor(Qt.CursorShape.CrossCursor)
        self.setMinimumSize(1, 1)
        self._item = pg.ImageItem(axisOrder="row-major")
        self.addItem(self._item)
        self._memo = RenderMemo()
        self._drag: tuple[str, QPointF] | None = None
        self._wheel = 0.0
        self.picture: NDArray[np.uint8] | None = None
        self.panning_key = False
        self._active = False
        self._inner_right: bool | None = None
        self._message, self._message_failed, self._loading = "", False, False

    @property
    def frame(self) -> Frame:
        """The viewport's size in device pixels."""
        ratio = self.devicePixelRatioF()
        return Frame(max(1, round(self.height() * ratio)), max(1, round(self.width() * ratio)))

    def draw(self, drawing: Drawing | None) -> None:
        """Draw and show; None shows black."""
        if drawing is None:
            self.picture = None
            self._item.hide()
            return
        self.picture = draw_view(drawing, lettering(), self._memo)
        self._item.setImage(self.picture, autoLevels=False, levels=None, lut=None, autoDownsample=False)
        ratio = self.devicePixelRatioF()
        self._item.setRect(QRectF(0, 0, self.picture.shape[1] / ratio, self.picture.shape[0] / ratio))
        self._item.show()

    def set_chrome(
        self, *, active: bool, inner_right: bool | None, message: str = "", failed: bool = False, loading: bool = False
    ) -> None:
        """The thin line of the active pane (not at the middle line, which is at the right, the left or nowhere: None),
        a message in place of a picture, and the line of a pane that loads.
        """
        chrome = (active, inner_right, message, failed, loading)
        if chrome != (self._active, self._inner_right, self._message, self._message_failed, self._loading):
            self._active, self._inner_right, self._message, self._message_failed, self._loading = chrome
            self.viewport().update()

    def drawForeground(self, painter: QPainter, rect: QRectF) -> None:
        """Message, loading line and the active pane's line."""
        painter.save()
        painter.resetTransform()
        width, height = self.width(), self.height()
        if self._message:
            painter.setPen(QColor(theme.RED if self._message_failed else theme.DIM))
            area = QRectF(24, 24, width - 48, height - 48)
            painter.drawText(area, int(Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextWordWrap), self._message)
        if self._loading:
            painter.fillRect(QRectF(0, height - 2, width, 2), QColor(theme.ACCENT).darker(150))
        if self._active:
            painter.setPen(QPen(QColor(theme.FAINT), 1))
            right, bottom = width - 1, height - 1
            painter.drawLine(0, 0, right, 0)
            painter.drawLine(0, bottom, right, bottom)
            if self._inner_right is not False:
                painter.drawLine(0, 0, 0, bottom)
            if self._inner_right is not True:
                painter.drawLine(right, 0, right, bottom)
        painter.restore()

    def _device(self, position: QPointF) -> tuple[float, float]:
        """(row, column) of the device pixel at a widget position."""
        ratio = self.devicePixelRatioF()
        return position.y() * ratio - 0.5, position.x() * ratio - 0.5

    def mousePressEvent(self, event: QMouseEvent) -> None:
        self.activated.emit(self.number)
        button = event.button()
        if button == Qt.MouseButton.MiddleButton or (button == Qt.MouseButton.LeftButton and self.panning_key):
            self._drag = ("pan", event.position())
            self.setCursor(Qt.CursorShape.ClosedHandCursor)
        elif button == Qt.MouseButton.LeftButton:
            self._drag = ("window", event.position())
            self.window_begun.emit(self.number, _with_shift(event))
        event.accept()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        if self._drag is None:
            return
        kind, last = self._drag
        moved = event.position() - last
        self._drag = (kind, event.position())
        if kind == "pan":
            ratio = self.devicePixelRatioF()
            self.panned.emit(self.number, moved.y() * ratio, moved.x() * ratio)
        else:
            self.windowed.emit(self.number, moved.x(), moved.y(), _with_shift(event))
        event.accept()

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        self._drag = None
        self.setCursor(Qt.CursorShape.CrossCursor)
        event.accept()

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        if event.button() == Qt.MouseButton.LeftButton:
            self._drag = None
            self.alone.emit(self.number)
        event.accept()

    def wheelEvent(self, event: QWheelEvent) -> None:
        notches = event.angleDelta().y() / _WHEEL_NOTCH
        if notches:
            self.activated.emit(self.number)
            self.zoomed.emit(self.number, _ZOOM_PER_NOTCH**notches, *self._device(event.position()))
        event.accept()

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        self.activated.emit(self.number)
        self.menu_wanted.emit(self.number, event.globalPos(), *self._device(QPointF(event.pos())))
        event.accept()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        event.ignore()

    def keyReleaseEvent(self, event: QKeyEvent) -> None:
        event.ignore()


def _with_shift(event: QMouseEvent) -> bool:
    return bool(event.modifiers() & Qt.KeyboardModifier.ShiftModifier)
