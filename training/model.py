"""Owns the network: one flat functional EfficientNetV2 graph, Keras 3 only. Never reads data or fits."""

from __future__ import annotations

import warnings
from pathlib import Path
from typing import Any

import keras

from mammoview.core.errors import InputRefusedError, UsageError

FAMILIES = ("B0", "B1", "B2", "B3", "S")
FEATURES_LAYER = "top_activation"


def build_classifier(
    *,
    rows: int,
    columns: int,
    family: str = "B0",
    classes: int = 2,
    dropout: float = 0.3,
    weights: Path | None = None,
) -> Any:
    """A flat model: (batch, rows, columns, 1) float32 in 0..1 -> [features of the last convolution, logits].

    `weights` is a local Keras weights file (.weights.h5 or .keras) for this very network; nothing is ever downloaded.
    Raises UsageError for an unknown family and InputRefusedError for a file that is absent or does not fit.
    """
    if family not in FAMILIES:
        raise UsageError(f"EfficientNetV2-{family} is not known", f"choose one of {', '.join(FAMILIES)}")
    builder = getattr(keras.applications, f"EfficientNetV2{family}")
    pixels = keras.Input((rows, columns, 1), name="pixels")
    scaled = keras.layers.Rescaling(4.0, offset=-2.0, name="centre")(pixels)
    trunk = builder(
        include_top=False,
        weights=None,
        include_preprocessing=False,
        input_tensor=scaled,
        input_shape=(rows, columns, 1),
    )
    features = trunk.get_layer(FEATURES_LAYER).output
    pooled = keras.layers.GlobalAveragePooling2D(name="pool")(features)
    pooled = keras.layers.Dropout(dropout, name="head_dropout")(pooled)
    logits = keras.layers.Dense(classes, dtype="float32", name="logits")(pooled)
    model = keras.Model(pixels, [features, logits], name=f"efficientnetv2_{family.lower()}")
    if weights is not None:
        _load_weights(model, weights)
    return model


def _load_weights(model: Any, path: Path) -> None:
    if not path.is_file():
        raise InputRefusedError(f"{path}: no such weights file", "weights are never downloaded; give a local file")
    try:
        with warnings.catch_warnings():
            warnings.filterwarnings("error", message="Skipping nested container")  # else random weights would stay
            model.load_weights(path)
    except (ValueError, OSError, KeyError, UserWarning) as error:
        first = str(error).strip().splitlines()[0]
        raise InputRefusedError(f"{path}: does not fit this network: {first}") from error


def augmentation(seed: int) -> Any:
    """Random flip (up-down: the chest wall stays left), rotation, zoom, shift, contrast and brightness, as layers."""
    return keras.Sequential(
        [
            keras.layers.RandomFlip("vertical", seed=seed),
            keras.layers.RandomRotation(0.04, fill_mode="constant", seed=seed + 1),
            keras.layers.RandomZoom((-0.12, 0.12), (-0.12, 0.12), fill_mode="constant", seed=seed + 2),
            keras.layers.RandomTranslation(0.06, 0.04, fill_mode="constant", seed=seed + 3),
            keras.layers.RandomContrast(0.25, value_range=(0.0, 1.0), seed=seed + 4),
            keras.layers.RandomBrightness(0.08, value_range=(0.0, 1.0), seed=seed + 5),
        ],
        name="augmentation",
    )
