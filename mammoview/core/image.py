"""Owns one image with its pixels. Never decodes or draws them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mammoview.core.errors import MammoviewError
from mammoview.core.geometry import Spacing
from mammoview.core.study import ImageHeader
from mammoview.core.window import Greyscale, Voi

StoredPixels = NDArray[Any]  # uint8, uint16 or int16


@dataclass(frozen=True, slots=True, eq=False)
class MammoImage:
    """Stored pixels of one frame and what is needed to show them.

    `stored`: read-only array (rows, columns) of uint8, uint16 or int16, C-contiguous, as in the file: not windowed,
    not flipped, MONOCHROME1 not inverted. `frame` counts from 1.
    """

    header: ImageHeader
    stored: StoredPixels
    frame: int = 1

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
        """The VOI choices: the file's, else one window from minimum to maximum without padding. Never empty."""
        if self.grey.vois:
            return self.grey.vois
        values = self.stored
        if self.grey.padding is not None:
            valid = values[~self.grey.is_padding(values)]
            values = valid if valid.size else values
        return (self.grey.full_range_window(int(values.min()), int(values.max())),)
