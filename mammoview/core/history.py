"""Owns what can be taken back: the edits of one study's marks, in order. Never holds the marks themselves; who holds
them applies what is handed out.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass, field

from mammoview.core.marks import Mark

MAX_OPERATIONS = 1_000


@dataclass(frozen=True, slots=True)
class Edit:
    """One mark `before` and `after`; None = it is not there. ValueError where that is no edit of one mark."""

    before: Mark | None
    after: Mark | None

    def __post_init__(self) -> None:
        ids = {mark.id for mark in (self.before, self.after) if mark is not None}
        if len(ids) != 1:
            raise ValueError("an edit is of exactly one mark")

    @property
    def mark_id(self) -> str:
        mark = self.after or self.before
        assert mark is not None
        return mark.id

    def inverse(self) -> Edit:
        return Edit(self.after, self.before)


@dataclass(frozen=True, slots=True)
class Operation:
    """Edits that are done and taken back together, each of another mark. ValueError where one is edited twice."""

    edits: tuple[Edit, ...]

    def __post_init__(self) -> None:
        if len({edit.mark_id for edit in self.edits}) != len(self.edits):
            raise ValueError("an operation edits a mark twice")

    @property
    def changes(self) -> bool:
        """Whether anything is other after it than before."""
        return any(edit.before != edit.after for edit in self.edits)

    def inverse(self) -> Operation:
        return Operation(tuple(edit.inverse() for edit in reversed(self.edits)))

    def then(self, later: Operation) -> Operation:
        """Both as one, from the versions before the first to those after the second. ValueError where the second does
        not start from what the first has left.
        """
        edits = {edit.mark_id: edit for edit in self.edits}
        for edit in later.edits:
            first = edits.get(edit.mark_id)
            if first is None:
                edits[edit.mark_id] = edit
            elif first.after != edit.before:
                raise ValueError("an operation does not start from what the one before it has left")
            elif first.before is None and edit.after is None:
                del edits[edit.mark_id]
            else:
                edits[edit.mark_id] = Edit(first.before, edit.after)
        return Operation(tuple(edits.values()))


def put(mark: Mark, before: Mark | None = None) -> Operation:
    """The operation that sets a mark: a new one, or the new version of `before`."""
    return Operation((Edit(before, mark),))


def delete(*marks: Mark) -> Operation:
    """The operation that takes marks away."""
    return Operation(tuple(Edit(mark, None) for mark in marks))


def apply(marks: Mapping[str, Mark], operation: Operation) -> dict[str, Mark]:
    """The marks (by id) after an operation; those given stay as they are.

    ValueError where a mark is not in the version that the operation starts from.
    """
    after = dict(marks)
    for edit in operation.edits:
        if after.get(edit.mark_id) != edit.before:
            raise ValueError("a mark is not in the version that the operation starts from")
        if edit.after is None:
            del after[edit.mark_id]
        else:
            after[edit.mark_id] = edit.after
    return after


@dataclass(slots=True)
class History:
    """The operations of one study, the last 1,000; older ones can no longer be taken back."""

    study_key: str
    _done: deque[Operation] = field(default_factory=lambda: deque(maxlen=MAX_OPERATIONS), repr=False)
    _undone: list[Operation] = field(default_factory=list, repr=False)
    _drag: str = ""

    @property
    def can_undo(self) -> bool:
        return bool(self._done)

    @property
    def can_redo(self) -> bool:
        return bool(self._undone)

    def do(self, operation: Operation, *, drag: str = "") -> None:
        """Take note of what was done; what was undone before can then no longer be redone.

        Operations that follow one another with the same `drag` (any name that is not empty) become one; one that
        changes nothing, also by ending where it began, is not kept. ValueError as of `Operation.then`.
        """
        goes_on = bool(drag) and drag == self._drag
        if goes_on and self._done:
            operation = self._done[-1].then(operation)
            self._done.pop()
        self._drag = ""
        if operation.changes:
            self._done.append(operation)
            self._undone.clear()
            self._drag = drag

    def end_drag(self) -> None:
        """What comes next is an operation of its own, whatever its `drag`."""
        self._drag = ""

    def undo(self) -> Operation | None:
        """The operation that takes the last one back, to be applied; None where there is none."""
        self._drag = ""
        if not self._done:
            return None
        operation = self._done.pop()
        self._undone.append(operation)
        return operation.inverse()

    def redo(self) -> Operation | None:
        """The operation taken back last, to be applied again; None where there is none."""
        self._drag = ""
        if not self._undone:
            return None
        operation = self._undone.pop()
        self._done.append(operation)
        return operation
