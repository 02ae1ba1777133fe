"""Padding that Bits Stored cannot hold is found among the whole pixel cells, and hides no pixel that is none."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from mammoview.core.image import MammoImage
from mammoview.core.prepared import prepare
from mammoview.core.pyramid import scale_step
from mammoview.core.render import native_greys
from mammoview.dicom.reader import read_file
from tests.factories import EXPLICIT, RLE, make_breast, write_mammogram

LEFT_OUT = "bits outside Bits Stored (as of overlays) were left out"
BEYOND = "Pixel Padding Value lies outside Bits Stored: looked for among the whole pixel cells"
PADDED = slice(0, 20)


def opened(folder: Path, pixels: NDArray[Any], **options: Any) -> MammoImage:
    return read_file(write_mammogram(folder / "image.dcm", pixels=pixels, **options))


def unsigned(value: int = 65535) -> NDArray[np.uint16]:
    """12 bits, the highest of them among the pixels, below rows of `value`."""
    pixels = make_breast("R", 96, 72)
    pixels[60:64, 60:64] = 4095
    pixels[PADDED] = value
    return pixels


def signed(value: int = -30000) -> NDArray[np.int16]:
    pixels = make_breast("R", 96, 72, signed=True)
    pixels[PADDED] = value
    return pixels


@pytest.mark.parametrize("invert", [False, True])
@pytest.mark.parametrize("syntax", [EXPLICIT, RLE])
def test_padding_beyond_the_stored_bits_is_black(tmp_path: Path, syntax: str, invert: bool) -> None:
    image = opened(tmp_path, unsigned(), padding=(65535, None), transfer_syntax=syntax)
    assert not native_greys(image, invert=invert)[PADDED].any()


@pytest.mark.parametrize("invert", [False, True])
def test_signed_padding_below_the_stored_bits_is_black(tmp_path: Path, invert: bool) -> None:
    image = opened(tmp_path, signed(), signed=True, padding=(-30000, None))
    assert not native_greys(image, invert=invert)[PADDED].any()


def test_a_range_of_padding_beyond_the_stored_bits_is_black(tmp_path: Path) -> None:
    pixels = unsigned()
    pixels[5:10] = 61000
    image = opened(tmp_path, pixels, padding=(60000, 65535))
    assert not native_greys(image)[PADDED].any()


def test_what_padding_would_be_in_the_stored_bits_is_shown(tmp_path: Path) -> None:
    image = opened(tmp_path, unsigned(), padding=(65535, None))
    assert (image.stored[60:64, 60:64] == 4095).all()
    assert (native_greys(image)[60:64, 60:64] == 255).all()


def test_all_other_pixels_are_those_of_the_file(tmp_path: Path) -> None:
    image = opened(tmp_path, signed(), signed=True, padding=(-30000, None))
    np.testing.assert_array_equal(image.stored[20:], signed()[20:])


def test_an_overlay_in_the_upper_bits_is_not_taken_for_padding(tmp_path: Path) -> None:
    pixels = unsigned()
    pixels[70:80] |= 0x8000
    image = opened(tmp_path, pixels, padding=(65535, 4000))
    np.testing.assert_array_equal(image.stored[70:80], pixels[70:80] & 0xFFF)
    assert not native_greys(image)[PADDED].any()


def test_padding_beyond_the_stored_bits_is_black_when_reduced(tmp_path: Path) -> None:
    prepared = prepare(opened(tmp_path, unsigned(), padding=(65535, None)))
    step = scale_step(0.5, 1)
    values, padding = prepared.pyramid.cut(step, step, 0, 0, 48, 36)
    assert padding is not None
    assert padding[:10].all()
    assert not padding[10:].any()
    assert values[10:].max() <= 4095


@pytest.mark.parametrize(
    ("pixels", "options"),
    [(unsigned(), {"padding": (65535, None)}), (signed(), {"signed": True, "padding": (-30000, None)})],
    ids=["unsigned", "signed"],
)
def test_padding_beyond_the_stored_bits_is_said_and_no_bits_were_lost(
    tmp_path: Path, pixels: NDArray[Any], options: dict[str, Any]
) -> None:
    warnings = opened(tmp_path, pixels, **options).header.warnings
    assert BEYOND in warnings
    assert LEFT_OUT not in warnings


def test_padding_within_the_stored_bits_needs_no_warning(tmp_path: Path) -> None:
    assert BEYOND not in opened(tmp_path, unsigned(4095), padding=(4095, 4090)).header.warnings


def test_lost_bits_of_signed_pixels_are_said(tmp_path: Path) -> None:
    assert LEFT_OUT in opened(tmp_path, signed(), signed=True).header.warnings


def test_a_sign_that_was_not_extended_is_no_loss(tmp_path: Path) -> None:
    pixels = (make_breast("R", 96, 72, signed=True).view(np.uint16) & np.uint16(0xFFF)).view(np.int16)
    assert LEFT_OUT not in opened(tmp_path, pixels, signed=True).header.warnings
