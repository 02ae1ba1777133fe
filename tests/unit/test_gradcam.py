"""Grad-CAM and where its cells lie, against numeric references."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from mammoview.core.errors import MammoviewError
from mammoview.core.geometry import ALL_ORIENTATIONS, Box, Crop
from mammoview.inference.gradcam import (
    CellField,
    cells_from_stored,
    drawn_field,
    grad_cam,
    lesion_cells,
    receptive_field,
)


def test_weights_are_mean_gradients_and_the_response_is_rectified() -> None:
    features = np.zeros((2, 3, 2), np.float32)
    features[0, 0] = (1, 0)
    features[1, 2] = (2, 0)
    features[0, 2] = (0, 5)
    gradients = np.zeros((2, 3, 2), np.float32)
    gradients[..., 0] = 0.5
    gradients[..., 1] = -1.0
    cells = grad_cam(features, gradients)
    expected = np.array([[0.5, 0, 0], [0, 0, 1]], np.float32)
    assert cells.dtype == np.float32
    np.testing.assert_allclose(cells, expected, atol=1e-7)


@pytest.mark.parametrize("value", [0.0, -1.0, np.nan, np.inf])
def test_no_response_is_all_zero_and_never_nan(value: float) -> None:
    cells = grad_cam(np.full((3, 2, 4), value, np.float32), np.ones((3, 2, 4), np.float32))
    assert cells.tolist() == np.zeros((3, 2)).tolist()


def _plain(keras: Any) -> tuple[Any, str]:
    pixels = keras.Input((96, 80, 1))
    x = keras.layers.Rescaling(2.0)(pixels)
    x = keras.layers.Conv2D(2, 3, strides=2, padding="same")(x)
    x = keras.layers.DepthwiseConv2D(5, strides=2, padding="same")(x)
    x = keras.layers.Conv2D(2, (3, 5), padding="valid")(x)
    x = keras.layers.AveragePooling2D(2, name="seen")(x)
    return keras.Model(pixels, x), "seen"


def _padded(keras: Any) -> tuple[Any, str]:
    pixels = keras.Input((97, 83, 1))
    x = keras.layers.ZeroPadding2D(((1, 2), (0, 1)))(pixels)
    x = keras.layers.Conv2D(2, 4, strides=(2, 3))(x)
    x = keras.layers.Cropping2D(((1, 0), (2, 1)))(x)
    x = keras.layers.Conv2D(2, 3, dilation_rate=2, padding="same", name="seen")(x)
    return keras.Model(pixels, x), "seen"


def _branched(keras: Any) -> tuple[Any, str]:
    pixels = keras.Input((95, 96, 1))
    x = keras.layers.Conv2D(2, 3, strides=2, padding="same")(pixels)
    gate = keras.layers.GlobalAveragePooling2D(keepdims=True)(x)
    gate = keras.layers.Conv2D(2, 1, name="gate")(gate)
    inner = keras.layers.Conv2D(2, 3, padding="same")(x)
    inner = keras.layers.Multiply()([inner, gate])
    x = keras.layers.Add()([x, inner])
    x = keras.layers.Conv2D(2, 3, strides=2, padding="same", name="seen")(x)
    return keras.Model(pixels, x), "seen"


def _pyramid(keras: Any) -> tuple[Any, str]:
    """Coarse cells drawn larger, cut to size and added to finer ones that see less; both see beside their middle."""
    pixels = keras.Input((95, 88, 1))
    fine = keras.layers.Conv2D(2, 3, strides=2, padding="same")(pixels)
    coarse = keras.layers.Conv2D(2, 3, strides=2, padding="same")(fine)
    grown = keras.layers.UpSampling2D(2, interpolation="bilinear")(coarse)
    grown = keras.layers.Conv2D(2, 3, padding="same")(keras.layers.Cropping2D(((0, 0), (0, 0)))(grown))
    return keras.Model(pixels, [fine, keras.layers.Conv2D(2, 1, name="seen")(grown)]), "seen"


def _resized(keras: Any) -> tuple[Any, str]:
    pixels = keras.Input((64, 48, 1))
    x = keras.layers.AveragePooling2D(4)(pixels)
    return keras.Model(pixels, keras.layers.Resizing(32, 24, interpolation="bilinear", name="seen")(x)), "seen"


def _operations(keras: Any) -> tuple[Any, str]:
    """Keras' own operations in place of layers: a mask, a slice of channels, a mean over them."""
    pixels = keras.Input((64, 48, 1))
    there = keras.ops.cast(keras.ops.greater(pixels, 0.5), "float32")
    x = keras.layers.Conv2D(2, 3, strides=2, padding="same")(keras.ops.multiply(pixels, there))
    x = keras.ops.mean(keras.ops.add(x[..., :1], x), axis=-1, keepdims=True)
    return keras.Model(pixels, keras.layers.Conv2D(2, 3, strides=2, padding="same", name="seen")(x)), "seen"


def _centroid(model: Any, row: int, column: int) -> tuple[float, float]:
    """Where one cell looks: the centroid of its gradient, with all kernels ones."""
    import tensorflow as tf

    pixels = tf.Variable(np.ones((1, *model.input_shape[1:]), np.float32))
    with tf.GradientTape() as tape:
        output = model(pixels)
        value = tf.reduce_sum((output[-1] if isinstance(output, list) else output)[:, row, column])
    field = np.abs(tape.gradient(value, pixels).numpy()[0, ..., 0])
    rows, columns = np.indices(field.shape)
    return float((field * rows).sum() / field.sum()), float((field * columns).sum() / field.sum())


@pytest.mark.parametrize("build", [_plain, _padded, _branched, _pyramid, _operations])
def test_cells_lie_where_their_gradients_do(build: Callable[[Any], tuple[Any, str]]) -> None:
    import keras

    model, layer = build(keras)
    for variable in model.weights:
        ones = ("bias" if "gate" in variable.path else "kernel") in variable.path  # the gate stays open
        variable.assign(np.full(variable.shape, float(ones)))
    field = receptive_field(model.get_config(), layer, *model.input_shape[1:3])
    assert (field.rows, field.columns) == model.get_layer(layer).output.shape[1:3]
    for row, column in ((field.rows // 2, field.columns // 2), (field.rows // 2 - 1, field.columns // 2 + 1)):
        expected = _centroid(model, row, column)
        assert field.row_first_px + row * field.row_stride_px == pytest.approx(expected[0], abs=1e-3)
        assert field.column_first_px + column * field.column_stride_px == pytest.approx(expected[1], abs=1e-3)


def test_cells_that_were_resized_tile_as_before() -> None:
    """Bilinear weights lean towards a neighbour or the other, so that only the mean of a pair lies where it is said."""
    import keras

    model, layer = _resized(keras)
    field = receptive_field(model.get_config(), layer, 64, 48)
    assert (field.rows, field.columns, field.row_stride_px, field.row_first_px) == (32, 24, 2.0, 0.5)
    pair = [_centroid(model, row, 9)[0] for row in (15, 16)]
    assert np.mean(pair) == pytest.approx(field.row_first_px + 15.5 * field.row_stride_px)


@pytest.mark.parametrize("padding", ["same", "valid"])
def test_cells_of_a_transposed_convolution_lie_on_the_average_where_they_look(padding: str) -> None:
    import keras

    pixels = keras.Input((64, 48, 1))
    x = keras.layers.Conv2D(1, 3, strides=4, padding="same")(pixels)
    x = keras.layers.Conv2DTranspose(1, 4, strides=2, padding=padding, name="seen")(x)
    model = keras.Model(pixels, x)
    for variable in model.weights:
        variable.assign(np.full(variable.shape, float("kernel" in variable.path)))
    field = receptive_field(model.get_config(), "seen", 64, 48)
    assert (field.rows, field.columns) == x.shape[1:3]
    found = np.mean([_centroid(model, row, 9)[0] for row in (14, 15)])
    assert found == pytest.approx(field.row_first_px + 14.5 * field.row_stride_px, abs=1e-3)


def test_nearest_cells_lie_on_the_average_where_they_look() -> None:
    import keras

    pixels = keras.Input((64, 48, 1))
    x = keras.layers.UpSampling2D(4, name="seen")(keras.layers.AveragePooling2D(8)(pixels))
    model = keras.Model(pixels, x)
    field = receptive_field(model.get_config(), "seen", 64, 48)
    found = np.mean([_centroid(model, row, 9)[0] for row in range(12, 16)])
    assert found == pytest.approx(field.row_first_px + 13.5 * field.row_stride_px)
    assert field.row_stride_px == 2.0


def test_a_resizing_that_is_not_known_is_refused_where_the_map_hangs_on_it() -> None:
    import keras

    pixels = keras.Input((64, 48, 1))
    odd = keras.layers.UpSampling2D(2, interpolation="bicubic", name="odd")(pixels)
    plain = keras.layers.Conv2D(1, 3, name="plain")(pixels)
    config = keras.Model(pixels, [odd, plain]).get_config()
    with pytest.raises(MammoviewError, match="layer odd: interpolation 'bicubic'"):
        receptive_field(config, "odd", 64, 48)
    assert receptive_field(config, "plain", 64, 48).rows == 62


def test_an_index_that_moves_cells_is_refused() -> None:
    import keras

    pixels = keras.Input((64, 48, 1))
    model = keras.Model(pixels, keras.layers.Conv2D(1, 1, name="seen")(pixels[:, 8:]))
    with pytest.raises(MammoviewError, match="GetItem is not known"):
        receptive_field(model.get_config(), "seen", 64, 48)


def test_a_drawn_map_tiles_the_input() -> None:
    field = drawn_field((52, 32), 416, 256)
    assert (field.rows, field.row_stride_px, field.row_first_px) == (52, 8.0, 3.5)
    last = field.column_first_px + 31 * field.column_stride_px
    assert field.column_first_px - -0.5 == 255.5 - last


def test_a_lesion_map_is_the_probability_over_its_largest() -> None:
    logits = np.array([[0.0, -2.0], [3.0, -50.0]], np.float32)
    chances = 1 / (1 + np.exp(-logits.astype(np.float64)))
    cells = lesion_cells(logits)
    assert cells.dtype == np.float32
    np.testing.assert_allclose(cells, chances / chances.max(), atol=1e-6)


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf, -200.0])
def test_a_lesion_map_of_nothing_or_of_no_number_is_all_zero(value: float) -> None:
    logits = np.full((2, 3), -200.0, np.float32)
    logits[1, 1] = value
    assert lesion_cells(logits).tolist() == np.zeros((2, 3)).tolist()


def test_efficientnet_sees_beside_its_nominal_cells() -> None:
    """Five strided SAME layers on even sizes: each moves the centres by half its input stride, right and down."""
    from training.model import FEATURES_LAYER, build_classifier

    config = build_classifier(rows=256, columns=160).get_config()
    field = receptive_field(config, FEATURES_LAYER, 256, 160)
    assert (field.rows, field.columns) == (8, 5)
    assert (field.row_stride_px, field.column_stride_px) == (32.0, 32.0)
    assert (field.row_first_px, field.column_first_px) == (31.0, 31.0)  # nominal centres: 15.5


def test_a_layer_without_places_is_refused() -> None:
    import keras

    pixels = keras.Input((32, 32, 1))
    model = keras.Model(pixels, keras.layers.GlobalAveragePooling2D(name="pool")(pixels))
    with pytest.raises(MammoviewError, match="no places"):
        receptive_field(model.get_config(), "pool", 32, 32)
    with pytest.raises(MammoviewError, match="no layer"):
        receptive_field(model.get_config(), "absent", 32, 32)


@pytest.mark.parametrize("orientation", ALL_ORIENTATIONS)
def test_a_cell_maps_back_to_the_stored_pixels_it_looks_at(orientation: Any) -> None:
    rows, columns = orientation.shape(400, 300)
    crop = Crop(400, 300, orientation, Box(10, 20, rows - 30, columns - 40), Box(0, 0, 128, 64), 128, 64)
    field = CellField(4, 2, 32.0, 31.0, 32.0, 31.0)
    to_cells = cells_from_stored(crop, field)
    model = (31.0 + 2 * 32.0, 31.0)
    stored = crop.model_from_stored().inverse()(*model)
    assert to_cells(*stored) == pytest.approx((2.0, 0.0), abs=1e-9)
