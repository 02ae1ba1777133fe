"""What an image without VOI is shown by: the default curve of For Processing images, the full range of all others."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from mammoview.core.image import MammoImage
from mammoview.core.prepared import prepare
from mammoview.core.render import native_greys
from mammoview.core.study import ImageSource
from mammoview.core.window import DetectorSignal, Greyscale, Intensity, PixelPadding, VoiLut, VoiWindow
from mammoview.dicom.reader import read_header
from tests.factories import write_mammogram
from tests.unit.made import image_of

TOP = 16383
AIR, FAT, DENSE = 12000.0, 3000.0, 600.0
ROWS, COLUMNS = 240, 200


def exposure(*, air: float = AIR, filled: bool = False) -> NDArray[np.float64]:
    """Exposure of a raw image: air, a breast of fat with a dense disk and a line of metal; chest wall at the right."""
    random = np.random.default_rng(5)
    row, column = np.mgrid[0:ROWS, 0:COLUMNS]
    away = np.hypot((row - ROWS / 2) / 100, (COLUMNS - column) / 150)
    thinning = FAT * np.exp(np.clip(away - 0.8, 0, 0.2) * 5 * np.log(air / FAT))  # towards the skin
    values = np.where((away < 1) | filled, FAT if filled else thinning, air)
    values = np.where(np.hypot(row - 120, column - 160) < 25, DENSE, values)
    values[118:120, 150:170] = 5.0
    noisy = values * (1 + random.normal(0, 0.01, values.shape))
    return np.clip(noisy.round(), 0, TOP)


def raw_image(folder: Path, stored: NDArray[Any], **attributes: Any) -> MammoImage:
    """A For Processing image without VOI, through a file's header."""
    attributes.setdefault("photometric", "MONOCHROME2")
    attributes.setdefault("PresentationIntentType", "FOR PROCESSING")
    path = write_mammogram(
        folder / "raw.dcm", bits_stored=14, voi_windows=(), pixels=stored.astype(np.uint16), **attributes
    )
    header = read_header(ImageSource(path))
    return MammoImage(header, stored.astype(np.uint16))


def levels(image: MammoImage) -> tuple[float, float, float]:
    """Mean grey of (dense tissue, fat, air)."""
    greys = native_greys(image).astype(float)
    return float(greys[105:115, 155:165].mean()), float(greys[150:190, 180:198].mean()), float(greys[:20, :20].mean())


SHOWN = [
    ("LIN", 1, False, "MONOCHROME1"),
    ("LIN", 1, False, "MONOCHROME2"),
    ("LIN", -1, True, "MONOCHROME2"),
    ("LIN", -1, True, "MONOCHROME1"),
    (None, None, False, "MONOCHROME1"),
    (None, None, True, "MONOCHROME2"),
]


@pytest.mark.parametrize(("relationship", "sign", "turned", "photometric"), SHOWN)
def test_tissue_is_bright_by_the_sign_else_by_the_photometric_interpretation(
    tmp_path: Path, relationship: str | None, sign: int | None, turned: bool, photometric: str
) -> None:
    stored = TOP - exposure() if turned else exposure()
    image = raw_image(
        tmp_path,
        stored,
        photometric=photometric,
        PresentationLUTShape=None,
        PixelIntensityRelationship=relationship,
        PixelIntensityRelationshipSign=sign,
    )
    dense, fat, air = levels(image)
    assert dense > 230
    assert dense - fat > 60  # equal factors of exposure are equal steps of grey
    assert 40 < fat < 190
    assert air == pytest.approx(0, abs=2)
    assert [voi.label() for voi in image.vois()] == ["default curve, logarithmic"]
    assert not prepare(image).turned_over


def test_equal_factors_of_exposure_are_equal_steps(tmp_path: Path) -> None:
    image = raw_image(tmp_path, exposure(), PixelIntensityRelationshipSign=1)
    (curve,) = image.vois()
    assert isinstance(curve, VoiLut)
    greys = curve.apply(np.array([700.0, 1400.0, 2800.0, 5600.0]))
    np.testing.assert_allclose(np.diff(greys), np.diff(greys)[0], atol=0.001)
    assert (np.diff(curve.entries.astype(int)) >= 0).all()
    assert curve.entries.size <= 65536


def test_in_doubt_the_pixels_tell_the_shape_of_the_curve(tmp_path: Path) -> None:
    """No sign, and a photometric interpretation under which the air would be bright."""
    image = raw_image(tmp_path, exposure(), photometric="MONOCHROME2")
    assert image.grey.signal == DetectorSignal(Intensity.LIN, None)
    assert prepare(image).turned_over
    inverted = native_greys(image, invert=True).astype(float)
    np.testing.assert_allclose(
        inverted, native_greys(raw_image(tmp_path, exposure(), PixelIntensityRelationshipSign=1)), atol=1
    )


@pytest.mark.parametrize("relationship", ["LOG", "DISP"])
def test_what_is_a_logarithm_already_is_only_stretched(tmp_path: Path, relationship: str) -> None:
    logarithm = (np.log(np.maximum(exposure(), 1)) * 1600).round()
    image = raw_image(
        tmp_path,
        logarithm,
        photometric="MONOCHROME1",
        PixelIntensityRelationship=relationship,
        PixelIntensityRelationshipSign=1,
    )
    (curve,) = image.vois()
    assert isinstance(curve, VoiWindow)
    assert curve.label() == "default curve, linear"
    dense, fat, air = levels(image)
    assert dense > 230 and dense - fat > 60 and air < 3


def test_saturated_air_and_padding_do_not_flatten_the_tissue(tmp_path: Path) -> None:
    plain = levels(raw_image(tmp_path, exposure(), PixelIntensityRelationshipSign=1))
    stored = exposure()
    stored[:, :40] = TOP
    stored[:30] = 0
    image = raw_image(tmp_path, stored, PixelIntensityRelationshipSign=1, padding=(0, None))
    dense, fat, _ = levels(image)
    assert (dense, fat) == pytest.approx(plain[:2], abs=12)
    assert not native_greys(image)[:30].any()


def test_a_picture_that_the_breast_fills_keeps_its_fat(tmp_path: Path) -> None:
    stored = exposure(filled=True) * np.random.default_rng(1).lognormal(0, 0.15, (ROWS, COLUMNS))
    greys = native_greys(raw_image(tmp_path, stored.round(), PixelIntensityRelationshipSign=1))
    fat = greys[150:190, 180:198]
    assert np.mean((fat > 5) & (fat < 250)) > 0.9


@pytest.mark.parametrize(
    "stored", [np.zeros((20, 16)), np.full((20, 16), 700), np.arange(320).reshape(20, 16) % 2, np.full((20, 16), TOP)]
)
@pytest.mark.parametrize("sign", [1, -1, None])
@pytest.mark.parametrize("padding", [None, (0, 16383)])
def test_any_picture_gets_a_curve(
    tmp_path: Path, stored: NDArray[Any], sign: int | None, padding: tuple[int, int] | None
) -> None:
    image = raw_image(tmp_path, stored, PixelIntensityRelationshipSign=sign, padding=padding)
    assert native_greys(image).shape == (20, 16)


def test_values_too_coarse_for_a_table_are_shown_linearly() -> None:
    grey = Greyscale(14, slope=0.001, signal=DetectorSignal(Intensity.LIN, True), inverse=True)
    image = image_of(exposure().astype(np.uint16), grey=grey)
    assert image.vois()[0].label() == "default curve, linear"
    dense, fat, air = levels(image)
    assert dense > fat > air


@pytest.mark.parametrize(
    ("attributes", "told"),
    [
        ({}, True),
        ({"PresentationIntentType": None}, False),
        ({"PresentationIntentType": None, "SOPClassUID": "1.2.840.10008.5.1.4.1.1.1.2.1"}, True),
        ({"PresentationIntentType": "FOR PRESENTATION"}, False),
        ({"WindowCenter": "100", "WindowWidth": "50"}, False),
    ],
)
def test_only_images_for_processing_without_voi_get_it(tmp_path: Path, attributes: dict[str, Any], told: bool) -> None:
    image = raw_image(tmp_path, exposure(), **attributes)
    assert (image.grey.signal is not None) is told
    assert ("default curve" in image.vois()[0].label()) is told


@pytest.mark.parametrize(
    ("attributes", "line"),
    [
        ({"PixelIntensityRelationship": "ROOT"}, "Pixel Intensity Relationship is unknown: LIN assumed"),
        (
            {"PixelIntensityRelationshipSign": 3},
            "Pixel Intensity Relationship Sign is neither 1 nor -1: left out",
        ),
    ],
)
def test_an_odd_relationship_is_left_out_with_a_warning(tmp_path: Path, attributes: dict[str, Any], line: str) -> None:
    image = raw_image(tmp_path, exposure(), **attributes)
    assert image.grey.signal == DetectorSignal(Intensity.LIN, None)
    assert line in image.header.warnings


@pytest.mark.parametrize("kind", [np.uint8, np.uint16, np.int16])
@pytest.mark.parametrize(
    "padding",
    [
        None,
        *(
            PixelPadding(*ends)
            for ends in ((0, 20), (5, 5), (40, 50), (80, 94), (90, 70000), (-70000, 70000), (99, 99))
        ),
    ],
)
def test_the_full_range_is_that_of_all_pixels_but_padding(kind: Any, padding: PixelPadding | None) -> None:
    stored = np.random.default_rng(0).integers(5, 95, (31, 17)).astype(kind)
    image = image_of(stored, grey=Greyscale(8, signed=kind is np.int16, padding=padding))
    valid = stored[~image.grey.is_padding(stored)]
    low, high = int((valid if valid.size else stored).min()), int((valid if valid.size else stored).max())
    (window,) = image.vois()
    assert window == VoiWindow((low + high) / 2, high - low, image.grey.full_range_window(0, 1).function, "full range")


def test_what_is_made_from_the_pixels_is_made_once() -> None:
    image = image_of(exposure().astype(np.uint16))
    assert image.vois() is image.vois()
