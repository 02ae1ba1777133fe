"""Owns the drawing of figures with their intervals, one line each, as inline SVG in the page's colours."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

_WIDTH, _LEFT, _RIGHT, _TOP, _LINE, _BOTTOM = 640, 190, 16, 8, 22, 40
_MOST_LEFT, _LETTER = 340, 6.2
"""The widest margin for names, and the mean width of a letter, in px."""

_AXIS = (0.0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1.0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Interval:
    """`value` between `low` and `high`, which are the value itself where no interval is known. `colour`: 1 to 4."""

    name: str
    value: float
    low: float
    high: float
    colour: int = 1


def forest(lines: Sequence[Interval], *, title: str, x_label: str, marks: Sequence[tuple[str, float, int]] = ()) -> str:
    """An SVG element with one line for each interval over a part of 0..1, from the top down; `marks`: name, value and
    colour of upright lines that run through all. Nothing where there are no lines."""
    if not lines:
        return ""
    edges = [edge for line in lines for edge in (line.low, line.high)] + [value for _, value, _ in marks]
    low = max((tick for tick in _AXIS if tick <= min(edges)), default=0.0)
    high = min((tick for tick in _AXIS if tick >= max(edges)), default=1.0)
    high = high if high > low else low + 0.1
    bottom = _TOP + _LINE * len(lines)
    left = min(max(_LEFT, round(_LETTER * max(len(line.name) for line in lines)) + 16), _MOST_LEFT)
    height = bottom + _BOTTOM

    def across(value: float) -> float:
        return left + (value - low) / (high - low) * (_WIDTH - left - _RIGHT)

    parts = [
        f'<svg viewBox="0 0 {_WIDTH} {height}" width="{_WIDTH}" height="{height}" role="img" '
        f'aria-label="{escape(title)}" style="max-width:100%"><title>{escape(title)}</title>'
    ]
    for tick in (tick for tick in _AXIS if low <= tick <= high):
        parts.append(f'<path class="grid" d="M{across(tick):.1f} {_TOP}V{bottom}"/>')
        parts.append(f'<text x="{across(tick):.1f}" y="{bottom + 15}" text-anchor="middle">{tick:g}</text>')
    for _, value, colour in marks:
        parts.append(
            f'<path class="l{colour} dashed" d="M{across(value):.1f} {_TOP}V{bottom}" fill="none" stroke-width="1.2"/>'
        )
    for place, line in enumerate(lines):
        y = _TOP + _LINE * (place + 0.5)
        parts.append(f'<text x="{left - 8}" y="{y + 4:.1f}" text-anchor="end">{escape(line.name)}</text>')
        if line.high > line.low:
            parts.append(
                f'<path class="l{line.colour}" d="M{across(line.low):.1f} {y:.1f}H{across(line.high):.1f}" '
                'stroke-width="2"/>'
            )
        parts.append(f'<circle class="d{line.colour}" cx="{across(line.value):.1f}" cy="{y:.1f}" r="4"/>')
    parts.append(f'<rect class="frame" x="{left}" y="{_TOP}" width="{_WIDTH - left - _RIGHT}"')
    parts.append(f' height="{bottom - _TOP}"/>')
    parts.append(f'<text x="{(left + _WIDTH - _RIGHT) / 2}" y="{height - 8}" text-anchor="middle">')
    parts.append(f"{escape(x_label)}</text></svg>")
    key = "".join(
        f'<span class="key"><i class="k{colour} dashed"></i>{escape(name)}</span>' for name, _, colour in marks
    )
    told = f"<b>{escape(title)}</b>{'<br>' if key else ''}{key}"
    return f'<figure>{"".join(parts)}<figcaption style="max-width:40rem">{told}</figcaption></figure>'
