"""Reductions average areas, lose nothing and leave padding out."""

from __future__ import annotations

import math

import numpy as np
import pytest

from mammoview.core.image import MammoImage
from mammoview.core.pyramid import build_pyramid, scale_step
from mammoview.core.window import Greyscale, PixelPadding
from tests.unit.made import image_of


@pytest.mark.parametrize("wished", [0.031, 0.11, 0.24, 0.5, 0.73, 0.99, 1.0, 1.7, 3.3, 12.0])
def test_the_drawn_scale_is_within_half_a_percent_where_it_shrinks(wished: float) -> None:
    assert scale_step(wished, 8).scale == pytest.approx(wished, rel=0.004 if wished <= 1 else 0.01)


def test_at_one_to_one_the_stored_pixels_come_through_untouched() -> None:
    stored = np.random.default_rng(0).integers(0, 4096, (301, 257)).astype(np.uint16)
    step = scale_step(1.0, 4)
    cut, padding = build_pyramid(image_of(stored)).cut(step, step, 37, 11, 290, 257)
    np.testing.assert_array_equal(cut, stored[37:290, 11:257])
    assert padding is None


@pytest.mark.parametrize("padded", [False, True], ids=["plain", "padded"])
@pytest.mark.parametrize(
    ("dtype", "draft"), [(np.uint8, False), (np.uint8, True), (np.uint16, False), (np.int16, False)]
)
@pytest.mark.parametrize("scale", [0.11, 0.37, 0.5, 0.93, 1.1, 1.7, 3.3, 7.7, 12.0])
def test_any_part_equals_that_part_of_the_whole(scale: float, dtype: type, padded: bool, draft: bool) -> None:
    random, info = np.random.default_rng(1), np.iinfo(dtype)
    stored = random.integers(info.min, int(info.max) + 1, (700, 600)).astype(dtype)
    if padded:
        stored[random.random(stored.shape) < 0.4] = 0
    grey = Greyscale(8 * stored.itemsize, signed=dtype is np.int16, padding=PixelPadding.of(0) if padded else None)
    pyramid = build_pyramid(image_of(stored, grey=grey))
    step = scale_step(scale, len(pyramid.levels))
    rows, columns = (min(1500, int(side * step.scale)) for side in stored.shape)
    whole, whole_padding = pyramid.cut(step, step, 0, 0, rows, columns, draft=draft)
    for _ in range(5):
        (row0, row1), (column0, column1) = (sorted(random.integers(0, side, 2)) for side in (rows, columns))
        part, padding = pyramid.cut(step, step, row0, column0, row1 + 1, column1 + 1, draft=draft)
        at = slice(row0, row1 + 1), slice(column0, column1 + 1)
        np.testing.assert_array_equal(part, whole[at])
        if whole_padding is not None:
            np.testing.assert_array_equal(padding, whole_padding[at])


def test_reduction_keeps_the_mean() -> None:
    stored = np.random.default_rng(2).integers(0, 4096, (1024, 768)).astype(np.uint16)
    pyramid = build_pyramid(image_of(stored))
    step = scale_step(0.25, len(pyramid.levels))
    cut, _ = pyramid.cut(step, step, 0, 0, 256, 192)
    assert cut.mean() == pytest.approx(stored.mean(), rel=2e-3)


@pytest.mark.parametrize("scale", [0.6, 0.31, 0.2])
@pytest.mark.parametrize("at", [(200, 300), (201, 301), (333, 127)])
def test_a_calcification_of_two_by_two_pixels_stays_in_the_picture(scale: float, at: tuple[int, int]) -> None:
    stored = np.full((640, 512), 1000, np.uint16)
    stored[at[0] : at[0] + 2, at[1] : at[1] + 2] = 4000
    pyramid = build_pyramid(image_of(stored))
    step = scale_step(scale, len(pyramid.levels))
    cut, _ = pyramid.cut(step, step, 0, 0, int(640 * step.scale), int(512 * step.scale))
    surplus = (cut.astype(float) - 1000).sum() / step.scale**2
    assert surplus == pytest.approx(4 * 3000, rel=0.05)
    assert cut.max() - 1000 >= 0.24 * 3000 * min(1.0, 4 * step.scale**2)


def test_padding_is_left_out_of_the_averages() -> None:
    stored = np.full((512, 512), 500, np.uint16)
    stored[:, 256 + 3 :] = 4095
    grey = Greyscale(12, padding=PixelPadding.of(4095))
    pyramid = build_pyramid(image_of(stored, grey=grey))
    step = scale_step(0.17, len(pyramid.levels))
    cut, padding = pyramid.cut(step, step, 0, 0, 87, 87)
    assert padding is not None
    assert set(np.unique(cut[~padding]).tolist()) <= {499, 500, 501}
    assert padding[:, -1].all()
    assert not padding[:, 0].any()


@pytest.mark.parametrize("scale", [1.0, 0.5, 0.25, 0.31])
def test_a_cut_changes_nothing_of_the_image(scale: float) -> None:
    """At an exact level the values that are cut may be the level's own memory."""
    stored = np.random.default_rng(1).integers(100, 4000, (1024, 1024)).astype(np.uint16)
    stored[7::13, 5::11] = 4095
    pyramid = build_pyramid(image_of(stored, grey=Greyscale(12, padding=PixelPadding.of(4095))))
    before = [level.copy() for level in pyramid.levels]
    step = scale_step(scale, len(pyramid.levels))
    first, _ = pyramid.cut(step, step, 0, 0, math.ceil(1024 * scale), math.ceil(1024 * scale))
    again, _ = pyramid.cut(step, step, 0, 0, math.ceil(1024 * scale), math.ceil(1024 * scale))
    np.testing.assert_array_equal(first, again)
    for level, as_built in zip(pyramid.levels, before, strict=True):
        np.testing.assert_array_equal(level, as_built)


@pytest.mark.parametrize("scale", [1.0, 0.5, 0.31, 1.4])
def test_padding_keeps_a_value_of_padding_when_cut(scale: float) -> None:
    stored = np.full((512, 512), 500, np.uint16)
    stored[:, 256 + 3 :] = 4095
    pyramid = build_pyramid(image_of(stored, grey=Greyscale(12, padding=PixelPadding.of(4090, 4095))))
    step = scale_step(scale, len(pyramid.levels))
    cut, padding = pyramid.cut(step, step, 0, 0, math.ceil(512 * scale), math.ceil(512 * scale))
    assert padding is not None
    assert (cut[padding] >= 4090).all()


AMONG = PixelPadding.of(-3, 4)
"""Padding that lies among the values of `around_zero`."""


def around_zero(padded_rows: int = 0) -> MammoImage:
    """Signed noise on both sides of the padding `AMONG`, of which the first rows are."""
    stored = np.random.default_rng(3).integers(-40, 41, (512, 512)).astype(np.int16)
    stored[(stored >= AMONG.low) & (stored <= AMONG.high)] = 5
    stored[:padded_rows] = 0
    return image_of(stored, grey=Greyscale(12, signed=True, padding=AMONG))


@pytest.mark.parametrize("draft", [False, True], ids=["exact", "draft"])
@pytest.mark.parametrize("scale", [0.17, 0.25, 0.31, 0.5, 0.73, 1.0, 1.7])
@pytest.mark.parametrize("padded_rows", [0, 101])
def test_no_average_becomes_padding(padded_rows: int, scale: float, draft: bool) -> None:
    image = around_zero(padded_rows)
    pyramid = build_pyramid(image)
    step = scale_step(scale, len(pyramid.levels))
    side = math.floor(512 * step.scale)
    values, padding = pyramid.cut(step, step, 0, 0, side, side, draft=draft)
    shown_black = image.grey.is_padding(values)
    if padding is None:
        assert not padded_rows
        assert not shown_black.any()
    else:
        np.testing.assert_array_equal(shown_black, padding)
        assert not padding[math.ceil(padded_rows * step.scale) + 1 :].any()


@pytest.mark.parametrize("padded_rows", [0, 101])
def test_no_level_holds_an_average_that_is_padding(padded_rows: int) -> None:
    image = around_zero(padded_rows)
    assert not any(image.grey.is_padding(level).any() for level in build_pyramid(image).levels[1:])


def test_an_average_that_would_be_padding_takes_the_nearest_valid_value() -> None:
    stored = np.empty((256, 256), np.int16)
    stored[:, ::2], stored[:128, 1::2], stored[128:, 1::2] = 13, -13, -11  # means of 0 and 1
    grey = Greyscale(12, signed=True, padding=PixelPadding.of(-2, 3))
    pyramid = build_pyramid(image_of(stored, grey=grey))
    step = scale_step(0.5, len(pyramid.levels))
    values, _ = pyramid.cut(step, step, 0, 0, 128, 128)
    assert set(np.unique(values[:64]).tolist()) == {-3}
    assert set(np.unique(values[64:]).tolist()) == {4}


@pytest.mark.parametrize("scale", [0.31, 0.61, 1.4])
def test_what_is_mended_at_the_edge_of_padding_stays_among_the_valid_values(scale: float) -> None:
    random = np.random.default_rng(4)
    stored = random.integers(100, 4095, (512, 512)).astype(np.uint16)
    stored[random.random(stored.shape) < 0.3] = 4095
    pyramid = build_pyramid(image_of(stored, grey=Greyscale(12, padding=PixelPadding.of(4095))))
    step = scale_step(scale, len(pyramid.levels))
    side = math.floor(512 * step.scale)
    values, padding = pyramid.cut(step, step, 0, 0, side, side)
    assert padding is not None
    assert 100 <= values[~padding].min() <= values[~padding].max() <= 4094


def test_signed_values_are_averaged_as_signed() -> None:
    stored = np.zeros((256, 256), np.int16)
    stored[:, ::2] = -100
    pyramid = build_pyramid(image_of(stored))
    step = scale_step(0.5, len(pyramid.levels))
    cut, _ = pyramid.cut(step, step, 0, 0, 128, 128)
    assert cut.dtype == np.int16
    assert set(np.unique(cut).tolist()) == {-50}
