"""Owns the magnifier: a round lens at the pointer that shows the view under it larger, drawn as the view itself is."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QImage, QPainter, QPainterPath, QPaintEvent, QPen
from PySide6.QtWidgets import QWidget

from mammoview.core.annotate import CornerTexts
from mammoview.core.hanging import Frame, stored_at
from mammoview.core.overlaid_drawing import Laid
from mammoview.core.pyramid import scale_step
from mammoview.core.render import Drawing, RenderMemo, paint
from mammoview.reading.pictures import lettering
from mammoview.services.session import Session
from mammoview.ui import theme

SIDE = 300
"""Across the lens, in logical pixels."""

_TIMES = 2.0
"""Device pixels per stored pixel in the lens, and at least how much larger than the view it shows."""


def lens_drawing(drawing: Drawing, row_px: float, column_px: float, side_px: int) -> Drawing:
    """What a lens of `side_px` device pixels shows of the place under a device pixel of a view: the same greys and heat
    map without letters and marks, each stored pixel on two device pixels, or on twice as many as in the view.
    """
    old, levels = drawing.placement, len(drawing.prepared.pyramid.levels)
    factor = max(_TIMES, _TIMES / min(old.row_step.scale, old.column_step.scale))
    row_step, column_step = (scale_step(step.scale * factor, levels) for step in (old.row_step, old.column_step))
    corner = replace(old, row_step=row_step, column_step=column_step, row0_px=0, column0_px=0)
    row, column = corner.screen_from_stored()(*stored_at(old, row_px, column_px))
    middle = (side_px - 1) / 2
    return replace(
        drawing,
        placement=corner.moved_to(round(middle - row), round(middle - column)),
        frame=Frame(side_px, side_px),
        presentation=replace(drawing.presentation, annotations=False),
        texts=CornerTexts(),
        marks=(),
        laid=Laid(maps=drawing.laid.maps, shutters=drawing.laid.shutters),
        arcs=(),
        draft=False,
    )


class Magnifier(QWidget):
    """The lens, in the window of the view that it lies on. It lets every click through to that view."""

    def __init__(self, session: Session, parent: QWidget) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.setFixedSize(SIDE, SIDE)
        self._session = session
        self._memo = RenderMemo()
        self._canvas: NDArray[np.uint8] | None = None
        self._place: tuple[int, float, float] | None = None
        self.hide()

    @property
    def picture(self) -> NDArray[np.uint8] | None:
        """What the lens shows, (rows, columns, 4): blue, green, red and a byte without meaning; None for nothing."""
        return self._canvas

    def look_at(self, number: int, row_px: float, column_px: float, view: QWidget) -> None:
        """Show the lens over a device pixel of a pane, whose widget is `view`."""
        self._place = (number, row_px, column_px)
        over = view.parentWidget() or view
        if over is not self.parentWidget():
            self.setParent(over)
        ratio = self.devicePixelRatioF()
        at = view.mapTo(over, QPointF((column_px + 0.5) / ratio, (row_px + 0.5) / ratio))
        self.move(round(at.x() - SIDE / 2), round(at.y() - SIDE / 2))
        self.refresh()
        self.setVisible(self._canvas is not None)
        self.raise_()

    def refresh(self) -> None:
        """Draw what is under the lens once more."""
        if self._place is None:
            return
        number, row_px, column_px = self._place
        drawing = self._session.drawing(number) if number < len(self._session.panes) else None
        if drawing is None:
            self.put_away()
            return
        side_px = round(SIDE * self.devicePixelRatioF())
        self._canvas = paint(lens_drawing(drawing, row_px, column_px, side_px), lettering(), self._memo)
        self.update()

    def put_away(self) -> None:
        """Hide the lens and let go of the image."""
        self._place, self._canvas, self._memo = None, None, RenderMemo()
        self.hide()

    def paintEvent(self, event: QPaintEvent) -> None:
        if self._canvas is None:
            return
        rows, columns = self._canvas.shape[:2]
        image = QImage(self._canvas.data, columns, rows, 4 * columns, QImage.Format.Format_RGB32)
        image.setDevicePixelRatio(self.devicePixelRatioF())
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        rim = QRectF(1, 1, self.width() - 2, self.height() - 2)
        circle = QPainterPath()
        circle.addEllipse(rim)
        painter.save()
        painter.setClipPath(circle)
        painter.drawImage(0, 0, image)
        painter.restore()
        painter.setPen(QPen(QColor(theme.DIM), 1.5))
        painter.drawEllipse(rim)
        painter.end()
