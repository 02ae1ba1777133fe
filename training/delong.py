"""Owns the comparison of two AUROCs by DeLong's variance, with and without clusters. Plain NumPy."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from training.bootstrap import Difference
from training.weighted import Labels, Scores

_ROUNDING, _NO_VARIANCE = 1e-12, 1e-15
"""What an AUROC and its variance may be off by: the sums of each woman may cancel."""


def delong(labels: Labels, first: Scores, second: Scores, women: NDArray[np.str_] | None = None) -> Difference:
    """AUROC of `first` less that of `second` on the same examples, with its 95 % interval and two-sided p.

    Without `women`: DeLong, DeLong and Clarke-Pearson 1988, which takes all examples as independent; images of one
    woman are not, and the interval comes out too narrow. With `women`: Obuchowski 1997, which allows for clusters and
    is the same where every woman has one example. NaN where one class is absent or holds one cluster.
    """
    positive = labels == 1
    if not positive.any() or positive.all():
        return Difference(*(float("nan"),) * 4)
    owners = np.arange(labels.size) if women is None else np.unique(women, return_inverse=True)[1]
    components = [_components(scores[positive], scores[~positive]) for scores in (first, second)]
    value = float(components[0][0].mean() - components[1][0].mean())
    above = components[0][0] - components[1][0]  # the difference of AUROCs is itself a mean of such components
    below = components[0][1] - components[1][1]
    variance = _variance(above, below, owners[positive], owners[~positive], value)
    if not math.isfinite(variance):
        return Difference(value, float("nan"), float("nan"), float("nan"))
    if variance <= _NO_VARIANCE:
        return Difference(value, value, value, 1.0 if abs(value) <= _ROUNDING else 0.0)
    error = math.sqrt(variance)
    p = math.erfc(abs(value) / error / math.sqrt(2))
    return Difference(value, value - 1.959964 * error, value + 1.959964 * error, p)


def _components(positives: Scores, negatives: Scores) -> tuple[Scores, Scores]:
    """For each positive the share of negatives below it, for each negative the share of positives above it; ties count
    half."""
    ranked_negatives, ranked_positives = np.sort(negatives), np.sort(positives)
    below = np.searchsorted(ranked_negatives, positives, "left") + np.searchsorted(ranked_negatives, positives, "right")
    under = np.searchsorted(ranked_positives, negatives, "left") + np.searchsorted(ranked_positives, negatives, "right")
    return below / (2 * negatives.size), 1 - under / (2 * positives.size)


def _variance(
    above: Scores,
    below: Scores,
    positive_owners: NDArray[np.int64],
    negative_owners: NDArray[np.int64],
    value: float,
) -> float:
    """The variance of the difference; sums over clusters are centred by what their size makes likely."""
    clusters = int(max(positive_owners.max(), negative_owners.max())) + 1
    spread_above = np.bincount(positive_owners, weights=above - value, minlength=clusters)
    spread_below = np.bincount(negative_owners, weights=below - value, minlength=clusters)
    with_positives, with_negatives = np.unique(positive_owners).size, np.unique(negative_owners).size
    all_clusters = np.union1d(positive_owners, negative_owners).size
    if min(with_positives, with_negatives) < 2:
        return float("nan")
    m, n = above.size, below.size
    s10 = with_positives / (with_positives - 1) * float((spread_above**2).sum()) / m
    s01 = with_negatives / (with_negatives - 1) * float((spread_below**2).sum()) / n
    s11 = all_clusters / (all_clusters - 1) * float((spread_above * spread_below).sum())
    return s10 / m + s01 / n + 2 * s11 / (m * n)
