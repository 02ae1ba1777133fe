"""Owns the coding of synthetic pixels for each transfer syntax. Makes no images and writes no files."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import imagecodecs
import numpy as np
from numpy.typing import NDArray
from pydicom.dataset import Dataset, FileDataset
from pydicom.encaps import encapsulate
from pydicom.pixels.encoders.base import RLELosslessEncoder
from pydicom.uid import UID

IMPLICIT = "1.2.840.10008.1.2"
EXPLICIT = "1.2.840.10008.1.2.1"
DEFLATED = "1.2.840.10008.1.2.1.99"
BIG_ENDIAN = "1.2.840.10008.1.2.2"
RLE = "1.2.840.10008.1.2.5"
JPEG_BASELINE = "1.2.840.10008.1.2.4.50"
JPEG_EXTENDED = "1.2.840.10008.1.2.4.51"
JPEG_LOSSLESS = "1.2.840.10008.1.2.4.57"
JPEG_LOSSLESS_SV1 = "1.2.840.10008.1.2.4.70"
JPEG_LS = "1.2.840.10008.1.2.4.80"
JPEG_LS_NEAR = "1.2.840.10008.1.2.4.81"
JPEG_2000_LOSSLESS = "1.2.840.10008.1.2.4.90"
JPEG_2000 = "1.2.840.10008.1.2.4.91"
HTJ2K_LOSSLESS = "1.2.840.10008.1.2.4.201"
LOSSLESS_SYNTAXES = (
    IMPLICIT,
    EXPLICIT,
    DEFLATED,
    BIG_ENDIAN,
    RLE,
    JPEG_LOSSLESS,
    JPEG_LOSSLESS_SV1,
    JPEG_LS,
    JPEG_2000_LOSSLESS,
    HTJ2K_LOSSLESS,
)


def encode(frame: NDArray[Any], transfer_syntax: str, ds: Dataset) -> bytes:
    """One frame's bits (rows, columns), uint8 or uint16, as a codestream of the transfer syntax."""
    stored = int(ds.BitsStored)
    if transfer_syntax == RLE:
        return bytes(
            RLELosslessEncoder.encode(
                frame.tobytes(),
                rows=frame.shape[0],
                columns=frame.shape[1],
                samples_per_pixel=1,
                bits_allocated=8 * frame.dtype.itemsize,
                bits_stored=8 * frame.dtype.itemsize,
                pixel_representation=0,
                photometric_interpretation="MONOCHROME2",
                number_of_frames=1,
                encoding_plugin="pydicom",
            )
        )
    signed = bool(ds.PixelRepresentation)
    masked = frame & frame.dtype.type((1 << stored) - 1)
    if stored <= 8:
        masked = masked.astype(np.uint8)
    as_signed = ((masked.astype(np.uint16) << (16 - stored)).view(np.int16) >> (16 - stored)) if signed else masked
    encoders: dict[str, Callable[[], bytes | bytearray]] = {
        JPEG_BASELINE: lambda: imagecodecs.jpeg8_encode(masked, level=95),
        JPEG_EXTENDED: lambda: imagecodecs.jpeg8_encode(masked, level=98, bitspersample=12),
        JPEG_LOSSLESS: lambda: imagecodecs.jpeg8_encode(masked, lossless=True, predictor=6, bitspersample=stored),
        JPEG_LOSSLESS_SV1: lambda: imagecodecs.jpeg8_encode(masked, lossless=True, predictor=1, bitspersample=stored),
        JPEG_LS: lambda: imagecodecs.jpegls_encode(masked),
        JPEG_LS_NEAR: lambda: imagecodecs.jpegls_encode(masked, level=2),
        JPEG_2000_LOSSLESS: lambda: imagecodecs.jpeg2k_encode(
            as_signed, level=0, reversible=True, codecformat="j2k", bitspersample=stored
        ),
        JPEG_2000: lambda: imagecodecs.jpeg2k_encode(as_signed, level=60, codecformat="j2k", bitspersample=stored),
        HTJ2K_LOSSLESS: lambda: imagecodecs.htj2k_encode(as_signed, reversible=True),
    }
    return bytes(encoders[transfer_syntax]())


def set_pixels(ds: FileDataset, pixels: NDArray[Any], transfer_syntax: str) -> None:
    """Puts stored values ([frames,] rows, columns) into the data set, coded for the syntax."""
    frames = pixels[np.newaxis] if pixels.ndim == 2 else pixels
    ds.Rows, ds.Columns = frames.shape[1:3]
    if len(frames) > 1:
        ds.NumberOfFrames = len(frames)
    container = np.dtype("u1" if ds.BitsAllocated == 8 else "u2")
    bits = [
        frame.view(container) if frame.dtype.itemsize == container.itemsize else frame.astype(container)
        for frame in frames
    ]
    ds.file_meta.TransferSyntaxUID = UID(transfer_syntax)
    vr = "OB" if ds.BitsAllocated == 8 else "OW"
    if UID(transfer_syntax).is_encapsulated:
        coded = [encode(np.ascontiguousarray(frame), transfer_syntax, ds) for frame in bits]
        ds.add_new(0x7FE00010, "OB", encapsulate(coded))
        ds["PixelData"].is_undefined_length = True
        return
    stored_as = container.newbyteorder(">") if transfer_syntax == BIG_ENDIAN else container
    data = b"".join(frame.astype(stored_as).tobytes() for frame in bits)
    ds.add_new(0x7FE00010, vr, data + b"\0" * (len(data) % 2))
