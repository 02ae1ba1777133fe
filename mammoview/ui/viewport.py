"""Owns one viewport: shows a ready RGB picture pixel for pixel and turns the mouse into gestures."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import cv2
import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QEvent, QPoint, QPointF, QRectF, Qt, QTimer, Signal
from PySide6.QtGui import (
    QColor,
    QContextMenuEvent,
    QImage,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPen,
    QTransform,
    QWheelEvent,
)
from PySide6.QtWidgets import QWidget

from mammoview.core.hanging import Frame
from mammoview.core.render import Drawing, RenderMemo, paint
from mammoview.core.study import ImageHeader
from mammoview.reading.pictures import lettering
from mammoview.services.tools import Tools
from mammoview.ui import theme

_WHEEL_NOTCH = 120
_ZOOM_PER_NOTCH = 1.2
_REFINE_MS = 100
_DRAFT_FROM_PX = 200_000


class Viewport(QWidget):
    """One pane. Its signals speak of device pixels (row, column) at pixel centres; `windowed` of logical pixels.

    `scrolls_frames`: the wheel asks for other frames (`scrolled`, in notches) and zooms only with Ctrl. `tools` have
    the first word on the left button; `hovered` follows the pointer, `left` follows when it is gone.
    """

    activated = Signal(int)
    zoomed = Signal(int, float, float, float)
    scrolled = Signal(int, float)
    panned = Signal(int, float, float)
    window_begun = Signal(int, bool)
    windowed = Signal(int, float, float, bool)
    alone = Signal(int)
    menu_wanted = Signal(int, QPoint, float, float)
    hovered = Signal(int, float, float)
    left = Signal()

    def __init__(self, number: int, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.number = number
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        self.setCursor(Qt.CursorShape.CrossCursor)
        self.setMinimumSize(1, 1)
        self.setMouseTracking(True)
        self.tools: Tools | None = None
        self._memo = RenderMemo()
        self._canvas: NDArray[np.uint8] | None = None
        self._drawing: Drawing | None = None
        self._refine = QTimer(self)
        self._refine.setSingleShot(True)
        self._refine.setInterval(_REFINE_MS)
        self._refine.timeout.connect(self._draw_finely)
        self._drag: tuple[str, QPointF] | None = None
        self._header: ImageHeader | None = None
        self.scrolls_frames = False
        self.panning_key = False
        self._active = False
        self._inner_right: bool | None = None
        self._message, self._message_failed, self._loading = "", False, False

    @property
    def frame(self) -> Frame:
        """The viewport's size in device pixels."""
        ratio = self.devicePixelRatioF()
        return Frame(max(1, round(self.height() * ratio)), max(1, round(self.width() * ratio)))

    @property
    def picture(self) -> NDArray[np.uint8] | None:
        """A copy of what is shown, RGB (rows, columns, 3), at its finest; None for black."""
        if self._refine.isActive():
            self._draw_finely()
        return None if self._canvas is None else np.asarray(cv2.cvtColor(self._canvas, cv2.COLOR_BGRA2RGB), np.uint8)

    def give_place(self, header: ImageHeader | None, in_turn: Sequence[ImageHeader] = ()) -> bool:
        """The pane is for this image now. A drag that began on another one ends, and a picture of another one is black
        at once, unless they are shown `in_turn`. True where a picture went.
        """
        if self._drag is not None and not _same_file(header, self._header):
            self._drag = None
            self.setCursor(Qt.CursorShape.OpenHandCursor if self.panning_key else Qt.CursorShape.CrossCursor)
        self._header = header
        shown = None if self._drawing is None else self._drawing.prepared.header
        if shown is None or any(_same_file(shown, image) for image in (header, *in_turn)):
            return False
        self.draw(None)
        return True

    def draw(self, drawing: Drawing | None) -> None:
        """Draw and show; None shows black, and lets go of the image shown before."""
        if drawing is None:
            self._canvas, self._memo, self._drawing = None, RenderMemo(), None
            self._refine.stop()
        else:
            before, self._drawing = self._drawing, drawing
            draft = (before is not None and _zooms(before, drawing)) or self._refine.isActive()
            self._canvas = paint(replace(drawing, draft=draft), lettering(), self._memo)
            if draft:
                self._refine.start()
        self.update()

    def _draw_finely(self) -> None:
        """What was drawn coarsely while the reader zoomed, once more."""
        self._refine.stop()
        if self._drawing is not None:
            self._canvas = paint(self._drawing, lettering(), self._memo)
            self.update()

    def set_chrome(
        self, *, active: bool, inner_right: bool | None, message: str = "", failed: bool = False, loading: bool = False
    ) -> None:
        """The thin line of the active pane (not at the middle line, which is at the right, the left or nowhere: None),
        a message in place of a picture, and the line of a pane that loads.
        """
        chrome = (active, inner_right, message, failed, loading)
        if chrome != (self._active, self._inner_right, self._message, self._message_failed, self._loading):
            self._active, self._inner_right, self._message, self._message_failed, self._loading = chrome
            self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        """The picture, one of its pixels on one device pixel, and over it message, loading line and active line."""
        painter = QPainter(self)
        if self._canvas is None:
            painter.fillRect(self.rect(), Qt.GlobalColor.black)
        else:
            self._paint_picture(painter, self._canvas)
        self._paint_chrome(painter)
        painter.end()

    def _paint_picture(self, painter: QPainter, canvas: NDArray[np.uint8]) -> None:
        """Past Qt's logical pixels: at a scaling of 1.25 they do not begin on whole device pixels."""
        rows, columns = canvas.shape[:2]
        image = QImage(canvas.data, columns, rows, 4 * columns, QImage.Format.Format_RGB32)
        device = painter.deviceTransform()
        to_logical, _ = device.inverted()
        at = QTransform.fromTranslate(round(device.dx()), round(device.dy()))
        painter.save()
        if self.width() * self.devicePixelRatioF() > columns or self.height() * self.devicePixelRatioF() > rows:
            painter.fillRect(self.rect(), Qt.GlobalColor.black)
        painter.setTransform(at * to_logical, True)
        painter.drawImage(0, 0, image)
        painter.restore()

    def _paint_chrome(self, painter: QPainter) -> None:
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

    def _device(self, position: QPointF) -> tuple[float, float]:
        """(row, column) of the device pixel at a widget position."""
        ratio = self.devicePixelRatioF()
        return position.y() * ratio - 0.5, position.x() * ratio - 0.5

    def _at(self, event: QMouseEvent) -> tuple[float, float]:
        return self._device(event.position())

    def mousePressEvent(self, event: QMouseEvent) -> None:
        self.activated.emit(self.number)
        button = event.button()
        if button == Qt.MouseButton.MiddleButton or (button == Qt.MouseButton.LeftButton and self.panning_key):
            self._drag = ("pan", event.position())
            self.setCursor(Qt.CursorShape.ClosedHandCursor)
        elif button == Qt.MouseButton.LeftButton and self.tools and self.tools.press(self.number, *self._at(event)):
            self._drag = ("mark", event.position())
        elif button == Qt.MouseButton.LeftButton:
            self._drag = ("window", event.position())
            self.window_begun.emit(self.number, _with_shift(event))
        event.accept()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        self.hovered.emit(self.number, *self._at(event))
        if self._drag is None or self._drag[0] == "mark":
            self._follow(event)
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

    def _follow(self, event: QMouseEvent) -> None:
        """A mark follows the pointer, or the pointer says that there is one under it."""
        on_mark = self.tools is not None and self.tools.move(self.number, *self._at(event))
        if not self.panning_key:
            shape = Qt.CursorShape.PointingHandCursor if on_mark and self._drag is None else Qt.CursorShape.CrossCursor
            self.setCursor(shape)
        event.accept()

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        if self.tools is not None and self._drag is not None and self._drag[0] == "mark":
            self.tools.release(self.number, *self._at(event), locked=_with_shift(event))
        self._drag = None
        self.setCursor(Qt.CursorShape.CrossCursor)
        event.accept()

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        if event.button() == Qt.MouseButton.LeftButton:
            self._drag = None
            if self.tools is None or not self.tools.double_click(self.number, *self._at(event)):
                self.alone.emit(self.number)
            elif self.tools.making:
                self._drag = ("mark", event.position())
        event.accept()

    def leaveEvent(self, event: QEvent) -> None:
        self.left.emit()
        super().leaveEvent(event)

    def wheelEvent(self, event: QWheelEvent) -> None:
        notches = event.angleDelta().y() / _WHEEL_NOTCH
        if notches:
            self.activated.emit(self.number)
        if notches and self.scrolls_frames and not event.modifiers() & Qt.KeyboardModifier.ControlModifier:
            self.scrolled.emit(self.number, notches)
        elif notches:
            self.zoomed.emit(self.number, _ZOOM_PER_NOTCH**notches, *self._device(event.position()))
        event.accept()

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        self.activated.emit(self.number)
        self.menu_wanted.emit(self.number, event.globalPos(), *self._device(QPointF(event.pos())))
        event.accept()


def _zooms(before: Drawing, drawing: Drawing) -> bool:
    """Whether a large picture of the same image changes its scale."""
    old, new = before.placement, drawing.placement
    large = drawing.frame.rows_px * drawing.frame.columns_px >= _DRAFT_FROM_PX
    same = before.prepared is drawing.prepared and before.frame == drawing.frame
    return large and same and (old.row_step, old.column_step) != (new.row_step, new.column_step)


def _same_file(one: ImageHeader | None, other: ImageHeader | None) -> bool:
    """Whether both are one image of one file: its UID may be used twice."""
    if one is None or other is None:
        return one is other
    return one is other or (one.key, one.source) == (other.key, other.source)


def _with_shift(event: QMouseEvent) -> bool:
    return bool(event.modifiers() & Qt.KeyboardModifier.ShiftModifier)
