"""Owns the library in use by the window: opened in the background, asked in one thread and written to in another, in
order, and never let go before what was handed over is kept. Knows which of its studies those of the worklist are.

A change of the reader's is on the disk when the call that hands it over returns, or it is counted as not kept: the call
waits for the commit, at most 30 ms, and what takes longer goes on in the background.
"""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable, Iterable, Mapping
from functools import partial
from pathlib import Path
from typing import Any

from PySide6.QtCore import QObject, QTimer, Signal

from mammoview.archive.library import Library
from mammoview.archive.library_reading import Place
from mammoview.archive.library_schema import GoneError, LibraryError
from mammoview.core.errors import CancelledError, MammoviewError, UsageError
from mammoview.core.study import ImageSource, Study
from mammoview.services.binding import Binding, Bindings
from mammoview.services.jobs import JobRunner, Ticket
from mammoview.services.keeping import Change, Keeping, OfLibrary

OfStudy = Callable[[Library, str], Any]
"""Work on one of the library's studies by the key that it has there."""

PATIENCE_S = 0.03
"""How long a change may keep the window waiting until it is on the disk."""

RETRY_EVERY_MS = 3000
"""How often what could not be kept is tried again."""

_LATE_MS = 500
_PLACE_EVERY_MS = 250
_LOOK_S = 0.05
_LAST_PATIENCE_S = 1.0


class LibraryLink(QObject):
    """`listed`: the library's list may have changed; `opened`: the library is there, or is known not to be;
    `said(words)` is for the status line, where words that `failed` stay; `unkept_changed(n)`: so many changes of the
    reader's are on the screen only; `all_kept`: none of them waits any more.
    """

    listed = Signal()
    opened = Signal()
    said = Signal(str)
    failed = Signal(str)
    unkept_changed = Signal(int)
    all_kept = Signal()

    def __init__(self, path: Path | None, parent: QObject | None = None) -> None:
        """`path`: the library's file, made where there is none; None where nothing is to be kept."""
        super().__init__(parent)
        self._path = path
        self.runner = JobRunner(1, self)
        self.writer = JobRunner(1, self)
        self.writer.bug.connect(self.runner.bug)
        self.place: Place | None = None
        self.unkept = 0
        self._library: Library | None = None
        self._left: list[Library] = []
        self._is_known = threading.Event()
        self._is_known.set()
        self._keeping = Keeping()
        self._bindings = Bindings()
        self._after: deque[Callable[[], None]] = deque()
        self._gives_up = False
        self._is_new = False
        self._said_trouble = ""
        self._patience_until: float | None = None
        self._next_place: Place | None = None
        self._place_timer = _single_shot(self, _PLACE_EVERY_MS, self._keep_next_place)
        self._patience_timer = _single_shot(self, 0, self._be_patient_again)
        self._late_timer = _single_shot(self, _LATE_MS, self._tell_unkept)
        self._retry_timer = _single_shot(self, RETRY_EVERY_MS, self._carry_out)

    @property
    def library(self) -> Library | None:
        """The library in use, None before it is open and where it cannot be used."""
        return self._library

    @property
    def keeps(self) -> bool:
        """Whether there is to be a library at all."""
        return self._path is not None

    @property
    def busy(self) -> bool:
        """Whether anything is under way between window and library."""
        return self.runner.busy or self.writer.busy

    # --- opening

    def open(self) -> None:
        """Open the library in the background; `opened` follows."""
        if self._path is not None:
            self._is_known.clear()
            self.writer.submit(partial(self._open, self._path), done=self._is_open, failed=self._is_not_open)
            self.runner.submit(self._until_known, done=_nothing_more)

    def _open(self, path: Path, ticket: Ticket) -> Place | None:
        try:
            library = Library(path)
            place = library.place()
            self._library = library
        finally:
            self._is_known.set()
        return place

    def _is_open(self, place: Place | None) -> None:
        self.place = place
        if self._library is not None and self._library.problem:
            self._tell_failure(self._library.problem)  # and again with the first change that is not kept
        self.opened.emit()
        self.listed.emit()

    def _is_not_open(self, error: MammoviewError) -> None:
        self._tell_failure(self.tr("no study library: {error}").format(error=error))
        self.opened.emit()

    def _usable(self) -> Library:
        """The library to write to, opened once more where that was not possible before. Raises LibraryError."""
        library, path = self._library, self._path
        if library is not None and not library.problem:
            return library
        if path is None:
            raise LibraryError(self.tr("there is no study library"))
        try:
            again = Library(path)
            if again.problem:
                again.close()
                raise LibraryError(again.problem)
        except LibraryError:
            self._keeping.drop_quiet()
            raise
        if library is not None:
            self._left.append(library)
        self._library, self._is_new = again, True
        return again

    def _until_known(self, ticket: Ticket) -> None:
        """Wait until the library is open, or known not to be."""
        while not self._is_known.wait(_LOOK_S):
            if ticket.cancelled():
                raise CancelledError

    # --- asking and changing

    def read(
        self, work: OfLibrary, done: Callable[[Any], None], *, otherwise: object = None, channel: str = ""
    ) -> None:
        """Ask the library in the background, after all that was handed to it before; `otherwise` is the answer where
        there is none. Failures are said."""
        before = self._keeping.last

        def asked(ticket: Ticket) -> object:
            self._until_known(ticket)
            _until_tried(before, ticket)
            return otherwise if self._library is None else work(self._library)

        self.runner.submit(asked, done=done, failed=self._say, channel=channel)

    def write(self, work: OfLibrary, *, quiet: bool = False, noted: bool = False) -> None:
        """Change the library, in the order in which it is asked for, and also when the window is closed meanwhile.

        What cannot be kept now, as where the disk is full or another program holds the library, is tried again with the
        next change and every few seconds; that is said once, and `unkept` counts it. `quiet` and `noted`, which nobody
        waits for and which are not counted: as of `Change`.
        """
        if self._path is None:
            return
        change = self._keeping.add(work, quiet=quiet, noted=noted)
        self._carry_out()
        self.runner.submit(partial(_outcome, change), done=lambda _: self.listed.emit(), failed=self._say)
        if not (quiet or noted):
            self._wait_for(change)

    def of_study(self, study: Study, work: OfStudy, *, noted: bool = False) -> None:
        """Change what the library holds of a study; one that it does not hold yet is put into it first."""
        self.write(partial(self._on_study, self._bindings.of(study), study, work), noted=noted)

    def _on_study(self, binding: Binding, study: Study, work: OfStudy, library: Library) -> None:
        """In the writing thread, as `_row_in`."""
        try:
            work(library, binding.row or self._row_in(binding, study, library))
        except GoneError:
            work(library, self._row_in(binding, study, library))

    def _row_in(self, binding: Binding, study: Study, library: Library) -> str:
        """Put a study into the library; its key there."""
        (row,) = library.add((study,), root_of(study, binding.roots or (study.images[0].source.path.parent,)))
        binding.row = row
        self._after.append(partial(self._is_bound, binding, study, row))
        return row

    def _is_bound(self, binding: Binding, study: Study, row: str) -> None:
        if self._bindings.get(study.key) is binding:
            self.adopt({study.key: row})

    def expect(self, studies: Iterable[Study], roots: tuple[Path, ...], *, further: bool = False) -> int:
        """These studies were opened from these paths, none for a list: what comes of one is kept under what it is now.

        `further`: they join those that are open. The answer names the opening, for `adopt`.
        """
        return self._bindings.begin(studies, roots, further=further)

    def adopt(self, keys: Mapping[str, str], opening: int | None = None) -> None:
        """The library holds studies of the worklist now: its key by theirs. What was found out for another `opening`
        than the last is dropped; None for what holds in any."""
        if opening in (None, self._bindings.opening):
            for study_key, key in keys.items():
                self._bindings.adopt(study_key, key)

    def library_key(self, study_key: str) -> str | None:
        """The library's key of a study of the worklist, None where it does not hold it (yet)."""
        binding = self._bindings.get(study_key)
        return None if binding is None else binding.key

    def _wait_for(self, change: Change) -> None:
        """Until a change is on the disk, but never long, for all changes of one event together, and not at all while
        nothing can be kept."""
        now = time.monotonic()
        if self._patience_until is None:
            self._patience_until = now + PATIENCE_S
            self._patience_timer.start()
        patient = not self.unkept and not self._late_timer.isActive()
        if not (patient and change.tried.wait(max(0.0, self._patience_until - now))):
            self._late_timer.start()

    def _be_patient_again(self) -> None:
        self._patience_until = None

    # --- what could not be kept

    def _carry_out(self) -> None:
        self.writer.submit(lambda _: self._keeping.carry_out(self._usable), done=lambda _: self._carried_out())

    def _carried_out(self) -> None:
        if self._is_new:
            self._is_new = False
            self.opened.emit()
        while self._after:
            self._after.popleft()()
        trouble = self._keeping.trouble
        if trouble is None:
            self._retry_timer.stop()
        else:
            if self._keeping.waiting:
                self._retry_timer.start()
            if str(trouble) != self._said_trouble and self._keeping.count():
                self._said_trouble = str(trouble)
                self._tell_failure(str(trouble))
        if trouble is not None or not self._keeping.waiting:
            self._tell_unkept()
        if not self._keeping.count():
            self.all_kept.emit()

    def _tell_unkept(self) -> None:
        self._late_timer.stop()
        unkept = self._keeping.count()
        if unkept == self.unkept:
            return
        before, self.unkept = self.unkept, unkept
        self.unkept_changed.emit(unkept)
        if before and not unkept:
            self._said_trouble = ""
            self.said.emit(self.tr("the library keeps everything again"))

    @property
    def trouble(self) -> str:
        """Why the library cannot keep anything at the moment; empty where it can."""
        return "" if self._keeping.trouble is None else str(self._keeping.trouble)

    def pending(self) -> int:
        """How many changes of the reader's are not in the library, those that are being written too."""
        return self._keeping.count()

    def try_again(self) -> None:
        """Try now to keep what could not be kept."""
        self._carry_out()

    def set_retry(self, interval_ms: int) -> None:
        """How often to try again, in place of RETRY_EVERY_MS."""
        self._retry_timer.setInterval(interval_ms)

    def settle(self) -> bool:
        """Hand over what waits and give it a moment, before the window closes: whether the library holds all now."""
        last = self._keeping.last
        if last is not None:
            self._carry_out()
            last.tried.wait(_LAST_PATIENCE_S)
        if self._keeping.count():
            self._tell_unkept()
        return not self._keeping.count()

    # --- where the reader is

    def keep_place(self, place: Place) -> None:
        """Keep where the reader is: at once, and then at most four times a second, but another study always at once."""
        told = None if self.place is None else (self.place.study_key, self.place.details)
        if (place.study_key, place.details) != told:
            another = self.place is None or self.place.study_key != place.study_key
            self.place = self._next_place = place
            if another or not self._place_timer.isActive():
                self._keep_next_place()

    def _keep_next_place(self) -> None:
        place, self._next_place = self._next_place, None
        if place is not None:
            self.write(lambda library: library.save_place(place), quiet=True)
            self._place_timer.start()

    def give_up(self) -> None:
        """The reader lets go what could not be kept: closing waits for nothing."""
        self._gives_up = True

    def close(self) -> None:
        """Keep what waits, as far as that is possible within a second, then let the library go."""
        self._keep_next_place()
        for timer in (self._place_timer, self._patience_timer, self._late_timer, self._retry_timer):
            timer.stop()
        for library in (*self._left, self._library):
            if library is not None:
                library.hurry(0.0 if self._gives_up else _LAST_PATIENCE_S)
        self.runner.close()
        self.writer.close()
        if not self._gives_up:
            self._keeping.carry_out(self._usable)
        for library in (*self._left, self._library):
            if library is not None:
                library.close()

    def _say(self, error: MammoviewError) -> None:
        if isinstance(error, UsageError):
            self.said.emit(str(error))
        else:
            self._tell_failure(str(error))

    def _tell_failure(self, words: str) -> None:
        self.said.emit(words)
        self.failed.emit(words)


def root_of(study: Study, roots: tuple[Path, ...]) -> Path:
    """Which of the opened paths holds the study; the first where none is told."""
    return root_of_source(study.images[0].source, roots)


def root_of_source(source: ImageSource, roots: tuple[Path, ...]) -> Path:
    """Which of the opened paths holds a file; the first where none is told."""
    path = source.path.absolute()
    return next((root for root in roots if root == path or root in path.parents), roots[0])


def _single_shot(parent: QObject, interval_ms: int, call: Callable[[], None]) -> QTimer:
    timer = QTimer(parent)
    timer.setSingleShot(True)
    timer.setInterval(interval_ms)
    timer.timeout.connect(call)
    return timer


def _nothing_more(_: object) -> None:
    """The outcome needs no answer."""


def _outcome(change: Change, ticket: Ticket) -> None:
    """Wait until a change was tried; raises why it was refused."""
    _until_tried(change, ticket)
    if change.refused is not None:
        raise change.refused


def _until_tried(change: Change | None, ticket: Ticket) -> None:
    while change is not None and not change.tried.wait(_LOOK_S):
        if ticket.cancelled():
            raise CancelledError
