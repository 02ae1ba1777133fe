"""From stored pixels to the model's input: what may not change it, and where its pixels come from."""

from __future__ import annotations

import dataclasses
from typing import Any

import cv2
import numpy as np
import pytest

from mammoview.core.breast import find_breast
from mammoview.core.errors import BundleError
from mammoview.core.geometry import ALL_ORIENTATIONS, Orientation
from mammoview.core.window import Greyscale, PixelPadding, VoiWindow
from mammoview.inference.preprocess import PreprocessParams, preprocess
from tests.bundles import breast_pixels, make_breast, make_image

SMALL = PreprocessParams(rows=128, columns=80)
LETTERBOX = PreprocessParams(rows=128, columns=80, fit="letterbox")


def _inputs(pixels: Any, params: PreprocessParams = SMALL, **header: Any) -> Any:
    return preprocess(make_image(pixels, **header), params).pixels


def test_the_input_has_the_shape_and_range_that_the_bundle_states() -> None:
    made = _inputs(breast_pixels())
    assert (made.shape, made.dtype) == ((128, 80, 1), np.float32)
    assert 0 <= made.min() < made.max() <= 1


def test_mirrored_twins_give_one_input() -> None:
    pixels = breast_pixels()
    np.testing.assert_allclose(_inputs(pixels), _inputs(pixels[:, ::-1]), atol=1e-5)


def test_a_monochrome1_twin_gives_the_same_input() -> None:
    pixels = breast_pixels()
    np.testing.assert_allclose(_inputs(pixels), _inputs(4095 - pixels, inverse=True), atol=1e-6)


def test_a_picture_saved_with_bright_air_is_repaired() -> None:
    pixels = breast_pixels()
    np.testing.assert_allclose(_inputs(pixels), _inputs(4095 - pixels), atol=1e-6)


@pytest.mark.parametrize("bits", [8, 14])
def test_bit_depth_hardly_changes_the_input(bits: int) -> None:
    fine = breast_pixels(bits=16)
    twelve = _inputs((fine >> 4).astype(np.uint16), bits=12)
    other = _inputs((fine >> (16 - bits)).astype(np.uint8 if bits == 8 else np.uint16), bits=bits)
    steps = 0.01 if bits == 8 else 1e-3
    assert np.abs(twelve - other).mean() < steps / 2
    assert np.quantile(np.abs(twelve - other), 0.99) < steps


def test_the_window_of_the_file_cannot_change_the_input() -> None:
    pixels = breast_pixels()
    dark = Greyscale(bits_stored=12, vois=(VoiWindow(300, 50),))
    np.testing.assert_array_equal(_inputs(pixels), _inputs(pixels, grey=dark))


def test_slope_and_intercept_cannot_change_the_input() -> None:
    pixels = breast_pixels()
    rescaled = Greyscale(bits_stored=12, slope=2.5, intercept=-1000)
    np.testing.assert_array_equal(_inputs(pixels), _inputs(pixels, grey=rescaled))


def _marked(pixels: Any) -> Any:
    """With a burned-in side marker, beside the breast."""
    marked = pixels.copy()
    marked[10:40, 205:250] = 4000
    return marked


def test_pixels_outside_the_breast_change_nothing() -> None:
    image = make_breast()
    region = find_breast(image)
    outside = cv2.resize(region.mask.astype(np.uint8), image.stored.shape[::-1], interpolation=cv2.INTER_NEAREST) == 0
    outside = cv2.erode(outside.astype(np.uint8), np.ones((9, 9), np.uint8)).astype(bool)
    noise = np.random.default_rng(1).integers(0, 4096, image.stored.shape).astype(np.uint16)
    other = make_image(np.where(outside, noise, image.stored))
    assert outside.mean() > 0.3
    np.testing.assert_array_equal(preprocess(image, SMALL, region).pixels, preprocess(other, SMALL, region).pixels)


def test_a_burned_in_marker_moves_no_more_than_the_edge_of_the_breast() -> None:
    pixels = breast_pixels()
    change = np.abs(_inputs(pixels) - _inputs(_marked(pixels)))
    assert float(change.mean()) < 0.01


def test_outside_the_mask_the_input_is_zero() -> None:
    image = make_breast()
    region = find_breast(image)
    made = preprocess(image, SMALL, region)
    to_mask = made.crop.model_from_stored().inverse()
    corner_row, corner_column = to_mask(0, SMALL.columns - 1)
    scale = region.mask.shape[0] / image.rows
    assert not region.mask[round(corner_row * scale), round(corner_column * scale)]
    assert made.pixels[0, -1, 0] == 0


def test_letterbox_keeps_the_aspect_and_stretch_fills() -> None:
    image = make_breast()
    kept = preprocess(image, LETTERBOX).crop.model_from_stored()
    assert abs(kept.row_scale) == pytest.approx(abs(kept.column_scale), rel=0.02)
    inner = preprocess(image, SMALL).crop.inner
    assert (inner.rows, inner.columns) == (128, 80)


@pytest.mark.parametrize("params", [SMALL, LETTERBOX])
@pytest.mark.parametrize("orientation", ALL_ORIENTATIONS)
def test_a_lesion_maps_to_its_stored_place(orientation: Orientation, params: PreprocessParams) -> None:
    """However the image is stored, the brightest input pixel leads back to the lesion within one stored pixel."""
    upright = (breast_pixels(seed=5) // 2).astype(np.uint16)
    down, across = np.mgrid[0 : upright.shape[0], 0 : upright.shape[1]]
    lesion = np.exp(-0.5 * (np.hypot(down - 130, across - 70) / 6) ** 2)
    stored = np.ascontiguousarray(orientation.apply((upright + 2000 * lesion).astype(np.uint16)))
    expected = orientation.transform(*upright.shape)(130, 70)
    whole = dataclasses.replace(params, quantile_low=0.0, quantile_high=1.0)
    made = preprocess(make_image(stored), whole)
    weight = np.where(made.pixels[..., 0] > 0.75, made.pixels[..., 0] - 0.75, 0).astype(np.float64)
    rows, columns = np.indices(weight.shape)
    centre = (weight * rows).sum() / weight.sum(), (weight * columns).sum() / weight.sum()
    found = made.crop.model_from_stored().inverse()(*centre)
    assert found == pytest.approx(expected, abs=1.0)


def test_params_survive_json_and_their_hash_follows_them() -> None:
    assert PreprocessParams.from_json(LETTERBOX.to_json()) == LETTERBOX
    assert LETTERBOX.hash == PreprocessParams.from_json(LETTERBOX.to_json()).hash != SMALL.hash
    with pytest.raises(BundleError, match="not known"):
        PreprocessParams.from_json({"id": "other/1", "params": {}})
    with pytest.raises(BundleError, match="parameters"):
        PreprocessParams.from_json({**SMALL.to_json(), "params": {"depth": 3}})


@pytest.mark.parametrize("inverse", [False, True])
def test_the_value_that_padding_has_changes_nothing(inverse: bool) -> None:
    """A padded strip at the chest wall and padded rows on top, whatever the padding value."""
    stored = breast_pixels(inverse=inverse).astype(np.uint16) + 100
    inputs = []
    for value in (0, 1, 5000, 65535):
        padded = stored.copy()
        padded[:20], padded[:, :12] = value, value
        grey = Greyscale(16, inverse=inverse, padding=PixelPadding.of(value))
        inputs.append(preprocess(make_image(padded, grey=grey), PreprocessParams()).pixels)
    for other in inputs[1:]:
        np.testing.assert_array_equal(other, inputs[0])
