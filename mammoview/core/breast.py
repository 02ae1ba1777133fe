"""Owns the answer to "where is the breast?", from pixels alone. Never trusts side or view codes.

Used by the hanging (breast extent, chest wall), by the gate before the score and by the crop of the model input, so
that all three speak of the same region.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

import cv2
import numpy as np
from numpy.typing import NDArray

from mammoview.core.film import breast_on_film, holds_more, largest_body, without_frame
from mammoview.core.geometry import Box
from mammoview.core.image import MammoImage, StoredPixels
from mammoview.core.outline import outline_of
from mammoview.core.window import Greyscale, PixelPadding, storable

WORK_SIDE_PX = 384
"""The longest side of the grid on which the breast is looked for."""

_MIN_AIR_FRACTION = 0.02


class Side(StrEnum):
    """A side of the stored image."""

    LEFT = "left"
    RIGHT = "right"
    TOP = "top"
    BOTTOM = "bottom"


@dataclass(frozen=True, slots=True, eq=False)
class BreastRegion:
    """The breast in one stored image.

    `mask`: bool on the work grid (longest side 384), True = breast. `box`: its extent in stored pixels. `values`:
    float32 on the work grid, brighter = denser, repaired if `inverted`. `coverage`: breast area / image area.
    `extents`: for each side the fraction 0..1 of that edge of `box` along which the breast runs; the chest wall is
    where it is longest.
    """

    mask: NDArray[np.bool_]
    values: NDArray[np.float32]
    box: Box
    coverage: float
    extents: dict[Side, float]
    inverted: bool

    @property
    def found(self) -> bool:
        return self.coverage > 0

    @property
    def chest_wall(self) -> Side | None:
        """The side on which the chest wall lies; None where left and right cannot be told apart."""
        if not self.found:
            return None
        best = max(Side, key=lambda side: self.extents[side])
        across = {Side.LEFT: Side.RIGHT, Side.RIGHT: Side.LEFT, Side.TOP: Side.BOTTOM, Side.BOTTOM: Side.TOP}
        if best in (Side.TOP, Side.BOTTOM):
            upright = max(self.extents[Side.LEFT], self.extents[Side.RIGHT])
            if self.extents[best] < upright + 0.25:
                best = max((Side.LEFT, Side.RIGHT), key=lambda side: self.extents[side])
        return best if self.extents[best] > self.extents[across[best]] + 0.05 else None


def reduced_values(image: MammoImage, longest_px: int = WORK_SIDE_PX) -> NDArray[np.float32]:
    """Modality values, brighter = denser, area-averaged to `longest_px`; padding takes the lowest valid value."""
    scale = longest_px / max(image.rows, image.columns)
    size = (max(1, round(image.columns * scale)), max(1, round(image.rows * scale)))
    interpolation = cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR
    grey, stored = image.grey, image.stored
    falls = grey.modality_lut is None and grey.slope < 0
    sign = np.float32(-1.0 if grey.inverse != falls else 1.0)
    if grey.modality_lut is not None:
        stored = grey.modality(stored).astype(np.float32)
    if grey.padding is None or not _holds(image.stored, grey.padding):
        return cv2.resize(stored, size, interpolation=interpolation).astype(np.float32) * sign
    if grey.modality_lut is not None:
        padding = grey.is_padding(image.stored)
        total = cv2.resize(np.where(padding, np.float32(0), stored), size, interpolation=interpolation)
        weight = cv2.resize((~padding).astype(np.float32), size, interpolation=interpolation)
    else:
        values, share, low, gain = _tables(grey, stored.dtype.itemsize)
        raw = stored.view(f"u{stored.dtype.itemsize}")
        scaled = cv2.resize(cv2.LUT(raw, values), size, interpolation=interpolation).astype(np.float32)
        weight = cv2.resize(cv2.LUT(raw, share), size, interpolation=interpolation) / np.float32(65535)
        total = scaled / gain + low * weight
    seen = weight > 0.5
    if not seen.any():
        return np.zeros(weight.shape, np.float32)
    mean = np.where(seen, total / np.maximum(weight, 1e-6) * sign, np.float32(0))
    return np.where(seen, mean, mean[seen].min()).astype(np.float32)


def _holds(stored: StoredPixels, padding: PixelPadding) -> bool:
    limits = np.iinfo(stored.dtype)
    low, high = max(padding.low, limits.min), min(padding.high, limits.max)
    return low <= high and cv2.countNonZero(cv2.inRange(stored, low, high)) > 0


def _tables(grey: Greyscale, itemsize: int) -> tuple[NDArray[np.uint16], NDArray[np.uint16], np.float32, np.float32]:
    """By the raw bits of a stored value: what it is above the lowest one, times gain, and 0 for padding; 65535 where it
    is not padding. Then the lowest value, and the gain.
    """
    count = 256**itemsize
    stored = np.arange(count)
    if grey.signed:
        stored[count // 2 :] -= count
    low, high = storable(grey.bits_stored, signed=grey.signed)
    gain = 65535.0 / (high - low)
    padding = grey.is_padding(stored)
    scaled = np.clip(np.round((stored - low) * gain), 0, 65535).astype(np.uint16)
    scaled[padding] = 0
    return scaled, np.where(padding, 0, 65535).astype(np.uint16), np.float32(low), np.float32(gain)


def _air_peak(values: NDArray[np.float32]) -> tuple[float, float, float]:
    """(level 0..1, mass, spread 0..1) of the narrowest large histogram peak; values in 0..1."""
    histogram, _ = np.histogram(values, bins=128, range=(0.0, 1.0))
    mass = histogram / max(values.size, 1)
    smooth = np.convolve(mass, np.ones(3), mode="same")
    peak = int(np.argmax(smooth))
    near = values[np.abs(values - (peak + 0.5) / 128) < 1.5 / 128]
    if near.size == 0:  # the peak of the smoothed histogram may lie between the values
        return (peak + 0.5) / 128, float(smooth[peak]), 0.0
    return float(np.median(near)), float(smooth[peak]), float(near.std())


def _is_inverted(values: NDArray[np.float32]) -> bool:
    """True where the air around the breast is bright: its flat peak lies high and runs along the border."""
    level, mass, _ = _air_peak(values)
    if level < 0.5 or mass < 0.08:
        return False
    rim = max(2, min(values.shape) // 64)
    border = np.concatenate(
        [values[:rim].ravel(), values[-rim:].ravel(), values[:, :rim].ravel(), values[:, -rim:].ravel()]
    )
    bright = float(np.mean(np.abs(border - level) < 0.06))
    dark = float(np.mean(border < 0.12))
    return bright > 0.2 and bright > dark


def _above_air(values: NDArray[np.float32]) -> NDArray[np.bool_]:
    """Where `values`, 0..1 and smoothed a little, lie above the level of dark air; nowhere if there is no air."""
    low = values[values < 0.5]
    if low.size < _MIN_AIR_FRACTION * values.size:
        return np.zeros(values.shape, np.bool_)
    level, _, spread = _air_peak(low)
    if level > 0.35:
        level, spread = float(np.quantile(values, 0.02)), 0.01
    threshold = level + max(0.035, 4 * spread)
    return np.asarray(cv2.GaussianBlur(values, (0, 0), 1.5) > threshold, np.bool_)


def _breast_mask(values: NDArray[np.float32]) -> NDArray[np.bool_]:
    """The largest connected region above the air level, opened and with holes filled; values in 0..1, dark air."""
    body = largest_body(_above_air(values))
    return np.zeros(values.shape, np.bool_) if body is None else body


def _scaled(raw: NDArray[np.float32]) -> NDArray[np.float32]:
    """`raw` in 0..1, but for its thousandth of darkest and of brightest values."""
    low, high = (float(edge) for edge in np.quantile(raw, (0.001, 0.999)))
    return np.asarray(np.clip((raw - low) / max(high - low, 1e-6), 0, 1), np.float32)


def _mask_without_markers(raw: NDArray[np.float32], scaled: NDArray[np.float32]) -> NDArray[np.bool_]:
    """The breast's mask, found a second time where something shines beside it and moves the scale: a marker is brighter
    than any tissue, and would else decide what counts as dark."""
    mask = _breast_mask(scaled)
    if not mask.any():
        return mask
    beside = cv2.dilate(mask.view(np.uint8), np.ones((9, 9), np.uint8)) == 0
    shining = beside & _above_air(scaled)
    rest = beside & ~shining
    if not shining.any() or not rest.any():
        return mask
    bare = _scaled(np.where(shining, np.median(raw[rest]), raw).astype(np.float32))
    return mask if np.allclose(bare[~shining], scaled[~shining], atol=1e-5) else _breast_mask(bare)


def _extents(mask: NDArray[np.bool_]) -> dict[Side, float]:
    outline = outline_of(mask)
    return {
        Side.LEFT: outline.left,
        Side.RIGHT: outline.right,
        Side.TOP: outline.top,
        Side.BOTTOM: outline.bottom,
    }


def find_breast(image: MammoImage) -> BreastRegion:
    """Find the breast. Never fails: an image without one answers with `coverage` 0 and the whole image as box."""
    raw = reduced_values(image)
    scaled = _scaled(raw)
    inverted = _is_inverted(scaled)
    if inverted:
        scaled = 1 - scaled
        raw = -raw
    mask = _mask_without_markers(raw, scaled)
    if holds_more(mask):
        bare = without_frame(scaled)
        mask = _breast_mask(bare)
        on_film = breast_on_film(bare, mask)
        mask = mask if on_film is None else on_film
    rows = np.flatnonzero(mask.any(axis=1))
    columns = np.flatnonzero(mask.any(axis=0))
    if rows.size == 0:
        whole = Box(0, 0, image.rows, image.columns)
        return BreastRegion(mask, raw, whole, 0.0, dict.fromkeys(Side, 0.0), inverted)
    small = Box(int(rows[0]), int(columns[0]), int(rows[-1]) + 1, int(columns[-1]) + 1)
    row_px, column_px = image.rows / mask.shape[0], image.columns / mask.shape[1]
    box = Box(
        max(0, int(np.floor(small.row0 * row_px))),
        max(0, int(np.floor(small.column0 * column_px))),
        min(image.rows, int(np.ceil(small.row1 * row_px))),
        min(image.columns, int(np.ceil(small.column1 * column_px))),
    )
    return BreastRegion(mask, raw, box, float(mask.mean()), _extents(mask), inverted)
