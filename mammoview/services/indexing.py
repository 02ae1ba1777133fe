"""Owns how studies come into the library and out of it again: what was opened, folders that are watched, and the
worklist that a list of the library becomes. All in the background; a mark or a state is kept meanwhile.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QTimer

from mammoview.archive.library import Library, Query, StudyRow
from mammoview.archive.library_reading import Place
from mammoview.core.errors import CancelledError, MammoviewError
from mammoview.core.study import Study
from mammoview.services.continuing import Continuing
from mammoview.services.jobs import JobRunner, Ticket
from mammoview.services.library_link import root_of
from mammoview.services.listing import Listing, in_order, left_out_words, listing_around
from mammoview.services.opening import OpeningService
from mammoview.services.reading_room import ReadingRoom
from mammoview.services.words import counted
from mammoview.services.worklist import Worklist

if TYPE_CHECKING:
    from mammoview.dicom.scan import ScanResult

_BEFORE_CHOSEN = 50


class Indexing(QObject):
    """Adds what is opened; looks at folders again when it is told to."""

    def __init__(self, room: ReadingRoom, opening: OpeningService, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._room, self._opening = room, opening
        self.runner = JobRunner(1, self)
        self.continuing = Continuing(room.session, room, self)
        self.continuing.runner.bug.connect(self.runner.bug)
        self._listing: Listing | None = None

    # --- what was opened

    def _take_over(self, studies: tuple[Study, ...], paths: Sequence[Path]) -> None:
        """Add studies that were opened from `paths`; one that is shown is there before all others."""
        if self._room.keeps:
            roots = tuple(path.absolute() for path in paths)
            opening = self._room.expect(studies, roots)
            self._room.read(_itself, partial(self._add, studies, roots, opening))

    def _add(self, studies: tuple[Study, ...], roots: tuple[Path, ...], opening: int, library: Library | None) -> None:
        if library is not None:
            work = partial(_held, library, studies) if library.problem else partial(_added, library, studies, roots)
            adopt = partial(self._room.adopt, opening=opening)
            self.runner.submit(work, done=adopt, failed=self._failed)

    # --- folders

    def watch(self, folder: Path) -> None:
        """Import a folder, and look at it again at every start."""
        self._room.said.emit(self.tr("reading {} into the library").format(folder))
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
            self._room.said.emit(counted("%n new or changed in the library", found))
        self._room.listed.emit()

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
            self._take_over(result.studies, paths)
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
        self.continuing.close()
        self.runner.close()

    def _failed(self, error: MammoviewError) -> None:
        self._room.said.emit(str(error))


def _itself(library: Library) -> Library:
    return library


def _added(library: Library, studies: tuple[Study, ...], roots: tuple[Path, ...], ticket: Ticket) -> dict[str, str]:
    """The library's keys by the studies' own."""
    keys: dict[str, str] = {}
    for root in roots:
        own = [study for study in studies if root_of(study, roots) == root]
        if own and not ticket.cancelled():
            keys |= dict(zip((study.key for study in own), library.add(own, root), strict=True))
            if root.is_dir() and root not in {folder.path for folder in library.folders()}:
                library.add_folder(root, watched=False)
    return keys


def _held(library: Library, studies: tuple[Study, ...], ticket: Ticket) -> dict[str, str]:
    """The keys of the studies that a library which cannot be written to holds already."""
    held = zip(studies, library.held(studies), strict=True)
    return {study.key: key for study, key in held if key is not None}


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
    found = partial(scan, progress=ticket.progress, cancelled=ticket.cancelled, keep_refused=True)
    studies = found(sorted(fresh)).studies if fresh else ()
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
