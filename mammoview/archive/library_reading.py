"""Owns what readers made: reading states, places, marks, and who saw what when; assessments stand apart.

Rows are only ever added; what is newer supersedes what is older. Never decides what a mark or a place looks like.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Any

from mammoview.archive.library_assessments import Assessment as Assessment
from mammoview.archive.library_assessments import Assessments, assessments_of, standing_of, touch
from mammoview.archive.library_held import Held
from mammoview.archive.library_schema import exact, from_exact, json_text, plain, study_id, study_key_of
from mammoview.core.errors import UsageError

EXPORT_SCHEMA = "mammoview.assessment/1"


class ReadingState(StrEnum):
    """How far a study was read."""

    NEW = "new"
    IN_PROGRESS = "in progress"
    READ = "read"


STATES = tuple(ReadingState)
"""In the order of reading; the file holds their numbers."""


class _Event(StrEnum):
    """What changes a state."""

    BEGUN = "begun"
    FINISHED = "finished"
    REOPENED = "reopened"


@dataclass(frozen=True, slots=True)
class Place:
    """Where a reader was: the study, and as `details` a JSON object that the caller owns (protocol step, active pane,
    view states). `reader` and `time` (ISO 8601 UTC) are the library's."""

    study_key: str
    details: Mapping[str, Any]
    reader: str = ""
    time: str = ""


@dataclass(frozen=True, slots=True)
class Reveal:
    """A reader let the classifier's answer be shown; `how` is the caller's word. `time`: ISO 8601 UTC."""

    how: str
    reader: str
    time: str


@dataclass(frozen=True, slots=True)
class StoredMark:
    """One version of a mark. `body`: JSON that the caller owns, None where this version deletes it. `id` grows with
    time; `supersedes` is the version before, None for the first. `time`: ISO 8601 UTC."""

    id: int
    study_key: str
    image_key: str
    mark_id: str
    body: Mapping[str, Any] | None
    supersedes: int | None
    reader: str
    time: str


class Reading(Assessments, Held):
    """The part of the library that readers fill. What a method kept when it returns is never lost.

    Every method raises LibraryError where the file cannot be used, and UsageError where the library does not hold the
    study. `reader` is who does it, in any words.
    """

    def begin_reading(self, study_key: str, reader: str) -> ReadingState:
        """A new study is in progress from now on, one in progress is this reader's; one that was read stays so."""
        return self._happened(study_key, _Event.BEGUN, reader)

    def finish_reading(self, study_key: str, reader: str) -> ReadingState:
        """The study was read, by this reader, whatever its state was."""
        return self._happened(study_key, _Event.FINISHED, reader)

    def state_of(self, study_key: str) -> tuple[ReadingState, str]:
        """How far a study is read, and by whom."""
        with self._store.read() as connection:
            number, reader = connection.execute(
                "SELECT state, reader FROM studies WHERE id = ?", (study_id(connection, study_key),)
            ).fetchone()
        return STATES[number], reader

    def reopen(self, study_key: str, reader: str) -> ReadingState:
        """A study that was read is in progress again, and its views count as not seen; others stay as they are."""
        return self._happened(study_key, _Event.REOPENED, reader)

    def visit(self, study_key: str, view_key: str, reader: str) -> None:
        """Note that a reader has seen a view."""
        with self._store.write() as connection:
            study = study_id(connection, study_key)
            connection.execute(
                "INSERT OR IGNORE INTO visits VALUES (?, ?, ?, ?, ?)",
                (study, _round(connection, study), plain(reader), exact(view_key), self._store.now()),
            )

    def visited(self, study_key: str, reader: str) -> frozenset[str]:
        """The views that a reader has seen since the study was reopened last, or ever where it was not."""
        with self._store.read() as connection:
            study = study_id(connection, study_key)
            rows = connection.execute(
                "SELECT view_key FROM visits WHERE study = ? AND round = ? AND reader = ?",
                (study, _round(connection, study), plain(reader)),
            )
            return frozenset(from_exact(row[0]) for row in rows)

    def save_place(self, place: Place) -> None:
        """Keep where one is, in place of the last; it is gone when the study leaves the index."""
        details = json_text(place.details)
        with self._store.write() as connection:
            connection.execute(
                "INSERT OR REPLACE INTO place VALUES (1, ?, ?, ?, ?)",
                (study_id(connection, place.study_key), details, plain(place.reader), self._store.now()),
            )

    def place(self) -> Place | None:
        """What `save_place` kept last, None where there is nothing, or nothing that can be read."""
        with self._store.read() as connection:
            row = connection.execute(
                "SELECT study_key, body, place.reader, time FROM place JOIN studies ON studies.id = study"
            ).fetchone()
        details = None if row is None else _object(row[1])
        return None if details is None else Place(from_exact(row[0]), details, row[2], row[3])

    def log_reveal(self, study_key: str, reader: str, how: str) -> None:
        """Note for ever that the classifier's answer was shown to a reader."""
        with self._store.write() as connection:
            study, now = study_id(connection, study_key), self._store.now()
            connection.execute(
                "INSERT INTO reveals (study, how, reader, time) VALUES (?, ?, ?, ?)",
                (study, plain(how), plain(reader), now),
            )
            touch(connection, study, now)

    def reveals(self, study_key: str) -> tuple[Reveal, ...]:
        """Every time that the classifier's answer was shown, the first first."""
        with self._store.read() as connection:
            return _reveals(connection, study_id(connection, study_key))

    def put_mark(
        self, study_key: str, image_key: str, mark_id: str, body: Mapping[str, Any], reader: str
    ) -> StoredMark:
        """Keep a mark, or a new version of it. Raises UsageError where `mark_id` is another study's mark, or `body` no
        JSON."""
        return self._put_version(study_key, image_key, mark_id, json_text(body), reader)

    def delete_mark(self, study_key: str, mark_id: str, reader: str) -> StoredMark:
        """Delete a mark; its versions stay in its history. Raises UsageError where the study has no such mark."""
        return self._put_version(study_key, None, mark_id, None, reader)

    def marks(self, study_key: str) -> tuple[StoredMark, ...]:
        """The newest version of each mark that was not deleted, in the order in which the versions were made."""
        with self._store.read() as connection:
            return _in_force(_marks(connection, "study = ?", study_id(connection, study_key)))

    def mark_history(self, mark_id: str) -> tuple[StoredMark, ...]:
        """Every version of a mark, the first first; nothing for a mark that never was."""
        with self._store.read() as connection:
            return _marks(connection, "mark_id = ?", plain(mark_id))

    def export_reading(self, study_key: str) -> dict[str, Any]:
        """All that readers made of a study as one JSON object, schema "mammoview.assessment/1".

        It names readers and no patient; keys of images without UID are file names, which may.
        """
        with self._store.read() as connection:
            study = study_id(connection, study_key)
            uid, state, reader, changed = connection.execute(
                "SELECT uid, state, reader, changed FROM studies WHERE id = ?", (study,)
            ).fetchone()
            events = connection.execute(
                "SELECT event, reader, time FROM events WHERE study = ? ORDER BY id", (study,)
            ).fetchall()
            history = assessments_of(connection, study)
            versions = _marks(connection, "study = ?", study)
            reveals = _reveals(connection, study)
            key = str(study_key_of(connection, study))
        return {
            "schema": EXPORT_SCHEMA,
            "study_key": key,
            "study_instance_uid": uid or None,
            "state": str(STATES[state]),
            "reader": reader,
            "changed": changed,
            "events": [{"event": event, "reader": who, "time": time} for event, who, time in events],
            "reveals": [_record(reveal) for reveal in reveals],
            "assessments": _records(history, standing_of(history)),
            "marks": _records(versions, _in_force(versions)),
        }

    def _happened(self, study_key: str, event: _Event, reader: str) -> ReadingState:
        """Keep an event where it changes the state or its reader; the state after it."""
        who = plain(reader)
        with self._store.write() as connection:
            study, now = study_id(connection, study_key), self._store.now()
            number, by = connection.execute("SELECT state, reader FROM studies WHERE id = ?", (study,)).fetchone()
            was: ReadingState = STATES[number]
            becomes = ReadingState.READ if event is _Event.FINISHED else ReadingState.IN_PROGRESS
            idle = (event is _Event.BEGUN and was is ReadingState.READ) or (
                event is _Event.REOPENED and was is not ReadingState.READ
            )
            if idle or (was, by) == (becomes, who):
                return was
            connection.execute(
                "INSERT INTO events (study, event, reader, time) VALUES (?, ?, ?, ?)", (study, str(event), who, now)
            )
            connection.execute(
                "UPDATE studies SET state = ?, reader = ? WHERE id = ?", (STATES.index(becomes), who, study)
            )
            touch(connection, study, now)
        return becomes

    def _put_version(
        self, study_key: str, image_key: str | None, mark_id: str, body: str | None, reader: str
    ) -> StoredMark:
        """Add a version of a mark; `image_key` None for the image that it lies on already."""
        with self._store.write() as connection:
            study, name, now = study_id(connection, study_key), plain(mark_id), self._store.now()
            last = next(iter(_marks(connection, "mark_id = ?", name)[::-1]), None)
            if last is not None and last.study_key != study_key_of(connection, study):
                raise UsageError("this is a mark of another study", "give the mark a name of its own")
            if image_key is None:
                if last is None or last.body is None:
                    raise UsageError("the study has no such mark")
                image_key = last.image_key
            connection.execute(
                "INSERT INTO marks (study, image_key, mark_id, body, supersedes, reader, time)"
                " VALUES (?, ?, ?, ?, ?, ?, ?)",
                (study, exact(image_key), name, body, last and last.id, plain(reader), now),
            )
            touch(connection, study, now)
            return _marks(connection, "mark_id = ?", name)[-1]


def _round(connection: sqlite3.Connection, study: int) -> int:
    """How often the study was reopened."""
    (times,) = connection.execute(
        "SELECT count(*) FROM events WHERE study = ? AND event = ?", (study, str(_Event.REOPENED))
    ).fetchone()
    return int(times)


def _object(text: str) -> dict[str, Any] | None:
    """The object that a text is as JSON, None where it is none."""
    try:
        found = json.loads(text)
    except ValueError:
        return None
    return found if isinstance(found, dict) else None


def _reveals(connection: sqlite3.Connection, study: int) -> tuple[Reveal, ...]:
    rows = connection.execute("SELECT how, reader, time FROM reveals WHERE study = ? ORDER BY id", (study,))
    return tuple(Reveal(*row) for row in rows)


def _marks(connection: sqlite3.Connection, where: str, value: str | int) -> tuple[StoredMark, ...]:
    """Every version of the marks that `where` chooses, the first first."""
    rows = connection.execute(
        "SELECT marks.id, study_key, image_key, mark_id, body, supersedes, marks.reader, time"
        f" FROM marks JOIN studies ON studies.id = study WHERE {where} ORDER BY marks.id",
        (value,),
    )
    return tuple(
        StoredMark(
            number, from_exact(study), from_exact(image), name, None if body is None else json.loads(body), *others
        )
        for number, study, image, name, body, *others in rows
    )


def _in_force(versions: tuple[StoredMark, ...]) -> tuple[StoredMark, ...]:
    superseded = {version.supersedes for version in versions}
    return tuple(version for version in versions if version.id not in superseded and version.body is not None)


def _record(value: Reveal | StoredMark | Assessment) -> dict[str, Any]:
    return {name: told for name, told in asdict(value).items() if name != "study_key"}


def _records(
    history: tuple[StoredMark, ...] | tuple[Assessment, ...], standing: tuple[StoredMark, ...] | tuple[Assessment, ...]
) -> list[dict[str, Any]]:
    """All versions, the first first, and whether each is in force."""
    ids = {one.id for one in standing}
    return [_record(one) | {"in_force": one.id in ids} for one in history]
