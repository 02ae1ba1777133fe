"""Owns the model without pictures: what age, machine, density and the like give alone. Never reads pixels.

Pictures must beat it; where they do not, a model may have learnt nothing but who comes to which machine.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from training.data.table import ImageRow
from training.predictions import Example
from training.weighted import Scores

KNOWN = "age, machine, side, view and density"
COUNTED = f"{KNOWN}, numbers of views and breasts in the set"


class MetadataModel:
    """Logistic regression (scikit-learn, L2, C = 1) on standardised features of an example; absent values have a column
    of their own. `rows` are all images of the set, as the counts of views and breasts are taken over them; `counts`
    False leaves these out, as they tell how a set was put together rather than anything of a woman."""

    def __init__(self, rows: Sequence[ImageRow], *, counts: bool) -> None:
        self._counts = counts
        self._views = Counter(row.breast_id for row in rows)
        sides: dict[str, set[str]] = {}
        for row in rows:
            sides.setdefault(row.patient_id, set()).add(row.laterality)
        self._breasts = {woman: len(found) for woman, found in sides.items()}
        self._terms: tuple[tuple[str, str], ...] = ()
        self._age = 0.0
        self._centre: Scores = np.zeros(0)
        self._spread: Scores = np.ones(0)
        self._weights: Scores = np.zeros(0)
        self._bias = 0.0

    def fit(self, examples: Sequence[Example]) -> MetadataModel:
        """Fit on the training women's examples; where they hold one class, every score will be the same."""
        from sklearn.linear_model import LogisticRegression

        ages = [row.age for example in examples for row in example.rows if row.age is not None]
        self._age = float(np.median(ages)) if ages else 0.0
        self._terms = tuple(sorted({term for example in examples for term in _terms(example)}))
        features = self._features(examples)
        self._centre = features.mean(axis=0)
        spread = features.std(axis=0)
        self._spread = np.where(spread > 1e-12, spread, 1.0)
        labels = np.array([example.label for example in examples], np.int64)
        self._weights = np.zeros(features.shape[1])
        if 0 < labels.sum() < labels.size:
            model = LogisticRegression(max_iter=2000)
            model.fit((features - self._centre) / self._spread, labels)
            self._weights, self._bias = np.asarray(model.coef_[0], np.float64), float(model.intercept_[0])
        return self

    def logits(self, examples: Sequence[Example]) -> Scores:
        """Logits (n,) of other examples of the same kind."""
        features = (self._features(examples) - self._centre) / self._spread
        return np.asarray(features @ self._weights + self._bias, np.float64)

    @property
    def mean_logit(self) -> float:
        """The mean logit of the examples that it was fitted on: the features are standardised on them."""
        return self._bias

    def _features(self, examples: Sequence[Example]) -> Scores:
        return np.array([self._of(example) for example in examples], np.float64).reshape(len(examples), -1)

    def _of(self, example: Example) -> list[float]:
        ages = [row.age for row in example.rows if row.age is not None]
        told = _terms(example)
        found = [float(np.mean(ages)) if ages else self._age, float(bool(ages))]
        found += [float(term in told) for term in self._terms]
        if self._counts:
            breasts = {row.breast_id for row in example.rows}
            found += [float(np.mean([self._views[breast] for breast in breasts]))]
            found += [float(self._breasts[example.patient_id])]
        return found


def _terms(example: Example) -> set[tuple[str, str]]:
    """What is told of an example in words."""
    return {
        (name, value or "not told")
        for row in example.rows
        for name, value in (
            ("machine", row.machine),
            ("side", row.laterality),
            ("view", row.view),
            ("density", row.density),
        )
    }


def cross_fitted_logits(
    rows: Sequence[ImageRow],
    examples: Sequence[Example],
    *,
    counts: bool,
    centred: bool = False,
    folds: int = 5,
    seed: int = 1,
) -> Scores:
    """Logits (n,) where no training women are at hand: each fold of women is judged by a model of the other folds.

    `centred`, for ranks over all folds, takes each model's mean logit off: a fold with few suspicious examples leaves
    many to the other folds, so that a model that knows nothing would rank all folds the wrong way round.
    """
    women = sorted({example.patient_id for example in examples})
    np.random.default_rng(seed).shuffle(women)
    fold_of = {woman: place % folds for place, woman in enumerate(women)}
    place = np.array([fold_of[example.patient_id] for example in examples])
    logits = np.zeros(len(examples))
    for fold in range(folds):
        here = np.flatnonzero(place == fold)
        if here.size:
            model = MetadataModel(rows, counts=counts).fit(
                [examples[i] for i in np.flatnonzero(place != fold).tolist()]
            )
            logits[here] = model.logits([examples[i] for i in here.tolist()]) - (model.mean_logit if centred else 0.0)
    return logits


def majority_accuracy(fitted: NDArray[np.int64], judged: NDArray[np.int64]) -> float:
    """Accuracy of always saying the more frequent class of `fitted`."""
    return float((judged == int(fitted.mean() >= 0.5)).mean())
