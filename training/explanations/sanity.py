"""Owns the sanity checks of maps: they must change when the weights do, and be the same when nothing does.

Adebayo et al., "Sanity Checks for Saliency Maps" (NeurIPS 2018): weights are randomised from the output to the input,
each stage on top of the last. Here the values of each tensor are shuffled, which keeps their spread. SSIM is that of
Wang et al. (2004).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from training.explanations.gradients import Explainer

LIMIT = 0.5
"""The mean SSIM to the trained network's map under which a method passes, once all weights are random."""

_STAGES = 5
_WINDOW, _SIGMA = (11, 11), 1.5
_C1, _C2 = 0.01**2, 0.03**2

Grid = NDArray[np.float32]
Maps = dict[str, list[Grid]]
"""Maps on the input's grid by method, one for each image."""


def ssim(first: Grid, second: Grid, breast: NDArray[np.bool_]) -> float:
    """Structural similarity of two maps in 0..1, 1 where they are equal: the mean over the part of the breast where one
    of them responds, as two maps that are empty nearly everywhere would else be alike."""
    a, b = np.asarray(first, np.float64), np.asarray(second, np.float64)

    def blurred(values: NDArray[np.float64]) -> NDArray[np.float64]:
        return np.asarray(cv2.GaussianBlur(values, _WINDOW, _SIGMA), np.float64)

    mean_a, mean_b = blurred(a), blurred(b)
    spread_a, spread_b = blurred(a * a) - mean_a**2, blurred(b * b) - mean_b**2
    shared = blurred(a * b) - mean_a * mean_b
    found = (2 * mean_a * mean_b + _C1) * (2 * shared + _C2)
    found /= (mean_a**2 + mean_b**2 + _C1) * (spread_a + spread_b + _C2)
    where = breast & ((a > 0) | (b > 0))
    return float(found[where].mean()) if where.any() else 1.0


def stages(layers: Sequence[Any]) -> list[list[Any]]:
    """Layers from the output on, in the groups that are randomised together: the last one alone, then even parts."""
    parts = np.array_split(np.arange(1, len(layers)), min(_STAGES, max(1, len(layers) - 1)))
    return [[layers[index] for index in part] for part in (np.arange(min(1, len(layers))), *parts) if part.size]


@contextmanager
def shuffled(layers: Sequence[Any], rng: np.random.Generator) -> Iterator[Iterator[str]]:
    """An iterator that shuffles the weights of one stage after the other and names it by its last layer; all weights
    are as before when the context ends."""
    kept = [layer.get_weights() for layer in layers]

    def run() -> Iterator[str]:
        for group in stages(layers):
            for layer in group:
                layer.set_weights([rng.permutation(part.ravel()).reshape(part.shape) for part in layer.get_weights()])
            yield str(group[-1].name)

    try:
        yield run()
    finally:
        for layer, weights in zip(layers, kept, strict=True):
            layer.set_weights(weights)


def _as_shown(maps: Maps) -> Maps:
    """Each map divided by its maximum, as the application shows it: a network's own lesion map may be faint all over,
    and two faint maps would be alike whatever they show."""
    tiny = np.float32(np.finfo(np.float32).tiny)
    return {name: [one / max(one.max(initial=0), tiny) for one in drawn] for name, drawn in maps.items()}


def check(
    explainer: Explainer, maps: Callable[[], Maps], breasts: Sequence[NDArray[np.bool_]], *, seed: int
) -> dict[str, Any]:
    """The sanity checks of the methods that `maps` draws for the same few images, one for each of `breasts`."""
    first, again = _as_shown(maps()), _as_shown(maps())
    moved = {
        name: max(float(np.abs(a - b).max()) for a, b in zip(first[name], again[name], strict=True)) for name in first
    }
    similar: dict[str, list[float]] = {name: [] for name in first}
    empty: dict[str, int] = {}
    names = []
    with shuffled(explainer.weighted_layers(), np.random.default_rng(seed)) as cascade:
        for stage in cascade:
            names.append(stage)
            now = _as_shown(maps())
            for name, drawn in now.items():
                pairs = zip(first[name], drawn, breasts, strict=True)
                similar[name].append(float(np.mean([ssim(a, b, breast) for a, b, breast in pairs])))
                empty[name] = sum(not one.any() for one in drawn)
    return {
        "images": len(breasts),
        "stages": names,
        "limit": LIMIT,
        "methods": {
            name: {
                "ssim": similar[name],
                "passes": bool(similar[name][-1] < LIMIT),
                "empty_at_the_end": empty[name],
                "repeat_identical": moved[name] == 0.0,
                "repeat_largest_difference": moved[name],
            }
            for name in first
        },
    }
