"""Owns the synthetic studies that are measured: made once, kept in a cache folder, read once before they are timed."""

from __future__ import annotations

import os
import struct
import tempfile
from collections.abc import Callable
from functools import lru_cache
from pathlib import Path
from typing import Any

import imagecodecs
import numpy as np
from numpy.typing import NDArray
from pydicom.encaps import encapsulate
from pydicom.uid import UID

from tests import encoders
from tests.factories import FOUR_VIEWS, Woman, dicom_bytes, make_breast, make_mammogram_dataset

VERSION = "1"
FULL, SMALL = (4096, 3328), (2048, 1664)
_BITS = 12


def cache_folder() -> Path:
    """Where the made files stay between runs: MAMMOVIEW_BENCHMARKS, else a folder for temporary files."""
    named = os.environ.get("MAMMOVIEW_BENCHMARKS")
    folder = (Path(named) if named else Path(tempfile.gettempdir()) / "mammoview-benchmarks") / VERSION
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def women(count: int) -> list[Woman]:
    return [Woman(f"BENCH^WOMAN{number:04d}", f"BENCH-{number:04d}", "19600101") for number in range(count)]


@lru_cache(maxsize=8)
def _pixels(laterality: str, rows: int, columns: int, seed: int) -> NDArray[Any]:
    """Noise of one part in a hundred of the range on the breast, as film and detectors have it; the air is empty."""
    return make_breast(laterality, rows, columns, bits=_BITS, seed=seed)


def studies(syntax: str, size: tuple[int, int], count: int) -> list[Path]:
    """Folders of `count` women's four views, coded in a transfer syntax."""
    top = cache_folder() / f"{size[0]}x{size[1]}" / syntax
    folders = [top / f"{number:04d}" for number in range(count)]
    for number, (folder, woman) in enumerate(zip(folders, women(count), strict=True)):
        if (folder / "made").exists():
            continue
        folder.mkdir(parents=True, exist_ok=True)
        for seed, (side, view) in enumerate(FOUR_VIEWS):
            path = folder / f"{side}{view}.dcm"
            path.write_bytes(_file(side, view, size, syntax, woman, number, seed))
        (folder / "made").touch()
    return folders


def _file(side: str, view: str, size: tuple[int, int], syntax: str, woman: Woman, study: int, seed: int) -> bytes:
    header = make_mammogram_dataset(
        side, view, 8, 8, spacing_mm=0.05 * FULL[0] / size[0], woman=woman, study=study, seed=seed
    )
    header.Rows, header.Columns = size
    header.file_meta.TransferSyntaxUID = UID(syntax)
    data = _coded(side, size, syntax, seed)
    header.add_new(0x7FE00010, "OB" if UID(syntax).is_encapsulated else "OW", data)
    header["PixelData"].is_undefined_length = UID(syntax).is_encapsulated
    return dicom_bytes(header)


@lru_cache(maxsize=8)
def _coded(side: str, size: tuple[int, int], syntax: str, seed: int) -> bytes:
    pixels = _pixels(side, *size, seed)
    if not UID(syntax).is_encapsulated:
        return bytes(pixels.tobytes())
    header = make_mammogram_dataset(side, "CC", 8, 8)
    coder: Callable[..., bytes] = _rle if syntax == encoders.RLE else encoders.encode
    return bytes(encapsulate([coder(pixels, syntax, header)]))


def _rle(frame: NDArray[Any], syntax: str, header: object) -> bytes:
    """PS3.5 Annex G, most significant byte first; each row packed by itself."""
    segments = []
    for plane in (frame >> 8, frame & 0xFF):
        packed = bytes(imagecodecs.packbits_encode(np.ascontiguousarray(plane, np.uint8)))
        segments.append(packed + b"\0" * (len(packed) % 2))
    offsets = [64, 64 + len(segments[0]), *([0] * 13)]
    return struct.pack("<16I", 2, *offsets) + b"".join(segments)


def headers(count: int) -> Path:
    """A folder of `count` files of 64 x 48 pixels with the full header, twenty folders deep each a study of four."""
    folder = cache_folder() / f"headers-{count}"
    if (folder / "made").exists():
        return folder
    width = 6
    sample = {}
    for seed, (side, view) in enumerate(FOUR_VIEWS):
        ds = make_mammogram_dataset(side, view, 64, 48, woman=Woman("BENCH^W", "0" * width), study="s", seed=seed)
        root = "1.2.826.0.1.3680043.8.498.1"
        ds.StudyInstanceUID, ds.SeriesInstanceUID = f"{root}.1{'0' * width}", f"{root}.2{'0' * width}"
        ds.SOPInstanceUID = ds.file_meta.MediaStorageSOPInstanceUID = f"{root}.3{seed}{'0' * width}"
        sample[seed, side, view] = dicom_bytes(ds)
    for number in range(count // len(FOUR_VIEWS)):
        place = folder / f"{number // 100:03d}" / f"{number:06d}"
        place.mkdir(parents=True, exist_ok=True)
        for (_, side, view), whole in sample.items():
            mark = f"{number:0{width}d}".encode()
            (place / f"{side}{view}.dcm").write_bytes(whole[:3500].replace(b"0" * width, mark) + whole[3500:])
    (folder / "made").touch()
    return folder


def warm(folder: Path) -> int:
    """Read every file once, so that it lies in the page cache; the bytes."""
    return sum(len(path.read_bytes()) for path in sorted(folder.rglob("*")) if path.is_file())
