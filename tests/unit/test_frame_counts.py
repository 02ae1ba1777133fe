"""A Number of Frames that the pixel data cannot hold is refused before anything is made of it."""

from __future__ import annotations

from pathlib import Path

import pytest

from mammoview.core.errors import InputRefusedError
from mammoview.core.study import ImageSource
from mammoview.dicom.reader import read_header
from tests import encoders
from tests.factories import dicom_bytes, make_mammogram_dataset, write_zip

_MOST = 2**31 - 1
FRAME_BYTES = 2 * 96 * 72


def file_of(frames: int, told: int, syntax: str) -> bytes:
    """A file of `frames` frames that tells of another number of them."""
    ds = make_mammogram_dataset("R", "CC", 96, 72, frames=frames, transfer_syntax=syntax)
    ds.NumberOfFrames = str(told)
    return dicom_bytes(ds)


def source(folder: Path, data: bytes, *, packed: bool) -> ImageSource:
    """The file by itself, or as a member of an archive."""
    if packed:
        return ImageSource(write_zip(folder / "a.zip", {"image.dcm": data}), "image.dcm")
    (folder / "image.dcm").write_bytes(data)
    return ImageSource(folder / "image.dcm")


def refusal(source: ImageSource) -> str:
    with pytest.raises(InputRefusedError) as refused:
        read_header(source)
    return refused.value.cause


@pytest.mark.parametrize("packed", [False, True])
@pytest.mark.parametrize("told", [5_000_000, _MOST])
@pytest.mark.parametrize("syntax", [encoders.RLE, encoders.JPEG_2000_LOSSLESS])
def test_more_compressed_frames_than_fragments_are_refused(
    tmp_path: Path, syntax: str, told: int, packed: bool
) -> None:
    found = refusal(source(tmp_path, file_of(1, told, syntax), packed=packed))
    assert found == f"truncated: 1 of {told} frames of compressed pixel data"


@pytest.mark.parametrize("packed", [False, True])
@pytest.mark.parametrize("syntax", [encoders.EXPLICIT, encoders.IMPLICIT, encoders.DEFLATED])
def test_more_native_frames_than_bytes_are_refused(tmp_path: Path, syntax: str, packed: bool) -> None:
    found = refusal(source(tmp_path, file_of(2, _MOST, syntax), packed=packed))
    assert found == f"truncated: {2 * FRAME_BYTES} of {_MOST * FRAME_BYTES} bytes of pixel data"


def test_one_frame_more_than_there_are_fragments_is_refused(tmp_path: Path) -> None:
    found = refusal(source(tmp_path, file_of(3, 4, encoders.RLE), packed=False))
    assert found == "truncated: 3 of 4 frames of compressed pixel data"


def test_empty_fragments_are_no_frames(tmp_path: Path) -> None:
    data = file_of(3, 6, encoders.RLE)
    end = b"\xfe\xff\xdd\xe0\0\0\0\0"
    found = refusal(source(tmp_path, data.replace(end, b"\xfe\xff\x00\xe0\0\0\0\0" * 3 + end), packed=False))
    assert found == "truncated: 3 of 6 frames of compressed pixel data"


def test_native_pixels_that_hold_fragments_have_no_more_frames_than_these(tmp_path: Path) -> None:
    """As written by devices that compress and leave the declared syntax and length as they were."""
    packed = make_mammogram_dataset("R", "CC", 96, 72, frames=2, transfer_syntax=encoders.RLE)
    ds = make_mammogram_dataset("R", "CC", 96, 72)
    ds.PixelData, ds.NumberOfFrames = packed.PixelData, str(_MOST)
    found = refusal(source(tmp_path, dicom_bytes(ds), packed=False))
    assert found == f"truncated: 2 of {_MOST} frames of compressed pixel data"


@pytest.mark.parametrize("packed", [False, True])
@pytest.mark.parametrize("syntax", [encoders.EXPLICIT, encoders.DEFLATED, encoders.RLE, encoders.JPEG_2000_LOSSLESS])
def test_the_frames_that_are_there_open(tmp_path: Path, syntax: str, packed: bool) -> None:
    found = read_header(source(tmp_path, file_of(3, 3, syntax), packed=packed))
    assert (found.frames, found.warnings) == (3, ())
