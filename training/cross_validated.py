"""Owns what a card tells of an ablation table: the figures out of folds of the row that is the bundle's recipe.

Never fits or judges.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from mammoview.core.errors import InputRefusedError, UsageError
from training.evaluation.runs import read_json


def cross_validated(path: Path, row: str) -> dict[str, Any]:
    """The figures of `row` in the ablation.json at `path`: "folds", "women", "settings" of the row, "test_women_kept"
    (whether the standard split's test women were in no fold), and "figures", by name and unit {"value", "low", "high"}:
    AUROC of the row, and of age alone on the same women.

    Raises InputRefusedError where the file is no ablation table, UsageError where the row or its figure is absent.
    """
    told = read_json(path, "give the ablation.json that 'ablate' wrote")
    if not isinstance(told, dict) or not str(told.get("schema", "")).startswith("mammoview.ablation/"):
        raise InputRefusedError(f"{path}: is no ablation table", "give the ablation.json that 'ablate' wrote")
    if row not in told["systems"]:
        raise UsageError(f"{path}: no row is called {row!r}", f"choose of {', '.join(told['systems'])}")
    figures: dict[str, Any] = {}
    for unit, judged in told["units"].items():
        lines = {line["name"]: line for line in judged.get("rows", ())}
        for name, what in ((row, "AUROC"), ("age alone", "age alone")):
            if row in lines and lines.get(name, {}).get("auroc"):
                figures[f"{what} per {unit}"] = lines[name]["auroc"]
    if not figures:
        raise UsageError(f"{path}: row {row!r} has no figure", "let 'ablate' go on until all its folds are judged")
    return {
        "folds": told["folds"],
        "women": told["counts"]["women"],
        "row": row,
        "settings": list(_settings(told, row)),
        "test_women_kept": bool(told["without_test"]),
        "figures": figures,
    }


def _settings(told: Mapping[str, Any], row: str) -> list[str]:
    return [*told.get("given", ()), *told["systems"][row]["settings"]]
