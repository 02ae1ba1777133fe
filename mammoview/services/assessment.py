"""Owns what a reader makes of one study, as the window knows it: judgements, state, views that were seen."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace

from mammoview.archive.library import Library
from mammoview.archive.library_reading import Assessment, ReadingState
from mammoview.archive.library_schema import GoneError
from mammoview.services.words import translate


@dataclass(frozen=True, slots=True)
class Judgement:
    """What a reader says of one breast, or of the case; each part empty where nothing was said."""

    birads: str = ""
    density: str = ""
    text: str = ""
    reader: str = ""

    @property
    def words(self) -> tuple[str, str, str]:
        """What is said, whoever says it."""
        return self.birads, self.density, self.text


@dataclass(slots=True)
class StudyReading:
    """What is known of one study's reading. `judgements` by "R", "L" and "" (the case); `visited` holds image keys;
    `revealed`: this reader has seen the classifier's answer. `changes` counts what was done here; `known`: the library
    was asked."""

    state: ReadingState = ReadingState.NEW
    reader: str = ""
    judgements: dict[str, Judgement] = field(default_factory=dict)
    visited: set[str] = field(default_factory=set)
    revealed: bool = False
    changes: int = 0
    known: bool = False

    def given(self, sides: Iterable[str], *, birads: str = "", density: str = "") -> dict[str, Judgement]:
        """The judgements of the sides with a category or a density; what they all have already is taken back."""
        name, value = ("birads", birads) if birads else ("density", density)
        before = {side: self.judgements.get(side, Judgement()) for side in sides}
        told = "" if all(getattr(one, name) == value for one in before.values()) else value
        return {side: replace(one, **{name: told}) for side, one in before.items()}

    def take(self, kept: KeptReading) -> bool:
        """What the library holds is in force from now on; what was seen stays seen. Whether that says anything else
        than what was known of the library before."""
        self.state, self.reader = kept.state, kept.reader
        held = {one.laterality: Judgement(one.birads, one.density, one.text, one.reader) for one in kept.assessments}
        sides = held.keys() | self.judgements.keys()
        none = Judgement()
        differs = any(held.get(side, none).words != self.judgements.get(side, none).words for side in sides)
        known, self.known, self.judgements = self.known, True, held
        self.look_back(kept)
        return known and differs

    def forget_seen(self) -> None:
        """Another reader has seen nothing of it yet."""
        self.visited, self.revealed = set(), False
        self.changes += 1

    def look_back(self, kept: KeptReading) -> None:
        """What was seen before was seen."""
        self.visited |= kept.visited
        self.revealed = self.revealed or kept.revealed


@dataclass(frozen=True, slots=True)
class KeptReading:
    """What the library holds of a study."""

    state: ReadingState
    reader: str
    assessments: tuple[Assessment, ...]
    visited: frozenset[str]
    revealed: bool


def kept_reading(key: str, reader: str, library: Library) -> KeptReading | None:
    """What the library holds of a study, and of what this reader has seen of it; None where it does not hold it."""
    try:
        state, by = library.state_of(key)
        revealed = any(reveal.reader == reader for reveal in library.reveals(key))
        return KeptReading(state, by, library.assessments(key), library.visited(key, reader), revealed)
    except GoneError:
        return None


def keep_judgement(side: str, before: Judgement, now: Judgement, library: Library, key: str) -> Assessment | None:
    """Keep a judgement that was changed from what it was `before`; what was not changed stays as the library has it, as
    where another window has judged the same breast meanwhile. The answer: as of `Library.change_assessment`."""
    return library.change_assessment(key, laterality=side, before=before.words, said=now.words, reader=now.reader)


def words_of_stood(side: str, now: Judgement, stood: Assessment) -> str:
    """What is said where another assessment stood than the reader knew of."""
    if not side:
        both = translate("Assessment", "{reader} has written on this case too: both texts stand")
        return both.format(reader=stood.reader)
    told = [translate("Assessment", "BI-RADS {}").format(stood.birads)] if stood.birads != now.birads else []
    told += [translate("Assessment", "density {}").format(stood.density)] if stood.density != now.density else []
    had = translate("Assessment", "{side}: {reader} had given {words} meanwhile; yours is in force now")
    return had.format(side=side, reader=stood.reader, words=", ".join(told))


def first_unread(studies: list[tuple[str, str | None]], library: Library) -> str | None:
    """The first of (key in the worklist, key in the library) that no one has read."""
    for study_key, key in studies:
        try:
            if key is None or library.state_of(key)[0] is not ReadingState.READ:
                return study_key
        except GoneError:
            return study_key
    return None
