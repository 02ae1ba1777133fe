"""Owns the way from views to breast to study. Never scores an image.

A breast's score is the mean of its scored views' probabilities and the study's is the highest of its breasts.
Refused views do not count. Views whose side is unknown cannot be given to a breast: together they count as
one breast of their own for the study's score, and are left out of `breasts`, so that no side is ever shown a
score that may not be its own.
"""

from __future__ import annotations

import math
from collections.abc import Iterable

from mammoview.core.prediction import ExamPrediction, ImagePrediction
from mammoview.core.study import Laterality


def aggregate(predictions: Iterable[ImagePrediction]) -> ExamPrediction:
    """The answer for one study from those for its images; its scores do not depend on their order (to the
    bit)."""
    images = tuple(predictions)
    views: dict[Laterality, list[float]] = {}
    for image in images:
        if image.score is not None:
            views.setdefault(image.laterality, []).append(image.score)
    means = {side: math.fsum(scores) / len(scores) for side, scores in views.items()}
    breasts: dict[Laterality, float] = {
        side: means[side] for side in (Laterality.RIGHT, Laterality.LEFT) if side in means
    }
    return ExamPrediction(images, breasts, max(means.values(), default=None))
