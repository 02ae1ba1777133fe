"""The model bundle: what is accepted, what is refused, and which step says so."""

from __future__ import annotations

import json
import math
import os
import shutil
import stat
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from mammoview.core.errors import BundleError, EngineError
from mammoview.inference import bundle as bundles
from mammoview.inference.bundle import FILES, Bundle, Calibration, default_bundle_path, load_bundle, write_record
from mammoview.inference.engine import EngineAnswer
from mammoview.inference.golden import check_golden
from mammoview.inference.keras_engine import KerasEngine


@pytest.fixture
def copy(tiny_bundle: Path, tmp_path: Path) -> Path:
    """A bundle that may be broken."""
    return Path(shutil.copytree(tiny_bundle, tmp_path / tiny_bundle.name))


@pytest.fixture(scope="module")
def engine(tiny_bundle: Path) -> KerasEngine:
    bundle = load_bundle(tiny_bundle)
    return KerasEngine(bundle.model_file, layer=bundle.layer, suspicious=bundle.suspicious_index, device="cpu")


def _step(path: Path) -> str:
    with pytest.raises(BundleError) as caught:
        load_bundle(path)
    assert "\n" not in str(caught.value)
    return caught.value.step


def _zipped(folder: Path, path: Path, *, inside: str = "tiny-0.1/") -> Path:
    with zipfile.ZipFile(path, "w") as archive:
        for name in FILES:
            archive.write(folder / name, inside + name)
    return path


def test_a_bundle_loads_and_says_what_it_is(tiny_bundle: Path) -> None:
    bundle = load_bundle(tiny_bundle)
    label = bundle.label()
    assert label.title == "tiny 0.1"
    assert (label.classes, label.suspicious) == (("non-cancer", "cancer"), "cancer")
    assert dict(label.operating_points) == {"balanced": 0.5}
    assert len(label.sha256) == 64
    assert (bundle.field.rows, bundle.field.columns) == (8, 8)
    assert (bundle.field.row_stride_px, bundle.field.row_first_px) == (8.0, 7.0)


@pytest.mark.parametrize("inside", ["", "tiny-0.1/"])
def test_a_zip_is_as_good_as_a_folder(tiny_bundle: Path, tmp_path: Path, inside: str) -> None:
    path = _zipped(tiny_bundle, tmp_path / "tiny-0.1.zip", inside=inside)
    bundle = load_bundle(path)
    assert bundle.sha256 == load_bundle(tiny_bundle).sha256
    assert load_bundle(path).folder == bundle.folder
    assert not str(bundle.folder).startswith(str(tmp_path / "tiny"))


@pytest.mark.parametrize("name", FILES)
@pytest.mark.parametrize("place", [0, 1, 0.5, 0.9, -1])
def test_one_changed_byte_is_found(copy: Path, name: str, place: float) -> None:
    path = copy / name
    data = bytearray(path.read_bytes())
    index = int(place * len(data)) if 0 < place < 1 else int(place)
    data[index] ^= 1
    path.write_bytes(bytes(data))
    assert _step(copy) == "checksum"


def test_every_byte_of_the_description_counts(copy: Path) -> None:
    path = copy / "bundle.json"
    whole = path.read_bytes()
    for index in range(0, len(whole), 7):
        data = bytearray(whole)
        data[index] ^= 4
        path.write_bytes(bytes(data))
        assert _step(copy) == "checksum", index


@pytest.mark.parametrize("name", [name for name in FILES if name != "bundle.json"])
def test_a_missing_file_is_named(copy: Path, name: str) -> None:
    (copy / name).unlink()
    with pytest.raises(BundleError, match=name.replace(".", r"\.")):
        load_bundle(copy)


def test_what_is_no_bundle_is_refused(tmp_path: Path) -> None:
    assert _step(tmp_path / "absent") == "find"
    assert _step(tmp_path) == "schema"
    (tmp_path / "bundle.json").write_text("{}")
    assert _step(tmp_path) == "schema"
    (tmp_path / "text.zip").write_text("no zip")
    assert _step(tmp_path / "text.zip") == "zip"


def _rewrite(folder: Path, change: Callable[[dict[str, Any]], None]) -> None:
    """Change bundle.json as its maker would: with true checksums."""
    record = json.loads((folder / "bundle.json").read_text())
    del record["sha256"], record["schema"]
    change(record)
    write_record(folder, record)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda record: record.pop("classes"), "classes"),
        (lambda record: record.update(suspicious="other"), "suspicious"),
        (lambda record: record.update(precision="int8"), "precision"),
        (lambda record: record.update(name="../up"), "name"),
        (lambda record: record.update(input={"shape": [9, 9, 1]}), "input"),
        (lambda record: record.update(output=[]), "output"),
        (lambda record: record["output"]["calibration"].update(method="magic"), "calibration"),
        (lambda record: record["output"]["calibration"].update(slope=-1.0), "calibration"),
        (lambda record: record["output"]["operating_points"].update(all={"threshold": 7}), "operating points"),
        (lambda record: record["gradcam"]["field"].update(row_stride_px=0.0), "stride"),
        (lambda record: record["gradcam"]["field"].update(extra=0.0), "extra"),
        (lambda record: record["preprocess"].update(id="other/1"), "preprocessing"),
    ],
)
def test_a_description_that_makes_no_sense_fails_the_schema(
    copy: Path, change: Callable[[dict[str, Any]], None], words: str
) -> None:
    _rewrite(copy, change)
    with pytest.raises(BundleError, match=words) as caught:
        load_bundle(copy)
    assert caught.value.step == "schema"


def test_a_newer_schema_asks_for_an_update(copy: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """To an application that knows neither schema, as one that knows schema 1 alone takes a bundle of schema 2."""
    monkeypatch.setattr(bundles, "SCHEMA", "mammoview.bundle/3")
    with pytest.raises(BundleError, match="update mammoview"):
        load_bundle(copy)


@pytest.mark.parametrize("name", ["../model.keras", "/model.keras", "a/b/model.keras", "tiny\\model.keras", "extra.py"])
def test_a_zip_with_other_names_is_refused_and_writes_nothing(
    tiny_bundle: Path, tmp_path: Path, mammoview_home: Path, name: str
) -> None:
    path = _zipped(tiny_bundle, tmp_path / "bad.zip")
    with zipfile.ZipFile(path, "a") as archive:
        archive.writestr(name, b"x")
    before = sorted(tmp_path.rglob("*"))
    assert _step(path) == "zip"
    assert sorted(tmp_path.rglob("*")) == before
    assert [found for found in mammoview_home.rglob("*") if found.is_file()] == []


def test_a_zip_with_a_link_is_refused(tiny_bundle: Path, tmp_path: Path) -> None:
    path = tmp_path / "link.zip"
    with zipfile.ZipFile(path, "w") as archive:
        for name in FILES:
            info = zipfile.ZipInfo(name)
            info.external_attr = (stat.S_IFLNK | 0o777) << 16
            archive.writestr(info, "/etc/hostname" if name == "MODEL_CARD.md" else (tiny_bundle / name).read_bytes())
    assert _step(path) == "zip"


def test_a_zip_larger_than_the_limit_is_refused(
    tiny_bundle: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = _zipped(tiny_bundle, tmp_path / "large.zip")
    monkeypatch.setitem(bundles._LIMIT_BYTES, "model.keras", 100)
    assert _step(path) == "zip"


def test_the_newest_version_is_the_default(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bundles, "resources_folder", lambda: tmp_path)
    with pytest.raises(BundleError, match="no model"):
        default_bundle_path()
    for version in ("0.9", "0.10", "0.2"):
        (tmp_path / "models" / f"tiny-{version}").mkdir(parents=True)
        (tmp_path / "models" / f"tiny-{version}" / "bundle.json").touch()
    assert default_bundle_path().name == "tiny-0.10"


def test_calibration_is_a_logistic_and_never_overflows() -> None:
    calibration = Calibration(2.0, -1.0)
    assert calibration.probability(1.5) == pytest.approx(1 / (1 + math.exp(-2.0)))
    assert Calibration().probability(1e6) == 1.0
    assert 0 <= Calibration().probability(-1e6) < 1e-300


def test_the_recorded_images_pass_and_are_remembered(tiny_bundle: Path, engine: KerasEngine) -> None:
    bundle = load_bundle(tiny_bundle)
    assert check_golden(bundle, engine) is True
    assert check_golden(bundle, engine) is False
    assert check_golden(bundle, engine, remember=False) is True


class _Skewed:
    """An engine that answers almost as the true one."""

    device, runtime = "cpu", "keras"

    def __init__(self, engine: KerasEngine, *, logit: float = 0.0, cells: float = 0.0) -> None:
        self._engine, self._logit, self._cells = engine, logit, cells

    def predict(self, pixels: Any) -> EngineAnswer:
        answer = self._engine.predict(pixels)
        cells = answer.cells + np.float32(self._cells)
        return EngineAnswer(answer.logit_difference + self._logit, answer.response, cells, 0.0)


@pytest.mark.parametrize(("skew", "words"), [({"logit": 0.01}, "score"), ({"cells": 0.005}, "heat map")])
def test_a_skewed_engine_is_found(tiny_bundle: Path, engine: KerasEngine, skew: dict[str, float], words: str) -> None:
    bundle = load_bundle(tiny_bundle)
    with pytest.raises(BundleError, match=words) as caught:
        check_golden(bundle, _Skewed(engine, **skew))
    assert caught.value.step == "golden"
    assert check_golden(bundle, engine) is True  # a failure is not remembered


def test_another_preprocessing_is_found(
    tiny_bundle: Path, engine: KerasEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    from mammoview.inference import preprocess as preprocessing

    bundle = load_bundle(tiny_bundle)
    monkeypatch.setattr(preprocessing, "_without_margin", lambda mask: mask)
    with pytest.raises(BundleError, match="input 1 is off") as caught:
        check_golden(bundle, engine)
    assert caught.value.step == "golden"


def test_an_unusable_network_fails_the_load_step(copy: Path) -> None:
    (copy / "model.keras").write_bytes(b"no model")
    with pytest.raises(BundleError) as caught:
        KerasEngine(copy / "model.keras", layer="features", suspicious=1, device="cpu")
    assert caught.value.step == "load"
    assert "\n" not in str(caught.value)


def test_code_hidden_in_a_network_does_not_run(tmp_path: Path) -> None:
    import keras

    pixels = keras.Input((64, 64, 1))
    x = keras.layers.Lambda(lambda value: value, name="features")(pixels)
    keras.Model(pixels, x).save(tmp_path / "model.keras")
    with pytest.raises(BundleError, match="load"):
        KerasEngine(tmp_path / "model.keras", layer="features", suspicious=1, device="cpu")


def test_the_engine_answers_with_the_same_bits(engine: KerasEngine) -> None:
    pixels = np.random.default_rng(0).random((64, 64, 1)).astype(np.float32)
    first, second = engine.predict(pixels), engine.predict(pixels)
    assert first.logit_difference == second.logit_difference
    np.testing.assert_array_equal(first.cells, second.cells)
    assert first.cells.dtype == np.float32
    assert engine.device == "cpu"


def test_the_engine_agrees_with_the_plain_network(tiny_bundle: Path, engine: KerasEngine) -> None:
    """Logits by Keras alone, Grad-CAM by finite differences of the head (global average and one dense layer)."""
    import keras

    from mammoview.inference.gradcam import grad_cam

    model = keras.saving.load_model(tiny_bundle / "model.keras", compile=False)
    pixels = np.random.default_rng(1).random((64, 64, 1)).astype(np.float32)
    features, logits = (np.asarray(output)[0] for output in model(pixels[None]))
    kernel = np.asarray(model.get_layer("logits").kernel)
    gradients = np.broadcast_to((kernel[:, 1] - kernel[:, 0]) / 64, features.shape)
    answer = engine.predict(pixels)
    assert answer.logit_difference == pytest.approx(float(logits[1] - logits[0]), abs=1e-5)
    np.testing.assert_allclose(answer.cells, grad_cam(features, gradients), atol=1e-5)


def test_wrong_devices_and_shapes_are_refused(tiny_bundle: Path, engine: KerasEngine) -> None:
    with pytest.raises(EngineError, match="choose one of"):
        KerasEngine(tiny_bundle / "model.keras", layer="features", suspicious=1, device="tpu")
    with pytest.raises(EngineError, match="takes inputs"):
        engine.predict(np.zeros((32, 32, 1), np.float32))


def test_a_gpu_that_is_not_there_is_an_error_with_a_hint(tiny_bundle: Path, engine: KerasEngine) -> None:
    import tensorflow as tf

    if tf.config.list_physical_devices("GPU"):
        pytest.skip("this computer has a GPU")
    with pytest.raises(EngineError, match="no GPU") as caught:
        KerasEngine(tiny_bundle / "model.keras", layer="features", suspicious=1, device="gpu")
    assert "cpu" in caught.value.hint


def test_a_bundle_without_a_writable_cache_still_passes(
    tiny_bundle: Path, engine: KerasEngine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").touch()
    monkeypatch.setenv("MAMMOVIEW_HOME", os.fspath(tmp_path / "file"))
    bundle: Bundle = load_bundle(tiny_bundle)
    assert check_golden(bundle, engine) is True
    assert check_golden(bundle, engine) is True
