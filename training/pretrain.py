"""Owns the pre-training on lesion patches: lesion against the rest of the same breast. Its weights start `fit`.

The patches come from films with boxes, or from any cache with lesion masks: mammograms, synthetic women, MRI slices.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from mammoview.core.errors import InputRefusedError, MammoviewError, UsageError
from training.cache import InputCache
from training.config import PatchesConfig, StartConfig, System
from training.data.ddsm import LesionRow
from training.fit import fit_patches
from training.fitting.patches import LesionImages
from training.fitting.precision import precision
from training.fitting.records import environment, start_record, write_json
from training.split import Split, assert_disjoint, split_by_woman, split_record
from training.systems import load_system

WEIGHTS = "patch.weights.h5"


@dataclass(frozen=True, slots=True, kw_only=True)
class PretrainConfig:
    """`rows` x `columns`: the whole-image input at whose scale the square patches of `patch` pixels are cut, where it
    is made here; `base`: the system whose trunk is fitted, `family` with EfficientNetV2."""

    rows: int = 416
    columns: int = 256
    patch: int = 64
    base: str = "efficientnetv2-b0"
    family: str = "B0"
    epochs: int = 24
    batch: int = 64
    peak_rate: float = 1e-3
    weight_decay: float = 0.02
    dropout: float = 0.3
    seed: int = 1
    weights: str = ""

    def system(self) -> System:
        """The system whose stage on patches this is."""
        base = load_system(self.base)
        return replace(
            base,
            name="pretrain",
            model=replace(base.model, family=self.family, dropout=self.dropout),
            optimiser=replace(base.optimiser, weight_decay=self.weight_decay),
            start=StartConfig(),
            patches=PatchesConfig(epochs=self.epochs, size=self.patch, batch=self.batch, rate=self.peak_rate),
            run=replace(base.run, seed=self.seed),
        )


def load_lesion_images(rows: Sequence[LesionRow], config: PretrainConfig) -> LesionImages:
    """Preprocess the images and carry their boxes along; an unreadable image is named and left out."""
    from mammoview.dicom.reader import read_file
    from mammoview.inference.preprocess import PreprocessParams, preprocess

    params = PreprocessParams(rows=config.rows, columns=config.columns)
    inputs, masks, kept = [], [], []
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
        mask = np.zeros((config.rows, config.columns), np.uint8)
        row_0, row_1 = sorted((first[0], last[0]))
        column_0, column_1 = sorted((first[1], last[1]))
        mask[_span(row_0, row_1, config.rows), _span(column_0, column_1, config.columns)] = 1
        masks.append(mask)
        kept.append(row.row)
    if not kept:
        raise InputRefusedError("none of the images could be read")
    return LesionImages(np.stack(inputs), np.stack(masks), tuple(kept))


def _span(first: float, last: float, size: int) -> slice:
    """The pixels between two positions, one at least, inside of `size`."""
    start = min(max(round(first), 0), size - 1)
    return slice(start, min(max(round(last), start + 1), size))


def lesions_of(cache: InputCache) -> LesionImages:
    """The images of a cache whose lesions are drawn. Raises UsageError where there is none."""
    chosen = [int(index) for index in np.flatnonzero(cache.has_mask())]
    if not chosen:
        raise UsageError("the cache has no lesion masks", "prepare a data set with lesions")
    return LesionImages(cache.inputs[chosen], cache.masks(chosen), tuple(cache.rows[index] for index in chosen))


def pretrain(images: LesionImages, config: PretrainConfig, out: Path) -> Path:
    """Train on patches; the epoch with the best patch AUROC on women held back is kept in `out`/patch.weights.h5 (the
    last epoch, where no woman is known). Writes pretrain.json, by which `fit` knows where its weights come from; a run
    that was ended goes on."""
    out.mkdir(parents=True, exist_ok=True)
    table = images.rows
    split = _split(images, config.seed)
    train, held = split.indices(table, "train"), split.indices(table, "validation")
    assert_disjoint({"train": [table[i] for i in train], "validation": [table[i] for i in held]})
    before = start_record(Path(config.weights))["pretraining"] if config.weights else None
    record: dict[str, Any] = {
        "source": " and ".join(sorted({row.source for row in table})),
        "config": {**asdict(config), "weights": Path(config.weights).name},
        "images": {"train": len(train), "validation": len(held)},
        "women": {
            part: len({table[i].patient_id for i in chosen})
            for part, chosen in (("train", train), ("validation", held))
        },
        "women_hashes": split.hashes(),
        "stages": [*(before["stages"] if before else [])],
    }

    def tell(history: list[dict[str, Any]]) -> None:
        best = max((told["validation_auroc"] for told in history if told["validation_auroc"] is not None), default=None)
        stage = {"patch": config.patch, "epochs": len(history), "validation_patch_auroc": best}
        write_json(out / "pretrain.json", {**record, "stages": [*record["stages"], stage]})

    system = config.system()
    write_json(out / "split.json", split_record(split))
    write_json(out / "environment.json", environment())
    start = StartConfig(kind="weights", file=config.weights) if config.weights else StartConfig()
    with precision("mixed_bfloat16" if system.optimiser.mixed_precision else "float32"):
        return fit_patches(images, train, held, system, out, start=start, best=WEIGHTS, after_epoch=tell)


def _split(images: LesionImages, seed: int) -> Split:
    """A fifth of the women is held back; images that do not say whom they show are trained on."""
    known = [row for row in images.rows if row.woman_known]
    split = split_by_woman(known, seed=seed, validation=0.2, test=0.0)
    unknown = {row.patient_id: "train" for row in images.rows if not row.woman_known}
    return replace(split, part_of={**split.part_of, **unknown})
