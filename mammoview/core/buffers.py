"""Owns the memory of large arrays: what one image gives back is what the next one takes. Never knows what is in it.

Memory that is new to a process is handed out page by page, zeroed, at the first touch of each, which for a study can
cost more than reading it; the platform's allocator gives arrays of this size back at once. Here memory is held in slabs
from which arrays are cut one behind the other; a slab is free again when no array sees any part of it.
"""

from __future__ import annotations

import threading
import weakref
from collections import deque
from dataclasses import dataclass
from math import prod
from typing import Any

import numpy as np
from numpy.typing import DTypeLike, NDArray

SLAB_BYTES = 32 << 20
_SMALLEST_BYTES = 256 << 10
_ALIGNMENT = 4096


@dataclass(slots=True, eq=False)
class _Slab:
    memory: NDArray[np.uint8]
    used: int = 0
    arrays: int = 0

    @property
    def left(self) -> int:
        return self.memory.nbytes - self.used


class Buffers:
    """A store of memory. Thread-safe. `keep_bytes`: how much of what was given back is kept for the next one."""

    def __init__(self, keep_bytes: int = 5 * SLAB_BYTES) -> None:
        self.keep_bytes = keep_bytes
        self._lock = threading.Lock()
        self._current: _Slab | None = None
        self._free: list[_Slab] = []
        self._given_back: deque[_Slab] = deque()

    def empty(self, shape: tuple[int, ...], dtype: DTypeLike) -> NDArray[Any]:
        """An array as of `numpy.empty`, C-contiguous; its memory comes back by itself when nothing sees it any more."""
        kind = np.dtype(dtype)
        count = prod(shape) * kind.itemsize
        if count < _SMALLEST_BYTES:
            return np.empty(shape, kind)
        with self._lock:
            self._settle()
            slab = self._with_room(count)
            offset = slab.used
            slab.used += -(-count // _ALIGNMENT) * _ALIGNMENT
            slab.arrays += 1
        # between slab and array stands a memoryview, so that whatever sees the array keeps the array itself alive
        array: NDArray[Any] = np.frombuffer(slab.memory.data, np.uint8, count, offset)
        weakref.finalize(array, self._back, slab).atexit = False
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

    def _with_room(self, count: int) -> _Slab:
        if self._current is not None and self._current.left >= count:
            return self._current
        fitting = (slab for slab in self._free if slab.memory.nbytes >= count)
        slab = min(fitting, key=lambda one: one.memory.nbytes, default=None)
        if slab is None:
            rounded = -(-count // _ALIGNMENT) * _ALIGNMENT
            slab = _Slab(np.empty(max(SLAB_BYTES, rounded), np.uint8))
        else:
            self._free.remove(slab)
        if self._current is None or slab.left - count > self._current.left:
            self._current = slab
        return slab

    def _back(self, slab: _Slab) -> None:
        """An array of the slab is gone. Runs wherever it ended, be it inside of `empty`: never waits for the lock."""
        self._given_back.append(slab)
        if self._lock.acquire(blocking=False):
            try:
                self._settle()
            finally:
                self._lock.release()

    def _settle(self) -> None:
        """Take note of what was given back; the lock is held."""
        while self._given_back:
            slab = self._given_back.popleft()
            slab.arrays -= 1
            if slab.arrays == 0:
                slab.used = 0
                if slab is not self._current:
                    self._free.append(slab)
        self._trim()

    def _trim(self) -> None:
        while self._free and sum(slab.memory.nbytes for slab in self._free) > self.keep_bytes:
            self._free.pop(0)


BUFFERS = Buffers()
"""The memory of this process."""
