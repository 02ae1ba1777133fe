"""Owns the readings of the studies that were opened: one a study and woman, who reads, and which study is read now."""

from __future__ import annotations

import getpass
from pathlib import Path

from PySide6.QtCore import QObject

from mammoview.archive.library_reading import Place
from mammoview.archive.library_schema import plain
from mammoview.core.errors import UsageError
from mammoview.core.study import Study
from mammoview.services.assessment import StudyReading
from mammoview.services.binding import Identity, identity_of
from mammoview.services.library_link import LibraryLink
from mammoview.services.session import Session
from mammoview.services.settings import SettingsStore
from mammoview.services.words import state_words


class ReadingRecords(LibraryLink):
    """What is known of readings, over the library that keeps them."""

    def __init__(
        self, session: Session, settings: SettingsStore, path: Path | None, parent: QObject | None = None
    ) -> None:
        super().__init__(path, parent)
        self._session, self._settings = session, settings
        self._records: dict[Identity, StudyReading] = {}
        self._chosen = ""
        self._resuming: Place | None = None

    @property
    def session(self) -> Session:
        """What is read."""
        return self._session

    def study(self, study_key: str) -> Study | None:
        """A study of the worklist."""
        return self._session.worklist.study(study_key)

    def choose(self, study_key: str, place: Place | None) -> None:
        """The reader asked for this study of the worklist, a prior too, and to go on at `place`."""
        self._chosen, self._resuming = study_key, place

    @property
    def reader(self) -> str:
        """Who reads: the name in the settings, else that of the account."""
        if self._settings.value.reader:
            return plain(self._settings.value.reader)
        try:
            return getpass.getuser()
        except (KeyError, OSError):
            return "reader"

    @property
    def current(self) -> StudyReading:
        """The reading of the study on the screen; an empty one where there is none."""
        study = self._session.study
        return StudyReading() if study is None else self._record(study)

    def _record(self, study: Study) -> StudyReading:
        return self._records.setdefault(identity_of(study), StudyReading())

    @property
    def only_looks_back(self) -> bool:
        """Whether an older study stands in place of the case's newest, to compare; one that was chosen from the list
        is read itself."""
        study = self._session.study
        return study is not None and not self._is_read(study)

    def _is_read(self, study: Study) -> bool:
        at = self._session.worklist.case_of(study.key)
        current = None if at is None else self._session.worklist.cases[at].current
        return study.key == self._chosen or current is None or current is study

    @property
    def words(self) -> str:
        """How far the study on the screen is read: "in progress", "read by ANNA"; empty where nothing is kept."""
        record = self.current
        if not self.keeps or self._session.study is None:
            return ""
        return state_words(record.state, record.reader)

    def _needed(self) -> Study:
        if self._session.study is None:
            raise UsageError(self.tr("no study is open"), self.tr("open one first"))
        return self._session.study

    def _read_now(self) -> Study:
        study = self._needed()
        if self.only_looks_back:
            older = self.tr("the study on the screen is an older one of this case")
            raise UsageError(older, self.tr("go back to the newest, or open this one from the study list"))
        return study
