"""Owns the estimate of which pixels are air, for images that mark none as padding. Never changes a pixel.

PS3.3 C.7.5.1.1.2 lets a device mark the air with Pixel Padding Value; where it does not, inverted air is a white sheet.
The estimate hides nothing that is brighter than the air itself: air is what lies outside the breast AND within the
air's own level.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from mammoview.core.breast import BreastRegion
from mammoview.core.image import MammoImage, StoredPixels

_SAMPLES = 200
_SPREADS = 5.0
_MARGIN_CELLS = 2  # the breast mask may be this much too small
_SKIN_CELLS = 6  # and this much too large: it comes from smoothed values
_LEAST_SAMPLES = 50


@dataclass(frozen=True, slots=True, eq=False)
class AirEstimate:
    """`outside`: uint8 on the breast's work grid, 1 = not surely breast. Air there is a stored value of at most
    `level` (at least, where low values are bright).
    """

    outside: NDArray[np.uint8]
    level: float
    low_is_bright: bool

    def mask(self, values: StoredPixels, outside: NDArray[np.uint8]) -> NDArray[np.bool_]:
        """True where `values` (stored values) are air; `outside` is the estimate's own on the same grid."""
        darker = cv2.CMP_GE if self.low_is_bright else cv2.CMP_LE
        dark = cv2.compare(values, self.level, darker)  # type: ignore[call-overload]
        return np.asarray(cv2.bitwise_and(dark, outside), np.uint8).view(np.bool_)


def estimate_air(image: MammoImage, region: BreastRegion) -> AirEstimate | None:
    """The estimate; None where the file marks its padding, no breast was found, or too little is left of the air."""
    if image.grey.padding is not None or not region.found:
        return None
    kernel = np.ones((2 * _MARGIN_CELLS + 1, 2 * _MARGIN_CELLS + 1), np.uint8)
    mask = region.mask.astype(np.uint8)
    beyond = cv2.dilate(mask, kernel) == 0
    rows = np.linspace(0, image.rows - 1, min(_SAMPLES, image.rows)).round().astype(np.intp)
    columns = np.linspace(0, image.columns - 1, min(_SAMPLES, image.columns)).round().astype(np.intp)
    sampled = image.stored[np.ix_(rows, columns)]
    on_grid = beyond[np.ix_(rows * mask.shape[0] // image.rows, columns * mask.shape[1] // image.columns)]
    air = sampled[on_grid].astype(np.float64)
    if air.size < _LEAST_SAMPLES:
        return None
    middle = float(np.median(air))
    spread = 1.4826 * float(np.median(np.abs(air - middle)))
    low_is_bright = image.grey.low_is_bright != region.inverted
    level = middle - _SPREADS * spread - 0.5 if low_is_bright else middle + _SPREADS * spread + 0.5
    skin = np.ones((2 * _SKIN_CELLS + 1, 2 * _SKIN_CELLS + 1), np.uint8)
    outside = (cv2.erode(mask, skin, borderValue=1) == 0).astype(np.uint8)
    return AirEstimate(outside, level, low_is_bright)
