"""Owns the rows of the record: values, medians, targets, and how they are printed. Measures nothing."""

from __future__ import annotations

import math
import statistics
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field


def percentile(values: Sequence[float], part: float) -> float:
    """The smallest value that at least `part` (0..1) of the values do not exceed."""
    ordered = sorted(values)
    return ordered[max(0, math.ceil(part * len(ordered)) - 1)]


@dataclass(frozen=True)
class Row:
    """One line of the record. `judged` is what the target binds: "median", "p95" or "max"; `least`: it is a minimum."""

    name: str
    unit: str
    values: tuple[float, ...]
    target: float | None = None
    judged: str = "median"
    least: bool = False
    note: str = ""
    group: str = ""
    extra: Mapping[str, object] = field(default_factory=dict)

    @property
    def median(self) -> float:
        return statistics.median(self.values)

    @property
    def p95(self) -> float:
        return percentile(self.values, 0.95)

    @property
    def figure(self) -> float:
        return {"median": self.median, "p95": self.p95, "max": max(self.values)}[self.judged]

    @property
    def met(self) -> bool | None:
        """None where there is no target, or nothing was measured."""
        if self.target is None or not self.values:
            return None
        return self.figure >= self.target if self.least else self.figure <= self.target

    def record(self) -> dict[str, object]:
        """For JSON."""
        return {
            "group": self.group,
            "name": self.name,
            "unit": self.unit,
            "values": list(self.values),
            "median": self.median if self.values else None,
            "p95": self.p95 if self.values else None,
            "target": self.target,
            "judged": self.judged,
            "met": self.met,
            "note": self.note,
            **self.extra,
        }


def _number(value: float) -> str:
    return f"{value:.0f}" if abs(value) >= 100 else f"{value:.1f}" if abs(value) >= 10 else f"{value:.2f}"


def table(rows: Sequence[Row]) -> str:
    """The record as Markdown, then the notes."""
    cells = [("what", "n", "median", "p95", "min", "max", "unit", "target", "")]
    notes: list[str] = []
    for row in rows:
        if row.note and row.note not in notes:
            notes.append(row.note)
        mark = f" [{notes.index(row.note) + 1}]" if row.note else ""
        if not row.values:
            cells.append((row.name + mark, "0", "-", "-", "-", "-", row.unit, "", "not measured"))
            continue
        target = ""
        if row.target is not None:
            target = f"{row.judged} {'≥' if row.least else '≤'} {_number(row.target)}"
        judged = {None: "", True: "met", False: "MISSED"}[row.met]
        figures = (row.median, row.p95, min(row.values), max(row.values))
        cells.append((row.name + mark, str(len(row.values)), *map(_number, figures), row.unit, target, judged))
    widths = [max(len(line[column]) for line in cells) for column in range(len(cells[0]))]
    lines = [
        "| " + " | ".join(text.ljust(width) for text, width in zip(line, widths, strict=True)) + " |" for line in cells
    ]
    lines.insert(1, "|" + "|".join("-" * (width + 2) for width in widths) + "|")
    return "\n".join([*lines, "", *(f"[{number}] {note}" for number, note in enumerate(notes, start=1))])
