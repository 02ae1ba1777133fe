"""Owns the judgement of a run: calibration and operating points on the validation women, figures on the test women.

Test women are read here and by `explain` alone in the training module, and every reading is counted in evaluation.json.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np

from mammoview.core.errors import InputRefusedError, UsageError
from training.cache import InputCache
from training.calibration import calibrate, prior_shift
from training.data.table import ImageRow
from training.evaluation.baselines import baselines
from training.evaluation.figures import (
    at_prevalence,
    coarser_points,
    level_figures,
    operating_points,
    subgroups,
    three_classes,
    thresholds,
)
from training.evaluation.levels import breast_count_auroc, levels_of
from training.evaluation.saved import save_predictions
from training.evaluation.versions import versions
from training.evaluation.views import joined_views
from training.fitting.prediction import load_network, predict_run
from training.fitting.records import read_config, start_record, write_json
from training.leaks import leak_meter, overlap_with_run
from training.predictions import examples_of
from training.reliability import reliability_record
from training.split import AUXILIARY, PARTS, LeakError, Split, assert_disjoint, split_of

SAMPLES = 2000
"""Bootstrap draws for an interval."""


@dataclass(frozen=True, slots=True, eq=False)
class Run:
    """A run's folder, what it was fitted with, and which woman was in which part."""

    folder: Path
    config_record: Mapping[str, Any]
    split: Split

    def model(self, rows: int, columns: int) -> Any:
        """The network with the weights of the best epoch, in float32: [features of the last convolution, logits]."""
        from training.models.network import classifier_of

        return classifier_of(load_network(self.folder, rows, columns))

    def start(self) -> Any:
        """What the run started from (see `fit.start_record`); None where that was chance."""
        if (self.folder / "start.json").is_file():
            return read_json(self.folder / "start.json")
        weights = str(self.config_record.get("weights", ""))
        return start_record(Path(weights)) if weights else None


def read_json(path: Path, hint: str = "give the folder that 'fit' wrote") -> Any:
    """The contents of a JSON file of a run; raises InputRefusedError."""
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        why = "no such file" if isinstance(error, FileNotFoundError) else f"cannot be read: {error}"
        raise InputRefusedError(f"{path}: {why}", hint) from error


def read_evaluation(folder: Path) -> dict[str, Any]:
    """The evaluation.json of a run, or of what 'evaluate BUNDLE --out' wrote; raises InputRefusedError where it is
    absent, broken or something else."""
    if (folder / "bundle.json").is_file():
        raise InputRefusedError(
            f"{folder}: is a bundle that has judged nothing yet",
            "run 'evaluate BUNDLE --data DATA --out FOLDER' and give that folder",
        )
    path = folder / "evaluation.json"
    record = read_json(path, "run 'evaluate' first, and give the folder that it named")
    missing = [name for name in _NEEDED if name not in record] if isinstance(record, dict) else list(_NEEDED)
    if missing:
        raise InputRefusedError(f"{path}: is no evaluation: lacks {', '.join(missing)}", "run 'evaluate' again")
    return {**record}


_NEEDED = (
    "kind", "name", "unit", "test", "calibration", "operating_points", "leak", "counts", "split_hashes", "preprocess",
    "classes", "suspicious", "sources", "modalities", "command", "versions", "bootstrap_samples",
)  # fmt: skip


def read_run(folder: Path) -> Run:
    """A run as `fit` left it; raises InputRefusedError where it is none."""
    config = read_json(folder / "config.json")
    told = read_json(folder / "split.json")
    if not (folder / "best.weights.h5").is_file():
        raise InputRefusedError(f"{folder}: has no weights", "run 'fit' until it ends its first epoch")
    return Run(folder, config, split_of(told))


def evaluate(
    run: Run,
    cache: InputCache,
    *,
    samples: int = SAMPLES,
    prevalence: float | None = None,
    allow_leak: bool = False,
) -> dict[str, Any]:
    """Judge a run, write `run.folder`/evaluation.json and predictions.npz, and return the former.

    `samples`: bootstrap draws for each interval; `prevalence`: that of the place where the model would be used, for the
    prior-shift correction. Raises UsageError where the cache holds women that the run does not know or was made by
    another preprocessing, where a part holds one class or `prevalence` is none, and LeakError where a memory of the
    women's identities or pictures alone would score on the test part, or where the first weights saw test women (unless
    `allow_leak`, which stamps the record).
    """
    from training.model import FEATURES_LAYER

    if prevalence is not None:
        prior_shift(0.5, prevalence)  # asked before test women are read
    assert_fitted_on(run, cache)
    parts = _parts(run.split, cache, read_config(run.folder).model.unit)
    rows = cache.rows
    own_rows = [row for row in rows if run.split.part_of[row.patient_id] != AUXILIARY]
    meter = leak_meter(rows, parts, cache.inputs)
    test_rows = [rows[index] for index in parts["test"]]
    start = run.start()
    overlap = overlap_with_run(test_rows, run.split, start)
    if overlap.women and not allow_leak:
        raise LeakError(overlap.text, "judge it on other women, or give --allow-leak, which marks the report")
    validation, test = (predict_run(run.folder, cache, parts[part]) for part in ("validation", "test"))
    calibration = calibrate(validation.labels(), validation.differences())
    held, *coarser = levels_of(validation, calibration)
    chosen = thresholds(held.labels(), held.probabilities)
    chosen_coarser = {
        level.unit: thresholds(level.labels(), level.probabilities)
        for level in coarser
        if 0 < level.labels().sum() < level.labels().size
    }
    levels = levels_of(test, calibration)
    points = operating_points(levels[0], chosen, samples=samples)
    for name, point in operating_points(held, chosen, samples=samples).items():
        points[name]["validation"] = {figure: point[figure] for figure in ("sensitivity", "specificity")}
    own = levels[0]
    times = [*_own_times(run.folder), datetime.now(UTC).isoformat(timespec="seconds")]
    counted = breast_count_auroc(test_rows)
    record = {
        "kind": "run",
        "name": as_given(run.folder),
        "command": f"python -m training evaluate {as_given(run.folder)} --cache CACHE"
        + (" --allow-leak" if allow_leak else "")
        + options(samples, prevalence),
        "weights_sha256": weights_hash(run.folder),
        "unit": test.unit,
        "classes": list(test.classes),
        "suspicious": test.classes[test.suspicious],
        "preprocess": cache.preprocess,
        "gradcam_layer": FEATURES_LAYER,
        "config": {**run.config_record, "weights": Path(str(run.config_record.get("weights", ""))).name},
        "start": start,
        "epochs": history_of(run.folder),
        "split_hashes": run.split.hashes(),
        "split": split_told(run.split, own_rows),
        "counts": {part: counts([rows[index] for index in chosen_]) for part, chosen_ in parts.items()},
        "sources": sorted({row.source for row in own_rows}),
        "modalities": sorted({row.modality for row in own_rows}),
        "leak": {**overlap.record(allowed=allow_leak), "meter": meter},
        "calibration": {**asdict(calibration), "fitted_on": "validation", "prevalence": float(held.labels().mean())},
        "reliability": reliability_record(test, calibration),
        "operating_points": points,
        "operating_points_of_coarser_units": coarser_points(levels, test_rows, chosen_coarser, samples=samples),
        "test": {
            **{level.unit: level_figures(level, test_rows, samples=samples) for level in levels},
            "baselines": {
                **baselines(own_rows, [rows[index] for index in parts["train"]], levels, samples=samples),
                "patient_memoriser_image_auroc": meter["woman"],
            },
            "subgroups": subgroups(own, samples=samples),
            "breast_count_auroc_per_woman": counted if np.isfinite(counted) else None,
        },
        "views": joined_views(own, samples=samples),
        "three_classes": three_classes(test, samples=samples),
        "prior_shift": at_prevalence(own, points, fitted=float(held.labels().mean()), stated=prevalence)
        if prevalence is not None
        else None,
        "bootstrap_samples": samples,
        "versions": versions(),
        "environment": read_json(run.folder / "environment.json")
        if (run.folder / "environment.json").is_file()
        else None,
        "explanations": explanations_of(run.folder),
        "test_reads": _own_reads(run.folder) + 1,
        "test_read_times": times,
        "test_reads_with_neighbours": _reads_with_neighbours(run) + 1,
    }
    save_predictions(test, run.folder)
    write_json(run.folder / "evaluation.json", record)
    return record


def options(samples: int, prevalence: float | None) -> str:
    """What the figures hang on besides model and data, as the command line takes it."""
    return (f" --samples {samples}" if samples != SAMPLES else "") + (
        f" --prevalence {prevalence:g}" if prevalence is not None else ""
    )


def assert_fitted_on(run: Run, cache: InputCache) -> None:
    """Raise UsageError unless `cache` holds women whom the run knows, made by the preprocessing that it was fitted
    on."""
    strangers = {row.patient_id for row in cache.rows} - set(run.split.part_of)
    if strangers:
        raise UsageError(
            f"the cache holds {len(strangers)} women that the run does not know",
            "give the cache that it was fitted on",
        )
    if run.config_record.get("preprocess", cache.preprocess_hash) != cache.preprocess_hash:
        raise UsageError(
            "the cache was made by another preprocessing than the one that the run was fitted on",
            "give the cache that it was fitted on",
        )


def _parts(split: Split, cache: InputCache, unit: str) -> dict[str, list[int]]:
    parts = {part: split.indices(cache.rows, part) for part in PARTS}
    assert_disjoint({part: [cache.rows[index] for index in chosen] for part, chosen in parts.items()})
    for part in ("validation", "test"):
        rows = [cache.rows[index] for index in parts[part]]
        labels = {max(rows[place].label for place in group) for group in examples_of(rows, unit)}
        if len(labels) < 2:
            raise UsageError(f"the {part} part holds one class only, per {unit}", "give more women of both classes")
    return parts


def split_told(split: Split, rows: Sequence[ImageRow]) -> dict[str, Any]:
    """How the split was made, for a reader."""
    spec = {**asdict(split.spec), "file": Path(split.spec.file).name} if split.spec else None
    out = len(rows) - sum(len(split.indices(rows, part)) for part in PARTS)
    return {"seed": split.seed, "spec": spec, "notes": list(split.notes), "images_left_out": out}


def counts(rows: Sequence[ImageRow]) -> dict[str, int]:
    """How many women, breasts and images there are, and how many of them are suspicious."""
    return {
        "women": len({row.patient_id for row in rows}),
        "women_positive": len({row.patient_id for row in rows if row.label}),
        "breasts": len({row.breast_id for row in rows}),
        "images": len(rows),
        "images_positive": sum(row.label for row in rows),
    }


def history_of(folder: Path) -> dict[str, Any]:
    path = folder / "history.json"
    history = read_json(path) if path.is_file() else []
    told = [record for record in history if record["validation_auroc"] is not None]
    best = max(told, key=lambda record: record["validation_auroc"], default=history[-1] if history else None)
    return {"run": len(history), "chosen": best["epoch"] if best else None}


def as_given(folder: Path) -> str:
    """A folder as it may be printed: no absolute path leaves this computer."""
    return folder.name if folder.is_absolute() else folder.as_posix()


def count_test_read(run: Run) -> int:
    """Count one more reading of the test women in the run's evaluation.json; how often they were read now, by this run.

    Raises InputRefusedError where the run was not evaluated.
    """
    record = read_evaluation(run.folder)
    times = [*_own_times(run.folder), datetime.now(UTC).isoformat(timespec="seconds")]
    record["test_reads_with_neighbours"] = _reads_with_neighbours(run) + 1
    record["test_reads"], record["test_read_times"] = _own_reads(run.folder) + 1, times
    write_json(run.folder / "evaluation.json", record)
    return int(record["test_reads"])


def weights_hash(folder: Path) -> str:
    """SHA-256 of the weights of a run's best epoch."""
    return hashlib.sha256((folder / "best.weights.h5").read_bytes()).hexdigest()


def explanations_of(folder: Path) -> Any:
    """What 'explain' measured of these very weights; None where it did not."""
    path = folder / "evaluation.json"
    told = read_json(path).get("explanations") if path.is_file() else None
    return told if told and told["weights_sha256"] == weights_hash(folder) else None


def _own_reads(folder: Path) -> int:
    """How often this run read its test women so far."""
    path = folder / "evaluation.json"
    return int(read_json(path).get("test_reads", 0)) if path.is_file() else 0


def _own_times(folder: Path) -> list[str]:
    path = folder / "evaluation.json"
    return list(read_json(path).get("test_read_times", ())) if path.is_file() else []


def _reads_with_neighbours(run: Run) -> int:
    """How often the test women of this run were read so far, by it and by the runs beside it."""
    test = run.split.hashes()["test"]
    records = [read_json(path) for path in run.folder.resolve().parent.glob("*/evaluation.json")]
    return sum(
        int(record.get("test_reads", 0)) for record in records if record.get("split_hashes", {}).get("test") == test
    )
