"""The reports of the two ladders that are kept: whole, small, of the bundled files, and of nobody's machine."""

from __future__ import annotations

import csv
import re
from pathlib import Path

import pytest

from training.ladder_spec import bundled_ladders, read_ladder
from training.report.ladder_csv import COLUMNS

DOCS = Path(__file__).resolve().parents[2] / "resources" / "docs"
KEPT = ("rsna", "synthetic")


def page_of(name: str) -> str:
    return (DOCS / f"ladder-{name}.html").read_text(encoding="utf-8")


def lines_of(name: str) -> list[dict[str, str]]:
    with (DOCS / f"ladder-{name}.csv").open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream))


@pytest.mark.parametrize("name", KEPT)
def test_a_kept_report_is_of_every_rung_of_its_file(name: str) -> None:
    assert name in bundled_ladders()
    spec = read_ladder(name)
    found = {line["rung"]: line["ran"] for line in lines_of(name)}
    assert {rung.name for rung in spec.rungs} <= {rung for rung, ran in found.items() if ran == "true"}
    assert {one.rung.name for one in spec.not_run} <= {rung for rung, ran in found.items() if ran == "false"}
    assert f"--config {name} " in page_of(name)


@pytest.mark.parametrize("name", KEPT)
def test_a_kept_report_judges_test_women_with_intervals_and_costs(name: str) -> None:
    lines = lines_of(name)
    assert tuple(lines[0]) == COLUMNS
    assert {line["part"] for line in lines} == {"test"}
    ran = [line for line in lines if line["system"] and line["ran"] == "true"]
    assert all(float(line["low"]) <= float(line["auroc"]) <= float(line["high"]) for line in ran)
    assert all(float(line["peak_bytes"]) > 0 and float(line["cpu_seconds"]) > 0 for line in ran)
    for line in ran:
        assert f"{float(line['auroc']):.3f} ({float(line['low']):.3f} to {float(line['high']):.3f})" in page_of(name)


@pytest.mark.parametrize("name", KEPT)
def test_a_kept_report_names_no_woman_and_no_folder(name: str) -> None:
    text = page_of(name) + (DOCS / f"ladder-{name}.csv").read_text(encoding="utf-8")
    assert len(text.encode()) < 300_000
    assert not re.search(r"/(home|work|tmp|root|Users)/|SYN-\d|\.dcm|\.jpe?g|\.png", text)
    assert "http" not in text.replace("http-equiv", "")
