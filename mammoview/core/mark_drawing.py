"""Owns how marks look on a canvas and which of them lies under the pointer. Never measures, and never changes a mark.

Screen and export draw by the same function. A canvas is as in `core.annotate`: uint8 (rows, columns, 4), blue, green,
red and a byte without meaning. Every line has a dark rim, so that it is read on any ground; no letters stand over the
mark that they belong to.
"""

from __future__ import annotations

from collections.abc import Container, Iterable, Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from mammoview.core.annotate import AMBER, OVERLAY, TEXT, Plate
from mammoview.core.geometry import GridTransform
from mammoview.core.lettering import Color, Lettering
from mammoview.core.mark_shapes import (
    LETTER_PX,
    RIM,
    SELECTED,
    SHIFT,
    Points,
    Rectangle,
    Shape,
    arrow_head,
    corners_of,
    dashes,
    ellipse_of,
    line_px_of,
    stroke,
    unit,
    write_beside,
)
from mammoview.core.marks import Mark, MarkKind, positions, visible
from mammoview.core.overlaid import Graphic
from mammoview.core.overlaid_drawing import draw_graphics, write_in_box
from mammoview.core.view_state import Placement

_MOST_HANDLES = 32


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


def draw_marks(
    canvas: NDArray[np.uint8],
    drawables: Sequence[Drawable],
    lettering: Lettering,
    *,
    placement: Placement,
    image_key: str,
    frames: Container[int],
    size_px: int = LETTER_PX,
    arcs: Iterable[NDArray[np.float64]] = (),
    keep_off: Iterable[Plate] = (),
    graphics: Sequence[Graphic] = (),
) -> None:
    """Draw the marks of one image and of the `frames` shown of it, in place; those of others are passed over.
    `graphics` are those of other makers that are shown on it: they lie under the marks, and their letters give way.

    `size_px` is the height of the small letters, by which lines and handles grow. `arcs`: stored positions (n, 2) as of
    `core.nipple.arc`, drawn dashed. All lines come first, then all letters; where there is room beside a mark, its
    letters keep off the lines and the letters of the others. They stand on `keep_off`, where other texts are, only
    where there is no other place in sight.
    """
    screen_from_stored = placement.screen_from_stored()
    foreign = draw_graphics(canvas, graphics, screen_from_stored, size_px)
    for stored in arcs:
        _draw_arc(canvas, positions(stored, screen_from_stored), size_px)
    shown = {mark.id for mark in visible((item.mark for item in drawables), image_key, frames)}
    drawn: list[tuple[Drawable, Shape]] = []
    for item in drawables:
        if item.mark.id in shown:
            shape = _shape(item.mark, screen_from_stored, size_px)
            stroke(canvas, shape.lines, _color(item), size_px, closed=shape.closed)
            if item.selected and _has_handles(item.mark):
                stroke(canvas, _handles(shape.points, size_px), TEXT, size_px, closed=True)
            drawn.append((item, shape))
    shapes, taken = [*(shape for _, shape in drawn), *(one.shape for one in foreign)], list[Rectangle]()
    written = [Rectangle(*plate) for plate in keep_off]
    for one in foreign:
        if one.box is not None:
            taken.append(write_in_box(canvas, lettering, one, size_px))
    for item, shape in drawn:
        write_beside(canvas, lettering, _texts(item), _color(item), shape, shapes, taken, written, size_px)
    for one in foreign:
        if one.box is None:
            write_beside(canvas, lettering, one.lines, one.color, one.shape, shapes, taken, written, size_px)


def hit(
    marks: Iterable[Mark],
    placement: Placement,
    row_px: float,
    column_px: float,
    reach_px: float,
    *,
    size_px: int = LETTER_PX,
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


def _shape(mark: Mark, screen_from_stored: GridTransform, size_px: int) -> Shape:
    points = positions(np.array(mark.points, np.float64), screen_from_stored)
    if mark.kind is MarkKind.ELLIPSE:
        return Shape(points, (ellipse_of((points[0] + points[1]) / 2, np.abs(points[1] - points[0]) / 2),), closed=True)
    if mark.outlined:
        return Shape(points, (points,), closed=True)
    if mark.kind is MarkKind.ARROW:
        return Shape(points, (points, arrow_head(points, size_px)), order=(0, 1))
    if mark.kind is MarkKind.RULER:
        right_first = (1, 0) if points[1, 1] > points[0, 1] else (0, 1)
        return Shape(points, (points, *_ruler_ends(points, size_px)), order=right_first)
    if mark.kind is MarkKind.ANGLE:
        return Shape(points, (points,), order=(1, 0, 2))
    radius = size_px * {MarkKind.FINDING: 0.9, MarkKind.NIPPLE: 0.5}.get(mark.kind, 0.15)
    return Shape(points, (ellipse_of(points[0], np.array([radius, radius])),), closed=True)


def _ruler_ends(points: Points, size_px: int) -> tuple[Points, Points]:
    down, across = unit(points)
    tick = np.array([[-across, down], [across, -down]]) * (0.3 * size_px)
    return points[0] + tick, points[1] + tick


def _handles(points: Points, size_px: int) -> list[Points]:
    square = np.array([[-1, -1], [-1, 1], [1, 1], [1, -1]]) * (0.27 * size_px)
    return [point + square for point in points]


def _draw_arc(canvas: NDArray[np.uint8], screen: Points, size_px: int) -> None:
    """A line of light and dark dashes along screen positions, broken where a row is NaN."""
    gone = np.isnan(screen[:, 0])
    for run in np.split(screen, np.flatnonzero(gone)):
        points = run[~np.isnan(run[:, 0])]
        if len(points) < 2:
            continue
        pieces = dashes(points, size_px * 0.55, canvas.shape)
        line_px = line_px_of(size_px)
        cv2.polylines(canvas, [corners_of(points)], False, RIM, line_px, cv2.LINE_AA, SHIFT)
        if len(pieces):
            cv2.polylines(canvas, list(corners_of(pieces)), False, (*OVERLAY[::-1], 0), line_px, cv2.LINE_AA, SHIFT)


def _texts(item: Drawable) -> tuple[str, ...]:
    """What stands beside a mark, line by line."""
    mark = item.mark
    head = "" if item.number is None else str(item.number)
    if mark.finding is not None:
        head = f"{head}  {mark.finding.short()}".strip()
    if mark.kind is MarkKind.NIPPLE:
        head = "nipple"
    return tuple(text for text in (head, mark.text, *item.lines) if text.strip())
