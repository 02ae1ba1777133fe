"""Owns the question which row of the library a study is, to be asked once and held, and as of when changes are made.

Changes nothing itself.
"""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import AbstractContextManager
from datetime import datetime

from mammoview.archive.library_entries import row_of
from mammoview.archive.library_schema import GoneError, RowKey, study_id, study_key_of
from mammoview.archive.library_store import Store
from mammoview.core.study import Patient, Study


class Held:
    """The part of the library that knows rows. Every method raises LibraryError where the file cannot be used."""

    _store: Store

    def row_key(self, study_key: str) -> tuple[RowKey, Patient] | None:
        """The row that has this key now, and whose study it is; None where the library does not hold it."""
        with self._store.read() as connection:
            try:
                number = study_id(connection, study_key)
            except GoneError:
                return None
            told = connection.execute(
                "SELECT patient_name, patient_id, birth_date, sex FROM studies WHERE id = ?", (number,)
            ).fetchone()
            return study_key_of(connection, number), Patient(*told)

    def held(self, studies: Iterable[Study]) -> tuple[RowKey | None, ...]:
        """The row that `add` would give each study; None for one that the library does not hold yet."""
        with self._store.read() as connection:
            numbers = [row_of(connection, study, {}) for study in studies]
            return tuple(None if number is None else study_key_of(connection, number) for number in numbers)

    def as_of(self, made: datetime) -> AbstractContextManager[None]:
        """What this thread keeps within it was made at that time, and is told so."""
        return self._store.as_of(made)

    def hurry(self, patience_s: float) -> None:
        """Wait for other programs and threads at most so long from now on."""
        self._store.hurry(patience_s)
