"""Owns a fit on several processors: of one machine (tf.distribute's MirroredStrategy) or of several
(MultiWorkerMirroredStrategy). TensorFlow only; imported by nothing but the command that asks for it.

The batch stays that of the system and is shared out evenly, so that a run may go on with another number of processors.
Each machine makes the whole batch and changes it at random as one processor would; then each processor takes its part,
and gradients are averaged. What differs from one processor: batch norm looks at each part alone (its moving averages
are averaged after each step), dropout draws other masks, and losses of what is not told for every example (lesion
mask, density) are means of means.
"""

from __future__ import annotations

import json
import os
import re
import tempfile
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from hashlib import sha256
from pathlib import Path
from typing import Any

import numpy as np

from mammoview.core.errors import UsageError
from training.cache import InputCache
from training.config import System
from training.fit import fit
from training.fitting.batches import Batch
from training.fitting.loop import is_complete
from training.fitting.records import config_record
from training.meeting import Company, lost

_SEED_STEP = 1_000_003
"""How far the dropout seeds of two processors lie apart."""


class TensorFlowProcessors:
    """The processors of one tf.distribute strategy. `count` of them; on the `chief` alone files are written; `company`:
    the machines, None for one."""

    def __init__(self, strategy: Any, company: Company | None = None) -> None:
        self.strategy, self.company = strategy, company
        self.workers, self.chief = len(company.addresses) if company else 1, company is None or company.index == 0
        self.count = int(strategy.num_replicas_in_sync)
        self._shared = _from_chief(strategy)

    def scope(self) -> AbstractContextManager[Any]:
        """What network and optimiser are built in."""
        found: AbstractContextManager[Any] = self.strategy.scope()
        return found

    def agreed(self, value: float) -> float:
        """The chief's value, on every machine; NaN stays NaN."""
        return float(self._told(np.array([value], np.float64))[0])

    def agreed_state(self, variables: list[Any], record: dict[str, Any]) -> dict[str, Any]:
        """Give `variables` (Keras) the chief's values on every machine; the chief's record."""
        if self.workers == 1:
            return record
        told = np.frombuffer(json.dumps(record).encode(), np.uint8).astype(np.int64)
        letters = np.zeros(int(self.agreed(float(told.size))), np.int64)
        letters[: min(letters.size, told.size)] = told[: letters.size]
        values = [np.array(variable) for variable in variables]
        for kind, wide in (("f", np.float64), ("iu", np.int64)):
            chosen = [place for place, value in enumerate(values) if value.dtype.kind in kind]
            flat = np.concatenate([values[place].ravel().astype(wide) for place in chosen] or [np.zeros(0, wide)])
            given = self._told(flat)
            ends = np.cumsum([values[place].size for place in chosen])[:-1]
            for place, part in zip(chosen, np.split(given, ends), strict=True):
                variables[place].assign(part.reshape(values[place].shape).astype(values[place].dtype))
        found: dict[str, Any] = json.loads(self._told(letters).astype(np.uint8).tobytes())
        return found

    def stepper(self, trainee: Any, optimiser: Any) -> Callable[[Batch], float]:
        """What takes one step on a whole batch and gives its loss. Raises UsageError where the batch cannot be shared
        out evenly."""
        import tensorflow as tf

        network, strategy = trainee.network, self.strategy
        trainable = list(trainee.trainable_variables)
        fixed = list(network.non_trainable_variables)
        averages = [variable for variable in fixed if variable.dtype.startswith("float")]
        seeds = [variable for variable in fixed if variable.dtype == "uint32"]

        def part(whole: dict[str, Any]) -> Any:
            context = tf.distribute.get_replica_context()
            place = tf.convert_to_tensor(context.replica_id_in_sync_group)
            size = tf.shape(whole["targets"])[0] // self.count
            own = {name: value[place * size : (place + 1) * size] for name, value in whole.items()}
            away = tf.stack([tf.cast(place, tf.uint32) * _SEED_STEP, tf.constant(0, tf.uint32)])
            for seed in seeds:
                seed.assign(seed.value + away)
            with tf.GradientTape() as tape:
                loss = tf.add_n(trainee.judged(own, training=True)[1])
            gradients = tape.gradient(loss, [variable.value for variable in trainable])
            for seed in seeds:
                seed.assign(seed.value - away)
            seen = [tf.convert_to_tensor(variable.value) for variable in averages]
            # of a graph with dropout some carry no device, which several workers cannot send
            here = [tf.identity(value) for value in (loss, *gradients, *seen)]
            mean = context.all_reduce(tf.distribute.ReduceOp.MEAN, here)
            optimiser.apply(mean[1 : 1 + len(trainable)], trainable)
            for variable, value in zip(averages, mean[1 + len(trainable) :], strict=True):
                variable.assign(value)
            return mean[0]

        def step(batch: dict[str, Any]) -> Any:
            whole = trainee.prepared(batch, training=True)
            return strategy.experimental_local_results(strategy.run(part, args=(whole,)))[0]

        optimiser._all_reduce_sum_gradients = lambda pairs: pairs  # Keras would add up what is the mean already
        compiled = tf.function(step, jit_compile=False)

        def checked(batch: Batch) -> float:
            examples = len(batch["targets"])
            if examples % self.count:
                raise UsageError(
                    f"a batch of {examples} cannot be shared out to {self.count} processors",
                    "make run.batch a multiple of their number",
                )
            with strategy.scope():
                return float(compiled({name: tf.convert_to_tensor(value) for name, value in batch.items()}))

        return checked

    def _told(self, values: Any) -> Any:
        """The chief's array on every machine."""
        if self.workers == 1:
            return values
        return self._shared(values).numpy()


def _from_chief(strategy: Any) -> Any:
    """A graph that gives the chief's array (n,) on every machine."""
    import tensorflow as tf

    def part(given: Any) -> Any:
        context = tf.distribute.get_replica_context()
        first = tf.convert_to_tensor(context.replica_id_in_sync_group) == 0
        own = tf.where(first, given, tf.zeros_like(given))
        return context.all_reduce(tf.distribute.ReduceOp.SUM, own)

    def shared(given: Any) -> Any:
        return strategy.experimental_local_results(strategy.run(part, args=(given,)))[0]

    return tf.function(shared, jit_compile=False, reduce_retracing=True)


def on_devices(count: int) -> TensorFlowProcessors:
    """`count` GPUs of this machine; where it has none, so many virtual devices on its CPU, which gain no time.

    To be called before TensorFlow has started. Raises UsageError where there are fewer GPUs.
    """
    tf = _tensorflow()
    gpus = tf.config.list_physical_devices("GPU")
    if count < 1 or (gpus and len(gpus) < count):
        raise UsageError(f"--devices {count}: this machine has {len(gpus)} GPUs", "give as many as there are")
    if not gpus:
        cpu = tf.config.list_physical_devices("CPU")[0]
        try:
            tf.config.set_logical_device_configuration(cpu, [tf.config.LogicalDeviceConfiguration()] * count)
        except RuntimeError as error:
            raise UsageError("TensorFlow has started already", "choose the devices first") from error
    names = [f"/{'GPU' if gpus else 'CPU'}:{number}" for number in range(count)]
    return TensorFlowProcessors(tf.distribute.MirroredStrategy(names))


def on_workers(company: Company) -> TensorFlowProcessors:
    """All GPUs, or the CPU, of each machine of `company`, who are to call this together. To be called before TensorFlow
    has started. Raises WorkerLostError where they cannot be joined.
    """
    told = {"cluster": {"worker": company.addresses}, "task": {"type": "worker", "index": company.index}}
    os.environ["TF_CONFIG"] = json.dumps(told)
    os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"  # what is lost is told in one line
    tf = _tensorflow()
    try:
        return TensorFlowProcessors(tf.distribute.MultiWorkerMirroredStrategy(), company)
    except tf.errors.OpError as error:
        company.part(well=False)
        raise lost() from error


def _tensorflow() -> Any:
    import keras

    if keras.backend.backend() != "tensorflow":
        raise UsageError(f"Keras runs on {keras.backend.backend()}", "several processors need TensorFlow")
    import tensorflow as tf

    tf.get_logger().setLevel("ERROR")
    return tf


def fit_together(processors: TensorFlowProcessors, cache: InputCache, system: System, out: Path) -> Path:
    """`training.fit.fit` on several processors; the chief alone writes `out`, and every machine returns its best
    weights' path there.

    A machine on which the run's state is not at hand gets it from the chief. Raises UsageError where a machine was
    given another cache or system than the chief, or the system has a stage on patches; WorkerLostError where a machine
    is lost, after which the same commands go on from the last state.
    """
    told = json.dumps(config_record(system, cache), sort_keys=True)
    own = float(int(sha256(told.encode()).hexdigest()[:12], 16))
    with _together(processors.company):
        _assert_shareable(system)
        if processors.agreed(own) != own:
            raise UsageError("the chief was given another cache or system", "give all workers the same command")
        complete = processors.agreed(float(is_complete(out)))
        if processors.chief:
            return fit(cache, system, out, processors=processors)
        if not complete:
            with tempfile.TemporaryDirectory(prefix="mammoview-worker-") as scratch:
                fit(cache, system, Path(scratch) / "run", processors=processors)
        return out / "best.weights.h5"


def _assert_shareable(system: System) -> None:
    """Raise UsageError where one processor alone can do what the system asks for."""
    if system.patches.epochs:
        raise UsageError(
            f"{system.name} has a stage on patches, which is for one processor",
            "run 'pretrain' first, and --set patches.epochs=0 with --start trunk",
        )
    if system.optimiser.accumulate > 1:
        raise UsageError(
            f"{system.name} adds up {system.optimiser.accumulate} batches, which is for one processor",
            "--set optimiser.accumulate=1 and a larger run.batch",
        )


@contextmanager
def _together(company: Company | None) -> Iterator[None]:
    """Leave the company at the end, well or not; TensorFlow's error about a lost machine becomes one line."""
    from tensorflow import errors

    well = False
    try:
        yield
        well = True
    except (errors.UnavailableError, errors.AbortedError, errors.CancelledError, errors.DeadlineExceededError) as error:
        if company is None:
            raise
        seen = re.search(r"remote target \S*task:(\d+)", str(error))
        raise lost(int(seen[1]) if seen else None) from error
    finally:
        if company is not None:
            company.part(well=well)
