"""Owns what stands on the features: pooling of views, the classes, the lesion's outline, the density. Keras 3 only.

Everything is built from Keras' own layers and operations, so that a saved network loads without this module.
"""

from __future__ import annotations

from typing import Any

import keras
from keras import layers, ops

from training.config import ModelConfig

FINEST_STRIDE = 4
"""The decoder's outline has a pixel for this many of the input, a side."""

DENSITIES = ("A", "B", "C", "D")


def vector_of(model: ModelConfig, features: Any) -> Any:
    """One vector for each image: the average over the cells, or all cells where the place is told by the order."""
    if model.kind in ("dense", "cnn"):
        pooled = features if model.kind == "dense" else layers.MaxPooling2D(name="top_pool")(features)
        return layers.Flatten(name="pool")(pooled)
    return layers.GlobalAveragePooling2D(name="pool")(features)


def pooled_views(vectors: Any, present: Any, pooling: str) -> Any:
    """(batch, channels) from `vectors` (batch, views, channels): the views whose `present` (batch, views) is 1,
    whatever their order; the others count nothing.

    "mean": their average. "attention": gated attention (Ilse et al. 2018).
    """
    shown = ops.expand_dims(present, -1)
    if pooling == "attention":
        gate = layers.Dense(32, "sigmoid", name="attention_gate")(vectors)
        told = layers.Dense(32, "tanh", name="attention_value")(vectors)
        score = layers.Dense(1, name="attention_score")(ops.multiply(gate, told))
        share = ops.softmax(ops.add(score, ops.multiply(ops.subtract(shown, 1.0), 1e4)), axis=1)
        weights = ops.multiply(share, shown)
    else:
        weights = shown
    total = ops.maximum(ops.sum(weights, axis=1), 1e-6)
    return ops.divide(ops.sum(ops.multiply(vectors, weights), axis=1), total)


def class_logits(model: ModelConfig, vector: Any, beside: Any = None) -> Any:
    """Logits (batch, classes) in float32, whatever the precision of the rest; `beside` (batch, n) is never dropped."""
    if model.units:
        vector = layers.Dense(model.units, "relu", name="units")(vector)
    vector = layers.Dropout(model.dropout, name="head_dropout")(vector)
    if beside is not None:
        vector = layers.Concatenate(name="head_join", dtype="float32")([vector, beside])
    return layers.Dense(model.classes, dtype="float32", name="logits")(vector)


def density_logits(vector: Any) -> Any:
    """Logits (batch, 4) of BI-RADS A to D in float32."""
    return layers.Dense(len(DENSITIES), dtype="float32", name="density")(vector)


def told_value(vector: Any, name: str) -> Any:
    """One number (batch, 1) in float32: the age in standard deviations ("age"), the logit of a recall ("recall")."""
    return layers.Dense(1, dtype="float32", name=name)(vector)


def mask_logits(pixels: Any, features: Any) -> Any:
    """Logits (batch, rows / 4, columns / 4, 1) of "lesion here" in float32, from the features and from finer layers of
    the trunk on the way back up (U-Net, Ronneberger et al. 2015)."""
    coarsest, finest = int(features.shape[1]), -(-int(pixels.shape[1]) // FINEST_STRIDE)
    last_of: dict[int, Any] = {}
    for layer in keras.Model(pixels, features).layers:
        output = layer.output
        if len(output.shape) == 4 and coarsest < int(output.shape[1]) <= finest:
            last_of[int(output.shape[1])] = output
    flow = features
    for step, size in enumerate(sorted(last_of), start=1):
        skip = last_of[size]
        factor = -(-size // int(flow.shape[1]))
        flow = layers.UpSampling2D(factor, interpolation="bilinear", name=f"mask_up{step}")(flow)
        spare = tuple((0, int(flow.shape[axis]) - int(skip.shape[axis])) for axis in (1, 2))
        if any(after for _, after in spare):
            flow = layers.Cropping2D(spare, name=f"mask_crop{step}")(flow)
        skip = layers.Conv2D(32, 1, name=f"mask_skip{step}")(skip)
        flow = layers.Concatenate(name=f"mask_join{step}")([flow, skip])
        flow = layers.Conv2D(64, 3, padding="same", use_bias=False, name=f"mask_conv{step}")(flow)
        flow = layers.GroupNormalization(8, name=f"mask_norm{step}")(flow)
        flow = layers.Activation("relu", name=f"mask_activation{step}")(flow)
    return layers.Conv2D(1, 1, dtype="float32", name="mask")(flow)
