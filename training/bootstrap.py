"""Owns intervals by resampling women: all examples of a woman stay together. Never computes a figure itself."""

from __future__ import annotations

from dataclasses import asdict, dataclass

import numpy as np
from numpy.typing import NDArray

from training.weighted import Figure, Labels, Scores

_BLOCK = 1_000_000
"""Weights that are held at a time."""

LEAST_DRAWS = 0.75
"""The share of draws in which a figure must be had for an interval. With one positive woman it is had in 0.63 of them,
and all of these hold her: their spread tells nothing of another one."""


@dataclass(frozen=True, slots=True)
class Estimate:
    """A figure with its 95 % interval; `low` and `high` by bootstrap over women."""

    value: float
    low: float
    high: float

    def __str__(self) -> str:
        return f"{self.value:.3f} ({self.low:.3f} to {self.high:.3f})"

    def record(self) -> dict[str, float] | None:
        """The estimate as JSON; None where it could not be had."""
        found = asdict(self)
        return found if all(np.isfinite(value) for value in found.values()) else None


@dataclass(frozen=True, slots=True)
class Difference(Estimate):
    """The first model's figure less the second's on the same women; `p` two-sided."""

    p: float = float("nan")


def figure_draws(
    figure: Figure, labels: Labels, scores: Scores, women: NDArray[np.str_], *, samples: int, seed: int = 0
) -> Scores:
    """`figure` on `samples` sets of women drawn with replacement, (samples,). The same women and the same seed give the
    same draws, which is what pairs two models."""
    names, owner = np.unique(women, return_inverse=True)
    rng = np.random.default_rng(seed)
    step = max(1, _BLOCK // max(1, labels.size))
    blocks = []
    for start in range(0, samples, step):
        draws = min(step, samples - start)
        drawn = rng.integers(0, names.size, (draws, names.size)) + names.size * np.arange(draws)[:, None]
        counts = np.bincount(drawn.ravel(), minlength=draws * names.size).reshape(draws, names.size)
        blocks.append(figure(labels, scores, counts.astype(np.float64)[:, owner]))
    return np.concatenate(blocks) if blocks else np.zeros(0)


def once(figure: Figure, labels: Labels, scores: Scores) -> float:
    """`figure` on the examples as they are."""
    if labels.size == 0:
        return float("nan")
    return float(figure(labels, scores, np.ones((1, labels.size)))[0])


def by_woman(
    figure: Figure,
    labels: Labels,
    scores: Scores,
    women: NDArray[np.str_],
    *,
    samples: int = 2000,
    seed: int = 0,
    centred: bool = False,
) -> Estimate:
    """`figure` with its 95 % percentile interval over `samples` bootstraps (Efron 1979) of women.

    Draws in which the figure cannot be had are left out; the interval is NaN where fewer than LEAST_DRAWS of them are
    left, and of one woman alone. `centred`, for a figure that noise can only raise: the interval is moved so that the
    median of the draws, which are noisier than the examples, lies at the figure, and is held at 0.
    """
    if labels.size == 0:
        return Estimate(float("nan"), float("nan"), float("nan"))
    drawn = figure_draws(figure, labels, scores, women, samples=samples, seed=seed)
    value, (low, high) = once(figure, labels, scores), _interval(drawn, women)
    if centred and np.isfinite(low):
        moved = value - float(np.nanmedian(drawn))
        low, high = max(0.0, low + moved), max(0.0, high + moved)
    return Estimate(value, low, high)


def paired(
    figure: Figure,
    labels: Labels,
    first: Scores,
    second: Scores,
    women: NDArray[np.str_],
    *,
    samples: int = 2000,
    seed: int = 0,
) -> Difference:
    """The difference of two models' figures on the same examples, by bootstrap over the same women; `p` is twice the
    smaller share of draws on one side of 0 (never under 1 / samples); NaN where there is no interval."""
    a, b = (figure_draws(figure, labels, scores, women, samples=samples, seed=seed) for scores in (first, second))
    drawn = a - b
    finite = drawn[np.isfinite(drawn)]
    low, high = _interval(drawn, women)
    p = float("nan")
    if np.isfinite(low):
        p = min(1.0, max(2 * min(float((finite <= 0).mean()), float((finite >= 0).mean())), 1 / finite.size))
    return Difference(once(figure, labels, first) - once(figure, labels, second), low, high, p)


def _interval(drawn: Scores, women: NDArray[np.str_]) -> tuple[float, float]:
    finite = drawn[np.isfinite(drawn)]
    if finite.size == 0 or finite.size < LEAST_DRAWS * drawn.size or np.all(women == women[0]):
        return float("nan"), float("nan")
    low, high = np.quantile(finite, (0.025, 0.975))
    return float(low), float(high)
