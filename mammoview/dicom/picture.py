"""Owns plain pictures (PNG, JPEG, TIFF): header and pixels. Never writes them or reads DICOM."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, BinaryIO

import numpy as np
from PIL import Image

from mammoview.core.errors import InputRefusedError
from mammoview.core.geometry import Orientation
from mammoview.core.image import StoredPixels
from mammoview.core.study import ImageHeader, ImageSource
from mammoview.core.window import Greyscale
from mammoview.dicom.colour import has_colours, to_grey
from mammoview.dicom.quiet import caught_warnings
from mammoview.dicom.sources import one_line, open_source, refusal_of_os_error
from mammoview.dicom.views import side_view_of_text

MAX_PIXELS = 178_000_000
_MAGICS = (b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff", b"II*\0", b"MM\0*")
_FORMATS = ("PNG", "JPEG", "TIFF")
_EXIF_ORIENTATION = 0x0112
_TIFF_PHOTOMETRIC, _WHITE_IS_ZERO = 262, 0
# EXIF 2.32, 4.6.4 A: how the stored rows and columns are laid to be upright
_LAID = {
    2: Orientation(flip_columns=True),
    3: Orientation(flip_rows=True, flip_columns=True),
    4: Orientation(flip_rows=True),
    5: Orientation(transpose=True),
    6: Orientation(transpose=True, flip_columns=True),
    7: Orientation(transpose=True, flip_rows=True, flip_columns=True),
    8: Orientation(transpose=True, flip_rows=True),
}


def looks_like_picture(start: bytes) -> bool:
    """Whether a file that starts so is a PNG, JPEG or TIFF picture."""
    return start.startswith(_MAGICS)


def read_picture_header(source: ImageSource, frame: int = 1) -> ImageHeader:
    """The picture's header: side and view from its name, no spacing, no modality, upright by its EXIF
    orientation. Size and greyscale are those of one frame (counted from 1), a page of a TIFF.

    Raises InputRefusedError where it cannot be opened, has no such frame, is over the size limit or of a
    kind that cannot be shown.
    """
    with _opened(source) as (picture, warnings):
        frames = _turn_to(picture, frame)
        named = side_view_of_text(source.stem)
        rows, columns = _orientation(picture).shape(picture.height, picture.width)
        if picture.mode not in ("1", "L", "LA") and not picture.mode.startswith("I;16"):
            warnings.append("a colour picture: shown as its luminance")
        kind = picture.format or ""
        return ImageHeader(
            source=source,
            rows=rows,
            columns=columns,
            grey=Greyscale(16 if picture.mode.startswith("I;16") else 8, inverse=_is_inverse(picture)),
            frames=frames,
            laterality=named.laterality,
            view=named.view,
            view_modifiers=named.modifiers,
            transfer_syntax=kind,
            lossy=kind == "JPEG",
            photometric="MONOCHROME1" if _is_inverse(picture) else "MONOCHROME2",
            warnings=tuple(warnings),
        )


def read_picture_pixels(source: ImageSource, frame: int = 1) -> tuple[StoredPixels, bool]:
    """The upright pixels, (rows, columns): uint8, or uint16 of a 16-bit grey picture; colour as its
    luminance. And whether they have colours: see `colour.has_colours`.

    Raises InputRefusedError as `read_picture_header`, and where the picture is truncated or has no such
    frame.
    """
    with _opened(source) as (picture, _):
        _turn_to(picture, frame)
        try:
            stored, coloured = _pixels(picture)
            upright = _orientation(picture).apply(stored)
        except (OSError, ValueError, SyntaxError, EOFError, KeyError) as error:
            raise InputRefusedError(f"is truncated or damaged: {one_line(error)}", "copy it again") from error
        return np.ascontiguousarray(upright), coloured


@contextmanager
def _opened(source: ImageSource) -> Iterator[tuple[Image.Image, list[str]]]:
    stream: BinaryIO
    stream, _ = open_source(source)
    try:
        warnings: list[str] = []
        with caught_warnings():
            try:
                picture = Image.open(stream, formats=_FORMATS)
            except Image.DecompressionBombError as error:
                raise _too_large() from error
            except (OSError, ValueError, SyntaxError, EOFError, KeyError) as error:
                if isinstance(error, OSError) and error.errno is not None:
                    raise refusal_of_os_error(error) from error
                raise InputRefusedError("is not a readable PNG, JPEG or TIFF picture", "copy it again") from error
            with picture:
                yield picture, warnings
    finally:
        stream.close()


def _too_large() -> InputRefusedError:
    return InputRefusedError(f"is over the limit of {MAX_PIXELS // 10**6} megapixels", "make it smaller")


def _turn_to(picture: Image.Image, frame: int) -> int:
    """Turns to a frame (counted from 1), which is checked; how many there are."""
    _check(picture)
    try:
        frames = int(getattr(picture, "n_frames", 1)) if picture.format == "TIFF" else 1
        if not 1 <= frame <= frames:
            raise InputRefusedError(f"has {frames} frame(s); there is no frame {frame}", "frames count from 1")
        if frame > 1:
            picture.seek(frame - 1)
            _check(picture)
    except (OSError, ValueError, SyntaxError, EOFError, KeyError, TypeError) as error:  # Pillow, of a damaged page
        raise InputRefusedError(f"is truncated or damaged: {one_line(error)}", "copy it again") from error
    return frames


def _check(picture: Image.Image) -> None:
    if picture.width * picture.height > MAX_PIXELS:
        raise _too_large()
    if picture.mode in ("I", "F"):
        raise InputRefusedError("holds 32-bit pixels; 8 and 16 bits can be shown", "save it with 16 bits")


def _orientation(picture: Image.Image) -> Orientation:
    """How the decoded pixels are laid to be upright; Pillow lays those of a TIFF itself."""
    if picture.format == "TIFF":
        return Orientation()
    try:
        code = picture.getexif().get(_EXIF_ORIENTATION, 1)
    except (OSError, ValueError, SyntaxError, KeyError, TypeError):
        code = 1
    return _LAID.get(code, Orientation())


def _is_inverse(picture: Image.Image) -> bool:
    """Whether a 16-bit TIFF counts from white; Pillow inverts those of 8 bits itself."""
    tags: Any = getattr(picture, "tag_v2", None)
    if tags is None or not picture.mode.startswith("I;16"):
        return False
    return bool(tags.get(_TIFF_PHOTOMETRIC) == _WHITE_IS_ZERO)


def _pixels(picture: Image.Image) -> tuple[StoredPixels, bool]:
    if picture.mode.startswith("I;16"):
        return np.asarray(picture).astype(np.uint16, copy=False), False
    if picture.mode in ("L", "LA", "1"):
        return np.asarray(picture if picture.mode == "L" else picture.convert("L"), np.uint8), False
    rgb = np.asarray(picture.convert("RGB"))
    return to_grey(rgb, 8), has_colours(rgb, 8)
