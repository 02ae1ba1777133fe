"""Owns the pixel data of a file written anew: blanked, nothing beyond Bits Stored, lossless. Never touches other
elements than those that say how the pixels lie.

Every frame is decoded and written again even where nothing is blanked: the unused bits of the cells (retired overlays,
PS3.5 8.1.2) and the comments of a codestream can name somebody.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np
from numpy.typing import NDArray
from pydicom.dataelem import DataElement
from pydicom.dataset import Dataset
from pydicom.encaps import encapsulate
from pydicom.uid import UID, ExplicitVRLittleEndian, JPEGLosslessSV1

from mammoview.core.errors import InputRefusedError
from mammoview.core.image import StoredPixels

_PIXEL_DATA = 0x7FE00010


def write_pixels(dataset: Dataset, frames: Iterable[StoredPixels], *, compressed: bool) -> UID:
    """Put `frames`, stored values of (rows, columns), into `dataset`, which describes them; the transfer syntax.

    `compressed`: as JPEG Lossless, Process 14 SV1 where every frame comes back from it unchanged, else native.
    Raises InputRefusedError where a value does not fit the cells.
    """
    dataset.HighBit = int(dataset.BitsStored) - 1
    cells: Iterable[NDArray[Any]] = (_cells(dataset, frame) for frame in frames)
    if compressed:
        kept = list(cells)
        coded = _coded(kept, int(dataset.BitsStored), signed=dataset.PixelRepresentation == 1)
        if coded is not None:
            dataset.add(DataElement(_PIXEL_DATA, "OB", encapsulate(coded)))
            dataset[_PIXEL_DATA].is_undefined_length = True
            return JPEGLosslessSV1
        cells = kept
    data = b"".join(frame.astype(frame.dtype.newbyteorder("<")).tobytes() for frame in cells)
    dataset.add(DataElement(_PIXEL_DATA, "OB" if dataset.BitsAllocated == 8 else "OW", data + b"\0" * (len(data) % 2)))
    return ExplicitVRLittleEndian


def _cells(dataset: Dataset, stored: StoredPixels) -> NDArray[Any]:
    """Stored values as unsigned cells of Bits Allocated, the sign extended."""
    bits = int(dataset.BitsAllocated)
    kind = np.dtype(f"{'i' if dataset.PixelRepresentation == 1 else 'u'}{bits // 8}")
    limits = np.iinfo(kind)
    if stored.min() < limits.min or stored.max() > limits.max:
        raise InputRefusedError("holds pixels beyond its own number of bits")
    return np.ascontiguousarray(stored.astype(kind)).view(f"u{bits // 8}")


def _coded(frames: list[NDArray[Any]], bits: int, *, signed: bool) -> list[bytes] | None:
    """The frames as JPEG Lossless; None where the codec is missing or does not give them back."""
    import imagecodecs

    if not imagecodecs.JPEG8.available:
        return None
    width = 8 * frames[0].dtype.itemsize
    coded = []
    for cells in frames:
        masked = cells & cells.dtype.type((1 << bits) - 1)
        back = _signed_again(masked, bits, width) if signed else masked
        if (back != cells).any():
            return None
        try:
            data = imagecodecs.jpeg8_encode(masked, lossless=True, predictor=1, bitspersample=bits)
            if (imagecodecs.jpeg8_decode(data) != masked).any():
                return None
        except (RuntimeError, ValueError):
            return None
        coded.append(bytes(data))
    return coded


def _signed_again(masked: NDArray[Any], bits: int, width: int) -> NDArray[Any]:
    """What a reader makes of masked two's complement values: the cells with their sign extended."""
    signed = masked.astype(f"i{width // 8}") << (width - bits) >> (width - bits)
    return np.asarray(signed).view(masked.dtype)
