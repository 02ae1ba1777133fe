"""Owns the run of a network with TensorFlow. The only module of the application that imports TensorFlow or
Keras.

Nothing is imported at module level, as that costs seconds: the window never loads this, its worker process
does.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mammoview.core.errors import BundleError, EngineError
from mammoview.inference.gradcam import grad_cam

DEVICES = ("auto", "cpu", "gpu")
PRECISIONS = ("float32", "mixed")
_MIXED = "mixed_float16"  # bfloat16 has 8 bits: on the bundle that ships it moved a map by 0.019


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
    `device` is one of `DEVICES`. `precision` "mixed" lets a GPU compute the features with float16 (weights,
    normalisation and head stay float32); the CPU always uses float32. `tell_device` is called with the device's
    label before anything runs there. Raises BundleError (step load) where the file cannot be loaded and EngineError
    where the device is not there or fails.
    """

    def __init__(
        self,
        model_file: Path,
        *,
        layer: str,
        suspicious: int,
        device: str = "auto",
        precision: str = "float32",
        tell_device: Callable[[str], None] | None = None,
    ) -> None:
        if precision not in PRECISIONS:
            raise EngineError(f"precision {precision!r} is not known", f"choose one of {', '.join(PRECISIONS)}")
        self.device, self._placement = _choose_device(device, tell_device)
        self.precision = precision if self.device.startswith("gpu") else "float32"
        import tensorflow as tf

        try:
            with tf.device(self._placement):
                trunk, head, self._shape = _load(model_file, layer)
                if self.precision == "mixed":
                    _halve(trunk)
                self._answer = _compiled(trunk, head, suspicious, self._shape)
        except tf.errors.OpError as error:
            raise _device_failed(self.device, error) from error
        self.predict(np.zeros(self._shape, np.float32))  # traces the graph now rather than for the first image

    @property
    def input_shape(self) -> tuple[int, int, int]:
        """(rows, columns, 1) of the network's input."""
        return self._shape

    def predict(self, pixels: NDArray[np.float32]) -> EngineAnswer:
        """The answer for one model input, float32 (rows, columns, 1) in 0..1. Raises EngineError for another
        shape and where the device fails, as for want of memory."""
        if pixels.shape != self._shape:
            raise EngineError(f"the network takes inputs of {self._shape}, not of {pixels.shape}")
        import tensorflow as tf

        start = time.perf_counter()
        try:
            with tf.device(self._placement):
                outputs = self._answer(tf.constant(pixels[None], tf.float32))
            difference, features, gradients = (output.numpy()[0] for output in outputs)
        except tf.errors.OpError as error:
            raise _device_failed(self.device, error) from error
        cells = grad_cam(features, gradients)
        value = float(difference)
        if not np.isfinite(value):
            raise EngineError("the network gave no finite score", "the model bundle is unusable; install another one")
        return EngineAnswer(value, cells, time.perf_counter() - start)


def _choose_device(wanted: str, tell: Callable[[str], None] | None = None) -> tuple[str, str]:
    """(label, TensorFlow device name) for "auto", "cpu" or "gpu"; `tell` hears the label before a GPU is touched."""
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
        return _told(tell, "cpu"), "/CPU:0"
    name = tf.config.experimental.get_device_details(found[0]).get("device_name", "unnamed")
    label = _told(tell, f"gpu:{name}")
    tf.config.experimental.set_memory_growth(found[0], True)
    tf.config.experimental.enable_tensor_float_32_execution(False)  # 10-bit mantissas would move the scores
    tf.config.experimental.enable_op_determinism()
    return label, "/GPU:0"


def _told(tell: Callable[[str], None] | None, label: str) -> str:
    if tell is not None:
        tell(label)
    return label


def _device_failed(device: str, error: Exception) -> EngineError:
    """An error of TensorFlow's runtime (tf.errors.OpError) in one line."""
    import tensorflow as tf

    kind, _, name = device.partition(":")
    place = f"{kind.upper()} {name}".strip()
    hint = "choose --device cpu" if kind == "gpu" else "close other programs and try again"
    if isinstance(error, tf.errors.ResourceExhaustedError):
        return EngineError(f"out of memory on the {place}", hint)
    first = (str(error).strip() or "no more is known").splitlines()[0][:200]
    return EngineError(f"{type(error).__name__} on the {place}: {first}", hint)


def _halve(trunk: Any) -> None:
    """Compute the features with float16; the weights stay float32, as does the normalisation inside Keras."""
    import keras

    for layer in trunk.layers:
        layer.dtype_policy = keras.DTypePolicy(_MIXED)


def _load(model_file: Path, layer: str) -> tuple[Any, Any, tuple[int, int, int]]:
    """(trunk: pixels -> features, head: features -> logits, input shape)."""
    import keras
    import tensorflow as tf

    try:
        model = keras.saving.load_model(model_file, compile=False, safe_mode=True)
        rows, columns, channels = (int(size) for size in model.input_shape[1:])
        features = model.get_layer(layer).output
        trunk = keras.Model(model.inputs, features)
        head = keras.Model(features, model.outputs[-1])
    except tf.errors.OpError:
        raise  # the device failed: nothing is known against the file
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
