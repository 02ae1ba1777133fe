"""Whether maps name what the score hangs on, whether they change with the weights, and which images are judged."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import cv2
import keras
import numpy as np
import pytest
from keras import layers
from numpy.typing import NDArray

from mammoview.core.breast import find_breast
from mammoview.inference.gradcam import CellField
from tests.bundles import breast_pixels
from tests.training.lesion_runs import make_lesion_cache
from training.cache import InputCache
from training.data.table import ImageRow, Lesion
from training.explanations import faithfulness, judge
from training.explanations.faithfulness import confidence, imputed, ranked, road, road_inputs
from training.explanations.gradients import Answer, Explainer
from training.explanations.judge import Sight
from training.explanations.maps import normalised
from training.explanations.sanity import check, shuffled, ssim, stages
from training.explanations.subjects import choose, mm_of_input, spread, tolerance_of
from training.pictures import read_picture

SIZE = 24
Grid = NDArray[np.float32]


def _by_equations(pixels: Grid, gone: NDArray[np.bool_]) -> NDArray[np.float64]:
    """The same imputation, by solving all its equations at once."""
    rows, columns = pixels.shape
    places = {(int(row), int(column)): number for number, (row, column) in enumerate(np.argwhere(gone))}
    left, right = np.zeros((len(places), len(places))), np.zeros(len(places))
    for (row, column), number in places.items():
        around = {
            (row + down, column + across): 2.0 if 0 in (down, across) else 1.0
            for down in (-1, 0, 1)
            for across in (-1, 0, 1)
            if (down or across) and 0 <= row + down < rows and 0 <= column + across < columns
        }
        left[number, number] = sum(around.values())
        for place, weight in around.items():
            if place in places:
                left[number, places[place]] -= weight
            else:
                right[number] += weight * pixels[place]
    found = pixels.astype(np.float64)
    found[gone] = np.linalg.solve(left, right)
    return found


@pytest.mark.parametrize("share", [0.1, 0.5, 0.9])
def test_imputed_pixels_are_what_their_neighbours_tell(share: float) -> None:
    rng = np.random.default_rng(2)
    down, across = np.mgrid[0:SIZE, 0:32]
    pixels = (0.5 + 0.4 * np.sin(down / 7) * np.cos(across / 5)).astype(np.float32)
    gone = rng.random(pixels.shape) < share
    found = imputed(pixels, gone, rng)
    np.testing.assert_array_equal(found[~gone], pixels[~gone])
    error = found - _by_equations(pixels, gone)
    assert np.sqrt((error[gone] ** 2).mean()) < 0.015  # of which the noise is 0.01
    assert error[gone].std() > 0.005


def test_direct_neighbours_of_a_missing_pixel_count_double() -> None:
    pixels = np.zeros((9, 9), np.float32)
    pixels[[3, 5, 4, 4], [4, 4, 3, 5]] = 1
    gone = np.zeros((9, 9), np.bool_)
    gone[4, 4] = True
    found = [imputed(pixels, gone, np.random.default_rng(seed))[4, 4] for seed in range(40)]
    assert np.mean(found) == pytest.approx(8 / 12, abs=0.01)


def test_a_large_hole_is_filled_from_its_rim() -> None:
    pixels = np.full((48, 48), 0.2, np.float32)
    pixels[:, 24:] = 0.8
    gone = np.zeros(pixels.shape, np.bool_)
    gone[8:40, 8:40] = True
    found = imputed(pixels, gone, np.random.default_rng(0))
    assert np.sqrt(((found - _by_equations(pixels, gone))[gone] ** 2).mean()) < 0.012


def test_the_equations_are_solved_to_a_thousandth(monkeypatch: pytest.MonkeyPatch) -> None:
    """The part of a breast that a map names last is one hole, far from all that is left."""
    monkeypatch.setattr(faithfulness, "NOISE", 0.0)
    down, across = np.mgrid[0:48, 0:40]
    pixels = (0.5 + 0.4 * np.sin(down / 9) * np.cos(across / 7)).astype(np.float32)
    gone = np.hypot(down - 24, across - 14) > 8
    gone[:, 36:] = False
    found = imputed(pixels, gone, np.random.default_rng(0))
    np.testing.assert_allclose(found, _by_equations(pixels, gone), atol=0.003)


class _Drawn:
    """An explainer whose mask head has two spots of a quarter of the input apart."""

    def answer(self, pixels: Grid) -> Answer:
        outline = np.zeros((1, 32, 32), np.float32)
        outline[0, 12, 10], outline[0, 20, 10] = 0.9, 0.8
        return Answer(0.0, outline[..., None], outline[..., None], outline)


def test_marks_on_images_without_lesion_are_as_far_apart_as_on_those_with_one(monkeypatch: pytest.MonkeyPatch) -> None:
    cache = make_lesion_cache(women=4)
    explainer: Any = _Drawn()
    sight = Sight(explainer, cache, CellField(8, 8, 4.0, 1.5, 4.0, 1.5), seed=0)
    found = sight.clean_marks(0, (0,))
    assert found is not None
    assert len(found.alarms) == 2  # nobody tells the spacing: 2.56 pixels of a breast of 32
    monkeypatch.setattr(judge, "mm_of_input", lambda row, preprocess: (1.5, 1.5))
    found = sight.clean_marks(0, (0,))
    assert found is not None
    assert found.alarms == pytest.approx((0.9,))  # 15 mm are 10 pixels


def test_pixels_are_ranked_within_the_breast_and_equal_ones_by_chance() -> None:
    response = np.zeros((4, 4), np.float32)
    response[1, 1], response[2, 2] = 0.5, 0.9
    breast = np.ones((4, 4), np.bool_)
    breast[2, 2] = False
    orders = {tuple(ranked(response, breast, np.random.default_rng(seed))) for seed in range(4)}
    assert {order[0] for order in orders} == {5}
    assert all(sorted(order) == [*range(10), *range(11, 16)] for order in orders)
    assert len(orders) == 4


def _spot_score(pixels: Grid) -> NDArray[np.float64]:
    """A network that looks at one spot alone: the brighter its middle is than what lies around, the surer it is."""
    spot, around = pixels[:, 10:14, 10:14], pixels[:, 6:18, 6:18]
    contrast = spot.mean(axis=(1, 2)) - around.mean(axis=(1, 2))
    return np.asarray(1 / (1 + np.exp(-20 * (contrast - 0.15))), np.float64)


def test_the_map_of_a_network_that_looks_at_a_spot_beats_chance_by_road() -> None:
    rng = np.random.default_rng(0)
    pixels = (0.3 + 0.02 * rng.standard_normal((SIZE, SIZE))).astype(np.float32)
    pixels[10:14, 10:14] = 0.9
    breast = np.ones((SIZE, SIZE), np.bool_)
    down, across = np.mgrid[0:SIZE, 0:SIZE]
    perfect = normalised(1 - np.hypot(down - 11.5, across - 11.5) / 20)
    scores = {
        name: np.mean([road(_spot_score(road_inputs(pixels, response, breast, rng))) for _ in range(3)])
        for name, response in (
            ("perfect", perfect),
            ("chance", rng.random((SIZE, SIZE)).astype(np.float32)),
            ("opposite", 1 - perfect),
        )
    }
    assert scores["perfect"] > 0.3
    assert abs(scores["chance"]) < 0.1
    assert scores["opposite"] == pytest.approx(-scores["perfect"], abs=0.03)


def test_road_is_half_of_least_less_most() -> None:
    assert road(np.array([0.2] * 9 + [0.8] * 9)) == pytest.approx(0.3)


def test_confidence_drops_by_a_share_and_rises_as_a_whole() -> None:
    assert confidence(0.8, 0.6) == pytest.approx((0.25, 0.0))
    assert confidence(0.8, 0.9) == (0.0, 1.0)
    assert confidence(0.0, 0.0) == (0.0, 0.0)


def test_ssim_is_one_of_a_map_with_itself_and_low_against_another() -> None:
    rng = np.random.default_rng(0)
    first, other = rng.random((2, 40, 40), np.float32)
    breast = np.ones((40, 40), np.bool_)
    breast[:, 20:] = False
    assert ssim(first, first, breast) == pytest.approx(1)
    assert ssim(first, other, breast) < 0.2
    changed = np.where(breast, first, other)
    assert ssim(first, changed, breast) > 0.8 > ssim(first, changed, ~breast)
    flat = ssim(np.full((40, 40), 0.2, np.float32), np.full((40, 40), 0.8, np.float32), breast)
    assert flat == pytest.approx((2 * 0.16 + 1e-4) / (0.04 + 0.64 + 1e-4), abs=1e-4)


def test_places_where_both_maps_are_empty_do_not_make_them_alike() -> None:
    first, other, empty = np.zeros((3, 60, 60), np.float32)
    first[5:15, 5:15] = other[40:50, 40:50] = 1
    breast = np.ones((60, 60), np.bool_)
    assert ssim(first, other, breast) < 0.1
    assert ssim(first, empty, breast) < 0.1
    assert ssim(empty, empty, breast) == 1


def test_weights_are_made_random_from_the_output_on_and_are_then_as_before() -> None:
    keras.utils.set_random_seed(1)
    network = keras.Sequential([keras.Input((6,)), *(layers.Dense(9, name=f"dense{n}") for n in range(8))])
    order = list(reversed(network.layers))
    before = network.get_weights()
    assert [[layer.name for layer in group] for group in stages(order)] == [
        ["dense7"],
        ["dense6", "dense5"],
        ["dense4", "dense3"],
        ["dense2"],
        ["dense1"],
        ["dense0"],
    ]
    moved = []
    with shuffled(order, np.random.default_rng(0)) as cascade:
        for _ in cascade:
            now = network.get_weights()
            moved.append([not np.array_equal(a, b) for a, b in zip(before[::2], now[::2], strict=True)])
            for a, b in zip(before, now, strict=True):
                np.testing.assert_array_equal(np.sort(a.ravel()), np.sort(b.ravel()))
    assert [sum(stage) for stage in moved] == [1, 3, 5, 6, 7, 8]
    assert moved[0][-1]
    for a, b in zip(before, network.get_weights(), strict=True):
        np.testing.assert_array_equal(a, b)


def test_a_map_that_ignores_the_weights_fails_and_one_of_the_weights_passes() -> None:
    keras.utils.set_random_seed(2)
    pixels = keras.Input((8, 8, 1))
    flow = layers.Conv2D(4, 3, padding="same", name="features")(pixels)
    network = keras.Model(pixels, [flow, layers.Dense(2)(layers.GlobalAveragePooling2D()(flow))])
    explainer = Explainer(network, layer="features", suspicious=1)
    inputs = np.random.default_rng(0).random((1, 8, 8), np.float32)
    fixed = normalised(np.random.default_rng(1).random((8, 8)))

    def maps() -> dict[str, list[Grid]]:
        answer = explainer.answer(inputs)
        own = normalised((answer.features * answer.gradients)[0].sum(axis=-1))
        return {"fixed": [fixed], "own": [own], "faint": [own * np.float32(1e-4)]}

    found = check(explainer, maps, [np.ones((8, 8), np.bool_)], seed=3)
    assert found["methods"]["fixed"]["ssim"][-1] == pytest.approx(1)
    assert not found["methods"]["fixed"]["passes"]
    assert found["methods"]["own"]["passes"]
    assert found["methods"]["faint"]["ssim"] == pytest.approx(found["methods"]["own"]["ssim"], abs=1e-3)
    assert found["methods"]["own"]["repeat_identical"]
    assert len(found["stages"]) == len(found["methods"]["own"]["ssim"]) == 2


def test_a_map_that_comes_out_otherwise_the_second_time_is_told() -> None:
    keras.utils.set_random_seed(2)
    pixels = keras.Input((8, 8, 1))
    flow = layers.Conv2D(2, 3, name="features")(pixels)
    network = keras.Model(pixels, [flow, layers.Dense(2)(layers.GlobalAveragePooling2D()(flow))])
    rng = np.random.default_rng(0)
    found = check(
        Explainer(network, layer="features", suspicious=1),
        lambda: {"restless": [rng.random((8, 8), np.float32)]},
        [np.ones((8, 8), np.bool_)],
        seed=0,
    )["methods"]["restless"]
    assert not found["repeat_identical"]
    assert found["repeat_largest_difference"] > 0.1


def _with(cache: InputCache, index: int, **changes: Any) -> InputCache:
    rows = list(cache.rows)
    rows[index] = replace(rows[index], **changes)
    return replace(cache, rows=tuple(rows))


def _all(cache: InputCache) -> tuple[tuple[int, ...], ...]:
    return tuple((index,) for index in range(len(cache.rows)))


def test_images_whose_lesions_are_all_suspicious_are_judged_and_the_others_counted() -> None:
    cache = make_lesion_cache(women=8)
    malignant, benign = Lesion(pathology="malignant", circle_px=(9, 9, 3)), Lesion(pathology="benign")
    first = next(index for index, row in enumerate(cache.rows) if row.label)
    cache = _with(cache, first, lesions=(malignant, benign))
    cache = _with(cache, first + 1, lesions=())
    found = choose(cache, _all(cache))
    assert len(found.subjects) == sum(row.label for row in cache.rows) - 2
    assert all(subject.row.label == 1 and subject.lesion.any() for subject in found.subjects)
    assert len(found.clean) == sum(row.diagnosis == "normal" for row in cache.rows)
    assert found.left_out == {
        "a lesion that is not suspicious": sum(row.diagnosis == "benign" for row in cache.rows),
        "benign and suspicious lesions in one image": 1,
        "suspicious, but no lesion is drawn": 1,
    }
    fewer = choose(cache, _all(cache), most=3)
    assert len(fewer.subjects) == 3
    assert fewer.left_out["more than were asked for"] == len(found.subjects) - 3


def test_pictures_are_taken_from_as_many_women_as_there_are() -> None:
    cache = make_lesion_cache(women=12)
    subjects = choose(cache, _all(cache)).subjects
    women = [subjects[place].row.patient_id for place in spread(subjects, 6, seed=4)]
    assert len(set(women)) == 6
    assert sorted(spread(subjects, 99, seed=4)) == list(range(12))


def test_the_tolerance_is_15_mm_or_a_part_of_the_breast() -> None:
    breast = np.zeros((100, 60), np.bool_)
    breast[10:60, :20] = True
    assert tolerance_of(breast, (0.5, 0.75)) == (30, 20)
    assert tolerance_of(breast, None) == (4, 4)


def test_millimetres_come_from_the_spacing_and_the_crop(tmp_path: Path) -> None:
    row = ImageRow(
        file=tmp_path / "mdb001.png", patient_id="mias/1", laterality="R", view="MLO", label=1, source="mias"
    )
    cv2.imwrite(str(row.file), breast_pixels(640, 512, bits=8))
    preprocess = {"id": "breast-crop/1", "params": {"rows": 64, "columns": 32}}
    scale = mm_of_input(row, preprocess)
    assert scale is not None
    region = find_breast(read_picture(row.file))
    assert scale == pytest.approx((0.2 * region.box.rows / 64, 0.2 * region.box.columns / 32))
    assert mm_of_input(replace(row, source="made"), preprocess) is None
    assert mm_of_input(replace(row, file=tmp_path / "gone.png"), preprocess) is None
