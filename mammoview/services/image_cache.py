"""Owns the images in memory and how many bytes they may take: the least recently used go. Loads none."""

from __future__ import annotations

import os
from collections import OrderedDict
from collections.abc import Collection
from dataclasses import dataclass
from typing import NamedTuple

from mammoview.core.errors import UsageError
from mammoview.core.image import FrameChoice, MammoImage, Projection
from mammoview.core.prepared import PreparedImage
from mammoview.core.study import ImageHeader
from mammoview.services.words import translate

MIB = 1 << 20
SMALLEST_LIMIT_MIB = 256
_LEAST_DEFAULT, _MOST_DEFAULT = 512 * MIB, 4096 * MIB
_WITH_REDUCTIONS, _REGION_BYTES = 1.4, MIB // 2


FIRST_FRAME = FrameChoice()


class ImageId(NamedTuple):
    """What names an image in memory: the header's key with frame, slab and projection; or its preview."""

    key: str
    frame: int = 1
    slab: int = 1
    projection: Projection = Projection.MAXIMUM
    preview: bool = False


@dataclass(frozen=True, slots=True)
class Wish:
    """One picture that is wanted: an image, or a frame or slab of it."""

    header: ImageHeader
    choice: FrameChoice = FIRST_FRAME

    @property
    def id(self) -> ImageId:
        return image_id(self.header.key, self.choice)

    @property
    def preview_id(self) -> ImageId:
        return ImageId(self.header.key, preview=True)

    @property
    def nbytes(self) -> int:
        """About what the picture will take in memory, in bytes."""
        size = 1 if self.header.grey.bits_stored <= 8 else 2
        return round(self.header.rows * self.header.columns * size * _WITH_REDUCTIONS) + _REGION_BYTES


def image_id(key: str, choice: FrameChoice) -> ImageId:
    return ImageId(key, choice.frame, choice.slab, choice.projection)


def memory_bytes() -> int:
    """The machine's memory; 8 GiB where it cannot be told."""
    try:
        return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    except (AttributeError, ValueError, OSError):
        return 8 << 30


def largest_limit_mib() -> int:
    """Half of the machine's memory."""
    return max(SMALLEST_LIMIT_MIB, memory_bytes() // 2 // MIB)


def default_limit_bytes() -> int:
    """A quarter of the memory, between 512 MiB and 4 GiB, and never more than half of it."""
    quarter = max(_LEAST_DEFAULT, min(_MOST_DEFAULT, memory_bytes() // 4))
    return min(quarter, largest_limit_mib() * MIB)


def checked_limit(mib: int) -> int:
    """The limit in bytes that was set in MiB; 0 stands for the default.

    Raises UsageError outside 256 MiB to half of the machine's memory.
    """
    if mib == 0:
        return default_limit_bytes()
    if not SMALLEST_LIMIT_MIB <= mib <= largest_limit_mib():
        raise UsageError(
            translate("ImageCache", "{} MiB is no memory limit").format(mib),
            translate("ImageCache", "{} to {} MiB, 0 for the default").format(SMALLEST_LIMIT_MIB, largest_limit_mib()),
        )
    return mib * MIB


def allowed_bytes(mib: int) -> int:
    """As `checked_limit`, with the nearest limit that this machine allows in place of an error."""
    return checked_limit(mib and min(max(mib, SMALLEST_LIMIT_MIB), largest_limit_mib()))


Entry = PreparedImage | MammoImage
"""What is in memory: an image ready to be shown, or the mere pixels of a frame that a slab was made of."""


class ImageCache:
    """Images by id, in the order of their last use."""

    def __init__(self) -> None:
        self._entries: OrderedDict[ImageId, Entry] = OrderedDict()

    def put(self, name: ImageId, entry: Entry) -> None:
        self._entries[name] = entry
        self._entries.move_to_end(name)

    def prepared(self, name: ImageId) -> PreparedImage | None:
        """The image ready to be shown, which counts as used now."""
        entry = self._entries.get(name)
        if not isinstance(entry, PreparedImage):
            return None
        self._entries.move_to_end(name)
        return entry

    def pixels(self, name: ImageId) -> MammoImage | None:
        """The image's pixels, whether or not it is ready to be shown."""
        entry = self._entries.get(name)
        return entry.image if isinstance(entry, PreparedImage) else entry

    def nbytes_of(self, name: ImageId) -> int | None:
        entry = self._entries.get(name)
        return None if entry is None else _nbytes(entry)

    def sibling(self, key: str) -> PreparedImage | None:
        """Any frame of an image that is ready to be shown, no preview."""
        found = (
            entry
            for name, entry in self._entries.items()
            if name.key == key and not name.preview and isinstance(entry, PreparedImage)
        )
        return next(found, None)

    def frames(self, key: str) -> dict[int, MammoImage]:
        """The pixels of an image's single frames, by number (from 1)."""
        return {
            name.frame: entry.image if isinstance(entry, PreparedImage) else entry
            for name, entry in self._entries.items()
            if name == ImageId(key, name.frame)
        }

    def keys(self) -> frozenset[str]:
        """The keys of all images of which something is in memory."""
        return frozenset(name.key for name in self._entries)

    def drop(self, name: ImageId) -> None:
        self._entries.pop(name, None)

    def drop_keys(self, keys: Collection[str]) -> None:
        """Give up all frames, slabs and previews of images."""
        for name in [name for name in self._entries if name.key in keys]:
            del self._entries[name]

    @property
    def nbytes(self) -> int:
        return sum(_nbytes(entry) for entry in self._entries.values())

    def shrink(self, limit: int, pinned: Collection[ImageId], spared: Collection[ImageId]) -> None:
        """Give up images until they take at most `limit` bytes: first those that are neither pinned nor `spared`, then
        the spared; the least recently used first, pinned ones never.
        """
        total = self.nbytes
        free = [name for name in self._entries if name not in pinned]
        for name in sorted(free, key=lambda name: name in spared):
            if total <= limit:
                return
            total -= _nbytes(self._entries.pop(name))


def _nbytes(entry: Entry) -> int:
    return entry.nbytes if isinstance(entry, PreparedImage) else int(entry.stored.nbytes)
