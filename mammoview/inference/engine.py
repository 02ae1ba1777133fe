"""Owns what every engine has in common: its answers, the names of the runtimes, and the answers with a flip.

Never runs a network.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from mammoview.core.errors import EngineError
from mammoview.inference.gradcam import LESION_MAP, CellField, lesion_cells, rectified

KERAS, ONNX = "keras", "onnx"
ENGINES = ("auto", KERAS, ONNX)
"""What may be asked for."""

VIEWS_TOGETHER = 4
"""At most so many images take one forward pass, a study of four views: what more would save is little."""


@dataclass(frozen=True, slots=True, eq=False)
class EngineAnswer:
    """`logit_difference`: logit of the suspicious class minus that of the other (log-sum-exp of several others).

    `response`: float32 (rows, columns), what the heat map is made of: for Grad-CAM the features weighted by their
    gradients, not rectified; for a lesion map the logits of "lesion here". `cells`: float32 (rows, columns), the heat
    map of it, 0..1. `seconds`: wall time, of inputs that ran together the share of one.
    """

    logit_difference: float
    response: NDArray[np.float32]
    cells: NDArray[np.float32]
    seconds: float


class Engine(Protocol):
    """What runs a network. `device`: "cpu" or "gpu:NAME"; `precision`: "float32" or "mixed"; `runtime`: KERAS or
    ONNX; `explanation`: one of `gradcam.METHODS`."""

    device: str
    precision: str
    runtime: str
    explanation: str

    @property
    def input_shape(self) -> tuple[int, int, int]:
        """(rows, columns, 1) of the network's input."""

    def predict(self, pixels: NDArray[np.float32]) -> EngineAnswer:
        """The answer for one model input, float32 (rows, columns, 1) in 0..1. Raises EngineError."""

    def predict_many(self, pixels: NDArray[np.float32]) -> list[EngineAnswer]:
        """The answers for model inputs, float32 (n, rows, columns, 1), in their order and from one forward pass. Raises
        EngineError, for all of them."""


def assert_inputs(pixels: NDArray[np.float32], shape: tuple[int, int, int]) -> None:
    """Raise EngineError where `pixels` is not (n, *shape)."""
    if pixels.shape[1:] != shape:
        raise EngineError(f"the network takes inputs of {shape}, not of {pixels.shape[1:]}")


def answers_of(
    differences: Iterable[float], responses: Iterable[NDArray[np.float32]], explanation: str, seconds: float
) -> list[EngineAnswer]:
    """The answers of one forward pass that took `seconds`: logit differences and responses as of `EngineAnswer`. Raises
    EngineError where a difference is not finite."""
    pairs = [(float(difference), response) for difference, response in zip(differences, responses, strict=True)]
    if not np.isfinite([difference for difference, _ in pairs]).all():
        raise EngineError("the network gave no finite score", "the model bundle is unusable; install another one")
    share = seconds / len(pairs)
    return [EngineAnswer(value, response, cells_of(response, explanation), share) for value, response in pairs]


def cells_of(response: NDArray[np.float32], explanation: str) -> NDArray[np.float32]:
    """The heat map, float32 (rows, columns) in 0..1, of a response (see `EngineAnswer`)."""
    return lesion_cells(response) if explanation == LESION_MAP else rectified(response)


def with_flips(engine: Engine, pixels: NDArray[np.float32], field: CellField) -> list[EngineAnswer]:
    """The means of the answers for model inputs, float32 (n, rows, columns, 1), and for their upside-down mirror images
    (Krizhevsky et al. 2012): of the logit differences, and of the responses, those of the mirror images laid back onto
    the cells of `field`.

    Takes twice the time. Raises EngineError.
    """
    upright = engine.predict_many(pixels)
    turned = engine.predict_many(np.ascontiguousarray(pixels[:, ::-1]))
    return [_mean(engine, first, second, field, pixels.shape[1]) for first, second in zip(upright, turned, strict=True)]


def _mean(engine: Engine, first: EngineAnswer, second: EngineAnswer, field: CellField, rows: int) -> EngineAnswer:
    response = (first.response + _laid_back(second.response, field, rows)) / np.float32(2)
    return EngineAnswer(
        (first.logit_difference + second.logit_difference) / 2,
        response,
        cells_of(response, engine.explanation),
        first.seconds + second.seconds,
    )


def _laid_back(response: NDArray[np.float32], field: CellField, rows: int) -> NDArray[np.float32]:
    """The response to an input of `rows` that was turned upside down, on the cells of the upright one.

    Padding moves the cells towards one end (see `gradcam`), so that a mirrored cell falls between two: both count.
    """
    turned = response[::-1]
    last = len(turned) - 1
    first_px = rows - 1 - field.row_first_px - last * field.row_stride_px
    place = np.clip(np.arange(last + 1) + (field.row_first_px - first_px) / field.row_stride_px, 0, last)
    below = np.floor(place).astype(np.intp)
    share = (place - below)[:, None].astype(np.float32)
    return np.asarray(turned[below] * (1 - share) + turned[np.minimum(below + 1, last)] * share, np.float32)
