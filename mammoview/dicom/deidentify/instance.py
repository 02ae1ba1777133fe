"""Owns one file's way: data set and pixels in, a file that names nobody out. Never chooses where it is written.

PS3.15 E.1.1 and E.2 (basic profile), E.3.1 (Clean Pixel Data), E.3.5, E.3.6; PS3.10 7.1 (preamble and meta elements).
"""

from __future__ import annotations

import io
from collections.abc import Iterator
from dataclasses import dataclass

from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.filewriter import dcmwrite
from pydicom.uid import UID, ExplicitVRLittleEndian

from mammoview.core.errors import InputRefusedError
from mammoview.core.image import StoredPixels
from mammoview.core.study import ImageHeader, ImageSource
from mammoview.dicom.codecs import Decoder
from mammoview.dicom.dataset import ParsedFile
from mammoview.dicom.deidentify.cleaning import Rules, cleaned
from mammoview.dicom.deidentify.marks import find_marks
from mammoview.dicom.deidentify.objects import Kind, check_report, kind_of
from mammoview.dicom.deidentify.pixel_data import write_pixels
from mammoview.dicom.deidentify.planes import write_planes
from mammoview.dicom.deidentify.profile import EDITION
from mammoview.dicom.elements import Elements
from mammoview.dicom.identity import export_name
from mammoview.dicom.quiet import caught_warnings
from mammoview.dicom.reader import read_header, read_image

_BASIC = ("113100", "Basic Application Confidentiality Profile")
_PIXELS = ("113101", "Clean Pixel Data Option")
_CONTENT = ("113104", "Clean Structured Content Option")
_DATES = ("113107", "Retain Longitudinal Temporal Information Modified Dates Option")
_CHARACTERISTICS = ("113108", "Retain Patient Characteristics Option")
_METHOD = f"mammoview, PS3.15 {EDITION} Annex E"


@dataclass(frozen=True, slots=True)
class PixelReport:
    """What was found in the pixels of one image. `blanked`: stored pixels over all frames; `frames`: in how many;
    `over`: rows of letters that stay over the breast; `declared`: Burned In Annotation as the file said it, or empty.
    """

    blanked: int
    frames: int
    over: int
    breast: bool
    declared: str


@dataclass(frozen=True, slots=True, eq=False)
class Cleaned:
    """A file that names nobody: its bytes, its new UIDs, a name by side and view, and what its pixels were found to
    be (None without pixels).
    """

    data: bytes
    sop_instance_uid: str
    study_instance_uid: str
    stem: str
    pixels: PixelReport | None


def deidentified(
    source: ImageSource, parsed: ParsedFile, rules: Rules, *, accept: bool, decoder: Decoder | None = None
) -> Cleaned:
    """The file `parsed` from `source`, cleaned by `rules`. `accept`: letters over the breast, and images in which no
    breast is found, pass as they are.

    Raises InputRefusedError for what cannot be made safe.
    """
    kind = kind_of(parsed.sop_class)
    with caught_warnings():
        if kind is Kind.REPORT:
            check_report(parsed.dataset)
        made = cleaned(parsed.dataset, rules)
        for keyword in ("SOPClassUID", "SOPInstanceUID", "StudyInstanceUID"):
            if not made.get(keyword):
                raise InputRefusedError(f"cannot be told from others: it has no {keyword}")
        made.PatientName = made.PatientID = rules.pseudonym
        declared = Elements(parsed.dataset).code("BurnedInAnnotation")
        report, stem, syntax = None, kind.name.lower(), ExplicitVRLittleEndian
        if kind is Kind.IMAGE:
            header = read_header(source)
            report, syntax = _clean_pixels(made, header, declared, decoder, accept=accept)
            stem = export_name(header)
        elif kind in (Kind.SEGMENTATION, Kind.MAP):
            report, syntax = _clean_planes(made, source, declared, accept=accept)
        _say_what_was_done(made, kind, rules, report)
        data = _file_bytes(made, syntax)
    return Cleaned(data, str(made.SOPInstanceUID), str(made.StudyInstanceUID), stem, report)


def _clean_pixels(
    made: Dataset, header: ImageHeader, declared: str, decoder: Decoder | None, *, accept: bool
) -> tuple[PixelReport, UID]:
    """Write the frames into `made`, what stands beside the breast blanked."""
    if not header.photometric.startswith("MONOCHROME"):
        raise InputRefusedError("is in colour, in which writing cannot be looked for", "leave it out")
    for keyword in ("Rows", "Columns", "BitsAllocated", "BitsStored", "PixelRepresentation"):
        if made.get(keyword) is None:
            raise InputRefusedError(f"does not say how its pixels lie: no {keyword}")
    counts: list[tuple[int, int, bool]] = []

    def frames() -> Iterator[StoredPixels]:
        for number in range(1, header.frames + 1):
            image = read_image(header, number, decoder=decoder)
            marks = find_marks(image)
            counts.append((marks.count, marks.over, marks.breast))
            if not accept:
                _require_safe(marks.breast, marks.over)
            stored = image.stored.copy()
            stored[marks.beside] = marks.air
            yield stored

    compressed = header.transfer_syntax_uid is not None and UID(header.transfer_syntax_uid).is_encapsulated
    syntax = write_pixels(made, frames(), compressed=compressed)
    declared = declared if declared in ("YES", "NO") else ""
    blanked = sum(count for count, _, _ in counts)
    in_frames = sum(count > 0 for count, _, _ in counts)
    over = sum(rows for _, rows, _ in counts)
    return PixelReport(blanked, in_frames, over, all(breast for *_, breast in counts), declared), syntax


def _clean_planes(made: Dataset, source: ImageSource, declared: str, *, accept: bool) -> tuple[PixelReport, UID]:
    """Write the planes of a segmentation or a map into `made`; they are laid over a breast and have no air."""
    syntax, over = write_planes(made, source)
    if not accept:
        _require_safe(True, over)
    return PixelReport(0, 0, over, True, declared if declared in ("YES", "NO") else ""), syntax


def _require_safe(breast: bool, over: int) -> None:
    if not breast:
        raise InputRefusedError("shows no breast with air beside it: what is written in it cannot be found", _ACCEPT)
    if over:
        raise InputRefusedError(f"has {over} row(s) of letters over the breast, which cannot be blanked", _ACCEPT)


_ACCEPT = "look at it, and let it pass with --accept if it names nobody"


def _say_what_was_done(made: Dataset, kind: Kind, rules: Rules, pixels: PixelReport | None) -> None:
    """The attributes that PS3.15 E.1.1 wants in every de-identified object, in the words of CID 7050."""
    methods = [_BASIC, _DATES]
    if pixels is not None:
        is_clean = pixels.breast and not pixels.over
        methods += [_PIXELS] if is_clean else []
        made.BurnedInAnnotation = "NO" if is_clean else "YES"
        made.RecognizableVisualFeatures = "NO"
        if pixels.blanked:
            for keyword in ("SmallestImagePixelValue", "LargestImagePixelValue"):
                made.pop(keyword, None)
    if kind is Kind.REPORT:
        methods.append(_CONTENT)
    if rules.keep_ages:
        methods.append(_CHARACTERISTICS)
    made.PatientIdentityRemoved = "YES"
    made.DeidentificationMethod = _METHOD
    made.DeidentificationMethodCodeSequence = [_code(*method) for method in methods]
    made.LongitudinalTemporalInformationModified = "MODIFIED"


def _code(value: str, meaning: str) -> Dataset:
    item = Dataset()
    item.CodeValue, item.CodingSchemeDesignator, item.CodeMeaning = value, "DCM", meaning
    return item


def _file_bytes(made: Dataset, syntax: UID) -> bytes:
    """The file with an empty preamble and none of the old meta elements; raises InputRefusedError where what was kept
    breaks the standard so that it cannot be written.
    """
    meta = FileMetaDataset()
    meta.MediaStorageSOPClassUID = made.SOPClassUID
    meta.MediaStorageSOPInstanceUID = made.SOPInstanceUID
    meta.TransferSyntaxUID = syntax
    made.file_meta = meta
    stream = io.BytesIO()
    try:
        dcmwrite(stream, made, enforce_file_format=True, implicit_vr=False, little_endian=True)
    except Exception as error:  # pydicom's writers meet whatever was in the file: they have many exceptions
        raise InputRefusedError("holds values that cannot be written again", "ask its maker to mend it") from error
    return stream.getvalue()
