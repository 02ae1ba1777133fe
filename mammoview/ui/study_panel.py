"""Owns the panel at the left: studies by woman with priors and how far each is read, and the tray of other images."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial

import cv2
import numpy as np
from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QRect, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QIcon, QImage, QPainter, QPen, QPixmap
from PySide6.QtWidgets import (
    QLabel,
    QListWidget,
    QListWidgetItem,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QVBoxLayout,
    QWidget,
)

from mammoview.archive.library import Library
from mammoview.archive.library_reading import ReadingState
from mammoview.core.prepared import PreparedImage
from mammoview.core.render import apply_table
from mammoview.core.study import ImageHeader, Study
from mammoview.core.window import grey_table
from mammoview.dicom.identity import display_name, export_names
from mammoview.services.reading_room import ReadingRoom
from mammoview.services.session import Session
from mammoview.services.words import counted, said, translate
from mammoview.services.worklist import Worklist
from mammoview.ui import theme
from mammoview.ui.top_bar import place_name

_THUMBNAIL_PX = 56
_KEY = Qt.ItemDataRole.UserRole
_STATE, _ABOUT = Qt.ItemDataRole.UserRole + 1, Qt.ItemDataRole.UserRole + 2
_LEFT_PX, _LINE_PX = 14, 17
_DOT_PX = 7


class _Lines(QStyledItemDelegate):
    """Paints a row: an icon, the first line bright, the others dim, how far it is read at the right, an accent at the
    left of the chosen row.
    """

    def paint(
        self, painter: QPainter, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> None:
        area: QRect = option.rect
        state: QStyle.StateFlag = option.state
        if state & (QStyle.StateFlag.State_Selected | QStyle.StateFlag.State_MouseOver):
            painter.fillRect(area, QColor(theme.RAISED))
        if state & QStyle.StateFlag.State_Selected:
            painter.fillRect(QRect(area.left(), area.top(), 2, area.height()), QColor(theme.ACCENT))
        left = area.left() + _LEFT_PX
        icon = index.data(Qt.ItemDataRole.DecorationRole)
        if isinstance(icon, QIcon) and not icon.isNull():
            icon.paint(painter, QRect(left, area.top() + 4, _THUMBNAIL_PX, area.height() - 8))
            left += _THUMBNAIL_PX + 10
        lines = str(index.data(Qt.ItemDataRole.DisplayRole)).split("\n")
        top = area.top() + (area.height() - _LINE_PX * len(lines)) // 2
        state_px = _paint_state(painter, area, index.data(_STATE))
        for number, line in enumerate(lines):
            painter.setPen(QColor(theme.TEXT if number == 0 and not line.startswith(" ") else theme.DIM))
            room = QRect(left, top + number * _LINE_PX, area.right() - left - 8 - state_px, _LINE_PX)
            text = option.fontMetrics.elidedText(line, Qt.TextElideMode.ElideRight, room.width())
            painter.drawText(room, int(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter), text)


def _paint_state(painter: QPainter, area: QRect, state: object) -> int:
    """A ring for a new study, half filled for one in progress, a filled dot for one that is read; returns the width."""
    if not isinstance(state, str):
        return 0
    read = ReadingState(state)
    place = QRectF(area.right() - _DOT_PX - 10, area.center().y() - _DOT_PX / 2 + 0.5, _DOT_PX, _DOT_PX)
    painter.save()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(QPen(QColor(theme.ACCENT if read is ReadingState.READ else theme.DIM), 1.2))
    painter.drawEllipse(place)
    painter.setBrush(painter.pen().color())
    turn = {ReadingState.NEW: 0, ReadingState.IN_PROGRESS: 180, ReadingState.READ: 360}[read]
    if turn:
        painter.drawPie(place, 90 * 16, turn * 16)
    painter.restore()
    return _DOT_PX + 12


class StudyPanel(QWidget):
    """Clicking a study shows it; clicking an image of the tray shows it in the active view, and again puts it back. How
    far a study is read stands beside it.
    """

    def __init__(self, session: Session, room: ReadingRoom, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("studyPanel")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.setFixedWidth(theme.LIST_WIDTH)
        self._session, self._room = session, room
        self._worklist: Worklist | None = None
        self._items: dict[str, QListWidgetItem] = {}
        self._studies_heading, self.studies = _heading(self.tr("Studies")), _list()
        self._tray_heading, self.tray = _heading(""), _list()
        self.tray.setIconSize(QSize(_THUMBNAIL_PX, _THUMBNAIL_PX))
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 14, 0, 8)
        column.setSpacing(6)
        column.addWidget(self._studies_heading)
        column.addWidget(self.studies, 3)
        column.addWidget(self._tray_heading)
        column.addWidget(self.tray, 2)
        self.studies.itemClicked.connect(lambda item: session.show_study(item.data(_KEY)))
        self.tray.itemClicked.connect(lambda item: self._show_extra(item.data(_KEY)))
        session.study_changed.connect(self.refresh)
        session.store.ready.connect(self._thumbnail)
        room.listed.connect(self._ask_states)
        room.opened.connect(self._ask_states)
        self.refresh()

    def refresh(self) -> None:
        """Show the worklist and the tray of the study on the screen."""
        if self._worklist is not self._session.worklist:
            self._worklist = self._session.worklist
            self._list_studies()
            self._ask_states()
        current = self._session.study
        if current is not None:
            item = self._items[current.key]
            self.studies.setCurrentItem(item)
            self.studies.scrollToItem(item)
        self._list_tray(current)

    def _list_studies(self) -> None:
        self.studies.clear()
        self._items = {}
        several = len(self._session.worklist.cases) > 1
        for number, case in enumerate(self._session.worklist.cases, start=1):
            for study in case.studies:
                prior = study is not case.current
                item = QListWidgetItem(_study_text(study, number if several else 0, prior=prior))
                item.setData(_KEY, study.key)
                item.setSizeHint(QSize(0, 26 if prior else 46))
                about = f"{image_count(study)} {study.images[0].study_description}".strip()
                item.setData(_ABOUT, about)
                item.setToolTip(about)
                self.studies.addItem(item)
                self._items[study.key] = self._items.get(study.key, item) if prior else item

    def _ask_states(self) -> None:
        """Ask the library how far the studies of the worklist are read."""
        known = {study_key: self._room.library_key(study_key) for study_key in self._items}
        keys = {study_key: key for study_key, key in known.items() if key is not None}
        if keys:
            self._room.read(partial(_states, keys), self._show_states, otherwise={}, channel="study-panel")

    def _show_states(self, states: Mapping[str, ReadingState]) -> None:
        for study_key, state in states.items():
            item = self._items.get(study_key)
            if item is not None and item.data(_STATE) != state:
                item.setData(_STATE, str(state))
                item.setToolTip(f"{item.data(_ABOUT)}\n{said(state)}")

    def _list_tray(self, current: Study | None) -> None:
        extra = self._session.others
        self._tray_heading.setText(self.tr("Other images  {}").format(len(extra)))
        self._tray_heading.setVisible(bool(extra))
        self.tray.setVisible(bool(extra))
        self.tray.clear()
        names = dict(zip((h.key for h in current.images), export_names(current), strict=True)) if current else {}
        for header in extra:
            name = names.get(header.key, self.tr("prior {}").format(header.side_view))
            item = QListWidgetItem(_image_text(header, name))
            item.setData(_KEY, header.key)
            item.setSizeHint(QSize(0, _THUMBNAIL_PX + 8))
            self.tray.addItem(item)
            self._thumbnail(header.key)

    def _show_extra(self, key: str) -> None:
        for header in self._session.others:
            if header.key == key:
                self._session.show_in_active(header)

    def _thumbnail(self, key: str) -> None:
        for row in range(self.tray.count()):
            item = self.tray.item(row)
            if item is not None and item.data(_KEY) == key:
                prepared = self._session.find(key)
                if prepared is not None:
                    item.setIcon(QIcon(_pixmap(prepared, round(_THUMBNAIL_PX * self.devicePixelRatioF()))))


def _pixmap(prepared: PreparedImage, side_px: int) -> QPixmap:
    """A small picture from the smallest reduction, laid upright."""
    image, level = prepared.image, prepared.pyramid.levels[-1]
    turned = prepared.turned_over
    table = grey_table(image.grey, image.vois()[0], invert=turned, itemsize=image.stored.dtype.itemsize)
    laid = apply_table(level, table)
    scale = side_px / max(laid.shape)
    size = (max(1, round(laid.shape[1] * scale)), max(1, round(laid.shape[0] * scale)))
    small = np.asarray(cv2.resize(laid, size, interpolation=cv2.INTER_AREA), np.uint8)
    square = np.zeros((side_px, side_px), np.uint8)
    row, column = (side_px - small.shape[0]) // 2, (side_px - small.shape[1]) // 2
    square[row : row + small.shape[0], column : column + small.shape[1]] = small
    picture = QImage(square.data, side_px, side_px, side_px, QImage.Format.Format_Grayscale8)
    return QPixmap.fromImage(picture.copy())


def _states(keys: Mapping[str, str], library: Library) -> dict[str, ReadingState]:
    rows = {study_key: library.study(key) for study_key, key in keys.items()}
    return {study_key: row.state for study_key, row in rows.items() if row is not None}


def _study_text(study: Study, number: int, *, prior: bool) -> str:
    if prior:
        told = translate("StudyPanel", "prior  {}").format(study.study_date or translate("StudyPanel", "no date"))
        return f"    {told}"
    patient = study.patient
    name = display_name(patient.name) or patient.patient_id or place_name(study)
    second = study.study_date or image_count(study)
    return f"{number}  {name}\n{second}" if number else f"{name}\n{second}"


def _image_text(header: ImageHeader, name: str) -> str:
    kind = header.modality or translate("StudyPanel", "picture")
    frames = counted("%n frames", header.frames)
    return f"{name}\n{kind}" if header.frames == 1 else f"{name}\n{kind}, {frames}"


def image_count(study: Study) -> str:
    """ "4 images"."""
    return counted("%n images", len(study.images))


def _heading(text: str) -> QLabel:
    label = QLabel(text)
    label.setProperty("role", "heading")
    label.setContentsMargins(14, 0, 14, 0)
    return label


def _list() -> QListWidget:
    widget = QListWidget()
    widget.setFocusPolicy(Qt.FocusPolicy.NoFocus)
    widget.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
    widget.setTextElideMode(Qt.TextElideMode.ElideRight)
    widget.setItemDelegate(_Lines(widget))
    widget.setMouseTracking(True)
    return widget
