"""Owns decoding in child processes: a crash, a hang or a memory blow-up of a codec is one refused image. Never decodes.

The compressed frame goes to the child over its pipe, the array comes back through memory that both see.
"""

from __future__ import annotations

import contextlib
import os
import threading
from collections.abc import Iterator, Sequence
from types import TracebackType
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from mammoview.child import ChildProcess, SharedMemory, python_code, python_command, read_message, write_message
from mammoview.core.buffers import BUFFERS
from mammoview.core.errors import CancelledError, InputRefusedError
from mammoview.dicom.codestream import Codestream
from mammoview.dicom.decode_process import request_of

_AGAIN = "copy it again"
_DOCTOR = "'mammoview doctor' tells more"
_MODULE = "mammoview.dicom.decode_process"
_MEMORY_BYTES, _MEMORY_BYTES_PER_SAMPLE = 2 << 30, 12
_LIMIT_S, _LIMIT_S_PER_PIXEL = 4.0, 0.5e-6
_START_LIMIT_S = 30.0
_CLOSE_LIMIT_S = 10.0
_KEPT_BYTES = 64 << 20
_MOST_THREADS = 4
# numpy's own threads and malloc's arenas would only take address space from the codecs
# ... and what a codec gives back is kept for the next image in place of being had anew page by page (glibc alone)
_ENVIRONMENT = {
    "OPENBLAS_NUM_THREADS": "1",
    "OMP_NUM_THREADS": "1",
    "MALLOC_ARENA_MAX": "2",
    "MALLOC_MMAP_THRESHOLD_": str(1 << 30),
    "MALLOC_TRIM_THRESHOLD_": str(128 << 20),
}


class DecodePool:
    """Decodes in up to `processes` child processes. Thread-safe; use as a context manager or call `close()`.

    Nothing is started before it is asked for. Of several who wait for a free process the one who came last is served
    first, so that what is wanted now waits for at most one image that was merely expected to be wanted. `command` is
    the children's command line, by default that of `mammoview.dicom.decode_process`.
    """

    def __init__(self, processes: int = 2, *, command: Sequence[str] | None = None) -> None:
        self._command = command
        self._state = threading.Condition()  # guards what follows; never held while waiting for a process
        self._slots = [_Slot() for _ in range(processes)]
        self._free = list(self._slots)
        self._waiting: list[_Waiter] = []
        self._closed = False

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def start(self) -> None:
        """Start the processes and return at once; failures are told by the call that needs them."""
        with self._state:
            for slot in self._free:
                if not self._closed and slot.child is None:
                    with contextlib.suppress(OSError):
                        slot.start(self._command)

    def decode(self, data: bytes, stream: Codestream, *, rgb_unmarked: bool = False, reduce: int = 0) -> NDArray[Any]:
        """As `codecs.decode`, in a child. `stream` gives the size, which bounds memory and time: 2 GiB of address space
        and 12 bytes for each sample (OpenJPEG, the hungriest, takes 7), 4 s and 0.5 s for each megapixel.

        Raises InputRefusedError also where the codec crashed or took longer, CancelledError after `close`.
        """
        if min(stream.rows, stream.columns) < 1:
            raise InputRefusedError(f"the {stream.family} pixel data do not tell their size", _AGAIN)
        slot = self._take()
        try:
            samples = stream.rows * stream.columns * max(stream.components, 1)
            limit_s = _LIMIT_S + _LIMIT_S_PER_PIXEL * stream.rows * stream.columns
            request = request_of(
                stream,
                rgb_unmarked=rgb_unmarked,
                reduce=reduce,
                threads=min(_MOST_THREADS, os.cpu_count() or 1),  # the last image is not left to one core
                limit_s=limit_s,
                memory_bytes=_MEMORY_BYTES + _MEMORY_BYTES_PER_SAMPLE * samples,
            )
            child = self._ready_child(slot)
            return self._exchange(slot, child, request, data, stream, 2 * samples, limit_s)
        finally:
            self._give(slot)

    def close(self) -> None:
        """End the processes, also in the middle of a decode, which then raises CancelledError. Safe to call twice."""
        with self._state:
            self._closed = True
            for slot in self._slots:
                if slot.child is not None:
                    slot.child.stop()
            for waiter in self._waiting:
                waiter.called.set()
            self._waiting.clear()
            self._state.wait_for(lambda: len(self._free) == len(self._slots), _CLOSE_LIMIT_S)
            for slot in self._free:
                slot.close()

    def pids(self) -> tuple[int, ...]:
        """The children's process ids; empty where none was needed."""
        with self._state:
            return tuple(slot.child.pid for slot in self._slots if slot.child is not None)

    def _take(self) -> _Slot:
        """A free slot, waited for if need be."""
        with self._state:
            self._check_open()
            slot = self._free.pop() if self._free else None
            waiter = _Waiter()
            if slot is None:
                self._waiting.append(waiter)
        if slot is None:
            waiter.called.wait()
            slot = waiter.slot
            if slot is None:
                raise _closed()
        return slot

    def _give(self, slot: _Slot) -> None:
        with self._state:
            if self._waiting:
                waiter = self._waiting.pop()
                waiter.slot = slot
                waiter.called.set()
            else:
                self._free.append(slot)
                self._state.notify_all()

    def _check_open(self) -> None:
        if self._closed:
            raise _closed()

    def _ready_child(self, slot: _Slot) -> _Child:
        """The slot's process, started if need be, after its first word."""
        try:
            with self._state:
                self._check_open()
                child = slot.child if slot.child is not None and slot.child.alive else slot.start(self._command)
        except OSError as error:
            raise InputRefusedError(f"the decoder's process cannot be started: {error.strerror}", _DOCTOR) from error
        if not child.ready:
            try:
                with _time_limit(child, _START_LIMIT_S):
                    child.ready = bool(read_message(child.answers)[0].get("ready"))
            except (OSError, EOFError, ValueError) as error:
                self._bury(slot)
                raise InputRefusedError(f"the decoder's process {child.obituary()}", _DOCTOR) from error
        return child

    def _exchange(
        self,
        slot: _Slot,
        child: _Child,
        request: dict[str, Any],
        data: bytes,
        stream: Codestream,
        room_bytes: int,
        limit_s: float,
    ) -> NDArray[Any]:
        try:
            memory, shared = slot.memory.reserve(room_bytes)
        except OSError as error:
            raise InputRefusedError(f"there is no memory for its pixels: {error.strerror}") from error
        try:
            with _time_limit(child, limit_s) as is_over:
                write_message(child.requests, {**request, "shared": shared}, data)
                reply, _ = read_message(child.answers)
        except (OSError, EOFError, ValueError) as error:
            self._bury(slot)
            self._replace(slot)
            if is_over.is_set():
                cause = f"the {stream.family} decoder did not finish it within {limit_s:.0f} s"
                raise InputRefusedError(cause, _AGAIN) from error
            raise InputRefusedError(f"the {stream.family} decoder crashed on it", _AGAIN) from error
        if "error" in reply:
            raise InputRefusedError(str(reply["error"]), str(reply["hint"]))
        seen: NDArray[Any] = np.ndarray(reply["shape"], reply["dtype"], memory)
        array = BUFFERS.empty(seen.shape, seen.dtype)
        np.copyto(array, seen)
        if room_bytes > _KEPT_BYTES:
            slot.memory.release()
        return array

    def _bury(self, slot: _Slot) -> None:
        """Put away a process that ended; raises CancelledError where `close` ended it."""
        if slot.child is not None:
            slot.child.kill()
        with self._state:
            self._check_open()

    def _replace(self, slot: _Slot) -> None:
        """Start another process for the next one, which need not wait for it then."""
        with self._state, contextlib.suppress(OSError):
            if not self._closed:
                slot.start(self._command)


class _Waiter:
    """One who waits for a slot: `slot` stays None where the pool was closed."""

    def __init__(self) -> None:
        self.called = threading.Event()
        self.slot: _Slot | None = None


class _Child(ChildProcess):
    ready = False


class _Slot:
    """The place of one process, with the memory that is shared with it. Used by one thread at a time."""

    def __init__(self) -> None:
        self.child: _Child | None = None
        self._memory: SharedMemory | None = None

    @property
    def memory(self) -> SharedMemory:
        if self._memory is None:
            self._memory = SharedMemory()
        return self._memory

    def start(self, command: Sequence[str] | None) -> _Child:
        """A new process in place of one that ended; raises OSError."""
        if self.child is not None:
            self.child.kill()
            self.child = None
        self.child = _Child(
            command or python_command(python_code(_MODULE)),
            name="decoder",
            environment=_ENVIRONMENT,
            pass_fds=self.memory.pass_fds,
        )
        return self.child

    def close(self) -> None:
        if self.child is not None:
            self.child.kill()
            self.child = None
        if self._memory is not None:
            self._memory.close()
            self._memory = None


def _closed() -> CancelledError:
    return CancelledError("the decoder was closed")


@contextlib.contextmanager
def _time_limit(child: ChildProcess, limit_s: float) -> Iterator[threading.Event]:
    """Stops a child that is still at it after the limit; the event says so."""
    is_over = threading.Event()

    def stop() -> None:
        is_over.set()
        child.stop()

    timer = threading.Timer(limit_s, stop)
    timer.daemon = True
    timer.start()
    try:
        yield is_over
    finally:
        timer.cancel()
        timer.join()
