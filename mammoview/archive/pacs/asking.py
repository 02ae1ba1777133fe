"""Owns what is asked of an archive and what its answers say, as values (PS3.4 Annexes C and K). Never connects."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from pydicom.dataset import Dataset
from pynetdicom import sop_class

from mammoview.archive.pacs.uids import checked_uid
from mammoview.core.errors import UsageError
from mammoview.dicom.elements import Elements
from mammoview.dicom.quiet import caught_warnings

LEVELS: Final = ("patient", "study", "series", "image")
ROOTS: Final = ("study", "patient")

_FIND = {
    "study": sop_class.StudyRootQueryRetrieveInformationModelFind,  # type: ignore[attr-defined]
    "patient": sop_class.PatientRootQueryRetrieveInformationModelFind,  # type: ignore[attr-defined]
}
_PATIENT = ("PatientID", "PatientName", "PatientBirthDate", "PatientSex")
_OF_LEVEL = {
    "patient": (*_PATIENT, "NumberOfPatientRelatedStudies"),
    "study": (
        *_PATIENT,
        "StudyInstanceUID",
        "StudyDate",
        "StudyTime",
        "AccessionNumber",
        "StudyDescription",
        "ModalitiesInStudy",
        "NumberOfStudyRelatedSeries",
        "NumberOfStudyRelatedInstances",
    ),
    "series": (
        "StudyInstanceUID",
        "SeriesInstanceUID",
        "Modality",
        "SeriesNumber",
        "SeriesDescription",
        "NumberOfSeriesRelatedInstances",
    ),
    "image": ("StudyInstanceUID", "SeriesInstanceUID", "SOPInstanceUID", "SOPClassUID", "InstanceNumber"),
}
"""The attributes that are asked for (PS3.4 C.6.1.1, C.6.2.1)."""

_UNIQUE = {"patient": "PatientID", "study": "StudyInstanceUID", "series": "SeriesInstanceUID"}
_WORKLIST = (
    "PatientName",
    "PatientID",
    "PatientBirthDate",
    "PatientSex",
    "AccessionNumber",
    "StudyInstanceUID",
    "RequestedProcedureID",
    "RequestedProcedureDescription",
    "ReferringPhysicianName",
)
_STEP = (
    "Modality",
    "ScheduledStationAETitle",
    "ScheduledProcedureStepStartDate",
    "ScheduledProcedureStepStartTime",
    "ScheduledPerformingPhysicianName",
    "ScheduledProcedureStepDescription",
    "ScheduledProcedureStepID",
)

OPEN_ATTRIBUTES: Final = frozenset(
    {
        "PatientSex",
        "StudyInstanceUID",
        "SeriesInstanceUID",
        "SOPInstanceUID",
        "SOPClassUID",
        "Modality",
        "ModalitiesInStudy",
        "SeriesNumber",
        "InstanceNumber",
        "NumberOfPatientRelatedStudies",
        "NumberOfStudyRelatedSeries",
        "NumberOfStudyRelatedInstances",
        "NumberOfSeriesRelatedInstances",
        "ScheduledStationAETitle",
    }
)
"""What an answer may tell without naming the woman, the staff or the time. Free texts may hold anything."""


@dataclass(frozen=True, slots=True)
class Query:
    """What to look for. Raises UsageError for what cannot be asked.

    `level` is one of LEVELS, `root` one of ROOTS. `keys`: attributes to match, by DICOM keyword, with the wild cards,
    ranges and lists of PS3.4 C.2.2.2; a series needs the study's UID and an image the series' too, with the patient
    root a study needs the Patient ID (PS3.4 C.4.1.2.1).
    """

    level: str = "study"
    keys: Mapping[str, str] = field(default_factory=dict)
    root: str = "study"

    def __post_init__(self) -> None:
        if self.level not in LEVELS or self.root not in ROOTS:
            raise UsageError(f"{self.level[:40]!r} of the {self.root[:40]!r} root is no level of a query")
        if self.root == "study" and self.level == "patient":
            raise UsageError("the study root has no level of patients", "ask with the patient root")
        above = LEVELS[LEVELS.index(self.root) : LEVELS.index(self.level)]
        for needed in (_UNIQUE[level] for level in above):
            if not self.keys.get(needed):
                raise UsageError(f"a query for one {self.level} needs {needed}")

    @property
    def model(self) -> str:
        """The SOP class of the query."""
        return str(_FIND[self.root])

    def identifier(self) -> Dataset:
        """The data set that is sent. Raises UsageError where a key is none, or its value cannot be sent."""
        asked = dict.fromkeys(_OF_LEVEL[self.level], "")
        if self.level != "patient" and self.root == "patient":
            asked["PatientID"] = ""
        return _identifier({**asked, **self.keys}, QueryRetrieveLevel=self.level.upper())


@dataclass(frozen=True, slots=True)
class Worklist:
    """Which scheduled procedure steps to ask a modality worklist for (PS3.4 K.6.1): `modality`, `station` (AE title)
    and `date` (YYYYMMDD, or a range with "-") are empty for any; `keys` as of `Query`.
    """

    modality: str = "MG"
    station: str = ""
    date: str = ""
    keys: Mapping[str, str] = field(default_factory=dict)

    @property
    def model(self) -> str:
        return str(sop_class.ModalityWorklistInformationFind)  # type: ignore[attr-defined]

    def identifier(self) -> Dataset:
        """As of `Query`."""
        dataset = _identifier({**dict.fromkeys(_WORKLIST, ""), **self.keys})
        step = {
            **dict.fromkeys(_STEP, ""),
            "Modality": self.modality,
            "ScheduledStationAETitle": self.station,
            "ScheduledProcedureStepStartDate": self.date,
        }
        dataset.ScheduledProcedureStepSequence = [_identifier(step)]
        return dataset


@dataclass(frozen=True, slots=True)
class Match:
    """One answer: texts by DICOM keyword, values of several joined by backslashes; what is not told is left out."""

    values: Mapping[str, str]

    def uid(self, keyword: str) -> str | None:
        """A UID that may be used; None where there is none."""
        return checked_uid(self.values.get(keyword, ""))

    def number(self, keyword: str) -> int | None:
        """A count; None where none is told."""
        text = self.values.get(keyword, "").strip()
        return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else None

    def open_values(self) -> dict[str, str]:
        """Those that name nobody."""
        return {name: value for name, value in self.values.items() if name in OPEN_ATTRIBUTES}


def match_of(identifier: Dataset) -> Match:
    """The texts of an answer, the first scheduled procedure step's among them."""
    with caught_warnings():
        elements = Elements(identifier)
        values = {name: elements.text(name) for name in _ASKED}
        step = elements.first_item("ScheduledProcedureStepSequence")
        if step is not None:
            values |= {name: step.text(name) for name in _STEP}
    return Match({name: value for name, value in values.items() if value})


_ASKED = tuple(dict.fromkeys((*(name for names in _OF_LEVEL.values() for name in names), *_WORKLIST)))


def _identifier(values: Mapping[str, str], **more: Any) -> Dataset:
    """A data set of texts, in UTF-8 where ASCII does not do."""
    dataset = Dataset()
    if not all(value.isascii() for value in values.values()):
        dataset.SpecificCharacterSet = "ISO_IR 192"
    with caught_warnings():
        for name, value in {**values, **more}.items():
            try:
                setattr(dataset, name, value)
                known = name in dataset
            except (ValueError, TypeError):
                known = False
            if not known:
                raise UsageError(f"{name[:64]!r} cannot be asked for with this value", "see PS3.4 C.2.2.2")
    return dataset
