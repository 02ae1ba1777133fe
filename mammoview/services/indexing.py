"""Owns how studies come into the library and out of it again: what was opened, folders that are watched, and the
worklist that a list of the library becomes. All in the background; a mark or a state is kept meanwhile.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QTimer

from mammoview.archive.library import Library, Query, StudyRow
from mammoview.archive.library_index import Folder
from mammoview.archive.library_reading import Place
from mammoview.core.errors import CancelledError, InputRefusedError, MammoviewError
from mammoview.core.study import ObjectHeader, Study
from mammoview.services.continuing import Continuing
from mammoview.services.jobs import JobRunner, Ticket
from mammoview.services.library_link import root_of, root_of_source
from mammoview.services.listing import Listing, in_order, left_out_words, listing_around
from mammoview.services.opening import OpeningService
from mammoview.services.reading_room import ReadingRoom
from mammoview.services.watching import Watching, nearest
from mammoview.services.words import counted
from mammoview.services.worklist import Worklist

if TYPE_CHECKING:
    from mammoview.dicom.scan import ScanResult

_BEFORE_CHOSEN = 50
_STILL_WRITTEN_S = 10.0
"""A file that changed more lately than this may not be whole yet."""
_CLOCKS_DIFFER_S = 3600.0
"""So far ahead the clock of a network drive may be; a file that is further in the future is not being written."""


@dataclass(frozen=True, slots=True)
class _Look:
    """What a look at folders has found: so many studies new or changed, `growing` where a file may not be whole yet,
    the `places` that are watched, and in `refused` why a folder could not be looked at."""

    found: int = 0
    growing: bool = False
    places: frozenset[Path] = frozenset()
    refused: tuple[str, ...] = ()

    def and_also(self, other: _Look) -> _Look:
        growing, refused = self.growing or other.growing, (*self.refused, *other.refused)
        return _Look(self.found + other.found, growing, self.places | other.places, refused)


class Indexing(QObject):
    """Adds what is opened; looks at folders again when it is told to, and at watched ones when they stir."""

    def __init__(self, room: ReadingRoom, opening: OpeningService, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._room, self._opening = room, opening
        self.runner = JobRunner(1, self)
        self.continuing = Continuing(room.session, room, self)
        self.continuing.runner.bug.connect(self.runner.bug)
        self._listing: Listing | None = None
        self._watching = Watching(self)
        self._watching.stirred.connect(self._stirred)
        self._refused: tuple[str, ...] = ()

    # --- what was opened

    def _take_over(self, result: ScanResult, paths: Sequence[Path]) -> None:
        """Add what was opened from `paths`; a study that is shown is there before all others."""
        if self._room.keeps:
            roots = tuple(path.absolute() for path in paths)
            opening = self._room.expect(result.studies, roots)
            self._room.read(_itself, partial(self._add, result, roots, opening))

    def _add(self, result: ScanResult, roots: tuple[Path, ...], opening: int, library: Library | None) -> None:
        if library is not None:
            studies = result.studies
            added = partial(_added, library, studies, roots, result.objects)
            work = partial(_held, library, studies) if library.problem else added
            adopt = partial(self._room.adopt, opening=opening)
            self.runner.submit(work, done=adopt, failed=self._failed)

    # --- folders

    def folders(self, done: Callable[[tuple[Folder, ...]], None]) -> None:
        """Ask which folders the library holds; `done` gets them by path."""
        self._room.read(lambda library: library.folders(), done, otherwise=())

    def watch(self, folder: Path) -> None:
        """Import a folder, and look at it again at every start and whenever something in it changes."""
        self._room.said.emit(self.tr("reading {} into the library").format(folder))
        self._room.read(_itself, partial(self._look, folder.absolute()))

    def leave(self, folder: Path) -> None:
        """Do not watch a folder any more; its studies stay in the library."""
        self._room.read(lambda library: library.add_folder(folder, watched=False), lambda _: self.look_again())

    def look_again(self) -> None:
        """Look at the watched folders for new studies, and at all others for files that are gone."""
        self._room.read(_itself, partial(self._look, None))

    def _look(self, new: Path | None, library: Library | None) -> None:
        if library is not None and library.problem:
            self._room.said.emit(library.problem)
        elif library is not None:
            self.runner.submit(
                partial(_looked, library, new), done=self._looked, failed=self._failed, channel=f"look {new}"
            )

    def _looked(self, look: _Look) -> None:
        self._watching.watch(look.places)
        if look.growing:
            self._watching.again(_STILL_WRITTEN_S)
        if look.found:
            self._room.said.emit(counted("%n new or changed in the library", look.found))
        if look.refused and look.refused != self._refused:
            self._room.said.emit(look.refused[0])
        self._refused = look.refused
        self._room.listed.emit()

    def _stirred(self) -> None:
        if self.runner.busy:
            self._watching.again()
        else:
            self.look_again()

    # --- a list as a worklist

    def open_list(self, query: Query, row: StudyRow, at: int, *, resume: Place | None = None) -> None:
        """Open the studies of `query` as the worklist, at the study `row`, which is number `at` (from 0) in it.

        At most LONGEST_PART of them at once, of which fifty stand before it, each with its woman's priors; the others
        follow (see `Continuing`). Where the files of the study itself are gone nothing is opened, and that is said.
        `resume`: where in it to go on.
        """
        start = max(0, at - _BEFORE_CHOSEN)
        self._room.read(partial(listing_around, query, row, start, resume), self._open, channel="open list")

    def _open(self, listing: Listing | None) -> None:
        if listing is not None:
            self._listing = listing
            self._opening.open(listing.paths)

    def take(self, result: ScanResult, worklist: Worklist, paths: Sequence[Path]) -> tuple[Worklist, str]:
        """What was opened, in the order of the list that it comes from, without what does not belong to it, and the key
        of the study to begin with. What was opened otherwise is added to the library, and comes back as it is, with no
        key."""
        listing, self._listing = self._listing, None
        if listing is not None and listing.paths != tuple(paths):
            listing = None
        self.continuing.begin(listing)
        if listing is None:
            self._take_over(result, paths)
            self._room.choose("", None)
            return worklist, ""
        cases, keys = in_order(listing, result.studies, worklist)
        chosen = next((study_key for study_key, key in keys.items() if key == listing.chosen), "")
        self._room.expect((study for case in cases for study in case.studies), ())
        self._room.choose(chosen, listing.resume)
        self._room.adopt(keys)
        words = left_out_words(listing.left_out)
        if not chosen:
            changed = self.tr("the files of the chosen study hold another one by now: this is the first of the list")
            cure = self.tr("open its folder again")
            words = f"{changed} ({cure})"
        if words:
            # after what the window says of its opening
            QTimer.singleShot(0, self, partial(self._room.said.emit, words))
        return Worklist(cases, worklist.stamps), chosen

    def close(self) -> None:
        """End what is under way; what was added is kept."""
        self._watching.close()
        self.continuing.close()
        self.runner.close()

    def _failed(self, error: MammoviewError) -> None:
        self._room.said.emit(str(error))


def _itself(library: Library) -> Library:
    return library


def _added(
    library: Library,
    studies: tuple[Study, ...],
    roots: tuple[Path, ...],
    objects: tuple[ObjectHeader, ...],
    ticket: Ticket,
) -> dict[str, str]:
    """The library's keys by the studies' own."""
    keys: dict[str, str] = {}
    for root in roots:
        own = [study for study in studies if root_of(study, roots) == root]
        if own and not ticket.cancelled():
            keys |= dict(zip((study.key for study in own), library.add(own, root), strict=True))
            if root.is_dir() and root not in {folder.path for folder in library.folders()}:
                library.add_folder(root, watched=False)
        beside = [one for one in objects if root_of_source(one.source, roots) == root]
        if beside and own and not ticket.cancelled():
            library.add_objects(beside, root)
    return keys


def _held(library: Library, studies: tuple[Study, ...], ticket: Ticket) -> dict[str, str]:
    """The keys of the studies that a library which cannot be written to holds already."""
    held = zip(studies, library.held(studies), strict=True)
    return {study.key: key for study, key in held if key is not None}


def _looked(library: Library, new: Path | None, ticket: Ticket) -> _Look:
    """Bring the folders' studies up to date, those of a `new` folder alone where there is one."""
    from mammoview.dicom.sources import refusal_of_os_error  # pydicom comes in the background

    look = _Look()
    if new is not None:
        library.add_folder(new, watched=True)
    for folder in library.folders():
        if ticket.cancelled():
            raise CancelledError
        if folder.watched:  # also one that is gone for now, as on a drive that is not there
            look = look.and_also(_Look(places=frozenset({folder.path})))
        try:
            if folder.path.is_dir():
                look = look.and_also(_looked_at(library, folder, new, ticket))
        except (InputRefusedError, OSError) as error:
            refusal = refusal_of_os_error(error) if isinstance(error, OSError) else error
            look = look.and_also(_Look(refused=(f"{folder.path}: {refusal}",)))
    return replace(look, places=nearest(look.places))


def _looked_at(library: Library, folder: Folder, new: Path | None, ticket: Ticket) -> _Look:
    if folder.path == new or (new is None and folder.watched):
        return _imported(library, folder.path, ticket)
    if new is None:
        _miss(library, folder.path)
    elif folder.watched:
        return _Look(places=_walked(folder.path, ticket).places)
    return _Look()


def _miss(library: Library, root: Path) -> None:
    """Note which files that a folder held are gone."""
    known = library.known(root)
    library.forget_missing(root, [source for source in known if _holder(source, lambda path: Path(path).exists())])


@dataclass(frozen=True, slots=True)
class _Walked:
    """The files under a folder, the folders that they may lie in, and what of these could not be looked into."""

    files: list[Path]
    places: frozenset[Path]
    closed: frozenset[Path]


def _walked(root: Path, ticket: Ticket) -> _Walked:
    from mammoview.dicom.sources import walk_folder  # pydicom comes in the background

    places: set[Path] = set()
    closed: set[Path] = set()

    def enter(folder: Path) -> None:
        if ticket.cancelled():
            raise CancelledError
        places.add(folder)

    files = list(walk_folder(root, lambda place, error: closed.add(place), enter))
    return _Walked(files, frozenset(places), frozenset(closed))


def _holder(source: str, there: Callable[[str], bool]) -> str:
    """The file that a source ("FILE" or "ARCHIVE!MEMBER", where either may hold a "!") lies in; empty where it is not
    there."""
    ends = [len(source), *(at for at, letter in enumerate(source) if letter == "!")]
    return next((source[:end] for end in ends if there(source[:end])), "")


def _imported(library: Library, root: Path, ticket: Ticket) -> _Look:
    """Read what is new or changed under a folder, and note what is gone."""
    from mammoview.dicom.scan import scan  # pydicom comes in the background

    walked = _walked(root, ticket)
    there = {str(path): path for path in walked.files}
    files = {_holder(source, there.__contains__): stamp for source, stamp in library.known(root).items()}
    stamps = {path: _size_and_time(path) for path in there.values()}
    fresh = {path for name, path in there.items() if files.get(name) != stamps[path]}
    ages = (time.time() - stamps[path][1] / 1e9 for path in fresh)
    growing = any(-_CLOCKS_DIFFER_S < age < _STILL_WRITTEN_S for age in ages)
    drawn = {path.parent for path in fresh if _is_picture(path)}  # a study is the whole folder
    read = fresh | {path for path in there.values() if path.parent in drawn and _is_picture(path)}
    found = partial(scan, progress=ticket.progress, cancelled=ticket.cancelled, keep_refused=True)
    result = found(sorted(read)) if read else None
    studies = () if result is None else result.studies
    if result is not None:
        library.add(studies, root)
        library.add_objects(result.objects, root)
    library.forget_missing(root, [source for source in library.known(root) if _may_be_there(source, there, walked)])
    new = sum(any(image.source.path in fresh for image in study.images) for study in studies)
    return _Look(new, growing, walked.places)


def _is_picture(path: Path) -> bool:
    from mammoview.dicom.sources import PICTURE_SUFFIXES, suffix_of

    return suffix_of(path.name) in PICTURE_SUFFIXES


def _may_be_there(source: str, there: Mapping[str, Path], walked: _Walked) -> bool:
    """Whether a source was found, or lies where nobody could look."""
    return bool(_holder(source, there.__contains__)) or not walked.closed.isdisjoint(Path(source).parents)


def _size_and_time(path: Path) -> tuple[int, int]:
    """Bytes, and nanoseconds since the epoch; (0, 0) where the file went meanwhile."""
    try:
        told = path.stat()
    except OSError:
        return 0, 0
    return told.st_size, told.st_mtime_ns
