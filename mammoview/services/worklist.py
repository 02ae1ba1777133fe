"""Owns the order of the studies: cases (women) with their newest study first and the older ones as priors. No Qt."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from mammoview.core.study import Patient, Study
from mammoview.core.women import facts_of, identity_of, women
from mammoview.services.stamps import Stamp


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
    """The cases in reading order. `stamps` tells which file each image is, by its key; None where that is not known. A
    study that stands in several cases belongs to the one in which fewest are newer."""

    cases: tuple[Case, ...] = ()
    stamps: Mapping[str, Stamp | None] = field(default_factory=dict)
    _places: dict[str, tuple[int, int]] = field(default_factory=dict, init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        for index, case in enumerate(self.cases):
            for number, study in enumerate(case.studies):
                before = self._places.get(study.key)
                if before is None or number < before[1]:
                    self._places[study.key] = index, number

    def case_of(self, study_key: str) -> int | None:
        """The number (from 0) of the case that holds the study."""
        place = self._places.get(study_key)
        return None if place is None else place[0]

    def study(self, study_key: str) -> Study | None:
        place = self._places.get(study_key)
        return None if place is None else self.cases[place[0]].studies[place[1]]

    def step(self, study_key: str, by: int) -> Study | None:
        """The newest study of the case `by` cases further on, None at the ends."""
        index = self.case_of(study_key)
        if index is None or not 0 <= index + by < len(self.cases):
            return None
        return self.cases[index + by].current

    def other(self, study_key: str) -> Study | None:
        """The next older study of the same woman, after the oldest her newest again; None if she has only one."""
        place = self._places.get(study_key)
        if place is None or len(self.cases[place[0]].studies) < 2:
            return None
        studies = self.cases[place[0]].studies
        return studies[(place[1] + 1) % len(studies)]


def make_worklist(studies: Iterable[Study], stamps: Mapping[str, Stamp] | None = None) -> Worklist:
    """Group studies by woman, in the order in which they come: one patient ID, name, birth date and sex, as far as the
    files tell them.

    Two women must never be taken for one: studies without a patient ID are a case of their own each, and so are those
    that may, by what is missing in them, be of either of two. `stamps`: as of `stamps_of`.
    """
    listed = tuple(studies)
    groups: dict[str, list[int]] = {}
    for number, study in enumerate(listed):
        groups.setdefault(identity_of(study.patient) or f"#{number}", []).append(number)
    parted = [
        [group[at] for at in woman]
        for group in groups.values()
        for woman in women([facts_of(image.patient for image in listed[number].images) for number in group])
    ]
    cases = []
    for woman in sorted(parted, key=min):
        own = (listed[number] for number in sorted(woman))
        newest_first = sorted(own, key=lambda study: (study.study_date, study.images[0].study_time), reverse=True)
        cases.append(Case(newest_first[0], tuple(newest_first[1:])))
    known = stamps or {}
    return Worklist(tuple(cases), {header.key: known.get(header.key) for one in listed for header in one.images})
