"""Reports of evaluations that are made by hand: what they say, what they refuse, and their colours."""

from __future__ import annotations

import argparse
import csv
import json
import re
from dataclasses import replace
from itertools import combinations
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from mammoview.core.errors import InputRefusedError, UsageError
from tests.training.runs import PARAMS, make_cache
from training.__main__ import main
from training.calibration import Calibration
from training.commands import explain
from training.data.table import ImageRow
from training.evaluation.figures import coarser_points, level_figures, operating_points, subgroups, thresholds
from training.evaluation.levels import levels_of
from training.evaluation.runs import Run, assert_fitted_on, evaluate, options, read_evaluation
from training.evaluation.saved import save_predictions
from training.fitting.records import config_record, write_json
from training.predictions import Example, Predictions
from training.report import page
from training.report.evaluation_report import write_report
from training.report.explanations import drawn_part, explanation_lines
from training.report.sights import sight_of
from training.split import Split
from training.systems import load_system


def _evaluation(folder: Path, *, unit: str = "image", signal: float = 2.0, every_woman_sick: bool = False) -> Any:
    """Write an evaluation of 60 women, two breasts each, of a bundle that gives one score for each breast or woman."""
    rng = np.random.default_rng(0)
    rows = [
        ImageRow(
            file=Path(f"{woman}_{side}.png"),
            patient_id=f"made/{woman}",
            laterality=side,
            view="CC",
            label=int(side == "L" and (every_woman_sick or woman % 2 == 1)),
            source="made",
            density="ABCD"[woman % 4],
        )
        for woman in range(60)
        for side in "LR"
    ]
    examples = [Example((row,)) for row in rows]
    if unit == "woman":
        examples = [Example(tuple(rows[index : index + 2])) for index in range(0, len(rows), 2)]
    labels = np.array([example.label for example in examples])
    logits = np.stack([np.zeros(labels.size), signal * labels + rng.standard_normal(labels.size)], axis=1)
    predictions = Predictions(unit, tuple(examples), logits, ("non-cancer", "cancer"), 1)
    levels = levels_of(predictions, Calibration())
    chosen = thresholds(levels[0].labels(), levels[0].probabilities)
    coarser = {level.unit: chosen for level in levels[1:]}
    record = {
        "kind": "bundle",
        "name": "made 1.0",
        "bundle_sha256": "ab" * 32,
        "command": "python -m training evaluate made",
        "unit": unit,
        "classes": ["non-cancer", "cancer"],
        "suspicious": "cancer",
        "preprocess": PARAMS.to_json(),
        "split_hashes": {"judged": "00"},
        "counts": {"judged": {"women": 60, "women_positive": 30, "breasts": 120, "images": 120, "images_positive": 30}},
        "sources": ["made"],
        "modalities": ["mammogram"],
        "leak": {"state": "none", "women": 0, "allowed": False, "text": "none seen"},
        "calibration": {"method": "platt", "slope": 1.0, "intercept": 0.0, "fitted_on": "validation"},
        "operating_points": operating_points(levels[0], chosen, samples=20),
        "operating_points_of_coarser_units": coarser_points(levels, rows, coarser, samples=20),
        "test": {
            **{level.unit: level_figures(level, rows, samples=20) for level in levels},
            "baselines": {},
            "subgroups": subgroups(levels[0], samples=20),
        },
        "bootstrap_samples": 20,
        "versions": {"numpy": "1"},
    }
    folder.mkdir(parents=True, exist_ok=True)
    save_predictions(predictions, folder)
    write_json(folder / "evaluation.json", record)
    return record


def _text(folder: Path) -> str:
    return write_report(folder, folder / "report").read_text()


def test_every_unit_has_its_operating_points_and_confusion(tmp_path: Path) -> None:
    record = _evaluation(tmp_path)
    text = _text(tmp_path)
    for unit in ("image", "breast", "woman"):
        assert f"Per {unit}. Thresholds on the calibrated probability" in text
    assert text.count("truly suspicious") == 9
    with (tmp_path / "report" / "figures.csv").open() as stream:
        lines = list(csv.DictReader(stream))
    found = [line for line in lines if (line["unit"], line["group"], line["figure"]) == ("woman", "balanced", "f1")]
    expected = record["operating_points_of_coarser_units"]["woman"]["balanced"]["f1"]["value"]
    assert [float(line["value"]) for line in found] == [expected]
    assert {line["group"] for line in lines if line["value"] == "too few"} >= {"side: R", "density: A"}


def test_a_unit_of_one_class_has_no_curve_and_does_no_harm(tmp_path: Path) -> None:
    """Every woman has one sick and one healthy breast: all women are positive."""
    _evaluation(tmp_path, every_woman_sick=True)
    text = _text(tmp_path)
    assert "per breast" in text
    assert "nan" not in re.sub(r"<style>.*?</style>", "", text, flags=re.DOTALL)
    assert set(json.loads((tmp_path / "report" / "report.json").read_text())["curves"]["roc"]) == {"image", "breast"}


def test_a_model_of_one_class_is_refused_in_one_line(tmp_path: Path) -> None:
    record = _evaluation(tmp_path)
    record["test"]["image"]["auroc"] = None
    write_json(tmp_path / "evaluation.json", record)
    with pytest.raises(UsageError, match="no AUROC with an interval"):
        write_report(tmp_path, tmp_path / "report")


def test_a_model_that_ranks_the_wrong_way_is_said_to_be_worse_than_chance(tmp_path: Path) -> None:
    _evaluation(tmp_path / "wrong", signal=-3.0)
    assert "WORSE than chance" in _text(tmp_path / "wrong")
    _evaluation(tmp_path / "chance", signal=0.0)
    assert "The interval holds 0.5" in _text(tmp_path / "chance")


def test_several_of_a_woman_are_women(tmp_path: Path) -> None:
    _evaluation(tmp_path, unit="woman")
    text = _text(tmp_path)
    assert "womans" not in text
    assert ">women</th>" in text
    assert "leak meter" not in text


def test_a_report_fetches_nothing_and_names_no_path(tmp_path: Path) -> None:
    _evaluation(tmp_path)
    text = _text(tmp_path)
    assert not re.search(r"https?:|src=\"(?!data:)|<script|<link|@import|url\(", text)
    assert str(tmp_path) not in text


def test_explanations_of_other_weights_are_left_out_and_it_is_said(tmp_path: Path) -> None:
    told = {"schema": "mammoview.explanations/1", "part": "data", "weights_sha256": "cd" * 32, "methods": {}}
    _evaluation(tmp_path)
    (tmp_path / "explanations-data").mkdir()
    write_json(tmp_path / "explanations-data" / "explanations.json", told)
    assert "of other weights: run &#x27;explain&#x27; again" in _text(tmp_path)
    write_json(tmp_path / "explanations-data" / "explanations.json", {"methods": {}})
    with pytest.raises(InputRefusedError, match="no record of 'explain'"):
        explanation_lines(tmp_path)


def test_the_free_response_curve_ends_where_the_drawing_does() -> None:
    curve = {"false_positives_per_image": [0.0, 1.0, 9.0, 20.0], "sensitivity": [0.0, 0.25, 0.5, 1.0]}
    assert drawn_part(curve) == ([0.0, 1.0], [0.0, 0.25])


def test_learning_curves_name_the_figure_and_its_unit(tmp_path: Path) -> None:
    _evaluation(tmp_path)
    epochs = [
        {"epoch": n, "loss": 1 / n, "validation_auroc": 0.5 + n / 10, "figure": "AUROC per breast"} for n in (1, 2)
    ]
    write_json(tmp_path / "history.json", epochs)
    assert "validation AUROC per breast" in _text(tmp_path)


def test_a_cache_of_another_preprocessing_gives_no_pictures(tmp_path: Path) -> None:
    record = _evaluation(tmp_path)
    cache = make_cache(women=2)
    sight = sight_of(record, tmp_path, cache=cache, bundle=None)
    assert sight.find(cache.rows[0]) is not None
    assert "is needed" in write_report(tmp_path, tmp_path / "report", sight=sight).read_text()
    with pytest.raises(UsageError, match="another preprocessing"):
        sight_of({**record, "preprocess": {"id": "other"}}, tmp_path, cache=cache, bundle=None)


def test_a_run_that_was_fitted_on_since_gives_no_heat_maps(tmp_path: Path) -> None:
    record = {**_evaluation(tmp_path), "kind": "run", "weights_sha256": "ab" * 32}
    (tmp_path / "best.weights.h5").write_bytes(b"later")
    with pytest.raises(UsageError, match="was fitted on since"):
        sight_of(record, tmp_path, cache=None, bundle=None)


@pytest.mark.parametrize(
    ("text", "why"),
    [
        (None, "no such file.*run 'evaluate' first"),
        ('{"kind": "run", "te', "cannot be read"),
        ("[]", "is no evaluation"),
        ('{"kind": "run"}', "is no evaluation: lacks name, unit, test"),
    ],
)
def test_what_is_no_evaluation_is_refused_in_one_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], text: str | None, why: str
) -> None:
    if text is not None:
        (tmp_path / "evaluation.json").write_text(text)
    with pytest.raises(InputRefusedError, match=why):
        read_evaluation(tmp_path)
    for command in (["report", str(tmp_path), "--no-pictures"], ["compare", str(tmp_path), str(tmp_path)]):
        assert main(command) == 2
        error = capsys.readouterr().err
        assert error.count("\n") == 1
        assert re.search(why, error)


def test_a_bundle_is_no_evaluation(tmp_path: Path) -> None:
    (tmp_path / "bundle.json").write_text("{}")
    with pytest.raises(InputRefusedError, match="has judged nothing yet"):
        read_evaluation(tmp_path)


def _run(folder: Path, preprocess: str) -> Run:
    part_of = {f"made/{woman}": ("train", "validation", "test")[woman % 3] for woman in range(80)}
    return Run(folder, {"preprocess": preprocess}, Split(part_of, 1))


def test_a_run_is_judged_on_inputs_of_its_own_preprocessing(tmp_path: Path) -> None:
    cache = make_cache()
    assert_fitted_on(_run(tmp_path, cache.preprocess_hash), cache)
    with pytest.raises(UsageError, match="another preprocessing"):
        assert_fitted_on(_run(tmp_path, "0123"), cache)
    with pytest.raises(UsageError, match="20 women that the run does not know"):
        assert_fitted_on(_run(tmp_path, cache.preprocess_hash), make_cache(women=100))


def test_a_prevalence_that_is_none_is_refused_before_test_women_are_read(tmp_path: Path) -> None:
    cache = make_cache()
    with pytest.raises(UsageError, match="between 0 and 1"):
        evaluate(_run(tmp_path, cache.preprocess_hash), cache, prevalence=1.5)


@pytest.mark.parametrize("system", ["four-view", "two-view-small"])
def test_a_part_of_one_class_by_the_models_unit_is_refused(tmp_path: Path, system: str) -> None:
    """Every woman has a sick and a healthy breast: both classes per image and per breast, one per woman."""
    cache = make_cache()
    rows = tuple(
        replace(row, patient_id=f"made/{index // 4}", laterality="LR"[row.label])
        for index, row in enumerate(cache.rows)
    )
    write_json(tmp_path / "config.json", config_record(load_system(system), cache))
    run = _run(tmp_path, cache.preprocess_hash)
    if system == "four-view":
        with pytest.raises(UsageError, match="validation part holds one class only, per woman"):
            evaluate(run, replace(cache, rows=rows))
    else:
        with pytest.raises(InputRefusedError, match="weights"):  # it would be judged
            evaluate(run, replace(cache, rows=rows))


def test_the_command_tells_what_the_figures_hang_on() -> None:
    assert options(2000, None) == ""
    assert options(500, 0.005) == " --samples 500 --prevalence 0.005"
    parser = argparse.ArgumentParser()
    explain.add_arguments(parser)
    assert explain.options(parser.parse_args(["run"])) == ""
    assert explain.options(parser.parse_args(["run", "--images", "60", "--seed", "3"])) == " --images 60 --seed 3"


_SEEN_AS = {
    "all": ((1, 0, 0), (0, 1, 0), (0, 0, 1)),
    "protan": ((0.152286, 1.052583, -0.204868), (0.114503, 0.786281, 0.099216), (-0.003882, -0.048116, 1.051998)),
    "deutan": ((0.367322, 0.860646, -0.227968), (0.280085, 0.672501, 0.047413), (-0.01182, 0.04294, 0.968881)),
    "tritan": ((1.255528, -0.076749, -0.178779), (-0.078411, 0.930809, 0.147602), (0.004733, 0.691367, 0.3039)),
}
"""Linear RGB as it looks to readers without one kind of cone (Machado et al. 2009, severity 1)."""


def _linear(colour: str) -> NDArray[np.float64]:
    value = np.array([int(colour[place : place + 2], 16) for place in (1, 3, 5)]) / 255
    return np.asarray(np.where(value <= 0.04045, value / 12.92, ((value + 0.055) / 1.055) ** 2.4))


def _lab(linear: NDArray[np.float64]) -> NDArray[np.float64]:
    to_xyz = np.array([[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]])
    x, y, z = np.cbrt(np.maximum(to_xyz @ np.clip(linear, 0, 1) / [0.9505, 1, 1.089], 0.008856))
    return np.array([116 * y - 16, 500 * (x - y), 200 * (y - z)])


@pytest.mark.parametrize("place", range(3))
@pytest.mark.parametrize("reader", list(_SEEN_AS))
def test_the_colours_of_curves_differ_for_every_reader(place: int, reader: str) -> None:
    """In light, dark and print: at least 20 CIELAB units between any two, and a contrast of 3 to the page."""
    palettes = re.findall(r"--1:(#\w{6});--2:(#\w{6});--3:(#\w{6});--4:(#\w{6})", page.page("", []))
    grounds = re.findall(r"--bg:(#\w+);", page.page("", []))
    assert len(palettes) == len(grounds) == 3
    seen = [_lab(np.array(_SEEN_AS[reader]) @ _linear(colour)) for colour in palettes[place]]
    assert min(float(np.linalg.norm(a - b)) for a, b in combinations(seen, 2)) > 20
    ground = grounds[place] if len(grounds[place]) == 7 else "#ffffff"
    for colour in palettes[place]:
        light, dark = sorted((float(_linear(one) @ [0.2126, 0.7152, 0.0722]) for one in (colour, ground)), reverse=True)
        assert (light + 0.05) / (dark + 0.05) >= 3
