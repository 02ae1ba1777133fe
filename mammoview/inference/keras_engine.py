"""Owns the run of a network with TensorFlow. The only module of the application that imports TensorFlow or
Keras.

Nothing is imported at module level, as that costs seconds: the window never loads this, its worker process
does.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mammoview.core.errors import BundleError, EngineError
from mammoview.inference.engine import KERAS, EngineAnswer, answers_of, assert_inputs
from mammoview.inference.gradcam import GRAD_CAM, LESION_MAP, weighted

DEVICES = ("auto", "cpu", "gpu")
PRECISIONS = ("float32", "mixed")
_MIXED = "mixed_float16"  # bfloat16 has 8 bits: on the bundle that ships it moved a map by 0.019


class KerasEngine:
    """A loaded network that answers inputs, one or several at a time, each time with the same bits for the same input.

    `model_file` holds a flat functional Keras model whose last output is the logits (batch, classes). `layer` gives
    what the heat map is made of: with the `explanation` "grad-cam" the features (batch, rows, columns, channels), on
    which alone the logits hang; with "lesion-map" the logits of "lesion here" (batch, rows, columns, 1), from the same
    forward pass, without a gradient. `suspicious` is the index of the suspicious class. `device` is one of `DEVICES`.
    `precision` "mixed" lets a GPU compute the features with float16 (weights, normalisation and head stay float32);
    the CPU always uses float32. `tell_device` is called with the device's label before anything runs there. Raises
    BundleError (step load) where the file cannot be loaded and EngineError where the device is not there or fails.
    """

    def __init__(
        self,
        model_file: Path,
        *,
        layer: str,
        suspicious: int,
        explanation: str = GRAD_CAM,
        device: str = "auto",
        precision: str = "float32",
        tell_device: Callable[[str], None] | None = None,
    ) -> None:
        if precision not in PRECISIONS:
            raise EngineError(f"precision {precision!r} is not known", f"choose one of {', '.join(PRECISIONS)}")
        self.device, self._placement = _choose_device(device, tell_device)
        self.precision = precision if self.device.startswith("gpu") else "float32"
        self.runtime, self.explanation = KERAS, explanation
        import tensorflow as tf

        try:
            with tf.device(self._placement):
                network = _load(model_file, layer, explanation)
                if self.precision == "mixed":
                    _halve(network.features)
                self._answer = _compiled(network, suspicious)
        except tf.errors.OpError as error:
            raise _device_failed(self.device, error) from error
        self._shape = network.shape
        self.predict(np.zeros(self._shape, np.float32))  # traces the graph now rather than for the first image

    @property
    def input_shape(self) -> tuple[int, int, int]:
        """(rows, columns, 1) of the network's input."""
        return self._shape

    def predict(self, pixels: NDArray[np.float32]) -> EngineAnswer:
        """The answer for one model input, float32 (rows, columns, 1) in 0..1. Raises EngineError for another
        shape and where the device fails, as for want of memory."""
        return self.predict_many(pixels[None])[0]

    def predict_many(self, pixels: NDArray[np.float32]) -> list[EngineAnswer]:
        """The answers for model inputs, float32 (n, rows, columns, 1), from one forward pass; raises as `predict`, for
        all of them."""
        assert_inputs(pixels, self._shape)
        import tensorflow as tf

        start = time.perf_counter()
        try:
            with tf.device(self._placement):
                outputs = self._answer(tf.constant(pixels, tf.float32))
            differences, *made_of = (output.numpy() for output in outputs)
        except tf.errors.OpError as error:
            raise _device_failed(self.device, error) from error
        responses = made_of[0] if self.explanation == LESION_MAP else map(weighted, *made_of)
        return answers_of(differences, responses, self.explanation, time.perf_counter() - start)


def sees_gpu() -> bool:
    """Whether TensorFlow sees a GPU; imports it, which takes seconds. Raises EngineError where that fails."""
    return bool(_tensorflow().config.list_physical_devices("GPU"))


def _tensorflow() -> Any:
    try:
        import tensorflow as tf
    except ImportError as error:
        raise EngineError(f"TensorFlow cannot be imported: {error}", "install mammoview again") from error
    return tf


def _choose_device(wanted: str, tell: Callable[[str], None] | None = None) -> tuple[str, str]:
    """(label, TensorFlow device name) for "auto", "cpu" or "gpu"; `tell` hears the label before a GPU is touched."""
    if wanted not in DEVICES:
        raise EngineError(f"device {wanted!r} is not known", f"choose one of {', '.join(DEVICES)}")
    tf = _tensorflow()
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


def _halve(layers: Iterable[Any]) -> None:
    """Compute these layers with float16; the weights stay float32, as does the normalisation inside Keras."""
    import keras

    for layer in layers:
        layer.dtype_policy = keras.DTypePolicy(_MIXED)


@dataclass(frozen=True, slots=True, eq=False)
class _Network:
    """`parts`: for Grad-CAM (trunk: pixels -> features, head: features -> logits), for a lesion map (pixels -> [map,
    logits],); `features`: the layers that may be computed with float16; `shape`: (rows, columns, 1) of the input."""

    parts: tuple[Any, ...]
    features: tuple[Any, ...]
    shape: tuple[int, int, int]


def _load(model_file: Path, layer: str, explanation: str) -> _Network:
    import keras
    import tensorflow as tf

    try:
        model = keras.saving.load_model(model_file, compile=False, safe_mode=True)
        rows, columns, channels = (int(size) for size in model.input_shape[1:])
        explained, logits = model.get_layer(layer).output, model.outputs[-1]
        if channels != 1:
            raise ValueError(f"takes {channels} channels, not one")
        if explanation == LESION_MAP:
            if len(explained.shape) != 4 or explained.shape[-1] != 1:
                raise ValueError(f"layer {layer} gives {tuple(explained.shape[1:])}, not a map of one channel")
            whole = keras.Model(model.inputs, [explained, logits])
            kinds = (keras.layers.Conv2D, keras.layers.DepthwiseConv2D)
            inner = [part for part in whole.layers if isinstance(part, kinds) and part.name != layer]
            return _Network((whole,), tuple(inner), (rows, columns, channels))
        trunk = keras.Model(model.inputs, explained)
        return _Network((trunk, keras.Model(explained, logits)), tuple(trunk.layers), (rows, columns, channels))
    except tf.errors.OpError:
        raise  # the device failed: nothing is known against the file
    except Exception as error:  # whatever is in the file, the answer is the same: this bundle cannot be used
        first = (str(error).strip() or type(error).__name__).splitlines()[0]
        raise BundleError("load", f"{model_file.name}: {first}", "install the bundle again") from error


def _compiled(network: _Network, suspicious: int) -> Any:
    """One graph for any number of inputs: pixels -> (logit differences, features, their gradients) or (logit
    differences, lesion maps). XLA stays off: on the CPU it crawls."""
    import tensorflow as tf

    def difference_of(logits: Any) -> Any:
        others = tf.concat([logits[:, :suspicious], logits[:, suspicious + 1 :]], axis=1)
        return logits[:, suspicious] - tf.reduce_logsumexp(others, axis=1)

    def drawn(pixels: Any) -> tuple[Any, ...]:
        lesion, logits = network.parts[0](pixels, training=False)
        return difference_of(tf.cast(logits, tf.float32)), tf.cast(lesion[..., 0], tf.float32)

    def with_gradient(pixels: Any) -> tuple[Any, ...]:
        trunk, head = network.parts
        features = tf.cast(trunk(pixels, training=False), tf.float32)
        with tf.GradientTape() as tape:
            tape.watch(features)
            difference = difference_of(tf.cast(head(features, training=False), tf.float32))
        return difference, features, tape.gradient(difference, features)

    answer = drawn if len(network.parts) == 1 else with_gradient
    return tf.function(answer, input_signature=[tf.TensorSpec((None, *network.shape), tf.float32)], jit_compile=False)
