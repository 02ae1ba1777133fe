"""Owns how far a map and a lesion agree, image by image. Plain arrays; never runs a model."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

Response = NDArray[np.float32]
Lesion = NDArray[np.uint8]
Tolerance = tuple[float, float]
"""Input pixels down and across."""

_TIED = 1 - 1e-6


def near(lesion: Lesion, tolerance: Tolerance) -> NDArray[np.bool_]:
    """Where a lesion (uint8, 1 inside) is at most `tolerance` away: an ellipse around each of its pixels."""
    down, across = (max(0, int(reach)) for reach in tolerance)
    rows, columns = np.ogrid[-down : down + 1, -across : across + 1]
    inside = (rows / max(tolerance[0], 1e-9)) ** 2 + (columns / max(tolerance[1], 1e-9)) ** 2 <= 1
    inside[down, across] = True
    return np.asarray(cv2.dilate(lesion, inside.astype(np.uint8)) > 0)


def pointing(response: Response, lesion: Lesion, tolerance: Tolerance) -> float:
    """The pointing game (Zhang et al. 2018): 1 where the strongest pixel lies in the lesion or at most `tolerance`
    away, else 0; the share of them where several are equally strong; 0 for an empty map."""
    strongest = float(response.max(initial=0.0))
    if strongest <= 0:
        return 0.0
    return float(near(lesion, tolerance)[response >= strongest * _TIED].mean())


def energy(response: Response, lesion: Lesion) -> float:
    """The share of a map's sum that lies in the lesion (Wang et al. 2020), 0..1; 0 for an empty map."""
    total = float(response.sum(dtype=np.float64))
    return float(response[lesion > 0].sum(dtype=np.float64)) / total if total > 0 else 0.0


def otsu(response: Response, breast: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """The part of a map above Otsu's threshold (1979) of its values in the breast, whatever its scale; nothing for an
    empty map."""
    strongest = float(response[breast].max(initial=0.0))
    if strongest <= 0:
        return np.zeros(response.shape, np.bool_)
    steps = np.where(breast, np.round(np.clip(response / strongest, 0, 1) * 255), 0).astype(np.uint8)
    threshold, _ = cv2.threshold(steps[breast][None], 0, 255, cv2.THRESH_BINARY + cv2.THRESH_OTSU)
    return np.asarray(breast & (steps > threshold))


def iou(drawn: NDArray[np.bool_], lesion: Lesion) -> float:
    """Intersection over union of two areas; 0 where both are empty."""
    both, either = np.sum(drawn & (lesion > 0)), np.sum(drawn | (lesion > 0))
    return float(both / either) if either else 0.0
