"""Owns the reading of one image: header first, pixels when asked. Never walks folders or groups studies.

The causes of the errors raised here do not repeat the file's name: callers hold the source and say it.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import BinaryIO

from mammoview.core.errors import InputRefusedError
from mammoview.core.image import MammoImage
from mammoview.core.study import ImageHeader, ImageSource, Laterality, View
from mammoview.dicom.codecs import SYNTAXES, Decoder
from mammoview.dicom.codestream import Family
from mammoview.dicom.dataset import ParsedFile, has_prefix, looks_like_dicom, parse_source, parse_stream
from mammoview.dicom.elements import Elements
from mammoview.dicom.header import header_of
from mammoview.dicom.overlays import overlays_of
from mammoview.dicom.picture import looks_like_picture, read_picture_header, read_picture_pixels
from mammoview.dicom.pixels import check_pixels, decode_frame, decode_preview
from mammoview.dicom.quiet import caught_warnings
from mammoview.dicom.sources import first_bytes, open_source

_START = 512


class NotAnImageError(InputRefusedError):
    """The file holds no image: it is a report, a state, a directory, or of another kind altogether."""


class NotDicomError(NotAnImageError):
    """The file is neither DICOM nor a picture: nothing in it says what it is."""


def read_header(source: ImageSource) -> ImageHeader:
    """What the file tells without its pixels; they are checked to be there but not decoded.

    Raises InputRefusedError: not readable, not DICOM or a picture, truncated, no pixel data, pixels of a
    kind that cannot be shown, unknown transfer syntax.
    """
    start = first_bytes(source, _START)
    if looks_like_picture(start) and not has_prefix(start):
        return read_picture_header(source)
    if start and not looks_like_dicom(start):
        raise NotDicomError("is not a DICOM file or a PNG, JPEG or TIFF picture")
    stream, size = open_source(source)
    try:
        parsed = parse_stream(stream, size, start)
        _require_image(parsed)
        check_pixels(stream, parsed, seekable=source.member is None)
    finally:
        stream.close()
    return header_of(source, parsed)


def read_refused_header(source: ImageSource, why: InputRefusedError) -> ImageHeader | None:
    """What the header of a refused image still tells, with `why` it was refused; None where it does not tell of which
    study, side and view it is.
    """
    if isinstance(why, NotAnImageError):
        return None
    try:
        start = first_bytes(source, _START)
        if looks_like_picture(start) and not has_prefix(start):
            return None
        header = header_of(source, parse_source(source))
    except InputRefusedError:
        return None
    known = header.study_instance_uid and header.sop_instance_uid
    if not known or header.laterality is Laterality.UNKNOWN or header.view is View.UNKNOWN:
        return None
    return replace(header, refused=why.cause, cure=why.hint)


def read_image(header: ImageHeader, frame: int = 1, *, decoder: Decoder | None = None) -> MammoImage:
    """The stored pixels of one frame (counted from 1) of the image that `header` describes.

    The image's header is that of the frame: size, greyscale, spacing, side and view are its own where the
    file tells them, and further warnings say where the pixels were not as declared. `decoder` decodes compressed
    pixels, by default in this thread; others are read in this thread anyhow. Raises InputRefusedError where the
    pixels are cut short or cannot be decoded, or the file has changed since its header was read, or was refused then.
    """
    if header.refused:
        raise InputRefusedError(header.refused, header.cure)
    start = first_bytes(header.source, _START)
    if looks_like_picture(start) and not has_prefix(start):
        return _read_picture(header, frame)
    with _parsed(header.source, start) as (stream, parsed):
        pixels = decode_frame(stream, parsed, frame, decoder)
    own = _own_header(header, parsed, frame)
    if pixels.stored.shape != (own.rows, own.columns):
        raise _changed()
    lines = list(pixels.warnings)
    overlays = overlays_of(parsed.dataset, own.rows, own.columns, frame, pixels.cells, warnings=lines)
    of_frame = _of_frame(header, own, tuple(lines), lossy=pixels.lossy)
    return MammoImage(of_frame, pixels.stored, frame, overlays, coloured=pixels.coloured)


def read_preview(header: ImageHeader, frame: int = 1, *, decoder: Decoder | None = None) -> MammoImage | None:
    """The image at a low resolution, at once: on the full grid, so that all geometry holds, each value repeated. Its
    `preview` is True. None where there is no such short way: see `decode_preview`.

    Raises InputRefusedError as `read_image`, but not for what fails in decoding.
    """
    if header.refused or SYNTAXES.get(header.transfer_syntax_uid or "") is not Family.JPEG_2000:
        return None  # without a look into the file
    with _parsed(header.source, first_bytes(header.source, _START)) as (stream, parsed):
        pixels = decode_preview(stream, parsed, frame, decoder)
    if pixels is None:
        return None
    own = _own_header(header, parsed, frame)
    if pixels.stored.shape != (own.rows, own.columns):
        raise _changed()
    return MammoImage(_of_frame(header, own, pixels.warnings, lossy=pixels.lossy), pixels.stored, frame, preview=True)


def read_file(path: Path, frame: int = 1, *, decoder: Decoder | None = None) -> MammoImage:
    """Header and pixels of one file, as `read_header` and `read_image`; raises InputRefusedError."""
    return read_image(read_header(ImageSource(path)), frame, decoder=decoder)


def _read_picture(header: ImageHeader, frame: int) -> MammoImage:
    stored, coloured = read_picture_pixels(header.source, frame)
    own = read_picture_header(header.source, frame) if frame > 1 else header
    if own.frames != header.frames or stored.shape != (own.rows, own.columns):
        raise _changed()
    return MammoImage(_of_frame(header, own, (), lossy=False), stored, frame, coloured=coloured)


@contextmanager
def _parsed(source: ImageSource, start: bytes) -> Iterator[tuple[BinaryIO, ParsedFile]]:
    """The open file and its data set, which holds an image."""
    stream, size = open_source(source)
    try:
        parsed = parse_stream(stream, size, start)
        _require_image(parsed)
        yield stream, parsed
    finally:
        stream.close()


def _own_header(header: ImageHeader, parsed: ParsedFile, frame: int) -> ImageHeader:
    """The header of the frame; raises InputRefusedError where the file is not the one that was listed."""
    with caught_warnings():
        found = Elements(parsed.dataset).uid("SOPInstanceUID")
    own = header_of(header.source, parsed, frame) if frame > 1 else header
    if found != header.sop_instance_uid or (own.rows, own.columns) != (header.rows, header.columns):
        raise _changed()
    return own


def _changed() -> InputRefusedError:
    return InputRefusedError("has changed since it was listed", "open it again")


def _of_frame(header: ImageHeader, own: ImageHeader, warnings: tuple[str, ...], *, lossy: bool) -> ImageHeader:
    """`header` with what `own`, the header of the frame, tells of the frame alone, with `warnings`, and labelled as
    lossy where the pixels are.
    """
    lines = dict.fromkeys((*header.warnings, *own.warnings, *warnings))
    return replace(
        header,
        rows=own.rows,
        columns=own.columns,
        grey=own.grey,
        photometric=own.photometric,
        spacing=own.spacing,
        laterality=own.laterality,
        view=own.view,
        view_modifiers=own.view_modifiers,
        lossy=header.lossy or lossy,
        warnings=tuple(lines),
    )


def _require_image(parsed: ParsedFile) -> None:
    """Raises NotAnImageError for objects that are no images, InputRefusedError for images without pixels."""
    name = _object_name(parsed)
    if name and "Image Storage" not in name:
        raise NotAnImageError(f"is no image but a {name}")
    if parsed.pixels is None:
        if not name and "Rows" not in parsed.dataset:
            error = NotDicomError if parsed.sop_class is None else NotAnImageError
            raise error("is no image: it has no pixel data")
        raise InputRefusedError("has no pixel data", "copy it again, or ask for the image itself")


def _object_name(parsed: ParsedFile) -> str:
    """The standard's name of the SOP class; empty where it is private or missing."""
    uid = parsed.sop_class
    if uid is None or uid.name == str(uid):
        return ""
    return uid.name if "Image" in uid.name else uid.name.removesuffix(" Storage")
