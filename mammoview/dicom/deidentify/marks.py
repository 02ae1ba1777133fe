"""Owns the finding of what is written in the pixels: marks beside the breast, letters over it. Changes no pixel.

Beside the breast all counts as a mark that is not air: patient labels, letters, lead markers, lines. Over the breast
only rows of letters can be told from tissue: sharp, flat, of one height, side by side.

What is air stays as it is: to set all that is beside the breast to one value would find no letter more, since letters
differ from air, and would cut skin and fat where the outline of the breast comes out too small.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from mammoview.core.breast import BreastRegion, find_breast
from mammoview.core.geometry import Box
from mammoview.core.image import MammoImage, StoredPixels
from mammoview.dicom.deidentify.lettering import rows_of_letters

_MARGIN_CELLS = 3  # of the work grid: so far from the breast nothing is blanked, it may be skin
_STRIP_CELLS, _TIP_CELLS = 21, 16  # thinner is no breast; but its tips are, so far from the rest
_SPREADS = 5.0
_STRONG = 0.15
_GROUND_SHARE, _GROW_SHARE = 24, 400
_LEAST_AIR = 0.005
_MOST_SAMPLES = 400
_MAD = 1.4826
_BRIGHTEST = 0.995

Mask = NDArray[np.bool_]
Grey = NDArray[np.float32]


@dataclass(frozen=True, slots=True, eq=False)
class Marks:
    """`beside`: bool (rows, columns), True = to be blanked; `air`: the stored value that blanks; `rows`: where rows of
    letters stand over the breast, in stored pixels; `breast`: whether one was found at all, with air beside it.
    """

    beside: Mask
    air: int
    rows: tuple[Box, ...]
    breast: bool

    @property
    def count(self) -> int:
        """Stored pixels to be blanked."""
        return int(np.count_nonzero(self.beside))

    @property
    def over(self) -> int:
        """How many rows of letters stand over the breast."""
        return len(self.rows)


def find_marks(image: MammoImage) -> Marks:
    """What is written in one frame. Never fails; an image without breast or air answers with `breast` False."""
    region = find_breast(image)
    core, body = _core_and_body(region)
    masks = (core, body, _widened(body, _MARGIN_CELLS))
    inner, breast, near = (_upscaled(mask, image.stored.shape) for mask in masks)
    outside = ~near
    nothing = np.zeros(image.stored.shape, np.bool_)
    if not body.any() or outside.mean() < _LEAST_AIR:
        return Marks(nothing, int(np.median(image.stored)), rows_of_letters(image.stored, ~nothing), breast=False)
    air, noise = _air_of(image.stored, outside)
    away = np.abs(image.stored.astype(np.float32) - np.float32(air))
    tissue = away[breast]
    typical, brightest = (float(level) for level in np.quantile(tissue[::97], (0.5, _BRIGHTEST)))
    strong = outside & (away > max(noise, _STRONG * typical))
    marks = strong | _apart(outside & (away > noise), near) | _fine(image.stored, outside)
    reaching = _reaching_in(marks, near & (away > brightest) & ~inner)
    marks = (_grown(marks) & ~breast) | reaching
    marks &= image.stored != air
    rest = near & ~marks
    return Marks(marks, air, rows_of_letters(image.stored, rest), breast=True)


def _core_and_body(region: BreastRegion) -> tuple[Mask, Mask]:
    """The breast without what is thin, and that with its tips but without thin strips: the edge of a film, a line."""
    kernel = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (_STRIP_CELLS, _STRIP_CELLS))
    opened = cv2.morphologyEx(region.mask.astype(np.uint8), cv2.MORPH_OPEN, kernel)
    core = np.asarray(opened, np.bool_)
    return core, _widened(core, _TIP_CELLS) & region.mask


def _widened(mask: Mask, cells: int) -> Mask:
    side = 2 * cells + 1
    return np.asarray(cv2.dilate(mask.astype(np.uint8), np.ones((side, side), np.uint8)), np.bool_)


def _upscaled(mask: Mask, shape: tuple[int, ...]) -> Mask:
    size = (shape[1], shape[0])
    return np.asarray(cv2.resize(mask.astype(np.uint8), size, interpolation=cv2.INTER_NEAREST), np.bool_)


def _sampled(values: NDArray[np.generic], where: Mask) -> NDArray[np.float64]:
    rows, columns = (max(1, side // _MOST_SAMPLES) for side in values.shape)
    return values[::rows, ::columns][where[::rows, ::columns]].astype(np.float64)


def _air_of(stored: StoredPixels, outside: Mask) -> tuple[int, float]:
    """The stored value of air, and how far from it is still air."""
    samples = _sampled(stored, outside)
    values, counts = np.unique(samples if samples.size else stored[outside], return_counts=True)
    middle = float(np.median(samples)) if samples.size else float(values[0])
    spread = _MAD * float(np.median(np.abs(samples - middle))) if samples.size else 0.0
    level = float(values[counts.argmax()]) if spread == 0 else middle
    return round(level), _SPREADS * spread + 0.5


def _apart(weak: Mask, near: Mask) -> Mask:
    """Of what differs a little from air, the parts that do not touch the breast's margin: that fades into air."""
    _, labels = cv2.connectedComponents((weak | near).astype(np.uint8), connectivity=8)
    attached = np.unique(labels[near])
    return weak & ~np.isin(labels, attached)


def _fine(stored: StoredPixels, outside: Mask) -> Mask:
    """What differs from its own surroundings: letters that are hardly brighter than air, on any gradient."""
    side = max(15, max(stored.shape) // _GROUND_SHARE)
    share = outside.astype(np.float32)
    weight = cv2.blur(share, (side, side))
    ground = cv2.blur(stored.astype(np.float32) * share, (side, side)) / np.maximum(weight, 1e-6)
    step = np.abs(stored.astype(np.float32) - ground)
    samples = _sampled(step, outside)
    noise = _SPREADS * _MAD * float(np.median(samples)) + 0.5 if samples.size else 0.5
    return outside & (step > noise)


def _reaching_in(marks: Mask, bright: Mask) -> Mask:
    """What is brighter than nearly all tissue, in the margin about the breast, and hangs together with a mark."""
    _, labels = cv2.connectedComponents((marks | bright).astype(np.uint8), connectivity=8)
    met = np.unique(labels[marks])
    return bright & np.isin(labels, met[met > 0])


def _grown(marks: Mask) -> Mask:
    """The marks with what surrounds them: smoothed edges and the ringing of lossy compression."""
    return _widened(marks, max(2, max(marks.shape) // _GROW_SHARE))
