"""Owns the levels at which a model is judged: image, breast, woman, and how one follows from another."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from mammoview.core.errors import UsageError
from training.calibration import Calibration, logit
from training.data.table import ImageRow
from training.metrics import auroc, group_highest, group_means, grouped
from training.predictions import Example, Predictions
from training.weighted import Labels, Scores

VOID_LIMIT = 0.1
"""How far from 0.5 the AUROC of counting a woman's breasts may lie before woman-level figures are void."""


@dataclass(frozen=True, slots=True, eq=False)
class Level:
    """Examples of one unit with their scores. `ranks`: float64 (n,), what is ranked (calibrated logits);
    `probabilities`: float64 (n,) 0..1; `aggregation` says how they came from the model's own unit."""

    unit: str
    aggregation: str
    examples: tuple[Example, ...]
    ranks: Scores
    probabilities: Scores

    def labels(self) -> Labels:
        return np.array([example.label for example in self.examples], np.int64)

    def women(self) -> NDArray[np.str_]:
        return np.array([example.patient_id for example in self.examples])


def levels_of(predictions: Predictions, calibration: Calibration) -> tuple[Level, ...]:
    """The model's own unit first, then the coarser ones: a breast's score is the mean of its images' probabilities, a
    woman's the highest of her breasts', as in the application.

    Raises UsageError where a logit is no finite number: it would be ranked all the same.
    """
    broken = int((~np.isfinite(predictions.logits).all(axis=1)).sum())
    if broken:
        raise UsageError(
            f"the model gives no finite number for {broken} of {len(predictions.examples)} {plural(predictions.unit)}",
            "its weights are broken: fit it again, with a lower optimiser.rate",
        )
    logits = calibration.logits(predictions.differences())
    own = Level(
        predictions.unit,
        "as the model gives it",
        predictions.examples,
        logits,
        calibration.probabilities(predictions.differences()),
    )
    found = [own]
    if predictions.unit == "image":
        place, _ = grouped([example.rows[0].breast_id for example in own.examples])
        found.append(_level("breast", "mean of its images", own, place, group_means(place, own.probabilities)))
    if predictions.unit != "woman":
        breasts = found[-1]
        place, _ = grouped([example.patient_id for example in breasts.examples])
        highest = group_highest(place, breasts.probabilities)
        found.append(_level("woman", "highest of her breasts", breasts, place, highest))
    return tuple(found)


def _level(unit: str, aggregation: str, finer: Level, place: NDArray[np.int64], probabilities: Scores) -> Level:
    members: list[list[ImageRow]] = [[] for _ in range(probabilities.size)]
    for group, example in zip(place, finer.examples, strict=True):
        members[group] += example.rows
    examples = tuple(Example(tuple(rows)) for rows in members)
    return Level(unit, aggregation, examples, logit(probabilities), probabilities)


def plural(unit: str) -> str:
    """Several examples of a unit, in words."""
    return "women" if unit == "woman" else f"{unit}s"


def breast_count_auroc(rows: Sequence[ImageRow]) -> float:
    """AUROC, per woman, of having ONE breast in the set: far from 0.5 where the set gives the label away; NaN where it
    cannot be had."""
    breasts: dict[str, set[str]] = {}
    positive: dict[str, int] = {}
    for row in rows:
        breasts.setdefault(row.patient_id, set()).add(row.laterality)
        positive[row.patient_id] = max(positive.get(row.patient_id, 0), row.label)
    names = sorted(breasts)
    return auroc(
        np.array([positive[name] for name in names], np.int64),
        np.array([-float(len(breasts[name])) for name in names]),
    )


def void_reason(unit: str, rows: Sequence[ImageRow]) -> str:
    """Why figures of this unit mean nothing on this set; "" where they do."""
    if unit != "woman":
        return ""
    counted = breast_count_auroc(rows)
    if np.isfinite(counted) and abs(counted - 0.5) > VOID_LIMIT:
        return f"void: counting a woman's breasts in the set alone has an AUROC of {counted:.3f}"
    return ""
