"""Owns how marks look on a canvas and which of them lies under the pointer. Never measures, and never changes a mark.

Screen and export draw by the same function. A canvas is as in `core.annotate`: uint8 (rows, columns, 4), blue, green,
red and a byte without meaning. Every line has a dark rim, so that it is read on any ground; no letters stand over the
mark that they belong to.
"""

from __future__ import annotations

import math
from collections.abc import Container, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache

import cv2
import numpy as np
from numpy.typing import NDArray

from mammoview.core.annotate import AMBER, OVERLAY, TEXT, Plate, fitted, write
from mammoview.core.geometry import GridTransform
from mammoview.core.lettering import Color, Lettering
from mammoview.core.marks import Mark, MarkKind, positions, visible
from mammoview.core.view_state import Placement

SELECTED: Color = (98, 214, 206)
_RIM = (14, 12, 10, 0)
_SHIFT = 4
_SUBPIXELS = 1 << _SHIFT
_LETTER_PX = 13
_MOST_HANDLES = 32
_ROUND_WITHIN_PX = 0.1
_MOST_CORNERS = 4_096

Points = NDArray[np.float64]
"""Screen positions (n, 2), row and column."""


@dataclass(frozen=True, slots=True)
class Drawable:
    """A mark and what is said beside it: `number` of a finding, then `lines` as of `core.measure`."""

    mark: Mark
    lines: tuple[str, ...] = ()
    number: int | None = None
    selected: bool = False


@dataclass(frozen=True, slots=True)
class Hit:
    """What lies under the pointer: the point `handle` (from 0) of a mark, or its body (None)."""

    mark_id: str
    handle: int | None


@dataclass(frozen=True, eq=False)
class _Shape:
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
        starts, ends = self.segments
        along = ends - starts
        square = np.maximum((along**2).sum(axis=1), 1e-12)
        share = np.clip(((here - starts) * along).sum(axis=1) / square, 0, 1)
        return float(np.hypot(*(starts + share[:, None] * along - here).T).min())

    def crosses(self, plate: _Plate, margin_px: float) -> bool:
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
class _Plate:
    """A rectangle of the screen, half-open."""

    row0: int
    column0: int
    row1: int
    column1: int

    def within(self, other: _Plate) -> bool:
        rows = other.row0 <= self.row0 and self.row1 <= other.row1
        return rows and other.column0 <= self.column0 and self.column1 <= other.column1

    def meets(self, other: _Plate) -> bool:
        rows = self.row0 < other.row1 and other.row0 < self.row1
        return rows and self.column0 < other.column1 and other.column0 < self.column1


def draw_marks(
    canvas: NDArray[np.uint8],
    drawables: Sequence[Drawable],
    lettering: Lettering,
    *,
    placement: Placement,
    image_key: str,
    frames: Container[int],
    size_px: int = _LETTER_PX,
    arcs: Iterable[NDArray[np.float64]] = (),
    keep_off: Iterable[Plate] = (),
) -> None:
    """Draw the marks of one image and of the `frames` shown of it, in place; those of others are passed over.

    `size_px` is the height of the small letters, by which lines and handles grow. `arcs`: stored positions (n, 2) as of
    `core.nipple.arc`, drawn dashed. All lines come first, then all letters; where there is room beside a mark, its
    letters keep off the lines and the letters of the others. They stand on `keep_off`, where other texts are, only
    where there is no other place in sight.
    """
    screen_from_stored = placement.screen_from_stored()
    for stored in arcs:
        _draw_arc(canvas, positions(stored, screen_from_stored), size_px)
    shown = {mark.id for mark in visible((item.mark for item in drawables), image_key, frames)}
    drawn: list[tuple[Drawable, _Shape]] = []
    for item in drawables:
        if item.mark.id in shown:
            shape = _shape(item.mark, screen_from_stored, size_px)
            _stroke(canvas, shape.lines, _color(item), size_px, closed=shape.closed)
            if item.selected and _has_handles(item.mark):
                _stroke(canvas, _handles(shape.points, size_px), TEXT, size_px, closed=True)
            drawn.append((item, shape))
    shapes, taken = [shape for _, shape in drawn], list[_Plate]()
    written = [_Plate(*plate) for plate in keep_off]
    for item, shape in drawn:
        _write_beside(canvas, lettering, item, shape, shapes, taken, written, size_px)


def hit(
    marks: Iterable[Mark],
    placement: Placement,
    row_px: float,
    column_px: float,
    reach_px: float,
    *,
    size_px: int = _LETTER_PX,
) -> Hit | None:
    """What lies within `reach_px` of a screen position, nearest first: a point of a mark before any mark's body.

    `marks` are those that are drawn (`core.marks.visible`), `size_px` as they are drawn; of two that are as near, the
    later one, which is drawn over the other. The body is the line: what an outline encloses is free for the pointer,
    and so are the letters.
    """
    here = np.array([row_px, column_px])
    screen_from_stored = placement.screen_from_stored()
    handle: tuple[float, Hit] | None = None
    body: tuple[float, Hit] | None = None
    for mark in marks:
        shape = _shape(mark, screen_from_stored, size_px)
        if _has_handles(mark):
            away = np.hypot(*(shape.points - here).T)
            index = int(away.argmin())
            if away[index] <= (reach_px if handle is None else handle[0]):
                handle = float(away[index]), Hit(mark.id, index)
        distance = shape.distance(here)
        if distance <= (reach_px if body is None else body[0]):
            body = distance, Hit(mark.id, None)
    found = handle or body
    return None if found is None else found[1]


def _color(item: Drawable) -> Color:
    if item.selected:
        return SELECTED
    return {MarkKind.FINDING: AMBER, MarkKind.NIPPLE: OVERLAY}.get(item.mark.kind, TEXT)


def _has_handles(mark: Mark) -> bool:
    return len(mark.points) <= _MOST_HANDLES


def _shape(mark: Mark, screen_from_stored: GridTransform, size_px: int) -> _Shape:
    points = positions(np.array(mark.points, np.float64), screen_from_stored)
    if mark.kind is MarkKind.ELLIPSE:
        return _Shape(points, (_ellipse((points[0] + points[1]) / 2, np.abs(points[1] - points[0]) / 2),), closed=True)
    if mark.outlined:
        return _Shape(points, (points,), closed=True)
    if mark.kind is MarkKind.ARROW:
        return _Shape(points, (points, _arrow_head(points, size_px)), order=(0, 1))
    if mark.kind is MarkKind.RULER:
        right_first = (1, 0) if points[1, 1] > points[0, 1] else (0, 1)
        return _Shape(points, (points, *_ruler_ends(points, size_px)), order=right_first)
    if mark.kind is MarkKind.ANGLE:
        return _Shape(points, (points,), order=(1, 0, 2))
    radius = size_px * {MarkKind.FINDING: 0.9, MarkKind.NIPPLE: 0.5}.get(mark.kind, 0.15)
    return _Shape(points, (_ellipse(points[0], np.array([radius, radius])),), closed=True)


def _ellipse(middle: Points, half: Points) -> Points:
    """Corners of an axis-parallel ellipse, at least a dot; the sides between them are within 0.1 px of it."""
    half = np.maximum(half, 0.5)
    sagitta = min(1.0, _ROUND_WITHIN_PX / float(half.max()))
    return middle + half * _circle(min(_MOST_CORNERS, max(12, math.ceil(math.pi / math.acos(1 - sagitta)))))


@lru_cache(maxsize=64)
def _circle(count: int) -> Points:
    turn = np.arange(count) * (2 * math.pi / count)
    return np.stack([np.sin(turn), np.cos(turn)], axis=1)


def _unit(points: Points) -> tuple[float, float]:
    """The direction from the first point to the second; along the columns where they are one."""
    (row0, column0), (row1, column1) = points.tolist()
    size = math.hypot(row1 - row0, column1 - column0)
    return ((row1 - row0) / size, (column1 - column0) / size) if size else (0.0, 1.0)


def _arrow_head(points: Points, size_px: int) -> Points:
    down, across = _unit(points)
    back, beside = np.array([down, across]) * (-0.7 * size_px), np.array([-across, down]) * (0.32 * size_px)
    return np.stack([points[1] + back + beside, points[1], points[1] + back - beside])


def _ruler_ends(points: Points, size_px: int) -> tuple[Points, Points]:
    down, across = _unit(points)
    tick = np.array([[-across, down], [across, -down]]) * (0.3 * size_px)
    return points[0] + tick, points[1] + tick


def _handles(points: Points, size_px: int) -> list[Points]:
    square = np.array([[-1, -1], [-1, 1], [1, 1], [1, -1]]) * (0.27 * size_px)
    return [point + square for point in points]


def _line_px(size_px: int) -> int:
    return max(1, round(size_px / _LETTER_PX))


def _stroke(canvas: NDArray[np.uint8], lines: Sequence[Points], color: Color, size_px: int, *, closed: bool) -> None:
    """Anti-aliased lines over a dark rim, in place."""
    line_px = _line_px(size_px)
    corners = [_corners(line) for line in lines]
    if line_px == 1:  # four thin lines around are many times quicker than a thick one
        rim, rim_px = [line + aside for line in corners for aside in _ASIDE], 1
    else:
        rim, rim_px = corners, line_px + 2 * max(1, round(line_px * 0.6))
    cv2.polylines(canvas, rim, closed, _RIM, rim_px, cv2.LINE_AA, _SHIFT)
    cv2.polylines(canvas, corners, closed, (*color[::-1], 0), line_px, cv2.LINE_AA, _SHIFT)


_ASIDE = np.array([[1, 0], [-1, 0], [0, 1], [0, -1]], np.int32) * np.int32(_SUBPIXELS)


def _corners(points: NDArray[np.float64]) -> NDArray[np.int32]:
    """Screen positions (..., 2) as OpenCV takes them: column and row, in parts of a pixel."""
    return np.rint(points[..., ::-1] * _SUBPIXELS).astype(np.int32)


def _draw_arc(canvas: NDArray[np.uint8], screen: Points, size_px: int) -> None:
    """A line of light and dark dashes along screen positions, broken where a row is NaN."""
    gone = np.isnan(screen[:, 0])
    for run in np.split(screen, np.flatnonzero(gone)):
        points = run[~np.isnan(run[:, 0])]
        if len(points) < 2:
            continue
        dashes = _dashes(points, size_px * 0.55, canvas.shape)
        line_px = _line_px(size_px)
        cv2.polylines(canvas, [_corners(points)], False, _RIM, line_px, cv2.LINE_AA, _SHIFT)
        if len(dashes):
            cv2.polylines(canvas, list(_corners(dashes)), False, (*OVERLAY[::-1], 0), line_px, cv2.LINE_AA, _SHIFT)


def _dashes(points: Points, dash_px: float, shape: tuple[int, ...]) -> NDArray[np.float64]:
    """Every other piece of `dash_px` along a line, as far as it lies on a canvas of this shape: (start, end) of each,
    (k, 2, 2). Dashes keep their length at every zoom.
    """
    at = np.concatenate([[0.0], np.cumsum(np.hypot(*np.diff(points, axis=0).T))])
    starts = np.arange(0.0, at[-1], 2 * dash_px)
    ends = np.stack([starts, np.minimum(starts + dash_px, at[-1])], axis=1)
    dashes = np.stack([np.interp(ends, at, points[:, axis]) for axis in (0, 1)], axis=-1)
    near = (dashes >= -dash_px) & (dashes <= np.array(shape[:2]) + dash_px)
    return dashes[np.flatnonzero(near.all(axis=(1, 2)))]


def _texts(item: Drawable) -> tuple[str, ...]:
    """What stands beside a mark, line by line."""
    mark = item.mark
    head = "" if item.number is None else str(item.number)
    if mark.finding is not None:
        head = f"{head}  {mark.finding.short()}".strip()
    if mark.kind is MarkKind.NIPPLE:
        head = "nipple"
    return tuple(text for text in (head, mark.text, *item.lines) if text.strip())


def _write_beside(
    canvas: NDArray[np.uint8],
    lettering: Lettering,
    item: Drawable,
    shape: _Shape,
    shapes: Sequence[_Shape],
    taken: list[_Plate],
    written: Sequence[_Plate],
    size_px: int,
) -> None:
    """The texts of a mark beside it, in place; nothing where the mark is out of sight or leaves no room."""
    sight = _Plate(0, 0, *canvas.shape[:2])
    texts = [fitted(lettering, text, size_px, sight.column1 - 2 * size_px) for text in _texts(item)]
    if not any(texts) or not shape.crosses(sight, 0.0):
        return
    step = round(size_px * 1.4)
    width = max(lettering.masks(text, size_px)[0].shape[1] for text in texts)
    plate = _free_plate(shape, (step * len(texts), width), sight, shapes, taken, written, round(size_px * 0.5))
    if plate is None:
        return
    taken.append(plate)
    for number, text in enumerate(texts):
        write(canvas, lettering, text, plate.row0 + number * step, plate.column0, size_px, _color(item))


def _free_plate(
    shape: _Shape,
    size: tuple[int, int],
    sight: _Plate,
    shapes: Sequence[_Shape],
    taken: Sequence[_Plate],
    written: Sequence[_Plate],
    gap: int,
) -> _Plate | None:
    """The first place in sight that the mark does not cross: beside it, best where nothing else lies, else anywhere;
    where other texts are `written` only if there is no such place.
    """
    second: _Plate | None = None
    last: _Plate | None = None
    for row0, column0, beside in _places(shape, size, sight, gap):
        if second is not None and not beside:
            break
        plate = _Plate(row0, column0, row0 + size[0], column0 + size[1])
        if not plate.within(sight) or shape.crosses(plate, gap - 0.5):
            continue
        if any(map(plate.meets, written)):
            last = last or plate
            continue
        if not any(map(plate.meets, taken)) and not any(other.crosses(plate, 1.0) for other in shapes):
            return plate
        second = second or plate
    return second or last


def _places(shape: _Shape, size: tuple[int, int], sight: _Plate, gap: int) -> Iterator[tuple[int, int, bool]]:
    """First corners to try, and whether they are beside the mark: at the points of an open line, around the part in
    sight, then all over the canvas, nearest to an open line first; of a large outline the inside comes last.
    """
    rows, columns = size
    last_row, last_column = max(0, sight.row1 - rows), max(0, sight.column1 - columns)
    row0, column0, row1, column1 = shape.extent
    boxes = [(*point, *point) for point in shape.points[list(shape.order)].tolist()]
    boxes.append((max(row0, 0), max(column0, 0), min(row1, sight.row1 - 1), min(column1, sight.column1 - 1)))
    for top, left, foot, right in boxes:
        middle_row, middle_column = (top + foot - rows) / 2, (left + right - columns) / 2
        row, column = max(0, min(round(middle_row), last_row)), max(0, min(round(middle_column), last_column))
        yield row, math.ceil(right) + gap + 1, True
        yield row, math.floor(left) - gap - columns, True
        yield math.ceil(foot) + gap + 1, column, True
        yield math.floor(top) - gap - rows, column, True
    down, across = (*range(0, last_row, rows), last_row), (*range(0, last_column, max(1, columns // 2)), last_column)
    yield from sorted(
        ((row, column, False) for row in down for column in across),
        key=lambda at: math.hypot(at[0] - middle_row, at[1] - middle_column),
        reverse=shape.closed,
    )
