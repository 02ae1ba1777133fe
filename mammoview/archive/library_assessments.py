"""Owns what readers judged: assessments of breasts and of the case, each in place of the one before, none overwritten.

Never decides what is shown of them.
"""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass

from mammoview.archive.library_schema import from_exact, plain, study_id
from mammoview.archive.library_store import Store
from mammoview.core.errors import UsageError

_SIDES = ("R", "L", "")
_BIRADS = ("", *"0123456")
_DENSITIES = ("", *"ABCD")

Said = tuple[str, str, str]
"""BI-RADS category, density and text of an assessment, each empty where nothing is said."""


@dataclass(frozen=True, slots=True)
class Assessment:
    """A reader's judgement of one breast (`laterality` "R" or "L") or of the case ("").

    `birads`: ACR BI-RADS category "0".."6" or "", `density`: ACR breast composition "A".."D" or "". `id` grows with
    time; `supersedes` is the assessment that it takes the place of. `time`: ISO 8601 UTC.
    """

    id: int
    study_key: str
    laterality: str
    birads: str
    density: str
    text: str
    reader: str
    time: str
    supersedes: int | None

    @property
    def says_something(self) -> bool:
        """False for one that only withdraws the one before."""
        return bool(self.birads or self.density or self.text)

    @property
    def said(self) -> Said:
        return self.birads, self.density, self.text


class Assessments:
    """The part of the library that holds assessments. Every method raises LibraryError where the file cannot be used,
    and UsageError where the library does not hold the study."""

    _store: Store

    def assess(
        self, study_key: str, *, laterality: str, birads: str = "", density: str = "", text: str = "", reader: str
    ) -> Assessment:
        """Keep an assessment, which supersedes the one in force for this side, whoever made it.

        One that says nothing withdraws it. Raises UsageError for values that `Assessment` does not name.
        """
        with self._store.write() as connection:
            study = study_id(connection, study_key)
            return _put(connection, study, laterality, (birads, density, text), reader, self._store.now())

    def change_assessment(
        self, study_key: str, *, laterality: str, before: Said, said: Said, reader: str
    ) -> Assessment | None:
        """Keep of `said` what is not as `before`; the rest stays as the library has it, and a text that another has
        written meanwhile stays beside the new one. All in one transaction: who assesses the same side at the same time
        does so before or after it.

        The answer is the assessment that stood there, where it said of what is changed now neither what was known
        `before` nor what is `said`; else None. Raises as `assess`.
        """
        with self._store.write() as connection:
            study = study_id(connection, study_key)
            standing = next(
                (one for one in standing_of(assessments_of(connection, study)) if one.laterality == laterality), None
            )
            there: Said = ("", "", "") if standing is None else standing.said
            birads, density = (
                new if new != old else kept for old, new, kept in zip(before[:2], said[:2], there[:2], strict=True)
            )
            kept = (birads, density, _merged(before[2], said[2], there[2]))
            _put(connection, study, laterality, kept, reader, self._store.now())
        changed = (one for one in zip(before, said, there, strict=True) if one[0] != one[1])
        return standing if any(now not in (old, new) for old, new, now in changed) else None

    def assessments(self, study_key: str) -> tuple[Assessment, ...]:
        """Those in force: at most one for each side and one for the case, the oldest first."""
        return standing_of(self.assessment_history(study_key))

    def assessment_history(self, study_key: str) -> tuple[Assessment, ...]:
        """All that were ever made, the first first, those that only withdraw another too."""
        with self._store.read() as connection:
            return assessments_of(connection, study_id(connection, study_key))


def touch(connection: sqlite3.Connection, study: int, now: str) -> None:
    """A reader made something of the study now."""
    connection.execute("UPDATE studies SET changed = ? WHERE id = ?", (now, study))


def assessments_of(connection: sqlite3.Connection, study: int) -> tuple[Assessment, ...]:
    """All that were ever made of a study, the first first."""
    rows = connection.execute(
        "SELECT a.id, study_key, laterality, birads, density, text, a.reader, time, supersedes"
        " FROM assessments a JOIN studies ON studies.id = study WHERE study = ? ORDER BY a.id",
        (study,),
    )
    return tuple(Assessment(number, from_exact(key), *others) for number, key, *others in rows)


def standing_of(history: tuple[Assessment, ...]) -> tuple[Assessment, ...]:
    """Those of a history that are in force."""
    superseded = {one.supersedes for one in history}
    return tuple(one for one in history if one.id not in superseded and one.says_something)


def _put(connection: sqlite3.Connection, study: int, laterality: str, said: Said, reader: str, now: str) -> Assessment:
    birads, density, text = said
    for value, allowed, name in (
        (laterality, _SIDES, "side"),
        (birads, _BIRADS, "BI-RADS category"),
        (density, _DENSITIES, "density"),
    ):
        if value not in allowed:
            raise UsageError(f"{value!r} is no {name}", f"give one of {', '.join(filter(None, allowed))}, or none")
    older = (one.id for one in reversed(assessments_of(connection, study)) if one.laterality == laterality)
    connection.execute(
        "INSERT INTO assessments (study, laterality, birads, density, text, supersedes, reader, time)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
        (study, laterality, birads, density, plain(text), next(older, None), plain(reader), now),
    )
    history = assessments_of(connection, study)
    connection.execute("UPDATE studies SET assessment = ? WHERE id = ?", (_summary(standing_of(history)), study))
    touch(connection, study, now)
    return history[-1]


def _merged(before: str, said: str, there: str) -> str:
    """A text that was changed from `before` to `said` where by now stands `there`: what is there keeps its lines, the
    new ones take the place of those that they were made of, or come behind."""
    if said == before or there in (before, said):
        return there if said == before else said
    lines, own = f"\n{there}\n", f"\n{before}\n"
    if before and own in lines:
        return lines.replace(own, f"\n{said}\n" if said else "\n", 1).strip("\n")
    return "\n".join(filter(None, (there, said)))


def _summary(standing: tuple[Assessment, ...]) -> str:
    """What a row of the list shows: "R 4, L 1, density C"."""
    ordered = sorted(standing, key=lambda one: _SIDES.index(one.laterality))
    categories = [f"{one.laterality} {one.birads}".strip() for one in ordered if one.birads]
    densities = list(dict.fromkeys(one.density for one in ordered if one.density))
    return ", ".join([*categories, *([f"density {'/'.join(densities)}"] if densities else [])])
