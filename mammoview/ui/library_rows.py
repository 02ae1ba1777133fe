"""Owns the rows of the list of studies: what stands in each column, read page by page in the background."""

from __future__ import annotations

from collections.abc import Collection
from functools import partial
from typing import Any

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QObject, QPersistentModelIndex, Qt, Signal
from PySide6.QtGui import QColor

from mammoview.archive.library import Library, Query, StudyRow
from mammoview.archive.library_reading import ReadingState
from mammoview.core.prediction import decimals
from mammoview.dicom.identity import display_name
from mammoview.resources import resource
from mammoview.services.library_scores import answers_of
from mammoview.services.prediction import PredictionService
from mammoview.services.reading_room import ReadingMode, ReadingRoom
from mammoview.services.words import assessment_words, state_words
from mammoview.ui import theme
from mammoview.ui.row_pictures import RowPictures

SCORE, PICTURE, COLUMNS = 5, 8, 9
_PAGE = 100

Index = QModelIndex | QPersistentModelIndex


class StudyTable(QAbstractTableModel):
    """The rows of one query, as it was asked last: `numbers` names them all, so that none comes twice or is passed over
    where states change meanwhile; a row that was not read yet is empty until its page is there. `counted`: how many
    there are is known anew.

    A score is the loaded model's, for the site's prevalence, or stands dim in brackets; one that this reader has not
    seen in the window is hidden here.
    """

    counted = Signal()

    def __init__(self, room: ReadingRoom, predictions: PredictionService, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._room, self._predictions = room, predictions
        self._pictures = RowPictures(room, self)
        self._pictures.arrived.connect(self._show_pictures)
        self._titles = (
            *(self.tr("Date"), self.tr("Name"), self.tr("ID"), self.tr("Description"), self.tr("State")),
            *(self.tr("Score"), self.tr("Priors"), self.tr("Assessment"), ""),
        )
        self._model: tuple[str, float | None] = "", None
        self._demo: frozenset[str] = frozenset()
        self._seen: set[str] = set()
        self.query = Query()
        self.numbers: tuple[int, ...] = ()
        self.total: int | None = None
        self._rows: dict[int, StudyRow] = {}
        self._asked: set[int] = set()
        self._generation = 0
        predictions.state_changed.connect(self._note_model)

    def show_query(self, query: Query, study_key: str = "") -> None:
        """List what `query` names, from the library as it is now; the rows about the study with this key are read at
        once, as the first ones are."""
        self.query = query
        self._room.read(partial(_first_rows, query, study_key, self._room.reader), self._listed, channel="list")

    def _listed(self, found: _FirstRows | None) -> None:
        self.beginResetModel()
        self._generation += 1
        self.numbers, pages, self._demo = found or ((), {}, frozenset())
        self.total = len(self.numbers)
        self._pictures.look_again()
        self._rows, self._seen = {}, set()
        for page, found_there in pages.items():
            self._take(page, found_there)
        self._asked = {0, *pages}
        self.endResetModel()
        self.counted.emit()

    def row(self, number: int) -> StudyRow | None:
        """What stands in a row, None while it is not read yet."""
        if number not in self._rows and 0 <= number < (self.total or 0):
            page = number // _PAGE
            if page not in self._asked:
                self._asked.add(page)
                done = partial(self._paged, self._generation, page)
                self._room.read(partial(_page_of, self.numbers, page, self._room.reader), done)
        return self._rows.get(number)

    def number_of(self, study_key: str) -> int | None:
        """The row of a study, None where it is not among those that were read."""
        return next((number for number, row in self._rows.items() if row.study_key == study_key), None)

    def renew(self, study_key: str) -> None:
        """A study has other scores or another picture: show them where it stands."""
        self._pictures.look_again(study_key)
        if self.number_of(study_key) is not None:
            done = partial(self._renewed, self._generation)
            self._room.read(partial(_one_row, study_key, self._room.reader), done)

    def _renewed(self, generation: int, page: _Page | None) -> None:
        if generation != self._generation or page is None:
            return
        for row in page[0]:
            number = None if row is None else self.number_of(row.study_key)
            if row is None or number is None:
                continue
            self._rows[number] = row
            self._seen |= page[1]
            self.dataChanged.emit(self.index(number, 0), self.index(number, COLUMNS - 1))

    def _show_pictures(self, study_keys: Collection[str]) -> None:
        wanted = set(study_keys)
        for number, row in self._rows.items():
            if row.study_key in wanted:
                self.dataChanged.emit(self.index(number, PICTURE), self.index(number, PICTURE))

    def _note_model(self) -> None:
        """Another model is loaded, or another prevalence stated: which scores are its own, and how they are told, is
        another question now."""
        label = self._predictions.model
        model = ("", None) if label is None else (answers_of(label.sha256), label.prevalence)
        if model != self._model:
            self._model = model
            self.dataChanged.emit(self.index(0, SCORE), self.index(self.rowCount() - 1, SCORE))

    def _paged(self, generation: int, page: int, found: _Page | None) -> None:
        if generation == self._generation and found is not None and found[0]:
            self._take(page, found)
            self.dataChanged.emit(
                self.index(page * _PAGE, 0), self.index(page * _PAGE + len(found[0]) - 1, COLUMNS - 1)
            )

    def _take(self, page: int, found: _Page) -> None:
        """Note the rows of a page; one that left the library meanwhile stays empty."""
        rows, seen = found
        self._rows.update((number, row) for number, row in enumerate(rows, start=page * _PAGE) if row is not None)
        self._seen |= seen

    def rowCount(self, parent: Index | None = None) -> int:
        return 0 if parent is not None and parent.isValid() else self.total or 0

    def columnCount(self, parent: Index | None = None) -> int:
        return 0 if parent is not None and parent.isValid() else COLUMNS

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if orientation is Qt.Orientation.Horizontal and role == Qt.ItemDataRole.DisplayRole:
            return self._titles[section]
        if orientation is Qt.Orientation.Horizontal and role == Qt.ItemDataRole.TextAlignmentRole:
            return Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter
        return None

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        row = self.row(index.row())
        if row is None:
            return None
        if index.column() == PICTURE:
            return self._pictures.picture(row.study_key) if role == Qt.ItemDataRole.DecorationRole else None
        foreign = index.column() == SCORE and self._is_foreign(row)
        if role == Qt.ItemDataRole.ToolTipRole and foreign:
            return self.tr("The score of another model than the one that is loaded, or of another version of mammoview")
        if role in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.ToolTipRole):
            return self._text(row, index.column())
        if role == Qt.ItemDataRole.ForegroundRole and (foreign or row.missing or row.state is ReadingState.READ):
            return QColor(theme.DIM)
        return None

    def _text(self, row: StudyRow, column: int) -> str:
        return (
            row.study_date or self.tr("no date"),
            display_name(row.patient.name) or self.tr("no name"),
            row.patient.patient_id,
            self.tr("the files are gone") if row.missing else row.description,
            state_words(row.state, row.reader),
            self._score(row),
            str(row.prior_count or ""),
            assessment_words(row.assessment),
        )[column]

    def _score(self, row: StudyRow) -> str:
        if row.score is None:
            return self.tr("not run")
        if self._room.chosen_mode is ReadingMode.OFF:
            return self.tr("off")
        if not self._is_shown(row):
            return self.tr("hidden")
        if self._is_foreign(row):
            return f"({row.score:.2f})"
        shift = self._predictions.shift
        score = row.score if shift is None else shift.probability(row.score)
        return f"{score:.{decimals(score)}f}"

    def _is_shown(self, row: StudyRow) -> bool:
        mode = self._room.chosen_mode
        told = row.study_key in self._seen or row.study_key in self._demo
        return mode is ReadingMode.CONCURRENT or (mode is ReadingMode.AFTER and told)

    def _is_foreign(self, row: StudyRow) -> bool:
        """Whether a score stands there that is not the loaded model's."""
        return row.score is not None and row.score_model != self._model[0] and self._is_shown(row)


_Page = tuple[tuple[StudyRow | None, ...], frozenset[str]]
"""Some rows, and the keys of the studies among them whose scores the reader has seen."""

_FirstRows = tuple[tuple[int, ...], dict[int, _Page], frozenset[str]]
"""The numbers of all rows, the first page and that of the wanted study by their numbers, and the keys of those of the
demonstration."""


def _first_rows(query: Query, study_key: str, reader: str, library: Library) -> _FirstRows:
    numbers = library.numbers(query)
    held = library.row_key(study_key) if study_key else None
    at = numbers.index(held[0].number) if held is not None and held[0].number in numbers else 0
    pages = {number: _page_of(numbers, number, reader, library) for number in {0, at // _PAGE}}
    return numbers, pages, library.lying_under(resource("demo"))


def _page_of(numbers: tuple[int, ...], number: int, reader: str, library: Library) -> _Page:
    return _with_seen(library.rows(numbers[number * _PAGE : (number + 1) * _PAGE]), reader, library)


def _one_row(study_key: str, reader: str, library: Library) -> _Page:
    return _with_seen((library.study(study_key),), reader, library)


def _with_seen(rows: tuple[StudyRow | None, ...], reader: str, library: Library) -> _Page:
    return rows, library.revealed_to(reader, [row.study_key for row in rows if row is not None])
