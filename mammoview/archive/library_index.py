"""Owns the index of studies: what scans found and where it lies, whose it is, folders, thumbnails.

Never reads an image, and never deletes a study of which a reader made something.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from itertools import chain, groupby
from operator import itemgetter
from pathlib import Path
from typing import Any

from mammoview.archive.library_entries import Writer, kept_path
from mammoview.archive.library_objects import forget_objects, known_objects
from mammoview.archive.library_schema import exact, from_exact, study_id, study_key_of
from mammoview.archive.library_store import Store
from mammoview.core.study import ImageSource, Laterality, Study, View, ViewModifier

_STUDIES_AT_ONCE = 50
_SOURCES_AT_ONCE = 500

_OF_ROOTS = "SELECT 1 FROM images i JOIN sources s ON s.image = i.id WHERE i.study = studies.id AND s.root"
_GONE_FROM = (
    f"SELECT study_key FROM studies WHERE missing AND NOT removed"
    f" AND EXISTS ({_OF_ROOTS} IN (SELECT value FROM json_each(:roots)))"
    f" AND NOT EXISTS ({_OF_ROOTS} NOT IN (SELECT value FROM json_each(:roots)))"
)
"""The studies whose files are gone and lay under these roots only."""

_Copy = tuple[Any, ...]
"""One of the files that an image lies in, as `study_images` asks for it: what the image is, then path and member."""


@dataclass(frozen=True, slots=True)
class Folder:
    """A folder whose studies the library holds; `watched`: it is looked at for new ones. `added`: ISO 8601 UTC."""

    path: Path
    watched: bool
    added: str


@dataclass(frozen=True, slots=True)
class ImageRow:
    """One image of a study. `identity`: what its results are kept under (`source_identity` of its file). `missing`:
    its file was not there when its folder was scanned last.
    """

    key: str
    source: ImageSource
    laterality: Laterality
    view: View
    modifiers: tuple[ViewModifier, ...]
    rows: int
    columns: int
    frames: int
    identity: str
    missing: bool


class Index:
    """The part of the library that scans fill. Every method raises LibraryError where the file cannot be used."""

    _store: Store

    def add(self, studies: Sequence[Study], root: Path) -> tuple[str, ...]:
        """Take over what a scan of `root` found; each study's key as it is kept, in their order.

        Images that the library holds already get what is told now; others of the same study stay, so that a scan may
        leave out the files that have not changed (`known`); of studies without Study Instance UID it gives all. A
        study keeps its row, with all that a reader made of it, as long as its UID or an image and its patient are the
        same; the key is the study's own unless another woman's study has it. Asks the file system for sizes and
        times. Fifty studies are one transaction; where it fails, those before are kept.
        """
        keys: list[str] = []
        taken: dict[int, str] = {}
        for start in range(0, len(studies), _STUDIES_AT_ONCE):
            part = studies[start : start + _STUDIES_AT_ONCE]
            stamps = _stamps(part)
            with self._store.write() as connection:
                writer = Writer(connection, root, self._store.now(), taken)
                numbers = [writer.put(study, stamps) for study in part]
                writer.settle()
                keys.extend(study_key_of(connection, number) for number in numbers)
        return tuple(keys)

    def known(self, root: Path) -> dict[str, tuple[int, int]]:
        """Each source that scans of `root` found, images and objects, as text with an absolute path -> (bytes,
        nanoseconds since the epoch of its last change); those that are missing are left out."""
        with self._store.read() as connection:
            rows = connection.execute(
                "SELECT s.path, s.member, s.size, s.mtime_ns FROM sources s JOIN roots ON roots.id = s.root"
                " WHERE roots.path = ? AND NOT s.missing",
                (kept_path(root),),
            )
            found = chain(known_objects(connection, root), rows)
            return {_source_text(path, member): (size, mtime_ns) for path, member, size, mtime_ns in found}

    def forget_missing(self, root: Path, present: Collection[str]) -> tuple[str, ...]:
        """Note that of the sources under `root` only those in `present` (as in `known`) are there still.

        The keys of the studies of which no image is left anywhere: they are marked missing where a reader made
        something of them and leave the index where not. Not to be called where `root` itself cannot be reached.
        """
        there = frozenset(present)
        with self._store.read() as connection:
            rows = connection.execute(
                "SELECT s.root, s.path, s.member FROM sources s JOIN roots ON roots.id = s.root"
                " WHERE roots.path = ? AND NOT s.missing",
                (kept_path(root),),
            ).fetchall()
            objects = [row[:2] for row in known_objects(connection, root)]
        lost = [place for place in objects if _source_text(*place) not in there]
        if lost:
            with self._store.write() as connection:
                forget_objects(connection, root, lost)
        gone = [row for row in rows if _source_text(row[1], row[2]) not in there]
        left: list[str] = []
        for start in range(0, len(gone), _SOURCES_AT_ONCE):
            with self._store.write() as connection:
                writer = Writer(connection, root, self._store.now(), {})
                writer.lose(gone[start : start + _SOURCES_AT_ONCE])
                left.extend(writer.settle())
        return tuple(left)

    def folders(self) -> tuple[Folder, ...]:
        """The folders of the library, by path."""
        with self._store.read() as connection:
            rows = connection.execute("SELECT path, watched, added FROM folders ORDER BY path").fetchall()
        return tuple(Folder(Path(from_exact(path)), bool(watched), added) for path, watched, added in rows)

    def add_folder(self, path: Path, watched: bool) -> None:
        """Note a folder, or whether it is watched from now on."""
        with self._store.write() as connection:
            connection.execute(
                "INSERT INTO folders VALUES (?, ?, ?) ON CONFLICT (path) DO UPDATE SET watched = excluded.watched",
                (kept_path(path), watched, self._store.now()),
            )

    def remove_folder(self, path: Path) -> tuple[str, ...]:
        """Take a folder out of the library, with what scans of it, or of what lies in it, found there and nowhere else.

        The keys of the studies that leave the list. Those of which a reader made something keep their rows with all
        that was made of them, and are listed again as soon as a scan finds them; so are the others. A folder of the
        library within this one keeps its studies. No file is touched.
        """
        with self._store.read() as connection:
            roots = _roots_of(connection, path)
        left = [key for root in roots.values() for key in self.forget_missing(root, ())]
        with self._store.write() as connection:
            numbers = {"roots": json.dumps(list(roots))}
            gone = [row[0] for row in connection.execute(_GONE_FROM, numbers)]  # its files were so before
            connection.executemany(
                "UPDATE studies SET removed = 1 WHERE study_key = ? AND missing", [(key,) for key in map(exact, left)]
            )
            connection.executemany("UPDATE studies SET removed = 1 WHERE study_key = ?", [(key,) for key in gone])
            connection.execute("DELETE FROM folders WHERE path = ?", (kept_path(path),))
        return tuple(dict.fromkeys((*left, *map(from_exact, gone))))

    def folder_of(self, study_key: str) -> Path | None:
        """A folder or file whose scan found the study where it is there, else where it was; None for no study."""
        with self._store.read() as connection:
            row = connection.execute(
                "SELECT roots.path FROM studies JOIN images i ON i.study = studies.id"
                " JOIN sources s ON s.image = i.id JOIN roots ON roots.id = s.root WHERE study_key = ?"
                " ORDER BY s.missing, roots.path LIMIT 1",
                (exact(study_key),),
            ).fetchone()
        return None if row is None else Path(from_exact(row[0]))

    def study_images(self, study_key: str, away: Collection[Path] = ()) -> tuple[ImageRow, ...]:
        """A study's images by side, view, then key, those whose file is missing too. Raises UsageError.

        Where an image lies in several files it is told with one that is there: the one that was opened last, else the
        newest; of folders that are `away` nothing is asked. An image whose file was overwritten with another image is
        left out.
        """
        with self._store.read() as connection:
            rows = connection.execute(
                "SELECT i.image_key, i.laterality, i.view, i.modifiers, i.rows, i.columns, i.frames, i.identity,"
                " i.missing, s.path, s.member FROM images i JOIN sources s ON s.image = i.id WHERE i.study = ?"
                " ORDER BY i.rank, i.image_key, s.missing, i.identity <> s.size || '-' || s.mtime_ns, s.mtime_ns DESC",
                (study_id(connection, study_key),),
            ).fetchall()
        return tuple(_image_row(_there(copies, away)) for _, copies in groupby(rows, key=itemgetter(0)))

    def lying_under(self, folder: Path) -> frozenset[str]:
        """The keys of the studies that scans of `folder`, or of what lies in it, found and that are there still."""
        inside = kept_path(folder / "x")[:-1]
        with self._store.read() as connection:
            roots = connection.execute("SELECT id, path FROM roots").fetchall()
            own = [number for number, path in roots if path == kept_path(folder) or path.startswith(inside)]
            found = [
                row[0]
                for root in own
                for row in connection.execute(
                    "SELECT DISTINCT studies.study_key FROM sources s JOIN images i ON i.id = s.image"
                    " JOIN studies ON studies.id = i.study WHERE s.root = ? AND NOT s.missing",
                    (root,),
                )
            ]
        return frozenset(map(from_exact, found))

    def put_thumbnail(self, study_key: str, png: bytes) -> None:
        """Keep a small picture of a study in place of an older one; it goes where an image comes, goes or changes.
        Raises UsageError."""
        with self._store.write() as connection:
            connection.execute(
                "INSERT OR REPLACE INTO thumbnails VALUES (?, ?, ?)",
                (study_id(connection, study_key), png, self._store.now()),
            )

    def thumbnail(self, study_key: str) -> bytes | None:
        """The bytes of `put_thumbnail`, None where there are none."""
        with self._store.read() as connection:
            row = connection.execute(
                "SELECT png FROM thumbnails JOIN studies ON studies.id = study WHERE study_key = ?",
                (exact(study_key),),
            ).fetchone()
        return None if row is None else bytes(row[0])


def _roots_of(connection: sqlite3.Connection, folder: Path) -> dict[int, Path]:
    """A folder, and what was scanned within it that belongs to no other folder of the library, by their numbers."""
    whole = folder.absolute()
    folders = {Path(from_exact(row[0])) for row in connection.execute("SELECT path FROM folders")}
    others = {other for other in folders if whole in other.parents}
    roots = {number: Path(from_exact(path)) for number, path in connection.execute("SELECT id, path FROM roots")}
    return {
        number: root
        for number, root in roots.items()
        if whole in (root, *root.parents) and others.isdisjoint((root, *root.parents))
    }


def _there(copies: Iterable[_Copy], away: Collection[Path]) -> _Copy:
    """The first of an image's copies whose file exists, else the first; asks the file system only of several."""
    first, *others = copies
    return next((copy for copy in (first, *others) if _exists(copy[-2], away)), first) if others else first


def _exists(kept: bytes, away: Collection[Path]) -> bool:
    path = Path(from_exact(kept))
    try:
        return frozenset(away).isdisjoint(path.parents) and path.is_file()
    except OSError:
        return False


def _image_row(copy: _Copy) -> ImageRow:
    key, side, view, modifiers, height, width, frames, identity, missing, path, member = copy
    return ImageRow(
        from_exact(key),
        _source(path, member),
        Laterality(side),
        View(view),
        tuple(ViewModifier(modifier) for modifier in modifiers.split()),
        height,
        width,
        frames,
        identity,
        bool(missing),
    )


def _source(path: bytes, member: bytes) -> ImageSource:
    return ImageSource(Path(from_exact(path)), from_exact(member) or None)


def _source_text(path: bytes, member: bytes) -> str:
    """str(_source(...)), without making a path of ten thousand texts."""
    return from_exact(path + b"!" + member if member else path)


def _stamps(studies: Sequence[Study]) -> dict[Path, tuple[int, int]]:
    """(bytes, nanoseconds since the epoch) of each file; (0, 0), which no scan finds again, for one that is gone."""
    stamps: dict[Path, tuple[int, int]] = {}
    for path in {image.source.path for study in studies for image in study.images}:
        try:
            told = path.stat()
        except OSError:
            stamps[path] = (0, 0)
        else:
            stamps[path] = (told.st_size, told.st_mtime_ns)
    return stamps
