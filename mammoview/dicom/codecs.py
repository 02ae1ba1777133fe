"""Owns the table transfer syntax -> decoder. Never reads files or headers.

imagecodecs decodes, and is imported only when there is something to decode; PS3.5 section 8.2 and Annex A.4.
"""

from __future__ import annotations

import os
import struct
import zlib
from collections.abc import Callable
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray
from pydicom import config
from pydicom.uid import UID

from mammoview.core.errors import InputRefusedError
from mammoview.dicom.codestream import Codestream, Family

_RLE_HEADER = 64
_PREFIX = "1.2.840.10008.1.2"
SYNTAXES: dict[str, Family] = {
    _PREFIX: Family.NATIVE,
    f"{_PREFIX}.1": Family.NATIVE,
    f"{_PREFIX}.1.99": Family.NATIVE,
    f"{_PREFIX}.2": Family.NATIVE,
    f"{_PREFIX}.1.98": Family.NATIVE,
    f"{_PREFIX}.5": Family.RLE,
    **{f"{_PREFIX}.4.{number}": Family.JPEG for number in (50, 51, 53, 55)},
    **{f"{_PREFIX}.4.{number}": Family.JPEG_LOSSLESS for number in (57, 70)},
    **{f"{_PREFIX}.4.{number}": Family.JPEG_LS for number in (80, 81)},
    **{f"{_PREFIX}.4.{number}": Family.JPEG_2000 for number in (90, 91)},
    **{f"{_PREFIX}.4.{number}": Family.HTJ2K for number in (201, 202, 203)},
    **{f"{_PREFIX}.4.{number}": Family.JPEG_XL for number in (110, 111, 112)},
    f"{_PREFIX}.8.1": Family.DEFLATED,
}
LOSSY_SYNTAXES = frozenset(f"{_PREFIX}.4.{number}" for number in (50, 51, 53, 55, 81, 111))
Decoder = Callable[[bytes, Codestream], NDArray[Any]]


def family_of(syntax: UID | str) -> Family:
    """How a transfer syntax codes its pixels; raises InputRefusedError, with its name, for an unknown one."""
    family = SYNTAXES.get(str(syntax))
    if family is None:
        uid = UID(str(syntax), validation_mode=config.IGNORE)
        name = str(uid) if uid.name == str(uid) else f"{uid}, {uid.name}"
        raise InputRefusedError(
            f"unknown transfer syntax {name}", "send it again uncompressed, as Explicit VR Little Endian"
        )
    return family


def available(family: Family) -> bool:
    """Whether this installation can decode a family."""
    if family in (Family.NATIVE, Family.DEFLATED):
        return True
    import imagecodecs

    wanted = {
        Family.RLE: ("PACKBITS",),
        Family.JPEG: ("JPEG8",),
        Family.JPEG_LOSSLESS: ("JPEG8", "JPEGSOF3"),
        Family.JPEG_LS: ("JPEGLS",),
        Family.JPEG_2000: ("JPEG2K",),
        Family.HTJ2K: ("HTJ2K", "JPEG2K"),
        Family.JPEG_XL: ("JPEGXL",),
    }[family]
    return any(getattr(getattr(imagecodecs, name, None), "available", False) for name in wanted)


def decode(data: bytes, stream: Codestream, *, rgb_unmarked: bool = False) -> NDArray[Any]:
    """One compressed frame -> (rows, columns[, samples]) of uint8, int8, uint16 or int16.

    `rgb_unmarked`: a JPEG whose header says RGB and whose own markers do not say otherwise. RLE and deflated
    frames come back flat, as bytes of the native layout (RLE: planes of samples), and are laid by the caller.
    Raises InputRefusedError where every decoder refused, with the last one's reason.
    """
    reasons: list[str] = []
    for decoder in _decoders(stream.family, rgb_unmarked and not stream.marked_colour):
        try:
            return np.asarray(decoder(data, stream))
        except Exception as error:  # each codec library has its own exceptions, and some raise bare RuntimeError
            lines = str(error).strip().splitlines()
            reasons.append(lines[0][:120] if lines else type(error).__name__)
    reason = reasons[-1] if reasons else "no decoder is installed"
    raise InputRefusedError(f"the {stream.family} pixel data cannot be decoded: {reason}", "copy it again")


def _rle(data: bytes, pixels: int, cell_bytes: int, unpack: Callable[[bytes], bytes | bytearray]) -> NDArray[Any]:
    """PS3.5 Annex G: segments of packed bytes, most significant byte first; flat cells, sample by sample.

    The segments' places are checked here: a decoder given false ones was seen to crash.
    """
    if len(data) < _RLE_HEADER:
        raise ValueError("the header is cut short")
    count, *offsets = struct.unpack("<16I", data[:_RLE_HEADER])
    if not 1 <= count <= 15 or count % cell_bytes:
        raise ValueError(f"{count} segments for cells of {cell_bytes} bytes")
    planes = np.zeros((count, pixels), np.uint8)
    for index, (start, end) in enumerate(pairwise([*offsets[:count], len(data)])):
        if not _RLE_HEADER <= start <= end <= len(data):
            raise ValueError("a segment lies outside the frame")
        part = np.frombuffer(unpack(data[start:end]), np.uint8)
        if part.size < pixels:
            raise ValueError(f"{part.size} of {pixels} pixels")
        planes[index] = part[:pixels]
    cells = planes.reshape(-1, cell_bytes, pixels)[:, ::-1].transpose(0, 2, 1)
    return np.ascontiguousarray(cells).reshape(-1).view(f"<u{cell_bytes}")


def _decoders(family: Family, rgb: bool) -> list[Decoder]:
    import imagecodecs

    threads = min(4, os.cpu_count() or 1)
    colour = "RGB" if rgb else None

    def jpeg(data: bytes, stream: Codestream) -> NDArray[Any]:
        space = colour if stream.components == 3 else None
        return imagecodecs.jpeg8_decode(data, colorspace=space, outcolorspace=space)

    def rle(data: bytes, stream: Codestream) -> NDArray[Any]:
        return _rle(data, stream.rows * stream.columns, stream.bits // 8, imagecodecs.packbits_decode)

    table: dict[Family, list[Decoder]] = {
        Family.RLE: [rle],
        Family.JPEG: [jpeg],
        # imagecodecs' third one, ljpeg, was seen to crash on damaged streams
        Family.JPEG_LOSSLESS: [jpeg, lambda data, s: imagecodecs.jpegsof3_decode(data)],
        Family.JPEG_LS: [lambda data, s: imagecodecs.jpegls_decode(data)],
        Family.JPEG_2000: [lambda data, s: imagecodecs.jpeg2k_decode(data, numthreads=threads)],
        Family.HTJ2K: [
            lambda data, s: imagecodecs.htj2k_decode(data),
            lambda data, s: imagecodecs.jpeg2k_decode(data, numthreads=threads),
        ],
        Family.JPEG_XL: [lambda data, s: imagecodecs.jpegxl_decode(data, numthreads=threads)],
        Family.DEFLATED: [lambda data, s: np.frombuffer(zlib.decompress(data, -zlib.MAX_WBITS), np.uint8)],
    }
    return table[family]
