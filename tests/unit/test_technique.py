"""The technique block: what it tells, what it never tells, and the dash for what is missing; the words on a picture."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from pydicom.dataset import Dataset

from mammoview.core.image import MammoImage, Projection
from mammoview.core.prepared import prepare
from mammoview.core.study import ImageHeader, ImageSource
from mammoview.core.window import VoiWindow
from mammoview.dicom.reader import read_header
from mammoview.dicom.technique import TECHNIQUE_LABELS
from mammoview.reading.texts import corner_texts, technique_block
from tests.factories import write_mammogram
from tests.unit.made import breast_image

WHO = (
    "Patient",
    "Patient ID",
    "Birth date",
    "Age",
    "Sex",
    "Acquired",
    "Accession number",
    "Operator",
    "Institution",
    "Address",
    "Station",
    "Serial number",
    "Detector",
    "Detector calibrated",
    "Gantry",
)
HOW = ("Manufacturer", "Model", "Series / image", "View", "Intent", "Transfer syntax", "Compression", *TECHNIQUE_LABELS)
SECRETS = {
    "PatientName": "SECRET^ANNA",
    "PatientID": "SECRET-1",
    "PatientBirthDate": "19600229",
    "PatientAge": "063Y",
    "AcquisitionDate": "20240131",
    "AcquisitionTime": "101501",
    "AccessionNumber": "SECRET-2",
    "OperatorsName": ["SECRET^OLGA", "SECRET^PIA"],
    "InstitutionName": "SECRET HOSPITAL",
    "InstitutionAddress": "SECRET STREET 1\r\nSECRET TOWN",
    "StationName": "SECRET-3",
    "DeviceSerialNumber": "SECRET-4",
    "DetectorID": "SECRET-5",
    "DateOfLastDetectorCalibration": "20240115",
    "GantryID": "SECRET-6",
}


def header(folder: Path, **options: Any) -> ImageHeader:
    return read_header(ImageSource(write_mammogram(folder / "image.dcm", **options)))


def code(meaning: str) -> Dataset:
    item = Dataset()
    item.CodeValue, item.CodingSchemeDesignator, item.CodeMeaning = "255561001", "SCT", meaning
    return item


def test_the_technique_has_units(tmp_path: Path) -> None:
    technique = dict(header(tmp_path).technique)
    assert technique["Tube voltage"] == "29 kV"
    assert technique["Exposure"] == "80 mAs"
    assert technique["Exposure time"] == "900 ms"
    assert technique["Anode / filter"] == "rhodium / silver"
    assert technique["Compression force"] == "90 N"
    assert technique["Organ dose"] == "1.42 mGy"
    assert technique["Positioner angle"] == "0°"


def test_the_technique_tells_neither_who_nor_when_nor_where(tmp_path: Path) -> None:
    found = header(tmp_path, **SECRETS)
    assert not any("SECRET" in value or "2024" in value for _, value in found.technique)


def test_absent_values_are_not_in_the_technique(tmp_path: Path) -> None:
    technique = dict(header(tmp_path, KVP=None, CompressionForce="", OrganDose="0").technique)
    assert not {"Tube voltage", "Compression force", "Organ dose"} & technique.keys()


@pytest.mark.parametrize(
    ("attributes", "label", "value"),
    [
        ({"Exposure": 80, "ExposureInuAs": 80400}, "Exposure", "80.4 mAs"),
        ({"ExposureTime": None, "ExposureTimeInuS": "912500"}, "Exposure time", "912.5 ms"),
        ({"AnodeTargetMaterial": None}, "Anode / filter", "— / silver"),
        ({"FilterMaterial": ["RHODIUM", "ALUMINUM"]}, "Anode / filter", "rhodium / rhodium+aluminum"),
        ({"FocalSpots": ["0.1", "0.3"]}, "Focal spot", "0.1 / 0.3 mm"),
        ({"EntranceDose": 1, "EntranceDoseInmGy": "4.25"}, "Entrance dose", "4.25 mGy"),
        ({"EntranceDose": 1}, "Entrance dose", "100 mGy"),
        ({"EstimatedRadiographicMagnificationFactor": "1.8"}, "Magnification", "×1.8"),
        ({"PartialView": "YES", "PartialViewCodeSequence": [code("Anterior")]}, "Partial view", "yes, anterior"),
        ({"SoftwareVersions": ["A 1", "B 2"]}, "Software", "A 1\\B 2"),
    ],
)
def test_each_value_is_read_where_files_keep_it(
    tmp_path: Path, attributes: dict[str, Any], label: str, value: str
) -> None:
    assert dict(header(tmp_path, **attributes).technique)[label] == value


def test_a_tomosynthesis_object_keeps_its_technique_in_its_acquisition(tmp_path: Path) -> None:
    acquisition = Dataset()
    acquisition.KVP, acquisition.ExposureInmAs, acquisition.BodyPartThickness = "31", 54.5, "47"
    found = header(tmp_path, KVP=None, Exposure=None, BodyPartThickness=None, XRay3DAcquisitionSequence=[acquisition])
    technique = dict(found.technique)
    assert (technique["Tube voltage"], technique["Exposure"], technique["Breast thickness"]) == (
        "31 kV",
        "54.5 mAs",
        "47 mm",
    )


def test_the_block_of_the_readers_own_screen_tells_all(tmp_path: Path) -> None:
    block = dict(technique_block(header(tmp_path, **SECRETS, SeriesNumber=3, InstanceNumber=None), identified=True))
    assert tuple(block) == WHO + HOW
    assert block["Patient"] == "SECRET, ANNA"
    assert (block["Birth date"], block["Age"], block["Sex"]) == ("1960-02-29", "63Y", "F")
    assert block["Acquired"] == "2024-01-31 10:15:01"
    assert block["Operator"] == "SECRET, OLGA, SECRET, PIA"
    assert block["Address"] == "SECRET STREET 1 SECRET TOWN"
    assert block["Series / image"] == "3 / —"
    assert block["View"] == "R CC"


def test_the_block_of_a_picture_that_leaves_the_room_tells_nobody(tmp_path: Path) -> None:
    block = technique_block(header(tmp_path, **SECRETS), identified=False)
    assert tuple(label for label, _ in block) == HOW
    text = " ".join(value for _, value in block)
    for secret in ("SECRET", "ANNA", "1960", "2024", "63Y"):
        assert secret not in text


MEASURED = {
    "KVP": "0",
    "Exposure": 0,
    "ExposureTime": 0,
    "CompressionForce": "0",
    "BodyPartThickness": "0",
    "OrganDose": "0",
    "EntranceDose": 0,
    "RelativeXRayExposure": 0,
    "FocalSpots": "0",
    "EstimatedRadiographicMagnificationFactor": "0",
    "PatientAge": "000Y",
}


@pytest.mark.parametrize("value", ["absent", "zero", "empty"])
def test_a_missing_value_is_a_dash_and_never_zero(tmp_path: Path, value: str) -> None:
    put: dict[str, Any] = {"absent": dict.fromkeys(MEASURED), "zero": MEASURED, "empty": dict.fromkeys(MEASURED, "")}[
        value
    ]
    block = dict(technique_block(header(tmp_path, **put, PositionerPrimaryAngle=None), identified=True))
    measured = ("Tube voltage", "Exposure", "Exposure time", "Compression force", "Breast thickness", "Organ dose")
    more = ("Entrance dose", "Relative exposure", "Focal spot", "Magnification", "Age", "Positioner angle")
    assert {block[label] for label in measured + more} == {"—"}


def test_a_file_that_tells_nothing_has_the_same_lines(tmp_path: Path) -> None:
    bare = ImageHeader(ImageSource(tmp_path / "picture.png"), 8, 8, breast_image().grey)
    block = technique_block(bare, identified=True)
    assert tuple(label for label, _ in block) == WHO + HOW
    assert {value for _, value in block} == {"—"}


@pytest.mark.parametrize(
    ("attributes", "value"),
    [
        ({"LossyImageCompression": "01", "LossyImageCompressionRatio": "12.04"}, "lossy 12:1"),
        ({"LossyImageCompression": "01", "LossyImageCompressionRatio": ["12", "3.5"]}, "lossy 12:1, 3.5:1"),
        ({"LossyImageCompression": "01", "LossyImageCompressionRatio": "0"}, "lossy"),
        ({"LossyImageCompressionRatio": "12"}, "—"),
    ],
)
def test_a_lossy_compression_is_told_with_its_ratio(tmp_path: Path, attributes: dict[str, Any], value: str) -> None:
    assert dict(technique_block(header(tmp_path, **attributes), identified=False))["Compression"] == value


def words(image: MammoImage, **options: Any) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """(bottom lines, cautions) of a picture."""
    texts = corner_texts(prepare(image), voi=VoiWindow(2000, 4000), **options)
    return texts.bottom, texts.cautions


def shown(frame: int = 1, slab: int = 1, preview: bool = False, **options: Any) -> MammoImage:
    made = breast_image(rows=240, columns=180, patient_orientation=("P", "L"), **options)
    return MammoImage(made.header, made.stored, frame=frame, slab=slab, preview=preview, projection=Projection.MAXIMUM)


def test_a_frame_stands_beside_the_window() -> None:
    assert words(shown(frame=3, frames=40), zoom_text="50 %") == (("C 2000 W 4000  frame 3/40  50 %",), ())


def test_a_slab_tells_its_frames_and_its_kind() -> None:
    bottom, _ = words(shown(frame=12, slab=5, frames=40), zoom_text="1:1")
    assert bottom == ("slab of 5, maximum  frames 10-14/40", "C 2000 W 4000  1:1")


def test_a_slab_at_the_end_tells_the_frames_that_are_there() -> None:
    bottom, _ = words(shown(frame=40, slab=5, frames=40))
    assert bottom[0] == "slab of 5, maximum  frames 36-40/40"


def test_a_preview_and_a_lossy_picture_are_cautioned_of() -> None:
    image = shown(preview=True, lossy=True, lossy_ratio="12:1", partial_view=True, partial_view_codes=("anterior",))
    assert words(image)[1] == ("preview, loading", "lossy compression 12:1", "partial view: anterior")


def test_estimated_air_is_told_where_it_is_used() -> None:
    assert words(shown(), air_estimated=True)[0] == ("air: estimated", "C 2000 W 4000")
    assert words(shown(), air_estimated=False)[0] == ("C 2000 W 4000",)


def test_the_block_is_handed_on() -> None:
    block = (("Tube voltage", "29 kV"),)
    assert corner_texts(prepare(shown()), voi=VoiWindow(2000, 4000), block=block).block == block
