"""Owns the run over an archive on a Dask cluster: units go to its workers, answers come back. Never keeps any.

Workers see the archive under the same paths and have the same model. One that ends is no loss: the scheduler gives what
it had to another one, and an answer counts once however often a unit was begun. Dask is imported here alone, in use.
"""

from __future__ import annotations

import atexit
import hashlib
import threading
import time
from dataclasses import dataclass, replace
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self

from mammoview.archive.score_units import Unit, UnitAnswer
from mammoview.core.errors import BundleError, MammoviewError, UsageError
from mammoview.dicom.decode_pool import DecodePool
from mammoview.inference.predictor import Predictor
from mammoview.reading.archive_run_unit import not_run, score_unit

if TYPE_CHECKING:
    from distributed import Future

_CONNECT_S = 10.0
_COUNT_AGAIN_S = 2.0
_UNITS_PER_THREAD = 2
_LEAST_UNITS = 4


@dataclass(frozen=True, slots=True)
class Engine:
    """What a worker scores with: as of `Predictor`, and the sha256 that the model must have there.

    `bundle`: an absolute path, or None for the model that ships with the worker's mammoview.
    """

    bundle: str | None
    sha256: str
    device: str
    engine: str
    flips: bool


class Cluster:
    """The workers of the scheduler at `address`. A context manager.

    Raises UsageError where dask.distributed is not installed or no scheduler answers.
    """

    def __init__(self, address: str, engine: Engine) -> None:
        try:
            from distributed import Client
        except ImportError as error:
            raise UsageError("dask.distributed is not installed", "pip install 'mammoview[cluster]'") from error
        try:
            connect: Any = Client  # which has no types
            self._client = connect(address, timeout=_CONNECT_S, set_as_default=False)
        except (OSError, ValueError) as error:
            raise UsageError(
                f"no Dask scheduler answers at {address}", "start one with dask scheduler, and give its address"
            ) from error
        self._address = address
        self._engine = engine
        self._counted = -_COUNT_AGAIN_S
        self._room = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._client.close(timeout=_CONNECT_S)

    @property
    def workers(self) -> int:
        """How many worker processes there are."""
        return len(self._client.nthreads())

    def room(self) -> int:
        if time.monotonic() - self._counted > _COUNT_AGAIN_S:
            self._room = max(_LEAST_UNITS, _UNITS_PER_THREAD * sum(self._client.nthreads().values()))
            self._counted = time.monotonic()
        return self._room

    def hand_out(self, unit: Unit) -> Future[UnitAnswer]:
        handed: Future[UnitAnswer] = self._client.submit(
            score_on_worker, unit, self._engine, key=_key(unit, self._engine)
        )
        return handed

    def answer(self, unit: Unit, handed: Any) -> UnitAnswer:
        from distributed import KilledWorker
        from distributed.client import FutureCancelledError

        try:
            answer: UnitAnswer = handed.result()
        except KilledWorker:
            return not_run(unit, "every worker process that had it ended", "look at the workers' logs")
        except (FutureCancelledError, OSError) as error:
            raise MammoviewError(
                f"the Dask scheduler at {self._address} is gone", "the same command goes on, also without it"
            ) from error
        finally:
            handed.release()
        return answer


def score_on_worker(unit: Unit, engine: Engine) -> UnitAnswer:
    """In a worker: the answer for a unit. Raises BundleError where the worker's model is another one."""
    predictor, decoder = _READY.of(engine)
    answer = score_unit(unit, predictor, decoder)
    device = predictor.info().device if unit.new else ""
    return replace(answer, device=device, device_change=predictor.device_change)


class _Ready:
    """The engine of this process, which stays between two units."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._made: tuple[Engine, Predictor, DecodePool] | None = None

    def of(self, engine: Engine) -> tuple[Predictor, DecodePool]:
        with self._lock:
            if self._made is None or self._made[0] != engine:
                self.close()
                self._made = engine, *_begun(engine)
            return self._made[1], self._made[2]

    def close(self) -> None:
        if self._made is not None:
            _, predictor, decoder = self._made
            self._made = None
            predictor.close()
            decoder.close()


_READY = _Ready()
atexit.register(_READY.close)


def _begun(engine: Engine) -> tuple[Predictor, DecodePool]:
    path = None if engine.bundle is None else Path(engine.bundle)
    predictor = Predictor(path, engine.device, engine=engine.engine, flips=engine.flips)
    if predictor.bundle.sha256 != engine.sha256:
        raise BundleError(
            "checksum", "a worker has another model than the one that was asked for", "give all the same with --model"
        )
    predictor.start()
    return predictor, DecodePool()


def _key(unit: Unit, engine: Engine) -> str:
    """The same for the same work: a unit, as its files are now, by one model and engine."""
    told: tuple[Any, ...] = (unit.key, unit.state, sorted(image.source for image in unit.images if image.known), engine)
    return f"mammoview-score-{hashlib.sha256(repr(told).encode('utf-8', 'surrogatepass')).hexdigest()}"
