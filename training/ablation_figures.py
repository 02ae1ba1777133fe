"""Owns the figures of an ablation table: out-of-fold predictions pooled, their intervals and paired differences. Never
fits.

Each fold has a network of its own, whose logits lie on a scale of their own: pooled as they are, a pair of women from
two folds would be ordered by which network is the more alarmed. So each fold's logits go through Platt's calibration
(1999), fitted on that fold's validation women, whom the network was chosen by and on whom nothing is judged; what is
pooled is the calibrated logit. Platt's is taken for each fold, and never none, so that all folds are on one scale. A
row without validation women is pooled as its networks say it. Beside it stands the AUROC within folds, of pairs from
one fold alone, which needs no common scale.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mammoview.core.errors import UsageError
from training import weighted
from training.bootstrap import by_woman
from training.cache import InputCache
from training.calibration import Calibration, platt
from training.evaluation.comparison import compare
from training.evaluation.levels import Level, levels_of, void_reason
from training.folds import Folds
from training.metadata import MetadataModel
from training.predictions import UNITS, Example, Predictions, examples_of
from training.weighted import Figure, Labels, Scores

Said = Mapping[str, Predictions]
"""What one fold's network says of its "held-out" women, and of its "validation" women where it has some."""

AGE, METADATA = "age alone", "metadata"
_NEITHER = Calibration()


def averaged(members: Sequence[Said]) -> Said:
    """The mean of several networks' logits, each calibrated first, so that none counts for more by being louder.
    Raises UsageError where they were not asked of the same images."""
    parts = [name for name in ("validation", "held-out") if all(name in one for one in members)]
    keys = [[_names(one[name]) for name in parts] for one in members]
    if any(key != keys[0] for key in keys):
        raise UsageError("its rows are of different images, breasts or women", "average rows of one unit and cache")
    on_one_scale = [_calibrated(one) for one in members]
    return {
        name: _of_logits(members[0][name], np.mean([one[name].differences() for one in on_one_scale], axis=0))
        for name in parts
    }


def _names(said: Predictions) -> list[tuple[str, ...]]:
    return [
        (said.unit, row.patient_id, row.laterality, row.view, row.file.name)
        for example in said.examples
        for row in example.rows
    ]


def _of_logits(said: Predictions, logits: Scores) -> Predictions:
    both = np.stack([np.zeros_like(logits), logits], axis=1)
    return Predictions(said.unit, said.examples, both, ("non-cancer", "cancer"), 1)


def calibration_of(said: Said) -> Calibration:
    """Platt's calibration on a fold's validation examples; none where it has none."""
    held = said.get("validation")
    if held is None:
        return _NEITHER
    return Calibration("platt", *platt(held.labels(), held.differences()))


def _calibrated(said: Said) -> Said:
    line = calibration_of(said)
    return {name: _of_logits(one, line.logits(one.differences())) for name, one in said.items()}


def pooled(folds: Sequence[Said]) -> Predictions:
    """The held-out predictions of all folds, calibrated by fold: every woman once."""
    parts = [_calibrated(said)["held-out"] for said in folds]
    examples = tuple(example for part in parts for example in part.examples)
    return Predictions(
        parts[0].unit, examples, np.concatenate([part.logits for part in parts]), parts[0].classes, parts[0].suspicious
    )


def without_pictures(cache: InputCache, folds: Folds, unit: str) -> dict[str, Predictions]:
    """Age alone and metadata on the held-out women of all folds, each fold by rules of its own training women. Age is
    ranked as it is, the older the more suspicious; where it is not told, it is the median of the training women's."""
    ages: list[Scores] = []
    logits: list[Scores] = []
    examples: list[Example] = []
    for split in folds.splits:
        train, held = ([cache.rows[i] for i in split.indices(cache.rows, part)] for part in ("train", "test"))
        fitted, judged = ([Example(tuple(rows[i] for i in group)) for group in examples_of(rows, unit)]
                          for rows in (train, held))  # fmt: skip
        told = [row.age for row in train if row.age is not None]
        middle = float(np.median(told)) if told else 0.0
        of_each = [[middle if row.age is None else row.age for row in one.rows] for one in judged]
        ages.append(np.array([np.mean(one) for one in of_each]))
        logits.append(MetadataModel(cache.rows, counts=False).fit(fitted).logits(judged))
        examples += judged
    frame = Predictions(unit, tuple(examples), np.zeros((len(examples), 2)), ("non-cancer", "cancer"), 1)
    years = np.concatenate(ages)
    return {AGE: _of_logits(frame, (years - years.mean()) / 10), METADATA: _of_logits(frame, np.concatenate(logits))}


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Table:
    """What the figures are made of. `rows`: pooled predictions by name, the base first; `samples`: bootstrap draws."""

    cache: InputCache
    folds: Folds
    rows: Mapping[str, Predictions]
    samples: int

    def units(self) -> dict[str, Any]:
        """The rows at each unit, or why the unit is void: see `_unit`."""
        held = [row for row in self.cache.rows if row.patient_id in self.folds.fold_of()]
        found: dict[str, Any] = {}
        for unit in UNITS:
            reason = void_reason(unit, held)
            found[unit] = {"void": reason} if reason else self._unit(unit)
        return found

    def _unit(self, unit: str) -> dict[str, Any]:
        """`rows`: each with its AUROC, that within folds, those of the folds, and paired differences to the base, to
        the best row above it and to age alone; `above_age`: whether its lower limit is above the AUROC of age alone."""
        rules = without_pictures(self.cache, self.folds, unit)
        here = {name: one for name, one in self.rows.items() if UNITS.index(one.unit) <= UNITS.index(unit)}
        base = next(iter(self.rows))
        lines: list[dict[str, Any]] = []
        for name, one in rules.items():
            lines.append({"name": name, "picture": False, **self._alone(one, unit)})
        age = lines[0]["auroc"]
        levels = [_level(one, unit) for one in rules.values()]
        best: dict[str, Any] | None = None
        for name, one in here.items():
            line = {"name": name, "picture": True, **self._alone(one, unit), "best": best["name"] if best else None}
            line["less_base"] = self._less(one, here[base], unit) if base in here and name != base else None
            if best is not None:
                same = best["name"] == base
                line["less_best"] = line["less_base"] if same else self._less(one, here[best["name"]], unit)
            line["less_age"] = self._less(one, rules[AGE], unit)
            line["above_age"] = bool(line["auroc"]["low"] > age["value"]) if line["auroc"] and age else None
            lines.append(line)
            if line["auroc"] and (best is None or line["auroc"]["value"] > best["auroc"]["value"]):
                best = line
        return {
            "examples": len(levels[0].examples),
            "positives": int(levels[0].labels().sum()),
            "women": int(np.unique(levels[0].women()).size),
            "rows": lines,
        }

    def _alone(self, one: Predictions, unit: str) -> dict[str, Any]:
        level = _level(one, unit)
        labels, women = level.labels(), level.women()
        fold_of = self.folds.fold_of()
        place = np.array([fold_of[woman] for woman in women])
        nothing = {"less_base": None, "less_best": None, "less_age": None, "above_age": None, "best": None}
        return {
            **nothing,
            "examples": len(level.examples),
            "auroc": by_woman(weighted.auroc, labels, level.ranks, women, samples=self.samples).record(),
            "within_folds": by_woman(within(place), labels, level.ranks, women, samples=self.samples).record(),
            "folds": [_of_fold(labels[place == k], level.ranks[place == k]) for k in range(len(self.folds.splits))],
        }

    def _less(self, one: Predictions, other: Predictions, unit: str) -> dict[str, float] | None:
        """By paired bootstrap over women, on the examples that both judged."""
        models = {"this": (one, _NEITHER), "other": (other, _NEITHER)}
        found: dict[str, float] | None = compare(models, samples=self.samples)["units"][unit]["pairs"][0][
            "auroc_difference"
        ]
        return found


def _level(one: Predictions, unit: str) -> Level:
    return next(level for level in levels_of(one, _NEITHER) if level.unit == unit)


def _of_fold(labels: Labels, ranks: Scores) -> float | None:
    value = float(weighted.auroc(labels, ranks, np.ones((1, labels.size)))[0]) if labels.size else float("nan")
    return value if np.isfinite(value) else None


def within(place: NDArray[np.int64]) -> Figure:
    """The AUROC of pairs that lie in one fold, all of them counted alike; `place`: each example's fold, (n,)."""

    def figure(labels: Labels, scores: Scores, weights: Scores) -> Scores:
        right, pairs = np.zeros(len(weights)), np.zeros(len(weights))
        for fold in np.unique(place):
            here = place == fold
            counted = (weights[:, here] @ labels[here]) * (weights[:, here] @ (1 - labels[here]))
            value = weighted.auroc(labels[here], scores[here], weights[:, here])
            right += np.where(counted > 0, np.nan_to_num(value) * counted, 0.0)
            pairs += counted
        return np.where(pairs > 0, right / np.where(pairs > 0, pairs, 1.0), np.nan)

    return figure
