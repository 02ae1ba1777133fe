"""Owns the feature pyramid: a small residual trunk, local contrast as its input, a lesion map at one scale, and the
pooling of places by that map. Keras 3 only; every layer is one of Keras' own.

Lin et al., "Feature Pyramid Networks" (2017); attention of the kind of Shen et al., "GMIC" (2021), which looks where a
map of the whole image points.
"""

from __future__ import annotations

import math
from typing import Any

import keras
from keras import layers, ops

from training.config import ModelConfig

STRIDE = 8
"""Input pixels of a cell of the lesion map, a side."""

TOP_SHARE = 1 / 64
"""The share of all cells whose largest responses are averaged."""

_AIR = 0.015
"""Inputs up to this are air."""

_OUTSIDE = 20.0
"""What a logit loses where the cell is not in the breast."""

_PRIOR = -4.0
"""The map's first logit: lesions are rare."""


def local_contrast(pixels: Any, scales: tuple[int, ...]) -> Any:
    """(batch, rows, columns, 1 + scales): pixels about zero, and for each of `scales` (input pixels) the difference to
    the mean of the breast around, in standard deviations of it, within -4 to 4; 0 in the air.

    Film and digital pictures of one tissue, and pictures with other windows, look alike in it.
    """
    breast = ops.cast(ops.greater(pixels, _AIR), pixels.dtype)
    inside = ops.multiply(pixels, breast)
    found = [layers.Rescaling(4.0, offset=-2.0, name="centre")(pixels)]
    for scale in scales:
        parts = [
            _around(part, scale, f"contrast{scale}_{name}")
            for name, part in (("mean", inside), ("square", ops.multiply(inside, pixels)), ("share", breast))
        ]
        share = ops.add(parts[2], 1e-3)
        mean = ops.divide(parts[0], share)
        variance = ops.maximum(ops.subtract(ops.divide(parts[1], share), ops.square(mean)), 0.0)
        grown = layers.UpSampling2D(scale, interpolation="bilinear", name=f"contrast{scale}_up")
        spread = ops.concatenate([mean, ops.sqrt(variance)], axis=-1)
        drawn = _cropped(grown(spread), pixels, f"contrast{scale}_crop")
        contrast = ops.divide(ops.subtract(pixels, drawn[..., :1]), ops.add(drawn[..., 1:], 0.03))
        found.append(ops.multiply(ops.clip(contrast, -4.0, 4.0), breast))
    return layers.Concatenate(name="contrast")(found)


def _around(flow: Any, scale: int, name: str) -> Any:
    """Means of blocks of `scale` pixels, smoothed over five of them."""
    flow = layers.AveragePooling2D(scale, padding="same", name=f"{name}_blocks")(flow)
    for step in (1, 2):
        flow = layers.AveragePooling2D(3, 1, padding="same", name=f"{name}_smooth{step}")(flow)
    return flow


def _cropped(flow: Any, like: Any, name: str) -> Any:
    """`flow` without the rows and columns that it has more than `like`."""
    spare = tuple((0, int(flow.shape[axis]) - int(like.shape[axis])) for axis in (1, 2))
    return layers.Cropping2D(spare, name=name)(flow) if any(after for _, after in spare) else flow


def _normed(flow: Any, name: str, activation: str = "relu") -> Any:
    flow = layers.BatchNormalization(name=f"{name}_norm")(flow)
    return layers.Activation(activation, name=f"{name}_activation")(flow)


def _residual(flow: Any, filters: int, stride: int, name: str) -> Any:
    """A pre-activation residual block (He et al. 2016)."""
    inner = _normed(flow, f"{name}_1")
    short = flow
    if stride > 1 or int(flow.shape[-1]) != filters:
        short = layers.Conv2D(filters, 1, stride, padding="same", use_bias=False, name=f"{name}_short")(inner)
    inner = layers.Conv2D(filters, 3, stride, padding="same", use_bias=False, name=f"{name}_conv1")(inner)
    inner = _normed(inner, f"{name}_2")
    inner = layers.Conv2D(filters, 3, 1, padding="same", use_bias=False, name=f"{name}_conv2")(inner)
    return layers.Add(name=f"{name}_add")([short, inner])


def pyramid_trunk(model: ModelConfig, pixels: Any, features_name: str) -> Any:
    """Features (batch, rows', columns', filters) of the coarsest stage: `model.filters` are
    those of the stem and of the stages, each at half the size of the last."""
    flow = local_contrast(pixels, model.contrast)
    flow = layers.Conv2D(model.filters[0], 5, 2, padding="same", use_bias=False, name="stem_conv")(flow)
    for stage, filters in enumerate(model.filters[1:], start=1):
        for block in (1, 2):
            flow = _residual(flow, filters, 2 if block == 1 else 1, f"stage{stage}_{block}")
    return layers.Activation("linear", name=features_name)(flow)


def pyramid_features(model: ModelConfig, features: Any, trunk: Any) -> Any:
    """Features (batch, rows / 8, columns / 8, model.pyramid): the coarse ones, drawn larger, added to the finer ones
    of `trunk`, a Keras model that ends in `features`."""
    flow = None
    for stage in range(len(model.filters) - 1, 1, -1):
        source = features if stage == len(model.filters) - 1 else trunk.get_layer(f"stage{stage}_2_add").output
        level = layers.Conv2D(model.pyramid, 1, name=f"pyramid{stage}_lateral")(source)
        if flow is None:
            flow = level
            continue
        flow = layers.UpSampling2D(2, interpolation="bilinear", name=f"pyramid{stage}_up")(flow)
        flow = layers.Add(name=f"pyramid{stage}_add")([_cropped(flow, level, f"pyramid{stage}_crop"), level])
    flow = _normed(flow, "pyramid_in")
    flow = layers.Conv2D(model.pyramid, 3, padding="same", use_bias=False, name="pyramid_conv")(flow)
    return _normed(flow, "pyramid_out")


def lesion_map(features: Any) -> Any:
    """Logits (batch, rows / 8, columns / 8, 1) of "lesion here" in float32. A cell tells of the 8 x 8 pixels that it
    covers, whatever its receptive field, as it is fitted on masks drawn so."""
    prior = keras.initializers.Constant(_PRIOR)
    return layers.Conv2D(1, 1, bias_initializer=prior, dtype="float32", name="mask")(features)


def pooled_places(pixels: Any, coarse: Any, fine: Any, drawn: Any) -> tuple[Any, Any]:
    """What stands at the places: (vector (batch, channels): the average of `coarse` and that of `fine` where the
    lesion map `drawn` points, normalised together; (batch, 2): how strong the map is, as the mean of its largest cells
    and as the smooth maximum of all)."""
    breast = ops.cast(ops.greater(pixels, _AIR), "float32")
    share = layers.AveragePooling2D(STRIDE, padding="same", name="breast_share")(breast)
    inside = ops.cast(ops.greater(share, 0.3), "float32")
    places = ops.subtract(drawn, ops.multiply(ops.subtract(1.0, inside), _OUTSIDE))
    cells = int(drawn.shape[1]) * int(drawn.shape[2])
    flat = ops.reshape(places, (-1, cells))
    attention = ops.expand_dims(ops.softmax(flat, axis=-1), 1)
    seen = ops.reshape(ops.cast(fine, "float32"), (-1, cells, int(fine.shape[-1])))
    there = ops.squeeze(ops.matmul(attention, seen), 1)
    whole = layers.GlobalAveragePooling2D(name="pool")(coarse)
    vector = layers.LayerNormalization(dtype="float32", name="pool_norm")(
        layers.Concatenate(name="pool_join", dtype="float32")([there, whole])
    )
    largest = ops.top_k(flat, max(1, round(cells * TOP_SHARE)))[0]
    mean = ops.mean(largest, axis=-1, keepdims=True)
    smooth = ops.subtract(ops.logsumexp(flat, axis=-1, keepdims=True), math.log(cells * TOP_SHARE))
    return vector, ops.concatenate([ops.subtract(mean, _PRIOR), ops.subtract(smooth, _PRIOR)], axis=-1)
