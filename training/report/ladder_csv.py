"""Owns the ladder as CSV: one line for each rung at each unit, and for each system that was not run."""

from __future__ import annotations

import csv
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from training.checkpoint import replacing_text

COLUMNS = (
    "part",
    "inputs",
    "unit",
    "rung",
    "ran",
    "auroc",
    "low",
    "high",
    "difference",
    "difference_low",
    "difference_high",
    "p",
    "above_upper_limit",
    "system",
    "parameters",
    "rows",
    "columns",
    "epochs_given",
    "epochs",
    "epoch_chosen",
    "patch_epochs",
    "seconds",
    "cpu_seconds",
    "peak_bytes",
    "batch",
    "seconds_a_step",
    "cpu_seconds_a_step",
    "why_not_run",
)
_FACTS = (
    "system", "parameters", "rows", "columns", "epochs_given", "epochs", "epoch_chosen", "patch_epochs", "seconds",
)  # fmt: skip
_STEP = ("parameters", "rows", "columns", "batch", "peak_bytes", "seconds_a_step", "cpu_seconds_a_step")


def write_csv(record: Mapping[str, Any], path: Path) -> None:
    """Write the record of a ladder to `path`; times in seconds, memory in bytes, empty where nothing is told."""
    with replacing_text(path) as stream:
        writer = csv.DictWriter(stream, COLUMNS, restval="")
        writer.writeheader()
        writer.writerows(_lines(record))


def _lines(record: Mapping[str, Any]) -> list[dict[str, object]]:
    lines = [
        _line(record, part["crops"], unit, rung)
        for part in record["sections"]
        for unit, found in part["units"].items()
        for rung in found.get("rungs", ())
    ]
    for name, told in record["not_run"].items():
        step = told["step"] or {}
        cost = {key: step[key] for key in _STEP if step.get(key) is not None}
        lines.append({"part": record["part"], "rung": name, "ran": "false", "why_not_run": told["why"], **cost})
    return lines


def _line(record: Mapping[str, Any], crops: str, unit: str, rung: Mapping[str, Any]) -> dict[str, object]:
    auroc, less = rung["auroc"] or {}, rung["less_reference"] or {}
    told = record["systems"].get(rung["name"], {}) if rung["system"] else {}
    costs = told.get("costs") or {}
    found = {
        "part": record["part"],
        "inputs": crops,
        "unit": unit,
        "rung": rung["name"],
        "ran": "true",
        "auroc": auroc.get("value"),
        "low": auroc.get("low"),
        "high": auroc.get("high"),
        "difference": less.get("value"),
        "difference_low": less.get("low"),
        "difference_high": less.get("high"),
        "p": less.get("p"),
        "above_upper_limit": None if rung["above_reference"] is None else str(rung["above_reference"]).lower(),
        **{name: told.get(name) for name in _FACTS},
        "cpu_seconds": costs.get("cpu_seconds"),
        "peak_bytes": costs.get("peak_bytes"),
    }
    return {name: value for name, value in found.items() if value is not None}
