"""Owns the images in memory: loads what is wanted in the background, keeps it within a byte limit. Never shows it.

The images of the study on the screen are pinned; what is merely expected to be wanted is loaded after them and may be
given up again, the least recently used first.
"""

from __future__ import annotations

import os
from collections import OrderedDict
from collections.abc import Callable, Sequence
from functools import partial

from PySide6.QtCore import QObject, Signal

from mammoview.core.errors import CancelledError, MammoviewError
from mammoview.core.image import MammoImage
from mammoview.core.prepared import PreparedImage, prepare
from mammoview.core.study import ImageHeader
from mammoview.services.jobs import JobRunner, Ticket

_SMALLEST_LIMIT = 512 << 20
_LARGEST_LIMIT = 4 << 30
_AT_ONCE = 2


def default_limit_bytes() -> int:
    """A quarter of the memory, between 512 MiB and 4 GiB."""
    try:
        memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    except (AttributeError, ValueError, OSError):
        memory = 8 << 30
    return max(_SMALLEST_LIMIT, min(_LARGEST_LIMIT, memory // 4))


class ImageStore(QObject):
    """`ready(key)` and `failed(key)` follow every `want`; keys are those of the headers."""

    ready = Signal(str)
    failed = Signal(str)

    def __init__(
        self,
        runner: JobRunner,
        read: Callable[[ImageHeader], MammoImage],
        *,
        limit_bytes: int | None = None,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._runner = runner
        self._read = read
        self.limit_bytes = default_limit_bytes() if limit_bytes is None else limit_bytes
        self._images: OrderedDict[str, PreparedImage] = OrderedDict()
        self._errors: dict[str, MammoviewError] = {}
        self._wanted: list[ImageHeader] = []
        self._pinned: frozenset[str] = frozenset()
        self._loading: dict[str, Ticket] = {}

    def want(self, now: Sequence[ImageHeader], later: Sequence[ImageHeader] = ()) -> None:
        """Load `now` (in this order) and pin it, then `later` as far as the limit allows; replaces earlier wishes."""
        self._pinned = frozenset(header.key for header in now)
        self._wanted = [*now, *later]
        keys = {header.key for header in self._wanted}
        for key, ticket in list(self._loading.items()):
            if key not in keys:
                ticket.cancel()
                del self._loading[key]
        for key in self._pinned:
            self._errors.pop(key, None)
        self._shrink()
        self._load_next()

    def get(self, key: str) -> PreparedImage | None:
        """The image, if it is in memory."""
        prepared = self._images.get(key)
        if prepared is not None:
            self._images.move_to_end(key)
        return prepared

    def error(self, key: str) -> MammoviewError | None:
        """Why the image could not be loaded."""
        return self._errors.get(key)

    def cancel(self) -> bool:
        """Give up what is being loaded; True if there was anything."""
        had = bool(self._loading)
        waiting = [header.key for header in self._wanted if self._is_missing(header)]
        self._wanted = []
        for ticket in self._loading.values():
            ticket.cancel()
        self._loading.clear()
        for key in waiting:
            if key in self._pinned:
                self._errors[key] = CancelledError("loading was cancelled", "open the study again")
                self.failed.emit(key)
        return had

    @property
    def nbytes(self) -> int:
        """Memory held by images, in bytes."""
        return sum(prepared.nbytes for prepared in self._images.values())

    @property
    def loading(self) -> bool:
        return bool(self._loading)

    def prefetched(self) -> int:
        """How many images in memory are not those of the study on the screen."""
        return sum(key not in self._pinned for key in self._images)

    def _is_missing(self, header: ImageHeader) -> bool:
        return header.key not in self._images and header.key not in self._errors

    def _load_next(self) -> None:
        for header in self._wanted:
            if len(self._loading) >= _AT_ONCE:
                return
            if header.key in self._loading or not self._is_missing(header):
                continue
            if header.key not in self._pinned and not self._may_prefetch():
                return
            self._loading[header.key] = self._runner.submit(
                partial(_load, self._read, header),
                done=partial(self._loaded, header.key),
                failed=partial(self._refused, header.key),
            )

    def _may_prefetch(self) -> bool:
        return self.nbytes < self.limit_bytes and not any(key in self._pinned for key in self._loading)

    def _loaded(self, key: str, prepared: PreparedImage) -> None:
        self._loading.pop(key, None)
        self._images[key] = prepared
        self._images.move_to_end(key)
        self._shrink()
        self._load_next()
        if key in self._images:
            self.ready.emit(key)

    def _refused(self, key: str, error: MammoviewError) -> None:
        self._loading.pop(key, None)
        self._errors[key] = error
        self._load_next()
        self.failed.emit(key)

    def _shrink(self) -> None:
        free = [key for key in self._images if key not in self._pinned]
        total = self.nbytes
        while total > self.limit_bytes and free:
            total -= self._images.pop(free.pop(0)).nbytes


def _load(read: Callable[[ImageHeader], MammoImage], header: ImageHeader, ticket: Ticket) -> PreparedImage:
    image = read(header)
    if ticket.cancelled():
        raise CancelledError
    return prepare(image)
