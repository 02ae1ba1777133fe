"""Owns the maths of the heat map: Grad-CAM and where its cells lie. Plain NumPy; never runs a model.

The method is that of Selvaraju et al., "Grad-CAM: Visual Explanations from Deep Networks" (ICCV 2017), on the
logit of the suspicious class minus that of the others. A cell is placed at the centre of its receptive field,
which TensorFlow's SAME padding moves away from the nominal centre of the cell.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mammoview.core.errors import MammoviewError
from mammoview.core.geometry import Crop, GridTransform

_POINTWISE = frozenset(
    {
        "Activation",
        "AlphaDropout",
        "BatchNormalization",
        "Dropout",
        "ELU",
        "GaussianDropout",
        "GaussianNoise",
        "GroupNormalization",
        "Identity",
        "LayerNormalization",
        "LeakyReLU",
        "Normalization",
        "PReLU",
        "ReLU",
        "Rescaling",
        "SpatialDropout2D",
        "UnitNormalization",
    }
)
_SLIDING = frozenset({"Conv2D", "DepthwiseConv2D", "SeparableConv2D", "MaxPooling2D", "AveragePooling2D"})
_MERGING = frozenset({"Add", "Average", "Concatenate", "Maximum", "Minimum", "Multiply", "Subtract"})
_WHOLE = frozenset({"Flatten", "GlobalAveragePooling2D", "GlobalMaxPooling2D"})


@dataclass(frozen=True, slots=True)
class CellField:
    """Where the cells of a feature map look: cell i's receptive field is centred at `first + i * stride`
    model pixels.

    `rows` and `columns` count the cells. Positions are pixel centres of the model input (the first pixel is
    at 0.0).
    """

    rows: int
    columns: int
    row_stride_px: float
    row_first_px: float
    column_stride_px: float
    column_first_px: float

    def __post_init__(self) -> None:
        numbers = (self.row_stride_px, self.row_first_px, self.column_stride_px, self.column_first_px)
        if min(self.rows, self.columns) < 1 or not all(map(math.isfinite, numbers)):
            raise MammoviewError(f"not a usable grid of heat-map cells: {self}")
        if min(self.row_stride_px, self.column_stride_px) <= 0:
            raise MammoviewError(f"heat-map cells need a positive stride: {self}")

    def cells_from_model(self) -> GridTransform:
        """Model-input position -> cell position."""
        return GridTransform(
            row_scale=1 / self.row_stride_px,
            row_offset=-self.row_first_px / self.row_stride_px,
            column_scale=1 / self.column_stride_px,
            column_offset=-self.column_first_px / self.column_stride_px,
        )


def cells_from_stored(crop: Crop, field: CellField) -> GridTransform:
    """Stored position -> cell position, for the model input that `crop` describes."""
    return crop.model_from_stored().then(field.cells_from_model())


def grad_cam(features: NDArray[np.floating[Any]], gradients: NDArray[np.floating[Any]]) -> NDArray[np.float32]:
    """The rectified, normalised Grad-CAM of one image.

    `features`: (rows, columns, channels), the layer's output; `gradients`: same shape, d(logit
    difference)/d(features). Returns float32 (rows, columns): 0 = none, 1 = the strongest response; all 0
    where nothing responds or where a value is not finite.
    """
    weights = np.asarray(gradients, np.float32).mean(axis=(0, 1))
    response = np.maximum(np.asarray(features, np.float32) @ weights, np.float32(0))
    strongest = float(response.max(initial=0.0))
    if not np.isfinite(strongest) or strongest <= np.finfo(np.float32).tiny:
        return np.zeros(response.shape, np.float32)
    return np.asarray(response / np.float32(strongest), np.float32)


@dataclass(frozen=True, slots=True)
class _Axis:
    """One axis of a layer's output: `count` cells, cell i centred at `first + i * stride`, looking at `reach`
    pixels."""

    count: int
    stride: float = 1.0
    first: float = 0.0
    reach: float = 1.0

    def slid(self, kernel: int, stride: int, dilation: int, padding: str) -> _Axis:
        """After a convolution or pooling; SAME pads as TensorFlow does: the odd pixel goes behind."""
        span = (kernel - 1) * dilation
        if padding == "same":
            count = -(-self.count // stride)
            before = max((count - 1) * stride + span + 1 - self.count, 0) // 2
        elif padding == "valid":
            count = (self.count - span - 1) // stride + 1
            before = 0
        else:
            raise MammoviewError(f"padding {padding!r} is not known to the receptive-field walk")
        if count < 1:
            raise MammoviewError("the input is too small for this network")
        first = self.first + self.stride * (span / 2 - before)
        return _Axis(count, self.stride * stride, first, self.reach + span * self.stride)

    def padded(self, before: int, after: int) -> _Axis:
        """After zero padding; negative numbers crop."""
        return _Axis(self.count + before + after, self.stride, self.first - before * self.stride, self.reach)


_Field = tuple[_Axis, _Axis]


def receptive_field(config: Mapping[str, Any], layer: str, rows: int, columns: int) -> CellField:
    """The receptive-field centres of `layer` in a functional Keras model, from `model.get_config()`.

    `rows` and `columns` are the size of the model's input. Where branches meet, the one that sees farthest
    counts (the main path); branches that have lost their place (squeeze-and-excitation) do not. Raises
    MammoviewError for a layer that is not known or not spatial.
    """
    found: dict[str, _Field | None] = {}
    for record in config["layers"]:
        name, kind, settings = str(record["name"]), str(record["class_name"]), record["config"]
        sources = list(_sources(record.get("inbound_nodes", [])))
        if kind == "InputLayer":
            found[name] = (_Axis(rows), _Axis(columns))
        else:
            found[name] = _after(name, kind, settings, [found[source] for source in sources if source in found])
        if name == layer:
            field = found[name]
            if field is None:
                raise MammoviewError(f"layer {layer} has no places, so it can carry no heat map")
            down, across = field
            return CellField(down.count, across.count, down.stride, down.first, across.stride, across.first)
    raise MammoviewError(f"the network has no layer {layer}")


def _sources(node: Any) -> Iterator[str]:
    """The names of the layers that feed a layer, from its serialised inbound nodes."""
    if isinstance(node, Mapping):
        if node.get("class_name") == "__keras_tensor__":
            yield str(node["config"]["keras_history"][0])
            return
        node = list(node.values())
    if isinstance(node, (list, tuple)):
        for part in node:
            yield from _sources(part)


def _after(name: str, kind: str, settings: Mapping[str, Any], inputs: list[_Field | None]) -> _Field | None:
    """The field after one layer; None once places are lost."""
    spatial = [field for field in inputs if field is not None]
    if not spatial or kind in _WHOLE:
        return None
    if settings.get("data_format", "channels_last") not in (None, "channels_last"):
        raise MammoviewError(f"layer {name}: only channels_last is known to the receptive-field walk")
    if kind in _MERGING:
        return max(spatial, key=lambda field: field[0].reach)
    down, across = spatial[0]
    if kind in _POINTWISE:
        return down, across
    if kind in _SLIDING:
        kernel = _pair(settings.get("kernel_size", settings.get("pool_size")))
        stride = _pair(settings.get("strides") or kernel)
        dilation = _pair(settings.get("dilation_rate") or 1)
        padding = str(settings["padding"])
        return (
            down.slid(kernel[0], stride[0], dilation[0], padding),
            across.slid(kernel[1], stride[1], dilation[1], padding),
        )
    if kind in ("ZeroPadding2D", "Cropping2D"):
        sign = 1 if kind == "ZeroPadding2D" else -1
        edges = settings["padding" if sign == 1 else "cropping"]
        (top, bottom), (left, right) = (_pair(edge) for edge in _pair(edges))
        return down.padded(sign * top, sign * bottom), across.padded(sign * left, sign * right)
    raise MammoviewError(f"layer {name}: class {kind} is not known to the receptive-field walk")


def _pair(value: Any) -> tuple[Any, Any]:
    """A Keras size: one number for both axes, or two."""
    return (value[0], value[1]) if isinstance(value, (list, tuple)) else (value, value)
