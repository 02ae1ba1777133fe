"""Display maths against pydicom's independent implementation, over every stored value."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from pydicom.dataset import Dataset
from pydicom.pixels.processing import apply_modality_lut, apply_voi_lut

from mammoview.core.errors import MammoviewError
from mammoview.core.study import ImageSource
from mammoview.core.window import Greyscale, PixelPadding, VoiFunction, VoiLut, VoiWindow, grey_table
from mammoview.dicom.reader import read_header
from tests.factories import make_lut, make_mammogram_dataset, save


def every_stored_value(bits: int, signed: bool) -> NDArray[Any]:
    if signed:
        return np.arange(-(2 ** (bits - 1)), 2 ** (bits - 1)).astype(np.int16)
    return np.arange(2**bits).astype(np.uint8 if bits <= 8 else np.uint16)


def pydicom_greys(ds: Dataset, stored: NDArray[Any], *, prefer_lut: bool) -> NDArray[np.float64]:
    """What pydicom makes of stored values, scaled to 0..255 by the output range that the standard gives.

    A VOI LUT's output range is 0..2^bits-1 of its entries. A window's is that of the modality values (PS3.3
    C.11.2.1.2.1: pydicom uses the range of the stored values after rescale, or of the modality LUT's entries).
    """
    values = apply_modality_lut(stored, ds)
    if prefer_lut:
        values = values.astype(np.int32)  # pydicom looks whole numbers up
    out = apply_voi_lut(values, ds, prefer_lut=prefer_lut).astype(np.float64)
    if prefer_lut and "VOILUTSequence" in ds:
        low, high = 0.0, 2.0 ** ds.VOILUTSequence[0].LUTDescriptor[2] - 1
    elif "ModalityLUTSequence" in ds:
        low, high = 0.0, 2.0 ** ds.ModalityLUTSequence[0].LUTDescriptor[2] - 1
    else:
        bits = ds.BitsStored
        ends = (-(2 ** (bits - 1)), 2 ** (bits - 1) - 1) if ds.PixelRepresentation else (0, 2**bits - 1)
        low, high = (float(end * ds.RescaleSlope + ds.RescaleIntercept) for end in ends)
    fraction = (out - low) / (high - low)
    if ds.PhotometricInterpretation == "MONOCHROME1":
        fraction = 1 - fraction
    return np.asarray(np.clip(fraction, 0, 1) * 255)


def our_greys(ds: Any, folder: Path, stored: NDArray[Any], *, choice: int = 0) -> NDArray[np.float64]:
    """The greys of the file's VOI choice, through the file and its header."""
    header = read_header(ImageSource(save(ds, folder / "image.dcm")))
    table = grey_table(header.grey, header.grey.vois[choice], itemsize=stored.dtype.itemsize)
    return np.asarray(table[stored.view(f"u{stored.dtype.itemsize}")], np.float64)


def assert_same(ours: NDArray[np.float64], theirs: NDArray[np.float64]) -> None:
    worst = float(np.abs(ours - theirs).max())
    assert worst <= 1.0, f"off by {worst:.3f} of 255"


@pytest.mark.parametrize("photometric", ["MONOCHROME1", "MONOCHROME2"])
@pytest.mark.parametrize("signed", [False, True], ids=["unsigned", "signed"])
@pytest.mark.parametrize("bits", [8, 10, 12, 14, 16])
@pytest.mark.parametrize("function", ["LINEAR", "LINEAR_EXACT", "SIGMOID"])
def test_a_window_gives_the_greys_that_pydicom_gives(
    tmp_path: Path, function: str, bits: int, signed: bool, photometric: str
) -> None:
    center = 2 ** (bits - 1) * (0.1 if signed else 1.1)
    ds = make_mammogram_dataset(
        rows=8,
        columns=8,
        bits_stored=bits,
        signed=signed,
        photometric=photometric,
        voi_windows=[(center, 2**bits * 0.6)],
        voi_function=function,
    )
    stored = every_stored_value(bits, signed)
    assert_same(our_greys(ds, tmp_path, stored), pydicom_greys(ds, stored, prefer_lut=False))


@pytest.mark.parametrize("function", ["LINEAR", "LINEAR_EXACT", "SIGMOID"])
@pytest.mark.parametrize("rescale", [(2.5, -1000.0), (-1.0, 4095.0), (0.125, 3.5)])
def test_a_window_acts_on_the_rescaled_values(tmp_path: Path, function: str, rescale: tuple[float, float]) -> None:
    slope, intercept = rescale
    ds = make_mammogram_dataset(
        rows=8,
        columns=8,
        voi_windows=[(2000 * slope + intercept, abs(1500 * slope))],
        voi_function=function,
        RescaleSlope=str(slope),
        RescaleIntercept=str(intercept),
    )
    stored = every_stored_value(12, False)
    assert_same(our_greys(ds, tmp_path, stored), pydicom_greys(ds, stored, prefer_lut=False))


@pytest.mark.parametrize("photometric", ["MONOCHROME1", "MONOCHROME2"])
@pytest.mark.parametrize(
    ("bits", "lut_bits"), [(8, 8), *((bits, lut_bits) for bits in (8, 12, 16) for lut_bits in (10, 12, 16))]
)
def test_a_voi_lut_gives_the_greys_that_pydicom_gives(
    tmp_path: Path, bits: int, lut_bits: int, photometric: str
) -> None:
    count = 2**bits // 2
    curve = (np.linspace(0, 1, count) ** 0.7 * (2**lut_bits - 1)).round().astype(int)
    ds = make_mammogram_dataset(
        rows=8,
        columns=8,
        bits_stored=bits,
        photometric=photometric,
        voi_luts=[make_lut(2**bits // 4, curve, lut_bits)],
    )
    stored = every_stored_value(bits, False)
    assert_same(our_greys(ds, tmp_path, stored), pydicom_greys(ds, stored, prefer_lut=True))


@pytest.mark.parametrize("packed", [False, True], ids=["words", "bytes"])
def test_a_long_voi_lut_of_eight_bits_is_looked_up_entry_by_entry(tmp_path: Path, packed: bool) -> None:
    entries = (np.linspace(0, 1, 3000) ** 2 * 255).round().astype(np.uint8)
    item = make_lut(500, entries, 8)
    if packed:
        item.add_new(0x00283006, "OW", entries.tobytes())
    ds = make_mammogram_dataset(rows=8, columns=8, voi_luts=[item])
    stored = every_stored_value(12, False)
    by_definition = entries[np.clip(stored.astype(int) - 500, 0, 2999)].astype(np.float64)
    assert_same(our_greys(ds, tmp_path, stored), by_definition)


def test_a_voi_lut_of_signed_values_starts_below_zero(tmp_path: Path) -> None:
    ds = make_mammogram_dataset(
        rows=8,
        columns=8,
        signed=True,
        voi_luts=[make_lut(-1000, np.linspace(0, 4095, 3000).astype(int), 12, signed=True)],
    )
    stored = every_stored_value(12, True)
    assert_same(our_greys(ds, tmp_path, stored), pydicom_greys(ds, stored, prefer_lut=True))


@pytest.mark.parametrize("photometric", ["MONOCHROME1", "MONOCHROME2"])
@pytest.mark.parametrize("function", ["LINEAR", "SIGMOID"])
def test_a_modality_lut_goes_ahead_of_the_window(tmp_path: Path, function: str, photometric: str) -> None:
    ds = make_mammogram_dataset(
        rows=8,
        columns=8,
        photometric=photometric,
        voi_windows=[(30000, 40000)],
        voi_function=function,
        RescaleSlope=None,
        RescaleIntercept=None,
        ModalityLUTSequence=[make_lut(0, (np.linspace(0, 1, 4096) ** 2 * 65535).astype(int), 16)],
    )
    stored = every_stored_value(12, False)
    assert_same(our_greys(ds, tmp_path, stored), pydicom_greys(ds, stored, prefer_lut=False))


def test_a_window_of_width_one_is_a_threshold(tmp_path: Path) -> None:
    ds = make_mammogram_dataset(rows=8, columns=8, voi_windows=[(2000, 1)])
    stored = every_stored_value(12, False)
    ours = our_greys(ds, tmp_path, stored)
    assert_same(ours, pydicom_greys(ds, stored, prefer_lut=False))
    assert (ours[:2000] == 0).all()
    assert (ours[2000:] == 255).all()


WINDOWS = st.builds(
    VoiWindow,
    st.floats(-5000, 5000),
    st.floats(1, 70000),
    st.sampled_from(list(VoiFunction)),
)


@settings(max_examples=25, deadline=None)
@given(
    voi=WINDOWS,
    signed=st.booleans(),
    inverse=st.booleans(),
    invert=st.booleans(),
    ends=st.tuples(st.integers(-2048, 2047), st.integers(-2048, 2047)),
)
def test_padding_is_black_under_every_window_and_inversion(
    voi: VoiWindow, signed: bool, inverse: bool, invert: bool, ends: tuple[int, int]
) -> None:
    low, high = ends if signed else (abs(ends[0]), abs(ends[1]))
    grey = Greyscale(12, signed=signed, inverse=inverse, padding=PixelPadding.of(low, high))
    table = grey_table(grey, voi, invert=invert)
    padding = np.arange(min(low, high), max(low, high) + 1).astype(np.int16).view(np.uint16)
    assert not table[padding].any()


@settings(max_examples=25, deadline=None)
@given(voi=WINDOWS, signed=st.booleans())
def test_greys_rise_with_the_stored_value_and_inversion_mirrors_them(voi: VoiWindow, signed: bool) -> None:
    grey = Greyscale(16, signed=signed)
    order = np.arange(65536).astype(np.uint16)
    if signed:
        order = np.arange(-32768, 32768).astype(np.int16).view(np.uint16)
    rising = grey_table(grey, voi)[order].astype(int)
    falling = grey_table(grey, voi, invert=True)[order].astype(int)
    assert (np.diff(rising) >= 0).all()
    assert np.abs(rising + falling - 255).max() <= 1


@settings(max_examples=20, deadline=None)
@given(values=st.lists(st.integers(0, 255), min_size=1, max_size=40), first=st.integers(-100, 300))
def test_values_outside_a_lut_take_its_ends(values: list[int], first: int) -> None:
    lut = VoiLut(first, np.array(values, np.uint16), 8)
    answers = lut.lookup(np.array([first - 50.0, first + len(values) + 50.0]))
    assert answers.tolist() == [values[0], values[-1]]


def test_a_tables_eight_bit_form_agrees_with_its_sixteen_bit_form() -> None:
    grey, voi = Greyscale(8), VoiWindow(128, 200)
    np.testing.assert_array_equal(grey_table(grey, voi, itemsize=1), grey_table(grey, voi)[:256])


def test_a_window_without_width_is_refused() -> None:
    for width in (0, -5, float("nan")):
        with pytest.raises(MammoviewError):
            VoiWindow(100, width)
    with pytest.raises(MammoviewError):
        VoiWindow(100, 0.5)
    assert VoiWindow(100, 0.5, VoiFunction.LINEAR_EXACT).width == 0.5


def test_dragging_right_widens_and_dragging_down_darkens() -> None:
    window = VoiWindow(2000, 1000, VoiFunction.SIGMOID).dragged(10, 5, gain=4)
    assert (window.width, window.center, window.function) == (1040, 2020, VoiFunction.SIGMOID)
    assert VoiWindow(2000, 10).dragged(-100, 0, gain=4).width == 1


@pytest.mark.parametrize("falls", [False, True], ids=["rising window", "falling window"])
@pytest.mark.parametrize("invert", [False, True], ids=["upright", "inverted"])
@pytest.mark.parametrize("inverse", [False, True], ids=["MONOCHROME2", "MONOCHROME1"])
@pytest.mark.parametrize(
    "modality",
    [
        {},
        {"slope": -1.0, "intercept": 4095.0},
        {"modality_lut": VoiLut(0, np.arange(4095, -1, -1).astype(np.uint16), 12)},
    ],
    ids=["no rescale", "falling slope", "falling modality LUT"],
)
def test_dragging_down_darkens_every_grey_as_seen(
    modality: dict[str, Any], inverse: bool, invert: bool, falls: bool
) -> None:
    grey, window = Greyscale(12, inverse=inverse, **modality), VoiWindow(2000, 1500, falls=falls)
    before = grey_table(grey, window, invert=invert)[:4096].astype(int)
    dragged = window.dragged(0, 60, gain=2.5, inverted=inverse != invert)
    after = grey_table(grey, dragged, invert=invert)[:4096].astype(int)
    assert (after <= before).all()
    assert after.mean() < before.mean() - 5


@pytest.mark.parametrize("function", [VoiFunction.LINEAR_EXACT, VoiFunction.SIGMOID])
def test_a_window_of_a_small_range_is_dragged_within_that_range(function: VoiFunction) -> None:
    window = VoiWindow(0.05, 0.1, function)
    assert window.dragged(1, 0, gain=window.width / 600).width == pytest.approx(0.1 + 0.1 / 600)
    assert 0 < window.dragged(-5000, 0, gain=window.width / 600).width < 0.001


@pytest.mark.parametrize("function", list(VoiFunction))
def test_a_falling_window_mirrors_the_rising_one(function: VoiFunction) -> None:
    window = VoiWindow(1000, 700, function, "NORMAL")
    values = np.arange(3000, dtype=np.float64)
    falling = replace(window, falls=True)
    assert falling.apply(values) == pytest.approx(1.0 - window.apply(values))
    assert falling.label() == window.label()


@pytest.mark.parametrize("padding", [PixelPadding(10, 12), PixelPadding(-3, 4)])
def test_the_nearest_valid_values_lie_beside_the_padding(padding: PixelPadding) -> None:
    inside = np.arange(padding.low, padding.high + 1).astype(np.int16)
    moved = padding.nearest_valid(inside)
    assert not Greyscale(12, signed=True, padding=padding).is_padding(moved).any()
    farther = np.where(moved < padding.low, padding.high + 1, padding.low - 1)
    assert (np.abs(moved - inside) <= np.abs(farther - inside)).all()
