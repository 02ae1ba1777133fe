"""Owns whether a map names what the score hangs on: ROAD, and drop and increase in confidence. Never draws a map.

ROAD is that of Rong et al., "A Consistent and Efficient Evaluation Strategy for Attribution Methods" (ICML 2022):
pixels are taken away in the order of the map and replaced by what their neighbours tell, so that the hole itself says
little. Drop and increase are those of Chattopadhay et al. (Grad-CAM++, 2018).
"""

from __future__ import annotations

from collections.abc import Callable

import cv2
import numpy as np
from numpy.typing import NDArray

PERCENTILES = (10, 20, 30, 40, 50, 60, 70, 80, 90)
"""Shares of the breast that are taken away, in percent."""

NOISE = 0.01
"""SD of the noise on an imputed pixel, of pixels in 0..1."""

_NEIGHBOURS = np.array([[1, 2, 1], [2, 0, 2], [1, 2, 1]], np.float32) / 12
_SWEEPS, _CYCLES = 6, 4

Grid = NDArray[np.float32]
Score = Callable[[Grid], NDArray[np.float64]]
"""Inputs (n, rows, columns) -> probability of the suspicious class (n,)."""


def imputed(pixels: Grid, gone: NDArray[np.bool_], rng: np.random.Generator) -> Grid:
    """`pixels` with those that are `gone` replaced by noisy linear imputation: each is the mean of its eight neighbours
    (direct ones count double), all equations together, plus noise of SD NOISE; within 0..1.

    Solved by multigrid V-cycles, to a thousandth.
    """
    if not gone.any():
        return pixels
    filled = _solved(pixels.astype(np.float32), gone)
    noisy = filled + rng.normal(0, NOISE, pixels.shape).astype(np.float32)
    return np.where(gone, np.clip(noisy, 0, 1), pixels).astype(np.float32)


def _solved(pixels: Grid, gone: NDArray[np.bool_]) -> Grid:
    known = pixels[~gone]
    found = np.where(gone, np.float32(known.mean() if known.size else 0), pixels).astype(np.float32)
    for _ in range(_CYCLES):
        found = _cycled(found, gone, np.zeros_like(found))
    return found


def _cycled(found: Grid, free: NDArray[np.bool_], excess: Grid) -> Grid:
    """`found` nearer to the grid whose `free` places are the mean of their neighbours plus `excess`; what is left over
    on this grid is solved on one of half the size, where it counts four times."""
    rows, columns = found.shape
    smallest = min(rows, columns) < 4
    found = _swept(found, free, excess, 40 if smallest else _SWEEPS)
    if smallest:
        return found
    half = (columns // 2, rows // 2)
    left = np.where(free, _around(found) + excess - found, np.float32(0))
    coarse_free = np.asarray(cv2.resize(free.astype(np.float32), half, interpolation=cv2.INTER_AREA) > 0.999)
    coarse_left = np.where(coarse_free, 4 * cv2.resize(left, half, interpolation=cv2.INTER_AREA), np.float32(0))
    error = _cycled(np.zeros_like(coarse_left), coarse_free, coarse_left)
    fine = cv2.resize(error, (columns, rows), interpolation=cv2.INTER_LINEAR)
    return _swept(np.where(free, found + fine, found).astype(np.float32), free, excess, _SWEEPS)


def _swept(found: Grid, free: NDArray[np.bool_], excess: Grid, sweeps: int) -> Grid:
    """After Jacobi sweeps."""
    for _ in range(sweeps):
        found = np.where(free, _around(found) + excess, found)
    return found


def _around(found: Grid) -> Grid:
    """The mean of the neighbours of each place, direct ones counting double, those beyond the border not."""
    whole = cv2.filter2D(np.ones_like(found), -1, _NEIGHBOURS, borderType=cv2.BORDER_CONSTANT)
    return np.asarray(cv2.filter2D(found, -1, _NEIGHBOURS, borderType=cv2.BORDER_CONSTANT) / whole, np.float32)


def ranked(response: Grid, breast: NDArray[np.bool_], rng: np.random.Generator) -> NDArray[np.int64]:
    """The flat places of the breast's pixels from the most to the least relevant; equal ones in any order."""
    places = np.flatnonzero(breast)
    chance = rng.permutation(places.size)
    return np.asarray(places[np.lexsort((chance, -response.ravel()[places]))], np.int64)


def road_inputs(pixels: Grid, response: Grid, breast: NDArray[np.bool_], rng: np.random.Generator) -> Grid:
    """The inputs of ROAD, float32 (2 x percentiles, rows, columns): the most relevant pixels of the breast gone at each
    percentile, then the least relevant."""
    order = ranked(response, breast, rng)
    made = []
    for chosen in (order, order[::-1]):
        for percent in PERCENTILES:
            gone = np.zeros(pixels.shape, np.bool_)
            gone.ravel()[chosen[: round(chosen.size * percent / 100)]] = True
            made.append(imputed(pixels, gone, rng))
    return np.stack(made)


def road(scores: NDArray[np.float64]) -> float:
    """ROAD combined, -0.5..0.5, of the probabilities of `road_inputs`: the mean of (least - most relevant first) / 2.
    Above 0, the score hangs more on what the map names than on the rest."""
    most, least = scores.reshape(2, len(PERCENTILES))
    return float((least - most).mean() / 2)


def confidence(whole: float, kept: float) -> tuple[float, float]:
    """(drop, increase): of the probability `whole` the share that is lost where the input is multiplied by its map
    (`kept`), 0..1, and 1 where it rises."""
    return max(0.0, whole - kept) / whole if whole > 0 else 0.0, float(kept > whole)
