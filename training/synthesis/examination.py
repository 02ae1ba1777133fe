"""Owns under which name, number, date and UIDs a synthetic examination is written. Never holds pixels.

The names are made up; nobody's data stands behind them.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Literal

from training.synthesis.seeds import uid

Occasion = Literal["current", "prior", "twin"]
CURRENT_DATE = date(2026, 1, 14)
PRIOR_DATE = date(2024, 1, 10)


@dataclass(frozen=True, kw_only=True)
class Examination:
    """One study of one synthetic woman."""

    patient_name: str
    patient_id: str
    birth_date: date
    study_date: date
    occasion: Occasion
    seed: int
    index: int
    variant: str
    """What else the pixels depend on, so that different pixels never share a UID."""

    @property
    def age_years(self) -> int:
        """Completed years at the examination."""
        had_birthday = (self.study_date.month, self.study_date.day) >= (
            self.birth_date.month,
            self.birth_date.day,
        )
        return self.study_date.year - self.birth_date.year - (0 if had_birthday else 1)

    @property
    def accession_number(self) -> str:
        """At most 16 characters."""
        return f"{self.study_date:%Y%m%d}{self.index:04d}"[:16]

    def uid(self, *names: str | int) -> str:
        """A UID of this study for what the names say."""
        return uid(self.seed, self.index, self.patient_id, self.occasion, self.variant, *names)


def examination_of(
    seed: int, index: int, occasion: Occasion, age_years: int, *, variant: str, patient_name: str | None = None,
    patient_id: str | None = None, birth_date: date | None = None,
) -> Examination:  # fmt: skip
    """The examination of woman `index`, who is `age_years` at the current one unless a birth date is given."""
    born = birth_date or date(CURRENT_DATE.year - 1 - age_years, 3 + (seed + index) % 9, 1 + (7 * index + seed) % 28)
    return Examination(
        patient_name=patient_name or f"SYNTHETIC^WOMAN {seed}-{index:04d}",
        patient_id=patient_id or f"SYN-{seed}-{index:04d}",
        birth_date=born,
        study_date=PRIOR_DATE if occasion == "prior" else CURRENT_DATE,
        occasion=occasion, seed=seed, index=index, variant=variant,
    )  # fmt: skip
