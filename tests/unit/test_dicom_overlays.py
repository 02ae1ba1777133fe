"""Overlays (60xx,eeee): packed bits, places, frames, the unused bits of the pixel cells; and what is left out."""

from __future__ import annotations

import io
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from pydicom import dcmread
from pydicom.dataelem import RawDataElement
from pydicom.dataset import FileDataset
from pydicom.tag import Tag

from mammoview.core.image import OverlayPlane
from mammoview.dicom.dataset import parse_stream
from mammoview.dicom.overlays import embedded_overlays, overlays_of
from tests.factories import BIG_ENDIAN, DEFLATED, EXPLICIT, IMPLICIT, dicom_bytes, make_mammogram_dataset

ROWS, COLUMNS = 21, 13


def bits_of(rows: int = ROWS, columns: int = COLUMNS, frames: int = 1, seed: int = 0) -> NDArray[np.uint8]:
    """An overlay's bits, (rows, columns) or (frames, rows, columns)."""
    bits = np.random.default_rng(seed).integers(0, 2, (frames, rows, columns), dtype=np.uint8)
    return bits[0] if frames == 1 else bits


def put(
    ds: FileDataset, bits: NDArray[np.uint8], group: int = 0x6000, *, origin: Any = (1, 1), vr: str = "OW", **more: Any
) -> FileDataset:
    """The data set with an overlay of the given bits; `more`: Frames, FrameOrigin, Label, Description, Type."""
    packed = np.packbits(bits.reshape(-1), bitorder="little").tobytes()
    packed += b"\0" * (len(packed) % 2)
    if vr == "OW" and ds.file_meta.TransferSyntaxUID == BIG_ENDIAN:
        packed = np.frombuffer(packed, "<u2").astype(">u2").tobytes()
    ds.add_new((group, 0x0010), "US", bits.shape[-2])
    ds.add_new((group, 0x0011), "US", bits.shape[-1])
    ds.add_new((group, 0x0040), "CS", more.get("Type", "G"))
    if origin is not None:
        ds.add_new((group, 0x0050), "SS", list(origin))
    ds.add_new((group, 0x0100), "US", 1)
    ds.add_new((group, 0x0102), "US", 0)
    for name, element, kind in (("Frames", 0x0015, "IS"), ("FrameOrigin", 0x0051, "US")):
        if name in more:
            ds.add_new((group, element), kind, more[name])
    for name, element in (("Label", 0x1500), ("Description", 0x0022)):
        if name in more:
            ds.add_new((group, element), "LO", more[name])
    ds.add_new((group, 0x3000), vr, packed)
    return ds


def image(syntax: str = EXPLICIT, **options: Any) -> FileDataset:
    return make_mammogram_dataset(rows=ROWS, columns=COLUMNS, transfer_syntax=syntax, **options)


def read(
    ds: FileDataset, frame: int = 1, cells: NDArray[Any] | None = None
) -> tuple[tuple[OverlayPlane, ...], list[str]]:
    """The overlays of the data set after it was written and read, and the warnings."""
    data = dicom_bytes(ds)
    parsed = parse_stream(io.BytesIO(data), len(data), data[:512])
    lines: list[str] = []
    return overlays_of(parsed.dataset, ROWS, COLUMNS, frame, cells, warnings=lines), lines


@pytest.mark.parametrize("vr", ["OW", "OB"])
@pytest.mark.parametrize("syntax", [IMPLICIT, EXPLICIT, BIG_ENDIAN, DEFLATED])
def test_bits_are_unpacked_in_every_syntax(syntax: str, vr: str) -> None:
    bits = bits_of()
    (plane,), lines = read(put(image(syntax), bits, vr=vr))
    np.testing.assert_array_equal(plane.mask, bits)
    assert (plane.row0, plane.column0, plane.mask.dtype, lines) == (0, 0, np.uint8, [])
    assert not plane.mask.flags.writeable


@pytest.mark.parametrize("frames", [1, 3])
def test_bits_are_those_of_pydicom(frames: int) -> None:
    ds = put(image(frames=frames), bits_of(7, 11, frames), 0x6002, Frames=str(frames))
    theirs = dcmread(io.BytesIO(dicom_bytes(ds))).overlay_array(0x6002).reshape(frames, 7, 11)
    for frame in range(1, frames + 1):
        (plane,), _ = read(ds, frame)
        np.testing.assert_array_equal(plane.mask, theirs[frame - 1])


def test_all_groups_are_found_with_label_and_kind() -> None:
    ds = put(image(), bits_of(seed=1), 0x601E, Label="CAD", Description="long", Type="R")
    put(ds, bits_of(seed=2), 0x6000, Description="nipple")
    put(ds, bits_of(seed=3), 0x6020, Label="a group that is none")
    planes, _ = read(ds)
    assert [(plane.label, plane.kind) for plane in planes] == [("nipple", "G"), ("CAD", "R")]
    np.testing.assert_array_equal(planes[1].mask, bits_of(seed=1))


@pytest.mark.parametrize(
    ("origin", "place", "part"),
    [
        ((3, 5), (2, 4), np.s_[: ROWS - 2, : COLUMNS - 4]),
        ((0, 1), (0, 0), np.s_[1:, :]),
        ((-4, -2), (0, 0), np.s_[5:, 3:]),
        ((ROWS, COLUMNS), (ROWS - 1, COLUMNS - 1), np.s_[:1, :1]),
    ],
)
def test_an_overlay_is_cut_to_the_image(
    origin: tuple[int, int], place: tuple[int, int], part: tuple[slice, slice]
) -> None:
    bits = bits_of() | np.eye(ROWS, COLUMNS, dtype=np.uint8)
    (plane,), lines = read(put(image(), bits, origin=origin))
    assert ((plane.row0, plane.column0), lines) == (place, [])
    np.testing.assert_array_equal(plane.mask, bits[part])


def test_an_overlay_larger_than_the_image_is_cut_on_both_sides() -> None:
    bits = bits_of(ROWS + 9, COLUMNS + 6)
    (plane,), _ = read(put(image(), bits, origin=(-3, -1)))
    np.testing.assert_array_equal(plane.mask, bits[4 : 4 + ROWS, 2 : 2 + COLUMNS])


@pytest.mark.parametrize("origin", [(ROWS + 1, 1), (1, COLUMNS + 1), (1 - ROWS, 1), (-32768, 32767)])
def test_an_overlay_beside_the_image_is_dropped_without_a_word(origin: tuple[int, int]) -> None:
    assert read(put(image(), bits_of(), origin=origin)) == ((), [])


def test_an_overlay_with_nothing_on_is_dropped() -> None:
    assert read(put(image(), np.zeros((ROWS, COLUMNS), np.uint8))) == ((), [])


def test_overlay_frames_belong_to_the_frames_from_their_origin_on() -> None:
    bits = bits_of(5, 7, 2)
    ds = put(image(frames=4), bits, Frames="2", FrameOrigin=2)
    assert read(ds, 1) == ((), [])
    for frame in (2, 3):
        (plane,), _ = read(ds, frame)
        np.testing.assert_array_equal(plane.mask, bits[frame - 2])
    assert read(ds, 4) == ((), [])


def test_an_overlay_without_frames_belongs_to_all_frames() -> None:
    ds = put(image(frames=3), bits_of())
    for frame in (1, 3):
        (plane,), _ = read(ds, frame)
        np.testing.assert_array_equal(plane.mask, bits_of())


def in_cells(position: int, **options: Any) -> FileDataset:
    ds = image(**options)
    for element, value in ((0x0010, ROWS), (0x0011, COLUMNS), (0x0100, 16), (0x0102, position)):
        ds.add_new((0x6000, element), "US", value)
    ds.add_new((0x6000, 0x0040), "CS", "G")
    ds.add_new((0x6000, 0x0050), "SS", [1, 1])
    return ds


@pytest.mark.parametrize("kind", [np.uint16, np.int16])
@pytest.mark.parametrize("position", [12, 15])
def test_an_overlay_in_unused_bits_of_the_cells_is_taken_from_them(position: int, kind: Any) -> None:
    ds, bits = in_cells(position), bits_of()
    assert embedded_overlays(ds)
    cells = np.full((ROWS, COLUMNS), 0x0ABC, np.uint16) | (bits.astype(np.uint16) << position)
    (plane,), lines = read(ds, cells=cells.view(kind))
    np.testing.assert_array_equal(plane.mask, bits)
    assert (plane.row0, plane.column0, lines) == (0, 0, [])


def test_cells_are_asked_for_only_where_an_overlay_lies_in_them() -> None:
    assert not embedded_overlays(image())
    assert not embedded_overlays(put(image(), bits_of()))
    assert not embedded_overlays(in_cells(11))
    shifted = in_cells(2)
    shifted.HighBit = 15
    assert embedded_overlays(shifted)


def test_an_overlay_in_cells_that_were_not_kept_is_left_out_with_a_warning() -> None:
    planes, lines = read(in_cells(12))
    assert (planes, lines) == ((), ["overlay 6000 lies in pixel cells that were not kept: left out"])


@pytest.mark.parametrize(
    ("element", "vr", "value", "words"),
    [
        (0x3000, "OW", b"\x01\x00", "has too few data"),
        (0x3000, None, None, "has no data"),
        (0x0010, None, None, "gives no size"),
        (0x0011, "US", 0, "gives no size"),
        (0x0015, "IS", "0", "has no frames"),
        (0x0015, "IS", "-3", "has no frames"),
    ],
)
def test_an_unusable_overlay_is_left_out_and_the_others_stay(
    element: int, vr: str | None, value: Any, words: str
) -> None:
    ds = put(put(image(), bits_of()), bits_of(seed=1), 0x6004)
    if vr is None:
        del ds[0x6000, element]
    else:
        ds.add_new((0x6000, element), vr, value)
    (plane,), lines = read(ds)
    np.testing.assert_array_equal(plane.mask, bits_of(seed=1))
    assert lines == [f"overlay 6000 {words}: left out"]


def test_an_overlay_of_absurd_size_is_left_out() -> None:
    ds = put(image(), bits_of())
    ds[0x6000, 0x0010].value, ds[0x6000, 0x0011].value = 65535, 65535
    assert read(ds) == ((), ["overlay 6000 is over the limit of 400 megapixels: left out"])


@settings(max_examples=200, deadline=None)
@given(
    values=st.dictionaries(
        st.sampled_from([0x0010, 0x0011, 0x0015, 0x0040, 0x0050, 0x0051, 0x0100, 0x0102, 0x3000]),
        st.tuples(st.sampled_from(["US", "SS", "IS", "CS", "OW", "UN", "DS"]), st.binary(max_size=40)),
    )
)
def test_no_value_of_an_overlay_can_break_the_reading(values: dict[int, tuple[str, bytes]]) -> None:
    ds = put(image(), bits_of())
    for element, (vr, value) in values.items():
        tag = Tag(0x6000, element)
        ds[tag] = RawDataElement(tag, vr, len(value), value, 0, False, True)
    for plane in overlays_of(ds, ROWS, COLUMNS, 1, np.zeros((ROWS, COLUMNS), np.uint16)):
        assert plane.row0 + plane.mask.shape[0] <= ROWS
        assert plane.column0 + plane.mask.shape[1] <= COLUMNS


def test_without_a_place_only_an_overlay_of_the_images_size_is_laid() -> None:
    (plane,), lines = read(put(image(), bits_of(), origin=None))
    assert (plane.row0, plane.column0) == (0, 0)
    assert "does not say where it lies" in lines[0]
    assert read(put(image(), bits_of(5, 5), origin=None)) == (
        (),
        ["overlay 6000 does not say where it lies: left out"],
    )
