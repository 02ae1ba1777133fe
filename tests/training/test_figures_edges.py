"""Figures where examples tie, cancel, are one woman's, or are no numbers."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from mammoview.core.errors import UsageError
from tests.training.runs import make_cache
from training import weighted
from training.bootstrap import by_woman, paired
from training.calibration import Calibration, calibrate, platt, sigmoid
from training.data.table import DIAGNOSES, ImageRow
from training.delong import delong
from training.evaluation.bundles import unseen_rows
from training.evaluation.comparison import compare, table
from training.evaluation.figures import at_prevalence, coarser_points, level_figures, subgroups, three_classes
from training.evaluation.levels import Level, levels_of
from training.leaks import woman_digest
from training.metrics import auroc, expected_calibration_error, reliability
from training.predictions import Example, Predictions, image_key, key_depth
from training.report.gallery import inputs_of_cache


def _row(woman: int, side: str, view: str, label: int, **others: Any) -> ImageRow:
    told = {"file": Path(f"{woman}_{side}_{view}.png"), "patient_id": f"made/{woman}", "source": "made", **others}
    return ImageRow(laterality=side, view=view, label=label, **told)


def _predictions(women: int = 40, *, seed: int = 0) -> Predictions:
    """Both breasts of each woman, her left one with cancer in every second, at one view."""
    rows = [_row(n, side, "CC", int(n % 2 == 1 and side == "L")) for n in range(women) for side in "LR"]
    difference = np.array([row.label for row in rows]) + np.random.default_rng(seed).standard_normal(len(rows))
    logits = np.stack([np.zeros(len(rows)), difference], axis=1)
    return Predictions("image", tuple(Example((row,)) for row in rows), logits, ("non-cancer", "cancer"), 1)


def test_a_difference_that_each_woman_cancels_has_no_spread() -> None:
    """Both breasts of every woman score alike, one of them sick: her two sums cancel, to rounding."""
    rng = np.random.default_rng(0)
    labels, women = np.tile([0, 1], 10), np.repeat(np.arange(10), 2).astype(str)
    for _ in range(60):
        first, second = (np.repeat(rng.standard_normal(10).round(1), 2) for _ in range(2))
        found = delong(labels, first, second, women)
        assert found.value == pytest.approx(0, abs=1e-12)
        assert found.high - found.low < 1e-6
        assert found.p == 1
    different = delong(labels, labels.astype(np.float64), -labels.astype(np.float64), women)
    assert (different.value, different.p) == (1, 0)


def test_the_calibration_error_does_not_hang_on_the_order_of_the_examples() -> None:
    labels, scores = np.repeat([0, 1], [70, 30]), np.full(100, 0.3)
    assert expected_calibration_error(labels, scores) == pytest.approx(0, abs=1e-12)
    rng = np.random.default_rng(0)
    labels, scores = rng.integers(0, 2, 300), rng.random(300).round(1)
    order = rng.permutation(300)
    assert expected_calibration_error(labels[order], scores[order]) == pytest.approx(
        expected_calibration_error(labels, scores), abs=1e-12
    )


@pytest.mark.parametrize("decimals", [1, 9])
def test_the_calibration_error_of_a_weight_is_that_of_a_repetition(decimals: int) -> None:
    rng = np.random.default_rng(1)
    labels, scores = rng.integers(0, 2, 60), rng.random(60).round(decimals)
    weights = rng.integers(0, 4, (5, 60))
    found = weighted.expected_calibration_error(labels, scores, weights.astype(np.float64))
    again = [expected_calibration_error(np.repeat(labels, row), np.repeat(scores, row)) for row in weights]
    np.testing.assert_allclose(found, again, atol=1e-12)


def test_examples_of_one_probability_are_one_point_of_the_calibration_curve() -> None:
    assert reliability(np.repeat([0, 1], [70, 30]), np.full(100, 0.25)) == [
        {"probability": 0.25, "positives": 0.3, "count": 100}
    ]


def test_the_interval_of_the_calibration_error_holds_it() -> None:
    """Noise can only raise the error: the draws of well calibrated scores lie above the figure itself."""
    rng = np.random.default_rng(2)
    scores = np.sort(rng.random(90))
    labels = (np.arange(90) % 3 == 0).astype(np.int64)
    level = Level(
        "image",
        "",
        tuple(Example((_row(n, "L", "CC", int(labels[n])),)) for n in range(90)),
        scores,
        scores / 3 + 1 / 6,
    )
    plain = by_woman(weighted.expected_calibration_error, labels, level.probabilities, level.women(), samples=200)
    found = level_figures(level, [example.rows[0] for example in level.examples], samples=200)["ece"]
    assert plain.low > plain.value
    assert 0 <= found["low"] < found["value"] < found["high"]
    assert found["high"] - found["low"] <= plain.high - plain.low + 1e-12


def test_one_woman_and_one_positive_woman_have_no_interval() -> None:
    rng = np.random.default_rng(3)
    labels, scores = np.tile([0, 1], 20), rng.random(40)
    assert by_woman(weighted.auroc, labels, scores, np.full(40, "a"), samples=50).record() is None
    alone = (np.arange(40) == 7).astype(np.int64)
    found = by_woman(weighted.auroc, alone, scores, np.arange(40).astype(str), samples=400)
    assert np.isfinite(found.value)
    assert np.isnan(found.low)
    assert np.isnan(paired(weighted.auroc, alone, scores, -scores, np.arange(40).astype(str), samples=400).p)
    two = (np.arange(40) % 20 == 7).astype(np.int64)
    assert by_woman(weighted.auroc, two, scores, np.arange(40).astype(str), samples=400).record() is not None


def test_logits_that_rank_the_wrong_way_are_calibrated_to_the_prevalence() -> None:
    rng = np.random.default_rng(4)
    logits = 10 + rng.standard_normal(400)
    labels = (rng.random(400) < sigmoid(10 - logits)).astype(np.int64)
    slope, intercept = platt(labels, logits)
    assert slope > 0
    assert sigmoid(slope * logits + intercept).mean() == pytest.approx(labels.mean(), abs=0.005)
    found = calibrate(labels, logits)
    assert found.probabilities(logits).mean() == pytest.approx(labels.mean(), abs=0.005)
    assert auroc(labels, found.logits(logits)) == pytest.approx(auroc(labels, logits), abs=1e-9)


@pytest.mark.parametrize("scale", [1e-6, 1e6])
def test_a_calibration_does_not_hang_on_the_scale_of_the_logits(scale: float) -> None:
    rng = np.random.default_rng(5)
    labels = np.arange(200) % 2
    logits = labels + rng.standard_normal(200)
    expected, found = platt(labels, logits), platt(labels, logits * scale)
    np.testing.assert_allclose((found[0] * scale, found[1]), expected, rtol=1e-6)


@pytest.mark.parametrize("broken", [np.nan, np.inf])
def test_a_score_that_is_no_number_is_refused_and_not_ranked(broken: float) -> None:
    predictions = _predictions(4)
    logits = predictions.logits.copy()
    logits[2, 1] = broken
    with pytest.raises(UsageError, match="no finite number for 1 of 8 images"):
        levels_of(replace(predictions, logits=logits), Calibration())


def test_images_that_share_a_file_name_are_not_taken_for_one() -> None:
    """CBIS-DDSM: every file is called 1-1.dcm, in a folder of its own; the folders lie elsewhere for each model."""
    before = _predictions()
    moved = []
    for root in ("here", "there/deeper"):
        rows = [
            replace(example.rows[0], file=Path(root, example.rows[0].file.stem, "1-1.dcm"), laterality="L")
            for example in before.examples
        ]
        moved.append(replace(before, examples=tuple(Example((row,)) for row in rows)))
    record = compare({"a": (moved[0], Calibration()), "b": (moved[1], Calibration())}, samples=20)
    assert record["units"]["image"]["examples"] == 80
    assert record["units"]["image"]["left_out"] == {"a": 0, "b": 0}


def test_no_more_of_a_path_is_compared_than_tells_images_apart() -> None:
    rows = [replace(_row(0, "L", "CC", 0), file=Path("a", folder, "1.png")) for folder in "xy"]
    assert (key_depth(rows[:1]), key_depth(rows), key_depth([])) == (1, 2, 1)
    assert image_key(rows[0], 2)[-2:] == ("x", "1.png")
    assert key_depth([rows[0], rows[0], rows[1]]) == 2


def test_the_gallery_finds_the_picture_of_its_own_row() -> None:
    cache = make_cache(women=2)
    rows = tuple(
        replace(row, file=Path(row.file.stem, "1.png"), patient_id="one", laterality="L", view="CC")
        for row in cache.rows
    )
    find = inputs_of_cache(replace(cache, rows=rows))
    for index, row in enumerate(rows):
        found = find(row)
        assert found is not None
        np.testing.assert_allclose(found[..., 0], cache.inputs[index] / np.float32(255))


def test_three_classes_are_ranked_by_logits_where_probabilities_tie() -> None:
    rows = [_row(n, "L", "CC", int(n % 3 == 2), diagnosis=DIAGNOSES[n % 3]) for n in range(60)]
    sure = np.where(np.arange(60) % 3 == 2, 200.0, 100.0) + np.arange(60) / 60
    logits = np.stack([np.zeros(60), -np.arange(60) / 60, sure], axis=1)
    predictions = Predictions("image", tuple(Example((row,)) for row in rows), logits, DIAGNOSES, 2)
    found = three_classes(predictions, samples=20)
    assert found is not None
    assert found["auroc_one_vs_rest"]["malignant"]["value"] == 1


def test_subgroups_stand_in_the_order_of_their_numbers() -> None:
    ages = [35.0, 85.0, 45.0, None, 72.0]
    machines = ["21", "170", "5", "", "lorad"]
    rows = [_row(n, "L", "CC", n % 2, age=ages[n % 5], machine=machines[n % 5]) for n in range(10)]
    logits = np.stack([np.zeros(10), np.arange(10.0)], axis=1)
    level = levels_of(
        Predictions("image", tuple(Example((row,)) for row in rows), logits, ("n", "c"), 1), Calibration()
    )
    found = subgroups(level[0], samples=5)
    assert list(found["age"]) == ["under 40", "40 to 49", "70 to 79", "80 and over", "unknown"]
    assert list(found["machine"]) == ["5", "21", "170", "lorad", "unknown"]


def test_coarser_units_have_operating_points_of_their_own_where_they_are_not_void() -> None:
    predictions = _predictions()
    levels = levels_of(predictions, Calibration())
    rows = [example.rows[0] for example in predictions.examples]
    found = coarser_points(levels, rows, {"breast": {"balanced": 0.6}, "woman": {"balanced": 0.7}}, samples=20)
    assert set(found) == {"breast", "woman"}
    woman = levels[2]
    called = woman.probabilities >= 0.7
    assert found["woman"]["balanced"]["unit"] == "woman"
    assert found["woman"]["balanced"]["confusion"]["true_positive"] == int((called & (woman.labels() == 1)).sum())
    one_sided = [row for row in rows if row.label or int(row.patient_id.removeprefix("made/")) % 2 == 0]
    assert set(coarser_points(levels, one_sided, {"breast": {}, "woman": {}}, samples=20)) == {"breast"}
    assert coarser_points(levels, rows, {}, samples=20) == {}


def test_a_threshold_above_all_probabilities_stays_a_number_at_another_prevalence() -> None:
    level = levels_of(_predictions(), Calibration())[0]
    point = {"threshold": float(np.nextafter(1.0, 2)), "sensitivity": {"value": 0.0}, "specificity": {"value": 1.0}}
    found = at_prevalence(level, {"high-specificity": point}, fitted=0.3, stated=0.01)
    assert 0.99 < found["operating_points"]["high-specificity"]["threshold"] <= 1
    half = at_prevalence(level, {"p": {**point, "threshold": 0.5}}, fitted=0.5, stated=0.01)["operating_points"]["p"]
    assert half["threshold"] == pytest.approx(0.01, abs=1e-12)


def test_the_comparison_is_told_in_all_its_figures() -> None:
    models = {name: (_predictions(seed=seed), Calibration()) for seed, name in enumerate("ab")}
    lines = "\n".join(table(compare(models, samples=20)))
    for words in ("AUROC, bootstrap", "Obuchowski", "DeLong", "AUPRC, bootstrap", "Brier score, bootstrap"):
        assert words in lines


@pytest.mark.parametrize("known", [True, False])
def test_it_is_said_why_nobody_is_left_to_judge(known: bool) -> None:
    rows = [_row(n, "L", "CC", n % 2, woman_known=known) for n in range(4)]
    digests = [woman_digest(row.patient_id) for row in rows]
    bundle: Any = SimpleNamespace(training={"women": {"train": digests}}, split_hashes={})
    why = "4 women whom the model has seen were left out" if known else "the data do not say whom they show"
    with pytest.raises(UsageError, match=f"no image is left to judge: {why}"):
        unseen_rows(bundle, rows, allow_leak=False, unseen=True)
