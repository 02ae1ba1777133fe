"""Owns how scanned studies become rows: which row is whose, what is derived from its images, which studies are one
woman's. Works within a transaction of its caller's; never commits, never reads a file.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Mapping
from itertools import chain, count
from pathlib import Path

from mammoview.archive.library_results import rescore
from mammoview.archive.library_schema import KEPT_FOR_EVER, exact, folded, from_exact, plain
from mammoview.core.study import ImageHeader, Laterality, Patient, Study, View
from mammoview.core.women import facts_of, identity_of, women
from mammoview.dicom.studies import may_be_one_patient

_SIDES, _VIEWS = tuple(Laterality), tuple(View)

_IDENTITY = "id, patient_name, patient_id, changed <> '', woman"
_TOLD = (
    "rank, identity, laterality, view, modifiers, rows, columns, frames, uid, modality, patient_name, patient_id,"
    " birth_date, sex, study_date, study_time, description, accession"
)
_PUT_IMAGE = (
    f"INSERT INTO images (study, image_key, {_TOLD}) VALUES ({', '.join('?' * 20)}) ON CONFLICT (study, image_key)"
    f" DO UPDATE SET {', '.join(f'{name} = excluded.{name}' for name in _TOLD.split(', '))}"
)


def source_identity(size: int, mtime_ns: int) -> str:
    """What tells a file (or the archive that holds it) from another that takes its place: bytes, and nanoseconds since
    the epoch."""
    return f"{size}-{mtime_ns}"


def kept_path(path: Path) -> bytes:
    """A path as it is kept: absolute."""
    return exact(str(path.absolute()))


class Writer:
    """One transaction's changes of the index; `settle` brings what is derived from the images up to date."""

    def __init__(self, connection: sqlite3.Connection, root: Path, now: str, taken: dict[int, str]) -> None:
        """`taken`: the rows that studies of the same scan have already, with the studies' keys; it is added to."""
        connection.execute("INSERT OR IGNORE INTO roots (path) VALUES (?)", (kept_path(root),))
        (self._root,) = connection.execute("SELECT id FROM roots WHERE path = ?", (kept_path(root),)).fetchone()
        self._connection = connection
        self._now = now
        self._taken = taken
        self._wished: dict[int, str] = {}
        self._changed: set[int] = set()
        self._women: set[str] = set()

    def put(self, study: Study, stamps: Mapping[Path, tuple[int, int]]) -> int:
        """Take over a study, `stamps` of whose files are bytes and nanoseconds; the number of its row."""
        held = row_of(self._connection, study, self._taken)
        number = self._new_row(study) if held is None else held
        for image in study.images:
            self._put_image(number, image, *stamps[image.source.path])
        self._changed.add(number)
        self._taken[number] = self._wished[number] = study.key
        return number

    def lose(self, sources: Iterable[tuple[int, bytes, bytes]]) -> None:
        """Mark sources (root, path, member) as missing."""
        for source in sources:
            self._note_study_of(source)
            self._connection.execute(
                "UPDATE sources SET missing = 1 WHERE root = ? AND path = ? AND member = ?", source
            )

    def settle(self) -> list[str]:
        """Derive rows, women, scores and keys anew; the keys of the changed studies that have no image left."""
        left = [key for number in sorted(self._changed) if (key := self._refresh(number)) is not None]
        for woman in self._women:
            self._regroup(woman)
        wished = [(exact(key), number) for number, key in self._wished.items()]
        self._connection.executemany("UPDATE OR IGNORE studies SET study_key = ? WHERE id = ?", wished)
        return left

    def _new_row(self, study: Study) -> int:
        """A row with the study's own key, or with a number behind it where another woman's study has that. It has a
        number that none had before."""
        for key in chain((study.key,), (f"{study.key}#{further}" for further in count(2))):
            new = self._connection.execute(
                "INSERT OR IGNORE INTO studies (id, study_key, uid, added) SELECT last + 1, ?, ?, ? FROM numbers",
                (exact(key), _uid(study), self._now),
            )
            if new.rowcount:
                break
        return int(new.lastrowid or 0)

    def _put_image(self, study: int, image: ImageHeader, size: int, mtime_ns: int) -> None:
        patient = image.patient
        told = (
            _rank(image),
            source_identity(size, mtime_ns),
            str(image.laterality),
            str(image.view),
            " ".join(image.view_modifiers),
            image.rows,
            image.columns,
            image.frames,
            *map(plain, (image.study_instance_uid or "", image.modality)),
            *map(plain, (patient.name, patient.patient_id, patient.birth_date, patient.sex)),
            *map(plain, (image.study_date, image.study_time, image.study_description, image.accession_number)),
        )
        connection = self._connection
        before = connection.execute(
            "SELECT identity FROM images WHERE study = ? AND image_key = ?", (study, exact(image.key))
        ).fetchone()
        if before != (told[1],):
            self._drop_thumbnail(study)
        connection.execute(_PUT_IMAGE, (study, exact(image.key), *told))
        (number,) = connection.execute(
            "SELECT id FROM images WHERE study = ? AND image_key = ?", (study, exact(image.key))
        ).fetchone()
        source = (self._root, kept_path(image.source.path), exact(image.source.member or ""))
        self._note_study_of(source)
        connection.execute(
            "INSERT OR REPLACE INTO sources VALUES (?, ?, ?, ?, ?, ?, 0)", (*source, number, size, mtime_ns)
        )

    def _note_study_of(self, source: tuple[int, bytes, bytes]) -> None:
        """The study whose image lay at this source (root, path, member) changes."""
        row = self._connection.execute(
            "SELECT i.study FROM sources s JOIN images i ON i.id = s.image"
            " WHERE s.root = ? AND s.path = ? AND s.member = ?",
            source,
        ).fetchone()
        if row is not None:
            self._changed.add(row[0])

    def _refresh(self, study: int) -> str | None:
        """Derive a study's row from its images; its key where it has none left."""
        connection = self._connection
        there = "EXISTS (SELECT 1 FROM sources s WHERE s.image = images.id AND NOT s.missing)"
        moved = connection.execute(
            f"UPDATE images SET missing = NOT missing WHERE study = ? AND missing = {there}", (study,)
        )
        if moved.rowcount:
            self._drop_thumbnail(study)
        key, woman = connection.execute("SELECT study_key, woman FROM studies WHERE id = ?", (study,)).fetchone()
        self._women.add(woman)
        images = connection.execute(
            "SELECT uid, modality, patient_name, patient_id, birth_date, sex, study_date, study_time, description,"
            " accession FROM images WHERE study = ? AND NOT missing ORDER BY rank, image_key",
            (study,),
        ).fetchall()
        if not images:
            self._leave(study)
            return from_exact(key)
        uid, _, _, _, _, _, date, time, description, accession = images[0]
        patients = [Patient(*image[2:6]) for image in images]
        patient = next((one for one in patients if one.patient_id or one.name), patients[0])
        births, sexes = facts_of(patients)
        told = {
            "uid": uid,
            "woman": identity_of(patient),
            "patient_key": study,
            "births": json.dumps(sorted(births)),
            "sexes": json.dumps(sorted(sexes)),
            "patient_name": patient.name,
            "patient_id": patient.patient_id,
            "birth_date": patient.birth_date,
            "sex": patient.sex,
            "study_date": date,
            "study_time": time,
            "description": description,
            "accession": accession,
            "modalities": " ".join(sorted({image[1] for image in images} - {""})),
            "image_count": len(images),
            "missing": 0,
            "removed": 0,
            "search": folded(" ".join((patient.name, patient.patient_id, accession, description))),
            "name_order": folded(patient.name),
        }
        names = ", ".join(f"{name} = :{name}" for name in told)
        connection.execute(f"UPDATE studies SET {names} WHERE id = :id", told | {"id": study})
        self._women.add(identity_of(patient))
        rescore(connection, study)
        return None

    def _drop_thumbnail(self, study: int) -> None:
        """What the study looks like is to be drawn anew."""
        self._connection.execute("DELETE FROM thumbnails WHERE study = ?", (study,))

    def _leave(self, study: int) -> None:
        """Mark a study as missing; where no reader made anything of it, it leaves the index."""
        made = " OR ".join(f"EXISTS (SELECT 1 FROM {table} WHERE study = :study)" for table in KEPT_FOR_EVER)
        self._connection.execute(f"DELETE FROM studies WHERE id = :study AND NOT ({made})", {"study": study})
        self._connection.execute("UPDATE studies SET missing = 1 WHERE id = ?", (study,))

    def _regroup(self, woman: str) -> None:
        """Tell anew which studies with one patient ID and name are one woman's."""
        if not woman:
            return
        rows = self._connection.execute(
            "SELECT id, births, sexes, patient_key FROM studies WHERE woman = ? ORDER BY id", (woman,)
        ).fetchall()
        facts = [(frozenset(json.loads(births)), frozenset(json.loads(sexes))) for _, births, sexes, _ in rows]
        for group in women(facts):
            patient_key = min(rows[number][0] for number in group)
            changed = [(patient_key, rows[number][0]) for number in group if rows[number][3] != patient_key]
            self._connection.executemany("UPDATE studies SET patient_key = ? WHERE id = ?", changed)


def row_of(connection: sqlite3.Connection, study: Study, taken: Mapping[int, str]) -> int | None:
    """The row that this study has; None where it has none or may have either of two. `taken`: as of `Writer`."""
    uid, patient = _uid(study), study.patient
    holding = {
        row[0]
        for image in study.images
        for row in connection.execute("SELECT study FROM images WHERE image_key = ?", (exact(image.key),))
    }
    if uid:
        rows = connection.execute(f"SELECT {_IDENTITY} FROM studies WHERE uid = ?", (uid,)).fetchall()
    else:
        asked = ((number,) for number in sorted(holding))
        rows = [
            row
            for one in asked
            for row in connection.execute(f"SELECT {_IDENTITY} FROM studies WHERE uid = '' AND id = ?", one)
        ]
    fitting = [
        row
        for row in rows
        if may_be_one_patient(Patient(row[1], row[2]), patient) and taken.get(row[0], study.key) == study.key
    ]
    # the row that has its images comes first, of several the one of which a reader made something
    best = sorted((row for row in fitting if row[0] in holding), key=lambda row: (not row[3], row[0]))
    best = best or [row for row in fitting if row[4] and row[4] == identity_of(patient)] or fitting
    return best[0][0] if best and (len(best) == 1 or best[0][0] in holding) else None


def _uid(study: Study) -> str:
    """Study Instance UID of the files, also where another woman's files carry it too."""
    return plain(study.images[0].study_instance_uid or "")


def _rank(image: ImageHeader) -> str:
    """What images are sorted by: side, view, modifiers, those without a UID before the others."""
    side, view = _SIDES.index(image.laterality), _VIEWS.index(image.view)
    return f"{side}{view:02}{' '.join(image.view_modifiers)}\t{image.sop_instance_uid is not None:d}"
