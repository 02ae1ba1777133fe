"""Owns the loop that fits a network: steps, judgement, the best epoch, and a state from which it goes on as if it had
never been ended. Keras 3 only, on whatever backend."""

from __future__ import annotations

import math
import signal
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Protocol

import numpy as np

from mammoview.core.errors import InputRefusedError, UsageError
from training.checkpoint import assert_free, assert_room, load_state, replacing, same_shapes, save_state
from training.config import OptimiserConfig, System
from training.fitting.batches import Batch, Source, ahead
from training.fitting.events import EventFile
from training.fitting.progress import Progress
from training.fitting.records import write_json
from training.fitting.schedule import learning_rate

STATE, LAST = "state.npz", "last.weights.h5"


@dataclass(slots=True, kw_only=True)
class Standing:
    """Where a run stands: `step` steps of epoch `epoch` (from 0) are done. `stale`: epochs since the best figure;
    `flat`: epochs since it or since the rate was last cut; `falls`: how often it was cut."""

    epoch: int = 0
    step: int = 0
    loss_sum: float = 0.0
    seconds: float = 0.0
    best: float | None = None
    stale: int = 0
    flat: int = 0
    falls: int = 0
    history: list[dict[str, Any]] = field(default_factory=list)


class Processors(Protocol):
    """More than one processor for one run, of one machine or of several (see `training.distribute`). `count` of them;
    `chief`: whether this machine's word counts."""

    @property
    def count(self) -> int: ...

    @property
    def chief(self) -> bool: ...

    def scope(self) -> AbstractContextManager[Any]:
        """What network and optimiser are built in."""

    def stepper(self, trainee: Any, optimiser: Any) -> Callable[[Batch], float]:
        """What takes one step on a whole batch and gives its loss, as `train_on_batch` does on one processor."""

    def agreed(self, value: float) -> float:
        """The chief's value, on every machine; NaN stays NaN."""

    def agreed_state(self, variables: list[Any], record: dict[str, Any]) -> dict[str, Any]:
        """Give `variables` the chief's values on every machine; the chief's record."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """One fit. `judge` gives the figure of the network as it stands, NaN where none can be had (the last epoch is then
    kept); `figure` names it to people and `key`, which begins with "validation_", in the history; `best` is the file of
    the weights that are kept, in the folder `out`; `after_epoch` is told the history; `processors`: None for one. With
    several, `network` is built in their scope and judged outside."""

    network: Any
    system: System
    source: Source
    judge: Callable[[], float]
    figure: str
    out: Path
    key: str = "validation_auroc"
    best: str = "best.weights.h5"
    after_epoch: Callable[[list[dict[str, Any]]], None] = lambda history: None
    processors: Processors | None = None


def is_complete(out: Path) -> bool:
    """Whether the run in `out` has ended by itself."""
    return (out / LAST).is_file()


def run_loop(task: Task) -> Path:
    """Fit `task.network`; return the path of the weights that were kept.

    Writes the best and the last weights, history.json, events/ for TensorBoard, and the state: after each epoch, as
    often as the system says, and when the user ends the run (SIGINT, SIGTERM), who then gets KeyboardInterrupt. A
    second call goes on from the state. Raises InputRefusedError where the state is of something else or a file cannot
    be written, UsageError where the disk has no room for these files, or where the loss, or what the network says, is
    no number any more; what was kept stays.
    """
    import keras

    from training.fitting.trainee import Trainee

    system = task.system
    with task.processors.scope() if task.processors else nullcontext():
        trainee = Trainee(task.network, system, system.run.seed)
        optimiser = _optimiser(keras, system.optimiser)
        on_tensorflow = keras.backend.backend() == "tensorflow"  # XLA crawls on the CPU
        trainee.compile(optimiser, jit_compile=False if on_tensorflow else "auto")
        task.network.jit_compile = not on_tensorflow
        optimiser.build(trainee.trainable_variables)
    return _Loop(task, trainee, optimiser).run()


def _optimiser(keras: Any, told: OptimiserConfig) -> Any:
    common = {
        "learning_rate": told.rate,
        "clipnorm": told.clip_norm or None,
        "use_ema": bool(told.ema),
        # Keras averages after each batch; so often over unchanged weights, it comes to `ema` an update
        "ema_momentum": told.ema ** (1 / told.accumulate) if told.ema else 0.99,
        "gradient_accumulation_steps": told.accumulate if told.accumulate > 1 else None,
    }
    if told.kind == "adam":
        return keras.optimizers.Adam(**common)
    optimiser = keras.optimizers.AdamW(weight_decay=told.weight_decay, **common)
    optimiser.exclude_from_weight_decay(var_names=["bias", "gamma", "beta"])
    return optimiser


class _Loop:
    def __init__(self, task: Task, trainee: Any, optimiser: Any) -> None:
        self.task, self.trainee, self.optimiser = task, trainee, optimiser
        self.variables = [*trainee.variables, *optimiser.variables]
        self.standing = self._read()
        self.step: Callable[[Batch], float] = lambda batch: float(trainee.train_on_batch(batch))
        if task.processors:
            self.standing = Standing(**task.processors.agreed_state(self.variables, asdict(self.standing)))
            self.step = task.processors.stepper(trainee, optimiser)
        self.saved = time.monotonic()

    def run(self) -> Path:
        task, system = self.task, self.task.system
        steps = len(task.source.order(0))
        self._assert_free()
        events = EventFile(task.out / "events")
        if self.standing.history:
            self._tell()  # the run may have been killed before it could
        with _asked_to_end() as asked, Progress(system.stopping.epochs, steps) as progress:
            while not self._ended():
                self._epoch(steps, progress, asked)
                self._judge(steps, progress, events)
                if asked() and not self._ended():
                    raise KeyboardInterrupt
        self._save_weights(LAST)
        (task.out / STATE).unlink(missing_ok=True)
        return task.out / task.best

    def _ended(self) -> bool:
        stopping = self.task.system.stopping
        enough = bool(stopping.patience) and self.standing.stale >= stopping.patience
        return self.standing.epoch >= stopping.epochs or enough

    def _epoch(self, steps: int, progress: Progress, asked: Callable[[], bool]) -> None:
        task, standing, system = self.task, self.standing, self.task.system
        order = task.source.order(standing.epoch)
        epoch, began = standing.epoch, time.monotonic() - standing.seconds
        batches = ahead(lambda step: task.source.batch(order[step], epoch, step), standing.step, steps)
        for batch in batches:
            update = epoch * steps + standing.step
            updates = system.stopping.epochs * steps
            self.optimiser.learning_rate = learning_rate(
                system.schedule, system.optimiser.rate, update, updates, standing.falls
            )
            loss = self.step(batch)
            if not math.isfinite(loss):
                raise UsageError(
                    f"the loss is {loss} in step {standing.step + 1} of epoch {epoch + 1}",
                    "lower optimiser.rate and give another --out; what the best epoch so far gave is kept",
                )
            standing.step += 1
            standing.loss_sum += loss
            standing.seconds = time.monotonic() - began
            progress.step(epoch, standing.step, loss)
            if asked():
                self._save()
                raise KeyboardInterrupt
            if self._due():
                self._save()

    def _due(self) -> bool:
        run = self.task.system.run
        by_steps = run.save_steps and self.standing.step % run.save_steps == 0
        return bool(by_steps or (run.save_minutes and time.monotonic() - self.saved > run.save_minutes * 60))

    def _judge(self, steps: int, progress: Progress, events: EventFile) -> None:
        task, standing = self.task, self.standing
        began = time.monotonic()
        with self._averaged():
            value = task.processors.agreed(task.judge()) if task.processors else task.judge()
            better = not math.isfinite(value) or standing.best is None or value > standing.best
            if better:
                self._save_weights(task.best)
        if better:
            standing.best, standing.stale, standing.flat = value if math.isfinite(value) else None, 0, 0
        else:
            standing.stale, standing.flat = standing.stale + 1, standing.flat + 1
        schedule = task.system.schedule
        if schedule.kind == "plateau" and standing.flat >= schedule.patience:
            standing.flat, standing.falls = 0, standing.falls + 1
        mean, rate = standing.loss_sum / steps, float(np.asarray(self.optimiser.learning_rate))
        record: dict[str, Any] = {
            "epoch": standing.epoch + 1,
            "loss": mean,
            "figure": task.figure,
            task.key: value if math.isfinite(value) else None,
            "best": better,
            "rate": rate,
            "seconds": round(standing.seconds + time.monotonic() - began, 1),
        }
        standing.history.append(record)
        standing.epoch, standing.step, standing.loss_sum, standing.seconds = standing.epoch + 1, 0, 0.0, 0.0
        self._save()
        self._tell()
        told = {"loss": mean, "rate": rate, "seconds": float(record["seconds"])}
        events.scalars(standing.epoch, {**told, task.figure: value} if math.isfinite(value) else told)
        progress.epoch(record)

    def _tell(self) -> None:
        write_json(self.task.out / "history.json", self.standing.history)
        self.task.after_epoch(self.standing.history)

    @contextmanager
    def _averaged(self) -> Iterator[None]:
        """The moving average of the weights in their place, where there is one."""
        if not self.task.system.optimiser.ema:
            yield
            return
        own = [np.array(variable) for variable in self.trainee.trainable_variables]
        self.optimiser.finalize_variable_values(self.trainee.trainable_variables)
        for variable in self.trainee.trainable_variables:
            variable.assign(np.array(variable))  # JAX would share, and give away, the average's own memory
        try:
            yield
        finally:
            for variable, value in zip(self.trainee.trainable_variables, own, strict=True):
                variable.assign(value)

    def _weights_size(self) -> int:
        weights = self.task.network.weights
        return sum(int(np.prod(one.shape)) * 4 for one in weights) + 8192 * (len(weights) + 8)  # and what names them

    def _assert_free(self) -> None:
        """Raise UsageError where there is no room for the best weights, the state, and the next state or the last
        weights beside it, or for the last weights alone where these are all that lacks: it is said before the first
        epoch, not after it."""
        state = sum(int(np.prod(one.shape)) * 4 + 512 for one in self.variables)
        weights, best = self._weights_size(), self.task.best
        replaced = [LAST, f"part-{best}", f"part-{LAST}", f"{STATE}.part"]  # a killed run leaves parts
        if self._ended():
            assert_free([self.task.out / name for name in replaced], weights)
        else:
            files = [self.task.out / name for name in (*replaced, STATE, best)]
            assert_free(files, weights + state + max(state, weights))

    def _save_weights(self, name: str) -> None:
        with replacing(self.task.out / name, f"part-{name}") as part:
            assert_room(part, self._weights_size())
            self.task.network.save_weights(part)

    def _save(self) -> None:
        save_state(self.task.out / STATE, [np.array(value) for value in self.variables], asdict(self.standing))
        self.saved = time.monotonic()

    def _read(self) -> Standing:
        path = self.task.out / STATE
        if not path.is_file():
            return Standing()
        arrays, record = load_state(path)
        if not same_shapes(arrays, [tuple(variable.shape) for variable in self.variables]):
            raise InputRefusedError(f"{path}: is of another network", "give another --out")
        record.pop("schema")
        try:
            standing = Standing(**record)
        except TypeError as error:
            raise InputRefusedError(f"{path}: is of another version", "remove it to begin the run again") from error
        for variable, value in zip(self.variables, arrays, strict=True):
            variable.assign(value)
        return standing


@contextmanager
def _asked_to_end() -> Iterator[Callable[[], bool]]:
    """A function that tells whether the user asked to end the run (SIGINT, SIGTERM); asking twice ends it at once."""
    asked: list[int] = []

    def note(number: int, frame: Any) -> None:
        asked.append(number)
        if len(asked) > 1:
            raise KeyboardInterrupt

    if threading.current_thread() is not threading.main_thread():
        yield lambda: False
        return
    before = {number: signal.signal(number, note) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield lambda: bool(asked)
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
