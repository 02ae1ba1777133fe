"""What a card tells of an ablation table: the row's own figures and those of age alone, and of which women."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from mammoview.core.errors import InputRefusedError, UsageError
from training.card_words import validation_words
from training.cross_validated import cross_validated


def _line(name: str, value: float | None) -> dict[str, Any]:
    return {
        "name": name,
        "auroc": None if value is None else {"value": value, "low": value - 0.05, "high": value + 0.05},
    }


@pytest.fixture
def table(tmp_path: Path) -> Path:
    units = {
        "image": {"rows": [_line("age alone", 0.62), _line("base", 0.55), _line("map", 0.68)]},
        "breast": {"rows": [_line("age alone", 0.61), _line("base", 0.56), _line("map", 0.7)]},
        "woman": {"void": "one breast each"},
    }
    told = {
        "schema": "mammoview.ablation/1",
        "folds": 5,
        "without_test": False,
        "given": ["run.batch=8"],
        "counts": {"women": 720},
        "systems": {"base": {"settings": []}, "map": {"settings": ["stopping.epochs=3"]}, "killed": {"settings": []}},
        "units": units,
    }
    path = tmp_path / "ablation.json"
    path.write_text(json.dumps(told))
    return path


def test_the_rows_figures_stand_beside_those_of_age_alone(table: Path) -> None:
    found = cross_validated(table, "map")
    assert {name: one["value"] for name, one in found["figures"].items()} == {
        "AUROC per image": 0.68,
        "age alone per image": 0.62,
        "AUROC per breast": 0.7,
        "age alone per breast": 0.61,
    }
    assert (found["folds"], found["women"], found["settings"]) == (5, 720, ["run.batch=8", "stopping.epochs=3"])


def test_the_words_say_of_what_the_figures_are(table: Path) -> None:
    words = validation_words({"cross_validated": cross_validated(table, "map")})
    assert "in 5 folds of 720 women: AUROC per image 0.680 (0.630 to 0.730)" in words
    assert '"map"' in words
    assert words.endswith("Those women were in the folds, too.")


@pytest.mark.parametrize(("row", "why"), [("other", "no row is called 'other'"), ("killed", "has no figure")])
def test_a_row_without_figures_is_refused(table: Path, row: str, why: str) -> None:
    with pytest.raises(UsageError, match=why):
        cross_validated(table, row)


def test_another_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "evaluation.json").write_text("{}")
    with pytest.raises(InputRefusedError, match="is no ablation table"):
        cross_validated(tmp_path / "evaluation.json", "map")
