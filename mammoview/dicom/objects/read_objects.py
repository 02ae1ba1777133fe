"""Owns which objects that are no images are understood: listed by their header, read when they are to be shown. Never
draws them, and never stops for a damaged one.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from io import BytesIO
from pathlib import Path

from pydicom import dcmread
from pydicom.dataset import Dataset

from mammoview.core.errors import CancelledError, InputRefusedError
from mammoview.core.overlaid import Overlaid
from mammoview.core.study import ImageHeader, ImageSource, ObjectHeader, ObjectKind, Patient
from mammoview.dicom.dataset import ParsedFile, has_prefix, parse_source
from mammoview.dicom.elements import Elements
from mammoview.dicom.objects.read_presentation import read_presentation
from mammoview.dicom.objects.read_raster import read_raster
from mammoview.dicom.objects.read_report import read_report
from mammoview.dicom.objects.read_tree import code_of, short
from mammoview.dicom.quiet import caught_warnings
from mammoview.dicom.sources import first_bytes, open_source

_KINDS = {
    "1.2.840.10008.5.1.4.1.1.11.1": ObjectKind.PRESENTATION,
    "1.2.840.10008.5.1.4.1.1.88.50": ObjectKind.CAD,
    "1.2.840.10008.5.1.4.1.1.88.11": ObjectKind.REPORT,
    "1.2.840.10008.5.1.4.1.1.88.22": ObjectKind.REPORT,
    "1.2.840.10008.5.1.4.1.1.88.33": ObjectKind.REPORT,
    "1.2.840.10008.5.1.4.1.1.88.34": ObjectKind.REPORT,
    "1.2.840.10008.5.1.4.1.1.88.35": ObjectKind.REPORT,
    "1.2.840.10008.5.1.4.1.1.66.4": ObjectKind.SEGMENTATION,
    "1.2.840.10008.5.1.4.1.1.66.7": ObjectKind.SEGMENTATION,
    "1.2.840.10008.5.1.4.1.1.30": ObjectKind.MAP,
}
"""By SOP Class UID, PS3.4 B.5."""

_MEASUREMENT_REPORTS = frozenset({"126000"})
_OBSERVER_TYPE, _DEVICE = "121005", "121007"
_AUTOMATIC = frozenset({"AUTOMATIC", "SEMIAUTOMATIC"})
_DEEPEST_REFERENCE = 6
_MOST_REFERENCES = 5_000
_LARGEST_BYTES = 1 << 30
_START, _MOST_IN_FOLDER = 512, 2_000
_REFERENCE_HOLDERS = (
    "ReferencedSeriesSequence",
    "ReferencedImageSequence",
    "ReferencedInstanceSequence",
    "CurrentRequestedProcedureEvidenceSequence",
    "PertinentOtherEvidenceSequence",
    "ReferencedSOPSequence",
    "SourceImageSequence",
)


def read_object_header(source: ImageSource) -> ObjectHeader | None:
    """What the header of an object tells that is no image; None where it is of a kind that is not understood.

    Raises InputRefusedError where it cannot be read.
    """
    return object_header(source, parse_source(source))


def object_header(source: ImageSource, parsed: ParsedFile) -> ObjectHeader | None:
    """As `read_object_header`, of a parsed file."""
    kind = _KINDS.get(str(parsed.sop_class))
    if kind is None:
        return None
    with caught_warnings():
        elements = Elements(parsed.dataset, [])
        title = code_of(elements.first_item("ConceptNameCodeSequence"))
        if kind is ObjectKind.REPORT and title.value in _MEASUREMENT_REPORTS and title.scheme == "DCM":
            kind = ObjectKind.MEASUREMENTS
        name = parsed.sop_class.name.removesuffix(" Storage") if parsed.sop_class is not None else ""
        dates = (elements.date(f"{what}Date") for what in _MADE)
        times = (elements.time(f"{what}Time") for what in _MADE)
        return ObjectHeader(
            source,
            kind,
            sop_class=name,
            sop_instance_uid=elements.uid("SOPInstanceUID"),
            study_instance_uid=elements.uid("StudyInstanceUID"),
            patient=Patient(
                name=elements.text("PatientName"),
                patient_id=elements.text("PatientID"),
                birth_date=elements.date("PatientBirthDate"),
                sex=elements.code("PatientSex"),
            ),
            maker=_maker(elements),
            label=short(elements.text("ContentLabel") or title.meaning),
            date=next(filter(None, dates), ""),
            time=next(filter(None, times), ""),
            referenced=tuple(dict.fromkeys(_references(elements))),
            automatic=_is_automatic(kind, elements),
        )


_MADE = ("Content", "PresentationCreation", "Series", "Study")


def _maker(elements: Elements) -> str:
    """Manufacturer and model, without what both say."""
    maker, model = short(elements.text("Manufacturer")), short(elements.text("ManufacturerModelName"))
    return model if model.casefold().startswith(maker.casefold()) and model else f"{maker} {model}".strip()


def _references(elements: Elements, depth: int = 1) -> Iterator[str]:
    """The SOP Instance UIDs that an object says it is about."""
    found = 0
    for keyword in _REFERENCE_HOLDERS:
        for item in elements.items(keyword):
            uid = item.uid("ReferencedSOPInstanceUID")
            if uid is not None:
                yield uid
                found += 1
            if depth < _DEEPEST_REFERENCE:
                yield from _references(item, depth + 1)
            if found > _MOST_REFERENCES:
                return


def _is_automatic(kind: ObjectKind, elements: Elements) -> bool:
    """Whether a program speaks: CAD and maps always, segments by their algorithm type, reports by their observer, a
    presentation state where its label says CAD.
    """
    if kind in (ObjectKind.CAD, ObjectKind.MAP):
        return True
    if kind is ObjectKind.SEGMENTATION:
        return any(item.code("SegmentAlgorithmType") in _AUTOMATIC for item in elements.items("SegmentSequence"))
    if kind is ObjectKind.PRESENTATION:
        words = f"{elements.text('ContentLabel')} {elements.text('ContentDescription')}".upper()
        return "CAD" in words.replace("_", " ").replace("-", " ").split()
    observers = (
        code_of(item.first_item("ConceptCodeSequence")).value
        for item in elements.items("ContentSequence")
        if code_of(item.first_item("ConceptNameCodeSequence")).is_dicom(_OBSERVER_TYPE)
    )
    return _DEVICE in observers


def objects_in(folder: Path, cancelled: Callable[[], bool] = lambda: False) -> tuple[ObjectHeader, ...]:
    """The objects among the first 2,000 files of a folder, by name, without what lies in folders and archives there.

    What cannot be read is passed over. `cancelled()` is asked before each file, and True raises CancelledError.
    """
    found: dict[str, ObjectHeader] = {}
    try:
        files = sorted(folder.iterdir())[:_MOST_IN_FOLDER]
    except OSError:
        return ()
    for path in files:
        if cancelled():
            raise CancelledError
        header = _looked_at(ImageSource(path))
        if header is not None:
            found.setdefault(header.key, header)
    return tuple(found.values())


def _looked_at(source: ImageSource) -> ObjectHeader | None:
    try:
        start = first_bytes(source, _START)
        named = (uid.encode() in start for uid in _KINDS)
        return read_object_header(source) if has_prefix(start) and any(named) else None
    except InputRefusedError:
        return None


def read_overlaid(header: ObjectHeader, images: Sequence[ImageHeader]) -> Overlaid:
    """What an object lays over `images` (those of its study), and what it says; what of it is not understood is among
    its lines.

    Raises InputRefusedError where it cannot be read any more, or is damaged.
    """
    usable = [image for image in images if not image.refused]
    with caught_warnings():
        try:
            if header.kind in (ObjectKind.SEGMENTATION, ObjectKind.MAP):
                return read_raster(header, _whole(header.source), usable)
            elements = Elements(parse_source(header.source).dataset, [])
            if header.kind is ObjectKind.PRESENTATION:
                return read_presentation(header, elements, usable)
            return read_report(header, elements, usable)
        except InputRefusedError as error:
            raise InputRefusedError(f"{header.source}: {error.cause}", error.hint) from error


def _whole(source: ImageSource) -> Dataset:
    """The data set with its pixels; raises InputRefusedError."""
    parse_source(source)  # refuses what is damaged or has too many elements
    stream, size = open_source(source)
    try:
        if size > _LARGEST_BYTES:
            raise InputRefusedError("is over the limit of 1 GiB")
        return dcmread(BytesIO(stream.read()), force=True)
    except InputRefusedError:
        raise
    except Exception as error:  # pydicom has many exceptions for damaged files
        raise InputRefusedError("is damaged or truncated", "copy it again") from error
    finally:
        stream.close()
