"""Owns the pre-training on lesion maps: where on whole inputs a lesion is. Its weights start `fit --start trunk`.

What is learnt are the trunk and the mask head of a system, from images whose lesions are drawn and from images that are
known to have none; no class is read. Women are kept apart as everywhere.
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
from training.bootstrap import by_woman
from training.cache import InputCache
from training.config import (
    AuxiliaryConfig,
    HeadsConfig,
    ImbalanceConfig,
    LossConfig,
    PatchesConfig,
    StartConfig,
    System,
)
from training.fitting.batches import Batch, mask_known
from training.fitting.lock import claimed
from training.fitting.loop import STATE, Task, is_complete, run_loop
from training.fitting.pointing import NEAR_PX, brightest, hits, pointed
from training.fitting.progress import value_of
from training.fitting.records import (
    config_record,
    environment,
    refuse_another_run,
    start_record,
    write_json,
)
from training.pretraining_story import earlier, story
from training.split import PARTS, Split, assert_disjoint, assert_no_kin, split_by_woman, split_record
from training.systems import load_system
from training.weighted import Labels, Scores

TASK = "lesion-map"
WEIGHTS = "trunk.weights.h5"
FIGURE = "lesions pointed at"
VALIDATION = 0.2
"""The share of the known women who are held back, and by whom the epoch is chosen."""

_KEY = "validation_pointing_hit"
_AT_ONCE = 32
_NOTE = "the epoch was chosen on these women: of others it would be lower"


@dataclass(frozen=True, slots=True, kw_only=True)
class LesionMapConfig:
    """`base`: the system whose trunk and mask head are fitted, with its own augmentation, optimiser and schedule;
    `family`, where it is given, of its EfficientNetV2; `batch`: images in a step; `weights`: of an earlier run of this
    very kind, to start from; `validation`: the share of the known women by whom the epoch is chosen, at least 0 and
    under 1; at 0 all are trained on and the last epoch is kept. Raises UsageError for another share."""

    base: str = "multi-task"
    family: str = ""
    epochs: int = 24
    batch: int = 24
    seed: int = 1
    weights: str = ""
    validation: float = VALIDATION

    def __post_init__(self) -> None:
        if not 0 <= self.validation < 1:
            raise UsageError(f"--validation {self.validation:g} is no share of women", "give 0 to under 1, such as 0.2")

    def system(self) -> System:
        """The system that this fits, as config.json keeps it. Raises UsageError where it draws no lesions."""
        base = load_system(self.base)
        if not base.heads.mask:
            raise UsageError(f"{self.base} draws no lesions", "take a system with heads.mask, as multi-task")
        return replace(
            base,
            name=TASK,
            model=replace(base.model, family=self.family or base.model.family),
            heads=HeadsConfig(mask=1.0),
            auxiliary=AuxiliaryConfig(),
            augmentation=replace(base.augmentation, mixup=0.0),
            imbalance=ImbalanceConfig(kind="none"),
            loss=LossConfig(),
            stopping=replace(base.stopping, epochs=self.epochs, figure="auroc-image", patience=0),
            start=StartConfig(kind="weights", file=self.weights) if self.weights else StartConfig(),
            patches=PatchesConfig(),
            run=replace(base.run, seed=self.seed, batch=self.batch, limit=0),
        )


class MapSource:
    """Batches of whole inputs at `chosen` and their lesions. An epoch goes once through all with a lesion, and through
    as many without one, drawn anew, or all where there are fewer. Of the class nothing is told: targets and weights are
    0."""

    def __init__(self, cache: InputCache, chosen: Sequence[int], system: System) -> None:
        drawn = with_lesion(cache, chosen)
        self.cache, self.system = cache, system
        self.drawn, self.clean = np.array(chosen, np.int64)[drawn], np.array(chosen, np.int64)[~drawn]
        if not self.drawn.size:
            raise UsageError("no training image has a lesion in it to be drawn", "prepare a set with lesions")

    def order(self, epoch: int) -> list[NDArray[np.int64]]:
        rng = np.random.default_rng((self.system.run.seed, epoch))
        shown = rng.permutation(np.concatenate([self.drawn, rng.permutation(self.clean)[: self.drawn.size]]))
        size = min(self.system.run.batch, len(shown))
        return [shown[start : start + size] for start in range(0, len(shown) - size + 1, size)]

    def batch(self, chosen: NDArray[np.int64], epoch: int, step: int) -> Batch:
        count = len(chosen)
        return {
            "pixels": np.asarray(self.cache.inputs[chosen]),
            "targets": np.zeros((count, self.system.model.classes), np.float32),
            "weights": np.zeros(count, np.float32),
            "mask": self.cache.masks(chosen),
            "mask_known": np.ones(count, np.float32),
        }


class PointingJudge:
    """How often the largest response of a network's lesion map lies on or near a drawn lesion, on the images at `held`
    with one; see `fitting.pointing`."""

    def __init__(self, network: Any, cache: InputCache, held: Sequence[int], system: System) -> None:
        from training.models.network import output_names

        self.chosen = np.array(held, np.int64)[with_lesion(cache, held)]
        self.network, self.place = network, output_names(system.heads).index("mask")
        self.inputs, self.masks = np.asarray(cache.inputs[self.chosen]), cache.masks(self.chosen)
        self.women = np.array([cache.rows[index].patient_id for index in self.chosen])

    def hits(self) -> NDArray[np.bool_]:
        """Whether the map points at the lesion of each image: (n,)."""
        maps = [
            np.asarray(self.network.predict_on_batch(pixels[..., None].astype(np.float32) / 255)[self.place])[..., 0]
            for pixels in (self.inputs[start : start + _AT_ONCE] for start in range(0, len(self.inputs), _AT_ONCE))
        ]
        return hits(pointed(np.concatenate(maps), self.inputs), self.masks)

    def __call__(self) -> float:
        return float(self.hits().mean()) if len(self.inputs) else float("nan")

    def told(self, *, samples: int = 2000) -> dict[str, Any]:
        """The share with its interval by bootstrap over women, and beside it that of the brightest place of the breast,
        which needs no network."""
        return {
            "figure": FIGURE,
            "unit": "image with a lesion",
            "near_px": NEAR_PX,
            "women": len(set(self.women)),
            "images": len(self.inputs),
            "interval": _share(self.hits(), self.women, samples),
            "baseline": "the brightest place",
            "baseline_interval": _share(hits(brightest(self.inputs), self.masks), self.women, samples),
            "bootstrap_samples": samples,
        }


def _share(found: NDArray[np.bool_], women: NDArray[np.str_], samples: int) -> dict[str, float] | None:
    def figure(labels: Labels, scores: Scores, weights: Scores) -> Scores:
        return np.asarray(weights @ scores / np.maximum(weights.sum(axis=1), 1.0))

    scores = found.astype(np.float64)
    return by_woman(figure, np.zeros(len(scores), np.int64), scores, women, samples=samples).record()


def with_lesion(cache: InputCache, chosen: Sequence[int]) -> NDArray[np.bool_]:
    """Whether a drawn lesion lies in each input at `chosen`: (n,)."""
    found = np.zeros(len(chosen), np.bool_)
    for start in range(0, len(chosen), 256):
        found[start : start + 256] = cache.masks(list(chosen[start : start + 256])).any(axis=(1, 2))
    return found


def women_apart(
    cache: InputCache, seed: int, given: Split | None, *, validation: float = VALIDATION
) -> tuple[Split, dict[str, list[int]]]:
    """Who is trained on and who is held back, and the positions of their images whose lesions, or that there are none,
    are told. The share `validation` of the known women is held back, of those with and without a lesion alike; images
    that do not say whom they show are trained on. With `given` its training and validation women stay so, its test
    women are left out, and the others are dealt out.

    Raises LeakError where sets hold the same women under other numbers, UsageError where nobody has a drawn lesion.
    """
    known = mask_known(cache) > 0
    told = [index for index in range(len(cache.rows)) if known[index]]
    drawn = with_lesion(cache, told)
    rows = [replace(cache.rows[index], label=int(has)) for index, has in zip(told, drawn, strict=True)]
    assert_no_kin(rows, rows)
    kept = {} if given is None else {woman: part for woman, part in given.part_of.items() if part in PARTS}
    free = [row for row in rows if row.woman_known and row.patient_id not in kept]
    dealt = split_by_woman(free, seed=seed, validation=validation, test=0.0)
    women = {row.patient_id for row in rows}
    unknown = {row.patient_id: "train" for row in rows if not row.woman_known and row.patient_id not in kept}
    stay = {woman: part for woman, part in kept.items() if woman in women}
    split = replace(dealt, part_of={**stay, **dealt.part_of, **unknown})
    parts = {part: [told[place] for place in split.indices(rows, part)] for part in ("train", "validation")}
    parts["validation"] = [index for index in parts["validation"] if cache.rows[index].woman_known]
    return split, parts


def pretrain_lesion_map(cache: InputCache, config: LesionMapConfig, out: Path, *, given: Split | None = None) -> Path:
    """Fit trunk and mask head on the lesions of `cache`; the epoch that points at most lesions of women held back is
    kept in `out`/trunk.weights.h5 (the last epoch, where nobody with a lesion can be held back). `given`: a split whose
    women stay in their parts. Writes what `fit` writes and pretrain.json, with the digests of the women; a run that was
    ended goes on. Raises UsageError where no lesion is drawn, LeakError, InputRefusedError.
    """
    from training.fitting.precision import precision

    system = config.system()
    split, parts = women_apart(cache, config.seed, given, validation=config.validation)
    assert_disjoint({part: [cache.rows[index] for index in chosen] for part, chosen in parts.items()})
    source = MapSource(cache, parts["train"], system)
    before = earlier(config.weights, split)
    record = {**config_record(system, cache), "lesion_map": _settings(config), "women": split.hashes()}
    with claimed(out):
        refuse_another_run(out, record)
        if is_complete(out):
            (out / STATE).unlink(missing_ok=True)
            return out / WEIGHTS
        if config.weights:
            write_json(out / "start.json", start_record(Path(config.weights)))
        write_json(out / "config.json", record)
        write_json(out / "split.json", split_record(split))
        write_json(out / "environment.json", environment())
        told = story(cache, split, parts, before, task=TASK, config=_settings(config))
        told["images_with_lesions"] = {part: int(with_lesion(cache, held).sum()) for part, held in parts.items()}
        with precision("mixed_bfloat16" if system.optimiser.mixed_precision else "float32"):
            return _fit(cache, source, parts["validation"], system, told, out)


def _settings(config: LesionMapConfig) -> dict[str, Any]:
    """As the record keeps them: of files their names alone, which mean something on another computer."""
    return {**asdict(config), "base": Path(config.base).name, "weights": Path(config.weights).name}


def _fit(
    cache: InputCache, source: MapSource, held: Sequence[int], system: System, record: dict[str, Any], out: Path
) -> Path:
    import keras

    from training.models.network import build_network
    from training.models.weights import start_weights

    keras.utils.set_random_seed(system.run.seed)
    rows, columns = (int(size) for size in cache.inputs.shape[1:])
    network = build_network(system, rows, columns)
    start_weights(network, system)
    judge = PointingJudge(network, cache, held, system)
    if not judge.women.size:
        print(
            "training: no woman with a lesion is held back to choose the epoch by: the last one is kept",
            file=sys.stderr,
        )
    kept = out / "pretrain.json"

    def tell(history: list[dict[str, Any]]) -> None:
        values = [value for value in map(value_of, history) if value is not None]
        told = json.loads(kept.read_text(encoding="utf-8")).get("validation") if kept.is_file() else None
        if judge.women.size and history[-1]["best"]:
            told = {**judge.told(), "epoch": history[-1]["epoch"], "note": _NOTE}
        stage = {
            "task": TASK,
            "rows": rows,
            "columns": columns,
            "epochs": len(history),
            "validation_patch_auroc": None,
            "figure": FIGURE,
            "validation": max(values, default=None),
        }
        written = {**record, "stages": [*record["stages"], stage]}
        write_json(kept, {**written, "validation": told} if told else written)

    return run_loop(
        Task(
            network=network,
            system=replace(system, start=StartConfig()),
            source=source,
            judge=judge,
            figure=FIGURE,
            key=_KEY,
            out=out,
            best=WEIGHTS,
            after_epoch=tell,
        )
    )


def told_line(found: Mapping[str, Any]) -> str:
    """One line of what was measured on the women held back: the share with its interval, and what it must beat."""
    spans = [found["interval"], found["baseline_interval"]]
    own, plain = (f"{s['value']:.3f} ({s['low']:.3f} to {s['high']:.3f})" if s else "not to be had" for s in spans)
    return (
        f"women held back: {found['figure']} {own} (on it or within {found['near_px']} px) on {found['images']} images "
        f"with a lesion of {found['women']} women; {found['baseline']} alone {plain}"
    )
