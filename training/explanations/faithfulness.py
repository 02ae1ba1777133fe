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
_SWEEPS = 20

Grid = NDArray[np.float32]
Score = Callable[[Grid], NDArray[np.float64]]
"""Inputs (n, rows, columns) -> probability of the suspicious class (n,)."""


def imputed(pixels: Grid, gone: NDArray[np.bool_], rng: np.random.Generator) -> Grid:
    """`pixels` with those that are `gone` replaced by noisy linear imputation: each is the mean of its eight neighbours
    (direct ones count double), all equations together, plus noise of SD NOISE; within 0..1.

    Solved from coarse to fine with Jacobi sweeps on each grid, to about a hundredth.
    """
    if not gone.any():
        return pixels
    filled = _solved(pixels.astype(np.float32), (~gone).astype(np.float32))
    noisy = filled + rng.normal(0, NOISE, pixels.shape).astype(np.float32)
    return np.where(gone, np.clip(noisy, 0, 1), pixels).astype(np.float32)


def _solved(pixels: Grid, known: Grid) -> Grid:
    rows, columns = pixels.shape
    if min(rows, columns) >= 4:
        half = (columns // 2, rows // 2)
        share = cv2.resize(known, half, interpolation=cv2.INTER_AREA)
        mean = cv2.resize(pixels * known, half, interpolation=cv2.INTER_AREA) / np.maximum(share, 1e-6)
        coarse = _solved(np.asarray(mean * (share > 0), np.float32), (share > 0).astype(np.float32))
        guess = cv2.resize(coarse, (columns, rows), interpolation=cv2.INTER_LINEAR)
    else:
        total = float(known.sum())
        guess = np.full(pixels.shape, float((pixels * known).sum()) / total if total else 0.0, np.float32)
    free, held = known == 0, pixels * known
    whole = cv2.filter2D(np.ones_like(known), -1, _NEIGHBOURS, borderType=cv2.BORDER_CONSTANT)
    found = np.where(free, guess, held).astype(np.float32)
    for _ in range(_SWEEPS):
        around = cv2.filter2D(found, -1, _NEIGHBOURS, borderType=cv2.BORDER_CONSTANT) / whole
        found = np.where(free, around, held).astype(np.float32)
    return found


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
