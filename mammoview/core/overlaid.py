"""Owns what objects of other makers lay over images: graphics, maps, shutters, windows, statements, as frozen values,
and the rules of what of them may be drawn. Never reads files or draws.

Positions are (row, column) in STORED pixels of the image at pixel centres, whatever units the object used.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

from mammoview.core.errors import MammoviewError
from mammoview.core.geometry import Orientation
from mammoview.core.marks import Point
from mammoview.core.study import ImageHeader, ObjectHeader, ObjectKind
from mammoview.core.window import Voi

MAX_GRAPHICS = 5_000
"""Of one object; what comes after is left out."""


class GraphicForm(StrEnum):
    """What the points of a graphic are."""

    POINT = "point"
    """1 point."""
    LINE = "line"
    """At least 2 points, joined in their order."""
    OUTLINE = "outline"
    """At least 3 points; the last is joined to the first."""
    TEXT = "text"
    """1 point, at which the text stands."""


_LEAST = {GraphicForm.POINT: 1, GraphicForm.LINE: 2, GraphicForm.OUTLINE: 3, GraphicForm.TEXT: 1}


class Rendering(StrEnum):
    """Rendering Intent (111056, DCM): PS3.16 codes 111150, 111151 and 111152."""

    REQUIRED = "presentation required"
    OPTIONAL = "presentation optional"
    NOT = "not for presentation"


@dataclass(frozen=True, slots=True)
class Graphic:
    """One graphic on the image with the key `image_key`. `frames` count from 1; none named = all.

    `lines` stand beside it. `free_text`: they are somebody's own words, which may name the patient. `operating_point`
    is that of an optional CAD finding, None where it tells none.
    """

    image_key: str
    form: GraphicForm
    points: tuple[Point, ...]
    lines: tuple[str, ...] = ()
    frames: frozenset[int] = frozenset()
    filled: bool = False
    free_text: bool = False
    rendering: Rendering = Rendering.REQUIRED
    operating_point: int | None = None

    def __post_init__(self) -> None:
        if len(self.points) < _LEAST[self.form]:
            raise MammoviewError(f"a graphic of form {self.form} has {len(self.points)} points")
        if not np.isfinite(np.array(self.points, np.float64)).all():
            raise MammoviewError("a graphic's points are not numbers")


@dataclass(frozen=True, slots=True, eq=False)
class ValueMap:
    """Values over the whole of an image, as a heat map of another maker.

    `values`: uint8 (rows, columns) of any grid that covers the image from corner to corner; 0 is `lowest`, 255 is
    `highest`, both in the `unit`.
    """

    image_key: str
    values: NDArray[np.uint8]
    lowest: float
    highest: float
    unit: str = ""
    label: str = ""
    frames: frozenset[int] = frozenset()

    def __post_init__(self) -> None:
        if self.values.ndim != 2 or self.values.size == 0:
            raise MammoviewError("a map has no values")
        self.values.flags.writeable = False


@dataclass(frozen=True, slots=True)
class PresentationState:
    """How a presentation state (PS3.3 A.33.1) wants one image to look.

    `voi` None: as the image says. `inverse`: whether low values are bright, None: as the image says. `orientation`
    turns and flips the stored image. `area`: the stored pixels at the top left and the bottom right of the display, as
    it is turned; None: the whole image. `shutters` are outlines: what is outside any of them has the grey
    `shutter_grey`, 0..255.
    """

    voi: Voi | None = None
    inverse: bool | None = None
    orientation: Orientation = field(default_factory=Orientation)
    area: tuple[Point, Point] | None = None
    shutters: tuple[tuple[Point, ...], ...] = ()
    shutter_grey: int = 0


@dataclass(frozen=True, slots=True, eq=False)
class Overlaid:
    """All that one object lays over the images that were given, by their keys.

    `statements` are what it says in coded words, `remarks` in words of its own, which may name the patient, `cautions`
    what it says it could not do; `not_understood` what of it is not shown, one line each.
    """

    header: ObjectHeader
    graphics: tuple[Graphic, ...] = ()
    maps: tuple[ValueMap, ...] = ()
    states: Mapping[str, PresentationState] = field(default_factory=dict)
    statements: tuple[str, ...] = ()
    remarks: tuple[str, ...] = ()
    cautions: tuple[str, ...] = ()
    not_understood: tuple[str, ...] = ()

    @property
    def image_keys(self) -> frozenset[str]:
        """The images that anything of it is laid over."""
        drawn = frozenset(graphic.image_key for graphic in self.graphics)
        return drawn | frozenset(one.image_key for one in self.maps) | frozenset(self.states)

    def is_about(self, image: ImageHeader) -> bool:
        """Whether anything of it is laid over an image, or it names the image or one that this was made from."""
        uids = {image.sop_instance_uid, *(uid for uid, _ in image.source_images)}
        return image.key in self.image_keys or not uids.isdisjoint(self.header.referenced)

    @property
    def operating_points(self) -> tuple[int, ...]:
        """The operating points that show more than the one before: 0, and those of optional findings, rising."""
        optional = (graphic for graphic in self.graphics if graphic.rendering is Rendering.OPTIONAL)
        return tuple(sorted({0} | {_point_of(graphic.operating_point) for graphic in optional}))


_SHORT = {
    ObjectKind.PRESENTATION: "state",
    ObjectKind.CAD: "CAD",
    ObjectKind.MEASUREMENTS: "measured",
    ObjectKind.REPORT: "report",
    ObjectKind.SEGMENTATION: "segments",
    ObjectKind.MAP: "map",
}
_MAKER_LETTERS = 24


def title_of(header: ObjectHeader) -> str:
    """What names an object on a picture: its kind and its maker, "CAD Maker"."""
    return f"{_SHORT[header.kind]} {header.maker[:_MAKER_LETTERS]}".strip()


def names_of(headers: Sequence[ObjectHeader]) -> tuple[str, ...]:
    """What stands ahead of each object's words: its kind, "CAD"; its title where several are of this kind."""
    kinds = [header.kind for header in headers]
    return tuple(_SHORT[one.kind] if kinds.count(one.kind) == 1 else title_of(one) for one in headers)


def _point_of(operating_point: int | None) -> int:
    """An optional finding without an operating point is shown from the first one on."""
    return 1 if operating_point is None else max(1, operating_point)


def rendered(rendering: Rendering, operating_point: int | None, chosen: int) -> bool:
    """Whether a CAD finding is shown at the operating point `chosen`, PS3.17 E.4: at 0 the required ones alone, at n
    also the optional ones up to n; PS3.4 O.2.2.1: never those that are not for presentation.
    """
    if rendering is Rendering.OPTIONAL:
        return _point_of(operating_point) <= chosen
    return rendering is Rendering.REQUIRED


def lies_the_same(preserved: bool | None, alike: bool | None) -> bool:
    """Whether places on a source image hold on an image made from it, PS3.17 E.5: as Spatial Locations Preserved says,
    and where it says nothing if orientation and spacing of both are `alike`; None, not known, is not enough.
    """
    return alike is True if preserved is None else preserved
