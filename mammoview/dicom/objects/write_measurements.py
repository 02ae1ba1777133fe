"""Owns a reader's measurements as Comprehensive SR, a Measurement Report (PS3.16 TID 1500). Measures nothing itself:
the numbers are those of `core.measure`.

Ellipses and outlines are planar regions (TID 1410) with area, mean and standard deviation; rulers and angles are groups
(TID 1501) whose measurement is inferred from its points. Without a known spacing lengths and areas are in pixels.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from highdicom.sr import (
    CodedConcept,
    ComprehensiveSR,
    CoordinatesForMeasurement,
    FindingSite,
    ImageRegion,
    Measurement,
    MeasurementReport,
    MeasurementsAndQualitativeEvaluations,
    ObservationContext,
    ObserverContext,
    PersonObserverIdentifyingAttributes,
    PlanarROIMeasurementsAndQualitativeEvaluations,
    SourceImageForMeasurementGroup,
    SourceImageForRegion,
    TrackingIdentifier,
)
from pydicom.dataset import Dataset
from pydicom.sr.codedict import codes as concepts
from pydicom.sr.coding import Code

from mammoview.core.errors import InputRefusedError
from mammoview.core.image import MammoImage
from mammoview.core.marks import Mark, MarkKind
from mammoview.core.measure import Quantity, angle_deg, area, known, length, region_statistics
from mammoview.dicom.objects import codes
from mammoview.dicom.objects import write_tree as tree
from mammoview.dicom.objects.uids import Series, mark_uid
from mammoview.dicom.objects.write_graphics import ellipse_axes, image_units
from mammoview.dicom.objects.write_source import Source, arguments, equal_study, finish

_UNITS = {"mm": codes.MILLIMETER, "mm²": codes.SQUARE_MILLIMETER}
_DIGITS = 10


@dataclass(frozen=True, slots=True, eq=False)
class Measured:
    """A mark of a kind of MEASURED, the image (the frame) that it lies on, and who made it, empty where unknown."""

    source: Source
    image: MammoImage
    mark: Mark
    reader: str = ""


def measurement_report(measured: Sequence[Measured], series: Series, number: int = 1) -> Dataset:
    """The measurements of a study as an object: instance `number` (from 1) of the series. Marks that measure nothing,
    as an angle without an arm, are left out.

    Raises InputRefusedError where nothing is left or the images are not of one study.
    """
    source = equal_study([one.source for one in measured])
    groups = [group for place, one in enumerate(measured, 1) if (group := _group(one, place)) is not None]
    if not groups:
        raise InputRefusedError("no mark of the study measures anything")
    report = MeasurementReport(
        observation_context=_context(measured),
        procedure_reported=CodedConcept.from_code(concepts.SCT.Mammography),
        imaging_measurements=groups,
        title=CodedConcept.from_code(concepts.DCM.ImagingMeasurementReport),
    )
    sources = {str(one.source.header.sop_instance_uid): one.source for one in measured}
    given = arguments(series, number)
    blanks = [one.blank() for one in sources.values()]
    made: Dataset = ComprehensiveSR(blanks, report, is_complete=True, **given)
    made.CurrentRequestedProcedureEvidenceSequence = [tree.evidence(sources.values())]
    made.pop("PertinentOtherEvidenceSequence", None)
    return finish(made, source, series)


def _context(measured: Sequence[Measured]) -> ObservationContext:
    """TID 1001: everyone who measured; the program is the equipment, and measured nothing by itself."""
    context = ObservationContext()
    for reader in dict.fromkeys(one.reader for one in measured):
        name = PersonObserverIdentifyingAttributes(f"{_name(reader) or 'unknown'}^")
        context.extend(ObserverContext(concepts.DCM.Person, name))
    return context


def _name(reader: str) -> str:
    """A reader's name as the family name of a Person Name."""
    return "".join(letter for letter in reader if letter.isprintable() and letter not in "\\^=")[:60]


def _group(
    one: Measured, place: int
) -> MeasurementsAndQualitativeEvaluations | PlanarROIMeasurementsAndQualitativeEvaluations | None:
    mark = one.mark
    tracking = TrackingIdentifier(uid=mark_uid(mark.id), identifier=_identifier(one, place))
    side = codes.SIDES.get(one.source.header.laterality)
    if mark.kind in (MarkKind.ELLIPSE, MarkKind.FREEHAND):
        return PlanarROIMeasurementsAndQualitativeEvaluations(
            tracking_identifier=tracking,
            referenced_region=_region(one),
            finding_sites=[FindingSite(side)] if side is not None else None,
            measurements=_region_measurements(one),
        )
    measurement = _line_measurement(one)
    if measurement is None:
        return None
    return MeasurementsAndQualitativeEvaluations(
        tracking_identifier=tracking,
        source_images=[SourceImageForMeasurementGroup(*_reference(one))],
        finding_sites=[FindingSite(side)] if side is not None else None,
        measurements=[measurement],
    )


def _identifier(one: Measured, place: int) -> str:
    """Which measurement it is, how its millimetres were calibrated, and the reader's note."""
    spacing = known(one.image.spacing)
    calibrated = "pixels, not calibrated" if spacing is None else spacing.label()
    return ", ".join(filter(None, (f"{one.mark.kind} {place}", calibrated, one.mark.text)))[:64]


def _region(one: Measured) -> ImageRegion:
    mark = one.mark
    image = SourceImageForRegion(*_reference(one))
    if mark.kind is MarkKind.ELLIPSE:
        return ImageRegion("ELLIPSE", image_units(ellipse_axes(mark)), image)
    points = np.array(mark.points, np.float64)
    return ImageRegion("POLYLINE", image_units(np.concatenate([points, points[:1]])), image)


def _region_measurements(one: Measured) -> list[Measurement]:
    found = region_statistics(one.image, one.mark)
    told = [(codes.MEAN, found.mean), (codes.STANDARD_DEVIATION, found.sd)]
    return [
        _of_quantity(codes.AREA, area(one.mark, one.image.spacing)),
        *(Measurement(name, _short(value), codes.NO_UNITS) for name, value in told if value is not None),
    ]


def _line_measurement(one: Measured) -> Measurement | None:
    """Length or angle with its points; None for an angle that has none."""
    mark, spacing = one.mark, one.image.spacing
    points = CoordinatesForMeasurement(
        "POLYLINE", image_units(np.array(mark.points, np.float64)), SourceImageForRegion(*_reference(one))
    )
    if mark.kind is MarkKind.RULER:
        return _of_quantity(codes.LENGTH, length(mark, spacing), points)
    degrees = angle_deg(mark, spacing, one.image.header.pixel_aspect)
    if degrees is None:
        return None
    return Measurement(codes.ANGLE, _short(degrees), codes.DEGREE, referenced_coordinates=[points])


def _of_quantity(name: Code, quantity: Quantity, points: CoordinatesForMeasurement | None = None) -> Measurement:
    """With its unit."""
    unit = _UNITS.get(quantity.unit, codes.PIXELS)
    return Measurement(name, _short(quantity.value), unit, referenced_coordinates=None if points is None else [points])


def _reference(one: Measured) -> tuple[str, str, list[int] | None]:
    header = one.source.header
    frames = [one.mark.frame] if header.frames > 1 else None
    return str(header.sop_class_uid), str(header.sop_instance_uid), frames


def _short(value: float) -> float:
    return float(f"{value:.{_DIGITS}g}")
