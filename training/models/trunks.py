"""Owns the convolutional trunks, Keras 3 only: pixels -> features of the last convolution. Never loads weights.

Every trunk names its last layer FEATURES_LAYER, from which heat maps are taken, and every layer that has weights by
what it is, so that a trunk's weights can be found again in another network.
"""

from __future__ import annotations

from typing import Any

import keras
from keras import layers

from mammoview.core.errors import UsageError
from training.config import ModelConfig
from training.models.pyramid import pyramid_trunk

FEATURES_LAYER = "top_activation"
GROUPS = 8


def centred(pixels: Any) -> Any:
    """0..1 to -2..2: about zero mean and unit variance over breast and air."""
    return layers.Rescaling(4.0, offset=-2.0, name="centre")(pixels)


def trunk(model: ModelConfig, pixels: Any) -> Any:
    """Features (batch, rows', columns', channels) of `pixels`, a Keras tensor (batch, rows, columns, 1) in 0..1.

    Raises UsageError where the pixels are too few for this network.
    """
    rows, columns = int(pixels.shape[1]), int(pixels.shape[2])
    needed = {"efficientnetv2": 32, "dense": max(model.cells)}.get(model.kind, 2 ** (len(model.filters) + 1))
    if min(rows, columns) < needed:
        raise UsageError(f"inputs of {rows} x {columns} are too small for this network", "prepare larger ones")
    if model.kind == "efficientnetv2":
        return efficientnet(model.family, pixels)
    if model.kind == "pyramid":
        return pyramid_trunk(model, pixels, FEATURES_LAYER)
    return {"dense": _dense, "cnn": _cnn, "small-resnet": _small_resnet}[model.kind](model, pixels)


def efficientnet(family: str, pixels: Any) -> Any:
    """EfficientNetV2 (Tan and Le 2021) without its preprocessing layers: what it takes does not hang on its name."""
    builder = getattr(keras.applications, f"EfficientNetV2{family}")
    built = builder(
        include_top=False,
        weights=None,
        include_preprocessing=False,
        input_tensor=centred(pixels),
        input_shape=tuple(pixels.shape[1:]),
    )
    return built.get_layer(FEATURES_LAYER).output


def _dense(model: ModelConfig, pixels: Any) -> Any:
    """The pixels averaged to the cells of `model`; its features are grey levels."""
    pool = (pixels.shape[1] // model.cells[0], pixels.shape[2] // model.cells[1])
    return layers.AveragePooling2D(pool, name=FEATURES_LAYER)(centred(pixels))


def _cnn(model: ModelConfig, pixels: Any) -> Any:
    flow = centred(pixels)
    for block, filters in enumerate(model.filters, start=1):
        last = block == len(model.filters)
        flow = layers.Conv2D(filters, 3, padding="same", use_bias=False, name=f"block{block}_conv")(flow)
        flow = layers.BatchNormalization(name=f"block{block}_norm")(flow)
        flow = layers.Activation("relu", name=FEATURES_LAYER if last else f"block{block}_activation")(flow)
        if not last:
            flow = layers.MaxPooling2D(name=f"block{block}_pool")(flow)
    return flow


def _small_resnet(model: ModelConfig, pixels: Any) -> Any:
    """Pre-activation residual blocks (He et al. 2016), two for each width, each width at half the size of the last;
    group norm (Wu and He 2018), which knows no batch."""
    flow = centred(pixels)
    flow = layers.Conv2D(model.filters[0], 5, 2, padding="same", use_bias=False, name="stem_conv")(flow)
    for stage, filters in enumerate(model.filters, start=1):
        for block in (1, 2):
            flow = _residual(flow, filters, 2 if block == 1 else 1, f"stage{stage}_{block}")
    flow = _norm(flow, "top_norm")
    return layers.Activation("relu", name=FEATURES_LAYER)(flow)


def _norm(flow: Any, name: str) -> Any:
    channels = int(flow.shape[-1])
    return layers.GroupNormalization(GROUPS if channels % GROUPS == 0 else 1, name=name)(flow)


def _residual(flow: Any, filters: int, stride: int, name: str) -> Any:
    inner = layers.Activation("relu", name=f"{name}_activation1")(_norm(flow, f"{name}_norm1"))
    short = flow
    if stride > 1 or int(flow.shape[-1]) != filters:
        short = layers.Conv2D(filters, 1, stride, padding="same", use_bias=False, name=f"{name}_short")(inner)
    inner = layers.Conv2D(filters, 3, stride, padding="same", use_bias=False, name=f"{name}_conv1")(inner)
    inner = layers.Activation("relu", name=f"{name}_activation2")(_norm(inner, f"{name}_norm2"))
    inner = layers.Conv2D(filters, 3, 1, padding="same", use_bias=False, name=f"{name}_conv2")(inner)
    return layers.Add(name=f"{name}_add")([short, inner])
