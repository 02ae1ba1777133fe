"""Owns the content items of structured reports (PS3.3 C.17.3) and of what evidence they tell. Knows no template.

The items are bare data sets with the codes of highdicom, which has no class for a relationship by reference.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from highdicom.sr import CodedConcept
from pydicom.dataset import Dataset
from pydicom.sr.coding import Code

from mammoview.dicom.objects.write_source import Source

CONTAINS, PROPERTIES, MODIFIER = "CONTAINS", "HAS PROPERTIES", "HAS CONCEPT MOD"
ACQUISITION, OBSERVER, INFERRED, SELECTED = "HAS ACQ CONTEXT", "HAS OBS CONTEXT", "INFERRED FROM", "SELECTED FROM"


def container(relationship: str, name: Code, *children: Dataset, template: str = "") -> Dataset:
    """CONTAINER; `template` is the number of the template of PS3.16 that it begins."""
    item = _item("CONTAINER", relationship, name, children, ContinuityOfContent="SEPARATE")
    if template:
        which = Dataset()
        which.MappingResource, which.TemplateIdentifier = "DCMR", template
        item.ContentTemplateSequence = [which]
    return item


def code(relationship: str, name: Code, value: Code, *children: Dataset) -> Dataset:
    """CODE."""
    return _item("CODE", relationship, name, children, ConceptCodeSequence=[CodedConcept.from_code(value)])


def text(relationship: str, name: Code, value: str, *children: Dataset) -> Dataset:
    """TEXT; `value` may hold line ends and no other control characters."""
    lines = "\r\n".join("".join(filter(str.isprintable, line)) for line in value.splitlines())
    return _item("TEXT", relationship, name, children, TextValue=lines)


def number(relationship: str, name: Code, value: float, unit: Code, *children: Dataset) -> Dataset:
    """NUM, with as many digits as a decimal string holds."""
    measured = Dataset()
    measured.NumericValue = f"{value:.10g}"
    measured.MeasurementUnitsCodeSequence = [CodedConcept.from_code(unit)]
    return _item("NUM", relationship, name, children, MeasuredValueSequence=[measured])


def date(relationship: str, name: Code, iso: str) -> Dataset:
    """DATE, of an ISO date."""
    return _item("DATE", relationship, name, (), Date=iso.replace("-", ""))


def time(relationship: str, name: Code, iso: str) -> Dataset:
    """TIME, of HH:MM:SS."""
    return _item("TIME", relationship, name, (), Time=iso.replace(":", ""))


def person(relationship: str, name: Code, who: str) -> Dataset:
    """PNAME."""
    return _item("PNAME", relationship, name, (), PersonName=who.replace("\\", "/")[:64])


def image(relationship: str, source: Source, *children: Dataset, frame: int = 1) -> Dataset:
    """IMAGE: a reference to an image, of one frame of it where it has several."""
    return _item("IMAGE", relationship, None, children, ReferencedSOPSequence=[source.reference(frame)])


def coordinates(
    relationship: str, name: Code, kind: str, points: Iterable[Sequence[float]], *children: Dataset
) -> Dataset:
    """SCOORD; `points` are (column, row), counted from the outer corner of the first pixel (PS3.3 C.18.6.1.1)."""
    flat = [float(part) for point in points for part in point]
    return _item("SCOORD", relationship, name, children, GraphicType=kind, GraphicData=flat)


def by_reference(relationship: str, path: Sequence[int]) -> Dataset:
    """A relationship to the item at `path`: at each level its place, from 1, the root's first (PS3.3 C.17.3.2.5)."""
    item = Dataset()
    item.RelationshipType = relationship
    item.ReferencedContentItemIdentifier = list(path)
    return item


def evidence(sources: Iterable[Source]) -> Dataset:
    """An item of the Current Requested Procedure Evidence Sequence (PS3.3 C.17.2.1): images of one study by series."""
    by_series: dict[str, list[Dataset]] = {}
    study = ""
    for source in sources:
        study = str(source.header.study_instance_uid)
        reference = source.reference()
        if "ReferencedFrameNumber" in reference:
            del reference.ReferencedFrameNumber
        by_series.setdefault(str(source.header.series_instance_uid), []).append(reference)
    item = Dataset()
    item.StudyInstanceUID = study
    item.ReferencedSeriesSequence = []
    for uid, references in by_series.items():
        series = Dataset()
        series.SeriesInstanceUID, series.ReferencedSOPSequence = uid, references
        item.ReferencedSeriesSequence.append(series)
    return item


def _item(value_type: str, relationship: str, name: Code | None, children: Sequence[Dataset], **values: Any) -> Dataset:
    item = Dataset()
    if relationship:
        item.RelationshipType = relationship
    item.ValueType = value_type
    if name is not None:
        item.ConceptNameCodeSequence = [CodedConcept.from_code(name)]
    for keyword, value in values.items():
        setattr(item, keyword, value)
    if children:
        item.ContentSequence = list(children)
    return item
