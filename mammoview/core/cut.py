"""Owns the part of an image that a viewport shows, laid, at screen resolution. Never turns values into greys.

When the picture is only moved, what stays in sight is copied and no more than the strips that come into sight are
reduced anew: blocks of the pyramid fall on whole screen pixels, so both give the same values.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from mammoview.core.geometry import GridTransform
from mammoview.core.hanging import Frame
from mammoview.core.image import OverlayPlane, StoredPixels
from mammoview.core.prepared import PreparedImage
from mammoview.core.view_state import Placement

Cut = tuple[StoredPixels, NDArray[np.bool_] | None]
"""Values, and True where they are padding (None where there is none), both laid, (rows, columns) of the area."""


_MARGIN_PX = 48


@dataclass(frozen=True, slots=True)
class Area:
    """A part of a viewport, half-open, in screen pixels."""

    row0: int
    column0: int
    row1: int
    column1: int

    @property
    def empty(self) -> bool:
        return self.row0 >= self.row1 or self.column0 >= self.column1

    @property
    def slices(self) -> tuple[slice, slice]:
        return slice(self.row0, self.row1), slice(self.column0, self.column1)

    def moved(self, rows_px: int, columns_px: int) -> Area:
        return Area(self.row0 + rows_px, self.column0 + columns_px, self.row1 + rows_px, self.column1 + columns_px)

    def widened(self, margin_px: int) -> Area:
        return Area(self.row0 - margin_px, self.column0 - margin_px, self.row1 + margin_px, self.column1 + margin_px)

    def common(self, other: Area) -> Area:
        """The part that lies in both; empty where there is none."""
        return Area(
            max(self.row0, other.row0),
            max(self.column0, other.column0),
            min(self.row1, other.row1),
            min(self.column1, other.column1),
        )

    def without(self, inner: Area) -> tuple[Area, ...]:
        """The up to four strips of this area around `inner`, which lies within it."""
        strips = (
            Area(self.row0, self.column0, inner.row0, self.column1),
            Area(inner.row1, self.column0, self.row1, self.column1),
            Area(inner.row0, self.column0, inner.row1, inner.column0),
            Area(inner.row0, inner.column1, inner.row1, self.column1),
        )
        return tuple(strip for strip in strips if not strip.empty)


def covered(placement: Placement, frame: Frame) -> Area:
    """The part of a viewport that the laid image covers; (0, 0, 0, 0) where it lies beside the viewport."""
    rows, columns = placement.size_px
    image = Area(0, 0, rows, columns).moved(placement.row0_px, placement.column0_px)
    common = image.common(Area(0, 0, frame.rows_px, frame.columns_px))
    return Area(0, 0, 0, 0) if common.empty else common


@dataclass(slots=True)
class CutMemo:
    """The last cut of one viewport, with a margin around it."""

    _image: PreparedImage | None = None
    _placement: Placement | None = None
    _part: Area = Area(0, 0, 0, 0)
    _cut: Cut | None = None
    _draft: bool = False

    def cut(self, prepared: PreparedImage, placement: Placement, area: Area, *, draft: bool = False) -> Cut:
        """The values of `area` (screen pixels, within the laid image). `draft`: as of `Pyramid.cut`, where anything
        has to be reduced anew at another scale.
        """
        at_zero = placement.moved_to(0, 0)
        part = area.moved(-placement.row0_px, -placement.column0_px)
        same = self._cut is not None and self._image is prepared and self._placement == at_zero
        if not same or (self._draft and not draft):
            self._image, self._placement, self._part, self._draft = prepared, at_zero, part, draft
            self._cut = _cut_part(prepared, at_zero, part, draft=draft)
        elif self._part.common(part) != part:
            rows, columns = placement.size_px
            wider = part.widened(_MARGIN_PX).common(Area(0, 0, rows, columns))
            self._cut, self._part = self._moved(wider), wider
        assert self._cut is not None
        values, padding = self._cut
        at = part.moved(-self._part.row0, -self._part.column0).slices
        return values[at], None if padding is None else padding[at]

    def _moved(self, part: Area) -> Cut:
        """The cut of another part at the same scale, with what is known of it."""
        assert self._image is not None and self._placement is not None and self._cut is not None
        kept = part.common(self._part)
        if kept.empty:
            return _cut_part(self._image, self._placement, part, draft=self._draft)
        old_values, old_padding = self._cut
        shape = (part.row1 - part.row0, part.column1 - part.column0)
        values = np.empty(shape, old_values.dtype)
        padding = None if old_padding is None else np.empty(shape, np.bool_)
        here, there = kept.moved(-part.row0, -part.column0), kept.moved(-self._part.row0, -self._part.column0)
        values[here.slices] = old_values[there.slices]
        if padding is not None and old_padding is not None:
            padding[here.slices] = old_padding[there.slices]
        for strip in part.without(kept):
            at = strip.moved(-part.row0, -part.column0).slices
            values[at], new_padding = _cut_part(self._image, self._placement, strip, draft=self._draft)
            if padding is not None:
                padding[at] = new_padding
        return values, padding


def _cut_part(prepared: PreparedImage, placement: Placement, part: Area, *, draft: bool) -> Cut:
    """Values and padding mask of `part`, in screen pixels of the laid image that lies at (0, 0)."""
    rows, columns = placement.laid_steps
    return prepared.pyramid.cut(rows, columns, part.row0, part.column0, part.row1, part.column1, draft=draft)


def area_from_stored(placement: Placement, area: Area) -> GridTransform:
    """Stored position -> position within `area`."""
    return placement.screen_from_stored().then(GridTransform(1.0, -area.row0, 1.0, -area.column0))


def nearest(
    coarse: NDArray[Any],
    stored_rows: int,
    stored_columns: int,
    grid_from_stored: GridTransform,
    rows: int,
    columns: int,
) -> NDArray[Any]:
    """A coarse grid that lies over the stored image, by its nearest cells on a grid of `rows` x `columns`."""
    per_row, per_column = coarse.shape[0] / stored_rows, coarse.shape[1] / stored_columns
    coarse_from_stored = GridTransform(per_row, 0.5 * per_row - 0.5, per_column, 0.5 * per_column - 0.5)
    at_rows, at_columns, there = _cells(grid_from_stored.inverse().then(coarse_from_stored), rows, columns)
    return _taken(coarse, at_rows, at_columns, there)


def on_screen(mask: NDArray[np.bool_], placement: Placement) -> Area:
    """The least part of the screen beyond which `nearest` finds nothing of a coarse `mask`; empty where it is."""
    column, row, columns, rows = cv2.boundingRect(mask.view(np.uint8))
    if not rows * columns:
        return Area(0, 0, 0, 0)
    per_row, per_column = placement.rows / mask.shape[0], placement.columns / mask.shape[1]
    stored_from_coarse = GridTransform(per_row, 0.5 * per_row - 0.5, per_column, 0.5 * per_column - 0.5)
    screen_from_coarse = stored_from_coarse.then(placement.screen_from_stored())
    ends = [screen_from_coarse(row - 1, column - 1), screen_from_coarse(row + rows, column + columns)]
    (row0, row1), (column0, column1) = (sorted(pair) for pair in zip(*ends, strict=True))
    return Area(math.floor(row0), math.floor(column0), math.ceil(row1) + 1, math.ceil(column1) + 1)


def _cells(
    grid_from_area: GridTransform, rows: int, columns: int
) -> tuple[NDArray[np.intp], NDArray[np.intp], GridTransform]:
    """The rows and the columns of a grid nearest to `rows` x `columns` pixels; they may lie outside the grid."""
    along = (columns, rows) if grid_from_area.transpose else (rows, columns)
    at_rows = np.round(grid_from_area.row_scale * np.arange(along[0]) + grid_from_area.row_offset).astype(np.intp)
    at_columns = np.round(grid_from_area.column_scale * np.arange(along[1]) + grid_from_area.column_offset)
    return at_rows, at_columns.astype(np.intp), grid_from_area


def _taken(
    grid: NDArray[Any], at_rows: NDArray[np.intp], at_columns: NDArray[np.intp], grid_from_area: GridTransform
) -> NDArray[Any]:
    """The cells of `grid` in these rows and columns, those of its rim beyond it."""
    taken = grid.take(at_columns, axis=1, mode="clip").take(at_rows, axis=0, mode="clip")
    return np.ascontiguousarray(taken.T if grid_from_area.transpose else taken)


def overlay_on(plane: OverlayPlane, placement: Placement, area: Area) -> NDArray[np.bool_]:
    """Where an overlay is on, on `area`: True on a screen pixel if it is on anywhere under it, so that thin lines
    stay whole at every scale.
    """
    reach = [max(1, round(1 / step.scale)) for step in (placement.row_step, placement.column_step)]
    mask = plane.mask
    if max(reach) > 1:
        margin = [side // 2 for side in reach]
        framed = cv2.copyMakeBorder(mask, margin[0], margin[0], margin[1], margin[1], cv2.BORDER_CONSTANT, value=0)
        mask = np.asarray(cv2.dilate(framed, np.ones(reach, np.uint8)), np.uint8)
        row0, column0 = plane.row0 - margin[0], plane.column0 - margin[1]
    else:
        row0, column0 = plane.row0, plane.column0
    plane_from_stored = GridTransform(1.0, -row0, 1.0, -column0)
    rows, columns = area.row1 - area.row0, area.column1 - area.column0
    plane_from_area = area_from_stored(placement, area).inverse().then(plane_from_stored)
    at_rows, at_columns, there = _cells(plane_from_area, rows, columns)
    on = _taken(mask, at_rows, at_columns, there) != 0
    beyond = [(at < 0) | (at >= side) for at, side in zip((at_rows, at_columns), mask.shape, strict=True)]
    if there.transpose:
        beyond.reverse()
    on[beyond[0]] = False
    on[:, beyond[1]] = False
    return np.asarray(on, np.bool_)
