"""Owns where marks stay: in the study library, every version of them. Never draws, never decides what a mark is."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from functools import partial

from mammoview.archive.library import Library
from mammoview.archive.library_reading import StoredMark
from mammoview.archive.library_schema import LibraryError
from mammoview.core.errors import MammoviewError
from mammoview.core.marks import Mark
from mammoview.services.library_link import OfStudy
from mammoview.services.reading_room import ReadingRoom
from mammoview.services.words import translate


class LibraryMarks:
    """The `MarkStore` over the library that `room` has open. What it was given is kept as every change of the reader's
    is (see `LibraryLink`); what the library holds comes in the background.

    `study_key` is that of the worklist. `read(study key)` is called when the marks of a study that were asked for are
    there: `load` gives them then.
    """

    def __init__(self, room: ReadingRoom, read: Callable[[str], None]) -> None:
        self._room, self._tell = room, read
        self._early: set[str] = set()
        self._found: dict[str, tuple[Mark, ...]] = {}
        self._handed: dict[str, dict[str, Mark | None]] = {}
        self._changes = Counter[str]()
        room.adopted.connect(self._read_what_came_early)

    def load(self, study_key: str) -> Sequence[Mark]:
        """The marks in force of a study, where they were just read; else none, and they are asked for."""
        found = self._found.pop(study_key, None)
        if found is None:
            self.ask(study_key)
        return found or ()

    def ask(self, study_key: str) -> None:
        """Read the marks of a study, now or when the library holds it."""
        key = self._room.library_key(study_key)
        if key is None:
            self._early.add(study_key)
        else:
            answered = partial(self._answered, study_key, self._changes[study_key])
            self._room.read(lambda library: library.marks(key), answered, channel=f"marks {study_key}")

    def put(self, study_key: str, mark: Mark) -> None:
        """Keep a mark. Raises LibraryError where there is no library at all."""
        reader = self._room.reader

        def work(library: Library, key: str) -> None:
            library.put_mark(key, mark.image_key, mark.id, mark.to_record(), reader)

        self._hand_over(study_key, work, mark.id, mark)

    def delete(self, study_key: str, mark_id: str) -> None:
        """Take away a mark. Raises LibraryError where there is no library at all."""
        reader = self._room.reader

        def work(library: Library, key: str) -> None:
            library.delete_mark(key, mark_id, reader)

        self._hand_over(study_key, work, mark_id, None)

    def _hand_over(self, study_key: str, work: OfStudy, mark_id: str, mark: Mark | None) -> None:
        study, key = self._room.study(study_key), self._room.library_key(study_key)
        if study is not None:
            self._room.of_study(study, work)
        elif key is not None:
            self._room.write(lambda library: work(library, key))
        else:
            words = translate("LibraryMarks", "the study is not in the library: this is kept on the screen only")
            raise LibraryError(words)
        self._changes[study_key] += 1
        self._handed.setdefault(study_key, {})[mark_id] = mark

    def _answered(self, study_key: str, changes: int, marks: tuple[StoredMark, ...] | None) -> None:
        if marks is None:
            return
        if self._changes[study_key] != changes:  # the reader was quicker
            self.ask(study_key)
            return
        kept = {mark.mark_id: _readable(mark) for mark in marks if mark.body is not None}
        found: dict[str, Mark | None] = {name: mark for name, mark in kept.items() if mark is not None}
        if len(found) < len(kept):
            unread = translate("LibraryMarks", "marks that this version cannot read: {}; they are kept, and not shown")
            self._room.said.emit(unread.format(len(kept) - len(found)))
        if self._room.pending():  # the screen is ahead of the library
            found |= self._handed.get(study_key, {})
        self._found[study_key] = tuple(mark for mark in found.values() if mark is not None)
        self._tell(study_key)

    def _read_what_came_early(self) -> None:
        known = {key for key in self._early if self._room.library_key(key) is not None}
        self._early -= known
        for key in known:
            self.ask(key)


def _readable(stored: StoredMark) -> Mark | None:
    """The mark; None where a newer version of this program made it, or where it is none."""
    try:
        return Mark.from_record(stored.body)
    except MammoviewError:
        return None
