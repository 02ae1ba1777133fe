"""Owns the index of objects that are no images (reports, presentation states, segments, maps): what their headers tell
and where they lie, so that they are found with the images that they are about, whichever came first.

Never reads one. Which of them are about a study is for `dicom.studies.attached` to say.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from mammoview.archive.library_entries import kept_path
from mammoview.archive.library_schema import exact, from_exact
from mammoview.archive.library_store import Store
from mammoview.core.study import ImageSource, ObjectHeader, ObjectKind, Patient, Study

_AT_ONCE = 500
_TOLD = "o.path, o.member, o.uid, o.study_uid, o.kind, o.header"
_OF_A_STUDY_HERE = (
    "(o.study_uid <> '' AND EXISTS (SELECT 1 FROM studies s WHERE s.uid = o.study_uid))"
    " OR EXISTS (SELECT 1 FROM object_references r JOIN images i ON i.image_key = r.image_key WHERE r.object = o.id)"
)


class Objects:
    """The part of the library that knows objects. Every method raises LibraryError where the file cannot be used."""

    _store: Store

    def add_objects(self, headers: Sequence[ObjectHeader], root: Path) -> None:
        """Take over what a scan of `root` told of objects, in place of what it told before. Asks the file system for
        sizes and times."""
        for start in range(0, len(headers), _AT_ONCE):
            part = [(header, _stamp(header.source.path)) for header in headers[start : start + _AT_ONCE]]
            with self._store.write() as connection:
                connection.execute("INSERT OR IGNORE INTO roots (path) VALUES (?)", (kept_path(root),))
                (number,) = connection.execute("SELECT id FROM roots WHERE path = ?", (kept_path(root),)).fetchone()
                for header, stamp in part:
                    _put(connection, number, header, stamp)

    def objects_of(self, studies: Iterable[Study]) -> tuple[ObjectHeader, ...]:
        """The objects that may be about these studies, by UID or by the images that they name; where one lies in
        several files, the one that was found last."""
        found: dict[str, ObjectHeader] = {}
        with self._store.read() as connection:
            for study in studies:
                for header in _candidates(connection, study):
                    found[header.key] = header
        return tuple(found.values())

    def waiting_objects(self, root: Path) -> int:
        """How many objects that scans of `root` found are about no study of the library, as far as UIDs tell."""
        with self._store.read() as connection:
            (number,) = connection.execute(
                f"SELECT count(*) FROM objects o JOIN roots ON roots.id = o.root WHERE roots.path = ?"
                f" AND NOT ({_OF_A_STUDY_HERE})",
                (kept_path(root),),
            ).fetchone()
        return int(number)


def known_objects(connection: sqlite3.Connection, root: Path) -> Iterator[tuple[bytes, bytes, int, int]]:
    """Path, member, bytes and time of each object that scans of `root` found."""
    yield from connection.execute(
        "SELECT o.path, o.member, o.size, o.mtime_ns FROM objects o JOIN roots ON roots.id = o.root"
        " WHERE roots.path = ?",
        (kept_path(root),),
    )


def forget_objects(connection: sqlite3.Connection, root: Path, gone: Iterable[tuple[bytes, bytes]]) -> None:
    """Objects at these places (path, member) are not there any more."""
    connection.executemany(
        "DELETE FROM objects WHERE root = (SELECT id FROM roots WHERE path = ?) AND path = ? AND member = ?",
        [(kept_path(root), path, member) for path, member in gone],
    )


def _put(connection: sqlite3.Connection, root: int, header: ObjectHeader, stamp: tuple[int, int]) -> None:
    place = (root, kept_path(header.source.path), exact(header.source.member or ""))
    connection.execute("DELETE FROM objects WHERE root = ? AND path = ? AND member = ?", place)
    new = connection.execute(
        "INSERT INTO objects (root, path, member, uid, study_uid, kind, header, size, mtime_ns)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (
            *place,
            header.sop_instance_uid or "",
            header.study_instance_uid or "",
            header.kind.value,
            json.dumps(_record(header)),
            *stamp,
        ),
    )
    connection.executemany(
        "INSERT OR IGNORE INTO object_references VALUES (?, ?)",
        [(new.lastrowid, exact(uid)) for uid in header.referenced],
    )


def _candidates(connection: sqlite3.Connection, study: Study) -> Iterator[ObjectHeader]:
    study_uids = {image.study_instance_uid for image in study.images} - {None}
    image_uids = {image.sop_instance_uid for image in study.images} | {
        uid for image in study.images for uid, _ in image.source_images
    }
    rows: dict[int, tuple[Any, ...]] = {}
    for uid in study_uids:
        asked = connection.execute(f"SELECT o.id, {_TOLD} FROM objects o WHERE o.study_uid = ?", (uid,))
        rows |= {row[0]: row[1:] for row in asked}
    for uid in image_uids - {None}:
        asked = connection.execute(
            f"SELECT o.id, {_TOLD} FROM objects o JOIN object_references r ON r.object = o.id WHERE r.image_key = ?",
            (exact(uid or ""),),
        )
        rows |= {row[0]: row[1:] for row in asked}
    for number in sorted(rows):
        header = _header(connection, number, *rows[number])
        if header.source.path.is_file():
            yield header


def _record(header: ObjectHeader) -> dict[str, Any]:
    """What of a header has no column of its own, in plain JSON values."""
    told = asdict(header)
    return {name: told[name] for name in ("sop_class", "patient", "maker", "label", "date", "time", "automatic")}


def _header(
    connection: sqlite3.Connection,
    number: int,
    path: bytes,
    member: bytes,
    uid: str,
    study_uid: str,
    kind: str,
    told: str,
) -> ObjectHeader:
    record = json.loads(told)
    patient = Patient(**record.pop("patient"))
    named = connection.execute(
        "SELECT image_key FROM object_references WHERE object = ? ORDER BY rowid", (number,)
    ).fetchall()
    return ObjectHeader(
        ImageSource(Path(from_exact(path)), from_exact(member) or None),
        ObjectKind(kind),
        sop_instance_uid=uid or None,
        study_instance_uid=study_uid or None,
        patient=patient,
        referenced=tuple(from_exact(row[0]) for row in named),
        **record,
    )


def _stamp(path: Path) -> tuple[int, int]:
    """(bytes, nanoseconds since the epoch); (0, 0), which no scan finds again, for one that is gone."""
    try:
        told = path.stat()
    except OSError:
        return 0, 0
    return told.st_size, told.st_mtime_ns
