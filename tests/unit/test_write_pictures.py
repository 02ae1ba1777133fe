"""Pictures and heat maps as DICOM images have the pixels that were drawn, and say of which image they are."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from highdicom import imread
from numpy.typing import NDArray
from pydicom.dataset import FileDataset

from mammoview.core.errors import InputRefusedError
from mammoview.core.geometry import GridTransform, Orientation
from mammoview.core.heat import lay_heat_map
from mammoview.core.prediction import HeatMap
from mammoview.dicom.objects.uids import Kind
from mammoview.dicom.objects.write_capture import Picture, secondary_capture
from mammoview.dicom.objects.write_map import FULL, parametric_map
from tests.written import errors_of, series, told_of, written

ROWS, COLUMNS = 96, 72


def pixels(rows: int = ROWS, columns: int = COLUMNS) -> NDArray[np.uint8]:
    return np.random.default_rng(1).integers(0, 256, (rows, columns, 3), np.uint8)


def capture(folder: Path, picture: Picture, laterality: str = "R", view: str = "CC", **options: Any) -> FileDataset:
    source, image = told_of(folder, laterality, view, **options)
    return written(folder, secondary_capture(source, image, picture, series(Kind.CAPTURE), 2))


def heat(cells: list[list[float]], method: str = "Grad-CAM") -> HeatMap:
    array = np.array(cells, np.float32)
    return HeatMap(array, GridTransform(array.shape[0] / ROWS, 0, array.shape[1] / COLUMNS, 0), method)


def test_the_pixels_come_back(tmp_path: Path) -> None:
    made = capture(tmp_path, Picture(pixels(), Orientation(), "annotated view"))
    assert np.array_equal(made.pixel_array, pixels())
    assert made.PhotometricInterpretation == "RGB"


def test_a_capture_tells_its_image_side_and_way_up(tmp_path: Path) -> None:
    source, _ = told_of(tmp_path, "L", "MLO")
    turned = Orientation(flip_columns=True)
    made = capture(tmp_path, Picture(pixels(), turned, "annotated view"), "L", "MLO")
    (referred,) = made.SourceImageSequence
    assert referred.ReferencedSOPInstanceUID == source.dataset.SOPInstanceUID
    assert referred.SpatialLocationsPreserved == "REORIENTED_ONLY"
    assert (made.ImageLaterality, list(made.PatientOrientation)) == ("L", ["P", "FR"])
    assert made.DerivationDescription == "LMLO: annotated view"
    assert (made.SeriesNumber, made.InstanceNumber, made.ConversionType) == (9001, 2, "WSD")
    assert made.SecondaryCaptureDeviceManufacturer == "mammoview"


def test_spacing_turns_with_the_picture_and_says_how_it_was_calibrated(tmp_path: Path) -> None:
    told: dict[str, Any] = {"ImagerPixelSpacing": [0.1, 0.2], "EstimatedRadiographicMagnificationFactor": "2"}
    upright = capture(tmp_path, Picture(pixels(), Orientation(), ""), **told)
    assert (list(upright.PixelSpacing), upright.PixelSpacingCalibrationDescription) == ([0.05, 0.1], "corrected ×2")
    turned = capture(tmp_path, Picture(pixels(COLUMNS, ROWS), Orientation(transpose=True), ""), **told)
    assert list(turned.PixelSpacing) == [0.1, 0.05]
    assert "PixelSpacing" not in capture(tmp_path, Picture(pixels(), Orientation(), ""), spacing_mm=None)


@pytest.mark.parametrize(
    ("identified", "burned_in", "expected"), [(False, "NO", "NO"), (True, "NO", "YES"), (False, "YES", "YES")]
)
def test_letters_that_may_name_the_woman_are_declared(
    tmp_path: Path, identified: bool, burned_in: str, expected: str
) -> None:
    picture = Picture(pixels(), Orientation(), "", identified)
    assert capture(tmp_path, picture, BurnedInAnnotation=burned_in).BurnedInAnnotation == expected


def test_what_was_lossy_stays_lossy(tmp_path: Path) -> None:
    lossy = {
        "LossyImageCompression": "01",
        "LossyImageCompressionRatio": "12",
        "LossyImageCompressionMethod": "ISO_15444_1",
    }
    made = capture(tmp_path, Picture(pixels(), Orientation(), ""), **lossy)
    assert (made.LossyImageCompression, made.LossyImageCompressionRatio) == ("01", 12)
    source, _ = told_of(tmp_path, **lossy)
    mapped = written(tmp_path, parametric_map(source, heat([[1.0]]), series(Kind.MAP), 1))
    assert mapped.LossyImageCompression == "01"
    assert errors_of(tmp_path / "object.dcm") == []


def test_a_picture_of_another_size_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputRefusedError, match="shape"):
        capture(tmp_path, Picture(pixels(ROWS + 1), Orientation(), ""))


def test_others_find_the_capture_valid(tmp_path: Path) -> None:
    every: list[dict[str, Any]] = [{}, {"PatientOrientation": None}, {"spacing_mm": None}]
    for options in every:
        capture(tmp_path, Picture(pixels(), Orientation(), "annotated view"), **options)
        assert errors_of(tmp_path / "object.dcm") == []


def test_the_map_lies_on_the_stored_grid_and_comes_back(tmp_path: Path) -> None:
    source, _ = told_of(tmp_path, "L", "MLO")
    shown = heat([[0.0, 0.2, 0.0], [0.0, 1.0, 0.4]])
    made = written(tmp_path, parametric_map(source, shown, series(Kind.MAP), 1))
    expected = lay_heat_map(shown, GridTransform(), ROWS, COLUMNS)
    assert made.pixel_array.shape == (ROWS, COLUMNS)
    values = imread(tmp_path / "object.dcm").get_frame(1, apply_real_world_transform=True)
    assert np.abs(values - expected).max() <= 0.5 / FULL + 1e-7


def test_the_map_says_what_it_is_and_where_from(tmp_path: Path) -> None:
    source, _ = told_of(tmp_path, "L", "MLO")
    made = written(tmp_path, parametric_map(source, heat([[1.0]]), series(Kind.MAP), 1))
    shared = made.SharedFunctionalGroupsSequence[0]
    quantity = shared.RealWorldValueMappingSequence[0].QuantityDefinitionSequence[0].ConceptCodeSequence[0]
    assert quantity.CodeMeaning == "Gradient-weighted class activation"
    assert shared.FrameAnatomySequence[0].FrameLaterality == "L"
    assert made.ContentDescription == "LMLO: Grad-CAM, attention, not lesion outline"
    references = [str(one.value) for one in made.iterall() if one.keyword == "ReferencedSOPInstanceUID"]
    assert set(references) == {source.dataset.SOPInstanceUID}
    assert list(shared.PixelMeasuresSequence[0].PixelSpacing) == [0.1, 0.1]
    lesions = written(tmp_path, parametric_map(source, heat([[1.0]], "lesion map"), series(Kind.MAP), 1))
    drawn = lesions.SharedFunctionalGroupsSequence[0].RealWorldValueMappingSequence[0]
    assert drawn.QuantityDefinitionSequence[0].ConceptCodeSequence[0].CodeMeaning == "Saliency"


def test_an_image_of_several_frames_has_no_map(tmp_path: Path) -> None:
    source, _ = told_of(tmp_path, frames=3)
    with pytest.raises(InputRefusedError, match="several frames"):
        parametric_map(source, heat([[1.0]]), series(Kind.MAP), 1)


def test_others_find_the_map_valid(tmp_path: Path) -> None:
    every: list[dict[str, Any]] = [{}, {"PatientOrientation": None}, {"spacing_mm": None}]
    for options in every:
        source, _ = told_of(tmp_path, "R", "MLO", **options)
        written(tmp_path, parametric_map(source, heat([[0.0, 1.0]]), series(Kind.MAP), 1))
        assert errors_of(tmp_path / "object.dcm") == []
