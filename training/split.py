"""Owns the split by woman. Never lets one woman into two parts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from mammoview.core.errors import MammoviewError
from training.data.table import ImageRow, women_hash

PARTS = ("train", "validation", "test")


class LeakError(MammoviewError):
    """A woman is in two parts of a split; nothing may be trained or measured on it."""


@dataclass(frozen=True, slots=True)
class Split:
    """Which woman is in which part: patient_id -> one of `PARTS`. `seed` made it."""

    part_of: Mapping[str, str]
    seed: int

    def indices(self, rows: Sequence[ImageRow], part: str) -> list[int]:
        """The positions in `rows` that belong to `part`."""
        return [index for index, row in enumerate(rows) if self.part_of[row.patient_id] == part]

    def hashes(self) -> dict[str, str]:
        """For each part the hash that names its women."""
        return {part: women_hash(woman for woman, where in self.part_of.items() if where == part) for part in PARTS}


def split_by_woman(rows: Sequence[ImageRow], *, seed: int, validation: float = 0.15, test: float = 0.25) -> Split:
    """Shuffle the women within each label (a woman is positive if any image of hers is) and deal them out."""
    label: dict[str, int] = {}
    for row in rows:
        label[row.patient_id] = max(label.get(row.patient_id, 0), row.label)
    rng = np.random.default_rng(seed)
    part_of: dict[str, str] = {}
    for value in (0, 1):
        women = sorted(woman for woman, has in label.items() if has == value)
        rng.shuffle(women)
        first, second = round(len(women) * test), round(len(women) * (test + validation))
        for position, woman in enumerate(women):
            part_of[woman] = "test" if position < first else "validation" if position < second else "train"
    return Split(part_of, seed)


def assert_disjoint(parts: Mapping[str, Sequence[ImageRow]]) -> None:
    """Raise LeakError, naming a woman, where two parts share one."""
    seen: dict[str, str] = {}
    for part, rows in parts.items():
        for row in rows:
            before = seen.setdefault(row.patient_id, part)
            if before != part:
                raise LeakError(f"{row.patient_id} is in {before} and in {part}", "split by woman, then train again")
