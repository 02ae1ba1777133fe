"""Owns the projection of a slab: several frames of one image become one. Never reads frames or decides which."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from mammoview.core.errors import MammoviewError
from mammoview.core.image import FrameChoice, MammoImage, Projection, StoredPixels


def project(frames: Iterable[MammoImage], choice: FrameChoice) -> MammoImage:
    """The slab `choice` of the given frames, which are taken one by one and need not be in memory together.

    MAXIMUM keeps at each pixel the value that is shown brightest: the highest stored value, the lowest where low
    values are bright (MONOCHROME1, or a modality stage or first VOI that falls). AVERAGE is the mean, rounded. A pixel
    is padding only where it is padding in all frames. Header and overlays are those of frame `choice.frame`.

    Raises MammoviewError where that frame is not among them, or where frames differ in size, dtype or rescaling, so
    that their stored values cannot be compared.
    """
    middle: MammoImage | None = None
    first: MammoImage | None = None
    pile: _Pile | None = None
    for image in frames:
        if first is None or pile is None:
            first, pile = image, _Maximum(image) if choice.projection is Projection.MAXIMUM else _Mean(image)
        else:
            _require_alike(first, image)
            pile.add(image)
        if image.frame == choice.frame:
            middle = image
    if middle is None or pile is None:
        raise MammoviewError(f"frame {choice.frame} is not in the slab")
    stored = np.ascontiguousarray(pile.result())
    return replace(middle, stored=stored, slab=choice.slab, projection=choice.projection)


def _require_alike(one: MammoImage, other: MammoImage) -> None:
    if one.stored.shape != other.stored.shape or one.stored.dtype != other.stored.dtype:
        raise MammoviewError(f"frames {one.frame} and {other.frame} differ in size", "show single frames")
    a, b = one.grey, other.grey
    if (a.slope, a.intercept, a.inverse, a.padding) != (b.slope, b.intercept, b.inverse, b.padding):
        raise MammoviewError(f"frames {one.frame} and {other.frame} differ in rescaling", "show single frames")


class _Pile(ABC):
    """Frames laid on each other; `void` is where all of them so far are padding (None: the image has none)."""

    def __init__(self, image: MammoImage) -> None:
        self.grey = image.grey
        self.void: NDArray[np.bool_] | None = None
        if image.grey.padding is not None:
            self.void = image.grey.is_padding(image.stored)

    @abstractmethod
    def add(self, image: MammoImage) -> None:
        """Lay one more frame on the others."""

    @abstractmethod
    def result(self) -> StoredPixels:
        """The slab's stored values."""


class _Maximum(_Pile):
    def __init__(self, image: MammoImage) -> None:
        super().__init__(image)
        self._best: StoredPixels = image.stored.copy()
        voi_falls = any(voi.falls for voi in image.grey.vois[:1])
        self._brightest = np.minimum if image.grey.low_is_bright != voi_falls else np.maximum

    def add(self, image: MammoImage) -> None:
        stored = image.stored
        if self.void is None:
            self._brightest(self._best, stored, out=self._best)
            return
        padding = self.grey.is_padding(stored)
        self._brightest(self._best, stored, out=self._best, where=~(padding | self.void))
        np.copyto(self._best, stored, where=self.void & ~padding)
        self.void &= padding

    def result(self) -> StoredPixels:
        return self._best


class _Mean(_Pile):
    def __init__(self, image: MammoImage) -> None:
        super().__init__(image)
        self._fill: StoredPixels = image.stored
        self._sum = image.stored.astype(np.int32)
        self._count: NDArray[np.int32] | int = 1
        if self.void is not None:
            self._sum[self.void] = 0
            self._count = (~self.void).astype(np.int32)

    def add(self, image: MammoImage) -> None:
        if self.void is None:
            self._sum += image.stored
            self._count += 1
            return
        valid = ~self.grey.is_padding(image.stored)
        np.add(self._sum, image.stored, out=self._sum, where=valid)
        self._count += valid
        self.void &= ~valid

    def result(self) -> StoredPixels:
        mean = np.floor(self._sum / np.maximum(self._count, 1) + 0.5).astype(self._fill.dtype)
        if self.void is None:
            return mean
        if self.grey.padding is not None:  # a mean of values on both sides of the padding must not become padding
            fallen = self.grey.is_padding(mean) & ~self.void
            mean[fallen] = self.grey.padding.nearest_valid(mean[fallen])
        return np.where(self.void, self._fill, mean)
