"""Owns the strokes that made pictures are drawn with: grids, ellipses, lines, texture, noise. Never a whole picture."""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np
from numpy.typing import NDArray

Grey = NDArray[np.float32]
Random = np.random.Generator


def size_of(random: Random, least: int, most: int) -> tuple[int, int]:
    """Rows and columns of a picture, each within the limits, in pixels."""
    rows, columns = random.integers(least, most + 1, 2)
    return int(rows), int(columns)


def grid(rows: int, columns: int) -> tuple[Grey, Grey]:
    """How far down and across each pixel lies, 0..1."""
    down, across = np.mgrid[0:rows, 0:columns].astype(np.float32)
    return down / np.float32(rows - 1), across / np.float32(columns - 1)


def ellipse(
    down: Grey, across: Grey, centre: tuple[float, float], radii: tuple[float, float], *, soft: float = 0.002
) -> Grey:
    """1 within an ellipse, 0 outside, with an edge of about `soft` (all in shares of the picture)."""
    away = np.hypot((down - centre[0]) / radii[0], (across - centre[1]) / radii[1])
    return np.asarray(np.clip(0.5 + (1 - away) * min(radii) / (2 * soft), 0, 1), np.float32)


def disc(picture: Grey, centre: tuple[float, float], radius: float, value: float) -> None:
    """Draw a filled disc; row, column and radius in pixels."""
    cv2.circle(picture, (round(centre[1]), round(centre[0])), round(radius), value, -1, cv2.LINE_AA)


def stroke(picture: Grey, start: tuple[float, ...], stop: tuple[float, ...], width: float, value: float) -> None:
    """Draw a line with round ends from (row, column) to (row, column); pixels."""
    ends = [(round(end[1]), round(end[0])) for end in (start, stop)]
    cv2.line(picture, ends[0], ends[1], value, max(1, round(width)), cv2.LINE_AA)


def polygon(picture: Grey, corners: Sequence[tuple[float, float]], value: float) -> None:
    """Fill a polygon of (row, column) corners; pixels."""
    points = np.array([(round(column), round(row)) for row, column in corners], np.int32)
    cv2.fillPoly(picture, [points], value, cv2.LINE_AA)


def mottle(random: Random, rows: int, columns: int, sigma: float) -> Grey:
    """Smooth noise of deviation 1; `sigma` is its grain in pixels."""
    smooth = cv2.GaussianBlur(random.normal(0, 1, (rows, columns)).astype(np.float32), (0, 0), sigma)
    return np.asarray(smooth / max(float(smooth.std()), 1e-6), np.float32)


def noisy(picture: Grey, random: Random, deviation: float) -> Grey:
    """The picture with white noise, within 0..1."""
    return np.asarray(np.clip(picture + random.normal(0, deviation, picture.shape), 0, 1), np.float32)
