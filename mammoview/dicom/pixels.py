"""Owns the way from a file's pixel data to the stored values of one frame. Never applies a window or a LUT.

PS3.5 8.1.1 (cells, High Bit), 8.2 and A.4 (native and encapsulated), PS3.3 C.7.6.3.1.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass, replace
from typing import Any, BinaryIO

import numpy as np
from numpy.typing import NDArray
from pydicom.encaps import get_frame

from mammoview.core.buffers import BUFFERS
from mammoview.core.errors import InputRefusedError
from mammoview.core.image import StoredPixels
from mammoview.core.window import PixelPadding
from mammoview.dicom import colour
from mammoview.dicom.cells import padding_beyond, stored_of
from mammoview.dicom.codecs import Decoder, InProcessDecoder, family_of
from mammoview.dicom.codestream import Codestream, Family, recognise
from mammoview.dicom.dataset import (
    PIXEL_DATA,
    ParsedFile,
    PixelElement,
    deflated_pixels,
    fragments_in,
    missing_bytes,
)
from mammoview.dicom.elements import Elements
from mammoview.dicom.greyscale import is_colour, padding_of, stored_bits
from mammoview.dicom.quiet import caught_warnings
from mammoview.dicom.sources import one_line

_AGAIN = "copy it again"
MAX_PIXELS = 400_000_000
_PREVIEW_PIXELS, _PREVIEW_SIDE_PX, _PREVIEW_LEVELS = 2_000_000, 512, 2
_LEAST_FRAME_BYTES = 64  # compressed; less than the marks of any codestream
_ITEM_START = b"\xfe\xff\x00\xe0"


@dataclass(frozen=True, slots=True)
class Layout:
    """How a frame lies in memory (PS3.3 C.7.6.3). `padding_beyond`: as of `padding_beyond`."""

    rows: int
    columns: int
    frames: int
    samples: int
    planar: bool
    bits_allocated: int
    bits_stored: int
    high_bit: int
    signed: bool
    photometric: str
    is_colour: bool
    padding_beyond: PixelPadding | None

    @property
    def frame_bytes(self) -> int:
        """Bytes of a native frame; YBR_FULL_422 halves the two colour samples."""
        samples = 2 if self.photometric == "YBR_FULL_422" else self.samples
        return self.rows * self.columns * samples * self.bits_allocated // 8


@dataclass(frozen=True, slots=True, eq=False)
class FramePixels:
    """One decoded frame, and what was found while decoding it.

    `stored`: (rows, columns) of uint8, uint16 or int16, C-contiguous; of colour its luminance, uint8. `lossy`: the
    codestream itself says that values were given up. `cells`: grey pixels as they lie in the file, (rows, columns), not
    masked or shifted; None for colour and previews. `coloured`: as of `colour.has_colours`.
    """

    stored: StoredPixels
    warnings: tuple[str, ...]
    lossy: bool = False
    cells: NDArray[Any] | None = None
    coloured: bool = False


def layout_of(parsed: ParsedFile) -> Layout:
    """The layout of a parsed file's frames; raises InputRefusedError for a kind that cannot be shown."""
    if parsed.pixels is None:
        raise InputRefusedError("has no pixel data")
    with caught_warnings():
        return _layout(parsed.pixels, Elements(parsed.dataset))


def _layout(pixels: PixelElement, elements: Elements) -> Layout:
    allocated = elements.integer("BitsAllocated") or 0
    if pixels.tag != PIXEL_DATA:
        raise InputRefusedError("holds floating-point pixels, which cannot be shown")
    if allocated not in (8, 16):
        raise InputRefusedError(f"holds pixels of {allocated} bits; 8 and 16 can be shown")
    samples = elements.integer("SamplesPerPixel") or 1
    if samples not in (1, 3):
        raise InputRefusedError(f"holds {samples} samples per pixel; 1 and 3 can be shown")
    rows, columns = elements.integer("Rows") or 0, elements.integer("Columns") or 0
    if rows < 1 or columns < 1:
        raise InputRefusedError("gives no size: Rows or Columns are missing or 0")
    if rows * columns > MAX_PIXELS:
        raise InputRefusedError(f"is {columns} x {rows} pixels, over the limit of {MAX_PIXELS // 10**6} megapixels")
    bits = stored_bits(elements)
    high_bit = elements.integer("HighBit")
    if high_bit is None or not bits - 1 <= high_bit < allocated:
        high_bit = bits - 1
    signed = elements.integer("PixelRepresentation") == 1
    return Layout(
        rows=rows,
        columns=columns,
        frames=max(elements.integer("NumberOfFrames") or 1, 1),
        samples=samples,
        planar=elements.integer("PlanarConfiguration") == 1,
        bits_allocated=allocated,
        bits_stored=bits,
        high_bit=high_bit,
        signed=signed,
        photometric=elements.code("PhotometricInterpretation"),
        is_colour=is_colour(elements),
        padding_beyond=padding_beyond(padding_of(elements, bits=bits, signed=signed), bits, signed=signed),
    )


def check_pixels(stream: BinaryIO, parsed: ParsedFile, *, seekable: bool) -> None:
    """Raises InputRefusedError where the pixels can be seen to be missing, cut short, fewer than Number of Frames
    (0028,0008) promises or of an unknown kind, undecoded.

    With `seekable` False the stream is only read forwards, unless the frames would be too small to be any.
    """
    layout = layout_of(parsed)
    if parsed.transfer_syntax is not None:
        family_of(parsed.transfer_syntax)
    cut = missing_bytes(stream, parsed, seekable=seekable)
    if cut is not None:
        raise InputRefusedError(f"truncated: {cut[0]} of {cut[1]} bytes of pixel data", _AGAIN)
    pixels = parsed.pixels
    if pixels is None:
        return
    if pixels.encapsulated:
        if seekable or layout.frames * _LEAST_FRAME_BYTES > parsed.size:
            _require_fragments(stream, parsed, layout.frames)
        return
    expected = layout.frame_bytes * layout.frames
    if pixels.length >= expected:
        return
    start = b""
    if pixels.value_at is not None:
        stream.seek(pixels.value_at)
        start = stream.read(min(pixels.length, 1 << 16))
    if start.startswith(_ITEM_START):
        _require_fragments(stream, parsed, layout.frames)
    elif layout.frames > 1 or recognise(start) is None:
        raise InputRefusedError(f"truncated: {pixels.length} of {expected} bytes of pixel data", _AGAIN)


def _require_fragments(stream: BinaryIO, parsed: ParsedFile, frames: int) -> None:
    if frames > 1:
        found = fragments_in(stream, parsed, frames)
        if found < frames:
            raise InputRefusedError(f"truncated: {found} of {frames} frames of compressed pixel data", _AGAIN)


def decode_frame(stream: BinaryIO, parsed: ParsedFile, frame: int, decoder: Decoder | None = None) -> FramePixels:
    """One frame (counted from 1). `stream` is the file that `parsed` was read from; `decoder` decodes what is
    compressed, by default in this thread.

    Raises InputRefusedError where the pixels are cut short or cannot be decoded.
    """
    layout, found, data, warnings = _found(stream, parsed, frame)
    if isinstance(data, memoryview) or found.family is Family.NATIVE:
        raw = _native(data, layout, parsed)
    else:
        raw = _compressed(data, found, layout, warnings, decoder or InProcessDecoder())
    shape = (layout.rows, layout.columns)
    if raw.shape[:2] != shape:
        raise InputRefusedError(
            f"holds {'x'.join(map(str, raw.shape))} pixels where its header says {shape[0]}x{shape[1]}"
        )
    if layout.is_colour:
        grey, coloured = colour.luminance(raw, layout.photometric, layout.bits_stored, parsed.dataset, found.family)
        return FramePixels(grey, tuple(warnings), found.lossy, coloured=coloured)
    cells = raw[:, :, 0] if raw.ndim == 3 and raw.shape[2] == 1 else raw
    if cells.ndim != 2:
        raise InputRefusedError("holds a colour picture where its header says grey")
    in_cells = found.family in (Family.NATIVE, Family.RLE, Family.DEFLATED)
    stored = stored_of(
        cells,
        layout.bits_stored,
        signed=layout.signed,
        shift=layout.high_bit - layout.bits_stored + 1 if in_cells else 0,
        bits_allocated=layout.bits_allocated,
        beyond=layout.padding_beyond,
        warnings=warnings,
    )
    return FramePixels(stored, tuple(warnings), found.lossy, cells)


def decode_preview(
    stream: BinaryIO, parsed: ParsedFile, frame: int, decoder: Decoder | None = None
) -> FramePixels | None:
    """A frame at a quarter of its resolution or less, of 512 pixels or more along its longer side, each value repeated:
    a JPEG 2000 picture of two megapixels or more, grey, that holds such a resolution. None for all others, and where
    it cannot be decoded: the whole will say why.

    A value of the low resolution is about the mean around the pixel that it stands on, so that each pixel gets the
    nearest one. Raises InputRefusedError as `decode_frame` where the frame is not there.
    """
    layout, found, data, warnings = _found(stream, parsed, frame)
    is_grey = layout.samples == 1 and not layout.is_colour
    if (
        found.family is not Family.JPEG_2000
        or found.levels < _PREVIEW_LEVELS
        or found.signed != layout.signed
        or not is_grey
        or isinstance(data, memoryview)
        or layout.rows * layout.columns < _PREVIEW_PIXELS
    ):
        return None
    reduce = _PREVIEW_LEVELS
    while reduce < found.levels and max(layout.rows, layout.columns) >> reduce + 1 >= _PREVIEW_SIDE_PX:
        reduce += 1
    try:
        small = (decoder or InProcessDecoder()).decode(data, found, reduce=reduce)
    except InputRefusedError:
        return None
    least = -(1 << layout.bits_stored - 1) if layout.signed else 0
    kind = np.int16 if layout.signed else np.uint8 if layout.bits_allocated == 8 else np.uint16
    # the wavelet overshoots at edges: what Bits Stored cannot hold would turn over
    small = np.clip(small, least, least + (1 << layout.bits_stored) - 1).astype(kind)
    return FramePixels(_repeated(small, layout.rows, layout.columns, 1 << reduce), tuple(warnings), found.lossy)


def _repeated(small: NDArray[Any], rows: int, columns: int, step: int) -> NDArray[Any]:
    """(rows, columns) of which each has the value of `small` that stands nearest, at `step` times its index."""
    row, column = ((np.arange(count) + step // 2) // step for count in (rows, columns))
    wide: NDArray[Any] = small.take(column, axis=1, mode="clip")
    tall = BUFFERS.empty((rows, columns), small.dtype)
    wide.take(row, axis=0, out=tall, mode="clip")
    return tall


def _found(
    stream: BinaryIO, parsed: ParsedFile, frame: int
) -> tuple[Layout, Codestream, bytes | memoryview, list[str]]:
    """The frame's layout, what its bytes are, the bytes, and warnings."""
    layout = layout_of(parsed)
    if not 1 <= frame <= layout.frames:
        raise InputRefusedError(f"has {layout.frames} frame(s); there is no frame {frame}", "frames count from 1")
    warnings: list[str] = []
    syntax = parsed.transfer_syntax
    declared = Family.NATIVE if syntax is None else family_of(syntax)
    data, encapsulated = _frame_bytes(stream, parsed, layout, frame, declared)
    found = Codestream(Family.NATIVE) if isinstance(data, memoryview) else _actual(data, declared, layout, encapsulated)
    if found.family is not declared:
        warnings.append(f"the file declares {declared} pixels but holds {found.family}: opened as {found.family}")
    elif syntax is None and found.family is not Family.NATIVE:
        warnings.append(f"the file declares no transfer syntax; it holds {found.family}")
    return layout, found, data, warnings


def _frame_bytes(
    stream: BinaryIO, parsed: ParsedFile, layout: Layout, frame: int, declared: Family
) -> tuple[bytes | memoryview, bool]:
    """The frame's bytes, and whether they were encapsulated."""
    pixels = parsed.pixels
    assert pixels is not None
    if pixels.value_at is None:
        return _deflated(stream, layout, frame), False
    if pixels.encapsulated:
        stream.seek(pixels.value_at)
        return _fragment_of(stream, parsed, layout, frame), True
    there = parsed.size - pixels.value_at
    if there < pixels.length:
        raise InputRefusedError(f"truncated: {max(there, 0)} of {pixels.length} bytes of pixel data", _AGAIN)
    expected = layout.frame_bytes * layout.frames
    if pixels.length < expected:
        # no room for uncompressed frames: a codestream without encapsulation, or a short file
        stream.seek(pixels.value_at)
        data = stream.read(pixels.length)
        if data.startswith(_ITEM_START):
            return _fragment_of(data, parsed, layout, frame), True
        if layout.frames == 1 and recognise(data) is not None:
            return data, True
        raise InputRefusedError(f"truncated: {pixels.length} of {expected} bytes of pixel data", _AGAIN)
    stream.seek(pixels.value_at + (frame - 1) * layout.frame_bytes)
    if declared is Family.DEFLATED:
        return stream.read(layout.frame_bytes), False
    frame_data = memoryview(BUFFERS.empty((layout.frame_bytes,), np.uint8).data)
    got = 0
    while got < layout.frame_bytes:
        more = stream.readinto(frame_data[got:])  # type: ignore[attr-defined]
        if not more:
            raise InputRefusedError(f"truncated: {got} of {layout.frame_bytes} bytes of the frame", _AGAIN)
        got += more
    return frame_data, False


def _deflated(stream: BinaryIO, layout: Layout, frame: int) -> bytes:
    """A frame of a file of which all was deflated behind its meta information (PS3.5 A.5)."""
    data = deflated_pixels(stream)
    start = (frame - 1) * layout.frame_bytes
    if len(data) < layout.frame_bytes * layout.frames:
        raise InputRefusedError(
            f"truncated: {len(data)} of {layout.frame_bytes * layout.frames} bytes of pixel data",
            _AGAIN,
        )
    return bytes(data[start : start + layout.frame_bytes])


def _fragment_of(buffer: BinaryIO | bytes, parsed: ParsedFile, layout: Layout, frame: int) -> bytes:
    """One encapsulated frame's bytes (PS3.5 A.4), with or without an offset table."""
    dataset = parsed.dataset
    extended = None
    if "ExtendedOffsetTable" in dataset and "ExtendedOffsetTableLengths" in dataset:
        extended = (dataset.ExtendedOffsetTable, dataset.ExtendedOffsetTableLengths)
    try:
        with caught_warnings():
            return get_frame(
                buffer,
                frame - 1,
                number_of_frames=layout.frames,
                extended_offsets=extended,
                endianness=">" if parsed.big_endian else "<",
            )
    except (ValueError, EOFError, OSError, struct.error, IndexError) as error:
        raise InputRefusedError(f"the compressed pixel data are damaged: {one_line(error)}", _AGAIN) from error


def _actual(data: bytes, declared: Family, layout: Layout, encapsulated: bool) -> Codestream:
    """What the bytes are: by their own marks where they have any, else as declared."""
    if not encapsulated and len(data) == layout.frame_bytes and declared is not Family.DEFLATED:
        return Codestream(Family.NATIVE)
    found = recognise(data)
    if found is not None:
        if found.rows and (found.rows, found.columns) != (layout.rows, layout.columns):
            raise InputRefusedError(
                f"holds a picture of {found.columns} x {found.rows} pixels where its header says "
                f"{layout.columns} x {layout.rows}"
            )
        if found.components not in (0, layout.samples) or found.bits > 16:
            raise InputRefusedError(
                f"holds a picture of {found.components} components of {found.bits} bits where its header says "
                f"{layout.samples} of {layout.bits_stored}"
            )
        if found.rows:
            return found
        bits = found.bits or layout.bits_allocated
        return replace(found, rows=layout.rows, columns=layout.columns, components=layout.samples, bits=bits)
    if declared is Family.NATIVE and len(data) < layout.frame_bytes:
        raise InputRefusedError(f"truncated: {len(data)} of {layout.frame_bytes} bytes of the frame", _AGAIN)
    return Codestream(declared, layout.rows, layout.columns, layout.samples, layout.bits_allocated)


def _native(data: bytes | memoryview, layout: Layout, parsed: ParsedFile) -> NDArray[Any]:
    """(rows, columns[, samples]) of the cells, unsigned, read-only where no conversion was needed."""
    order = ">" if parsed.big_endian else "<"
    if layout.bits_allocated == 8:
        cells = np.frombuffer(data, np.uint8)
        if parsed.big_endian and parsed.pixels is not None and parsed.pixels.vr == "OW":
            padded = np.frombuffer(bytes(data) + b"\0" * (len(data) % 2), np.uint8)
            cells = padded.reshape(-1, 2)[:, ::-1].reshape(-1)
    else:
        cells = np.frombuffer(data, f"{order}u2")
        cells = cells if order == "<" else cells.astype("<u2")
    return colour.laid(cells, layout.rows, layout.columns, layout.samples, layout.planar, layout.photometric)


def _compressed(data: bytes, found: Codestream, layout: Layout, warnings: list[str], decoder: Decoder) -> NDArray[Any]:
    if not found.ended and found.family in (Family.JPEG, Family.JPEG_LOSSLESS, Family.JPEG_LS):
        raise InputRefusedError("truncated: the compressed picture has no end", _AGAIN)
    if not found.ended:
        warnings.append("the compressed picture has no end marker: it may be incomplete")
    raw = decoder.decode(data, found, rgb_unmarked=layout.photometric == "RGB")
    if found.family is Family.RLE:
        cells = raw.reshape(-1)
        needed = layout.rows * layout.columns * layout.samples
        if cells.size < needed:
            raise InputRefusedError(f"truncated: {cells.size} of {needed} pixels", _AGAIN)
        return colour.laid(cells[:needed], layout.rows, layout.columns, layout.samples, layout.samples > 1, "")
    if found.family is Family.DEFLATED:
        if raw.size < layout.frame_bytes:
            raise InputRefusedError(f"truncated: {raw.size} of {layout.frame_bytes} bytes of the frame", _AGAIN)
        cells = np.frombuffer(raw.tobytes()[: layout.frame_bytes], f"<u{layout.bits_allocated // 8}")
        return colour.laid(cells, layout.rows, layout.columns, layout.samples, layout.planar, layout.photometric)
    return raw
