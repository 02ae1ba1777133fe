"""Owns the four description tables of CBIS-DDSM: one value for each abnormality. Never looks for images.

Lee et al., "A curated mammography data set for use in computer-aided detection and diagnosis research", Scientific Data
4, 2017. The columns are named a little differently in the tables of masses and of calcifications; the paths in them
carry line ends and quotes, and name the crop and the mask by turns wrongly.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from mammoview.core.errors import InputRefusedError
from training.data.notes import Notes
from training.data.places import is_shown
from training.data.table import read_table
from training.data.words import density_of, number_of, side_of

_NEEDED = {"patient_id", "left or right breast", "image view", "abnormality id", "abnormality type", "pathology"}
_PATHS = ("image file path", "cropped image file path", "ROI mask file path")
_NOTED = (
    "abnormality type", "assessment", "subtlety", "mass shape", "mass margins", "calc type", "calc distribution"
)  # fmt: skip
_OF_TEST = re.compile(r"(?<![a-z])test")  # not "latest", as copies are called
_PATHOLOGIES = {"MALIGNANT": "malignant", "BENIGN": "benign", "BENIGN_WITHOUT_CALLBACK": "benign"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Abnormality:
    """One line of a table. `image_key` and `roi_key` name the folder of the film, and that of its crop and mask, as
    "Mass-Training_P_00001_LEFT_CC" and "Mass-Training_P_00001_LEFT_CC_1"; `image_uids` and `roi_uids` are the series
    that the paths name. `part` is the official one; `noted` what radiologists noted of it, as "mass shape=OVAL".
    """

    patient: str
    laterality: str
    view: str
    number: str
    kind: str
    pathology: str
    density: str
    age: float | None
    part: str
    image_key: str
    roi_key: str
    image_uids: tuple[str, ...]
    roi_uids: tuple[str, ...]
    noted: tuple[str, ...] = ()

    @property
    def film(self) -> tuple[str, str, str, str]:
        """What names one film of one part; masses and calcifications of it are in different tables."""
        return (self.part, self.patient, self.laterality, self.view)


def description_tables(folder: Path) -> list[Path]:
    """The description tables in `folder` or in one of its folders."""
    patterns = ("*case_description*.csv", "*/*case_description*.csv")
    return sorted(path for pattern in patterns for path in folder.glob(pattern) if is_shown(path))


def read_descriptions(folder: Path, notes: Notes | None = None) -> tuple[Abnormality, ...]:
    """All abnormalities of the tables that `description_tables` finds; a wrong line is named and left out. One that is
    told again, by a copy of a table, is there once; where the lines differ in its pathology the later one is named.

    Raises InputRefusedError where there is no folder, no table, or one lacks a column.
    """
    if not folder.is_dir():
        raise InputRefusedError(f"{folder}: no such folder", "give the one with the four description tables")
    tables = description_tables(folder)
    if not tables:
        raise InputRefusedError(f"{folder}: no table *_case_description_*_set.csv", "put the four tables there")
    notes = notes or Notes()
    found: dict[str, Abnormality] = {}
    again = 0
    for table in tables:
        for number, record in read_table(table, _NEEDED):
            try:
                told = _abnormality(record, "test" if _OF_TEST.search(table.name.lower()) else "train")
            except (ValueError, KeyError) as error:
                notes.leave_out(f"{table.name} line {number}", f"a line that is not understood: {error}")
                continue
            before = found.setdefault(told.roi_key, told)
            if before is told:
                continue
            again += 1
            found[told.roi_key] = _united(before, told)
            if before.pathology != told.pathology:
                notes.leave_out(f"{table.name} line {number}", "another pathology than a line before tells")
    if again:
        notes.remark(f"{again} lines tell again of an abnormality, as copies of a table do: each is there once")
    return tuple(found.values())


def _united(first: Abnormality, second: Abnormality) -> Abnormality:
    """`first`, with the series that either names."""
    return replace(
        first,
        image_uids=tuple(dict.fromkeys((*first.image_uids, *second.image_uids))),
        roi_uids=tuple(dict.fromkeys((*first.roi_uids, *second.roi_uids))),
    )


def _abnormality(record: Mapping[str, str], part: str) -> Abnormality:
    kind = record["abnormality type"].lower()
    words = ("Mass" if kind == "mass" else "Calc", "Test" if part == "test" else "Training")
    sides = (record["left or right breast"].upper(), record["image view"].upper())
    image_key = f"{words[0]}-{words[1]}_{record['patient_id']}_{sides[0]}_{sides[1]}"
    paths = [_parts(record.get(name, "")) for name in _PATHS]
    return Abnormality(
        patient=record["patient_id"],
        laterality=side_of(record["left or right breast"]),
        view=sides[1],
        number=record["abnormality id"],
        kind=_kind(kind, record.get("mass shape", "")),
        pathology=_PATHOLOGIES[record["pathology"].upper().replace(" ", "_")],
        density=density_of(record.get("breast_density") or record.get("breast density", "")),
        age=number_of(record.get("patient_age", "")),
        part=part,
        image_key=image_key,
        roi_key=f"{image_key}_{record['abnormality id']}",
        image_uids=tuple(_uids(paths[:1])),
        roi_uids=tuple(dict.fromkeys(_uids(paths[1:]))),
        noted=tuple(f"{name}={word}" for name in _NOTED for word in record.get(name, "").upper().split("-") if word),
    )


def _kind(kind: str, shape: str) -> str:
    """The kind of lesion: masses whose shape is nothing but a distortion or an asymmetry are these."""
    shape = shape.upper()
    if kind != "mass":
        return "calcification" if kind == "calcification" else "other"
    if shape == "ARCHITECTURAL_DISTORTION":
        return "distortion"
    return "asymmetry" if shape in ("ASYMMETRIC_BREAST_TISSUE", "FOCAL_ASYMMETRIC_DENSITY") else "mass"


def _parts(path: str) -> tuple[str, ...]:
    return tuple(part.strip().strip('"').strip() for part in path.replace("\\", "/").split("/"))


def _uids(paths: Iterable[tuple[str, ...]]) -> Iterable[str]:
    """The series of each path "KEY/study/series/file.dcm"."""
    return (parts[2] for parts in paths if len(parts) > 2)
