"""Owns the lesions of an image on the grid of its input, cut and scaled as the image itself was. Reads masks."""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np
from numpy.typing import NDArray

from mammoview.core.errors import InputRefusedError
from mammoview.core.geometry import Crop
from mammoview.dicom.reader import read_file
from training.data.cbis_masks import same_aspect
from training.data.table import Lesion
from training.lesion_crop import cut


def lesion_mask(lesions: Sequence[Lesion], crop: Crop) -> NDArray[np.uint8]:
    """1 where at least half of an input pixel is lesion, else 0: uint8 (input rows, input columns), all lesions united.

    A lesion that fills half of no pixel has the one that it fills most, so that small ones stay. Raises
    InputRefusedError where a mask cannot be read or has another aspect than the image.
    """
    found = np.zeros((crop.input_rows, crop.input_columns), np.uint8)
    inner = found[crop.inner.row0 : crop.inner.row1, crop.inner.column0 : crop.inner.column1]
    for lesion in lesions:
        share = cut(_stored(lesion, crop.stored_rows, crop.stored_columns), crop)
        if 0 < share.max() < 0.5:
            share = (share == share.max()).astype(np.float32)
        inner[share >= 0.5] = 1
    return found


def _stored(lesion: Lesion, rows: int, columns: int) -> NDArray[np.float32]:
    """1 in the lesion, on the stored grid: float32 (rows, columns)."""
    grid = np.zeros((rows, columns), np.float32)
    if lesion.mask is not None:
        return _from_file(lesion, rows, columns)
    if lesion.box_px is not None:
        row0, column0, row1, column1 = (round(edge) for edge in lesion.box_px)
        grid[max(0, row0) : max(0, row1), max(0, column0) : max(0, column1)] = 1
    elif lesion.circle_px is not None:
        row, column, radius = lesion.circle_px
        down, across = np.ogrid[:rows, :columns]
        grid[(down - row) ** 2 + (across - column) ** 2 <= radius**2] = 1
    return grid


def _from_file(lesion: Lesion, rows: int, columns: int) -> NDArray[np.float32]:
    if lesion.mask is None:
        raise InputRefusedError("the lesion has no mask file")
    try:
        pixels = read_file(lesion.mask).stored
    except InputRefusedError as error:
        raise InputRefusedError(f"its mask {lesion.mask.name} {error.cause}", error.hint) from error
    if not pixels.any():
        raise InputRefusedError(f"its mask {lesion.mask.name} is empty")
    inside = (pixels >= max(float(pixels.max()) / 2, 1)).astype(np.float32)
    if inside.shape == (rows, columns):
        return inside
    if not same_aspect(inside.shape, (rows, columns)):
        size = f"{inside.shape[0]} x {inside.shape[1]}"
        raise InputRefusedError(f"its mask {lesion.mask.name} is {size}, of another aspect than {rows} x {columns}")
    return np.asarray(cv2.resize(inside, (columns, rows), interpolation=cv2.INTER_NEAREST), np.float32)
