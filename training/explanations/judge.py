"""Owns the judgement of a network's maps on drawn lesions: what is measured on each image. Never reads files."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mammoview.core.errors import UsageError
from mammoview.inference.gradcam import CellField
from training.cache import InputCache
from training.explanations import faithfulness, sanity
from training.explanations.agreement import energy, iou, otsu, pointing
from training.explanations.froc import Marks, marks_of
from training.explanations.gradients import Explainer
from training.explanations.maps import (
    BASELINES,
    MASK,
    METHODS,
    breast_of,
    centre_map,
    edge_map,
    laid,
    normalised,
    random_map,
)
from training.explanations.subjects import Chosen, Subject, mm_of_input, spread, tolerance_of

FIGURES = ("pointing", "energy", "iou", "road", "drop", "increase")
SANITY_IMAGES = 8

Grid = NDArray[np.float32]
Tell = Callable[[int, int], None]


@dataclass(frozen=True, slots=True, eq=False)
class Measured:
    """What was measured. `values[method][figure]`: float64, one for each of `subjects`, NaN where it was not asked for;
    `empty[method]`: maps without any response; `marks` of the mask head, or None; `sanity` as `sanity.check` gives it;
    `shown`: places of the subjects of the gallery, with their maps by method."""

    subjects: tuple[Subject, ...]
    values: dict[str, dict[str, NDArray[np.float64]]]
    empty: dict[str, int]
    marks: tuple[Marks, ...] | None
    sanity: dict[str, Any]
    shown: dict[int, dict[str, Grid]] = field(default_factory=dict)


class Sight:
    """Draws the maps of one network on inputs of a cache. `grid` says where its cells look; `seed` decides chance."""

    def __init__(self, explainer: Explainer, cache: InputCache, grid: CellField, *, seed: int) -> None:
        self.explainer, self.cache, self.grid, self.seed = explainer, cache, grid, seed

    def pixels(self, group: tuple[int, ...]) -> Grid:
        """The inputs of an example, float32 (views, rows, columns) in 0..1."""
        return np.asarray(self.cache.inputs[list(group)] / np.float32(255), np.float32)

    def own_maps(self, subject: Subject) -> dict[str, Grid]:
        """The maps of the network's features for one image, on the input's grid."""
        answer = self.explainer.answer(self.pixels(subject.group))
        found = {
            name: laid(method(answer.features[subject.view], answer.gradients[subject.view]), self.grid, subject.breast)
            for name, method in METHODS.items()
        }
        if answer.outline is not None:
            found[MASK] = self._outline(answer.outline[subject.view], subject.breast)
        return found

    def maps(self, subject: Subject) -> dict[str, Grid]:
        """All maps of one image, those that need no network too."""
        pixels = self.pixels((subject.index,))[0]
        rng = np.random.default_rng((self.seed, subject.index))
        drawn = (
            random_map(self.explainer.cells, self.grid, subject.breast, rng),
            centre_map(subject.breast),
            edge_map(pixels, subject.breast),
        )
        return {**self.own_maps(subject), **dict(zip(BASELINES, drawn, strict=True))}

    def clean_marks(self, index: int, group: tuple[int, ...]) -> Marks | None:
        """What the mask head marks on an image without lesion; None where there is no such head."""
        answer = self.explainer.answer(self.pixels(group))
        if answer.outline is None:
            return None
        breast = breast_of(self.pixels((index,))[0])
        response = self._outline(answer.outline[group.index(index)], breast)
        row = self.cache.rows[index]
        reach = tolerance_of(breast, mm_of_input(row, self.cache.preprocess))
        return marks_of(response, np.zeros(breast.shape, np.uint8), reach, row.patient_id)

    def variants(self, subject: Subject, made: Grid) -> NDArray[np.float64]:
        """Probabilities of the subject's example with its own image replaced by each of `made` (n, rows, columns)."""
        whole = np.repeat(self.pixels(subject.group)[None], len(made), axis=0)
        whole[:, subject.view] = made
        return self.explainer.probabilities(whole)

    @staticmethod
    def _outline(outline: Grid, breast: NDArray[np.bool_]) -> Grid:
        import cv2

        rows, columns = breast.shape
        drawn = cv2.resize(outline, (columns, rows), interpolation=cv2.INTER_LINEAR)
        return np.where(breast, drawn, 0).astype(np.float32)


def measure(
    sight: Sight, chosen: Chosen, *, road: int = 40, gallery: int = 6, tell: Tell = lambda done, count: None
) -> Measured:
    """Measure every map on every chosen image; ROAD and confidence on `road` of them, as many women as there are.

    Raises UsageError where there is no image with a drawn suspicious lesion.
    """
    subjects = chosen.subjects
    if not subjects:
        told = ", ".join(f"{count} images: {why}" for why, count in chosen.left_out.items()) or "no suspicious image"
        raise UsageError(f"no image with a drawn suspicious lesion ({told})", "give a set with lesions")
    asked = set(spread(subjects, road, sight.seed))
    pictured = spread(subjects, gallery, sight.seed + 1)
    values: dict[str, dict[str, NDArray[np.float64]]] = {}
    empty: dict[str, int] = {}
    marks: list[Marks] = []
    shown: dict[int, dict[str, Grid]] = {}
    for place, subject in enumerate(subjects):
        tell(place, len(subjects))
        maps = sight.maps(subject)
        whole = float(sight.variants(subject, sight.pixels((subject.index,)))[0]) if place in asked else float("nan")
        for name, response in maps.items():
            own = values.setdefault(name, {figure: np.full(len(subjects), np.nan) for figure in FIGURES})
            own["pointing"][place] = pointing(response, subject.lesion, subject.tolerance)
            own["energy"][place] = energy(response, subject.lesion)
            own["iou"][place] = iou(otsu(response, subject.breast), subject.lesion)
            empty[name] = empty.get(name, 0) + int(not response.any())
            if place in asked:
                own["road"][place], own["drop"][place], own["increase"][place] = _faithful(
                    sight, subject, response, whole
                )
        if MASK in maps:
            marks.append(marks_of(maps[MASK], subject.lesion, subject.tolerance, subject.row.patient_id))
        if place in pictured:
            shown[place] = maps
    tell(len(subjects), len(subjects))
    if marks:
        marks += [found for one in chosen.clean if (found := sight.clean_marks(*one)) is not None]
    return Measured(
        tuple(subjects),
        values,
        empty,
        tuple(marks) if marks else None,
        _sane(sight, subjects),
        {place: shown[place] for place in pictured},
    )


def _faithful(sight: Sight, subject: Subject, response: Grid, whole: float) -> tuple[float, float, float]:
    """(ROAD, drop, increase) of one map; the input is multiplied by the map scaled to its strongest place."""
    pixels = sight.pixels((subject.index,))[0]
    rng = np.random.default_rng((sight.seed, subject.index, 1))
    made = np.concatenate(
        [faithfulness.road_inputs(pixels, response, subject.breast, rng), (pixels * normalised(response))[None]]
    )
    scores = sight.variants(subject, made)
    return faithfulness.road(scores[:-1]), *faithfulness.confidence(whole, float(scores[-1]))


def _sane(sight: Sight, subjects: list[Subject]) -> dict[str, Any]:
    few = [subjects[place] for place in spread(subjects, SANITY_IMAGES, sight.seed + 2)]

    def maps() -> sanity.Maps:
        drawn = [sight.own_maps(subject) for subject in few]
        return {name: [one[name] for one in drawn] for name in (*METHODS, MASK) if name in drawn[0]}

    return sanity.check(sight.explainer, maps, [subject.breast for subject in few], seed=sight.seed)
