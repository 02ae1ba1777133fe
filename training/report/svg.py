"""Owns the drawing of curves as inline SVG: no library, no script, colours from the page, so that dark follows.

A module of our own in place of a plotting library: four kinds of line are needed, and what is inline takes the page's
colours and letters.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

import numpy as np

WIDTH, HEIGHT = 344, 310
_LEFT, _RIGHT, _TOP, _BOTTOM = 54, 10, 12, 42


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One curve. `colour`: 1 to 4, the page's; `band`: lower and upper edge over the same x; `dots`: radius in px of a
    mark at each point, 0 for none; `joined` False: no line between the points."""

    name: str
    x: Sequence[float]
    y: Sequence[float]
    colour: int = 1
    dashed: bool = False
    dots: Sequence[float] | float = 0.0
    band: tuple[Sequence[float], Sequence[float]] | None = None
    joined: bool = True


def chart(
    lines: Sequence[Line],
    *,
    title: str,
    x_label: str,
    y_label: str,
    x_range: tuple[float, float] = (0.0, 1.0),
    y_range: tuple[float, float] = (0.0, 1.0),
    whole_x: bool = False,
) -> str:
    """An SVG element of WIDTH x HEIGHT px with axes, grid, curves and their names. `title` is what a screen reader
    says; `whole_x`: only whole numbers along x."""
    to_x, to_y = _scale(x_range, _LEFT, WIDTH - _RIGHT), _scale(y_range, HEIGHT - _BOTTOM, _TOP)
    parts = [
        f'<svg viewBox="0 0 {WIDTH} {HEIGHT}" width="{WIDTH}" height="{HEIGHT}" role="img" '
        f'aria-label="{escape(title)}"><title>{escape(title)}</title>'
    ]
    for value in (tick for tick in _ticks(*x_range) if not whole_x or tick == round(tick)):
        place = to_x(value)
        parts.append(f'<path class="grid" d="M{place:.1f} {_TOP}V{HEIGHT - _BOTTOM}"/>')
        parts.append(f'<text x="{place:.1f}" y="{HEIGHT - _BOTTOM + 15}" text-anchor="middle">{value:g}</text>')
    for value in _ticks(*y_range):
        place = to_y(value)
        parts.append(f'<path class="grid" d="M{_LEFT} {place:.1f}H{WIDTH - _RIGHT}"/>')
        parts.append(f'<text x="{_LEFT - 6}" y="{place + 4:.1f}" text-anchor="end">{value:g}</text>')
    for line in lines:
        parts += _drawn(line, to_x, to_y)
    parts.append(f'<rect class="frame" x="{_LEFT}" y="{_TOP}" width="{WIDTH - _LEFT - _RIGHT}"')
    parts.append(f' height="{HEIGHT - _TOP - _BOTTOM}"/>')
    middle = (_LEFT + WIDTH - _RIGHT) / 2
    parts.append(f'<text x="{middle}" y="{HEIGHT - 8}" text-anchor="middle">{escape(x_label)}</text>')
    across = (_TOP + HEIGHT - _BOTTOM) / 2
    parts.append(
        f'<text x="9" y="{across}" text-anchor="middle" transform="rotate(-90 9 {across})">{escape(y_label)}</text>'
    )
    parts.append("</svg>")
    named = [line for line in lines if line.name]
    key = "".join(
        f'<span class="key"><i class="k{line.colour}{" dashed" if line.dashed else ""}'
        f'{"" if line.joined else " dot"}"></i>{escape(line.name)}</span>'
        for line in named
    )
    return f"<figure>{''.join(parts)}<figcaption><b>{escape(title)}</b><br>{key}</figcaption></figure>"


def _drawn(line: Line, to_x: _Axis, to_y: _Axis) -> list[str]:
    parts = []
    places = [(to_x(x), to_y(y)) for x, y in zip(line.x, line.y, strict=True)]
    if not places:
        return []
    if line.band is not None:
        low, high = ([to_y(y) for y in edge] for edge in line.band)
        along = [to_x(x) for x in line.x]
        around = list(zip(along, high, strict=True)) + list(zip(along, low, strict=True))[::-1]
        parts.append(f'<polygon class="b{line.colour}" points="{_points(around)}"/>')
    if line.joined and len(places) > 1:
        dashed = " dashed" if line.dashed else ""
        parts.append(f'<polyline class="l{line.colour}{dashed}" points="{_points(places)}"/>')
    radii = [float(line.dots)] * len(places) if isinstance(line.dots, (int, float)) else list(line.dots)
    parts += [
        f'<circle class="d{line.colour}" cx="{x:.1f}" cy="{y:.1f}" r="{radius:.1f}"/>'
        for (x, y), radius in zip(places, radii, strict=True)
        if radius > 0
    ]
    return parts


@dataclass(frozen=True, slots=True)
class _Axis:
    """Value -> pixel, held to the frame."""

    low: float
    high: float
    start: float
    end: float

    def __call__(self, value: float) -> float:
        inside = min(max(value, self.low), self.high)
        return self.start + (inside - self.low) / (self.high - self.low) * (self.end - self.start)


def _scale(span: tuple[float, float], start: float, end: float) -> _Axis:
    low, high = span
    return _Axis(low, high if high > low else low + 1.0, start, end)


def _points(places: Sequence[tuple[float, float]]) -> str:
    return " ".join(f"{x:.1f},{y:.1f}" for x, y in places)


def _ticks(low: float, high: float) -> list[float]:
    """About five round numbers between `low` and `high`."""
    span = high - low if high > low else 1.0
    rough = span / 5
    power = 10 ** np.floor(np.log10(rough))
    step = float(power * min((1, 2, 5, 10), key=lambda factor: abs(factor * power - rough)))
    first = np.ceil(low / step - 1e-9) * step
    return [round(float(value), 10) + 0.0 for value in np.arange(first, high + step * 1e-6, step)]


def thinned(x: Sequence[float], y: Sequence[float], *, most: int = 400) -> tuple[list[float], list[float]]:
    """At most `most` of the points, ends kept: what the eye can tell apart."""
    count = len(x)
    chosen = np.unique(np.linspace(0, max(0, count - 1), min(count, most)).round().astype(np.int64)).tolist()
    return [float(x[index]) for index in chosen], [float(y[index]) for index in chosen]
