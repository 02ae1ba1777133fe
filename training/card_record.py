"""Owns the model card as a record for programs, beside the one in words: schema "mammoview.card/1", checked."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from mammoview.core.errors import UsageError
from mammoview.inference.gradcam import CellField
from training.card_words import FAILURES, LICENCES, is_out_of_folds, lesser_use, sources_of
from training.origin import origin
from training.predictions import UNITS
from training.split import PARTS

SCHEMA = "mammoview.card/1"
NOT_FOR_DIAGNOSIS = "not for diagnosis"
POINTS = ("high-sensitivity", "balanced", "high-specificity")
TOO_FEW = "too few"
OUT_OF_FOLDS = "out of folds"
""""judged" of a card whose figures are of networks of the same recipe; see `evaluation.out_of_folds`."""

_KEYS: Mapping[str, type | tuple[type, ...]] = {
    "schema": str, "name": str, "version": str, "intended_use": str, "unit": str, "classes": list, "suspicious": str,
    "input": dict, "started_from": str, "data": list, "modalities": list, "counts": dict, "split_hashes": dict,
    "command": str, "bootstrap_samples": int, "test_reads": int, "figures": dict, "void": dict, "baselines": dict,
    "cross_validated": (dict, type(None)), "calibration": dict, "operating_points": dict, "subgroups": dict,
    "explanation": dict, "gate": dict, "failures": list,
}  # fmt: skip


def card_record(
    evaluation: Mapping[str, Any],
    *,
    name: str,
    version: str,
    intended_use: str,
    grid: CellField,
    gate: Mapping[str, Any] | None = None,
    explanation: str = "grad-cam",
) -> dict[str, Any]:
    """What `card.model_card` says in words, of the same arguments, as JSON; `explanation`: one of
    `mammoview.inference.gradcam.METHODS`. Raises UsageError as `checked_card` does."""
    test, params = evaluation["test"], evaluation["preprocess"]["params"]
    fitted, config = set(evaluation["sources"]), evaluation["config"]
    record = {
        "schema": SCHEMA,
        "name": name,
        "version": version,
        "intended_use": intended_use,
        "unit": evaluation.get("unit", "image"),
        "classes": list(evaluation.get("classes", ())),
        "suspicious": evaluation.get("suspicious", ""),
        "input": {"rows": params["rows"], "columns": params["columns"], "fit": params.get("fit", "stretch")},
        "started_from": origin(evaluation.get("start")),
        "seed": config.get("seed"),
        "epochs": dict(evaluation["epochs"]),
        "data": [
            {
                "source": source,
                "title": LICENCES.get(source, (source, ""))[0],
                "licence": LICENCES.get(source, ("", "not known"))[1],
                "use": "fitting and judging" if source in fitted else lesser_use(source, evaluation),
            }
            for source in sources_of(evaluation)
        ],
        "modalities": list(evaluation.get("modalities", ())),
        "judged": OUT_OF_FOLDS if is_out_of_folds(evaluation) else "women held back",
        "folds": evaluation.get("folds"),
        "counts": {part: dict(evaluation["counts"][part]) for part in PARTS},
        "split_hashes": dict(evaluation["split_hashes"]),
        "command": evaluation["command"],
        "bootstrap_samples": evaluation["bootstrap_samples"],
        "test_reads": evaluation["test_reads_with_neighbours"],
        "figures": {unit: test[unit] for unit in UNITS if test.get(unit, {}).get("auroc")},
        "void": {
            unit: test[unit].get("void", TOO_FEW) for unit in UNITS if unit in test and not test[unit].get("auroc")
        },
        "baselines": test["baselines"],
        "cross_validated": evaluation.get("cross_validated"),
        "calibration": {**evaluation["calibration"], "reliability": evaluation.get("reliability")},
        "operating_points": dict(evaluation["operating_points"]),
        "subgroups": dict(test["subgroups"]),
        "explanation": {
            "method": explanation,
            "rows": grid.rows,
            "columns": grid.columns,
            "measured": evaluation.get("explanations"),
        },
        "gate": dict(gate or {}),
        "failures": list(FAILURES),
    }
    return checked_card(record)


def checked_card(record: Mapping[str, Any]) -> dict[str, Any]:
    """The record, where it keeps to the schema: all of its keys, a word against diagnosis, three operating points and
    figures with intervals that hold them, a figure or "too few" for each subgroup, hashes of all parts.

    Raises UsageError naming the first place that does not.
    """
    for key, kind in _KEYS.items():
        _require(isinstance(record.get(key), kind), key, "is not there" if key not in record else "is of another kind")
    _require(record["schema"] == SCHEMA, "schema", f"is not {SCHEMA}")
    _require(NOT_FOR_DIAGNOSIS in record["intended_use"].lower(), "intended_use", f"does not say {NOT_FOR_DIAGNOSIS!r}")
    for part in PARTS:
        _require(bool(record["split_hashes"].get(part)), f"split_hashes.{part}", "is not there")
    _require(bool(record["figures"]), "figures", "holds none")
    for unit, figures in record["figures"].items():
        _interval(figures.get("auroc"), f"figures.{unit}.auroc")
    for name in POINTS:
        point = record["operating_points"].get(name, {})
        _require(0 <= point.get("threshold", -1) <= 1, f"operating_points.{name}.threshold", "is no probability")
        for figure in ("sensitivity", "specificity"):
            _interval(point.get(figure), f"operating_points.{name}.{figure}")
    for kind, groups in record["subgroups"].items():
        for value, group in groups.items():
            if group.get("auroc") != TOO_FEW:
                _interval(group.get("auroc"), f"subgroups.{kind}.{value}.auroc")
    return dict(record)


def _interval(figure: object, place: str) -> None:
    _require(isinstance(figure, Mapping), place, "has no figure with its interval")
    assert isinstance(figure, Mapping)
    value, low, high = (figure.get(part, float("nan")) for part in ("value", "low", "high"))
    _require(0 <= low <= value <= high <= 1, place, "does not lie in its interval")


def _require(truth: bool, place: str, why: str) -> None:
    if not truth:
        raise UsageError(f"the model card: {place} {why}", "evaluate the run again")
