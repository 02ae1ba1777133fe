"""Owns the outline of a breast: along which sides of its box it runs. Never looks at greys, nor refuses."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

_RIM = 0.04

MIN_CHEST_WALL = 0.65
MIN_CHEST_WALL_LEAD = 0.3
MAX_ACROSS_LEAD = 0.05
MIN_TURNED_ASPECT = 0.7
"""Of what is taller than that, the width over the height, the top may run along more of the box than the chest wall
does: narrow films cut the pectoral muscle off there."""

MAX_ASPECT = 1.3
"""No breast reaches farther from the chest wall than it is long, unless the picture lost its aspect."""

MAX_FILL = 0.96


@dataclass(frozen=True, slots=True)
class Outline:
    """`left` to `bottom`: the share 0..1 of that side of the bounding box along which the mask runs (in its outermost
    twenty-fifth). `fill`: area over that of the box. `aspect`: width of the box over its height.
    """

    left: float
    right: float
    top: float
    bottom: float
    fill: float
    aspect: float

    @property
    def upright(self) -> float:
        """The longer of the left and the right side: the chest wall of an upright mammogram."""
        return max(self.left, self.right)

    @property
    def across(self) -> float:
        """The longer of the top and the bottom side."""
        return max(self.top, self.bottom)

    @property
    def lead(self) -> float:
        """How much longer the chest wall is than the side of the nipple."""
        return abs(self.left - self.right)

    @property
    def is_rectangle(self) -> bool:
        return self.fill > MAX_FILL

    @property
    def is_turned(self) -> bool:
        """Whether it hangs from the top or the bottom, or is far wider than any breast."""
        over = self.across > self.upright + MAX_ACROSS_LEAD and self.aspect >= MIN_TURNED_ASPECT
        return over or self.aspect > MAX_ASPECT

    @property
    def has_one_wall(self) -> bool:
        """Whether it runs along the left or the right side, and far less along the other."""
        return self.upright >= MIN_CHEST_WALL and self.lead >= MIN_CHEST_WALL_LEAD


def outline_of(mask: NDArray[np.bool_]) -> Outline:
    """The outline of a mask (rows, columns) that is not empty."""
    rows, columns = np.flatnonzero(mask.any(axis=1)), np.flatnonzero(mask.any(axis=0))
    inside = mask[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
    tall, wide = inside.shape
    down, across = max(1, round(tall * _RIM)), max(1, round(wide * _RIM))
    return Outline(
        left=float(inside[:, :across].mean()),
        right=float(inside[:, -across:].mean()),
        top=float(inside[:down].mean()),
        bottom=float(inside[-down:].mean()),
        fill=float(inside.mean()),
        aspect=wide / tall,
    )
