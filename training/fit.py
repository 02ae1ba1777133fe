"""Owns the fitting of a system on a cache. Keras 3 and NumPy only: no OpenCV, no pydicom, no TensorFlow by name."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from contextlib import nullcontext
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from mammoview.core.errors import UsageError
from training.auxiliary import beside_of, split_of_system
from training.cache import InputCache
from training.config import StartConfig, System
from training.fitting.batches import ExampleSource, Groups, classes_of, groups_of
from training.fitting.lock import claimed
from training.fitting.loop import STATE, Processors, Task, is_complete, run_loop
from training.fitting.patches import LesionImages, PatchJudge, PatchSource
from training.fitting.prediction import (
    logit_difference,
    most_views,
    predict,
    predict_groups,
    predict_run,
    validation_figure,
)
from training.fitting.progress import tell_meter, tell_split
from training.fitting.records import (
    STAGE,
    assert_unseen,
    cache_hash,
    config_record,
    environment,
    read_split,
    refuse_another_run,
    refuse_taught_run,
    start_record,
    write_json,
)
from training.leaks import assert_no_picture_twice, leak_meter
from training.metrics import auroc
from training.predictions import Example
from training.split import PARTS, Split, assert_disjoint, split_record
from training.systems import load_system

__all__ = [
    "FitConfig",
    "assert_unseen",
    "cache_hash",
    "fit",
    "logit_difference",
    "predict",
    "predict_run",
    "read_split",
    "start_record",
    "write_json",
]

VIEWS_TELL = 0.1
"""How far from 0.5 the AUROC of counting an example's images may lie before the user is warned."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FitConfig:
    """A few settings of the system "efficientnetv2-b0", for callers that need no more. `peak_rate` is AdamW's after the
    warm-up, then cosine to 0; `seed` decides the split, too."""

    family: str = "B0"
    epochs: int = 16
    batch: int = 32
    peak_rate: float = 1e-3
    weight_decay: float = 0.02
    dropout: float = 0.3
    label_smoothing: float = 0.05
    seed: int = 1
    weights: str = ""
    mixed_precision: bool = False
    limit: int = 0

    def __post_init__(self) -> None:
        if self.epochs < 1 or self.batch < 2:
            raise UsageError("a run needs at least one epoch and a batch of two")

    def system(self) -> System:
        """The system with these settings."""
        base = load_system("efficientnetv2-b0")
        start = replace(base.start, kind="weights", file=self.weights) if self.weights else base.start
        return replace(
            base,
            split=replace(base.split, seed=self.seed),
            model=replace(base.model, family=self.family, dropout=self.dropout),
            loss=replace(base.loss, label_smoothing=self.label_smoothing),
            optimiser=replace(
                base.optimiser,
                rate=self.peak_rate,
                weight_decay=self.weight_decay,
                mixed_precision=self.mixed_precision,
            ),
            stopping=replace(base.stopping, epochs=self.epochs),
            start=start,
            run=replace(base.run, seed=self.seed, batch=self.batch, limit=self.limit),
        )


def fit(cache: InputCache, config: FitConfig | System, out: Path, *, processors: Processors | None = None) -> Path:
    """Train on the women of the training part, choose the epoch on those of the validation part; where the split has
    none (`split.validation` 0), keep the last.

    Writes into `out`: best.weights.h5 and last.weights.h5, config.json (the whole system and the hashes of the data),
    split.json, start.json, environment.json, history.json (one record an epoch) and events/ for TensorBoard; a run that
    was ended goes on from state.npz, one that is complete is left as it is. One process at a time fits in a folder.
    `processors`: None for one; see `training.distribute`. Returns the path of the best weights.
    Rows of `system.auxiliary.sources` are in no part and in every batch. Raises LeakError, UsageError and
    InputRefusedError.
    """
    system = config.system() if isinstance(config, FitConfig) else config
    _check_inputs(cache, system)
    beside = beside_of(cache, system.auxiliary.sources)
    split = split_of_system(cache.rows, system)
    groups, meter = _groups(cache, split, system)
    record = config_record(system, cache)
    with claimed(out):
        refuse_another_run(out, record)
        if _is_done(out):
            return out / "best.weights.h5"
        refuse_taught_run(out)
        started = None
        if system.start.file:
            assert_unseen(Path(system.start.file), split)
            started = start_record(Path(system.start.file), system.start.kind)
            write_json(out / "start.json", started)
        write_json(out / "config.json", record)
        write_json(out / "split.json", split_record(split))
        write_json(out / "environment.json", {**environment(), "processors": processors.count if processors else 1})
        tell_split(split.notes)
        tell_meter(meter)
        with _precision(system):
            if system.patches.epochs:
                system = _after_patches(cache, system, groups, out, started)
            return _fit_examples(cache, system, groups, beside, out, processors)


def _is_done(out: Path) -> bool:
    """Whether the run in `out` has ended by itself; a state that it was killed before it could remove is removed."""
    done = is_complete(out)
    if done:
        (out / STATE).unlink(missing_ok=True)
    return done


def _check_inputs(cache: InputCache, system: System) -> None:
    """Raise UsageError where the cache is not what the system takes."""
    wanted = (system.input.rows or cache.inputs.shape[1], system.input.columns or cache.inputs.shape[2])
    if wanted != cache.inputs.shape[1:]:
        found = " x ".join(map(str, cache.inputs.shape[1:]))
        raise UsageError(
            f"{system.name} takes inputs of {wanted[0]} x {wanted[1]}, the cache holds {found}",
            f"prepare with --rows {wanted[0]} --columns {wanted[1]}, or --set input.rows=0 --set input.columns=0",
        )
    cropped = sum(row.crop_px is not None for row in cache.rows)
    if cropped != (len(cache.rows) if system.input.crops == "roi" else 0):
        raise UsageError(
            f"{system.name} takes {system.input.crops} inputs, {cropped} of {len(cache.rows)} in the cache are crops",
            f"prepare with --crops {system.input.crops}, or --set input.crops=...",
        )


def _groups(cache: InputCache, split: Split, system: System) -> tuple[dict[str, Groups], dict[str, float]]:
    """The examples of each part, and the leak meter; empty where the test part holds one class. Raises LeakError where
    a woman is in two parts, UsageError where nothing can be chosen by the validation part."""
    parts = {part: split.indices(cache.rows, part) for part in PARTS}
    assert_disjoint({part: [cache.rows[index] for index in chosen] for part, chosen in parts.items()})
    labels = cache.labels()
    both = min(np.bincount(labels[parts["test"]], minlength=2)) > 0
    if both:
        meter = leak_meter(cache.rows, parts, cache.inputs)
    else:
        meter = {}
        assert_no_picture_twice(cache.rows, parts, cache.inputs)
    found = {part: groups_of(cache.rows, chosen, system.model.unit) for part, chosen in parts.items()}
    if system.run.limit:
        found = {part: _limited(cache, groups, system) for part, groups in found.items()}
    chooses = bool(system.split.validation or parts["validation"])
    if chooses and min(np.bincount(_labels(cache, found["validation"]), minlength=2)) == 0:
        unknown = sum(not row.woman_known for row in cache.rows)
        told = f": {unknown} of {len(cache.rows)} images do not say whom they show, and can only be trained on"
        raise UsageError(
            f"the validation part holds one class only{told if unknown else ''}",
            "give more images of known women of both classes"
            + ("; all of them make a trunk: --set split.validation=0 --set split.test=0" if unknown else ""),
        )
    _warn_of_counts(cache, found["train"])
    return found, meter


def _examples(cache: InputCache, groups: Groups) -> list[Example]:
    return [Example(tuple(cache.rows[index] for index in group)) for group in groups]


def _labels(cache: InputCache, groups: Groups) -> Any:
    return np.array([max(cache.rows[index].label for index in group) for group in groups], np.int64)


def _limited(cache: InputCache, groups: Groups, system: System) -> Groups:
    """The first examples of each class in turn, as many as `run.limit` says."""
    classes = classes_of(_examples(cache, groups), system)
    rank = np.empty(len(groups), np.int64)
    for value in range(system.model.classes):
        rank[classes == value] = np.arange((classes == value).sum())
    kept = np.sort(np.argsort(rank, kind="stable")[: system.run.limit])
    return tuple(groups[index] for index in kept)


def _warn_of_counts(cache: InputCache, groups: Groups) -> None:
    """Say so where the number of an example's images alone gives the label away: a network of several views sees it."""
    if most_views(groups) == 1:
        return
    value = auroc(_labels(cache, groups), np.array([float(len(group)) for group in groups]))
    if abs(value - 0.5) > VIEWS_TELL:
        print(
            f"training: counting the images of an example alone has an AUROC of {value:.2f} here: "
            "figures of several views may owe to that",
            file=sys.stderr,
        )


def _precision(system: System) -> Any:
    """The precision of the system while something is built and fitted in it, then the one before again."""
    from training.fitting.precision import precision

    return precision("mixed_bfloat16" if system.optimiser.mixed_precision else "float32")


def _fit_examples(
    cache: InputCache,
    system: System,
    groups: dict[str, Groups],
    beside: Sequence[int],
    out: Path,
    processors: Processors | None,
) -> Path:
    import keras

    from training.models.network import build_network
    from training.models.weights import start_weights

    keras.utils.set_random_seed(system.run.seed)
    held = groups["validation"]
    rows, columns = int(cache.inputs.shape[1]), int(cache.inputs.shape[2])
    source = ExampleSource(cache, groups["train"], system, beside)
    if held:
        classes_of(_examples(cache, held), system)
    with processors.scope() if processors else nullcontext():
        network = build_network(system, rows, columns)
        start_weights(network, system)
    several = system.model.unit != "image"
    judged = network
    if processors or (several and most_views(held) > system.model.views):
        views = max(system.model.views, most_views(held)) if several else None
        judged = build_network(system, rows, columns, views=views)

    def judge() -> float:
        if not held or (processors and not processors.chief):
            return float("nan")
        if judged is not network:
            judged.set_weights(network.get_weights())
        return validation_figure(predict_groups(judged, cache, held, system), system.stopping.figure)

    judged.jit_compile = keras.backend.backend() != "tensorflow"  # XLA crawls on the CPU
    figure = f"AUROC per {system.stopping.figure.removeprefix('auroc-')}"
    return run_loop(
        Task(
            network=network,
            system=system,
            source=source,
            judge=judge,
            figure=figure,
            out=out,
            processors=processors,
        )
    )


def _after_patches(
    cache: InputCache, system: System, groups: dict[str, Groups], out: Path, started: dict[str, Any] | None
) -> System:
    """Fit the first stage in `out`/patches, on the same women; the system that starts from its trunk. `started`: what
    the stage itself starts from, None for random weights."""
    stage = out / STAGE
    if not is_complete(stage):
        told = cache.has_mask()
        parts = {part: [i for group in groups[part] for i in group if told[i]] for part in PARTS[:2]}
        if not parts["train"]:
            raise UsageError("no training image has a lesion mask to cut patches from", "set patches.epochs = 0")
        chosen = [*parts["train"], *parts["validation"]]
        images = LesionImages(cache.inputs[chosen], cache.masks(chosen), tuple(cache.rows[index] for index in chosen))
        fit_patches(images, range(len(parts["train"])), range(len(parts["train"]), len(chosen)), system, stage)
    weights = stage / "best.weights.h5"
    if started:
        write_json(stage / "start.json", started)
    before = {"before": started} if started else {}
    write_json(out / "start.json", {**start_record(weights, "trunk"), "patches": system.patches.epochs, **before})
    return replace(system, start=replace(system.start, kind="trunk", file=str(weights)))


def fit_patches(
    images: LesionImages,
    train: Sequence[int],
    held: Sequence[int],
    system: System,
    out: Path,
    *,
    start: StartConfig | None = None,
    best: str = "best.weights.h5",
    after_epoch: Callable[[list[dict[str, Any]]], None] = lambda history: None,
) -> Path:
    """Fit the trunk of `system` on patches of `images` (see `fitting.patches`); `train` and `held` are positions in
    them. `start` counts in place of the system's; `best` and `after_epoch` are those of `Task`. Writes into `out` what
    `fit` writes, but for the split. Raises UsageError where no training image has a lesion in it or the patches are
    larger than the inputs."""
    import keras

    from training.models.network import build_network
    from training.models.weights import start_weights

    patches = system.patches
    own = replace(
        system,
        name=f"{system.name}/patches",
        model=replace(system.model, unit="image", views=1, classes=2),
        heads=type(system.heads)(),
        auxiliary=type(system.auxiliary)(),
        augmentation=replace(system.augmentation, flip_columns=True, drop_views=0.0),
        imbalance=replace(system.imbalance, kind="none"),
        optimiser=replace(system.optimiser, rate=patches.rate),
        stopping=replace(system.stopping, epochs=patches.epochs, figure="auroc-image", patience=0),
        patches=type(patches)(),
        start=system.start if start is None else start,
        run=replace(system.run, batch=patches.batch),
    )
    held_images = [index for index in held if images.masks[index].any()]
    source_images = [index for index in train if images.masks[index].any()]
    if not source_images:
        raise UsageError("no training image has a lesion in it to cut patches from", "prepare a set with lesions")
    if patches.size > min(images.inputs.shape[1:]):
        told = " x ".join(map(str, images.inputs.shape[1:]))
        raise UsageError(f"patches of {patches.size} pixels are larger than the inputs, {told}", "lower patches.size")
    as_cache = InputCache(images.inputs, images.rows, {}, "")
    record = {**config_record(own, as_cache), "rows": patches.size, "columns": patches.size}
    with claimed(out):
        refuse_another_run(out, record)
        if _is_done(out):
            return out / best
        write_json(out / "config.json", record)
        keras.utils.set_random_seed(own.run.seed)
        network = build_network(own, patches.size, patches.size)
        start_weights(network, own)
        return run_loop(
            Task(
                network=network,
                system=own,
                source=PatchSource(images, source_images, own, patches.size),
                judge=PatchJudge(network, images, held_images, own, patches.size),
                figure="AUROC per patch",
                key="validation_patch_auroc",
                out=out,
                best=best,
                after_epoch=after_epoch,
            )
        )
