"""Owns marks as the graphics and texts of a presentation state (PS3.3 C.10.5). Measures nothing and decides no looks.

Positions are those of the image as stored, whatever way it is shown: in PIXEL units the outer corner of the first pixel
is 0\\0 (PS3.3 C.10.5.1.2), so that the centre of a pixel lies half a unit behind its number.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from highdicom.pr import GraphicObject, TextObject
from numpy.typing import NDArray

from mammoview.core.annotate import CornerTexts
from mammoview.core.geometry import GridTransform, Orientation
from mammoview.core.mark_drawing import Drawable
from mammoview.core.marks import Mark, MarkKind
from mammoview.dicom.objects.uids import mark_uid

_CIRCLE_POINTS = 72
_LINE_PART = 0.03
_MOST_LETTERS = 1024

Points = NDArray[np.float64]
"""Stored positions (n, 2), row and column, at pixel centres."""


@dataclass(frozen=True, slots=True)
class Grid:
    """The image on which marks lie: its stored size, and how it is laid where it is shown."""

    rows: int
    columns: int
    orientation: Orientation

    @property
    def letter_px(self) -> int:
        """The height of small letters on a picture at native resolution, by which heads and circles grow."""
        return max(13, self.orientation.shape(self.rows, self.columns)[0] // 95)

    def laid(self) -> GridTransform:
        """Stored position -> laid position."""
        return self.orientation.transform(self.rows, self.columns)


def mark_graphics(drawable: Drawable, grid: Grid) -> tuple[list[GraphicObject], list[TextObject]]:
    """One mark with what stands beside it. Of a mark that reaches beyond the image the part outside lies on its rim, as
    PIXEL units end there."""
    mark = drawable.mark
    uid = mark_uid(mark.id)
    graphics = [
        GraphicObject(kind, _in_pixel_units(points, grid), "PIXEL", tracking_id=str(mark.kind), tracking_uid=uid)
        for kind, points in _shapes(mark, grid)
    ]
    words = "\r\n".join(_words(drawable))
    if not words:
        return graphics, []
    anchor = _in_pixel_units(_anchor(mark, grid)[None, :], grid)[0]
    text = TextObject(
        words[:_MOST_LETTERS],
        "PIXEL",
        anchor_point=(float(anchor[0]), float(anchor[1])),
        anchor_point_visible=False,
        tracking_id=str(mark.kind),
        tracking_uid=uid,
    )
    return graphics, [text]


def corner_objects(texts: CornerTexts, *, outer_left: bool) -> list[TextObject]:
    """The corner texts in parts of the displayed area, on the side away from the chest wall: side and view with what
    stands under them at the top, the rest at the bottom."""
    below = [*texts.cautions, *texts.bottom]
    heads = [text for text in (texts.side_view, *texts.top) if text]
    rows = [0.01 + number * _LINE_PART for number in range(len(heads))]
    rows += [0.99 - (len(below) - number) * _LINE_PART for number in range(len(below))]
    return [
        TextObject(
            _plain(text),
            "DISPLAY",
            bounding_box=(0.01 if outer_left else 0.5, row, 0.5 if outer_left else 0.99, row + _LINE_PART),
            text_justification="LEFT" if outer_left else "RIGHT",
        )
        for text, row in zip((*heads, *below), rows, strict=True)
        if 0 <= row <= 1 - _LINE_PART
    ]


def ellipse_axes(mark: Mark) -> Points:
    """The ends of the longer axis and then of the shorter one, as GSPS and SR want them (4, 2): row and column."""
    row0, column0, row1, column1 = mark.bounds()
    row, column = (row0 + row1) / 2, (column0 + column1) / 2
    down, across = [[row0, column], [row1, column]], [[row, column0], [row, column1]]
    return np.array(down + across if row1 - row0 >= column1 - column0 else across + down, np.float64)


def image_units(points: Points) -> Points:
    """Stored positions (row, column) as (column, row) counted from the outer corner of the first pixel, which is what
    PIXEL units and the 2D coordinates of SR (PS3.3 C.18.6.1.1) are."""
    return np.asarray(points[:, ::-1] + 0.5, np.float64)


def _in_pixel_units(points: Points, grid: Grid) -> Points:
    return np.asarray(np.clip(image_units(points), 0, (grid.columns, grid.rows)), np.float64)


def _shapes(mark: Mark, grid: Grid) -> list[tuple[str, Points]]:
    """(graphic type, its points) of what is drawn of a mark."""
    points, size_px = np.array(mark.points, np.float64), grid.letter_px
    if mark.kind is MarkKind.TEXT:
        return []
    if mark.kind is MarkKind.ELLIPSE:
        return _ellipse(mark, grid)
    if mark.outlined:
        return [("POLYLINE", np.concatenate([points, points[:1]]))]
    if mark.kind is MarkKind.ARROW:
        return [("POLYLINE", points), ("POLYLINE", _arrow_head(points, size_px))]
    if mark.kind in (MarkKind.FINDING, MarkKind.NIPPLE):
        radius = size_px * (0.9 if mark.kind is MarkKind.FINDING else 0.5)
        return _circle(points, radius, grid)
    return [("POLYLINE", points)]


def _circle(points: Points, radius: float, grid: Grid) -> list[tuple[str, Points]]:
    """A circle about one point, its second point the one on the rim that lies towards the image's middle."""
    towards = radius if points[0, 1] < grid.columns / 2 else -radius
    return [("CIRCLE", np.concatenate([points, points + np.array([0.0, towards])]))]


def _ellipse(mark: Mark, grid: Grid) -> list[tuple[str, Points]]:
    row0, column0, row1, column1 = mark.bounds()
    if row0 == row1 or column0 == column1:
        return [("POLYLINE", np.array(mark.points, np.float64))]
    if min(row0, column0) >= -0.5 and row1 <= grid.rows - 0.5 and column1 <= grid.columns - 0.5:
        return [("ELLIPSE", ellipse_axes(mark))]
    turn = np.linspace(0, 2 * math.pi, _CIRCLE_POINTS + 1)
    middle, half = np.array([row0 + row1, column0 + column1]) / 2, np.array([row1 - row0, column1 - column0]) / 2
    return [("POLYLINE", np.asarray(middle + half * np.stack([np.sin(turn), np.cos(turn)], axis=1), np.float64))]


def _arrow_head(points: Points, size_px: int) -> Points:
    along = points[1] - points[0]
    size = float(np.hypot(*along))
    down, across = along / size if size else (0.0, 1.0)
    back, beside = np.array([down, across]) * (-0.7 * size_px), np.array([-across, down]) * (0.32 * size_px)
    return np.stack([points[1] + back + beside, points[1], points[1] + back - beside])


def _anchor(mark: Mark, grid: Grid) -> Points:
    """Half a letter to the right, as it is shown, of the mark's rightmost point: a stored position (2,)."""
    corners = ellipse_axes(mark) if mark.kind is MarkKind.ELLIPSE else np.array(mark.points, np.float64)
    to_laid = grid.laid()
    laid = [to_laid(float(row), float(column)) for row, column in corners]
    row, column = max(laid, key=lambda at: at[1])
    aside = 0.0 if mark.kind is MarkKind.TEXT else grid.letter_px * (1.4 if len(mark.points) == 1 else 0.5)
    return np.array(to_laid.inverse()(row, column + aside))


def _words(drawable: Drawable) -> Sequence[str]:
    """What stands beside a mark, line by line: its number and finding, its note, its measurements."""
    mark = drawable.mark
    head = "" if drawable.number is None else str(drawable.number)
    if mark.finding is not None:
        head = f"{head}  {mark.finding.short()}".strip()
    if mark.kind is MarkKind.NIPPLE:
        head = "nipple"
    return [_plain(text) for text in (head, mark.text, *drawable.lines) if text.strip()]


def _plain(text: str) -> str:
    """Without the backslash, which parts values."""
    return text.replace("\\", "/")
