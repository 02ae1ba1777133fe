"""Owns what an evaluation keeps of its explanations, for the model card: a few figures, bound to the weights."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from training.evaluation.runs import read_json
from training.explanations.maps import BASELINES
from training.fitting.records import write_json


def summary(record: Mapping[str, Any]) -> dict[str, Any]:
    """The short form of a record: where it was measured, the pointing game of every map, ROAD, the sanity checks."""
    methods = record["methods"]
    return {
        "part": record["part"],
        "images": record["counts"]["images"],
        "women": record["counts"]["women"],
        "sources": record["sources"],
        "tolerance": record["tolerance"],
        "weights_sha256": record["weights_sha256"],
        "best_baseline": record["best_baseline"],
        "shown": shown_of(record),
        "pointing": {name: told["pointing"] for name, told in methods.items()},
        "road": {name: told["road"] for name, told in methods.items() if name not in BASELINES},
        "randomisation_passes": {name: told["passes"] for name, told in record["sanity"]["methods"].items()},
        "sensitivity": record["froc"]["sensitivity"] if record["froc"] else None,
    }


def note(run_folder: Path, record: Mapping[str, Any]) -> None:
    """Put the summary into the run's evaluation.json where there is one. Of the same weights figures count before "too
    few", and test women before validation women."""
    path = run_folder / "evaluation.json"
    if not path.is_file():
        return
    evaluation, now = read_json(path), summary(record)
    before = evaluation.get("explanations")
    if before and before["weights_sha256"] == now["weights_sha256"] and _weight(before) > _weight(now):
        return
    write_json(path, {**evaluation, "explanations": now})


def _weight(told: Mapping[str, Any]) -> tuple[bool, bool]:
    return isinstance(told["pointing"][shown_of(told)], Mapping), told["part"] == "test"


def shown_of(told: Mapping[str, Any]) -> str:
    """The name of the map that the application shows; records of before networks drew their own were of Grad-CAM."""
    return str(told.get("shown", "Grad-CAM"))
