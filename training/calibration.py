"""Owns the way from logits to probabilities: calibration on validation examples, and another prevalence. Plain NumPy.

A calibration is a rising line on the logits, so that no order changes.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from mammoview.core.errors import UsageError
from training.metrics import expected_calibration_error
from training.weighted import Labels, Scores


@dataclass(frozen=True, slots=True)
class Calibration:
    """probability = sigmoid(slope * logit + intercept). `method`: "platt" (Platt 1999), "temperature" (Guo et al. 2017;
    no intercept) or "none"."""

    method: str = "none"
    slope: float = 1.0
    intercept: float = 0.0

    def logits(self, logits: Scores) -> Scores:
        """Calibrated logits: what is ranked, as probabilities of large logits would tie."""
        return self.slope * logits + self.intercept

    def probabilities(self, logits: Scores) -> Scores:
        """Calibrated probabilities 0..1."""
        return sigmoid(self.logits(logits))


def sigmoid(logits: Scores) -> Scores:
    """1 / (1 + exp(-x)) that never overflows."""
    return np.asarray(1 / (1 + np.exp(-np.clip(logits, -700, 700))), np.float64)


def logit(probabilities: Scores) -> Scores:
    """log(p / (1 - p)), finite: p is taken as at least 1e-300 and at most the number before 1."""
    inside = np.clip(probabilities, 1e-300, np.nextafter(1.0, 0.0))
    return np.asarray(np.log(inside) - np.log1p(-inside), np.float64)


def calibrate(labels: Labels, logits: Scores) -> Calibration:
    """The calibration of validation logits: Platt's, or one temperature, or none, the first whose expected calibration
    error on these examples is no higher than that of the logits as they are."""
    before = expected_calibration_error(labels, sigmoid(logits))
    for found in (
        Calibration("platt", *platt(labels, logits)),
        Calibration("temperature", temperature(labels, logits)),
    ):
        if expected_calibration_error(labels, found.probabilities(logits)) <= before:
            return found
    return Calibration()


def platt(labels: Labels, logits: Scores, *, steps: int = 100) -> tuple[float, float]:
    """(slope, intercept) of the logistic calibration of `logits` (Platt 1999) by Newton's method.

    The slope is above 0: where the best one is not, the logits say nothing or the contrary, and all examples get nearly
    the same probability, that of the prevalence.
    """
    targets = np.where(labels == 1, (labels.sum() + 1) / (labels.sum() + 2), 1 / ((labels == 0).sum() + 2))
    centre, spread = float(logits.mean()), float(logits.std()) or 1.0
    scaled = (logits - centre) / spread
    slope, intercept = _logistic(targets, scaled, steps)
    if slope < _LEAST_SLOPE:
        slope, intercept = _LEAST_SLOPE, float(np.log(targets.mean() / (1 - targets.mean())))
    return slope / spread, intercept - slope * centre / spread


_LEAST_SLOPE = 1e-3
"""Of a calibration: of logits with an SD of 1."""


def _logistic(targets: Scores, scaled: Scores, steps: int) -> tuple[float, float]:
    """(slope, intercept) of the highest likelihood, by Newton's method with halved steps."""

    def loss(slope: float, intercept: float) -> float:
        z = slope * scaled + intercept
        return float((np.logaddexp(0, z) - targets * z).sum())

    slope, intercept = 0.0, float(np.log(targets.mean() / (1 - targets.mean())))
    for _ in range(steps):
        p = 0.5 * (1 + np.tanh(0.5 * (slope * scaled + intercept)))
        weight = p * (1 - p) + 1e-12
        residual = targets - p
        gradient = np.array([(residual * scaled).sum(), residual.sum()])
        cross = (weight * scaled).sum()
        hessian = np.array([[(weight * scaled**2).sum() + 1e-9, cross], [cross, weight.sum() + 1e-9]])
        step = np.linalg.solve(hessian, gradient)
        now, share = loss(slope, intercept), 1.0
        while share > 1e-6 and loss(slope + share * step[0], intercept + share * step[1]) > now:
            share /= 2
        slope, intercept = slope + share * float(step[0]), intercept + share * float(step[1])
        if share * float(np.abs(step).max()) < 1e-10:
            break
    return slope, intercept


def temperature(labels: Labels, logits: Scores) -> float:
    """The slope (one over the temperature, 0.01 to 100) with the least negative log-likelihood, by golden section."""

    def loss(exponent: float) -> float:
        z = float(np.exp(exponent)) * logits
        return float((np.logaddexp(0, z) - labels * z).sum())

    low, high, golden = np.log(0.01), np.log(100.0), (np.sqrt(5.0) - 1) / 2
    while high - low > 1e-9:
        left, right = high - golden * (high - low), low + golden * (high - low)
        low, high = (low, right) if loss(left) <= loss(right) else (left, high)
    return float(np.exp((low + high) / 2))


def prior_shift(prevalence_fitted: float, prevalence_stated: float) -> float:
    """What is added to a calibrated logit where the prevalence is another (Saerens et al. 2002), as long as cancers and
    others look the same in both places. Raises UsageError unless both lie between 0 and 1."""
    if not (0 < prevalence_fitted < 1 and 0 < prevalence_stated < 1):
        raise UsageError("a prevalence must lie between 0 and 1", "give --prevalence as 0.005 for 5 in 1,000")
    fitted, stated = (float(np.log(share / (1 - share))) for share in (prevalence_fitted, prevalence_stated))
    return stated - fitted


def predictive_values(sensitivity: float, specificity: float, prevalence: float) -> tuple[float, float]:
    """(positive, negative) predictive value at a prevalence, by Bayes; NaN where nothing is called so."""
    hit, alarm = sensitivity * prevalence, (1 - specificity) * (1 - prevalence)
    missed, quiet = (1 - sensitivity) * prevalence, specificity * (1 - prevalence)
    return (
        hit / (hit + alarm) if hit + alarm > 0 else float("nan"),
        quiet / (quiet + missed) if quiet + missed > 0 else float("nan"),
    )
