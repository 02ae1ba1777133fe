"""Owns the judgement of a run that was fitted on everyone: by what networks of the same recipe say of women whom they
have not seen. Never fits.

Nobody is left on whom the network itself could be judged. A row of an ablation table that kept no validation women has
one network a fold, fitted as this one but without the women of that fold; what they say of those women, out of folds,
stands for what this one would say of others. It gives the calibration (as scikit-learn's CalibratedClassifierCV with
ensemble=False), the operating points and all figures. Each woman is judged by a calibration and by thresholds of the
other folds, so that nothing is measured on those by whom it was chosen.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mammoview.core.errors import UsageError
from training import weighted
from training.auxiliary import own_rows
from training.blend import recipe
from training.bootstrap import by_woman
from training.cache import InputCache
from training.calibration import Calibration, calibrate
from training.evaluation.baselines import baselines
from training.evaluation.figures import level_figures, operating_points, subgroups, thresholds
from training.evaluation.levels import Level, breast_count_auroc, levels_of
from training.evaluation.runs import (
    SAMPLES,
    Run,
    as_given,
    assert_fitted_on,
    counts,
    explanations_of,
    history_of,
    options,
    read_json,
    split_told,
    weights_hash,
)
from training.evaluation.saved import load_predictions, save_predictions
from training.evaluation.versions import versions
from training.evaluation.views import joined_views
from training.fitting.records import cache_hash, read_config, write_json
from training.folds import FOLD
from training.predictions import Predictions
from training.reliability import reliability_record
from training.systems import as_record

KIND = "out-of-folds"


@dataclass(frozen=True, slots=True, eq=False)
class _Folds:
    """`said`: logits against all else of each held-out image, fold after fold; `place`: its fold."""

    said: Predictions
    place: NDArray[np.int64]

    def others(self, fold: int) -> NDArray[np.bool_]:
        return np.asarray(self.place != fold)


def judge_out_of_folds(run: Run, cache: InputCache, table: Path, row: str, *, samples: int = SAMPLES) -> dict[str, Any]:
    """Write `run.folder`/evaluation.json, as `evaluate` does, from the folds of `row` in the folder `table` that
    'ablate' wrote; return it. predictions.npz holds what was said out of folds.

    Raises UsageError where the run kept women back, where the row's networks are of another recipe, of other inputs or
    first weights, or kept validation women, or where a fold is missing; InputRefusedError for files that cannot be
    read.
    """
    from training.model import FEATURES_LAYER

    assert_fitted_on(run, cache)
    system = read_config(run.folder)
    own = own_rows(cache.rows, system.auxiliary.sources)
    if system.model.classes != 2:
        raise UsageError(f"{run.folder}: tells {system.model.classes} classes apart", "out of folds two are judged")
    kept = sorted({part for part in run.split.part_of.values() if part in ("validation", "test")})
    if kept:
        raise UsageError(
            f"{run.folder}: kept {' and '.join(kept)} women back", "leave --out-of-folds out, and judge it on them"
        )
    folds = _read(run, cache, table / row)
    if sorted(_names(folds.said)) != sorted((one.patient_id, one.file.name) for one in own):
        raise UsageError(f"{table / row}: judged other images than the run was fitted on", "give its own table")
    labels, logits = folds.said.labels(), folds.said.differences()
    calibration = calibrate(labels, logits)
    crossed = _crossed(folds)
    levels = levels_of(crossed, Calibration())
    held = levels_of(folds.said, calibration)
    record = {
        "kind": KIND,
        "name": as_given(run.folder),
        "command": f'python -m training evaluate {as_given(run.folder)} --cache CACHE --out-of-folds TABLE "{row}"'
        + options(samples, None),
        "weights_sha256": weights_hash(run.folder),
        "unit": folds.said.unit,
        "classes": list(folds.said.classes),
        "suspicious": folds.said.classes[folds.said.suspicious],
        "preprocess": cache.preprocess,
        "gradcam_layer": FEATURES_LAYER,
        "config": {**run.config_record, "weights": Path(str(run.config_record.get("weights", ""))).name},
        "start": run.start(),
        "epochs": history_of(run.folder),
        "split_hashes": run.split.hashes(),
        "split": split_told(run.split, own),
        "folds": {"count": int(folds.place.max()) + 1, "row": row},
        "counts": {"train": counts(own), "validation": counts([]), "test": counts(own)},
        "sources": sorted({one.source for one in own}),
        "modalities": sorted({one.modality for one in own}),
        "leak": {"state": "none", "text": "", "meter": {}},
        "calibration": {**asdict(calibration), "fitted_on": KIND, "prevalence": float(labels.mean())},
        "reliability": reliability_record(crossed, Calibration(), part="out-of-fold", before=folds.said),
        "operating_points": _points(folds, levels[0], thresholds(labels, held[0].probabilities), samples=samples),
        "operating_points_of_coarser_units": {},
        "test": {
            **{level.unit: level_figures(level, own, samples=samples) for level in levels},
            "baselines": {**baselines(own, (), levels, samples=samples), **_age_alone(levels, samples)},
            "subgroups": subgroups(levels[0], samples=samples),
            "breast_count_auroc_per_woman": _finite(breast_count_auroc(own)),
        },
        "views": joined_views(levels[0], samples=samples),
        "three_classes": None,
        "prior_shift": None,
        "bootstrap_samples": samples,
        "versions": versions(),
        "environment": read_json(run.folder / "environment.json"),
        "explanations": explanations_of(run.folder),
        "test_reads": 0,
        "test_read_times": [],
        "test_reads_with_neighbours": 0,
    }
    save_predictions(crossed, run.folder)
    write_json(run.folder / "evaluation.json", record)
    return record


def _finite(value: float) -> float | None:
    return value if np.isfinite(value) else None


def _names(said: Predictions) -> list[tuple[str, str]]:
    return [(row.patient_id, row.file.name) for example in said.examples for row in example.rows]


def _read(run: Run, cache: InputCache, place: Path) -> _Folds:
    """What the row's networks say of their held-out images. Raises UsageError where they are not of this recipe."""
    count = len(sorted(place.glob("fold-*")))
    if not count:
        raise UsageError(f"{place}: holds no folds", "give the folder that 'ablate' wrote and the name of a row")
    own = recipe(as_record(read_config(run.folder)))
    start = run.start()
    parts = []
    for fold in range(count):
        folder = place / f"fold-{fold}"
        told = read_json(folder / FOLD, f"let 'ablate' go on with row {place.name!r}")
        if told["system"]["split"]["validation"] or told["flips"]:
            raise UsageError(
                f"{folder}: kept validation women back, or looked at flips", "name a row with split.validation = 0"
            )
        if recipe(told["system"]) != own or len(told.get("blend", ())) != len(run.config_record.get("blend", ())):
            raise UsageError(f"{folder}: was fitted with other settings than {run.folder}", "name a row of its recipe")
        if told["inputs"] != cache_hash(cache):
            raise UsageError(f"{folder}: was fitted on other inputs than {run.folder}", "fit both on one cache")
        if told.get("start") != (start or {}).get("sha256"):
            raise UsageError(f"{folder}: began with other weights than {run.folder}", "start both from one file")
        parts.append(load_predictions(folder / "held-out"))
    said = replace(
        parts[0],
        examples=tuple(example for part in parts for example in part.examples),
        logits=np.concatenate([part.logits for part in parts]),
    )
    return _Folds(said, np.repeat(np.arange(count), [len(part.examples) for part in parts]))


def _crossed(folds: _Folds) -> Predictions:
    """The predictions, each fold calibrated by the others."""
    labels, logits = folds.said.labels(), folds.said.differences()
    found = np.empty_like(logits)
    for fold in np.unique(folds.place):
        others = folds.others(fold)
        line = calibrate(labels[others], logits[others])
        found[~others] = line.logits(logits[~others])
    return replace(folds.said, logits=np.stack([np.zeros_like(found), found], axis=1))


def _points(folds: _Folds, level: Level, chosen: Mapping[str, float], *, samples: int) -> dict[str, Any]:
    """The operating points `chosen` on all women, measured in each fold at the thresholds of the others: a fold's
    probabilities are moved by what lies between its own threshold and the common one."""
    labels = level.labels()
    found: dict[str, Any] = {}
    own = {
        fold: thresholds(labels[folds.others(fold)], level.probabilities[folds.others(fold)])
        for fold in np.unique(folds.place)
    }
    for name, threshold in chosen.items():
        shift = np.array([threshold - own[fold][name] for fold in folds.place])
        moved = replace(level, probabilities=level.probabilities + shift)
        found |= operating_points(moved, {name: threshold}, samples=samples)
    return found


def _age_alone(levels: Sequence[Level], samples: int) -> dict[str, Any]:
    """AUROC of age, the older the more suspicious, per unit; where it is not told, it is the median."""
    found = {}
    for level in levels:
        told = np.array([np.nan if (age := example.rows[0].age) is None else age for example in level.examples])
        known = told[np.isfinite(told)]
        ages = np.where(np.isfinite(told), told, np.median(known) if known.size else 0.0)
        figure = by_woman(weighted.auroc, level.labels(), ages, level.women(), samples=samples)
        found[f"age_alone_{level.unit}_auroc"] = figure.record()
    return found
