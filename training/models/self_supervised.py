"""Owns the networks that learn without labels: a trunk with a light head and the loss of its task. Keras 3 only.

Each stands in the loop in the place of a network: its loss is added by itself, its logits say nothing, and what it
saves is the plain network within, whose trunk alone is fitted.
"""

from __future__ import annotations

from typing import Any

import keras
import numpy as np
from keras import layers, ops
from numpy.typing import NDArray

from training.bootstrap import by_woman
from training.models.trunks import FEATURES_LAYER
from training.weighted import Labels, Scores

_SPREAD_FLOOR = 0.02
_AT_ONCE = 64


def shown_and_target(pixels: Any, chosen: Any) -> tuple[Any, Any, Any]:
    """(what is shown, what is to be painted, where) from pixels (n, rows, columns, 1) in 0..1 and `chosen`, 1 where a
    block is to be blanked. Blanked are chosen pixels of the breast, which is not 0; they show the mean of what is left
    of it. To be painted are all pixels less that mean, in units of its spread."""
    breast = ops.cast(pixels > 0, "float32")
    blanked, left = breast * chosen, breast * (1 - chosen)
    count = ops.maximum(ops.sum(left, axis=(1, 2, 3), keepdims=True), 1.0)
    mean = ops.sum(pixels * left, axis=(1, 2, 3), keepdims=True) / count
    variance = ops.sum(ops.square(pixels - mean) * left, axis=(1, 2, 3), keepdims=True) / count
    target = (pixels - mean) / (ops.sqrt(variance) + _SPREAD_FLOOR)
    return pixels * (1 - blanked) + mean * blanked, target, blanked


def blocks(drawn: Any, block: int, rows: int, columns: int, share: float) -> Any:
    """1 in the blocks that are chosen, (n, rows, columns, 1), from numbers in 0..1 for each block, (n, a, b, 1)."""
    cells = ops.cast(drawn < share, "float32")
    return ops.repeat(ops.repeat(cells, block, axis=1), block, axis=2)[:, :rows, :columns]


def painting_loss(painted: Any, target: Any, blanked: Any) -> Any:
    """Mean squared difference over all blanked pixels of a batch; 0 where there is none."""
    return ops.sum(ops.square(painted - target) * blanked) / ops.maximum(ops.sum(blanked), 1.0)


def agreement_loss(first: Any, second: Any) -> Any:
    """VICReg (Bardes et al. 2022) of vectors (n, d) of the firsts and seconds of n pairs: 25 x squared distance, 25 x
    what is missing of a standard deviation of 1, 1 x squared covariance of different places."""
    count, width = ops.cast(ops.shape(first)[0], "float32"), int(first.shape[-1])
    total = 25 * ops.mean(ops.square(first - second))
    for vectors in (first, second):
        centred = vectors - ops.mean(vectors, axis=0, keepdims=True)
        share = ops.maximum(count - 1, 1.0)
        spread = ops.sqrt(ops.sum(ops.square(centred), axis=0) / share + 1e-4)
        covariance = ops.matmul(ops.transpose(centred), centred) / share
        apart = ops.sum(ops.square(covariance * (1 - ops.eye(width)))) / width
        total = total + 12.5 * ops.mean(ops.relu(1 - spread)) + apart
    return total


class _Learner(keras.Model):  # type: ignore[misc]
    """A network in whose trunk something is learnt: what it saves are the weights of `network` alone."""

    figure = ""

    def __init__(self, network: Any, name: str) -> None:
        super().__init__(name=name, dtype="float32")
        self.network = network
        self.features = network.get_layer(FEATURES_LAYER).output
        trunk = {id(layer) for layer in keras.Model(network.inputs[0], self.features).layers}
        for layer in network.layers:
            layer.trainable = id(layer) in trunk  # the head is not learnt

    def build(self, input_shape: Any) -> None:
        self.built = True

    def save_weights(self, filepath: Any, *arguments: Any, **options: Any) -> None:
        """Write the weights of the plain network, as `build_network` made it."""
        self.network.save_weights(filepath, *arguments, **options)

    def _told(self, given: Any, pixels: Any) -> list[Any]:
        """The outputs that the loop looks for: something, and logits that say nothing."""
        return [given, ops.zeros((ops.shape(pixels)[0], 2), "float32")]


class Painting(_Learner):
    """Masked reconstruction (SimMIM, Xie et al. 2022): blocks of the breast are blanked, and one 1 x 1 convolution on
    the features paints, for each cell, all pixels beneath it."""

    figure = "R2 of blanked pixels"

    def __init__(self, network: Any, *, block: int, share: float, seed: int) -> None:
        super().__init__(network, "painting")
        self.block, self.share, self.seed = block, share, seed
        pixels = network.inputs[0]
        self.rows, self.columns = int(pixels.shape[1]), int(pixels.shape[2])
        down, across = int(self.features.shape[1]), int(self.features.shape[2])
        stride = -(-self.rows // down)
        flow = layers.Conv2D(stride * stride, 1, dtype="float32", name="paint")(self.features)
        flow = ops.transpose(ops.reshape(flow, (-1, down, across, stride, stride)), (0, 1, 3, 2, 4))
        flow = ops.reshape(flow, (-1, down * stride, across * stride, 1))[:, : self.rows, : self.columns]
        self.painter = keras.Model(pixels, flow)
        self.painter.jit_compile = keras.backend.backend() != "tensorflow"  # XLA crawls on the CPU
        self.generator = keras.random.SeedGenerator(seed)

    def call(self, pixels: Any, training: bool = False) -> Any:
        drawn = keras.random.uniform((ops.shape(pixels)[0], *self._cells()), dtype="float32", seed=self.generator)
        shown, target, blanked = shown_and_target(pixels, self._blocks(drawn))
        painted = self.painter(shown, training=training)
        self.add_loss(painting_loss(painted, target, blanked))
        return self._told(painted, pixels)

    def _cells(self) -> tuple[int, int, int]:
        return -(-self.rows // self.block), -(-self.columns // self.block), 1

    def _blocks(self, drawn: Any) -> Any:
        return blocks(drawn, self.block, self.rows, self.columns, self.share)

    def judged(self, crops: NDArray[np.uint8], women: NDArray[np.str_], samples: int = 0) -> dict[str, Any]:
        """The share of the variance of blanked pixels that is painted, on crops (n, rows, columns) of `women` (n,),
        with the same blocks at every call: "value", and with `samples` "interval", by bootstrap over women, and
        "baseline", what smoothing over the pixels that were left gives without a network."""
        rng = np.random.default_rng(self.seed)
        sums = np.zeros((3, len(crops)))
        for start in range(0, len(crops), _AT_ONCE):
            part = slice(start, start + _AT_ONCE)
            pixels = crops[part, :, :, None].astype(np.float32) / 255
            chosen = self._blocks(rng.random((len(pixels), *self._cells()), np.float32))
            shown, target, blanked = (np.asarray(array) for array in shown_and_target(pixels, chosen))
            painted = np.asarray(self.painter.predict_on_batch(shown))
            left = (pixels > 0) * (1 - blanked)
            smooth = smoothed(target * left, self.block) / np.maximum(smoothed(left, self.block), 1e-6)
            for place, said in enumerate((painted, smooth, np.zeros_like(painted))):
                sums[place, part] = (np.square(said - target) * blanked).sum(axis=(1, 2, 3))
        if not samples:
            return {"value": _explained(sums[0], sums[2])}
        return {
            "figure": self.figure,
            "unit": "pixel",
            "women": len(set(women)),
            "crops": len(crops),
            "value": _explained(sums[0], sums[2]),
            "interval": _interval(sums[0], sums[2], women, samples),
            "baseline": "smoothing",
            "baseline_interval": _interval(sums[1], sums[2], women, samples),
            "bootstrap_samples": samples,
        }


def smoothed(pictures: NDArray[np.float32], reach: int) -> NDArray[np.float64]:
    """`pictures` (n, rows, columns, 1) averaged twice over squares of 2 x `reach` + 1 pixels, 0 beyond the edge."""
    found = pictures[..., 0].astype(np.float64)
    for axis in (1, 2, 1, 2):
        pad = [(0, 0)] * 3
        pad[axis] = (reach + 1, reach)
        total = np.pad(found, pad).cumsum(axis=axis)
        size = found.shape[axis]
        upper, lower = (np.take(total, np.arange(size) + step, axis=axis) for step in (2 * reach + 1, 0))
        found = (upper - lower) / (2 * reach + 1)
    return found[..., None]


def _explained(error: NDArray[np.float64], whole: NDArray[np.float64]) -> float:
    return float(1 - error.sum() / whole.sum()) if whole.sum() > 0 else float("nan")


def _interval(error: Scores, whole: Scores, women: NDArray[np.str_], samples: int) -> dict[str, float] | None:
    def figure(labels: Labels, scores: Scores, weights: Scores) -> Scores:
        total = weights @ whole
        return np.asarray(np.where(total > 0, 1 - weights @ scores / np.where(total > 0, total, 1.0), np.nan))

    return by_woman(figure, np.zeros(len(error), np.int64), error, women, samples=samples).record()


class Agreement(_Learner):
    """Two crops of one breast get like vectors (VICReg, which needs no negatives): pooled features through a projector
    that is thrown away. Takes all firsts before all seconds."""

    figure = "AUROC of pairs"
    width = 256

    def __init__(self, network: Any) -> None:
        super().__init__(network, "agreement")
        flow = layers.GlobalAveragePooling2D(name="agree_pool", dtype="float32")(self.features)
        flow = layers.Dense(self.width, use_bias=False, name="agree_hidden", dtype="float32")(flow)
        flow = layers.BatchNormalization(name="agree_norm", dtype="float32", momentum=0.9)(flow)
        flow = layers.Dense(self.width, name="agree_out", dtype="float32")(layers.Activation("relu")(flow))
        self.projector = keras.Model(network.inputs[0], flow)
        self.projector.jit_compile = keras.backend.backend() != "tensorflow"  # XLA crawls on the CPU

    def call(self, pixels: Any, training: bool = False) -> Any:
        vectors = self.projector(pixels, training=training)
        pair = ops.reshape(vectors, (2, -1, self.width))
        self.add_loss(agreement_loss(pair[0], pair[1]))
        return self._told(vectors, pixels)

    def judged(self, crops: NDArray[np.uint8], women: NDArray[np.str_], samples: int = 0) -> dict[str, Any]:
        """Of how many other seconds the own one is nearer to its first (cosine; half where equal), the mean over the
        firsts of crops (2 n, rows, columns), 0.5 by chance: "value". With `samples` also in which share it is the
        nearest of all, the "interval" by bootstrap over women, with "chance" and the "baseline", what the nearest mean
        and spread of the breast's greys find without a network."""
        parts = [
            self.projector.predict_on_batch(crops[start : start + _AT_ONCE, :, :, None].astype(np.float32) / 255)
            for start in range(0, len(crops), _AT_ONCE)
        ]
        vectors = np.concatenate([np.asarray(part, np.float64) for part in parts])
        lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
        vectors = vectors / np.maximum(lengths, 1e-12)
        value = float(pair_aurocs(vectors).mean())
        if not samples:
            return {"value": value}
        count = len(crops) // 2
        plain = pair_margins(np.stack([_greys(crop) for crop in crops]))
        return {
            "figure": "share of pairs found",
            "unit": "pair",
            "women": len(set(women)),
            "pairs": count,
            "value": value,
            "interval": _share_found(pair_margins(vectors), women[:count], samples),
            "chance": 1 / count,
            "baseline": "mean and spread of greys",
            "baseline_interval": _share_found(plain, women[:count], samples),
            "bootstrap_samples": samples,
        }


def pair_aurocs(vectors: NDArray[np.float64]) -> NDArray[np.float64]:
    """(n,), of vectors (2 n, d), firsts first: the share of other seconds that are farther than the own one, those that
    are as near counted by half. It does not hang on how far vectors lie apart, which grows while they are learnt."""
    first, second = np.split(vectors, 2)
    near = first @ second.T - np.square(second).sum(axis=1) / 2
    own = near.diagonal()[:, None]
    farther = (near < own) + 0.5 * (near == own)
    return np.asarray((farther.sum(axis=1) - 0.5) / max(1, len(first) - 1), np.float64)


def pair_margins(vectors: NDArray[np.float64]) -> NDArray[np.float64]:
    """(n,), of vectors (2 n, d), firsts first: half the squared distance to the nearest other second less that to the
    own one, which for vectors of length 1 is a difference of cosines; over 0 where the own one is the nearest."""
    first, second = np.split(vectors, 2)
    near = first @ second.T - np.square(second).sum(axis=1) / 2
    own = near.diagonal().copy()
    np.fill_diagonal(near, -np.inf)
    return np.asarray(own - near.max(axis=1), np.float64)


def _greys(crop: NDArray[np.uint8]) -> NDArray[np.float64]:
    inside = crop[crop > 0].astype(np.float64)
    return np.array([inside.mean(), inside.std()]) if inside.size else np.zeros(2)


def _share_found(margins: Scores, women: NDArray[np.str_], samples: int) -> dict[str, float] | None:
    hits = np.asarray(margins > 0, np.float64)

    def figure(labels: Labels, scores: Scores, weights: Scores) -> Scores:
        return np.asarray(weights @ scores / np.maximum(weights.sum(axis=1), 1.0))

    return by_woman(figure, np.zeros(len(hits), np.int64), hits, women, samples=samples).record()
