"""Owns the pre-training without labels: pieces of the breast are painted again, or two crops of it are known as a pair.

Its product is a trunk for `fit --start trunk`. The networks are in `training.models.self_supervised`; no label is read
here, and the women are kept apart as everywhere.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mammoview.core.errors import UsageError
from training.auxiliary import split_of_system
from training.cache import InputCache
from training.config import AugmentationConfig, HeadsConfig, LossConfig, PatchesConfig, StartConfig, System
from training.data.table import ImageRow
from training.fitting.batches import Batch
from training.fitting.lock import claimed
from training.fitting.loop import STATE, Task, is_complete, run_loop
from training.fitting.progress import value_of
from training.fitting.records import (
    config_record,
    environment,
    read_split,
    refuse_another_run,
    start_record,
    write_json,
)
from training.pretraining_story import earlier, story
from training.split import Split, assert_disjoint, split_by_woman, split_record
from training.systems import load_system

TASKS = ("masked", "contrastive")
WEIGHTS = "trunk.weights.h5"
PAIRS = ("image", "breast")
_TRIES = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class SelfSupervisedConfig:
    """`task`: "masked" (blocks of `block` pixels, `share` of the crop, are blanked and painted again) or "contrastive"
    (two crops of one image, or with `pairs` "breast" of two images of one breast, get like vectors). `patch`: side of
    the crops, input pixels; `base`: the system whose trunk is fitted; `batch`: crops, or firsts of pairs, in a step."""

    task: str = "masked"
    base: str = "efficientnetv2-b0"
    family: str = ""
    patch: int = 128
    epochs: int = 24
    batch: int = 64
    peak_rate: float = 1e-3
    seed: int = 1
    weights: str = ""
    block: int = 16
    share: float = 0.5
    pairs: str = "image"

    def __post_init__(self) -> None:
        for key, value, allowed in (("task", self.task, TASKS), ("pairs", self.pairs, PAIRS)):
            if value not in allowed:
                raise UsageError(f"{key} {value!r} is not known", f"choose one of {', '.join(allowed)}")
        if not 2 <= self.block <= self.patch // 2:
            raise UsageError(f"blocks of {self.block} pixels do not suit crops of {self.patch}", "give 2 to half of it")
        if not 0.1 <= self.share <= 0.9:
            raise UsageError(f"a blanked share of {self.share} is out of range", "give 0.1 to 0.9")
        if self.batch < 4:
            raise UsageError(f"a batch of {self.batch} is too small", "give 4 crops or more")

    def system(self) -> System:
        """The system whose trunk this fits, as config.json keeps it. Raises UsageError."""
        base = load_system(self.base)
        if base.model.kind == "dense":
            raise UsageError(f"{self.base} has no trunk to be trained", "take a convolutional system")
        own = base.augmentation
        stronger = AugmentationConfig(
            flip_rows=True,
            flip_columns=True,
            rotation_degrees=max(own.rotation_degrees, 15),
            zoom=max(own.zoom, 0.25),
            brightness=max(own.brightness, 0.1),
            contrast=max(own.contrast, 0.4),
        )
        return replace(
            base,
            name=self.task,
            model=replace(base.model, family=self.family or base.model.family, unit="image", views=1, classes=2),
            heads=HeadsConfig(),
            auxiliary=type(base.auxiliary)(),
            augmentation=stronger
            if self.task == "contrastive"
            else replace(own, cutout=0.0, mixup=0.0, drop_views=0.0),
            imbalance=replace(base.imbalance, kind="none"),
            loss=LossConfig(),
            optimiser=replace(base.optimiser, rate=self.peak_rate, ema=0.0, accumulate=1),
            stopping=replace(base.stopping, epochs=self.epochs, figure="auroc-image", patience=0),
            start=StartConfig(kind="weights", file=self.weights) if self.weights else StartConfig(),
            patches=PatchesConfig(),
            run=replace(base.run, seed=self.seed, batch=self.batch, limit=0),
        )


def draw_crop(pixels: NDArray[np.uint8], size: int, rng: np.random.Generator) -> NDArray[np.uint8]:
    """A square of `size` pixels inside of `pixels` (rows, columns), around a pixel of the breast: the first of 20 that
    is half breast, else the fullest of them."""
    rows, columns = pixels.shape
    inside = np.flatnonzero(pixels)
    best, most = pixels[:size, :size], -1.0
    for _ in range(_TRIES):
        middle = int(inside[rng.integers(inside.size)]) if inside.size else int(rng.integers(pixels.size))
        top = min(max(middle // columns - size // 2, 0), rows - size)
        left = min(max(middle % columns - size // 2, 0), columns - size)
        crop = pixels[top : top + size, left : left + size]
        full = float(np.mean(crop > 0))
        if full > most:
            best, most = crop, full
        if most >= 0.5:
            break
    return best


def partners_of(rows: Sequence[ImageRow], chosen: Sequence[int], pairs: str) -> dict[int, list[int]]:
    """For each of `chosen` the images, among them, that may stand for it: with `pairs` "breast" the other images of the
    same breast of a known woman, where there are any; else itself."""
    breasts: dict[str, list[int]] = {}
    for index in chosen:
        told = pairs == "breast" and rows[index].woman_known and rows[index].laterality
        breasts.setdefault(rows[index].breast_id if told else f"image {index}", []).append(index)
    return {
        index: [other for other in breast if other != index] or [index]
        for breast in breasts.values()
        for index in breast
    }


class CropSource:
    """Batches of crops of the inputs at `chosen`: one of each image, or, of a pair, all firsts before all seconds. What
    is told of classes is empty: targets and weights are 0."""

    def __init__(self, cache: InputCache, chosen: Sequence[int], config: SelfSupervisedConfig) -> None:
        self.cache, self.chosen, self.config = cache, np.array(chosen, np.int64), config
        self.partners = partners_of(cache.rows, chosen, config.pairs)

    def order(self, epoch: int) -> list[NDArray[np.int64]]:
        config = self.config
        size = min(config.batch, len(self.chosen))
        drawn = np.random.default_rng((config.seed, epoch)).permutation(self.chosen)
        return [drawn[start : start + size] for start in range(0, len(drawn) - size + 1, size)]

    def batch(self, chosen: NDArray[np.int64], epoch: int, step: int) -> Batch:
        config = self.config
        rng = np.random.default_rng((config.seed, epoch, step, 1))
        shown = [int(index) for index in chosen]
        if config.task == "contrastive":
            shown += [int(rng.choice(self.partners[index])) for index in shown]
        pixels = np.stack([draw_crop(self.cache.inputs[index], config.patch, rng) for index in shown])
        nothing = np.zeros((len(shown), 2), np.float32)
        return {"pixels": pixels, "targets": nothing, "weights": np.zeros(len(shown), np.float32)}


def held_crops(
    cache: InputCache, held: Sequence[int], config: SelfSupervisedConfig
) -> tuple[NDArray[np.uint8], NDArray[np.str_]]:
    """Crops uint8 (n, patch, patch) on which a network is judged, the same at every call, and their women (n,). Two of
    each image at `held`; of pairs all firsts before all seconds, and each breast once where its views are pairs."""
    rng = np.random.default_rng((config.seed, config.patch))
    partners = partners_of(cache.rows, held, config.pairs if config.task == "contrastive" else "image")
    first: list[int] = []
    taken: set[int] = set()
    for index in held:
        if index not in taken:
            first.append(index)
            taken |= {index, *partners[index]}
    shown = [*first, *(partners[index][0] for index in first)]
    crops = np.stack([draw_crop(cache.inputs[index], config.patch, rng) for index in shown])
    return crops, np.array([cache.rows[index].patient_id for index in shown])


def women_of(where: str, rows: Sequence[ImageRow]) -> Split:
    """The split that `where` names: a run's folder, a split.json, or a system, whose split of `rows` it then is. Raises
    UsageError, InputRefusedError."""
    path = Path(where)
    for file in (path / "split.json", path):
        if file.is_file() and file.suffix == ".json":
            try:
                return read_split(file)
            except (ValueError, KeyError, TypeError) as error:
                raise UsageError(f"{file}: is no split: {error}", "give a run's folder or its split.json") from error
    return split_of_system(rows, load_system(where))


def part_women(cache: InputCache, seed: int, given: Split | None) -> tuple[Split, dict[str, list[int]]]:
    """Who is trained on and who is held back, and the positions of their images. Without `given` a fifth of the known
    women is held back, whatever their labels, and images that do not say whom they show are trained on; with it its
    training women are trained on, its validation women held back, and all others left out.

    Raises UsageError where nobody is left to be trained on.
    """
    if given is None:
        known = [replace(row, label=0) for row in cache.rows if row.woman_known]
        dealt = split_by_woman(known, seed=seed, validation=0.2, test=0.0)
        unknown = {row.patient_id: "train" for row in cache.rows if not row.woman_known}
        split, told = replace(dealt, part_of={**dealt.part_of, **unknown}), list(range(len(cache.rows)))
    else:
        told = [index for index, row in enumerate(cache.rows) if row.patient_id in given.part_of]
        women = {cache.rows[index].patient_id for index in told}
        split = replace(given, part_of={woman: part for woman, part in given.part_of.items() if woman in women})
    rows = [cache.rows[index] for index in told]
    parts = {part: [told[place] for place in split.indices(rows, part)] for part in ("train", "validation")}
    parts["validation"] = [index for index in parts["validation"] if cache.rows[index].woman_known]
    if not parts["train"]:
        raise UsageError("none of the women in the cache may be trained on", "give --women-of a split of this cache")
    return split, parts


def pretrain_unlabelled(
    cache: InputCache, config: SelfSupervisedConfig, out: Path, *, given: Split | None = None
) -> Path:
    """Train a trunk on crops of `cache` without labels; the epoch that is best on women held back is kept in
    `out`/trunk.weights.h5 (the last epoch, where nobody is known). `given`: whose training women alone are used. Writes
    what `fit` writes and pretrain.json, with the digests of the women; a run that was ended goes on.

    Raises UsageError where the crops do not fit into the inputs or nobody is left, LeakError, InputRefusedError.
    """
    system = config.system()
    if config.patch > min(cache.inputs.shape[1:]):
        told = " x ".join(map(str, cache.inputs.shape[1:]))
        raise UsageError(f"crops of {config.patch} pixels do not fit into inputs of {told}", "give a smaller --patch")
    from training.fitting.precision import precision

    split, parts = part_women(cache, config.seed, given)
    assert_disjoint({part: [cache.rows[index] for index in chosen] for part, chosen in parts.items()})
    before = earlier(config.weights, split)
    settings = {**asdict(config), "base": Path(config.base).name, "weights": Path(config.weights).name}
    record = {
        **config_record(system, cache),
        "rows": config.patch,
        "columns": config.patch,
        "self_supervised": settings,
        "women": split.hashes(),
    }
    with claimed(out):
        refuse_another_run(out, record)
        if is_complete(out):
            (out / STATE).unlink(missing_ok=True)
            return out / WEIGHTS
        for line in _said(cache, parts):
            print(f"training: {line}", file=sys.stderr)
        if config.weights:
            write_json(out / "start.json", start_record(Path(config.weights)))
        write_json(out / "config.json", record)
        write_json(out / "split.json", split_record(split))
        write_json(out / "environment.json", environment())
        tale = story(cache, split, parts, before, task=config.task, config=settings)
        with precision("mixed_bfloat16" if system.optimiser.mixed_precision else "float32"):
            return _fit(cache, parts, system, config, tale, out)


def _fit(
    cache: InputCache,
    parts: dict[str, list[int]],
    system: System,
    config: SelfSupervisedConfig,
    record: dict[str, Any],
    out: Path,
) -> Path:
    import keras

    from training.models.network import build_network
    from training.models.self_supervised import Agreement, Painting
    from training.models.weights import start_weights

    keras.utils.set_random_seed(system.run.seed)
    network = build_network(system, config.patch, config.patch)
    start_weights(network, system)
    learner = (
        Painting(network, block=config.block, share=config.share, seed=config.seed)
        if config.task == "masked"
        else Agreement(network)
    )
    held = parts["validation"]
    crops = held_crops(cache, held, config) if len({cache.rows[index].patient_id for index in held}) > 1 else None
    kept = out / "pretrain.json"

    def judge() -> float:
        return float(learner.judged(*crops)["value"]) if crops else float("nan")

    def tell(history: list[dict[str, Any]]) -> None:
        values = [value for value in map(value_of, history) if value is not None]
        best = max((one["epoch"] for one in history if one["best"]), default=0)
        told = json.loads(kept.read_text(encoding="utf-8")).get("validation") if kept.is_file() else None
        if crops and history[-1]["best"]:
            told = {**learner.judged(*crops, samples=2000), "epoch": best, "note": _NOTE}
        stage = {
            "task": config.task,
            "patch": config.patch,
            "epochs": len(history),
            "validation_patch_auroc": None,
            "figure": learner.figure,
            "validation": max(values, default=None),
        }
        written = {**record, "stages": [*record["stages"], stage]}
        write_json(kept, {**written, "validation": told} if told else written)

    task = Task(
        network=learner,
        system=replace(system, start=StartConfig()),
        source=CropSource(cache, parts["train"], config),
        judge=judge,
        figure=learner.figure,
        key="validation_r2" if config.task == "masked" else "validation_pair_auroc",
        out=out,
        best=WEIGHTS,
        after_epoch=tell,
    )
    return run_loop(task)


_NOTE = "the epoch was chosen on these women: of others it would be lower"


def told_line(found: Mapping[str, Any]) -> str:
    """One line of what was measured on the women held back: the figure with its interval, and what it must beat."""
    spans = [found["interval"], found["baseline_interval"]]
    own, plain = (f"{s['value']:.3f} ({s['low']:.3f} to {s['high']:.3f})" if s else "not to be had" for s in spans)
    count = f"{found['pairs']} pairs" if "pairs" in found else f"{found['crops']} crops"
    chance = f", by chance {found['chance']:.3f}" if "chance" in found else ""
    return (
        f"women held back: {found['figure']} {own} on {count} of {found['women']} women; "
        f"{found['baseline']} alone {plain}{chance}"
    )


def _said(cache: InputCache, parts: dict[str, list[int]]) -> list[str]:
    """What the user must know of who is used."""
    used = {part: {cache.rows[index].patient_id for index in chosen} for part, chosen in parts.items()}
    unknown = sum(not cache.rows[index].woman_known for index in parts["train"])
    lines = []
    left = len(cache.rows) - sum(len(chosen) for chosen in parts.values())
    if left:
        lines.append(
            f"{left} of {len(cache.rows)} images are of women who are neither trained on nor held back: unread"
        )
    if unknown:
        lines.append(f"{unknown} of {len(cache.rows)} images do not say whom they show: they are trained on")
    if not used["validation"]:
        lines.append("no woman is held back, so that the last epoch is kept and nothing is measured")
    return lines
