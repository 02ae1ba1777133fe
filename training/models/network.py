"""Owns the whole network of a system as one flat functional graph. Never reads data or fits."""

from __future__ import annotations

from typing import Any

import keras
from keras import ops

from training.config import HeadsConfig, System
from training.models.heads import class_logits, density_logits, mask_logits, pooled_views, told_value, vector_of
from training.models.pyramid import lesion_map, pooled_places, pyramid_features
from training.models.trunks import FEATURES_LAYER, trunk

TOLD = ("age", "recall")
"""Heads of one number, in their order among the outputs."""


def output_names(heads: HeadsConfig) -> tuple[str, ...]:
    """What the outputs of a network with `heads` are, in their order: features first, logits last."""
    return ("features", *(name for name in ("mask", "density", *TOLD) if getattr(heads, name)), "logits")


def build_network(system: System, rows: int, columns: int, *, views: int | None = None) -> Any:
    """The network with random weights; nothing is ever downloaded.

    One image: (batch, rows, columns, 1) float32 in 0..1 -> [features, logits], with heads between them (see
    `output_names`). Several views: [(batch, views, rows, columns, 1), present (batch, views) float32 0 or 1] ->
    [features (batch x views, ...), logits]; the weights do not hang on `views` (None: the system's), the logits neither
    on their order nor on what stands where `present` is 0. Raises UsageError where the inputs are too small.
    """
    model = system.model
    name = model.kind.replace("-", "_") + (f"_{model.family.lower()}" if model.kind == "efficientnetv2" else "")
    if model.unit == "image":
        pixels = keras.Input((rows, columns, 1), name="pixels")
        features = trunk(model, pixels)
        outputs, beside = [features], None
        if model.kind == "pyramid":
            fine = pyramid_features(model, features, keras.Model(pixels, features))
            outputs.append(lesion_map(fine))
            vector, beside = pooled_places(pixels, features, fine, outputs[-1])
        else:
            vector = vector_of(model, features)
            if system.heads.mask:
                outputs.append(mask_logits(pixels, features))
        if system.heads.density:
            outputs.append(density_logits(vector))
        outputs += [told_value(vector, name) for name in TOLD if getattr(system.heads, name)]
        return keras.Model(pixels, [*outputs, class_logits(model, vector, beside)], name=name)
    views = model.views if views is None else views
    pixels = keras.Input((views, rows, columns, 1), name="pixels")
    present = keras.Input((views,), name="present")
    features = trunk(model, ops.reshape(pixels, (-1, rows, columns, 1)))
    vectors = vector_of(model, features)
    vectors = ops.reshape(vectors, (-1, views, int(vectors.shape[-1])))
    logits = class_logits(model, pooled_views(vectors, present, model.pooling))
    return keras.Model([pixels, present], [features, logits], name=name)


def classifier_of(network: Any) -> Any:
    """The network without what stands between: inputs -> [features, logits], with the very same weights."""
    features, logits = network.get_layer(FEATURES_LAYER).output, network.outputs[-1]
    return keras.Model(network.inputs if len(network.inputs) > 1 else network.inputs[0], [features, logits])
