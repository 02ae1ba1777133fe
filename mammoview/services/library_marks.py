"""Owns where marks stay: in the study library, every version of them. Never draws, never decides what a mark is."""

from __future__ import annotations

from collections.abc import Sequence

from mammoview.archive.library import Library
from mammoview.archive.library_schema import LibraryError
from mammoview.core.marks import Mark
from mammoview.services.reading_room import ReadingRoom


class LibraryMarks:
    """The `MarkStore` over the library that `room` has open; what a method kept when it returns is never lost.

    `study_key` is that of the worklist. Each method raises MammoviewError where the library cannot be used.
    """

    def __init__(self, room: ReadingRoom) -> None:
        self._room = room
        self._early: set[str] = set()

    def came_too_early(self) -> bool:
        """Whether marks of a study were asked for before the library held it, as it does now; tells it once."""
        known = {key for key in self._early if self._room.library_key(key) is not None}
        self._early -= known
        return bool(known)

    def load(self, study_key: str) -> Sequence[Mark]:
        """The marks in force of a study; none where the library does not hold it."""
        library, key = self._room.library, self._room.library_key(study_key)
        if library is None or key is None:
            self._early.add(study_key)
            return ()
        return tuple(Mark.from_record(mark.body) for mark in library.marks(key) if mark.body is not None)

    def put(self, study_key: str, mark: Mark) -> None:
        library, key = self._found(study_key)
        library.put_mark(key, mark.image_key, mark.id, mark.to_record(), self._room.reader)

    def delete(self, study_key: str, mark_id: str) -> None:
        library, key = self._found(study_key)
        library.delete_mark(key, mark_id, self._room.reader)

    def _found(self, study_key: str) -> tuple[Library, str]:
        """The library, and the study's key in it."""
        library, key = self._room.library, self._room.library_key(study_key)
        if library is None or key is None:
            raise LibraryError("the study is not in the library: this is kept on the screen only")
        return library, key
