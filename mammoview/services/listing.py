"""Owns what a part of the library's list becomes when it is opened: files to read, then cases in the list's order."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from mammoview.archive.library import Library, Query, StudyRow
from mammoview.archive.library_reading import Place
from mammoview.core.errors import UsageError
from mammoview.core.study import Study
from mammoview.services.worklist import Case, Worklist

LONGEST_PART = 300
"""How many studies of a list are opened at once; their headers are read anew."""


@dataclass(frozen=True, slots=True)
class Listing:
    """A part of the library's list that is being opened: its files, for each image key the place in the list and the
    study's key, and the key of the study to begin with. `query` names the whole list, of which the part ends before
    number `end`."""

    paths: tuple[Path, ...]
    places: Mapping[str, tuple[int, str]]
    query: Query
    end: int
    chosen: str = ""
    resume: Place | None = None

    @property
    def study_keys(self) -> frozenset[str]:
        """The library's keys of all studies of the part, priors too."""
        return frozenset(key for _, key in self.places.values())


def listing_around(query: Query, row: StudyRow, start: int, resume: Place | None, library: Library) -> Listing:
    """The part of a list that begins with number `start`, with the study `row` in it.

    Raises UsageError where the files of that study are gone.
    """
    images = library.study_images(row.study_key)
    if not any(image.source.path.exists() for image in images):
        folder = f" from {images[0].source.path.parent}" if images else ""
        raise UsageError(f"the files of this study are gone{folder}", "open them where they are now")
    listed = library.list(replace(query, offset=start, limit=LONGEST_PART))
    paths, places = _files((*listed, row), library)
    return Listing(paths, places, query, start + len(listed), row.study_key, resume)


def listing_after(before: Listing, opened: frozenset[str], library: Library) -> Listing | None:
    """The part that follows, without the studies that are `opened` already; None where the list ends.

    The list may have changed meanwhile: the part begins behind the last of the opened ones.
    """
    start = max(0, before.end - LONGEST_PART)
    rows = library.list(replace(before.query, offset=start, limit=2 * LONGEST_PART))
    last = max((number for number, row in enumerate(rows) if row.study_key in opened), default=-1)
    listed = rows[last + 1 : last + 1 + LONGEST_PART]
    if not listed:
        return None
    paths, places = _files(listed, library)
    return Listing(paths, places, before.query, start + last + 1 + len(listed))


def in_order(listing: Listing, studies: Iterable[Study], worklist: Worklist) -> tuple[tuple[Case, ...], dict[str, str]]:
    """The cases that belong to the part, in its order, and the library's key of each of their studies by its own."""
    ranks: dict[str, int] = {}
    keys: dict[str, str] = {}
    for study in studies:
        places = [listing.places[image.key] for image in study.images if image.key in listing.places]
        if places:
            ranks[study.key], keys[study.key] = min(places)
    cases = [case for case in worklist.cases if any(study.key in ranks for study in case.studies)]
    cases.sort(key=lambda case: min(ranks[study.key] for study in case.studies if study.key in ranks))
    return tuple(cases), keys


def joined(worklist: Worklist, further: Worklist) -> Worklist:
    """A worklist with the cases of another behind its own; what it has already does not come twice."""
    new = tuple(case for case in further.cases if worklist.study(case.current.key) is None)
    return Worklist((*worklist.cases, *new), {**further.stamps, **worklist.stamps})


def _files(listed: Iterable[StudyRow], library: Library) -> tuple[tuple[Path, ...], dict[str, tuple[int, str]]]:
    """The files of studies and of their women's priors, and the place of each image."""
    rows = tuple(listed)
    priors = [prior for one in rows if one.prior_count for prior in library.priors(one.study_key)]
    paths: dict[Path, None] = {}
    places: dict[str, tuple[int, str]] = {}
    for number, one in enumerate({one.study_key: one for one in (*rows, *priors)}.values()):
        for image in library.study_images(one.study_key):
            if not image.missing:
                paths[image.source.path] = None
                places.setdefault(image.key, (number, one.study_key))
    return tuple(paths), places
