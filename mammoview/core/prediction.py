"""Owns what the classifier said: scores, refusals, heat maps. Never runs it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from mammoview.core.geometry import GridTransform
from mammoview.core.study import Laterality


@dataclass(frozen=True, slots=True, eq=False)
class HeatMap:
    """Where the network looks, small and unblended: Grad-CAM of logit(suspicious) - logit(other) (Selvaraju et al.
    2017, rectified), or the lesion map that the network draws itself, as `method` names it.

    `cells`: float32 (rows, columns), 0 = none, 1 = the strongest response of this image (all 0 where there is none).
    `cells_from_stored`: stored position -> cell position, through the receptive-field centres of the layer.
    """

    cells: NDArray[np.float32]
    cells_from_stored: GridTransform
    method: str = "Grad-CAM"

    def __post_init__(self) -> None:
        self.cells.flags.writeable = False


@dataclass(frozen=True, slots=True)
class ModelLabel:
    """What a score must be shown with.

    `calibrated_at`: the share 0..1 of the suspicious class among the examples that the calibration was fitted on, None
    where the bundle does not tell; `prevalence`: that of the site to which scores and `operating_points` were moved
    (`core.prevalence`), None where they are as calibrated; `chosen`: the name of the operating point that was chosen
    among them, empty where none was.
    """

    name: str
    version: str
    sha256: str
    classes: tuple[str, ...]
    suspicious: str
    operating_points: Mapping[str, float] = field(default_factory=dict)
    intended_use: str = ""
    calibrated_at: float | None = None
    prevalence: float | None = None
    chosen: str = ""

    @property
    def title(self) -> str:
        return f"{self.name} {self.version}"

    @property
    def point_in_force(self) -> str:
        """The name of the operating point that scores are compared with: the chosen one where the model has it, else
        "balanced", else its first; empty where it has none."""
        named = (name for name in (self.chosen, "balanced", *self.operating_points) if name in self.operating_points)
        return next(named, "")


_MOST_DECIMALS = 6


def decimals(probability: float, beside: float | None = None) -> int:
    """With how many decimals a probability is written, and the one that stands `beside` it: two, as many as
    the smaller of them needs to be no 0, as for a low prevalence, and one more where that would show them alike."""
    told = [probability] if beside is None else [probability, beside]
    least = min((value for value in told if value > 0), default=1.0)
    digits = 2
    while digits < _MOST_DECIMALS and least < 10**-digits:
        digits += 1
    alike = beside is not None and f"{probability:.{digits}f}" == f"{beside:.{digits}f}"
    return min(digits + alike, _MOST_DECIMALS)


@dataclass(frozen=True, slots=True)
class ImagePrediction:
    """The answer for one image: `score` (calibrated probability 0..1 of the suspicious class), or why there is none:
    `refused` by the gate, or `not_run` because the engine failed.

    Exactly one of the three is not None. `seconds` is the engine's wall time for this image.
    """

    key: str
    laterality: Laterality
    score: float | None = None
    refused: str | None = None
    heat_map: HeatMap | None = None
    seconds: float = 0.0
    not_run: str | None = None

    def __post_init__(self) -> None:
        if [self.score, self.refused, self.not_run].count(None) != 2:
            raise ValueError("a prediction has either a score or one reason why there is none")

    @property
    def reason(self) -> str | None:
        """Why there is no score, in words; None where there is one."""
        return self.refused if self.not_run is None else f"not run: {self.not_run}"


@dataclass(frozen=True, slots=True)
class ExamPrediction:
    """The answer for one study. `breasts` holds only sides with a scored view and none that was not run; `score` is
    None if no view was scored or any was not run."""

    images: tuple[ImagePrediction, ...]
    breasts: Mapping[Laterality, float]
    score: float | None
