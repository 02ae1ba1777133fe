"""Owns the way on and back in a list that is longer than what is opened of it: the next part follows before the reader
is at an end. In the background; the part that is there stays as it is.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from PySide6.QtCore import QObject, Signal

from mammoview.archive.library import Library
from mammoview.core.errors import MammoviewError
from mammoview.services.jobs import JobRunner, Ticket
from mammoview.services.listing import Away, Listing, in_order, joined, left_out_words, listing_after, listing_before
from mammoview.services.reading_room import ReadingRoom
from mammoview.services.session import Session
from mammoview.services.stamps import stamps_of
from mammoview.services.worklist import Worklist, make_worklist

NEAR_THE_END = 20
"""So many cases before the last one, or behind the first, the next part is asked for."""

_IN_FRONT, _BEHIND = 0, 1
"""The two ends of what is opened."""


class Continuing(QObject):
    """Follows the study on the screen through the worklist that was opened from a list. `joined`: the worklist has
    further cases, and those that were there may have other numbers."""

    joined = Signal()

    def __init__(
        self, session: Session, room: ReadingRoom, away: Callable[[], Away], parent: QObject | None = None
    ) -> None:
        """`away`: the folders that do not answer now."""
        super().__init__(parent)
        self._session, self._room, self._away = session, room, away
        self.runner = JobRunner(None, self)
        self._ends: tuple[Listing, Listing] | None = None
        self._asked: set[int] = set()
        session.study_changed.connect(self._follow)

    def begin(self, listing: Listing | None) -> None:
        """Another worklist is opened: a part of a list, or None for any other."""
        self._ends = None if listing is None else (listing, listing)
        self._asked = set()

    def _follow(self) -> None:
        study, ends = self._session.study, self._ends
        at = None if study is None else self._session.worklist.case_of(study.key)
        if ends is None or at is None:
            return
        if at + NEAR_THE_END >= len(self._session.worklist.cases) - 1 and _BEHIND not in self._asked:
            self._ask(_BEHIND, partial(listing_after, ends[_BEHIND], self._away()))
        if at <= NEAR_THE_END and ends[_IN_FRONT].start > 0 and _IN_FRONT not in self._asked:
            self._ask(_IN_FRONT, partial(listing_before, ends[_IN_FRONT], self._away()))

    def _ask(self, end: int, work: Callable[[Library], Listing | None]) -> None:
        self._asked.add(end)
        if self._ends is not None:
            self._room.read(_itself, partial(self._read, end, self._ends[end], work))

    def _is_end(self, end: int, known: Listing) -> bool:
        return self._ends is not None and self._ends[end] is known

    def _read(
        self, end: int, known: Listing, work: Callable[[Library], Listing | None], library: Library | None
    ) -> None:
        if self._is_end(end, known) and library is not None:
            done, failed = partial(self._join, end, known), partial(self._failed, end, known)
            self.runner.submit(partial(_found, work, library), done=done, failed=failed, channel=f"part {end}")

    def _join(self, end: int, known: Listing, found: tuple[Listing, Worklist, dict[str, str]] | None) -> None:
        if found is None or not self._is_end(end, known) or self._ends is None:
            return
        part, further, keys = found
        self._ends = (part, self._ends[_BEHIND]) if end == _IN_FRONT else (self._ends[_IN_FRONT], part)
        self._asked.discard(end)
        session = self._session
        here = {study.key for case in session.worklist.cases for study in case.studies}
        session.worklist, left_out = joined(session.worklist, further, in_front=end == _IN_FRONT)
        session.store.recognise(session.worklist.stamps)
        new = [study for case in session.worklist.cases for study in case.studies if study.key not in here]
        self._room.expect(new, (), further=True)
        self._room.adopt({study.key: keys[study.key] for study in new if study.key in keys})
        self.joined.emit()
        if left_out + part.left_out:
            self._room.said.emit(left_out_words(left_out + part.left_out))
        self._follow()

    def _failed(self, end: int, known: Listing, error: MammoviewError) -> None:
        if self._is_end(end, known):
            self._asked.discard(end)  # with the reader's next step
        self._room.said.emit(str(error))

    def close(self) -> None:
        """End what is under way."""
        self.runner.close()


def _itself(library: Library) -> Library:
    return library


def _found(
    work: Callable[[Library], Listing | None], library: Library, ticket: Ticket
) -> tuple[Listing, Worklist, dict[str, str]] | None:
    """The part that `work` finds, its cases, and the library's keys of their studies by their own; None for no part."""
    from mammoview.dicom.scan import scan  # pydicom comes in the background

    part = work(library)
    if part is None:
        return None
    studies = scan(part.paths, cancelled=ticket.cancelled, keep_refused=True).studies
    made = make_worklist(studies, stamps_of(studies))
    cases, keys = in_order(part, studies, made)
    return part, Worklist(cases, made.stamps), keys
