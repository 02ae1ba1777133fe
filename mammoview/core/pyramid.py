"""Owns the area-averaged reductions of one image and the cut of any part at any scale. Never windows.

A scale of at most 1 is k/256 of a level that is reduced by a power of two; blocks of 256 level pixels then fall on
whole screen pixels: every screen pixel is an exact area average, panning never shimmers, nothing small is skipped.
Padding is left out of the averages.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from mammoview.core.image import MammoImage

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


@dataclass(frozen=True, slots=True, eq=False)
class Pyramid:
    """`levels[k]`: stored values averaged over 2^k x 2^k pixels, same dtype, shape ceil(n / 2^k).

    Where the image has padding pixels, they hold `fill` in the levels and `valid[k]` is the uint8 share (255 = all) of
    valid pixels; else `valid` is empty.
    """

    levels: tuple[NDArray[Any], ...]
    valid: tuple[NDArray[np.uint8], ...]
    fill: int

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
        """Pixels [row0, row1) x [column0, column1) of the image scaled by (rows, columns), inside it, and the mask of
        padding among them (None where there is none). Values keep the stored dtype.

        `draft`: the last reduction, by at most two, is linear in place of area-averaged, which is several times faster.
        """
        level = min(rows.level, columns.level)
        place = (row0, column0, row1, column1)
        values = _cut(self.levels[level], _at(rows, level), _at(columns, level), place, draft=draft)
        if not self.valid:
            return values, None
        share = _cut(self.valid[level], _at(rows, level), _at(columns, level), place, draft=draft)
        partly = (share > 127) & (share < 255)
        if partly.any():
            portion = share[partly].astype(np.float32) / 255
            mended = (values[partly].astype(np.float32) - self.fill * (1 - portion)) / portion
            limits = np.iinfo(values.dtype)
            values = values.copy()
            values[partly] = np.clip(np.round(mended), limits.min, limits.max).astype(values.dtype)
        return values, share <= 127


def _at(step: ScaleStep, level: int) -> ScaleStep:
    """The same scale counted from a finer level (pixels that are not square choose two levels)."""
    return ScaleStep(level, step.block * 2 ** (step.level - level), step.size)


def _cut(
    source: NDArray[Any], rows: ScaleStep, columns: ScaleStep, place: tuple[int, int, int, int], *, draft: bool
) -> NDArray[Any]:
    row0, column0, row1, column1 = place
    grows = rows.size > rows.block or columns.size > columns.block
    margin = 1 if grows else 0
    first_row, end_row = max(0, row0 // rows.size - margin), -(-row1 // rows.size) + margin
    first_column, end_column = max(0, column0 // columns.size - margin), -(-column1 // columns.size) + margin
    top, bottom = first_row * rows.block, end_row * rows.block
    left, right = first_column * columns.block, end_column * columns.block
    part = source[top : min(bottom, source.shape[0]), left : min(right, source.shape[1])]
    missing_rows, missing_columns = bottom - top - part.shape[0], right - left - part.shape[1]
    if missing_rows or missing_columns:
        part = cv2.copyMakeBorder(part, 0, missing_rows, 0, missing_columns, cv2.BORDER_REPLICATE)
    if rows.size != rows.block or columns.size != columns.block:
        size = ((end_column - first_column) * columns.size, (end_row - first_row) * rows.size)
        part = cv2.resize(part, size, interpolation=cv2.INTER_LINEAR if grows or draft else cv2.INTER_AREA)
    at_row, at_column = row0 - first_row * rows.size, column0 - first_column * columns.size
    return np.ascontiguousarray(part[at_row : at_row + row1 - row0, at_column : at_column + column1 - column0])


def _half(pixels: NDArray[Any]) -> NDArray[Any]:
    rows, columns = pixels.shape
    if rows % 2 or columns % 2:
        pixels = cv2.copyMakeBorder(pixels, 0, rows % 2, 0, columns % 2, cv2.BORDER_REPLICATE)
    return cv2.resize(pixels, (pixels.shape[1] // 2, pixels.shape[0] // 2), interpolation=cv2.INTER_AREA)


def build_pyramid(image: MammoImage) -> Pyramid:
    """All levels down to 96 pixels."""
    base: NDArray[Any] = image.stored
    valid: list[NDArray[np.uint8]] = []
    fill = 0
    if image.grey.padding is not None:
        padding = image.grey.is_padding(image.stored)
        if padding.any() and not padding.all():
            fill = int(image.stored[~padding].min())
            base = np.where(padding, np.array(fill, image.stored.dtype), image.stored)
            valid.append(np.where(padding, np.uint8(0), np.uint8(255)))
    levels = [base]
    while min(levels[-1].shape) > _SMALLEST_PX:
        levels.append(_half(levels[-1]))
        if valid:
            valid.append(_half(valid[-1]))
    return Pyramid(tuple(levels), tuple(valid), fill)
