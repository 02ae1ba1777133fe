"""Maps of a network against finite differences and plain class activation maps; how maps and lesions are compared."""

from __future__ import annotations

from typing import Any

import keras
import numpy as np
import pytest
from keras import layers
from numpy.typing import NDArray

from mammoview.core.errors import UsageError
from mammoview.inference.gradcam import CellField, grad_cam
from tests.training.lesion_runs import tiny
from training.explanations import gradients as backends
from training.explanations.agreement import energy, iou, near, otsu, pointing
from training.explanations.froc import Marks, froc, marks_of
from training.explanations.gradients import Explainer
from training.explanations.maps import (
    breast_of,
    centre_map,
    edge_map,
    grad_cam_plus_plus,
    hires_cam,
    laid,
    normalised,
    random_map,
)
from training.models.network import build_network
from training.models.trunks import FEATURES_LAYER

SIZE = 32


@pytest.fixture(autouse=True)
def same_chance() -> None:
    keras.utils.set_random_seed(5)


def _network(classes: int = 2, *, pooled: bool = True) -> Any:
    """Two convolutions, then GAP + Dense, or Flatten + Dense + ReLU + Dense."""
    pixels = keras.Input((SIZE, SIZE, 1))
    flow = layers.Conv2D(6, 3, strides=4, padding="same", activation="relu", bias_initializer="normal")(pixels)
    flow = layers.Conv2D(5, 3, padding="same", activation="tanh", name=FEATURES_LAYER)(flow)
    vector = layers.GlobalAveragePooling2D()(flow) if pooled else layers.Dense(7, "tanh")(layers.Flatten()(flow))
    return keras.Model(pixels, [flow, layers.Dense(classes, name="logits")(vector)])


def _pixels(seed: int = 0, views: int = 1) -> NDArray[np.float32]:
    """Noise of both signs, so that no map is empty: float32 (views, rows, columns)."""
    return np.random.default_rng(seed).standard_normal((views, SIZE, SIZE), np.float32)


@pytest.mark.parametrize("pooled", [True, False])
@pytest.mark.parametrize("classes", [2, 3])
def test_grad_cam_is_that_of_finite_differences(classes: int, pooled: bool) -> None:
    network = _network(classes, pooled=pooled)
    explainer = Explainer(network, layer=FEATURES_LAYER, suspicious=classes - 1)
    answer = explainer.answer(_pixels())
    features = answer.features[0].astype(np.float64)
    head = [[np.asarray(part, np.float64) for part in layer.get_weights()] for layer in network.layers[3:]]

    def difference(moved: NDArray[np.float64]) -> float:
        vector = moved.mean(axis=(0, 1)) if pooled else np.tanh(moved.ravel() @ head[-2][0] + head[-2][1])
        logits = vector @ head[-1][0] + head[-1][1]
        return float(logits[-1] - np.log(np.exp(logits[:-1]).sum()))

    step = 1e-4
    slopes = []
    for channel in range(features.shape[-1]):
        shift = np.zeros(features.shape[-1])
        shift[channel] = step
        slopes.append((difference(features + shift) - difference(features - shift)) / (2 * step))
    expected = normalised(features @ (np.array(slopes) / features[..., 0].size))
    assert answer.difference == pytest.approx(difference(features), abs=1e-5)
    np.testing.assert_allclose(grad_cam(answer.features[0], answer.gradients[0]), expected, atol=1e-4)
    assert expected.max() == 1


@pytest.mark.parametrize("method", [grad_cam, hires_cam])
def test_on_pooled_features_the_map_is_the_class_activation_map(method: Any) -> None:
    network = _network()
    kernel = np.asarray(network.get_layer("logits").get_weights()[0], np.float64)
    answer = Explainer(network, layer=FEATURES_LAYER, suspicious=1).answer(_pixels())
    activation = np.maximum(answer.features[0].astype(np.float64) @ (kernel[:, 1] - kernel[:, 0]), 0)
    np.testing.assert_allclose(
        method(answer.features[0], answer.gradients[0]), activation / activation.max(), atol=1e-5
    )


def test_hires_cam_uses_the_gradient_of_each_cell_and_grad_cam_does_not() -> None:
    features = np.ones((2, 2, 1), np.float32)
    slopes = np.array([[1, 3], [0, -2]], np.float32)[..., None]
    np.testing.assert_allclose(hires_cam(features, slopes), np.array([[1 / 3, 1], [0, 0]]), atol=1e-6)
    np.testing.assert_allclose(grad_cam(features, slopes), np.ones((2, 2)), atol=1e-6)


def test_grad_cam_plus_plus_weighs_cells_as_published() -> None:
    rng = np.random.default_rng(1)
    features, slopes = rng.random((3, 4, 2)), rng.standard_normal((3, 4, 2))
    weights = np.zeros(2)
    for channel in range(2):
        for cell in np.ndindex(3, 4):
            slope = slopes[(*cell, channel)]
            share = slope**2 / (2 * slope**2 + features[..., channel].sum() * slope**3)
            weights[channel] += share * max(slope, 0)
    expected = np.maximum(features @ weights, 0)
    found = grad_cam_plus_plus(features.astype(np.float32), slopes.astype(np.float32))
    np.testing.assert_allclose(found, expected / expected.max(), atol=1e-4)


@pytest.mark.parametrize("method", [grad_cam, grad_cam_plus_plus, hires_cam])
@pytest.mark.parametrize("slope", [0.0, -1.0, np.nan])
def test_a_map_without_response_is_empty_and_no_number_is_lost(method: Any, slope: float) -> None:
    found = method(np.ones((3, 3, 2), np.float32), np.full((3, 3, 2), slope, np.float32))
    np.testing.assert_array_equal(found, np.zeros((3, 3)))


def test_every_view_of_an_example_has_its_own_map() -> None:
    network = build_network(tiny("two-view-small", trunk=False), SIZE, SIZE, views=3)
    explainer = Explainer(network, layer=FEATURES_LAYER, suspicious=1)
    pixels = _pixels(views=2)
    answer = explainer.answer(pixels)
    assert answer.features.shape[0] == answer.gradients.shape[0] == 2
    turned = explainer.answer(pixels[::-1])
    np.testing.assert_allclose(turned.gradients[::-1], answer.gradients, atol=1e-6)
    assert turned.difference == pytest.approx(answer.difference, abs=1e-5)
    assert np.abs(answer.gradients).min(axis=(1, 2, 3)).min() > 0
    chance = explainer.probabilities(pixels[None])[0]
    assert chance == pytest.approx(1 / (1 + np.exp(-answer.difference)), abs=1e-6)


def test_a_layer_without_places_and_a_backend_without_gradients_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    network = _network()
    with pytest.raises(UsageError, match="has no places"):
        Explainer(network, layer="logits", suspicious=1)
    monkeypatch.setattr(backends, "_GRADIENTS", {"other": None})
    with pytest.raises(UsageError, match=r"no gradients for Keras' backend.*set KERAS_BACKEND to other"):
        Explainer(network, layer=FEATURES_LAYER, suspicious=1)


def _spot(rows: int, columns: int, *places: tuple[int, int]) -> NDArray[np.uint8]:
    found = np.zeros((rows, columns), np.uint8)
    for place in places:
        found[place] = 1
    return found


def test_a_map_points_at_a_lesion_within_the_tolerance_and_not_beyond() -> None:
    lesion = _spot(40, 40, (20, 20))
    for place, hit in (((20, 20), 1), ((24, 20), 1), ((25, 20), 0), ((20, 28), 1), ((20, 29), 0), ((23, 27), 0)):
        assert pointing(_spot(40, 40, place).astype(np.float32), lesion, (4, 8)) == hit, place


def test_equally_strong_places_count_by_their_share_and_an_empty_map_points_nowhere() -> None:
    lesion = _spot(10, 10, (2, 2))
    assert pointing(_spot(10, 10, (2, 2), (8, 8), (8, 9), (2, 3)).astype(np.float32), lesion, (1, 1)) == 0.5
    assert pointing(np.zeros((10, 10), np.float32), lesion, (20, 20)) == 0


def test_an_area_grows_by_its_tolerance_as_an_ellipse() -> None:
    found = near(_spot(11, 11, (5, 5)), (2.5, 4))
    assert found[:, 5].tolist() == [3 <= row <= 7 for row in range(11)]
    assert found[5].tolist() == [1 <= column <= 9 for column in range(11)]
    assert not found[7, 8]
    assert near(_spot(3, 3, (1, 1)), (0, 0)).sum() == 1


def test_energy_is_the_share_of_the_sum_in_the_lesion() -> None:
    response = np.array([[0.2, 0.6], [0.0, 0.2]], np.float32)
    assert energy(response, np.array([[0, 1], [1, 0]], np.uint8)) == pytest.approx(0.6)
    assert energy(np.zeros((2, 2), np.float32), np.ones((2, 2), np.uint8)) == 0


def test_otsu_parts_the_two_greys_of_a_map_within_the_breast() -> None:
    response = np.full((8, 8), 0.3, np.float32)
    response[2:4, 2:6] = 0.9
    breast = np.ones((8, 8), np.bool_)
    breast[:, 5] = False
    drawn = otsu(response, breast)
    assert drawn.sum() == 6
    np.testing.assert_array_equal(otsu(response / np.float32(1000), breast), drawn)
    lesion = np.zeros((8, 8), np.uint8)
    lesion[2:6, 2:5] = 1
    assert iou(drawn, lesion) == pytest.approx(6 / 12)
    assert not otsu(np.zeros((8, 8), np.float32), breast).any()
    assert iou(drawn & False, np.zeros((8, 8), np.uint8)) == 0


FIELD = CellField(8, 8, 4.0, 1.5, 4.0, 1.5)


def _breast() -> NDArray[np.bool_]:
    down, across = np.mgrid[0:32, 0:32]
    return np.asarray(np.hypot(down - 16, across) < 15)


def test_chance_points_as_often_as_the_lesion_is_large() -> None:
    breast = np.ones((32, 32), np.bool_)
    lesion = np.zeros((32, 32), np.uint8)
    lesion[:16, :16] = 1
    hits = [pointing(random_map((8, 8), FIELD, breast, np.random.default_rng(n)), lesion, (0, 0)) for n in range(400)]
    assert np.mean(hits) == pytest.approx(0.25, abs=0.06)


def test_the_centre_lies_at_the_centroid_and_everything_in_the_breast() -> None:
    breast = _breast()
    found = centre_map(breast)
    middle = [float(places.mean()) for places in np.nonzero(breast)]
    assert np.unravel_index(found.argmax(), found.shape) == tuple(round(value) for value in middle)
    assert not found[~breast].any()
    assert 0.9 < found.max() <= 1


def test_edges_are_found_where_greys_change_and_not_at_the_outline() -> None:
    pixels = np.where(_breast(), 0.5, 0).astype(np.float32)
    breast = breast_of(pixels)
    np.testing.assert_array_equal(breast, _breast())
    assert not edge_map(pixels, breast).any()
    pixels[14:18, 4:8] = 0.7
    row, column = np.unravel_index(edge_map(pixels, breast).argmax(), pixels.shape)
    assert 12 <= row <= 19
    assert 2 <= column <= 9


def test_cells_are_laid_at_the_centres_of_their_fields_within_the_breast() -> None:
    cells = np.zeros((8, 8), np.float32)
    cells[4, 2] = 1
    found = laid(cells, CellField(8, 8, 4.0, 2.0, 4.0, 1.0), _breast())
    assert divmod(int(found.argmax()), SIZE) == (18, 9)
    cells[:] = 1
    assert not laid(cells, FIELD, _breast())[~_breast()].any()


def test_marks_are_the_maxima_of_a_map_and_hit_the_lesions_they_lie_in() -> None:
    response = np.zeros((60, 60), np.float32)
    for place, strength in (((10, 10), 0.9), ((12, 12), 0.8), ((40, 40), 0.5), ((50, 10), 0.3), ((5, 50), 1e-7)):
        response[place] = strength
    lesion = np.zeros((60, 60), np.uint8)
    lesion[9:12, 9:12] = lesion[20:22, 50:52] = 1
    found = marks_of(response, lesion, (5, 5), "a")
    assert sorted(found.hits) == pytest.approx([0, 0.9])
    assert sorted(found.alarms) == pytest.approx([0.3, 0.5])


def test_parts_of_a_lesion_that_lie_close_are_one_lesion() -> None:
    response = np.zeros((60, 60), np.float32)
    response[10, 10] = 0.6
    lesion = _spot(60, 60, (10, 10), (10, 14), (10, 18), (40, 40))
    assert sorted(marks_of(response, lesion, (6, 6), "a").hits) == pytest.approx([0, 0.6])
    assert len(marks_of(response, lesion, (2, 2), "a").hits) == 4


def test_froc_is_the_share_of_lesions_found_at_so_many_false_positives() -> None:
    images = [Marks(f"w{n}", (0.9,), (0.8,) if n < 5 else ()) for n in range(10)]
    images += [Marks(f"x{n}", (0.7,), (0.6,)) for n in range(10)]
    found = froc(images, samples=20)
    values = {rate: told["value"] for rate, told in found["sensitivity"].items()}
    assert values == {"0.25": 1.0, "0.5": 1.0, "1": 1.0, "2": 1.0}
    harder = froc([*images, *(Marks(f"y{n}", (), (0.85,)) for n in range(20))], samples=20)
    values = {rate: told["value"] for rate, told in harder["sensitivity"].items()}
    assert values == {"0.25": 0.5, "0.5": 0.5, "1": 1.0, "2": 1.0}
    assert (harder["images"], harder["lesions"], harder["women"]) == (40, 20, 40)
    curve = harder["curve"]
    assert (curve["sensitivity"][-1], curve["false_positives_per_image"][-1]) == (1.0, 35 / 40)


def test_a_mask_head_that_marks_nothing_finds_nothing() -> None:
    nothing = [Marks(f"w{n}", (0.0,), ()) for n in range(20)]
    assert froc(nothing, samples=10)["sensitivity"]["2"]["value"] == 0
    assert froc(nothing[1:], samples=10)["sensitivity"]["2"] == "too few"
