"""Owns what every engine has in common: its answer, the names of the runtimes, and the answer with a flip.

Never runs a network.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from mammoview.inference.gradcam import LESION_MAP, CellField, lesion_cells, rectified

KERAS, ONNX = "keras", "onnx"
ENGINES = ("auto", KERAS, ONNX)
"""What may be asked for."""


@dataclass(frozen=True, slots=True, eq=False)
class EngineAnswer:
    """`logit_difference`: logit of the suspicious class minus that of the other (log-sum-exp of several others).

    `response`: float32 (rows, columns), what the heat map is made of: for Grad-CAM the features weighted by their
    gradients, not rectified; for a lesion map the logits of "lesion here". `cells`: float32 (rows, columns), the heat
    map of it, 0..1. `seconds`: wall time.
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


def cells_of(response: NDArray[np.float32], explanation: str) -> NDArray[np.float32]:
    """The heat map, float32 (rows, columns) in 0..1, of a response (see `EngineAnswer`)."""
    return lesion_cells(response) if explanation == LESION_MAP else rectified(response)


def with_flip(engine: Engine, pixels: NDArray[np.float32], field: CellField) -> EngineAnswer:
    """The mean of the answers for a model input and for its upside-down mirror image (Krizhevsky et al. 2012): of the
    logit differences, and of the responses, that of the mirror image laid back onto the cells of `field`.

    Takes twice the time. Raises EngineError.
    """
    first = engine.predict(pixels)
    second = engine.predict(np.ascontiguousarray(pixels[::-1]))
    response = (first.response + _laid_back(second.response, field, len(pixels))) / np.float32(2)
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
