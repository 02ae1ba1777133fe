"""Owns the way from views to breast to study. Never scores an image.

A breast's score is the mean of its scored views' probabilities and the study's is the highest of its breasts.
Refused views do not count. A view that was not run (the engine failed) leaves its breast and the study without a
score, as half an answer could be taken for a negative one. Views whose side is unknown cannot be given to a breast:
each counts as a breast of its own for the study's score, and they are left out of `breasts`, so that no side is ever
shown a score that may not be its own.
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
    failed = {image.laterality for image in images if image.not_run is not None}
    means = {side: math.fsum(scores) / len(scores) for side, scores in views.items() if side not in failed}
    breasts: dict[Laterality, float] = {
        side: means[side] for side in (Laterality.RIGHT, Laterality.LEFT) if side in means
    }
    unknown = views.get(Laterality.UNKNOWN, [])
    study = None if failed else max([*breasts.values(), *unknown], default=None)
    return ExamPrediction(images, breasts, study)
