"""Owns shapes on a canvas: their lines, how near they are to a place, and where letters stand beside them. Never knows
what they mean.

A canvas is as in `core.annotate`. Every line has a dark rim, so that it is read on any ground; no letters stand over
the shape that they belong to.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import IntEnum
from functools import cached_property, lru_cache

import cv2
import numpy as np
from numpy.typing import NDArray

from mammoview.core.annotate import fitted, write
from mammoview.core.lettering import Color, Lettering

LETTER_PX = 13
RIM = (14, 12, 10, 0)
SELECTED: Color = (98, 214, 206)
"""The colour of the mark that the reader works on."""

SHIFT = 4
_SUBPIXELS = 1 << SHIFT
_ROUND_WITHIN_PX = 0.1
_MOST_CORNERS = 4_096
_STEPS_NEAR = 12

Points = NDArray[np.float64]
"""Screen positions (n, 2), row and column."""


@dataclass(frozen=True, eq=False)
class Shape:
    """A mark on the screen: its `points` and the `lines` drawn of it, each closed (the last corner is joined to the
    first) or none of them. The letters of an open one stand beside the first of its points, by `order`, that has room.
    """

    points: Points
    lines: tuple[Points, ...]
    closed: bool = False
    order: tuple[int, ...] = ()

    @cached_property
    def segments(self) -> tuple[Points, Points]:
        """(starts, ends) of all straight pieces, both (n, 2)."""
        if self.closed:
            return np.concatenate(self.lines), np.concatenate([line[[*range(1, len(line)), 0]] for line in self.lines])
        return np.concatenate([line[:-1] for line in self.lines]), np.concatenate([line[1:] for line in self.lines])

    @cached_property
    def extent(self) -> tuple[float, float, float, float]:
        """(lowest row, lowest column, highest row, highest column), inclusive."""
        corners = self.lines[0] if len(self.lines) == 1 else np.concatenate(self.lines)
        (row0, column0), (row1, column1) = corners.min(axis=0).tolist(), corners.max(axis=0).tolist()
        return row0, column0, row1, column1

    def distance(self, here: Points) -> float:
        """From a position (2,) to the nearest piece, in pixels."""
        return float(np.hypot(*(self._nearest(here) - here).T).min())

    def _nearest(self, here: Points) -> Points:
        """The point (n, 2) of each piece that is nearest to a position (2,)."""
        starts, ends = self.segments
        along = ends - starts
        square = np.maximum((along**2).sum(axis=1), 1e-12)
        share = np.clip(((here - starts) * along).sum(axis=1) / square, 0, 1)
        return np.asarray(starts + share[:, None] * along)

    def leader(self, plate: Rectangle) -> Points:
        """A short line from a point of it, of those nearest to the middle of a rectangle, to that rectangle."""
        low, high = np.array([plate.row0, plate.column0]), np.array([plate.row1 - 1, plate.column1 - 1])
        points = self._nearest((low + high) / 2)
        ends = np.clip(points, low, high)
        nearest = int(np.hypot(*(ends - points).T).argmin())
        return np.stack([points[nearest], ends[nearest]])

    def crosses(self, plate: Rectangle, margin_px: float) -> bool:
        """Whether any piece comes nearer to `plate` than `margin_px`, by the rows and by the columns."""
        row0, column0 = plate.row0 - margin_px, plate.column0 - margin_px
        row1, column1 = plate.row1 - 1 + margin_px, plate.column1 - 1 + margin_px
        low_row, low_column, high_row, high_column = self.extent
        if low_row > row1 or high_row < row0 or low_column > column1 or high_column < column0:
            return False
        if low_row >= row0 and high_row <= row1 and low_column >= column0 and high_column <= column1:
            return True
        low, high = np.array([row0, column0]), np.array([row1, column1])
        starts, ends = self.segments
        along = ends - starts
        still = along == 0
        step = np.where(still, 1.0, along)
        one, other = (low - starts) / step, (high - starts) / step
        enters = np.where(still, -np.inf, np.minimum(one, other)).max(axis=1)
        leaves = np.where(still, np.inf, np.maximum(one, other)).min(axis=1)
        beside = (still & ((starts < low) | (starts > high))).any(axis=1)
        return bool((~beside & (enters <= leaves) & (enters <= 1) & (leaves >= 0)).any())


@dataclass(frozen=True, slots=True)
class Rectangle:
    """A rectangle of the screen, half-open."""

    row0: int
    column0: int
    row1: int
    column1: int

    def within(self, other: Rectangle) -> bool:
        rows = other.row0 <= self.row0 and self.row1 <= other.row1
        return rows and other.column0 <= self.column0 and self.column1 <= other.column1

    def meets(self, other: Rectangle) -> bool:
        rows = self.row0 < other.row1 and other.row0 < self.row1
        return rows and self.column0 < other.column1 and other.column0 < self.column1


def ellipse_of(middle: Points, half: Points) -> Points:
    """Corners of an axis-parallel ellipse, at least a dot; the sides between them are within 0.1 px of it."""
    half = np.maximum(half, 0.5)
    sagitta = min(1.0, _ROUND_WITHIN_PX / float(half.max()))
    return middle + half * _circle(min(_MOST_CORNERS, max(12, math.ceil(math.pi / math.acos(1 - sagitta)))))


@lru_cache(maxsize=64)
def _circle(count: int) -> Points:
    turn = np.arange(count) * (2 * math.pi / count)
    return np.stack([np.sin(turn), np.cos(turn)], axis=1)


def line_px_of(size_px: int) -> int:
    return max(1, round(size_px / LETTER_PX))


def stroke(canvas: NDArray[np.uint8], lines: Sequence[Points], color: Color, size_px: int, *, closed: bool) -> None:
    """Anti-aliased lines over a dark rim, in place."""
    line_px = line_px_of(size_px)
    corners = [corners_of(line) for line in lines]
    if line_px == 1:  # four thin lines around are many times quicker than a thick one
        rim, rim_px = [line + aside for line in corners for aside in _ASIDE], 1
    else:
        rim, rim_px = corners, line_px + 2 * max(1, round(line_px * 0.6))
    cv2.polylines(canvas, rim, closed, RIM, rim_px, cv2.LINE_AA, SHIFT)
    cv2.polylines(canvas, corners, closed, (*color[::-1], 0), line_px, cv2.LINE_AA, SHIFT)


def arrow_head(points: Points, size_px: int) -> Points:
    """The two barbs of an arrow from the first point to the second, about its tip."""
    down, across = unit(points)
    back, beside = np.array([down, across]) * (-0.7 * size_px), np.array([-across, down]) * (0.32 * size_px)
    return np.stack([points[1] + back + beside, points[1], points[1] + back - beside])


def unit(points: Points) -> tuple[float, float]:
    """The direction from the first point to the second; along the columns where they are one."""
    (row0, column0), (row1, column1) = points.tolist()
    size = math.hypot(row1 - row0, column1 - column0)
    return ((row1 - row0) / size, (column1 - column0) / size) if size else (0.0, 1.0)


def dashes(points: Points, dash_px: float, shape: tuple[int, ...]) -> NDArray[np.float64]:
    """Every other piece of `dash_px` along a line, as far as it lies on a canvas of this shape: (start, end) of each,
    (k, 2, 2). Dashes keep their length at every zoom.
    """
    at = np.concatenate([[0.0], np.cumsum(np.hypot(*np.diff(points, axis=0).T))])
    starts = np.arange(0.0, at[-1], 2 * dash_px)
    ends = np.stack([starts, np.minimum(starts + dash_px, at[-1])], axis=1)
    pieces = np.stack([np.interp(ends, at, points[:, axis]) for axis in (0, 1)], axis=-1)
    near = (pieces >= -dash_px) & (pieces <= np.array(shape[:2]) + dash_px)
    return pieces[np.flatnonzero(near.all(axis=(1, 2)))]


_ASIDE = np.array([[1, 0], [-1, 0], [0, 1], [0, -1]], np.int32) * np.int32(_SUBPIXELS)


def corners_of(points: NDArray[np.float64]) -> NDArray[np.int32]:
    """Screen positions (..., 2) as OpenCV takes them: column and row, in parts of a pixel."""
    return np.rint(points[..., ::-1] * _SUBPIXELS).astype(np.int32)


def write_beside(
    canvas: NDArray[np.uint8],
    lettering: Lettering,
    texts: Sequence[str],
    color: Color,
    shape: Shape,
    shapes: Sequence[Shape],
    taken: list[Rectangle],
    written: Sequence[Rectangle],
    size_px: int,
) -> None:
    """Texts beside a shape, in place; nothing where it is out of sight or leaves no room. `taken` grows by where they
    stand. Where other letters are in the way they stand further up or down, and a line leads there.
    """
    sight = Rectangle(0, 0, *canvas.shape[:2])
    texts = [fitted(lettering, text, size_px, sight.column1 - 2 * size_px) for text in texts]
    if not any(texts) or not shape.crosses(sight, 0.0):
        return
    step = round(size_px * 1.4)
    width = max(lettering.masks(text, size_px)[0].shape[1] for text in texts)
    found = _free_plate(shape, (step * len(texts), width), sight, shapes, taken, written, round(size_px * 0.5))
    if found is None:
        return
    plate, away = found
    taken.append(plate)
    if away is _Away.NEAR:
        stroke(canvas, [shape.leader(plate)], color, size_px, closed=False)
    for number, text in enumerate(texts):
        write(canvas, lettering, text, plate.row0 + number * step, plate.column0, size_px, color)


class _Away(IntEnum):
    """How far from its mark a place for letters is."""

    BESIDE = 0
    NEAR = 1
    ANYWHERE = 2


def _free_plate(
    shape: Shape,
    size: tuple[int, int],
    sight: Rectangle,
    shapes: Sequence[Shape],
    taken: Sequence[Rectangle],
    written: Sequence[Rectangle],
    gap: int,
) -> tuple[Rectangle, _Away] | None:
    """The first place in sight that the mark does not cross: beside it, best where nothing else lies, then where only
    lines do; near it where all these are `taken`, then beside it all the same, else anywhere; where other texts are
    `written` only if there is no such place.
    """
    lined: tuple[Rectangle, _Away] | None = None
    lettered: tuple[Rectangle, _Away] | None = None
    last: tuple[Rectangle, _Away] | None = None
    for row0, column0, away in _places(shape, size, sight, gap):
        if (away > _Away.BESIDE and lined) or (away is _Away.ANYWHERE and lettered):
            break
        plate = Rectangle(row0, column0, row0 + size[0], column0 + size[1])
        if not plate.within(sight) or shape.crosses(plate, gap - 0.5):
            continue
        if any(map(plate.meets, written)):
            last = last or (plate, away)
        elif any(map(plate.meets, taken)):
            lettered = lettered or (plate, away)
        elif not any(other.crosses(plate, 1.0) for other in shapes):
            return plate, away
        else:
            lined = lined or (plate, away)
    return lined or lettered or last


def _places(shape: Shape, size: tuple[int, int], sight: Rectangle, gap: int) -> Iterator[tuple[int, int, _Away]]:
    """First corners to try, and how far they are: at the points of an open line, around the part in sight; further up
    and down at its sides; then all over the canvas, nearest to an open line first; of a large outline the inside comes
    last.
    """
    rows, columns = size
    last_row, last_column = max(0, sight.row1 - rows), max(0, sight.column1 - columns)
    row0, column0, row1, column1 = shape.extent
    boxes = [(*point, *point) for point in shape.points[list(shape.order)].tolist()]
    boxes.append((max(row0, 0), max(column0, 0), min(row1, sight.row1 - 1), min(column1, sight.column1 - 1)))
    for top, left, foot, right in boxes:
        middle_row, middle_column = (top + foot - rows) / 2, (left + right - columns) / 2
        row, column = max(0, min(round(middle_row), last_row)), max(0, min(round(middle_column), last_column))
        yield row, math.ceil(right) + gap + 1, _Away.BESIDE
        yield row, math.floor(left) - gap - columns, _Away.BESIDE
        yield math.ceil(foot) + gap + 1, column, _Away.BESIDE
        yield math.floor(top) - gap - rows, column, _Away.BESIDE
    for by in range(_STEPS_NEAR):
        for near in (row - (by + 1) * gap * 2, row + (by + 1) * gap * 2):
            yield near, math.ceil(right) + 3 * gap, _Away.NEAR
            yield near, math.floor(left) - 3 * gap - columns, _Away.NEAR
    down, across = (*range(0, last_row, rows), last_row), (*range(0, last_column, max(1, columns // 2)), last_column)
    yield from sorted(
        ((row, column, _Away.ANYWHERE) for row in down for column in across),
        key=lambda at: math.hypot(at[0] - middle_row, at[1] - middle_column),
        reverse=shape.closed,
    )
