"""Owns the dialog in which studies are looked for in an archive and retrieved. Asks it only through the services."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QAbstractItemView,
    QCheckBox,
    QComboBox,
    QDialog,
    QGridLayout,
    QHBoxLayout,
    QHeaderView,
    QLabel,
    QLineEdit,
    QProgressBar,
    QPushButton,
    QTreeWidget,
    QTreeWidgetItem,
    QVBoxLayout,
    QWidget,
)

from mammoview.core.errors import MammoviewError, UsageError
from mammoview.dicom.identity import display_name
from mammoview.services.archive_work import MOST_FOUND, Brought, Found, Wanted
from mammoview.services.archives import Archives, Errand
from mammoview.services.words import counted
from mammoview.ui.message_line import MessageLine

if TYPE_CHECKING:
    from mammoview.archive.known import AnyNode

_UID = Qt.ItemDataRole.UserRole
_DATE = re.compile(r"(\d{4})-?(\d{2})-?(\d{2})")
_WIDTHS_PX = (190, 120, 90, 230, 140, 70)
_DESCRIPTION, _IMAGES = 3, 5
_NAME_LETTERS = 24


class RetrieveDialog(QDialog):
    """`opened` gets the folders of the studies that came, `edit_archives` shows the known archives."""

    def __init__(
        self,
        parent: QWidget,
        archives: Archives,
        opened: Callable[[Sequence[Path]], object],
        edit_archives: Callable[[], object],
    ) -> None:
        super().__init__(parent)
        self.setWindowTitle(self.tr("Retrieve from an archive"))
        self._archives, self._opened = archives, opened
        self._nodes: dict[str, AnyNode] = {}
        self._errand: Errand | None = None
        self.archive = QComboBox()
        self.archive.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        self.archive.setMinimumContentsLength(_NAME_LETTERS)  # a longer one is cut, and leaves the fields their room
        self.known = QPushButton(self.tr("Archives…"))
        self.name, self.patient_id, self.accession, self.date_from, self.date_to = (QLineEdit() for _ in range(5))
        self.name.setPlaceholderText(self.tr("family^given, or the beginning of it"))
        for line in (self.date_from, self.date_to):
            line.setPlaceholderText(self.tr("YYYY-MM-DD"))
        self.mammography = QCheckBox(self.tr("Mammography only"))
        self.mammography.setChecked(True)
        self.search = QPushButton(self.tr("Find"))
        self.table = self._table()
        self.bar = QProgressBar()
        self.bar.setTextVisible(False)
        self.bar.setFixedHeight(4)
        self.message = MessageLine()
        self.retrieve = QPushButton(self.tr("Retrieve and open"))
        self.stop = QPushButton(self.tr("Close"))
        for button in (self.known, self.retrieve, self.stop):
            button.setAutoDefault(False)
        self.search.setDefault(True)
        self._lay_out()
        self.known.clicked.connect(lambda _=False: edit_archives())
        self.search.clicked.connect(lambda _=False: self.ask())
        self.retrieve.clicked.connect(lambda _=False: self.bring())
        self.stop.clicked.connect(lambda _=False: self.reject())
        self.table.itemSelectionChanged.connect(self._show_state)
        self.table.itemActivated.connect(lambda *_: self.bring())
        archives.changed.connect(self.refresh)
        archives.spoke.connect(self._speak)
        self.finished.connect(self._leave)
        self.refresh()
        (self.name if self._nodes else self.known).setFocus()

    # --- building

    def _table(self) -> QTreeWidget:
        table = QTreeWidget()
        table.setHeaderLabels(
            [
                self.tr("Name"),
                self.tr("Patient ID"),
                self.tr("Study date"),
                self.tr("Description"),
                self.tr("Accession number"),
                self.tr("Images"),
            ]
        )
        table.setAccessibleName(self.tr("What was found"))
        table.setRootIsDecorated(False)
        table.setUniformRowHeights(True)
        table.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        table.setStyleSheet("QTreeView::item { padding: 3px 0; }")
        header = table.header()
        header.setStretchLastSection(False)
        for column, width in enumerate(_WIDTHS_PX):
            header.resizeSection(column, width)
        header.setSectionResizeMode(_DESCRIPTION, QHeaderView.ResizeMode.Stretch)
        at_the_right = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
        table.headerItem().setTextAlignment(_IMAGES, at_the_right)
        return table

    def _lay_out(self) -> None:
        grid = QGridLayout()
        grid.setHorizontalSpacing(12)
        grid.setVerticalSpacing(8)
        fields: tuple[tuple[int, int, str, QWidget], ...] = (
            (0, 0, self.tr("&Archive"), self.archive),
            (1, 0, self.tr("&Name"), self.name),
            (1, 2, self.tr("Patient &ID"), self.patient_id),
            (2, 0, self.tr("Acce&ssion number"), self.accession),
            (2, 2, self.tr("Studies f&rom"), self.date_from),
            (2, 4, self.tr("&to"), self.date_to),
        )
        for row, column, text, widget in fields:
            label = QLabel(text)
            label.setProperty("role", "dim")
            label.setBuddy(widget)
            grid.addWidget(label, row, column)
            grid.addWidget(widget, row, column + 1)
        grid.addWidget(self.known, 0, 2)
        grid.addWidget(self.mammography, 1, 4, 1, 2)
        grid.addWidget(self.search, 0, 5)
        for column, stretch in ((1, 3), (3, 2), (5, 2)):
            grid.setColumnStretch(column, stretch)
        below = QHBoxLayout()
        below.setSpacing(8)
        below.addWidget(self.message, 1)
        below.addWidget(self.retrieve)
        below.addWidget(self.stop)
        column_of_all = QVBoxLayout(self)
        column_of_all.setContentsMargins(22, 18, 22, 16)
        column_of_all.setSpacing(10)
        column_of_all.addLayout(grid)
        column_of_all.addWidget(self.table, 1)
        column_of_all.addWidget(self.bar)
        column_of_all.addLayout(below)
        order: tuple[QWidget, ...] = (
            *(self.archive, self.known, self.name, self.patient_id, self.mammography, self.accession),
            *(self.date_from, self.date_to, self.search, self.table, self.retrieve, self.stop),
        )
        for before, after in pairwise(order):
            self.setTabOrder(before, after)
        room = self.screen().availableGeometry()
        self.resize(min(960, room.width() - 40), min(560, room.height() - 60))

    # --- what is shown

    def refresh(self) -> None:
        """The archives anew; the chosen one stays chosen, at first it is the one that priors come from."""
        chosen = self.archive.currentData() or self._archives.settings.value.priors_from
        known = self._archives.known()
        self._nodes = {node.name: node for node in known.nodes}
        self.archive.clear()
        for name in self._nodes:
            self.archive.addItem(name, name)
        self.archive.setCurrentIndex(max(0, self.archive.findData(chosen)))
        if known.problem or not self._nodes:
            none = self.tr("no archive is known: add one first")
            self.message.say(known.problem or none, failed=bool(known.problem))
        elif self._errand is None:
            self.message.say("")
        self._show_state()

    @property
    def chosen(self) -> tuple[str, ...]:
        """The Study Instance UIDs of the chosen rows."""
        return tuple(item.data(0, _UID) for item in self.table.selectedItems())

    def _show_state(self) -> None:
        busy = self._errand is not None
        self.search.setEnabled(bool(self._nodes) and not busy)
        self.retrieve.setEnabled(bool(self.chosen) and not busy)
        self.stop.setText(self.tr("Cancel") if busy else self.tr("Close"))
        self.bar.setRange(0, 0 if busy else 1)
        self.bar.setValue(0)

    def _speak(self, words: str) -> None:
        if self._errand is not None:
            self.message.say(words)

    # --- looking

    def wanted(self) -> Wanted:
        """What is looked for. Raises UsageError where a date is none."""
        name, number, accession = (line.text() for line in (self.name, self.patient_id, self.accession))
        first, last = (self._date(line.text().strip()) for line in (self.date_from, self.date_to))
        return Wanted(name, number, accession, first, last, self.mammography.isChecked())

    def _date(self, text: str) -> str:
        found = _DATE.fullmatch(text)
        if text and found is None:
            raise UsageError(self.tr("{} is no date").format(text[:20]), self.tr("write it as YYYY-MM-DD"))
        return "".join(found.groups()) if found else ""

    def ask(self) -> None:
        """Look for studies."""
        node = self._nodes.get(self.archive.currentData() or "")
        if node is None or self._errand is not None:
            return
        try:
            self._errand = self._archives.find(node, self.wanted(), self._found, self._failed)
        except UsageError as error:
            self.message.say(str(error), failed=True)
            return
        self.table.clear()
        self.message.say(self.tr("asking {}").format(node.name))
        self._show_state()

    def _found(self, studies: tuple[Found, ...]) -> None:
        self._errand = None
        for one in studies:
            images = "" if one.images is None else str(one.images)
            name, number = display_name(one.patient.name), one.patient.patient_id
            item = QTreeWidgetItem(self.table, [name, number, one.study_date, one.description, one.accession, images])
            item.setTextAlignment(_IMAGES, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
            item.setData(0, _UID, one.uid)
        words = counted("%n studies", len(studies))
        if len(studies) >= MOST_FOUND:
            words = self.tr("{}, there may be more: ask more closely").format(words)
        self.message.say(words)
        first = self.table.topLevelItem(0)
        if first is not None:
            self.table.setCurrentItem(first)
            self.table.setFocus()
        self._show_state()

    # --- retrieving

    def bring(self) -> None:
        """Retrieve the chosen studies, then open them."""
        node, uids = self._nodes.get(self.archive.currentData() or ""), self.chosen
        if node is None or not uids or self._errand is not None:
            return
        self.message.say(self.tr("retrieving from {}").format(node.name))
        self._errand = self._archives.retrieve(node, uids, self._came, self._failed, self._progressed)
        self._show_state()
        self.stop.setFocus()

    def _progressed(self, done: int, total: int) -> None:
        if self._errand is not None and total:
            self.bar.setRange(0, total)
            self.bar.setValue(done)
            self.message.say(self.tr("{done} of {total} images").format(done=done, total=total))

    def _came(self, brought: Brought) -> None:
        self._errand = None
        self._archives.room.listed.emit()
        whole = not (brought.cancelled or brought.missing or brought.trouble)
        if whole:
            self.accept()
            self._opened(list(brought.folders.values()))
            return
        here = self.tr("{here} of {total} images are here, and stay").format(
            here=brought.there + brought.came, total=brought.total
        )
        cause = brought.trouble or self.tr("the others did not come")
        why = self.tr("cancelled") if brought.cancelled else cause
        self.message.say(f"{why}; {here}", failed=not brought.cancelled)
        self._show_state()

    def _failed(self, error: MammoviewError) -> None:
        self._errand = None
        self.message.say(str(error), failed=True)
        self._show_state()

    # --- the end

    def reject(self) -> None:
        """Cancel what is under way; where nothing is, close."""
        if self._errand is None:
            super().reject()
            return
        self.message.say(self.tr("cancelling"))
        self._errand.cancel()

    def _leave(self) -> None:
        if self._errand is not None:
            self._errand.drop()
        self._archives.changed.disconnect(self.refresh)
        self._archives.spoke.disconnect(self._speak)
