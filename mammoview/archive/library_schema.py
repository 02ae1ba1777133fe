"""Owns what stands in the library's file: tables, their versions, how texts are kept, and what may go wrong in words.

Never opens the file. One that is no library, is damaged or comes from a newer version is refused before anything is
written to it.
"""

from __future__ import annotations

import json
import sqlite3
import unicodedata
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Final

from mammoview.core.errors import MammoviewError, UsageError

APPLICATION_ID: Final = 0x6D616D6D
"""PRAGMA application_id of every library: "mamm"."""

_PRIMARY_CODE = 0xFF
_WITHOUT_ACCENT = str.maketrans({"ø": "o", "ł": "l", "đ": "d", "ı": "i", "æ": "ae", "œ": "oe", "þ": "th", "ð": "d"})
_BETWEEN_WORDS = str.maketrans("^=,", "   ")


class LibraryError(MammoviewError):
    """The study library cannot be used, or what was to be kept in it was not kept."""


class GoneError(UsageError):
    """The library does not hold this study, or not any more."""


class RowKey(str):
    """A study's key that knows its row: it names that row also when the row has got another key meanwhile, or another
    study this one. `added` tells the row from a later one of the same number. In all else it is its text."""

    __slots__ = ("added", "number")

    def __new__(cls, key: str, number: int, added: str) -> RowKey:
        made = super().__new__(cls, key)
        made.number, made.added = number, added
        return made

    number: int
    added: str


# --- what stands in the file


def exact(key: str) -> bytes:
    """A key or a path as it is kept: to the letter, also where a file name is no Unicode."""
    return key.encode("utf-8", "surrogatepass")


def from_exact(kept: bytes) -> str:
    """The key or path that `exact` made `kept` of."""
    return kept.decode("utf-8", "surrogatepass")


def plain(text: str) -> str:
    """A text as it is kept: NFC, and "?" for what is no Unicode."""
    return unicodedata.normalize("NFC", text.encode("utf-8", "replace").decode("utf-8"))


def folded(text: str) -> str:
    """A text as it is compared: without case, accents and the separators of a Person Name (PS3.5 6.2.1.1)."""
    spread = unicodedata.normalize("NFKD", unicodedata.normalize("NFKD", text).casefold()).translate(_WITHOUT_ACCENT)
    bare = "".join(letter for letter in spread if not unicodedata.combining(letter))
    return " ".join(bare.translate(_BETWEEN_WORDS).split())


def json_text(body: Mapping[str, Any]) -> str:
    """`body` as JSON; raises UsageError where it holds what JSON cannot tell (NaN and infinity too)."""
    try:
        return json.dumps(dict(body), allow_nan=False, separators=(",", ":"))
    except (TypeError, ValueError) as error:
        raise UsageError(f"this cannot be kept as JSON: {error}") from error


def study_id(connection: sqlite3.Connection, study_key: str) -> int:
    """The number of a study's row, that of a `RowKey` whatever key the row has now; raises GoneError where the library
    does not hold the study."""
    if isinstance(study_key, RowKey):
        row = (study_key.number, study_key.added)
        found = connection.execute("SELECT id FROM studies WHERE id = ? AND added = ?", row).fetchone()
    else:
        found = connection.execute("SELECT id FROM studies WHERE study_key = ?", (exact(study_key),)).fetchone()
    if found is None:
        raise GoneError("the library does not hold this study", "open it again")
    return int(found[0])


def study_key_of(connection: sqlite3.Connection, number: int) -> RowKey:
    """The key of the study in the row with this number."""
    key, added = connection.execute("SELECT study_key, added FROM studies WHERE id = ?", (number,)).fetchone()
    return RowKey(from_exact(key), number, added)


def same_row(one: str | None, other: str) -> bool:
    """Whether two keys name one row: keys that know theirs may be equal and name two."""
    return one == other and getattr(one, "added", None) == getattr(other, "added", None)


# --- versions

KEPT_FOR_EVER: Final = ("events", "marks", "assessments", "reveals", "visits")
"""What a reader made: rows that are never changed or deleted, and whose study is not deleted."""

_VERSION_1 = (
    """CREATE TABLE studies (
        id INTEGER PRIMARY KEY, study_key BLOB NOT NULL UNIQUE, uid TEXT NOT NULL, added TEXT NOT NULL,
        woman TEXT NOT NULL DEFAULT '', births TEXT NOT NULL DEFAULT '[]', sexes TEXT NOT NULL DEFAULT '[]',
        patient_key INTEGER NOT NULL DEFAULT 0,
        patient_name TEXT NOT NULL DEFAULT '', patient_id TEXT NOT NULL DEFAULT '',
        birth_date TEXT NOT NULL DEFAULT '', sex TEXT NOT NULL DEFAULT '',
        study_date TEXT NOT NULL DEFAULT '', study_time TEXT NOT NULL DEFAULT '',
        description TEXT NOT NULL DEFAULT '', accession TEXT NOT NULL DEFAULT '',
        modalities TEXT NOT NULL DEFAULT '', image_count INTEGER NOT NULL DEFAULT 0,
        missing INTEGER NOT NULL DEFAULT 0, state INTEGER NOT NULL DEFAULT 0,
        reader TEXT NOT NULL DEFAULT '', changed TEXT NOT NULL DEFAULT '', assessment TEXT NOT NULL DEFAULT '',
        score REAL, score_model TEXT NOT NULL DEFAULT '')""",
    "CREATE INDEX studies_by_uid ON studies (uid)",
    "CREATE INDEX studies_by_woman ON studies (woman)",
    "CREATE INDEX studies_by_patient ON studies (patient_key, study_date, study_time)",
    "CREATE INDEX studies_by_date ON studies (study_date, study_time)",
    """CREATE TABLE images (
        id INTEGER PRIMARY KEY, study INTEGER NOT NULL REFERENCES studies ON DELETE CASCADE,
        image_key BLOB NOT NULL, rank TEXT NOT NULL, identity TEXT NOT NULL, missing INTEGER NOT NULL DEFAULT 0,
        laterality TEXT NOT NULL, view TEXT NOT NULL, modifiers TEXT NOT NULL,
        rows INTEGER NOT NULL, columns INTEGER NOT NULL, frames INTEGER NOT NULL,
        uid TEXT NOT NULL, modality TEXT NOT NULL, patient_name TEXT NOT NULL, patient_id TEXT NOT NULL,
        birth_date TEXT NOT NULL, sex TEXT NOT NULL, study_date TEXT NOT NULL, study_time TEXT NOT NULL,
        description TEXT NOT NULL, accession TEXT NOT NULL, UNIQUE (study, image_key))""",
    "CREATE INDEX images_by_key ON images (image_key)",
    "CREATE TABLE roots (id INTEGER PRIMARY KEY, path BLOB NOT NULL UNIQUE)",
    """CREATE TABLE sources (
        root INTEGER NOT NULL REFERENCES roots, path BLOB NOT NULL, member BLOB NOT NULL,
        image INTEGER NOT NULL REFERENCES images ON DELETE CASCADE,
        size INTEGER NOT NULL, mtime_ns INTEGER NOT NULL, missing INTEGER NOT NULL DEFAULT 0,
        PRIMARY KEY (root, path, member)) WITHOUT ROWID""",
    "CREATE INDEX sources_by_image ON sources (image)",
    "CREATE TABLE folders (path BLOB PRIMARY KEY, watched INTEGER NOT NULL, added TEXT NOT NULL)",
    """CREATE TABLE thumbnails (
        study INTEGER PRIMARY KEY REFERENCES studies ON DELETE CASCADE, png BLOB NOT NULL, time TEXT NOT NULL)""",
    """CREATE TABLE events (
        id INTEGER PRIMARY KEY, study INTEGER NOT NULL REFERENCES studies, event TEXT NOT NULL,
        reader TEXT NOT NULL, time TEXT NOT NULL)""",
    "CREATE INDEX events_by_study ON events (study)",
    """CREATE TABLE visits (
        study INTEGER NOT NULL REFERENCES studies, round INTEGER NOT NULL, reader TEXT NOT NULL,
        view_key BLOB NOT NULL, time TEXT NOT NULL, PRIMARY KEY (study, round, reader, view_key)) WITHOUT ROWID""",
    """CREATE TABLE reveals (
        id INTEGER PRIMARY KEY, study INTEGER NOT NULL REFERENCES studies, how TEXT NOT NULL,
        reader TEXT NOT NULL, time TEXT NOT NULL)""",
    "CREATE INDEX reveals_by_study ON reveals (study)",
    """CREATE TABLE place (
        id INTEGER PRIMARY KEY CHECK (id = 1), study INTEGER NOT NULL REFERENCES studies ON DELETE CASCADE,
        body TEXT NOT NULL, reader TEXT NOT NULL, time TEXT NOT NULL)""",
    """CREATE TABLE marks (
        id INTEGER PRIMARY KEY, study INTEGER NOT NULL REFERENCES studies, image_key BLOB NOT NULL,
        mark_id TEXT NOT NULL, body TEXT, supersedes INTEGER UNIQUE REFERENCES marks,
        reader TEXT NOT NULL, time TEXT NOT NULL)""",
    "CREATE INDEX marks_by_study ON marks (study)",
    "CREATE INDEX marks_by_name ON marks (mark_id)",
    """CREATE TABLE assessments (
        id INTEGER PRIMARY KEY, study INTEGER NOT NULL REFERENCES studies, laterality TEXT NOT NULL,
        birads TEXT NOT NULL, density TEXT NOT NULL, text TEXT NOT NULL,
        supersedes INTEGER UNIQUE REFERENCES assessments, reader TEXT NOT NULL, time TEXT NOT NULL)""",
    "CREATE INDEX assessments_by_study ON assessments (study)",
    """CREATE TABLE results (
        image_key BLOB NOT NULL, identity TEXT NOT NULL, model TEXT NOT NULL, score REAL, body TEXT NOT NULL,
        heat BLOB, time TEXT NOT NULL, PRIMARY KEY (image_key, identity, model))""",
    *(
        f"CREATE TRIGGER {table}_{what.lower()} BEFORE {what} ON {table} "
        f"BEGIN SELECT RAISE(ABORT, '{table} are kept for ever'); END"
        for table in KEPT_FOR_EVER
        for what in ("UPDATE", "DELETE")
    ),
)


def _version_1(connection: sqlite3.Connection) -> None:
    for statement in _VERSION_1:
        connection.execute(statement)


def _version_2(connection: sqlite3.Connection) -> None:
    """Texts for searching and sorting, which SQL cannot fold, and an index for the list by name."""
    connection.execute("ALTER TABLE studies ADD COLUMN search TEXT NOT NULL DEFAULT ''")
    connection.execute("ALTER TABLE studies ADD COLUMN name_order TEXT NOT NULL DEFAULT ''")
    told = connection.execute("SELECT patient_name, patient_id, accession, description, id FROM studies").fetchall()
    connection.executemany(
        "UPDATE studies SET search = ?, name_order = ? WHERE id = ?",
        [(folded(" ".join(texts)), folded(texts[0]), number) for *texts, number in told],
    )
    connection.execute("CREATE INDEX studies_by_name ON studies (name_order, study_date DESC, study_time DESC)")


AUDIT_GUARDS: Final = {
    "audit_update": "CREATE TRIGGER audit_update BEFORE UPDATE ON audit "
    "BEGIN SELECT RAISE(ABORT, 'the audit trail is kept for ever'); END",
    "audit_delete": "CREATE TRIGGER audit_delete BEFORE DELETE ON audit "
    "BEGIN SELECT RAISE(ABORT, 'the audit trail is kept for ever'); END",
    "audit_insert": "CREATE TRIGGER audit_insert BEFORE INSERT ON audit "
    "WHEN NEW.number <> (SELECT ifnull(max(number), 0) + 1 FROM audit) "
    "BEGIN SELECT RAISE(ABORT, 'an audit trail grows at its end alone'); END",
}
"""The triggers that refuse to change the audit trail: name -> SQL. The last refuses INSERT OR REPLACE too, which SQLite
does not take for a deletion."""


def _version_3(connection: sqlite3.Connection) -> None:
    """The audit trail: a chain of records, each as the text whose hash the next one holds."""
    connection.execute("CREATE TABLE audit (number INTEGER PRIMARY KEY, record TEXT NOT NULL, hash TEXT NOT NULL)")
    for guard in AUDIT_GUARDS.values():
        connection.execute(guard)


_VERSION_4 = (
    """CREATE TABLE objects (
        id INTEGER PRIMARY KEY, root INTEGER NOT NULL REFERENCES roots, path BLOB NOT NULL, member BLOB NOT NULL,
        uid TEXT NOT NULL, study_uid TEXT NOT NULL, kind TEXT NOT NULL, header TEXT NOT NULL,
        size INTEGER NOT NULL, mtime_ns INTEGER NOT NULL, UNIQUE (root, path, member))""",
    "CREATE INDEX objects_by_study ON objects (study_uid)",
    """CREATE TABLE object_references (
        object INTEGER NOT NULL REFERENCES objects ON DELETE CASCADE, image_key BLOB NOT NULL,
        UNIQUE (object, image_key))""",
    "CREATE INDEX object_references_by_image ON object_references (image_key)",
)


def _version_4(connection: sqlite3.Connection) -> None:
    """Objects that are no images, and the images that they name."""
    for statement in _VERSION_4:
        connection.execute(statement)


def _version_5(connection: sqlite3.Connection) -> None:
    """Which studies left the list with their folder, and are kept for what readers made of them; an index for the rest,
    the newest first."""
    connection.execute("ALTER TABLE studies ADD COLUMN removed INTEGER NOT NULL DEFAULT 0")
    connection.execute("CREATE INDEX studies_by_newest ON studies (removed, study_date DESC, study_time DESC)")


_VERSION_6 = (
    "CREATE TABLE numbers (last INTEGER NOT NULL)",
    "INSERT INTO numbers SELECT ifnull(max(id), 0) FROM studies",
    "CREATE TRIGGER studies_numbered AFTER INSERT ON studies "
    "BEGIN UPDATE numbers SET last = NEW.id WHERE last < NEW.id; END",
)


def _version_6(connection: sqlite3.Connection) -> None:
    """The last number that a study's row has got: a list that is gone through would meet another study under the number
    of one that left the library."""
    for statement in _VERSION_6:
        connection.execute(statement)


MIGRATIONS: Final[tuple[Callable[[sqlite3.Connection], None], ...]] = (
    *(_version_1, _version_2),
    *(_version_3, _version_4),
    *(_version_5, _version_6),
)
"""What makes version n + 1 of version n. One that was ever released is never changed; what is new is a further one."""

VERSION: Final = len(MIGRATIONS)


def migrate(connection: sqlite3.Connection) -> None:
    """Bring the file to `VERSION` within one transaction, whatever version it has; 0 is an empty file."""
    connection.execute("BEGIN IMMEDIATE")
    try:
        (version,) = connection.execute("PRAGMA user_version").fetchone()
        for step in MIGRATIONS[version:]:
            step(connection)
        if version < VERSION:
            connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
            connection.execute(f"PRAGMA user_version = {VERSION}")
        connection.execute("COMMIT")
    except BaseException:
        connection.execute("ROLLBACK")
        raise


def version_of(connection: sqlite3.Connection, path: Path) -> int:
    """The file's version, 0 where it is empty; raises LibraryError where it is not for this program."""
    connection.execute("BEGIN")
    (identity,) = connection.execute("PRAGMA application_id").fetchone()
    (version,) = connection.execute("PRAGMA user_version").fetchone()
    (tables,) = connection.execute("SELECT count(*) FROM sqlite_master").fetchone()
    connection.execute("COMMIT")
    if (identity == APPLICATION_ID and 0 < version <= VERSION) or (identity, version, tables) == (0, 0, 0):
        return int(version)
    if identity == APPLICATION_ID and version > VERSION:
        raise LibraryError(
            f"{path} was written by a newer mammoview (library version {version}, this one knows {VERSION})",
            "update mammoview, or name another library",
        )
    raise LibraryError(f"{path} is no study library", "nothing was written to it: name another file")


# --- what may go wrong


def primary_code(error: sqlite3.Error) -> int:
    """SQLite's primary result code, 0 where the error is Python's own."""
    return int(getattr(error, "sqlite_errorcode", 0)) & _PRIMARY_CODE


def worded(path: Path, error: sqlite3.Error) -> LibraryError | None:
    """What went wrong and what to do, where a user can do something about it; None for a fault of the program."""
    code = primary_code(error)
    if code in (sqlite3.SQLITE_READONLY, sqlite3.SQLITE_PERM):
        return read_only(path)
    if code == sqlite3.SQLITE_FULL:
        return LibraryError(f"the disk of {path} is full: this was not kept", "make room")
    if code in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED, sqlite3.SQLITE_PROTOCOL):
        return LibraryError(f"{path} is locked by another program", "close the other program")
    if code in (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB):
        return LibraryError(
            f"{path} is damaged or no study library: {error}", "keep the file as it is, and put a backup in its place"
        )
    if code in (sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_IOERR):
        return LibraryError(f"{path} cannot be read or written: {error}", "look whether its disk is there and sound")
    return None


def read_only(path: Path) -> LibraryError:
    return LibraryError(
        f"{path} is read-only: what you do now is kept on the screen only",
        "ask for the right to write there, or name another library",
    )
