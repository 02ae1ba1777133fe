"""Owns the figures of a ladder: each rung at each unit, beside what can be had without a picture. Never fits."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from training import weighted
from training.bootstrap import by_woman
from training.cache import InputCache
from training.calibration import Calibration
from training.evaluation.comparison import Judged, compare
from training.evaluation.levels import levels_of, void_reason
from training.leaks import leak_meter
from training.metadata import COUNTED, KNOWN, MetadataModel, majority_accuracy
from training.predictions import UNITS, Example, Predictions, examples_of
from training.split import Split

METADATA, METADATA_WITH_COUNTS = "metadata", "metadata with counts"
FEATURES = {METADATA: KNOWN, METADATA_WITH_COUNTS: COUNTED}
"""What the rules without pictures go by."""


def meter_of(cache: InputCache, split: Split, part: str) -> float:
    """AUROC per image of remembering women and pictures of the parts that were seen before `part`, the worse one.
    Raises LeakError."""
    names = ("train", "validation") if part == "test" else ("train",)
    seen = {name: split.indices(cache.rows, name) for name in names}
    found = leak_meter(cache.rows, {**seen, "test": split.indices(cache.rows, part)}, cache.inputs)
    return max(found.values(), key=lambda value: abs(value - 0.5))


def unit_figures(
    cache: InputCache,
    split: Split,
    part: str,
    judged: Mapping[str, Judged],
    *,
    reference: str | None,
    meter: float,
    samples: int,
) -> dict[str, Any]:
    """The rungs at each unit, or why the unit is void. `judged`: what each says of the examples of `part`; `reference`:
    which of them the others must beat; `meter`: the leak meter's AUROC per image."""
    rows = [cache.rows[index] for index in split.indices(cache.rows, part)]
    train = [cache.rows[index] for index in split.indices(cache.rows, "train")]
    found: dict[str, Any] = {}
    for unit in UNITS:
        reason = void_reason(unit, rows)
        if reason:
            found[unit] = {"void": reason}
            continue
        rungs = [_majority(train, rows, unit)]
        if unit == "image":
            rungs.append(_rung("leak meter", {"value": meter}, None, None))
        rules = {
            name: (_metadata(cache.rows, train, rows, unit, counts=counted), Calibration())
            for name, counted in ((METADATA, False), (METADATA_WITH_COUNTS, True))
        }
        here = {name: one for name, one in judged.items() if UNITS.index(one[0].unit) <= UNITS.index(unit)}
        base = here.get(reference) if reference is not None else None
        dense = _auroc(base, unit, samples) if base is not None else None
        for name, one in {**rules, **here}.items():
            own = _auroc(one, unit, samples)
            less = _difference(one, base, unit, samples) if base is not None and name != reference else None
            rungs.append({**_rung(name, own, less, dense), "system": name in here})
        positives = [max(row.label for row in rows_) for rows_ in _examples(rows, unit)]
        women = len({row.patient_id for row in rows})
        found[unit] = {"examples": len(positives), "positives": sum(positives), "women": women, "rungs": rungs}
    return found


def _rung(name: str, auroc: Any, less: Any, dense: Any) -> dict[str, Any]:
    above = auroc["value"] > dense["high"] if auroc and dense and less is not None else None
    return {"name": name, "auroc": auroc, "less_reference": less, "above_reference": above, "system": False}


def _examples(rows: Sequence[Any], unit: str) -> list[list[Any]]:
    return [[rows[index] for index in group] for group in examples_of(rows, unit)]


def _majority(train: Sequence[Any], rows: Sequence[Any], unit: str) -> dict[str, Any]:
    fitted, here = (
        np.array([max(row.label for row in group) for group in _examples(part, unit)]) for part in (train, rows)
    )
    share = majority_accuracy(fitted, here)
    return {**_rung(f"majority (accuracy {share:.3f})", {"value": 0.5}, None, None), "accuracy": share}


def _metadata(everything: Sequence[Any], train: Sequence[Any], rows: Sequence[Any], unit: str, *, counts: bool) -> Any:
    """What the model without pictures says, fitted on training women, as predictions of `unit`."""
    fitted, examples = ([Example(tuple(group)) for group in _examples(part, unit)] for part in (train, rows))
    logits = MetadataModel(everything, counts=counts).fit(fitted).logits(examples)
    both = np.stack([np.zeros_like(logits), logits], axis=1)
    return Predictions(unit, tuple(examples), both, ("non-cancer", "cancer"), 1)


def _auroc(judged: Judged, unit: str, samples: int) -> dict[str, float] | None:
    level = next(level for level in levels_of(*judged) if level.unit == unit)
    return by_woman(weighted.auroc, level.labels(), level.ranks, level.women(), samples=samples).record()


def _difference(judged: Judged, reference: Judged, unit: str, samples: int) -> dict[str, float] | None:
    """The AUROC less the reference's on the same examples, by paired bootstrap over women."""
    found = compare({"this": judged, "reference": reference}, samples=samples)["units"][unit]
    difference: dict[str, float] | None = found["pairs"][0]["auroc_difference"]
    return difference
