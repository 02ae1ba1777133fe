"""Owns the planes of segmentations (PS3.3 A.51) and parametric maps (A.75) written anew: decoded, searched for
letters, native, with nothing in the bits that no plane uses.
"""

from __future__ import annotations

from io import BytesIO
from typing import Any

import numpy as np
from numpy.typing import NDArray
from pydicom import dcmread
from pydicom.dataelem import DataElement
from pydicom.dataset import Dataset
from pydicom.pixels.utils import pack_bits, pixel_array
from pydicom.uid import UID, ExplicitVRLittleEndian

from mammoview.core.errors import InputRefusedError
from mammoview.core.study import ImageSource
from mammoview.dicom.deidentify.lettering import rows_of_letters
from mammoview.dicom.deidentify.pixel_data import write_pixels
from mammoview.dicom.sources import open_source

_LARGEST_BYTES = 1 << 30
_PIXEL_DATA = 0x7FE00010
_FLOATS = {4: (0x7FE00008, "OF"), 8: (0x7FE00009, "OD")}  # Float and Double Float Pixel Data, by bytes


def write_planes(made: Dataset, source: ImageSource) -> tuple[UID, int]:
    """Put the planes of the object in `source` into `made`, its data set cleaned; the transfer syntax, and how many
    rows of letters stand in them.

    Raises InputRefusedError where they cannot be decoded, or are in colour.
    """
    if str(made.get("PhotometricInterpretation") or "MONOCHROME2") != "MONOCHROME2":
        raise InputRefusedError("is in colour, in which writing cannot be looked for", "leave it out")
    planes = _planes(source)
    rows = sum(len(rows_of_letters(_as_picture(plane), np.ones(plane.shape, np.bool_))) for plane in planes)
    if planes.dtype.kind == "f":
        tag, vr = _FLOATS[planes.dtype.itemsize]
        whole = np.where(np.isnan(planes), planes.dtype.type(np.nan), planes)  # a NaN has bits to spare
        made.add(DataElement(tag, vr, whole.astype(whole.dtype.newbyteorder("<")).tobytes()))
    elif made.get("BitsAllocated") == 1:
        made.add(DataElement(_PIXEL_DATA, "OB", pack_bits(planes.astype(np.uint8), pad=True)))
    else:
        write_pixels(made, planes, compressed=False)
    return ExplicitVRLittleEndian, rows


def _planes(source: ImageSource) -> NDArray[Any]:
    """All planes, (planes, rows, columns)."""
    stream, size = open_source(source)
    with stream:
        if size > _LARGEST_BYTES:
            raise InputRefusedError("is over the limit of 1 GiB")
        try:
            planes = np.asarray(pixel_array(dcmread(BytesIO(stream.read()), force=True)))
        except Exception as error:  # a decoder meets whatever a damaged file holds
            raise InputRefusedError("has pixels that cannot be decoded", "ask its maker for it uncompressed") from error
    if planes.ndim == 2:
        planes = planes[None]
    if planes.ndim != 3:
        raise InputRefusedError("has pixels of more than one sample")
    return planes


def _as_picture(plane: NDArray[Any]) -> NDArray[np.uint16]:
    """The plane over the whole range of uint16; what is no number as its lowest value."""
    values = plane.astype(np.float64)
    sound = values[np.isfinite(values)]
    low, high = (float(sound.min()), float(sound.max())) if sound.size else (0.0, 0.0)
    if not 0 < high - low < np.inf:
        return np.zeros(plane.shape, np.uint16)
    scaled = (np.nan_to_num(values, nan=low, posinf=high, neginf=low) - low) * (65535 / (high - low))
    return np.round(scaled).astype(np.uint16)
