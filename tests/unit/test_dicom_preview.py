"""The fast preview of JPEG 2000: the same greys on the same grid, at a quarter of the resolution."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import imagecodecs
import numpy as np
import pytest
from numpy.typing import NDArray
from pydicom.encaps import encapsulate

from mammoview.core.image import MammoImage
from mammoview.core.study import ImageSource
from mammoview.dicom import pixels as frames
from mammoview.dicom.codestream import recognise
from mammoview.dicom.decode_pool import DecodePool
from mammoview.dicom.reader import read_header, read_image, read_preview
from tests.factories import (
    EXPLICIT,
    HTJ2K_LOSSLESS,
    JPEG_2000,
    JPEG_2000_LOSSLESS,
    JPEG_LOSSLESS_SV1,
    encode,
    make_breast,
    make_mammogram_dataset,
    make_picture,
    save,
    write_mammogram,
)

_BLOCK = 16


@pytest.fixture(autouse=True)
def small_images_are_worth_a_preview(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(frames, "_PREVIEW_PIXELS", 10_000)


def preview_of(path: Path, frame: int = 1, **options: Any) -> MammoImage | None:
    return read_preview(read_header(ImageSource(path)), frame, **options)


def block_means(values: NDArray[Any]) -> NDArray[Any]:
    """The area averages of blocks, those that lie in the image wholly."""
    rows, columns = (count // _BLOCK for count in values.shape)
    blocks = values[: rows * _BLOCK, : columns * _BLOCK].reshape(rows, _BLOCK, columns, _BLOCK)
    return blocks.mean(axis=(1, 3), dtype=float)


@pytest.mark.parametrize("shape", [(416, 320), (401, 403), (405, 322)])
@pytest.mark.parametrize(
    ("bits", "signed"), [(8, False), (10, False), (12, False), (14, False), (16, False), (12, True), (16, True)]
)
@pytest.mark.parametrize("syntax", [JPEG_2000_LOSSLESS, JPEG_2000])
def test_a_preview_has_the_grid_and_the_greys_of_the_image(
    tmp_path: Path, syntax: str, bits: int, signed: bool, shape: tuple[int, int]
) -> None:
    path = write_mammogram(
        tmp_path / "image.dcm",
        pixels=make_breast("R", *shape, bits=bits, signed=signed),
        bits_stored=bits,
        signed=signed,
        transfer_syntax=syntax,
    )
    header = read_header(ImageSource(path))
    preview, image = read_preview(header), read_image(header)
    assert preview is not None
    assert preview.preview
    assert not image.preview
    assert (preview.stored.shape, preview.stored.dtype) == (image.stored.shape, image.stored.dtype)
    assert preview.header == image.header
    apart = np.abs(block_means(preview.stored) - block_means(image.stored)) / 2**bits
    assert apart.mean() < 0.004
    assert apart.max() < 0.08  # at the skin line, where grey jumps by 40 %


def test_a_preview_is_not_shifted(tmp_path: Path) -> None:
    ramp = np.add.outer(np.arange(400), 2 * np.arange(320)).astype(np.uint16)
    preview = preview_of(write_mammogram(tmp_path / "image.dcm", pixels=ramp, transfer_syntax=JPEG_2000_LOSSLESS))
    assert preview is not None
    apart = preview.stored.astype(float)[8:-8, 8:-8] - ramp[8:-8, 8:-8]
    assert abs(apart.mean()) <= 2.0  # half a pixel of this ramp is 1.5
    assert np.abs(apart).max() <= 9


def test_values_that_overshoot_do_not_turn_over(tmp_path: Path) -> None:
    board = (np.indices((400, 320)).sum(axis=0) // 37 % 2 * 4095).astype(np.uint16)
    dataset = make_mammogram_dataset(pixels=board, transfer_syntax=JPEG_2000_LOSSLESS)
    coded = imagecodecs.jpeg2k_encode(board, level=0, reversible=True, codecformat="j2k", bitspersample=16)
    dataset.PixelData = encapsulate([bytes(coded)])
    preview = preview_of(save(dataset, tmp_path / "image.dcm"))
    assert preview is not None
    assert int(preview.stored.max()) == 4095
    inside = np.abs(block_means(preview.stored) - block_means(board))
    assert inside.mean() < 200


def test_a_preview_can_be_had_from_a_process_of_its_own(tmp_path: Path) -> None:
    path = write_mammogram(tmp_path / "image.dcm", rows=400, columns=300, transfer_syntax=JPEG_2000_LOSSLESS)
    alone = preview_of(path)
    with DecodePool(1) as decoder:
        preview = preview_of(path, decoder=decoder)
    assert alone is not None
    assert preview is not None
    np.testing.assert_array_equal(preview.stored, alone.stored)


def test_each_frame_has_its_preview(tmp_path: Path) -> None:
    made = np.stack([np.full((128, 96), value, np.uint16) for value in (700, 1900)])
    path = write_mammogram(tmp_path / "image.dcm", pixels=made, transfer_syntax=JPEG_2000_LOSSLESS)
    preview = preview_of(path, 2)
    assert preview is not None
    assert preview.frame == 2
    assert set(np.unique(preview.stored)) == {1900}


@pytest.mark.parametrize("syntax", [EXPLICIT, HTJ2K_LOSSLESS, JPEG_LOSSLESS_SV1])
def test_other_codings_have_no_preview(tmp_path: Path, syntax: str) -> None:
    path = write_mammogram(tmp_path / "image.dcm", rows=400, columns=300, transfer_syntax=syntax)
    assert preview_of(path) is None


def test_pictures_have_no_preview(tmp_path: Path) -> None:
    make_picture(tmp_path / "RCC.png", rows=400, columns=300)
    assert preview_of(tmp_path / "RCC.png") is None


def test_images_under_two_megapixels_have_no_preview(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.undo()
    assert frames._PREVIEW_PIXELS == 2_000_000
    path = write_mammogram(tmp_path / "image.dcm", rows=400, columns=300, transfer_syntax=JPEG_2000_LOSSLESS)
    assert preview_of(path) is None


@pytest.mark.parametrize(("resolutions", "there"), [(2, False), (3, True)])
def test_a_codestream_with_too_few_resolutions_has_no_preview(tmp_path: Path, resolutions: int, there: bool) -> None:
    made = make_breast("R", 400, 300)
    dataset = make_mammogram_dataset(pixels=made, transfer_syntax=JPEG_2000_LOSSLESS)
    coded = bytes(
        imagecodecs.jpeg2k_encode(
            made, level=0, reversible=True, codecformat="j2k", bitspersample=12, resolutions=resolutions
        )
    )
    stream = recognise(coded)
    assert stream is not None
    assert stream.levels == resolutions - 1
    dataset.PixelData = encapsulate([coded])
    assert (preview_of(save(dataset, tmp_path / "image.dcm")) is not None) is there


def test_a_damaged_codestream_has_no_preview(tmp_path: Path) -> None:
    made = make_breast("R", 400, 300)
    dataset = make_mammogram_dataset(pixels=made, transfer_syntax=JPEG_2000_LOSSLESS)
    coded = encode(made, JPEG_2000_LOSSLESS, dataset)
    tile = coded.index(b"\xff\x90")
    dataset.PixelData = encapsulate([coded[:tile] + b"\xff\x90" + b"\xff" * 200 + b"\xff\xd9"])
    assert preview_of(save(dataset, tmp_path / "image.dcm")) is None
