"""Every coding of the same pixels opens to the same pixels."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import imagecodecs
import numpy as np
import pytest
from numpy.typing import NDArray
from pydicom import dcmread
from pydicom.dataset import FileDataset
from pydicom.encaps import encapsulate, get_frame
from pydicom.uid import UID

from mammoview.core.errors import InputRefusedError
from mammoview.dicom import codecs, plugins
from mammoview.dicom.codestream import Codestream, Family, recognise
from mammoview.dicom.reader import read_file
from tests.factories import (
    EXPLICIT,
    HTJ2K_LOSSLESS,
    IMPLICIT,
    JPEG_2000,
    JPEG_2000_LOSSLESS,
    JPEG_BASELINE,
    JPEG_EXTENDED,
    JPEG_LOSSLESS_SV1,
    JPEG_LS,
    JPEG_LS_NEAR,
    LOSSLESS_SYNTAXES,
    RLE,
    encode,
    make_breast,
    make_mammogram_dataset,
    save,
    set_pixels,
    write_mammogram,
)


@pytest.mark.parametrize(
    ("bits", "signed"), [(8, False), (10, False), (12, False), (14, False), (16, False), (12, True), (16, True)]
)
@pytest.mark.parametrize("syntax", LOSSLESS_SYNTAXES, ids=lambda syntax: UID(syntax).name)
def test_a_lossless_syntax_gives_the_original_pixels(tmp_path: Path, syntax: str, bits: int, signed: bool) -> None:
    pixels = make_breast("L", 47, 33, bits=bits, signed=signed)
    path = write_mammogram(
        tmp_path / "image.dcm", "L", pixels=pixels, bits_stored=bits, signed=signed, transfer_syntax=syntax
    )
    image = read_file(path)
    assert image.stored.dtype == (np.int16 if signed else np.uint8 if bits == 8 else np.uint16)
    assert image.stored.flags.c_contiguous
    assert not image.stored.flags.writeable
    np.testing.assert_array_equal(image.stored, pixels)
    assert image.header.warnings == ()
    assert not image.header.lossy


@pytest.mark.parametrize(
    ("syntax", "bits", "tolerance"),
    [(JPEG_BASELINE, 8, 12), (JPEG_EXTENDED, 12, 200), (JPEG_LS_NEAR, 12, 2), (JPEG_2000, 12, 200)],
)
def test_a_lossy_syntax_stays_near_and_is_marked(tmp_path: Path, syntax: str, bits: int, tolerance: int) -> None:
    pixels = make_breast("R", 64, 48, bits=bits)
    path = write_mammogram(
        tmp_path / "image.dcm", pixels=pixels, bits_stored=bits, transfer_syntax=syntax, LossyImageCompression="01"
    )
    image = read_file(path)
    assert np.abs(image.stored.astype(int) - pixels).max() <= tolerance
    assert image.header.lossy


@pytest.mark.parametrize("syntax", [EXPLICIT, JPEG_LOSSLESS_SV1, JPEG_2000_LOSSLESS, HTJ2K_LOSSLESS])
def test_each_frame_is_read_by_its_number(tmp_path: Path, syntax: str) -> None:
    frames = np.stack([make_breast("R", 40, 30, seed=seed) for seed in range(3)])
    path = write_mammogram(tmp_path / "image.dcm", pixels=frames, transfer_syntax=syntax)
    for number in (1, 2, 3):
        image = read_file(path, number)
        assert image.frame == number
        assert image.header.frames == 3
        np.testing.assert_array_equal(image.stored, frames[number - 1])
    for number in (0, 4):
        with pytest.raises(InputRefusedError, match="there is no frame"):
            read_file(path, number)


def test_bits_above_bits_stored_are_left_out_with_a_warning(tmp_path: Path) -> None:
    pixels = make_breast("R", 40, 30)
    path = write_mammogram(tmp_path / "image.dcm", pixels=pixels | np.uint16(0x4000))
    image = read_file(path)
    np.testing.assert_array_equal(image.stored, pixels)
    assert "bits outside Bits Stored" in image.header.warnings[0]


def test_a_high_bit_above_the_stored_bits_is_shifted_down(tmp_path: Path) -> None:
    pixels = make_breast("R", 40, 30)
    path = write_mammogram(tmp_path / "image.dcm", pixels=pixels << np.uint16(4), HighBit=15)
    np.testing.assert_array_equal(read_file(path).stored, pixels)


def test_twelve_signed_bits_without_extended_sign_are_extended(tmp_path: Path) -> None:
    pixels = make_breast("R", 40, 30, signed=True)
    unextended = (pixels.view(np.uint16) & np.uint16(0xFFF)).view(np.int16)
    path = write_mammogram(tmp_path / "image.dcm", pixels=unextended, signed=True)
    np.testing.assert_array_equal(read_file(path).stored, pixels)


def test_signed_pixels_lose_what_lies_above_bits_stored(tmp_path: Path) -> None:
    pixels = make_breast("R", 40, 30, signed=True)
    strange = ((pixels.view(np.uint16) & np.uint16(0xFFF)) | np.uint16(0xF000)).view(np.int16)
    path = write_mammogram(tmp_path / "image.dcm", pixels=strange, signed=True)
    np.testing.assert_array_equal(read_file(path).stored, pixels)


@pytest.mark.parametrize("declared", [IMPLICIT, EXPLICIT])
@pytest.mark.parametrize("actual", [JPEG_LOSSLESS_SV1, JPEG_2000_LOSSLESS, JPEG_LS])
@pytest.mark.parametrize("wrapped", [True, False], ids=["encapsulated", "bare"])
def test_a_codestream_declared_as_uncompressed_opens_with_a_warning(
    tmp_path: Path, declared: str, actual: str, wrapped: bool
) -> None:
    pixels = make_breast("R", 96, 72)
    ds = make_mammogram_dataset(pixels=pixels, transfer_syntax=declared)
    coded = encode(pixels, actual, ds)
    ds.PixelData = encapsulate([coded]) if wrapped else coded + b"\0" * (len(coded) % 2)
    image = read_file(save(ds, tmp_path / "image.dcm"))
    np.testing.assert_array_equal(image.stored, pixels)
    assert "declares uncompressed pixels but holds" in image.header.warnings[0]


@pytest.mark.parametrize("declared", [JPEG_LOSSLESS_SV1, JPEG_2000_LOSSLESS])
def test_uncompressed_pixels_declared_as_compressed_open_with_a_warning(tmp_path: Path, declared: str) -> None:
    pixels = make_breast("R", 40, 30)
    plain = write_mammogram(tmp_path / "plain.dcm", pixels=pixels).read_bytes()
    syntax = EXPLICIT.encode() + b"\0"
    longer = declared.encode()
    at = plain.index(b"\x02\x00\x10\x00UI")
    meta_length = int.from_bytes(plain[140:144], "little") + len(longer) - len(syntax)
    data = plain[:140] + meta_length.to_bytes(4, "little") + plain[144:at]
    data += b"\x02\x00\x10\x00UI" + len(longer).to_bytes(2, "little") + longer + plain[at + 8 + len(syntax) :]
    (tmp_path / "image.dcm").write_bytes(data)
    image = read_file(tmp_path / "image.dcm")
    np.testing.assert_array_equal(image.stored, pixels)
    assert "but holds uncompressed" in image.header.warnings[0]


def test_one_codestream_declared_as_another_opens_with_a_warning(tmp_path: Path) -> None:
    pixels = make_breast("R", 40, 30)
    ds = make_mammogram_dataset(pixels=pixels, transfer_syntax=JPEG_LOSSLESS_SV1)
    ds.PixelData = encapsulate([encode(pixels, JPEG_2000_LOSSLESS, ds)])
    image = read_file(save(ds, tmp_path / "image.dcm"))
    np.testing.assert_array_equal(image.stored, pixels)
    assert "declares JPEG Lossless pixels but holds JPEG 2000" in image.header.warnings[0]


def test_a_compressed_picture_without_its_end_is_refused(tmp_path: Path) -> None:
    pixels = make_breast("R", 96, 72)
    ds = make_mammogram_dataset(pixels=pixels, transfer_syntax=JPEG_LOSSLESS_SV1)
    coded = encode(pixels, JPEG_LOSSLESS_SV1, ds)
    ds.PixelData = encapsulate([coded[: len(coded) // 2]])
    with pytest.raises(InputRefusedError, match="truncated: the compressed picture has no end"):
        read_file(save(ds, tmp_path / "image.dcm"))


def test_a_picture_of_another_size_than_the_header_says_is_refused_undecoded(tmp_path: Path) -> None:
    ds = make_mammogram_dataset(pixels=make_breast("R", 40, 30), transfer_syntax=JPEG_2000_LOSSLESS)
    ds.Rows = 41
    with pytest.raises(InputRefusedError, match="30 x 40 pixels where its header says 30 x 41"):
        read_file(save(ds, tmp_path / "image.dcm"))


def test_garbage_for_a_codestream_is_refused(tmp_path: Path) -> None:
    ds = make_mammogram_dataset(transfer_syntax=JPEG_LS)
    ds.PixelData = encapsulate([b"\xff\xd8\xff\xf7" + bytes(range(200)) + b"\xff\xd9"])
    with pytest.raises(InputRefusedError):
        read_file(save(ds, tmp_path / "image.dcm"))


@pytest.mark.parametrize("bits", [1, 32])
def test_pixels_of_unusual_width_are_refused(tmp_path: Path, bits: int) -> None:
    path = write_mammogram(tmp_path / "image.dcm", BitsAllocated=bits)
    with pytest.raises(InputRefusedError, match=f"pixels of {bits} bits"):
        read_file(path)


def test_floating_point_pixels_are_refused(tmp_path: Path) -> None:
    ds = make_mammogram_dataset()
    del ds.PixelData
    ds.FloatPixelData = np.zeros(ds.Rows * ds.Columns, np.float32).tobytes()
    ds.BitsAllocated = 32
    with pytest.raises(InputRefusedError, match="floating-point"):
        read_file(save(ds, tmp_path / "image.dcm"))


def colour_dataset(photometric: str, data: bytes, *, planar: int = 0) -> FileDataset:
    ds = make_mammogram_dataset(bits_stored=8, pixels=np.zeros((4, 6), np.uint8))
    ds.SamplesPerPixel, ds.PhotometricInterpretation, ds.PlanarConfiguration = 3, photometric, planar
    ds.PixelData = data
    return ds


@pytest.mark.parametrize("planar", [0, 1])
def test_colour_is_shown_as_its_luminance(tmp_path: Path, planar: int) -> None:
    rgb = np.random.default_rng(1).integers(0, 256, (4, 6, 3)).astype(np.uint8)
    laid = rgb if planar == 0 else np.moveaxis(rgb, 2, 0)
    image = read_file(save(colour_dataset("RGB", laid.tobytes(), planar=planar), tmp_path / "image.dcm"))
    expected = rgb.astype(float) @ [0.299, 0.587, 0.114]
    assert image.stored.dtype == np.uint8
    assert np.abs(image.stored - expected).max() <= 0.51
    assert "colour" in image.header.warnings[0]
    assert image.grey.bits_stored == 8


def test_the_first_sample_of_ybr_is_the_luminance(tmp_path: Path) -> None:
    ybr = np.random.default_rng(2).integers(0, 256, (4, 6, 3)).astype(np.uint8)
    image = read_file(save(colour_dataset("YBR_FULL", ybr.tobytes()), tmp_path / "image.dcm"))
    np.testing.assert_array_equal(image.stored, ybr[:, :, 0])


def test_a_colour_jpeg_is_shown_as_its_luminance(tmp_path: Path) -> None:
    grey = make_breast("R", 64, 48, bits=8)
    ds = make_mammogram_dataset(bits_stored=8, pixels=grey, transfer_syntax=JPEG_BASELINE)
    ds.SamplesPerPixel, ds.PhotometricInterpretation, ds.PlanarConfiguration = 3, "YBR_FULL_422", 0
    ds.PixelData = encapsulate([bytes(imagecodecs.jpeg8_encode(np.stack([grey] * 3, axis=2), level=98))])
    image = read_file(save(ds, tmp_path / "image.dcm"))
    assert np.abs(image.stored.astype(int) - grey).max() <= 12


def test_a_palette_is_shown_as_its_luminance(tmp_path: Path) -> None:
    pixels = np.arange(24, dtype=np.uint8).reshape(4, 6)
    ds = make_mammogram_dataset(bits_stored=8, pixels=pixels, photometric="PALETTE COLOR")
    for colour in ("Red", "Green", "Blue"):
        setattr(ds, f"{colour}PaletteColorLookupTableDescriptor", [256, 0, 16])
        setattr(ds, f"{colour}PaletteColorLookupTableData", (np.arange(256) * 257).astype("<u2").tobytes())
    image = read_file(save(ds, tmp_path / "image.dcm"))
    assert np.abs(image.stored.astype(int) - pixels).max() <= 1


@pytest.mark.parametrize("place", [0, 4, 8, 40])
def test_a_damaged_rle_frame_is_refused(tmp_path: Path, place: int) -> None:
    pixels = make_breast("R", 40, 30)
    ds = make_mammogram_dataset(pixels=pixels, transfer_syntax=RLE)
    coded = bytearray(encode(pixels, RLE, ds))
    coded[place : place + 4] = b"\xff\xff\xff\x7f"
    ds.PixelData = encapsulate([bytes(coded if place < 40 else coded[:200])])
    with pytest.raises(InputRefusedError, match="RLE pixel data cannot be decoded"):
        read_file(save(ds, tmp_path / "image.dcm"))


def test_every_syntax_of_the_table_has_a_decoder_here() -> None:
    assert [family for family in Family if not codecs.available(family)] == []


def test_codestreams_are_recognised_by_their_bytes() -> None:
    ds = make_mammogram_dataset()
    pixels = make_breast("R", 40, 30)
    for syntax in (JPEG_LOSSLESS_SV1, JPEG_LS, JPEG_2000_LOSSLESS, HTJ2K_LOSSLESS, JPEG_EXTENDED):
        found = recognise(encode(pixels, syntax, ds))
        assert found is not None
        assert (found.family, found.rows, found.columns, found.ended) == (codecs.family_of(syntax), 40, 30, True)
    assert recognise(b"\0" * 100) is None


@pytest.mark.parametrize(
    ("syntax", "bits", "signed"),
    [
        (JPEG_LOSSLESS_SV1, 12, False),
        (JPEG_LOSSLESS_SV1, 8, False),
        (JPEG_LS, 12, True),
        (JPEG_2000_LOSSLESS, 12, False),
        (JPEG_2000_LOSSLESS, 12, True),
        (JPEG_2000_LOSSLESS, 16, True),
    ],
)
@pytest.mark.parametrize("lacking", [True, False], ids=["lacks", "refuses"])
def test_what_imagecodecs_lacks_or_refuses_a_plugin_of_pydicom_decodes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, syntax: str, bits: int, signed: bool, lacking: bool
) -> None:
    def refuse(data: bytes, stream: Codestream) -> NDArray[Any]:
        raise RuntimeError("refused")

    if lacking:
        monkeypatch.setattr(codecs, "available", lambda family: False)
    monkeypatch.setattr(codecs, "_decoders", lambda family, rgb, threads: [refuse])
    pixels = make_breast("R", 47, 33, bits=bits, signed=signed)
    path = write_mammogram(
        tmp_path / "image.dcm", pixels=pixels, bits_stored=bits, signed=signed, transfer_syntax=syntax
    )
    np.testing.assert_array_equal(read_file(path).stored, pixels)


def test_what_nothing_can_decode_is_refused_with_what_to_install(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = write_mammogram(tmp_path / "image.dcm", transfer_syntax=HTJ2K_LOSSLESS)
    monkeypatch.setattr(codecs, "available", lambda family: False)
    monkeypatch.setattr(plugins, "has_plugin", lambda stream: False)
    with pytest.raises(InputRefusedError, match=r"High-Throughput JPEG 2000 .* no decoder is installed") as caught:
        read_file(path)
    assert caught.value.hint == "pip install -U imagecodecs, or pylibjpeg-openjpeg"


def test_a_damaged_picture_is_refused_in_words_without_names_of_functions(tmp_path: Path) -> None:
    pixels = make_breast("R", 96, 72)
    ds = make_mammogram_dataset(pixels=pixels, transfer_syntax=JPEG_LS)
    coded = encode(pixels, JPEG_LS, ds)
    half = len(coded) // 2
    ds.PixelData = encapsulate([coded[:half] + bytes(60) + coded[half + 60 :]])
    with pytest.raises(InputRefusedError, match="JPEG-LS pixel data cannot be decoded: they are damaged") as caught:
        read_file(save(ds, tmp_path / "image.dcm"))
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("declared", [None, EXPLICIT])
@pytest.mark.parametrize(
    ("syntax", "bits"), [(JPEG_BASELINE, 8), (JPEG_EXTENDED, 12), (JPEG_LS_NEAR, 12), (JPEG_2000, 12)]
)
def test_a_codestream_that_gave_values_up_is_labelled_whatever_the_header_says(
    tmp_path: Path, syntax: str, bits: int, declared: str | None
) -> None:
    pixels = make_breast("R", 64, 48, bits=bits)
    ds = make_mammogram_dataset(pixels=pixels, bits_stored=bits, transfer_syntax=declared or syntax)
    if declared:
        ds.PixelData = encapsulate([encode(pixels, syntax, ds)])
    assert ds.LossyImageCompression == "00"
    assert read_file(save(ds, tmp_path / "image.dcm")).header.lossy


def test_setting_pixels_twice_keeps_the_last(tmp_path: Path) -> None:
    ds = make_mammogram_dataset()
    pixels = make_breast("R", 50, 20, seed=9)
    set_pixels(ds, pixels, EXPLICIT)
    np.testing.assert_array_equal(read_file(save(ds, tmp_path / "image.dcm")).stored, pixels)


@pytest.mark.parametrize(
    ("name", "shape", "greatest"),
    [
        ("ffdm_ge_r_mlo_jpeg_lossless.dcm", (3062, 2394), 3471),
        ("film_digitised_l_mlo_jpeg2000_lossy.dcm", (4664, 3064), 4095),
    ],
)
def test_the_real_files_open(shared_data: Path, name: str, shape: tuple[int, int], greatest: int) -> None:
    path = shared_data / "dicom" / name
    image = read_file(path)
    assert image.stored.shape == shape
    assert image.stored.dtype == np.uint16
    assert image.stored.max() <= greatest
    data = get_frame(dcmread(path).PixelData, 0, number_of_frames=1)
    if name.startswith("ffdm"):  # two decoders that share no code
        np.testing.assert_array_equal(image.stored, imagecodecs.jpegsof3_decode(data))
        np.testing.assert_array_equal(image.stored, imagecodecs.ljpeg_decode(data))
    else:
        np.testing.assert_array_equal(image.stored, imagecodecs.jpeg2k_decode(data, numthreads=1))
