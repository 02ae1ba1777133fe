"""Owns the run of a network with ONNX Runtime, on the CPU. The only module of the application that imports it.

Nothing is imported at module level, as onnxruntime need not be installed.
"""

from __future__ import annotations

import importlib.util
import os
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mammoview.core.errors import BundleError, EngineError
from mammoview.inference.engine import ONNX, EngineAnswer, answers_of, assert_inputs
from mammoview.inference.gradcam import GRAD_CAM

INPUT, LOGITS, RESPONSE = "pixels", "logits", "response"
"""What the graph takes, float32 (batch, rows, columns, 1), and gives: logits (batch, classes) and the response
(batch, rows, columns) of which the heat map is made (see `engine.EngineAnswer`)."""

_QUIET = 3  # errors alone


def is_installed() -> bool:
    """Whether ONNX Runtime can be imported; at once."""
    return importlib.util.find_spec("onnxruntime") is not None


class OnnxEngine:
    """A loaded network that answers inputs, one or several at a time, each time with the same bits for the same input.

    `model_file` is a bundle's model.onnx; `suspicious` the index of the suspicious class; `explanation` one of
    `gradcam.METHODS`. As many threads compute as there are processors; between two operations they wait busily only if
    `spinning`, which is quicker and takes the processors from everybody else. `tell_device` is called with "cpu" before
    anything runs. Raises BundleError (step load) where the file cannot be loaded, EngineError where ONNX Runtime is not
    there.
    """

    def __init__(
        self,
        model_file: Path,
        *,
        suspicious: int,
        explanation: str = GRAD_CAM,
        spinning: bool = True,
        tell_device: Callable[[str], None] | None = None,
    ) -> None:
        self.device, self.precision, self.runtime, self.explanation = "cpu", "float32", ONNX, explanation
        if tell_device is not None:
            tell_device(self.device)
        try:
            import onnxruntime
        except ImportError as error:
            raise EngineError(
                f"ONNX Runtime cannot be imported: {error}", "pip install 'mammoview[onnx]', or choose --engine keras"
            ) from error
        self._suspicious = suspicious
        try:
            self._session = _session(onnxruntime, model_file.read_bytes(), spinning=spinning)
            self._shape, outputs = _signature(self._session)
        except Exception as error:  # whatever is in the file, the answer is the same: it cannot be used
            first = (str(error).strip() or type(error).__name__).splitlines()[0][:200]
            raise BundleError("load", f"{model_file.name}: {first}", "choose --engine keras") from error
        if not {LOGITS, RESPONSE} <= set(outputs):
            raise BundleError("load", f"{model_file.name}: gives no {LOGITS} and {RESPONSE}", "choose --engine keras")
        self.predict(np.zeros(self._shape, np.float32))  # memory is asked for now rather than for the first image

    @property
    def input_shape(self) -> tuple[int, int, int]:
        """(rows, columns, 1) of the network's input."""
        return self._shape

    def predict(self, pixels: NDArray[np.float32]) -> EngineAnswer:
        """The answer for one model input, float32 (rows, columns, 1) in 0..1. Raises EngineError for another shape and
        where the runtime fails, as for want of memory."""
        return self.predict_many(pixels[None])[0]

    def predict_many(self, pixels: NDArray[np.float32]) -> list[EngineAnswer]:
        """The answers for model inputs, float32 (n, rows, columns, 1), from one forward pass; raises as `predict`, for
        all of them."""
        assert_inputs(pixels, self._shape)
        start = time.perf_counter()
        given = np.ascontiguousarray(pixels, np.float32)
        try:
            logits, responses = self._session.run([LOGITS, RESPONSE], {INPUT: given})
        except Exception as error:  # the runtime's own classes are not public
            first = (str(error).strip() or type(error).__name__).splitlines()[0][:200]
            raise EngineError(f"ONNX Runtime failed: {first}", "close other programs and try again") from error
        others = np.delete(logits.astype(np.float64), self._suspicious, axis=1)
        differences = logits[:, self._suspicious] - np.logaddexp.reduce(others, axis=1)
        return answers_of(differences, responses, self.explanation, time.perf_counter() - start)


def _session(onnxruntime: Any, model: bytes, *, spinning: bool) -> Any:
    options = onnxruntime.SessionOptions()
    options.log_severity_level = _QUIET
    options.intra_op_num_threads = processors()
    options.add_session_config_entry("session.intra_op.allow_spinning", "1" if spinning else "0")
    return onnxruntime.InferenceSession(model, options, providers=["CPUExecutionProvider"])


def _signature(session: Any) -> tuple[tuple[int, int, int], list[str]]:
    """(rows, columns, 1) of the input, and the names of the outputs."""
    (taken,) = session.get_inputs()
    if taken.name != INPUT:
        raise ValueError(f"takes {taken.name}, not {INPUT}")
    rows, columns, channels = (int(size) for size in taken.shape[1:])
    if channels != 1:
        raise ValueError(f"takes {channels} channels, not one")
    return (rows, columns, channels), [output.name for output in session.get_outputs()]


def processors() -> int:
    """How many processors this process may use."""
    affinity = getattr(os, "sched_getaffinity", None)  # Linux only
    return len(affinity(0)) if affinity is not None else os.cpu_count() or 1
