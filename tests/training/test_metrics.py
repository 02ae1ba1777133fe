"""Figures of merit against independent implementations."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from sklearn import metrics as reference
from sklearn.linear_model import LogisticRegression

from mammoview.core.errors import UsageError
from training import weighted
from training.bootstrap import by_woman, once, paired
from training.calibration import calibrate, logit, platt, predictive_values, prior_shift, sigmoid, temperature
from training.metrics import (
    auroc,
    balanced_threshold,
    brier,
    expected_calibration_error,
    group_highest,
    group_means,
    grouped,
    precision_recall_points,
    reliability,
    roc_points,
    sensitivity,
    specificity,
    threshold_at_sensitivity,
    threshold_at_specificity,
)


def _sample(seed: int, *, ties: bool = False, size: int = 400) -> tuple[Any, Any]:
    rng = np.random.default_rng(seed)
    labels = (rng.random(size) < 0.3).astype(np.int64)
    scores = 1 / (1 + np.exp(-(rng.standard_normal(size) + labels)))
    return labels, np.round(scores, 1) if ties else scores


@pytest.mark.parametrize("ties", [False, True])
@pytest.mark.parametrize("seed", range(5))
def test_auroc_and_brier_agree_with_scikit_learn(seed: int, ties: bool) -> None:
    labels, scores = _sample(seed, ties=ties)
    assert auroc(labels, scores) == pytest.approx(reference.roc_auc_score(labels, scores), abs=1e-12)
    assert brier(labels, scores) == pytest.approx(reference.brier_score_loss(labels, scores), abs=1e-12)


def test_sensitivity_and_specificity_agree_with_scikit_learn() -> None:
    labels, scores = _sample(1)
    for threshold in (0.2, 0.5, float(scores[7])):
        called = (scores >= threshold).astype(int)
        assert sensitivity(labels, scores, threshold) == pytest.approx(
            reference.recall_score(labels, called), abs=1e-12
        )
        assert specificity(labels, scores, threshold) == pytest.approx(
            reference.recall_score(labels, called, pos_label=0), abs=1e-12
        )


def test_one_class_alone_has_no_figure() -> None:
    none = np.zeros(5, np.int64)
    assert np.isnan(auroc(none, np.arange(5.0)))
    assert np.isnan(sensitivity(none, np.arange(5.0), 1.0))
    assert np.isnan(specificity(none + 1, np.arange(5.0), 1.0))


@pytest.mark.parametrize("ties", [False, True])
def test_operating_points_hold_what_they_promise(ties: bool) -> None:
    labels, scores = _sample(2, ties=ties)
    at_sensitivity = threshold_at_sensitivity(labels, scores, 0.9)
    assert sensitivity(labels, scores, at_sensitivity) >= 0.9
    assert sensitivity(labels, scores, float(np.nextafter(at_sensitivity, 2))) < 0.9
    at_specificity = threshold_at_specificity(labels, scores, 0.9)
    assert specificity(labels, scores, at_specificity) >= 0.9
    assert specificity(labels, scores, float(np.nextafter(at_specificity, -1))) < 0.9
    false, true, _ = reference.roc_curve(labels, scores)
    best = balanced_threshold(labels, scores)
    reached = sensitivity(labels, scores, best) + specificity(labels, scores, best)
    assert reached == pytest.approx(float((true - false).max()) + 1, abs=1e-12)


def test_platt_is_logistic_regression_on_smoothed_targets() -> None:
    labels, scores = _sample(3)
    logits = np.log(scores / (1 - scores)) * 3 + 1
    positive, negative = (labels.sum() + 1) / (labels.sum() + 2), 1 / ((labels == 0).sum() + 2)
    targets = np.where(labels == 1, positive, negative)
    model = LogisticRegression(C=np.inf, tol=1e-10, max_iter=1000)
    doubled = np.concatenate([logits, logits])[:, None]
    kinds = np.repeat([1, 0], logits.size)
    model.fit(doubled, kinds, sample_weight=np.concatenate([targets, 1 - targets]))
    slope, intercept = platt(labels, logits)
    assert slope == pytest.approx(float(model.coef_[0, 0]), abs=1e-4)
    assert intercept == pytest.approx(float(model.intercept_[0]), abs=1e-4)


def test_platt_calibrates_and_keeps_the_order() -> None:
    labels, scores = _sample(4, size=4000)
    logits = 5 * np.log(scores / (1 - scores))
    slope, intercept = platt(labels, logits)
    before, after = (1 / (1 + np.exp(-z)) for z in (logits, slope * logits + intercept))
    assert expected_calibration_error(labels, after) < expected_calibration_error(labels, before)
    assert auroc(labels, slope * logits + intercept) == pytest.approx(auroc(labels, logits), abs=1e-9)


def test_intervals_resample_women_not_images() -> None:
    """Copies of each woman's image add nothing: the interval stays, where resampling images would shrink it."""
    labels, scores = _sample(5, size=80)
    women = np.array([f"w{index}" for index in range(80)])
    single = by_woman(weighted.auroc, labels, scores, women, samples=300)
    copied = by_woman(weighted.auroc, np.tile(labels, 9), np.tile(scores, 9), np.tile(women, 9), samples=300)
    assert single.low < single.value < single.high
    assert copied.high - copied.low == pytest.approx(single.high - single.low, rel=0.15)
    assert by_woman(weighted.auroc, labels, scores, women, samples=300) == single


def test_an_interval_holds_the_truth_as_often_as_it_says() -> None:
    """Two images a woman with one score: over 120 samples the interval of a mean holds its true value in about 95 %."""
    held = 0
    for seed in range(120):
        scores = np.repeat(np.random.default_rng(seed).random(40), 2)
        women = np.repeat(np.arange(40).astype(str), 2)
        found = by_woman(weighted.brier, np.zeros(80, np.int64), np.sqrt(scores), women, samples=200)
        held += found.low <= 0.5 <= found.high
    assert 105 <= held <= 119


@pytest.mark.parametrize(
    "figure",
    [
        weighted.auroc,
        weighted.auprc,
        weighted.sensitivity_at(0.9),
        weighted.sensitivity(0.5),
        weighted.specificity(0.5),
        weighted.precision(0.5),
        weighted.f1(0.5),
        weighted.accuracy(0.5),
        weighted.probabilistic_f1,
        weighted.brier,
    ],
)
@pytest.mark.parametrize("ties", [False, True])
def test_a_weight_is_a_repetition(figure: weighted.Figure, ties: bool) -> None:
    labels, scores = _sample(6, ties=ties, size=60)
    weights = np.random.default_rng(0).integers(0, 4, (5, 60))
    found = figure(labels, scores, weights.astype(np.float64))
    again = [once(figure, np.repeat(labels, row), np.repeat(scores, row)) for row in weights]
    np.testing.assert_allclose(found, again, rtol=0, atol=1e-12)


@pytest.mark.parametrize("ties", [False, True])
def test_the_other_figures_agree_with_scikit_learn(ties: bool) -> None:
    labels, scores = _sample(7, ties=ties)
    called = (scores >= 0.6).astype(int)
    for figure, expected in (
        (weighted.auprc, reference.average_precision_score(labels, scores)),
        (weighted.precision(0.6), reference.precision_score(labels, called)),
        (weighted.f1(0.6), reference.f1_score(labels, called)),
        (weighted.accuracy(0.6), reference.accuracy_score(labels, called)),
    ):
        assert once(figure, labels, scores) == pytest.approx(expected, abs=1e-12)
    false, true, _ = reference.roc_curve(labels, scores, drop_intermediate=False)
    for wanted in (0.9, 0.95):
        expected = true[1 - false >= wanted - 1e-12].max()
        assert once(weighted.sensitivity_at(wanted), labels, scores) == pytest.approx(expected, abs=1e-12)
    np.testing.assert_allclose(roc_points(labels, scores), (false, true), atol=1e-12)
    precision, recall, _ = reference.precision_recall_curve(labels, scores)
    found_recall, found_precision = precision_recall_points(labels, scores)
    np.testing.assert_allclose(found_recall[::-1], recall[:-1], atol=1e-12)
    np.testing.assert_allclose(found_precision[::-1], precision[:-1], atol=1e-12)


def test_probabilistic_f1_of_sure_calls_is_f1() -> None:
    labels, scores = _sample(8)
    called = (scores >= 0.5).astype(np.float64)
    assert once(weighted.probabilistic_f1, labels, called) == pytest.approx(
        reference.f1_score(labels, called), abs=1e-12
    )


def test_ece_of_one_example_a_bin_is_the_mean_distance() -> None:
    labels, scores = _sample(9, size=15)
    assert expected_calibration_error(labels, scores) == pytest.approx(float(np.abs(scores - labels).mean()), abs=1e-12)


def test_the_better_of_two_models_is_told_apart_on_the_same_women() -> None:
    labels, scores = _sample(10)
    women = np.repeat(np.arange(200).astype(str), 2)
    noise = np.random.default_rng(0).standard_normal(labels.size)
    found = paired(weighted.auroc, labels, scores, scores + noise, women, samples=400)
    assert found.value == pytest.approx(auroc(labels, scores) - auroc(labels, scores + noise), abs=1e-12)
    assert found.low > 0
    assert found.p < 0.05
    same = paired(weighted.auroc, labels, scores, 3 * scores + 1, women, samples=400)
    assert (same.value, same.low, same.high, same.p) == (0, 0, 0, 1)


def test_calibration_never_raises_the_error_on_its_own_examples() -> None:
    for seed in range(12):
        labels, scores = _sample(seed, size=150)
        logits = logit(scores) * (0.3 + seed / 4) + seed - 6
        found = calibrate(labels, logits)
        after = expected_calibration_error(labels, found.probabilities(logits))
        assert after <= expected_calibration_error(labels, sigmoid(logits))
        assert auroc(labels, found.logits(logits)) == pytest.approx(auroc(labels, logits), abs=1e-9)


def test_platt_is_not_taken_where_it_would_raise_the_error() -> None:
    """Sure and right already: Platt's targets, drawn towards the middle, would make it less sure."""
    labels, logits = np.array([0, 0, 1, 1] * 5), np.tile([-40.0, -40, 40, 40], 5)
    assert calibrate(labels, logits).method != "platt"


def test_a_temperature_finds_the_slope_that_made_the_labels() -> None:
    rng = np.random.default_rng(0)
    logits = 3 * rng.standard_normal(20000)
    labels = (rng.random(20000) < sigmoid(0.5 * logits)).astype(np.int64)
    assert temperature(labels, logits) == pytest.approx(0.5, abs=0.02)


def test_another_prevalence_moves_the_odds_by_the_ratio_of_the_odds() -> None:
    assert prior_shift(0.5, 0.5) == 0
    assert sigmoid(np.array([0.0 + prior_shift(0.5, 0.005)]))[0] == pytest.approx(0.005, abs=1e-12)
    with pytest.raises(UsageError, match="between 0 and 1"):
        prior_shift(0.3, 1.0)
    positive, negative = predictive_values(0.9, 0.9, 0.01)
    assert positive == pytest.approx(0.009 / (0.009 + 0.099))
    assert negative == pytest.approx(0.891 / (0.891 + 0.001))


def test_a_breast_is_the_mean_of_its_views_and_a_woman_her_worse_breast() -> None:
    place, first = grouped(["b/R", "a/L", "b/R"])
    assert place.tolist() == [0, 1, 0]
    assert first.tolist() == [0, 1]
    assert group_means(place, np.array([0.2, 0.9, 0.4])).tolist() == pytest.approx([0.3, 0.9])
    assert group_highest(place, np.array([0.2, 0.9, 0.4])).tolist() == [0.4, 0.9]


def test_reliability_counts_every_example_once() -> None:
    labels, scores = _sample(11, size=103)
    found = reliability(labels, scores)
    assert sum(row["count"] for row in found) == 103
    assert sum(row["count"] * row["positives"] for row in found) == pytest.approx(labels.sum())
    assert [row["probability"] for row in found] == sorted(row["probability"] for row in found)
