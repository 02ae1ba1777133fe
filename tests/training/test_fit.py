"""Fitting: what is written, what is refused, and that nothing is fetched."""

from __future__ import annotations

import json
import socket
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from mammoview.core.errors import InputRefusedError, UsageError
from tests.training.runs import make_cache, without_graphs
from training import cache as caches
from training.__main__ import main
from training.data.table import ImageRow
from training.fit import FitConfig, assert_unseen, fit, predict, read_split, start_record, write_json
from training.model import build_classifier
from training.split import LeakError, split_by_woman


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
    config = FitConfig(epochs=1, batch=4, limit=8, seed=5)
    with without_graphs():
        weights = fit(cache, config, tmp_path / "run")
    assert weights.is_file()
    history = json.loads((tmp_path / "run" / "history.json").read_text())
    assert [record["epoch"] for record in history] == [1]
    assert np.isfinite(history[0]["loss"])
    assert 0 <= history[0]["validation_auroc"] <= 1
    split = read_split(tmp_path / "run" / "split.json")
    assert split == split_by_woman(cache.rows, seed=5)
    recorded = json.loads((tmp_path / "run" / "config.json").read_text())
    assert FitConfig(**{name: value for name, value in recorded.items() if name != "inputs"}) == config
    before = (tmp_path / "run" / "history.json").read_bytes()
    assert fit(cache, config, tmp_path / "run") == weights  # complete: nothing is fitted again
    assert (tmp_path / "run" / "history.json").read_bytes() == before
    with pytest.raises(UsageError, match="another run"):
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
    cache = make_cache(women=24)
    caches._write(cache, tmp_path / "cache.npz")
    weights = tmp_path / "other.weights.h5"
    if content is not None:
        weights.write_bytes(content)
    arguments = ["fit", str(tmp_path / "cache.npz"), "--out", str(tmp_path / "run"), "--weights", str(weights)]
    assert main(arguments) == 2
    said = capsys.readouterr()
    assert said.err.startswith(f"training: {weights}: ")
    assert said.err.count("\n") == 1


def test_weights_of_another_network_are_refused(tmp_path: Path) -> None:
    import keras

    pixels = keras.Input((64, 64, 1))
    other = keras.Model(pixels, keras.layers.Conv2D(3, 5)(pixels))
    other.save_weights(tmp_path / "other.weights.h5")
    with pytest.raises(InputRefusedError, match="does not fit this network") as caught:
        build_classifier(rows=64, columns=64, weights=tmp_path / "other.weights.h5")
    assert "\n" not in str(caught.value)


def test_settings_that_cannot_be_meant_are_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="epoch"):
        FitConfig(epochs=0)
    with pytest.raises(UsageError, match="not known"):
        build_classifier(rows=64, columns=64, family="B9")
    cache = make_cache(women=12)
    negative = tuple(ImageRow(**{**_fields(row), "label": 0}) for row in cache.rows)
    one = caches.InputCache(cache.inputs, negative, cache.preprocess, cache.preprocess_hash)
    with pytest.raises(UsageError, match="one class only"):
        fit(one, FitConfig(epochs=1), tmp_path / "run")


def _fields(row: ImageRow) -> dict[str, Any]:
    return {name: getattr(row, name) for name in ImageRow.__slots__}


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
