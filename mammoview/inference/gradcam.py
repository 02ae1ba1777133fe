"""Owns the maths of the heat map: Grad-CAM, the map that a network draws itself, and where their cells lie. Plain
NumPy; never runs a model.

Grad-CAM is that of Selvaraju et al., "Grad-CAM: Visual Explanations from Deep Networks" (ICCV 2017), on the
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
        "Cast",
        "Clip",
        "Dropout",
        "ELU",
        "GaussianDropout",
        "GaussianNoise",
        "GroupNormalization",
        "Gelu",
        "Identity",
        "LayerNormalization",
        "LeakyReLU",
        "Negative",
        "Normalization",
        "PReLU",
        "ReLU",
        "Relu",
        "Rescaling",
        "Sigmoid",
        "Silu",
        "SpatialDropout2D",
        "Sqrt",
        "Square",
        "Tanh",
        "UnitNormalization",
    }
)
GRAD_CAM, LESION_MAP = "grad-cam", "lesion-map"
METHODS = (GRAD_CAM, LESION_MAP)
"""How a bundle's heat map is made: from features and gradients, or from a layer's logits of "lesion here"."""

_SLIDING = frozenset({"Conv2D", "DepthwiseConv2D", "SeparableConv2D", "MaxPooling2D", "AveragePooling2D"})
_MERGING = frozenset(
    {
        "Add",
        "Average",
        "Concatenate",
        "Divide",
        "Greater",
        "Maximum",
        "Minimum",
        "Multiply",
        "Subtract",
        "TrueDivide",
        "Where",
    }
)
_REDUCING = frozenset({"Max", "Mean", "Min", "Sum"})
_WHOLE = frozenset({"Flatten", "GlobalAveragePooling2D", "GlobalMaxPooling2D"})
_RESIZED_REACH = {"nearest": 0, "bilinear": 1}
"""How many cells more a cell looks at once it is resized."""


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


def drawn_field(cells: tuple[int, int], rows: int, columns: int) -> CellField:
    """Where the cells (rows, columns of them) of a lesion map lie on a model input: they tile it. Such a map is fitted
    on outlines drawn smaller to its own grid, so that a cell tells of the pixels that it covers, whatever its receptive
    field."""
    down, across = rows / cells[0], columns / cells[1]
    return CellField(*cells, down, (down - 1) / 2, across, (across - 1) / 2)


def cells_from_stored(crop: Crop, field: CellField) -> GridTransform:
    """Stored position -> cell position, for the model input that `crop` describes."""
    return crop.model_from_stored().then(field.cells_from_model())


def grad_cam(features: NDArray[np.floating[Any]], gradients: NDArray[np.floating[Any]]) -> NDArray[np.float32]:
    """The rectified, normalised Grad-CAM of one image.

    `features`: (rows, columns, channels), the layer's output; `gradients`: same shape, d(logit
    difference)/d(features). Returns float32 (rows, columns): 0 = none, 1 = the strongest response; all 0
    where nothing responds or where a value is not finite.
    """
    return rectified(weighted(features, gradients))


def weighted(features: NDArray[np.floating[Any]], gradients: NDArray[np.floating[Any]]) -> NDArray[np.float32]:
    """The response that `grad_cam` rectifies: float32 (rows, columns)."""
    weights = np.asarray(gradients, np.float32).mean(axis=(0, 1))
    return np.asarray(np.asarray(features, np.float32) @ weights)


def rectified(response: NDArray[np.floating[Any]]) -> NDArray[np.float32]:
    """A response (rows, columns) without its negative part, divided by its maximum: float32, as `grad_cam` gives it."""
    return _scaled(np.maximum(np.asarray(response, np.float32), np.float32(0)))


def lesion_cells(logits: NDArray[np.floating[Any]]) -> NDArray[np.float32]:
    """The heat map of logits of "lesion here", (rows, columns): their sigmoid divided by its maximum.

    Returns float32 (rows, columns), 0..1; all 0 where a logit is not finite or every probability is tiny.
    """
    values = np.asarray(logits, np.float64)
    if not np.isfinite(values).all():
        return np.zeros(values.shape, np.float32)
    return _scaled((1 / (1 + np.exp(-np.clip(values, -700, 700)))).astype(np.float32))


def _scaled(response: NDArray[np.float32]) -> NDArray[np.float32]:
    """Divided by its maximum; all 0 where that is tiny or not finite."""
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

    def spread(self, kernel: int, stride: int, padding: str) -> _Axis:
        """After a transposed convolution, which is `slid` turned round."""
        over = max(kernel - stride, 0)
        count = self.count * stride + (over if padding == "valid" else 0)
        before = over // 2 if padding == "same" else 0
        first = self.first + self.stride * (before - (kernel - 1) / 2) / stride
        reach = self.reach + (-(-kernel // stride) - 1) * self.stride
        return _Axis(count, self.stride / stride, first, reach)

    def resized(self, count: int, interpolation: str) -> _Axis:
        """After resizing to `count` cells with half-pixel centres, as Keras does (nearest: on the average)."""
        factor = count / self.count
        first = self.first + self.stride * (0.5 / factor - 0.5)
        reach = self.reach + _RESIZED_REACH[interpolation] * self.stride
        return _Axis(count, self.stride / factor, first, reach)

    def padded(self, before: int, after: int) -> _Axis:
        """After zero padding; negative numbers crop."""
        return _Axis(self.count + before + after, self.stride, self.first - before * self.stride, self.reach)


_Field = tuple[_Axis, _Axis]


def receptive_field(config: Mapping[str, Any], layer: str, rows: int, columns: int) -> CellField:
    """The receptive-field centres of `layer` in a functional Keras model, from `model.get_config()`.

    `rows` and `columns` are the size of the model's input. Where branches meet, the one that sees farthest
    counts (the main path); branches that have lost their place (squeeze-and-excitation) do not. Only what leads to
    `layer` is looked at. Raises MammoviewError for a layer that is not known or not spatial.
    """
    records = {str(record["name"]): record for record in config["layers"]}
    if layer not in records:
        raise MammoviewError(f"the network has no layer {layer}")
    needed, waiting = {layer}, [layer]
    while waiting:
        sources = set(_sources(records[waiting.pop()].get("inbound_nodes", []))) & records.keys()
        waiting += sources - needed
        needed |= sources
    found: dict[str, _Field | None] = {}
    for name, record in records.items():
        if name not in needed:
            continue
        nodes = record.get("inbound_nodes", [])
        if record["class_name"] == "InputLayer":
            found[name] = (_Axis(rows), _Axis(columns))
        else:
            inputs = [found[source] for source in _sources(nodes) if source in found]
            found[name] = _after(name, str(record["class_name"]), record["config"], inputs, nodes)
    field = found[layer]
    if field is None:
        raise MammoviewError(f"layer {layer} has no places, so it can carry no heat map")
    down, across = field
    return CellField(down.count, across.count, down.stride, down.first, across.stride, across.first)


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


def _after(name: str, kind: str, settings: Mapping[str, Any], inputs: list[_Field | None], nodes: Any) -> _Field | None:
    """The field after one layer, or one of Keras' operations; None once places are lost."""
    spatial = [field for field in inputs if field is not None]
    if not spatial or kind in _WHOLE:
        return None
    if settings.get("data_format", "channels_last") not in (None, "channels_last"):
        raise MammoviewError(f"layer {name}: only channels_last is known to the receptive-field walk")
    if kind in _MERGING:
        return max(spatial, key=lambda field: field[0].reach)
    down, across = spatial[0]
    if kind in _POINTWISE or (kind == "GetItem" and _of_channels(nodes)):
        return down, across
    if kind in _REDUCING:
        return (down, across) if settings.get("axis") in (-1, 3) and settings.get("keepdims") else None
    if kind in _SLIDING:
        kernel = _pair(settings.get("kernel_size", settings.get("pool_size")))
        stride = _pair(settings.get("strides") or kernel)
        dilation = _pair(settings.get("dilation_rate") or 1)
        padding = str(settings["padding"])
        return (
            down.slid(kernel[0], stride[0], dilation[0], padding),
            across.slid(kernel[1], stride[1], dilation[1], padding),
        )
    if kind == "Conv2DTranspose":
        kernel, stride = _pair(settings["kernel_size"]), _pair(settings["strides"])
        if settings.get("output_padding") is not None or _pair(settings.get("dilation_rate") or 1) != (1, 1):
            raise MammoviewError(f"layer {name}: output padding and dilation are not known to the receptive-field walk")
        padding = str(settings["padding"])
        return down.spread(kernel[0], stride[0], padding), across.spread(kernel[1], stride[1], padding)
    if kind in ("UpSampling2D", "Resizing"):
        interpolation = str(settings.get("interpolation"))
        cut = settings.get("crop_to_aspect_ratio") or settings.get("pad_to_aspect_ratio")
        if interpolation not in _RESIZED_REACH or cut:
            how = "a kept aspect ratio" if cut else f"interpolation {interpolation!r}"
            raise MammoviewError(f"layer {name}: {how} is not known to the receptive-field walk")
        if kind == "Resizing":
            rows, columns = int(settings["height"]), int(settings["width"])
        else:
            times = _pair(settings["size"])
            rows, columns = down.count * times[0], across.count * times[1]
        return down.resized(rows, interpolation), across.resized(columns, interpolation)
    if kind in ("ZeroPadding2D", "Cropping2D"):
        sign = 1 if kind == "ZeroPadding2D" else -1
        edges = settings["padding" if sign == 1 else "cropping"]
        (top, bottom), (left, right) = (_pair(edge) for edge in _pair(edges))
        return down.padded(sign * top, sign * bottom), across.padded(sign * left, sign * right)
    raise MammoviewError(f"layer {name}: class {kind} is not known to the receptive-field walk")


def _of_channels(nodes: Any) -> bool:
    """Whether an indexing, by its serialised inbound nodes, is one of the channels alone: [..., a:b]."""
    given = nodes[0]["args"] if nodes and isinstance(nodes[0], Mapping) else []
    key: Any = given[1] if len(given) > 1 else []
    return len(key) == 2 and isinstance(key[0], Mapping) and key[0].get("class_name") == "__ellipsis__"


def _pair(value: Any) -> tuple[Any, Any]:
    """A Keras size: one number for both axes, or two."""
    return (value[0], value[1]) if isinstance(value, (list, tuple)) else (value, value)
