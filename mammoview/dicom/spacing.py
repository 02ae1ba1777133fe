"""Owns which of a data set's pixel spacings counts. Never measures anything."""

from __future__ import annotations

import math

from mammoview.core.geometry import Spacing
from mammoview.dicom.elements import Elements, label
from mammoview.dicom.greyscale import functional_groups

_MIN_MM, _MAX_MM = 0.001, 20.0
_MOST_ASPECT = 10.0


def spacing_of(elements: Elements) -> Spacing | None:
    """Millimetres between pixels in the plane of the breast; None with a warning where the file does not
    tell.

    First the Pixel Spacing (0028,0030) of a Pixel Measures functional group (PS3.3 C.7.6.16.2.1; of a breast
    tomosynthesis A.55), of the elements' frame ahead of the shared one. It is a distance within the patient, of a slice
    in that slice, so that the magnification of the projections it was made from is in it already and is not divided
    out; attributes beside it (an Imager Pixel Spacing) are of the detector or of a projection.

    Else Imager Pixel Spacing (0018,1164) divided by the Estimated Radiographic Magnification Factor (0018,1114),
    PS3.3 C.8.11.4, goes ahead of Pixel Spacing, whose Pixel Spacing Calibration Type (0028,0A02) tells how it was
    calibrated (PS3.3 10.7), of Nominal Scanned Pixel Spacing (0018,2010) and, for film alone, of Spatial Resolution
    (0018,1050). What is not two finite numbers within 0.001..20 mm is left out with a warning.
    """
    for group in functional_groups(elements):
        for measures in group.items("PixelMeasuresSequence")[:1]:
            pair = _pair(measures, "PixelSpacing")
            if pair is not None:
                return Spacing(*pair, "pixel")
    imager = _pair(elements, "ImagerPixelSpacing")
    if imager is not None:
        magnification = _magnification(elements)
        return Spacing(imager[0] / magnification, imager[1] / magnification, "imager", magnification)
    pair = _pair(elements, "PixelSpacing")
    if pair is not None:
        return Spacing(*pair, _calibration(elements))
    scanned = _pair(elements, "NominalScannedPixelSpacing")
    if scanned is not None:
        return Spacing(*scanned, "scanned")
    resolution = _resolution(elements)
    if resolution is not None:
        elements.warn("no pixel spacing: the film scanner's Spatial Resolution is taken for it")
        return Spacing(resolution, resolution, "resolution")
    elements.warn("no valid pixel spacing: lengths cannot be measured")
    return None


def pixel_aspect_of(elements: Elements) -> float:
    """The height of a pixel over its width, by Pixel Aspect Ratio (0028,0034), PS3.3 C.7.6.3.1.7, for images whose
    spacing is unknown; 1 where the file does not tell. What is not two positive numbers or is beyond 1:10 is left out
    with a warning.
    """
    if not any(elements.texts("PixelAspectRatio")):
        return 1.0
    sides = elements.numbers("PixelAspectRatio")
    ratio = sides[0] / sides[1] if len(sides) == 2 and min(sides) > 0 else 0.0
    if not 1 / _MOST_ASPECT <= ratio <= _MOST_ASPECT:
        elements.warn(f"{label('PixelAspectRatio')} is impossible: left out")
        return 1.0
    if ratio != 1:
        elements.warn("pixels are not square: drawn by Pixel Aspect Ratio")
    return ratio


def _calibration(elements: Elements) -> str:
    """The kind of a Pixel Spacing, PS3.3 10.7.1.2: by objects of known size, or by an assumed geometry."""
    kinds = {"FIDUCIAL": "fiducial", "GEOMETRY": "geometry"}
    return kinds.get(elements.code("PixelSpacingCalibrationType"), "pixel")


def _pair(elements: Elements, keyword: str) -> tuple[float, float] | None:
    if not any(elements.texts(keyword)):
        return None
    values = elements.places(keyword)
    if len(values) != 2:
        elements.warn(f"{label(keyword)} does not have two values: left out")
        return None
    first, second = values
    if first is None or second is None:  # numbers that are none were warned of where they were read
        return None
    if not all(_MIN_MM <= value <= _MAX_MM for value in (first, second)):
        elements.warn(f"{label(keyword)} is impossible: left out")
        return None
    return first, second


def _resolution(elements: Elements) -> float | None:
    """Spatial Resolution (0018,1050) in mm of digitised film (Conversion Type DF or modality RG), else None."""
    if elements.code("ConversionType") != "DF" and elements.code("Modality") != "RG":
        return None
    value = elements.number("SpatialResolution")
    if value is None:
        return None
    if not _MIN_MM <= value <= _MAX_MM:
        elements.warn(f"{label('SpatialResolution')} is impossible: left out")
        return None
    return value


def _magnification(elements: Elements) -> float:
    factor = elements.number("EstimatedRadiographicMagnificationFactor")
    if factor is None:
        return 1.0
    if not (math.isfinite(factor) and 0.1 <= factor <= 20):
        elements.warn("Estimated Radiographic Magnification Factor is impossible: 1 assumed")
        return 1.0
    return factor
