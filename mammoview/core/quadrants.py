"""Owns the walk over a breast at a fixed scale: states of the view that together show all of it. Never draws or loads.

The breast is its region's mask grown by one cell, within the image; an image without one is gone through whole.
Lengths in pixels are device pixels, down from the top of the viewport and away from its side at the chest wall, as the
image lies at the walk's base: they are the offsets of `ViewState` times the scale, so that one walk serves a right and
a left view as mirror images. Positions come from `hanging.place`, which is what hangs the image.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from mammoview.core.errors import MammoviewError
from mammoview.core.geometry import Spacing
from mammoview.core.hanging import Frame, place
from mammoview.core.prepared import PreparedImage
from mammoview.core.view_state import Placement, ViewState

OVERLAP = 0.05
"""The part of a frame that neighbouring states both show, at least."""

SMALLEST_FRAME_PX = 16

_Spans = NDArray[np.int64]  # (n, 2): first and end pixel of each row or column of cells


@dataclass(frozen=True, slots=True, eq=False)
class FixedView:
    """An image that hangs in a frame, with the spacing by which it does; `meet`, `half_px` as for `hanging.place`."""

    prepared: PreparedImage
    frame: Frame
    spacing: Spacing
    meet: bool = True
    half_px: float | None = None

    def placed(self, px_per_mm: float, state: ViewState) -> Placement:
        return place(
            self.prepared,
            self.frame,
            px_per_mm=px_per_mm,
            spacing=self.spacing,
            state=state,
            meet=self.meet,
            half_px=self.half_px,
        )


def quadrant_states(
    prepared: PreparedImage,
    frame: Frame,
    *,
    px_per_mm: float,
    spacing: Spacing,
    zoom: float = 1.0,
    meet: bool = True,
) -> tuple[ViewState, ...]:
    """The states at `zoom` that together show every pixel of the breast, none of them without breast.

    From the top at the chest wall outwards, then down. `px_per_mm` is the scale of the hang, as for `hanging.place`;
    for 1:1 `zoom` is 1 / (px_per_mm * mm per stored pixel). Neighbours overlap by `OVERLAP` of the frame or more: there
    are as few rows as that allows, and in each as few states. Raises MammoviewError for a frame of fewer than 16 pixels
    a side.
    """
    return _walk((FixedView(prepared, frame, spacing, meet),), px_per_mm, zoom)


def pair_states(one: FixedView, other: FixedView, *, px_per_mm: float, zoom: float = 1.0) -> tuple[ViewState, ...]:
    """As `quadrant_states` for two views that share each state, as linked panes do: a right and a left one with one
    `half_px` then show mirrored parts. As many as the larger breast needs in the smaller frame; each state shows breast
    in at least one of the two frames.
    """
    return _walk((one, other), px_per_mm, zoom)


def _walk(views: Sequence[FixedView], px_per_mm: float, zoom: float) -> tuple[ViewState, ...]:
    rows_px = min(view.frame.rows_px for view in views)
    columns_px = min(view.frame.columns_px for view in views)
    if min(rows_px, columns_px) < SMALLEST_FRAME_PX:
        cause = f"a frame of {columns_px} x {rows_px} pixels is too small to go through a breast"
        raise MammoviewError(cause, f"give it {SMALLEST_FRAME_PX} pixels a side at least")
    base = _base(views, px_per_mm, zoom)
    mm_per_px = 1 / (px_per_mm * zoom)
    placements = [view.placed(px_per_mm, base) for view in views]
    breasts = [_breast(view, placement) for view, placement in zip(views, placements, strict=True)]
    pixel_px = math.ceil(max(step.scale for placement in placements for step in placement.laid_steps))
    top_px, bottom_px = _ends([breast.down_px[breast.inside.any(axis=1)] for breast in breasts])
    wall_px, outer_px = _ends([breast.away_px[breast.inside.any(axis=0)] for breast in breasts])
    above_px = max(0, rows_px - (bottom_px - top_px)) // 2
    aside_px = 0 if any(view.meet for view in views) else max(0, columns_px - (outer_px - wall_px)) // 2
    states: list[ViewState] = []
    for down_px in _starts(top_px, bottom_px, rows_px, pixel_px, spare_before=above_px):
        spans_px = np.concatenate([breast.away_in(down_px, down_px + rows_px) for breast in breasts])
        near_px, far_px = _ends([spans_px])
        from_wall = _starts(wall_px, far_px, columns_px, pixel_px, spare_before=aside_px)
        closer = _starts(near_px, far_px, columns_px, pixel_px)
        for away_px in from_wall if len(from_wall) == len(closer) else closer:
            if _meeting(spans_px, away_px, away_px + columns_px).any():
                states.append(base.moved(down_px * mm_per_px, away_px * mm_per_px))
    return tuple(states)


def _starts(first_px: int, end_px: int, size_px: int, pixel_px: int, *, spare_before: int = 0) -> list[int]:
    """Where the fewest viewports of this size begin that cover a span, at equal steps.

    They overlap enough, and so that a stored pixel of `pixel_px` is never cut by both. One that is larger than the span
    begins `spare_before` pixels ahead of it.
    """
    beyond_px = end_px - first_px - size_px
    if beyond_px <= 0:
        return [first_px - spare_before]
    overlap_px = max(math.ceil(OVERLAP * size_px), min(pixel_px, size_px // 2))
    steps = -(-beyond_px // (size_px - overlap_px))
    return [first_px + beyond_px * step // steps for step in range(steps + 1)]


@dataclass(frozen=True, slots=True, eq=False)
class _Breast:
    """The cells of an image's region as they are laid: `inside` bool (n, m), True = breast; `down_px` of each of the n
    rows, `away_px` of each of the m columns.
    """

    inside: NDArray[np.bool_]
    down_px: _Spans
    away_px: _Spans

    def away_in(self, first_px: int, end_px: int) -> _Spans:
        """The columns that hold breast between these rows of pixels."""
        rows = _meeting(self.down_px, first_px, end_px)
        return self.away_px[self.inside[rows].any(axis=0)]


def _breast(view: FixedView, base: Placement) -> _Breast:
    region, image = view.prepared.region, view.prepared.image
    mask = region.mask.astype(np.uint8) if region.found else np.ones(region.mask.shape, np.uint8)
    grown = np.asarray(cv2.dilate(mask, np.ones((3, 3), np.uint8)), np.bool_)
    inside = np.asarray(base.orientation.apply(grown), np.bool_)
    laid_rows, laid_columns = base.orientation.shape(image.rows, image.columns)
    row_step, column_step = base.laid_steps
    down_px = _spans(inside.shape[0], laid_rows, row_step.scale) + base.row0_px
    away_px = _spans(inside.shape[1], laid_columns, column_step.scale) + base.column0_px
    if view.prepared.chest_wall_right:
        away_px = view.frame.columns_px - away_px[:, ::-1]
    return _Breast(inside, down_px, away_px)


def _spans(cells: int, laid_pixels: int, scale: float) -> _Spans:
    """The screen pixels, from the image's edge, that show any part of the stored pixels of each cell along one axis."""
    numbers = np.arange(cells)
    first, end = numbers * laid_pixels // cells, -(-(numbers + 1) * laid_pixels // cells)
    return np.stack([np.floor(first * scale), np.ceil(end * scale)], axis=1).astype(np.int64)


def _meeting(spans_px: _Spans, first_px: int, end_px: int) -> NDArray[np.bool_]:
    """Which of the spans have a pixel in common with this one; bool (n,)."""
    return np.asarray((spans_px[:, 0] < end_px) & (spans_px[:, 1] > first_px), np.bool_)


def _ends(spans_px: Sequence[_Spans]) -> tuple[int, int]:
    """The first and the end pixel of them all."""
    return min(int(spans[:, 0].min()) for spans in spans_px), max(int(spans[:, 1].max()) for spans in spans_px)


def _base(views: Sequence[FixedView], px_per_mm: float, zoom: float) -> ViewState:
    """A state within half a pixel of `ViewState(zoom)` from which steps of whole pixels move the images by just these.

    `place` rounds to whole pixels: where an image lies near a half, a step could move it by one more or less. Each axis
    of each of two views lies so for one of the five states at the most.
    """
    mm_per_px = 1 / (px_per_mm * zoom)
    near = (ViewState(zoom, part * mm_per_px, part * mm_per_px) for part in (0.0, 0.2, -0.2, 0.4, -0.4))
    return next(state for state in near if all(_is_steady(view, px_per_mm, state, mm_per_px / 16) for view in views))


def _is_steady(view: FixedView, px_per_mm: float, state: ViewState, by_mm: float) -> bool:
    """Whether the image stays on its pixels when it is moved by so little."""
    return view.placed(px_per_mm, state.moved(by_mm, by_mm)) == view.placed(px_per_mm, state.moved(-by_mm, -by_mm))
