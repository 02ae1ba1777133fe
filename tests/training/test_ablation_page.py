"""The ablation table as text, CSV, JSON and page: every figure with its interval, what helps, what is above age."""

from __future__ import annotations

import csv
import json
import re
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest

from training.report.ablation_page import ablation_lines, ablation_page, helps, verdict, write_ablation


def _figure(value: float) -> dict[str, float]:
    return {"value": value, "low": value - 0.05, "high": value + 0.05}


def _line(
    name: str, value: float, *, less: float | None = None, best: str | None = None, **more: Any
) -> dict[str, Any]:
    difference = None if less is None else {**_figure(less), "p": 0.03}
    return {
        "name": name,
        "picture": True,
        "examples": 20,
        "auroc": _figure(value),
        "within_folds": _figure(value - 0.01),
        "folds": [value, value],
        "less_base": difference,
        "less_best": difference,
        "best": best,
        "less_age": _figure(value - 0.57) | {"p": 0.5},
        "above_age": value - 0.05 > 0.57,
        **more,
    }


def _system(kind: str, **more: Any) -> dict[str, Any]:
    return {
        "kind": kind,
        "made_of": [],
        "networks": [],
        "flips": [],
        "calibrations": [],
        "system": "small-resnet",
        "settings": ["optimiser.ema=0.9"],
        "rows": 64,
        "columns": 32,
        "epochs": [{"chosen": 2, "run": 3}, {"chosen": 1, "run": 3}],
        "origin": "random weights",
        "warnings": [],
        "costs": {"cpu_seconds": 125.0, "wall_seconds": 100.0, "peak_bytes": 1_500_000_000},
        **more,
    }


@pytest.fixture
def record() -> dict[str, Any]:
    """A table of a base, a row that helps and one that cannot be told from it."""
    silent: dict[str, Any] = {"picture": False, "less_age": None, "above_age": None, "less_best": None}
    lines = [
        _line("age alone", 0.57, **silent),
        _line("metadata", 0.6, **silent),
        _line("base", 0.55),
        _line("helping", 0.65, less=0.1, best="base"),
        _line("flips", 0.66, less=0.01, best="helping"),
    ]
    return {
        "schema": "mammoview.ablation/1",
        "name": "levers.toml",
        "remark": "A remark.",
        "given": ["run.batch=4"],
        "base": "base",
        "folds": 2,
        "without_test": True,
        "bootstrap_samples": 50,
        "features": {"age alone": "the older, the more suspicious"},
        "counts": {"images": 20, "women": 10, "women_positive": 5, "breasts": 10, "images_positive": 10},
        "kept_for_the_test": 4,
        "split": {"seed": 1, "hashes": {"fold 0": "abcd", "fold 1": "ef01"}},
        "preprocess": {},
        "units": {
            "image": {"examples": 20, "positives": 10, "women": 10, "rows": lines},
            "woman": {"void": "void: one breast each"},
        },
        "systems": {
            "base": _system("fitted"),
            "helping": _system("fitted", warnings=["fold 1: 3 women were seen"], costs=None),
            "flips": _system("flipped", made_of=["base"], flips=["rows"]),
        },
        "not_run": {"large": "its process was ended by signal 9"},
        "machine": {"processor": "A processor", "cores": 2, "accelerators": [], "system": "Linux x86_64"},
        "versions": {"python": "3.11"},
    }


def _text(record: Any, name: str) -> str:
    return next(line for line in ablation_lines(record) if line.startswith(name + " "))


def test_a_row_has_its_interval_its_differences_and_its_costs(record: Any) -> None:
    line = _text(record, "flips")
    for told in ("0.660 (0.610 to 0.710)", "0.650 (0.600 to 0.700)", "+0.010 (-0.040 to +0.060) (helping)", "0.03"):
        assert told in line
    for told in ("+0.090 (+0.040 to +0.140)", "yes", "not told", "2:05", "1.50 GB"):
        assert told in line
    assert "not measured" in _text(record, "helping")


@pytest.mark.parametrize(("less", "word"), [(0.1, "yes"), (-0.1, "no"), (0.01, "not told"), (None, "")])
def test_a_lever_helps_only_by_its_interval(less: float | None, word: str) -> None:
    assert helps(_line("a", 0.6, less=less)) == word


def test_the_verdict_names_what_is_above_age_and_what_helped(record: Any) -> None:
    found = record["units"]["image"]
    assert verdict(found) == (
        "With its lower limit above age alone, 0.570: helping, flips. Better than all above it: helping."
    )
    del found["rows"][3:]
    assert verdict(found) == "No lower limit is above age alone, 0.570. No row is shown to help."


def test_women_seen_before_are_warned_of_first(record: Any) -> None:
    page = ablation_page(record)
    assert page.index("helping, fold 1: 3 women were seen.") < page.index("Per image")
    assert "cannot judge what was chosen" not in page
    record["without_test"] = False
    assert "cannot judge what was chosen" in ablation_page(record)
    assert "--no-without-test" in ablation_page(record)


def test_women_kept_for_the_test_are_told(record: Any) -> None:
    assert "4 women who are kept for the test are in no fold" in ablation_lines(record)[0]


def test_a_void_unit_and_a_row_that_is_lacking_say_why(record: Any) -> None:
    lines = ablation_lines(record)
    assert "per woman: void: one breast each" in lines
    assert "large: its process was ended by signal 9" in lines


def test_a_table_of_no_rows_yet_is_written(record: Any, tmp_path: Path) -> None:
    record["units"], record["systems"] = {}, {}
    assert "not in the table:" in write_ablation(record, tmp_path)


def test_the_page_draws_each_interval_and_repeats_the_command(record: Any, tmp_path: Path) -> None:
    lines = write_ablation(record, tmp_path)
    assert (tmp_path / "ablation.txt").read_text(encoding="utf-8").splitlines() == lines
    assert json.loads((tmp_path / "ablation.json").read_text(encoding="utf-8")) == record
    page = (tmp_path / "ablation.html").read_text(encoding="utf-8")
    (drawing,) = (ElementTree.fromstring(text) for text in re.findall(r"<svg.*?</svg>", page, re.DOTALL))
    assert len(drawing.findall("circle")) == 5
    assert "ablate CACHE --config levers.toml --set run.batch=4 --folds 2 --out DIR" in page
    for told in ("A remark.", "A processor, 2 cores, no GPU", "base with inputs mirrored along rows", "2 of 3, 1 of 3"):
        assert told in page


def test_the_csv_has_every_row_difference_and_cost(record: Any, tmp_path: Path) -> None:
    write_ablation(record, tmp_path)
    with (tmp_path / "ablation.csv").open(encoding="utf-8") as stream:
        found = {row["row"]: row for row in csv.DictReader(stream)}
    own = found["flips"]
    keys = ("auroc", "low", "high", "within_folds", "difference_to_best", "best_low", "best_p", "difference_to_age")
    assert [float(own[key]) for key in keys] == pytest.approx([0.66, 0.61, 0.71, 0.65, 0.01, -0.04, 0.03, 0.09])
    assert (own["kind"], own["best_above"], own["above_age"], own["peak_bytes"]) == (
        "flipped",
        "helping",
        "true",
        "1500000000",
    )
    assert found["age alone"]["kind"] == "without a picture"
    assert found["large"]["why_not_run"] == "its process was ended by signal 9"
