"""Owns the way from decoded pixel cells to stored values. Never decodes, never turns values into greys.

PS3.5 8.1.1 (cells, Bits Stored, High Bit), PS3.3 C.7.5.1.1.2 (padding).
"""

from __future__ import annotations

from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from mammoview.core.errors import InputRefusedError
from mammoview.core.image import StoredPixels
from mammoview.core.window import PixelPadding, storable


def padding_beyond(padding: PixelPadding | None, bits: int, *, signed: bool) -> PixelPadding | None:
    """What of the padding Bits Stored cannot hold: all of it; of a range that is held in part, the end that lies
    beyond, since what lies between may be pixels with an overlay in their upper bits.
    """
    if padding is None:
        return None
    least, greatest = storable(bits, signed=signed)
    if padding.low > greatest or padding.high < least:
        return padding
    if padding.high > greatest:
        return PixelPadding(padding.high, padding.high)
    return PixelPadding(padding.low, padding.low) if padding.low < least else None


def stored_of(
    cells: NDArray[Any],
    bits: int,
    *,
    signed: bool,
    shift: int = 0,
    bits_allocated: int = 16,
    beyond: PixelPadding | None = None,
    warnings: list[str],
) -> StoredPixels:
    """Cells (rows, columns) -> stored values: `shift` bits below Bits Stored (`bits`) and those above it taken off, the
    sign extended; uint8, uint16 or int16, C-contiguous.

    A cell that as a whole is padding `beyond` Bits Stored (as of `padding_beyond`) keeps its value, which no other
    pixel can have. A line joins `warnings` where bits were lost. Raises InputRefusedError for cells of other types.
    """
    if cells.dtype.kind == "f" or cells.dtype.itemsize > 2:
        raise InputRefusedError(f"the decoded pixels are of type {cells.dtype}, which cannot be shown")
    if cells.dtype == np.int8:
        cells = cells.astype(np.int16)
    width = 8 * cells.dtype.itemsize
    whole = cells.view(f"u{width // 8}")
    unshifted = whole >> shift if shift > 0 else whole
    has_more = False
    if bits < width:
        if signed and width == 16:
            half = 1 << (bits - 1)
            least, greatest = _extremes(unshifted.view(np.int16))
            if -half <= least and greatest < half:
                return np.ascontiguousarray(unshifted).view(np.int16)  # the sign is extended already
        has_more = _extremes(unshifted)[1] >= 1 << bits
    if signed:
        stored = _sign_extended(unshifted, bits)
    else:
        kept = unshifted & unshifted.dtype.type((1 << bits) - 1) if has_more else unshifted
        stored = np.ascontiguousarray(kept, np.uint8 if bits_allocated == 8 else np.uint16)
    if has_more and (signed or beyond is not None):
        lost = (unshifted >> bits != 0) & (stored.astype(unshifted.dtype) != unshifted)
        if beyond is not None:
            lost &= ~_put_back(stored, whole.view(f"i{width // 8}") if signed else whole, beyond)
        has_more = bool(lost.any())
    if has_more and cells.dtype.kind != "i":
        warnings.append("bits outside Bits Stored (as of overlays) were left out")
    return stored


def _sign_extended(cells: NDArray[Any], bits: int) -> NDArray[np.int16]:
    up = 16 - bits
    if up == 0 and cells.dtype.itemsize == 2:
        return np.ascontiguousarray(cells).view(np.int16)
    lifted: NDArray[np.int16] = np.left_shift(cells, up, dtype=np.uint16).view(np.int16)
    lifted >>= up
    return lifted


def _put_back(stored: StoredPixels, whole: NDArray[Any], padding: PixelPadding) -> NDArray[np.bool_]:
    """Give the stored values that are padding as whole cells those values, in place; True where they are."""
    padded = (whole >= padding.low) & (whole <= padding.high)
    np.copyto(stored, whole, where=padded, casting="unsafe")
    return np.asarray(padded, np.bool_)


def _extremes(values: NDArray[Any]) -> tuple[int, int]:
    """The least and the greatest value of a (rows, columns) array, in one pass."""
    least, greatest, _, _ = cv2.minMaxLoc(values)
    return int(least), int(greatest)
