"""Owns what was noticed while a data set was read: what was left out and why, and what a user should know."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class LeftOut:
    """Something that is not in the table: `what` names it (a file, a line, a lesion), `why` is a reason in few words,
    the same for all that share it.
    """

    what: str
    why: str


@dataclass(slots=True)
class Notes:
    """Filled by an adapter while it reads."""

    left_out: list[LeftOut] = field(default_factory=list)
    remarks: list[str] = field(default_factory=list)

    def leave_out(self, what: object, why: str) -> None:
        """Name what is not in the table."""
        self.left_out.append(LeftOut(str(what), why))

    def remark(self, text: str) -> None:
        """Say what holds for the whole set, once."""
        if text not in self.remarks:
            self.remarks.append(text)


def by_reason(left_out: Iterable[LeftOut]) -> dict[str, list[str]]:
    """What was left out under each reason, the most frequent reason first."""
    groups: dict[str, list[str]] = {}
    for one in left_out:
        groups.setdefault(one.why, []).append(one.what)
    return dict(sorted(groups.items(), key=lambda item: (-len(item[1]), item[0])))
