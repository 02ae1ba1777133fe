"""Owns what a part of the library's list becomes when it is opened: files to read, then cases in the list's order."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from mammoview.archive.library import Library, StudyRow
from mammoview.archive.library_index import ImageRow
from mammoview.archive.library_reading import Place
from mammoview.archive.library_schema import RowKey, plain
from mammoview.core.errors import UsageError
from mammoview.core.study import ImageSource, Patient, Study
from mammoview.dicom.studies import may_be_one_patient
from mammoview.services.words import counted, translate
from mammoview.services.worklist import Case, Worklist

LONGEST_PART = 300
"""How many studies of a list are opened at once; their headers are read anew."""

Away = frozenset[Path]
"""Folders that do not answer: nothing in them is asked for."""


@dataclass(frozen=True, slots=True)
class Row:
    """A study of the part: its number in the list, the library's row of it, and whose it is there."""

    number: int
    key: RowKey
    patient: Patient

    def is_of(self, study: Study) -> bool:
        """Whether the study, as its files are now, may be this one."""
        told = study.patient
        return may_be_one_patient(self.patient, Patient(plain(told.name), plain(told.patient_id)))


@dataclass(frozen=True, slots=True)
class Listing:
    """A part of the library's list that is being opened: its files, the row of each image in its file, and the key of
    the study to begin with. `numbers` are the rows of the whole list as it was when it was opened, whatever becomes of
    it (`Library.numbers`); the part begins with number `start` of them and ends before number `end`. `left_out`: how
    many studies are not opened, because their images have the UIDs of another's in the part."""

    paths: tuple[Path, ...]
    rows: Mapping[tuple[str, ImageSource], Row]
    left_out: int
    numbers: tuple[int, ...]
    start: int
    end: int
    chosen: str = ""
    resume: Place | None = None


def listing_around(
    numbers: tuple[int, ...], at: int, row: StudyRow, before: int, resume: Place | None, away: Away, library: Library
) -> Listing:
    """The part of a list with the study `row`, which is number `at` in it, and at most so many `before` that; without
    the files in folders that are `away`.

    Raises UsageError where the files of that study are gone.
    """
    images = library.study_images(row.study_key, away)
    if not any(image.source.path.exists() for image in images):
        gone, gone_from = (
            translate("Listing", "the files of this study are gone"),
            translate("Listing", "the files of this study are gone from {}"),
        )
        cause = gone_from.format(images[0].source.path.parent) if images else gone
        raise UsageError(cause, translate("Listing", "open them where they are now"))
    start = max(0, at - before)
    end = min(len(numbers), start + LONGEST_PART)
    paths, rows, left_out = _files((*_there(library, numbers[start:end]), row), row.study_key, away, library)
    return Listing(paths, rows, left_out, numbers, start, end, row.study_key, resume)


def listing_after(before: Listing, away: Away, library: Library) -> Listing | None:
    """The part that follows; None where the list ends. What left the library meanwhile is passed over."""
    for start in range(before.end, len(before.numbers), LONGEST_PART):
        part = _part(before.numbers, start, min(len(before.numbers), start + LONGEST_PART), away, library)
        if part is not None:
            return part
    return None


def listing_before(after: Listing, away: Away, library: Library) -> Listing | None:
    """The part that goes before, as of `listing_after`."""
    for end in range(after.start, 0, -LONGEST_PART):
        part = _part(after.numbers, max(0, end - LONGEST_PART), end, away, library)
        if part is not None:
            return part
    return None


def _part(numbers: tuple[int, ...], start: int, end: int, away: Away, library: Library) -> Listing | None:
    listed = _there(library, numbers[start:end])
    if not listed:
        return None
    paths, by_image, left_out = _files(listed, "", away, library)
    return Listing(paths, by_image, left_out, numbers, start, end)


def _there(library: Library, numbers: tuple[int, ...]) -> list[StudyRow]:
    return [row for row in library.rows(numbers) if row is not None]


def in_order(listing: Listing, studies: Iterable[Study], worklist: Worklist) -> tuple[tuple[Case, ...], dict[str, str]]:
    """The cases that belong to the part, in its order, and the library's key of each of their studies by its own.

    A study belongs to the row that its files were listed for, as long as they may still be that woman's.
    """
    ranks: dict[str, int] = {}
    keys: dict[str, str] = {}
    for study in studies:
        rows = (listing.rows.get((image.key, image.source)) for image in study.images)
        own = min((row for row in rows if row is not None and row.is_of(study)), key=_number, default=None)
        if own is not None:
            ranks[study.key], keys[study.key] = own.number, own.key
    cases = [case for case in worklist.cases if any(study.key in ranks for study in case.studies)]
    cases.sort(key=lambda case: min(ranks[study.key] for study in case.studies if study.key in ranks))
    return tuple(cases), keys


def joined(worklist: Worklist, further: Worklist, *, in_front: bool = False) -> tuple[Worklist, int]:
    """A worklist with the cases of another behind its own or `in_front` of them, and how many studies of that are left
    out, because their UIDs, or those of their images, are those of another's here. What it has already does not come
    twice."""
    sources = {image.key: image.source for case in worklist.cases for study in case.studies for image in study.images}
    new: list[Case] = []
    left_out = 0
    for case in further.cases:
        here = worklist.study(case.current.key)
        if here is not None and here.patient == case.current.patient:
            continue
        priors = tuple(study for study in case.priors if not _clashes(study, worklist, sources))
        left_out += len(case.priors) - len(priors)
        if _clashes(case.current, worklist, sources):
            left_out += 1 + len(priors)
        else:
            new.append(Case(case.current, priors))
    keys = {image.key for case in new for study in case.studies for image in study.images}
    stamps = {key: stamp for key, stamp in further.stamps.items() if key in keys}
    cases = (*new, *worklist.cases) if in_front else (*worklist.cases, *new)
    return Worklist(cases, {**stamps, **worklist.stamps}), left_out


def left_out_words(number: int) -> str:
    """ "2 studies left out: ..."; empty for none."""
    left_out = counted("%n studies left out: their UIDs are those of another study here", number)
    cure = translate("Listing", "open them by themselves")
    return f"{left_out} ({cure})" if number else ""


def _clashes(study: Study, worklist: Worklist, sources: Mapping[str, ImageSource]) -> bool:
    """Whether the worklist knows another study, or another image, by one of the study's keys."""
    here = worklist.study(study.key)
    if here is not None and here.patient != study.patient:
        return True
    return any(sources.get(image.key, image.source) != image.source for image in study.images)


def _number(row: Row) -> int:
    return row.number


def _files(
    listed: Iterable[StudyRow], chosen: str, away: Away, library: Library
) -> tuple[tuple[Path, ...], dict[tuple[str, ImageSource], Row], int]:
    """The files of studies and of their women's priors, the row of each image in its file, and how many studies are
    left out: two images with one key cannot be told apart on the screen. The `chosen` study is not."""
    told = tuple(listed)
    priors = [prior for one in told if one.prior_count for prior in library.priors(one.study_key)]
    numbered = list(enumerate({one.study_key: one for one in (*told, *priors)}.values()))
    paths: dict[Path, None] = {}
    rows: dict[tuple[str, ImageSource], Row] = {}
    known: set[str] = set()
    left_out = 0
    for number, one in sorted(numbered, key=lambda item: item[1].study_key != chosen):
        held = library.row_key(one.study_key)
        images = () if held is None else _images_there(held[0], away, library, sought=one.study_key == chosen)
        if held is None or known & {image.key for image in images}:
            left_out += held is not None
            continue
        row = Row(number, *held)
        for image in images:
            known.add(image.key)
            paths[image.source.path] = None
            rows[image.key, image.source] = row
    return tuple(paths), rows, left_out


def _images_there(study_key: str, away: Away, library: Library, *, sought: bool) -> list[ImageRow]:
    """The images that the library knows to be there; of a study that is `sought` also those whose file came back, or
    left the list, since it was listed."""
    images = library.study_images(study_key, away)
    near = (image for image in images if away.isdisjoint(image.source.path.parents))
    return [image for image in near if not image.missing or (sought and image.source.path.exists())]
