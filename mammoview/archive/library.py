"""Owns the study library: one SQLite file that holds the index of studies, how far each was read, what readers made of
them and what the classifier said. Never reads an image, never writes to one.

`Library` is the sum of its parts: the index (`library_index`, `library_objects`), what readers made
(`library_reading`), results (`library_results`), who did what when (`audit_trail`), and here the list of studies in all
its orders.
"""

from __future__ import annotations

import contextlib
import json
import re
import sqlite3
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from pathlib import Path
from types import TracebackType
from typing import Any, Final

from mammoview.archive.audit_trail import AuditTrail
from mammoview.archive.library_index import Index
from mammoview.archive.library_objects import Objects
from mammoview.archive.library_reading import STATES, Reading, ReadingState
from mammoview.archive.library_results import Results
from mammoview.archive.library_schema import GoneError, exact, folded, from_exact, plain, study_id
from mammoview.archive.library_store import Store, utc_now
from mammoview.core.errors import UsageError
from mammoview.core.study import Patient

FILE_NAME: Final = "library.sqlite"
"""What the library is called in the folder of settings."""

_DATE_BEGINS = re.compile(r"\d{4}(-(\d{1,2}(-\d{0,2})?)?)?", re.ASCII)
_NEWEST = "study_date DESC, study_time DESC, id"
_ORDERS = {
    ("date", False): "study_date, study_time, id DESC",
    ("date", True): _NEWEST,
    ("name", False): f"name_order, {_NEWEST}",
    ("name", True): f"name_order DESC, {_NEWEST}",
    ("state", False): f"state, {_NEWEST}",
    ("state", True): f"state DESC, {_NEWEST}",
    ("score", False): f"score IS NULL, score, {_NEWEST}",
    ("score", True): f"score DESC, {_NEWEST}",
}
_ROW = (
    "SELECT s.study_key, s.uid, s.patient_key, s.patient_name, s.patient_id, s.birth_date, s.sex, s.study_date,"
    " s.study_time, s.description, s.accession, s.modalities, s.image_count, s.missing, s.state, s.reader, s.changed,"
    " s.assessment, s.score, s.score_model,"
    " (SELECT count(*) FROM studies p WHERE p.patient_key = s.patient_key"
    " AND NOT p.removed AND (p.study_date, p.study_time, -p.id) < (s.study_date, s.study_time, -s.id)),"
    " s.id FROM studies s"
)

_LACKS = (
    "EXISTS (SELECT 1 FROM images i WHERE i.study = studies.id AND NOT i.missing AND i.frames = 1 AND NOT EXISTS"
    " (SELECT 1 FROM results r WHERE r.image_key = i.image_key AND r.identity = i.identity AND r.model = ?))"
)


@dataclass(frozen=True, slots=True)
class Query:
    """Which studies, in which order. Raises UsageError for values that are not named here.

    `text`: words in any order, each to be found in name, patient ID, accession number or description, whatever the case
    and the accents, or such that the ISO date of the study begins with it ("2026", "2026-01"); nothing in it is a
    wildcard. `states` empty for all. The dates are ISO dates or empty, both ends
    belong to it; a study without a date is in no span. `order` is "date", "name", "state" or "score"; what is equal
    comes the newest first, and studies without a score come last. `limit` None for all; `offset` from 0.
    """

    text: str = ""
    states: frozenset[ReadingState] = frozenset()
    date_from: str = ""
    date_to: str = ""
    order: str = "date"
    descending: bool = True
    limit: int | None = None
    offset: int = 0

    def __post_init__(self) -> None:
        if (self.order, self.descending) not in _ORDERS:
            raise UsageError(f"studies cannot be sorted by {self.order!r}", "sort by date, name, state or score")
        if (self.limit or 0) < 0 or self.offset < 0:
            raise UsageError("a list neither begins nor ends before its first study")
        for day in filter(None, (self.date_from, self.date_to)):
            if not _is_date(day):
                raise UsageError(f"{day!r} is no date", "give it as YYYY-MM-DD")


@dataclass(frozen=True, slots=True)
class StudyRow:
    """What a row of the list shows. Dates are ISO dates or empty, as in `ImageHeader`.

    `patient_key` is equal for the studies of one woman; `prior_count`: her older ones. `image_count` counts the images
    whose file is there; `missing`: none is, and a reader made something of the study. `reader` changed the state last;
    `changed`: when a reader did anything last, ISO 8601 UTC or empty. `assessment`: as "R 4, L 1, density C". `score`:
    that of the study, 0..1, by the model that its results name (`score_model`); None while an image is still to be
    scored.
    """

    study_key: str
    study_instance_uid: str | None
    patient_key: int
    patient: Patient
    study_date: str
    study_time: str
    description: str
    accession: str
    modalities: tuple[str, ...]
    image_count: int
    missing: bool
    state: ReadingState
    reader: str
    changed: str
    assessment: str
    score: float | None
    score_model: str
    prior_count: int


class Library(Index, Objects, Reading, Results, AuditTrail):
    """The study library in one file. Any thread may use it, and other processes may at the same time.

    `problem` says why nothing can be kept (as in a read-only folder), empty where it can; what is in the library can
    be read all the same. After `close` every method raises LibraryError.
    """

    def __init__(self, path: Path, *, timeout_s: float = 5.0, clock: Callable[[], datetime] = utc_now) -> None:
        """Open the file at `path`; make it, and its folder, where there is none; bring it to this version.

        `timeout_s`: how long to wait for another program that writes. Raises LibraryError, and leaves the file as it
        is, where it is no library, is damaged, comes from a newer version or cannot be made.
        """
        self._store = Store(path, timeout_s, clock)

    def __enter__(self) -> Library:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    @property
    def path(self) -> Path:
        return self._store.path

    @property
    def problem(self) -> str:
        return self._store.problem

    def close(self) -> None:
        """Let the file go."""
        self._store.close()

    def check(self) -> str:
        """What is wrong with the file in words, empty where it is sound. Reads all of it."""
        return self._store.check()

    def backup(self, path: Path) -> None:
        """Copy the library to a new file, also while it is in use. Raises UsageError where there is such a file,
        LibraryError where it cannot be written; nothing is left there then."""
        self._store.copy_to(path)

    def list(self, query: Query) -> tuple[StudyRow, ...]:
        """The studies that `query` names. Raises LibraryError."""
        with self._store.read() as connection:
            where, values = _condition(query)
            return _page(connection, query, where, values)

    def count(self, query: Query) -> int:
        """How many studies `query` names, whatever its limit and offset. Raises LibraryError."""
        where, values = _condition(query)
        with self._store.read() as connection:
            return int(connection.execute(f"SELECT count(*) FROM studies WHERE {where}", values).fetchone()[0])

    def study(self, study_key: str) -> StudyRow | None:
        """One study's row, None where the library does not hold it. Raises LibraryError."""
        with self._store.read() as connection, contextlib.suppress(GoneError):
            number = study_id(connection, study_key)
            return _study_row(connection.execute(f"{_ROW} WHERE s.id = ?", (number,)).fetchone())
        return None

    def priors(self, study_key: str) -> tuple[StudyRow, ...]:
        """The same woman's older studies, the newest first. Raises UsageError, LibraryError."""
        with self._store.read() as connection:
            rows = connection.execute(
                f"{_ROW} JOIN studies o ON o.patient_key = s.patient_key WHERE o.id = ? AND NOT s.removed"
                " AND (s.study_date, s.study_time, -s.id) < (o.study_date, o.study_time, -o.id)"
                " ORDER BY s.study_date DESC, s.study_time DESC, s.id",
                (study_id(connection, study_key),),
            ).fetchall()
        return tuple(_study_row(row) for row in rows)

    def numbers(self, query: Query) -> tuple[int, ...]:
        """The numbers of the rows that `query` names, in its order: who goes through them meets each study once, also
        where states, scores and the list itself change meanwhile. Raises LibraryError."""
        where, values = _condition(query)
        with self._store.read() as connection:
            return _numbers(connection, query, where, values)

    def rows(self, numbers: Sequence[int]) -> tuple[StudyRow | None, ...]:
        """The studies in the rows with these numbers as they are now; None for one that left the library. Raises
        LibraryError."""
        with self._store.read() as connection:
            found = _rows(connection, numbers)
        return tuple(found.get(number) for number in numbers)

    def pending(self, model: str, query: Query, limit: int) -> tuple[StudyRow, ...]:
        """The first `limit` studies of `query` with an image that is there and has no result of this model for its
        file as it is, in the order of `query`. Images of many frames, whose results are not kept, do not count. Raises
        LibraryError.
        """
        where, values = _condition(query)
        with self._store.read() as connection:
            return _page(connection, replace(query, limit=limit, offset=0), f"({where}) AND {_LACKS}", [*values, model])

    def pending_of(self, study_keys: Sequence[str], model: str) -> tuple[str, ...]:
        """Those of `study_keys` that are pending as of `pending`, in their order. Raises LibraryError."""
        with self._store.read() as connection:
            found = {
                key
                for key in study_keys
                if connection.execute(
                    f"SELECT 1 FROM studies WHERE study_key = ? AND {_LACKS}", (exact(key), model)
                ).fetchone()
            }
        return tuple(key for key in study_keys if key in found)

    def scored(self, model: str) -> tuple[int, int]:
        """(studies of which nothing is pending as of `pending`, studies that can be scored). Raises LibraryError."""
        with self._store.read() as connection:
            (total,) = connection.execute(
                "SELECT count(*) FROM studies WHERE EXISTS (SELECT 1 FROM images i WHERE i.study = studies.id"
                " AND NOT i.missing AND i.frames = 1)"
            ).fetchone()
            (left,) = connection.execute(f"SELECT count(*) FROM studies WHERE {_LACKS}", (model,)).fetchone()
        return int(total - left), int(total)

    def revealed_to(self, reader: str, study_keys: Iterable[str]) -> frozenset[str]:
        """Those of `study_keys` whose scores this reader has seen (`log_reveal`). Raises LibraryError."""
        seen = "SELECT 1 FROM reveals r JOIN studies ON studies.id = r.study WHERE study_key = ? AND r.reader = ?"
        with self._store.read() as connection:
            return frozenset(
                key for key in study_keys if connection.execute(seen, (exact(key), plain(reader))).fetchone()
            )

    def without_thumbnail(self, limit: int) -> tuple[str, ...]:
        """The keys of the first `limit` studies that have images and no thumbnail, the newest first. Raises
        LibraryError."""
        with self._store.read() as connection:
            rows = connection.execute(
                "SELECT study_key FROM studies WHERE NOT missing AND NOT EXISTS"
                f" (SELECT 1 FROM thumbnails t WHERE t.study = studies.id) ORDER BY {_NEWEST} LIMIT ?",
                (limit,),
            ).fetchall()
        return tuple(from_exact(row[0]) for row in rows)


def _is_date(text: str) -> bool:
    try:
        return date.fromisoformat(text).isoformat() == text
    except ValueError:
        return False


def _condition(query: Query) -> tuple[str, list[str | int]]:
    """The SQL condition on `studies` and its values."""
    parts: list[str] = ["removed = 0"]
    values: list[str | int] = []
    for word in dict.fromkeys(folded(query.text).split()):
        dated = _DATE_BEGINS.fullmatch(word) is not None
        parts.append("(instr(search, ?) OR instr(study_date, ?) = 1)" if dated else "instr(search, ?)")
        values.extend((word, word) if dated else (word,))
    if query.states:
        parts.append(f"state IN ({', '.join('?' * len(query.states))})")
        values.extend(STATES.index(state) for state in query.states)
    if query.date_from or query.date_to:
        parts.append("study_date >= ?")
        values.append(query.date_from or "0")
    if query.date_to:
        parts.append("study_date <= ?")
        values.append(query.date_to)
    return " AND ".join(parts), values


def _page(
    connection: sqlite3.Connection, query: Query, where: str, values: Sequence[str | int]
) -> tuple[StudyRow, ...]:
    """The rows of a page: first which, then what they show, so that nothing is derived for the others."""
    numbers = _numbers(connection, query, where, values)
    rows = _rows(connection, numbers)
    return tuple(rows[number] for number in numbers)


def _numbers(connection: sqlite3.Connection, query: Query, where: str, values: Sequence[str | int]) -> tuple[int, ...]:
    order = _ORDERS[query.order, query.descending]
    limit = -1 if query.limit is None else query.limit
    found = connection.execute(
        f"SELECT id FROM studies WHERE {where} ORDER BY {order} LIMIT ? OFFSET ?", (*values, limit, query.offset)
    )
    return tuple(row[0] for row in found)


def _rows(connection: sqlite3.Connection, numbers: Sequence[int]) -> dict[int, StudyRow]:
    chosen = f"{_ROW} WHERE s.id IN (SELECT value FROM json_each(?)) AND NOT s.removed"
    return {row[-1]: _study_row(row) for row in connection.execute(chosen, (json.dumps(numbers),))}


def _study_row(row: tuple[Any, ...]) -> StudyRow:
    """A row of `_ROW`."""
    key, uid, patient_key, name, patient_id, birth_date, sex, *told = row
    day, time, description, accession, modalities, image_count, missing, state, *told = told
    reader, changed, assessment, score, score_model, prior_count, _ = told
    return StudyRow(
        study_key=from_exact(key),
        study_instance_uid=uid or None,
        patient_key=patient_key,
        patient=Patient(name, patient_id, birth_date, sex),
        study_date=day,
        study_time=time,
        description=description,
        accession=accession,
        modalities=tuple(modalities.split()),
        image_count=image_count,
        missing=bool(missing),
        state=STATES[state],
        reader=reader,
        changed=changed,
        assessment=assessment,
        score=score,
        score_model=score_model,
        prior_count=prior_count,
    )
