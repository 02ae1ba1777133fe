"""Owns how a mask and a crop of CBIS-DDSM are told apart: by content, never by name or order. Reads pixels.

Both lie in one folder, in either order, and the tables and series descriptions name them wrongly in many cases.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mammoview.core.errors import MammoviewError

_NEAR_AN_END = 0.1
_BINARY_SHARE = 0.98
ASPECT_TOLERANCE = 0.01
"""How far the aspects of a mask and its image may differ, relatively, for the mask to be stretched onto the image."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RoiFiles:
    """What the files of one abnormality are. `mask` is None where none can be used, and `why` then says so; `box_px` is
    the lesion's extent (row0, column0, row1, column1) and `area_px` its area, both in pixels of the image. `crop` is
    the published crop, `crop_shape` its (rows, columns).
    """

    mask: Path | None = None
    box_px: tuple[float, float, float, float] | None = None
    area_px: float = 0.0
    crop: Path | None = None
    crop_shape: tuple[int, int] = (0, 0)
    why: str = ""


def is_binary(pixels: NDArray[Any]) -> bool:
    """Whether an image has two values alone, but for what JPEG does to edges: (rows, columns) of any number type."""
    low, high = float(pixels.min()), float(pixels.max())
    if low == high:
        return False
    reach = _NEAR_AN_END * (high - low)
    between = np.count_nonzero((pixels > low + reach) & (pixels < high - reach))
    return bool(between <= (1 - _BINARY_SHARE) * pixels.size)


def same_aspect(shape: tuple[int, ...], other: tuple[int, ...]) -> bool:
    """Whether two sizes (rows, columns) have one aspect within `ASPECT_TOLERANCE`."""
    return abs(shape[0] * other[1] / (shape[1] * other[0]) - 1) <= ASPECT_TOLERANCE


def tell_apart(files: Iterable[Path], image_shape: tuple[int, int]) -> RoiFiles:
    """Which of an abnormality's files is the mask of an image of `image_shape` (rows, columns) and which the crop.

    A mask is binary and as large as the image, or of its aspect; a crop is grey and smaller. Files that cannot be read
    count as absent.
    """
    from mammoview.dicom.reader import read_file

    masks, crops, why = [], [], ""
    for file in files:
        try:
            pixels = read_file(file).stored
        except MammoviewError as error:
            why = f"a file that cannot be read: {error.cause}"
            continue
        if is_binary(pixels):
            masks.append((file, pixels))
        elif pixels.shape[0] <= image_shape[0] and pixels.shape[1] <= image_shape[1]:
            crops.append((file, (int(pixels.shape[0]), int(pixels.shape[1]))))
    crop, crop_shape = min(crops, key=lambda told: told[1][0] * told[1][1], default=(None, (0, 0)))  # not an empty mask
    fitting = [(file, pixels) for file, pixels in masks if same_aspect(pixels.shape, image_shape)]
    if not fitting:
        why = "a mask of another aspect than its image" if masks else why or "no mask"
        return RoiFiles(crop=crop, crop_shape=crop_shape, why=why)
    file, pixels = fitting[0]
    inside = pixels > (float(pixels.min()) + float(pixels.max())) / 2
    down, across = image_shape[0] / pixels.shape[0], image_shape[1] / pixels.shape[1]
    rows, columns = np.flatnonzero(inside.any(axis=1)), np.flatnonzero(inside.any(axis=0))
    return RoiFiles(
        mask=file,
        box_px=(
            float(rows[0] * down),
            float(columns[0] * across),
            float((rows[-1] + 1) * down),
            float((columns[-1] + 1) * across),
        ),
        area_px=float(np.count_nonzero(inside)) * down * across,
        crop=crop,
        crop_shape=crop_shape,
    )
