"""Owns the display shutters of presentation states (PS3.3 C.7.6.11, C.7.6.15, C.11.12). Never draws them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy as np

from mammoview.core.image import OverlayPlane
from mammoview.core.marks import MAX_POSITION_PX, Point
from mammoview.core.overlaid import Unshown
from mammoview.core.overlaid_drawing import Shutter, shut_part
from mammoview.core.study import ImageHeader
from mammoview.dicom.elements import Elements
from mammoview.dicom.objects.read_places import Places, circle

_WHITE = 0xFFFF
_COARSE_PX = 256
_LEAST_SEEN = 1e-3
"""The part of an image that shutters must leave to be seen."""


@dataclass(slots=True, eq=False)
class ShutterReader:
    """The shutters of one state."""

    elements: Elements
    places: Places
    _outlines: tuple[tuple[Point, ...], ...] | None = field(default=None, init=False)

    def grey(self) -> int:
        """Shutter Presentation Value (0018,1622), a P-value, as 0..255; black where it is not told."""
        value = self.elements.number("ShutterPresentationValue") or 0
        return round(255 * min(max(value, 0), _WHITE) / _WHITE)

    def on(
        self, image: ImageHeader, plane: OverlayPlane | None
    ) -> tuple[tuple[tuple[Point, ...], ...], OverlayPlane | None]:
        """The outlines, and the `plane` of a bitmap shutter, for one image: none where nothing of it would be seen."""
        if self._outlines is None:
            self._outlines = tuple(self._read())
            if plane is None and "BITMAP" in self._shapes():
                self.places.say(Unshown.SHUTTER)
        if (self._outlines or plane is not None) and not _leaves_any(image, self._outlines, plane):
            self.places.say(Unshown.SHUT)
            return (), None
        return self._outlines, plane

    def _shapes(self) -> list[str]:
        return [text.upper() for text in self.elements.texts("ShutterShape")]

    def _read(self) -> Iterator[tuple[Point, ...]]:
        """Rows and columns of shutters count from 1."""
        elements = self.elements
        for shape in self._shapes():
            outline: tuple[Point, ...] = ()
            if shape == "RECTANGULAR":
                edges = [
                    elements.number(f"Shutter{edge}Edge")
                    for edge in ("UpperHorizontal", "LeftVertical", "LowerHorizontal", "RightVertical")
                ]
                if None not in edges:
                    top, left, foot, right = (float(edge or 0) - 1 for edge in edges)
                    outline = ((top, left), (top, right), (foot, right), (foot, left))
            elif shape == "CIRCULAR":
                centre, radius = elements.numbers("CenterOfCircularShutter"), elements.number("RadiusOfCircularShutter")
                if len(centre) == 2 and radius:
                    outline = circle((centre[0] - 1, centre[1] - 1), (centre[0] - 1, centre[1] - 1 + radius))
            elif shape == "POLYGONAL":
                numbers = elements.numbers("VerticesOfThePolygonalShutter")
                if len(numbers) >= 6 and len(numbers) % 2 == 0:
                    pairs = zip(numbers[::2], numbers[1::2], strict=True)
                    outline = tuple((row - 1, column - 1) for row, column in pairs)
            elif shape in ("", "BITMAP"):
                continue
            if len(outline) < 3 or max(abs(place) for point in outline for place in point) > MAX_POSITION_PX:
                self.places.say(Unshown.SHUTTER)
            else:
                yield outline


def _leaves_any(image: ImageHeader, outlines: tuple[tuple[Point, ...], ...], plane: OverlayPlane | None) -> bool:
    """Whether shutters leave a part of an image to be seen, on a coarse grid over it."""
    scale = min(1.0, _COARSE_PX / max(image.rows, image.columns))
    whole = np.ones([max(1, round(size * scale)) for size in (image.rows, image.columns)], np.bool_)
    shutters = [*(Shutter(outline) for outline in outlines), *([Shutter(plane=plane)] if plane is not None else [])]
    return 1 - shut_part(shutters, whole, image.rows, image.columns) >= _LEAST_SEEN
