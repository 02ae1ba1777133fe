"""How a bundle explains itself: by which layer, as which record, and as model.onnx that says and shows the same."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from mammoview.core.errors import UsageError
from mammoview.inference.bundle import ONNX_MODEL, SCHEMA_2, load_bundle
from mammoview.inference.gradcam import GRAD_CAM, LESION_MAP, CellField, receptive_field
from tests.drawing_bundles import drawing_network, facts, inputs, needs_export
from training import onnx_model
from training.__main__ import main
from training.config import HeadsConfig, ModelConfig, System
from training.explained import explained_network, explanation_of, field_of
from training.export import write_bundle
from training.models.network import build_network
from training.models.trunks import FEATURES_LAYER
from training.onnx_model import add_onnx, keras_engine, onnx_engine

SIZE = 64


def _network(*, mask: bool = False, classes: int = 2, units: int = 0) -> Any:
    import keras

    keras.utils.set_random_seed(3)
    model = ModelConfig(kind="small-resnet", filters=(8,), classes=classes, units=units)
    system = System(name="made", model=model, heads=HeadsConfig(mask=1.0 if mask else 0.0))
    network = build_network(system, SIZE, SIZE)
    rng = np.random.default_rng(3)
    network.set_weights([weight + 0.1 * rng.standard_normal(weight.shape) for weight in network.get_weights()])
    return network


@pytest.mark.parametrize(
    ("wanted", "mask", "expected"),
    [
        ("auto", True, (LESION_MAP, "mask")),
        ("auto", False, (GRAD_CAM, FEATURES_LAYER)),
        ("grad-cam", True, (GRAD_CAM, FEATURES_LAYER)),
        ("lesion-map", True, (LESION_MAP, "mask")),
    ],
)
def test_a_mask_head_is_the_explanation_unless_grad_cam_is_asked_for(
    wanted: str, mask: bool, expected: tuple[str, str]
) -> None:
    assert explanation_of(_network(mask=mask), wanted, FEATURES_LAYER) == expected


def test_a_lesion_map_that_is_not_there_is_refused() -> None:
    with pytest.raises(UsageError, match="draws no lesions"):
        explanation_of(_network(), "lesion-map", FEATURES_LAYER)
    with pytest.raises(UsageError, match="explanation 'lime' is not known"):
        explanation_of(_network(), "lime", FEATURES_LAYER)


def test_the_cells_of_a_mask_head_tile_the_input_and_features_lie_where_they_look() -> None:
    network = _network(mask=True)
    assert field_of(network, LESION_MAP, "mask", SIZE, SIZE) == CellField(16, 16, 4.0, 1.5, 4.0, 1.5)
    seen = receptive_field(network.get_config(), FEATURES_LAYER, SIZE, SIZE)
    assert field_of(network, GRAD_CAM, FEATURES_LAYER, SIZE, SIZE) == seen


def test_the_masks_that_a_head_is_fitted_on_lie_where_its_cells_are_said_to() -> None:
    """One bright cell of a mask drawn smaller, as `fitting.trainee` draws it, is where the field says."""
    from keras import ops

    mask = np.zeros((1, SIZE, SIZE, 1), np.float32)
    mask[0, 20:24, 36:40] = 1
    small = ops.image.resize(mask, (16, 16), antialias=True, data_format="channels_last")
    row, column = np.unravel_index(int(np.asarray(small)[0, ..., 0].argmax()), (16, 16))
    field = field_of(_network(mask=True), LESION_MAP, "mask", SIZE, SIZE)
    assert field.row_first_px + row * field.row_stride_px == 21.5
    assert field.column_first_px + column * field.column_stride_px == 37.5


def test_a_network_with_a_mask_head_becomes_a_bundle_that_draws_its_map(tmp_path: Path) -> None:
    network = _network(mask=True)
    method, layer = explanation_of(network, "auto", FEATURES_LAYER)
    bundle = load_bundle(write_bundle(explained_network(network, layer), tmp_path, facts(method)))
    pixels = inputs(1)[0][..., None].astype(np.float32) / 255
    mask = np.asarray(network(pixels[None])[1])[0, ..., 0]
    np.testing.assert_allclose(keras_engine(bundle).predict(pixels).response, mask, atol=1e-4)


def test_the_same_network_explained_by_grad_cam_keeps_the_first_schema(tmp_path: Path) -> None:
    network = _network(mask=True)
    made = write_bundle(explained_network(network, FEATURES_LAYER), tmp_path, facts(GRAD_CAM, layer=FEATURES_LAYER))
    record = json.loads((made / "bundle.json").read_text())
    assert record["schema"] == "mammoview.bundle/1"
    assert record["gradcam"]["layer"] == FEATURES_LAYER
    assert "mask" not in [part.name for part in _saved(made).layers]


def _saved(folder: Path) -> Any:
    import keras

    return keras.saving.load_model(folder / "model.keras", compile=False)


@needs_export
@pytest.mark.parametrize("suspicious", [0, 2])
def test_grad_cam_of_three_classes_has_a_closed_form_that_is_keras_gradient(tmp_path: Path, suspicious: int) -> None:
    names = ("normal", "benign", "malignant")
    made = facts(GRAD_CAM, layer=FEATURES_LAYER, classes=names, suspicious=names[suspicious])
    bundle = load_bundle(write_bundle(_network(classes=3), tmp_path, made, onnx=inputs()))
    record = json.loads((bundle.folder / "bundle.json").read_text())
    assert (record["schema"], record["explanation"]["method"], bundle.has_onnx) == (SCHEMA_2, GRAD_CAM, True)
    assert record["onnx"]["cached_inputs"] == 5
    assert record["onnx"]["largest_change_of_a_cell"] <= 1e-3
    for one in inputs(3):
        pixels = one[..., None].astype(np.float32) / 255
        ours, theirs = keras_engine(bundle).predict(pixels), onnx_engine(bundle).predict(pixels)
        np.testing.assert_allclose(theirs.response, ours.response, rtol=1e-3, atol=1e-5)
        assert theirs.logit_difference == pytest.approx(ours.logit_difference, abs=1e-4)


@needs_export
def test_a_head_without_a_closed_form_is_not_written_and_leaves_nothing(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"GlobalAveragePooling2D, Dense, Dense\) has no closed form"):
        write_bundle(_network(units=4), tmp_path, facts(GRAD_CAM, layer=FEATURES_LAYER), onnx=inputs())
    assert not list(tmp_path.iterdir())


@needs_export
@pytest.mark.parametrize(("part", "words"), [("logits", "a probability is off"), ("mask", "a cell is off")])
def test_an_onnx_file_that_says_or_shows_something_else_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, part: str, words: str
) -> None:
    folder = write_bundle(drawing_network(), tmp_path, facts())
    before = {file.name: file.read_bytes() for file in folder.iterdir()}
    explained = onnx_model._explained

    def spoilt(model: Any, bundle: Any) -> Any:
        kernel, bias = model.get_layer(part).get_weights()
        model.get_layer(part).set_weights([kernel, bias + (0.3 if part == "mask" else np.arange(len(bias)) * 0.1)])
        if part == "mask":
            _keep_logits(model)
        return explained(model, bundle)

    monkeypatch.setattr(onnx_model, "_explained", spoilt)
    with pytest.raises(UsageError, match=words):
        add_onnx(folder, inputs())
    assert {file.name: file.read_bytes() for file in folder.iterdir()} == before


def _keep_logits(model: Any) -> None:
    """Let the logits not hang on the map, whose bias was changed."""
    kernel, bias = model.get_layer("logits").get_weights()
    model.get_layer("logits").set_weights([kernel, bias - 0.3 * kernel[-1]])


@needs_export
def test_at_most_so_many_inputs_are_compared(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(onnx_model, "MOST_INPUTS", 2)
    found = add_onnx(write_bundle(drawing_network(), tmp_path, facts()), inputs(4))
    assert (found["golden_inputs"], found["cached_inputs"]) == (4, 2)
    assert (tmp_path / "drawing-0.1" / ONNX_MODEL).stat().st_size == found["bytes"]


@pytest.mark.parametrize("options", [["--onnx"], ["--explanation", "lesion-map"]])
def test_a_bundle_is_not_made_another_one(
    tiny_bundle: Path, capsys: pytest.CaptureFixture[str], options: list[str]
) -> None:
    assert main(["export", str(tiny_bundle), "--cache", "nowhere", *options]) == 2
    said = capsys.readouterr().err
    assert "take a run" in said
    assert said.count("\n") == 1
