"""Owns what can be had on the same women without a picture: the rows that a model must beat."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from training import weighted
from training.bootstrap import by_woman, once
from training.calibration import sigmoid
from training.data.table import ImageRow
from training.evaluation.levels import Level, void_reason
from training.metadata import COUNTED, KNOWN, MetadataModel, cross_fitted_logits, majority_accuracy
from training.predictions import Example, examples_of
from training.weighted import Labels, Scores


def baselines(
    rows: Sequence[ImageRow], train: Sequence[ImageRow], levels: Sequence[Level], *, samples: int
) -> dict[str, Any]:
    """Figures on the examples of `levels` (test women), of rules fitted on the images `train`.

    `rows` are all images of the set: over them the views and breasts are counted. Without `train` the metadata models
    are fitted across folds of the judged women, and the other rules are left out.
    """
    found: dict[str, Any] = {}
    if train:
        found |= _single_rules(train, levels[0], samples=samples)
    for level in levels:
        judged = [row for example in level.examples for row in example.rows]
        if void_reason(level.unit, judged):
            continue
        fitted = [Example(tuple(train[index] for index in group)) for group in examples_of(train, level.unit)]
        found[level.unit] = _of_level(rows, fitted, level, samples=samples)
    return found


def _of_level(rows: Sequence[ImageRow], fitted: Sequence[Example], level: Level, *, samples: int) -> dict[str, Any]:
    labels, women = level.labels(), level.women()
    known = np.array([example.label for example in fitted], np.int64) if fitted else labels
    found: dict[str, Any] = {
        "majority_accuracy": majority_accuracy(known, labels),
        "fitted_on": "training women" if fitted else "the judged women, five folds",
    }
    for name, counts, words in (("metadata", False, KNOWN), ("metadata_with_counts", True, COUNTED)):
        if fitted:
            logits = ranks = MetadataModel(rows, counts=counts).fit(fitted).logits(level.examples)
        else:
            logits = cross_fitted_logits(rows, level.examples, counts=counts)
            ranks = cross_fitted_logits(rows, level.examples, counts=counts, centred=True)
        found[name] = {
            "features": words,
            "auroc": by_woman(weighted.auroc, labels, ranks, women, samples=samples).record(),
            "brier": once(weighted.brier, labels, sigmoid(logits)),
        }
    return found


def _single_rules(train: Sequence[ImageRow], level: Level, *, samples: int) -> dict[str, Any]:
    """Age alone, and machine alone by the rates of the training women, shrunk towards their mean by ten images."""
    labels, women = level.labels(), level.women()
    judged = [example.rows[0] for example in level.examples]
    ages = [row.age for row in train if row.age is not None]
    middle = float(np.median(ages)) if ages else 0.0
    age = np.array([row.age if row.age is not None else middle for row in judged])
    prior = float(np.mean([row.label for row in train]))
    told: dict[str, list[int]] = {}
    for row in train:
        told.setdefault(row.machine, []).append(row.label)
    rate = {machine: (sum(found) + 10 * prior) / (len(found) + 10) for machine, found in told.items()}
    machine = np.array([rate.get(row.machine, prior) for row in judged])
    return {
        f"age_alone_{level.unit}_auroc": _auroc(labels, age, women, samples),
        f"machine_alone_{level.unit}_auroc": _auroc(labels, machine, women, samples),
    }


def _auroc(labels: Labels, scores: Scores, women: Any, samples: int) -> dict[str, float] | None:
    return by_woman(weighted.auroc, labels, scores, women, samples=samples).record()
