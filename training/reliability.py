"""Owns the reliability diagram of a model: how often what it calls probable is so, before and after its calibration.

Bins of equal mass (Nixon et al. 2019), each with its count and Wilson's interval (Wilson 1927), which takes examples
for independent: images of one woman are not, so that it is too narrow rather than too wide.
"""

from __future__ import annotations

import base64
import math
from collections.abc import Mapping, Sequence
from typing import Any

from training.calibration import Calibration, sigmoid
from training.metrics import reliability
from training.predictions import Predictions
from training.weighted import Labels, Scores

BINS = 10
_Z = 1.959963984540054
_SIDE, _LEFT, _TOP, _BOTTOM, _GAP = 260, 46, 30, 44, 66
_TICKS = (0.0, 0.25, 0.5, 0.75, 1.0)


def wilson(positives: float, count: int) -> tuple[float, float]:
    """The 95 % score interval of a share (Wilson 1927); (0, 1) where nothing was counted."""
    if count == 0:
        return 0.0, 1.0
    share, square = positives / count, _Z * _Z / count
    middle = (share + square / 2) / (1 + square)
    half = _Z / (1 + square) * math.sqrt(share * (1 - share) / count + square / (4 * count))
    return max(0.0, middle - half), min(1.0, middle + half)


def reliability_record(
    predictions: Predictions, calibration: Calibration, *, part: str = "test", before: Predictions | None = None
) -> dict[str, Any]:
    """The diagram of some `predictions` of a `part` as JSON: "unit", "part", "bins", and under "before" (logits as the
    network gives them) and "after" (calibrated) for each bin "probability" (its mean), "share" of the suspicious class
    with "low" and "high", "count" and "positives". `before`: the same examples with the network's own logits, where
    those of `predictions` are calibrated already."""
    labels, logits = predictions.labels(), predictions.differences()
    raw = logits if before is None else before.differences()
    return {
        "unit": predictions.unit,
        "part": part,
        "bins": BINS,
        "before": _bins(labels, sigmoid(raw)),
        "after": _bins(labels, calibration.probabilities(logits)),
    }


def _bins(labels: Labels, probabilities: Scores) -> list[dict[str, float]]:
    found = []
    for one in reliability(labels, probabilities, bins=BINS):
        count = int(one["count"])
        positives = round(one["positives"] * count)
        low, high = wilson(positives, count)
        told = {"share": one["positives"], "low": low, "high": high, "count": count, "positives": positives}
        found.append({"probability": one["probability"], **told})
    return found


def reliability_lines(record: Mapping[str, Any]) -> list[str]:
    """The section of a card in Markdown, from `reliability_record`: a table for each scale and the picture, which is
    referred to as [reliability]."""
    lines = [
        f"How often the {record['part']} examples of a bin are of the suspicious class, per {record['unit']}, in "
        f"{record['bins']} bins of equal mass; 95 % intervals by Wilson's method, too narrow where one woman has "
        "several examples in a bin.",
        "",
        "![Reliability diagram: observed share against mean probability, before and after calibration][reliability]",
    ]
    for scale in ("before", "after"):
        lines += [
            "",
            f"| mean probability {scale} calibration | examples | suspicious | share |",
            "|---|---|---|---|",
            *(
                f"| {one['probability']:.3f} | {one['count']} | {one['positives']} "
                f"| {one['share']:.3f} ({one['low']:.3f} to {one['high']:.3f}) |"
                for one in record[scale]
            ),
        ]
    return lines


def reliability_reference(record: Mapping[str, Any]) -> str:
    """The last line of a card: where [reliability] lies, inside the card itself."""
    drawn = base64.b64encode(reliability_svg(record).encode()).decode()
    return f"[reliability]: data:image/svg+xml;base64,{drawn}"


def reliability_svg(record: Mapping[str, Any]) -> str:
    """The diagram as a picture of its own, SVG Tiny 1.2: two squares side by side, a dot for each bin whose area grows
    with its count, its interval, and the line on which a calibrated model lies."""
    width, height = _LEFT + 2 * _SIDE + _GAP + 12, _TOP + _SIDE + _BOTTOM
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" viewBox="0 0 {width} {height}">',
        f'<rect width="{width}" height="{height}" fill="#ffffff"/>',
        '<g font-family="sans-serif" font-size="11" fill="#222222">',
    ]
    for number, scale in enumerate(("before", "after")):
        parts += _square(record[scale], _LEFT + number * (_SIDE + _GAP), f"{scale} calibration", str(record["unit"]))
    return "".join([*parts, "</g></svg>"])


def _square(bins: Sequence[Mapping[str, float]], left: float, title: str, unit: str) -> list[str]:
    bottom, most = _TOP + _SIDE, max((one["count"] for one in bins), default=1)

    def across(value: float) -> float:
        return left + value * _SIDE

    def up(value: float) -> float:
        return bottom - value * _SIDE

    parts = [f'<text x="{left + _SIDE / 2}" y="{_TOP - 10}" text-anchor="middle" font-size="13">{title}</text>']
    for tick in _TICKS:
        parts.append(
            f'<path d="M{across(tick):.1f} {_TOP}V{bottom}M{left} {up(tick):.1f}h{_SIDE}" stroke="#dddddd"/>'
            f'<text x="{across(tick):.1f}" y="{bottom + 15}" text-anchor="middle">{tick:g}</text>'
            f'<text x="{left - 6}" y="{up(tick) + 4:.1f}" text-anchor="end">{tick:g}</text>'
        )
    parts.append(f'<rect x="{left}" y="{_TOP}" width="{_SIDE}" height="{_SIDE}" stroke="#888888" fill="none"/>')
    parts.append(f'<path d="M{left} {bottom}L{left + _SIDE} {_TOP}" stroke="#888888" stroke-dasharray="4 3"/>')
    for one in bins:
        x, radius = across(one["probability"]), 2 + 3 * math.sqrt(one["count"] / most)
        parts.append(
            f'<path d="M{x:.1f} {up(one["low"]):.1f}V{up(one["high"]):.1f}" stroke="#1f5fa8" stroke-width="1.4"/>'
            f'<circle cx="{x:.1f}" cy="{up(one["share"]):.1f}" r="{radius:.1f}" fill="#1f5fa8"/>'
        )
    parts.append(
        f'<text x="{left + _SIDE / 2}" y="{bottom + 34}" text-anchor="middle">mean probability per {unit}</text>'
    )
    middle = _TOP + _SIDE / 2
    parts.append(
        f'<text x="{left - 33}" y="{middle}" text-anchor="middle" transform="rotate(-90 {left - 33} {middle})">'
        "observed share</text>"
    )
    return parts
