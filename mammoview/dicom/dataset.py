"""Owns the parsing of one DICOM file up to its pixel data. Never decodes pixels or interprets elements."""

from __future__ import annotations

import struct
from dataclasses import dataclass
from itertools import count
from typing import BinaryIO

from pydicom import config
from pydicom.dataset import FileDataset
from pydicom.filereader import read_partial
from pydicom.uid import UID, DeflatedExplicitVRLittleEndian, ExplicitVRBigEndian

from mammoview.core.errors import InputRefusedError
from mammoview.core.study import ImageSource
from mammoview.dicom.bounds import SHORT_BYTES, Bounded
from mammoview.dicom.elements import Elements
from mammoview.dicom.quiet import caught_warnings
from mammoview.dicom.sources import first_bytes, one_line, open_source

UNDEFINED_LENGTH = 0xFFFFFFFF
PIXEL_DATA, FLOAT_PIXEL_DATA, DOUBLE_PIXEL_DATA = 0x7FE00010, 0x7FE00008, 0x7FE00009
_LONG_VRS = frozenset({"OB", "OW", "OF", "OD", "OL", "OV", "UN", "UT", "UC", "UR", "SQ", "SV", "UV"})
_MOST_ELEMENTS = 20_000
_ITEM, _DELIMITER = 0xFFFEE000, 0xFFFEE0DD


@dataclass(frozen=True, slots=True)
class PixelElement:
    """The pixel data element's own header: its tag, VR, declared length and where its value starts in the
    stream.

    `value_at` is None where the stream is not the file's own (deflated data sets).
    """

    tag: int
    vr: str
    length: int
    value_at: int | None

    @property
    def encapsulated(self) -> bool:
        return self.length == UNDEFINED_LENGTH


@dataclass(frozen=True, slots=True, eq=False)
class ParsedFile:
    """A data set without pixel data, the pixel element's header, pydicom's warnings, the file's size."""

    dataset: FileDataset
    pixels: PixelElement | None
    warnings: tuple[str, ...]
    size: int
    transfer_syntax: UID | None  # (0002,0010) as the file declares it
    sop_class: UID | None

    @property
    def big_endian(self) -> bool:
        return self.transfer_syntax == ExplicitVRBigEndian


def looks_like_dicom(start: bytes) -> bool:
    """Whether there is the DICM prefix (PS3.10 7.1), or at once an element of group 0002 or 0008."""
    return has_prefix(start) or _begins_with_element(start)


def has_prefix(start: bytes) -> bool:
    return start[128:132] == b"DICM"


def _begins_with_element(start: bytes) -> bool:
    if len(start) < 16:
        return False
    group, element, length = struct.unpack("<HHI", start[:8])
    if group not in (0x0002, 0x0008) or element > 0x0100:
        return False
    return (start[4:6].isalpha() and start[4:6].isupper()) or length < 256


def parse_source(source: ImageSource) -> ParsedFile:
    """The source's data set; raises InputRefusedError where it is not readable DICOM."""
    start = first_bytes(source, 256)
    stream, size = open_source(source)
    try:
        return parse_stream(stream, size, start)
    finally:
        stream.close()


def parse_stream(stream: BinaryIO, size: int, start: bytes) -> ParsedFile:
    """As `parse_source`, from a stream of `size` bytes at its start; `start` are its first 132 or more."""
    if size == 0:
        raise InputRefusedError("is empty", "copy it again")
    if not looks_like_dicom(start):
        raise InputRefusedError("is not a DICOM file or a PNG, JPEG or TIFF picture")
    found: list[tuple[int, str, int]] = []
    elements = count(1)

    def is_pixel_data(tag: int, vr: str | None, length: int) -> bool:
        if next(elements) > _MOST_ELEMENTS:  # of zeros, as of a file's unwritten end, each eight are an element
            raise ValueError("it has no end of elements")
        if int(tag) not in (PIXEL_DATA, FLOAT_PIXEL_DATA, DOUBLE_PIXEL_DATA):
            return False
        found.append((int(tag), vr or "", length))
        return True

    with caught_warnings() as lines:
        try:
            bounded = Bounded(stream, start)
            dataset = read_partial(bounded.file, stop_when=is_pixel_data, force=True)
            meta = Elements(dataset.file_meta, [])
            is_short = not found and _last_is_short(dataset)
            left_out = bounded.settle(dataset) if stream.tell() > SHORT_BYTES else []
        except InputRefusedError:
            raise
        except Exception as error:  # whatever pydicom meets in a damaged file: it has many exceptions
            raise InputRefusedError(f"is damaged or truncated: {one_line(error)}", "copy it again") from error
        syntax = meta.uid("TransferSyntaxUID")
        sop_class = Elements(dataset).uid("SOPClassUID") or meta.uid("MediaStorageSOPClassUID")
    warnings = tuple(line for line in dict.fromkeys((*left_out, *lines)) if "End of file reached" not in line)
    uids = (_uid(syntax), _uid(sop_class))
    if not found:
        if any("End of file reached" in line for line in lines) or is_short:
            raise InputRefusedError("is truncated: the file ends within its header", "copy it again")
        return ParsedFile(dataset, None, warnings, size, *uids)
    tag, vr, length = found[-1]
    value_at = None
    if syntax != DeflatedExplicitVRLittleEndian:
        value_at = stream.tell() + (12 if vr in _LONG_VRS else 8)
    return ParsedFile(dataset, PixelElement(tag, vr, length, value_at), warnings, size, *uids)


def deflated_pixels(stream: BinaryIO) -> bytes:
    """The value of Pixel Data of a file of which all was deflated behind its meta information (PS3.5 A.5).

    What follows is not read: it may be zeros, of which eight look like an element. Raises what pydicom raises.
    """
    tags: list[object] = []

    def behind_pixels(tag: object, vr: str | None, length: int) -> bool:
        tags.append(tag)
        return PIXEL_DATA in tags[-2:-1]

    stream.seek(0)
    with caught_warnings():
        return bytes(read_partial(stream, stop_when=behind_pixels, force=True).PixelData)


def _uid(text: str | None) -> UID | None:
    return None if text is None else UID(text[:64], validation_mode=config.IGNORE)


def _last_is_short(dataset: FileDataset) -> bool:
    """Whether the last element's value is shorter than it declares."""
    tags = sorted(dataset.keys())
    if not tags:
        return True
    last = dataset.get_item(tags[-1])
    length = getattr(last, "length", None)
    value = getattr(last, "value", None)
    return isinstance(length, int) and isinstance(value, bytes) and length != UNDEFINED_LENGTH and len(value) < length


def missing_bytes(stream: BinaryIO, parsed: ParsedFile, *, seekable: bool) -> tuple[int, int] | None:
    """(bytes there, bytes declared) where the file ends within its pixel data, else None.

    Walks the fragments of encapsulated pixel data (PS3.5 A.4) by their item headers; with `seekable` False
    (an archive's member) no further than the first fragment.
    """
    pixels = parsed.pixels
    if pixels is None or pixels.value_at is None:
        return None
    if not pixels.encapsulated:
        there = parsed.size - pixels.value_at
        return (max(there, 0), pixels.length) if there < pixels.length else None
    at, fragments = pixels.value_at, 0
    while at + 8 <= parsed.size:
        stream.seek(at)
        header = stream.read(8)
        if len(header) < 8:
            return None
        group, element, length = struct.unpack("<HHI", header)
        if group << 16 | element != _ITEM:
            return None
        at += 8 + length
        if at > parsed.size:
            return parsed.size - pixels.value_at, at - pixels.value_at
        fragments += 1
        if not seekable and fragments == 2:
            return None
    return None if fragments > 1 else (max(parsed.size - pixels.value_at, 0), at - pixels.value_at + 8)


def fragments_in(stream: BinaryIO, parsed: ParsedFile, wanted: int) -> int:
    """How many fragments that are not empty the encapsulated pixel data hold behind their offset table (PS3.5 A.4),
    counted no further than `wanted`. Every frame has one at least.
    """
    pixels = parsed.pixels
    if pixels is None or pixels.value_at is None:
        return 0
    at, items, found = pixels.value_at, 0, 0
    while found < wanted and at + 8 <= parsed.size:
        stream.seek(at)
        group, element, length = struct.unpack("<HHI", stream.read(8).ljust(8, b"\0"))
        if group << 16 | element != _ITEM:
            break
        found += items > 0 and length > 0
        items += 1
        at += 8 + length
    return found
