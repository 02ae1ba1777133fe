"""Owns which images belong together: headers -> `Study` values in a stable order. Never reads files."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import replace

from mammoview.core.study import ImageHeader, Laterality, ObjectHeader, Patient, Study, View
from mammoview.dicom.views import side_view_of_text

_SIDE_ORDER = {side: index for index, side in enumerate((Laterality.RIGHT, Laterality.LEFT, Laterality.UNKNOWN))}
_VIEW_ORDER = {view: index for index, view in enumerate(View)}
_SEPARATORS = " ._-()[]+#,"
_SEQUENCE_NUMBER = re.compile(r"\d{1,2}")
_GroupKey = tuple[str, ...]
_IdAndName = tuple[str, str]


def group_studies(headers: Iterable[ImageHeader]) -> tuple[Study, ...]:
    """The studies of all images, whatever order they come in: by woman, the newest first.

    Images with one Study Instance UID and one patient are a study; one that names no patient goes with the
    others. Where a UID is shared by several patients, each patient's images become a study of their own,
    with a warning and without the UID as its key. Images without a UID make one study per folder and
    patient; plain pictures one per folder and leading name ("p0001" of "p0001_R_CC_1.jpg"). An image that
    tells neither patient nor side nor view is a study of its own.
    """
    ordered = sorted(headers, key=lambda header: str(header.source))
    groups: dict[_GroupKey, list[ImageHeader]] = {}
    for header in ordered:
        groups.setdefault(_first_key(header), []).append(header)
    studies: list[Study] = []
    for key, images in groups.items():
        if key[0] == "uid":
            studies.extend(_by_patient(key[1], images))
        else:
            studies.extend(Study(None, _ordered(part)) for part in _by_name(images))
    studies.sort(key=lambda study: study.key)
    studies.sort(key=lambda study: (study.study_date, study.images[0].study_time), reverse=True)
    return tuple(sorted(studies, key=_woman))


def attached(studies: Iterable[Study], objects: Iterable[ObjectHeader]) -> tuple[Study, ...]:
    """The studies, each with the objects that are about it, by date and time: those that name one of its images, and
    those of its UID that name no image of any of the studies. Nothing that names another patient is about a study.
    """
    listed = tuple(studies)
    keys = [frozenset(_uids(study)) for study in listed]
    everything = frozenset[str]().union(*keys)
    mine: list[list[ObjectHeader]] = [[] for _ in listed]
    for found in sorted(objects, key=lambda one: (one.date, one.time, str(one.source))):
        named = everything.intersection(found.referenced)
        for own, study, about in zip(mine, listed, keys, strict=True):
            same_study = found.study_instance_uid is not None and any(
                image.study_instance_uid == found.study_instance_uid for image in study.images
            )
            belongs = bool(about & named) if named else same_study
            if belongs and all(may_be_one_patient(found.patient, image.patient) for image in study.images):
                own.append(found)
    return tuple(replace(study, objects=tuple(own)) if own else study for study, own in zip(listed, mine, strict=True))


def _uids(study: Study) -> Iterator[str]:
    """The images of a study and those that they were made from."""
    for image in study.images:
        if image.sop_instance_uid is not None:
            yield image.sop_instance_uid
        yield from (uid for uid, _ in image.source_images)


def _first_key(header: ImageHeader) -> _GroupKey:
    if header.study_instance_uid:
        return "uid", header.study_instance_uid
    return "folder", _folder(header)


def _folder(header: ImageHeader) -> str:
    member = header.source.member
    if member is None:
        return str(header.source.path.parent)
    return f"{header.source.path}!{member.rpartition('/')[0]}"


def _ordered(images: list[ImageHeader]) -> tuple[ImageHeader, ...]:
    """By side, view, modifiers, then UID, then source."""
    return tuple(
        sorted(
            images,
            key=lambda image: (
                _SIDE_ORDER[image.laterality],
                _VIEW_ORDER[image.view] if image.view else len(_VIEW_ORDER),
                image.view_modifiers,
                image.sop_instance_uid or "",
                str(image.source),
            ),
        )
    )


def may_be_one_patient(one: Patient, other: Patient) -> bool:
    """Whether nothing tells the two apart: by ID where both have one, else by name where both have one."""
    return _fits(_id_and_name(one), [_id_and_name(other)])


def _fits(who: _IdAndName, known: list[_IdAndName]) -> bool:
    """Whether `who` may be the one woman that `known` are; an empty ID or name is not another one."""
    number, name = who
    numbers, names = {one for one, _ in known if one}, {one for _, one in known if one}
    if number and numbers:
        return number in numbers
    return not name or not names or name in names


def _id_and_name(patient: Patient) -> _IdAndName:
    """Spaces and case do not make another woman."""
    return _plain(patient.patient_id), _plain(patient.name)


def _plain(text: str) -> str:
    return " ".join(text.replace("^", " ").split()).casefold()


def _patient_key(image: ImageHeader) -> str:
    """Who it is: the ID, else the name."""
    number, name = _id_and_name(image.patient)
    return number or name


def _woman(study: Study) -> tuple[str, str]:
    """Whose study it is; one that names nobody is a woman of its own."""
    named = next((key for key in map(_patient_key, study.images) if key), "")
    return named, "" if named else study.key


def _by_patient(uid: str, images: list[ImageHeader]) -> list[Study]:
    named: dict[_IdAndName, list[ImageHeader]] = {}
    for image in images:
        named.setdefault(_id_and_name(image.patient), []).append(image)
    patients: list[list[_IdAndName]] = []
    # those with an ID first, then those with a name: who they are decides where the others belong
    for who in sorted(named, key=lambda who: tuple(not text for text in who)):
        fitting = [known for known in patients if _fits(who, known)]
        if len(fitting) == 1:
            fitting[0].append(who)
        else:
            patients.append([who])
    if len(patients) == 1:
        return [Study(uid, _ordered(images))]
    line = "this study's UID is also used for another patient: shown apart"
    parts = [[image for who in known for image in named[who]] for known in patients]
    return [
        Study(None, _ordered([replace(image, warnings=(*image.warnings, line)) for image in part])) for part in parts
    ]


def _by_name(images: list[ImageHeader]) -> list[list[ImageHeader]]:
    """One folder's images without UID: by patient where a header names one, else by the leading name where
    side or view is told, else each for itself.
    """
    parts: dict[_GroupKey, list[ImageHeader]] = {}
    for image in images:
        patient = _patient_key(image)
        key: _GroupKey = ("patient", patient)
        if not patient:
            told = image.laterality or image.view
            key = ("name", leading_name(image.source.stem)) if told else ("alone", str(image.source))
        parts.setdefault(key, []).append(image)
    numbered = [key for key in parts if key[0] == "name" and _SEQUENCE_NUMBER.fullmatch(key[1])]
    counted = [image for key in numbered for image in parts[key]]
    if len(counted) == len(numbered) and len({image.side_view for image in counted}) == len(counted):
        # "1_R_CC", "2_L_CC", ...: each number and each view once, so the numbers count views, not women
        merged = parts.setdefault(("name", ""), [])
        for number in numbered:
            merged.extend(parts.pop(number))
    return [part for part in parts.values() if part]


def leading_name(stem: str) -> str:
    """What stands ahead of side and view in a name: "p0001" of "p0001_R_CC_1"; empty where it has neither."""
    found = side_view_of_text(stem)
    if not found.laterality and not found.view:
        return ""
    return stem[: found.start].strip(_SEPARATORS)
