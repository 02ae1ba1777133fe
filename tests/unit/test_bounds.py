"""A small file that holds millions of elements, items or values is refused, and a large honest header is not."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from pydicom.dataset import Dataset
from pydicom.sequence import Sequence

from mammoview.core.errors import InputRefusedError
from mammoview.core.study import ImageHeader, ImageSource
from mammoview.core.window import VoiLut
from mammoview.dicom.dataset import parse_source
from mammoview.dicom.reader import read_header
from mammoview.dicom.scan import scan
from tests import encoders
from tests.benchmarks.fuzz_worker import forget_peak, peak_rss_bytes
from tests.factories import dicom_bytes, make_lut, make_mammogram_dataset, save, write_dicomdir, write_zip

TOO_MANY = "has a header of more elements than an image can need"
_MIB = 1 << 20
_UNDEFINED = 0xFFFFFFFF
_GROUPS = (0x5200, 0x9230)  # Per-frame Functional Groups Sequence
_MEASURES = (0x0028, 0x9110)  # Pixel Measures Sequence, which is asked for
_PRIVATE = (0x0002, 0x0102)  # Private Information
_EMPTY_ITEM = struct.pack("<HHI", 0xFFFE, 0xE000, 0)


def element(tag: tuple[int, int], vr: bytes, value: bytes, *, undefined: bool = False) -> bytes:
    """An element in Explicit VR Little Endian whose length takes four bytes."""
    if undefined:
        value += struct.pack("<HHI", 0xFFFE, 0xE0DD, 0)
    return struct.pack("<HH2sHI", *tag, vr, 0, _UNDEFINED if undefined else len(value)) + value


def item(content: bytes) -> bytes:
    return struct.pack("<HHI", 0xFFFE, 0xE000, len(content)) + content


def whole(syntax: str = encoders.EXPLICIT) -> bytes:
    return dicom_bytes(make_mammogram_dataset("R", "CC", 16, 16, transfer_syntax=syntax))


def with_elements(made: bytes) -> bytes:
    """A mammogram with further elements before its pixel data."""
    before, pixels, value = whole().partition(b"\xe0\x7f\x10\x00OW")
    return before + made + pixels + value


def behind_meta(made: bytes) -> bytes:
    """A mammogram with further elements at the end of its meta information."""
    data = whole()
    at = 144 + struct.unpack("<I", data[140:144])[0]
    return data[:at] + made + data[at:]


def deflated(made: bytes) -> bytes:
    """As `with_elements`, all of the data set deflated (PS3.5 A.5)."""
    data = whole(encoders.DEFLATED)
    at = 144 + struct.unpack("<I", data[140:144])[0]
    before, pixels, value = zlib.decompress(data[at:], -zlib.MAX_WBITS).partition(b"\xe0\x7f\x10\x00OW")
    deflater = zlib.compressobj(9, zlib.DEFLATED, -zlib.MAX_WBITS)
    return data[:at] + deflater.compress(before + made + pixels + value) + deflater.flush()


def header(folder: Path, data: bytes) -> ImageHeader:
    path = folder / "image.dcm"
    path.write_bytes(data)
    return read_header(ImageSource(path))


EMPTY_ITEMS = _EMPTY_ITEM * 400_000
EMPTY_ELEMENTS = b"".join(struct.pack("<HH2sH", 0x0019, number, b"LO", 0) for number in range(0x1000, 0xFFFF)) * 7
BOMBS: dict[str, Callable[[], bytes]] = {
    "items": lambda: with_elements(element(_GROUPS, b"SQ", EMPTY_ITEMS)),
    "items without end": lambda: with_elements(element(_GROUPS, b"SQ", EMPTY_ITEMS, undefined=True)),
    "items of an unknown VR": lambda: with_elements(element(_GROUPS, b"UN", EMPTY_ITEMS, undefined=True)),
    "items in an item": lambda: with_elements(
        element(_GROUPS, b"SQ", item(element(_MEASURES, b"SQ", EMPTY_ITEMS))),
    ),
    "elements of an item": lambda: with_elements(element(_GROUPS, b"SQ", item(EMPTY_ELEMENTS))),
    "items in the meta information": lambda: behind_meta(element(_PRIVATE, b"SQ", EMPTY_ITEMS, undefined=True)),
    "a command set of zeros": lambda: behind_meta(bytes(4 * _MIB)),
    "items, deflated": lambda: deflated(element(_GROUPS, b"SQ", EMPTY_ITEMS)),
    "items without end, deflated": lambda: deflated(element(_GROUPS, b"SQ", EMPTY_ITEMS, undefined=True)),
}


@pytest.mark.parametrize("bomb", BOMBS)
def test_a_header_of_millions_of_elements_or_items_is_refused(tmp_path: Path, bomb: str) -> None:
    with pytest.raises(InputRefusedError) as refused:
        header(tmp_path, BOMBS[bomb]())
    assert refused.value.cause == TOO_MANY


def test_what_is_refused_takes_little_memory(tmp_path: Path) -> None:
    data = BOMBS["items without end"]()
    forget_peak()
    before = peak_rss_bytes()
    with pytest.raises(InputRefusedError):
        header(tmp_path, data)
    assert peak_rss_bytes() - before < 100 * _MIB


def test_a_bomb_in_an_archive_is_refused_and_the_rest_opens(tmp_path: Path) -> None:
    path = write_zip(tmp_path / "a.zip", {"a.dcm": BOMBS["items"](), "b.dcm": whole()})
    result = scan([path])
    assert [refusal.cause for refusal in result.refused] == [TOO_MANY]
    assert [study.images[0].source.member for study in result.studies] == ["b.dcm"]


def test_a_deflated_file_without_a_group_length_may_not_inflate_without_limit(tmp_path: Path) -> None:
    data = whole(encoders.DEFLATED)
    at = 144 + struct.unpack("<I", data[140:144])[0]
    deflater = zlib.compressobj(9, zlib.DEFLATED, -zlib.MAX_WBITS)
    parts = [deflater.compress(bytes(_MIB)) for _ in range(300)]
    with pytest.raises(InputRefusedError, match="would inflate to more than 256 MB"):
        header(tmp_path, data[:132] + data[144:at] + b"".join(parts) + deflater.flush())


def sequence(items: list[Dataset], *, undefined: bool) -> Sequence:
    made = Sequence(items)
    made.is_undefined_length = undefined
    for one in made:
        one.is_undefined_length_sequence_item = undefined
    return made


@pytest.mark.parametrize("undefined", [False, True])
def test_a_tomosynthesis_header_of_200_frames_opens(tmp_path: Path, undefined: bool) -> None:
    """Ten functional groups of each frame, of ten elements each; 40,000 elements and items in all."""
    keywords = (
        "FrameContentSequence",
        "PixelMeasuresSequence",
        "PlanePositionSequence",
        "PlaneOrientationSequence",
        "FrameAnatomySequence",
        "FrameVOILUTSequence",
        "PixelValueTransformationSequence",
        "XRay3DFrameTypeSequence",
        "DerivationImageSequence",
        "ReferencedImageSequence",
    )
    frames = []
    for _ in range(200):
        group = Dataset()
        for keyword in keywords:
            inner = Dataset()
            for number in range(10):
                inner.add_new(0x00181000 + number, "LO", "made")
            setattr(group, keyword, sequence([inner], undefined=undefined))
            group[keyword].is_undefined_length = undefined
        group.PixelMeasuresSequence[0].PixelSpacing = ["0.085", "0.085"]
        frames.append(group)
    ds = make_mammogram_dataset("R", "CC", 16, 16, frames=200)
    ds.PerFrameFunctionalGroupsSequence = sequence(frames, undefined=undefined)
    ds["PerFrameFunctionalGroupsSequence"].is_undefined_length = undefined
    found = read_header(ImageSource(save(ds, tmp_path / "image.dcm")))
    assert found.spacing is not None
    assert (found.frames, found.spacing.row_mm, found.warnings) == (200, 0.085, ())


def test_a_dicomdir_of_many_records_opens(tmp_path: Path) -> None:
    path = write_dicomdir(tmp_path, [make_mammogram_dataset()])
    data = path.read_bytes()
    fields = b"".join(struct.pack("<HH2sH", 4, 0x1511 + number, b"UI", 0) for number in range(8))
    at = data.index(b"\x04\x00\x20\x12SQ")  # Directory Record Sequence
    records = data[at + 12 :] if data[at + 8 : at + 12] != b"\xff" * 4 else data[at + 12 : -8]
    path.write_bytes(data[:at] + element((4, 0x1220), b"SQ", records + item(fields) * 20_000))
    assert len(parse_source(ImageSource(path)).dataset.DirectoryRecordSequence) > 20_000


@pytest.mark.parametrize(
    ("tag", "value", "name"),
    [
        ((0x0028, 0x1050), b"1\\" * _MIB, "Window Center"),
        ((0x0028, 0x0002), b"\1\0" * _MIB, "Samples per Pixel"),
        ((0x0020, 0x0020), b"A\\" * _MIB, "Patient Orientation"),
    ],
)
def test_a_value_of_a_million_parts_is_left_out_with_a_warning(
    tmp_path: Path, tag: tuple[int, int], value: bytes, name: str
) -> None:
    implicit = whole(encoders.IMPLICIT)
    at = implicit.index(struct.pack("<HHI", 0x7FE0, 0x0010, 512))
    found = header(tmp_path, implicit[:at] + struct.pack("<HHI", *tag, len(value)) + value + implicit[at:])
    assert found.warnings[0] == f"{name} is longer than any such value: left out"


def test_a_lut_of_all_16_bit_values_is_not_too_long(tmp_path: Path) -> None:
    lut = make_lut(0, np.arange(65536), 16)
    ds = make_mammogram_dataset("R", "CC", 16, 16, bits_stored=16, voi_luts=[lut], transfer_syntax=encoders.IMPLICIT)
    found = header(tmp_path, dicom_bytes(ds))
    assert ([type(voi) for voi in found.grey.vois], found.warnings) == ([VoiLut], ())
