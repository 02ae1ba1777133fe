"""Owns the scores of a site whose prevalence is another than that of the women on whom a model was calibrated.

Prior-shift correction (Saerens et al. 2002; Elkan 2001), right as long as cancers, and others, look the same in both
places: logit' = logit + logit(site) - logit(calibrated at). Rising, so that no order and no decision changes where
thresholds are moved as well.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType

from mammoview.core.errors import UsageError
from mammoview.core.prediction import ExamPrediction, ImagePrediction, ModelLabel

LEAST, MOST = 1e-5, 1 - 1e-5
"""The prevalences that can be stated."""


def checked_prevalence(value: float) -> float:
    """A site's prevalence, as it was stated; raises UsageError unless it lies within LEAST..MOST."""
    if not LEAST <= value <= MOST:
        raise UsageError(f"a prevalence of {value:g} cannot be", "give a share between 0 and 1: 0.005 for 5 in 1,000")
    return value


def percent(prevalence: float) -> str:
    """ "0.5 %" """
    return f"{100 * prevalence:.3g} %"


def with_calibration(label: ModelLabel, training: Mapping[str, object]) -> ModelLabel:
    """The label with what `training` of its bundle tells of the prevalence among the women that it was calibrated on;
    unchanged where it tells none."""
    told = training.get("calibration_prevalence")
    usable = isinstance(told, int | float) and not isinstance(told, bool) and LEAST <= told <= MOST
    return replace(label, calibrated_at=float(told)) if usable and isinstance(told, int | float) else label


@dataclass(frozen=True, slots=True)
class PriorShift:
    """From a model `calibrated_at` one prevalence to a `site` with another, both within LEAST..MOST."""

    calibrated_at: float
    site: float

    @classmethod
    def of(cls, label: ModelLabel, site: float) -> PriorShift:
        """The one of a model; raises UsageError where `site` cannot be, or the model's bundle does not tell at which
        prevalence it was calibrated."""
        stated = checked_prevalence(site)
        if label.calibrated_at is None:
            raise UsageError(
                f"{label.title} does not tell at which prevalence it was calibrated", "leave out the site's prevalence"
            )
        return cls(label.calibrated_at, stated)

    def probability(self, calibrated: float) -> float:
        """A calibrated probability 0..1 as it is at the site."""
        suspicious = calibrated * self.site / self.calibrated_at
        other = (1 - calibrated) * (1 - self.site) / (1 - self.calibrated_at)
        return suspicious / (suspicious + other)

    def image(self, prediction: ImagePrediction) -> ImagePrediction:
        """The answer for one image; one without a score stays as it is."""
        return prediction if prediction.score is None else replace(prediction, score=self.probability(prediction.score))

    def exam(self, exam: ExamPrediction) -> ExamPrediction:
        """The answer for one study. A breast's score is moved as a whole, not the mean of moved ones: it stays on its
        side of the operating point."""
        return ExamPrediction(
            tuple(map(self.image, exam.images)),
            {side: self.probability(score) for side, score in exam.breasts.items()},
            None if exam.score is None else self.probability(exam.score),
        )

    def label(self, label: ModelLabel) -> ModelLabel:
        """The model with its operating points moved alike, which says so."""
        points = {name: self.probability(threshold) for name, threshold in label.operating_points.items()}
        return replace(label, operating_points=MappingProxyType(points), prevalence=self.site)
