"""Owns colour pixels: how samples are laid, and their luminance. Never touches grey images or files."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from pydicom.dataset import Dataset
from pydicom.pixels.processing import apply_color_lut

from mammoview.core.errors import InputRefusedError
from mammoview.dicom.codestream import Family
from mammoview.dicom.quiet import caught_warnings

_WEIGHTS = (0.299, 0.587, 0.114)  # ITU-R BT.601, as PS3.3 C.7.6.3.1.2 has it for Y


def laid(cells: NDArray[Any], rows: int, columns: int, samples: int, planar: bool, photometric: str) -> NDArray[Any]:
    """Flat cells -> (rows, columns) or (rows, columns, samples), PS3.3 C.7.6.3.1.3.

    Of native YBR_FULL_422 (two luminances, then the two shared colour samples) only the luminance is kept, as
    (rows, columns, 1). A cell beyond the last, left by swapping the bytes of big-endian words, falls off.
    Raises InputRefusedError where YBR_FULL_422 has an odd number of columns.
    """
    if samples == 1 or photometric != "YBR_FULL_422":
        cells = cells[: rows * columns * samples]
    if samples == 1:
        return cells.reshape(rows, columns)
    if photometric == "YBR_FULL_422":
        if columns % 2:
            raise InputRefusedError("holds YBR_FULL_422 pixels in an odd number of columns")
        pairs = cells.reshape(-1, 4)[:, :2]
        return np.ascontiguousarray(pairs).reshape(rows, columns, 1)
    if planar:
        return np.moveaxis(cells.reshape(samples, rows, columns), 0, 2)
    return cells.reshape(rows, columns, samples)


def luminance(
    pixels: NDArray[Any], photometric: str, bits_stored: int, dataset: Dataset, family: Family
) -> NDArray[np.uint8]:
    """Colour or palette pixels -> luminance, uint8 (rows, columns).

    Raises InputRefusedError where a palette is unusable or the samples are too few.
    """
    if photometric == "PALETTE COLOR":
        try:
            with caught_warnings():
                rgb = apply_color_lut(np.ascontiguousarray(pixels), dataset)
        except Exception as error:  # pydicom reads a palette of the file here: anything in it may be broken
            raise InputRefusedError("its colour palette is unusable") from error
        return to_grey(rgb, 8 * rgb.dtype.itemsize)
    if pixels.ndim == 2 or pixels.shape[2] == 1:
        return _eight_bits(pixels.reshape(pixels.shape[0], pixels.shape[1]).astype(np.float32), bits_stored)
    # decoders of JPEG and JPEG 2000 give RGB; elsewhere YBR keeps its luminance in the first sample
    undone = family in (Family.JPEG, Family.JPEG_XL) or photometric in ("YBR_RCT", "YBR_ICT")
    if photometric.startswith("YBR") and not undone:
        return _eight_bits(pixels[:, :, 0].astype(np.float32), bits_stored)
    return to_grey(pixels, bits_stored)


def to_grey(rgb: NDArray[Any], bits: int) -> NDArray[np.uint8]:
    """(rows, columns, 3) of `bits` bits -> BT.601 luminance, uint8."""
    total = np.zeros(rgb.shape[:2], np.float32)
    for channel, weight in enumerate(_WEIGHTS):
        total += np.float32(weight) * rgb[:, :, channel].astype(np.float32)
    return _eight_bits(total, bits)


def _eight_bits(values: NDArray[np.float32], bits: int) -> NDArray[np.uint8]:
    scaled = values * np.float32(255.0 / (2**bits - 1))
    return np.ascontiguousarray(np.clip(np.rint(scaled), 0, 255).astype(np.uint8))
