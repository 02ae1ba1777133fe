"""Owns the recognition of a compressed picture by its own bytes. Never decodes it.

A file may declare one transfer syntax and hold another; and a codestream's declared size is checked before a
decoder allocates memory for it.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from enum import StrEnum


class Family(StrEnum):
    """How pixel data are coded."""

    NATIVE = "uncompressed"
    RLE = "RLE"
    JPEG = "JPEG"
    JPEG_LOSSLESS = "JPEG Lossless"
    JPEG_LS = "JPEG-LS"
    JPEG_2000 = "JPEG 2000"
    HTJ2K = "High-Throughput JPEG 2000"
    JPEG_XL = "JPEG XL"
    DEFLATED = "deflated frame"


@dataclass(frozen=True, slots=True)
class Codestream:
    """What a codestream says of itself; size 0 where it was not looked for.

    `signed`: JPEG 2000 only, the others hold bits. `levels`: how often a JPEG 2000 picture can be halved, 0 where it
    does not tell. `lossy`: by its own account values were given up when it was made.
    """

    family: Family
    rows: int = 0
    columns: int = 0
    components: int = 0
    bits: int = 0
    ended: bool = True
    marked_colour: bool = False
    signed: bool = False
    levels: int = 0
    lossy: bool = False


_SOI, _EOI = b"\xff\xd8", b"\xff\xd9"
_JP2_BOX = b"\x00\x00\x00\x0cjP  "
J2K_START = b"\xff\x4f\xff\x51"
_JXL_BOX = b"\x00\x00\x00\x0cJXL "
_SOF_LOSSLESS, _SOF_LS = 0xC3, 0xF7
_SOF_LOSSY = frozenset({0xC0, 0xC1, 0xC2, 0xC9, 0xCA})
_SOS = 0xDA
_CAP, _COD, _SOT = 0xFF50, 0xFF52, 0xFF90
_TAIL = 4096


def recognise(data: bytes) -> Codestream | None:
    """The codestream that `data` begin with; None where the bytes are of no kind that marks itself."""
    if data.startswith(_SOI):
        return _jpeg(data)
    if data.startswith(J2K_START):
        return _jpeg_2000(data, 0)
    if data.startswith(_JP2_BOX):
        start = data.find(J2K_START, 0, 1 << 16)
        return _jpeg_2000(data, start) if start >= 0 else Codestream(Family.JPEG_2000)
    if data.startswith((_JXL_BOX, b"\xff\x0a")):
        return Codestream(Family.JPEG_XL)
    return None


def _has_end(data: bytes) -> bool:
    return data.rfind(_EOI, max(0, len(data) - _TAIL)) >= 0


def _jpeg(data: bytes) -> Codestream | None:
    """Walks the marker segments (ISO 10918-1 B.1.1.4) to the frame header."""
    at, marked = 2, False
    while at + 4 <= len(data):
        if data[at] != 0xFF:
            return None
        marker = data[at + 1]
        if marker == 0xFF:
            at += 1
            continue
        length = int.from_bytes(data[at + 2 : at + 4], "big")
        if marker in (0xE0, 0xEE):
            marked = marked or data[at + 4 : at + 9] in (b"JFIF\0", b"Adobe")
        family = (
            Family.JPEG_LOSSLESS
            if marker == _SOF_LOSSLESS
            else Family.JPEG_LS
            if marker == _SOF_LS
            else Family.JPEG
            if marker in _SOF_LOSSY
            else None
        )
        if family is not None and at + 10 <= len(data):
            bits, rows, columns, components = struct.unpack(">BHHB", data[at + 4 : at + 10])
            lossy = family is Family.JPEG or (family is Family.JPEG_LS and _is_near_lossless(data, at + 2 + length))
            return Codestream(family, rows, columns, components, bits, _has_end(data), marked, lossy=lossy)
        at += 2 + length
    return None


def _is_near_lossless(data: bytes, at: int) -> bool:
    """Whether the first scan behind a JPEG-LS frame header gives NEAR over 0 (ISO 14495-1 C.2.3)."""
    while at + 5 <= len(data) and data[at] == 0xFF:
        length = int.from_bytes(data[at + 2 : at + 4], "big")
        if data[at + 1] == _SOS:
            near = at + 5 + 2 * data[at + 4]
            return near < len(data) and data[near] > 0
        at += 2 + length
    return False


def _jpeg_2000(data: bytes, start: int) -> Codestream:
    """Reads the main header (ISO 15444-1 A.5.1, A.6.1): SIZ, then COD; a CAP segment means part 15, HTJ2K."""
    if len(data) < start + 43:
        return Codestream(Family.JPEG_2000, ended=False)
    width, height, left, top = struct.unpack(">4I", data[start + 8 : start + 24])
    components = int.from_bytes(data[start + 40 : start + 42], "big")
    family, levels, lossy = Family.JPEG_2000, 0, False
    at = start + 2
    while at + 4 <= len(data):
        marker, length = struct.unpack(">HH", data[at : at + 4])
        if marker == _SOT or marker < 0xFF00 or length < 2:
            break
        if marker == _CAP:
            family = Family.HTJ2K
        elif marker == _COD and at + 14 <= len(data):
            levels, lossy = data[at + 9], data[at + 13] == 0
        at += 2 + length
    return Codestream(
        family,
        height - top,
        width - left,
        components,
        (data[start + 42] & 0x7F) + 1,
        _has_end(data),
        signed=data[start + 42] > 0x7F,
        levels=0 if left or top else levels,
        lossy=lossy,
    )
