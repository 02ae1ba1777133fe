"""The gate and made pictures that are no mammograms: each kind is refused, and what counts them is right."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from mammoview.core.breast import find_breast
from mammoview.inference.quality import refusal
from tests.benchmarks.gate import Tally, half_of, half_of_file, pooled
from tests.bundles import breast_pixels
from tests.not_mammograms import BREAST_MAKERS, MAKERS, Case, case_of, made_case, of_breast


def _reason(case: Case) -> str | None:
    return refusal(case.image, find_breast(case.image))


def _breast(seed: int = 0) -> np.ndarray[tuple[int, ...], np.dtype[np.float32]]:
    return np.asarray(breast_pixels(420, 340, seed=seed) / np.float32(4095), np.float32)


@pytest.mark.parametrize("kind", sorted(MAKERS))
def test_made_pictures_are_refused(kind: str) -> None:
    assert [number for number in range(4) if _reason(made_case(kind, number)) is None] == []


@pytest.mark.parametrize("kind", ["breast turned by 90 degrees", "two breasts in one picture", "too little breast"])
def test_breasts_that_cannot_be_judged_are_refused(kind: str) -> None:
    assert kind in BREAST_MAKERS
    assert [number for number in range(4) if _reason(of_breast(kind, number, _breast(number))) is None] == []


def test_a_breast_stored_in_each_of_these_ways_is_judged() -> None:
    assert [number for number in range(8) if _reason(case_of("breast", number, _breast(number))) is not None] == []


def test_a_made_picture_is_the_same_each_time_and_others_differ() -> None:
    first, again, other = (made_case("chest radiograph", number).image.stored for number in (0, 0, 8))
    assert np.array_equal(first, again)
    assert first.shape != other.shape or not np.array_equal(first, other)


def test_a_second_breast_beside_the_first_is_said() -> None:
    breast = _breast()
    gap = np.zeros((breast.shape[0], 60), np.float32)
    case = case_of("two", 0, np.concatenate([breast, gap, breast[:, ::-1]], axis=1))
    assert _reason(case) == "two bodies in one image; the model judges one breast at a time"


def test_the_interval_is_wilsons() -> None:
    """Wilson's interval for 1 of 10, as tables give it (Newcombe 1998)."""
    tally = Tally("kind", "tuned on", wanted=True, images=10)
    tally.reasons["blank"] = 1
    assert tally.interval == pytest.approx((0.0179, 0.4042), abs=1e-4)


def test_only_what_is_held_back_is_pooled() -> None:
    halves = [Tally("kind", half, wanted=True, images=10) for half in ("tuned on", "held back", "held back")]
    for tally in halves:
        tally.reasons["blank"] = 4
    judged = Tally("breasts", "held back", wanted=False, images=7)
    together = pooled("all", True, [*halves, judged])
    assert (together.images, together.refused) == (20, 8)


def test_both_films_of_a_pair_and_all_images_of_a_woman_fall_into_one_half() -> None:
    assert half_of_file(Path("mdb001.png")) == half_of_file(Path("mdb002.png"))
    assert half_of_file(Path("p0001_R_CC_1.jpg")) == half_of_file(Path("p0001_L_MLO_2.jpg"))
    assert half_of_file(Path("A_1108_L_CC.jpg")) == half_of_file(Path("A_1108_R_MLO.jpg"))
    assert {half_of_file(Path(f"A_{number:04d}_R_CC.jpg")) for number in range(20)} == {"tuned on", "held back"}
    assert {half_of_file(Path(f"p{number:04d}_R_CC.jpg")) for number in range(20)} == {"tuned on", "held back"}
    assert [half_of(number) for number in (0, 39, 40)] == ["tuned on", "tuned on", "held back"]
