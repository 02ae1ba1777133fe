"""Every kind of system is fitted: a few steps on small pictures, and what the run then says of them."""

from __future__ import annotations

import argparse
import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from mammoview.core.errors import UsageError
from tests.training.lesion_runs import make_lesion_cache, tiny
from tests.training.runs import make_cache, without_graphs
from training.commands.fit import add_arguments, changes_of
from training.config import System
from training.fit import fit, predict_run
from training.systems import load_system


@pytest.mark.parametrize(
    ("system", "unit"),
    [
        (tiny("dense-baseline", trunk=False), "image"),
        (tiny("cnn-64", "model.filters=[4, 8]", trunk=False), "image"),
        (tiny("cnn-64-three", "model.filters=[4, 8]", trunk=False), "image"),
        (tiny("small-resnet", "model.filters=[8, 16]", trunk=False), "image"),
        (tiny("efficientnetv2-b0-roi"), "image"),
        (tiny("efficientnetv2-b0-roi-three"), "image"),
        (tiny("efficientnetv2-b0-whole"), "image"),
        (tiny("efficientnetv2-b0-whole-three"), "image"),
        (tiny("multi-task"), "image"),
        (tiny("patch-to-whole"), "image"),
        (tiny("two-view"), "breast"),
        (tiny("two-view-small", trunk=False), "breast"),
        (tiny("four-view"), "woman"),
    ],
    ids=lambda value: value.name if isinstance(value, System) else "",
)
def test_a_system_is_fitted_and_says_something_of_every_example(system: System, unit: str, tmp_path: Path) -> None:
    cache = make_lesion_cache(crops=system.input.crops == "roi")
    with without_graphs():
        fit(cache, replace(system, run=replace(system.run, batch=12)), tmp_path)
        found = predict_run(tmp_path, cache, range(8))
    assert found.unit == unit
    assert found.classes == system.classes
    assert found.classes[found.suspicious] in ("cancer", "malignant")
    assert found.logits.shape == (8 if unit == "image" else 4, len(system.classes))
    assert np.isfinite(found.logits).all()
    assert sum(len(example.rows) for example in found.examples) == 8
    history = json.loads((tmp_path / "history.json").read_text())
    assert [record["epoch"] for record in history] == [1, 2]
    assert {record["figure"] for record in history} == {f"AUROC per {system.stopping.figure.removeprefix('auroc-')}"}


def test_the_first_stage_sees_training_and_validation_women_only_and_is_told(tmp_path: Path) -> None:
    cache = make_lesion_cache()
    with without_graphs():
        fit(cache, tiny("patch-to-whole"), tmp_path)
    start = json.loads((tmp_path / "start.json").read_text())
    assert start["kind"] == "trunk"
    assert start["patches"] == 1
    stage = json.loads((tmp_path / "patches" / "history.json").read_text())
    assert [record["figure"] for record in stage] == ["AUROC per patch"]
    first = json.loads((tmp_path / "patches" / "config.json").read_text())
    assert first["system"]["model"]["classes"] == 2


@pytest.mark.parametrize(
    ("system", "message"),
    [
        (tiny("cnn-64", "input.rows=64", "input.columns=64", trunk=False), "takes inputs of 64 x 64.*holds 32 x 32"),
        (tiny("efficientnetv2-b0-roi"), "takes roi inputs, 0 of 48"),
    ],
)
def test_a_cache_of_other_inputs_is_refused(system: System, message: str, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=message):
        fit(make_lesion_cache(), system, tmp_path / "run")
    assert not (tmp_path / "run").exists()


def test_three_classes_need_diagnoses(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="do not tell normal, benign or malignant"):
        fit(make_cache(women=24), tiny("efficientnetv2-b0-whole-three"), tmp_path / "run")


def test_systems_that_need_lesion_masks_say_so(tmp_path: Path) -> None:
    for name in ("multi-task", "patch-to-whole"):
        with pytest.raises(UsageError, match="no training image has a lesion mask"):
            fit(make_cache(women=24), tiny(name), tmp_path / name)


def test_counting_the_views_is_warned_of(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    cache = make_lesion_cache()
    kept = [i for i, row in enumerate(cache.rows) if row.label == 0 or row.view == "CC"]
    fewer = replace(cache, inputs=cache.inputs[kept], rows=tuple(cache.rows[i] for i in kept), lesions=None)
    with without_graphs():
        fit(fewer, tiny("two-view", "stopping.epochs=1"), tmp_path / "fewer")
        assert "counting the images of an example alone has an AUROC of 0.00" in capsys.readouterr().err
        fit(cache, tiny("two-view", "stopping.epochs=1"), tmp_path / "all")
    assert "counting the images" not in capsys.readouterr().err


def test_the_split_and_what_remembering_scores_are_told_before_the_first_epoch(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with without_graphs():
        fit(make_lesion_cache(), tiny("cnn-64", "stopping.epochs=1", "split.kind=k-fold"), tmp_path / "run")
    said = [json.loads(line) for line in capsys.readouterr().err.splitlines()]
    assert said[0] == {"split": ["fold 1 of 5, each woman in one fold"]}
    assert said[1] == {"leak_meter": {"woman": 0.5, "picture": 0.5}}


def test_a_file_of_weights_may_carry_quotes(tmp_path: Path) -> None:
    parser = argparse.ArgumentParser()
    add_arguments(parser)
    file = tmp_path / """anna's "best" ä.weights.h5"""
    changes = changes_of(parser.parse_args(["CACHE", "--out", "RUN", "--weights", str(file)]))
    assert load_system("cnn-64", changes).start.file == str(file)
