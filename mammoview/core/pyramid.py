"""Owns the area-averaged reductions of one image and the cut of any part at any scale. Never windows.

A scale of at most 1 is k/256 of a level that is reduced by a power of two; blocks of 256 level pixels then fall on
whole screen pixels: every screen pixel is an exact area average, panning never shimmers, nothing small is skipped.
Padding is left out of the averages. All levels are laid (turned upright), so that an image looks the same to the pixel
whichever way it was stored.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from mammoview.core.buffers import BUFFERS
from mammoview.core.geometry import Orientation
from mammoview.core.image import MammoImage
from mammoview.core.window import PixelPadding

_SHRINK_BLOCK = 256
_GROW_BLOCK = 64
_SMALLEST_PX = 96


@dataclass(frozen=True, slots=True)
class ScaleStep:
    """A scale that can be drawn exactly: `block` pixels of `level` become `size` screen pixels."""

    level: int
    block: int
    size: int

    @property
    def scale(self) -> float:
        """Screen pixels per stored pixel."""
        return self.size / (self.block << self.level)


def scale_step(scale: float, levels: int) -> ScaleStep:
    """The nearest exact scale (within 0.4 % where it shrinks); `scale` in screen pixels per stored pixel."""
    if scale > 1:
        block = _GROW_BLOCK if scale <= 8 else 8 if scale <= 64 else 1
        return ScaleStep(0, block, max(block, round(scale * block)))
    level = min(max(0, math.floor(math.log2(1 / scale))), levels - 1)
    return ScaleStep(level, _SHRINK_BLOCK, max(1, round(scale * 2**level * _SHRINK_BLOCK)))


@dataclass(frozen=True, slots=True)
class _Window:
    """The whole blocks of a level that a part of the scaled image needs, and where that part lies among them."""

    rows: ScaleStep
    columns: ScaleStep
    row0: int
    column0: int
    row1: int
    column1: int

    @property
    def grows(self) -> bool:
        return self.rows.size > self.rows.block or self.columns.size > self.columns.block

    def _blocks(self) -> tuple[int, int, int, int]:
        margin = 1 if self.grows else 0
        return (
            max(0, self.row0 // self.rows.size - margin),
            -(-self.row1 // self.rows.size) + margin,
            max(0, self.column0 // self.columns.size - margin),
            -(-self.column1 // self.columns.size) + margin,
        )

    def of(self, level: NDArray[Any]) -> NDArray[Any]:
        """Those blocks, maybe a view; beyond the image its last pixels are repeated."""
        first_row, end_row, first_column, end_column = self._blocks()
        top, bottom = first_row * self.rows.block, end_row * self.rows.block
        left, right = first_column * self.columns.block, end_column * self.columns.block
        part = level[top : min(bottom, level.shape[0]), left : min(right, level.shape[1])]
        if part.strides[1] != part.itemsize or part.strides[0] < 0:
            part = np.ascontiguousarray(part)  # laid upright, with steps that OpenCV does not take
        below, beside = bottom - top - part.shape[0], right - left - part.shape[1]
        if below or beside:
            part = np.asarray(cv2.copyMakeBorder(part, 0, below, 0, beside, cv2.BORDER_REPLICATE))
        return part

    def scaled(self, part: NDArray[Any], *, draft: bool) -> NDArray[Any]:
        """The part, scaled, from the blocks of `of`; maybe a view of them."""
        first_row, end_row, first_column, end_column = self._blocks()
        if self.rows.size != self.rows.block or self.columns.size != self.columns.block:
            size = ((end_column - first_column) * self.columns.size, (end_row - first_row) * self.rows.size)
            # the weights of LINEAR depend on where the part begins, which 8 bits show; those of LINEAR_EXACT do not
            linear = cv2.INTER_LINEAR if draft and part.itemsize > 1 else cv2.INTER_LINEAR_EXACT
            interpolation = linear if self.grows or draft else cv2.INTER_AREA
            scaled = BUFFERS.empty(size[::-1], part.dtype)
            part = np.asarray(cv2.resize(part, size, dst=scaled, interpolation=interpolation))
        row, column = self.row0 - first_row * self.rows.size, self.column0 - first_column * self.columns.size
        return part[row : row + self.row1 - self.row0, column : column + self.column1 - self.column0]


@dataclass(frozen=True, slots=True, eq=False)
class Pyramid:
    """`levels[k]`: laid stored values averaged over 2^k x 2^k pixels, same dtype, shape ceil(n / 2^k).

    `levels[0]` is the image itself (a view, not a copy). Where it has padding pixels (`padding` is not None), they
    count as `fill` in the other levels, and `valid[k]` is the uint8 share (255 = all) of valid pixels of `levels[k+1]`.
    `fill` and `top` are then the lowest and the highest valid value. `avoided` is the padding that the image declares
    where it lies among the valid values, so that an average of them could become padding: none does.
    """

    levels: tuple[NDArray[Any], ...]
    valid: tuple[NDArray[np.uint8], ...] = ()
    fill: int = 0
    top: int = 0
    padding: PixelPadding | None = None
    avoided: PixelPadding | None = None

    @property
    def nbytes(self) -> int:
        """Memory held beside the image's own pixels, in bytes."""
        return sum(level.nbytes for level in self.levels[1:]) + sum(share.nbytes for share in self.valid)

    def cut(
        self,
        rows: ScaleStep,
        columns: ScaleStep,
        row0: int,
        column0: int,
        row1: int,
        column1: int,
        *,
        draft: bool = False,
    ) -> tuple[NDArray[Any], NDArray[np.bool_] | None]:
        """Pixels [row0, row1) x [column0, column1) of the laid image scaled by (rows, columns), inside it, and the mask
        of padding among them (None where there is none), where the values are padding's. Values keep the stored dtype;
        they may be a view of a level, and must not be written to.

        `draft`: the last reduction, by at most two, is linear in place of area-averaged, which is several times faster.
        """
        level = min(rows.level, columns.level)
        window = _Window(_at(rows, level), _at(columns, level), row0, column0, row1, column1)
        part = window.of(self.levels[level])
        if self.padding is None:
            return self._valid(window.scaled(part, draft=draft)), None
        if level == 0:
            padded = _in_range(part, self.padding)
            part, shares = _filled(part, self.padding, self.fill), np.asarray(cv2.bitwise_not(padded), np.uint8)
        else:
            shares = window.of(self.valid[level - 1])
        values, share = np.array(window.scaled(part, draft=draft)), window.scaled(shares, draft=draft)
        partly = (share > 127) & (share < 255)
        if partly.any():
            portion = share[partly].astype(np.float32) / 255
            mended = (values[partly].astype(np.float32) - self.fill * (1 - portion)) / portion
            values[partly] = np.clip(np.round(mended), self.fill, self.top).astype(values.dtype)
        values = self._valid(values)
        mostly = share <= 127
        limits = np.iinfo(values.dtype)
        values[mostly] = min(max(self.padding.low, limits.min), limits.max)
        return values, mostly

    def _valid(self, averages: NDArray[Any]) -> NDArray[Any]:
        return averages if self.avoided is None else _kept_off(averages, self.avoided)


def _at(step: ScaleStep, level: int) -> ScaleStep:
    """The same scale counted from a finer level (pixels that are not square choose two levels)."""
    return ScaleStep(level, step.block * 2 ** (step.level - level), step.size)


def _in_range(stored: NDArray[Any], padding: PixelPadding) -> NDArray[np.uint8]:
    """255 where a stored value is padding, else 0."""
    limits = np.iinfo(stored.dtype)
    low, high = max(padding.low, limits.min), min(padding.high, limits.max)
    if low > high:
        return np.zeros(stored.shape, np.uint8)
    return np.asarray(cv2.inRange(stored, low, high, dst=BUFFERS.empty(stored.shape, np.uint8)), np.uint8)


def _kept_off(averages: NDArray[Any], padding: PixelPadding) -> NDArray[Any]:
    """The averages, with the nearest valid value where one is padding; the same array where none is."""
    fallen = _in_range(averages, padding)
    if not cv2.countNonZero(fallen):
        return averages
    averages, at = averages.copy(), fallen != 0
    averages[at] = padding.nearest_valid(averages[at])
    return averages


def _filled(stored: NDArray[Any], padding: PixelPadding, fill: int) -> NDArray[Any]:
    """The stored values with `fill` in place of padding."""
    count = 256**stored.dtype.itemsize
    unsigned = np.dtype(f"u{stored.dtype.itemsize}")
    table = np.arange(count, dtype=unsigned).view(stored.dtype)
    table[(table >= padding.low) & (table <= padding.high)] = fill
    filled = BUFFERS.empty(stored.shape, unsigned)
    return np.asarray(cv2.LUT(stored.view(unsigned), table.view(unsigned), dst=filled)).view(stored.dtype)


def _half(pixels: NDArray[Any]) -> NDArray[Any]:
    rows, columns = pixels.shape
    half = BUFFERS.empty((-(-rows // 2), -(-columns // 2)), pixels.dtype)
    if rows % 2 or columns % 2:
        pixels = np.asarray(cv2.copyMakeBorder(pixels, 0, rows % 2, 0, columns % 2, cv2.BORDER_REPLICATE))
    cv2.resize(pixels, half.shape[::-1], dst=half, interpolation=cv2.INTER_AREA)
    return half


def _laid(pixels: NDArray[Any], orientation: Orientation) -> NDArray[Any]:
    """The pixels laid, contiguous."""
    if orientation.transpose:
        pixels = np.asarray(cv2.transpose(pixels))
    if orientation.flip_rows or orientation.flip_columns:
        code = -1 if orientation.flip_rows and orientation.flip_columns else 0 if orientation.flip_rows else 1
        pixels = np.asarray(cv2.flip(pixels, code))
    return pixels


def build_pyramid(image: MammoImage, orientation: Orientation | None = None) -> Pyramid:
    """All levels down to 96 pixels, of the image laid by `orientation` (None: as stored)."""
    laying = orientation or Orientation()
    base, padding, avoided = image.stored, image.grey.padding, None
    fill, top = 0, 0
    share: NDArray[np.uint8] | None = None
    if padding is not None:
        padded = _in_range(base, padding)
        count = cv2.countNonZero(padded)
        if 0 < count < padded.size:
            share = np.asarray(cv2.bitwise_not(padded, dst=padded), np.uint8)
        if count < padded.size and (share is not None or _has_both_sides(padding, base.dtype)):
            fill, top = (int(end) for end in cv2.minMaxLoc(base, share)[:2])
            avoided = padding if fill < padding.low and padding.high < top else None
        if share is None:
            padding = None
        else:
            base, share = _filled(base, padding, fill), _laid(share, laying)
    levels: list[NDArray[Any]] = []
    valid: list[NDArray[np.uint8]] = []
    level = _laid(base, laying)
    while min(level.shape) > _SMALLEST_PX:
        level = _half(level)
        levels.append(level if avoided is None else _kept_off(level, avoided))
        if share is not None:
            share = _half(share)
            valid.append(share)
    laid = np.asarray(laying.apply(image.stored))
    return Pyramid((laid, *levels), tuple(valid), fill, top, padding, avoided)


def _has_both_sides(padding: PixelPadding, dtype: np.dtype[Any]) -> bool:
    """Whether there are values of the type below the padding and above it."""
    limits = np.iinfo(dtype)
    return padding.low > limits.min and padding.high < limits.max
