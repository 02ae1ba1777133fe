"""Plain pictures in and out."""

from __future__ import annotations

import errno
import struct
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from mammoview.core.errors import InputRefusedError, MammoviewError, UsageError
from mammoview.core.study import ImageSource
from mammoview.dicom import picture, picture_writer
from mammoview.dicom.picture_writer import write_picture
from mammoview.dicom.reader import read_file, read_header
from tests.factories import make_breast, make_picture


@pytest.mark.parametrize(("suffix", "bits"), [(".png", 8), (".png", 16), (".tif", 8), (".tiff", 16)])
def test_a_lossless_picture_gives_its_pixels(tmp_path: Path, suffix: str, bits: int) -> None:
    path = tmp_path / f"L_MLO{suffix}"
    pixels = make_picture(path, "L", bits=bits)
    image = read_file(path)
    np.testing.assert_array_equal(image.stored, pixels)
    assert image.stored.dtype == pixels.dtype
    assert (image.header.side_view, image.header.modality, image.spacing) == ("LMLO", "", None)
    assert image.header.study_instance_uid is None
    assert image.grey.bits_stored == bits
    assert not image.header.lossy


def test_a_jpeg_is_lossy(tmp_path: Path) -> None:
    path = tmp_path / "R_CC.jpg"
    pixels = make_picture(path, quality=95)
    image = read_file(path)
    assert image.header.lossy
    assert np.abs(image.stored.astype(int) - pixels).max() < 25


def test_a_colour_picture_is_shown_as_its_luminance(tmp_path: Path) -> None:
    rgb = np.random.default_rng(3).integers(0, 256, (12, 9, 3)).astype(np.uint8)
    path = tmp_path / "RCC.png"
    Image.fromarray(rgb).save(path)
    image = read_file(path)
    assert np.abs(image.stored - rgb.astype(float) @ [0.299, 0.587, 0.114]).max() <= 0.51
    assert "colour" in image.header.warnings[0]


UPRIGHT = np.array([[10, 60, 110], [160, 210, 250]], np.uint8)
STORED = {
    1: UPRIGHT,
    2: UPRIGHT[:, ::-1],
    3: UPRIGHT[::-1, ::-1],
    4: UPRIGHT[::-1],
    5: UPRIGHT.T,
    6: np.rot90(UPRIGHT, 1),
    7: UPRIGHT[::-1, ::-1].T,
    8: np.rot90(UPRIGHT, -1),
}


@pytest.mark.parametrize("suffix", [".png", ".tif"])
@pytest.mark.parametrize("orientation", range(1, 9))
def test_exif_orientation_is_undone(tmp_path: Path, orientation: int, suffix: str) -> None:
    path = tmp_path / f"RCC{suffix}"
    exif = Image.Exif()
    exif[0x0112] = orientation
    Image.fromarray(np.ascontiguousarray(STORED[orientation])).save(path, exif=exif)
    image = read_file(path)
    assert (image.header.rows, image.header.columns) == (2, 3)
    np.testing.assert_array_equal(image.stored, UPRIGHT)


def test_a_tiff_of_several_pages_has_frames(tmp_path: Path) -> None:
    pages = [make_breast("R", 20, 16, bits=8, seed=seed) for seed in range(3)]
    first, *rest = (Image.fromarray(page) for page in pages)
    path = tmp_path / "RCC.tif"
    first.save(path, save_all=True, append_images=rest)
    assert read_header(ImageSource(path)).frames == 3
    np.testing.assert_array_equal(read_file(path, 3).stored, pages[2])


def test_a_picture_over_the_limit_is_refused_before_it_is_decoded(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "RCC.png"
    make_picture(path)
    monkeypatch.setattr(picture, "MAX_PIXELS", 1000)
    with pytest.raises(InputRefusedError, match="over the limit"):
        read_file(path)
    bomb = bytearray(path.read_bytes())
    bomb[16:24] = struct.pack(">II", 60000, 60000)
    path.write_bytes(bomb)
    with pytest.raises(InputRefusedError):
        read_header(ImageSource(path))


@pytest.mark.parametrize("suffix", [".png", ".jpg", ".tif"])
def test_a_truncated_picture_is_refused(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"RCC{suffix}"
    make_picture(path)
    path.write_bytes(path.read_bytes()[:-800])
    with pytest.raises(InputRefusedError):
        read_file(path)


def test_a_floating_point_tiff_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "RCC.tif"
    Image.fromarray(np.ones((4, 4), np.float32)).save(path)
    with pytest.raises(InputRefusedError, match="32-bit"):
        read_file(path)


@pytest.mark.parametrize("suffix", [".png", ".tif", ".tiff"])
@pytest.mark.parametrize("kind", ["grey", "rgb", "grey16"])
def test_what_is_written_is_read_back(tmp_path: Path, suffix: str, kind: str) -> None:
    grey = make_breast("R", 30, 20, bits=8)
    pixels = {"grey": grey, "rgb": np.dstack([grey, grey // 2, grey // 3]), "grey16": grey.astype(np.uint16) * 257}
    path = tmp_path / f"out{suffix}"
    write_picture(path, pixels[kind], spacing_mm=(0.1, 0.2))
    with Image.open(path) as back:
        np.testing.assert_array_equal(np.asarray(back), pixels[kind])
        assert back.info["dpi"] == pytest.approx((127, 254), rel=0.01)
    assert [file.name for file in tmp_path.iterdir()] == [path.name]


def test_a_jpeg_is_written_with_its_resolution(tmp_path: Path) -> None:
    path = tmp_path / "out.jpeg"
    write_picture(path, make_breast("R", 30, 20, bits=8), spacing_mm=(0.1, 0.1), quality=90)
    with Image.open(path) as back:
        assert back.info["dpi"] == (254, 254)


def test_a_picture_holds_no_time_and_no_text(tmp_path: Path) -> None:
    pixels = make_breast("R", 30, 20, bits=8)
    for name in ("a.png", "b.png"):
        write_picture(tmp_path / name, pixels)
    data = (tmp_path / "a.png").read_bytes()
    assert data == (tmp_path / "b.png").read_bytes()
    assert not any(chunk in data for chunk in (b"tEXt", b"tIME", b"eXIf", b"iTXt"))


@pytest.mark.parametrize("name", ["out.bmp", "out", "out.dcm"])
def test_another_suffix_is_a_usage_error_that_names_the_choices(tmp_path: Path, name: str) -> None:
    with pytest.raises(UsageError, match=r"\.png, \.jpg"):
        write_picture(tmp_path / name, np.zeros((2, 2), np.uint8))


def test_pixels_that_a_format_cannot_hold_are_a_usage_error(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="8 bits"):
        write_picture(tmp_path / "out.jpg", np.zeros((2, 2), np.uint16))
    with pytest.raises(UsageError, match="neither grey nor RGB"):
        write_picture(tmp_path / "out.png", np.zeros((2, 2, 4), np.uint8))


def test_a_failure_leaves_the_old_file_and_nothing_else(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "out.png"
    path.write_bytes(b"old")

    def full(*_: object) -> bytes:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(picture_writer, "_png", full)
    with pytest.raises(MammoviewError, match="No space left on device"):
        write_picture(path, np.zeros((2, 2), np.uint8))
    assert path.read_bytes() == b"old"
    assert [file.name for file in tmp_path.iterdir()] == ["out.png"]


def test_a_missing_folder_is_said_so(tmp_path: Path) -> None:
    with pytest.raises(MammoviewError, match="there is no folder"):
        write_picture(tmp_path / "nowhere" / "out.png", np.zeros((2, 2), np.uint8))
