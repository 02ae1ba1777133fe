"""Owns how objects of other makers look on a canvas: shutters, maps, planes, graphics. Never decides which objects are
shown.

A canvas is as in `core.annotate`. Graphics have the colour that their maker recommends, where no mark of the reader is
like it, else one that none has.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import cv2
import numpy as np
from numpy.typing import NDArray

from mammoview.core.annotate import AMBER, OVERLAY, TEXT, write
from mammoview.core.cut import Area, area_from_stored, overlay_on
from mammoview.core.geometry import GridTransform
from mammoview.core.heat import color_table
from mammoview.core.image import OverlayPlane
from mammoview.core.lettering import Color, Lettering
from mammoview.core.mark_shapes import (
    SELECTED,
    SHIFT,
    Points,
    Rectangle,
    Shape,
    arrow_head,
    corners_of,
    dashes,
    ellipse_of,
    stroke,
)
from mammoview.core.marks import Point, positions
from mammoview.core.overlaid import (
    Align,
    Graphic,
    GraphicForm,
    LaidPlane,
    Overlaid,
    ValueMap,
    names_of,
    rendered,
    title_of,
)
from mammoview.core.study import ImageHeader, ObjectKind
from mammoview.core.view_state import HeatPresentation, Placement

FOREIGN: Color = (224, 128, 240)
_FILLED = 0.3
_READERS_OWN = np.array([AMBER, SELECTED, TEXT, OVERLAY], np.float64)
_UNLIKE = 100.0
"""How far a colour is from the reader's own, as a distance of red, green and blue in 0..255."""

_BRIGHT = 0.175
"""The least luminance (0..1) of a colour that has a contrast of 4.5 : 1 to the dark rim and halo."""

_MOST_LABELLED, _MOST_MINDED = 40, 300


@dataclass(frozen=True, slots=True, eq=False)
class Shutter:
    """An outline of stored positions, outside of which everything has one `grey` (0..255), or a `plane` under which."""

    outline: tuple[Point, ...] = ()
    grey: int = 0
    plane: OverlayPlane | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Laid:
    """What objects of other makers lay over one picture; `titles` say which they are, one line each. `active`: which of
    the image's own overlays are shown, by their group; None: as without.
    """

    graphics: tuple[Graphic, ...] = ()
    maps: tuple[ValueMap, ...] = ()
    shutters: tuple[Shutter, ...] = ()
    titles: tuple[str, ...] = ()
    cautions: tuple[str, ...] = ()
    planes: tuple[LaidPlane, ...] = ()
    active: frozenset[int] | None = None

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

    Optional CAD findings up to `operating_point` are among them. Words that somebody wrote, and overlay planes, are
    only if `identified`: they may name the woman.
    """
    graphics: list[Graphic] = []
    maps: list[ValueMap] = []
    shutters: list[Shutter] = []
    titles: list[str] = []
    cautions: list[str] = []
    planes: list[LaidPlane] = []
    active: frozenset[int] | None = None
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
        if state is not None and _on(state.frames, frames):
            shutters += [Shutter(outline, state.shutter_grey) for outline in state.shutters]
            if state.shutter_plane is not None:
                shutters.append(Shutter(grey=state.shutter_grey, plane=state.shutter_plane))
            planes += state.planes if identified else ()
            active = active if state.active is None else state.active
        if own or over or state is not None:
            lut = ["presentation LUT"] if state is not None and state.p_values is not None else []
            titles.append("  ".join([title_of(found.header), *lut, *(map_words(one) for one in over)]))
        cautions += [f"{name}: {line}" for line in found.cautions]
    return Laid(tuple(graphics), tuple(maps), tuple(shutters), tuple(titles), tuple(cautions), tuple(planes), active)


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


def shut_part(shutters: Sequence[Shutter], mask: NDArray[np.bool_], rows: int, columns: int) -> float:
    """The part, 0..1, of what `mask` (any grid over a stored image of `rows` x `columns`) marks that shutters hide; 0
    where it marks nothing."""
    down, across = mask.shape
    marked = mask.astype(np.uint8)
    seen = marked.copy()
    for shutter in shutters:
        if shutter.plane is not None:
            plane = shutter.plane
            row = ((np.arange(down) + 0.5) * rows / down).astype(np.int64) - plane.row0
            column = ((np.arange(across) + 0.5) * columns / across).astype(np.int64) - plane.column0
            on = np.ix_((row >= 0) & (row < plane.mask.shape[0]), (column >= 0) & (column < plane.mask.shape[1]))
            seen[on] &= plane.mask[np.ix_(row[on[0].ravel()], column[on[1].ravel()])] == 0
            continue
        inside = np.zeros_like(seen)
        corners = (np.array(shutter.outline, np.float64) + 0.5) * (down / rows, across / columns) - 0.5
        cv2.fillPoly(inside, [corners_of(corners)], 1, cv2.LINE_8, SHIFT)
        seen &= inside
    return 1 - float(seen.sum()) / max(int(marked.sum()), 1) if marked.any() else 0.0


def paint_shutters(canvas: NDArray[np.uint8], shutters: Sequence[Shutter], placement: Placement, area: Area) -> None:
    """What is outside of any shutter, within the picture's `area`, in place."""
    part = canvas[area.slices]
    screen_from_stored = area_from_stored(placement, area)
    for shutter in shutters:
        if shutter.plane is not None:
            part[overlay_on(shutter.plane, placement, area), :3] = shutter.grey
            continue
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


def paint_planes(canvas: NDArray[np.uint8], planes: Sequence[LaidPlane], placement: Placement, area: Area) -> None:
    """Overlay planes of presentation states, in place."""
    for one in planes:
        canvas[area.slices][overlay_on(one.plane, placement, area), :3] = color_of(one.color)[::-1]


def color_of(recommended: Color | None) -> Color:
    """The colour of a graphic: the one that its maker recommends, unless it is too dark or like that of one of the
    reader's own marks.
    """
    if recommended is None or np.linalg.norm(_READERS_OWN - recommended, axis=1).min() < _UNLIKE:
        return FOREIGN
    parts = np.array(recommended, np.float64) / 255
    linear = np.where(parts <= 0.04045, parts / 12.92, ((parts + 0.055) / 1.055) ** 2.4)  # IEC 61966-2-1
    return recommended if linear @ (0.2126, 0.7152, 0.0722) >= _BRIGHT else FOREIGN


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


@dataclass(frozen=True, slots=True, eq=False)
class Said:
    """What is to stand beside the `shape` of a graphic, or in its `box`: (lowest row, lowest column, highest column) on
    the screen.
    """

    lines: tuple[str, ...]
    shape: Shape
    color: Color
    box: tuple[float, float, float] | None = None
    align: Align = Align.LEFT


def draw_graphics(
    canvas: NDArray[np.uint8], graphics: Sequence[Graphic], screen_from_stored: GridTransform, size_px: int
) -> list[Said]:
    """The lines of graphics, in place; what is to stand beside which of their shapes, for as many as letters can mind,
    those with words first.
    """
    drawn: list[Said] = []
    for graphic in graphics:
        shape, color = _shape(graphic, screen_from_stored, size_px), color_of(graphic.color)
        if graphic.filled:
            _fill(canvas, shape, color)
        if graphic.form is not GraphicForm.TEXT:
            _stroke(canvas, shape, graphic, color, size_px)
        drawn.append(_said(graphic, shape, color, screen_from_stored))
    said = [item for item in drawn if item.lines][:_MOST_LABELLED]
    silent = [item for item in drawn if not item.lines]
    return [*said, *silent[: _MOST_MINDED - len(said)]]


def _said(graphic: Graphic, shape: Shape, color: Color, screen_from_stored: GridTransform) -> Said:
    if graphic.box is None or not graphic.lines:
        return Said(graphic.lines, shape, color)
    corners = positions(np.array(graphic.box.corners, np.float64), screen_from_stored)
    (row0, column0), (_, column1) = corners.min(axis=0).tolist(), corners.max(axis=0).tolist()
    return Said(graphic.lines, shape, color, (row0, column0, column1), graphic.box.align)


def write_in_box(canvas: NDArray[np.uint8], lettering: Lettering, said: Said, size_px: int) -> Rectangle:
    """Lines from the top of their box on, in place; where they stand. Longer ones reach beyond it, as PS3.3 C.10.5.1.1
    allows.
    """
    assert said.box is not None
    row0, column0, column1 = said.box
    widths = [lettering.width_px(line, size_px) for line in said.lines]
    step, widest = round(size_px * 1.4), max(widths)
    share = {Align.LEFT: 0.0, Align.CENTER: 0.5, Align.RIGHT: 1.0}[said.align]
    for number, (line, width) in enumerate(zip(said.lines, widths, strict=True)):
        column = round(column0 + share * (column1 - column0 - width))
        write(canvas, lettering, line, round(row0) + number * step, column, size_px, said.color)
    left = round(column0 + share * (column1 - column0 - widest))
    return Rectangle(round(row0), left, round(row0) + step * len(widths), left + widest)


def _stroke(canvas: NDArray[np.uint8], shape: Shape, graphic: Graphic, color: Color, size_px: int) -> None:
    if not graphic.dashed:
        stroke(canvas, shape.lines, color, size_px, closed=shape.closed)
        return
    for line in shape.lines:
        whole = np.concatenate([line, line[:1]]) if shape.closed else line
        pieces: Sequence[Points] = list(dashes(whole, size_px * 0.55, canvas.shape))
        if pieces:
            stroke(canvas, pieces, color, size_px, closed=False)


def _shape(graphic: Graphic, screen_from_stored: GridTransform, size_px: int) -> Shape:
    points = positions(np.array(graphic.points, np.float64), screen_from_stored)
    if graphic.form is GraphicForm.OUTLINE:
        return Shape(points, (points,), closed=True)
    if graphic.form is GraphicForm.LINE:
        return Shape(points, (points,), order=(0, len(points) - 1))
    if graphic.form is GraphicForm.ARROW:
        return Shape(points, (points, arrow_head(points, size_px)), order=(0, 1))
    radius = size_px * (0.45 if graphic.form is GraphicForm.POINT else 0.05)
    return Shape(points, (ellipse_of(points[0], np.array([radius, radius])),), closed=True)


def _fill(canvas: NDArray[np.uint8], shape: Shape, color: Color) -> None:
    """The inside of an outline, so that what is under it is still seen."""
    inside = np.zeros(canvas.shape[:2], np.uint8)
    cv2.fillPoly(inside, [corners_of(shape.points)], 1, cv2.LINE_8, SHIFT)
    under = canvas[inside == 1, :3].astype(np.float32)
    canvas[inside == 1, :3] = np.rint(under + (np.array(color[::-1], np.float32) - under) * _FILLED).astype(np.uint8)
