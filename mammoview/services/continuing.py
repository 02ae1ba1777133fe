"""Owns the way on in a list that is longer than what is opened of it: the next part follows before the reader is at the
end. In the background; the part that is there stays as it is.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from PySide6.QtCore import QObject

from mammoview.core.errors import MammoviewError
from mammoview.services.jobs import JobRunner, Ticket
from mammoview.services.listing import Listing, in_order, joined, left_out_words, listing_after
from mammoview.services.reading_room import ReadingRoom
from mammoview.services.session import Session
from mammoview.services.stamps import stamps_of
from mammoview.services.worklist import Worklist, make_worklist

NEAR_THE_END = 20
"""So many cases before the last one the next part is asked for."""


class Continuing(QObject):
    """Follows the study on the screen through the worklist that was opened from a list."""

    def __init__(self, session: Session, room: ReadingRoom, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._session, self._room = session, room
        self.runner = JobRunner(1, self)
        self._listing: Listing | None = None
        self._opened: frozenset[str] = frozenset()
        self._asked = False
        session.study_changed.connect(self._follow)

    def begin(self, listing: Listing | None) -> None:
        """Another worklist is opened: a part of a list, or None for any other."""
        self._listing, self._asked = listing, False
        self._opened = frozenset() if listing is None else listing.study_keys

    def _follow(self) -> None:
        study, listing = self._session.study, self._listing
        at = None if study is None else self._session.worklist.case_of(study.key)
        if listing is None or self._asked or at is None:
            return
        if at + NEAR_THE_END >= len(self._session.worklist.cases) - 1:
            self._asked = True
            self._room.read(partial(listing_after, listing, self._opened), partial(self._read, listing))

    def _read(self, before: Listing, part: Listing | None) -> None:
        if before is self._listing and part is not None:
            self.runner.submit(
                partial(_worklist_of, part), done=partial(self._join, before, part), failed=self._failed, channel="part"
            )

    def _join(self, before: Listing, part: Listing, found: tuple[Worklist, dict[str, str]]) -> None:
        if before is not self._listing:
            return
        further, keys = found
        self._listing, self._asked = part, False
        self._opened |= part.study_keys
        session = self._session
        until = len(session.worklist.cases)
        session.worklist, left_out = joined(session.worklist, further)
        session.store.recognise(session.worklist.stamps)
        new = [study for case in session.worklist.cases[until:] for study in case.studies]
        self._room.expect(new, (), further=True)
        self._room.adopt({study.key: keys[study.key] for study in new if study.key in keys})
        if left_out + part.left_out:
            self._room.said.emit(left_out_words(left_out + part.left_out))
        self._follow()

    def _failed(self, error: MammoviewError) -> None:
        self._room.said.emit(str(error))

    def close(self) -> None:
        """End what is under way."""
        self.runner.close()


def _worklist_of(part: Listing, ticket: Ticket) -> tuple[Worklist, dict[str, str]]:
    """The cases of a part, and the library's keys of their studies by their own."""
    from mammoview.dicom.scan import scan  # pydicom comes in the background

    stop: Callable[[], bool] = ticket.cancelled
    studies = scan(part.paths, progress=ticket.progress, cancelled=stop, keep_refused=True).studies
    made = make_worklist(studies, stamps_of(studies))
    cases, keys = in_order(part, studies, made)
    return Worklist(cases, made.stamps), keys
