"""Owns the grain of a picture: how rough it is within a mask and beside it, and what else lies there. Refuses nothing.

All is measured on the work grid of `mammoview.core.breast` (longest side 384), of values in 0..1, dark air.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

Grey = NDArray[np.float32]
Mask = NDArray[np.bool_]

_NEAR_PX, _BODY_PX = 12, 4
_FINE_PX, _COARSE_PX = 2.0, 6.0
_LEVELS = 64
_FEWEST_PX = 100
_THIN, _MIN_FILL = 0.1, 0.4


@dataclass(frozen=True, slots=True)
class Grain:
    """`inside`: the median of `bands_of` deep in the mask; `beside`: the lower quartile of it well beside the mask, as
    labels may take much of a film's ground (None where there is too little of either). `plateau`: the share of the mask
    that has one grey, within a thirty-second of the range. `other`: the area of the largest other body over the mask's.
    """

    inside: float | None
    beside: float | None
    plateau: float
    other: float


def grain_of(values: Grey, mask: Mask) -> Grain:
    """The grain of `values` (0..1) within a mask that is not empty, and beside it."""
    area = mask.astype(np.uint8)
    bands = bands_of(values)
    deep = cv2.erode(area, _square(2 * _NEAR_PX + 1)) > 0
    far = far_from(mask)
    histogram, _ = np.histogram(values[mask], bins=_LEVELS, range=(0.0, 1.0))
    return Grain(
        inside=_quantile(bands[deep], 0.5),
        beside=_quantile(bands[far], 0.25),
        plateau=float(np.convolve(histogram, np.ones(2)).max() / mask.sum()),
        other=_other_body(values, area),
    )


def bands_of(values: Grey) -> Grey:
    """How much each pixel differs between the picture blurred by 2 and by 6 pixels."""
    return np.asarray(np.abs(blurred(values, _FINE_PX) - blurred(values, _COARSE_PX)), np.float32)


def blurred(values: Grey, sigma: float) -> Grey:
    return np.asarray(cv2.GaussianBlur(values, (0, 0), sigma), np.float32)


def far_from(mask: Mask) -> Mask:
    """What lies more than 12 pixels beside the mask."""
    return np.asarray(cv2.dilate(mask.astype(np.uint8), _square(2 * _NEAR_PX + 1)) == 0, np.bool_)


def _other_body(values: Grey, area: NDArray[np.uint8]) -> float:
    beside = cv2.dilate(area, _square(2 * _BODY_PX + 1)) == 0
    if not beside.any():
        return 0.0
    air = float(np.median(values[beside]))
    above = ((blurred(values, 1.0) > air + 0.15) & beside).astype(np.uint8)
    opened = cv2.morphologyEx(above, cv2.MORPH_OPEN, _square(9))
    _, _, stats, _ = cv2.connectedComponentsWithStats(opened)
    bodies = [body[cv2.CC_STAT_AREA] for body in stats[1:] if not _is_frame(body, min(area.shape))]
    return float(max(bodies, default=0) / area.sum())


def _is_frame(body: NDArray[np.int32], side: int) -> bool:
    """Whether a body (left, top, width, height, area) is as thin as a frame or a part of one."""
    wide, tall, area = int(body[2]), int(body[3]), int(body[4])
    return min(wide, tall) < _THIN * side or area < _MIN_FILL * wide * tall


def _square(side: int) -> NDArray[np.uint8]:
    return np.ones((side, side), np.uint8)


def _quantile(values: Grey, share: float) -> float | None:
    return float(np.quantile(values, share)) if values.size > _FEWEST_PX else None
