"""Owns which images belong together: headers -> `Study` values in a stable order. Never reads files."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import replace

from mammoview.core.study import ImageHeader, Laterality, Study, View
from mammoview.dicom.views import side_view_of_text

_SIDE_ORDER = {side: index for index, side in enumerate((Laterality.RIGHT, Laterality.LEFT, Laterality.UNKNOWN))}
_VIEW_ORDER = {view: index for index, view in enumerate(View)}
_SEPARATORS = " ._-()[]+#,"
_SEQUENCE_NUMBER = re.compile(r"\d{1,2}")
_GroupKey = tuple[str, ...]


def group_studies(headers: Iterable[ImageHeader]) -> tuple[Study, ...]:
    """The studies of all images, whatever order they come in.

    Images with one Study Instance UID and one patient are a study. Where a UID is shared by several
    patients, each patient's images become a study of their own, with a warning and without the UID as its
    key. Images without a UID make one study per folder and patient; plain pictures one per folder and
    leading name ("p0001" of "p0001_R_CC_1.jpg").
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
    return tuple(sorted(studies, key=lambda study: (study.study_date, study.images[0].study_time, study.key)))


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


def _patient_key(image: ImageHeader) -> str:
    """Who it is: the ID, else the name; spaces and case do not make another woman."""
    text = image.patient.patient_id or image.patient.name
    return " ".join(text.replace("^", " ").split()).casefold()


def _by_patient(uid: str, images: list[ImageHeader]) -> list[Study]:
    patients: dict[str, list[ImageHeader]] = {}
    for image in images:
        patients.setdefault(_patient_key(image), []).append(image)
    if len(patients) == 1:
        return [Study(uid, _ordered(images))]
    line = "this study's UID is also used for another patient: shown apart"
    return [
        Study(None, _ordered([replace(image, warnings=(*image.warnings, line)) for image in part]))
        for part in patients.values()
    ]


def _by_name(images: list[ImageHeader]) -> list[list[ImageHeader]]:
    """One folder's images without UID: by patient where a header names one, else by the leading name."""
    parts: dict[_GroupKey, list[ImageHeader]] = {}
    for image in images:
        patient = _patient_key(image)
        key: _GroupKey = ("patient", patient) if patient else ("name", leading_name(image.source.stem))
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
