"""Owns the input of a part of an image: the same greys as the whole image's, cut around a lesion.

The way is that of `mammoview.inference.preprocess`: values from before the VOI stage, normalised by quantiles of the
whole breast without its margin, the chest wall laid to the left, 0 outside the breast and beyond the image. A picture
that is nothing but the crop (the crop is the whole picture) has no breast to go by: its own quantiles count, it is not
turned, nothing is masked.
"""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from mammoview.core.breast import BreastRegion, find_breast
from mammoview.core.geometry import Box, Crop, Orientation
from mammoview.core.image import MammoImage
from mammoview.inference.preprocess import ModelInput, PreprocessParams, make_crop
from training.cache import CROP_ID


def crop_record(params: PreprocessParams) -> dict[str, Any]:
    """What a cache of crops says about its inputs; no bundle of whole images can be made of it."""
    return {**params.to_json(), "id": CROP_ID}


def record_hash(record: Mapping[str, Any]) -> str:
    """16 hex digits, as `PreprocessParams.hash` of whole images."""
    return hashlib.sha256(json.dumps(record, sort_keys=True).encode()).hexdigest()[:16]


def crop_input(image: MammoImage, params: PreprocessParams, crop_px: tuple[float, float, float, float]) -> ModelInput:
    """The input of the part `crop_px` (row0, column0, row1, column1, stored pixels) of an image: float32 (rows,
    columns, 1) in 0..1.
    """
    box = Box(*(math.floor(edge) for edge in crop_px[:2]), *(math.ceil(edge) for edge in crop_px[2:]))
    whole = box == Box(0, 0, image.rows, image.columns)
    region = find_breast(image)
    crop = make_crop(replace(region, box=box), image.rows, image.columns, params)
    if whole:
        crop = replace(crop, orientation=Orientation(), box=box)
    stored = _values(image, region)
    values = cut(stored, crop)
    if whole:
        shown, tissue = np.ones(values.shape, np.bool_), values
    else:
        breast, around = _breast(image, region), make_crop(region, image.rows, image.columns, params)
        shown = cut(breast, crop) > 0.5
        tissue = cut(stored, around)[_without_margin(cut(breast, around) > 0.5)]
    pixels = np.zeros((params.rows, params.columns, 1), np.float32)
    if tissue.size and shown.any():
        low, high = np.quantile(tissue, (params.quantile_low, params.quantile_high))
        normal = np.clip((values - low) / max(float(high - low), 1e-6), 0, 1)
        inner = crop.inner
        pixels[inner.row0 : inner.row1, inner.column0 : inner.column1, 0] = np.where(shown, normal, 0)
    pixels.flags.writeable = False
    return ModelInput(pixels, crop)


def cut(stored: NDArray[np.float32], crop: Crop) -> NDArray[np.float32]:
    """A stored grid on the inner part of the input, averaged over each input pixel: float32 (inner rows, inner
    columns), 0 beyond the image.
    """
    laid, box = np.asarray(crop.orientation.apply(stored), np.float32), crop.box
    inside = laid[max(0, box.row0) : max(0, box.row1), max(0, box.column0) : max(0, box.column1)]
    if inside.shape != (box.rows, box.columns):
        around = np.zeros((box.rows, box.columns), np.float32)
        row, column = max(0, -box.row0), max(0, -box.column0)
        around[row : row + inside.shape[0], column : column + inside.shape[1]] = inside
        inside = around
    inner = crop.inner
    shrinks = box.rows >= inner.rows and box.columns >= inner.columns
    interpolation = cv2.INTER_AREA if shrinks else cv2.INTER_LINEAR
    size = (inner.columns, inner.rows)
    return np.asarray(cv2.resize(np.ascontiguousarray(inside), size, interpolation=interpolation), np.float32)


def _values(image: MammoImage, region: BreastRegion) -> NDArray[np.float32]:
    """Values from before the VOI stage, brighter = denser, padding as dark as the darkest tissue."""
    grey, stored = image.grey, image.stored
    values = (stored if grey.modality_lut is None else grey.modality(stored)).astype(np.float32)
    falls = grey.inverse != (grey.slope < 0 and grey.modality_lut is None)
    if falls != region.inverted:
        values = -values
    padding = grey.is_padding(stored)
    if padding.any() and not padding.all():
        values[padding] = values[~padding].min()
    return values


def _without_margin(mask: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """The breast without its thin margin, a sixteenth of the rows as for whole images; all of it where none is left."""
    size = max(3, mask.shape[0] // 16) | 1
    kernel = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (size, size))
    inside = cv2.erode(mask.astype(np.uint8), kernel).astype(np.bool_)
    return inside if inside.any() else mask


def _breast(image: MammoImage, region: BreastRegion) -> NDArray[np.float32]:
    """1 in the breast, on the stored grid."""
    mask = region.mask.astype(np.float32)
    size = (image.columns, image.rows)
    return (np.asarray(cv2.resize(mask, size, interpolation=cv2.INTER_LINEAR)) > 0.5).astype(np.float32)
