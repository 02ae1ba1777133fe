"""Owns the way from stored pixels to the model's input, one for the application, the command line and training.

The values come from before the VOI stage, so that the reader's window cannot change a score; they are normalised by
quantiles of the breast itself, so that 8-, 12- and 14-bit renditions of one exposure give one input. Everything outside
the breast (markers, burned-in text, frames) is set to 0.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from mammoview.core.breast import BreastRegion, Side, find_breast
from mammoview.core.errors import BundleError
from mammoview.core.geometry import Box, Crop, Orientation
from mammoview.core.image import MammoImage
from mammoview.core.window import Greyscale

PREPROCESS_ID = "breast-crop/1"


@dataclass(frozen=True, slots=True)
class PreprocessParams:
    """What a bundle says about its input.

    `fit`: "stretch" fills the input with the crop (immune to pictures whose aspect was lost), "letterbox" keeps the
    aspect and pads with 0. `quantile_low` and `quantile_high` of the breast become 0 and 1.
    """

    rows: int = 256
    columns: int = 160
    fit: str = "stretch"
    quantile_low: float = 0.02
    quantile_high: float = 0.995

    def __post_init__(self) -> None:
        if self.rows < 32 or self.columns < 32 or self.fit not in ("stretch", "letterbox"):
            raise BundleError("schema", f"preprocessing {self} is not known")
        if not 0 <= self.quantile_low < self.quantile_high <= 1:
            raise BundleError("schema", f"preprocessing quantiles of {self} are out of order")

    @classmethod
    def from_json(cls, record: Mapping[str, Any]) -> PreprocessParams:
        if record.get("id") != PREPROCESS_ID:
            raise BundleError("schema", f"preprocessing {record.get('id')!r} is not known", "update mammoview")
        try:
            return cls(**record["params"])
        except (KeyError, TypeError) as error:
            raise BundleError("schema", f"preprocessing parameters: {error}") from error

    def to_json(self) -> dict[str, Any]:
        return {"id": PREPROCESS_ID, "params": asdict(self)}

    @property
    def hash(self) -> str:
        """16 hex digits that change whenever an input could."""
        text = json.dumps(self.to_json(), sort_keys=True)
        return hashlib.sha256(text.encode()).hexdigest()[:16]


@dataclass(frozen=True, slots=True, eq=False)
class ModelInput:
    """`pixels`: float32 (rows, columns, 1) in 0..1, 0 outside the breast; `crop` says where they come from."""

    pixels: NDArray[np.float32]
    crop: Crop


def chest_wall_left(region: BreastRegion) -> Orientation:
    """The orientation that lays the chest wall to the left. Never turns top into bottom for upright images."""
    return {
        Side.RIGHT: Orientation(flip_columns=True),
        Side.TOP: Orientation(transpose=True),
        Side.BOTTOM: Orientation(transpose=True, flip_columns=True),
    }.get(region.chest_wall or Side.LEFT, Orientation())


def _laid_box(box: Box, orientation: Orientation, rows: int, columns: int) -> Box:
    """A stored box in laid pixels."""
    to_laid = orientation.transform(rows, columns)
    first = to_laid(box.row0, box.column0)
    last = to_laid(box.row1 - 1, box.column1 - 1)
    laid_rows = sorted((round(first[0]), round(last[0])))
    laid_columns = sorted((round(first[1]), round(last[1])))
    return Box(laid_rows[0], laid_columns[0], laid_rows[1] + 1, laid_columns[1] + 1)


def make_crop(region: BreastRegion, rows: int, columns: int, params: PreprocessParams) -> Crop:
    """The crop of a stored image of `rows` x `columns` around `region`."""
    orientation = chest_wall_left(region)
    box = _laid_box(region.box, orientation, rows, columns)
    inner = Box(0, 0, params.rows, params.columns)
    if params.fit == "letterbox":
        scale = min(params.rows / box.rows, params.columns / box.columns)
        inner_rows = min(params.rows, max(1, round(box.rows * scale)))
        inner_columns = min(params.columns, max(1, round(box.columns * scale)))
        row0 = (params.rows - inner_rows) // 2
        inner = Box(row0, 0, row0 + inner_rows, inner_columns)  # the chest wall stays at the left edge
    return Crop(rows, columns, orientation, box, inner, params.rows, params.columns)


def preprocess(image: MammoImage, params: PreprocessParams, region: BreastRegion | None = None) -> ModelInput:
    """The model input of one image. `region` is found here unless the caller has it already."""
    region = find_breast(image) if region is None else region
    crop = make_crop(region, image.rows, image.columns, params)
    box, inner = crop.box, crop.inner
    size = (inner.columns, inner.rows)
    laid = crop.orientation.apply(image.stored)[box.row0 : box.row1, box.column0 : box.column1]
    grey = image.grey
    values, valid = _reduced(np.ascontiguousarray(laid), grey, size)
    falls = grey.inverse != (grey.slope < 0 and grey.modality_lut is None)
    if falls != region.inverted:
        values = -values
    mask = _mask_on_input(region, crop, size) & valid
    pixels = np.zeros((params.rows, params.columns, 1), np.float32)
    if mask.any():
        inside = _without_margin(mask)
        low, high = np.quantile(values[inside], (params.quantile_low, params.quantile_high))
        normal = np.clip((values - low) / max(float(high - low), 1e-6), 0, 1)
        pixels[inner.row0 : inner.row1, inner.column0 : inner.column1, 0] = np.where(mask, normal, 0)
    pixels.flags.writeable = False
    return ModelInput(pixels, crop)


def _reduced(
    stored: NDArray[Any], grey: Greyscale, size: tuple[int, int]
) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
    """Stored values (through a modality LUT where there is one) at `size` (columns, rows), padding left out of the
    averages, and where enough of them is no padding.

    In float64, and divided by what the weights of each average add up to, which OpenCV's float32 weights miss by a
    little: a MONOCHROME1 twin gives the same input.
    """
    shrinks = stored.shape[0] >= size[1] and stored.shape[1] >= size[0]
    interpolation = cv2.INTER_AREA if shrinks else cv2.INTER_LINEAR
    padding = grey.is_padding(stored)
    values = (stored if grey.modality_lut is None else grey.modality(stored)).astype(np.float64)
    if not padding.any():
        down = cv2.resize(np.ones((stored.shape[0], 1)), (1, size[1]), interpolation=interpolation)
        across = cv2.resize(np.ones((1, stored.shape[1])), (size[0], 1), interpolation=interpolation)
        return cv2.resize(values, size, interpolation=interpolation) / (down * across), np.ones(size[::-1], np.bool_)
    share = np.asarray(cv2.resize((~padding).astype(np.float64), size, interpolation=interpolation))
    values[padding] = 0
    total = np.asarray(cv2.resize(values, size, interpolation=interpolation))
    return total / np.maximum(share, 1e-6), share > 0.5


def _without_margin(mask: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """The breast without its thin margin, whose greys say nothing of the tissue; the whole where nothing is left."""
    size = max(3, mask.shape[0] // 16) | 1
    kernel = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (size, size))
    inside = cv2.erode(mask.astype(np.uint8), kernel).astype(np.bool_)
    return inside if inside.any() else mask


def _mask_on_input(region: BreastRegion, crop: Crop, size: tuple[int, int]) -> NDArray[np.bool_]:
    """The breast mask on the inner part of the input, bool (inner rows, inner columns)."""
    laid = np.ascontiguousarray(crop.orientation.apply(region.mask)).astype(np.float32)
    laid_rows, laid_columns = crop.orientation.shape(crop.stored_rows, crop.stored_columns)
    row_px, column_px = laid.shape[0] / laid_rows, laid.shape[1] / laid_columns
    rows = (np.arange(size[1]) + 0.5) * crop.box.rows / size[1] + crop.box.row0
    columns = (np.arange(size[0]) + 0.5) * crop.box.columns / size[0] + crop.box.column0
    grid_columns, grid_rows = np.meshgrid(columns * column_px - 0.5, rows * row_px - 0.5)
    sampled = cv2.remap(
        laid,
        grid_columns.astype(np.float32),
        grid_rows.astype(np.float32),
        cv2.INTER_LINEAR,
        borderMode=cv2.BORDER_REPLICATE,
    )
    return np.asarray(sampled > 0.5, dtype=np.bool_)
