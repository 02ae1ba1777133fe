"""The whole way from a file's attributes to 8-bit greys, against pydicom's own pipeline, for every storable value.

Where pydicom and PS3.3 differ, the comparison follows PS3.3:

- pydicom scales a window's output to the range of the modality values (the stored range after rescale, or that of the
  modality LUT's entries), a VOI LUT's to its entries' bits: both ranges are taken to 0..255 here.
- `apply_presentation_lut` subtracts from the largest value that happens to be present and does nothing for MONOCHROME1:
  inversion is done here, once, for MONOCHROME1 or INVERSE (PS3.3 C.7.6.3.1.2, C.11.6).
- `apply_voi` counts the inputs of an 8-bit LUT with 8 bits, `apply_modality_lut` subtracts the first mapped value in
  the pixels' own type, and takes LUTs of 8 or 16 bits alone: values go in as int32, and LUTs of 8 bits have few inputs.
- pydicom knows no padding: it is compared with 0 here.
"""

from __future__ import annotations

import io
import itertools
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from pydicom.dataset import Dataset, FileDataset
from pydicom.pixels.processing import apply_modality_lut, apply_voi, apply_windowing

from mammoview.core.study import ImageSource
from mammoview.core.window import grey_table
from mammoview.dicom.dataset import parse_stream
from mammoview.dicom.header import header_of
from tests.factories import dicom_bytes, make_lut, make_mammogram_dataset

BITS = (8, 10, 12, 14, 16)
PHOTOMETRIC = ("MONOCHROME1", "MONOCHROME2")
MODALITY = ("none", "rescale", "LUT")
SHAPES = (None, "IDENTITY", "INVERSE")
PADDING = ("none", "value", "range")
VOIS = ("LINEAR", "LINEAR_EXACT", "SIGMOID", "LUT")
_MODALITY_ENTRIES = 800


def stored_range(bits: int, signed: bool) -> tuple[int, int]:
    return (-(2 ** (bits - 1)), 2 ** (bits - 1) - 1) if signed else (0, 2**bits - 1)


def rescale_of(bits: int) -> tuple[float, float]:
    """A slope that falls for one depth, and is no whole number for others."""
    return {8: (2.5, -100.0), 10: (-1.0, 1023.0), 12: (0.5, 3.0), 14: (1.5, -2000.0), 16: (0.25, 7.0)}[bits]


def modality_range(bits: int, signed: bool, modality: str) -> tuple[float, float]:
    """What the window's output range is for pydicom: (the lowest stored value's, the highest's)."""
    low, high = stored_range(bits, signed)
    if modality == "LUT":
        return 0.0, 65535.0
    slope, intercept = rescale_of(bits) if modality == "rescale" else (1.0, 0.0)
    return low * slope + intercept, high * slope + intercept


def dataset(
    bits: int, signed: bool, modality: str, voi: str, window: tuple[float, float], curve: float, **attributes: Any
) -> FileDataset:
    """A tiny image; `window`: center and width as parts of the modality values' range; `curve`: a LUT's exponent."""
    low, high = stored_range(bits, signed)
    if modality == "LUT":
        count = min(_MODALITY_ENTRIES, high - low + 1)
        entries = (np.linspace(0, 1, count) ** 1.5 * 65535).round().astype(int)
        lut = make_lut(low + (high - low + 1 - count) // 2, entries, 16, signed=signed)
        attributes |= {"RescaleSlope": None, "RescaleIntercept": None, "ModalityLUTSequence": [lut]}
    elif modality == "rescale":
        slope, intercept = rescale_of(bits)
        attributes |= {"RescaleSlope": str(slope), "RescaleIntercept": str(intercept)}
    else:
        attributes |= {"RescaleSlope": None, "RescaleIntercept": None}
    ends = sorted(modality_range(bits, signed, modality))
    span = ends[1] - ends[0]
    if voi == "LUT":
        limits = (-32768, 32767) if ends[0] < 0 else (0, 65535)  # of an SS or US first value
        first = int(np.clip(ends[0] + 0.9 * window[0] * span, *limits))
        count = max(2, min(int(window[1] * span), 3000))
        out_bits = 8 if ends[1] - first < 256 and count % 2 else (10, 12, 16)[count % 3]
        values = (np.linspace(0, 1, count) ** curve * (2**out_bits - 1)).round().astype(int)
        attributes["voi_luts"] = [make_lut(first, values, out_bits, signed=ends[0] < 0)]
    else:
        attributes["voi_windows"] = [(ends[0] + window[0] * span, max(1.0, window[1] * span))]
        attributes["voi_function"] = voi
    return make_mammogram_dataset(
        bits_stored=bits,
        signed=signed,
        pixels=np.full((2, 2), low, np.int16 if signed else np.uint8 if bits <= 8 else np.uint16),
        **attributes,
    )


def padding_of(kind: str, bits: int, signed: bool, value: int) -> tuple[int, int | None] | None:
    low, high = stored_range(bits, signed)
    first = low + value % (high - low + 1)
    if kind == "none":
        return None
    return (first, None) if kind == "value" else (first, low + (value * 7919) % (high - low + 1))


def expected(ds: Dataset, stored: NDArray[np.int32], ends: tuple[float, float]) -> NDArray[np.float64]:
    """0..255 by pydicom, by what the module's text says; padding not yet black."""
    values = apply_modality_lut(stored, ds)
    if "VOILUTSequence" in ds:
        out = apply_voi(np.floor(values).astype(np.int32), ds).astype(np.float64)
        low, high = 0.0, 2.0 ** ds.VOILUTSequence[0].LUTDescriptor[2] - 1
    else:
        with np.errstate(over="ignore"):  # of pydicom's exponential, far under the window
            out = apply_windowing(values, ds)
        low, high = ends
    fraction = (out - low) / (high - low)
    if ds.PhotometricInterpretation == "MONOCHROME1" or ds.get("PresentationLUTShape") == "INVERSE":
        fraction = 1 - fraction
    return np.asarray(np.clip(fraction, 0, 1) * 255)


def worst_difference(
    bits: int, signed: bool, ds: FileDataset, padding: tuple[int, int | None] | None, modality: str
) -> float:
    """The largest difference of 255 among all storable values that are not padding; padding is checked to be black."""
    data = dicom_bytes(ds)
    parsed = parse_stream(io.BytesIO(data), len(data), data[:512])
    grey = header_of(ImageSource(Path("made.dcm")), parsed).grey
    assert len(grey.vois) == 1
    low, high = stored_range(bits, signed)
    stored = np.arange(low, high + 1, dtype=np.int32)
    itemsize = ds.BitsAllocated // 8
    cells = stored.astype(np.int16 if signed else np.uint16 if itemsize == 2 else np.uint8)
    index = cells.view(np.uint16) if itemsize == 2 else cells
    ours = grey_table(grey, grey.vois[0], itemsize=itemsize)[index]
    theirs = expected(ds, stored, modality_range(bits, signed, modality))
    if padding is not None:
        first, last = sorted((padding[0], padding[0] if padding[1] is None else padding[1]))
        padded = (stored >= first) & (stored <= last)
        inverted = grey_table(grey, grey.vois[0], invert=True, itemsize=itemsize)[index]
        assert not ours[padded].any() and not inverted[padded].any()
        ours, theirs = ours[~padded], theirs[~padded]
    return float(np.abs(ours - theirs).max(initial=0))


@pytest.mark.parametrize("voi", VOIS)
@pytest.mark.parametrize("signed", [False, True], ids=["unsigned", "signed"])
@pytest.mark.parametrize("bits", BITS)
def test_every_kind_of_file_gives_the_greys_that_pydicom_gives(bits: int, signed: bool, voi: str) -> None:
    kinds = list(itertools.product(PHOTOMETRIC, MODALITY, SHAPES, PADDING))

    @settings(max_examples=2, deadline=None, phases=[Phase.generate])  # each example is 54 files: not to be shrunk
    @given(seed=st.integers(0, 2**32 - 1))
    def all_kinds(seed: int) -> None:
        random = np.random.default_rng(seed)
        for photometric, modality, shape, kind in kinds:
            window = random.uniform(-0.2, 1.2), 10 ** random.uniform(-2.5, 0.3)
            padding = padding_of(kind, bits, signed, int(random.integers(65536)))
            options = {"photometric": photometric, "padding": padding, "PresentationLUTShape": shape}
            curve = random.uniform(0.3, 3.0)
            ds = dataset(bits, signed, modality, voi, window, curve, **options)
            worst = worst_difference(bits, signed, ds, padding, modality)
            assert worst <= 1.0, f"off by {worst:.3f} of 255: {modality}, {options}, {window}, {curve}"

    all_kinds()
