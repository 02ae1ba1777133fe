"""The gate and colours: a picture with them is no mammogram, one of greys is judged however they are stored."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from mammoview.core.breast import find_breast
from mammoview.dicom.reader import read_file
from mammoview.inference.quality import refusal
from tests.bundles import breast_pixels
from tests.factories import make_mammogram_dataset, save

_REFUSED = "a colour picture: not a mammogram"
Rgb = NDArray[np.uint8]


def _grey() -> Rgb:
    """A breast that passes the gate, as RGB."""
    return np.stack([breast_pixels(bits=8)] * 3, axis=2)


def _coloured() -> Rgb:
    """The same greys to the eye of the gate, with colours: red where it is bright."""
    rgb = _grey()
    rgb[..., 2] //= 2
    return rgb


def _reason(path: Path) -> str | None:
    image = read_file(path)
    return refusal(image, find_breast(image))


def _picture(folder: Path, rgb: Rgb, name: str = "picture_L_CC.png", quality: int = 90) -> Path:
    path = folder / name
    cv2.imwrite(str(path), rgb[..., ::-1], [cv2.IMWRITE_JPEG_QUALITY, quality] if path.suffix == ".jpg" else [])
    return path


def _dicom(folder: Path, photometric: str, samples: NDArray[np.uint8]) -> Path:
    """A data set of three samples with a side and a view; `samples`: (rows, columns, 3), or as YBR_FULL_422 lies."""
    dataset = make_mammogram_dataset(bits_stored=8, pixels=breast_pixels(bits=8))
    dataset.SamplesPerPixel, dataset.PhotometricInterpretation, dataset.PlanarConfiguration = 3, photometric, 0
    dataset.PixelData = samples.tobytes()
    return save(dataset, folder / "image.dcm")


def _ybr(rgb: Rgb) -> Rgb:
    """PS3.3 C.7.6.3.1.2, full range."""
    ycrcb = cv2.cvtColor(rgb, cv2.COLOR_RGB2YCrCb)
    return np.ascontiguousarray(ycrcb[..., [0, 2, 1]], np.uint8)


def _shared(ybr: Rgb) -> NDArray[np.uint8]:
    """Y Y Cb Cr for each pair of pixels."""
    return np.stack([ybr[:, ::2, 0], ybr[:, 1::2, 0], ybr[:, ::2, 1], ybr[:, ::2, 2]], axis=2)


def _in_colour(folder: Path, kind: str, rgb: Rgb) -> Path:
    if kind in ("png", "jpg"):
        return _picture(folder, rgb, f"picture_L_CC.{kind}")
    samples = {"RGB": rgb, "YBR_FULL": _ybr(rgb), "YBR_FULL_422": _shared(_ybr(rgb))}[kind]
    return _dicom(folder, kind, samples)


KINDS = ("png", "jpg", "RGB", "YBR_FULL", "YBR_FULL_422")


@pytest.mark.parametrize("kind", KINDS)
def test_a_picture_with_colours_is_refused(tmp_path: Path, kind: str) -> None:
    assert _reason(_in_colour(tmp_path, kind, _coloured())) == _REFUSED


@pytest.mark.parametrize("kind", KINDS)
def test_greys_that_are_stored_as_colours_are_judged(tmp_path: Path, kind: str) -> None:
    assert _reason(_in_colour(tmp_path, kind, _grey())) is None


def test_what_jpeg_makes_of_greys_has_no_colours(tmp_path: Path) -> None:
    """Noise of a few greys in each channel, and the coarsest steps."""
    noise = np.random.default_rng(1).normal(0, 4, (*breast_pixels().shape, 3))
    noisy = np.clip(_grey() + noise, 0, 255).astype(np.uint8)
    for quality in (10, 50, 95):
        assert not read_file(_picture(tmp_path, noisy, "noisy.jpg", quality)).coloured


def test_coloured_letters_do_not_make_a_colour_picture(tmp_path: Path) -> None:
    lettered = _grey()
    cv2.putText(lettered, "L CC", (180, 60), cv2.FONT_HERSHEY_SIMPLEX, 0.7, (255, 60, 0), 2)
    assert (np.ptp(lettered.astype(int), axis=2) > 100).sum() > 200
    assert not read_file(_picture(tmp_path, lettered)).coloured


@pytest.mark.parametrize("blue", [1.0, 0.4])
def test_a_palette_is_judged_by_the_colours_in_it(tmp_path: Path, blue: float) -> None:
    dataset = make_mammogram_dataset(bits_stored=8, pixels=breast_pixels(bits=8), photometric="PALETTE COLOR")
    for name, share in (("Red", 1.0), ("Green", 1.0), ("Blue", blue)):
        setattr(dataset, f"{name}PaletteColorLookupTableDescriptor", [256, 0, 16])
        table = (np.arange(256) * 257 * share).astype("<u2").tobytes()
        setattr(dataset, f"{name}PaletteColorLookupTableData", table)
    assert _reason(save(dataset, tmp_path / "image.dcm")) == (None if blue == 1 else _REFUSED)
