"""Owns the small pictures of the list's rows: read from the library in the background for the rows that are looked at,
kept up to a bound. Never makes one.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Sequence
from functools import partial

from PySide6.QtCore import QModelIndex, QObject, QPersistentModelIndex, QRectF, Qt, QTimer, Signal
from PySide6.QtGui import QImage, QPainter
from PySide6.QtWidgets import QStyle, QStyledItemDelegate, QStyleOptionViewItem

from mammoview.archive.library import Library
from mammoview.core.errors import MammoviewError
from mammoview.services.reading_room import ReadingRoom

PICTURE_ROWS_PX = 48
"""Height of a picture in the list, in logical pixels."""

_KEPT = 600
_AT_ONCE = 24
_MOST_WANTED = 72
_GATHER_MS = 25


class RowPictures(QObject):
    """`arrived(study keys)` when pictures that were asked for are there, or are known not to be."""

    arrived = Signal(object)

    def __init__(self, room: ReadingRoom, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._room = room
        self._pictures: OrderedDict[str, QImage | None] = OrderedDict()
        self._fresh: set[str] = set()
        self._wanted: OrderedDict[str, None] = OrderedDict()
        self._reading = False
        self._gathering = QTimer(self)
        self._gathering.setSingleShot(True)
        self._gathering.setInterval(_GATHER_MS)
        self._gathering.timeout.connect(self._read)

    def picture(self, study_key: str) -> QImage | None:
        """A study's picture, None where it has none or it is not there yet. What was asked for last comes first; what
        scrolled by is forgotten."""
        if study_key not in self._fresh and study_key not in self._wanted:
            self._wanted[study_key] = None
            if len(self._wanted) > _MOST_WANTED:
                self._wanted.popitem(last=False)
            if not self._reading and not self._gathering.isActive():
                self._gathering.start()
        if study_key in self._pictures:
            self._pictures.move_to_end(study_key)
        return self._pictures.get(study_key)

    def look_again(self, study_key: str = "") -> None:
        """A study may have another picture, or all may; those that are there stay until it is read."""
        if study_key:
            self._fresh.discard(study_key)
        else:
            self._fresh.clear()

    def _read(self) -> None:
        keys = [self._wanted.popitem()[0] for _ in range(min(_AT_ONCE, len(self._wanted)))]
        if keys:
            self._reading = True
            self._room.read(partial(_pictures, keys), self._arrived, otherwise=dict.fromkeys(keys))

    def _arrived(self, found: dict[str, QImage | None]) -> None:
        self._reading = False
        for key, image in found.items():
            self._pictures[key] = image
            self._pictures.move_to_end(key)
            self._fresh.add(key)
        while len(self._pictures) > _KEPT:
            self._fresh.discard(self._pictures.popitem(last=False)[0])
        self.arrived.emit(tuple(found))
        self._read()


def _pictures(keys: Sequence[str], library: Library) -> dict[str, QImage | None]:
    return {key: _picture(key, library) for key in keys}


def _picture(key: str, library: Library) -> QImage | None:
    """None too where the library cannot be read now: a list without pictures says all it has to."""
    try:
        png = library.thumbnail(key)
    except MammoviewError:
        return None
    image = QImage.fromData(png) if png is not None else QImage()
    return None if image.isNull() else image


class PictureCell(QStyledItemDelegate):
    """Draws the picture of a row, or nothing."""

    def paint(
        self, painter: QPainter, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> None:
        if option.state & QStyle.StateFlag.State_Selected:
            painter.fillRect(option.rect, option.palette.highlight())
        image = index.data(Qt.ItemDataRole.DecorationRole)
        if isinstance(image, QImage):
            width = image.width() * PICTURE_ROWS_PX / image.height()
            place = QRectF(0, 0, width, PICTURE_ROWS_PX)
            place.moveCenter(QRectF(option.rect).center())
            painter.save()
            painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
            painter.drawImage(place, image)
            painter.restore()
