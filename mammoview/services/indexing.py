"""Owns how studies come into the library and out of it again: what was opened, folders that are watched, and the
worklist that a list of the library becomes. All in the background; a mark or a state is kept meanwhile.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject

from mammoview.archive.library import Library, Query, StudyRow
from mammoview.archive.library_reading import Place
from mammoview.core.errors import CancelledError, MammoviewError, UsageError
from mammoview.core.study import Study
from mammoview.services.jobs import JobRunner, Ticket
from mammoview.services.opening import OpeningService
from mammoview.services.reading_room import ReadingRoom
from mammoview.services.worklist import Worklist

if TYPE_CHECKING:
    from mammoview.dicom.scan import ScanResult

LONGEST_WORKLIST = 300
"""How many studies of a list are opened at once; their headers are read anew."""

_BEFORE_CHOSEN = 50


@dataclass(frozen=True, slots=True)
class Listing:
    """A part of the library's list that is being opened: its files, for each image key the place in the list and the
    study's key, and the key of the study to begin with."""

    paths: tuple[Path, ...]
    places: Mapping[str, tuple[int, str]]
    chosen: str
    resume: Place | None


class Indexing(QObject):
    """Adds what is opened; looks at folders again when it is told to."""

    def __init__(self, room: ReadingRoom, opening: OpeningService, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._room, self._opening = room, opening
        self.runner = JobRunner(1, self)
        self._listing: Listing | None = None

    # --- what was opened

    def _take_over(self, studies: tuple[Study, ...], first: Study, paths: Sequence[Path]) -> None:
        """Add studies that were opened from `paths`, the one that is read first before all others."""
        if self._room.keeps:
            roots = tuple(path.absolute() for path in paths)
            self._submit((first,), roots)
            self._submit(studies, roots)

    def _submit(self, studies: tuple[Study, ...], roots: tuple[Path, ...]) -> None:
        self._room.read(_itself, partial(self._add, studies, roots))

    def _add(self, studies: tuple[Study, ...], roots: tuple[Path, ...], library: Library | None) -> None:
        if library is not None and not library.problem:
            work = partial(_added, library, studies, roots)
            self.runner.submit(work, done=self._room.adopt, failed=self._failed)
        elif library is not None:
            self.runner.submit(partial(_held, library, studies), done=self._room.adopt, failed=self._failed)

    # --- folders

    def watch(self, folder: Path) -> None:
        """Import a folder, and look at it again at every start."""
        self._room.said.emit(f"reading {folder} into the library")
        self._room.read(_itself, partial(self._look, folder.absolute()))

    def look_again(self) -> None:
        """Look at the watched folders for new studies, and at all others for files that are gone."""
        self._room.read(_itself, partial(self._look, None))

    def _look(self, new: Path | None, library: Library | None) -> None:
        if library is not None and not library.problem:
            self.runner.submit(
                partial(_looked, library, new), done=self._looked, failed=self._failed, channel=f"look {new}"
            )

    def _looked(self, found: int) -> None:
        if found:
            self._room.said.emit(f"{found} new or changed in the library")
        self._room.listed.emit()

    # --- a list as a worklist

    def open_list(self, query: Query, row: StudyRow, at: int, *, resume: Place | None = None) -> None:
        """Open the studies of `query` as the worklist, at the study `row`, which is number `at` (from 0) in it.

        At most LONGEST_WORKLIST of them, of which fifty stand before it, each with its woman's priors. Where the files
        of the study itself are gone nothing is opened, and that is said. `resume`: where in it to go on.
        """
        part = replace(query, offset=max(0, at - _BEFORE_CHOSEN), limit=LONGEST_WORKLIST)
        self._room.read(partial(_listing, part, row, resume), self._open, channel="open list")

    def _open(self, listing: Listing | None) -> None:
        if listing is not None:
            self._listing = listing
            self._opening.open(listing.paths)

    def take(self, result: ScanResult, worklist: Worklist, paths: Sequence[Path]) -> tuple[Worklist, str]:
        """What was opened, in the order of the list that it comes from, without what does not belong to it, and the key
        of the study to begin with. What was opened otherwise is added to the library, and comes back as it is, with no
        key."""
        listing, self._listing = self._listing, None
        if listing is None or listing.paths != tuple(paths):
            self._take_over(result.studies, worklist.cases[0].current, paths)
            return worklist, ""
        ranks: dict[str, int] = {}
        keys: dict[str, str] = {}
        for study in result.studies:
            places = [listing.places[image.key] for image in study.images if image.key in listing.places]
            if places:
                ranks[study.key], keys[study.key] = min(places)
        cases = [case for case in worklist.cases if any(study.key in ranks for study in case.studies)]
        cases.sort(key=lambda case: min(ranks[study.key] for study in case.studies if study.key in ranks))
        chosen = next((study_key for study_key, key in keys.items() if key == listing.chosen), "")
        self._room.choose(chosen, listing.resume)
        self._room.adopt(keys)
        return Worklist(tuple(cases), worklist.stamps), chosen

    def close(self) -> None:
        """End what is under way; what was added is kept."""
        self.runner.close()

    def _failed(self, error: MammoviewError) -> None:
        self._room.said.emit(str(error))


def _itself(library: Library) -> Library:
    return library


def _added(library: Library, studies: tuple[Study, ...], roots: tuple[Path, ...], ticket: Ticket) -> dict[str, str]:
    """The library's keys by the studies' own."""
    keys: dict[str, str] = {}
    for root in roots:
        own = [study for study in studies if _root_of(study, roots) == root]
        if own and not ticket.cancelled():
            keys |= dict(zip((study.key for study in own), library.add(own, root), strict=True))
            if root.is_dir() and root not in {folder.path for folder in library.folders()}:
                library.add_folder(root, watched=False)
    return keys


def _held(library: Library, studies: tuple[Study, ...], ticket: Ticket) -> dict[str, str]:
    """The keys of the studies that a library which cannot be written to holds already."""
    return {study.key: study.key for study in studies if library.study(study.key) is not None}


def _root_of(study: Study, roots: tuple[Path, ...]) -> Path:
    """Which of the opened paths holds the study; the first where none is told."""
    path = study.images[0].source.path.absolute()
    return next((root for root in roots if root == path or root in path.parents), roots[0])


def _looked(library: Library, new: Path | None, ticket: Ticket) -> int:
    """Bring the folders' studies up to date; how many studies were new or changed."""
    if new is not None:
        library.add_folder(new, watched=True)
        return _imported(library, new, ticket)
    found = 0
    for folder in library.folders():
        if ticket.cancelled():
            raise CancelledError
        if folder.path.is_dir():
            found += _imported(library, folder.path, ticket) if folder.watched else _missed(library, folder.path)
    return found


def _missed(library: Library, root: Path) -> int:
    """Note which files that a folder held are gone."""
    known = library.known(root)
    library.forget_missing(root, [source for source in known if _holder(source, lambda path: Path(path).exists())])
    return 0


def _holder(source: str, there: Callable[[str], bool]) -> str:
    """The file that a source ("FILE" or "ARCHIVE!MEMBER", where either may hold a "!") lies in; empty where it is not
    there."""
    ends = [len(source), *(at for at, letter in enumerate(source) if letter == "!")]
    return next((source[:end] for end in ends if there(source[:end])), "")


def _imported(library: Library, root: Path, ticket: Ticket) -> int:
    """Read what is new or changed under a folder, and note what is gone."""
    from mammoview.dicom.scan import scan  # pydicom comes in the background
    from mammoview.dicom.sources import PICTURE_SUFFIXES, suffix_of, walk_folder

    there = {str(path): path for path in walk_folder(root, lambda place, error: None, lambda: _stop_if(ticket))}
    files = {_holder(source, there.__contains__): stamp for source, stamp in library.known(root).items()}
    fresh = {path for name, path in there.items() if files.get(name) != _size_and_time(path)}
    drawn = {path.parent for path in fresh if suffix_of(path.name) in PICTURE_SUFFIXES}  # a study is the whole folder
    fresh |= {path for path in there.values() if path.parent in drawn and suffix_of(path.name) in PICTURE_SUFFIXES}
    studies = scan(sorted(fresh), progress=ticket.progress, cancelled=ticket.cancelled).studies if fresh else ()
    if studies:
        library.add(studies, root)
    library.forget_missing(root, [source for source in library.known(root) if _holder(source, there.__contains__)])
    return len(studies)


def _size_and_time(path: Path) -> tuple[int, int]:
    """Bytes, and nanoseconds since the epoch; (0, 0) where the file went meanwhile."""
    try:
        told = path.stat()
    except OSError:
        return 0, 0
    return told.st_size, told.st_mtime_ns


def _stop_if(ticket: Ticket) -> None:
    if ticket.cancelled():
        raise CancelledError


def _listing(query: Query, row: StudyRow, resume: Place | None, library: Library) -> Listing:
    """The files of a list. Raises UsageError where those of the chosen study are gone."""
    chosen = [image for image in library.study_images(row.study_key) if image.source.path.exists()]
    if not chosen:
        where = library.study_images(row.study_key)
        folder = f" from {where[0].source.path.parent}" if where else ""
        raise UsageError(f"the files of this study are gone{folder}", "open them where they are now")
    paths: dict[Path, None] = {}
    places: dict[str, tuple[int, str]] = {}
    listed = library.list(query)
    priors = [prior for one in listed if one.prior_count for prior in library.priors(one.study_key)]
    for number, one in enumerate({one.study_key: one for one in (*listed, row, *priors)}.values()):
        for image in library.study_images(one.study_key):
            if not image.missing:
                paths[image.source.path] = None
                places.setdefault(image.key, (number, one.study_key))
    return Listing(tuple(paths), places, row.study_key, resume)
