"""Owns the graphic layers of a presentation state (PS3.3 C.10.7) and what lies in them as bits: its overlay planes, and
which of the image's own it shows (C.9.2, C.11.7). Never draws them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

from mammoview.core.image import OverlayPlane
from mammoview.core.lettering import Color
from mammoview.core.overlaid import LaidPlane, Unshown
from mammoview.core.study import ImageHeader
from mammoview.dicom.elements import Elements
from mammoview.dicom.objects.read_places import Places
from mammoview.dicom.overlays import overlays_of

_GROUPS = range(0x6000, 0x6020, 2)
_ACTIVATION, _DATA = 0x1001, 0x3000
_WHITE = 0xFFFF
_XYZ_FROM_RGB = np.array(
    [[0.4360747, 0.3850649, 0.1430804], [0.2225045, 0.7168786, 0.0606169], [0.0139322, 0.0971045, 0.7141733]]
)
"""Of sRGB's primaries, adapted to the D50 white of the profile connection space (IEC 61966-2-1, ICC.1 annex E)."""

_D50 = np.array([0.96422, 1.0, 0.82521])


@dataclass(frozen=True, slots=True)
class Layer:
    """`order`: a layer of a higher one lies over those of lower ones."""

    order: float = 0.0
    color: Color | None = None


def layers_of(elements: Elements) -> dict[str, Layer]:
    """The layers by their names: Graphic Layer Order (0070,0062), and the colour that is recommended for each."""
    return {
        item.code("GraphicLayer"): Layer(item.number("GraphicLayerOrder") or 0.0, _recommended(item))
        for item in elements.items("GraphicLayerSequence")
    }


def _recommended(item: Elements) -> Color | None:
    """CIELab (0070,0401) ahead of the retired RGB (0070,0067), and that ahead of the grey (0070,0066)."""
    lab = color_of_lab(item.numbers("GraphicLayerRecommendedDisplayCIELabValue"))
    if lab is not None:
        return lab
    rgb = item.numbers("GraphicLayerRecommendedDisplayRGBValue")
    if len(rgb) == 3:
        return _eight_bits(rgb[0]), _eight_bits(rgb[1]), _eight_bits(rgb[2])
    grey = item.number("GraphicLayerRecommendedDisplayGrayscaleValue")
    return None if grey is None else (_eight_bits(grey),) * 3


def _eight_bits(value: float) -> int:
    return round(255 * min(max(value, 0), _WHITE) / _WHITE)


def color_of_lab(numbers: tuple[float, ...]) -> Color | None:
    """PCS-values in CIELab as of PS3.3 C.10.7.1.1 (16 bits each), as sRGB; None where they are none."""
    if len(numbers) != 3 or not all(0 <= number <= _WHITE for number in numbers):
        return None
    light, green_red, blue_yellow = numbers[0] / 655.35, numbers[1] / 257 - 128, numbers[2] / 257 - 128
    middle = (light + 16) / 116
    shares = np.array([middle + green_red / 500, middle, middle - blue_yellow / 200])
    low = 6 / 29
    xyz = _D50 * np.where(shares > low, shares**3, 3 * low**2 * (shares - 4 / 29))
    linear = np.clip(np.linalg.solve(_XYZ_FROM_RGB, xyz), 0, 1)
    parts = np.where(linear <= 0.0031308, 12.92 * linear, 1.055 * linear ** (1 / 2.4) - 0.055)
    red, green, blue = np.rint(255 * parts).astype(int).tolist()
    return red, green, blue


@dataclass(frozen=True, slots=True, eq=False)
class Planes:
    """The overlay planes of a state on one image: those that are `laid`, the one that is its bitmap shutter, and which
    groups of the image's own are shown (None: it says nothing of them).
    """

    laid: tuple[LaidPlane, ...] = ()
    shutter: OverlayPlane | None = None
    active: frozenset[int] | None = None


@dataclass(slots=True, eq=False)
class PlaneReader:
    """Reads the planes once for all images of one size."""

    elements: Elements
    layers: Mapping[str, Layer]
    places: Places
    _known: dict[tuple[int, int], Planes] = field(default_factory=dict)

    def on(self, image: ImageHeader) -> Planes:
        """Overlay Activation Layer (60xx,1001): an overlay without one is not shown (C.11.7), nor is the one of a
        bitmap shutter (C.7.6.15).
        """
        shape = image.rows, image.columns
        if shape not in self._known:
            self._known[shape] = self._read(shape)
        return self._known[shape]

    def _read(self, shape: tuple[int, int]) -> Planes:
        elements = self.elements
        own = {group for group in _GROUPS if elements.has(group << 16 | _DATA)}
        told = {group: elements.code(group << 16 | _ACTIVATION) for group in _GROUPS if self._tells(group)}
        by_group: dict[int, OverlayPlane] = {}
        if own:
            unusable: list[str] = []
            by_group = {plane.group: plane for plane in overlays_of(elements.dataset, *shape, warnings=unusable)}
            if unusable:
                self.places.say(Unshown.PLANE)
        shutter = self._shutter_group()
        laid = []
        for group, plane in by_group.items():
            if group == shutter:
                continue
            if not told.get(group):
                self.places.say(Unshown.INACTIVE)
                continue
            laid.append((self.layers.get(told[group], Layer()), plane))
        laid.sort(key=lambda item: item[0].order)
        of_image = {group: layer for group, layer in told.items() if group not in own}
        return Planes(
            tuple(LaidPlane(plane, layer.color) for layer, plane in laid),
            None if shutter is None else by_group.get(shutter),
            frozenset(group for group, layer in of_image.items() if layer) if of_image else None,
        )

    def _tells(self, group: int) -> bool:
        return self.elements.has(group << 16 | _ACTIVATION)

    def _shutter_group(self) -> int | None:
        """Shutter Overlay Group (0018,1623), where a shutter is a bitmap."""
        if "BITMAP" not in (shape.upper() for shape in self.elements.texts("ShutterShape")):
            return None
        return self.elements.integer("ShutterOverlayGroup")
