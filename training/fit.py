"""Owns the fitting of a network on a cache. Keras 3 and NumPy only: no OpenCV, no pydicom, no TensorFlow by name."""

from __future__ import annotations

import hashlib
import json
import sys
import time
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mammoview.core.errors import InputRefusedError, UsageError
from training.cache import InputCache
from training.metrics import auroc
from training.split import LeakError, Split, assert_disjoint, split_by_woman


@dataclass(frozen=True, slots=True, kw_only=True)
class FitConfig:
    """All that decides a run, besides the cache. `peak_rate` is AdamW's after the warm-up, then cosine to 0."""

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


def logit_difference(outputs: Any) -> NDArray[np.float64]:
    """Logit of the suspicious class minus that of the other, (n,), from the model's [features, logits]."""
    logits = np.asarray(outputs[1], np.float64)
    return np.asarray(logits[:, 1] - logits[:, 0])


def predict(model: Any, inputs: NDArray[np.uint8], *, batch: int = 64) -> NDArray[np.float64]:
    """Logit differences (n,) of cached uint8 inputs (n, rows, columns)."""
    parts = []
    for start in range(0, len(inputs), batch):
        pixels = inputs[start : start + batch, :, :, None].astype(np.float32) / 255
        parts.append(logit_difference([np.asarray(output) for output in model.predict_on_batch(pixels)]))
    return np.concatenate(parts)


def fit(cache: InputCache, config: FitConfig, out: Path) -> Path:
    """Train on the women of the training part, choose the epoch by AUROC on those of the validation part.

    Writes `out`/best.weights.h5, split.json, config.json and history.json (one record an epoch); a run that was ended
    goes on from `out`/backup, one that is complete is left as it is. Returns the weights' path. Raises LeakError and
    UsageError.
    """
    import keras

    from training.model import augmentation, build_classifier

    out.mkdir(parents=True, exist_ok=True)
    split = split_by_woman(cache.rows, seed=config.seed)
    parts = {part: split.indices(cache.rows, part) for part in ("train", "validation", "test")}
    assert_disjoint({part: [cache.rows[i] for i in chosen] for part, chosen in parts.items()})
    if config.limit:
        parts = {part: chosen[: config.limit] for part, chosen in parts.items()}
    labels = cache.labels()
    if min(np.bincount(labels[parts["train"]], minlength=2)) == 0:
        raise UsageError("the training part holds one class only", "give more images")
    record = {**asdict(config), "weights": Path(config.weights).name, "inputs": cache_hash(cache)}
    _refuse_another_run(out, record)
    write_json(out / "config.json", record)
    if len(_record_beside(out / "best.weights.h5", "history.json") or []) >= config.epochs:
        return out / "best.weights.h5"
    if config.weights:
        assert_unseen(Path(config.weights), split)
        write_json(out / "start.json", start_record(Path(config.weights)))
    write_json(out / "split.json", {"seed": split.seed, "part_of": dict(split.part_of), "hashes": split.hashes()})

    keras.utils.set_random_seed(config.seed)
    if config.mixed_precision:
        keras.mixed_precision.set_global_policy("mixed_bfloat16")
    model = build_classifier(
        rows=cache.inputs.shape[1],
        columns=cache.inputs.shape[2],
        family=config.family,
        dropout=config.dropout,
        weights=Path(config.weights) if config.weights else None,
    )
    pixels = keras.Input(model.input_shape[1:])
    model.jit_compile = keras.backend.backend() != "tensorflow"  # XLA crawls on the CPU
    trainee = keras.Model(pixels, model(augmentation(config.seed)(pixels))[1])
    batches = _make_batches(keras, cache, parts["train"], config)
    steps = len(batches) * config.epochs
    warm = max(1, steps // 12)
    rate = keras.optimizers.schedules.CosineDecay(
        config.peak_rate / 20, max(1, steps - warm), warmup_target=config.peak_rate, warmup_steps=warm
    )
    optimizer = keras.optimizers.AdamW(rate, weight_decay=config.weight_decay, clipnorm=1.0)
    optimizer.exclude_from_weight_decay(var_names=["bias", "gamma", "beta"])
    trainee.compile(
        optimizer,
        keras.losses.CategoricalCrossentropy(from_logits=True, label_smoothing=config.label_smoothing),
        jit_compile=False if keras.backend.backend() == "tensorflow" else "auto",
    )
    judge = _make_judge(keras, model, cache, parts["validation"], out)
    trainee.fit(
        batches,
        epochs=config.epochs,
        callbacks=[judge, keras.callbacks.BackupAndRestore(str(out / "backup"))],
        verbose=0,
    )
    return out / "best.weights.h5"


def cache_hash(cache: InputCache) -> str:
    """16 hex digits that name a cache's inputs and women."""
    digest = hashlib.sha256(cache.inputs.tobytes())
    digest.update("\n".join(row.patient_id for row in cache.rows).encode())
    return digest.hexdigest()[:16]


def _refuse_another_run(out: Path, record: dict[str, Any]) -> None:
    """Raise UsageError where `out` holds a run of another configuration, split or data: its weights saw other women."""
    if not (out / "config.json").is_file():
        return
    before = json.loads((out / "config.json").read_text(encoding="utf-8"))
    if before != record:
        changed = sorted(name for name in {*before, *record} if before.get(name) != record.get(name))
        raise UsageError(f"{out}: holds another run ({', '.join(changed)} differ)", "give another --out")


def start_record(weights: Path) -> dict[str, Any]:
    """What a run started from: the weights' checksum, the record of `pretrain` where it stands at the beginning (else
    None), and how many epochs of `fit` lie behind the weights."""
    if not weights.is_file():
        raise InputRefusedError(f"{weights}: no such weights file", "weights are never downloaded; give a local file")
    before = _record_beside(weights, "start.json") or {}
    return {
        "file": weights.name,
        "sha256": hashlib.sha256(weights.read_bytes()).hexdigest(),
        "pretraining": _record_beside(weights, "pretrain.json") or before.get("pretraining"),
        "earlier_epochs": before.get("earlier_epochs", 0) + len(_earlier_history(weights)),
    }


def _record_beside(weights: Path, name: str) -> Any:
    path = weights.parent / name
    return json.loads(path.read_text(encoding="utf-8")) if path.is_file() else None


def _earlier_history(weights: Path) -> list[Any]:
    """The epochs of the `fit` run that made the weights; empty for other weights."""
    return (_record_beside(weights, "history.json") or []) if (weights.parent / "split.json").is_file() else []


def assert_unseen(weights: Path, split: Split) -> None:
    """Raise LeakError where the run that made the weights saw a woman whom `split` keeps for the test."""
    if not (weights.parent / "split.json").is_file():
        return
    before = read_split(weights.parent / "split.json")
    for woman, part in before.part_of.items():
        if part != "test" and split.part_of.get(woman) == "test":
            raise LeakError(f"{woman} is kept for the test but the weights saw her", "fit with the same seed and data")


def write_json(path: Path, record: Any) -> None:
    """Write `record` as JSON; the file is replaced as a whole."""
    part = path.with_name(path.name + ".part")
    part.write_text(json.dumps(record, indent=1, sort_keys=True) + "\n", encoding="utf-8")
    part.replace(path)


def read_split(path: Path) -> Split:
    """The split that a run wrote."""
    record = json.loads(path.read_text(encoding="utf-8"))
    return Split(record["part_of"], record["seed"])


def _make_batches(keras: Any, cache: InputCache, chosen: list[int], config: FitConfig) -> Any:
    """Batches with as many positives as negatives, each epoch in an order of its own that the seed decides."""
    labels = cache.labels()
    positives = np.array([index for index in chosen if labels[index] == 1])
    negatives = np.array([index for index in chosen if labels[index] == 0])
    count = max(1, len(chosen) // config.batch)
    one_hot = np.eye(2, dtype=np.float32)

    class Balanced(keras.utils.PyDataset):  # type: ignore[misc]
        def __init__(self) -> None:
            super().__init__(workers=1)
            self.epoch = 0
            self._deal()

        def _deal(self) -> None:
            rng = np.random.default_rng((config.seed, self.epoch))
            half = config.batch // 2
            need = count * half
            pools = [
                np.concatenate([rng.permutation(pool) for _ in range(need // pool.size + 1)])[:need]
                for pool in (positives, negatives)
            ]
            self.order = [np.concatenate([pool[i * half : (i + 1) * half] for pool in pools]) for i in range(count)]

        def __len__(self) -> int:
            return count

        def __getitem__(self, index: int) -> tuple[Any, Any]:
            rows = self.order[index]
            return cache.inputs[rows][..., None].astype(np.float32) / 255, one_hot[labels[rows]]

        def on_epoch_end(self) -> None:
            self.epoch += 1
            self._deal()

    return Balanced()


def _make_judge(keras: Any, model: Any, cache: InputCache, chosen: list[int], out: Path) -> Any:
    """After each epoch: AUROC per image on the validation women; the best epoch's weights are kept."""
    labels = cache.labels()[chosen]
    history_file = out / "history.json"
    history = json.loads(history_file.read_text()) if history_file.is_file() else []

    class Judge(keras.callbacks.Callback):  # type: ignore[misc]
        def on_epoch_begin(self, epoch: int, logs: Any = None) -> None:
            self.started = time.monotonic()

        def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
            value = auroc(labels, predict(model, cache.inputs[chosen]))
            best = max((record["validation_auroc"] for record in history), default=-1.0)
            if not value <= best:
                model.save_weights(out / "best.weights.h5")
            history.append(
                {
                    "epoch": epoch + 1,
                    "loss": float((logs or {}).get("loss", float("nan"))),
                    "validation_auroc": value,
                    "seconds": round(time.monotonic() - self.started, 1),
                }
            )
            write_json(history_file, history)
            print(json.dumps(history[-1]), file=sys.stderr, flush=True)

    return Judge()
