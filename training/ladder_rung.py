"""Owns the fitting of one rung and the cost of one training step: here, or in a process of its own, which alone can
tell its peak memory. Never judges."""

from __future__ import annotations

import statistics
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from mammoview.core.errors import UsageError
from training.cache import InputCache, load
from training.config import System
from training.evaluation.runs import read_json
from training.fit import fit
from training.fitting.loop import is_complete
from training.fitting.records import write_json
from training.ladder_child import Meter, in_child
from training.scaling import scaled
from training.systems import as_record, system_of

COSTS, STEP = "costs.json", "step.json"
_STEPS = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """A cache and where it lies: a rung's process reads it from `path`, with `carried` as `cache.load` takes it;
    without one, all is done in this process, and memory is not measured."""

    cache: InputCache
    path: Path | None = None
    carried: bool = False

    @property
    def crops(self) -> str:
        """ "roi" where the inputs are crops of lesions, else "whole"."""
        return "roi" if any(row.crop_px is not None for row in self.cache.rows) else "whole"


def at_size(cache: InputCache, system: System) -> InputCache:
    """The cache at the size that the system takes. Raises UsageError where its inputs are smaller."""
    size = cache.inputs.shape[1:]
    wanted = (system.input.rows or size[0], system.input.columns or size[1])
    return cache if wanted == size else scaled(cache, *wanted)


def fit_rung(source: Source, system: System, out: Path) -> None:
    """Fit as `fit` does (what is complete is left, what was ended goes on) and add what that cost to `out`/costs.json:
    see `Meter`; sums over the processes that worked at it, `peak_bytes` is the most of any. A process that was killed
    had no time to tell. Raises what `fit` raises, and ChildLostError.
    """
    if source.path is None or is_complete(out):
        fit(at_size(source.cache, system), system, out)
    else:
        told = {"cache": str(source.path), "carried": source.carried, "system": as_record(system), "out": str(out)}
        in_child(_fit, told)


def costs_of(out: Path) -> dict[str, Any] | None:
    """What a rung has cost; None where nothing was measured."""
    return read_json(out / COSTS) if (out / COSTS).is_file() else None


def _fit(told: dict[str, Any]) -> dict[str, Any]:
    """In the child."""
    from training.commands.console import quiet_backend

    quiet_backend()
    system, out = system_of(told["system"], told["system"]["name"]), Path(told["out"])
    meter = Meter()
    cache = at_size(load(Path(told["cache"]), carried=told["carried"]), system)
    try:
        fit(cache, system, out)
    finally:
        if out.is_dir():
            _add(out, meter.read())
    return {}


def _add(out: Path, costs: dict[str, Any]) -> None:
    before = costs_of(out)
    if before is not None:
        for name in ("cpu_seconds", "wall_seconds"):
            costs[name] += before[name]
        if costs["peak_bytes"] is not None and before["peak_bytes"] is not None:
            costs["peak_bytes"] = max(costs["peak_bytes"], before["peak_bytes"])
    write_json(out / COSTS, {**costs, "processes": (before or {}).get("processes", 0) + 1})


def step_costs(system: System, out: Path, *, here: bool = False) -> dict[str, Any]:
    """What one training step of a system costs on this machine, kept in `out`/step.json: `seconds_a_step` and
    `cpu_seconds_a_step` of all threads (medians of 3 after the first), `batch`, `rows`, `columns`, `parameters`, and
    those of `Meter`. The pixels are noise. Raises UsageError where the system does not say the size of its inputs, and
    ChildLostError.
    """
    asked = as_record(system)
    kept = read_json(out / STEP) if (out / STEP).is_file() else {}
    if kept.get("system") == asked:
        return dict(kept["costs"])
    if not (system.input.rows and system.input.columns):
        raise UsageError(f"{system.name} takes inputs of any size", "set input.rows and input.columns to measure it")
    found = _step({"system": asked}) if here else in_child(_step, {"system": asked})
    out.mkdir(parents=True, exist_ok=True)
    write_json(out / STEP, {"system": asked, "costs": found})
    return found


def _step(told: dict[str, Any]) -> dict[str, Any]:
    from training.commands.console import quiet_backend

    quiet_backend()
    import keras

    from training.fitting.precision import precision
    from training.fitting.trainee import Trainee
    from training.models.network import build_network

    system = system_of({**told["system"], "start": {}}, told["system"]["name"])
    meter = Meter()
    rows, columns = system.input.rows, system.input.columns
    with precision("mixed_bfloat16" if system.optimiser.mixed_precision else "float32"):
        trainee = Trainee(build_network(system, rows, columns), system, system.run.seed)
        on_tensorflow = keras.backend.backend() == "tensorflow"  # XLA crawls on the CPU
        trainee.compile(keras.optimizers.AdamW(system.optimiser.rate), jit_compile=False if on_tensorflow else "auto")
        batch = noise_batch(system)
        times = []
        for _ in range(1 + _STEPS):
            began, cpu = time.monotonic(), time.process_time()
            trainee.train_on_batch(batch)
            times.append((time.monotonic() - began, time.process_time() - cpu))
    wall, cpu = (statistics.median(part) for part in zip(*times[1:], strict=True))
    return {
        "seconds_a_step": wall,
        "cpu_seconds_a_step": cpu,
        "batch": system.run.batch,
        "rows": rows,
        "columns": columns,
        "parameters": int(trainee.network.count_params()),
        **meter.read(),
    }


def noise_batch(system: System) -> dict[str, Any]:
    """A batch as `fitting.batches` makes it, of noise."""
    rng = np.random.default_rng(0)
    count, views = system.run.batch, system.model.views
    size = (system.input.rows, system.input.columns)
    shape = (count, *size) if system.model.unit == "image" else (count, views, *size)
    batch: dict[str, Any] = {
        "pixels": rng.integers(0, 256, shape).astype(np.uint8),
        "targets": np.eye(system.model.classes, dtype=np.float32)[rng.integers(0, system.model.classes, count)],
        "weights": np.ones(count, np.float32),
    }
    if system.model.unit != "image":
        batch["present"] = np.ones((count, views), np.float32)
    if system.heads.mask:
        batch["mask"], batch["mask_known"] = np.zeros((count, *size), np.uint8), np.ones(count, np.float32)
    if system.heads.density:
        batch["density"] = np.eye(4, dtype=np.float32)[rng.integers(0, 4, count)]
    for name in ("age", "recall"):
        if getattr(system.heads, name):
            batch[name], batch[f"{name}_known"] = np.ones(count, np.float32), np.ones(count, np.float32)
    return batch
