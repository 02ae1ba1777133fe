"""Owns the greyscale stages of a presentation state: modality, VOI and Presentation LUT (PS3.3 C.11.1, C.11.8, C.11.6)
as what an image's own stages need for the same greys. Never applies them to pixels.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

import numpy as np
from pydicom.dataset import Dataset

from mammoview.core.overlaid import Unshown
from mammoview.core.study import ImageHeader
from mammoview.core.window import Greyscale, Voi, VoiFunction, VoiLut, VoiWindow, storable
from mammoview.dicom.elements import Elements
from mammoview.dicom.greyscale import greyscale_of
from mammoview.dicom.objects.read_places import Places

_LARGEST_VALUE = 1e6
_INVERSIONS = {"IDENTITY": False, "INVERSE": True}


@dataclass(frozen=True, slots=True, eq=False)
class Greys:
    """As the fields of `PresentationState` with these names."""

    voi: Voi | None = None
    unwindowed: bool = False
    inverse: bool | None = None
    p_values: VoiLut | None = None


def greys_of(elements: Elements, softcopy: Iterable[Elements], image: ImageHeader, places: Places) -> Greys:
    """The stages for one image; `softcopy` are the items of the Softcopy VOI LUT Sequence that are about it.

    A state replaces all stages of the image (PS3.4 N.2.1), also its modality stage: a window is given in the units of
    the image's own.
    """
    inverse, p_values = _presentation_lut(elements, places)
    stage = greyscale_of(Elements(elements.dataset, []))
    item = next(iter(softcopy), None)
    if item is None:
        greys = Greys(None, True, inverse, p_values)
        return _seen(greys, image.grey.whole_range(), image, places)
    vois = greyscale_of(Elements(item.dataset, [])).vois
    if not vois:
        places.say(Unshown.WINDOW)
        return Greys(None, False, inverse, p_values)
    voi = in_units_of(image.grey, stage, vois[0])
    if voi is None:
        places.say(Unshown.MODALITY)
    return _seen(Greys(voi, False, inverse, p_values), voi, image, places)


def _presentation_lut(elements: Elements, places: Places) -> tuple[bool | None, VoiLut | None]:
    """Whether low values are bright, and the table to P-values: by the sequence (2050,0010), else the shape
    (2050,0020).
    """
    item = elements.first_item("PresentationLUTSequence")
    if item is not None:
        holder = Dataset()
        holder.VOILUTSequence = [item.dataset]
        found = greyscale_of(Elements(holder, [])).vois
        if found and isinstance(found[0], VoiLut) and found[0].entries.size > 1:
            return False, replace(found[0], first_mapped=0, entries=found[0].entries.copy())
        places.say(Unshown.LUT)
    shape = elements.code("PresentationLUTShape")
    if shape and shape not in _INVERSIONS:
        places.say(Unshown.SHAPE)
    return _INVERSIONS.get(shape), None


def _seen(greys: Greys, voi: Voi | None, image: ImageHeader, places: Places) -> Greys:
    """Without what would make every value of the image one grey: an image is never hidden."""
    if voi is None:
        voi = image.grey.vois[0] if image.grey.vois else image.grey.whole_range()
    grey = image.grey
    values = np.linspace(*storable(grey.bits_stored, signed=grey.signed), 4096)
    shown = voi.apply(grey.modality(values))
    if greys.p_values is not None:
        shown = greys.p_values.apply(shown * (greys.p_values.entries.size - 1) + 1e-9)
    if np.ptp(shown) * 255 >= 1:
        return greys
    places.say(Unshown.FLAT)
    return Greys(inverse=greys.inverse)


def in_units_of(own: Greyscale, stage: Greyscale, voi: Voi) -> Voi | None:
    """`voi`, which is meant behind the modality stage of `stage`, behind that of `own`; None where it cannot be said
    in the units of `own`.
    """
    if _same_stage(own, stage):
        return voi
    if own.modality_lut is None and stage.modality_lut is None and isinstance(voi, VoiWindow):
        factor = stage.slope / own.slope
        return _scaled(voi, factor, stage.intercept - factor * own.intercept)
    if own.modality_lut is not None or own.slope != 1 or own.intercept % 1 or abs(own.intercept) > _LARGEST_VALUE:
        return None
    low, high = storable(own.bits_stored, signed=own.signed)
    shown = voi.apply(stage.modality(np.arange(low, high + 1)))
    entries = np.rint(65535 * shown).astype(np.uint16)
    return VoiLut(low + int(own.intercept), entries, 16, voi.explanation)


def _same_stage(own: Greyscale, stage: Greyscale) -> bool:
    if own.modality_lut is None or stage.modality_lut is None:
        neither = own.modality_lut is None and stage.modality_lut is None
        return neither and (own.slope, own.intercept) == (stage.slope, stage.intercept)
    one, other = own.modality_lut, stage.modality_lut
    return one.first_mapped == other.first_mapped and np.array_equal(one.entries, other.entries)


def _scaled(voi: VoiWindow, factor: float, shift: float) -> VoiWindow:
    """A window of `factor` * y + `shift` as one of y."""
    center, width, function = voi.center, voi.width, voi.function
    if function is VoiFunction.LINEAR:  # PS3.3 C.11.2.1.2.1: half a unit beside LINEAR_EXACT, and one narrower
        center, width, function = center - 0.5, max(width - 1, 1e-6), VoiFunction.LINEAR_EXACT
    return VoiWindow(
        (center - shift) / factor, width / abs(factor), function, voi.explanation, voi.falls != (factor < 0)
    )
