"""Owns the writing of pictures: PNG, JPEG, TIFF. Never draws them, and writes nothing into them but pixels
and scale.

A picture is written beside its place under a temporary name and then renamed, so that an old file survives
whatever fails.
"""

from __future__ import annotations

import struct
import zlib
from contextlib import suppress
from pathlib import Path
from typing import Any, BinaryIO
from uuid import uuid4

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from mammoview.core.errors import MammoviewError, UsageError
from mammoview.dicom.sources import one_line

_FORMATS = {".png": "PNG", ".jpg": "JPEG", ".jpeg": "JPEG", ".tif": "TIFF", ".tiff": "TIFF"}
_MM_PER_INCH = 25.4
_AFTER_HEADER = 33  # PNG signature and IHDR chunk


def write_picture(
    path: Path,
    pixels: NDArray[np.uint8] | NDArray[np.uint16],
    *,
    spacing_mm: tuple[float, float] | None = None,
    quality: int = 95,
) -> None:
    """Writes grey (rows, columns) or RGB (rows, columns, 3) uint8, or grey uint16 (PNG and TIFF).

    The suffix of `path` names the format. `spacing_mm` (row, column) is written as the picture's resolution;
    there is no other metadata, no time and no name. `quality` 1..100 is JPEG's. Raises UsageError for
    another suffix or pixels that the format cannot hold, MammoviewError where the file cannot be written; an
    old file is then still there.
    """
    kind = _FORMATS.get(path.suffix.lower())
    if kind is None:
        choices = ", ".join(_FORMATS)
        raise UsageError(f"{path}: cannot write a picture of this kind", f"end its name in one of {choices}")
    _check(path, pixels, kind)
    temporary = path.with_name(f".{path.stem}-{uuid4().hex[:8]}{path.suffix}")
    try:
        with temporary.open("xb") as stream:
            if kind == "PNG":
                stream.write(_png(pixels, spacing_mm))
            else:
                _save(stream, pixels, kind, spacing_mm, quality)
        temporary.replace(path)
    except OSError as error:
        raise _refusal(path, error) from error
    finally:
        with suppress(OSError):
            temporary.unlink(missing_ok=True)


def _png(pixels: NDArray[Any], spacing_mm: tuple[float, float] | None) -> bytes:
    """OpenCV packs a mammogram four times as fast as Pillow; the scale is a chunk behind the header."""
    import cv2

    channels = pixels[:, :, ::-1] if pixels.ndim == 3 else pixels
    done, packed = cv2.imencode(".png", np.ascontiguousarray(channels))
    if not done:
        raise OSError("the picture cannot be packed")
    data = packed.tobytes()
    if spacing_mm is None:
        return data
    # PNG 11.3.5.3 pHYs: pixels per metre along x and y
    per_metre = (round(1000 / spacing_mm[1]), round(1000 / spacing_mm[0]))
    body = b"pHYs" + struct.pack(">IIB", *per_metre, 1)
    chunk = struct.pack(">I", 9) + body + struct.pack(">I", zlib.crc32(body))
    return data[:_AFTER_HEADER] + chunk + data[_AFTER_HEADER:]


def _save(
    stream: BinaryIO,
    pixels: NDArray[Any],
    kind: str,
    spacing_mm: tuple[float, float] | None,
    quality: int,
) -> None:
    options: dict[str, Any] = {"compression": "tiff_adobe_deflate"}
    if kind == "JPEG":
        options = {"quality": quality, "subsampling": 0}
    if spacing_mm is not None:
        options["dpi"] = (_MM_PER_INCH / spacing_mm[1], _MM_PER_INCH / spacing_mm[0])
    Image.fromarray(np.ascontiguousarray(pixels)).save(stream, format=kind, **options)


def _check(path: Path, pixels: NDArray[Any], kind: str) -> None:
    is_grey = pixels.ndim == 2
    is_rgb = pixels.ndim == 3 and pixels.shape[2] == 3
    if pixels.size == 0 or not (is_grey or is_rgb):
        raise UsageError(f"{path}: pixels of shape {pixels.shape} are neither grey nor RGB")
    if pixels.dtype == np.uint16 and is_grey:
        if kind == "JPEG":
            raise UsageError(f"{path}: JPEG holds 8 bits, not 16", "end its name in .png or .tif")
        return
    if pixels.dtype != np.uint8:
        raise UsageError(f"{path}: pixels of type {pixels.dtype} cannot be written to a {kind} picture")


def _refusal(path: Path, error: OSError) -> MammoviewError:
    if isinstance(error, FileNotFoundError | NotADirectoryError):
        return MammoviewError(f"{path}: cannot be written: there is no folder {path.parent}", "make the folder")
    if isinstance(error, PermissionError):
        return MammoviewError(f"{path}: cannot be written: permission denied", "choose another folder")
    if isinstance(error, IsADirectoryError):
        return MammoviewError(f"{path}: cannot be written: it is a folder", "choose another name")
    return MammoviewError(f"{path}: cannot be written: {error.strerror or one_line(error)}", "free some space")
