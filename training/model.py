"""Owns the classifier of the bundle: one flat EfficientNetV2 graph, Keras 3 only. Never reads data or fits."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from mammoview.core.errors import UsageError
from training.config import FAMILIES, ModelConfig, System
from training.models.network import build_network
from training.models.trunks import FEATURES_LAYER
from training.models.weights import load_weights

__all__ = ["FAMILIES", "FEATURES_LAYER", "build_classifier"]


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
    config = ModelConfig(kind="efficientnetv2", family=family, classes=classes, dropout=dropout)
    model = build_network(System(name=family, model=config), rows, columns)
    if weights is not None:
        load_weights(model, weights)
    return model
