"""The ladder as text, CSV, JSON and page: every figure with its interval, costs, what was not run, what others
printed."""

from __future__ import annotations

import csv
import json
import re
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest

from training.published import JUDGEMENTS, NOTE, published
from training.report.intervals import Interval, forest
from training.report.ladder_page import ladder_lines, ladder_page, write_ladder


def _figure(value: float) -> dict[str, float]:
    return {"value": value, "low": value - 0.1, "high": value + 0.1}


def _rung(name: str, value: float, *, system: bool = True, less: float | None = None) -> dict[str, Any]:
    difference = None if less is None else {**_figure(less), "p": 0.03}
    above = None if less is None else less > 0.1
    return {
        "name": name,
        "auroc": _figure(value),
        "less_reference": difference,
        "above_reference": above,
        "system": system,
    }


def _system(crops: str, *, costs: dict[str, Any] | None) -> dict[str, Any]:
    return {
        "system": "small-resnet",
        "description": "a network",
        "settings": ["stopping.epochs=4"],
        "unit": "image",
        "crops": crops,
        "rows": 64,
        "columns": 32,
        "parameters": 12345,
        "epochs_given": 9,
        "epochs": 7,
        "epoch_chosen": 3,
        "patch_epochs": 2,
        "seconds": 61.0,
        "costs": costs,
        "test_reads": 0,
    }


def _section(crops: str, reference: str, rungs: list[dict[str, Any]]) -> dict[str, Any]:
    told = {"women": 10, "women_positive": 5, "breasts": 10, "images": 20, "images_positive": 10}
    return {
        "crops": crops,
        "reference": reference,
        "counts": dict.fromkeys(("train", "validation", "test"), told),
        "split": {"seed": 1, "hashes": {"test": "abcd"}, "notes": []},
        "preprocess": {},
        "units": {
            "image": {"examples": 20, "positives": 10, "women": 10, "rungs": rungs},
            "breast": {"void": "one breast each"},
        },
    }


@pytest.fixture
def record() -> dict[str, Any]:
    """A ladder of two systems of whole images and one of crops."""
    costs = {"peak_bytes": 1_500_000_000, "before_bytes": 500_000_000, "cpu_seconds": 125.0, "processes": 1}
    step = {
        "seconds_a_step": 12.34,
        "cpu_seconds_a_step": 20.0,
        "batch": 2,
        "rows": 1024,
        "columns": 512,
        "parameters": 777,
        "peak_bytes": 4_200_000_000,
    }
    whole = [
        _rung("metadata", 0.55, system=False, less=0.02),
        _rung("dense-baseline", 0.53),
        _rung("better", 0.73, less=0.2),
    ]
    return {
        "schema": "mammoview.ladder/2",
        "name": "rsna",
        "remark": "A remark.",
        "before": ["python -m training prepare SET"],
        "part": "validation",
        "reference": "dense-baseline",
        "features": {"metadata": "age"},
        "given": ["run.batch=4"],
        "bootstrap_samples": 50,
        "sections": [_section("whole", "dense-baseline", whole), _section("roi", "", [_rung("cropped", 0.9)])],
        "systems": {
            "dense-baseline": _system("whole", costs=None),
            "better": _system("whole", costs=costs),
            "cropped": _system("roi", costs=costs),
        },
        "not_run": {"dear": {"why": "too dear", "step": step}, "other": {"why": "not asked for", "step": None}},
        "test_reads": {},
        "machine": {"processor": "A processor", "cores": 2, "accelerators": [], "system": "Linux x86_64"},
        "versions": {"python": "3.11"},
    }


def _line(record: Any, name: str) -> str:
    return next(line for line in ladder_lines(record) if line.startswith(name + " "))


def test_a_rung_has_its_interval_its_costs_and_its_epochs(record: Any) -> None:
    line = _line(record, "better")
    for told in ("0.730 (0.630 to 0.830)", "+0.200 (+0.100 to +0.300)", "0.03", "yes", "12,345", "64 x 32"):
        assert told in line
    for told in ("3 of 7 of 9, after 2 on patches", "2:05", "1:01", "1.50 GB"):
        assert told in line
    assert "not measured" in _line(record, "dense-baseline")


def test_the_headline_is_what_beats_the_baselines_upper_limit(record: Any) -> None:
    assert "Above the dense baseline's upper limit of 0.630: better. Metadata alone have 0.550." in "\n".join(
        ladder_lines(record)
    )
    record["sections"][0]["units"]["image"]["rungs"][2]["above_reference"] = False
    assert "No system is above the dense baseline's upper limit of 0.630." in "\n".join(ladder_lines(record))


def test_crops_are_named_as_crops_and_stand_apart(record: Any) -> None:
    lines = ladder_lines(record)
    crops = next(
        place for place, line in enumerate(lines) if line.startswith("Crops of lesions. Judged on 20 crops of")
    )
    assert lines[0].startswith("Whole images. Judged on 20 images of 10 validation women")
    assert lines.index(_line(record, "better")) < crops < lines.index(_line(record, "cropped"))
    assert any(line.startswith("per crop of a lesion: ") for line in lines[crops:])
    assert "No dense baseline was run to be beaten." in "\n".join(lines[crops:])


def test_what_was_not_run_tells_the_cost_of_a_step(record: Any) -> None:
    line = _line(record, "dear")
    for told in ("too dear", "777", "2 of 1024 x 512", "12.3 s", "20.0 s", "4.20 GB"):
        assert told in line
    assert _line(record, "other").split(maxsplit=1)[1] == "not asked for"


def test_a_void_unit_says_why(record: Any) -> None:
    assert "per breast: one breast each" in ladder_lines(record)
    assert "one breast each" in ladder_page(record)


def test_the_csv_has_every_rung_and_cost(record: Any, tmp_path: Path) -> None:
    write_ladder(record, tmp_path)
    with (tmp_path / "ladder.csv").open(encoding="utf-8") as stream:
        found = {(row["inputs"], row["rung"]): row for row in csv.DictReader(stream)}
    own = found["whole", "better"]
    assert [float(own[key]) for key in ("auroc", "low", "high", "difference", "p")] == pytest.approx(
        [0.73, 0.63, 0.83, 0.2, 0.03]
    )
    assert (own["unit"], own["ran"], own["above_upper_limit"], own["peak_bytes"]) == (
        "image",
        "true",
        "true",
        "1500000000",
    )
    assert (own["cpu_seconds"], own["epochs_given"], own["patch_epochs"]) == ("125.0", "9", "2")
    assert found["whole", "metadata"]["parameters"] == ""
    dear = found["", "dear"]
    assert (dear["ran"], dear["why_not_run"], dear["batch"], dear["seconds_a_step"]) == (
        "false",
        "too dear",
        "2",
        "12.34",
    )
    assert found["roi", "cropped"]["unit"] == "image"


def test_the_page_draws_each_interval_and_repeats_the_command(record: Any, tmp_path: Path) -> None:
    lines = write_ladder(record, tmp_path)
    assert (tmp_path / "ladder.txt").read_text(encoding="utf-8").splitlines() == lines
    assert json.loads((tmp_path / "ladder.json").read_text(encoding="utf-8")) == record
    page = (tmp_path / "ladder.html").read_text(encoding="utf-8")
    drawings = [ElementTree.fromstring(text) for text in re.findall(r"<svg.*?</svg>", page, re.DOTALL)]
    assert [len(drawing.findall("circle")) for drawing in drawings] == [3, 1]
    assert "upper limit of dense-baseline" in page
    assert "python -m training ladder CACHE --roi CROPS --config rsna --set run.batch=4 --out DIR" in page.replace(
        "&quot;", '"'
    )
    for told in ("A remark.", "python -m training prepare SET", "A processor, 2 cores, no GPU", "0.50 GB of it", NOTE):
        assert told in page


def test_validation_figures_are_called_too_good_and_test_reads_are_told(record: Any) -> None:
    assert "chosen on these very women" in ladder_page(record)
    record["part"], record["test_reads"] = "test", {"better": 3}
    page = ladder_page(record)
    assert "chosen on these very women" not in page
    assert "were read 3 times" in page
    record["test_reads"] = {"better": 1, "cropped": 1}
    assert "were read 2 times" in ladder_page(record), "crops show the same women"
    assert "--out DIR --test" in page


def test_what_others_printed_stands_under_it_with_its_judgement(record: Any) -> None:
    page = ladder_page(record)
    for one in published():
        assert one.result in page
        assert one.credible in JUDGEMENTS
        assert all((one.data, one.judged, one.source, one.why))


@pytest.mark.parametrize(
    ("words", "credible"),
    [
        ("AUROC 0.8343", "yes"),
        ("AUROC 0.8658", "yes"),
        ("accuracy 93.7 %", "no"),
        ("accuracy 99.85", "no"),
        ("accuracy 98.71 %", "no"),
        ("accuracy 61.0 %", "yes"),
        ("probabilistic F1 0.55", "yes"),
        ("probabilistic F1 0.15, several views 0.20", "yes"),
        ("AUROC 0.92", "with care"),
    ],
)
def test_a_printed_figure_is_judged_as_it_was_read(words: str, credible: str) -> None:
    (found,) = [one for one in published() if words in one.result]
    assert found.credible == credible


def test_an_interval_is_drawn_where_it_lies() -> None:
    lines = [Interval(name="a & b", value=0.6, low=0.5, high=0.7), Interval(name="c", value=0.9, low=0.9, high=0.9)]
    text = forest(lines, title="t", x_label="AUROC", marks=[("chance", 0.5, 2)])
    drawing = ElementTree.fromstring(re.findall(r"<svg.*?</svg>", text, re.DOTALL)[0])
    first, second = (float(circle.get("cx", "")) for circle in drawing.findall("circle"))
    low, high = map(float, re.findall(r'class="l1" d="M([\d.]+) [\d.]+H([\d.]+)"', text)[0])
    assert first == pytest.approx((low + high) / 2, abs=0.1)
    assert second - first == pytest.approx(1.5 * (high - low), abs=0.2)
    assert len(re.findall(r'class="l1" d="M', text)) == 1, "what has no interval is a point"
    assert f'class="l2 dashed" d="M{low:.1f} ' in text
    assert [node.text for node in drawing.findall("text")][-3:-1] == ["a & b", "c"]
    assert forest([], title="t", x_label="AUROC") == ""


def test_a_drawing_has_room_for_its_longest_name() -> None:
    name = "lesion map first, lesion sets beside"
    text = forest([Interval(name=name, value=0.6, low=0.5, high=0.7)], title="t", x_label="AUROC")
    (end,) = re.findall(rf'<text x="(\d+)"[^>]*>{name}</text>', text)
    assert int(end) >= 6 * len(name)
