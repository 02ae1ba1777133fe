"""Owns the memory of large arrays: what one image gives back is what the next one takes. Never knows what is in it.

Memory that is new to a process is handed out page by page, zeroed, at the first touch of each, which for a study can
cost more than reading it; the platform's allocator gives arrays of this size back at once. Here memory is held in slabs
in which arrays lie beside each other; what one of them leaves is taken by the next that fits.
"""

from __future__ import annotations

import threading
import weakref
from bisect import insort
from collections import deque
from dataclasses import dataclass, field
from math import prod
from typing import Any

import numpy as np
from numpy.typing import DTypeLike, NDArray

SLAB_BYTES = 32 << 20
_SMALLEST_BYTES = 256 << 10
_ALIGNMENT = 4096


@dataclass(slots=True, eq=False)
class _Slab:
    """`extents`: (first byte, end) of what arrays see, in order."""

    memory: NDArray[np.uint8]
    extents: list[tuple[int, int]] = field(default_factory=list)

    def gap(self, count: int) -> int | None:
        """Where `count` bytes fit between the arrays, the first such place; None where nowhere."""
        at = 0
        for first, end in self.extents:
            if first - at >= count:
                return at
            at = end
        return at if self.memory.nbytes - at >= count else None


class Buffers:
    """A store of memory. Thread-safe. `keep_bytes`: how much of what was given back is kept for the next one."""

    def __init__(self, keep_bytes: int = 5 * SLAB_BYTES) -> None:
        self.keep_bytes = keep_bytes
        self._lock = threading.Lock()
        self._used: list[_Slab] = []
        self._free: list[_Slab] = []
        self._given_back: deque[tuple[_Slab, tuple[int, int]]] = deque()

    def empty(self, shape: tuple[int, ...], dtype: DTypeLike) -> NDArray[Any]:
        """An array as of `numpy.empty`, C-contiguous; its memory comes back by itself when nothing sees it any more."""
        kind = np.dtype(dtype)
        count = prod(shape) * kind.itemsize
        if count < _SMALLEST_BYTES:
            return np.empty(shape, kind)
        with self._lock:
            self._settle()
            slab, extent = self._take(-(-count // _ALIGNMENT) * _ALIGNMENT)
        # between slab and array stands a memoryview, so that whatever sees the array keeps the array itself alive
        array: NDArray[Any] = np.frombuffer(slab.memory.data, np.uint8, count, extent[0])
        weakref.finalize(array, self._back, slab, extent).atexit = False
        return array.view(kind).reshape(shape)

    @property
    def lacks(self) -> bool:
        """Whether more memory may be kept ready."""
        return self.free_bytes + SLAB_BYTES <= self.keep_bytes

    def add(self) -> None:
        """Have one more slab of touched memory ready, as far as it may be kept."""
        slab = _Slab(np.empty(SLAB_BYTES, np.uint8))
        slab.memory.fill(0)
        with self._lock:
            self._free.append(slab)
            self._trim()

    @property
    def free_bytes(self) -> int:
        """How much is kept for the next one."""
        with self._lock:
            self._settle()
            return sum(slab.memory.nbytes for slab in self._free)

    @property
    def used_bytes(self) -> int:
        """How much memory is held of which arrays see some."""
        with self._lock:
            self._settle()
            return sum(slab.memory.nbytes for slab in self._used)

    def _take(self, count: int) -> tuple[_Slab, tuple[int, int]]:
        """A slab and a place in it, the first that is free."""
        for slab in self._used:
            at = slab.gap(count)
            if at is not None:
                break
        else:
            fitting = (one for one in self._free if one.memory.nbytes >= count)
            found = min(fitting, key=lambda one: one.memory.nbytes, default=None)
            if found is None:
                found = _Slab(np.empty(max(SLAB_BYTES, count), np.uint8))
            else:
                self._free.remove(found)
            slab, at = found, 0
            self._used.append(slab)
        extent = (at, at + count)
        insort(slab.extents, extent)
        return slab, extent

    def _back(self, slab: _Slab, extent: tuple[int, int]) -> None:
        """An array of the slab is gone. Runs wherever it ended, be it inside of `empty`: never waits for the lock."""
        self._given_back.append((slab, extent))
        if self._lock.acquire(blocking=False):
            try:
                self._settle()
            finally:
                self._lock.release()

    def _settle(self) -> None:
        """Take note of what was given back; the lock is held."""
        while self._given_back:
            slab, extent = self._given_back.popleft()
            slab.extents.remove(extent)
            if not slab.extents:
                self._used.remove(slab)
                self._free.append(slab)
        self._trim()

    def _trim(self) -> None:
        while self._free and sum(slab.memory.nbytes for slab in self._free) > self.keep_bytes:
            self._free.pop(0)


BUFFERS = Buffers()
"""The memory of this process."""
