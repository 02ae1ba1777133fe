"""What is written in pixels: found, blanked, and the rest given back bit for bit."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray
from pydicom.dataset import Dataset

from mammoview.core.errors import InputRefusedError
from mammoview.core.image import MammoImage
from mammoview.dicom.deidentify.lettering import rows_of_letters
from mammoview.dicom.deidentify.marks import find_marks
from mammoview.dicom.deidentify.pixel_data import write_pixels
from mammoview.dicom.reader import read_file
from tests.factories import make_breast, write_mammogram
from tests.planted import lettered


def image_of(folder: Path, pixels: NDArray[Any], **options: Any) -> MammoImage:
    return read_file(write_mammogram(folder / "made.dcm", "R", "CC", pixels=pixels, **options))


def test_nothing_is_blanked_where_nothing_is_written(tmp_path: Path) -> None:
    marks = find_marks(image_of(tmp_path, make_breast("R", 600, 480)))
    assert (marks.count, marks.over, marks.breast) == (0, 0, True)


@pytest.mark.parametrize("grey", [3, 60, 4095])
def test_letters_of_any_grey_beside_the_breast_are_found_and_no_tissue(tmp_path: Path, grey: int) -> None:
    pixels = make_breast("R", 600, 480)
    letters = np.zeros(pixels.shape, np.uint8)
    cv2.putText(letters, "NAME", (20, 50), cv2.FONT_HERSHEY_SIMPLEX, 0.9, 255, 2)
    tissue = pixels > 0
    pixels[letters > 0] = grey
    marks = find_marks(image_of(tmp_path, pixels))
    assert marks.beside[letters > 0].all()
    assert not marks.beside[tissue].any()
    assert marks.air == 0


def test_letters_in_noisy_air_on_a_gradient_are_found(tmp_path: Path) -> None:
    pixels = make_breast("R", 600, 480)
    noise = np.random.default_rng(1).normal(0, 4, pixels.shape) + np.linspace(100, 160, 480)
    pixels = np.where(pixels > 0, pixels, np.clip(noise, 1, None).round()).astype(np.uint16)
    letters = np.zeros(pixels.shape, np.uint8)
    cv2.putText(letters, "NAME", (20, 50), cv2.FONT_HERSHEY_SIMPLEX, 0.9, 255, 2)
    pixels[letters > 0] += 60
    marks = find_marks(image_of(tmp_path, pixels))
    assert marks.beside[letters > 0].mean() > 0.99
    assert marks.beside[:, :100].mean() < 0.5


def test_a_label_that_reaches_the_margin_is_blanked_up_to_the_breast(tmp_path: Path) -> None:
    pixels = make_breast("R", 600, 480)
    middle = pixels[300]
    edge = int(np.flatnonzero(middle)[0])
    pixels[290:310, edge - 60 : edge - 8] = 4095
    marks = find_marks(image_of(tmp_path, pixels))
    assert marks.beside[292:308, edge - 60 : edge - 8].all()


@pytest.mark.parametrize("turned", [False, True])
def test_a_row_of_letters_over_tissue_is_seen(tmp_path: Path, turned: bool) -> None:
    pixels = lettered("R", over=True)
    if turned:
        plain = make_breast("R", 600, 480, seed=3)
        patch = pixels[260:320, 280:480] > 4000
        plain[200:400, 330:390][np.rot90(patch)] = 4095
        pixels = plain
    marks = find_marks(image_of(tmp_path, pixels))
    assert marks.over >= 1


@pytest.mark.parametrize("text", ["7M", "ANN"])
@pytest.mark.parametrize(("ink", "label"), [(4095, None), (0, None), (0, 4095)], ids=["white", "black", "on a label"])
@pytest.mark.parametrize("turned", [False, True], ids=["across", "upwards"])
def test_two_or_three_letters_over_tissue_are_seen_and_where(
    tmp_path: Path, text: str, ink: int, label: int | None, turned: bool
) -> None:
    pixels = make_breast("R", 600, 480, seed=3)
    letters = np.zeros((40, 90), np.uint8)
    cv2.putText(letters, text, (12, 30), cv2.FONT_HERSHEY_SIMPLEX, 0.9, 255, 2, cv2.LINE_8)
    drawn = np.rot90(letters) if turned else letters
    place = np.s_[280 : 280 + drawn.shape[0], 340 : 340 + drawn.shape[1]]
    if label is not None:
        pixels[place] = label
    pixels[place][drawn > 0] = ink
    (row,) = find_marks(image_of(tmp_path, pixels)).rows
    assert 275 <= row.row0 < row.row1 <= 285 + drawn.shape[0]
    assert 335 <= row.column0 < row.column1 <= 345 + drawn.shape[1]


def test_what_is_bright_and_hard_but_no_row_is_no_letter(tmp_path: Path) -> None:
    pixels = make_breast("R", 600, 480, seed=3, specks=0)
    pixels[200:220, 300:306] = 4095  # a clip
    pixels[300:303, 330:350] = 4095  # a wire in two pieces
    pixels[300:303, 353:373] = 4095
    cv2.circle(pixels, (400, 400), 8, 4095, -1)  # a pellet on the skin
    assert find_marks(image_of(tmp_path, pixels)).rows == ()


def test_specks_in_tissue_are_no_letters(tmp_path: Path) -> None:
    for seed in range(4):
        image = image_of(tmp_path, make_breast("R", 600, 480, specks=60, seed=seed))
        assert rows_of_letters(image.stored, np.ones(image.stored.shape, np.bool_)) == ()


def test_an_image_without_a_breast_says_so(tmp_path: Path) -> None:
    assert not find_marks(image_of(tmp_path, np.zeros((300, 240), np.uint16))).breast


def described(bits: int, allocated: int, *, signed: bool) -> Dataset:
    ds = Dataset()
    ds.BitsAllocated, ds.BitsStored, ds.HighBit = allocated, bits, bits - 1
    ds.PixelRepresentation = int(signed)
    return ds


@pytest.mark.parametrize(
    ("bits", "allocated", "signed"), [(12, 16, False), (12, 16, True), (8, 8, False), (16, 16, True)]
)
def test_native_cells_are_the_stored_values(bits: int, allocated: int, signed: bool) -> None:
    low = -(2 ** (bits - 1)) if signed else 0
    stored = np.arange(low, low + 15, dtype=np.int16 if signed else np.uint16).reshape(3, 5)
    ds = described(bits, allocated, signed=signed)
    assert write_pixels(ds, [stored], compressed=False) == "1.2.840.10008.1.2.1"
    kind = np.dtype(f"<{'i' if signed else 'u'}{allocated // 8}")
    assert len(ds.PixelData) % 2 == 0
    assert np.array_equal(np.frombuffer(ds.PixelData, kind, 15).reshape(3, 5), stored)


def test_a_padding_beyond_bits_stored_keeps_a_file_uncompressed() -> None:
    stored = np.full((8, 8), 65535, np.uint16)
    ds = described(12, 16, signed=False)
    assert write_pixels(ds, [stored], compressed=True) == "1.2.840.10008.1.2.1"
    assert np.frombuffer(ds.PixelData, "<u2").max() == 65535


def test_values_that_do_not_fit_the_cells_are_refused() -> None:
    with pytest.raises(InputRefusedError, match="beyond its own number of bits"):
        write_pixels(described(8, 8, signed=False), [np.full((4, 4), 300, np.uint16)], compressed=False)


def test_each_frame_is_blanked_by_itself(tmp_path: Path) -> None:
    from pydicom import dcmread

    from mammoview.cli import main

    frames = np.stack([make_breast("R", 600, 480, seed=3), lettered("R"), make_breast("R", 600, 480, seed=4)])
    path = write_mammogram(tmp_path / "in.dcm", "R", "CC", pixels=frames)
    assert main(["deidentify", str(path), "--out", str(tmp_path / "out")]) == 0
    (written,) = (tmp_path / "out").rglob("*.dcm")
    after = dcmread(written).pixel_array
    assert np.array_equal(after[[0, 2]], frames[[0, 2]])
    assert after[1][:80, :240].max() == 0
    assert np.array_equal(after[1][frames[0] > 0], frames[1][frames[0] > 0])
