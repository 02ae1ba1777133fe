"""Owns on which images of a study a place of another object lies, and the units that places are given in. Never reads
what lies there.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

import numpy as np

from mammoview.core.marks import MAX_POINTS, MAX_POSITION_PX, Point
from mammoview.core.overlaid import lies_the_same
from mammoview.core.study import ImageHeader
from mammoview.dicom.elements import Elements

_SPACING_WITHIN = 0.01
_ROUND_CORNERS = 72
_PIXEL_CENTRE = 0.5


@dataclass(frozen=True, slots=True)
class Geometry:
    """What an object tells of an image that is not there: Patient Orientation (row, column) and spacing in mm."""

    orientation: tuple[str, str] | None = None
    spacing_mm: tuple[float, float] | None = None


@dataclass(slots=True, eq=False)
class Places:
    """The images of a study by SOP Instance UID; `lines` collects what could not be placed, each line once."""

    images: Sequence[ImageHeader]
    lines: list[str] = field(default_factory=list)
    geometry: dict[str, Geometry] = field(default_factory=dict)
    _known: dict[str, tuple[ImageHeader, ...]] = field(default_factory=dict)

    def say(self, line: str) -> None:
        if line not in self.lines:
            self.lines.append(line)

    def on(self, uid: str | None) -> tuple[ImageHeader, ...]:
        """The images on which places of the image `uid` may be drawn: itself, and those made from it where the places
        are kept (PS3.17 E.5). What may not be drawn is said.
        """
        if not uid:
            self.say("a place names no image: not shown")
            return ()
        if uid not in self._known:
            self._known[uid] = tuple(self._found(uid))
        return self._known[uid]

    def _found(self, uid: str) -> Iterator[ImageHeader]:
        refused: list[str] = []
        drawn = False
        for image in self.images:
            sources = dict(image.source_images)
            if image.sop_instance_uid != uid and uid not in sources:
                continue
            if image.sop_instance_uid == uid or lies_the_same(sources[uid], self._alike(uid, image)):
                drawn = True
                yield image
                continue
            why = "it does not keep places" if sources[uid] is False else "its geometry is another, or not known"
            refused.append(f"{image.side_view} is made from the image of the marks, but {why}: not shown")
        if not drawn:
            for line in refused or ["an image that it is about is not here"]:
                self.say(line)

    def _alike(self, uid: str, image: ImageHeader) -> bool | None:
        """Whether orientation and spacing of the image `uid` are those of `image`; None where that is not known."""
        source = self.geometry.get(uid, Geometry())
        if source.orientation is None or source.spacing_mm is None:
            return None
        if image.patient_orientation is None or image.spacing is None:
            return None
        own = (
            image.spacing.row_mm * image.spacing.magnification,
            image.spacing.column_mm * image.spacing.magnification,
        )
        same = all(
            math.isclose(one, other, rel_tol=_SPACING_WITHIN) for one, other in zip(source.spacing_mm, own, strict=True)
        )
        return same and source.orientation == image.patient_orientation


def points_of(numbers: Sequence[float]) -> tuple[Point, ...]:
    """(column, row) pairs from the outer corner of the first pixel, as graphics of PS3.3 C.10.5 and C.18.6 have them,
    as stored positions; empty where they are no pairs, too many, or far outside of any image.
    """
    if len(numbers) < 2 or len(numbers) % 2 or len(numbers) > 2 * MAX_POINTS:
        return ()
    if max(map(abs, numbers)) > MAX_POSITION_PX:
        return ()
    pairs = zip(numbers[::2], numbers[1::2], strict=True)
    return tuple((row - _PIXEL_CENTRE, column - _PIXEL_CENTRE) for column, row in pairs)


def circle(centre: Point, rim: Point) -> tuple[Point, ...]:
    """Corners of the circle about `centre` through `rim`."""
    radius = math.hypot(rim[0] - centre[0], rim[1] - centre[1])
    return _round(centre, (radius, 0.0), (0.0, radius))


def ellipse(points: Sequence[Point]) -> tuple[Point, ...]:
    """Corners of the ellipse whose four points are the ends of the major and of the minor axis."""
    major0, major1, minor0, minor1 = points
    centre = ((major0[0] + major1[0]) / 2, (major0[1] + major1[1]) / 2)
    along = ((major1[0] - major0[0]) / 2, (major1[1] - major0[1]) / 2)
    across = ((minor1[0] - minor0[0]) / 2, (minor1[1] - minor0[1]) / 2)
    return _round(centre, along, across)


def _round(centre: Point, along: Point, across: Point) -> tuple[Point, ...]:
    turns = np.arange(_ROUND_CORNERS) * (2 * math.pi / _ROUND_CORNERS)
    rows = centre[0] + along[0] * np.cos(turns) + across[0] * np.sin(turns)
    columns = centre[1] + along[1] * np.cos(turns) + across[1] * np.sin(turns)
    return tuple(zip(rows.tolist(), columns.tolist(), strict=True))


def frames_of(reference: Elements) -> frozenset[int]:
    """Referenced Frame Number (0008,1160), from 1; none where all frames are meant."""
    return frozenset(int(number) for number in reference.numbers("ReferencedFrameNumber") if 1 <= number < 100_000)
