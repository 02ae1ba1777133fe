"""Owns the input of a slice of breast MRI, and of any picture that is no mammogram: the whole picture, as it lies.

A slice shows both breasts and the chest, or a cut of one: what finds the breast in a mammogram would cut lesions away.
So nothing is looked for, mirrored or masked; the aspect is kept and padded with 0, the greys are those between
quantiles of the whole picture, by the very code of `mammoview.inference.preprocess`.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mammoview.core.breast import BreastRegion
from mammoview.core.geometry import Box, Crop
from mammoview.core.image import MammoImage
from mammoview.inference.preprocess import PREPROCESS_ID, ModelInput, PreprocessParams, make_crop, preprocess
from training.cache import SLICES, WHOLE_ID, InputCache, are_slices
from training.data.table import ImageRow
from training.lesion_crop import crop_record, cut

SLICE = "mri"
"""The modality of rows that are prepared so."""


def inputs_record(rows: Sequence[ImageRow], params: PreprocessParams) -> dict[str, Any]:
    """What a cache of `rows` says about its inputs. Where mammograms are among them it is what the application does,
    and "slices" says that the others were made otherwise.
    """
    some = any(row.modality == SLICE for row in rows)
    if any(row.crop_px is not None for row in rows):
        return {**crop_record(params), **({SLICES: WHOLE_ID} if some else {})}
    if some and all(row.modality == SLICE for row in rows):
        return {**params_of_slices(params).to_json(), "id": WHOLE_ID}
    return {**params.to_json(), **({SLICES: WHOLE_ID} if some else {})}


def params_of_slices(params: PreprocessParams) -> PreprocessParams:
    """The size and quantiles that were asked for; a slice is never stretched."""
    return replace(params, fit="letterbox")


def application_params(record: Mapping[str, Any]) -> PreprocessParams:
    """How the application makes its inputs for a network that was fitted on a cache with this record: slices it does
    not know, so that it gives a network of slices the breast alone. Raises BundleError where the record is of crops.
    """
    return PreprocessParams.from_json({**record, "id": PREPROCESS_ID} if record.get("id") == WHOLE_ID else record)


def application_hash(cache: InputCache) -> str:
    """What names the inputs that the application makes for a network that was fitted on `cache`."""
    of_slices = cache.preprocess.get("id") == WHOLE_ID
    return application_params(cache.preprocess).hash if of_slices else cache.preprocess_hash


def slice_input(
    image: MammoImage, params: PreprocessParams, crop_px: tuple[float, float, float, float] | None = None
) -> ModelInput:
    """The input of a slice, or of the part `crop_px` (row0, column0, row1, column1, stored pixels) of it in the greys
    of the whole: float32 (rows, columns, 1) in 0..1.
    """
    if crop_px is None:
        return preprocess(image, params_of_slices(params), _whole(image))
    crop = slice_crop(image, params, crop_px)
    stored = _values(image)
    low, high = np.quantile(stored, (params.quantile_low, params.quantile_high))
    normal = np.clip((cut(stored, crop) - low) / max(float(high - low), 1e-6), 0, 1)
    inside = cut(np.ones(stored.shape, np.float32), crop) > 0.5
    pixels = np.zeros((params.rows, params.columns, 1), np.float32)
    inner = crop.inner
    pixels[inner.row0 : inner.row1, inner.column0 : inner.column1, 0] = np.where(inside, normal, 0)
    pixels.flags.writeable = False
    return ModelInput(pixels, crop)


def slice_crop(
    image: MammoImage, params: PreprocessParams, crop_px: tuple[float, float, float, float] | None = None
) -> Crop:
    """What of a slice its input shows, and where."""
    region = _whole(image)
    if crop_px is None:
        return make_crop(region, image.rows, image.columns, params_of_slices(params))
    box = Box(*(math.floor(edge) for edge in crop_px[:2]), *(math.ceil(edge) for edge in crop_px[2:]))
    return make_crop(replace(region, box=box), image.rows, image.columns, params)


def is_slice(row: ImageRow, record: Mapping[str, Any]) -> bool:
    """Whether the input of a row, in a cache with this record, is that of a slice."""
    return row.modality == SLICE and are_slices(record)


def _whole(image: MammoImage) -> BreastRegion:
    """All of a picture in the place of a breast; without a chest wall, so that it is not turned."""
    return BreastRegion(
        mask=np.ones((8, 8), np.bool_),
        values=np.zeros((8, 8), np.float32),
        box=Box(0, 0, image.rows, image.columns),
        coverage=0.0,
        extents={},
        inverted=False,
    )


def _values(image: MammoImage) -> NDArray[np.float32]:
    """Values from before the VOI stage, brighter = more signal, padding as dark as the darkest of the others."""
    grey, stored = image.grey, image.stored
    values = (stored if grey.modality_lut is None else grey.modality(stored)).astype(np.float32)
    if grey.inverse != (grey.slope < 0 and grey.modality_lut is None):
        values = -values
    padding = grey.is_padding(stored)
    if padding.any() and not padding.all():
        values[padding] = values[~padding].min()
    return values
