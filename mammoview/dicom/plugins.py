"""Owns the second try: pydicom's own decoder plugins, such as pylibjpeg and GDCM. Never imported before it is needed.

What a plugin may read is found by the codestream's own account, as the declared transfer syntax may be wrong.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from pydicom.encaps import encapsulate
from pydicom.pixels.decoders.base import get_decoder
from pydicom.uid import UID

from mammoview.dicom.codestream import Codestream, Family

_PREFIX = "1.2.840.10008.1.2"
_SYNTAX = {
    Family.RLE: f"{_PREFIX}.5",
    Family.JPEG_LOSSLESS: f"{_PREFIX}.4.57",
    Family.JPEG_LS: f"{_PREFIX}.4.81",
    Family.JPEG_2000: f"{_PREFIX}.4.91",
    Family.HTJ2K: f"{_PREFIX}.4.203",
}


def syntax_for(stream: Codestream) -> UID | None:
    """The transfer syntax by which pydicom knows such a codestream; None where it has none."""
    if stream.family is Family.JPEG:
        return UID(f"{_PREFIX}.4.{50 if stream.bits <= 8 else 51}")
    name = _SYNTAX.get(stream.family)
    return None if name is None else UID(name)


def has_plugin(stream: Codestream) -> bool:
    """Whether a plugin that can decode such a codestream is installed."""
    syntax = syntax_for(stream)
    return syntax is not None and bool(get_decoder(syntax).is_available)


def decode_by_plugin(data: bytes, stream: Codestream) -> NDArray[Any]:
    """One grey frame -> (rows, columns) of unsigned, or for a signed JPEG 2000 codestream signed, integers.

    Raises LookupError where no plugin is installed, ValueError for colour, and what the plugins raise.
    """
    syntax = syntax_for(stream)
    if syntax is None or not has_plugin(stream):
        raise LookupError("no decoder is installed")
    if stream.components > 1:
        raise ValueError("colour")
    options: Any = {
        "rows": stream.rows,
        "columns": stream.columns,
        "number_of_frames": 1,
        "samples_per_pixel": 1,
        "bits_allocated": 8 if stream.bits <= 8 else 16,
        "bits_stored": stream.bits,
        "pixel_representation": int(stream.signed),
        "photometric_interpretation": "MONOCHROME2",
        "pixel_keyword": "PixelData",
        "transfer_syntax_uid": syntax,
    }
    array, _ = get_decoder(syntax).as_array(encapsulate([data]), index=0, raw=True, **options)
    return np.ascontiguousarray(array)
