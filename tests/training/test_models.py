"""Networks: flat, offline, indifferent to names and to the order of views; local weights fit or are refused."""

from __future__ import annotations

import ast
import json
import socket
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest

import training
from mammoview.core.errors import InputRefusedError, UsageError
from mammoview.inference.gradcam import receptive_field
from tests.training.lesion_runs import tiny
from tests.training.runs import without_graphs
from training.models.network import build_network, classifier_of, output_names
from training.models.trunks import FEATURES_LAYER
from training.models.weights import load_imagenet, load_trunk, start_weights, summed_stem
from training.systems import as_record, load_system


@pytest.fixture
def offline(monkeypatch: pytest.MonkeyPatch) -> None:
    """Any socket fails the test."""

    def refuse(*arguments: Any, **options: Any) -> Any:
        raise AssertionError(f"a socket was opened: {arguments}")

    monkeypatch.setattr(socket, "socket", refuse)
    monkeypatch.setattr(socket, "create_connection", refuse)
    monkeypatch.setattr(socket, "getaddrinfo", refuse)


MODEL_PATH = [
    path
    for place in ("augment.py", "model.py", "fit.py", "config.py", "checkpoint.py", "models/*.py", "fitting/*.py")
    for path in sorted(Path(training.__file__).parent.glob(place))
]


@pytest.mark.parametrize("path", MODEL_PATH, ids=lambda path: f"{path.parent.name}/{path.name}")
def test_no_backend_is_imported_by_its_name(path: Path) -> None:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    names = {alias.name for node in ast.walk(tree) if isinstance(node, ast.Import) for alias in node.names}
    names |= {node.module or "" for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}
    assert not {name.partition(".")[0] for name in names} & {"tensorflow", "jax", "torch", "cv2", "pydicom"}
    assert not [node for node in ast.walk(tree) if isinstance(node, ast.Attribute) and node.attr == "Lambda"]


@pytest.fixture(autouse=True)
def same_chance() -> None:
    keras.utils.set_random_seed(3)


@pytest.mark.parametrize("name", ["dense-baseline", "cnn-64", "small-resnet", "multi-task"])
def test_heat_maps_know_where_the_features_look(name: str) -> None:
    network = build_network(load_system(name), 64, 64)
    grid = receptive_field(network.get_config(), FEATURES_LAYER, 64, 64)
    assert (grid.rows, grid.columns) == tuple(network.outputs[0].shape[1:3])


def test_the_small_residual_network_is_small() -> None:
    assert 130_000 <= build_network(load_system("small-resnet"), 256, 160).count_params() <= 260_000


def test_the_heads_stand_between_features_and_logits_and_are_taken_off_for_a_bundle() -> None:
    system = tiny("multi-task")
    network = build_network(system, 32, 32)
    assert output_names(system.heads) == ("features", "mask", "density", "logits")
    assert [tuple(output.shape)[1:] for output in network.outputs][1:] == [(8, 8, 1), (4,), (2,)]
    plain = classifier_of(network)
    pixels = np.random.default_rng(0).random((2, 32, 32, 1), np.float32)
    found = [np.asarray(output) for output in plain(pixels, training=False)]
    assert [output.shape for output in found] == [(2, *network.outputs[0].shape[1:]), (2, 2)]
    np.testing.assert_array_equal(found[1], np.asarray(network(pixels, training=False)[-1]))
    assert not any(layer.name.startswith("mask") for layer in plain.layers)


def test_the_outline_is_drawn_at_a_quarter_of_any_size() -> None:
    network = build_network(load_system("multi-task"), 72, 40)
    assert tuple(network.outputs[1].shape) == (None, 18, 10, 1)


@pytest.mark.parametrize("pooling", ["mean", "attention"])
def test_views_count_in_any_order_and_missing_ones_not_at_all(pooling: str) -> None:
    network = build_network(tiny("four-view", f"model.pooling={pooling}"), 32, 32)
    rng = np.random.default_rng(1)
    pixels = rng.random((1, 4, 32, 32, 1), np.float32)
    present = np.array([[1, 1, 0, 1]], np.float32)

    def logits(chosen: Any, shown: Any) -> Any:
        return np.asarray(network([chosen, shown], training=False)[1])

    expected = logits(pixels, present)
    order = [3, 2, 0, 1]
    np.testing.assert_allclose(logits(pixels[:, order], present[:, order]), expected, atol=1e-6)
    other = pixels.copy()
    other[0, 2] = rng.random((32, 32, 1))
    np.testing.assert_array_equal(logits(other, present), expected)
    other[0, 1] = rng.random((32, 32, 1))
    assert np.abs(logits(other, present) - expected).max() > 1e-5
    three = build_network(tiny("four-view", f"model.pooling={pooling}"), 32, 32, views=3)
    three.set_weights(network.get_weights())
    found = np.asarray(three([pixels[:, [0, 1, 3]], np.ones((1, 3), np.float32)], training=False)[1])
    np.testing.assert_allclose(found, expected, atol=1e-6)


def test_attention_weighs_the_views(offline: None) -> None:
    systems = [tiny("four-view", f"model.pooling={pooling}") for pooling in ("mean", "attention")]
    networks = [build_network(system, 32, 32) for system in systems]
    given = {layer.name: layer for layer in networks[0].layers}
    for layer in networks[1].layers:
        if layer.name in given and layer.weights:
            layer.set_weights(given[layer.name].get_weights())
    pixels = np.random.default_rng(2).random((1, 4, 32, 32, 1), np.float32)
    said = [np.asarray(net([pixels, np.ones((1, 4), np.float32)], training=False)[1]) for net in networks]
    assert np.abs(said[0] - said[1]).max() > 1e-6


@pytest.fixture(scope="module")
def classifier() -> Any:
    """An EfficientNetV2-B0 for crops."""
    return build_network(load_system("efficientnetv2-b0-roi"), 64, 64)


def test_imagenet_weights_answer_to_grey_as_they_did_to_grey_in_three_channels(
    tmp_path: Path, offline: None, classifier: Any
) -> None:
    """Checked behind the first batch norm, away from the border, where padding differs."""
    colour = keras.applications.EfficientNetV2B0(include_top=False, weights=None, input_shape=(64, 64, 3))
    rng = np.random.default_rng(4)
    norm = colour.get_layer("stem_bn")  # behind Keras' own preprocessing
    norm.set_weights([rng.random(w.shape, np.float32) + 0.5 for w in norm.weights])
    colour.save_weights(tmp_path / "notop.weights.h5")
    assert load_imagenet(classifier, tmp_path / "notop.weights.h5", "B0") > 100
    grey = rng.random((1, 64, 64, 1), np.float32)
    expected = keras.Model(colour.input, norm.output)(np.repeat(grey, 3, axis=-1) * 255, training=False)
    found = keras.Model(classifier.input, classifier.get_layer("stem_bn").output)(grey, training=False)
    np.testing.assert_allclose(np.asarray(found)[:, 1:-1, 1:-1], np.asarray(expected)[:, 1:-1, 1:-1], atol=2e-4)
    last = [layer for layer in colour.layers if layer.weights][-1].name
    for one, other in zip(classifier.get_layer(last).get_weights(), colour.get_layer(last).get_weights(), strict=True):
        np.testing.assert_array_equal(one, other)


def test_the_largest_family_has_its_own_scaling() -> None:
    """Keras' S takes x / 128 - 1 of 0..255 in all channels."""
    kernel = np.random.default_rng(5).standard_normal((3, 3, 3, 4)).astype(np.float32)
    one, shift = summed_stem(kernel, "S")
    patch = np.random.default_rng(6).random((3, 3), np.float32)
    expected = np.einsum("ij,ijcf->f", patch * 255 / 128 - 1, kernel)
    np.testing.assert_allclose(np.einsum("ij,ijcf->f", 4 * patch - 2, one) - shift, expected, atol=1e-4)


@pytest.mark.parametrize("content", [None, b"no weights", "other"])
def test_a_file_that_is_not_the_imagenet_one_is_one_line(
    tmp_path: Path, content: bytes | str | None, classifier: Any
) -> None:
    path = tmp_path / "notop.weights.h5"
    if content == "other":
        classifier.save_weights(path)  # of one channel
    elif isinstance(content, bytes):
        path.write_bytes(content)
    with pytest.raises(InputRefusedError, match=r"no such weights file|not Keras' no-top file") as caught:
        load_imagenet(classifier, path, "B0")
    assert "\n" not in str(caught.value)


def _run(folder: Path, name: str, *changes: str) -> Any:
    """A run's weights and config, as `fit` leaves them, and its network."""
    system = tiny(name, *changes)
    network = build_network(system, 32, 32)
    network.save_weights(folder / "best.weights.h5")
    record = {"system": as_record(system), "rows": 32, "columns": 32}
    (folder / "config.json").write_text(json.dumps(record))
    return network


def test_the_trunk_of_another_run_is_taken_whatever_its_head(tmp_path: Path) -> None:
    donor = _run(tmp_path, "multi-task", "model.units=5")
    file = tmp_path / "best.weights.h5"
    system = tiny("four-view", "start.kind=trunk", f"start.file='{file}'")
    network = build_network(system, 48, 40)
    with without_graphs():
        start_weights(network, system)
    for layer in network.layers:
        if layer.weights and not layer.name.startswith(("logits", "attention")):
            for one, other in zip(layer.get_weights(), donor.get_layer(layer.name).get_weights(), strict=True):
                np.testing.assert_array_equal(one, other)


def test_another_trunk_is_refused(tmp_path: Path) -> None:
    _run(tmp_path, "multi-task")
    network = build_network(tiny("small-resnet", "model.filters=[16]"), 32, 32)
    with pytest.raises(InputRefusedError, match="is of another trunk"):
        load_trunk(network, tmp_path / "best.weights.h5")
    (tmp_path / "config.json").unlink()
    with pytest.raises(InputRefusedError, match=r"no config.json of a run beside it"):
        load_trunk(network, tmp_path / "best.weights.h5")
    with pytest.raises(InputRefusedError, match="no such weights file"):
        load_trunk(network, tmp_path / "absent.weights.h5")


def test_inputs_that_are_too_small_are_refused() -> None:
    with pytest.raises(UsageError, match="8 x 8 are too small"):
        build_network(load_system("dense-baseline"), 8, 8)
    with pytest.raises(UsageError, match="too small"):
        build_network(load_system("small-resnet"), 12, 64)
    with pytest.raises(UsageError, match="31 x 64 are too small"):
        build_network(load_system("efficientnetv2-b0"), 31, 64)
