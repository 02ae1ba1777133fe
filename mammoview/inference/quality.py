"""Owns the gate before the score: which images the model may not judge, and why. Never scores or changes an
image.

The header is asked first, then the pixels. The limits on pixels were set on full-field digital mammograms,
digitised films, those turned by 90 degrees, and slices of breast MRI; they look at the outline of the breast
only: along a side of a mammogram's breast runs the chest wall, which is longer than any other edge.
"""

from __future__ import annotations

import numpy as np

from mammoview.core.breast import BreastRegion, Side
from mammoview.core.image import MammoImage
from mammoview.core.study import ImageHeader, View, ViewModifier

_TOMOSYNTHESIS = "1.2.840.10008.5.1.4.1.1.13.1.3"
_JUDGED_BY_PIXELS = frozenset({"", "MG", "OT", "RG", "SC"})
_MODIFIERS = {
    ViewModifier.SPOT: "a spot compression view",
    ViewModifier.MAGNIFICATION: "a magnification view",
    ViewModifier.CLEAVAGE: "a cleavage view",
    ViewModifier.TANGENTIAL: "a tangential view",
    ViewModifier.AXILLARY_TAIL: "a view of the axillary tail",
    ViewModifier.AXILLARY_TISSUE: "a view of axillary tissue",
    ViewModifier.IMPLANT_DISPLACED: "an implant",
}

_VIEWS = {
    View.CV: "a cleavage view",
    View.AT: "a view of the axillary tail",
    View.TAN: "a tangential view",
    View.SPECIMEN: "a specimen",
}

MIN_SIDE_PX = 96
MAX_MAGNIFICATION = 1.3
"""Estimated Radiographic Magnification Factor; contact views have 1.0 to 1.1, magnification views 1.5 and
more."""

MIN_COVERAGE, MAX_COVERAGE = 0.03, 0.97
MAX_SATURATED = 0.5
MIN_CONTRAST = 0.03
MIN_CHEST_WALL = 0.65
MIN_CHEST_WALL_LEAD = 0.12
MAX_ACROSS_LEAD = 0.05
MAX_FILL = 0.96


def refusal(image: MammoImage, region: BreastRegion) -> str | None:
    """Why the model may not judge this image, in a few plain words; None where it may.

    `region` is the breast of the same image, from `find_breast`.
    """
    return _by_header(image.header) or _by_pixels(image, region)


def _by_header(header: ImageHeader) -> str | None:
    if header.modality.upper() not in _JUDGED_BY_PIXELS:
        return f"not a mammogram (modality {header.modality})"
    if header.quality_control:
        return "a quality-control image"
    if header.sop_class_uid == _TOMOSYNTHESIS:
        return "tomosynthesis is not judged"
    if header.frames > 1:
        return "an image of several frames is not judged"
    if header.presentation_intent.upper() == "FOR PROCESSING":
        return "a raw image (For Processing); the model judges images For Presentation"
    if header.view in _VIEWS:
        return _VIEWS[header.view]
    for modifier, words in _MODIFIERS.items():
        if modifier in header.view_modifiers:
            return words
    if header.spacing is not None and header.spacing.magnification > MAX_MAGNIFICATION:
        return "a magnification view"
    if header.implant:
        return "an implant"
    if header.partial_view:
        return "a partial view"
    return None


def _by_pixels(image: MammoImage, region: BreastRegion) -> str | None:
    if min(image.rows, image.columns) < MIN_SIDE_PX:
        return f"too small ({image.columns} x {image.rows} pixels)"
    low, high = (float(edge) for edge in np.quantile(region.values, (0.001, 0.999)))
    if not high > low:
        return "the image is blank"
    if region.coverage > MAX_COVERAGE:
        return "the breast fills the whole image, or there is none"
    if not region.found:
        return "no breast was found"
    if region.coverage < MIN_COVERAGE:
        return "too little breast is in the image"
    inside = (region.values[region.mask] - low) / (high - low)
    if float((inside >= 0.995).mean()) > MAX_SATURATED:
        return "most of the breast is saturated"
    if float(inside.std()) < MIN_CONTRAST:
        return "the breast has no contrast"
    return _by_outline(region)


def _by_outline(region: BreastRegion) -> str | None:
    """Whether the breast hangs from a chest wall at the left or right."""
    rows, columns = np.flatnonzero(region.mask.any(axis=1)), np.flatnonzero(region.mask.any(axis=0))
    framed = (rows[-1] - rows[0] + 1) * (columns[-1] - columns[0] + 1)
    if region.mask.sum() > MAX_FILL * framed:
        return "a rectangle, not a breast"
    left, right = region.extents[Side.LEFT], region.extents[Side.RIGHT]
    upright = max(left, right)
    across = max(region.extents[Side.TOP], region.extents[Side.BOTTOM])
    if upright < MIN_CHEST_WALL and across < MIN_CHEST_WALL:
        return "no chest wall was found: not a mammogram"
    if across > upright + MAX_ACROSS_LEAD or region.chest_wall in (Side.TOP, Side.BOTTOM):
        return "the image is turned: the chest wall is not at the left or right"
    if upright < MIN_CHEST_WALL or abs(left - right) < MIN_CHEST_WALL_LEAD or region.chest_wall is None:
        return "no chest wall was found: the breast is cut off, or this is not a mammogram"
    return None
