"""Figures from predictions alone: levels, subgroups, three classes, comparisons."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from sklearn import metrics as reference

from mammoview.core.errors import InputRefusedError, UsageError
from training import weighted
from training.bootstrap import paired
from training.calibration import Calibration, logit
from training.data.table import DIAGNOSES, ImageRow, Lesion
from training.delong import delong
from training.evaluation.comparison import compare, table
from training.evaluation.figures import level_figures, operating_points, subgroups, three_classes, thresholds
from training.evaluation.levels import breast_count_auroc, levels_of
from training.evaluation.saved import load_predictions, save_predictions
from training.metrics import auroc
from training.predictions import Example, Predictions


def _row(woman: int, side: str, view: str, label: int, **others: Any) -> ImageRow:
    return ImageRow(
        file=Path(f"{woman}_{side}_{view}.png"),
        patient_id=f"made/{woman}",
        laterality=side,
        view=view,
        label=label,
        source="made",
        **others,
    )


def _predictions(women: int = 60, *, seed: int = 0, noise: float = 1.0) -> Predictions:
    """Four views of each woman; every second has cancer in her left breast. Scores hang on the image alone."""
    rng = np.random.default_rng(seed)
    rows = [
        _row(woman, side, view, int(woman % 2 == 1 and side == "L"), age=45.0 + woman % 40, density="ABCD"[woman % 4])
        for woman in range(women)
        for side in "LR"
        for view in ("CC", "MLO")
    ]
    differences = np.array([row.label for row in rows]) + noise * rng.standard_normal(len(rows))
    logits = np.stack([np.zeros(len(rows)), differences], axis=1)
    return Predictions("image", tuple(Example((row,)) for row in rows), logits, ("non-cancer", "cancer"), 1)


def test_a_breast_is_the_mean_of_its_images_and_a_woman_the_worse_of_her_breasts() -> None:
    predictions = _predictions(4)
    calibration = Calibration("platt", 0.5, -0.3)
    image, breast, woman = levels_of(predictions, calibration)
    assert [level.unit for level in (image, breast, woman)] == ["image", "breast", "woman"]
    np.testing.assert_allclose(breast.probabilities, image.probabilities.reshape(-1, 2).mean(axis=1))
    np.testing.assert_allclose(woman.probabilities, breast.probabilities.reshape(-1, 2).max(axis=1))
    assert woman.labels().tolist() == [0, 1, 0, 1]
    assert [len(example.rows) for example in woman.examples] == [4] * 4


def test_a_model_of_breasts_has_no_figure_per_image() -> None:
    images = _predictions(3)
    breasts = tuple(
        Example((a.rows[0], b.rows[0])) for a, b in zip(images.examples[::2], images.examples[1::2], strict=True)
    )
    found = levels_of(Predictions("breast", breasts, images.logits[::2], images.classes, 1), Calibration())
    assert [level.unit for level in found] == ["breast", "woman"]


def test_sure_scores_keep_their_order() -> None:
    """Probabilities of 50 and 60 are both 1.0 in float64; the logits are what is ranked."""
    predictions = _predictions(2)
    sharp = replace(predictions, logits=np.stack([np.zeros(8), np.arange(40.0, 48.0)], axis=1))
    image = levels_of(sharp, Calibration())[0]
    assert np.unique(image.probabilities).size < 8
    assert np.unique(image.ranks).size == 8


def test_figures_name_their_unit_and_agree_with_scikit_learn() -> None:
    image, breast, _ = levels_of(_predictions(), Calibration())
    rows = [row for example in image.examples for row in example.rows]
    for level in (image, breast):
        found = level_figures(level, rows, samples=40)
        expected = reference.roc_auc_score(level.labels(), level.ranks)
        assert found["auroc"]["value"] == pytest.approx(expected, abs=1e-12)
        assert found["auroc"]["low"] < found["auroc"]["value"] < found["auroc"]["high"]
        assert found["examples"] == level.labels().size
        assert found["women"] == 60


def test_figures_per_woman_are_void_where_her_breasts_give_her_away() -> None:
    predictions = _predictions()
    kept = [i for i, e in enumerate(predictions.examples) if e.rows[0].laterality == "L" or not _sick(e)]
    cut = replace(predictions, examples=tuple(predictions.examples[i] for i in kept), logits=predictions.logits[kept])
    levels = levels_of(cut, Calibration())
    rows = [row for example in cut.examples for row in example.rows]
    assert breast_count_auroc(rows) == 1.0
    assert "1.000" in level_figures(levels[2], rows, samples=10)["void"]
    assert "auroc" in level_figures(levels[1], rows, samples=10)


def _sick(example: Example) -> bool:
    return int(example.patient_id.partition("/")[2]) % 2 == 1


def test_operating_points_count_every_example() -> None:
    level = levels_of(_predictions(), Calibration())[0]
    chosen = thresholds(level.labels(), level.probabilities)
    found = operating_points(level, chosen, samples=20)
    assert found["high-sensitivity"]["sensitivity"]["value"] >= 0.9
    assert found["high-specificity"]["specificity"]["value"] >= 0.9
    for point in found.values():
        counts = point["confusion"]
        assert sum(counts.values()) == level.labels().size
        assert counts["true_positive"] + counts["false_negative"] == level.labels().sum()
        assert point["sensitivity"]["value"] == pytest.approx(counts["true_positive"] / level.labels().sum())


def test_subgroups_of_few_have_no_figure() -> None:
    level = levels_of(_predictions(), Calibration())[0]
    found = subgroups(level, samples=20)
    assert found["side"]["R"]["auroc"] == "too few"
    assert found["side"]["R"]["positives"] == 0
    here = np.array([example.rows[0].view == "CC" for example in level.examples])
    assert found["view"]["CC"]["auroc"]["value"] == pytest.approx(auroc(level.labels()[here], level.ranks[here]))
    assert sum(value["examples"] for value in found["density"].values()) == 240
    assert set(found["age"]) == {"40 to 49", "50 to 59", "60 to 69", "70 to 79", "80 and over"}
    assert "lesion" not in found


def test_a_lesion_kind_is_judged_against_images_without_a_lesion() -> None:
    predictions = _predictions(160)
    kinds = ["mass", "calcification"]
    examples = tuple(
        Example((replace(example.rows[0], lesions=(Lesion(kind=kinds[index % 2], box_px=(0, 0, 1, 1)),)),))
        if example.label
        else example
        for index, example in enumerate(predictions.examples)
    )
    found = subgroups(levels_of(replace(predictions, examples=examples), Calibration())[0], samples=20)["lesion"]
    negatives = 640 - 160
    assert {kind: (value["examples"], value["positives"]) for kind, value in found.items()} == {
        "mass": (negatives + 80, 80),
        "calcification": (negatives + 80, 80),
    }


def test_three_classes_have_one_figure_each_and_their_mean() -> None:
    rng = np.random.default_rng(0)
    truth = np.arange(150) % 3
    rows = [_row(n, "L", "CC", int(truth[n] == 2), diagnosis=DIAGNOSES[truth[n]]) for n in range(150)]
    logits = rng.standard_normal((150, 3)) + 1.5 * np.eye(3)[truth]
    predictions = Predictions("image", tuple(Example((row,)) for row in rows), logits, DIAGNOSES, 2)
    found = three_classes(predictions, samples=30)
    assert found is not None
    shares = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
    each = [reference.roc_auc_score(truth == k, shares[:, k]) for k in range(3)]
    assert [found["auroc_one_vs_rest"][name]["value"] for name in DIAGNOSES] == pytest.approx(each, abs=1e-12)
    assert found["auroc_macro"]["value"] == pytest.approx(float(np.mean(each)), abs=1e-12)
    assert found["accuracy"]["value"] == pytest.approx(float((logits.argmax(axis=1) == truth).mean()))
    matrix = reference.confusion_matrix(truth, logits.argmax(axis=1))
    assert found["confusion"]["rows_truth_columns_said"] == matrix.tolist()
    binary = levels_of(predictions, Calibration())[0]
    assert auroc(binary.labels(), binary.ranks) == pytest.approx(each[2], abs=1e-12)
    assert three_classes(_predictions(2), samples=10) is None


def test_predictions_survive_the_disk(tmp_path: Path) -> None:
    predictions = _predictions(3)
    save_predictions(predictions, tmp_path)
    again = load_predictions(tmp_path)
    assert again.examples == predictions.examples
    np.testing.assert_array_equal(again.logits, predictions.logits)
    assert (again.unit, again.classes, again.suspicious) == ("image", ("non-cancer", "cancer"), 1)
    (tmp_path / "predictions.npz").write_bytes(b"nothing")
    with pytest.raises(InputRefusedError, match="no predictions"):
        load_predictions(tmp_path)


def _delong_by_hand(labels: Any, first: Any, second: Any) -> tuple[float, float]:
    """Difference of AUROCs and its variance by the definitions of DeLong et al. 1988, all pairs one by one."""
    tens, ones = [], []
    for scores in (first, second):
        pairs = (scores[labels == 1][:, None] > scores[labels == 0]) + 0.5 * (
            scores[labels == 1][:, None] == scores[labels == 0]
        )
        tens.append(pairs.mean(axis=1))
        ones.append(pairs.mean(axis=0))
    covariance = np.cov(tens) / len(tens[0]) + np.cov(ones) / len(ones[0])
    contrast = np.array([1, -1])
    return float(np.mean(tens[0]) - np.mean(tens[1])), float(contrast @ covariance @ contrast)


@pytest.mark.parametrize("ties", [False, True])
def test_delong_agrees_with_its_definition(ties: bool) -> None:
    rng = np.random.default_rng(1)
    labels = (rng.random(90) < 0.4).astype(np.int64)
    first, second = (labels + rng.standard_normal(90) for _ in range(2))
    if ties:
        first, second = np.round(first), np.round(second)
    value, variance = _delong_by_hand(labels, first, second)
    for women in (None, np.arange(90).astype(str)):
        found = delong(labels, first, second, women)
        assert found.value == pytest.approx(value, abs=1e-12)
        assert found.high - found.value == pytest.approx(1.959964 * np.sqrt(variance), rel=1e-9)


def test_copies_of_a_woman_do_not_make_two_models_differ_more_surely() -> None:
    rng = np.random.default_rng(2)
    labels = (np.arange(80) % 2).astype(np.int64)
    first, second = labels + rng.standard_normal(80), labels + 1.5 * rng.standard_normal(80)
    women = np.arange(80).astype(str)
    once = delong(labels, first, second, women)
    copied = np.tile(labels, 6), np.tile(first, 6), np.tile(second, 6)
    clustered = delong(*copied, women=np.tile(women, 6))
    assert clustered.high - clustered.low == pytest.approx(once.high - once.low, rel=0.02)
    naive = delong(*copied)
    assert naive.high - naive.low < 0.6 * (once.high - once.low)


def test_a_womans_positive_and_negative_images_vary_together() -> None:
    """Her sick and her other breast share her tissue, which cancels in the AUROC: Obuchowski's interval is that of the
    bootstrap over women, DeLong's is too wide."""
    rng = np.random.default_rng(3)
    labels = np.tile([0, 1], 150)
    women = np.repeat(np.arange(150), 2).astype(str)
    tissue = np.repeat(2 * rng.standard_normal(150), 2)
    first = labels + tissue + 0.5 * rng.standard_normal(300)
    second = rng.standard_normal(300)
    drawn = paired(weighted.auroc, labels, first, second, women, samples=1000)
    found, naive = delong(labels, first, second, women), delong(labels, first, second)
    assert found.high - found.low == pytest.approx(drawn.high - drawn.low, rel=0.1)
    assert naive.high - naive.low > 1.15 * (drawn.high - drawn.low)


def test_a_better_model_is_told_from_a_worse_one_on_the_same_women() -> None:
    models = {
        "sharp": (_predictions(seed=0, noise=0.5), Calibration()),
        "blunt": (_predictions(seed=1, noise=3.0), Calibration()),
    }
    record = compare(models, samples=200)
    assert set(record["units"]) == {"image", "breast", "woman"}
    pair = record["units"]["image"]["pairs"][0]
    assert pair["auroc_difference"]["low"] > 0
    assert pair["delong_clustered"]["p"] < 0.01
    assert "independent" in record["note"]
    assert any("sharp less blunt" in line for line in table(record))


def test_models_are_compared_on_the_examples_that_both_have_judged() -> None:
    every = _predictions()
    some = replace(every, examples=every.examples[40:], logits=every.logits[40:])
    record = compare({"every": (every, Calibration()), "some": (some, Calibration("platt", 2.0, 1.0))}, samples=20)
    found = record["units"]["image"]
    assert (found["examples"], found["left_out"]) == (200, {"every": 40, "some": 0})
    assert found["pairs"][0]["auroc_difference"]["value"] == 0
    others = replace(every, examples=every.examples[:9], logits=every.logits[:9])
    with pytest.raises(UsageError, match="no judged images in common"):
        compare({"a": (some, Calibration()), "b": (others, Calibration())})
    wrong = tuple(Example((replace(example.rows[0], label=1 - example.label),)) for example in every.examples)
    with pytest.raises(UsageError, match="other labels"):
        compare({"a": (every, Calibration()), "b": (replace(every, examples=wrong), Calibration())})


def test_a_logit_is_finite_at_both_ends() -> None:
    found = logit(np.array([0.0, 0.25, 1.0]))
    assert np.isfinite(found).all()
    assert found[1] == pytest.approx(np.log(1 / 3))
