"""Owns what holds for the rows of every data set: their files are there, none is listed twice, a woman has one name.
Never reads pixels.
"""

from __future__ import annotations

import os
import re
from collections.abc import Sequence
from dataclasses import replace

from training.data.nobody import is_placeholder, is_zero
from training.data.notes import Notes
from training.data.table import ImageRow

_SPACES = re.compile(r"[\s_-]+")
_LEADING_ZEROS = re.compile(r"(?<![\d.])0+(?=\d)")


def checked(rows: Sequence[ImageRow], notes: Notes) -> tuple[ImageRow, ...]:
    """The rows that can be used, in their order; what is left out is named in `notes`, and why.

    Left out are images that are not there; an image that is listed again, with the same words once, with another woman,
    side, view, label or part altogether, as nobody can say which holds; and the lesions of an image of which a mask is
    not there. Women whose names differ only in capitals, spaces, "_", "-" or leading zeros are taken for one: to take
    one for two would let her into two parts of a split. Images under a name that is nobody's ("ANON") are of nobody
    known: to take them for one woman's would put a whole set into one part.
    """
    there = [row for row in rows if _is_there(row, notes)]
    return _one_name(_of_nobody(_once(there, notes), notes), notes)


def _is_there(row: ImageRow, notes: Notes) -> bool:
    there = row.file.is_file()
    if not there:
        notes.leave_out(row.file, "no such file")
    return there


def _once(rows: Sequence[ImageRow], notes: Notes) -> list[ImageRow]:
    places: dict[tuple[object, ...], list[ImageRow]] = {}
    for row in rows:
        places.setdefault((os.path.normpath(row.file.absolute()), row.crop_px), []).append(row)
    found = []
    for listed in places.values():
        if len({(row.patient_id, row.laterality, row.view, row.label, row.part) for row in listed}) > 1:
            notes.leave_out(listed[0].file, "listed again with another woman, side, view, label or part")
            continue
        for row in listed[1:]:
            notes.leave_out(row.file, "listed again")
        lesions = tuple(dict.fromkeys(lesion for row in listed for lesion in row.lesions))
        if any(lesion.mask and not lesion.mask.is_file() for lesion in lesions):
            notes.leave_out(f"lesions of {listed[0].file}", "no such mask")
            lesions = ()
        found.append(listed[0] if lesions == listed[0].lesions else replace(listed[0], lesions=lesions))
    return found


def _of_nobody(rows: Sequence[ImageRow], notes: Notes) -> list[ImageRow]:
    names = {row.patient_id: _own_name(row) for row in rows if row.woman_known}
    nobody = {woman for woman, name in names.items() if is_placeholder(name) or (len(names) == 1 and is_zero(name))}
    if not nobody:
        return list(rows)
    notes.remark(
        f"{sum(row.patient_id in nobody for row in rows)} images have a woman's name that is nobody's "
        f"({', '.join(sorted(repr(names[woman]) for woman in nobody))}): they can be trained on, but never chosen or "
        "judged by; name the women in the table"
    )
    return [
        replace(row, patient_id=f"{row.source}/file {'/'.join(row.file.parts[-3:])}", woman_known=False)
        if row.patient_id in nobody
        else row
        for row in rows
    ]


def _own_name(row: ImageRow) -> str:
    """The woman's name, without that of the data set before it."""
    own = row.patient_id.removeprefix(f"{row.source}/")
    return own if own != row.patient_id else own.partition("/")[2] if "/" in own else own


def _one_name(rows: Sequence[ImageRow], notes: Notes) -> tuple[ImageRow, ...]:
    names: dict[str, dict[str, None]] = {}
    for row in rows:
        if row.woman_known:
            names.setdefault(_plain(row.patient_id), {})[row.patient_id] = None
    first = {name: next(iter(written)) for written in names.values() for name in written}
    several = sum(len(written) > 1 for written in names.values())
    if not several:
        return tuple(rows)
    notes.remark(
        f"{several} women are written in several ways (capitals, spaces, leading zeros): each is taken for one"
    )
    return tuple(replace(row, patient_id=first.get(row.patient_id, row.patient_id)) for row in rows)


def _plain(name: str) -> str:
    return _LEADING_ZEROS.sub("", _SPACES.sub("-", name.strip().casefold()))
