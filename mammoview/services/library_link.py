"""Owns the library in use by the window: opened in the background, asked and written to in one thread, in order, and
never let go before what was handed over is kept. Knows which of its studies those of the worklist are.
"""

from __future__ import annotations

import contextlib
from collections import deque
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

from PySide6.QtCore import QObject, QTimer, Signal

from mammoview.archive.library import Library
from mammoview.archive.library_reading import Place
from mammoview.archive.library_schema import LibraryError
from mammoview.core.errors import MammoviewError
from mammoview.core.study import Study
from mammoview.services.jobs import JobRunner, Ticket

OfLibrary = Callable[[Library], Any]
OfStudy = Callable[[Library, str], Any]
"""Work on the library, and on one of its studies by the key that it has there."""

_PLACE_EVERY_MS = 1000


class LibraryLink(QObject):
    """`listed`: the library's list may have changed; `opened`: the library is there, or is known not to be;
    `said(words)` is for the status line.
    """

    listed = Signal()
    opened = Signal()
    said = Signal(str)

    def __init__(self, path: Path | None, parent: QObject | None = None) -> None:
        """`path`: the library's file, made where there is none; None where nothing is to be kept."""
        super().__init__(parent)
        self._path = path
        self.runner = JobRunner(1, self)
        self.place: Place | None = None
        self._library: Library | None = None
        self._keys: dict[str, str] = {}
        self._early: dict[str, list[tuple[OfStudy, bool]]] = {}
        self._writes: deque[OfLibrary] = deque()
        self._unkept: list[OfLibrary] = []
        self._next_place: Place | None = None
        self._place_timer = QTimer(self)
        self._place_timer.setSingleShot(True)
        self._place_timer.setInterval(_PLACE_EVERY_MS)
        self._place_timer.timeout.connect(self._keep_next_place)

    @property
    def library(self) -> Library | None:
        """The library in use, None before it is open and where it cannot be used."""
        return self._library

    @property
    def keeps(self) -> bool:
        """Whether there is to be a library at all."""
        return self._path is not None

    def open(self) -> None:
        """Open the library in the background; `opened` follows."""
        if self._path is not None:
            self.runner.submit(partial(self._open, self._path), done=self._is_open, failed=self._is_not_open)

    def _open(self, path: Path, ticket: Ticket) -> Place | None:
        library = Library(path)
        place = library.place()
        self._library = library
        return place

    def _is_open(self, place: Place | None) -> None:
        self.place = place
        if self._library is not None and self._library.problem:
            self.said.emit(self._library.problem)
        self.opened.emit()
        self.listed.emit()

    def _is_not_open(self, error: MammoviewError) -> None:
        self.said.emit(f"no study library: {error}")
        self.opened.emit()

    def read(
        self, work: OfLibrary, done: Callable[[Any], None], *, otherwise: object = None, channel: str = ""
    ) -> None:
        """Ask the library in the background, after all that was handed to it before; `otherwise` is the answer where
        there is none. Failures are said."""

        def asked(ticket: Ticket) -> object:
            return otherwise if self._library is None else work(self._library)

        self.runner.submit(asked, done=done, failed=self._say, channel=channel)

    def write(self, work: OfLibrary, *, quiet: bool = False) -> None:
        """Change the library in the background, in the order in which it is asked for, and also when the window is
        closed meanwhile. What cannot be kept now, as where another program holds the library, is tried again with the
        next change. `quiet`: where nothing can be kept at all, which was said at the start, that is not said again.
        """
        self._writes.append(partial(_unless_hopeless, work) if quiet else work)
        self.runner.submit(partial(self._write_next, quiet), done=lambda _: self.listed.emit(), failed=self._say)

    def _write_next(self, quiet: bool, ticket: Ticket) -> None:
        work = self._writes.popleft()
        if self._library is not None:
            self._carry_out(self._library, [*self._unkept, work])
        elif self.keeps and not quiet:
            raise LibraryError("there is no study library: this is kept on the screen only")

    def _carry_out(self, library: Library, works: list[OfLibrary]) -> None:
        """Do all in order; from the first on that could not be kept they wait for the next time."""
        self._unkept = []
        for number, work in enumerate(works):
            try:
                work(library)
            except MammoviewError as error:
                again = isinstance(error, LibraryError) and not library.problem
                self._unkept = works[number if again else number + 1 :]
                raise

    def of_study(self, study: Study, work: OfStudy, *, quiet: bool = False) -> None:
        """Change what the library holds of a study; waits where the library does not hold it yet."""
        key = self._keys.get(study.key)
        if key is None:
            self._early.setdefault(study.key, []).append((work, quiet))
        else:
            self.write(partial(_on_study, work, key), quiet=quiet)

    def library_key(self, study_key: str) -> str | None:
        """The library's key of a study of the worklist, None where it does not hold it (yet)."""
        return self._keys.get(study_key)

    def _know(self, study_key: str, key: str) -> None:
        """The library holds a study of the worklist: what waited for that is done now."""
        self._keys[study_key] = key
        for work, quiet in self._early.pop(study_key, []):
            self.write(partial(_on_study, work, key), quiet=quiet)

    def keep_place(self, place: Place) -> None:
        """Keep where the reader is: at once, then at most every second what was told last."""
        told = None if self.place is None else (self.place.study_key, self.place.details)
        if (place.study_key, place.details) != told:
            self.place = self._next_place = place
            if not self._place_timer.isActive():
                self._keep_next_place()

    def _keep_next_place(self) -> None:
        place, self._next_place = self._next_place, None
        if place is not None:
            self.write(lambda library: library.save_place(place), quiet=True)
            self._place_timer.start()

    def close(self) -> None:
        """Keep what waits, then let the library go."""
        self._keep_next_place()
        self.runner.close()
        if self._library is not None:
            for work in (*self._unkept, *self._writes):
                with contextlib.suppress(MammoviewError):  # the window is gone, and with it the place to say it
                    work(self._library)
            self._library.close()

    def _say(self, error: MammoviewError) -> None:
        self.said.emit(str(error))


def _on_study(work: OfStudy, key: str, library: Library) -> None:
    work(library, key)


def _unless_hopeless(work: OfLibrary, library: Library) -> None:
    if not library.problem:
        work(library)
