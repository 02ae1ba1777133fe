"""Owns the free-response curve of a mask head: marks, which lesions they hit, sensitivity at false positives an image.

Bunch et al. 1978; the definitions are those of CAMELYON16, with marks that may lie a tolerance beside a lesion. Never
runs a model.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from training.bootstrap import by_woman
from training.evaluation.figures import TOO_FEW
from training.explanations.agreement import Lesion, Response, Tolerance, near
from training.weighted import Figure, Labels, Scores

RATES = (0.25, 0.5, 1.0, 2.0)
"""False positives an image at which sensitivity is told."""

WEAKEST, MOST = 1e-6, 20
"""Marks weaker than this are none; at most so many of an image count, the strongest."""

_STEPS = 500


@dataclass(frozen=True, slots=True, eq=False)
class Marks:
    """What was marked on one image of a woman: `hits`, for each of its lesions the strongest mark on it (0: none);
    `alarms`, the strengths of the marks beside all lesions."""

    woman: str
    hits: tuple[float, ...]
    alarms: tuple[float, ...]


def marks_of(response: Response, lesion: Lesion, tolerance: Tolerance, woman: str) -> Marks:
    """The marks of a map (0..1): its local maxima that are the strongest within `tolerance`. Parts of `lesion`
    that are nearer to each other than `tolerance` are one lesion, hit where a mark lies in it or at most `tolerance`
    away."""
    around = near(np.pad(np.ones((1, 1), np.uint8), [(int(reach),) * 2 for reach in tolerance]), tolerance)
    best = cv2.dilate(response, around.astype(np.uint8))
    count, parts, _, middles = cv2.connectedComponentsWithStats(
        ((response >= best) & (response >= WEAKEST)).astype(np.uint8), connectivity=8
    )
    strengths = [float(response[parts == part].max()) for part in range(1, count)]
    order = np.argsort(strengths)[::-1][:MOST]
    places = [(round(middles[part + 1][1]), round(middles[part + 1][0]), strengths[part]) for part in order]
    joined = near(lesion, (tolerance[0] / 2, tolerance[1] / 2)).astype(np.uint8)
    lesions, shapes = cv2.connectedComponents(joined, connectivity=8)
    reached = [near(np.where(shapes == number, lesion, 0).astype(np.uint8), tolerance) for number in range(1, lesions)]
    hits = [max([strength for row, column, strength in places if zone[row, column]], default=0.0) for zone in reached]
    alarms = [strength for row, column, strength in places if not any(zone[row, column] for zone in reached)]
    return Marks(woman, tuple(hits), tuple(alarms))


def froc(images: Sequence[Marks], *, samples: int) -> dict[str, Any]:
    """Sensitivity per lesion at each of RATES false positives an image, with its interval over women ("too few" under
    TOO_FEW lesions), and the curve."""
    women = np.array([marks.woman for marks in images])
    strengths = np.array([value for marks in images for value in (*marks.alarms, *marks.hits) if value > 0])
    steps = np.unique(strengths)[::-1]
    if steps.size > _STEPS:
        steps = np.unique(np.quantile(strengths, np.linspace(0, 1, _STEPS)))[::-1]
    hits, alarms = (_counts(images, name, steps) for name in ("hits", "alarms"))
    lesions = np.array([len(marks.hits) for marks in images], np.float64)

    def at(rate: float) -> Figure:
        def figure(labels: Labels, scores: Scores, weights: Scores) -> Scores:
            allowed = weights @ alarms <= rate * weights.sum(axis=1, keepdims=True) + 1e-9
            whole = weights @ lesions
            best = np.where(allowed, weights @ hits, 0.0).max(axis=1, initial=0.0)
            return np.where(whole > 0, best / np.where(whole > 0, whole, 1.0), np.nan)

        return figure

    nothing = np.zeros(len(images))
    return {
        "images": len(images),
        "women": int(np.unique(women).size),
        "lesions": int(lesions.sum()),
        "sensitivity": {
            f"{rate:g}": "too few"
            if lesions.sum() < TOO_FEW
            else by_woman(at(rate), nothing.astype(np.int64), nothing, women, samples=samples).record()
            for rate in RATES
        },
        "curve": {
            "false_positives_per_image": (alarms.sum(axis=0) / max(1, len(images))).tolist(),
            "sensitivity": (hits.sum(axis=0) / max(1.0, lesions.sum())).tolist(),
        },
    }


def _counts(images: Sequence[Marks], name: str, steps: NDArray[np.float64]) -> NDArray[np.float64]:
    """How many strengths of each image are at least as strong as each step: (images, steps)."""
    each = [np.array(getattr(marks, name), np.float64)[:, None] >= steps for marks in images]
    return np.array([reached.sum(axis=0) for reached in each], np.float64).reshape(len(images), steps.size)
