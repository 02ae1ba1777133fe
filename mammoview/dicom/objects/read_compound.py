"""Owns the compound graphics of presentation states (PS3.3 C.10.5.1.3) as simple ones, on a plane of square units with
x to the right and y down. Never knows of images.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from mammoview.core.overlaid import GraphicForm
from mammoview.dicom.elements import Elements

_FAR = 20_000.0
"""How far a line goes on that has no ends: beyond any image, in pixels."""

_CORNERS = 72
_TICK, _CUT_ARROW = 0.025, 0.12
"""The length of a tick and of an arrow at a cut line, as parts of the line."""

_MOST_TICKS = 200
_PREFERS_SIMPLE = frozenset({"RANGELINE", "ARROW"})

Points = NDArray[np.float64]
"""(n, 2), x and y."""


@dataclass(frozen=True, slots=True, eq=False)
class Part:
    """One simple graphic, and what stands beside it."""

    form: GraphicForm
    points: Points
    label: str = ""


def keeps_its_simple_form(kind: str) -> bool:
    """Whether the simple graphics that stand for a compound one (C.10.5.1.3.1) are nearer to what its maker drew than
    what the standard says of its kind.
    """
    return kind in _PREFERS_SIMPLE or kind not in _KINDS


def parts_of(item: Elements, points: Points, *, pixels_per_display: float) -> list[Part]:
    """A compound graphic with these points, turned as it says; none where its kind or its points are not understood.

    `pixels_per_display`: how many of the points' units a DISPLAY unit has along x.
    """
    make = _KINDS.get(item.code("CompoundGraphicType"))
    if make is None or not np.isfinite(points).all():
        return []
    centre = _pairs(item.numbers("RotationPoint"))
    middle = centre[0] if len(centre) == 1 else points.mean(axis=0)
    made = make(item, points, middle, pixels_per_display)
    turn = np.radians((item.number("RotationAngle") or 0.0) % 360)
    if not turn:
        return made
    matrix = np.array([[np.cos(turn), np.sin(turn)], [-np.sin(turn), np.cos(turn)]])  # counterclockwise, y down
    return [Part(one.form, middle + (one.points - middle) @ matrix.T, one.label) for one in made]


def _pairs(numbers: Sequence[float]) -> Points:
    return np.array(numbers, np.float64).reshape(-1, 2) if len(numbers) % 2 == 0 else np.empty((0, 2))


def _line(*points: Points) -> Part:
    return Part(GraphicForm.LINE, np.stack(points))


def _lines(_item: Elements, points: Points, _middle: Points, _per_display: float) -> list[Part]:
    """C.10.5.1.3.5: a line from each odd point to the next."""
    if not len(points) or len(points) % 2:
        return []
    return [_line(first, second) for first, second in zip(points[::2], points[1::2], strict=True)]


def _direction(points: Points) -> Points | None:
    along = points[1] - points[0] if len(points) == 2 else np.zeros(2)
    length = float(np.hypot(*along))
    return along / length if length > 0 else None


def _endless(item: Elements, points: Points, middle: Points, per_display: float) -> list[Part]:
    """C.10.5.1.3.6: to the borders of the view, broken within Gap Length about the middle of the turn."""
    along = _direction(points)
    if along is None:
        return []
    first, last = points[0] - _FAR * along, points[1] + _FAR * along
    gap = (item.number("GapLength") or 0.0) * per_display / 2
    beside = points[0] + ((middle - points[0]) @ along) * along
    half = gap**2 - float(((middle - beside) ** 2).sum())
    if gap <= 0 or half <= 0:
        return [_line(first, last)]
    reach = half**0.5 * along
    return [_line(first, beside - reach), _line(beside + reach, last)]


def _cut(item: Elements, points: Points, middle: Points, per_display: float) -> list[Part]:
    """C.10.5.1.3.6: an endless line with two arrows that point at the middle of each half, from its right."""
    made = _endless(item, points, middle, per_display)
    if not made:
        return []
    along = points[1] - points[0]
    right = np.array([-along[1], along[0]]) * _CUT_ARROW
    tips = [points[0] + share * along for share in (0.25, 0.75)]
    return [*made, *(Part(GraphicForm.ARROW, np.stack([tip + right, tip])) for tip in tips)]


def _measured(item: Elements, points: Points, _middle: Points, _per_display: float) -> list[Part]:
    """C.10.5.1.3.8 and .9: a line with ticks, on the side and with the labels that it says."""
    if _direction(points) is None:
        return []
    along = points[1] - points[0]
    below = np.array([-along[1], along[0]]) * _TICK
    ends = {"BOTTOM": (0.0, 1.0), "TOP": (-1.0, 0.0)}.get(item.code("TickAlignment"), (-0.5, 0.5))
    shown = item.code("ShowTickLabel") == "Y"
    ticks = [
        (position, tick.text("TickLabel") if shown else "")
        for tick in item.items("MajorTicksSequence")[:_MOST_TICKS]
        if (position := tick.number("TickPosition")) is not None and 0 <= position <= 1
    ]
    made = [_line(points[0], points[1])]
    for position, label in ticks or [(0.0, ""), (1.0, "")]:
        at = points[0] + position * along
        made.append(Part(GraphicForm.LINE, np.stack([at + end * below for end in ends]), label))
    return made


def _crosshair(item: Elements, points: Points, _middle: Points, per_display: float) -> list[Part]:
    """C.10.5.1.3.10: two lines about one point, within Diameter of Visibility and outside of Gap Length."""
    if len(points) != 1:
        return []
    reach = (item.number("DiameterOfVisibility") or 0.0) * per_display / 2 or _FAR
    gap = (item.number("GapLength") or 0.0) * per_display / 2
    if not 0 <= gap < reach:
        return []
    ways = np.array([[1.0, 0.0], [-1.0, 0.0], [0.0, 1.0], [0.0, -1.0]])
    return [_line(points[0] + gap * way, points[0] + reach * way) for way in ways]


def _arrow(_item: Elements, points: Points, _middle: Points, _per_display: float) -> list[Part]:
    return [] if _direction(points) is None else [Part(GraphicForm.ARROW, points)]


def _rectangle(_item: Elements, points: Points, _middle: Points, _per_display: float) -> list[Part]:
    """C.10.5.1.3.4: from the corner at the top left to the one at the bottom right."""
    if len(points) != 2:
        return []
    (x0, y0), (x1, y1) = points
    return [Part(GraphicForm.OUTLINE, np.array([[x0, y0], [x1, y0], [x1, y1], [x0, y1]]))]


def _ellipse(_item: Elements, points: Points, _middle: Points, _per_display: float) -> list[Part]:
    """C.10.5.1.3.3: in the rectangle between two corners."""
    if len(points) != 2:
        return []
    centre, half = points.mean(axis=0), np.abs(points[1] - points[0]) / 2
    turns = np.arange(_CORNERS) * (2 * np.pi / _CORNERS)
    return [Part(GraphicForm.OUTLINE, centre + half * np.stack([np.cos(turns), np.sin(turns)], axis=1))]


_KINDS: dict[str, Callable[[Elements, Points, Points, float], list[Part]]] = {
    "MULTILINE": _lines,
    "RANGELINE": _lines,
    "INFINITELINE": _endless,
    "CUTLINE": _cut,
    "RULER": _measured,
    "AXIS": _measured,
    "CROSSHAIR": _crosshair,
    "ARROW": _arrow,
    "RECTANGLE": _rectangle,
    "ELLIPSE": _ellipse,
}
