"""Owns the table transfer syntax -> decoder, and the decoding in this process. Never reads files or headers.

imagecodecs decodes; where it refuses or lacks a codec, a decoder plugin of pydicom's gets a second try; Pillow decodes
JPEG 2000 at a lower resolution. Each is imported only when there is something to decode. PS3.5 section 8.2, Annex A.4.
"""

from __future__ import annotations

import io
import os
import struct
import zlib
from collections.abc import Callable
from itertools import pairwise
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from mammoview.core.errors import InputRefusedError
from mammoview.dicom.codestream import J2K_START, Codestream, Family
from mammoview.dicom.quiet import caught_warnings

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
_WANTED = {
    Family.RLE: ("PACKBITS",),
    Family.JPEG: ("JPEG8",),
    Family.JPEG_LOSSLESS: ("JPEG8", "JPEGSOF3"),
    Family.JPEG_LS: ("JPEGLS",),
    Family.JPEG_2000: ("JPEG2K",),
    Family.HTJ2K: ("HTJ2K", "JPEG2K"),
    Family.JPEG_XL: ("JPEGXL",),
}
_PLUGINS = {
    Family.JPEG: "pylibjpeg-libjpeg or python-gdcm",
    Family.JPEG_LOSSLESS: "pylibjpeg-libjpeg or python-gdcm",
    Family.JPEG_LS: "pyjpegls or python-gdcm",
    Family.JPEG_2000: "pylibjpeg-openjpeg or python-gdcm",
    Family.HTJ2K: "pylibjpeg-openjpeg",
}
_Decode = Callable[[bytes, Codestream], NDArray[Any]]


class Decoder(Protocol):
    """What decodes one compressed frame: `decode` below in this process, `DecodePool` in others."""

    def decode(
        self, data: bytes, stream: Codestream, *, rgb_unmarked: bool = False, reduce: int = 0
    ) -> NDArray[Any]: ...


class InProcessDecoder:
    """Decodes in the caller's thread: a crash of a codec is a crash of the caller."""

    def decode(self, data: bytes, stream: Codestream, *, rgb_unmarked: bool = False, reduce: int = 0) -> NDArray[Any]:
        """As the function `decode`."""
        return decode(data, stream, rgb_unmarked=rgb_unmarked, reduce=reduce)


def family_of(syntax: str) -> Family:
    """How a transfer syntax codes its pixels; raises InputRefusedError, with its name, for an unknown one."""
    family = SYNTAXES.get(str(syntax))
    if family is None:
        from pydicom import config
        from pydicom.uid import UID

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

    return any(getattr(getattr(imagecodecs, name, None), "available", False) for name in _WANTED[family])


def decode(
    data: bytes, stream: Codestream, *, rgb_unmarked: bool = False, reduce: int = 0, threads: int | None = None
) -> NDArray[Any]:
    """One compressed frame -> (rows, columns[, samples]) of uint8, int8, uint16 or int16.

    `rgb_unmarked`: a JPEG whose header says RGB and whose own markers do not say otherwise. `reduce`: halve a grey JPEG
    2000 picture so often while decoding; its sides are then rounded up. `threads`: how many may work at it, by default
    as many as there are processors, at most 4. RLE and deflated frames come back flat, as bytes of the native layout
    (RLE: planes of samples), and are laid by the caller. Raises InputRefusedError where every decoder refused, with
    the reason, or none is installed, with what to install.
    """
    if reduce:
        return _tried([lambda data, s: _reduced(data, s, reduce)], data, stream)
    workers = threads or min(4, os.cpu_count() or 1)
    decoders = _decoders(stream.family, rgb_unmarked and not stream.marked_colour, workers)
    if not available(stream.family):
        decoders = [_by_plugin]
    elif stream.family is not Family.RLE:  # its segments are checked here: a second decoder would only be slower
        decoders.append(_by_plugin)
    return _tried(decoders, data, stream)


def _tried(decoders: list[_Decode], data: bytes, stream: Codestream) -> NDArray[Any]:
    reason = ""
    for decoder in decoders:
        try:
            return np.asarray(decoder(data, stream))
        except MemoryError:
            raise InputRefusedError(
                f"the {stream.family} pixel data cannot be decoded: more memory was asked for than such an image needs",
                "copy it again",
            ) from None
        except _NoPluginError:
            break
        except Exception as error:  # each codec library has its own exceptions, and some raise bare RuntimeError
            if not reason or decoder is not _by_plugin:
                reason = _reason(error)
    hint = "copy it again" if available(stream.family) else _what_to_install(stream.family)
    cause = f"the {stream.family} pixel data cannot be decoded: {reason or 'no decoder is installed'}"
    raise InputRefusedError(cause, hint)


def _reason(error: Exception) -> str:
    """A decoder's words, where they speak of the picture and not of its own functions."""
    lines = str(error).strip().splitlines()
    if not lines or "_" in lines[0] or isinstance(error, zlib.error):
        return "they are damaged"
    return lines[0][:120]


def _what_to_install(family: Family) -> str:
    plugin = _PLUGINS.get(family)
    return "pip install -U imagecodecs" + (f", or {plugin}" if plugin else "")


class _NoPluginError(Exception):
    """No plugin is installed for a codestream."""


def _by_plugin(data: bytes, stream: Codestream) -> NDArray[Any]:
    from mammoview.dicom.plugins import decode_by_plugin, has_plugin

    if not has_plugin(stream):
        raise _NoPluginError
    with caught_warnings():
        return decode_by_plugin(data, stream)


def _reduced(data: bytes, stream: Codestream, reduce: int) -> NDArray[Any]:
    """Pillow's reading of a JPEG 2000 codestream without its `reduce` finest levels, as stored values.

    Pillow brings values of 9 to 15 bits up to 16 and those of fewer up to 8, and counts signed ones from 0.
    """
    if stream.family is not Family.JPEG_2000 or stream.components != 1 or not 0 < reduce <= stream.levels:
        raise ValueError("it holds no lower resolution")
    from PIL import Image

    picture: Any = Image.open(io.BytesIO(data[data.find(J2K_START) :]), formats=("JPEG2000",))
    with picture:
        step = 1 << reduce
        # Pillow rounds the sides down where OpenJPEG rounds them up, and would then refuse its own decoder's picture
        picture._size = (-(-stream.columns // step) * step, -(-stream.rows // step) * step)
        picture.reduce = reduce
        cells = np.asarray(picture)
    width = 8 * cells.dtype.itemsize
    values = cells >> (width - stream.bits)
    if not stream.signed:
        return values
    return (values.astype(np.uint16) - np.uint16(1 << (stream.bits - 1))).view(np.int16)


def _rle(data: bytes, pixels: int, cell_bytes: int, unpack: Callable[[bytes], bytes | bytearray]) -> NDArray[Any]:
    """PS3.5 Annex G: segments of packed bytes, most significant byte first; flat cells, sample by sample.

    The segments' places are checked here: a decoder given false ones was seen to crash.
    """
    if len(data) < _RLE_HEADER:
        raise ValueError("the header is cut short")
    count, *offsets = struct.unpack("<16I", data[:_RLE_HEADER])
    if not 1 <= count <= 15 or count % cell_bytes:
        raise ValueError(f"{count} segments for cells of {cell_bytes} bytes")
    samples = count // cell_bytes
    cells = np.empty((samples, pixels, cell_bytes), np.uint8)
    for index, (start, end) in enumerate(pairwise([*offsets[:count], len(data)])):
        if not _RLE_HEADER <= start <= end <= len(data):
            raise ValueError("a segment lies outside the frame")
        part = np.frombuffer(unpack(data[start:end]), np.uint8)
        if part.size < pixels:
            raise ValueError(f"{part.size} of {pixels} pixels")
        cells[index // cell_bytes, :, cell_bytes - 1 - index % cell_bytes] = part[:pixels]
    return cells.reshape(-1).view(f"<u{cell_bytes}")


def _decoders(family: Family, rgb: bool, threads: int) -> list[_Decode]:
    import imagecodecs

    colour = "RGB" if rgb else None

    def jpeg(data: bytes, stream: Codestream) -> NDArray[Any]:
        space = colour if stream.components == 3 else None
        return imagecodecs.jpeg8_decode(data, colorspace=space, outcolorspace=space)

    def rle(data: bytes, stream: Codestream) -> NDArray[Any]:
        return _rle(data, stream.rows * stream.columns, stream.bits // 8, imagecodecs.packbits_decode)

    def inflate(data: bytes, stream: Codestream) -> NDArray[Any]:
        promised = stream.rows * stream.columns * max(stream.components, 1) * (stream.bits // 8)
        return np.frombuffer(zlib.decompressobj(-zlib.MAX_WBITS).decompress(data, promised), np.uint8)

    table: dict[Family, list[_Decode]] = {
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
        Family.DEFLATED: [inflate],
    }
    return table[family]
