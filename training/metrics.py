"""Owns the figures of merit and their intervals. Plain NumPy; every figure says its unit (image, breast)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Scores = NDArray[np.float64]
Labels = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Estimate:
    """A figure with its 95 % interval; `low` and `high` by bootstrap over women."""

    value: float
    low: float
    high: float

    def __str__(self) -> str:
        return f"{self.value:.3f} ({self.low:.3f} to {self.high:.3f})"


def auroc(labels: Labels, scores: Scores) -> float:
    """Area under the ROC curve, by mid-ranks; NaN where one class is absent."""
    positives = int((labels == 1).sum())
    negatives = labels.size - positives
    if positives == 0 or negatives == 0:
        return float("nan")
    order = np.argsort(scores, kind="stable")
    ranked = scores[order]
    starts = np.flatnonzero(np.r_[True, ranked[1:] != ranked[:-1]])
    counts = np.diff(np.r_[starts, ranked.size])
    ranks = np.empty(ranked.size)
    ranks[order] = np.repeat(starts + (counts + 1) / 2, counts)
    return float((ranks[labels == 1].sum() - positives * (positives + 1) / 2) / (positives * negatives))


def sensitivity(labels: Labels, scores: Scores, threshold: float) -> float:
    """Share of positives with a score of at least `threshold`; NaN where there is none."""
    positives = scores[labels == 1]
    return float((positives >= threshold).mean()) if positives.size else float("nan")


def specificity(labels: Labels, scores: Scores, threshold: float) -> float:
    """Share of negatives with a score under `threshold`; NaN where there is none."""
    negatives = scores[labels == 0]
    return float((negatives < threshold).mean()) if negatives.size else float("nan")


def brier(labels: Labels, scores: Scores) -> float:
    """Mean squared distance of probability and outcome."""
    return float(((scores - labels) ** 2).mean())


def expected_calibration_error(labels: Labels, scores: Scores, *, bins: int = 15) -> float:
    """ECE over `bins` bins of equal mass (Nixon et al. 2019)."""
    parts = np.array_split(np.argsort(scores, kind="stable"), bins)
    gaps = [abs(scores[part].mean() - labels[part].mean()) * part.size for part in parts if part.size]
    return float(sum(gaps) / scores.size)


def by_woman(
    figure: Callable[[Labels, Scores], float],
    labels: Labels,
    scores: Scores,
    women: NDArray[np.str_],
    *,
    samples: int = 2000,
    seed: int = 0,
) -> Estimate:
    """`figure` with its 95 % percentile interval, by resampling women (all images of a woman stay together)."""
    rng = np.random.default_rng(seed)
    names, inverse = np.unique(women, return_inverse=True)
    groups = [np.flatnonzero(inverse == group) for group in range(names.size)]
    drawn = []
    for _ in range(samples):
        chosen = np.concatenate([groups[index] for index in rng.integers(0, names.size, names.size)])
        value = figure(labels[chosen], scores[chosen])
        if np.isfinite(value):
            drawn.append(value)
    low, high = np.quantile(drawn, (0.025, 0.975)) if drawn else (np.nan, np.nan)
    return Estimate(figure(labels, scores), float(low), float(high))


def breast_means(
    breasts: Sequence[str], labels: Labels, scores: Scores, women: NDArray[np.str_]
) -> tuple[Labels, Scores, NDArray[np.str_]]:
    """Labels, mean scores and women per breast: the mean over its views, as the application does."""
    names, first, inverse = np.unique(np.array(breasts), return_index=True, return_inverse=True)
    means = np.bincount(inverse, weights=scores) / np.bincount(inverse)
    highest = np.zeros(names.size, np.int64)
    np.maximum.at(highest, inverse, labels)
    return highest, means, women[first]


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
    """The threshold with the highest sensitivity + specificity (Youden)."""
    candidates = np.unique(scores)
    sums = [sensitivity(labels, scores, t) + specificity(labels, scores, t) for t in candidates]
    return float(candidates[int(np.argmax(sums))])


def platt(labels: Labels, logits: Scores, *, steps: int = 100) -> tuple[float, float]:
    """(slope, intercept) of the logistic calibration of `logits` (Platt 1999) by Newton's method; slope > 0."""
    targets = np.where(labels == 1, (labels.sum() + 1) / (labels.sum() + 2), 1 / ((labels == 0).sum() + 2))

    def loss(slope: float, intercept: float) -> float:
        z = slope * logits + intercept
        return float((np.logaddexp(0, z) - targets * z).sum())

    slope, intercept = 0.0, float(np.log(targets.mean() / (1 - targets.mean())))
    for _ in range(steps):
        p = 0.5 * (1 + np.tanh(0.5 * (slope * logits + intercept)))
        weight = p * (1 - p) + 1e-12
        residual = targets - p
        gradient = np.array([(residual * logits).sum(), residual.sum()])
        cross = (weight * logits).sum()
        hessian = np.array([[(weight * logits**2).sum() + 1e-9, cross], [cross, weight.sum() + 1e-9]])
        step = np.linalg.solve(hessian, gradient)
        now, share = loss(slope, intercept), 1.0
        while share > 1e-6 and loss(slope + share * step[0], intercept + share * step[1]) > now:
            share /= 2
        slope, intercept = slope + share * float(step[0]), intercept + share * float(step[1])
        if share * float(np.abs(step).max()) < 1e-10:
            break
    return max(slope, 1e-3), intercept
