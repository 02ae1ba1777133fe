"""Owns the recognition of rows of letters by their shape alone. Never reads them.

A letter that a machine wrote has one grey and sharp edges; calcifications, clips and skin folds have neither in a row.
Four letters in a row are told by that alone; two or three where all their edges are steps from one pixel to the next,
which no detector draws of tissue.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, replace

import cv2
import numpy as np
from numpy.typing import NDArray

from mammoview.core.geometry import Box
from mammoview.core.image import StoredPixels

_CONTRAST = 0.25
_LEAST_HEIGHT_PX, _LEAST_WIDTH_PX = 6, 2
_TALLEST, _WIDEST = 12, 1.6
_LEAST_FILL, _MOST_FILL = 0.12, 0.9
_FLAT, _FLAT_SHARE, _SHARP = 0.04, 0.45, 0.6
_LEAST_LETTERS, _LEAST_INKED = 4, 2
_STEP, _INK, _STEEP_SHARE = 0.12, 0.03, 0.7
_LEAST_EDGE_PX, _MOST_EDGE, _THICK_PX, _MOST_INKS = 16, 0.02, 3, 5
_LINE = 0.15
_STROKE_SHARE = 60
_MOST_PARTS = 20_000

Mask = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class _Letter:
    """What may be a letter: its centre and size in pixels, its grey as a share of the picture's range."""

    grey: float
    row: float
    column: float
    height: float
    width: float

    @property
    def turned(self) -> _Letter:
        return _Letter(self.grey, self.column, self.row, self.width, self.height)


def rows_of_letters(stored: StoredPixels, where: Mask) -> tuple[Box, ...]:
    """The rows of letters in `where` (bool, rows x columns), written across or upwards, in `stored`'s pixels: of four
    or more letters, or of two or more with hard edges."""
    rows, columns = np.flatnonzero(where.any(axis=1)), np.flatnonzero(where.any(axis=0))
    if not rows.size:
        return ()
    inside = np.s_[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
    picture, allowed = np.ascontiguousarray(stored[inside]), where[inside]
    low, high = np.quantile(picture[allowed][::53], (0.01, 0.99))
    unit = max(float(high - low), 1.0)
    side = 2 * max(5, max(stored.shape) // _STROKE_SHARE) + 1
    found: list[_Letter] = []
    for operation in (cv2.MORPH_TOPHAT, cv2.MORPH_BLACKHAT):
        stands_out = cv2.morphologyEx(picture, operation, np.ones((side, side), np.uint8))
        found += _letters(picture, (stands_out > _CONTRAST * unit) & allowed, unit)
    boxes = _both_ways(found, _LEAST_LETTERS)
    for dark in (False, True):
        for letters, least in _inked(picture, allowed, unit, dark=dark):
            more = _both_ways(letters, least)
            boxes += [box for box in more if not any(_meet(box, other) for other in boxes)]
    return tuple(_moved(box, int(rows[0]), int(columns[0])) for box in boxes)


def _both_ways(letters: list[_Letter], least: int) -> list[Box]:
    """The rows of `least` letters or more, written across or upwards."""
    upwards = _rows([letter.turned for letter in letters], least)
    return _rows(letters, least) + [_turned(box) for box in upwards]


def _meet(one: Box, other: Box) -> bool:
    rows = one.row0 < other.row1 and other.row0 < one.row1
    return rows and one.column0 < other.column1 and other.column0 < one.column1


def _turned(box: Box) -> Box:
    return Box(box.column0, box.row0, box.column1, box.row1)


def _moved(box: Box, row: int, column: int) -> Box:
    return Box(box.row0 + row, box.column0 + column, box.row1 + row, box.column1 + column)


def _letters(picture: StoredPixels, parts: Mask, unit: float) -> list[_Letter]:
    count, labels, stats, _ = cv2.connectedComponentsWithStats(parts.astype(np.uint8), connectivity=8)
    if count > _MOST_PARTS:
        return []
    tallest = max(picture.shape) / _TALLEST
    found = []
    for number, (column, row, width, height, area) in enumerate(stats[1:].tolist(), start=1):
        longer, shorter = max(width, height), min(width, height)
        if longer < _LEAST_HEIGHT_PX or longer > tallest or shorter < _LEAST_WIDTH_PX:
            continue
        if not _LEAST_FILL <= area / (width * height) <= _MOST_FILL and shorter > longer / 3:
            continue
        box = np.s_[row : row + height, column : column + width]
        greys = picture[box][labels[box] == number].astype(np.float64)
        grey = _most_frequent(greys)
        if np.mean(np.abs(greys - grey) <= _FLAT * unit) >= _FLAT_SHARE and _is_sharp(picture, box):
            found.append(_Letter(grey / unit, row + height / 2, column + width / 2, height, width))
    return found


def _inked(picture: StoredPixels, allowed: Mask, unit: float, *, dark: bool) -> Iterator[tuple[list[_Letter], int]]:
    """What may be letters, and how many make a row: for each ink, parts of nearly one grey that rise (fall, with
    `dark`) in one step from all that is around them; and what is no more than such steps, whatever its grey, as small
    letters with smooth edges are.
    """
    block = np.ones((3, 3), np.uint8)
    around = cv2.dilate(picture, block) if dark else cv2.erode(picture, block)
    steps = np.abs(picture.astype(np.int32) - around) >= _STEP * unit
    steps &= allowed
    edge = picture[steps]
    if not _LEAST_EDGE_PX <= edge.size <= _MOST_EDGE * picture.size:
        return
    yield [replace(one, grey=0.0) for one in _steep(picture, steps, steps, unit)], _LEAST_LETTERS
    near = cv2.dilate(steps.astype(np.uint8), np.ones((2 * _THICK_PX + 1,) * 2, np.uint8)) > 0
    width = max(1.0, _INK * unit)
    counts, bounds = np.histogram(edge, bins=max(1, math.ceil((int(edge.max()) - int(edge.min()) + 1) / width)))
    for most in np.argsort(counts)[::-1][:_MOST_INKS]:
        if counts[most] < _LEAST_EDGE_PX:
            break
        ink = (bounds[most] + bounds[most + 1]) / 2
        parts = (np.abs(picture.astype(np.float32) - np.float32(ink)) <= width) & near & allowed
        yield _steep(picture, parts, steps, unit), _LEAST_INKED


def _steep(picture: StoredPixels, parts: Mask, steps: Mask, unit: float) -> list[_Letter]:
    count, labels, stats, _ = cv2.connectedComponentsWithStats(parts.astype(np.uint8), connectivity=8)
    if count > _MOST_PARTS:
        return []
    tallest = max(picture.shape) / _TALLEST
    found = []
    for number, (column, row, width, height, area) in enumerate(stats[1:].tolist(), start=1):
        longer, shorter = max(width, height), min(width, height)
        if longer < _LEAST_HEIGHT_PX or longer > tallest or shorter < _LEAST_WIDTH_PX:
            continue
        if area > _MOST_FILL * width * height and shorter > longer / 3:
            continue
        box = np.s_[row : row + height, column : column + width]
        part = labels[box] == number
        rim = part & (cv2.erode(part.astype(np.uint8), np.ones((3, 3), np.uint8), borderValue=0) == 0)
        if np.mean(steps[box][rim]) >= _STEEP_SHARE:
            grey = float(np.median(picture[box][part]))
            found.append(_Letter(grey / unit, row + height / 2, column + width / 2, height, width))
    return found


def _most_frequent(greys: NDArray[np.float64]) -> float:
    values, counts = np.unique(greys, return_counts=True)
    return float(values[counts.argmax()])


def _is_sharp(picture: StoredPixels, box: tuple[slice, slice]) -> bool:
    """Whether the greatest step between neighbours is most of the letter's contrast."""
    part = picture[box].astype(np.float64)
    steps = max(float(np.abs(np.diff(part, axis=axis)).max()) if part.shape[axis] > 1 else 0.0 for axis in (0, 1))
    return steps >= _SHARP * float(part.max() - part.min())


def _rows(letters: list[_Letter], least: int) -> list[Box]:
    """The chains of neighbours in one line, of like height, that have `least` letters or more."""
    upright = (one for one in letters if one.height >= _LEAST_HEIGHT_PX and one.width <= _WIDEST * one.height)
    left = sorted(upright, key=lambda one: one.column)
    rows = []
    while left:
        chain = [left.pop(0)]
        for letter in list(left):
            if _follows(chain[-1], letter, apart=least < _LEAST_LETTERS):
                chain.append(letter)
                left.remove(letter)
        if len(chain) >= least:
            rows.append(_around(chain))
    return rows


def _around(letters: list[_Letter]) -> Box:
    return Box(
        round(min(one.row - one.height / 2 for one in letters)),
        round(min(one.column - one.width / 2 for one in letters)),
        round(max(one.row + one.height / 2 for one in letters)),
        round(max(one.column + one.width / 2 for one in letters)),
    )


def _follows(one: _Letter, other: _Letter, *, apart: bool) -> bool:
    """Whether `other` is the next letter of a row; `apart`: it may not reach under the one before."""
    height = max(one.height, other.height)
    gap = other.column - one.column - (one.width + other.width) / 2
    tops, bottoms = (abs(one.row - other.row + side * (one.height - other.height) / 2) for side in (-1, 1))
    same_line = min(tops, bottoms) <= max(1.0, _LINE * height) and max(tops, bottoms) <= 0.45 * height
    return (
        same_line
        and abs(one.grey - other.grey) <= 2 * _FLAT
        and min(one.height, other.height) >= 0.55 * height
        and (0 if apart else -0.3 * height) <= gap <= 1.6 * height
    )
