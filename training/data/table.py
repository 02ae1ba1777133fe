"""Owns the one table that every data set is turned into. Never reads pixels."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True, kw_only=True)
class ImageRow:
    """One image with what is known of it. `label` 1 = suspicious (cancer), 0 = other; None where unknown.

    `patient_id` is unique across data sets (it carries the set's name); `age` in years or None.
    """

    file: Path
    patient_id: str
    laterality: str
    view: str
    label: int
    source: str
    age: float | None = None
    density: str = ""
    machine: str = ""

    @property
    def breast_id(self) -> str:
        """What names one breast of one woman."""
        return f"{self.patient_id}/{self.laterality}"


def women_hash(patient_ids: Iterable[str]) -> str:
    """16 hex digits that name a set of women, whatever its order."""
    text = "\n".join(sorted(set(patient_ids)))
    return hashlib.sha256(text.encode()).hexdigest()[:16]
