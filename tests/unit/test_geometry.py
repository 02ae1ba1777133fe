"""Grid transforms, orientations and crops map positions exactly."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mammoview.core.errors import MammoviewError
from mammoview.core.geometry import ALL_ORIENTATIONS, Box, Crop, GridTransform, Orientation, Spacing

scales = st.one_of(st.floats(0.1, 20), st.floats(-20, -0.1))
offsets = st.floats(-500, 500)
transforms = st.builds(GridTransform, scales, offsets, scales, offsets, st.booleans())
positions = st.tuples(st.floats(-300, 300), st.floats(-300, 300))


@given(transforms, positions)
def test_inverse_brings_back(transform: GridTransform, position: tuple[float, float]) -> None:
    assert transform.inverse()(*transform(*position)) == pytest.approx(position, abs=1e-6)


@given(transforms, transforms, positions)
def test_then_is_one_after_the_other(
    first: GridTransform, second: GridTransform, position: tuple[float, float]
) -> None:
    assert first.then(second)(*position) == pytest.approx(second(*first(*position)), rel=1e-9, abs=1e-6)


def test_a_scale_of_zero_is_refused() -> None:
    with pytest.raises(MammoviewError, match="grid transform"):
        GridTransform(row_scale=0.0)


@pytest.mark.parametrize("orientation", ALL_ORIENTATIONS)
def test_orientation_moves_each_pixel_to_where_its_transform_says(orientation: Orientation) -> None:
    pixels = np.arange(5 * 7).reshape(5, 7)
    laid = orientation.apply(pixels)
    transform = orientation.transform(5, 7)
    for row in range(5):
        for column in range(7):
            laid_row, laid_column = transform(row, column)
            assert laid[round(laid_row), round(laid_column)] == pixels[row, column]


@pytest.mark.parametrize("first", ALL_ORIENTATIONS)
@pytest.mark.parametrize("second", ALL_ORIENTATIONS)
def test_orientations_compose_as_images_do(first: Orientation, second: Orientation) -> None:
    pixels = np.arange(5 * 7).reshape(5, 7)
    np.testing.assert_array_equal(first.then(second).apply(pixels), second.apply(first.apply(pixels)))


@pytest.mark.parametrize("orientation", ALL_ORIENTATIONS)
def test_inverse_orientation_restores_the_image(orientation: Orientation) -> None:
    pixels = np.arange(5 * 7).reshape(5, 7)
    np.testing.assert_array_equal(orientation.inverse().apply(orientation.apply(pixels)), pixels)


def test_crop_maps_outer_edges_onto_outer_edges() -> None:
    crop = Crop(100, 80, Orientation(), Box(10, 20, 90, 60), Box(0, 0, 256, 160), 256, 160)
    to_model = crop.model_from_stored()
    assert to_model(9.5, 19.5) == pytest.approx((-0.5, -0.5))
    assert to_model(89.5, 59.5) == pytest.approx((255.5, 159.5))


@pytest.mark.parametrize("bad", [(0.0, 0.1), (-0.1, 0.1), (float("nan"), 0.1)])
def test_a_spacing_that_is_not_positive_is_refused(bad: tuple[float, float]) -> None:
    with pytest.raises(MammoviewError, match="not positive"):
        Spacing(*bad, "imager")


def test_magnified_spacing_says_so_beside_a_length() -> None:
    assert Spacing(0.05, 0.05, "imager", 1.8).label() == "corrected ×1.8"
