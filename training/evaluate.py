"""Owns the judgement of a run: calibration and operating points on the validation women, figures on the test
women.

Test women are read nowhere else in the training module, and every reading is counted in evaluation.json.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mammoview.core.errors import InputRefusedError, UsageError
from training.cache import InputCache
from training.data.table import ImageRow
from training.fit import predict, read_split, start_record, write_json
from training.metrics import (
    Estimate,
    Labels,
    Scores,
    auroc,
    balanced_threshold,
    breast_means,
    brier,
    by_woman,
    expected_calibration_error,
    platt,
    sensitivity,
    specificity,
    threshold_at_sensitivity,
    threshold_at_specificity,
)
from training.split import PARTS, LeakError, Split, assert_disjoint

TOO_FEW = 20
"""A subgroup with fewer positives (or negatives) than this gets no figure."""

MEMORISER_LIMIT = 0.02


@dataclass(frozen=True, slots=True, eq=False)
class Run:
    """A run's folder, what it was fitted with, and which woman was in which part."""

    folder: Path
    config_record: Mapping[str, Any]
    split: Split

    def model(self, rows: int, columns: int) -> Any:
        """The network with the weights of the best epoch, in float32."""
        import keras

        from training.model import build_classifier

        keras.mixed_precision.set_global_policy("float32")
        return build_classifier(
            rows=rows,
            columns=columns,
            family=str(self.config_record["family"]),
            dropout=float(self.config_record["dropout"]),
            weights=self.folder / "best.weights.h5",
        )


def read_json(path: Path) -> Any:
    """The contents of a JSON file of a run; raises InputRefusedError."""
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise InputRefusedError(f"{path}: cannot be read: {error}", "give the folder that 'fit' wrote") from error


def read_run(folder: Path) -> Run:
    """A run as `fit` left it; raises InputRefusedError where it is none."""
    config = read_json(folder / "config.json")
    read_json(folder / "split.json")
    if not (folder / "best.weights.h5").is_file():
        raise InputRefusedError(f"{folder}: has no weights", "run 'fit' until it ends its first epoch")
    return Run(folder, config, read_split(folder / "split.json"))


def evaluate(run: Run, cache: InputCache, *, samples: int = 2000) -> dict[str, Any]:
    """Judge a run, write `run.folder`/evaluation.json and return it. `samples`: bootstrap draws for each
    interval.

    Raises UsageError where the cache holds women that the run does not know, and LeakError where a memory of
    the women's identities alone would score on the test part.
    """
    from training.model import FEATURES_LAYER

    parts = _parts(run.split, cache)
    model = run.model(cache.inputs.shape[1], cache.inputs.shape[2])
    labels, rows = cache.labels(), cache.rows
    memoriser = _memoriser(rows, parts)
    validation, test = parts["validation"], parts["test"]
    logits = predict(model, cache.inputs[validation])
    slope, intercept = platt(labels[validation], logits)
    thresholds = _thresholds(labels[validation], _probabilities(logits, slope, intercept))
    reads = _own_reads(run.folder) + 1
    scores = _probabilities(predict(model, cache.inputs[test]), slope, intercept)
    test_rows = [rows[index] for index in test]
    estimate = partial(by_woman, samples=samples)
    record = {
        "command": f"python -m training evaluate {_as_given(run.folder)} --cache CACHE",
        "preprocess": cache.preprocess,
        "gradcam_layer": FEATURES_LAYER,
        "config": {**run.config_record, "weights": Path(str(run.config_record.get("weights", ""))).name},
        "start": _start(run),
        "epochs": _history(run.folder),
        "split_hashes": run.split.hashes(),
        "counts": {part: _counts([rows[index] for index in chosen]) for part, chosen in parts.items()},
        "sources": sorted({row.source for row in rows}),
        "calibration": {"method": "platt", "slope": slope, "intercept": intercept, "fitted_on": "validation"},
        "operating_points": _points(thresholds, labels[test], scores, test_rows, estimate),
        "test": {
            **_figures(labels[test], scores, test_rows, estimate),
            "baselines": _baselines(rows, parts, labels, memoriser, estimate),
            "subgroups": _subgroups(labels[test], scores, test_rows, estimate),
            "breast_count_auroc_per_woman": _breast_count(test_rows),
        },
        "bootstrap_samples": samples,
        "test_reads": reads,
        "test_reads_with_neighbours": _reads_with_neighbours(run.folder) + 1,
    }
    write_json(run.folder / "evaluation.json", record)
    return record


def _parts(split: Split, cache: InputCache) -> dict[str, list[int]]:
    strangers = {row.patient_id for row in cache.rows} - set(split.part_of)
    if strangers:
        raise UsageError(
            f"the cache holds {len(strangers)} women that the run does not know",
            "give the cache that it was fitted on",
        )
    parts = {part: split.indices(cache.rows, part) for part in PARTS}
    assert_disjoint({part: [cache.rows[index] for index in chosen] for part, chosen in parts.items()})
    labels = cache.labels()
    for part in ("validation", "test"):
        if min(np.bincount(labels[parts[part]], minlength=2)) == 0:
            raise UsageError(f"the {part} part holds one class only", "give more images")
    return parts


def _probabilities(logits: Scores, slope: float, intercept: float) -> Scores:
    return np.asarray(1 / (1 + np.exp(-np.clip(slope * logits + intercept, -700, 700))))


def _thresholds(labels: Labels, scores: Scores) -> dict[str, float]:
    """The three operating points, chosen on validation images."""
    return {
        "high-sensitivity": threshold_at_sensitivity(labels, scores, 0.90),
        "balanced": balanced_threshold(labels, scores),
        "high-specificity": threshold_at_specificity(labels, scores, 0.90),
    }


def interval(estimate: Estimate) -> dict[str, float] | None:
    """An estimate as JSON; None where it could not be had."""
    record = asdict(estimate)
    return record if all(np.isfinite(value) for value in record.values()) else None


def _women(rows: Sequence[ImageRow]) -> NDArray[np.str_]:
    return np.array([row.patient_id for row in rows])


_Estimator = Callable[..., Estimate]


def _points(
    thresholds: Mapping[str, float],
    labels: Labels,
    scores: Scores,
    rows: Sequence[ImageRow],
    estimate: _Estimator,
) -> dict[str, Any]:
    women = _women(rows)
    return {
        name: {
            "threshold": threshold,
            "sensitivity": interval(estimate(partial(sensitivity, threshold=threshold), labels, scores, women)),
            "specificity": interval(estimate(partial(specificity, threshold=threshold), labels, scores, women)),
        }
        for name, threshold in thresholds.items()
    }


def _figures(labels: Labels, scores: Scores, rows: Sequence[ImageRow], estimate: _Estimator) -> dict[str, Any]:
    women = _women(rows)
    highest, means, owners = breast_means([row.breast_id for row in rows], labels, scores, women)
    return {
        "image": {
            "auroc": interval(estimate(auroc, labels, scores, women)),
            "brier": interval(estimate(brier, labels, scores, women)),
            "ece": interval(estimate(expected_calibration_error, labels, scores, women)),
            "prevalence": float(labels.mean()),
        },
        "breast": {
            "auroc": interval(estimate(auroc, highest, means, owners)),
            "brier": interval(estimate(brier, highest, means, owners)),
            "prevalence": float(highest.mean()),
        },
    }


def _baselines(
    rows: Sequence[ImageRow],
    parts: Mapping[str, Sequence[int]],
    labels: Labels,
    memoriser: float,
    estimate: _Estimator,
) -> dict[str, Any]:
    """What can be had on the same test women without a picture, fitted on the training women."""
    train, test = parts["train"], parts["test"]
    test_labels, women = labels[test], _women([rows[index] for index in test])
    ages = np.array([row.age if row.age is not None else np.nan for row in rows])
    known = ages[train][np.isfinite(ages[train])]
    age = np.where(np.isfinite(ages), ages, np.median(known) if known.size else 0.0)
    prior = float(labels[train].mean())
    positives: dict[str, float] = {}
    counts: dict[str, int] = {}
    for index in train:
        machine = rows[index].machine
        positives[machine] = positives.get(machine, 0.0) + float(labels[index])
        counts[machine] = counts.get(machine, 0) + 1
    shrunk = {machine: (positives[machine] + 10 * prior) / (count + 10) for machine, count in counts.items()}
    machine_scores = np.array([shrunk.get(rows[index].machine, prior) for index in test])
    return {
        "age_alone_image_auroc": interval(estimate(auroc, test_labels, age[test], women)),
        "machine_alone_image_auroc": interval(estimate(auroc, test_labels, machine_scores, women)),
        "patient_memoriser_image_auroc": memoriser,
    }


def _memoriser(rows: Sequence[ImageRow], parts: Mapping[str, Sequence[int]]) -> float:
    """AUROC on test images of remembering which training woman was positive: the leak meter, 0.5 without a
    leak."""
    remembered = {rows[index].patient_id: 0 for index in parts["train"]}
    for index in parts["train"]:
        remembered[rows[index].patient_id] |= rows[index].label
    scores = np.array([float(remembered.get(rows[index].patient_id, 0.5)) for index in parts["test"]])
    value = auroc(np.array([rows[index].label for index in parts["test"]], np.int64), scores)
    if not abs(value - 0.5) <= MEMORISER_LIMIT:
        raise LeakError(f"remembering women alone scores {value:.3f} on the test part", "split by woman")
    return value


def _subgroups(
    labels: Labels, scores: Scores, rows: Sequence[ImageRow], estimate: _Estimator
) -> dict[str, dict[str, Any]]:
    keys: dict[str, Callable[[ImageRow], str]] = {
        "view": lambda row: row.view,
        "side": lambda row: row.laterality,
        "density": lambda row: row.density,
        "machine": lambda row: row.machine,
    }
    women = _women(rows)
    found: dict[str, dict[str, Any]] = {}
    for kind, key in keys.items():
        values = np.array([key(row) or "unknown" for row in rows])
        found[kind] = {}
        for value in sorted(set(values.tolist())):
            here = values == value
            positives = int(labels[here].sum())
            few = min(positives, int(here.sum()) - positives) < TOO_FEW
            found[kind][value] = {
                "images": int(here.sum()),
                "positives": positives,
                "auroc": "too few" if few else interval(estimate(auroc, labels[here], scores[here], women[here])),
            }
    return found


def _breast_count(rows: Sequence[ImageRow]) -> float | None:
    """AUROC, per woman, of having ONE breast in the set: near 1 where woman-level figures would be void."""
    breasts: dict[str, set[str]] = {}
    positive: dict[str, int] = {}
    for row in rows:
        breasts.setdefault(row.patient_id, set()).add(row.laterality)
        positive[row.patient_id] = max(positive.get(row.patient_id, 0), row.label)
    names = sorted(breasts)
    value = auroc(
        np.array([positive[name] for name in names], np.int64),
        np.array([-float(len(breasts[name])) for name in names]),
    )
    return value if np.isfinite(value) else None


def _counts(rows: Sequence[ImageRow]) -> dict[str, int]:
    return {
        "women": len({row.patient_id for row in rows}),
        "women_positive": len({row.patient_id for row in rows if row.label}),
        "breasts": len({row.breast_id for row in rows}),
        "images": len(rows),
        "images_positive": sum(row.label for row in rows),
    }


def _history(folder: Path) -> dict[str, Any]:
    path = folder / "history.json"
    history = read_json(path) if path.is_file() else []
    best = max(history, key=lambda record: record["validation_auroc"], default=None)
    return {"run": len(history), "chosen": best["epoch"] if best else None}


def _as_given(folder: Path) -> str:
    """A folder as it may be printed: no absolute path leaves this computer."""
    return folder.name if folder.is_absolute() else folder.as_posix()


def _start(run: Run) -> Any:
    """What the run started from (see `fit.start_record`); None where that was chance."""
    if (run.folder / "start.json").is_file():
        return read_json(run.folder / "start.json")
    weights = str(run.config_record.get("weights", ""))
    return start_record(Path(weights)) if weights else None


def _own_reads(folder: Path) -> int:
    """How often this run read its test women so far."""
    path = folder / "evaluation.json"
    return int(read_json(path).get("test_reads", 0)) if path.is_file() else 0


def _reads_with_neighbours(folder: Path) -> int:
    """How often the test women of this run were read so far, by it and by the runs beside it."""
    test = read_split(folder / "split.json").hashes()["test"]
    records = [read_json(path) for path in folder.resolve().parent.glob("*/evaluation.json")]
    return sum(int(record.get("test_reads", 0)) for record in records if record["split_hashes"]["test"] == test)
