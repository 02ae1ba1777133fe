"""Owns how objects of other makers look on a canvas: shutters, maps, graphics. Never decides which objects are shown.

A canvas is as in `core.annotate`. All graphics have one colour, which no mark of the reader has.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import cv2
import numpy as np
from numpy.typing import NDArray

from mammoview.core.cut import Area, area_from_stored
from mammoview.core.geometry import GridTransform
from mammoview.core.heat import color_table
from mammoview.core.lettering import Color
from mammoview.core.mark_shapes import SHIFT, Shape, corners_of, ellipse_of, stroke
from mammoview.core.marks import Point, positions
from mammoview.core.overlaid import Graphic, GraphicForm, Overlaid, ValueMap, names_of, rendered, title_of
from mammoview.core.study import ImageHeader, ObjectKind
from mammoview.core.view_state import HeatPresentation, Placement

FOREIGN: Color = (224, 128, 240)
_FILLED = 0.3
_MOST_LABELLED, _MOST_MINDED = 40, 300


@dataclass(frozen=True, slots=True, eq=False)
class Shutter:
    """An outline of stored positions, outside of which everything has one `grey` (0..255)."""

    outline: tuple[Point, ...]
    grey: int = 0


@dataclass(frozen=True, slots=True, eq=False)
class Laid:
    """What objects of other makers lay over one picture; `titles` say which they are, one line each."""

    graphics: tuple[Graphic, ...] = ()
    maps: tuple[ValueMap, ...] = ()
    shutters: tuple[Shutter, ...] = ()
    titles: tuple[str, ...] = ()
    cautions: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.graphics or self.maps or self.shutters or self.titles or self.cautions)


def laid_on(
    objects: Sequence[Overlaid],
    image: ImageHeader,
    frames: range,
    *,
    operating_point: int = 0,
    identified: bool = True,
) -> Laid:
    """What `objects` lay over the `frames` (from 1) of an image.

    Optional CAD findings up to `operating_point` are among them. Words that somebody wrote are only if `identified`:
    they may name the woman.
    """
    graphics: list[Graphic] = []
    maps: list[ValueMap] = []
    shutters: list[Shutter] = []
    titles: list[str] = []
    cautions: list[str] = []
    image_key = image.key
    about = [found for found in objects if found.is_about(image)]
    for name, found in zip(names_of([found.header for found in about]), about, strict=True):
        own = [
            graphic if identified or not graphic.free_text else replace(graphic, lines=())
            for graphic in found.graphics
            if graphic.image_key == image_key
            and _on(graphic.frames, frames)
            and rendered(graphic.rendering, graphic.operating_point, operating_point)
        ]
        each = found.header.kind is not ObjectKind.PRESENTATION
        own = _named(own, name, each=each)
        over = [one for one in found.maps if one.image_key == image_key and _on(one.frames, frames)]
        state = found.states.get(image_key)
        graphics += own
        maps += over
        if state is not None:
            shutters += [Shutter(outline, state.shutter_grey) for outline in state.shutters]
        if own or over or state is not None:
            titles.append("  ".join([title_of(found.header), *(map_words(one) for one in over)]))
        cautions += [f"{name}: {line}" for line in found.cautions]
    return Laid(tuple(graphics), tuple(maps), tuple(shutters), tuple(titles), tuple(cautions))


def _on(wanted: frozenset[int], shown: range) -> bool:
    return not wanted or not wanted.isdisjoint(shown)


def _named(graphics: Sequence[Graphic], name: str, *, each: bool) -> list[Graphic]:
    """With the name of their object ahead of what stands beside `each` of them, or beside the first that says anything:
    a presentation state may consist of texts.
    """
    said = [number for number, graphic in enumerate(graphics) if graphic.lines]
    to_name = set(said if each else said[:1])
    return [
        replace(graphic, lines=(f"{name}: {graphic.lines[0]}", *graphic.lines[1:])) if number in to_name else graphic
        for number, graphic in enumerate(graphics)
    ]


def map_words(one: ValueMap) -> str:
    """ "suspicion 0 to 0.93": what the lowest and the highest colour of a map stand for."""
    return f"{one.label} {one.lowest:.3g} to {one.highest:.3g} {one.unit}".strip()


def paint_shutters(canvas: NDArray[np.uint8], shutters: Sequence[Shutter], placement: Placement, area: Area) -> None:
    """What is outside of any shutter, within the picture's `area`, in place."""
    part = canvas[area.slices]
    screen_from_stored = area_from_stored(placement, area)
    for shutter in shutters:
        inside = np.zeros(part.shape[:2], np.uint8)
        corners = corners_of(positions(np.array(shutter.outline, np.float64), screen_from_stored))
        cv2.fillPoly(inside, [corners], 1, cv2.LINE_8, SHIFT)
        part[inside == 0, :3] = shutter.grey


def paint_maps(
    canvas: NDArray[np.uint8], maps: Sequence[ValueMap], placement: Placement, area: Area, look: HeatPresentation
) -> None:
    """Maps in the colours, the opacity and above the threshold of the heat map's `look`, in place."""
    part = canvas[area.slices]
    colors = np.ascontiguousarray(color_table(look.color_map)[:, ::-1]).astype(np.float32)
    least = max(1, round(255 * look.threshold))
    for one in maps:
        values = _laid(one, placement, area)
        shown = values >= least
        under = part[shown, :3].astype(np.float32)
        mixed = under + (colors[values[shown]] - under) * np.float32(look.opacity)
        part[shown, :3] = np.rint(mixed).astype(np.uint8)


def _laid(one: ValueMap, placement: Placement, area: Area) -> NDArray[np.uint8]:
    """A map's values on the pixels of `area`, linear between them."""
    down, across = one.values.shape[0] / placement.rows, one.values.shape[1] / placement.columns
    grid_from_stored = GridTransform(down, 0.5 * down - 0.5, across, 0.5 * across - 0.5)
    grid = area_from_stored(placement, area).inverse().then(grid_from_stored)
    rows, columns = (grid.row_scale, grid.row_offset), (grid.column_scale, grid.column_offset)
    if grid.transpose:
        matrix = np.array([[0, columns[0], columns[1]], [rows[0], 0, rows[1]]], np.float64)
    else:
        matrix = np.array([[columns[0], 0, columns[1]], [0, rows[0], rows[1]]], np.float64)
    size = (area.column1 - area.column0, area.row1 - area.row0)
    flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    return np.asarray(cv2.warpAffine(one.values, matrix, size, flags=flags, borderMode=cv2.BORDER_REPLICATE), np.uint8)


def draw_graphics(
    canvas: NDArray[np.uint8], graphics: Sequence[Graphic], screen_from_stored: GridTransform, size_px: int
) -> list[tuple[tuple[str, ...], Shape]]:
    """The lines of graphics, in place; what is to stand beside which of their shapes, for as many as letters can mind,
    those with words first.
    """
    drawn: list[tuple[tuple[str, ...], Shape]] = []
    for graphic in graphics:
        shape = _shape(graphic, screen_from_stored, size_px)
        if graphic.filled:
            _fill(canvas, shape)
        if graphic.form is not GraphicForm.TEXT:
            stroke(canvas, shape.lines, FOREIGN, size_px, closed=shape.closed)
        drawn.append((graphic.lines, shape))
    said = [item for item in drawn if item[0]][:_MOST_LABELLED]
    silent = [((), shape) for lines, shape in drawn if not lines]
    return [*said, *silent[: _MOST_MINDED - len(said)]]


def _shape(graphic: Graphic, screen_from_stored: GridTransform, size_px: int) -> Shape:
    points = positions(np.array(graphic.points, np.float64), screen_from_stored)
    if graphic.form is GraphicForm.OUTLINE:
        return Shape(points, (points,), closed=True)
    if graphic.form is GraphicForm.LINE:
        return Shape(points, (points,), order=(0, len(points) - 1))
    radius = size_px * (0.45 if graphic.form is GraphicForm.POINT else 0.05)
    return Shape(points, (ellipse_of(points[0], np.array([radius, radius])),), closed=True)


def _fill(canvas: NDArray[np.uint8], shape: Shape) -> None:
    """The inside of an outline, so that what is under it is still seen."""
    inside = np.zeros(canvas.shape[:2], np.uint8)
    cv2.fillPoly(inside, [corners_of(shape.points)], 1, cv2.LINE_8, SHIFT)
    under = canvas[inside == 1, :3].astype(np.float32)
    canvas[inside == 1, :3] = np.rint(under + (np.array(FOREIGN[::-1], np.float32) - under) * _FILLED).astype(np.uint8)
