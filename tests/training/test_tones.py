"""Greys that are changed at random: air stays air, tissue stays tissue, each change is the one that it is called."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from training.augment import Augmentation
from training.config import AugmentationConfig
from training.tones import TISSUE_FLOOR, coarse, sharpened, twice_averaged

ROWS, COLUMNS = 96, 64


def breasts(count: int = 12) -> Any:
    """float32 (n, 96, 64, 1): half-discs of noise at the left, air beside them."""
    down, across = np.mgrid[0:ROWS, 0:COLUMNS]
    inside = np.hypot((down - 48) / 44, across / 50) < 1
    greys = 0.05 + 0.9 * np.random.default_rng(0).random((count, ROWS, COLUMNS), np.float32)
    return (greys * inside)[..., None].astype(np.float32)


def changed(count: int = 12, **told: Any) -> tuple[Any, Any]:
    pixels = breasts(count)
    return pixels, np.asarray(Augmentation(AugmentationConfig(**told), seed=3)(pixels)[0])


@pytest.mark.parametrize(
    "told", [{"gamma": 1.5}, {"sharpness": 1.0}, {"noise": 0.4}, {"gamma": 0.4, "contrast": 0.5, "brightness": 0.9}]
)
def test_air_stays_black_and_tissue_stays_tissue(told: Any) -> None:
    pixels, found = changed(**told)
    assert not found[pixels == 0].any()
    assert found[pixels > 0].min() >= np.float32(TISSUE_FLOOR)
    assert found.max() <= 1
    assert np.abs(found - pixels).max() > 0.05


def test_gamma_is_a_power_of_the_greys_by_the_picture() -> None:
    pixels, found = changed(gamma=0.5)
    powers = []
    for before, after in zip(pixels, found, strict=True):
        told = (before > 0.1) & (before < 0.9) & (after > 0.03)
        power = np.log(after[told]) / np.log(before[told])
        assert np.ptp(power) < 1e-3
        powers.append(float(power.mean()))
    assert np.exp(-0.5) <= min(powers) < 0.85
    assert 1.15 < max(powers) <= np.exp(0.5)


def test_noise_has_a_spread_of_its_own_for_each_picture_and_none_of_the_mean() -> None:
    flat = np.full((24, ROWS, COLUMNS, 1), 0.5, np.float32)
    found = np.asarray(Augmentation(AugmentationConfig(noise=0.1), seed=3)(flat)[0])
    spreads = found.std(axis=(1, 2, 3))
    assert 0 < spreads.min() < 0.03
    assert 0.07 < spreads.max() < 0.102
    assert abs(found.mean() - 0.5) < 0.002


def test_sharpness_leaves_some_pictures_as_they_are_and_blurs_and_sharpens_others() -> None:
    smooth, _ = changed(40)
    for _ in range(2):
        smooth = np.asarray(twice_averaged(smooth, 5))
    pixels = np.maximum(smooth, TISSUE_FLOOR) * (breasts(40) > 0)
    found = np.asarray(Augmentation(AugmentationConfig(sharpness=1.0), seed=3)(pixels)[0])
    steps = [np.diff(part[:, 20:70, :30, 0], axis=2).std(axis=(1, 2)) for part in (found, pixels)]
    ratio = steps[0] / steps[1]
    still = np.abs(found - pixels).max(axis=(1, 2, 3)) < 1e-6
    assert 1 <= still.sum() <= 15
    assert ratio.min() < 0.99
    assert ratio.max() > 1.1


def test_sharpening_adds_what_lies_between_the_means() -> None:
    pixels = breasts(2)
    fine, middle = np.array([0.7, 0.0], np.float32), np.array([0.0, 0.5], np.float32)
    found = np.asarray(sharpened(pixels, fine[:, None, None, None], middle[:, None, None, None]))
    first, second = pixels[:1], pixels[1:]
    np.testing.assert_allclose(found[:1], first + 0.7 * (first - np.asarray(twice_averaged(first, 3))), atol=1e-6)
    wanted = second + 0.5 * (np.asarray(twice_averaged(second, 5)) - np.asarray(coarse(second)))
    np.testing.assert_allclose(found[1:], wanted, atol=1e-6)


def test_a_mean_is_over_the_pixels_that_there_are() -> None:
    flat = np.full((1, 20, 12, 1), 0.6, np.float32)
    np.testing.assert_allclose(np.asarray(twice_averaged(flat, 5)), flat, atol=1e-6)
    point = np.zeros((1, 21, 21, 1), np.float32)
    point[0, 10, 10, 0] = 1
    found = np.asarray(twice_averaged(point, 3))[0, :, :, 0]
    weights = np.array([1, 2, 3, 2, 1]) / 9
    np.testing.assert_allclose(found[8:13, 8:13], np.outer(weights, weights), atol=1e-6)
    assert found.sum() == pytest.approx(1, abs=1e-5)


def test_the_coarse_structure_is_the_mean_of_blocks() -> None:
    steps = np.repeat(np.arange(6, dtype=np.float32), 16)[None, :, None, None] * np.ones((1, 1, COLUMNS, 1), np.float32)
    found = np.asarray(coarse(steps))
    assert found.shape == steps.shape
    assert np.ptp(found[0, :, :, 0], axis=1).max() < 1e-5
    assert (np.diff(found[0, :, 0, 0]) > -1e-6).all()
    assert found.max() - found.min() > 3
