"""Owns how the objects that mammoview writes are named: UIDs, series numbers, descriptions, the maker. Writes nothing.

The series of each kind has a number far behind those of acquisition, so that lists of a PACS end with them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from pydicom.uid import (
    UID,
    ComprehensiveSRStorage,
    EnhancedSRStorage,
    GrayscaleSoftcopyPresentationStateStorage,
    MammographyCADSRStorage,
    ParametricMapStorage,
    SecondaryCaptureImageStorage,
    generate_uid,
)

import mammoview

MANUFACTURER = "mammoview"
SERIAL_NUMBER = "none"
"""Device Serial Number (0018,1000), which the Enhanced General Equipment module asks for: a program has none."""

CONTENT_QUALIFICATION = "RESEARCH"
"""Content Qualification (0018,9004), PS3.3 C.12.1: nothing that mammoview writes is of an approved product."""

_FIRST_SERIES = 9001


class Kind(StrEnum):
    """What is written."""

    CAPTURE = "sc"
    PRESENTATION = "pr"
    CAD = "cad"
    MAP = "map"
    OVERLAY = "overlay"
    ASSESSMENT = "assessment"
    MEASUREMENTS = "measurements"


WRITTEN: Mapping[Kind, tuple[UID, ...]] = {
    Kind.CAPTURE: (SecondaryCaptureImageStorage,),
    Kind.PRESENTATION: (GrayscaleSoftcopyPresentationStateStorage,),
    Kind.CAD: (MammographyCADSRStorage,),
    Kind.MAP: (ParametricMapStorage,),
    Kind.OVERLAY: (SecondaryCaptureImageStorage,),
    Kind.ASSESSMENT: (EnhancedSRStorage,),
    Kind.MEASUREMENTS: (ComprehensiveSRStorage,),
}
"""The SOP classes of the objects of each kind."""

_DESCRIPTIONS = {
    Kind.CAPTURE: "mammoview annotated views",
    Kind.PRESENTATION: "mammoview presentation states",
    Kind.CAD: "mammoview CAD, not for diagnosis",
    Kind.MAP: "mammoview heat maps, values",
    Kind.OVERLAY: "mammoview heat maps over views",
    Kind.ASSESSMENT: "mammoview assessment",
    Kind.MEASUREMENTS: "mammoview measurements",
}


@dataclass(frozen=True, slots=True)
class Series:
    """One new series of a study: all objects of one kind that are written at one time."""

    kind: Kind
    uid: UID
    made: datetime

    @classmethod
    def new(cls, kind: Kind, made: datetime) -> Series:
        return cls(kind, new_uid(), made)

    @property
    def number(self) -> int:
        """Series Number (0020,0011), the same for a kind in every study."""
        return _FIRST_SERIES + tuple(Kind).index(self.kind)

    @property
    def description(self) -> str:
        """Series Description (0008,103E)."""
        return description_of(self.kind)


def description_of(kind: Kind) -> str:
    """Series Description (0008,103E) of all series of a kind."""
    return _DESCRIPTIONS[kind]


def new_uid() -> UID:
    """A UID that was never given before: a random UUID as PS3.5 B.2 writes it."""
    return generate_uid(prefix=None)


def mark_uid(mark_id: str) -> UID:
    """The Tracking UID of a mark, the same whenever it is written: the UUID of 32 hexadecimal digits that the mark has,
    as PS3.5 B.2 writes it."""
    return UID(f"2.25.{int(mark_id, 16)}")


def version() -> str:
    """Software Versions (0018,1020)."""
    return mammoview.__version__
