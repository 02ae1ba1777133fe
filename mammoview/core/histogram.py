"""Owns the numbers of the grey-level panel: the breast's histogram, the VOI curve, a window's ends. Never draws."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from mammoview.core.prepared import PreparedImage
from mammoview.core.window import FloatArray, Greyscale, Voi, VoiFunction, VoiWindow

_MOST_PX = 400
_BINS = 128


@dataclass(frozen=True, slots=True, eq=False)
class Histogram:
    """`counts`: int64 of shape (n,), how many pixels lie in each bin; `edges`: float64 of shape (n + 1,), rising, in
    modality values.
    """

    counts: NDArray[np.int64]
    edges: FloatArray

    @property
    def low(self) -> float:
        return float(self.edges[0])

    @property
    def high(self) -> float:
        return float(self.edges[-1])


def breast_histogram(prepared: PreparedImage, bins: int = _BINS) -> Histogram:
    """The modality values of the breast, of at most 400 x 400 evenly spaced pixels; without padding.

    Where no breast was found the whole image counts. Pixels are taken as stored, not averaged, so that noise keeps its
    width.
    """
    image = prepared.image
    step = max(1, -(-max(image.rows, image.columns) // _MOST_PX))
    stored = np.ascontiguousarray(image.stored[step // 2 :: step, step // 2 :: step])
    wanted = ~image.grey.is_padding(stored)
    if prepared.region.found:
        mask = prepared.region.mask
        rows = (np.arange(stored.shape[0]) * step + step // 2) * mask.shape[0] // image.rows
        columns = (np.arange(stored.shape[1]) * step + step // 2) * mask.shape[1] // image.columns
        inside = wanted & mask[np.ix_(rows, columns)]
        wanted = inside if inside.any() else wanted
    values = stored[wanted] if wanted.any() else stored.ravel()
    first = int(values.min())
    times = np.bincount(values.astype(np.int64) - first)
    there = np.flatnonzero(times)
    counts, edges = np.histogram(image.grey.modality(there + first), bins=bins, weights=times[there])
    return Histogram(counts.astype(np.int64), edges)


def voi_curve(grey: Greyscale, voi: Voi, values: FloatArray, *, invert: bool = False) -> FloatArray:
    """Modality values -> greys 0..255 as `grey_table` shows them, not rounded; same shape. Falls where the image is
    inverse, as MONOCHROME1 is.
    """
    shown = voi.apply(values)
    return 255.0 * (1.0 - shown if grey.inverse != invert else shown)


def window_ends(window: VoiWindow) -> tuple[float, float]:
    """The modality values at which the grey begins to change and at which it has changed (PS3.3 C.11.2.1.2.1); of a
    SIGMOID, at which its tangent in the middle would.
    """
    if window.function is VoiFunction.LINEAR:
        return window.center - 0.5 - (window.width - 1) / 2, window.center - 0.5 + (window.width - 1) / 2
    return window.center - window.width / 2, window.center + window.width / 2


def window_between(low: float, high: float, like: VoiWindow) -> VoiWindow:
    """The window with these ends and the function of `like`; LINEAR is at least 1 wide, the others 0.001."""
    middle, extent = (low + high) / 2, max(0.0, high - low)
    if like.function is VoiFunction.LINEAR:
        return replace(like, center=middle + 0.5, width=extent + 1, explanation="")
    return replace(like, center=middle, width=max(extent, 1e-3), explanation="")
