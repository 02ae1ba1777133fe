"""Owns what is written and drawn over a view: corner texts, legend, scale bar. Never decides about identity: the caller
hands over the lines that may be shown.

A canvas is uint8 (rows, columns, 4): blue, green, red and a byte without meaning.
Everything stands on the side away from the chest wall, near the axilla (21 CFR 900.12(c)(5); IHE Mammography Image).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import cv2
import numpy as np
from numpy.typing import NDArray

from mammoview.core.heat import color_table
from mammoview.core.lettering import Color, Lettering

TEXT: Color = (200, 207, 214)
DIM: Color = (166, 175, 184)
AMBER: Color = (224, 168, 72)
OVERLAY: Color = (150, 205, 200)
_RIM: Color = (10, 12, 14)
_SMALLEST_PX = 9
_COLUMN_LETTERS = 24
_BAR_LENGTHS_MM = (100.0, 50.0, 20.0, 10.0, 5.0, 2.0, 1.0, 0.5)


@dataclass(frozen=True, slots=True)
class CornerTexts:
    """`side_view` ("RMLO") and the lines under it at the top; `bottom` lines, `cautions` (amber) at the bottom.

    What follows two spaces in `side_view` ("RMLO  prior") stands small under it, so that it keeps off the breast.
    `block`: (label, value) lines between them, on a dark plate.
    """

    side_view: str = ""
    top: tuple[str, ...] = ()
    bottom: tuple[str, ...] = ()
    cautions: tuple[str, ...] = ()
    block: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class ScaleBar:
    """`px_per_mm` along the screen's columns; `note` says how the millimetres were calibrated."""

    px_per_mm: float
    note: str


def write(
    canvas: NDArray[np.uint8],
    lettering: Lettering,
    text: str,
    row_px: int,
    column_px: int,
    size_px: int,
    color: Color,
) -> None:
    """Write one line with its top left corner at (row, column), with a dark halo; what lies outside is cut off."""
    ink, keep = lettering.inks(text, size_px, color)
    halo_px = lettering.halo_px(size_px)
    row_px, column_px = row_px - halo_px, column_px - halo_px
    row0, column0 = max(0, row_px), max(0, column_px)
    row1 = min(canvas.shape[0], row_px + ink.shape[0])
    column1 = min(canvas.shape[1], column_px + ink.shape[1])
    if row0 >= row1 or column0 >= column1:
        return
    cut = (slice(row0 - row_px, row1 - row_px), slice(column0 - column_px, column1 - column_px))
    part = canvas[row0:row1, column0:column1]
    cv2.multiply(part, keep[cut], dst=part, scale=1 / 255)
    cv2.add(part, ink[cut], dst=part)


def draw_texts(
    canvas: NDArray[np.uint8],
    lettering: Lettering,
    texts: CornerTexts,
    *,
    size_px: int,
    outer_left: bool,
    block_foot_px: int | None = None,
) -> None:
    """The corner texts on the outer side, in place. `size_px` is the height of small letters' line; the block ends
    above the row `block_foot_px` (None: above the bottom lines).
    """
    margin = round(size_px * 0.8)

    def line(text: str, row_px: int, size: int, color: Color) -> None:
        shown = fitted(lettering, text, size, canvas.shape[1] - 2 * margin)
        width = lettering.masks(shown, size)[0].shape[1]
        write(
            canvas,
            lettering,
            shown,
            row_px,
            margin if outer_left else canvas.shape[1] - margin - width,
            size,
            color,
        )

    row = margin
    side_view, under = _head(texts)
    if side_view:
        line(side_view, row, round(size_px * 1.5), TEXT)
        row += round(size_px * 2.2)
    for text in under:
        line(text, row, size_px, DIM)
        row += round(size_px * 1.45)
    step = round(size_px * 1.45)
    foot = canvas.shape[0] - margin - step * (len(texts.cautions) + len(texts.bottom))
    if texts.block:
        end = min(foot, block_foot_px or foot) - step // 2
        _draw_block(canvas, lettering, texts.block, (row + step // 2, end), size_px, outer_left=outer_left)
    lines = [(text, AMBER) for text in texts.cautions] + [(text, DIM) for text in texts.bottom]
    row = foot
    for text, color in lines:
        line(text, row, size_px, color)
        row += step


def _head(texts: CornerTexts) -> tuple[str, tuple[str, ...]]:
    side_view, _, aside = texts.side_view.partition("  ")
    return side_view, (aside, *texts.top) if aside else texts.top


Plate = tuple[int, int, int, int]
"""A rectangle of a canvas, half-open: first row, first column, last row, last column."""


def text_plates(
    lettering: Lettering,
    texts: CornerTexts,
    shape: tuple[int, ...],
    *,
    size_px: int,
    outer_left: bool,
) -> tuple[Plate, ...]:
    """Where `draw_texts` writes its lines on a canvas of this shape; the block is not among them."""
    margin, step = round(size_px * 0.8), round(size_px * 1.45)
    rows, columns = shape[:2]
    side_view, under = _head(texts)
    lines = [(side_view, margin, round(size_px * 1.5))] if side_view else []
    row = margin + (round(size_px * 2.2) if side_view else 0)
    lines += [(text, row + number * step, size_px) for number, text in enumerate(under)]
    last = (*texts.cautions, *texts.bottom)
    foot = rows - margin - step * len(last)
    lines += [(text, foot + number * step, size_px) for number, text in enumerate(last)]
    plates = []
    for text, row, size in lines:
        shown = fitted(lettering, text, size, columns - 2 * margin)
        width = lettering.masks(shown, size)[0].shape[1] + margin
        plates.append(
            (row, 0 if outer_left else columns - width, row + round(size * 1.4), width if outer_left else columns)
        )
    return tuple(plates)


def _draw_block(
    canvas: NDArray[np.uint8],
    lettering: Lettering,
    block: Sequence[tuple[str, str]],
    rows_px: tuple[int, int],
    size_px: int,
    *,
    outer_left: bool,
) -> None:
    """Labels and values between two rows on a dark plate, from the outer side inwards: as small and in as many columns
    as it takes to show all of them; where even that is too little, the last line counts what is left out.
    """
    top, foot = rows_px
    margin = round(size_px * 0.8)
    small = min(size_px, max(_SMALLEST_PX, int((foot - top) / (len(block) * 1.3 + 0.6))))
    step = round(small * 1.3)
    room = (foot - top - step // 2) // step
    if room <= 0:
        return
    column = margin
    for first in range(0, len(block), room):
        lines = list(block[first : first + room])
        beside = max(lettering.width_px(label, small) for label, _ in lines) + small
        space = canvas.shape[1] - column - margin - small
        left_out = len(block) - first - room
        if left_out > 0 and space < _COLUMN_LETTERS * small * 2:  # no room for another column
            lines[-1] = (f"and {left_out + 1} more", "")
        width = min(
            space, _COLUMN_LETTERS * small, beside + max(lettering.width_px(value, small) for _, value in lines)
        )
        if width < 4 * small:
            return
        left = column if outer_left else canvas.shape[1] - column - small - width
        plate = canvas[top : top + len(lines) * step + step // 2, max(0, left - small // 2) : left + width + small]
        plate[...] = plate // 5
        for number, (label, value) in enumerate(lines):
            row = top + step // 4 + number * step
            write(canvas, lettering, fitted(lettering, label, small, width), row, left, small, DIM)
            shown = fitted(lettering, value, small, max(0, width - beside))
            write(canvas, lettering, shown, row, left + beside, small, TEXT)
        column += width + 2 * small


def fitted(lettering: Lettering, text: str, size_px: int, width_px: int) -> str:
    """`text`, shortened with an ellipsis where it is wider than `width_px`; empty where nothing of it fits."""
    if lettering.width_px(text, size_px) <= width_px:
        return text
    low, high = 0, len(text)
    while low < high:
        middle = (low + high + 1) // 2
        wide = lettering.width_px(text[:middle] + "…", size_px) > width_px
        low, high = (low, middle - 1) if wide else (middle, high)
    return text[:low] + "…" if low else ""


def bar_length_mm(px_per_mm: float, width_px: int) -> float:
    """The longest round length that takes at most a quarter of the width."""
    for length in _BAR_LENGTHS_MM:
        if length * px_per_mm <= width_px / 4:
            return length
    return _BAR_LENGTHS_MM[-1]


def draw_scale_bar(
    canvas: NDArray[np.uint8],
    lettering: Lettering,
    bar: ScaleBar,
    *,
    size_px: int,
    outer_left: bool,
    row_px: int,
) -> None:
    """A horizontal bar with its length and calibration above it, its foot at `row_px`, in place."""
    length_mm = bar_length_mm(bar.px_per_mm, canvas.shape[1])
    length_px = max(2, round(length_mm * bar.px_per_mm))
    margin, thick = round(size_px * 0.8), max(1, round(size_px / 7))
    column = margin if outer_left else canvas.shape[1] - margin - length_px
    if column < 0 or row_px - size_px < 0:
        return
    tick = round(size_px * 0.4)
    ends = (column, column + length_px - thick)
    pieces = [(row_px - thick, column, length_px), *((row_px - tick, end, thick) for end in ends)]
    for grown, color in ((1, _RIM), (0, DIM)):
        for row, at, width in pieces:
            _fill(canvas, row - grown, row_px + grown, at - grown, at + width + grown, color)
    text = f"{length_mm:g} mm  {bar.note}"
    width = lettering.masks(text, size_px)[0].shape[1]
    at = margin if outer_left else canvas.shape[1] - margin - width
    write(canvas, lettering, text, row_px - tick - round(size_px * 1.4), at, size_px, DIM)


def _fill(canvas: NDArray[np.uint8], row0: int, row1: int, column0: int, column1: int, color: Color) -> None:
    canvas[max(0, row0) : max(0, row1), max(0, column0) : max(0, column1), :3] = color[::-1]


@lru_cache(maxsize=32)
def _color_bar(color_map: str, threshold: float, opacity: float, width_px: int, height_px: int) -> NDArray[np.uint8]:
    """The framed colour bar, as on a canvas."""
    values = np.linspace(0, 1, width_px)
    colors = color_table(color_map)[(values * 255 + 0.5).astype(np.uint8)].astype(np.float32) * opacity
    colors[values < threshold] = 0
    bar = np.zeros((height_px, width_px, 4), np.uint8)
    bar[..., 2::-1] = np.round(colors).astype(np.uint8)
    for rim in (bar[0], bar[-1], bar[:, 0], bar[:, -1]):
        rim[:, :3] = DIM[::-1]
    return bar


def draw_legend(
    canvas: NDArray[np.uint8],
    lettering: Lettering,
    *,
    color_map: str,
    threshold: float,
    opacity: float,
    lines: Sequence[str],
    size_px: int,
    outer_left: bool,
    row_px: int,
) -> int:
    """The colour bar of the heat map, its ends and `lines` under it, in place; returns the row under it.

    The part of the bar below `threshold` is empty, as it is in the picture.
    """
    margin, height = round(size_px * 0.8), round(size_px * 0.9)
    width = min(size_px * 11, canvas.shape[1] - 2 * margin)
    if width < 8 or row_px < 0 or row_px + height * 3 > canvas.shape[0]:
        return row_px
    column = margin if outer_left else canvas.shape[1] - margin - width
    bar = _color_bar(color_map, threshold, opacity, width, height)
    canvas[row_px : row_px + height, column : column + width] = bar
    row = row_px + height + round(size_px * 0.15)
    write(canvas, lettering, "0 none", row, column, size_px, DIM)
    strongest = "1 strongest"
    write(
        canvas,
        lettering,
        strongest,
        row,
        column + width - lettering.masks(strongest, size_px)[0].shape[1],
        size_px,
        DIM,
    )
    row += round(size_px * 1.45)
    for text in lines:
        shown = fitted(lettering, text, size_px, canvas.shape[1] - 2 * margin)
        text_width = lettering.masks(shown, size_px)[0].shape[1]
        at = margin if outer_left else canvas.shape[1] - margin - text_width
        write(canvas, lettering, shown, row, at, size_px, DIM)
        row += round(size_px * 1.45)
    return row
