"""A bundle whose network draws the heat map itself: how it is described, loaded, run, and laid over the image."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from mammoview.core.errors import BundleError
from mammoview.inference import keras_engine
from mammoview.inference.bundle import SCHEMA_2, load_bundle, write_record
from mammoview.inference.engine import EngineAnswer, with_flips
from mammoview.inference.golden import check_golden
from mammoview.inference.gradcam import GRAD_CAM, LESION_MAP, CellField, lesion_cells
from mammoview.inference.keras_engine import KerasEngine
from mammoview.inference.predictor import Predictor
from mammoview.inference.preprocess import preprocess
from tests.bundles import make_breast
from tests.drawing_bundles import SIZE, inputs, make_drawing_bundle


@pytest.fixture(scope="module")
def drawing(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_drawing_bundle(tmp_path_factory.mktemp("models"))


@pytest.fixture(scope="module")
def engine(drawing: Path) -> KerasEngine:
    bundle = load_bundle(drawing)
    return KerasEngine(
        bundle.model_file, layer="mask", suspicious=bundle.suspicious_index, explanation=LESION_MAP, device="cpu"
    )


def test_the_bundle_says_that_its_network_draws_the_map(drawing: Path) -> None:
    bundle = load_bundle(drawing)
    assert (bundle.explanation, bundle.layer) == (LESION_MAP, "mask")
    assert bundle.field == CellField(16, 16, 4.0, 1.5, 4.0, 1.5)
    record = json.loads((drawing / "bundle.json").read_text())
    assert record["schema"] == SCHEMA_2
    assert "gradcam" not in record
    assert not bundle.has_onnx


def test_a_bundle_of_the_first_schema_is_explained_by_grad_cam(tiny_bundle: Path) -> None:
    assert json.loads((tiny_bundle / "bundle.json").read_text())["schema"] == "mammoview.bundle/1"
    assert load_bundle(tiny_bundle).explanation == GRAD_CAM


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda record: record["explanation"].update(method="lime"), "explanation 'lime' is not known"),
        (lambda record: record["explanation"].pop("layer"), "layer"),
        (lambda record: record["explanation"]["field"].update(column_stride_px=-1.0), "stride"),
    ],
)
def test_an_explanation_that_makes_no_sense_fails_the_schema(
    drawing: Path, tmp_path: Path, change: Callable[[dict[str, Any]], None], words: str
) -> None:
    for file in drawing.iterdir():
        (tmp_path / file.name).write_bytes(file.read_bytes())
    record = json.loads((tmp_path / "bundle.json").read_text())
    del record["sha256"], record["schema"]
    change(record)
    write_record(tmp_path, record)
    with pytest.raises(BundleError, match=words) as caught:
        load_bundle(tmp_path)
    assert caught.value.step == "schema"


def test_the_engine_agrees_with_a_plain_forward_pass(drawing: Path, engine: KerasEngine) -> None:
    import keras

    model = keras.saving.load_model(drawing / "model.keras", compile=False)
    pixels = np.random.default_rng(2).random((SIZE, SIZE, 1)).astype(np.float32)
    _, mask, logits = (np.asarray(output)[0] for output in model(pixels[None]))
    answer = engine.predict(pixels)
    assert answer.logit_difference == pytest.approx(float(logits[1] - logits[0]), abs=1e-5)
    np.testing.assert_allclose(answer.response, mask[..., 0], atol=1e-5)
    np.testing.assert_allclose(answer.cells, lesion_cells(mask[..., 0]), atol=1e-5)
    assert np.ptp(answer.cells) > 0.05


def test_no_gradient_is_taken_of_a_lesion_map(engine: KerasEngine) -> None:
    graph = engine._answer.get_concrete_function().graph
    assert not [node.name for node in graph.get_operations() if node.name.startswith("gradient_tape")]


def test_half_precision_rounds_the_map_and_keeps_it(
    drawing: Path, engine: KerasEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The CPU under the name of a GPU."""
    monkeypatch.setattr(keras_engine, "_choose_device", lambda wanted, tell=None: ("gpu:Fake", "/CPU:0"))
    mixed = KerasEngine(drawing / "model.keras", layer="mask", suspicious=1, explanation=LESION_MAP, precision="mixed")
    pixels = np.random.default_rng(2).random((SIZE, SIZE, 1)).astype(np.float32)
    ours, exact = mixed.predict(pixels), engine.predict(pixels)
    assert np.any(ours.response != exact.response)
    assert ours.logit_difference == pytest.approx(exact.logit_difference, abs=1e-2)
    np.testing.assert_allclose(ours.cells, exact.cells, atol=1e-2)


@pytest.mark.parametrize("layer", ["features", "logits"])
def test_a_layer_that_gives_no_map_is_refused(drawing: Path, layer: str) -> None:
    from tests.drawing_bundles import drawing_network

    folder = drawing.parent / layer
    folder.mkdir(exist_ok=True)
    drawing_network().save(folder / "model.keras")
    with pytest.raises(BundleError, match="not a map of one channel"):
        KerasEngine(folder / "model.keras", layer=layer, suspicious=1, explanation=LESION_MAP, device="cpu")


def test_recorded_maps_that_were_made_otherwise_are_found(drawing: Path, engine: KerasEngine) -> None:
    """The same network, its map taken for a response to be rectified."""
    bundle = load_bundle(drawing)
    assert check_golden(bundle, engine, remember=False)

    class Rectified:
        device, runtime = "cpu", "keras"

        def predict(self, pixels: Any) -> EngineAnswer:
            answer = engine.predict(pixels)
            strongest = max(float(answer.response.max()), 1e-6)
            cells = np.maximum(answer.response, np.float32(0)) / np.float32(strongest)
            return replace(answer, cells=np.asarray(cells, np.float32))

    with pytest.raises(BundleError, match="heat map 1"):
        check_golden(bundle, Rectified(), remember=False)


def test_the_process_draws_the_map_and_lays_it_over_the_image(drawing: Path, engine: KerasEngine) -> None:
    image = make_breast(seed=4)
    with Predictor(drawing, "cpu") as running:
        answer = running.predict(image)
        params = running.bundle.preprocess
    made = preprocess(image, params)
    assert answer.heat_map is not None
    np.testing.assert_allclose(answer.heat_map.cells, engine.predict(made.pixels).cells, atol=1e-5)
    middle = made.crop.model_from_stored().inverse()(1.5 + 4 * 7, 1.5 + 4 * 5)
    assert answer.heat_map.cells_from_stored(*middle) == pytest.approx((7.0, 5.0), abs=1e-6)


def test_with_flips_the_mean_is_answered_and_an_upside_down_image_gets_the_same(engine: KerasEngine) -> None:
    field = CellField(16, 16, 4.0, 1.5, 4.0, 1.5)
    pixels = np.random.default_rng(3).random((SIZE, SIZE, 1)).astype(np.float32)
    turned = np.ascontiguousarray(pixels[::-1])
    one, other = engine.predict(pixels), engine.predict(turned)
    both, back = with_flips(engine, np.stack([pixels, turned]), field)
    assert both.logit_difference == pytest.approx((one.logit_difference + other.logit_difference) / 2)
    assert back.logit_difference == pytest.approx(both.logit_difference, abs=1e-6)
    np.testing.assert_allclose(both.response, (one.response + other.response[::-1]) / 2, atol=1e-5)
    np.testing.assert_allclose(back.cells[::-1], both.cells, atol=1e-5)


class _Ramp:
    """Answers with a response that is the place, in input rows, where each cell looks."""

    device, precision, runtime, explanation = "cpu", "float32", "keras", GRAD_CAM
    input_shape = (416, 256, 1)

    def __init__(self, field: CellField) -> None:
        self._field = field

    def predict(self, pixels: Any) -> EngineAnswer:
        look = self._field.row_first_px + np.arange(self._field.rows) * self._field.row_stride_px
        seen = np.interp(look, np.arange(len(pixels)), pixels[:, 0, 0]).astype(np.float32)
        response = np.repeat(seen[:, None], 2, axis=1)
        return EngineAnswer(0.0, response, response, 0.0)

    def predict_many(self, pixels: Any) -> list[EngineAnswer]:
        return [self.predict(one) for one in pixels]


def test_a_mirrored_map_is_laid_back_where_its_cells_look() -> None:
    """Padding moves the cells of the bundle that ships by almost one: turned back cell by cell they would lie wrong."""
    field = CellField(13, 2, 32.0, 31.0, 32.0, 31.0)
    pixels = np.repeat(np.arange(416, dtype=np.float32)[:, None, None], 256, axis=1)
    found = with_flips(_Ramp(field), pixels[None], field)[0].response[:, 0]
    expected = 31.0 + 32.0 * np.arange(13)
    np.testing.assert_allclose(found[:-1], expected[:-1], atol=0.01)


def test_the_process_takes_the_mean_where_flips_are_asked_for(drawing: Path, engine: KerasEngine) -> None:
    image = make_breast(seed=2)
    with Predictor(drawing, "cpu", flips=True) as running:
        answer = running.predict(image)
        bundle = running.bundle
    (expected,) = with_flips(engine, preprocess(image, bundle.preprocess).pixels[None], bundle.field)
    assert answer.score == pytest.approx(bundle.calibration.probability(expected.logit_difference), abs=1e-6)
    assert answer.score != pytest.approx(
        bundle.calibration.probability(engine.predict(preprocess(image, bundle.preprocess).pixels).logit_difference),
        abs=1e-6,
    )


def test_made_inputs_are_not_all_alike(engine: KerasEngine) -> None:
    answers = [engine.predict(one[..., None].astype(np.float32) / 255).logit_difference for one in inputs()]
    assert np.ptp(answers) > 1e-3
