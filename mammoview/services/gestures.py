"""Owns a mark in the making, or one that is moved: what presses and drags on its picture make of it. No Qt, no session.

Positions are device pixels of a pane, (row, column), at pixel centres; marks are in stored pixels.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

from mammoview.core.image import MammoImage
from mammoview.core.marks import MAX_POINTS, Mark, MarkKind, Point

_STILL, _STROKE = 3.0, 2.0
"""In logical pixels: how far the pointer goes before it drags, and how far apart the points of an outline are."""


@dataclass(slots=True)
class Gesture:
    """A mark in the making, or one (`before`) that is moved, at `handle` or as a whole.

    `count` points make it, 0 for a point or the outline that is drawn. `placed` of them stand, those behind them follow
    the pointer. `pressed`: where the button went down; None while it is up. `begins`: it went down for the first point.
    `grabbed` is the stored position of that press, `path` what was drawn since, in stored pixels, up to the device
    pixel `last`. `far`: the pointer has left its place.
    """

    number: int
    mark: Mark
    count: int = 0
    before: Mark | None = None
    handle: int | None = None
    placed: int = 0
    begins: bool = True
    pressed: tuple[float, float] | None = None
    last: tuple[float, float] = (0.0, 0.0)
    grabbed: Point = (0.0, 0.0)
    path: tuple[Point, ...] = ()
    far: bool = False

    @classmethod
    def begun(cls, number: int, kind: MarkKind, count: int, image: MammoImage, stored: Point) -> Gesture:
        """A new mark on the image in a pane, whose first point is at `stored`."""
        points = (stored,) * (count or (3 if kind is MarkKind.FREEHAND else 1))
        text = "text" if kind is MarkKind.TEXT else ""
        mark = Mark(kind, image.header.key, image.frame, points, text)
        return cls(number, mark, count, placed=1 if count > 1 else 0, path=(stored,))

    def follow(self, stored: Point, at: tuple[float, float], ratio: float) -> None:
        """The pointer is at a device pixel, `stored` in the image; `ratio` device pixels are a logical one."""
        if self.pressed is not None and not self.far:
            self.far = math.dist(self.pressed, at) > _STILL * ratio
        if self.before is not None:
            if self.far:
                self.mark = self._moved(self.before, stored)
        elif self.count:
            self.float_to(stored)
        elif self.far and len(self.path) < MAX_POINTS and math.dist(self.last, at) >= _STROKE * ratio:
            self.path, self.last = (*self.path, stored), at
            self.mark = replace(self.mark, points=(*self.path, *(stored,) * (3 - len(self.path))))

    def float_to(self, stored: Point) -> None:
        """Let the points that are not placed yet follow."""
        points = self.mark.points
        self.mark = replace(self.mark, points=(*points[: self.placed], *(stored,) * (len(points) - self.placed)))

    def let_go(self) -> bool:
        """The button goes up; whether the pointer had been dragged."""
        far, self.pressed, self.far = self.far, None, False
        return far

    def complete(self, *, dragged: bool) -> bool:
        """Place the point that was pressed for; whether the mark has all that it needs."""
        if self.count > 1:
            self.placed += 1 if dragged or not self.begins else 0
        return self.count <= 1 or self.placed >= self.count

    def made(self, *, outlined: bool) -> Mark:
        """The mark as it was made; a finding that was not drawn around is a point."""
        mark = self.mark
        if mark.kind is MarkKind.FINDING and not (outlined and len(set(mark.points)) >= 3):
            return replace(mark, points=mark.points[:1])
        return mark

    def _moved(self, before: Mark, stored: Point) -> Mark:
        if self.handle is not None:
            return before.with_point(self.handle, *stored)
        return before.moved(stored[0] - self.grabbed[0], stored[1] - self.grabbed[1])


def has_extent(mark: Mark) -> bool:
    """Whether there is anything to see of a mark of several points."""
    tall, wide = (len(set(along)) > 1 for along in zip(*mark.points, strict=True))
    region = mark.kind is MarkKind.ELLIPSE or mark.outlined
    return len(mark.points) == 1 or ((tall and wide) if region else (tall or wide))
