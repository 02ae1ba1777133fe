"""Owns what a score store holds of an archive's files: what each of them is, so that it is read again only when it has
changed. Reads none of them.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any

import mammoview
from mammoview.archive.library_schema import exact, from_exact, plain
from mammoview.archive.score_file import ScoreFile
from mammoview.archive.score_schema import ABOUT_IMAGES, IMAGE
from mammoview.archive.score_units import unit_key
from mammoview.core.study import ImageHeader, ImageSource, ObjectHeader, Patient

_UNKNOWN_SIZE = -1

_KEPT = (
    *("identity", "place", "path", "member", "shown", "named", "size", "mtime_ns", "state", "cause", "hint"),
    *("unit", "sop_instance_uid", "study_instance_uid", "patient_id", "patient_name", "looks", "referenced"),
)

OF_RUN = f"s.run = (SELECT run FROM about) AND s.state = {IMAGE} AND NOT s.twin"
"""SQL: the row `s` of sources is an image of this run that is to be scored."""


@dataclass(frozen=True, slots=True)
class KeptSource:
    """What the store holds of a file: the absolute path by which it was met, bytes and nanoseconds since the epoch of
    its last change (-1 and 0 where it is to be read anew), `state` as of `score_schema`; `in_run`: this run has met it.
    """

    number: int
    place: str
    size: int
    mtime_ns: int
    named: bool
    state: int
    cause: str
    hint: str
    in_run: bool


@dataclass(frozen=True, slots=True)
class Twin:
    """One of several files with one SOP Instance UID: what decides whether it is a copy of another one."""

    number: int
    shown: str
    sop_instance_uid: str
    study_instance_uid: str | None
    patient: Patient
    looks: str


class Sources(ScoreFile):
    """The part of the store that the look at the files fills."""

    def begin_run(self) -> None:
        """From now on only what this run meets counts."""
        with self.transaction():
            self._connection.execute("UPDATE about SET run = run + 1")
            self._connection.execute("DELETE FROM refusals")
            if self._one("SELECT version FROM about") != mammoview.__version__:  # it may understand headers otherwise
                self._connection.execute("UPDATE sources SET size = ?, mtime_ns = 0", (_UNKNOWN_SIZE,))
                self._connection.execute("UPDATE about SET version = ?", (mammoview.__version__,))

    def kept(self, identity: str) -> KeptSource | None:
        """What is known of a file, by what is the same for all ways to name it."""
        row = self._connection.execute(
            "SELECT id, place, size, mtime_ns, named, state, cause, hint, run = (SELECT run FROM about) FROM sources"
            " WHERE identity = ?",
            (exact(identity),),
        ).fetchone()
        if row is None:
            return None
        number, place, size, mtime_ns, named, state, cause, hint, in_run = row
        return KeptSource(number, from_exact(place), size, mtime_ns, bool(named), state, cause, hint, bool(in_run))

    def meet(self, number: int, source: ImageSource) -> None:
        """A file that has not changed is there in this run too, named as `source`."""
        with self.transaction():
            self._connection.execute(
                "UPDATE sources SET run = (SELECT run FROM about), place = ?, path = ?, member = ?, shown = ?"
                " WHERE id = ?",
                (*_told(source), number),
            )

    def put(
        self,
        identity: str,
        source: ImageSource,
        stamp: tuple[int, int],
        *,
        named: bool,
        state: int,
        told: ImageHeader | ObjectHeader | None = None,
        why: tuple[str, str] = ("", ""),
    ) -> None:
        """Keep what a file is by its `stamp` (bytes, nanoseconds since the epoch): `state`, what its header has `told`,
        and the reason `why` (cause, hint) it may be refused for."""
        facts: tuple[Any, ...] = (None, None, None, None, None, None, "[]")
        if isinstance(told, ObjectHeader):
            facts = (None, None, told.study_instance_uid, None, None, None, json.dumps(told.referenced))
        elif told is not None:
            facts = (
                exact(unit_key(told)),
                told.sop_instance_uid,
                told.study_instance_uid,
                plain(told.patient.patient_id),
                plain(told.patient.name),
                f"{told.side_view} {told.rows} {told.columns} {told.frames}",
                "[]",
            )
        with self.transaction():
            self._connection.execute(
                f"INSERT INTO sources ({', '.join(_KEPT)}, run)"
                f" VALUES ({', '.join('?' * len(_KEPT))}, (SELECT run FROM about)) ON CONFLICT (identity) DO UPDATE"
                f" SET run = excluded.run, {', '.join(f'{name} = excluded.{name}' for name in _KEPT)}",
                (exact(identity), *_told(source), named, *stamp, state, *map(plain, why), *facts),
            )

    def refuse(self, source: str, cause: str, hint: str) -> None:
        """An input of this run cannot be used."""
        text = f"{source}: {cause} ({hint})" if hint else f"{source}: {cause}"
        with self.transaction():
            self._connection.execute(
                "INSERT OR IGNORE INTO refusals VALUES (?, ?, ?, ?)",
                (exact(text), exact(source), plain(cause), plain(hint)),
            )

    def refusals(self) -> Iterator[tuple[str, str, str]]:
        """(source, cause, hint) of what this run refused before scoring, by their text."""
        for source, cause, hint in self._rows("SELECT source, cause, hint FROM refusals ORDER BY text"):
            yield from_exact(source), cause, hint

    def settle_twins(self, of_same_uid: Callable[[Iterator[Twin]], Iterable[int]]) -> None:
        """Note which images are others' twins, and so are not scored. `of_same_uid` gets this run's images whose SOP
        Instance UID is there more than once, by UID and then by name, and gives their numbers."""
        with self.transaction():
            self._connection.execute("UPDATE sources SET twin = 0 WHERE twin")
            found = self._rows(
                "SELECT s.id, s.shown, s.sop_instance_uid, s.study_instance_uid, s.patient_id, s.patient_name, s.looks"
                f" FROM sources s WHERE {OF_RUN} AND s.sop_instance_uid IN (SELECT s.sop_instance_uid FROM sources s"
                f" WHERE {OF_RUN} AND s.sop_instance_uid NOT NULL GROUP BY s.sop_instance_uid HAVING count(*) > 1)"
                " ORDER BY s.sop_instance_uid, s.shown"
            )
            twins = (
                Twin(number, from_exact(shown), sop, study, Patient(name, patient_id), looks)
                for number, shown, sop, study, patient_id, name, looks in found
            )
            for number in of_same_uid(twins):
                self._connection.execute("UPDATE sources SET twin = 1 WHERE id = ?", (number,))

    def about_nothing(self) -> Iterator[tuple[str, str, str]]:
        """(source, cause, hint) of the objects that this run was given without an image that they are about."""
        for shown, cause, hint in self._rows(
            "SELECT o.shown, o.cause, o.hint FROM sources o WHERE o.run = (SELECT run FROM about)"
            f" AND o.state = {ABOUT_IMAGES} AND NOT EXISTS (SELECT 1 FROM sources s WHERE {OF_RUN}"
            " AND s.study_instance_uid = o.study_instance_uid) AND NOT EXISTS (SELECT 1 FROM sources s"
            f" JOIN json_each(o.referenced) r ON s.sop_instance_uid = r.value WHERE {OF_RUN})"
        ):
            yield from_exact(shown), cause, hint


def _told(source: ImageSource) -> tuple[bytes, bytes, bytes | None, bytes]:
    """A source as it is kept: absolute path, path as it was named, member, and the last two as text."""
    member = None if source.member is None else exact(source.member)
    return exact(str(source.path.absolute())), exact(str(source.path)), member, exact(str(source))
