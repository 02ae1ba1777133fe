"""Owns which Patient IDs are of nobody: what de-identification leaves in their place. Never reads files.

One such ID in all files would make one woman of all women, and no split by woman could part any of them.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise

from mammoview.core.study import ImageHeader
from training.data.words import age_of

MOST_STUDIES = 20
"""More examinations than one woman has: what stands in the files of more is nobody's ID, where neither a birthday nor
ages tell of one woman.
"""

_MOST_WOMEN = 2
"""Women who may share an ID by a slip: they stay together, which lets neither of them into two parts of a split."""

_YEARS_APART = 2
"""Years of birth, from age and date of an examination, that are further apart are of two women."""

_WORDS = frozenset(
    (
        *("anon", "anonym", "anonymous", "anonymus", "anonymized", "anonymised", "anonymisiert", "anonymize"),
        *("deidentified", "deid", "removed", "redacted", "blank", "empty", "dummy", "unknown", "unk", "nobody"),
        *("none", "null", "nan", "na", "nn", "noid", "nil", "notavailable", "notapplicable", "patient", "patientid"),
        *("id", "noname", "undefined", "missing"),
    )
)
_BESIDE = re.compile(r"[\W_]+")


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """What tells one woman from another in a file's header. `date`: that of the examination; `born`: her year of birth
    by age and date, or None.
    """

    patient_id: str
    study: str = ""
    date: str = ""
    birth_date: str = ""
    born: int | None = None


def shown_in(header: ImageHeader) -> Shown:
    """Whom a header shows."""
    try:
        age = age_of(header.provenance.age)
    except ValueError:
        age = None
    year = header.study_date[:4]
    return Shown(
        patient_id=header.patient.patient_id.strip(),
        study=header.study_instance_uid or "",
        date=header.study_date,
        birth_date=header.patient.birth_date,
        born=int(year) - int(age) if age and year.isdigit() else None,
    )


def is_placeholder(name: str) -> bool:
    """Whether an ID names nobody, whatever else is in the set: no letter or digit, a word such as "ANON", only "x"."""
    plain = _plain(name)
    return plain in _WORDS or not plain.strip("x")


def is_zero(name: str) -> bool:
    """Whether an ID is nothing but zeros: somebody's number only where others have numbers, too."""
    return not _plain(name).strip("0")


def ids_of_nobody(shown: Iterable[Shown]) -> set[str]:
    """The IDs that are placeholders, zeros where there is no other ID, or in the files of several women: of different
    dates of birth, of years of birth too far apart, or of more than `MOST_STUDIES` examinations of which nothing says
    that they are one woman's.
    """
    files: dict[str, list[Shown]] = {}
    for one in shown:
        files.setdefault(one.patient_id, []).append(one)
    named = {name for name in files if not is_placeholder(name)}
    return {
        name
        for name, group in files.items()
        if name not in named or (len(named) == 1 and is_zero(name)) or _are_several(group)
    }


def _are_several(group: Collection[Shown]) -> bool:
    """Whether files with one ID contradict each other about whom they show. Ages contradict nothing where all files
    have one date, as de-identification leaves: she was older each time.
    """
    births = {one.birth_date for one in group if one.birth_date}
    years = sorted({one.born for one in group if one.born is not None})
    apart = sum(later - earlier > _YEARS_APART for earlier, later in pairwise(years))
    dates = {one.date for one in group if one.date}
    if len(births) > _MOST_WOMEN or (apart >= _MOST_WOMEN and len(dates) != 1):
        return True
    told_one = _is_birthday(births) or (len({date[:4] for date in dates}) > 1 and _are_near(years))
    return len({one.study for one in group if one.study}) > MOST_STUDIES and not told_one


def _is_birthday(births: Collection[str]) -> bool:
    """Whether there is one date of birth, and not 1 January, which de-identification leaves of all."""
    return len(births) == 1 and not _plain("".join(births)).endswith("0101")


def _are_near(years: Sequence[int]) -> bool:
    return bool(years) and years[-1] - years[0] <= _YEARS_APART


def _plain(name: str) -> str:
    return _BESIDE.sub("", name.casefold())
