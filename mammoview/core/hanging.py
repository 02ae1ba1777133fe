"""Owns which image hangs in which slot and at what scale. Never draws and never decodes.

RCC | LCC over RMLO | LMLO, chest walls meeting in the middle, all views of a hang at the same millimetres per screen
pixel.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

import numpy as np

from mammoview.core.geometry import GridTransform, Spacing
from mammoview.core.prepared import PreparedImage
from mammoview.core.pyramid import scale_step
from mammoview.core.study import ImageHeader, Laterality, View, ViewModifier
from mammoview.core.view_state import Placement, ViewState

_LARGEST_FIT = 8.0
"""Screen pixels per stored pixel that fitting does not exceed."""

_ROWS_PART, _COLUMNS_PART = 0.94, 0.90
"""The part of a viewport that the largest breast takes."""


class Slot(StrEnum):
    """A place in the four-view hang, row by row."""

    RCC = "RCC"
    LCC = "LCC"
    RMLO = "RMLO"
    LMLO = "LMLO"


_PLACES = {
    (Laterality.RIGHT, View.CC): Slot.RCC,
    (Laterality.LEFT, View.CC): Slot.LCC,
    (Laterality.RIGHT, View.MLO): Slot.RMLO,
    (Laterality.LEFT, View.MLO): Slot.LMLO,
}


_ADDITIONAL = frozenset(
    {
        ViewModifier.SPOT,
        ViewModifier.MAGNIFICATION,
        ViewModifier.CLEAVAGE,
        ViewModifier.AXILLARY_TAIL,
        ViewModifier.AXILLARY_TISSUE,
        ViewModifier.TANGENTIAL,
    }
)
"""Modifiers of a view that shows a part of the breast, and takes no place of the whole."""

_SECONDARY_CAPTURE = "1.2.840.10008.5.1.4.1.1.7"


@dataclass(frozen=True, slots=True)
class Hanging:
    """`slots` holds the filled places only; `extra` are the images that found no place, never dropped."""

    slots: Mapping[Slot, ImageHeader]
    extra: tuple[ImageHeader, ...]

    @property
    def shown(self) -> tuple[ImageHeader, ...]:
        """The hung images, row by row."""
        return tuple(self.slots[slot] for slot in Slot if slot in self.slots)


def _rank(header: ImageHeader) -> tuple[bool, bool, bool, bool, bool, int, str]:
    """Sorts the best image of a place first: usable, plain view, for presentation, single frame, largest; then by
    key."""
    return (
        bool(header.refused),
        bool(header.view_modifiers),
        header.partial_view,
        header.presentation_intent == "FOR PROCESSING",
        header.frames > 1,
        -header.rows * header.columns,
        header.key,
    )


def hang(images: Iterable[ImageHeader]) -> Hanging:
    """Hang a study's images; the order in which they come does not matter.

    Each coded side and view takes its place. An image whose side or view is unknown takes a free place (its label says
    that it is unknown); further images of a taken place, other views and pictures that mammoview made of a view
    (Secondary Captures that came back from an archive) stay in `extra`.
    """
    ranked = sorted(images, key=_rank)
    slots: dict[Slot, ImageHeader] = {}
    rest: list[ImageHeader] = []
    for header in ranked:
        apart = _made_here(header) or bool(_ADDITIONAL & set(header.view_modifiers))
        place = None if apart else _PLACES.get((header.laterality, header.view))
        if place is not None and place not in slots:
            slots[place] = header
        else:
            rest.append(header)
    extra: list[ImageHeader] = []
    for header in rest:
        vague = header.laterality is Laterality.UNKNOWN or header.view is View.UNKNOWN
        vague = vague and not _made_here(header) and not _ADDITIONAL & set(header.view_modifiers)
        free = [slot for slot in _preferred(header) if slot not in slots]
        if vague and free:
            slots[free[0]] = header
        else:
            extra.append(header)
    return Hanging({slot: slots[slot] for slot in Slot if slot in slots}, tuple(extra))


def _made_here(header: ImageHeader) -> bool:
    return header.manufacturer == "mammoview" and header.sop_class_uid == _SECONDARY_CAPTURE


def _preferred(header: ImageHeader) -> tuple[Slot, ...]:
    """The places that do not contradict what is known of the image."""
    return tuple(
        slot
        for (side, view), slot in _PLACES.items()
        if header.laterality in (Laterality.UNKNOWN, side) and header.view in (View.UNKNOWN, view)
    )


@dataclass(frozen=True, slots=True)
class Frame:
    """One viewport: its size in device pixels."""

    rows_px: int
    columns_px: int


def hang_spacing(images: Sequence[PreparedImage]) -> dict[str, Spacing]:
    """For each image (by key) the spacing at which it hangs: its own, else one that makes it as tall as the others,
    with pixels of the shape that its file tells.
    """
    known = [prepared for prepared in images if prepared.image.spacing is not None]
    heights = sorted(prepared.image.rows * _own(prepared).row_mm for prepared in known)
    result: dict[str, Spacing] = {}
    for prepared in images:
        if prepared.image.spacing is not None:
            result[prepared.image.key] = prepared.image.spacing
        else:
            step = heights[len(heights) // 2] / prepared.image.rows if heights else 0.1
            result[prepared.image.key] = Spacing(step, step / prepared.header.pixel_aspect, "assumed")
    return result


def _own(prepared: PreparedImage) -> Spacing:
    return prepared.image.spacing or Spacing(0.1, 0.1, "assumed")


def _laid_mm(prepared: PreparedImage, spacing: Spacing) -> tuple[float, float]:
    """Millimetres per laid pixel: (along rows, along columns)."""
    if prepared.laying.orientation.transpose:
        return spacing.column_mm, spacing.row_mm
    return spacing.row_mm, spacing.column_mm


def fit_scale(images: Sequence[PreparedImage], frames: Sequence[Frame]) -> float:
    """Screen pixels per millimetre at which every breast of the hang fits its viewport; one number for all."""
    spacings = hang_spacing(images)
    scales = []
    for prepared, frame in zip(images, frames, strict=True):
        row_mm, column_mm = _laid_mm(prepared, spacings[prepared.image.key])
        box = prepared.laid_box
        rows_mm = max(box.rows, 0.5 * prepared_rows(prepared)) * row_mm
        columns_mm = max(box.columns, 1) * column_mm
        most = _LARGEST_FIT / max(row_mm, column_mm)  # a thumbnail is not blown up to a viewport
        scales.append(min(_ROWS_PART * frame.rows_px / rows_mm, _COLUMNS_PART * frame.columns_px / columns_mm, most))
    return min(scales, default=1.0)


def native_scale(images: Sequence[PreparedImage]) -> float:
    """Screen pixels per millimetre of the hang at which no pixel of any image is shrunk: one for the finest pixel."""
    return 1 / min(step for spacing in hang_spacing(images).values() for step in (spacing.row_mm, spacing.column_mm))


def native_frame(images: Sequence[PreparedImage], px_per_mm: float) -> Frame:
    """A viewport that holds each of the whole images at this scale, with the margins of `fit_scale`."""
    spacings = hang_spacing(images)
    sizes = []
    for prepared in images:
        row_mm, column_mm = _laid_mm(prepared, spacings[prepared.image.key])
        rows, columns = prepared.laying.orientation.shape(prepared.image.rows, prepared.image.columns)
        sizes.append((rows * row_mm * px_per_mm / _ROWS_PART, columns * column_mm * px_per_mm / _COLUMNS_PART))
    return Frame(*(max(1, math.ceil(max(along) - 1e-6)) for along in zip(*sizes, strict=True)))


def prepared_rows(prepared: PreparedImage) -> int:
    """Rows of the laid image, in stored pixels."""
    return prepared.laying.orientation.shape(prepared.image.rows, prepared.image.columns)[0]


def place(
    prepared: PreparedImage,
    frame: Frame,
    *,
    px_per_mm: float,
    spacing: Spacing,
    state: ViewState,
    meet: bool = True,
    half_px: float | None = None,
) -> Placement:
    """Where an image lies in its viewport.

    At zoom 1 the breast's chest-wall edge meets the viewport's inner side (`meet`; else the breast is centred) and its
    middle is at mid height. A change of `state.zoom` alone holds what is `half_px` from that side, by default the
    middle of the viewport (else the middle of the breast): where it is the same for both views of a pair, these are
    mirror images in viewports of any width. Raises nothing; an image may lie outside the viewport after panning.
    """
    row_mm, column_mm = _laid_mm(prepared, spacing)
    scale = px_per_mm * state.zoom
    transpose = prepared.laying.orientation.transpose
    levels = len(prepared.pyramid.levels)
    along_rows = scale_step(scale * row_mm, levels)
    along_columns = scale_step(scale * column_mm, levels)
    row_step, column_step = (along_columns, along_rows) if transpose else (along_rows, along_columns)
    bare = Placement(
        prepared.image.rows, prepared.image.columns, prepared.laying.orientation, row_step, column_step, 0, 0
    )
    box = prepared.laid_box
    looked_row = (box.row0 + box.rows / 2) * along_rows.scale + state.down_mm * scale
    row0_px = round(frame.rows_px / 2 - looked_row)
    away_px = state.away_mm * scale
    if not meet:
        middle = (box.column0 + box.columns / 2) * along_columns.scale
        looked_column = middle - away_px if prepared.chest_wall_right else middle + away_px
        return bare.moved_to(row0_px, round(frame.columns_px / 2 - looked_column))
    beyond_px = (frame.columns_px / 2 if half_px is None else half_px) * (state.zoom - 1) + away_px
    if not prepared.chest_wall_right:
        return bare.moved_to(row0_px, -_whole(box.column0 * along_columns.scale + beyond_px))
    laid_columns = prepared.laying.orientation.shape(prepared.image.rows, prepared.image.columns)[1]
    wall_px = bare.size_px[1] if box.column1 >= laid_columns else box.column1 * along_columns.scale
    return bare.moved_to(row0_px, frame.columns_px + _whole(beyond_px - wall_px))


def _whole(pixels: float) -> int:
    """The nearest whole number, of two the upper one: a step of whole pixels is one here too."""
    return math.floor(pixels + 0.5)


def room_beside(prepared: PreparedImage, placement: Placement, frame: Frame, rows_px: int) -> int:
    """How many columns at the outer side of a viewport the breast leaves free in its first `rows_px` rows."""
    inside = np.asarray(placement.orientation.apply(prepared.region.mask), np.bool_)
    cell_rows, cell_columns = (size / cells for size, cells in zip(placement.size_px, inside.shape, strict=True))
    first, end = (math.floor((row - placement.row0_px) / cell_rows) for row in (0, rows_px))
    columns = np.flatnonzero(inside[max(0, first) : max(0, end + 1)].any(axis=0))
    if not prepared.region.found or not columns.size:
        return frame.columns_px
    near, far = (placement.column0_px + edge * cell_columns for edge in (int(columns[0]), int(columns[-1]) + 1))
    room_px: int = math.floor(near if prepared.chest_wall_right else frame.columns_px - far)
    return min(frame.columns_px, max(0, room_px))


def millimetres_per_px(placement: Placement, spacing: Spacing) -> tuple[float, float]:
    """Millimetres per screen pixel, (along screen rows, along screen columns)."""
    rows, columns = spacing.row_mm / placement.row_step.scale, spacing.column_mm / placement.column_step.scale
    return (columns, rows) if placement.orientation.transpose else (rows, columns)


def stored_at(placement: Placement, row_px: float, column_px: float) -> tuple[float, float]:
    """The stored position under a screen position."""
    inverse: GridTransform = placement.screen_from_stored().inverse()
    return inverse(row_px, column_px)
