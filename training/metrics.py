"""Owns single figures of merit and the choice of thresholds. Plain NumPy; intervals come from `training.bootstrap`."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from training import weighted
from training.bootstrap import once
from training.weighted import Labels, Scores


def auroc(labels: Labels, scores: Scores) -> float:
    """Area under the ROC curve, ties counting half; NaN where one class is absent."""
    return once(weighted.auroc, labels, scores)


def sensitivity(labels: Labels, scores: Scores, threshold: float) -> float:
    """Share of positives with a score of at least `threshold`; NaN where there is none."""
    return once(weighted.sensitivity(threshold), labels, scores)


def specificity(labels: Labels, scores: Scores, threshold: float) -> float:
    """Share of negatives with a score under `threshold`; NaN where there is none."""
    return once(weighted.specificity(threshold), labels, scores)


def brier(labels: Labels, scores: Scores) -> float:
    """Mean squared distance of probability and outcome."""
    return once(weighted.brier, labels, scores)


def expected_calibration_error(labels: Labels, scores: Scores) -> float:
    """ECE over 15 bins of equal mass (Nixon et al. 2019)."""
    return once(weighted.expected_calibration_error, labels, scores)


def grouped(names: Sequence[str]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """(the group of each, the first of each group), groups in the order in which they first come."""
    found: dict[str, int] = {}
    place = np.array([found.setdefault(name, len(found)) for name in names], np.int64)
    return place, np.unique(place, return_index=True)[1]


def group_means(place: NDArray[np.int64], scores: Scores) -> Scores:
    """The mean of each group's scores, as a breast's score is the mean of its views'."""
    return np.asarray(np.bincount(place, weights=scores) / np.bincount(place), np.float64)


def group_highest(place: NDArray[np.int64], values: Scores) -> Scores:
    """The highest of each group's values, as an examination's score is the highest of its breasts'."""
    highest = np.full(int(place.max(initial=-1)) + 1, -np.inf)
    np.maximum.at(highest, place, values)
    return highest


def threshold_at_sensitivity(labels: Labels, scores: Scores, wanted: float) -> float:
    """The highest threshold whose sensitivity is at least `wanted`."""
    positives = np.sort(scores[labels == 1])[::-1]
    return float(positives[min(positives.size - 1, int(np.ceil(wanted * positives.size)) - 1)])


def threshold_at_specificity(labels: Labels, scores: Scores, wanted: float) -> float:
    """The lowest score threshold whose specificity is at least `wanted`."""
    negatives = np.sort(scores[labels == 0])
    index = min(negatives.size - 1, int(np.ceil(wanted * negatives.size)) - 1)
    return float(np.nextafter(negatives[index], np.inf))


def balanced_threshold(labels: Labels, scores: Scores) -> float:
    """The threshold with the highest sensitivity + specificity (Youden); the lowest of several."""
    candidates = np.unique(scores)
    positives, negatives = np.sort(scores[labels == 1]), np.sort(scores[labels == 0])
    hits = 1 - np.searchsorted(positives, candidates, side="left") / positives.size
    quiet = np.searchsorted(negatives, candidates, side="left") / negatives.size
    return float(candidates[int(np.argmax(hits + quiet))])


def roc_points(labels: Labels, scores: Scores) -> tuple[Scores, Scores]:
    """(false-positive rates, sensitivities) from (0, 0) to (1, 1), one for each threshold."""
    alarms, hits = _falling(labels, scores)
    return np.r_[0.0, alarms / alarms[-1]], np.r_[0.0, hits / hits[-1]]


def precision_recall_points(labels: Labels, scores: Scores) -> tuple[Scores, Scores]:
    """(sensitivities, precisions), one for each threshold from the highest down."""
    alarms, hits = _falling(labels, scores)
    return hits / hits[-1], hits / (hits + alarms)


def _falling(labels: Labels, scores: Scores) -> tuple[Scores, Scores]:
    """How many negatives and positives lie at or above each score, from the highest down."""
    values = np.unique(scores)[::-1]
    counts = [np.sort(scores[labels == label]) for label in (0, 1)]
    alarms, hits = (found.size - np.searchsorted(found, values, side="left").astype(np.float64) for found in counts)
    return alarms, hits


def reliability(labels: Labels, probabilities: Scores, *, bins: int = 10) -> list[dict[str, float]]:
    """Mean probability, share of positives and count in bins of equal mass, from the lowest probability up; examples of
    one probability lie in one bin."""
    values, which, counts = np.unique(probabilities, return_inverse=True, return_counts=True)
    place = weighted.bins_of_equal_mass(counts.astype(np.float64)[None], bins)[0][which]
    return (
        [
            {
                "probability": float(probabilities[place == number].mean()),
                "positives": float(labels[place == number].mean()),
                "count": int((place == number).sum()),
            }
            for number in np.unique(place)
        ]
        if values.size
        else []
    )
