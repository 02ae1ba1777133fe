"""Owns the figures of merit under weights, many sets of weights at a time. Plain NumPy; draws nothing itself.

Every figure takes `labels` int64 (n,) of 0 and 1, `scores` float64 (n,) and `weights` float64 (draws, n), how often
each example counts, and gives float64 (draws,): NaN where a class that it needs has no weight. Whole weights give what
the same examples repeated as often would give.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

Scores = NDArray[np.float64]
Labels = NDArray[np.int64]
Figure = Callable[[Labels, Scores, Scores], Scores]


def _share(part: Scores, whole: Scores) -> Scores:
    """part / whole, NaN where the whole is 0."""
    return np.where(whole > 0, part / np.where(whole > 0, whole, 1.0), np.nan)


def _by_score(labels: Labels, scores: Scores, weights: Scores) -> tuple[Scores, Scores]:
    """The weights of positives and of negatives at each score from the lowest to the highest, (draws, scores)."""
    order = np.argsort(scores, kind="stable")
    ranked = scores[order]
    starts = np.flatnonzero(np.r_[True, ranked[1:] != ranked[:-1]])
    sorted_weights = weights[:, order]
    positive = labels[order] == 1
    return (
        np.add.reduceat(np.where(positive, sorted_weights, 0.0), starts, axis=1),
        np.add.reduceat(np.where(positive, 0.0, sorted_weights), starts, axis=1),
    )


def auroc(labels: Labels, scores: Scores, weights: Scores) -> Scores:
    """Area under the ROC curve; ties count half."""
    positives, negatives = _by_score(labels, scores, weights)
    below = np.cumsum(negatives, axis=1) - negatives / 2
    return _share((positives * below).sum(axis=1), positives.sum(axis=1) * negatives.sum(axis=1))


def auprc(labels: Labels, scores: Scores, weights: Scores) -> Scores:
    """Area under the precision-recall curve as average precision: no interpolation."""
    positives, negatives = (part[:, ::-1] for part in _by_score(labels, scores, weights))
    found = np.cumsum(positives, axis=1)
    called = found + np.cumsum(negatives, axis=1)
    precision = found / np.where(called > 0, called, 1.0)
    return _share((positives * precision).sum(axis=1), positives.sum(axis=1))


def sensitivity_at(specificity_wanted: float) -> Figure:
    """The highest sensitivity of a threshold whose specificity is at least as wanted, on these very examples."""

    def figure(labels: Labels, scores: Scores, weights: Scores) -> Scores:
        positives, negatives = (part[:, ::-1] for part in _by_score(labels, scores, weights))
        all_negatives = negatives.sum(axis=1)
        kept = 1 - np.cumsum(negatives, axis=1) / np.where(all_negatives > 0, all_negatives, 1.0)[:, None]
        found = np.where(kept >= specificity_wanted - 1e-12, np.cumsum(positives, axis=1), 0.0).max(axis=1)
        return np.where(all_negatives > 0, _share(found, positives.sum(axis=1)), np.nan)

    return figure


def _cells(labels: Labels, scores: Scores, weights: Scores, threshold: float) -> tuple[Scores, ...]:
    """Weights of true positives, false positives, false negatives and true negatives, each (draws,)."""
    called, positive = scores >= threshold, labels == 1
    return tuple(
        weights[:, chosen].sum(axis=1)
        for chosen in (called & positive, called & ~positive, ~called & positive, ~called & ~positive)
    )


def sensitivity(threshold: float) -> Figure:
    """Share of positives with a score of at least `threshold`."""

    def figure(labels: Labels, scores: Scores, weights: Scores) -> Scores:
        hit, _, missed, _ = _cells(labels, scores, weights, threshold)
        return _share(hit, hit + missed)

    return figure


def specificity(threshold: float) -> Figure:
    """Share of negatives with a score under `threshold`."""

    def figure(labels: Labels, scores: Scores, weights: Scores) -> Scores:
        _, alarm, _, quiet = _cells(labels, scores, weights, threshold)
        return _share(quiet, alarm + quiet)

    return figure


def precision(threshold: float) -> Figure:
    """Share of positives among the examples with a score of at least `threshold`."""

    def figure(labels: Labels, scores: Scores, weights: Scores) -> Scores:
        hit, alarm, _, _ = _cells(labels, scores, weights, threshold)
        return _share(hit, hit + alarm)

    return figure


def f1(threshold: float) -> Figure:
    """Harmonic mean of precision and sensitivity."""

    def figure(labels: Labels, scores: Scores, weights: Scores) -> Scores:
        hit, alarm, missed, _ = _cells(labels, scores, weights, threshold)
        return _share(2 * hit, 2 * hit + alarm + missed)

    return figure


def accuracy(threshold: float) -> Figure:
    """Share of examples on the right side of `threshold`."""

    def figure(labels: Labels, scores: Scores, weights: Scores) -> Scores:
        hit, alarm, missed, quiet = _cells(labels, scores, weights, threshold)
        return _share(hit + quiet, hit + alarm + missed + quiet)

    return figure


def probabilistic_f1(labels: Labels, scores: Scores, weights: Scores) -> Scores:
    """F1 with probabilities in place of calls (Yacouby and Axman 2020), the figure of the RSNA 2022 competition."""
    hit = weights @ (scores * (labels == 1))
    alarm = weights @ (scores * (labels == 0))
    positives = weights @ (labels == 1).astype(np.float64)
    recall, right = _share(hit, positives), _share(hit, hit + alarm)
    return np.where(positives > 0, np.nan_to_num(_share(2 * recall * right, recall + right)), np.nan)


def brier(labels: Labels, scores: Scores, weights: Scores) -> Scores:
    """Mean squared distance of probability and outcome."""
    return _share(weights @ (scores - labels) ** 2, weights.sum(axis=1))


def expected_calibration_error(labels: Labels, scores: Scores, weights: Scores, *, bins: int = 15) -> Scores:
    """ECE over `bins` bins of equal mass (Nixon et al. 2019); examples of one score lie in one bin, that of the middle
    of their mass, so that no order of the examples counts."""
    positives, negatives = _by_score(labels, scores, weights)
    mass = positives + negatives
    place = bins_of_equal_mass(mass, bins)
    excess = mass * np.unique(scores) - positives
    gaps = [np.abs(np.where(place == number, excess, 0.0).sum(axis=1)) for number in range(bins)]
    return _share(np.asarray(sum(gaps)), mass.sum(axis=1))


def bins_of_equal_mass(mass: Scores, bins: int) -> NDArray[np.int64]:
    """The bin, 0 to `bins` - 1, of each score from the lowest up, by the middle of its mass; both (draws, scores)."""
    total = mass.sum(axis=1, keepdims=True)
    middle = (np.cumsum(mass, axis=1) - mass / 2) / np.where(total > 0, total, 1.0)
    return np.minimum((middle * bins).astype(np.int64), bins - 1)
