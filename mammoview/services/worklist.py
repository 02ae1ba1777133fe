"""Owns the order of the studies: cases (women) with their newest study first and the older ones as priors. No Qt."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from mammoview.core.study import Patient, Study


@dataclass(frozen=True, slots=True)
class Case:
    """One woman: `current` is her newest study, `priors` the older ones, the newest first."""

    current: Study
    priors: tuple[Study, ...] = ()

    @property
    def patient(self) -> Patient:
        return self.current.patient

    @property
    def studies(self) -> tuple[Study, ...]:
        return (self.current, *self.priors)


@dataclass(frozen=True, slots=True)
class Worklist:
    """The cases in reading order."""

    cases: tuple[Case, ...] = ()

    def case_of(self, study_key: str) -> int | None:
        """The number (from 0) of the case that holds the study."""
        for index, case in enumerate(self.cases):
            if any(study.key == study_key for study in case.studies):
                return index
        return None

    def study(self, study_key: str) -> Study | None:
        for case in self.cases:
            for study in case.studies:
                if study.key == study_key:
                    return study
        return None

    def step(self, study_key: str, by: int) -> Study | None:
        """The newest study of the case `by` cases further on, None at the ends."""
        index = self.case_of(study_key)
        if index is None or not 0 <= index + by < len(self.cases):
            return None
        return self.cases[index + by].current

    def other(self, study_key: str) -> Study | None:
        """The next older study of the same woman, after the oldest her newest again; None if she has only one."""
        index = self.case_of(study_key)
        if index is None or len(self.cases[index].studies) < 2:
            return None
        studies = self.cases[index].studies
        at = next(number for number, study in enumerate(studies) if study.key == study_key)
        return studies[(at + 1) % len(studies)]


def make_worklist(studies: Iterable[Study]) -> Worklist:
    """Group studies by woman (patient ID and name), in the order in which they come.

    Studies without a patient ID are a case of their own each: two women must never be taken for one.
    """
    groups: dict[str, list[Study]] = {}
    for number, study in enumerate(studies):
        patient = study.patient
        identity = patient.patient_id.strip().casefold()
        name = " ".join(patient.name.replace("^", " ").split()).casefold()
        groups.setdefault(f"{identity}\n{name}" if identity else f"#{number}", []).append(study)
    cases = []
    for group in groups.values():
        newest_first = sorted(group, key=lambda study: (study.study_date, study.images[0].study_time), reverse=True)
        cases.append(Case(newest_first[0], tuple(newest_first[1:])))
    return Worklist(tuple(cases))
