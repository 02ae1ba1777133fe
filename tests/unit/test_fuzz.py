"""Broken files open or are refused in one plain line: nothing crashes, hangs or takes the memory of the machine.

`python -m tests.benchmarks fuzz` does the same with tens of thousands of files.
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterator
from pathlib import Path

import pytest

from mammoview.dicom.decode_pool import DecodePool
from tests import encoders
from tests.benchmarks.corpus import Seed, seeds
from tests.benchmarks.fuzz_worker import broken_file, forget_peak, peak_rss_bytes, write_beside
from tests.benchmarks.passage import open_file
from tests.factories import dicom_bytes, make_mammogram_dataset

_SEED = 11
_IN_A_TEST = 60
_MIB = 1 << 20


@pytest.fixture(scope="module")
def whole_files() -> list[Seed]:
    return seeds(found=False)


@pytest.fixture(scope="module")
def decoder() -> Iterator[DecodePool]:
    """Codecs run in a process of their own here too, or a crash would take the tests along."""
    with DecodePool(1) as pool:
        yield pool


@pytest.mark.parametrize("first", range(0, 600, _IN_A_TEST))
def test_broken_files_open_or_are_refused(
    first: int, whole_files: list[Seed], decoder: DecodePool, tmp_path: Path
) -> None:
    failed = []
    for number in range(first, first + _IN_A_TEST):
        whole, data, ways = broken_file(whole_files, _SEED, number)
        folder = tmp_path / str(number)
        folder.mkdir()
        found = open_file(write_beside(folder, whole, data), decoder)
        failed += [f"{number}, {whole.name}, {ways}: {fault}" for fault in found.faults]
    assert failed == []


def test_every_whole_file_opens(whole_files: list[Seed], decoder: DecodePool, tmp_path: Path) -> None:
    """What is broken must not be refused for what it was before."""
    for number, whole in enumerate(whole_files):
        folder = tmp_path / str(number)
        folder.mkdir()
        found = open_file(write_beside(folder, whole, whole.data), decoder)
        assert (found.refusals, found.faults) == ([], []), whole.name
        assert found.opened >= 1, whole.name


@pytest.mark.parametrize("syntax", [encoders.EXPLICIT, encoders.DEFLATED, encoders.RLE, encoders.JPEG_2000_LOSSLESS])
def test_a_header_that_promises_60000_x_60000_pixels_is_refused_before_anything_is_allocated(
    syntax: str, tmp_path: Path
) -> None:
    ds = make_mammogram_dataset("R", "CC", 64, 48, transfer_syntax=syntax)
    ds.Rows = ds.Columns = 60_000
    found, grown = _open_measured(dicom_bytes(ds), tmp_path)
    assert found == ["is 60000 x 60000 pixels, over the limit of 400 megapixels"]
    assert grown < 64 * _MIB


def test_a_small_deflated_file_that_would_inflate_to_300_megabytes_is_refused(tmp_path: Path) -> None:
    whole = dicom_bytes(make_mammogram_dataset("R", "CC", 64, 48, transfer_syntax=encoders.DEFLATED))
    at = 132 + 12 + struct.unpack("<I", whole[140:144])[0]
    header = zlib.decompress(whole[at:], -zlib.MAX_WBITS).partition(b"\xe0\x7f\x10\x00OW")[0]
    pixels = b"\xe0\x7f\x10\x00OW\0\0" + struct.pack("<I", 300 * _MIB)
    deflater = zlib.compressobj(9, zlib.DEFLATED, -zlib.MAX_WBITS)
    parts = [deflater.compress(part) for part in (header, pixels, *[bytes(_MIB)] * 300)]
    found, grown = _open_measured(whole[:at] + b"".join(parts) + deflater.flush(), tmp_path)
    assert found == ["would inflate to more than 256 MB"]
    assert grown < 64 * _MIB


def test_a_file_that_ends_in_zeros_in_place_of_its_pixels_is_refused(tmp_path: Path) -> None:
    """As the rest of a file that was never written; each eight zeros look like an element."""
    whole = dicom_bytes(make_mammogram_dataset("R", "CC", 64, 48))
    found, _ = _open_measured(whole.partition(b"\xe0\x7f\x10\x00OW")[0] + bytes(4 * _MIB), tmp_path)
    assert found == ["is damaged or truncated: it has no end of elements"]


@pytest.mark.parametrize(
    "behind", [bytes(64), b"\xe0\x7f\x11\x00OB\0\0\xff\xff\xff\xff" + b"\x01" * 9], ids=["zeros", "debris"]
)
def test_what_lies_behind_the_pixels_of_a_deflated_file_is_not_read(behind: bytes, tmp_path: Path) -> None:
    """Each eight zeros look like an element; millions of them fit into a small file."""
    whole = dicom_bytes(make_mammogram_dataset("R", "CC", 64, 48, transfer_syntax=encoders.DEFLATED))
    at = 132 + 12 + struct.unpack("<I", whole[140:144])[0]
    deflater = zlib.compressobj(9, zlib.DEFLATED, -zlib.MAX_WBITS)
    path = tmp_path / "image.dcm"
    path.write_bytes(
        whole[:at] + deflater.compress(zlib.decompress(whole[at:], -zlib.MAX_WBITS) + behind) + deflater.flush()
    )
    found = open_file(path)
    assert (found.opened, found.refusals, found.faults) == (1, [], [])


@pytest.mark.parametrize("keyword", ["PatientName", "PatientID", "Manufacturer", "ViewPosition"])
def test_line_ends_in_a_text_do_not_reach_the_letters_on_the_picture(keyword: str, tmp_path: Path) -> None:
    ds = make_mammogram_dataset("R", "CC", 64, 48, **{keyword: "ONE\nTWO\x07THREE"})
    path = tmp_path / "image.dcm"
    path.write_bytes(dicom_bytes(ds))
    found = open_file(path)
    assert (found.opened, found.faults) == (1, [])


def _open_measured(data: bytes, folder: Path) -> tuple[list[str], int]:
    """The refusals of a file, which has no fault, and by how many bytes the process had grown meanwhile."""
    path = folder / "image.dcm"
    path.write_bytes(data)
    forget_peak()
    before = peak_rss_bytes()
    found = open_file(path)
    assert found.faults == []
    return found.refusals, peak_rss_bytes() - before
