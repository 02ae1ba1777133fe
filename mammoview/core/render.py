"""Owns the picture of one view: greys, heat map, texts, in this order. Screen, export and golden images come from here.

Never touches files, Qt or the model. Everything outside the image is black.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import cv2
import numpy as np
from numpy.typing import NDArray

from mammoview.core.annotate import CornerTexts, ScaleBar, draw_legend, draw_scale_bar, draw_texts
from mammoview.core.geometry import GridTransform, Spacing
from mammoview.core.hanging import Frame, millimetres_per_px
from mammoview.core.heat import blend_heat, lay_heat_map
from mammoview.core.image import MammoImage, StoredPixels
from mammoview.core.lettering import Lettering
from mammoview.core.prediction import ImagePrediction, ModelLabel
from mammoview.core.prepared import PreparedImage
from mammoview.core.view_state import Placement, Presentation
from mammoview.core.window import GreyTable, Voi, grey_table


@dataclass(frozen=True, slots=True, eq=False)
class Drawing:
    """All that decides one view's picture.

    `texts` are the lines that may be shown (identity is the caller's decision). `operating_point` 0..1: a map whose
    score lies under it is shown only if `heat_below`. `letter_px` is the height of the small letters.
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

    @property
    def heat_hidden(self) -> bool:
        """True where there is a map that is not shown because its score lies under the operating point."""
        prediction = self.prediction
        if prediction is None or prediction.heat_map is None or prediction.score is None:
            return False
        return not self.heat_below and self.operating_point is not None and prediction.score < self.operating_point


@dataclass(slots=True)
class RenderMemo:
    """What the last drawing of one viewport may lend to the next: the cut values and the laid map."""

    _cut_key: tuple[object, ...] = ()
    _cut: tuple[StoredPixels, NDArray[np.bool_] | None] | None = None
    _heat_key: tuple[object, ...] = ()
    _heat: tuple[NDArray[np.float32], NDArray[np.bool_]] | None = None
    _table_key: tuple[object, ...] = ()
    _table: GreyTable | None = field(default=None, repr=False)

    def cut(self, drawing: Drawing, area: _Area) -> tuple[StoredPixels, NDArray[np.bool_] | None]:
        key = (drawing.prepared, drawing.placement, drawing.frame)
        if self._cut is None or not _same(key, self._cut_key):
            self._cut_key, self._cut = key, _cut_values(drawing, area)
        return self._cut

    def heat(self, drawing: Drawing, area: _Area) -> tuple[NDArray[np.float32], NDArray[np.bool_]]:
        key = (drawing.prepared, drawing.prediction, drawing.placement, drawing.frame)
        if self._heat is None or not _same(key, self._heat_key):
            self._heat_key, self._heat = key, _laid_heat(drawing, area)
        return self._heat

    def table(self, image: MammoImage, voi: Voi, invert: bool) -> GreyTable:
        key = (image.grey, voi, invert, image.stored.dtype.itemsize)
        if self._table is None or not _same(key, self._table_key):
            self._table_key = key
            self._table = grey_table(image.grey, voi, invert=invert, itemsize=image.stored.dtype.itemsize)
        return self._table


def _same(one: tuple[object, ...], other: tuple[object, ...]) -> bool:
    return len(one) == len(other) and all(a is b or a == b for a, b in zip(one, other, strict=True))


@dataclass(frozen=True, slots=True)
class _Area:
    """The part of a viewport that the laid image covers, half-open, in screen pixels."""

    row0: int
    column0: int
    row1: int
    column1: int

    @property
    def empty(self) -> bool:
        return self.row0 >= self.row1 or self.column0 >= self.column1


def _covered(placement: Placement, frame: Frame) -> _Area:
    rows, columns = placement.size_px
    return _Area(
        max(0, placement.row0_px),
        max(0, placement.column0_px),
        min(frame.rows_px, placement.row0_px + rows),
        min(frame.columns_px, placement.column0_px + columns),
    )


def apply_table(stored: StoredPixels, table: GreyTable) -> NDArray[np.uint8]:
    """Stored values -> greys by the table of `grey_table`; any shape."""
    if stored.dtype == np.uint8:
        return np.asarray(cv2.LUT(stored, table), dtype=np.uint8)
    return np.asarray(cv2.LUT(np.ascontiguousarray(stored).view(np.uint16), table), dtype=np.uint8)


def native_greys(image: MammoImage, voi: Voi | None = None, *, invert: bool = False) -> NDArray[np.uint8]:
    """The 8-bit greys of the stored pixel grid, unflipped, one per stored pixel. `voi` None = the first choice."""
    table = grey_table(image.grey, voi or image.vois()[0], invert=invert, itemsize=image.stored.dtype.itemsize)
    return apply_table(image.stored, table)


def current_voi(image: MammoImage, presentation: Presentation) -> Voi:
    """The VOI that is in force: the reader's window, else the image's choice."""
    if presentation.window is not None:
        return presentation.window
    vois = image.vois()
    return vois[presentation.voi % len(vois)]


def _cut_values(drawing: Drawing, area: _Area) -> tuple[StoredPixels, NDArray[np.bool_] | None]:
    """Values and padding mask of the covered part, laid, at screen resolution."""
    placement = drawing.placement
    orientation = placement.orientation
    rows, columns = placement.size_px
    row0, row1 = area.row0 - placement.row0_px, area.row1 - placement.row0_px
    column0, column1 = area.column0 - placement.column0_px, area.column1 - placement.column0_px
    if orientation.flip_rows:
        row0, row1 = rows - row1, rows - row0
    if orientation.flip_columns:
        column0, column1 = columns - column1, columns - column0
    if orientation.transpose:
        row0, row1, column0, column1 = column0, column1, row0, row1
    values, padding = drawing.prepared.pyramid.cut(
        placement.row_step, placement.column_step, row0, column0, row1, column1
    )
    laid = np.ascontiguousarray(orientation.apply(values))
    return laid, None if padding is None else np.asarray(orientation.apply(padding), dtype=np.bool_)


def _laid_heat(drawing: Drawing, area: _Area) -> tuple[NDArray[np.float32], NDArray[np.bool_]]:
    """(heat map 0..1, breast) on the covered part."""
    assert drawing.prediction is not None and drawing.prediction.heat_map is not None
    area_from_stored = drawing.placement.screen_from_stored().then(GridTransform(1.0, -area.row0, 1.0, -area.column0))
    rows, columns = area.row1 - area.row0, area.column1 - area.column0
    heat = lay_heat_map(drawing.prediction.heat_map, area_from_stored, rows, columns)
    mask = drawing.prepared.region.mask
    work_rows, work_columns = (
        mask.shape[0] / drawing.placement.rows,
        mask.shape[1] / drawing.placement.columns,
    )
    work_from_stored = GridTransform(work_rows, 0.5 * work_rows - 0.5, work_columns, 0.5 * work_columns - 0.5)
    work_from_area = area_from_stored.inverse().then(work_from_stored)
    at_rows = (
        work_from_area.row_scale * np.arange(columns if work_from_area.transpose else rows) + work_from_area.row_offset
    )
    at_columns = (
        work_from_area.column_scale * np.arange(rows if work_from_area.transpose else columns)
        + work_from_area.column_offset
    )
    row_index = np.clip(np.round(at_rows).astype(int), 0, mask.shape[0] - 1)
    column_index = np.clip(np.round(at_columns).astype(int), 0, mask.shape[1] - 1)
    inside = mask[np.ix_(row_index, column_index)]
    return heat, np.ascontiguousarray(inside.T if work_from_area.transpose else inside)


def draw_view(drawing: Drawing, lettering: Lettering, memo: RenderMemo | None = None) -> NDArray[np.uint8]:
    """The picture of one view: RGB uint8 (frame rows, frame columns, 3)."""
    memo = memo or RenderMemo()
    image, presentation = drawing.prepared.image, drawing.presentation
    rgb = np.zeros((drawing.frame.rows_px, drawing.frame.columns_px, 3), np.uint8)
    area = _covered(drawing.placement, drawing.frame)
    heat_drawn = False
    if not area.empty:
        values, padding = memo.cut(drawing, area)
        greys = apply_table(values, memo.table(image, current_voi(image, presentation), _inverts(drawing)))
        if padding is not None:
            greys[padding] = 0
        part = rgb[area.row0 : area.row1, area.column0 : area.column1]
        if _shows_heat(drawing):
            heat, inside = memo.heat(drawing, area)
            if padding is not None:
                inside = inside & ~padding
            look = presentation.heat
            part[...] = blend_heat(
                greys,
                heat,
                opacity=look.opacity,
                threshold=look.threshold,
                color_map=look.color_map,
                inside=inside,
            )
            heat_drawn = True
        else:
            part[...] = cv2.cvtColor(greys, cv2.COLOR_GRAY2RGB)
    if presentation.annotations:
        _annotate(rgb, drawing, lettering, heat_drawn=heat_drawn)
    elif drawing.texts.side_view:
        outer_left = drawing.prepared.chest_wall_right
        only = CornerTexts(side_view=drawing.texts.side_view)
        draw_texts(rgb, lettering, only, size_px=drawing.letter_px, outer_left=outer_left)
    return rgb


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


def _annotate(rgb: NDArray[np.uint8], drawing: Drawing, lettering: Lettering, *, heat_drawn: bool) -> None:
    size_px, outer_left = drawing.letter_px, drawing.prepared.chest_wall_right
    draw_texts(rgb, lettering, drawing.texts, size_px=size_px, outer_left=outer_left)
    lines = len(drawing.texts.bottom) + len(drawing.texts.cautions)
    foot = rgb.shape[0] - round(size_px * 0.8) - round(size_px * 1.45) * lines - round(size_px * 0.6)
    if drawing.spacing is not None and drawing.spacing.kind != "assumed":
        _, column_mm = millimetres_per_px(drawing.placement, drawing.spacing)
        bar = ScaleBar(1 / column_mm, drawing.spacing.label())
        draw_scale_bar(rgb, lettering, bar, size_px=size_px, outer_left=outer_left, row_px=foot)
        foot -= round(size_px * 2.6)
    if heat_drawn:
        assert drawing.prediction is not None and drawing.prediction.heat_map is not None
        cells = drawing.prediction.heat_map.cells
        meaning = "attention, not lesion outline" if cells.any() else "no response in this view"
        notes = [f"Grad-CAM {cells.shape[0]} × {cells.shape[1]}", meaning]
        look = drawing.presentation.heat
        top = foot - round(size_px * (0.9 + 0.15 + 1.45 * (1 + len(notes))))
        draw_legend(
            rgb,
            lettering,
            color_map=look.color_map,
            threshold=look.threshold,
            opacity=max(look.opacity, 0.15),
            lines=notes,
            size_px=size_px,
            outer_left=outer_left,
            row_px=top,
        )
