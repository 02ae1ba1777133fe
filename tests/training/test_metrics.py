"""Figures of merit against independent implementations."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from sklearn import metrics as reference
from sklearn.linear_model import LogisticRegression

from training.metrics import (
    auroc,
    balanced_threshold,
    breast_means,
    brier,
    by_woman,
    expected_calibration_error,
    platt,
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
    once = by_woman(auroc, labels, scores, women, samples=300)
    copied = by_woman(auroc, np.tile(labels, 9), np.tile(scores, 9), np.tile(women, 9), samples=300)
    assert once.low < once.value < once.high
    assert copied.high - copied.low == pytest.approx(once.high - once.low, rel=0.15)
    assert by_woman(auroc, labels, scores, women, samples=300) == once


def test_a_breast_is_the_mean_of_its_views() -> None:
    labels, means, women = breast_means(
        ["a/L", "b/R", "a/L"],
        np.array([0, 1, 1]),
        np.array([0.2, 0.9, 0.4]),
        np.array(["a", "b", "a"]),
    )
    assert labels.tolist() == [1, 1]
    assert means.tolist() == pytest.approx([0.3, 0.9])
    assert women.tolist() == ["a", "b"]
