"""Owns colour pixels: how samples are laid, their luminance, and whether they are more than greys. Never touches grey
images or files."""

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
_RED_OF_CR, _BLUE_OF_CB = 1.402, 1.772  # the same, turned round

_LEAST_CHROMA = 0.1
"""A pixel has a colour where its channels lie further apart, of their whole range. Greys that were stored as RGB keep
within 0.01, lossy too; the rest is left for what a scanner makes of a film."""

_MOST_COLOURED = 0.02
"""A picture of greys may hold as many pixels with a colour: letters and marks."""

_LOOKED_AT_PX = 512


def laid(cells: NDArray[Any], rows: int, columns: int, samples: int, planar: bool, photometric: str) -> NDArray[Any]:
    """Flat cells -> (rows, columns) or (rows, columns, samples), PS3.3 C.7.6.3.1.3.

    In native YBR_FULL_422 two luminances stand before the two colour samples that they share. A cell beyond the last,
    left by swapping the bytes of big-endian words, falls off.
    Raises InputRefusedError where YBR_FULL_422 has an odd number of columns.
    """
    if samples == 1 or photometric != "YBR_FULL_422":
        cells = cells[: rows * columns * samples]
    if samples == 1:
        return cells.reshape(rows, columns)
    if photometric == "YBR_FULL_422":
        if columns % 2:
            raise InputRefusedError("holds YBR_FULL_422 pixels in an odd number of columns")
        fours = cells.reshape(-1, 4)
        return fours[:, [0, 2, 3, 1, 2, 3]].reshape(rows, columns, 3)
    if planar:
        return np.moveaxis(cells.reshape(samples, rows, columns), 0, 2)
    return cells.reshape(rows, columns, samples)


def luminance(
    pixels: NDArray[Any], photometric: str, bits_stored: int, dataset: Dataset, family: Family
) -> tuple[NDArray[np.uint8], bool]:
    """Colour or palette pixels -> luminance, uint8 (rows, columns), and whether they have colours: see `has_colours`.

    Raises InputRefusedError where a palette is unusable or the samples are too few.
    """
    if photometric == "PALETTE COLOR":
        try:
            with caught_warnings():
                rgb = apply_color_lut(np.ascontiguousarray(pixels), dataset)
        except Exception as error:  # pydicom reads a palette of the file here: anything in it may be broken
            raise InputRefusedError("its colour palette is unusable") from error
        bits = 8 * rgb.dtype.itemsize
        return to_grey(rgb, bits), has_colours(rgb, bits)
    if pixels.ndim == 2 or pixels.shape[2] == 1:
        return _eight_bits(pixels.reshape(pixels.shape[0], pixels.shape[1]).astype(np.float32), bits_stored), False
    # decoders of JPEG and JPEG 2000 give RGB; elsewhere YBR keeps its luminance in the first sample
    undone = family in (Family.JPEG, Family.JPEG_XL) or photometric in ("YBR_RCT", "YBR_ICT")
    if photometric.startswith("YBR") and not undone:
        return _eight_bits(pixels[:, :, 0].astype(np.float32), bits_stored), _ybr_has_colours(pixels, bits_stored)
    return to_grey(pixels, bits_stored), has_colours(pixels, bits_stored)


def to_grey(rgb: NDArray[Any], bits: int) -> NDArray[np.uint8]:
    """(rows, columns, 3) of `bits` bits -> BT.601 luminance, uint8."""
    total = np.zeros(rgb.shape[:2], np.float32)
    for channel, weight in enumerate(_WEIGHTS):
        total += np.float32(weight) * rgb[:, :, channel].astype(np.float32)
    return _eight_bits(total, bits)


def has_colours(rgb: NDArray[Any], bits: int) -> bool:
    """Whether (rows, columns, 3) of `bits` bits is more than greys stored as RGB."""
    chroma = np.ptp(_some_of(rgb), axis=2)
    return float((chroma > _LEAST_CHROMA * (2**bits - 1)).mean()) > _MOST_COLOURED


def _ybr_has_colours(ybr: NDArray[Any], bits: int) -> bool:
    """The same of full-range YBR: what its channels are apart does not hang on the luminance."""
    some = _some_of(ybr) - np.float32(2 ** (bits - 1))
    blue, red = some[:, :, 1] * np.float32(_BLUE_OF_CB), some[:, :, 2] * np.float32(_RED_OF_CR)
    green = -(_WEIGHTS[0] * red + _WEIGHTS[2] * blue) / np.float32(_WEIGHTS[1])
    return has_colours(np.stack([red, green, blue], axis=2), bits)


def _some_of(pixels: NDArray[Any]) -> NDArray[np.float32]:
    """Enough of the pixels to tell."""
    step = max(1, min(pixels.shape[:2]) // _LOOKED_AT_PX)
    return pixels[::step, ::step].astype(np.float32)


def _eight_bits(values: NDArray[np.float32], bits: int) -> NDArray[np.uint8]:
    scaled = values * np.float32(255.0 / (2**bits - 1))
    return np.ascontiguousarray(np.clip(np.rint(scaled), 0, 255).astype(np.uint8))
