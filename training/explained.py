"""Owns how a run's network explains itself in a bundle: which layer gives the heat map, and where its cells lie.

Never trains or judges.
"""

from __future__ import annotations

from typing import Any

from mammoview.core.errors import UsageError
from mammoview.inference.gradcam import GRAD_CAM, LESION_MAP, METHODS, CellField, drawn_field, receptive_field

MASK_LAYER = "mask"
"""The layer of a mask head: logits (batch, rows, columns, 1) of "lesion here"."""

CHOICES = ("auto", *METHODS)


def explanation_of(network: Any, wanted: str, features: str) -> tuple[str, str]:
    """(method, layer) by which the heat map of `network` is made: with "auto" the lesion map where it has a mask head,
    else Grad-CAM on the layer `features`. Raises UsageError where a lesion map is wanted that is not there."""
    if wanted not in CHOICES:
        raise UsageError(f"explanation {wanted!r} is not known", f"choose one of {', '.join(CHOICES)}")
    has_mask = any(layer.name == MASK_LAYER for layer in network.layers)
    if wanted == LESION_MAP and not has_mask:
        raise UsageError("the network draws no lesions, so it has no lesion map", "take --explanation grad-cam")
    return (LESION_MAP, MASK_LAYER) if has_mask and wanted != GRAD_CAM else (GRAD_CAM, features)


def explained_network(network: Any, layer: str) -> Any:
    """The network as a bundle holds it, [what the heat map is made of, logits], with the very same weights."""
    import keras

    pixels = network.inputs if len(network.inputs) > 1 else network.inputs[0]
    return keras.Model(pixels, [network.get_layer(layer).output, network.outputs[-1]])


def field_of(network: Any, method: str, layer: str, rows: int, columns: int) -> CellField:
    """Where the cells of the heat map lie on an input of `rows` x `columns`. Raises MammoviewError."""
    if method == LESION_MAP:
        _, down, across, _ = network.get_layer(layer).output.shape
        return drawn_field((int(down), int(across)), rows, columns)
    return receptive_field(network.get_config(), layer, rows, columns)
