"""Owns the pre-training on lesion patches: lesion against the rest of the same breast. Its weights start `fit`.

The patches come from films with boxes, or from any cache with lesion masks: mammograms, synthetic women, MRI slices.
"""

from __future__ import annotations

import json
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
from training.fitting.progress import value_of
from training.fitting.records import environment, read_split, start_record, write_json
from training.patches import (
    assert_strangers,
    judge_patches,
    judge_whole,
    network_of,
    part_of,
    told_of,
    unknown_line,
    with_room,
)
from training.split import LeakError, Split, assert_disjoint, split_by_woman, split_record
from training.systems import load_system

WEIGHTS = "patch.weights.h5"
ROWS, COLUMNS = 416, 256
"""Of whole inputs that are made here, unless they are given."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PretrainConfig:
    """`rows` x `columns`: the whole-image input at whose scale the square patches of `patch` pixels are cut, where it
    is made here; `base`: the system whose trunk is fitted. `family`, `dropout` and `weight_decay` are the system's own
    where they are not given."""

    rows: int = ROWS
    columns: int = COLUMNS
    patch: int = 64
    base: str = "efficientnetv2-b0"
    family: str = ""
    epochs: int = 24
    batch: int = 64
    peak_rate: float = 1e-3
    weight_decay: float | None = None
    dropout: float | None = None
    seed: int = 1
    weights: str = ""

    def system(self) -> System:
        """The system whose stage on patches this is. Raises UsageError."""
        base = load_system(self.base)
        model, decay = base.model, self.weight_decay
        return replace(
            base,
            name="pretrain",
            model=replace(
                model,
                family=self.family or model.family,
                dropout=model.dropout if self.dropout is None else self.dropout,
            ),
            optimiser=base.optimiser if decay is None else replace(base.optimiser, weight_decay=decay),
            start=StartConfig(),
            patches=PatchesConfig(epochs=self.epochs, size=self.patch, batch=self.batch, rate=self.peak_rate),
            run=replace(base.run, seed=self.seed),
        )


def load_lesion_images(rows: Sequence[LesionRow], config: PretrainConfig) -> LesionImages:
    """Preprocess the images and carry their boxes along; an unreadable image is named and left out."""
    from mammoview.dicom.reader import read_file
    from mammoview.inference.preprocess import PreprocessParams, preprocess
    from training.progress import Progress

    params = PreprocessParams(rows=config.rows, columns=config.columns)
    inputs, masks, kept = [], [], []
    with Progress("read", "films") as progress:
        for number, row in enumerate(rows, start=1):
            try:
                image = read_file(row.row.file)
            except MammoviewError as error:
                progress.say(f"training: {error}")
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
            progress.tell(number, len(rows))
    if not kept:
        raise InputRefusedError("none of the images could be read")
    return LesionImages(np.stack(inputs), np.stack(masks), tuple(kept))


def _span(first: float, last: float, size: int) -> slice:
    """The pixels between two positions, one at least, inside of `size`."""
    start = min(max(round(first), 0), size - 1)
    return slice(start, min(max(round(last), start + 1), size))


def lesions_of(cache: InputCache) -> LesionImages:
    """The images of a cache in whose input a drawn lesion lies. Raises UsageError where there is none."""
    told = [int(index) for index in np.flatnonzero(cache.has_mask())]
    if not told:
        raise UsageError("the cache has no lesion masks", "prepare a data set with lesions")
    masks = cache.masks(told)
    inside = np.flatnonzero(masks.any(axis=(1, 2)))
    if not inside.size:
        raise UsageError("no drawn lesion lies inside of an input", "look at the set's masks with 'data'")
    chosen = [told[place] for place in inside]
    return LesionImages(cache.inputs[chosen], masks[inside], tuple(cache.rows[index] for index in chosen))


def pretrain(images: LesionImages, config: PretrainConfig, out: Path) -> Path:
    """Train on patches; the epoch with the best patch AUROC on women held back is kept in `out`/patch.weights.h5 (the
    last epoch, where no woman is known). Writes pretrain.json, by which `fit` knows where its weights come from, with
    the patch AUROC of the women held back and its interval at the end; a run that was ended goes on.

    Raises UsageError where the patches do not fit into the inputs or a setting is out of range, LeakError,
    InputRefusedError.
    """
    system = config.system()
    rows, columns = (int(size) for size in images.inputs.shape[1:])
    if config.patch > min(rows, columns):
        raise UsageError(
            f"patches of {config.patch} pixels do not fit into inputs of {rows} x {columns}",
            f"give --patch {min(rows, columns) // 2} or so",
        )
    split = _split(images, config.seed)  # of all images, so that patches of every size have the same women held back
    asked = len(images.rows)
    images = with_room(images, config.patch, config.seed)
    if len(images.rows) < asked:
        print(
            f"training: {asked - len(images.rows)} of {asked} images have no room for a patch beside their lesion: "
            "left out",
            file=sys.stderr,
        )
    table = images.rows
    train, held = split.indices(table, "train"), split.indices(table, "validation")
    parts = {"train": part_of(images, train), "validation": part_of(images, held)}
    assert_disjoint({part: found.rows for part, found in parts.items()})
    before = _before(config, parts["validation"])
    if said := unknown_line(images):
        print(f"training: {said}", file=sys.stderr)
    told = told_of(images)
    for key in ("sources", "modalities", "sources_of_unknown_women"):
        told[key] = sorted({*told[key], *before.get(key, ())})
    record: dict[str, Any] = {
        "source": " and ".join(told["sources"]),
        **told,
        "config": {
            **asdict(config),
            "rows": rows,
            "columns": columns,
            "family": system.model.family if system.model.kind == "efficientnetv2" else "",
            "dropout": system.model.dropout,
            "weight_decay": system.optimiser.weight_decay,
            "weights": Path(config.weights).name,
        },
        "images": {part: len(found.rows) for part, found in parts.items()},
        "women": {part: told_of(found)["women"] for part, found in parts.items()},
        "women_hashes": split.hashes(),
        "stages": [*before.get("stages", ())],
    }

    def tell(history: list[dict[str, Any]]) -> None:
        best = max((value for value in map(value_of, history) if value is not None), default=None)
        stage = {"patch": config.patch, "epochs": len(history), "validation_patch_auroc": best}
        write_json(out / "pretrain.json", {**record, "stages": [*record["stages"], stage]})

    if (out / "split.json").is_file() and read_split(out / "split.json").part_of != split.part_of:
        raise UsageError(f"{out}: holds another run (its women differ)", "give another --out")
    out.mkdir(parents=True, exist_ok=True)
    write_json(out / "split.json", split_record(split))
    if config.weights:
        write_json(out / "start.json", start_record(Path(config.weights)))
    if not (out / "environment.json").is_file():
        write_json(out / "environment.json", environment())
    start = StartConfig(kind="weights", file=config.weights) if config.weights else StartConfig()
    with precision("mixed_bfloat16" if system.optimiser.mixed_precision else "float32"):
        weights = fit_patches(images, train, held, system, out, start=start, best=WEIGHTS, after_epoch=tell)
    _tell_validation(parts["validation"], config, weights, out)
    return weights


def _before(config: PretrainConfig, held: LesionImages) -> dict[str, Any]:
    """The pretrain.json of the run whose weights this one starts from, empty where there is none. Raises LeakError
    where that run was fitted on women whom this one holds back."""
    if not config.weights:
        return {}
    weights = Path(config.weights)
    found = start_record(weights)["pretraining"] or {}
    if (weights.parent / "split.json").is_file():
        told = read_split(weights.parent / "split.json").part_of
        seen = sorted({row.patient_id for row in held.rows if told.get(row.patient_id) == "train"})
        if seen:
            raise LeakError(
                f"{len(seen)} women who are held back were trained on by the weights (as {seen[0]})",
                "give the --seed and the set that made the weights",
            )
    return dict(found)


def read_record(run_folder: Path) -> dict[str, Any]:
    """pretrain.json of a run. Raises InputRefusedError."""
    path = run_folder / "pretrain.json"
    try:
        return dict(json.loads(path.read_text(encoding="utf-8")))
    except (OSError, ValueError) as error:
        raise InputRefusedError(f"{path}: cannot be read: {error}", "give the folder that 'pretrain' wrote") from error


def judge(run_folder: Path, name: str, cache: InputCache) -> dict[str, Any]:
    """Judge the kept weights of a run, as they are, on women whom it has not seen, of whatever modality: on lesion
    patches where lesions are drawn, and on whole images where both classes are there. Add the answer to
    `run_folder`/judged.json under `name`, and return it. Raises LeakError, UsageError, InputRefusedError."""
    record = read_record(run_folder)
    assert_strangers(cache.rows, read_split(run_folder / "split.json"), start_record(run_folder / WEIGHTS))
    size, seed = int(record["config"]["patch"]), int(record["config"]["seed"])
    weights = run_folder / WEIGHTS
    found: dict[str, Any] = {"modalities": sorted({row.modality for row in cache.rows})}
    if cache.has_mask().any():
        network = network_of(run_folder, weights, size, size)
        found = judge_patches(network, lesions_of(cache), size, seed=seed)
    found["whole_images"] = judge_whole(run_folder, weights, cache)
    if len(found) == 2 and not found["whole_images"]:
        raise UsageError(f"{name}: tells no lesions, and whole images cannot be judged", "judge it on another set")
    found["trained_on"] = {key: record[key] for key in ("sources", "modalities")}
    path = run_folder / "judged.json"
    before = json.loads(path.read_text(encoding="utf-8")) if path.is_file() else {}
    write_json(path, {**before, name: found})
    return found


def _tell_validation(held: LesionImages, config: PretrainConfig, weights: Path, out: Path) -> None:
    """Add to pretrain.json, once, what the kept weights say of patches of the women held back."""
    record = read_record(out)
    if not held.rows or "validation" in record:
        return
    found = judge_patches(network_of(out, weights, config.patch, config.patch), held, config.patch, seed=config.seed)
    note = "the epoch was chosen on these women: of others it would be lower"
    write_json(out / "pretrain.json", {**record, "validation": {**found, "note": note}})


def _split(images: LesionImages, seed: int) -> Split:
    """A fifth of the women is held back; images that do not say whom they show are trained on."""
    known = [row for row in images.rows if row.woman_known]
    split = split_by_woman(known, seed=seed, validation=0.2, test=0.0)
    unknown = {row.patient_id: "train" for row in images.rows if not row.woman_known}
    return replace(split, part_of={**split.part_of, **unknown})
