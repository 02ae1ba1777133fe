"""Owns what a reader marks on an image: the kinds, their points on the tissue and their JSON records. Never measures,
draws or stores them, and holds no colours: the look is the program's.

Positions are (row, column) in STORED pixels at pixel centres, so that flips, zoom, pan and export cannot move a mark on
the tissue.
"""

from __future__ import annotations

import math
import re
import unicodedata
from collections.abc import Container, Iterable, Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from uuid import uuid4

import numpy as np
from numpy.typing import NDArray

from mammoview.core.errors import MammoviewError
from mammoview.core.findings import Finding
from mammoview.core.geometry import GridTransform

SCHEMA = 1
"""The number of the record's form. Whoever adds or changes a field raises it."""

MAX_POINTS = 10_000
MAX_POSITION_PX = 100_000.0
"""How far from the first stored pixel a point may lie, by rows and by columns."""

MAX_TEXT = 1_000
_MAX_KEY = 4_096

Point = tuple[float, float]
"""(row, column) in stored pixels."""


class MarkKind(StrEnum):
    """What a mark is, and so what its points are."""

    RULER = "ruler"
    """2 points: the ends."""
    ANGLE = "angle"
    """3 points, the vertex in the middle."""
    ELLIPSE = "ellipse"
    """2 points: opposite corners of its box."""
    FREEHAND = "freehand"
    """At least 3 points of an outline; the last is joined to the first."""
    ARROW = "arrow"
    """2 points: tail, head."""
    TEXT = "text"
    """1 point, beside which the text stands."""
    FINDING = "finding"
    """1 point, or at least 3 of an outline as of FREEHAND."""
    NIPPLE = "nipple"
    """1 point."""


MEASURED = frozenset({MarkKind.RULER, MarkKind.ANGLE, MarkKind.ELLIPSE, MarkKind.FREEHAND})
"""The kinds of marks that are measurements."""

_COUNTS: dict[MarkKind, tuple[frozenset[int], bool, str]] = {
    MarkKind.RULER: (frozenset({2}), False, "2 points"),
    MarkKind.ANGLE: (frozenset({3}), False, "3 points"),
    MarkKind.ELLIPSE: (frozenset({2}), False, "2 points"),
    MarkKind.FREEHAND: (frozenset(), True, "at least 3 points"),
    MarkKind.ARROW: (frozenset({2}), False, "2 points"),
    MarkKind.TEXT: (frozenset({1}), False, "1 point"),
    MarkKind.FINDING: (frozenset({1}), True, "1 point, or an outline of at least 3"),
    MarkKind.NIPPLE: (frozenset({1}), False, "1 point"),
}
"""By kind: the counts that are right, whether an outline of 3 and more is, and both in words."""

_ID = re.compile(r"[0-9a-f]{32}")
_NOT_IN_A_LINE = {"Cc", "Cs", "Zl", "Zp"}  # control characters, half characters, line ends


@dataclass(frozen=True, slots=True)
class Mark:
    """One mark. `image_key` is the key of the image's header, `frame` counts from 1.

    `text` is one line: a TEXT's words, else a note. `finding` belongs to FINDING alone, None = not yet described.
    `id` is a UUID 4 in 32 hexadecimal digits. Raises MammoviewError, in words, for anything that is no mark.
    """

    kind: MarkKind
    image_key: str
    frame: int
    points: tuple[Point, ...]
    text: str = ""
    finding: Finding | None = None
    id: str = field(default_factory=lambda: uuid4().hex)

    def __post_init__(self) -> None:
        if not _ID.fullmatch(self.id):
            raise MammoviewError(f"{self.id!r} is no id of a mark", "32 hexadecimal digits")
        if not 0 < len(self.image_key) <= _MAX_KEY:
            raise MammoviewError("a mark does not say on which image it is")
        if self.frame < 1:
            raise MammoviewError(f"a mark is on frame {self.frame}, but frames count from 1")
        _check_points(self.kind, self.points)
        if len(self.text) > MAX_TEXT:
            raise MammoviewError(f"the text of a mark has {len(self.text)} letters", f"at most {MAX_TEXT}")
        if any(unicodedata.category(letter) in _NOT_IN_A_LINE for letter in self.text):
            raise MammoviewError("the text of a mark is not one line of letters")
        if self.kind is MarkKind.TEXT and not self.text.strip():
            raise MammoviewError("a text mark has no text")
        if self.finding is not None and self.kind is not MarkKind.FINDING:
            raise MammoviewError(f"a mark of kind {self.kind} cannot describe a finding")

    @property
    def outlined(self) -> bool:
        """Whether the points are a closed outline."""
        return len(self.points) >= 3 and self.kind in (MarkKind.FREEHAND, MarkKind.FINDING)

    def moved(self, rows_px: float, columns_px: float) -> Mark:
        """All of it moved by stored pixels."""
        return replace(self, points=tuple((row + rows_px, column + columns_px) for row, column in self.points))

    def with_point(self, index: int, row_px: float, column_px: float) -> Mark:
        """With the point `index` (from 0) at another stored position. Raises MammoviewError where there is none."""
        if not 0 <= index < len(self.points):
            raise MammoviewError(f"a mark of {len(self.points)} points has no point {index}")
        return replace(self, points=(*self.points[:index], (row_px, column_px), *self.points[index + 1 :]))

    def bounds(self) -> tuple[float, float, float, float]:
        """(lowest row, lowest column, highest row, highest column) of the points, in stored pixels, inclusive."""
        rows, columns = zip(*self.points, strict=True)
        return min(rows), min(columns), max(rows), max(columns)

    def to_record(self) -> dict[str, object]:
        """As JSON takes it, with the schema's number; `from_record` gives an equal mark back."""
        return {
            "schema": SCHEMA,
            "id": self.id,
            "kind": str(self.kind),
            "image": self.image_key,
            "frame": self.frame,
            "points": [[row, column] for row, column in self.points],
            "text": self.text,
            "finding": None if self.finding is None else self.finding.to_record(),
        }

    @classmethod
    def from_record(cls, record: object) -> Mark:
        """The mark of `to_record`. Raises MammoviewError, in words, for anything else.

        A record of a newer schema is refused, and so is an unknown field: a field that is not understood may change
        what the others mean, and to write the record again without it would lose what somebody has entered.
        """
        if not isinstance(record, Mapping):
            raise MammoviewError("a mark's record is not a table")
        schema = record.get("schema")
        if not isinstance(schema, int) or isinstance(schema, bool) or schema < 1:
            raise MammoviewError("a mark's record does not tell its schema")
        if schema > SCHEMA:
            raise MammoviewError(
                f"a mark's record has schema {schema}, this version reads up to {SCHEMA}",
                "open it with a newer version",
            )
        unknown = sorted(str(name) for name in record if name not in _FIELDS)
        if unknown:
            raise MammoviewError(f"a mark's record has unknown fields: {', '.join(unknown)}")
        frame, finding = record.get("frame"), record.get("finding")
        if not isinstance(frame, int) or isinstance(frame, bool):
            raise MammoviewError("a mark's record does not tell its frame")
        return cls(
            kind=_kind(record.get("kind")),
            image_key=_string(record, "image"),
            frame=frame,
            points=_points(record.get("points")),
            text=_string(record, "text"),
            finding=None if finding is None else Finding.from_record(finding),
            id=_string(record, "id"),
        )


_FIELDS = frozenset({"schema", "id", "kind", "image", "frame", "points", "text", "finding"})


def visible(marks: Iterable[Mark], image_key: str, frames: Container[int]) -> tuple[Mark, ...]:
    """Those on one image (by its header's key) and on one of the `frames` (from 1) that are shown, in their order."""
    return tuple(mark for mark in marks if mark.image_key == image_key and mark.frame in frames)


def positions(points: NDArray[np.float64], grid_from_stored: GridTransform) -> NDArray[np.float64]:
    """Stored positions (n, 2), row and column, on another grid: float64 (n, 2); NaN stays NaN."""
    laid = points[:, ::-1] if grid_from_stored.transpose else points
    scales = (grid_from_stored.row_scale, grid_from_stored.column_scale)
    return np.asarray(laid * scales + (grid_from_stored.row_offset, grid_from_stored.column_offset), np.float64)


def _check_points(kind: MarkKind, points: tuple[Point, ...]) -> None:
    counts, outline, in_words = _COUNTS[kind]
    count = len(points)
    if count > MAX_POINTS:
        raise MammoviewError(f"a mark of kind {kind} has {count} points", f"at most {MAX_POINTS}")
    if count not in counts and not (outline and count >= 3):
        raise MammoviewError(f"a mark of kind {kind} has {count} points", in_words)
    for point in points:
        if len(point) != 2 or not all(map(math.isfinite, point)):
            raise MammoviewError(f"a mark's point {point} is not a row and a column")
        if max(map(abs, point)) > MAX_POSITION_PX:
            raise MammoviewError(f"a mark's point ({point[0]:g}, {point[1]:g}) lies far outside of any image")


def _kind(word: object) -> MarkKind:
    for kind in MarkKind:
        if kind.value == word:
            return kind
    raise MammoviewError(f"{word!r} is no kind of mark", f"one of {', '.join(MarkKind)}")


def _string(record: Mapping[object, object], name: str) -> str:
    value = record.get(name)
    if not isinstance(value, str):
        raise MammoviewError(f'a mark\'s record has no "{name}"')
    return value


def _points(value: object) -> tuple[Point, ...]:
    if not isinstance(value, list) or len(value) > MAX_POINTS:
        raise MammoviewError("a mark's points are not a list", f"at most {MAX_POINTS} of [row, column]")
    return tuple(_point(point) for point in value)


def _point(value: object) -> Point:
    if not isinstance(value, list) or len(value) != 2:
        raise MammoviewError("a mark's point is not a row and a column")
    row, column = value
    for number in (row, column):
        if not isinstance(number, int | float) or isinstance(number, bool) or not abs(number) <= MAX_POSITION_PX:
            raise MammoviewError("a mark's point is not a row and a column within any image")
    return float(row), float(column)
