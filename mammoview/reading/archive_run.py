"""Owns the run over the units of an archive: some are under way at once, each answer is kept as it comes.

Who scores is a `Workers`: threads of this process round one engine, or a cluster. Never writes to the store itself.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import CancelledError as FutureCancelledError
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import replace
from functools import partial
from itertools import islice
from queue import Empty, SimpleQueue
from types import TracebackType
from typing import Any, Protocol, Self

from mammoview.archive.score_units import Unit, UnitAnswer
from mammoview.core.errors import CancelledError
from mammoview.dicom.decode_pool import DecodePool
from mammoview.inference.predictor import Predictor
from mammoview.reading.archive_run_unit import score_unit

_UNITS_PER_THREAD = 2
_MOST_THREADS = 16
"""Each holds the pixels of up to `VIEWS_TOGETHER` images."""


class Handed(Protocol):
    """A unit that was handed out, as of `concurrent.futures.Future`."""

    def add_done_callback(self, call: Callable[[Any], object], /) -> object: ...
    def cancel(self) -> object: ...


class Workers(Protocol):
    """Who scores units."""

    def room(self) -> int:
        """How many units may be handed out at once."""

    def hand_out(self, unit: Unit) -> Handed:
        """Begin with a unit, and return at once."""

    def answer(self, unit: Unit, handed: Any) -> UnitAnswer:
        """The answer for a unit that is done; raises what it raised."""


class Run:
    """One run. `answers` gives what is answered, in the order in which it is ready; where that was ended before its
    time, `finished` gives what was ready and had not been given. Units are taken as there is room for them."""

    def __init__(self, workers: Workers) -> None:
        self._workers = workers
        self._under_way: dict[int, tuple[Unit, Handed]] = {}
        self._ready: SimpleQueue[int] = SimpleQueue()
        self._count = 0

    def answers(self, units: Iterable[Unit]) -> Iterator[UnitAnswer]:
        """The answers for `units`. Raises BundleError."""
        waiting = iter(units)
        while True:
            for unit in islice(waiting, max(0, self._workers.room() - len(self._under_way))):
                self._hand_out(unit)
            if not self._under_way:
                return
            unit, handed = self._under_way.pop(self._ready.get())
            yield self._workers.answer(unit, handed)

    def finished(self) -> Iterator[UnitAnswer]:
        """What is ready now; the rest is let go."""
        while True:
            try:
                unit, handed = self._under_way.pop(self._ready.get_nowait())
                yield self._workers.answer(unit, handed)
            except Empty:
                break
            except (CancelledError, FutureCancelledError):
                continue
        for _, handed in self._under_way.values():
            handed.cancel()

    def _hand_out(self, unit: Unit) -> None:
        self._count += 1
        handed = self._workers.hand_out(unit)
        self._under_way[self._count] = unit, handed
        handed.add_done_callback(partial(self._is_ready, self._count))

    def _is_ready(self, number: int, _: object) -> None:
        self._ready.put(number)


class Threads:
    """Reads, decodes and prepares in threads (the codecs in processes of their own), round one engine. A context
    manager; when it ends, so does what is under way."""

    def __init__(self, predictor: Predictor) -> None:
        self._predictor = predictor
        self._threads = min(_MOST_THREADS, cores() + 1)  # one more, which waits for the engine meanwhile
        self._decoder = DecodePool(self._threads)
        self._pool = ThreadPoolExecutor(self._threads, thread_name_prefix="score")

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._predictor.close()
        self._decoder.close()
        self._pool.shutdown(cancel_futures=True)

    def room(self) -> int:
        return _UNITS_PER_THREAD * self._threads

    def hand_out(self, unit: Unit) -> Future[UnitAnswer]:
        return self._pool.submit(score_unit, unit, self._predictor, self._decoder)

    def answer(self, unit: Unit, handed: Future[UnitAnswer]) -> UnitAnswer:
        answer = handed.result()
        told = self._predictor.device_change
        return replace(answer, device_change=told) if told else answer


def cores() -> int:
    """How many processors this process may use."""
    affinity = getattr(os, "sched_getaffinity", None)  # Linux only
    return len(affinity(0)) if affinity is not None else os.cpu_count() or 1
