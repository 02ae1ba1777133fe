"""Which pixel spacing counts, what is said of it, and that lengths come out right."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from pydicom.dataelem import RawDataElement
from pydicom.dataset import Dataset
from pydicom.tag import Tag

from mammoview.core.study import ImageHeader, ImageSource
from mammoview.dicom.elements import Elements
from mammoview.dicom.reader import read_header
from mammoview.dicom.spacing import spacing_of
from tests.factories import write_mammogram

UNCALIBRATED = "no valid pixel spacing: lengths cannot be measured"
FILM = {"ImagerPixelSpacing": None, "Modality": "RG", "ConversionType": "DF"}
SECONDARY = {"ImagerPixelSpacing": None, "ConversionType": "WSD"}


def header(folder: Path, **options: Any) -> ImageHeader:
    return read_header(ImageSource(write_mammogram(folder / "image.dcm", **options)))


@pytest.mark.parametrize(
    ("attributes", "spacing", "label"),
    [
        ({}, (0.1, 0.1), "detector plane"),
        ({"EstimatedRadiographicMagnificationFactor": None}, (0.1, 0.1), "detector plane"),
        ({"PixelSpacing": [0.3, 0.3]}, (0.1, 0.1), "detector plane"),
        ({"PixelSpacing": [0.3, 0.3], "PixelSpacingCalibrationType": "FIDUCIAL"}, (0.1, 0.1), "detector plane"),
        ({"EstimatedRadiographicMagnificationFactor": "1.6"}, (0.0625, 0.0625), "corrected ×1.6"),
        ({**SECONDARY, "PixelSpacing": [0.07, 0.08]}, (0.07, 0.08), "pixel spacing as given"),
        (
            {**SECONDARY, "PixelSpacing": [0.07, 0.08], "PixelSpacingCalibrationType": "FIDUCIAL"},
            (0.07, 0.08),
            "calibrated (fiducial)",
        ),
        (
            {**SECONDARY, "PixelSpacing": [0.07, 0.08], "PixelSpacingCalibrationType": "GEOMETRY"},
            (0.07, 0.08),
            "calibrated (geometry)",
        ),
        ({**SECONDARY, "NominalScannedPixelSpacing": [0.05, 0.06]}, (0.05, 0.06), "film scanner"),
        (
            {**FILM, "NominalScannedPixelSpacing": [0.05, 0.05], "SpatialResolution": "0.1"},
            (0.05, 0.05),
            "film scanner",
        ),
        ({**FILM, "SpatialResolution": "0.042"}, (0.042, 0.042), "film scanner, nominal"),
        ({"ImagerPixelSpacing": ["0", "0"], "PixelSpacing": [0.2, 0.2]}, (0.2, 0.2), "pixel spacing as given"),
    ],
)
def test_the_spacing_in_the_breast_goes_first_and_says_how_it_was_calibrated(
    tmp_path: Path, attributes: dict[str, Any], spacing: tuple[float, float], label: str
) -> None:
    found = header(tmp_path, **attributes).spacing
    assert found is not None
    assert (found.row_mm, found.column_mm) == pytest.approx(spacing)
    assert found.label() == label


def test_the_resolution_of_a_machine_that_scans_no_film_is_no_spacing(tmp_path: Path) -> None:
    found = header(tmp_path, **SECONDARY, SpatialResolution="0.1")
    assert found.spacing is None
    assert UNCALIBRATED in found.warnings


@pytest.mark.parametrize("factor", [None, "1.0", "1.5", "1.8"])
def test_a_disk_of_ten_millimetres_measures_ten_millimetres(tmp_path: Path, factor: str | None) -> None:
    magnification = float(factor or 1)
    rows, columns, imager_mm = 300, 260, (0.07, 0.085)
    row, column = np.mgrid[0:rows, 0:columns]
    # the disk's shadow on the detector is larger than the disk
    row_mm, column_mm = (row - 150) * imager_mm[0], (column - 130) * imager_mm[1]
    shadow = np.hypot(row_mm, column_mm) <= 5 * magnification
    found = header(
        tmp_path,
        pixels=np.where(shadow, 3000, 500).astype(np.uint16),
        ImagerPixelSpacing=[f"{value:g}" for value in imager_mm],
        EstimatedRadiographicMagnificationFactor=factor,
    ).spacing
    assert found is not None
    area_mm2 = shadow.sum() * found.row_mm * found.column_mm
    assert 2 * np.sqrt(area_mm2 / np.pi) == pytest.approx(10, rel=0.01)


@pytest.mark.parametrize(
    "value",
    [
        b"-0.1\\-0.1 ",
        b"NaN\\NaN ",
        b"inf\\inf ",
        b"Infinity\\0.1",
        b"abc\\def ",
        b"0.0\\0.0 ",
        b"0.1\\0 ",
        b"0.1 ",
        b"0.1\\0.1\\0.1 ",
        b"0.1\\ ",
        b"\\0.1",
        b"1e-300\\1e-300",
        b"1e300\\1e300 ",
        b"0,1\\0,1 ",
    ],
)
@pytest.mark.parametrize("keyword", ["ImagerPixelSpacing", "PixelSpacing", "NominalScannedPixelSpacing"])
def test_an_invalid_spacing_is_left_out_with_a_warning(keyword: str, value: bytes) -> None:
    ds = Dataset()
    tag = {"ImagerPixelSpacing": 0x00181164, "PixelSpacing": 0x00280030, "NominalScannedPixelSpacing": 0x00182010}
    ds[tag[keyword]] = RawDataElement(Tag(tag[keyword]), "DS", len(value), value, 0, False, True)
    elements = Elements(ds)
    assert spacing_of(elements) is None
    assert elements.warnings[-1] == UNCALIBRATED


@pytest.mark.parametrize("value", ["0", "-1", "100", "0.05"])
def test_an_impossible_magnification_counts_as_one(tmp_path: Path, value: str) -> None:
    found = header(tmp_path, EstimatedRadiographicMagnificationFactor=value)
    assert found.spacing is not None
    assert found.spacing.magnification == 1
    assert "Magnification" in found.warnings[0]


def measured(*spacing: str) -> Dataset:
    """A functional group whose Pixel Measures tell this spacing."""
    measures, group = Dataset(), Dataset()
    measures.PixelSpacing, measures.SliceThickness = list(spacing), "1"
    group.PixelMeasuresSequence = [measures]
    return group


@pytest.mark.parametrize(
    "beside",
    [
        {"ImagerPixelSpacing": ["0.07", "0.07"], "EstimatedRadiographicMagnificationFactor": "1.2"},
        {"PixelSpacing": ["0.2", "0.2"]},
    ],
)
def test_the_measures_of_a_slice_go_ahead_of_those_of_the_detector(tmp_path: Path, beside: dict[str, Any]) -> None:
    found = header(
        tmp_path, spacing_mm=None, frames=2, SharedFunctionalGroupsSequence=[measured("0.1", "0.11")], **beside
    ).spacing
    assert found is not None
    assert (found.row_mm, found.column_mm, found.magnification) == (0.1, 0.11, 1)


def test_invalid_measures_of_a_slice_leave_the_word_to_the_shared_ones(tmp_path: Path) -> None:
    found = header(
        tmp_path,
        frames=2,
        PerFrameFunctionalGroupsSequence=[measured("0", "0"), measured("0", "0")],
        SharedFunctionalGroupsSequence=[measured("0.085", "0.085")],
    )
    assert found.spacing is not None
    assert found.spacing.row_mm == 0.085
    assert found.warnings == ("Pixel Spacing is impossible: left out",)


def test_a_pixel_aspect_ratio_gives_pixels_a_shape_and_no_millimetres(tmp_path: Path) -> None:
    found = header(tmp_path, spacing_mm=None, PixelAspectRatio=["1", "2"])
    assert found.spacing is None
    assert found.pixel_aspect == 0.5
    assert found.warnings == (UNCALIBRATED, "pixels are not square: drawn by Pixel Aspect Ratio")


def test_a_pixel_aspect_ratio_beside_a_spacing_is_not_used(tmp_path: Path) -> None:
    found = header(tmp_path, PixelAspectRatio=["1", "2"])
    assert (found.pixel_aspect, found.warnings) == (1, ())


@pytest.mark.parametrize("ratio", [["0", "1"], ["1", "0"], ["-1", "-2"], ["1"], ["1", "2", "3"], ["1", "50"]])
def test_an_impossible_pixel_aspect_ratio_is_left_out_with_a_warning(tmp_path: Path, ratio: list[str]) -> None:
    found = header(tmp_path, spacing_mm=None, PixelAspectRatio=ratio)
    assert found.pixel_aspect == 1
    assert found.warnings[-1] == "Pixel Aspect Ratio is impossible: left out"
