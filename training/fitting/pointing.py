"""Owns the pointing game: whether the strongest place of a lesion map lies on or near a drawn lesion. Plain NumPy.

Zhang et al., "Top-down neural attention by excitation backprop" (2018).
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

NEAR_PX = 8.0
"""How far from the lesion, in input pixels, a place still counts as pointing at it."""


def pointed(maps: NDArray[Any], inputs: NDArray[np.uint8]) -> NDArray[np.float64]:
    """Where each of `maps` (n, a, b) has its largest value in the breast: (row, column) of the middle of that cell in
    pixels of `inputs` (n, rows, columns), whose air is 0; (n, 2). The breast are cells that are half breast or more; a
    map without any is looked at as a whole."""
    count, down, across = maps.shape
    rows, columns = inputs.shape[1:]
    inside = _cell_means(inputs > 0, down, across) >= 0.5
    inside |= ~inside.any(axis=(1, 2), keepdims=True)
    best = np.where(inside, maps, -np.inf).reshape(count, -1).argmax(axis=1)
    row, column = np.divmod(best, across)
    return np.stack([(row + 0.5) * rows / down - 0.5, (column + 0.5) * columns / across - 0.5], axis=1)


def hits(places: NDArray[np.float64], masks: NDArray[np.uint8]) -> NDArray[np.bool_]:
    """Whether each of `places` (n, 2) is in the lesion of `masks` (n, rows, columns) or within NEAR_PX of it: (n,)."""
    found = np.zeros(len(places), np.bool_)
    for index, ((row, column), mask) in enumerate(zip(places, masks, strict=True)):
        down, across = np.nonzero(mask)
        found[index] = down.size > 0 and float(np.hypot(down - row, across - column).min()) <= NEAR_PX
    return found


def brightest(inputs: NDArray[np.uint8], cell: int = 8) -> NDArray[np.float64]:
    """The middle of the brightest cell of about `cell` pixels of each of `inputs` (n, rows, columns): (n, 2)."""
    down, across = (max(1, size // cell) for size in inputs.shape[1:])
    return pointed(_cell_means(inputs, down, across), inputs)


def _cell_means(pictures: NDArray[Any], down: int, across: int) -> NDArray[np.float64]:
    """Means of `pictures` (n, rows, columns) over `down` x `across` cells of as equal a size as whole pixels allow."""
    found = pictures.astype(np.float64)
    for axis, cells in ((1, down), (2, across)):
        size = found.shape[axis]
        starts = np.arange(cells) * size // cells
        width = np.diff([*starts, size]).reshape([-1 if place == axis else 1 for place in range(3)])
        found = np.add.reduceat(found, starts, axis=axis) / width
    return found
