"""A lookup table's first mapped value is read as it was written; where the VR is not told, by what is looked up.

PS3.3 C.11.1.1 and C.11.2.1.1: US, or SS where the inputs may be negative.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from mammoview.core.window import VoiLut
from mammoview.dicom.reader import read_file
from tests.factories import BIG_ENDIAN, EXPLICIT, IMPLICIT, make_lut, write_mammogram

CURVE = np.linspace(0, 4095, 1000).astype(int)


def first_mapped(
    folder: Path, first: int, *, vr: str = "US", signed: bool = True, bits: int = 16, **options: Any
) -> int:
    """The first mapped value that is read of a VOI LUT in a file of such pixels."""
    lut = make_lut(first, CURVE, 12, signed=vr == "SS")
    pixels = np.zeros((8, 8), np.int16 if signed else np.uint16)
    path = write_mammogram(
        folder / "image.dcm", pixels=pixels, signed=signed, bits_stored=bits, voi_luts=[lut], **options
    )
    voi = read_file(path).vois()[0]
    assert isinstance(voi, VoiLut)
    return voi.first_mapped


@pytest.mark.parametrize("syntax", [EXPLICIT, BIG_ENDIAN])
def test_a_table_of_us_starts_where_it_says_also_for_signed_pixels(tmp_path: Path, syntax: str) -> None:
    assert first_mapped(tmp_path, 40000, RescaleIntercept="32768", transfer_syntax=syntax) == 40000


@pytest.mark.parametrize("intercept", ["0", "32768"])
def test_a_table_of_ss_starts_where_it_says(tmp_path: Path, intercept: str) -> None:
    assert first_mapped(tmp_path, -1000, vr="SS", RescaleIntercept=intercept) == -1000


def test_without_a_vr_a_table_of_values_that_are_never_negative_is_us(tmp_path: Path) -> None:
    assert first_mapped(tmp_path, 40000, RescaleIntercept="32768", transfer_syntax=IMPLICIT) == 40000


@pytest.mark.parametrize(
    "options",
    [
        {"signed": True},
        {"signed": False, "RescaleIntercept": "-2000"},
        {"signed": False, "RescaleSlope": "-1", "RescaleIntercept": "100"},
    ],
    ids=["signed", "intercept", "slope"],
)
def test_without_a_vr_a_table_of_values_that_may_be_negative_is_ss(tmp_path: Path, options: dict[str, Any]) -> None:
    assert first_mapped(tmp_path, 64536, bits=12, transfer_syntax=IMPLICIT, **options) == -1000


def test_without_a_vr_a_table_behind_a_modality_table_is_us(tmp_path: Path) -> None:
    modality = make_lut(-2048, np.arange(4096) * 16, 16, signed=True)
    rescale = {"RescaleSlope": None, "RescaleIntercept": None, "ModalityLUTSequence": [modality]}
    assert first_mapped(tmp_path, 40000, bits=12, transfer_syntax=IMPLICIT, **rescale) == 40000


def test_us_that_no_value_reaches_is_what_it_would_be_as_ss(tmp_path: Path) -> None:
    assert first_mapped(tmp_path, 64536, bits=12) == -1000
