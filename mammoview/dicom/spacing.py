"""Owns which of a data set's pixel spacings counts. Never measures anything."""

from __future__ import annotations

import math

from mammoview.core.errors import MammoviewError
from mammoview.core.geometry import Spacing
from mammoview.dicom.elements import Elements, label
from mammoview.dicom.greyscale import group_item


def spacing_of(elements: Elements) -> Spacing | None:
    """Millimetres between pixels in the plane of the breast; None with a warning where the file does not
    tell.

    Imager Pixel Spacing (0018,1164) divided by the Estimated Radiographic Magnification Factor (0018,1114),
    PS3.3 C.8.11.4, goes ahead of Pixel Spacing (0028,0030) and Nominal Scanned Pixel Spacing (0018,2010).
    """
    magnification = _magnification(elements)
    imager = _pair(elements, "ImagerPixelSpacing")
    if imager is not None:
        return Spacing(imager[0] / magnification, imager[1] / magnification, "imager", magnification)
    measures = group_item(elements, "PixelMeasuresSequence")
    for holder in (elements, measures):
        pair = None if holder is None else _pair(holder, "PixelSpacing")
        if pair is not None:
            return Spacing(*pair, "pixel")
    scanned = _pair(elements, "NominalScannedPixelSpacing")
    if scanned is not None:
        return Spacing(*scanned, "scanned")
    elements.warn("no valid pixel spacing: lengths cannot be measured")
    return None


def _pair(elements: Elements, keyword: str) -> tuple[float, float] | None:
    values = elements.numbers(keyword)
    if not values:
        return None
    if len(values) == 1:
        values = values * 2
    try:
        Spacing(values[0], values[1], "")
    except MammoviewError:
        elements.warn(f"{label(keyword)} is not positive: left out")
        return None
    return values[0], values[1]


def _magnification(elements: Elements) -> float:
    factor = elements.number("EstimatedRadiographicMagnificationFactor")
    if factor is None:
        return 1.0
    if not (math.isfinite(factor) and 0.1 <= factor <= 20):
        elements.warn("Estimated Radiographic Magnification Factor is impossible: 1 assumed")
        return 1.0
    return factor
