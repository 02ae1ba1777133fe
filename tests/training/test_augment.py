"""Random changes: the lesion goes where its picture goes, air stays air, chance is in the state."""

from __future__ import annotations

from typing import Any

import keras
import numpy as np
import pytest

from training.augment import Augmentation, grid_matrix, inverse_matrix, nearest_cells, partners_of, places, sampled
from training.config import AugmentationConfig

ROWS, COLUMNS = 120, 88


def blob(count: int = 6) -> Any:
    """Outlines float32 (n, 120, 88, 1) of two discs well inside."""
    down, across = np.mgrid[0:ROWS, 0:COLUMNS]
    found = (np.hypot(down - 52, across - 40) < 14) | (np.hypot(down - 74, across - 52) < 9)
    return np.repeat(found.astype(np.float32)[None, :, :, None], count, axis=0)


def overlap(first: Any, second: Any) -> float:
    one, other = np.asarray(first) > 0.5, np.asarray(second) > 0.5
    return float((one & other).sum() / (one | other).sum())


def drawn(rng: np.random.Generator, count: int = 6) -> Any:
    return grid_matrix(
        flip_rows=rng.choice([-1, 1], count).astype(np.float32),
        flip_columns=rng.choice([-1, 1], count).astype(np.float32),
        angle=rng.uniform(-3, 3, count).astype(np.float32),
        zoom=rng.uniform(0.9, 1.3, (count, 2)).astype(np.float32),
        shift=rng.uniform(-6, 6, (count, 2)).astype(np.float32),
    )


def test_an_outline_that_goes_and_comes_back_is_the_same() -> None:
    mask, matrix = blob(), drawn(np.random.default_rng(0))
    gone = sampled(mask, places(matrix, ROWS, COLUMNS))
    assert overlap(gone, mask) < 0.6
    assert overlap(sampled(gone, places(inverse_matrix(matrix), ROWS, COLUMNS)), mask) >= 0.99


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ({"flip_rows": -1}, lambda p: p[:, ::-1]),
        ({"flip_columns": -1}, lambda p: p[:, :, ::-1]),
        ({"shift": (5, -3)}, lambda p: np.roll(p, (5, -3), axis=(1, 2))),
        ({"angle": np.pi}, lambda p: p[:, ::-1, ::-1]),
        ({}, lambda p: p),
    ],
)
def test_each_change_is_the_one_that_it_is_called(options: Any, expected: Any) -> None:
    told = {"flip_rows": 1, "flip_columns": 1, "angle": 0, "zoom": (1, 1), "shift": (0, 0), **options}
    matrix = grid_matrix(**{name: np.array([value], np.float32) for name, value in told.items()})
    found = np.asarray(sampled(blob(1), places(matrix, ROWS, COLUMNS)))
    np.testing.assert_allclose(found, expected(blob(1)), atol=1e-3)


def test_a_zoom_magnifies_along_its_axis() -> None:
    """Twice as tall: the outline's area doubles."""
    one = np.ones(1, np.float32)
    zoom, shift = np.array([[2, 1]], np.float32), np.zeros((1, 2), np.float32)
    matrix = grid_matrix(flip_rows=one, flip_columns=one, angle=0 * one, zoom=zoom, shift=shift)
    found = np.asarray(sampled(blob(1), places(matrix, ROWS, COLUMNS)))
    assert found.sum() == pytest.approx(2 * blob(1).sum(), rel=0.02)


def test_all_random_changes_move_lesion_and_picture_together() -> None:
    config = AugmentationConfig(
        flip_rows=True, flip_columns=True, rotation_degrees=180, zoom=0.2, shift=0.05, elastic_px=3, cutout=0.5
    )
    mask = blob(16)
    pixels, lesions = Augmentation(config, seed=1)(mask, mask)
    np.testing.assert_array_equal(np.asarray(pixels), np.asarray(lesions))
    areas = np.asarray(lesions).sum(axis=(1, 2, 3))
    assert areas.max() > 1.15 * areas.min()
    assert (areas > 0.2 * mask[0].sum()).sum() > 12


def test_neighbouring_cells_of_the_largest_pictures_are_told_apart() -> None:
    row, column = np.array([8190.0, 8190, 9000], np.float32), np.array([8001.0, 8002, -5], np.float32)
    found = np.asarray(nearest_cells(row, column, 8192, 8192))
    assert found.tolist() == [8190 * 8192 + 8001, 8190 * 8192 + 8002, 8191 * 8192]


def test_air_stays_black_and_greys_stay_in_range() -> None:
    config = AugmentationConfig(brightness=0.5, contrast=0.9)
    pixels = blob() * np.random.default_rng(0).random((6, ROWS, COLUMNS, 1), np.float32)
    found = np.asarray(Augmentation(config, seed=2)(pixels)[0])
    assert not found[pixels == 0].any()
    assert 0 <= found.min() <= found.max() <= 1
    means = found.sum(axis=(1, 2, 3)) / (pixels > 0).sum(axis=(1, 2, 3))
    assert np.ptp(means) > 0.1


def test_a_rectangle_is_cut_out_of_some_pictures_at_most_as_large_as_told() -> None:
    pixels = np.ones((64, ROWS, COLUMNS, 1), np.float32)
    found = np.asarray(Augmentation(AugmentationConfig(cutout=0.5), seed=3)(pixels)[0])[..., 0]
    cut = (found == 0).mean(axis=(1, 2))
    assert 16 < (cut > 0).sum() < 48
    assert 0.02 < cut.max() <= 0.26


def test_mixing_takes_the_same_share_of_everything() -> None:
    layer = Augmentation(AugmentationConfig(mixup=0.4), seed=4)
    value = np.arange(8, dtype=np.float32)
    targets = np.eye(8, dtype=np.float32)
    before = partners_of(np.ones(8, np.bool_))
    mixed, told = (np.asarray(part) for part in layer.mixed(value[:, None, None, None], targets, partners=before))
    np.testing.assert_allclose(mixed[:, 0, 0, 0], told @ value, atol=1e-5)
    np.testing.assert_allclose(told.sum(axis=1), 1, atol=1e-6)
    own = np.diag(told)
    assert (own >= 0.5).all()
    assert np.ptp(own) > 0.05
    assert (told[np.arange(8), np.arange(8) - 1] == 1 - own).all()


def test_examples_of_one_kind_are_mixed_with_their_own_kind_alone() -> None:
    counted = np.array([True, True, False, True, False, False])
    assert np.asarray(partners_of(counted)).tolist() == [3, 0, 5, 1, 2, 4]
    assert np.asarray(partners_of(np.ones(4, np.bool_))).tolist() == [3, 0, 1, 2]
    assert np.asarray(partners_of(np.array([True, True, False]))).tolist() == [1, 0, 2]


def test_nothing_is_changed_where_nothing_is_asked_for() -> None:
    pixels = np.random.default_rng(0).random((2, 16, 16, 1), np.float32)
    found, lesions = Augmentation(AugmentationConfig(), seed=5)(pixels)
    np.testing.assert_array_equal(np.asarray(found), pixels)
    assert lesions is None


def test_the_same_state_gives_the_same_changes() -> None:
    config = AugmentationConfig(rotation_degrees=90, elastic_px=2, mixup=0.3, cutout=0.4, brightness=0.2)
    pixels = blob(4)
    first = Augmentation(config, seed=6)
    state = [np.array(variable) for variable in first.variables]
    assert len(state) == 1
    one = np.asarray(first(pixels)[0])
    assert (np.asarray(first(pixels)[0]) != one).any()
    for variable, value in zip(first.variables, state, strict=True):
        variable.assign(value)
    np.testing.assert_array_equal(np.asarray(first(pixels)[0]), one)
    assert isinstance(first, keras.layers.Layer)
