"""A bundle in other formats: they say what Keras says, or are not written; and kernels stored as float16."""

from __future__ import annotations

import importlib.util
import json
import zipfile
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from mammoview.core.errors import BundleError, UsageError
from mammoview.inference.bundle import Bundle, load_bundle
from mammoview.inference.golden import check_golden, write_golden
from mammoview.inference.keras_engine import KerasEngine
from mammoview.inference.preprocess import PreprocessParams
from tests.benchmarks.formats import halved, lines
from training import formats
from training.__main__ import main
from training.config import ModelConfig, System
from training.export import BundleFacts, write_bundle
from training.formats import FORMATS, chosen_formats, write_formats
from training.half_precision import assert_close, halve, stored
from training.models.network import build_network
from training.models.trunks import FEATURES_LAYER

ALL = ("onnx", "litert", "litert-float16")
SIZE = 32
INSTALLED = all(importlib.util.find_spec(module) for kind in FORMATS.values() for module, _ in kind.packages)
needs_packages = pytest.mark.skipif(not INSTALLED, reason="the extra 'export' is not installed")


def _model(seed: int = 0) -> Any:
    """A network with batch norm and group norm away from where they begin."""
    import keras

    keras.utils.set_random_seed(seed)
    network = build_network(System(name="made", model=ModelConfig(kind="small-resnet", filters=(8, 16))), SIZE, SIZE)
    rng = np.random.default_rng(seed)
    network.set_weights([weight + 0.1 * rng.standard_normal(weight.shape) for weight in network.get_weights()])
    return network


def _facts(version: str) -> BundleFacts:
    return BundleFacts(
        name="made",
        version=version,
        intended_use="None.",
        card="# made",
        layer=FEATURES_LAYER,
        preprocess=PreprocessParams(rows=SIZE, columns=SIZE),
        calibration={"slope": 1.5, "intercept": -0.25},
    )


def _inputs(count: int = 12) -> Any:
    return np.random.default_rng(3).integers(0, 256, (count, SIZE, SIZE)).astype(np.uint8)


@pytest.fixture(scope="module")
def bundle(tmp_path_factory: pytest.TempPathFactory) -> Bundle:
    return load_bundle(write_bundle(_model(), tmp_path_factory.mktemp("models"), _facts("1.0")))


@pytest.fixture(scope="module")
def written(bundle: Bundle) -> Any:
    """What was found, once all formats are beside the bundle."""
    if not INSTALLED:
        pytest.skip("the extra 'export' is not installed")
    return json.loads(write_formats(bundle, ALL, _inputs()).read_text())


def test_a_bundle_that_the_application_would_refuse_is_not_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its recorded scores are not those that it gives when it is loaded."""

    def spoilt(path: Path, *others: Any) -> None:
        write_golden(path, *others)
        with np.load(path) as archive:
            arrays = dict(archive)
        np.savez(path, **{**arrays, "scores": arrays["scores"] + 0.01})

    monkeypatch.setattr("training.export.write_golden", spoilt)
    with pytest.raises(BundleError, match=r"score 1 is off by 0\.01"):
        write_bundle(_model(), tmp_path, _facts("1.0"))
    assert not list(tmp_path.iterdir())


def test_every_format_says_what_keras_says(bundle: Bundle, written: Any) -> None:
    assert set(written["formats"]) == set(ALL)
    for told in written["formats"].values():
        parity = told["parity_of_probability"]
        assert (parity["golden_inputs"], parity["cached_inputs"]) == (4, 12)
        assert max(parity["golden"], parity["cached"]) <= parity["largest_allowed"]
        assert (bundle.folder.parent / told["file"]).stat().st_size == told["bytes"]
        assert told["time"]["low"] <= told["time"]["ratio"] <= told["time"]["high"]
    allowed = [written["formats"][kind]["parity_of_probability"]["largest_allowed"] for kind in ALL]
    assert allowed == [1e-4, 1e-4, 1e-2]
    sizes = {kind: told["bytes"] for kind, told in written["formats"].items()}
    assert sizes["litert-float16"] < sizes["litert"]
    assert written["bundle"]["sha256"] == bundle.sha256


def test_an_onnx_file_takes_several_pictures_and_gives_the_applications_probability(
    bundle: Bundle, written: Any
) -> None:
    import onnxruntime

    session = onnxruntime.InferenceSession(bundle.folder.parent / written["formats"]["onnx"]["file"])
    pixels = _inputs(3)[..., None].astype(np.float32) / 255
    logits, found = session.run(["logits", "probability"], {"pixels": pixels})
    engine = KerasEngine(bundle.model_file, layer=bundle.layer, suspicious=bundle.suspicious_index, device="cpu")
    expected = [bundle.calibration.probability(engine.predict(one).logit_difference) for one in pixels]
    np.testing.assert_allclose(found, expected, atol=1e-5)
    assert logits.shape == (3, 2)
    assert np.ptp(found) > 1e-3


def test_a_format_that_says_something_else_is_not_written(
    bundle: Bundle, written: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A file of another network in the place of this one's; what was written before stays."""
    from onnx import load, numpy_helper, save

    def spoilt(model: Any, path: Path, shape: Any) -> None:
        graph = load(bundle.folder.parent / written["formats"]["onnx"]["file"])
        for weight in graph.graph.initializer:
            values = numpy_helper.to_array(weight)
            if values.dtype == np.float32 and values.ndim == 4:
                weight.CopyFrom(numpy_helper.from_array(values * 1.2, weight.name))
        save(graph, path)

    folder = bundle.folder.parent
    before = {path.name: path.stat().st_mtime_ns for path in folder.iterdir()}
    monkeypatch.setitem(formats._WRITERS, "onnx", spoilt)
    with pytest.raises(UsageError, match="onnx: a probability is off by"):
        write_formats(bundle, ("onnx",), _inputs())
    assert {path.name: path.stat().st_mtime_ns for path in folder.iterdir()} == before


def test_formats_of_another_bundle_of_that_name_are_forgotten(bundle: Bundle, written: Any) -> None:
    path = bundle.folder.parent / "made-1.0.formats.json"
    assert set(formats._formats_before(path, bundle)) == set(ALL)
    assert formats._formats_before(path, replace(bundle, sha256="0" * 64)) == {}


def test_formats_are_named_and_their_packages_are_there(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(UsageError, match="'tflite' is not known"):
        chosen_formats("onnx,tflite")
    with pytest.raises(UsageError, match="no format"):
        chosen_formats(" , ")
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    with pytest.raises(UsageError, match=r"onnx needs tf2onnx, onnx, onnxruntime") as caught:
        chosen_formats("onnx")
    assert "mammoview[export]" in caught.value.hint


def test_a_bundle_is_not_written_again_without_formats(bundle: Bundle, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["export", str(bundle.folder), "--cache", "nowhere"]) == 2
    said = capsys.readouterr().err
    assert "is a bundle already" in said
    assert said.count("\n") == 1


@needs_packages
def test_a_bundle_of_other_inputs_is_refused(
    bundle: Bundle, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    from tests.training.runs import make_cache
    from training.cache import write_packed

    write_packed(make_cache(women=4), {}, tmp_path / "cache.npz")
    assert main(["export", str(bundle.folder), "--cache", str(tmp_path / "cache.npz"), "--formats", "onnx"]) == 2
    assert "another preprocessing" in capsys.readouterr().err


def test_kernels_are_stored_as_float16_where_they_fit() -> None:
    rng = np.random.default_rng(0)
    kernel = rng.standard_normal((3, 3, 4, 8)).astype(np.float32)
    assert stored(kernel).dtype == np.float16
    for other in (kernel[0, 0, 0], kernel * np.float32(1e6), kernel * np.float32(1e-9), kernel.astype(np.float64)):
        assert stored(other) is other


def test_a_halved_file_loads_as_float32_with_rounded_kernels(bundle: Bundle, tmp_path: Path) -> None:
    import keras

    path = tmp_path / "model.keras"
    path.write_bytes(bundle.model_file.read_bytes())
    saved = halve(path)
    assert path.stat().st_size == bundle.model_file.stat().st_size - saved
    before, after = (keras.saving.load_model(file, compile=False) for file in (bundle.model_file, path))
    for first, second in zip(before.weights, after.weights, strict=True):
        one, other = np.array(first), np.array(second)
        assert other.dtype == np.float32
        np.testing.assert_array_equal(other, one.astype(np.float16) if one.ndim > 1 else one)
    with zipfile.ZipFile(path) as archive:
        assert archive.testzip() is None


def test_a_halved_bundle_passes_the_applications_check_and_says_what_it_is(bundle: Bundle, tmp_path: Path) -> None:
    half = load_bundle(write_bundle(_model(), tmp_path, _facts("2.0"), half=_inputs()))
    assert half.precision == "float32"
    engine = KerasEngine(half.model_file, layer=half.layer, suspicious=half.suspicious_index, device="cpu")
    assert check_golden(half, engine, remember=False)
    told = json.loads((half.folder / "bundle.json").read_text())["storage"]
    assert told["kernels"] == "float16"
    assert 0 < told["largest_change_of_a_probability"] <= 1e-3
    assert told["inputs"] == 4 + 12
    assert half.model_file.stat().st_size < bundle.model_file.stat().st_size
    assert "storage" not in json.loads((bundle.folder / "bundle.json").read_text())


def test_the_measured_table_has_a_line_for_each_form(bundle: Bundle, written: Any) -> None:
    half = halved(bundle, _inputs())
    assert half["bytes"] < bundle.model_file.stat().st_size
    assert 0 < half["cached"] <= 1e-3
    assert half["calls"] == 0  # the made bundle has no operating points
    size = bundle.model_file.stat().st_size
    told = {"bundle": "made 1.0", "images": 12, "bytes": size, "float16_kernels": half, "formats": written["formats"]}
    rows = [line for line in lines(told) if line.startswith("|")]
    names = [row.split("|")[1].strip() for row in rows]
    assert names == ["form", "---", ".keras", ".keras, float16 kernels", *sorted(ALL)]


def test_a_probability_that_moves_too_far_is_refused() -> None:
    at = np.array([0.1, 0.5])
    assert assert_close(at, at + 5e-4) == pytest.approx(5e-4)
    with pytest.raises(UsageError, match=r"moves by 0\.002"):
        assert_close(at, at + np.array([0.0, 2e-3]))
