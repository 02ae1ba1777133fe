"""Owns the heat map as Parametric Map Storage (PS3.3 A.75), for programs that want its values. Never lays colours.

The values lie on the grid of the stored image, one for each stored pixel, so that a viewer that lays pixel over pixel
needs no geometry. A projection has no place in the room, which the object must have all the same: it gets a frame of
reference of its own, its first pixel at the origin, its directions as Patient Orientation tells them.
"""

from __future__ import annotations

import numpy as np
from highdicom import PixelMeasuresSequence, PlaneOrientationSequence, PlanePositionSequence, VOILUTTransformation
from highdicom.pm import ParametricMap, RealWorldValueMapping
from pydicom.dataset import Dataset
from pydicom.sr.codedict import codes as concepts
from pydicom.sr.coding import Code

from mammoview.core.errors import InputRefusedError
from mammoview.core.geometry import GridTransform, Spacing
from mammoview.core.heat import lay_heat_map
from mammoview.core.prediction import HeatMap
from mammoview.core.study import ImageHeader
from mammoview.dicom.objects import codes
from mammoview.dicom.objects.uids import Series, new_uid
from mammoview.dicom.objects.write_source import Source, arguments, describe_anatomy, direction_cosines, finish

FULL = 65535
"""The stored value of the strongest response, 1.0."""

_ASSUMED_MM = 0.1


def parametric_map(source: Source, heat: HeatMap, series: Series, number: int) -> Dataset:
    """The map as an object: instance `number` (from 1) of the series.

    Stored values are uint16, 0 = none, 65535 = 1.0, with the Real World Value Mapping that says so (PS3.3
    C.7.6.16.2.11). Raises InputRefusedError for an image of several frames, of which there are no maps.
    """
    header = source.header
    if header.frames > 1:
        raise InputRefusedError("a heat map is of one image, and this one has several frames")
    laid = lay_heat_map(heat, GridTransform(), header.rows, header.columns)
    values = np.round(np.clip(laid, 0, 1) * FULL).astype(np.uint16)
    blank, cosines, spacing = source.blank(), direction_cosines(header.patient_orientation), _spacing_mm(header)
    blank.FrameOfReferenceUID, blank.PositionReferenceIndicator = new_uid(), ""
    blank.ImagePositionPatient, blank.ImageOrientationPatient = [0.0, 0.0, 0.0], list(cosines)
    blank.PixelSpacing, blank.SliceThickness = list(spacing), 1.0
    made: Dataset = ParametricMap(
        [blank],
        values[None],
        contains_recognizable_visual_features=False,
        real_world_value_mappings=[_mapping(heat)],
        voi_lut_transformations=[VOILUTTransformation(window_center=(FULL + 1) / 2, window_width=FULL + 1)],
        content_label="HEATMAP",
        content_description=f"{header.side_view}: {heat.method}, attention, not lesion outline"[:64],
        pixel_measures=PixelMeasuresSequence(spacing, 1.0),
        plane_orientation=PlaneOrientationSequence("PATIENT", cosines),
        plane_positions=[PlanePositionSequence("PATIENT", (0.0, 0.0, 0.0))],
        derived_pixel_contrast="QUANTITY",
        **arguments(series, number),
    )
    anatomy = Dataset()
    describe_anatomy(anatomy, header.laterality, keyword="FrameLaterality")
    if "FrameLaterality" in anatomy:
        made.SharedFunctionalGroupsSequence[0].FrameAnatomySequence = [anatomy]
    return finish(made, source, series)


def _mapping(heat: HeatMap) -> RealWorldValueMapping:
    return RealWorldValueMapping(
        lut_label="HEATMAP",
        lut_explanation=f"{heat.method}: 0 none, 1 strongest"[:64],
        unit=codes.NO_UNITS,
        value_range=(0, FULL),
        slope=1 / FULL,
        intercept=0.0,
        quantity_definition=_quantity(heat),
    )


def _quantity(heat: HeatMap) -> Code:
    """What the values are, PS3.16 CID 7180."""
    quantity: Code = (
        concepts.DCM.GradientWeightedClassActivation if "CAM" in heat.method.upper() else concepts.DCM.Saliency
    )
    return quantity


def _spacing_mm(header: ImageHeader) -> tuple[float, float]:
    spacing: Spacing | None = header.spacing
    if spacing is None:
        return _ASSUMED_MM * header.pixel_aspect, _ASSUMED_MM
    return float(f"{spacing.row_mm:.10g}"), float(f"{spacing.column_mm:.10g}")
