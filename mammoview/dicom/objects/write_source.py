"""Owns what every written object has from the image that it tells of: identity, references, the maker. Never changes
the original.

What the library that builds the objects is handed is a made data set without a name in it (`Source.blank`), so that no
identity can come into its log lines; the identity is laid over the finished object by `finish`, as far as it is valid.
"""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from pydicom import config
from pydicom.datadict import dictionary_VR
from pydicom.dataelem import DataElement
from pydicom.dataset import Dataset
from pydicom.tag import Tag
from pydicom.uid import UID

from mammoview.core.errors import InputRefusedError
from mammoview.core.geometry import Orientation
from mammoview.core.study import ImageHeader, Laterality
from mammoview.dicom.dataset import parse_source
from mammoview.dicom.elements import Elements
from mammoview.dicom.objects.codes import BREAST, SIDES
from mammoview.dicom.objects.uids import (
    CONTENT_QUALIFICATION,
    MANUFACTURER,
    SERIAL_NUMBER,
    Series,
    new_uid,
    version,
)
from mammoview.dicom.quiet import caught_warnings

_TEXTS = (
    "PatientName",
    "PatientID",
    "IssuerOfPatientID",
    "PatientAge",
    "StudyID",
    "AccessionNumber",
    "ReferringPhysicianName",
    "StudyDescription",
    "PatientIdentityRemoved",
    "DeidentificationMethod",
    "LongitudinalTemporalInformationModified",
)
"""Patient, General Study and Patient Study modules (PS3.3 C.7.1.1, C.7.2.1, C.7.2.2), as far as they identify."""

_TYPE_2 = frozenset({"PatientName", "PatientID", "StudyID", "AccessionNumber", "ReferringPhysicianName"})
_AGE = re.compile(r"\d{3}[DWMY]")
_UTF_8 = "ISO_IR 192"
_OPPOSITE = dict(zip("APLRHF", "PARLFH", strict=True))
_AXES = {"L": (1, 0, 0), "R": (-1, 0, 0), "P": (0, 1, 0), "A": (0, -1, 0), "H": (0, 0, 1), "F": (0, 0, -1)}


@dataclass(frozen=True, slots=True, eq=False)
class Source:
    """An image that objects tell of: its header, and its data set without pixels."""

    header: ImageHeader
    dataset: Dataset

    @classmethod
    def read(cls, header: ImageHeader) -> Source:
        """Raises InputRefusedError where the image cannot be read or cannot be referred to, as a plain picture."""
        uids = (header.study_instance_uid, header.series_instance_uid, header.sop_instance_uid, header.sop_class_uid)
        if not all(uid and UID(uid, validation_mode=config.IGNORE).is_valid for uid in uids):
            raise InputRefusedError(
                "has no valid UIDs of study, series and image, so that no DICOM object can refer to it",
                "give DICOM images",
            )
        return cls(header, parse_source(header.source).dataset)

    def blank(self) -> Dataset:
        """The image as the objects refer to it: UIDs and size, without identity. A new data set each time."""
        header, blank = self.header, Dataset()
        blank.StudyInstanceUID, blank.SeriesInstanceUID = header.study_instance_uid, header.series_instance_uid
        blank.SOPInstanceUID, blank.SOPClassUID = header.sop_instance_uid, header.sop_class_uid
        for keyword in (*_TYPE_2, "PatientBirthDate", "PatientSex", "StudyDate", "StudyTime"):
            setattr(blank, keyword, "")
        blank.Modality = header.modality or "MG"
        blank.Rows, blank.Columns = header.rows, header.columns
        blank.SamplesPerPixel, blank.PhotometricInterpretation = 1, header.photometric
        blank.BitsAllocated = blank.BitsStored = 16
        blank.HighBit, blank.PixelRepresentation = 15, 0
        if header.frames > 1:
            blank.NumberOfFrames = header.frames
            blank.SharedFunctionalGroupsSequence = [Dataset()]  # nothing is inherited from the image's own
            blank.PerFrameFunctionalGroupsSequence = [Dataset() for _ in range(header.frames)]
        tell_compression(blank, self)
        return blank

    def reference(self, frame: int = 1) -> Dataset:
        """An item of a Referenced or Source Image Sequence; the frame is told of multi-frame images alone."""
        item = Dataset()
        item.ReferencedSOPClassUID = self.header.sop_class_uid
        item.ReferencedSOPInstanceUID = self.header.sop_instance_uid
        if self.header.frames > 1:
            item.ReferencedFrameNumber = frame
        return item


def arguments(series: Series, number: int) -> dict[str, Any]:
    """What the constructors of highdicom take for the series and the maker of instance `number` (from 1)."""
    return {
        "series_instance_uid": series.uid,
        "series_number": series.number,
        "series_description": series.description,
        "sop_instance_uid": new_uid(),
        "instance_number": number,
        "manufacturer": MANUFACTURER,
        "manufacturer_model_name": MANUFACTURER,
        "software_versions": version(),
        "device_serial_number": SERIAL_NUMBER,
        "content_qualification": CONTENT_QUALIFICATION,
    }


def finish(made: Dataset, source: Source, series: Series) -> Dataset:
    """Lay the identity of the image's patient and study over a made object, in place; returns it.

    Only what is valid is taken: a birth date of 00000000 becomes empty. All texts are UTF-8, PS3.5 6.1.2.3.
    """
    with caught_warnings():
        elements = Elements(source.dataset)
        for keyword in _TEXTS:
            text = elements.text(keyword)
            if keyword == "PatientAge" and not _AGE.fullmatch(text):
                text = ""
            if text or keyword in _TYPE_2:
                made.add(_as_it_is(keyword, text))
            elif keyword in made:
                delattr(made, keyword)
        made.PatientBirthDate = elements.date("PatientBirthDate").replace("-", "")
        sex = elements.code("PatientSex")
        made.PatientSex = sex if sex in ("M", "F", "O") else ""
        made.StudyDate = elements.date("StudyDate").replace("-", "")
        made.StudyTime = elements.time("StudyTime").replace(":", "")
        if elements.has("DeidentificationMethodCodeSequence"):
            made.DeidentificationMethodCodeSequence = source.dataset.DeidentificationMethodCodeSequence
        made.SpecificCharacterSet = _UTF_8
        made.SeriesDate, made.SeriesTime = series.made.strftime("%Y%m%d"), series.made.strftime("%H%M%S")
    return made


def _as_it_is(keyword: str, text: str) -> DataElement:
    """An element whose value is not checked, since a message about it would quote it."""
    tag = Tag(keyword)
    return DataElement(tag, dictionary_VR(tag), text, validation_mode=config.IGNORE)


def tell_compression(made: Dataset, source: Source) -> None:
    """What was made of lossy pixels is lossy for ever, PS3.3 C.7.6.1.1.5; in place."""
    made.LossyImageCompression = "01" if source.header.lossy else "00"
    for keyword in ("LossyImageCompressionRatio", "LossyImageCompressionMethod"):
        if source.header.lossy and keyword in source.dataset:
            setattr(made, keyword, source.dataset[keyword].value)


def code_item(value: Any) -> Dataset:
    """A code as an item of a code sequence."""
    item = Dataset()
    item.CodeValue, item.CodingSchemeDesignator, item.CodeMeaning = value.value, value.scheme_designator, value.meaning
    return item


def describe_anatomy(item: Dataset, laterality: Laterality, *, keyword: str) -> None:
    """The breast and its side, in place; `keyword` is the attribute of the side."""
    item.AnatomicRegionSequence = [code_item(BREAST)]
    if laterality in SIDES:
        setattr(item, keyword, str(laterality))


def laid_codes(header: ImageHeader, orientation: Orientation) -> tuple[str, str] | None:
    """Patient Orientation of the image after laying, (of rows, of columns); None where the file does not tell."""
    if header.patient_orientation is None:
        return None
    rows, columns = header.patient_orientation
    if orientation.transpose:
        rows, columns = columns, rows
    return (
        _turned(rows) if orientation.flip_columns else rows,
        _turned(columns) if orientation.flip_rows else columns,
    )


def direction_cosines(codes: tuple[str, str] | None) -> tuple[float, ...]:
    """Image Orientation (Patient), PS3.3 C.7.6.2.1.1, as Patient Orientation tells it by letters: six numbers.

    A projection has no such attribute; what it gives is the direction in which a map on its grid is seen. Rows to the
    left and columns to the feet where the letters are missing or are not at right angles.
    """
    if codes is not None:
        row, column = (_direction(code) for code in codes)
        if row and column and abs(math.fsum(a * b for a, b in zip(row, column, strict=True))) < 1e-9:
            return (*row, *column)
    return (1.0, 0.0, 0.0, 0.0, 0.0, -1.0)


def _turned(code: str) -> str:
    return "".join(_OPPOSITE.get(letter, letter) for letter in code)


def _direction(code: str) -> tuple[float, ...]:
    """The unit vector of the first two letters, which have equal parts in it; empty for none."""
    axes = [_AXES[letter] for letter in code[:2] if letter in _AXES]
    summed = [sum(along) for along in zip(*axes, strict=True)]
    size = math.hypot(*summed)
    return tuple(part / size for part in summed) if size else ()


def equal_study(sources: Sequence[Source]) -> Source:
    """The first of images that are of one study; raises InputRefusedError where they are not, or there is none."""
    if len({source.header.study_instance_uid for source in sources}) != 1:
        raise InputRefusedError("images of several studies, or none, were given for one object")
    return sources[0]


def time_of(stamp: str) -> datetime:
    """An ISO 8601 time of the library as local time without zone; raises InputRefusedError."""
    try:
        read = datetime.fromisoformat(stamp)
    except ValueError as error:
        raise InputRefusedError("an assessment tells no valid time") from error
    return read.astimezone().replace(tzinfo=None) if read.tzinfo else read
