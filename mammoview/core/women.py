"""Owns the rule of which studies are one woman's. Two women must never be taken for one."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import combinations

from mammoview.core.study import Patient

Facts = tuple[frozenset[str], frozenset[str]]
"""The birth dates and the sexes that a study's files tell."""


def identity_of(patient: Patient) -> str:
    """Equal for studies that may be one woman's, by patient ID and name; empty where the file tells no patient ID."""
    identity = patient.patient_id.strip().casefold()
    return f"{identity}\n{' '.join(patient.name.replace('^', ' ').split()).casefold()}" if identity else ""


def facts_of(patients: Iterable[Patient]) -> Facts:
    """What the images of one study tell of the woman."""
    births, sexes = set[str](), set[str]()
    for patient in patients:
        births.add(patient.birth_date)
        sexes.add(patient.sex)
    return frozenset(births - {""}), frozenset(sexes - {""})


def women(studies: Sequence[Facts]) -> list[list[int]]:
    """The numbers of studies with one `identity_of`, by woman.

    Contradicting birth dates or sexes are two women; a study that may, by what is missing in it, be of either of two is
    by itself.
    """
    by_facts: dict[Facts, list[int]] = {}
    for number, facts in enumerate(studies):
        by_facts.setdefault(facts, []).append(number)
    # those that tell one birth date and one sex come first: they are different women
    ordered = sorted(by_facts, key=lambda facts: not _is_sure(facts))
    found: list[tuple[Facts, list[int]]] = []
    apart: list[list[int]] = []
    for facts in ordered:
        fitting = [other for other in by_facts if _may_be_one(facts, other)]
        sure = _is_sure(facts)
        if not sure and not all(_may_be_one(one, other) for one, other in combinations(fitting, 2)):
            apart.extend([number] for number in by_facts[facts])
            continue
        own = None if sure else next((own for known, own in found if _may_be_one(facts, known)), None)
        if own is None:
            found.append((facts, [*by_facts[facts]]))
        else:
            own.extend(by_facts[facts])
    return [*(own for _, own in found), *apart]


def _is_sure(facts: Facts) -> bool:
    """One birth date and one sex: two studies that differ in them are of two women."""
    return all(len(told) == 1 for told in facts)


def _may_be_one(one: Facts, other: Facts) -> bool:
    return all(not told or not known or bool(told & known) for told, known in zip(one, other, strict=True))
