"""Owns the paired comparison of models that judged the same women. Never runs a model."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mammoview.core.errors import UsageError
from training import weighted
from training.bootstrap import Difference, by_woman, paired
from training.calibration import Calibration
from training.delong import delong
from training.evaluation.levels import Level, levels_of, void_reason
from training.predictions import UNITS, Predictions, image_key, key_depth
from training.weighted import Scores

Judged = tuple[Predictions, Calibration]

CLUSTER_NOTE = (
    "DeLong's variance takes all examples as independent; images of one woman are not, so that its p is too small: "
    "Obuchowski's, and the bootstrap over women, allow for it"
)


def compare(models: Mapping[str, Judged], *, samples: int = 2000) -> dict[str, Any]:
    """Every pair of `models` (name -> predictions and calibration) at every unit that all of them have, on the examples
    that all of them judged; raises UsageError where there are none or the labels differ."""
    if len(models) < 2:
        raise UsageError("one model alone cannot be compared", "give two runs or bundles, or more")
    levels = {name: {level.unit: level for level in levels_of(*judged)} for name, judged in models.items()}
    units = [unit for unit in UNITS if all(unit in found for found in levels.values())]
    if not units:
        raise UsageError("the models judge no unit in common", "compare models of images with each other")
    record: dict[str, Any] = {"models": list(models), "bootstrap_samples": samples, "note": CLUSTER_NOTE, "units": {}}
    for unit in units:
        record["units"][unit] = _unit({name: found[unit] for name, found in levels.items()}, samples)
    return record


def _unit(levels: Mapping[str, Level], samples: int) -> dict[str, Any]:
    depth = max(key_depth([row for example in level.examples for row in example.rows]) for level in levels.values())
    places = {
        name: {_key(level, index, depth): index for index in range(len(level.examples))}
        for name, level in levels.items()
    }
    common = [key for key in next(iter(places.values())) if all(key in found for found in places.values())]
    if not common:
        raise UsageError("the models have no judged images in common", "judge them on the same data")
    first = next(iter(levels.values()))
    chosen = {name: [found[key] for key in common] for name, found in places.items()}
    labels = first.labels()[chosen[next(iter(levels))]]
    for name, level in levels.items():
        if not np.array_equal(level.labels()[chosen[name]], labels):
            raise UsageError(f"{name} knows other labels for the same images", "judge all models on the same table")
    rows = [row for index in chosen[next(iter(levels))] for row in first.examples[index].rows]
    reason = void_reason(first.unit, rows)
    if reason:
        return {"void": reason}
    women = first.women()[chosen[next(iter(levels))]]
    ranks = {name: level.ranks[chosen[name]] for name, level in levels.items()}
    shares = {name: level.probabilities[chosen[name]] for name, level in levels.items()}
    names = list(levels)
    return {
        "examples": len(common),
        "positives": int(labels.sum()),
        "women": int(np.unique(women).size),
        "left_out": {name: len(level.examples) - len(common) for name, level in levels.items()},
        "auroc": {
            name: by_woman(weighted.auroc, labels, ranks[name], women, samples=samples).record() for name in names
        },
        "pairs": [
            _pair(names[i], names[j], labels, ranks, shares, women, samples)
            for i in range(len(names))
            for j in range(i + 1, len(names))
        ],
    }


def _key(level: Level, index: int, depth: int) -> tuple[str, ...]:
    """What makes an example the same one for two models: her images, or the breast or woman herself."""
    example = level.examples[index]
    if level.unit == "image":
        return image_key(example.rows[0], depth)
    return (example.rows[0].breast_id if level.unit == "breast" else example.patient_id,)


def _pair(
    first: str,
    second: str,
    labels: NDArray[np.int64],
    ranks: Mapping[str, Scores],
    shares: Mapping[str, Scores],
    women: NDArray[np.str_],
    samples: int,
) -> dict[str, Any]:
    def boot(figure: weighted.Figure, scores: Mapping[str, Scores]) -> dict[str, float] | None:
        return told_difference(paired(figure, labels, scores[first], scores[second], women, samples=samples))

    return {
        "first": first,
        "second": second,
        "auroc_difference": boot(weighted.auroc, ranks),
        "auprc_difference": boot(weighted.auprc, ranks),
        "brier_difference": boot(weighted.brier, shares),
        "delong": told_difference(delong(labels, ranks[first], ranks[second])),
        "delong_clustered": told_difference(delong(labels, ranks[first], ranks[second], women)),
    }


def told_difference(found: Difference) -> dict[str, float] | None:
    """A difference as JSON; None where it could not be had."""
    record = asdict(found)
    return record if all(np.isfinite(value) for value in record.values()) else None


def table(record: Mapping[str, Any]) -> Sequence[str]:
    """The comparison as lines of text."""
    lines = []
    for unit, found in record["units"].items():
        if "void" in found:
            lines.append(f"per {unit}: {found['void']}")
            continue
        lines.append(f"per {unit}: {found['examples']} of {found['women']} women, {found['positives']} positive")
        for name, auroc in found["auroc"].items():
            lines.append(f"  AUROC {span(auroc)}  {name}")
        for pair in found["pairs"]:
            lines.append(f"  {pair['first']} less {pair['second']}:")
            for key, words in (
                ("auroc_difference", "AUROC, bootstrap over women"),
                ("delong_clustered", "AUROC, Obuchowski (women as clusters)"),
                ("delong", "AUROC, DeLong (takes images as independent)"),
                ("auprc_difference", "AUPRC, bootstrap over women"),
                ("brier_difference", "Brier score, bootstrap over women"),
            ):
                if pair[key] is not None:
                    lines.append(f"    {span(pair[key], '+.3f')} p {pair[key]['p']:.3g}  {words}")
    return lines


def span(found: Mapping[str, float] | None, form: str = ".3f") -> str:
    """A figure with its interval, as text."""
    if found is None:
        return "not to be had"
    return f"{found['value']:{form}} ({found['low']:{form}} to {found['high']:{form}})"
