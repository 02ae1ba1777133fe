"""Learning without labels: its losses, its pairs and its figures, worked out by hand."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from tests.training.lesion_runs import make_lesion_cache
from training.models.self_supervised import (
    agreement_loss,
    blocks,
    painting_loss,
    pair_aurocs,
    pair_margins,
    shown_and_target,
    smoothed,
)
from training.self_supervised import (
    CropSource,
    SelfSupervisedConfig,
    draw_crop,
    partners_of,
)

MASKED = SelfSupervisedConfig(base="cnn-64", patch=32, epochs=2, batch=16, block=8)
CONTRASTIVE = replace(MASKED, task="contrastive", batch=8)


@pytest.fixture
def pixels() -> Any:
    """Four pictures whose right half is air."""
    found = np.random.default_rng(1).uniform(0.2, 0.9, (4, 16, 16, 1)).astype(np.float32)
    found[:, :, 8:] = 0
    return found


def test_what_is_shown_tells_nothing_of_blanked_pixels(pixels: Any) -> None:
    chosen = np.zeros_like(pixels)
    chosen[:, :8] = 1
    other = np.where((chosen > 0) & (pixels > 0), 0.5, pixels).astype(np.float32)
    first, second = (np.asarray(shown_and_target(some, chosen)[0]) for some in (pixels, other))
    np.testing.assert_allclose(first, second, atol=1e-6)
    np.testing.assert_allclose(first[:, 8:], pixels[:, 8:])


def test_air_is_neither_blanked_nor_painted(pixels: Any) -> None:
    shown, target, blanked = (np.asarray(one) for one in shown_and_target(pixels, np.ones_like(pixels)))
    assert not blanked[:, :, 8:].any()
    assert blanked[:, :, :8].all()
    assert not shown[:, :, 8:].any()
    assert np.isfinite(target).all()


def test_the_loss_is_of_blanked_breast_pixels_alone(pixels: Any) -> None:
    chosen = np.zeros_like(pixels)
    chosen[:, 4:12] = 1
    _, target, blanked = (np.asarray(one) for one in shown_and_target(pixels, chosen))
    elsewhere = target + 9 * (1 - blanked)
    assert float(painting_loss(elsewhere, target, blanked)) == 0
    assert float(painting_loss(target + 2 * blanked, target, blanked)) == pytest.approx(4)


def test_a_picture_without_breast_gives_no_loss() -> None:
    black = np.zeros((2, 8, 8, 1), np.float32)
    _, target, blanked = shown_and_target(black, np.ones_like(black))
    assert float(painting_loss(black + 1, target, blanked)) == 0


def test_whole_blocks_are_chosen_in_the_share_that_was_asked_for() -> None:
    drawn = np.random.default_rng(2).random((50, 5, 5, 1), np.float32)
    found = np.asarray(blocks(drawn, 8, 36, 33, 0.3))
    assert found.shape == (50, 36, 33, 1)
    assert found[:, :32, :32].mean() == pytest.approx(0.3, abs=0.03)
    corners = found[:, 0:32:8, 0:32:8]
    for offset in range(8):
        np.testing.assert_array_equal(found[:, offset:32:8, offset:32:8], corners)


def test_vectors_that_agree_and_differ_between_women_lose_least() -> None:
    rng = np.random.default_rng(3)
    spread = rng.standard_normal((64, 4)).astype(np.float32) * 1.2
    same = np.ones_like(spread)
    apart = rng.permutation(spread)
    agree, collapsed, wrong = (
        float(agreement_loss(one, two)) for one, two in ((spread, spread), (same, same), (spread, apart))
    )
    assert agree < 2
    assert collapsed > 20
    assert wrong > 20
    doubled = np.repeat(spread[:, :1], 4, axis=1)
    assert float(agreement_loss(doubled, doubled)) > agree + 2


def test_a_pair_is_found_where_its_own_second_is_the_nearest() -> None:
    first = np.eye(3)
    second = np.eye(3)[[0, 2, 1]]
    np.testing.assert_allclose(pair_margins(np.concatenate([first, second])), [1, -1, -1])


def test_pairs_that_lie_close_together_are_judged_as_those_far_apart() -> None:
    vectors = np.concatenate([np.eye(3), np.eye(3)[[0, 2, 1]]])
    np.testing.assert_allclose(pair_aurocs(vectors), [1, 0.25, 0.25])
    np.testing.assert_allclose(pair_aurocs(vectors / 64), [1, 0.25, 0.25])
    np.testing.assert_allclose(pair_aurocs(np.ones((6, 2))), 0.5)


def test_smoothing_is_the_mean_of_squares_twice() -> None:
    picture = np.zeros((1, 21, 21, 1), np.float32)
    picture[0, 10, 10] = 1
    found = smoothed(picture, 2)[0, :, :, 0]
    assert found.sum() == pytest.approx(1)
    assert found[10, 10] == found.max() == pytest.approx((1 / 5) ** 2)
    assert not found[10, 15:].any()
    assert found[10, 14] > 0


def test_a_crop_lies_on_the_breast() -> None:
    pixels = np.zeros((64, 64), np.uint8)
    pixels[40:60, 2:22] = 9
    rng = np.random.default_rng(0)
    assert all(np.mean(draw_crop(pixels, 16, rng) > 0) >= 0.5 for _ in range(30))
    assert draw_crop(np.zeros((40, 30), np.uint8), 16, rng).shape == (16, 16)


def test_a_breast_s_views_are_partners_and_a_lonely_image_its_own() -> None:
    rows = list(make_lesion_cache(women=2).rows)
    rows[3] = replace(rows[3], woman_known=False)
    assert partners_of(rows, range(4), "breast") == {0: [1], 1: [0], 2: [2], 3: [3]}
    assert partners_of(rows, range(4), "image") == {0: [0], 1: [1], 2: [2], 3: [3]}
    assert partners_of(rows, [0, 2], "breast") == {0: [0], 2: [2]}


def test_a_pair_of_a_breast_is_of_its_two_views() -> None:
    cache = make_lesion_cache(women=6)
    for index in range(12):
        cache.inputs[index] = index + 1
    source = CropSource(cache, range(12), replace(CONTRASTIVE, pairs="breast", batch=4))
    chosen = source.order(0)[0]
    found = source.batch(chosen, 0, 0)["pixels"][:, 0, 0].astype(int) - 1
    np.testing.assert_array_equal(found[:4], chosen)
    np.testing.assert_array_equal(found[4:], chosen ^ 1)
