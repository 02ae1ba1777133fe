"""Owns the figures of a set of predictions, each with its unit and interval, as JSON. Never runs a model."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from training import weighted
from training.bootstrap import Estimate, by_woman
from training.calibration import logit, predictive_values, prior_shift, sigmoid
from training.data.table import DIAGNOSES, ImageRow
from training.evaluation.levels import Level, void_reason
from training.metrics import balanced_threshold, threshold_at_sensitivity, threshold_at_specificity
from training.predictions import Example, Predictions
from training.weighted import Figure, Labels, Scores

TOO_FEW = 20
"""A subgroup with fewer positives (or negatives) than this gets no figure."""

_RANKED: Mapping[str, Figure] = {
    "auroc": weighted.auroc,
    "auprc": weighted.auprc,
    "sensitivity_at_specificity_90": weighted.sensitivity_at(0.90),
    "sensitivity_at_specificity_95": weighted.sensitivity_at(0.95),
}
_CALIBRATED: Mapping[str, Figure] = {
    "probabilistic_f1": weighted.probabilistic_f1,
    "brier": weighted.brier,
    "ece": weighted.expected_calibration_error,
}
_AT_A_THRESHOLD: Mapping[str, Callable[[float], Figure]] = {
    "sensitivity": weighted.sensitivity,
    "specificity": weighted.specificity,
    "precision": weighted.precision,
    "f1": weighted.f1,
    "accuracy": weighted.accuracy,
}


def thresholds(labels: Labels, probabilities: Scores) -> dict[str, float]:
    """The three operating points, to be chosen on validation examples."""
    return {
        "high-sensitivity": threshold_at_sensitivity(labels, probabilities, 0.90),
        "balanced": balanced_threshold(labels, probabilities),
        "high-specificity": threshold_at_specificity(labels, probabilities, 0.90),
    }


def level_figures(level: Level, rows: Sequence[ImageRow], *, samples: int) -> dict[str, Any]:
    """All figures of one level; {"void": why} where the set gives the label away at this unit."""
    reason = void_reason(level.unit, rows)
    if reason:
        return {"void": reason}
    labels, women = level.labels(), level.women()
    found: dict[str, Any] = {
        "aggregation": level.aggregation,
        "examples": int(labels.size),
        "positives": int(labels.sum()),
        "women": int(np.unique(women).size),
        "prevalence": float(labels.mean()),
    }
    for figures, scores in ((_RANKED, level.ranks), (_CALIBRATED, level.probabilities)):
        for name, figure in figures.items():
            found[name] = by_woman(figure, labels, scores, women, samples=samples, centred=name == "ece").record()
    return found


def operating_points(level: Level, chosen: Mapping[str, float], *, samples: int) -> dict[str, Any]:
    """What each threshold on the probability gives at one level, with its confusion matrix."""
    labels, women, scores = level.labels(), level.women(), level.probabilities
    found: dict[str, Any] = {}
    for name, threshold in chosen.items():
        found[name] = {"threshold": threshold, "unit": level.unit}
        for figure, at in _AT_A_THRESHOLD.items():
            found[name][figure] = by_woman(at(threshold), labels, scores, women, samples=samples).record()
        found[name]["confusion"] = confusion(labels, scores >= threshold)
    return found


def coarser_points(
    levels: Sequence[Level], rows: Sequence[ImageRow], chosen: Mapping[str, Mapping[str, float]], *, samples: int
) -> dict[str, Any]:
    """The operating points of all levels but the first, by unit, as `operating_points` gives them; `chosen` are the
    thresholds by unit. A unit without thresholds, or at which figures are void, is left out."""
    return {
        level.unit: operating_points(level, chosen[level.unit], samples=samples)
        for level in levels[1:]
        if level.unit in chosen and not void_reason(level.unit, rows)
    }


def confusion(labels: Labels, called: Any) -> dict[str, int]:
    """The four counts of calls against labels."""
    positive = labels == 1
    return {
        "true_positive": int((called & positive).sum()),
        "false_positive": int((called & ~positive).sum()),
        "false_negative": int((~called & positive).sum()),
        "true_negative": int((~called & ~positive).sum()),
    }


def at_prevalence(level: Level, points: Mapping[str, Any], *, fitted: float, stated: float) -> dict[str, Any]:
    """The same model where cancers are as frequent as `stated`: what is added to a calibrated logit, thresholds on the
    corrected probability, predictive values, and the Brier score with examples weighted to that prevalence.

    `fitted`: the prevalence of the examples that the calibration was fitted on. Raises UsageError.
    """
    shift = prior_shift(fitted, stated)
    labels = level.labels()
    share = float(labels.mean())
    weights = np.where(labels == 1, stated / share, (1 - stated) / (1 - share))[None, :]
    corrected = sigmoid(level.ranks + shift)
    found: dict[str, Any] = {"prevalence": stated, "fitted_prevalence": fitted, "logit_shift": shift}
    found["unit"] = level.unit
    found["brier"] = float(weighted.brier(labels, corrected, weights)[0])
    found["ece"] = float(weighted.expected_calibration_error(labels, corrected, weights)[0])
    found["operating_points"] = {}
    for name, point in points.items():
        if point["sensitivity"] is None or point["specificity"] is None:
            continue
        hit, quiet = point["sensitivity"]["value"], point["specificity"]["value"]
        positive, negative = predictive_values(hit, quiet, stated)
        found["operating_points"][name] = {
            "threshold": float(sigmoid(logit(np.array([point["threshold"]])) + shift)[0]),
            "positive_predictive_value": positive if np.isfinite(positive) else None,
            "negative_predictive_value": negative if np.isfinite(negative) else None,
            "called": hit * stated + (1 - quiet) * (1 - stated),
        }
    return found


def subgroups(level: Level, *, samples: int) -> dict[str, dict[str, Any]]:
    """AUROC in each view, side, density, age band, machine, lesion kind and source; "too few" below TOO_FEW.

    A lesion kind is judged on the examples with such a lesion and on the negatives without any lesion.
    """
    labels, women = level.labels(), level.women()
    found: dict[str, dict[str, Any]] = {}
    for kind, values_of in _GROUPS.items():
        values = [values_of(example) for example in level.examples]
        if kind == "lesion":
            kinds = sorted({value for told in values for value in told})
            values = [told or (set(kinds) if label == 0 else set()) for told, label in zip(values, labels, strict=True)]
        found[kind] = {}
        for value in sorted({value for told in values for value in told}, key=_in_order):
            here = np.array([value in told for told in values])
            positives = int(labels[here].sum())
            few = min(positives, int(here.sum()) - positives) < TOO_FEW
            found[kind][value] = {
                "images": sum(len(level.examples[index].rows) for index in np.flatnonzero(here)),
                "examples": int(here.sum()),
                "positives": positives,
                "auroc": "too few"
                if few
                else by_woman(weighted.auroc, labels[here], level.ranks[here], women[here], samples=samples).record(),
            }
    return {kind: values for kind, values in found.items() if values}


def _in_order(value: str) -> tuple[bool, int, str]:
    """Numbers and age bands by their size, behind them other words by the alphabet, "unknown" last."""
    number = value.removeprefix("under ").split(" ")[0]
    place = int(number) - value.startswith("under ") if number.isdecimal() else 10**9
    return value == "unknown", place, value


def _age_band(age: float | None) -> str:
    if age is None:
        return "unknown"
    if age < 40:
        return "under 40"
    decade = int(age) // 10 * 10
    return "80 and over" if decade >= 80 else f"{decade} to {decade + 9}"


_GROUPS: Mapping[str, Callable[[Example], set[str]]] = {
    "view": lambda example: {row.view or "unknown" for row in example.rows},
    "side": lambda example: {row.laterality or "unknown" for row in example.rows},
    "density": lambda example: {row.density or "unknown" for row in example.rows},
    "age": lambda example: {_age_band(row.age) for row in example.rows},
    "machine": lambda example: {row.machine or "unknown" for row in example.rows},
    "lesion": lambda example: {lesion.kind or "unknown" for row in example.rows for lesion in row.lesions},
    "source": lambda example: {row.source for row in example.rows},
}


def three_classes(predictions: Predictions, *, samples: int) -> dict[str, Any] | None:
    """For models of normal, benign and malignant, on the examples whose diagnosis is told: one-vs-rest AUROC of each
    class, their mean, accuracy, and the confusion matrix of the most probable class. None for other models."""
    if tuple(predictions.classes) != DIAGNOSES:
        return None
    told = np.flatnonzero([example.diagnosis in DIAGNOSES for example in predictions.examples])
    if told.size == 0:
        return None
    truth = np.array([DIAGNOSES.index(predictions.examples[index].diagnosis) for index in told])
    women = np.array([predictions.examples[index].patient_id for index in told])
    logits = predictions.logits[told]
    ranks = [replace(predictions, suspicious=place).differences()[told] for place in range(len(DIAGNOSES))]

    def macro(labels: Labels, scores: Scores, weights: Scores) -> Scores:
        each = [weighted.auroc((truth == k).astype(np.int64), ranks[k], weights) for k in range(len(DIAGNOSES))]
        return np.asarray(np.mean(each, axis=0), np.float64)

    def right(labels: Labels, scores: Scores, weights: Scores) -> Scores:
        return np.asarray(weights @ labels / weights.sum(axis=1), np.float64)

    said = logits.argmax(axis=1)
    matrix = np.zeros((len(DIAGNOSES), len(DIAGNOSES)), np.int64)
    np.add.at(matrix, (truth, said), 1)
    correct = (truth == said).astype(np.int64)

    def estimate(figure: Figure, labels: Labels, scores: Scores) -> Estimate:
        return by_woman(figure, labels, scores, women, samples=samples)

    return {
        "unit": predictions.unit,
        "examples": int(told.size),
        "auroc_one_vs_rest": {
            name: estimate(weighted.auroc, (truth == place).astype(np.int64), ranks[place]).record()
            for place, name in enumerate(DIAGNOSES)
        },
        "auroc_macro": estimate(macro, correct, ranks[0]).record(),
        "accuracy": estimate(right, correct, ranks[0]).record(),
        "confusion": {"rows_truth_columns_said": matrix.tolist(), "classes": list(DIAGNOSES)},
    }
