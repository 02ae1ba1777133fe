"""Owns how a data set's greyscale attributes become a `Greyscale`. Never applies it to pixels.

PS3.3 C.7.6.3 (pixels), C.11.1 (modality LUT), C.11.2 (VOI LUT), C.11.6 (presentation LUT shape), C.7.5.1.1.2
(padding), C.8.11.3 (intensity relationship), and the functional groups C.7.6.16.2.9 (pixel value transformation)
and C.7.6.16.2.10 (frame VOI LUT).
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from mammoview.core.errors import MammoviewError
from mammoview.core.window import (
    DetectorSignal,
    Greyscale,
    Intensity,
    PixelPadding,
    Voi,
    VoiFunction,
    VoiLut,
    VoiWindow,
    storable,
)
from mammoview.dicom.elements import Elements, label

COLOUR_GREYSCALE = Greyscale(bits_stored=8)
FOR_PROCESSING = "FOR PROCESSING"
_SMALLEST, _LARGEST = 1e-9, 1e12  # of a factor or a modality value: no device means more
_FOR_PROCESSING_CLASSES = frozenset(
    f"1.2.840.10008.5.1.4.1.1.{number}" for number in ("1.1.1", "1.2.1", "1.3.1", "13.1.5")
)


def functional_groups(elements: Elements) -> tuple[Elements, ...]:
    """Where an enhanced object may keep an attribute: the groups of the elements' frame, the shared ones."""
    per_frame = elements.items("PerFrameFunctionalGroupsSequence")[elements.frame - 1 : elements.frame]
    shared = elements.items("SharedFunctionalGroupsSequence")[:1]
    return per_frame + shared


def group_item(elements: Elements, keyword: str) -> Elements | None:
    """A functional group's item, of the elements' frame ahead of the shared one; None where neither has it."""
    for group in functional_groups(elements):
        item = group.first_item(keyword)
        if item is not None:
            return item
    return None


def is_colour(elements: Elements) -> bool:
    """Whether the pixels have more than one sample or go through a palette."""
    return (elements.integer("SamplesPerPixel") or 1) > 1 or elements.code(
        "PhotometricInterpretation"
    ) == "PALETTE COLOR"


def greyscale_of(elements: Elements) -> Greyscale:
    """The greyscale of the elements' frame; whatever cannot be used is left out with a warning."""
    if is_colour(elements):
        elements.warn("a colour picture: shown as its luminance")
        return COLOUR_GREYSCALE
    bits = stored_bits(elements)
    signed = elements.integer("PixelRepresentation") == 1
    slope, intercept = _rescale(elements)
    stored = storable(bits, signed=signed)
    modality_lut = None
    for item in elements.items("ModalityLUTSequence")[:1]:
        modality_lut = _lut(item, stored)
    if modality_lut is None:
        low, high = sorted(slope * end + intercept for end in stored)
    else:
        low, high = float(modality_lut.entries.min()), float(modality_lut.entries.max())
    grey = Greyscale(
        bits_stored=bits,
        signed=signed,
        inverse=_inverse(elements),
        slope=slope,
        intercept=intercept,
        modality_lut=modality_lut,
        vois=_vois(elements, (low, high)),
        padding=padding_of(elements, bits=bits, signed=signed),
    )
    if grey.vois or presentation_intent(elements) != FOR_PROCESSING:
        return grey
    signal = _signal(elements)
    inverse = grey.inverse if signal.rises is None else signal.rises != grey.falls
    return replace(grey, signal=signal, inverse=inverse)


def presentation_intent(elements: Elements) -> str:
    """Presentation Intent Type (0008,0068), else FOR PROCESSING where the SOP class says so, else empty."""
    told = elements.code("PresentationIntentType")
    return told or (FOR_PROCESSING if elements.uid("SOPClassUID") in _FOR_PROCESSING_CLASSES else "")


def _signal(elements: Elements) -> DetectorSignal:
    """Pixel Intensity Relationship (0028,1040), LIN where absent or unknown, and its sign (0028,1041)."""
    relationship, sign = elements.code("PixelIntensityRelationship"), elements.integer("PixelIntensityRelationshipSign")
    known = relationship in list(Intensity)
    if relationship and not known:
        elements.warn("Pixel Intensity Relationship is unknown: LIN assumed")
    if sign not in (None, 1, -1):
        elements.warn("Pixel Intensity Relationship Sign is neither 1 nor -1: left out")
    return DetectorSignal(Intensity(relationship) if known else Intensity.LIN, {1: True, -1: False}.get(sign or 0))


def _inverse(elements: Elements) -> bool:
    """Whether low values are bright.

    MONOCHROME1 (PS3.3 C.7.6.3.1.2) and Presentation LUT Shape INVERSE (C.11.6) mean one and the same inversion, not
    two: PS3.3 C.8.11.3 binds INVERSE to MONOCHROME1 and IDENTITY to MONOCHROME2. Where a file breaks that, either
    of them inverts, and a warning says so.
    """
    photometric, shape = elements.code("PhotometricInterpretation"), elements.code("PresentationLUTShape")
    wanted = {"MONOCHROME1": "INVERSE", "MONOCHROME2": "IDENTITY"}.get(photometric)
    if wanted is not None and shape in ("IDENTITY", "INVERSE") and shape != wanted:
        elements.warn(f"Presentation LUT Shape {shape} contradicts {photometric}: shown with low values bright")
    return photometric == "MONOCHROME1" or shape == "INVERSE"


def stored_bits(elements: Elements) -> int:
    """Bits Stored (0028,0101), 1..16; Bits Allocated, with a warning, where it is no possible number."""
    allocated = min(elements.integer("BitsAllocated") or 16, 16)
    bits = elements.integer("BitsStored")
    if bits is None or not 1 <= bits <= allocated:
        elements.warn(f"Bits Stored is missing or impossible: {allocated} assumed")
        return allocated
    return bits


def _rescale(elements: Elements) -> tuple[float, float]:
    item = group_item(elements, "PixelValueTransformationSequence") or elements
    slope, intercept = item.number("RescaleSlope"), item.number("RescaleIntercept")
    if slope == 0:
        elements.warn("Rescale Slope is 0: left out")
        slope = None
    if slope is not None and not _SMALLEST <= abs(slope) <= _LARGEST:
        elements.warn("Rescale Slope is impossible: left out")
        slope = None
    if intercept is not None and abs(intercept) > _LARGEST:
        elements.warn("Rescale Intercept is impossible: left out")
        intercept = None
    return (1.0 if slope is None else slope), (0.0 if intercept is None else intercept)


def _vois(elements: Elements, inputs: tuple[float, float]) -> tuple[Voi, ...]:
    groups: list[Elements] = [elements]
    frame = group_item(elements, "FrameVOILUTSequence")
    if frame is not None:
        groups.insert(0, frame)
    luts: list[Voi] = []
    windows: list[Voi] = []
    for group in groups:
        for item in group.items("VOILUTSequence"):
            lut = _lut(item, inputs)
            if lut is not None:
                luts.append(lut)
        windows.extend(_windows(group))
        if luts or windows:
            break
    return (*luts, *windows)


def _windows(elements: Elements) -> list[Voi]:
    centers, widths = elements.places("WindowCenter"), elements.places("WindowWidth")
    if len(centers) != len(widths):
        elements.warn("Window Center and Window Width differ in number")
    explanations = elements.texts("WindowCenterWidthExplanation")
    function = _function(elements)
    windows: list[Voi] = []
    for index, (center, width) in enumerate(zip(centers, widths, strict=False)):
        if center is None or width is None:
            continue
        if abs(center) > _LARGEST or width > _LARGEST or 0 < width < _SMALLEST:
            elements.warn("a window of impossible size is left out")
            continue
        explanation = explanations[index] if index < len(explanations) else ""
        try:
            windows.append(VoiWindow(center, width, function, explanation))
        except MammoviewError:
            elements.warn(f"a window of width {width:g} is left out")
    return windows


def _function(elements: Elements) -> VoiFunction:
    code = re.sub(r"[ _-]+", "_", elements.code("VOILUTFunction"))
    try:
        return VoiFunction(code or "LINEAR")
    except ValueError:
        elements.warn("VOI LUT Function is unknown: LINEAR assumed")
        return VoiFunction.LINEAR


def padding_of(elements: Elements, *, bits: int, signed: bool) -> PixelPadding | None:
    """Pixel Padding Value (0028,0120) and Range Limit (0028,0121), whichever VR they were written in; a warning says
    where Bits Stored (`bits`) cannot hold them.
    """
    value = elements.integer("PixelPaddingValue")
    if value is None:
        return None
    limit = elements.integer("PixelPaddingRangeLimit")
    padding = PixelPadding.of(_as_stored(value, signed), None if limit is None else _as_stored(limit, signed))
    least, greatest = storable(bits, signed=signed)
    if padding.low < least or padding.high > greatest:
        elements.warn("Pixel Padding Value lies outside Bits Stored: looked for among the whole pixel cells")
    return padding


def _as_stored(value: int, signed: bool) -> int:
    """A 16-bit value read as US or SS, in the representation of the pixels."""
    value &= 0xFFFF
    return value - 0x10000 if signed and value >= 0x8000 else value


def _lut(item: Elements, inputs: tuple[float, float]) -> VoiLut | None:
    """One LUT item, PS3.3 C.11.1.1 and C.11.2.1.1; None with a warning where it is unusable. `inputs`: the lowest and
    the highest value that may be looked up.
    """
    descriptor = _integers(item.raw("LUTDescriptor"), _little_endian(item))
    if len(descriptor) != 3:
        item.warn("a lookup table without a valid LUT Descriptor is left out")
        return None
    count = (descriptor[0] & 0xFFFF) or 0x10000
    first = _first_mapped(descriptor[1], _written_vr(item, "LUTDescriptor"), inputs)
    bits = descriptor[2] & 0xFFFF
    entries = _entries(item, count, bits)
    if entries is None:
        item.warn("a lookup table with fewer entries than its descriptor says is left out")
        return None
    needed = max(int(entries.max()).bit_length(), 1)
    if not 1 <= bits <= 16 or needed > bits:
        item.warn(f"{label('LUTDescriptor')} gives an impossible number of bits: {max(needed, 8)} assumed")
        bits = max(needed, 8)
    return VoiLut(first, entries, bits, item.text("LUTExplanation"))


def _written_vr(item: Elements, keyword: str) -> str:
    """The VR that the file gives an element; empty where the transfer syntax has none: pydicom has then chosen one."""
    return "" if item.dataset.original_encoding[0] else str(item.dataset[keyword].VR)


def _first_mapped(value: int, vr: str, inputs: tuple[float, float]) -> int:
    """The second value of a LUT Descriptor (0028,3002) as its VR says; where none was written, SS if inputs may be
    negative, else US (PS3.3 C.11.2.1.1). US that no input reaches, but would as SS, is taken for SS.
    """
    low, high = inputs
    if vr == "SS" or (vr != "US" and low < 0):
        return _as_stored(value, signed=True)
    unsigned = value & 0xFFFF
    return _as_stored(value, signed=True) if low < 0 and unsigned > high else unsigned


def _entries(item: Elements, count: int, bits: int) -> NDArray[np.uint16] | None:
    """The entries from US, SS or OW data, also two 8-bit ones to a word; None where there are too few."""
    value = item.raw("LUTData")
    little = _little_endian(item)
    if isinstance(value, bytes):
        data = value
    else:
        words = np.array([number & 0xFFFF for number in _integers(value, little)], dtype="<u2" if little else ">u2")
        data = words.tobytes()
    if len(data) < 2 * count:
        if bits > 8 or len(data) < count:
            return None
        packed = np.frombuffer(data, np.uint8)
        if not little:
            packed = packed[: packed.size // 2 * 2].reshape(-1, 2)[:, ::-1].reshape(-1)
        return packed[:count].astype(np.uint16)
    return np.frombuffer(data, "<u2" if little else ">u2", count).astype(np.uint16)


def _little_endian(item: Elements) -> bool:
    return item.dataset.original_encoding[1] is not False


def _integers(value: object, little_endian: bool) -> list[int]:
    """US or SS values, also where they were left as bytes."""
    if isinstance(value, bytes):
        return [int(word) for word in np.frombuffer(value[: len(value) // 2 * 2], "<u2" if little_endian else ">u2")]
    if isinstance(value, int):
        return [value]
    if isinstance(value, Sequence) and all(isinstance(word, int) for word in value):
        return [int(word) for word in value]
    return []
