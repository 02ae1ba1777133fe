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
from mammoview.core.image import OverlayPlane
from mammoview.core.lettering import Color
from mammoview.core.marks import Point
from mammoview.core.study import ImageHeader, ObjectHeader, ObjectKind
from mammoview.core.window import Voi, VoiLut

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
    ARROW = "arrow"
    """2 points, the tip last."""
    TEXT = "text"
    """1 point, at which the text stands."""


_LEAST = {
    GraphicForm.POINT: 1,
    GraphicForm.LINE: 2,
    GraphicForm.OUTLINE: 3,
    GraphicForm.ARROW: 2,
    GraphicForm.TEXT: 1,
}


class Align(StrEnum):
    """Bounding Box Text Horizontal Justification (0070,0012)."""

    LEFT = "left"
    CENTER = "center"
    RIGHT = "right"


@dataclass(frozen=True, slots=True)
class TextBox:
    """Two opposite corners of the box that a text stands in, and where in its width."""

    corners: tuple[Point, Point]
    align: Align = Align.LEFT


class Unshown(StrEnum):
    """What of an object is not shown, or not as its maker wanted, and why."""

    MASK = "a mask subtraction is not shown"
    ROTATION = "Image Rotation is no quarter turn: left out"
    AREA = "a displayed area cannot be read or lies outside: the whole image is meant"
    TRUE_SIZE = "true size is not kept: its part fills the view"
    SHAPE = "Presentation LUT Shape is unknown: left out"
    LUT = "its presentation LUT cannot be read: left out"
    WINDOW = "its window cannot be read: left out"
    MODALITY = "its modality LUT is not the image's, and its window cannot be said without it: both are left out"
    FLAT = "its window and LUTs would show nothing of the image: left out"
    SHUTTER = "a shutter cannot be read: left out"
    SHUT = "its shutters would hide the whole image: left out"
    INACTIVE = "an overlay plane that it does not activate is not shown"
    PLANE = "an overlay plane cannot be read: left out"
    COMPOUND = "a compound graphic is of a kind or has points that are not understood: not shown"
    THREE_D = "places in three dimensions are not shown: a mammogram has no position in the patient"


class Rendering(StrEnum):
    """Rendering Intent (111056, DCM): PS3.16 codes 111150, 111151 and 111152."""

    REQUIRED = "presentation required"
    OPTIONAL = "presentation optional"
    NOT = "not for presentation"


@dataclass(frozen=True, slots=True)
class Graphic:
    """One graphic on the image with the key `image_key`. `frames` count from 1; none named = all.

    `lines` stand beside it, or in its `box`. `free_text`: they are somebody's own words, which may name the patient.
    `color` is what its maker recommends, None where he says nothing. `operating_point` is that of an optional CAD
    finding, None where it tells none.
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
    color: Color | None = None
    dashed: bool = False
    box: TextBox | None = None

    def __post_init__(self) -> None:
        if len(self.points) < _LEAST[self.form]:
            raise MammoviewError(f"a graphic of form {self.form} has {len(self.points)} points")
        boxed = () if self.box is None else self.box.corners
        if not np.isfinite(np.array((*self.points, *boxed), np.float64)).all():
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


@dataclass(frozen=True, slots=True, eq=False)
class LaidPlane:
    """An overlay plane of a presentation state in the colour of its layer; None where that recommends none."""

    plane: OverlayPlane
    color: Color | None = None


@dataclass(frozen=True, slots=True, eq=False)
class PresentationState:
    """How a presentation state (PS3.3 A.33.1) wants one image to look; `frames` of it count from 1; none named = all.

    `voi` None: as the image says; `unwindowed`: it has no VOI stage, which means the whole range of values (PS3.4
    N.2.1.3). `inverse`: whether low values are bright, None: as the image says. `p_values`: its Presentation LUT.

    `orientation` turns and flips the stored image, if it `lays` the image at all. `area`: the stored pixels at the top
    left and the bottom right of the display, as it is turned; None: the whole image. `magnification`: screen pixels
    for each stored one, None: the area fills the view.

    `shutters` are outlines: what is outside any of them, or where `shutter_plane` is on, has the grey `shutter_grey`,
    0..255. `planes` are overlays of its own; `active`: those of the image's own overlays, by their group, that it
    shows, None: it says nothing of them.
    """

    voi: Voi | None = None
    inverse: bool | None = None
    orientation: Orientation = field(default_factory=Orientation)
    area: tuple[Point, Point] | None = None
    shutters: tuple[tuple[Point, ...], ...] = ()
    shutter_grey: int = 0
    unwindowed: bool = False
    p_values: VoiLut | None = None
    lays: bool = False
    magnification: float | None = None
    shutter_plane: OverlayPlane | None = None
    planes: tuple[LaidPlane, ...] = ()
    active: frozenset[int] | None = None
    frames: frozenset[int] = frozenset()


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
