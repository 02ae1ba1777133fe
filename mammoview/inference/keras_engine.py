"""Owns the run of a network with TensorFlow. The only module of the application that imports TensorFlow or
Keras.

Nothing is imported at module level, as that costs seconds: the window never loads this, its worker process
does.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mammoview.core.errors import BundleError, EngineError
from mammoview.inference.gradcam import grad_cam

DEVICES = ("auto", "cpu", "gpu")


@dataclass(frozen=True, slots=True, eq=False)
class EngineAnswer:
    """`logit_difference`: logit of the suspicious class minus that of the other (log-sum-exp of several
    others).

    `cells`: float32 (rows, columns), the Grad-CAM of that difference, 0..1; `seconds`: wall time.
    """

    logit_difference: float
    cells: NDArray[np.float32]
    seconds: float


class KerasEngine:
    """A loaded network that answers one input at a time, each time with the same bits for the same input.

    `model_file` holds a flat functional Keras model whose last output is the logits (batch, classes) and
    whose `layer` gives the features of the heat map. `suspicious` is the index of the suspicious class.
    `device` is one of `DEVICES`. Raises BundleError (step load) where the file cannot be loaded and
    EngineError where the device is not there.
    """

    def __init__(self, model_file: Path, *, layer: str, suspicious: int, device: str = "auto") -> None:
        self.device, placement = _choose_device(device)
        import tensorflow as tf

        self._placement = placement
        with tf.device(placement):
            trunk, head, self._shape = _load(model_file, layer)
            self._answer = _compiled(trunk, head, suspicious, self._shape)
            self.predict(np.zeros(self._shape, np.float32))  # traces the graph now rather than for the first image

    @property
    def input_shape(self) -> tuple[int, int, int]:
        """(rows, columns, 1) of the network's input."""
        return self._shape

    def predict(self, pixels: NDArray[np.float32]) -> EngineAnswer:
        """The answer for one model input, float32 (rows, columns, 1) in 0..1. Raises EngineError for another
        shape."""
        if pixels.shape != self._shape:
            raise EngineError(f"the network takes inputs of {self._shape}, not of {pixels.shape}")
        import tensorflow as tf

        start = time.perf_counter()
        with tf.device(self._placement):
            difference, features, gradients = self._answer(tf.constant(pixels[None], tf.float32))
        cells = grad_cam(features.numpy()[0], gradients.numpy()[0])
        value = float(difference.numpy()[0])
        if not np.isfinite(value):
            raise EngineError("the network gave no finite score", "the model bundle is unusable; install another one")
        return EngineAnswer(value, cells, time.perf_counter() - start)


def _choose_device(wanted: str) -> tuple[str, str]:
    """(label, TensorFlow device name) for "auto", "cpu" or "gpu"."""
    if wanted not in DEVICES:
        raise EngineError(f"device {wanted!r} is not known", f"choose one of {', '.join(DEVICES)}")
    try:
        import tensorflow as tf
    except ImportError as error:
        raise EngineError(f"TensorFlow cannot be imported: {error}", "install mammoview again") from error
    found = [] if wanted == "cpu" else tf.config.list_physical_devices("GPU")
    if not found:
        if wanted == "gpu":
            raise EngineError("TensorFlow sees no GPU", "install mammoview[gpu] and a driver, or choose --device cpu")
        return "cpu", "/CPU:0"
    tf.config.experimental.set_memory_growth(found[0], True)
    tf.config.experimental.enable_tensor_float_32_execution(False)  # 10-bit mantissas would move the scores
    tf.config.experimental.enable_op_determinism()
    name = tf.config.experimental.get_device_details(found[0]).get("device_name", "unnamed")
    return f"gpu:{name}", "/GPU:0"


def _load(model_file: Path, layer: str) -> tuple[Any, Any, tuple[int, int, int]]:
    """(trunk: pixels -> features, head: features -> logits, input shape)."""
    import keras

    try:
        model = keras.saving.load_model(model_file, compile=False, safe_mode=True)
        rows, columns, channels = (int(size) for size in model.input_shape[1:])
        features = model.get_layer(layer).output
        trunk = keras.Model(model.inputs, features)
        head = keras.Model(features, model.outputs[-1])
    except Exception as error:  # whatever is in the file, the answer is the same: this bundle cannot be used
        first = (str(error).strip() or type(error).__name__).splitlines()[0]
        raise BundleError("load", f"{model_file.name}: {first}", "install the bundle again") from error
    if channels != 1:
        raise BundleError("load", f"{model_file.name}: takes {channels} channels, not one")
    return trunk, head, (rows, columns, channels)


def _compiled(trunk: Any, head: Any, suspicious: int, shape: tuple[int, int, int]) -> Any:
    """One graph: pixels -> (logit difference, features, their gradient). XLA stays off: on the CPU it
    crawls."""
    import tensorflow as tf

    def answer(pixels: Any) -> tuple[Any, Any, Any]:
        features = tf.cast(trunk(pixels, training=False), tf.float32)
        with tf.GradientTape() as tape:
            tape.watch(features)
            logits = tf.cast(head(features, training=False), tf.float32)
            others = tf.concat([logits[:, :suspicious], logits[:, suspicious + 1 :]], axis=1)
            difference = logits[:, suspicious] - tf.reduce_logsumexp(others, axis=1)
        return difference, features, tape.gradient(difference, features)

    return tf.function(answer, input_signature=[tf.TensorSpec((1, *shape), tf.float32)], jit_compile=False)
