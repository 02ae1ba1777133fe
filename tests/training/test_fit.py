"""Fitting: what is written, what is refused, and that nothing is fetched."""

from __future__ import annotations

import json
import os
import socket
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from mammoview.core.errors import InputRefusedError, UsageError
from tests.training.lesion_runs import make_lesion_cache, tiny
from tests.training.runs import make_cache, without_graphs
from training.__main__ import main
from training.cache import write_packed
from training.data.table import ImageRow
from training.fit import FitConfig, assert_unseen, fit, predict, predict_run, read_split, start_record, write_json
from training.fitting.batches import ExampleSource
from training.fitting.loop import Task, run_loop
from training.model import build_classifier
from training.split import LeakError, split_by_woman
from training.systems import system_of


@pytest.fixture
def offline(monkeypatch: pytest.MonkeyPatch) -> None:
    """Any connection fails the test."""

    def refuse(*arguments: Any, **options: Any) -> Any:
        raise AssertionError(f"a connection was opened: {arguments}")

    monkeypatch.setattr(socket.socket, "connect", refuse)
    monkeypatch.setattr(socket, "create_connection", refuse)
    monkeypatch.setattr(socket, "getaddrinfo", refuse)


def test_a_run_says_all_that_it_was_fitted_with(tmp_path: Path, offline: None) -> None:
    cache = make_cache(women=24)
    config = FitConfig(epochs=1, batch=4, limit=4, seed=5)
    with without_graphs():
        weights = fit(cache, config, tmp_path / "run")
    assert weights.is_file()
    history = json.loads((tmp_path / "run" / "history.json").read_text())
    assert [record["epoch"] for record in history] == [1]
    assert np.isfinite(history[0]["loss"])
    assert 0 <= history[0]["validation_auroc"] <= 1
    assert history[0]["figure"] == "AUROC per image"
    split = read_split(tmp_path / "run" / "split.json")
    assert split.part_of == split_by_woman(cache.rows, seed=5).part_of
    recorded = json.loads((tmp_path / "run" / "config.json").read_text())
    assert system_of(recorded["system"], "config.json") == config.system()
    assert (recorded["rows"], recorded["columns"], recorded["family"]) == (64, 64, "B0")
    around = json.loads((tmp_path / "run" / "environment.json").read_text())
    assert {"python", "backend", "devices", "versions", "git"} <= set(around)
    assert around["computer"]["cores"] == os.cpu_count()
    assert around["computer"]["processor"]
    assert "/" not in json.dumps(around["command"])
    assert not [path.name for path in (tmp_path / "run").iterdir() if "part" in path.name or path.name == "state.npz"]
    before = (tmp_path / "run" / "history.json").read_bytes()
    assert fit(cache, config, tmp_path / "run") == weights  # complete: nothing is fitted again
    assert (tmp_path / "run" / "history.json").read_bytes() == before
    with pytest.raises(UsageError, match=r"another run \(run.seed, seed, split.seed differ\)"):
        fit(cache, replace(config, seed=6), tmp_path / "run")
    with without_graphs():
        scores = predict(build_classifier(rows=64, columns=64, weights=weights), cache.inputs[:3])
    assert scores.shape == (3,)


def test_no_weights_are_fetched_to_build_a_network(offline: None) -> None:
    model = build_classifier(rows=64, columns=64)
    assert [tuple(output.shape) for output in model.outputs] == [(None, 2, 2, 1280), (None, 2)]
    assert sum("rescaling" in layer.name.lower() for layer in model.layers) == 0  # ours alone, named "centre"


@pytest.mark.parametrize("content", [None, b"no weights"])
def test_an_unusable_weights_file_is_one_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], content: bytes | None
) -> None:
    write_packed(make_cache(women=24), {}, tmp_path / "cache.npz")
    weights = tmp_path / "other.weights.h5"
    if content is not None:
        weights.write_bytes(content)
    arguments = ["fit", str(tmp_path / "cache.npz"), "--out", str(tmp_path / "run"), "--weights", str(weights)]
    assert main(arguments) == 2
    said = [line for line in capsys.readouterr().err.splitlines() if not line.startswith('{"leak_meter"')]
    assert len(said) == 1
    assert said[0].startswith(f"training: {weights}: ")


def test_weights_of_another_network_are_refused(tmp_path: Path) -> None:
    import keras

    pixels = keras.Input((64, 64, 1))
    other = keras.Model(pixels, keras.layers.Conv2D(3, 5)(pixels))
    other.save_weights(tmp_path / "other.weights.h5")
    with pytest.raises(InputRefusedError, match="does not fit this network") as caught:
        build_classifier(rows=64, columns=64, weights=tmp_path / "other.weights.h5")
    assert "\n" not in str(caught.value)


def test_settings_that_cannot_be_meant_are_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(UsageError, match="epoch"):
        FitConfig(epochs=0)
    with pytest.raises(UsageError, match="not known"):
        build_classifier(rows=64, columns=64, family="B9")
    assert main(["fit", "absent.npz", "--out", str(tmp_path), "--start", "imagenet"]) == 2
    assert "--start imagenet needs --weights" in capsys.readouterr().err


@pytest.mark.parametrize(("part", "message"), [("train", "no cancer"), ("validation", "holds one class only")])
def test_a_part_that_lacks_a_class_is_refused(part: str, message: str, tmp_path: Path) -> None:
    cache = make_lesion_cache()
    system = tiny("small-resnet", "run.limit=0")
    split = split_by_woman(cache.rows, seed=1)
    gone = {woman for woman, where in split.part_of.items() if where == part}
    lines = [f"{woman},{where}" for woman, where in split.part_of.items()]
    (tmp_path / "parts.csv").write_text("\n".join(["patient_id,part", *lines]))
    rows = tuple(ImageRow(**{**_fields(row), "label": row.label * (row.patient_id not in gone)}) for row in cache.rows)
    told = replace(system, split=replace(system.split, kind="file", file=str(tmp_path / "parts.csv")))
    with pytest.raises(UsageError, match=message):
        fit(replace(cache, rows=rows), told, tmp_path / "run")


def _fields(row: ImageRow) -> dict[str, Any]:
    return {name: getattr(row, name) for name in ImageRow.__slots__}


def test_a_loss_that_is_no_number_ends_the_run_with_its_place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    made = ExampleSource.batch

    def batch(self: ExampleSource, chosen: Any, epoch: int, step: int) -> Any:
        found = made(self, chosen, epoch, step)
        return {**found, "weights": found["weights"] * np.float32(np.nan if (epoch, step) == (1, 1) else 1)}

    monkeypatch.setattr(ExampleSource, "batch", batch)
    with (
        without_graphs(),
        pytest.raises(UsageError, match=r"the loss is nan in step 2 of epoch 2 \(lower optimiser.rate"),
    ):
        fit(make_lesion_cache(), tiny("small-resnet"), tmp_path)
    assert len(json.loads((tmp_path / "history.json").read_text())) == 1


def test_weights_that_saw_a_test_woman_are_refused(tmp_path: Path) -> None:
    cache = make_cache(women=24)
    earlier = tmp_path / "earlier"
    earlier.mkdir()
    (earlier / "best.weights.h5").write_bytes(b"weights")
    split = split_by_woman(cache.rows, seed=1)
    write_json(earlier / "split.json", {"seed": 1, "part_of": dict(split.part_of)})
    assert_unseen(earlier / "best.weights.h5", split)
    with pytest.raises(LeakError, match="the weights saw her"):
        assert_unseen(earlier / "best.weights.h5", split_by_woman(cache.rows, seed=2))


def test_a_run_that_goes_on_from_another_tells_the_whole_story(tmp_path: Path) -> None:
    first, second = tmp_path / "first", tmp_path / "second"
    for folder, epochs in ((first, 3), (second, 2)):
        folder.mkdir()
        (folder / "best.weights.h5").write_bytes(b"weights")
        write_json(folder / "split.json", {"seed": 1, "part_of": {}})
        write_json(folder / "history.json", [{}] * epochs)
    write_json(first / "start.json", {"pretraining": {"stages": ["patches"]}, "earlier_epochs": 0})
    write_json(second / "start.json", start_record(first / "best.weights.h5"))
    record = start_record(second / "best.weights.h5")
    assert record["pretraining"] == {"stages": ["patches"]}
    assert record["earlier_epochs"] == 5


def test_a_run_stops_early_and_keeps_its_best_epoch(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    figures = iter([0.6, 0.7, 0.65, 0.7, 0.9])
    monkeypatch.setattr("training.fit.validation_figure", lambda predictions, figure: next(figures))
    with without_graphs():
        fit(make_lesion_cache(), tiny("small-resnet", "stopping.patience=2", "stopping.epochs=9"), tmp_path)
    history = json.loads((tmp_path / "history.json").read_text())
    assert [record["validation_auroc"] for record in history] == [0.6, 0.7, 0.65, 0.7]
    assert [record["best"] for record in history] == [True, True, False, False]


def test_the_rate_falls_where_the_figure_stays(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("training.fit.validation_figure", lambda predictions, figure: 0.5)
    told = ["schedule.kind=plateau", "schedule.patience=1", "schedule.warm_up=0", "schedule.factor=0.1"]
    with without_graphs():
        fit(make_lesion_cache(), tiny("small-resnet", "stopping.epochs=4", "optimiser.rate=1e-3", *told), tmp_path)
    history = json.loads((tmp_path / "history.json").read_text())
    assert [record["rate"] for record in history] == pytest.approx([1e-3, 1e-3, 1e-4, 1e-5])


def test_mixed_precision_keeps_logits_and_weights_in_float32_and_leaves_no_trace(tmp_path: Path) -> None:
    import keras

    kinds: list[list[str]] = []

    def noted(task: Task) -> Path:
        kinds.append([str(one.dtype) for one in (*task.network.outputs, task.network.weights[0])])
        return run_loop(task)

    with without_graphs(), pytest.MonkeyPatch.context() as patch:
        patch.setattr("training.fit.run_loop", noted)
        fit(make_lesion_cache(), tiny("small-resnet", "stopping.epochs=1", "optimiser.mixed_precision=true"), tmp_path)
    assert kinds == [["bfloat16", "float32", "float32"]]
    assert keras.config.dtype_policy().name == "float32"
    with without_graphs():
        found = predict_run(tmp_path, make_lesion_cache(), [0, 1])
    assert np.isfinite(found.logits).all()


def test_what_can_be_seen_is_learnt(tmp_path: Path) -> None:
    with without_graphs():
        fit(
            make_lesion_cache(women=40),
            tiny("small-resnet", "run.limit=0", "stopping.epochs=4", "optimiser.rate=1e-2", "optimiser.ema=0.8"),
            tmp_path,
        )
    history = json.loads((tmp_path / "history.json").read_text())
    assert max(record["validation_auroc"] for record in history) > 0.95
    assert history[-1]["loss"] < 0.85 * history[0]["loss"]
