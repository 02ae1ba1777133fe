"""Owns the one pass that explains: features, logit difference, its gradient, and the drawn outline where there is one.

The only module here that knows a backend by its name: Keras 3 has no gradients of its own.
"""

from __future__ import annotations

import importlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import keras
import numpy as np
from keras import ops
from numpy.typing import NDArray

from mammoview.core.errors import UsageError

_BATCH_PIXELS = 32 * 416 * 256

Pixels = NDArray[np.float32]


@dataclass(frozen=True, slots=True, eq=False)
class Answer:
    """What a network says of one example of `views` images, in float32.

    `difference`: logit of the suspicious class against all others together; `features` and `gradients` (its
    derivatives by the features): (views, rows, columns, channels); `outline`: probability of "lesion here" (views,
    rows, columns) by a mask head, or None.
    """

    difference: float
    features: NDArray[np.float32]
    gradients: NDArray[np.float32]
    outline: NDArray[np.float32] | None


def logit_difference(logits: Any, suspicious: int) -> Any:
    """Logit of the class `suspicious` against all others together (log-sum-exp), (n,), of tensors (n, classes)."""
    others = ops.concatenate([logits[:, :suspicious], logits[:, suspicious + 1 :]], axis=1)
    return logits[:, suspicious] - ops.logsumexp(others, axis=1)


class Explainer:
    """A network that tells why: one that takes images (batch, rows, columns, 1), or several views with their presence
    as `training.models.network` builds it.

    `layer` names the features from which maps are made; `suspicious` the class; `mask` the output of a mask head.
    Raises UsageError where the features have no places, or where the backend gives no gradients here.
    """

    def __init__(self, network: Any, *, layer: str, suspicious: int, mask: Any = None) -> None:
        features = network.get_layer(layer).output
        if len(features.shape) != 4:
            raise UsageError(f"layer {layer} has no places, so it can carry no map", "explain another system")
        self.network, self.suspicious = network, suspicious
        self.several = len(network.inputs) > 1
        self.views = int(network.inputs[0].shape[1]) if self.several else 1
        self.cells = (int(features.shape[1]), int(features.shape[2]))
        self._trunk = keras.Model(network.inputs[0], features if mask is None else [features, mask])
        self._head, self._looks_again = _head_of(network, features)
        self._whole = keras.Model(network.inputs if self.several else network.inputs[0], network.outputs[-1])
        self._has_mask = mask is not None
        self._gradient = _gradient_of(keras.backend.backend())
        for model in (self._trunk, self._whole):
            model.jit_compile = keras.backend.backend() != "tensorflow"  # XLA crawls on the CPU

    def answer(self, pixels: Pixels) -> Answer:
        """The answer for one example: `pixels` float32 (views, rows, columns) in 0..1, at most `self.views` of them."""
        stacked, present = self._padded(pixels[None])
        found = self._trunk.predict_on_batch(stacked if self.several else stacked[:, 0])
        features = np.asarray(found[0] if self._has_mask else found, np.float32)
        outline = _sigmoid(found[1][..., 0]).astype(np.float32) if self._has_mask else None
        rest = [ops.convert_to_tensor(present)] if self.several else []
        if self._looks_again:
            rest = [ops.convert_to_tensor(stacked[:, 0])]
        difference, gradients = self._gradient(self._difference, features, rest)
        return Answer(difference, features[: len(pixels)], gradients[: len(pixels)], outline)

    def probabilities(self, pixels: Pixels) -> NDArray[np.float64]:
        """Uncalibrated probability 0..1 of the suspicious class, (n,), of examples (n, views, rows, columns)."""
        size = max(1, _BATCH_PIXELS // (self.views * pixels.shape[2] * pixels.shape[3]))
        size = min(size, len(pixels))
        parts = []
        for start in range(0, len(pixels), size):
            part = pixels[start : start + size]
            filled = np.concatenate([part, np.repeat(part[:1], size - len(part), axis=0)])  # one shape, so one graph
            stacked, present = self._padded(filled)
            logits = self._whole.predict_on_batch([stacked, present] if self.several else stacked[:, 0])
            parts.append(np.asarray(logit_difference(np.asarray(logits), self.suspicious))[: len(part)])
        return _sigmoid(np.concatenate(parts))

    def weighted_layers(self) -> list[Any]:
        """The layers with weights that the logits hang on, from the output to the input."""
        return [layer for layer in reversed(self._whole.layers) if layer.weights]

    def _difference(self, features: Any, rest: Sequence[Any]) -> Any:
        logits = self._head([features, *rest] if rest else features, training=False)
        return ops.sum(logit_difference(ops.cast(logits, "float32"), self.suspicious))

    def _padded(self, pixels: Pixels) -> tuple[Pixels, NDArray[np.float32]]:
        """(n, self.views, rows, columns, 1) with the first view again where one is missing, and which are there."""
        count, views = pixels.shape[:2]
        if views > self.views:
            raise UsageError(f"{views} views of one example, the network takes {self.views}")
        again = np.repeat(pixels[:, :1], self.views - views, axis=1)
        present = np.repeat((np.arange(self.views) < views).astype(np.float32)[None], count, axis=0)
        return np.concatenate([pixels, again], axis=1)[..., None], present


def _head_of(network: Any, features: Any) -> tuple[Any, bool]:
    """(features, and for several views which are there -> logits, False), or where the logits of one image hang on more
    than the features (features, pixels -> logits, True): the rest is computed again."""
    try:
        given = [features, *network.inputs[1:]]
        return keras.Model(given if len(given) > 1 else features, network.outputs[-1]), False
    except ValueError:  # "inputs not connected to outputs"
        return keras.Model([features, network.inputs[0]], network.outputs[-1]), True


def _sigmoid(logits: Any) -> NDArray[np.float64]:
    return np.asarray(1 / (1 + np.exp(-np.clip(np.asarray(logits, np.float64), -700, 700))), np.float64)


def _gradient_of(backend: str) -> Any:
    """(function, features, rest) -> (its value, its derivatives by the features), on the present backend."""
    if backend not in _GRADIENTS:
        raise UsageError(
            f"no gradients for Keras' backend {backend!r}", f"set KERAS_BACKEND to {' or '.join(sorted(_GRADIENTS))}"
        )
    return _GRADIENTS[backend]


def _by_tensorflow(function: Any, features: NDArray[np.float32], rest: Any) -> tuple[float, NDArray[np.float32]]:
    import tensorflow as tf

    given = tf.constant(features)
    with tf.GradientTape() as tape:
        tape.watch(given)
        value = function(given, rest)
    return float(value), np.asarray(tape.gradient(value, given), np.float32)


def _by_jax(function: Any, features: NDArray[np.float32], rest: Any) -> tuple[float, NDArray[np.float32]]:
    jax: Any = importlib.import_module("jax")  # may be absent, and then nobody asks
    value, gradients = jax.value_and_grad(function)(ops.convert_to_tensor(features), rest)
    return float(value), np.asarray(gradients, np.float32)


_GRADIENTS = {"tensorflow": _by_tensorflow, "jax": _by_jax}
