"""Tiny bundles of a network that draws its own lesion map, with and without model.onnx. No training, no real image."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from mammoview.inference.gradcam import GRAD_CAM, LESION_MAP
from mammoview.inference.preprocess import PreprocessParams

SIZE = 64
HAS_EXPORT = all(importlib.util.find_spec(name) is not None for name in ("tf2onnx", "onnx", "onnxruntime"))
needs_export = pytest.mark.skipif(not HAS_EXPORT, reason="the extra 'export' is not installed")


def drawing_network(*, classes: int = 2) -> Any:
    """[features (8 x 8), mask logits (16 x 16), logits], of which the logits hang on the map too, as no gradient by the
    map alone could tell."""
    import keras
    from keras import layers, ops

    keras.utils.set_random_seed(11)
    pixels = keras.Input((SIZE, SIZE, 1), name="pixels")
    x = layers.Rescaling(4.0, offset=-2.0)(pixels)
    fine = layers.Conv2D(8, 3, strides=4, padding="same", activation="relu", name="fine")(x)
    features = layers.Conv2D(16, 3, strides=2, padding="same", activation="relu", name="features")(fine)
    grown = layers.UpSampling2D(2, interpolation="bilinear")(layers.Conv2D(8, 1)(features))
    mask = layers.Conv2D(1, 3, padding="same", dtype="float32", name="mask")(layers.Add()([grown, fine]))
    strongest = ops.max(ops.reshape(mask, (-1, 256)), axis=1, keepdims=True)
    vector = layers.Concatenate()([layers.GlobalAveragePooling2D()(features), strongest])
    logits = layers.Dense(classes, dtype="float32", name="logits")(vector)
    return keras.Model(pixels, [features, mask, logits])


def inputs(count: int = 5) -> Any:
    """Model inputs uint8 (count, SIZE, SIZE)."""
    return np.random.default_rng(5).integers(0, 256, (count, SIZE, SIZE)).astype(np.uint8)


def facts(explanation: str = LESION_MAP, *, layer: str = "", version: str = "0.1", **more: Any) -> Any:
    """What such a bundle says besides its network."""
    from training.export import BundleFacts

    return BundleFacts(
        name="drawing",
        version=version,
        intended_use="tests only",
        layer=layer or ("features" if explanation == GRAD_CAM else "mask"),
        explanation=explanation,
        preprocess=PreprocessParams(rows=SIZE, columns=SIZE),
        operating_points={"balanced": {"threshold": 0.5}},
        card="# drawing\n\nRandom weights, for tests only.\n",
        **more,
    )


def make_drawing_bundle(folder: Path, *, onnx: bool = False, version: str = "0.1") -> Path:
    """Write the bundle "drawing-<version>" under `folder` and return its path."""
    from training.export import write_bundle

    return write_bundle(drawing_network(), folder, facts(version=version), onnx=inputs() if onnx else None)
