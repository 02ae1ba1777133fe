"""Owns the fitting of one network by what several say (Hinton et al. 2015). The result is an ordinary run.

The teachers' logits on the training inputs are averaged; the pupil is fitted to them, softened by a temperature, and to
the true labels. Nobody but training women is asked, and no teacher may have been fitted on another split.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mammoview.core.errors import InputRefusedError, UsageError
from training.auxiliary import beside_of
from training.cache import InputCache
from training.config import System
from training.evaluation.runs import Run, assert_fitted_on, read_run
from training.fitting.batches import Batch, ExampleSource, Groups, groups_of
from training.fitting.lock import claimed
from training.fitting.loop import STATE, Task, is_complete, run_loop
from training.fitting.prediction import load_network, most_views, predict_groups, validation_figure
from training.fitting.records import (
    assert_unseen,
    config_record,
    environment,
    read_config,
    refuse_another_run,
    start_record,
    write_json,
)
from training.origin import origin
from training.split import PARTS, LeakError, Split, assert_disjoint, make_split, split_record

SETTINGS = "distillation.json"


@dataclass(frozen=True, slots=True, kw_only=True)
class Teaching:
    """`temperature` by which logits are divided; `truth`: the share of the loss that is of the true labels; `flips`:
    the teachers also look at each input upside down, and both answers are averaged."""

    temperature: float = 2.0
    truth: float = 0.5
    flips: bool = False

    def __post_init__(self) -> None:
        if not 1 <= self.temperature <= 20:
            raise UsageError(f"a temperature of {self.temperature:g} is out of range", "give 1 to 20")
        if not 0 <= self.truth < 1:
            raise UsageError(f"a share of {self.truth:g} of the true labels is out of range", "give 0 to below 1")


@dataclass(frozen=True, slots=True)
class Teacher:
    """A run that was fitted already."""

    run: Run
    system: System

    def record(self) -> dict[str, Any]:
        """What the pupil keeps of it: its name, system, the checksum of its weights, and what those started from."""
        weights = self.run.folder / "best.weights.h5"
        return {
            "name": self.run.folder.name,
            "system": self.system.name,
            "sha256": hashlib.sha256(weights.read_bytes()).hexdigest(),
            "started_from": origin(self.run.start()),
        }


def read_teachers(folders: Sequence[Path], cache: InputCache, system: System) -> tuple[list[Teacher], Split]:
    """The teachers, and the split that all of them were fitted on. Raises LeakError where they differ in it or `cache`
    cannot be split so, UsageError where they do not suit the cache or `system`, InputRefusedError."""
    if not folders:
        raise UsageError("there is no teacher", "name one run of 'fit' or more")
    teachers = [Teacher(read_run(folder), read_config(folder)) for folder in folders]
    first = teachers[0].run.split
    for teacher in teachers:
        _assert_suits(teacher, cache, system)
        if teacher.run.split.hashes() != first.hashes():
            raise LeakError(
                f"{teacher.run.folder} was fitted on other women than {teachers[0].run.folder}",
                "a test woman would teach: take teachers of one split",
            )
    split = make_split(cache.rows, first.spec or system.split, system.auxiliary.sources)
    if split.hashes() != first.hashes():
        raise LeakError(
            "the women of the cache are not split as those of the teachers were",
            "give the cache that they were fitted on",
        )
    return teachers, split


def _assert_suits(teacher: Teacher, cache: InputCache, system: System) -> None:
    """Raise UsageError where a teacher takes other inputs or gives other answers."""
    assert_fitted_on(teacher.run, cache)
    folder, record = teacher.run.folder, teacher.run.config_record
    size = (record.get("rows"), record.get("columns"))
    if size != cache.inputs.shape[1:]:
        raise UsageError(f"{folder} takes inputs of {size[0]} x {size[1]}", "give the cache that it was fitted on")
    for key, its, own in (
        ("model.unit", teacher.system.model.unit, system.model.unit),
        ("model.classes", teacher.system.model.classes, system.model.classes),
        ("input.crops", teacher.system.input.crops, system.input.crops),
    ):
        if its != own:
            raise UsageError(f"{folder} has {key} = {its}, {system.name} has {own}", "take teachers of the same kind")


def _assert_pupil(cache: InputCache, system: System) -> None:
    """Raise UsageError where the system asks for what is not to be had here."""
    wanted = (system.input.rows or cache.inputs.shape[1], system.input.columns or cache.inputs.shape[2])
    if wanted != cache.inputs.shape[1:]:
        raise UsageError(
            f"{system.name} takes inputs of {wanted[0]} x {wanted[1]}", "--set input.rows=0 --set input.columns=0"
        )
    if system.imbalance.kind == "focal":
        raise UsageError("the focal loss does not suit soft targets", "--set imbalance.kind=sampling")
    if system.patches.epochs:
        raise UsageError(
            f"{system.name} has a first stage on patches", "fit that with 'pretrain', and give it as --start trunk"
        )
    if system.run.limit:
        raise UsageError("run.limit is not for a pupil", "set it to 0")


def taught_logits(
    teachers: Sequence[Teacher], cache: InputCache, groups: Groups, *, flips: bool
) -> NDArray[np.float64]:
    """The mean of the teachers' logits (n, classes) on examples; with `flips` also of inputs upside down."""
    views = [cache, replace(cache, inputs=cache.inputs[:, ::-1])] if flips else [cache]
    found = []
    for teacher in teachers:
        seen = max(teacher.system.model.views, most_views(groups))
        rows, columns = (int(size) for size in cache.inputs.shape[1:])
        network = load_network(teacher.run.folder, rows, columns, views=seen)
        found += [predict_groups(network, view, groups, teacher.system).logits for view in views]
    return np.asarray(np.mean(found, axis=0))


def softened(logits: NDArray[np.float64], temperature: float) -> NDArray[np.float64]:
    """Probabilities (n, classes) of logits divided by `temperature`."""
    scaled = logits / temperature
    shares = np.exp(scaled - scaled.max(axis=1, keepdims=True))
    return np.asarray(shares / shares.sum(axis=1, keepdims=True))


class TaughtSource(ExampleSource):
    """The batches of `fit` whose targets (n, 2 x classes) are the true classes, smoothed as the system says, times
    `truth`, and beside them `soft` (examples, classes) times (1 - `truth`) x temperature^2, by which the gradients of
    both stay of one size (Hinton et al. 2015)."""

    def __init__(
        self, cache: InputCache, groups: Groups, system: System, teaching: Teaching, soft: NDArray[np.float64]
    ) -> None:
        super().__init__(cache, groups, system, beside_of(cache, system.auxiliary.sources))
        self.soft = ((1 - teaching.truth) * teaching.temperature**2 * soft).astype(np.float32)
        self.truth = teaching.truth

    def batch(self, chosen: NDArray[np.int64], epoch: int, step: int) -> Batch:
        found = super().batch(chosen, epoch, step)
        smoothing, classes = self.system.loss.label_smoothing, self.system.model.classes
        true = self.truth * (found["targets"] * (1 - smoothing) + smoothing / classes)
        soft = np.zeros_like(true)  # of auxiliary images, which stand behind, nothing is taught of the class
        soft[: len(chosen)] = self.soft[chosen]
        found["targets"] = np.concatenate([true, soft], axis=1).astype(np.float32)
        return found


def taught_network(network: Any, temperature: float) -> Any:
    """`network`, the very same weights, whose logits are log-probabilities (n, 2 x classes): as they are and softened.

    The log-softmax of these is they themselves less ln 2, so that the cross-entropy of `TaughtSource`'s targets is the
    loss of distillation and a constant, ((truth + (1 - truth) x temperature^2) ln 2).
    """
    import keras
    from keras import ops

    logits = ops.cast(network.outputs[-1], "float32")
    both = ops.concatenate([ops.log_softmax(logits), ops.log_softmax(logits / temperature)], axis=-1)
    return keras.Model(network.inputs if len(network.inputs) > 1 else network.inputs[0], [*network.outputs[:-1], both])


def distil(cache: InputCache, system: System, folders: Sequence[Path], teaching: Teaching, out: Path) -> Path:
    """Fit `system` on the training women of `cache` by the runs in `folders`; the path of the best weights.

    Writes into `out` what `fit` writes, start.json with the teachers, and distillation.json; the system has the name of
    the folder and the teachers' split. A run that was ended goes on. Raises LeakError, UsageError, InputRefusedError.
    """
    from training.fitting.precision import precision

    teachers, split = read_teachers(folders, cache, system)
    system = replace(system, name=out.resolve().name, split=split.spec or system.split)
    _assert_pupil(cache, system)
    parts = {part: split.indices(cache.rows, part) for part in PARTS}
    assert_disjoint({part: [cache.rows[index] for index in chosen] for part, chosen in parts.items()})
    groups = {part: groups_of(cache.rows, parts[part], system.model.unit) for part in PARTS[:2]}
    record = config_record(system, cache)
    told = {**asdict(teaching), "teachers": [teacher.record() for teacher in teachers]}
    with claimed(out):
        refuse_another_run(out, record)
        _refuse_other_teaching(out, told)
        if is_complete(out):
            (out / STATE).unlink(missing_ok=True)
            return out / "best.weights.h5"
        write_json(out / "start.json", _start(system, split, teachers, told))
        write_json(out / SETTINGS, told)
        write_json(out / "config.json", record)
        write_json(out / "split.json", split_record(split))
        write_json(out / "environment.json", {**environment(), "processors": 1})
        soft = softened(taught_logits(teachers, cache, groups["train"], flips=teaching.flips), teaching.temperature)
        with precision("mixed_bfloat16" if system.optimiser.mixed_precision else "float32"):
            return _fit(cache, system, groups, teaching, soft, out)


def _refuse_other_teaching(out: Path, told: dict[str, Any]) -> None:
    """Raise UsageError where weights lie in `out` that were fitted without teachers, or by others."""
    if not any(any(out.rglob(name)) for name in ("*.weights.h5", "state.npz")):
        return
    path = out / SETTINGS
    try:
        before = json.loads(path.read_text(encoding="utf-8")) if path.is_file() else None
    except ValueError as error:
        raise InputRefusedError(f"{path}: cannot be read: {error}", "give another --out") from error
    if before != told:
        changed = sorted(key for key in told if before is None or before.get(key) != told[key])
        raise UsageError(f"{out}: holds another run ({', '.join(changed)} differ)", "give another --out")


def _start(system: System, split: Split, teachers: Sequence[Teacher], told: dict[str, Any]) -> dict[str, Any]:
    """start.json: what the pupil's weights were, its teachers, and all women whom any of them saw before."""
    own: dict[str, Any] = {"kind": "nothing", "pretraining": None, "women_seen": [], "women_told": True}
    if system.start.file:
        assert_unseen(Path(system.start.file), split)
        own = start_record(Path(system.start.file), system.start.kind)
    earlier = [start for start in (teacher.run.start() for teacher in teachers) if start]
    stories = [start["pretraining"] for start in (own, *earlier) if start.get("pretraining")]
    if stories:
        own["pretraining"] = {**(own["pretraining"] or {})} | {
            key: sorted({name for story in stories for name in _names(story, key)})
            for key in ("sources", "sources_of_unknown_women")
        }
    own["women_seen"] = sorted({*own["women_seen"], *(woman for start in earlier for woman in start["women_seen"])})
    own["women_told"] = own["women_told"] and all(start.get("women_told", False) for start in earlier)
    return {**own, "distillation": told}


def _names(story: dict[str, Any], key: str) -> list[str]:
    """The sets that a pretrain.json tells; old ones have their sources in one text."""
    if key == "sources" and key not in story:
        return [name for name in story.get("source", "").split(" and ") if name]
    return list(story.get(key, ()))


def _fit(
    cache: InputCache,
    system: System,
    groups: dict[str, Groups],
    teaching: Teaching,
    soft: NDArray[np.float64],
    out: Path,
) -> Path:
    import keras

    from training.models.network import build_network
    from training.models.weights import start_weights

    keras.utils.set_random_seed(system.run.seed)
    held = groups["validation"]
    rows, columns = (int(size) for size in cache.inputs.shape[1:])
    source = TaughtSource(cache, groups["train"], system, teaching, soft)
    network = build_network(system, rows, columns)
    start_weights(network, system)
    judged = network
    if most_views(held) > system.model.views:
        judged = build_network(system, rows, columns, views=most_views(held))
    judged.jit_compile = keras.backend.backend() != "tensorflow"  # XLA crawls on the CPU

    def judge() -> float:
        if judged is not network:
            judged.set_weights(network.get_weights())
        return validation_figure(predict_groups(judged, cache, held, system), system.stopping.figure)

    return run_loop(
        Task(
            network=taught_network(network, teaching.temperature),
            system=replace(system, loss=replace(system.loss, label_smoothing=0.0)),
            source=source,
            judge=judge,
            figure=f"AUROC per {system.stopping.figure.removeprefix('auroc-')}",
            out=out,
        )
    )
