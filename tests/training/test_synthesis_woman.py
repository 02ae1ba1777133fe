"""Synthetic women: the truth agrees with the pictures, and the same seed gives the same bytes."""

import hashlib
import subprocess
import sys
from pathlib import Path

import cv2
import numpy as np
import pytest

from training.synthesis import SyntheticView, SyntheticWoman, generate_patch, generate_woman
from training.synthesis.lesion import LESION_KINDS
from training.synthesis.physics import MTF_REACH_PX
from training.synthesis.woman import plan_lesion

ROOT = Path(__file__).resolve().parents[2]
SPACING_MM = 0.8


@pytest.fixture(scope="module")
def woman() -> SyntheticWoman:
    return generate_woman(7, spacing_mm=SPACING_MM, lesion="spiculated", side="R")


@pytest.fixture(scope="module")
def twin() -> SyntheticWoman:
    return generate_woman(7, spacing_mm=SPACING_MM, lesion="none", side="R")


def _with_lesion(woman: SyntheticWoman) -> list[SyntheticView]:
    return [view for view in woman.views if view.lesion != "none"]


def test_four_views_of_two_breasts(woman: SyntheticWoman) -> None:
    assert [(v.side, v.view) for v in woman.views] == [("R", "CC"), ("L", "CC"), ("R", "MLO"), ("L", "MLO")]


def test_the_same_seed_gives_the_same_bytes_in_another_process(woman: SyntheticWoman) -> None:
    code = (
        "import hashlib\n"
        "from training.synthesis import generate_woman\n"
        "made = generate_woman(7, spacing_mm=0.8, lesion='spiculated', side='R', views=(('R', 'MLO'),))\n"
        "print(hashlib.sha256(made.views[0].stored.tobytes() + made.views[0].mask.tobytes()).hexdigest())\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT)
    here = woman.views[2]
    assert done.stdout.strip() == hashlib.sha256(here.stored.tobytes() + here.mask.tobytes()).hexdigest()


def test_another_index_is_another_woman(woman: SyntheticWoman) -> None:
    other = generate_woman(7, index=1, spacing_mm=SPACING_MM, lesion="none", views=(("R", "CC"),))
    assert other.views[0].stored.tobytes() != woman.views[0].stored.tobytes()


def test_pixels_are_twelve_bits_with_air_at_zero(woman: SyntheticWoman) -> None:
    for view in woman.views:
        assert view.stored.dtype == np.uint16
        assert view.stored.max() <= 4095
        assert 0.4 < float((view.stored == 0).mean()) < 0.9


def test_the_chest_wall_is_at_the_right_of_a_right_breast_and_at_the_left_of_a_left_one(
    woman: SyntheticWoman,
) -> None:
    for view in woman.views:
        filled = (view.stored > 0).mean(axis=0)
        assert (filled[-1] > 0.5 > filled[0]) if view.side == "R" else (filled[0] > 0.5 > filled[-1])


def test_the_muscle_is_at_the_top_of_the_chest_wall_in_mlo_only(woman: SyntheticWoman) -> None:
    for view in woman.views:
        wall = view.stored[:, -12:] if view.side == "R" else view.stored[:, :12]
        top = wall[: wall.shape[0] // 6].mean()
        assert (top > 1800) == (view.view == "MLO")


def test_only_the_chosen_breast_has_the_lesion(woman: SyntheticWoman) -> None:
    assert {view.side for view in _with_lesion(woman)} == {"R"}
    assert woman.lesion_side == "R"
    assert all((view.mask.max() == 255) == (view.side == "R") for view in woman.views)
    assert {view.label for view in woman.views} == {"cancer", "none"}


def test_the_centre_lies_in_the_mask_and_in_the_breast(woman: SyntheticWoman) -> None:
    for view in _with_lesion(woman):
        assert view.lesion_row_px is not None
        assert view.lesion_column_px is not None
        row, column = round(view.lesion_row_px), round(view.lesion_column_px)
        assert view.mask[row, column] == 255
        assert view.stored[row, column] > 0


def test_both_views_have_the_lesion_at_the_same_distance_from_the_nipple(woman: SyntheticWoman) -> None:
    for view in _with_lesion(woman):
        assert view.lesion_row_px is not None
        assert view.lesion_column_px is not None
        toward_wall = 1.0 if view.side == "R" else -1.0
        columns = toward_wall * (view.lesion_column_px - view.nipple_column_px)
        rows = view.nipple_row_px - view.lesion_row_px
        along_mm = (columns * np.cos(view.tilt_rad) + rows * np.sin(view.tilt_rad)) * view.spacing_mm
        assert along_mm == pytest.approx(view.lesion_depth_mm, abs=0.01)
    depths = {view.lesion_depth_mm for view in _with_lesion(woman)}
    assert len(depths) == 1


def test_the_twin_differs_only_where_the_lesion_is(woman: SyntheticWoman, twin: SyntheticWoman) -> None:
    reach = np.ones((2 * MTF_REACH_PX + 1,) * 2, np.uint8)
    for view, free in zip(woman.views, twin.views, strict=True):
        touched = cv2.dilate((view.mask > 0).astype(np.uint8), reach) > 0
        np.testing.assert_array_equal(view.stored[~touched], free.stored[~touched])


def test_the_lesion_is_brighter_than_its_twin(woman: SyntheticWoman, twin: SyntheticWoman) -> None:
    for view, free in zip(woman.views, twin.views, strict=True):
        core = view.mask == 255
        if core.any():
            gain = view.stored[core].astype(np.float64).mean() - free.stored[core].astype(np.float64).mean()
            assert 40 < gain < 900


def test_a_twin_has_no_truth(twin: SyntheticWoman) -> None:
    assert twin.label == "none"
    assert all(view.mask.max() == 0 and view.lesion_row_px is None for view in twin.views)


def test_the_prior_shows_the_same_breast_younger_and_without_the_lesion(woman: SyntheticWoman) -> None:
    prior = generate_woman(7, spacing_mm=SPACING_MM, lesion="spiculated", side="R", prior=True)
    assert prior.age_years == woman.age_years - 2
    assert prior.label == "none"
    for before, now in zip(prior.views, woman.views, strict=True):
        assert before.stored.shape == now.stored.shape
        both = (before.stored > 0) & (now.stored > 0)
        either = (before.stored > 0) | (now.stored > 0)
        assert both.sum() / either.sum() > 0.93


def test_denser_women_have_more_gland() -> None:
    fractions = [
        generate_woman(3, spacing_mm=1.6, lesion="none", density=density, views=(("L", "CC"),)).gland_fraction
        for density in ("a", "b", "c", "d")
    ]
    assert fractions == sorted(fractions)
    assert fractions[3] > 2 * fractions[0]


def test_the_side_of_a_lesion_tells_nothing_about_its_kind() -> None:
    plans = [plan_lesion(1, index) for index in range(800)]
    kinds = [("none" if lesion is None else lesion.kind, side) for lesion, side in plans]
    for kind in LESION_KINDS:
        sides = [side for one, side in kinds if one == kind]
        assert len(sides) == pytest.approx(200, abs=45)
        assert sides.count("R") / len(sides) == pytest.approx(0.5, abs=0.12)


def test_calcifications_are_small_and_in_a_cluster_of_at_most_a_centimetre() -> None:
    for index in range(40):
        lesion, _ = plan_lesion(2, index, lesion="calcifications")
        assert lesion is not None
        assert 5 <= len(lesion.grains_mm) <= 30
        assert np.abs(lesion.grains_mm[:, :3]).max() <= 5.0
        assert (2 * lesion.grains_mm[:, 3]).min() >= 0.1
        assert (2 * lesion.grains_mm[:, 3]).max() <= 1.0


def test_spiculated_masses_are_cancers_and_smooth_ones_are_benign() -> None:
    for index in range(10):
        spiculated, _ = plan_lesion(4, index, lesion="spiculated")
        smooth, _ = plan_lesion(4, index, lesion="mass")
        assert spiculated is not None
        assert smooth is not None
        assert spiculated.malignant
        assert not smooth.malignant
        assert len(spiculated.spicules.radius_mm) > 0 == len(smooth.spicules.radius_mm)


def test_a_spacing_out_of_range_is_refused() -> None:
    with pytest.raises(ValueError, match="spacing"):
        generate_woman(1, spacing_mm=0.0)


def test_patches_repeat_and_their_twins_differ_only_at_the_lesion() -> None:
    first = generate_patch(5, 9, 96, spacing_mm=0.2, lesion="spiculated")
    again = generate_patch(5, 9, 96, spacing_mm=0.2, lesion="spiculated")
    free = generate_patch(5, 9, 96, spacing_mm=0.2, lesion="none")
    assert first.stored.tobytes() == again.stored.tobytes()
    touched = cv2.dilate((first.mask > 0).astype(np.uint8), np.ones((9, 9), np.uint8)) > 0
    np.testing.assert_array_equal(first.stored[~touched], free.stored[~touched])
    assert (first.stored[touched] != free.stored[touched]).any()


def test_patches_have_the_asked_size_and_twelve_bits() -> None:
    for index in range(6):
        patch = generate_patch(1, index, 64, spacing_mm=0.2)
        assert patch.stored.shape == patch.mask.shape == (64, 64)
        assert 0 < patch.stored.min() <= patch.stored.max() <= 4095
        assert (patch.mask.max() > 0) == (patch.lesion != "none") == (patch.label != "none")
