"""Owns the recognition of rows of letters by their shape alone. Never reads them.

A letter that a machine wrote has one grey and sharp edges; calcifications, clips and skin folds have neither in a row.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from mammoview.core.image import StoredPixels

_CONTRAST = 0.25
_LEAST_HEIGHT_PX, _LEAST_WIDTH_PX = 6, 2
_TALLEST, _WIDEST = 12, 1.6
_LEAST_FILL, _MOST_FILL = 0.12, 0.9
_FLAT, _FLAT_SHARE, _SHARP = 0.04, 0.45, 0.6
_LEAST_LETTERS = 4
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


def rows_of_letters(stored: StoredPixels, where: Mask) -> int:
    """How many rows of four or more letters stand in `where` (bool, rows x columns), written across or upwards."""
    rows, columns = np.flatnonzero(where.any(axis=1)), np.flatnonzero(where.any(axis=0))
    if not rows.size:
        return 0
    inside = np.s_[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
    picture, allowed = np.ascontiguousarray(stored[inside]), where[inside]
    low, high = np.quantile(picture[allowed][::53], (0.01, 0.99))
    unit = max(float(high - low), 1.0)
    side = 2 * max(5, max(stored.shape) // _STROKE_SHARE) + 1
    found: list[_Letter] = []
    for operation in (cv2.MORPH_TOPHAT, cv2.MORPH_BLACKHAT):
        stands_out = cv2.morphologyEx(picture, operation, np.ones((side, side), np.uint8))
        found += _letters(picture, (stands_out > _CONTRAST * unit) & allowed, unit)
    return _rows(found) + _rows([letter.turned for letter in found])


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


def _most_frequent(greys: NDArray[np.float64]) -> float:
    values, counts = np.unique(greys, return_counts=True)
    return float(values[counts.argmax()])


def _is_sharp(picture: StoredPixels, box: tuple[slice, slice]) -> bool:
    """Whether the greatest step between neighbours is most of the letter's contrast."""
    part = picture[box].astype(np.float64)
    steps = max(float(np.abs(np.diff(part, axis=axis)).max()) if part.shape[axis] > 1 else 0.0 for axis in (0, 1))
    return steps >= _SHARP * float(part.max() - part.min())


def _rows(letters: list[_Letter]) -> int:
    """How many chains of neighbours in one line, of like height, have four letters or more."""
    left = sorted((letter for letter in letters if letter.width <= _WIDEST * letter.height), key=lambda one: one.column)
    rows = 0
    while left:
        chain = [left.pop(0)]
        for letter in list(left):
            if _follows(chain[-1], letter):
                chain.append(letter)
                left.remove(letter)
        rows += len(chain) >= _LEAST_LETTERS
    return rows


def _follows(one: _Letter, other: _Letter) -> bool:
    height = max(one.height, other.height)
    gap = other.column - one.column - (one.width + other.width) / 2
    tops, bottoms = (abs(one.row - other.row + side * (one.height - other.height) / 2) for side in (-1, 1))
    same_line = min(tops, bottoms) <= max(1.0, _LINE * height) and max(tops, bottoms) <= 0.45 * height
    return (
        same_line
        and abs(one.grey - other.grey) <= 2 * _FLAT
        and min(one.height, other.height) >= 0.55 * height
        and -0.3 * height <= gap <= 1.6 * height
    )
