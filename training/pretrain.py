"""Owns the pre-training on lesion patches: lesion against the rest of the same breast. Its weights start `fit`.

The patches are cut from inputs made by the application's own preprocessing, at the scale at which whole images are
fitted later, so that what a lesion looks like stays the same (patch -> whole image, Shen et al. 2019).
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mammoview.core.errors import InputRefusedError, MammoviewError
from training.data.ddsm import LesionRow
from training.fit import logit_difference, start_record, write_json
from training.metrics import auroc
from training.split import assert_disjoint, split_by_woman


@dataclass(frozen=True, slots=True, kw_only=True)
class PretrainConfig:
    """`rows` x `columns`: the whole-image input at whose scale the square patches of `patch` pixels are cut."""

    rows: int = 416
    columns: int = 256
    patch: int = 64
    family: str = "B0"
    epochs: int = 24
    batch: int = 64
    peak_rate: float = 1e-3
    weight_decay: float = 0.02
    dropout: float = 0.3
    seed: int = 1
    weights: str = ""


@dataclass(frozen=True, slots=True, eq=False)
class LesionImages:
    """`inputs`: uint8 (n, rows, columns); `boxes`: float (n, 4) row0, column0, row1, column1 in input pixels."""

    inputs: NDArray[np.uint8]
    boxes: NDArray[np.float64]
    rows: tuple[LesionRow, ...]


def load_lesion_images(rows: Sequence[LesionRow], config: PretrainConfig) -> LesionImages:
    """Preprocess the images and carry their boxes along; an unreadable image is named and left out."""
    from mammoview.dicom.reader import read_file
    from mammoview.inference.preprocess import PreprocessParams, preprocess

    params = PreprocessParams(rows=config.rows, columns=config.columns)
    inputs, boxes, kept = [], [], []
    for row in rows:
        try:
            image = read_file(row.row.file)
        except MammoviewError as error:
            print(f"training: {error}", file=sys.stderr)
            continue
        made = preprocess(image, params)
        to_input = made.crop.model_from_stored()
        first, last = to_input(row.box_px[0], row.box_px[1]), to_input(row.box_px[2], row.box_px[3])
        inputs.append(np.round(made.pixels[..., 0] * 255).astype(np.uint8))
        boxes.append([min(first[0], last[0]), min(first[1], last[1]), max(first[0], last[0]), max(first[1], last[1])])
        kept.append(row)
    if not kept:
        raise InputRefusedError("none of the images could be read")
    return LesionImages(np.stack(inputs), np.array(boxes), tuple(kept))


def cut_patch(pixels: NDArray[np.uint8], row: float, column: float, size: int) -> NDArray[np.uint8]:
    """The square of `size` around a position, black beyond the image."""
    top, left = round(row - size / 2), round(column - size / 2)
    patch = np.zeros((size, size), np.uint8)
    rows = slice(max(0, top), min(pixels.shape[0], top + size))
    columns = slice(max(0, left), min(pixels.shape[1], left + size))
    if rows.start < rows.stop and columns.start < columns.stop:
        patch[rows.start - top : rows.stop - top, columns.start - left : columns.stop - left] = pixels[rows, columns]
    return patch


def draw_patch(
    images: LesionImages, index: int, positive: bool, size: int, rng: np.random.Generator
) -> NDArray[np.uint8]:
    """A patch with the lesion near its middle, or one of the same breast that does not touch the lesion."""
    pixels = images.inputs[index]
    row0, column0, row1, column1 = images.boxes[index]
    if positive:
        jitter = rng.uniform(-0.2, 0.2, 2) * size
        return cut_patch(pixels, (row0 + row1) / 2 + jitter[0], (column0 + column1) / 2 + jitter[1], size)
    for _ in range(40):
        row, column = rng.uniform(0, pixels.shape[0]), rng.uniform(0, pixels.shape[1])
        apart = (
            row + size / 2 < row0 or row - size / 2 > row1 or column + size / 2 < column0 or column - size / 2 > column1
        )
        patch = cut_patch(pixels, row, column, size)
        if apart and np.mean(patch > 0) > 0.6:
            return patch
    return cut_patch(pixels, 2 * pixels.shape[0] - row0, column1, size)


def pretrain(rows: Sequence[LesionRow], config: PretrainConfig, out: Path) -> Path:
    """Train on patches; the epoch with the best patch AUROC on women held back is kept in `out`/patch.weights.h5."""
    import keras

    from training.model import augmentation, build_classifier

    out.mkdir(parents=True, exist_ok=True)
    images = load_lesion_images([row for row in rows if row.row.label == 1], config)
    table = [row.row for row in images.rows]
    split = split_by_woman(table, seed=config.seed, validation=0.2, test=0.0)
    train, held = split.indices(table, "train"), split.indices(table, "validation")
    assert_disjoint({"train": [table[i] for i in train], "validation": [table[i] for i in held]})
    before = start_record(Path(config.weights))["pretraining"] if config.weights else None
    record: dict[str, Any] = {
        "source": "ddsm",
        "config": {**asdict(config), "weights": Path(config.weights).name},
        "images": {"train": len(train), "validation": len(held)},
        "women": {
            part: len({table[i].patient_id for i in chosen})
            for part, chosen in (("train", train), ("validation", held))
        },
        "women_hashes": split.hashes(),
        "stages": [*(before["stages"] if before else [])],
    }

    keras.utils.set_random_seed(config.seed)
    model = build_classifier(
        rows=config.patch,
        columns=config.patch,
        family=config.family,
        dropout=config.dropout,
        weights=Path(config.weights) if config.weights else None,
    )
    on_tensorflow = keras.backend.backend() == "tensorflow"
    model.jit_compile = not on_tensorflow
    pixels = keras.Input(model.input_shape[1:])
    flipped = keras.layers.RandomFlip("horizontal", seed=config.seed + 9)(pixels)
    trainee = keras.Model(pixels, model(augmentation(config.seed)(flipped))[1])
    half = config.batch // 2
    steps = max(1, len(train) // half)
    warm = min(steps, config.epochs * steps // 2)
    rate = keras.optimizers.schedules.CosineDecay(
        config.peak_rate / 20,
        max(1, config.epochs * steps - warm),
        warmup_target=config.peak_rate,
        warmup_steps=warm,
    )
    optimizer = keras.optimizers.AdamW(rate, weight_decay=config.weight_decay, clipnorm=1.0)
    trainee.compile(
        optimizer,
        keras.losses.CategoricalCrossentropy(from_logits=True, label_smoothing=0.05),
        jit_compile=False if on_tensorflow else "auto",
    )
    judged, truth = _held_patches(images, held, config)
    targets = np.eye(2, dtype=np.float32)[[0] * half + [1] * half]
    history: list[dict[str, Any]] = []
    for epoch in range(config.epochs):
        started = time.monotonic()
        rng = np.random.default_rng((config.seed, epoch))
        order = rng.permutation(train)
        losses = []
        for step in range(steps):
            chosen = order[step * half : (step + 1) * half]
            drawn = [draw_patch(images, i, False, config.patch, rng) for i in chosen]
            drawn += [draw_patch(images, i, True, config.patch, rng) for i in chosen]
            losses.append(float(trainee.train_on_batch(np.stack(drawn)[..., None].astype(np.float32) / 255, targets)))
        scores = np.concatenate(
            [
                logit_difference(
                    [np.asarray(o) for o in model.predict_on_batch(part[..., None].astype(np.float32) / 255)]
                )
                for part in np.array_split(judged, max(1, len(judged) // 64))
            ]
        )
        value = auroc(truth, scores)
        if not value <= max((record["validation_patch_auroc"] for record in history), default=-1.0):
            model.save_weights(out / "patch.weights.h5")
        history.append(
            {
                "epoch": epoch + 1,
                "loss": losses[-1],
                "validation_patch_auroc": value,
                "seconds": round(time.monotonic() - started, 1),
            }
        )
        write_json(out / "history.json", history)
        best = max(entry["validation_patch_auroc"] for entry in history)
        stage = {"patch": config.patch, "epochs": epoch + 1, "validation_patch_auroc": best}
        write_json(out / "pretrain.json", {**record, "stages": [*record["stages"], stage]})
        print(json.dumps(history[-1]), file=sys.stderr, flush=True)
    return out / "patch.weights.h5"


def _held_patches(
    images: LesionImages, held: list[int], config: PretrainConfig
) -> tuple[NDArray[np.uint8], NDArray[np.int64]]:
    rng = np.random.default_rng(config.seed)
    patches = [draw_patch(images, i, positive, config.patch, rng) for i in held for positive in (False, True)]
    return np.stack(patches), np.tile(np.array([0, 1], np.int64), len(held))
