"""Owns the picture of one view: greys, heat map, overlays, marks, texts, in this order.

Screen, export and golden images come from here. Never touches files, Qt or the model. Everything outside the image
is black.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from mammoview.core.annotate import (
    OVERLAY,
    CornerTexts,
    Plate,
    ScaleBar,
    draw_legend,
    draw_scale_bar,
    draw_texts,
    text_plates,
)
from mammoview.core.buffers import BUFFERS
from mammoview.core.cut import Area, Cut, CutMemo, area_from_stored, covered, nearest, overlay_on
from mammoview.core.geometry import GridTransform, Spacing
from mammoview.core.hanging import Frame, millimetres_per_px
from mammoview.core.heat import (
    PixelTable,
    blacken,
    heat_table,
    look_up,
    paint_heat,
    pixel_table,
)
from mammoview.core.heat_memo import HeatMemo
from mammoview.core.image import FrameChoice, MammoImage, StoredPixels
from mammoview.core.lettering import Lettering
from mammoview.core.mark_drawing import Drawable, draw_marks
from mammoview.core.overlaid_drawing import Laid, paint_maps, paint_planes, paint_shutters
from mammoview.core.prediction import ImagePrediction, ModelLabel
from mammoview.core.prepared import PreparedImage
from mammoview.core.view_state import Placement, Presentation
from mammoview.core.window import Greyscale, GreyTable, Voi, VoiLut, grey_table

_LEGEND_LINES = 2


@dataclass(frozen=True, slots=True, eq=False)
class Drawing:
    """All that decides one view's picture.

    `texts` are the lines that may be shown (identity is the caller's decision). `operating_point` 0..1: a map whose
    score lies under it is shown only if `heat_below`. `letter_px` is the height of the small letters. `draft`: greys
    may be coarser while the reader zooms. `brief`: without scale bar and legend, where these would hide the breast.
    `marks` are drawn where they are on this image and frame; `arcs` are stored
    positions as of `core.nipple.arc`. `laid` is what objects of other makers lay over this image and frame.
    `identified`: whether the woman may be named on it.
    """

    prepared: PreparedImage
    placement: Placement
    frame: Frame
    presentation: Presentation
    texts: CornerTexts = field(default_factory=CornerTexts)
    spacing: Spacing | None = None
    prediction: ImagePrediction | None = None
    model: ModelLabel | None = None
    operating_point: float | None = None
    heat_below: bool = False
    letter_px: int = 13
    draft: bool = False
    brief: bool = False
    marks: tuple[Drawable, ...] = ()
    arcs: tuple[NDArray[np.float64], ...] = ()
    laid: Laid = field(default_factory=Laid)
    identified: bool = True

    @property
    def heat_hidden(self) -> bool:
        """True where there is a map that is not shown because its score lies under the operating point."""
        prediction = self.prediction
        if prediction is None or prediction.heat_map is None or prediction.score is None:
            return False
        return not self.heat_below and self.operating_point is not None and prediction.score < self.operating_point

    @property
    def air_hidden(self) -> bool:
        """True where pixels are shown black because they are estimated to be air: when greys are turned round, by the
        reader or by a Presentation LUT that falls.
        """
        look = self.presentation
        turned = look.invert != (look.p_values is not None and look.p_values.falls)
        return turned and look.air_black and self.prepared.air is not None


@dataclass(slots=True)
class RenderMemo:
    """What the last drawing of one viewport lends to the next: canvas, cut values, laid map, overlays, table.

    The canvas of `paint` belongs to the memo: the next but one drawing writes over it.
    """

    _cuts: CutMemo = field(default_factory=CutMemo)
    _heat: HeatMemo = field(default_factory=HeatMemo)
    _known: dict[str, tuple[tuple[object, ...], Any]] = field(default_factory=dict, repr=False)
    _canvases: list[NDArray[np.uint8]] = field(default_factory=list, repr=False)

    def canvas(self, frame: Frame, area: Area) -> NDArray[np.uint8]:
        """A canvas, (rows, columns, 4), black outside of `area`, which is to be drawn."""
        shape = (frame.rows_px, frame.columns_px, 4)
        canvas = self._canvases.pop(0) if len(self._canvases) > 1 else None
        if canvas is None or canvas.shape != shape:
            canvas = np.empty(shape, np.uint8)
        self._canvases.append(canvas)
        for strip in Area(0, 0, *shape[:2]).without(area):
            canvas[strip.slices].fill(0)
        return canvas

    def cut(self, drawing: Drawing, area: Area) -> Cut:
        return self._cuts.cut(drawing.prepared, drawing.placement, area, draft=drawing.draft)

    def heat(self, drawing: Drawing, area: Area) -> tuple[Area, NDArray[np.uint8]]:
        assert drawing.prediction is not None and drawing.prediction.heat_map is not None
        heat = drawing.prediction.heat_map
        return self._heat.index(drawing.prepared, heat, drawing.placement, area, draft=drawing.draft)

    def air(self, drawing: Drawing, area: Area, values: StoredPixels) -> NDArray[np.bool_] | None:
        key = (drawing.prepared, drawing.placement, area, drawing.draft)
        air: NDArray[np.bool_] | None = self._once("air", key, lambda: _air_on(drawing, area, values))
        return air

    def overlays(self, drawing: Drawing, area: Area) -> NDArray[np.bool_]:
        key = (drawing.prepared, drawing.placement, area, drawing.laid.active)
        on: NDArray[np.bool_] = self._once("overlays", key, lambda: _overlays_on(drawing, area))
        return on

    def greys(self, drawing: Drawing) -> GreyTable:
        """The grey table in force."""
        key = _greys_key(drawing)
        grey, voi, invert, itemsize, p_values = key
        make = partial(grey_table, grey, voi, invert=invert, itemsize=itemsize, p_values=p_values)
        table: GreyTable = self._once("greys", key, make)
        return table

    def pixels(self, drawing: Drawing) -> PixelTable:
        """The grey table in force as one of pixels."""
        table: PixelTable = self._once("pixels", _greys_key(drawing), lambda: pixel_table(self.greys(drawing)))
        return table

    def _once(self, name: str, key: tuple[object, ...], make: Callable[[], Any]) -> Any:
        known = self._known.get(name)
        if known is None or not _same(key, known[0]):
            known = self._known[name] = (key, make())
        return known[1]


def _same(one: tuple[object, ...], other: tuple[object, ...]) -> bool:
    return len(one) == len(other) and all(a is b or a == b for a, b in zip(one, other, strict=True))


def apply_table(stored: StoredPixels, table: GreyTable) -> NDArray[np.uint8]:
    """Stored values -> greys by the table of `grey_table`; any shape."""
    greys = BUFFERS.empty(stored.shape, np.uint8)
    return np.asarray(cv2.LUT(_bits(stored), table, dst=greys), dtype=np.uint8)


def _bits(stored: StoredPixels) -> NDArray[Any]:
    """The raw bits of stored values, by which tables are looked up."""
    return stored if stored.dtype == np.uint8 else stored.view(np.uint16)


def native_greys(
    image: MammoImage, voi: Voi | None = None, *, invert: bool = False, p_values: VoiLut | None = None
) -> NDArray[np.uint8]:
    """The 8-bit greys of the stored pixel grid, unflipped, one per stored pixel. `voi` None = the first choice."""
    itemsize = image.stored.dtype.itemsize
    table = grey_table(image.grey, voi or image.vois()[0], invert=invert, itemsize=itemsize, p_values=p_values)
    return apply_table(image.stored, table)


def current_voi(image: MammoImage, presentation: Presentation) -> Voi:
    """The VOI that is in force: the reader's window, else that of a presentation state, else the image's choice."""
    if presentation.window is not None:
        return presentation.window
    if presentation.state_voi is not None:
        return presentation.state_voi
    vois = image.vois()
    return vois[presentation.voi % len(vois)]


def _air_on(drawing: Drawing, area: Area, values: StoredPixels) -> NDArray[np.bool_] | None:
    estimate, placement = drawing.prepared.air, drawing.placement
    if estimate is None:
        return None
    step = 2 if drawing.draft else 1
    every = np.ascontiguousarray(values[::step, ::step])
    grid_from_stored = area_from_stored(placement, area).then(GridTransform(1 / step, 0.0, 1 / step, 0.0))
    outside = nearest(estimate.outside, placement.rows, placement.columns, grid_from_stored, *every.shape)
    mask = estimate.mask(every, outside)
    if step == 1:
        return mask
    whole = cv2.resize(mask.view(np.uint8), values.shape[::-1], interpolation=cv2.INTER_NEAREST)
    return np.asarray(whole, np.uint8).view(np.bool_)


def _overlays_on(drawing: Drawing, area: Area) -> NDArray[np.bool_]:
    on = np.zeros((area.row1 - area.row0, area.column1 - area.column0), np.bool_)
    for plane in drawing.prepared.image.overlays:
        if drawing.laid.active is None or plane.group in drawing.laid.active:
            on |= overlay_on(plane, drawing.placement, area)
    return on


def draw_view(drawing: Drawing, lettering: Lettering, memo: RenderMemo | None = None) -> NDArray[np.uint8]:
    """The picture of one view: RGB uint8 (frame rows, frame columns, 3)."""
    return np.asarray(cv2.cvtColor(paint(drawing, lettering, memo), cv2.COLOR_BGRA2RGB), np.uint8)


def paint(drawing: Drawing, lettering: Lettering, memo: RenderMemo | None = None) -> NDArray[np.uint8]:
    """As `draw_view`, but in the order of a screen's memory: blue, green, red and a fourth byte without meaning,
    (frame rows, frame columns, 4).
    """
    memo = memo or RenderMemo()
    area = covered(drawing.placement, drawing.frame)
    canvas = memo.canvas(drawing.frame, area)
    heat_drawn = not area.empty and _shows_heat(drawing)
    if not area.empty:
        _paint_image(canvas, drawing, area, memo)
        paint_shutters(canvas, drawing.laid.shutters, drawing.placement, area)
        paint_maps(canvas, drawing.laid.maps, drawing.placement, area, drawing.presentation.heat)
        paint_planes(canvas, drawing.laid.planes, drawing.placement, area)
    legend = heat_drawn and not drawing.brief
    if drawing.marks or drawing.arcs or drawing.laid.graphics:
        _paint_marks(canvas, drawing, lettering, legend=legend)
    if drawing.presentation.annotations:
        _annotate(canvas, drawing, lettering, legend=legend)
    elif drawing.texts.side_view:
        outer_left = drawing.prepared.chest_wall_right
        only = CornerTexts(side_view=drawing.texts.side_view)
        draw_texts(canvas, lettering, only, size_px=drawing.letter_px, outer_left=outer_left)
    return canvas


def _paint_image(canvas: NDArray[np.uint8], drawing: Drawing, area: Area, memo: RenderMemo) -> None:
    """Greys, heat map and overlays of the covered part, in place."""
    presentation = drawing.presentation
    values, padding = memo.cut(drawing, area)
    air = memo.air(drawing, area, values) if drawing.air_hidden else None
    under = Area(0, 0, 0, 0)
    if _shows_heat(drawing):
        under, heat = memo.heat(drawing, area)
    if not under.empty:
        at = under.moved(-area.row0, -area.column0).slices
        look = presentation.heat
        paint_heat(
            apply_table(values[at], memo.greys(drawing)),
            heat,
            heat_table(look.opacity, look.threshold, look.color_map),
            canvas[under.slices],
            *(None if black is None else black[at] for black in (padding, air)),
        )
    for strip in area.without(under) if not under.empty else (area,):
        at = strip.moved(-area.row0, -area.column0).slices
        look_up(_bits(values[at]), memo.pixels(drawing), canvas[strip.slices])
        if air is not None:
            blacken(canvas[strip.slices], air[at])
    if presentation.overlays and drawing.prepared.image.overlays:
        canvas[area.slices][memo.overlays(drawing, area), :3] = OVERLAY[::-1]


def _paint_marks(canvas: NDArray[np.uint8], drawing: Drawing, lettering: Lettering, *, legend: bool) -> None:
    image = drawing.prepared.image
    draw_marks(
        canvas,
        drawing.marks,
        lettering,
        placement=drawing.placement,
        image_key=image.header.key,
        frames=FrameChoice(image.frame, image.slab).frames(image.header.frames),
        size_px=drawing.letter_px,
        arcs=drawing.arcs,
        keep_off=_written(drawing, lettering, canvas.shape, legend=legend),
        graphics=drawing.laid.graphics,
    )


def _greys_key(drawing: Drawing) -> tuple[Greyscale, Voi, bool, int, VoiLut | None]:
    """What decides the grey table."""
    image, look = drawing.prepared.image, drawing.presentation
    return image.grey, current_voi(image, look), _inverts(drawing), image.stored.dtype.itemsize, look.p_values


def _inverts(drawing: Drawing) -> bool:
    return drawing.presentation.invert != drawing.prepared.turned_over


def _shows_heat(drawing: Drawing) -> bool:
    prediction = drawing.prediction
    return (
        drawing.presentation.heat.visible
        and prediction is not None
        and prediction.heat_map is not None
        and not drawing.heat_hidden
    )


@dataclass(frozen=True, slots=True)
class _Foot:
    """Where the parts over the bottom lines end or begin, in rows: scale bar (None: not shown), legend, block."""

    bar_px: int | None
    legend_px: int
    block_px: int


def _foot(drawing: Drawing, rows_px: int, *, legend: bool) -> _Foot:
    size_px = drawing.letter_px
    lines = len(drawing.texts.bottom) + len(drawing.texts.cautions)
    foot = rows_px - round(size_px * 0.8) - round(size_px * 1.45) * lines - round(size_px * 0.6)
    measured = drawing.spacing is not None and drawing.spacing.kind != "assumed"
    bar_px = foot if measured and not drawing.brief else None
    if bar_px is not None:
        foot -= round(size_px * 2.6)
    legend_px = foot - round(size_px * (0.9 + 0.15 + 1.45 * (1 + _LEGEND_LINES)))
    return _Foot(bar_px, legend_px, legend_px if legend else foot)


def _written(drawing: Drawing, lettering: Lettering, shape: tuple[int, ...], *, legend: bool) -> tuple[Plate, ...]:
    """Where texts will stand on the canvas."""
    size_px, outer_left = drawing.letter_px, drawing.prepared.chest_wall_right
    if not drawing.presentation.annotations:
        texts = CornerTexts(side_view=drawing.texts.side_view)
        return text_plates(lettering, texts, shape, size_px=size_px, outer_left=outer_left)
    foot = _foot(drawing, shape[0], legend=legend)
    plates = text_plates(lettering, drawing.texts, shape, size_px=size_px, outer_left=outer_left)
    tops = [foot.bar_px - round(size_px * 2.2)] if foot.bar_px is not None else []
    top = min([*tops, foot.legend_px] if legend else tops, default=None)
    if top is None:
        return plates
    width = min(shape[1], round(size_px * 12.6) if legend else round(shape[1] / 4) + size_px)
    beside = (top, 0, shape[0], width) if outer_left else (top, shape[1] - width, shape[0], shape[1])
    return (*plates, beside)


def _annotate(canvas: NDArray[np.uint8], drawing: Drawing, lettering: Lettering, *, legend: bool) -> None:
    size_px, outer_left = drawing.letter_px, drawing.prepared.chest_wall_right
    foot = _foot(drawing, canvas.shape[0], legend=legend)
    bar_px, legend_px = foot.bar_px, foot.legend_px
    draw_texts(canvas, lettering, drawing.texts, size_px=size_px, outer_left=outer_left, block_foot_px=foot.block_px)
    if bar_px is not None and drawing.spacing is not None:
        _, column_mm = millimetres_per_px(drawing.placement, drawing.spacing)
        bar = ScaleBar(1 / column_mm, drawing.spacing.label())
        draw_scale_bar(canvas, lettering, bar, size_px=size_px, outer_left=outer_left, row_px=bar_px)
    if legend:
        assert drawing.prediction is not None and drawing.prediction.heat_map is not None
        heat_map = drawing.prediction.heat_map
        cells = heat_map.cells
        meaning = "attention, not lesion outline" if cells.any() else "no response in this view"
        notes = [f"{heat_map.method} {cells.shape[0]} × {cells.shape[1]}", meaning]
        look = drawing.presentation.heat
        draw_legend(
            canvas,
            lettering,
            color_map=look.color_map,
            threshold=look.threshold,
            opacity=max(look.opacity, 0.15),
            lines=notes,
            size_px=size_px,
            outer_left=outer_left,
            row_px=legend_px,
        )
