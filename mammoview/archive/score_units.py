"""Owns the values of a run over an archive: the images of a unit, and what was answered. Never reads or scores any.

A unit is the least set of images that `dicom.studies.group_studies` may make studies of: grouped by itself it gives the
studies that it would give among all others. Mostly it is one study.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from mammoview.core.prediction import ImagePrediction
from mammoview.core.study import ImageHeader, ImageSource, Laterality
from mammoview.dicom.studies import leading_name

_COUNTED = re.compile(r"\d{0,2}")
"""Leading names that may number the views of one woman, and that of no leading name, with which those are put."""


@dataclass(frozen=True, slots=True)
class ImageAnswer:
    """What was answered for one image; exactly one of `score`, `refused`, `not_run` and `unreadable` is not None.

    `source`: the number of its file in the store. `score`: the calibrated probability 0..1 of the suspicious class as
    the model gives it, for no site's prevalence; `refused`: why the gate gave none; `not_run`: how the engine failed,
    which the next run tries again; `unreadable`: why the pixels cannot be had. `hint` is what to do about the last two.
    `seconds`: the engine's wall time.
    """

    source: int
    laterality: str = ""
    view: str = ""
    frame: int = 1
    score: float | None = None
    refused: str | None = None
    not_run: str | None = None
    unreadable: str | None = None
    hint: str = ""
    seconds: float = 0.0

    def prediction(self) -> ImagePrediction | None:
        """The classifier's answer, without heat map; None where the image could not be read."""
        if self.unreadable is not None:
            return None
        side = Laterality(self.laterality)
        return ImagePrediction(str(self.source), side, self.score, self.refused, None, self.seconds, self.not_run)

    @property
    def error(self) -> tuple[str, str] | None:
        """Cause and hint where the image was not answered."""
        cause = self.unreadable if self.unreadable is not None else self.not_run
        return None if cause is None else (cause, self.hint)


@dataclass(frozen=True, slots=True)
class UnitImage:
    """One image of a unit. `source`: its file's number in the store; `shown`: how the user named it, `place`: the same
    with an absolute path; `known`: its answer, where it was given before for the file as it is."""

    source: int
    shown: ImageSource
    place: ImageSource
    sop_instance_uid: str | None
    known: ImageAnswer | None = None


@dataclass(frozen=True, slots=True)
class Unit:
    """What is scored as a whole. `state`: changes whenever one of its files does, comes or goes."""

    key: str
    state: str
    images: tuple[UnitImage, ...]

    @property
    def new(self) -> frozenset[int]:
        """The files of the images that are to be scored."""
        return frozenset(image.source for image in self.images if image.known is None)


@dataclass(frozen=True, slots=True)
class StudyAnswer:
    """One study of a unit: its images in its own order, the exam, and by what it is sorted among all studies.

    `breasts` and `score` as of `core.prediction.ExamPrediction`. `woman`, `date` and `time` are as of the file, and
    stay in the store.
    """

    study_instance_uid: str | None
    key: str
    woman: str
    date: str
    time: str
    images: tuple[ImageAnswer, ...]
    breasts: Mapping[str, float] = field(default_factory=dict)
    score: float | None = None


@dataclass(frozen=True, slots=True)
class UnitAnswer:
    """What was answered for a unit, with the `state` that it had when it was handed out. `new`: the files that were not
    answered for before. `device`: what the engine ran on, as of `EngineInfo`; `device_change`: as of `Predictor`."""

    unit: str
    state: str
    studies: tuple[StudyAnswer, ...]
    new: frozenset[int]
    device: str = ""
    device_change: str = ""


def unit_key(header: ImageHeader) -> str:
    """The unit that an image belongs to: its Study Instance UID; without one its folder, with the patient's ID or name,
    else with the leading name of its file, where side or view is told."""
    if header.study_instance_uid:
        return f"uid {header.study_instance_uid}"
    source = header.source
    path = source.path.absolute()  # coarser than by how it was named, which the next run may do otherwise
    folder = str(path.parent) if source.member is None else f"{path}!{source.member.rpartition('/')[0]}"
    patient = _plain(header.patient.patient_id) or _plain(header.patient.name)
    if patient:
        return f"folder {folder}\npatient {patient}"
    if not (header.laterality or header.view):
        return f"file {ImageSource(path, source.member)}"
    name = leading_name(source.stem)
    return f"folder {folder}\nname {'' if _COUNTED.fullmatch(name) else name}"


def state_of(images: list[tuple[int, int, int, str | None]]) -> str:
    """What tells a unit from the same with other files: of (number, bytes, nanoseconds of the last change, SOP Instance
    UID) of each image."""
    return hashlib.sha256(repr(sorted(images, key=lambda image: image[0])).encode()).hexdigest()


def _plain(text: str) -> str:
    """Spaces and case do not make another woman (as of `dicom.studies`)."""
    return " ".join(text.replace("^", " ").split()).casefold()
