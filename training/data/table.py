"""Owns the one table that every data set is turned into, and the reading of a set's manifest. Never reads pixels."""

from __future__ import annotations

import csv
import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from mammoview.core.errors import InputRefusedError


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


def read_manifest(folder: Path, needed: set[str]) -> list[dict[str, str]]:
    """The records of `folder`/manifest.csv; raises InputRefusedError where it is absent or lacks a needed column."""
    manifest = folder / "manifest.csv"
    if not manifest.is_file():
        raise InputRefusedError(f"{manifest}: no such table", "give the folder that holds manifest.csv")
    with manifest.open(newline="", encoding="utf-8") as stream:
        reader = csv.DictReader(stream)
        missing = needed - set(reader.fieldnames or ())
        if missing:
            raise InputRefusedError(f"{manifest}: lacks the columns {', '.join(sorted(missing))}")
        return list(reader)
