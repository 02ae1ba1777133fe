"""ONNX Runtime behind the same interface: what it says, when it runs, and what happens when it cannot."""

from __future__ import annotations

import ctypes
import json
import sys
import zipfile
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import cv2
import numpy as np
import pytest

from mammoview.cli import main
from mammoview.core.errors import BundleError, EngineError
from mammoview.inference import choice
from mammoview.inference import predictor as predictors
from mammoview.inference.bundle import FILES, ONNX_MODEL, Bundle, load_bundle
from mammoview.inference.choice import Ready, ready_engine
from mammoview.inference.onnx_engine import OnnxEngine
from mammoview.inference.predictor import Predictor
from tests.benchmarks.engine import passes
from tests.bundles import breast_pixels, make_breast
from tests.drawing_bundles import inputs, make_drawing_bundle, needs_export

pytestmark = needs_export


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A bundle with model.onnx."""
    return make_drawing_bundle(tmp_path_factory.mktemp("models"), onnx=True)


@pytest.fixture
def bundle(folder: Path) -> Bundle:
    return load_bundle(folder)


@pytest.fixture
def no_gpu(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(choice, "driver_has_device", lambda: False)


def _ready(bundle: Bundle, wanted: str = "auto", device: str = "auto", **options: Any) -> tuple[Ready, list[Any]]:
    told: list[Any] = []
    ready = ready_engine(bundle, wanted, device, tell=lambda label, runtime: told.append((label, runtime)), **options)
    return ready, told


def test_it_answers_as_keras_does(bundle: Bundle) -> None:
    ours, theirs = (_ready(bundle, name, "cpu")[0].engine for name in ("keras", "onnx"))
    assert (ours.runtime, theirs.runtime) == ("keras", "onnx")
    assert ours.input_shape == theirs.input_shape
    for one in inputs():
        pixels = one[..., None].astype(np.float32) / 255
        expected, found = ours.predict(pixels), theirs.predict(pixels)
        assert found.logit_difference == pytest.approx(expected.logit_difference, abs=1e-4)
        np.testing.assert_allclose(found.cells, expected.cells, atol=1e-4)
        assert found.cells.dtype == np.float32


def test_inputs_that_run_together_get_what_each_gets_alone(bundle: Bundle) -> None:
    engine = _ready(bundle, "onnx", "cpu")[0].engine
    several = inputs()[..., None].astype(np.float32) / 255
    together = engine.predict_many(several)
    for pixels, answer in zip(several, together, strict=True):
        alone = engine.predict(pixels)
        assert answer.logit_difference == pytest.approx(alone.logit_difference, abs=1e-6)
        np.testing.assert_allclose(answer.cells, alone.cells, atol=1e-5)
    assert len({answer.logit_difference for answer in together}) == len(several) > 1


def test_it_answers_with_the_same_bits(bundle: Bundle) -> None:
    engine, _ = _ready(bundle, "onnx")
    pixels = inputs(1)[0][..., None].astype(np.float32) / 255
    first, second = (engine.engine.predict(pixels) for _ in range(2))
    assert first.logit_difference == second.logit_difference
    np.testing.assert_array_equal(first.response, second.response)


@pytest.mark.usefixtures("no_gpu")
def test_left_to_us_it_runs_where_there_is_no_gpu(bundle: Bundle, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(choice, "sees_gpu", lambda: pytest.fail("TensorFlow was imported to find no GPU"))
    ready, told = _ready(bundle)
    assert (ready.engine.runtime, ready.engine.device) == ("onnx", "cpu")
    assert told == [("cpu", "onnx")]
    assert ready.checked
    assert "longer" in ready.why_not


def test_left_to_us_keras_runs_where_tensorflow_sees_a_gpu(bundle: Bundle, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(choice, "driver_has_device", lambda: True)
    monkeypatch.setattr(choice, "sees_gpu", lambda: True)
    ready, _ = _ready(bundle)
    assert (ready.engine.runtime, "GPU" in ready.why_not) == ("keras", True)


def test_a_gpu_that_tensorflow_does_not_see_keeps_nobody_waiting_for_keras(
    bundle: Bundle, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(choice, "driver_has_device", lambda: True)
    monkeypatch.setattr(choice, "sees_gpu", lambda: False)
    assert _ready(bundle)[0].engine.runtime == "onnx"


def test_a_computer_without_a_driver_has_no_device(monkeypatch: pytest.MonkeyPatch) -> None:
    def absent(name: str) -> Any:
        raise OSError(name)

    monkeypatch.setattr(ctypes, "CDLL", absent)
    assert not choice.driver_has_device()


@pytest.mark.parametrize(("status", "count", "expected"), [(0, 1, True), (0, 0, False), (100, 1, False)])
def test_the_driver_is_asked_for_its_devices(
    monkeypatch: pytest.MonkeyPatch, status: int, count: int, expected: bool
) -> None:
    def fill(place: Any) -> int:
        place._obj.value = count
        return 0

    driver = SimpleNamespace(cuInit=lambda flags: status, cuDeviceGetCount=fill)
    monkeypatch.setattr(ctypes, "CDLL", lambda name: driver)
    monkeypatch.setattr(sys, "platform", "linux")
    assert choice.driver_has_device() is expected


def test_a_bundle_without_it_runs_with_keras_and_says_why(tiny_bundle: Path) -> None:
    bundle = load_bundle(tiny_bundle)
    ready, told = _ready(bundle, device="cpu")
    assert (ready.engine.runtime, ready.why_not) == ("keras", "the bundle holds no model.onnx")
    assert told == [("cpu", "keras")]
    with pytest.raises(EngineError, match=r"holds no model\.onnx \(choose --engine keras\)"):
        _ready(bundle, "onnx")


def test_without_the_package_keras_runs(bundle: Bundle, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(choice, "is_installed", lambda: False)
    assert _ready(bundle, device="cpu")[0].engine.runtime == "keras"
    with pytest.raises(EngineError, match="not installed"):
        _ready(bundle, "onnx")


def test_an_engine_that_is_not_known_is_refused(bundle: Bundle) -> None:
    with pytest.raises(EngineError, match="engine 'tpu' is not known"):
        _ready(bundle, "tpu")


def _spoil(monkeypatch: pytest.MonkeyPatch) -> None:
    """The engine's answers are off by more than the check allows."""
    predict = OnnxEngine.predict

    def skewed(engine: OnnxEngine, pixels: Any) -> Any:
        answer = predict(engine, pixels)
        return type(answer)(answer.logit_difference + 0.1, answer.response, answer.cells, 0.0)

    monkeypatch.setattr(OnnxEngine, "predict", skewed)


def test_recorded_images_are_checked_with_it_too(bundle: Bundle, monkeypatch: pytest.MonkeyPatch) -> None:
    _spoil(monkeypatch)
    with pytest.raises(BundleError, match="score 1 is off"):
        _ready(bundle, "onnx", "cpu")


def test_a_check_that_keras_has_passed_is_not_taken_for_its_own(bundle: Bundle) -> None:
    assert _ready(bundle, "keras", "cpu")[0].checked
    assert _ready(bundle, "onnx", "cpu")[0].checked
    assert not _ready(bundle, "onnx", "cpu")[0].checked


@pytest.mark.usefixtures("no_gpu")
def test_left_to_us_keras_takes_over_where_it_fails(bundle: Bundle, monkeypatch: pytest.MonkeyPatch) -> None:
    _spoil(monkeypatch)
    ready, told = _ready(bundle)
    assert ready.engine.runtime == "keras"
    assert "score 1 is off" in ready.why_not
    assert told == [("cpu", "onnx"), ("cpu", "keras")]


def test_one_changed_byte_of_it_is_found(folder: Path, tmp_path: Path) -> None:
    for file in folder.iterdir():
        (tmp_path / file.name).write_bytes(file.read_bytes())
    data = bytearray((tmp_path / ONNX_MODEL).read_bytes())
    data[len(data) // 2] ^= 1
    (tmp_path / ONNX_MODEL).write_bytes(bytes(data))
    with pytest.raises(BundleError, match=r"model\.onnx is not the file"):
        load_bundle(tmp_path)


def test_a_zip_holds_it_too(folder: Path, tmp_path: Path) -> None:
    path = tmp_path / "drawing-0.1.zip"
    with zipfile.ZipFile(path, "w") as archive:
        for name in (*FILES, ONNX_MODEL):
            archive.write(folder / name, name)
    zipped = load_bundle(path)
    assert zipped.onnx_file is not None
    assert zipped.onnx_file.read_bytes() == (folder / ONNX_MODEL).read_bytes()


def test_what_is_no_network_is_one_line(tmp_path: Path) -> None:
    (tmp_path / ONNX_MODEL).write_bytes(b"no network")
    with pytest.raises(BundleError) as caught:
        OnnxEngine(tmp_path / ONNX_MODEL, suspicious=1)
    assert (caught.value.step, "\n" in str(caught.value)) == ("load", False)


def test_an_input_of_another_shape_is_refused(bundle: Bundle) -> None:
    with pytest.raises(EngineError, match="takes inputs"):
        _ready(bundle, "onnx")[0].engine.predict(np.zeros((32, 32, 1), np.float32))


@pytest.fixture(scope="module")
def running(folder: Path) -> Iterator[Predictor]:
    with Predictor(folder, "cpu", background=True) as one:
        yield one


def test_the_process_says_which_runs_and_why_not_the_other(running: Predictor) -> None:
    info = running.info()
    assert (info.engine, info.device, info.precision) == ("onnx", "cpu", "float32")
    assert info.why_not
    assert info.golden_checked


def test_the_process_scores_alike_with_both(running: Predictor, folder: Path) -> None:
    image = make_breast(seed=3)
    with Predictor(folder, "cpu", engine="keras") as other:
        expected = other.predict(image)
        assert other.info().engine == "keras"
    found = running.predict(image)
    assert found.score == pytest.approx(expected.score, abs=1e-4)
    assert found.heat_map is not None and expected.heat_map is not None
    np.testing.assert_allclose(found.heat_map.cells, expected.heat_map.cells, atol=1e-3)


_DYING = """
import json, sys; sys.path[:] = json.loads(sys.argv[1])
import os, numpy
from mammoview.inference.worker import read_frame, write_frame
out = os.fdopen(os.dup(1), 'wb')
engine = 'keras' if 'engine=keras' in sys.argv else 'onnx'
write_frame(out, dict(device='cpu', engine=engine))
write_frame(out, dict(ready=True, device='cpu', engine=engine, seconds=0.0, checked=False, sha256={sha!r}))
header, _ = read_frame(sys.stdin.buffer)
if engine == 'onnx':
    os._exit(9)
told = dict(id=header['id'], differences=[0.0], seconds=[0.0])
write_frame(out, told, numpy.zeros((1, 16, 16), 'float32'))
"""


@pytest.mark.parametrize(("wanted", "then"), [("auto", "keras"), ("onnx", "onnx")])
def test_a_process_that_died_with_it_is_followed_by_keras_unless_it_was_asked_for(
    bundle: Bundle, folder: Path, monkeypatch: pytest.MonkeyPatch, wanted: str, then: str
) -> None:
    monkeypatch.setattr(predictors, "_CHILD", _DYING.format(sha=bundle.sha256))
    with Predictor(folder, "cpu", engine=wanted) as dying:
        with pytest.raises(EngineError, match="status 9"):
            dying.predict(make_breast())
        assert dying.info().engine == then


def test_score_takes_the_mean_with_the_flip_where_it_is_asked_for_and_says_so(
    folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    cv2.imwrite(str(tmp_path / "p_L_CC.png"), breast_pixels(bits=8))
    found = []
    for option in ([], ["--flips"]):
        assert main(["score", str(tmp_path), "--json", "-", "--device", "cpu", "--model", str(folder), *option]) == 0
        found.append(json.loads(capsys.readouterr().out))
    plain, flipped = found
    assert ("flips" in plain, flipped["flips"]) == (False, True)
    first, second = (answer["studies"][0]["images"][0]["score"] for answer in found)
    assert abs(first - second) > 1e-6


def test_the_benchmark_has_a_row_for_each_engine_and_way(bundle: Bundle) -> None:
    rows = passes(bundle, 2)
    names = [row.name.partition(":")[0] for row in rows]
    assert names == ["Keras", *["Keras"] * 3, *["ONNX Runtime"] * 4, *["ONNX Runtime, beside a window"] * 4]
    assert all(len(row.values) == 2 for row in rows)
    targets = {row.name for row in rows if row.target == 1.15}
    assert targets == {row.name for row in rows if ": four views with maps / " in row.name}


def test_doctor_says_which_runs(folder: Path, tiny_bundle: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["doctor", "--json", "--device", "cpu", "--model", str(folder)]) == 0
    model = json.loads(capsys.readouterr().out)["model"]
    assert (model["engine"], model["self_test"]) == ("onnx", "passed")
    assert main(["doctor", "--device", "cpu", "--model", str(tiny_bundle)]) == 0
    said = capsys.readouterr().out
    assert "engine      Keras; ONNX Runtime does not: the bundle holds no model.onnx" in said
