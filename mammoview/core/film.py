"""Owns what is taken for tissue and is none: the bright ground of a film, a bright frame. Leaves all else as it is.

The ground of some films is brighter than their black frame, their blackened labels or the scanner's bed, so that a
threshold above the darkest grey takes the ground for tissue. The breast is then looked for again, above the ground.
"""

from __future__ import annotations

import cv2
import numpy as np

from mammoview.core.grain import Grey, Mask, bands_of, blurred, far_from
from mammoview.core.outline import MIN_CHEST_WALL, MIN_CHEST_WALL_LEAD, outline_of

MAX_COVERAGE = 0.97
_MIN_COVERAGE = 0.03
_FRAME = 0.03
_MAX_GROUND_GRAIN = 0.85
_MIN_FILM_WALL, _MIN_SOLIDITY = 0.8, 0.75
_FRAME_GREY, _FRAME_SHARE, _MAX_FRAME, _FRAME_BLUR_PX = 0.95, 0.9, 0.15, 2


def holds_more(mask: Mask) -> bool:
    """Whether a mask must hold more than the breast: it fills the picture, is a rectangle, or runs along the left and
    the right side. A mask with one chest wall is a breast's.
    """
    if not mask.any():
        return False
    outline = outline_of(mask)
    between = outline.upright >= MIN_CHEST_WALL and outline.lead < MIN_CHEST_WALL_LEAD
    return float(mask.mean()) > MAX_COVERAGE or outline.is_rectangle or between


def without_frame(values: Grey) -> Grey:
    """The picture with 0 in place of a bright frame, on whichever sides it has one; else the picture itself.

    `values`: 0..1 on the work grid, dark air. A frame is made of whole lines from a side on, nine tenths of which are
    of the brightest greys; at most 15 % of the picture.
    """
    bright = values >= _FRAME_GREY
    bare = values.copy()
    for turned, lines in ((bare, bright), (bare.T, bright.T)):
        for way in (1, -1):
            width = _frame_lines(lines[::way])
            turned[::way][:width] = 0
    return bare


def _frame_lines(bright: Mask) -> int:
    """How many rows from the first on belong to a frame."""
    most = int(_MAX_FRAME * bright.shape[0])
    whole = bright[:most].mean(axis=1) >= _FRAME_SHARE
    count = most if whole.all() else int(np.argmin(whole))
    return count + _FRAME_BLUR_PX if count else 0


def breast_on_film(values: Grey, mask: Mask) -> Mask | None:
    """The breast within `mask` (rows, columns) where that holds the ground of a film as well; None where it does not.

    `values`: 0..1 on the work grid, dark air. What is found must have the outline of an upright breast without
    deep bays, and the evenest quarter beside it must be evener than the breast.
    """
    if not holds_more(mask):
        return None
    within = _above_ground(values, mask)
    if within is None or within.mean() < _MIN_COVERAGE:
        return None
    outline = outline_of(within)
    hangs = outline.has_one_wall and outline.upright >= _MIN_FILM_WALL and _solidity(within) >= _MIN_SOLIDITY
    if outline.is_rectangle or outline.is_turned or not hangs:
        return None
    bands, beside = bands_of(values), far_from(within)
    if not beside.any():
        return None
    even = float(np.quantile(bands[beside], 0.25)) < _MAX_GROUND_GRAIN * float(np.median(bands[within]))
    return within if even else None


def largest_body(above: Mask) -> Mask | None:
    """The largest connected region of a mask, opened by 9 pixels and with holes filled; None where nothing is left."""
    kernel = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (9, 9))
    opened = cv2.morphologyEx(above.astype(np.uint8), cv2.MORPH_OPEN, kernel)
    count, labels, stats, _ = cv2.connectedComponentsWithStats(opened, connectivity=4)
    if count < 2:
        return None
    body = (labels == 1 + int(np.argmax(stats[1:, cv2.CC_STAT_AREA]))).astype(np.uint8)
    outlines, _ = cv2.findContours(body, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)
    cv2.drawContours(body, outlines, -1, 1, thickness=cv2.FILLED)
    return np.asarray(body, np.bool_)


def _solidity(mask: Mask) -> float:
    """The area of the one body of a mask over that of its convex hull."""
    outlines, _ = cv2.findContours(mask.astype(np.uint8), cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)
    hull = cv2.convexHull(np.concatenate(outlines))
    return sum(cv2.contourArea(outline) for outline in outlines) / max(cv2.contourArea(hull), 1.0)


def _above_ground(values: Grey, mask: Mask) -> Mask | None:
    """The largest body above the middle between the ground and the brighter part of the mask.

    The ground is the most frequent grey of the darker part (Otsu 1979); a frame of 3 % of the picture is left out.
    """
    reach = round(_FRAME * max(mask.shape))
    framed = np.zeros_like(mask)
    framed[reach:-reach, reach:-reach] = mask[reach:-reach, reach:-reach]
    if not framed.any():
        return None
    greys = np.round(values * 255).astype(np.uint8)
    edge, _ = cv2.threshold(greys[framed].reshape(-1, 1), 0, 255, cv2.THRESH_OTSU)
    counts = np.bincount(greys[framed & (greys <= edge)], minlength=256)
    ground = int(np.argmax(np.convolve(counts, np.ones(7), mode="same")))
    return largest_body((blurred(values, 1.5) * 255 > (ground + edge) / 2) & framed)
