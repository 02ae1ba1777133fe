"""Owns how studies come into the library and out of it again: what was opened, folders that are watched, and the
worklist that a list of the library becomes. All in the background; a mark or a state is kept meanwhile.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QTimer

from mammoview.archive.library import Library, StudyRow
from mammoview.archive.library_index import Folder
from mammoview.archive.library_reading import Place
from mammoview.core.errors import MammoviewError
from mammoview.core.study import ObjectHeader, Study
from mammoview.services.continuing import Continuing
from mammoview.services.library_link import root_of, root_of_source
from mammoview.services.listing import Listing, in_order, left_out_words, listing_around
from mammoview.services.looking import STILL_WRITTEN_S, Look, look_at
from mammoview.services.opening import OpeningService
from mammoview.services.reading_room import ReadingRoom
from mammoview.services.turns import Asked, Turns
from mammoview.services.watching import Watching
from mammoview.services.words import counted, translate
from mammoview.services.worklist import Worklist

if TYPE_CHECKING:
    from mammoview.dicom.scan import ScanResult

_BEFORE_CHOSEN = 50
_TAKEN_IN_S = 1.0
"""So long the library may take for a study that was opened."""


class Indexing(QObject):
    """Adds what is opened; looks at folders again when it is told to, and at watched ones when they stir."""

    def __init__(self, room: ReadingRoom, opening: OpeningService, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._room, self._opening = room, opening
        self._turns = Turns(self)
        self._turns.silent.connect(self._tell_silent)
        self.runner = self._turns.runner
        self.continuing = Continuing(room.session, room, lambda: self._turns.away, self)
        self.continuing.runner.bug.connect(self.runner.bug)
        self._listing: Listing | None = None
        self._watching = Watching(self._turns, self)
        self._watching.stirred.connect(self._stirred)
        self._watched: frozenset[Path] = frozenset()
        self._refused: dict[Path, str] = {}
        self._found = 0
        self._opens = 0
        self._awaited: Path | None = None
        opening.started.connect(self._await_none)

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
            place = next(iter(roots), Path())
            self._turns.take(place, f"add {opening}", work, done=adopt, failed=self._failed, at_once=True)

    # --- folders

    def folders(self, done: Callable[[tuple[Folder, ...]], None]) -> None:
        """Ask which folders the library holds; `done` gets them by path."""
        self._room.read(lambda library: library.folders(), done, otherwise=())

    def watch(self, folder: Path) -> None:
        """Import a folder, and look at it again at every start and whenever something in it changes."""
        self._room.said.emit(self.tr("reading {} into the library").format(folder))
        self._room.read(partial(_watched, folder.absolute()), self._look_at_new)

    def leave(self, folder: Path) -> None:
        """Do not watch a folder any more; its studies stay in the library."""
        self._room.read(lambda library: library.add_folder(folder, watched=False), lambda _: self.look_again())

    def remove(self, folder: Path) -> None:
        """Take a folder, and the studies that lie in no other one, out of the list; no file is touched, and what
        readers made of them is kept."""
        self._room.read(_itself, partial(self._remove, folder.absolute()))

    def _remove(self, folder: Path, library: Library | None) -> None:
        if library is not None and library.problem:
            self._room.said.emit(library.problem)
        elif library is not None:
            self._turns.drop(folder)
            self._keep_watching(self._watched - {folder})
            self._turns.take(
                folder,
                "remove",
                lambda _: library.remove_folder(folder),
                done=partial(self._removed, folder),
                failed=self._failed,
                at_once=True,
                asks=False,
            )

    def _removed(self, folder: Path, _: tuple[str, ...]) -> None:
        self._room.said.emit(self.tr("{} is out of the list").format(folder))
        self._room.listed.emit()

    def look_again(self) -> None:
        """Look at the watched folders for new studies, and at all others for files that are gone."""
        self._room.read(lambda library: (library, library.folders()), self._look_at_all)

    def _look_at_all(self, told: tuple[Library, tuple[Folder, ...]] | None) -> None:
        if told is not None:
            self._keep_watching(frozenset(one.path for one in told[1] if one.watched))
            self._look(told)

    def _look_at_new(self, told: tuple[Library, tuple[Folder, ...]] | None) -> None:
        if told is not None:
            self._keep_watching(self._watched | {one.path for one in told[1]})
            self._look(told)

    def _keep_watching(self, folders: frozenset[Path]) -> None:
        self._watched = folders
        for folder in self._watching.folders - folders:
            self._watching.leave(folder)

    def _look(self, told: tuple[Library, tuple[Folder, ...]]) -> None:
        library, folders = told
        if library.problem:
            self._room.said.emit(library.problem)
        else:
            if self._turns.idle:
                self._found = 0
            for folder in folders:
                work, looked = partial(look_at, library, folder), partial(self._looked, folder)
                self._turns.take(folder.path, "look", work, done=looked, failed=self._failed)

    def _looked(self, folder: Folder, look: Look) -> None:
        if folder.path in self._watched and look.places:
            self._watching.watch(folder.path, look.places)
        if look.growing:
            self._watching.again(STILL_WRITTEN_S)
        if look.found:
            self._found += look.found
            self._room.said.emit(counted("%n new or changed in the library", self._found))
        if look.refused and look.refused != self._refused.get(folder.path):
            self._room.said.emit(look.refused)
        self._refused[folder.path] = look.refused
        self._room.listed.emit()

    def _tell_silent(self, folder: Path) -> None:
        if folder == self._awaited:
            self._await_none()
        self._room.failed.emit(_no_answer(folder))

    def _stirred(self) -> None:
        if self._turns.idle:
            self.look_again()
        else:
            self._watching.again()

    # --- a list as a worklist

    def open_list(self, numbers: tuple[int, ...], row: StudyRow, at: int, *, resume: Place | None = None) -> None:
        """Open a list (`Library.numbers`) as the worklist, at the study `row`, which is number `at` (from 0) in it.

        At most LONGEST_PART of them at once, of which fifty stand before it, each with its woman's priors; the others
        follow (see `Continuing`). Where the files of the study itself are gone nothing is opened, and that is said; so
        it is where its folder does not answer. What is opened meanwhile stays.
        `resume`: where in it to go on.
        """
        self._await_none()
        work = partial(listing_around, numbers, at, row, _BEFORE_CHOSEN, resume, self._turns.away)
        self._room.read(partial(_with_folder, row.study_key), partial(self._read_list, self._opens, work))

    def _read_list(self, number: int, work: Callable[[Library], Listing], told: tuple[Library, Path] | None) -> None:
        if told is None or number != self._opens:
            return
        library, folder = told
        if self._turns.is_away(folder):
            self._tell_silent(folder)
            return
        self._awaited = folder
        done, reading = partial(self._open, number), partial(_read_list, work, library)
        self._turns.take(folder, "list", reading, done=done, failed=self._failed, at_once=True, beside=True)

    def _await_none(self) -> None:
        """A list that was to be opened before is not wanted any more."""
        self._opens += 1
        self._awaited = None

    def _open(self, number: int, listing: Listing) -> None:
        if number == self._opens:
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
        self._turns.close()

    def _failed(self, error: MammoviewError) -> None:
        self._room.said.emit(str(error))


def _itself(library: Library) -> Library:
    return library


def _watched(folder: Path, library: Library) -> tuple[Library, tuple[Folder, ...]]:
    """The library, where the folder is watched from now on."""
    if library.problem:
        return library, ()
    library.add_folder(folder, watched=True)
    return library, tuple(one for one in library.folders() if one.path == folder)


def _with_folder(study_key: str, library: Library) -> tuple[Library, Path]:
    """The library, and the folder that a study came from."""
    return library, library.folder_of(study_key) or Path()


def _read_list(work: Callable[[Library], Listing], library: Library, _: Asked) -> Listing:
    return work(library)


def _added(
    library: Library,
    studies: tuple[Study, ...],
    roots: tuple[Path, ...],
    objects: tuple[ObjectHeader, ...],
    asked: Asked,
) -> dict[str, str]:
    """The library's keys by the studies' own."""
    keys: dict[str, str] = {}
    for root in roots:
        own = [study for study in studies if root_of(study, roots) == root]
        if own and not asked.cancelled():
            asked.answered(_TAKEN_IN_S * len(own))
            keys |= dict(zip((study.key for study in own), library.add(own, root), strict=True))
            if root.is_dir() and root not in {folder.path for folder in library.folders()}:
                library.add_folder(root, watched=False)
        beside = [one for one in objects if root_of_source(one.source, roots) == root]
        if beside and own and not asked.cancelled():
            library.add_objects(beside, root)
    return keys


def _held(library: Library, studies: tuple[Study, ...], _: Asked) -> dict[str, str]:
    """The keys of the studies that a library which cannot be written to holds already."""
    held = zip(studies, library.held(studies), strict=True)
    return {study.key: key for study, key in held if key is not None}


def _no_answer(folder: Path) -> str:
    """One line: what, and what to do."""
    cause, cure = translate("Indexing", "{} does not answer"), translate("Indexing", "look whether its drive is there")
    return f"{cause.format(folder)} ({cure})"
