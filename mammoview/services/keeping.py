"""Owns the changes of the library that wait: each is carried out in its turn, and none is given up that could still be
kept. Knows no Qt and no study.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from mammoview.archive.library import Library
from mammoview.archive.library_schema import LibraryError
from mammoview.core.errors import MammoviewError

OfLibrary = Callable[[Library], Any]
"""Work on the library."""


@dataclass(slots=True, eq=False)
class Change:
    """One change. `quiet`: worth keeping only now, such as a place; where nothing can be kept at all it is given up.
    `noted`: the program's own note, such as a view that was looked at; it is kept as soon as that is possible, but
    nobody is asked about it. `made`: when it was asked for, which is told as its time. `tried` is set when it was kept,
    refused or has to wait; `refused`: why it can never be kept.
    """

    work: OfLibrary
    quiet: bool = False
    noted: bool = False
    made: datetime = field(default_factory=lambda: datetime.now(UTC))
    tried: threading.Event = field(default_factory=threading.Event)
    refused: BaseException | None = None


class Keeping:
    """The changes in the order in which they were asked for. Any thread may add to them and carry them out."""

    def __init__(self) -> None:
        self._changes: deque[Change] = deque()
        self._guard = threading.Lock()
        self._turn = threading.Lock()
        self.trouble: MammoviewError | None = None

    def add(self, work: OfLibrary, *, quiet: bool, noted: bool = False) -> Change:
        """Put a change at the end of those that wait."""
        change = Change(work, quiet, noted)
        with self._guard:
            self._changes.append(change)
        return change

    @property
    def last(self) -> Change | None:
        """The change that was asked for last, of those that wait."""
        with self._guard:
            return self._changes[-1] if self._changes else None

    @property
    def waiting(self) -> bool:
        with self._guard:
            return bool(self._changes)

    def count(self) -> int:
        """How many changes of the reader's wait."""
        with self._guard:
            return sum(not (change.quiet or change.noted) for change in self._changes)

    def carry_out(self, usable: Callable[[], Library]) -> None:
        """Do all in order, up to the first that cannot be kept now: it waits for the next time, with all behind it, and
        `trouble` says why. What is wrong in itself is left out, and tells it as `refused`.

        `usable`: the library, open to be written to. Raises MammoviewError where there is none.
        """
        with self._turn:
            while (change := self._first()) is not None:
                try:
                    library = usable()
                    with library.as_of(change.made):
                        change.work(library)
                except LibraryError as error:
                    self.trouble = error
                    self._let_all_go_on()
                    return
                except BaseException as error:  # raised where the outcome is delivered
                    change.refused = error
                with self._guard:
                    self._changes.popleft()
                change.tried.set()
            self.trouble = None

    def drop_quiet(self) -> None:
        """Give up what is worth keeping only now: nothing can be kept."""
        with self._guard:
            for change in self._changes:
                change.tried.set()
            self._changes = deque(change for change in self._changes if not change.quiet)

    def _first(self) -> Change | None:
        with self._guard:
            return self._changes[0] if self._changes else None

    def _let_all_go_on(self) -> None:
        """Nobody waits for what has to wait."""
        with self._guard:
            for change in self._changes:
                change.tried.set()
