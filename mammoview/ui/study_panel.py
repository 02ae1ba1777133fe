"""Owns the panel at the left: studies by woman with their priors, and the tray of other images."""

from __future__ import annotations

import cv2
import numpy as np
from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QRect, QSize, Qt
from PySide6.QtGui import QColor, QIcon, QImage, QPainter, QPixmap
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

from mammoview.core.prepared import PreparedImage
from mammoview.core.render import apply_table
from mammoview.core.study import ImageHeader, Study
from mammoview.core.window import grey_table
from mammoview.dicom.identity import display_name, export_names
from mammoview.services.session import Session
from mammoview.services.worklist import Worklist
from mammoview.ui import theme
from mammoview.ui.top_bar import place_name

_THUMBNAIL_PX = 56
_KEY = Qt.ItemDataRole.UserRole
_LEFT_PX, _LINE_PX = 14, 17


class _Lines(QStyledItemDelegate):
    """Paints a row: an icon, the first line bright, the others dim, an accent at the left of the chosen row."""

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
        for number, line in enumerate(lines):
            painter.setPen(QColor(theme.TEXT if number == 0 and not line.startswith(" ") else theme.DIM))
            room = QRect(left, top + number * _LINE_PX, area.right() - left - 8, _LINE_PX)
            text = option.fontMetrics.elidedText(line, Qt.TextElideMode.ElideRight, room.width())
            painter.drawText(room, int(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter), text)


class StudyPanel(QWidget):
    """Clicking a study shows it; clicking an image of the tray shows it in the active view, and again puts it back."""

    def __init__(self, session: Session, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("studyPanel")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.setFixedWidth(theme.LIST_WIDTH)
        self._session = session
        self._worklist: Worklist | None = None
        self._items: dict[str, QListWidgetItem] = {}
        self._studies_heading, self.studies = _heading("Studies"), _list()
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
        self.refresh()

    def refresh(self) -> None:
        """Show the worklist and the tray of the study on the screen."""
        if self._worklist is not self._session.worklist:
            self._worklist = self._session.worklist
            self._list_studies()
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
                item.setToolTip(f"{len(study.images)} images {study.images[0].study_description}".strip())
                self.studies.addItem(item)
                self._items[study.key] = item

    def _list_tray(self, current: Study | None) -> None:
        extra = self._session.others
        self._tray_heading.setText(f"Other images  {len(extra)}")
        self._tray_heading.setVisible(bool(extra))
        self.tray.setVisible(bool(extra))
        self.tray.clear()
        names = dict(zip((h.key for h in current.images), export_names(current), strict=True)) if current else {}
        for header in extra:
            name = names.get(header.key, f"prior {header.side_view}")
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
    table = grey_table(image.grey, image.vois()[0], itemsize=image.stored.dtype.itemsize)
    laid = apply_table(level, table)
    scale = side_px / max(laid.shape)
    size = (max(1, round(laid.shape[1] * scale)), max(1, round(laid.shape[0] * scale)))
    small = np.asarray(cv2.resize(laid, size, interpolation=cv2.INTER_AREA), np.uint8)
    square = np.zeros((side_px, side_px), np.uint8)
    row, column = (side_px - small.shape[0]) // 2, (side_px - small.shape[1]) // 2
    square[row : row + small.shape[0], column : column + small.shape[1]] = small
    picture = QImage(square.data, side_px, side_px, side_px, QImage.Format.Format_Grayscale8)
    return QPixmap.fromImage(picture.copy())


def _study_text(study: Study, number: int, *, prior: bool) -> str:
    if prior:
        return f"    prior  {study.study_date or 'no date'}"
    patient = study.patient
    name = display_name(patient.name) or patient.patient_id or place_name(study)
    second = study.study_date or f"{len(study.images)} images"
    return f"{number}  {name}\n{second}" if number else f"{name}\n{second}"


def _image_text(header: ImageHeader, name: str) -> str:
    kind = header.modality or "picture"
    return f"{name}\n{kind}" if header.frames == 1 else f"{name}\n{kind}, {header.frames} frames"


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
