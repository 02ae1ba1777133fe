"""Owns one image with its pixels. Never decodes or draws them."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from mammoview.core.default_curve import default_curve
from mammoview.core.errors import MammoviewError
from mammoview.core.geometry import Spacing
from mammoview.core.study import ImageHeader
from mammoview.core.window import Greyscale, Voi

StoredPixels = NDArray[Any]  # uint8, uint16 or int16


class Projection(StrEnum):
    """How the frames of a slab become one image."""

    MAXIMUM = "maximum"
    AVERAGE = "average"


@dataclass(frozen=True, slots=True)
class FrameChoice:
    """What is shown of a multi-frame image: frame `frame` (from 1) alone, or a slab of `slab` frames about it."""

    frame: int = 1
    slab: int = 1
    projection: Projection = Projection.MAXIMUM

    def frames(self, count: int) -> range:
        """The frames (from 1) of the slab, all within an image of `count` frames."""
        first = max(1, min(self.frame - self.slab // 2, count - self.slab + 1))
        return range(first, min(count, first + self.slab - 1) + 1)


@dataclass(frozen=True, slots=True, eq=False)
class OverlayPlane:
    """One overlay of an image (60xx,3000), PS3.3 C.9.2, the part of it that lies within the image.

    `mask`: uint8 (rows, columns), 1 where the overlay is on; its first pixel lies on the stored pixel (`row0`,
    `column0`). `kind` is "G" (graphics) or "R" (region of interest), `group` its group, 0x6000..0x601E.
    """

    mask: NDArray[np.uint8]
    row0: int = 0
    column0: int = 0
    label: str = ""
    kind: str = "G"
    group: int = 0x6000

    def __post_init__(self) -> None:
        if self.mask.ndim != 2 or self.row0 < 0 or self.column0 < 0:
            raise MammoviewError("an overlay lies outside its image")
        self.mask.flags.writeable = False


@dataclass(frozen=True, slots=True, eq=False)
class MammoImage:
    """Stored pixels of one frame and what is needed to show them.

    `stored`: read-only array (rows, columns) of uint8, uint16 or int16, C-contiguous, as in the file: not windowed,
    not flipped, MONOCHROME1 not inverted. `frame` counts from 1; `slab` > 1 is the projection of that many frames
    about it. `preview`: each value stands for several pixels, the image itself is still to come. `coloured`: the file
    holds colours, of which `stored` is the luminance; greys stored as RGB are none.
    """

    header: ImageHeader
    stored: StoredPixels
    frame: int = 1
    overlays: tuple[OverlayPlane, ...] = ()
    preview: bool = False
    slab: int = 1
    projection: Projection = Projection.MAXIMUM
    coloured: bool = False
    _made: list[tuple[Voi, ...]] = field(default_factory=list, init=False, repr=False)

    def __post_init__(self) -> None:
        if self.stored.ndim != 2 or self.stored.dtype not in (np.uint8, np.uint16, np.int16):
            raise MammoviewError(f"pixels of shape {self.stored.shape}, {self.stored.dtype} are not a grey image")
        self.stored.flags.writeable = False

    @property
    def grey(self) -> Greyscale:
        return self.header.grey

    @property
    def spacing(self) -> Spacing | None:
        return self.header.spacing

    @property
    def rows(self) -> int:
        return int(self.stored.shape[0])

    @property
    def columns(self) -> int:
        return int(self.stored.shape[1])

    @property
    def key(self) -> str:
        """The header's key, with "#frame" behind it for multi-frame images."""
        return self.header.key if self.header.frames == 1 else f"{self.header.key}#{self.frame}"

    def vois(self) -> tuple[Voi, ...]:
        """The VOI choices, never empty: the file's; else for a For Processing image the default curve; else one window
        from minimum to maximum without padding. Those made from the pixels are made once (milliseconds).
        """
        if self.grey.vois:
            return self.grey.vois
        if not self._made:
            made = default_curve(self.grey, self.stored) if self.grey.signal is not None else self._full_range()
            self._made.append((made,))
        return self._made[0]

    def share_vois(self, other: MammoImage) -> None:
        """Take over what `other`, a frame of the same image, made from its pixels: greys stay while frames change."""
        if not self.grey.vois and not self._made:
            self._made.append(other.vois())

    def _full_range(self) -> Voi:
        lowest, highest = (int(end) for end in cv2.minMaxLoc(self.stored)[:2])
        padding = self.grey.padding
        if padding is not None and padding.low <= lowest <= padding.high < highest:
            lowest = int(cv2.minMaxLoc(self.stored, cv2.inRange(self.stored, padding.high + 1, highest))[0])
        elif padding is not None and lowest < padding.low <= highest <= padding.high:
            highest = int(cv2.minMaxLoc(self.stored, cv2.inRange(self.stored, lowest, padding.low - 1))[1])
        return self.grey.full_range_window(lowest, highest)
