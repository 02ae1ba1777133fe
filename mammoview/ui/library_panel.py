"""Owns the list of the library's studies: what is in it, searching, filtering, choosing. Reads the library only through
the reading room, page by page, in the background.
"""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QModelIndex, Qt, QTimer, Signal
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import (
    QAbstractItemView,
    QComboBox,
    QHBoxLayout,
    QHeaderView,
    QLabel,
    QLineEdit,
    QPushButton,
    QTableView,
    QVBoxLayout,
    QWidget,
)

from mammoview.archive.library import Query, StudyRow
from mammoview.archive.library_reading import ReadingState
from mammoview.core.errors import UsageError
from mammoview.services.indexing import Indexing
from mammoview.services.reading_room import ReadingMode, ReadingRoom
from mammoview.services.session import Session
from mammoview.services.settings import SettingsStore
from mammoview.services.words import counted
from mammoview.ui.key_bindings import KeyBindings
from mammoview.ui.keys_within import KeysWithin
from mammoview.ui.library_columns import FittingColumns
from mammoview.ui.library_rows import PICTURE, SCORE, StudyTable
from mammoview.ui.row_pictures import PICTURE_ROWS_PX, PictureCell
from mammoview.ui.sight import Sight

_ROW_PX = PICTURE_ROWS_PX + 6
_ORDERS = {0: "date", 1: "name", 4: "state", SCORE: "score"}
_SETTLES_MS = 120
_FILTERS: tuple[frozenset[ReadingState], ...] = (
    frozenset(),
    frozenset({ReadingState.NEW, ReadingState.IN_PROGRESS}),
    *(frozenset({state}) for state in (ReadingState.NEW, ReadingState.IN_PROGRESS, ReadingState.READ)),
)


class LibraryPanel(QWidget):
    """`moved`: it stands in the window from now on, or no longer. Opening goes through `indexing`."""

    moved = Signal()

    def __init__(
        self,
        session: Session,
        room: ReadingRoom,
        indexing: Indexing,
        settings: SettingsStore,
        bindings: KeyBindings,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self.setObjectName("libraryPanel")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self._session, self._room, self._indexing, self._settings = session, room, indexing, settings
        self._bindings = bindings
        self._over_images = False
        self._wanted_key = ""
        self._rows_above: int | None = None
        self._top: int | None = None
        self._listed: Query | None = None
        self._opens: Query | None = None
        self._sorted = 0, Qt.SortOrder.DescendingOrder
        self._listed_for = self._reading
        self._sight = Sight(self, session)
        self._settling = QTimer(self)
        self._settling.setSingleShot(True)
        self._settling.setInterval(_SETTLES_MS)
        self._settling.timeout.connect(self.refresh)
        self.model = StudyTable(room, session.predictions, self)
        self.search, self.states, self.table = QLineEdit(), QComboBox(), _table(self.model)
        self.search.setPlaceholderText(self.tr("Name, ID, accession number, description, date as 2026-01-31"))
        self.search.setAccessibleName(self.tr("Find"))
        self.states.addItems(self._filter_names())
        self.states.setAccessibleName(self.tr("State"))
        self.count, self.resume = QLabel(), QLabel()
        for label in (self.count, self.resume):
            label.setProperty("role", "dim")
        self.folders, self.look_again = QPushButton(self.tr("Folders…")), QPushButton(self.tr("Look again"))
        self._tell_keys()
        bindings.changed.connect(self._tell_keys)
        self._lay_out()
        self._connect()

    def _tell_keys(self) -> None:
        folders = self.tr("Folders that the library holds studies of, and which of them are watched")
        again = self.tr("Look at the watched folders for new studies, at the others for what is gone")
        self.folders.setToolTip(self._bindings.with_key(folders, "folders"))
        self.look_again.setToolTip(self._bindings.with_key(again, "look-again"))

    def _filter_names(self) -> tuple[str, ...]:
        """What each of _FILTERS is called."""
        return self.tr("All"), self.tr("Not read"), self.tr("New"), self.tr("In progress"), self.tr("Read")

    def _lay_out(self) -> None:
        top = QHBoxLayout()
        top.setSpacing(8)
        top.addWidget(self.search, 1)
        top.addWidget(self.states)
        top.addWidget(self.folders)
        top.addWidget(self.look_again)
        bottom = QHBoxLayout()
        bottom.addWidget(self.count)
        bottom.addStretch(1)
        bottom.addWidget(self.resume)
        column = QVBoxLayout(self)
        column.setContentsMargins(18, 16, 18, 12)
        column.setSpacing(10)
        column.addLayout(top)
        column.addWidget(self.table, 1)
        column.addLayout(bottom)

    def _connect(self) -> None:
        own: dict[Qt.Key, Callable[[], object]] = dict.fromkeys((Qt.Key.Key_Return, Qt.Key.Key_Enter), self.open_chosen)
        own[Qt.Key.Key_Escape] = self.put_away
        ends = {Qt.Key.Key_Home: self._to_first, Qt.Key.Key_End: self._to_last}
        KeysWithin(self.table, {**own, **ends})
        found: dict[Qt.Key, Callable[[], object]] = dict.fromkeys(
            (Qt.Key.Key_Return, Qt.Key.Key_Enter), self.open_found
        )
        KeysWithin(self.search, {**own, **found, Qt.Key.Key_Down: self._to_table, Qt.Key.Key_Up: self._to_table})
        KeysWithin(self.states, {**own, Qt.Key.Key_Return: self._to_table, Qt.Key.Key_Enter: self._to_table})
        for button in (self.folders, self.look_again):
            KeysWithin(button, {Qt.Key.Key_Escape: self.put_away})
        self.search.textChanged.connect(lambda _: self._settling.start())
        self.states.currentIndexChanged.connect(lambda _: self.refresh())
        self.table.doubleClicked.connect(lambda _: self.open_chosen())
        header = self.table.horizontalHeader()
        header.sortIndicatorChanged.connect(self._sort)
        selection = self.table.selectionModel()
        selection.currentRowChanged.connect(lambda now, _: self._chose(now))
        self.look_again.clicked.connect(self._indexing.look_again)
        self.model.modelAboutToBeReset.connect(self._note_sight)
        self.model.counted.connect(self._counted)
        self._room.listed.connect(lambda: self.isVisible() and self._settling.start())
        self._room.opened.connect(self._begin)
        self._room.changed.connect(self._follow_reader)
        self._session.study_changed.connect(lambda: self.put_away() if self._session.study else self.refresh())

    # --- where it stands

    @property
    def stands(self) -> bool:
        """Whether it stands in place of the images, or of the empty window."""
        if self._session.study is not None:
            return self._over_images
        return self._settings.value.show_library and bool(self.model.total or self.filtered)

    @property
    def stands_over_images(self) -> bool:
        """Whether images of an open study are behind it."""
        return self._session.study is not None and self._over_images

    def show_list(self) -> None:
        """Stand in the window, at the study on the screen, with the focus in the list. Raises UsageError where there is
        no library."""
        if self._room.library is None:
            raise UsageError(self.tr("there is no study library"), self.tr("look at the status line at the start"))
        self._over_images = self._session.study is not None
        if not self._over_images:
            self._settings.change(show_library=True)
        study = self._session.study
        self._wanted_key = (study is not None and self._room.library_key(study.key)) or self._wanted_key
        self._listed = None
        self.refresh()
        self.moved.emit()
        self.table.setFocus()

    def put_away(self) -> None:
        """Give the place back to the images; where no study is open, to the empty window."""
        if self._session.study is None:
            self._settings.change(show_library=False)
        self._over_images, self._opens = False, None
        self.moved.emit()
        self.window().setFocus()

    # --- what is listed

    def refresh(self) -> None:
        """List anew; the chosen study stays chosen."""
        self._listed_for = self._reading
        if self._sorted[0] not in self._sortable:  # the order would tell what is hidden
            self.table.horizontalHeader().setSortIndicator(0, Qt.SortOrder.DescendingOrder)
            return
        self.model.show_query(self._query(), self._wanted_key)

    def _query(self) -> Query:
        section, order = self._sorted
        down = order is Qt.SortOrder.DescendingOrder
        states = _FILTERS[self.states.currentIndex()]
        return Query(text=self.search.text(), states=states, order=_ORDERS[section], descending=down)

    def _sort(self, section: int, order: Qt.SortOrder) -> None:
        """Sort by a column that can be sorted by; else the arrow goes back to where it was."""
        if section in self._sortable:
            self._sorted = section, order
            self.refresh()
        else:
            self.table.horizontalHeader().setSortIndicator(*self._sorted)

    @property
    def _sortable(self) -> tuple[int, ...]:
        concurrent = self._room.chosen_mode is ReadingMode.CONCURRENT
        return tuple(section for section in _ORDERS if section != SCORE or concurrent)

    def sort_in_turn(self) -> None:
        """By the next column that can be sorted by: dates the newest first, all else upwards."""
        sections = self._sortable
        at = sections.index(self._sorted[0]) if self._sorted[0] in sections else -1
        section = sections[(at + 1) % len(sections)]
        down = section in (0, SCORE)
        order = Qt.SortOrder.DescendingOrder if down else Qt.SortOrder.AscendingOrder
        self.table.horizontalHeader().setSortIndicator(section, order)

    def filter_in_turn(self) -> None:
        """The next of the filters by state."""
        self.states.setCurrentIndex((self.states.currentIndex() + 1) % self.states.count())

    @property
    def _reading(self) -> tuple[str, ReadingMode]:
        """Who reads and when scores may be seen: what the list may tell depends on both."""
        return self._room.reader, self._room.chosen_mode

    def _follow_reader(self) -> None:
        if self._listed_for != self._reading:
            self.refresh()

    def focus_search(self) -> None:
        self.search.setFocus()
        self.search.selectAll()

    @property
    def filtered(self) -> bool:
        """Whether only some studies are listed."""
        return bool(self.search.text() or self.states.currentIndex())

    @property
    def chosen(self) -> StudyRow | None:
        return self.model.row(self.table.currentIndex().row())

    def open_chosen(self) -> None:
        """Open the list as a worklist, at the chosen study; where the reader left it, if it was the last one."""
        row = self.chosen
        if row is not None:
            place = self._room.place
            resume = place if place is not None and place.study_key == row.study_key else None
            self._indexing.open_list(self.model.numbers, row, self.table.currentIndex().row(), resume=resume)

    def open_found(self) -> None:
        """As `open_chosen`, in the list of what was typed; where that is not listed yet, as soon as it is."""
        query = self._query()
        if self._listed in (None, query):
            self.open_chosen()
        else:
            self._opens = query
            self._settling.stop()
            self.refresh()

    def _begin(self) -> None:
        if self._room.place is not None:
            self._wanted_key = self._room.place.study_key
        self.refresh()

    def _counted(self) -> None:
        total = self.model.total or 0
        self.count.setText(counted("%n studies", total))
        if total:
            number = self.model.number_of(self._wanted_key)
            self.table.selectRow(0 if number is None else number)
            bar = self.table.verticalScrollBar()
            if number is not None and self._rows_above is not None:
                bar.setValue(number - self._rows_above)
            elif number is not None and self._top is not None:
                bar.setValue(self._top)
        self._listed = self.model.query
        self._show_resume()
        self.moved.emit()
        opens, self._opens = self._opens, None
        if opens == self._listed:
            self.open_chosen()

    def _note_sight(self) -> None:
        """Where the chosen row stands in the list; where that is out of sight and the same is listed again, which row
        is the first to be seen."""
        table, row = self.table, self.table.currentIndex().row()
        rectangle = table.visualRect(self.model.index(row, 0))
        seen = row >= 0 and table.viewport().rect().contains(rectangle.center())
        self._rows_above = row - table.rowAt(0) if seen else None
        self._top = None if seen or self._listed != self.model.query else table.rowAt(0)

    def _chose(self, now: QModelIndex) -> None:
        row = self.model.row(now.row())
        if row is not None:
            self._wanted_key = row.study_key
        self._show_resume()

    def _show_resume(self) -> None:
        row, place = self.chosen, self._room.place
        last = row is not None and place is not None and place.study_key == row.study_key
        goes_on, opens = self.tr("Return continues where you were"), self.tr("Return opens the list from here on")
        self.resume.setText(goes_on if last else opens)

    def showEvent(self, event: QShowEvent) -> None:
        """The list has the keys as soon as it stands there."""
        super().showEvent(event)
        self.table.setFocus()

    def _to_table(self) -> None:
        self.table.setFocus()

    def _to_first(self) -> None:
        self.table.selectRow(0)

    def _to_last(self) -> None:
        self.table.selectRow(self.model.rowCount() - 1)


def _table(model: StudyTable) -> QTableView:
    table = QTableView()
    table.setModel(model)
    table.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
    table.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
    table.setShowGrid(False)
    table.setTabKeyNavigation(False)
    table.setWordWrap(False)
    table.verticalHeader().hide()
    table.verticalHeader().setDefaultSectionSize(_ROW_PX)
    header = table.horizontalHeader()
    header.setHighlightSections(False)
    header.setStretchLastSection(True)
    header.setSectionResizeMode(QHeaderView.ResizeMode.Interactive)
    header.setSortIndicator(0, Qt.SortOrder.DescendingOrder)
    header.setSortIndicatorShown(True)
    header.setSectionsClickable(True)
    FittingColumns(table)
    header.moveSection(PICTURE, 0)
    table.setItemDelegateForColumn(PICTURE, PictureCell(table))
    return table
