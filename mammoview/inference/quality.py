"""Owns the gate before the score: which images the model may not judge, and why. Never scores or changes an
image.

The header is asked first, then the pixels: whether they had colours, their outline (along a side of a mammogram's
breast runs the chest wall, which is longer than the side of the nipple), then their grain. The limits were set on a
half of the women of digital and film sets and of the pictures that `python -m tests.benchmarks gate` makes; it measures
the other half apart.
"""

from __future__ import annotations

import re

import numpy as np

from mammoview.core.breast import BreastRegion
from mammoview.core.film import MAX_COVERAGE
from mammoview.core.grain import Grain, Grey, Mask, grain_of
from mammoview.core.image import MammoImage
from mammoview.core.outline import MIN_CHEST_WALL, Outline, outline_of
from mammoview.core.study import ImageHeader, Laterality, View, ViewModifier

_TOMOSYNTHESIS = "1.2.840.10008.5.1.4.1.1.13.1.3"
_SECONDARY_CAPTURE = "1.2.840.10008.5.1.4.1.1.7"
_PHANTOM = re.compile(r"\b(phantom|quality control|flat[ -]?field)\b", re.IGNORECASE)
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

MIN_COVERAGE = 0.03
MAX_SATURATED = 0.5
MIN_CONTRAST = 0.03
MIN_GRAIN, MAX_GRAIN = 0.002, 0.07
"""`Grain.inside`; mammograms had 0.004 to 0.05."""

MAX_GRAIN_BESIDE = 0.0035
ROUGH_GRAIN, MAX_GRAIN_BESIDE_ROUGH = 0.022, 0.0005
"""What is rougher than any film is digital, whose air is even; mammograms rougher than 0.018 had 0.0002 beside."""

MAX_PLATEAU = 0.65
MAX_OTHER_BODY = 0.6


def refusal(image: MammoImage, region: BreastRegion) -> str | None:
    """Why the model may not judge this image, in a few plain words; None where it may.

    `region` is the breast of the same image, from `find_breast`.
    """
    return _by_header(image.header) or _by_colours(image) or _by_pixels(image, region)


def _by_header(header: ImageHeader) -> str | None:
    if header.modality.upper() not in _JUDGED_BY_PIXELS:
        return f"not a mammogram (modality {header.modality})"
    if header.quality_control or _PHANTOM.search(header.study_description):
        return "a quality-control image"
    if header.sop_class_uid == _TOMOSYNTHESIS:
        return "tomosynthesis is not judged"
    if header.frames > 1:
        return "an image of several frames is not judged"
    if _is_bare_capture(header):
        return "a secondary capture that names neither side nor view"
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


def _by_colours(image: MammoImage) -> str | None:
    return "a colour picture: not a mammogram" if image.coloured else None


def _is_bare_capture(header: ImageHeader) -> bool:
    """A Secondary Capture, of one frame or of several, PS3.3 A.8: a picture of anything."""
    uid = header.sop_class_uid or ""
    captured = uid == _SECONDARY_CAPTURE or uid.startswith(f"{_SECONDARY_CAPTURE}.")
    return captured and header.laterality is Laterality.UNKNOWN and header.view is View.UNKNOWN


def _by_pixels(image: MammoImage, region: BreastRegion) -> str | None:
    if min(image.rows, image.columns) < MIN_SIDE_PX:
        return f"too small ({image.columns} x {image.rows} pixels)"
    low, high = (float(edge) for edge in np.quantile(region.values, (0.001, 0.999)))
    if not high > low:
        return "the image is blank"
    if not region.found:
        return "no breast was found"
    if region.coverage < MIN_COVERAGE:
        return "too little breast is in the image"
    values = np.clip((region.values - low) / (high - low), 0, 1).astype(np.float32)
    return _by_body(values, region.mask)


def _by_body(values: Grey, mask: Mask) -> str | None:
    """Why what the mask holds of `values` (0..1) is no breast that can be judged."""
    if mask.mean() > MAX_COVERAGE:
        return "the breast fills the whole image, or there is none"
    inside = values[mask]
    if float((inside >= 0.995).mean()) > MAX_SATURATED:
        return "most of the breast is saturated"
    if float(inside.std()) < MIN_CONTRAST:
        return "the breast has no contrast"
    return _by_outline(outline_of(mask)) or _by_grain(grain_of(values, mask))


def _by_outline(outline: Outline) -> str | None:
    """Whether the breast hangs from a chest wall at the left or right."""
    if outline.is_rectangle:
        return "a rectangle, not a breast"
    if outline.upright < MIN_CHEST_WALL and outline.across < MIN_CHEST_WALL:
        return "no chest wall was found: not a mammogram"
    if outline.is_turned:
        return "the chest wall is not at the left or right: the image is turned, or this is not a mammogram"
    if not outline.has_one_wall:
        return "no chest wall was found: the breast is cut off, or this is not a mammogram"
    return None


def _by_grain(grain: Grain) -> str | None:
    """Whether it has the grain of tissue, alone in even air."""
    if grain.other > MAX_OTHER_BODY:
        return "two bodies in one image; the model judges one breast at a time"
    if grain.beside is not None and grain.beside > MAX_GRAIN_BESIDE:
        return "what lies beside the breast is not air: the breast is cut off, or this is not a mammogram"
    rough = grain.inside is not None and grain.inside > ROUGH_GRAIN
    if rough and grain.beside is not None and grain.beside > MAX_GRAIN_BESIDE_ROUGH:
        return "it is rough, and what lies beside it is not even: not a mammogram"
    if grain.plateau > MAX_PLATEAU:
        return "nearly all of it has one grey: a phantom, not a breast"
    if grain.inside is not None and grain.inside < MIN_GRAIN:
        return "it has no grain of tissue: an implant, or not a mammogram"
    if grain.inside is not None and grain.inside > MAX_GRAIN:
        return "hard edges fill it: text or a pattern, not a breast"
    return None
