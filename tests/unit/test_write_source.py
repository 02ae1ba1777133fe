"""Every written object is of the image's patient and study, is new, and names mammoview as its maker."""

from __future__ import annotations

import logging
from pathlib import Path
from typing import Any

import pytest
from pydicom.dataset import FileDataset

import mammoview
from mammoview.core.errors import InputRefusedError, MammoviewError
from mammoview.core.geometry import Orientation
from mammoview.core.prediction import ImagePrediction
from mammoview.core.prepared import prepare
from mammoview.dicom.objects.uids import WRITTEN, Kind, mark_uid, new_uid
from mammoview.dicom.objects.write_cad import CadView, cad_report
from mammoview.dicom.objects.write_file import write_object
from mammoview.dicom.objects.write_presentation import Look, presentation_state
from mammoview.dicom.objects.write_source import Source, direction_cosines, equal_study, laid_codes
from mammoview.dicom.reader import read_file
from tests.factories import Woman, make_picture
from tests.written import series, told_of, written


def state(folder: Path, **options: Any) -> FileDataset:
    """A presentation state of a made mammogram, as its file gives it back."""
    source, image = told_of(folder, **options)
    return written(folder, presentation_state(source, prepare(image), Look(), series(Kind.PRESENTATION), 3))


def test_identity_is_that_of_the_image(tmp_path: Path) -> None:
    made = state(tmp_path, woman=Woman("MÜLLER^ÄNNE=山田^花子", "ID 1", "19600229"), PatientAge="063Y")
    source = Source.read(read_file(tmp_path / "RCC.dcm").header).dataset
    for keyword in ("PatientID", "PatientBirthDate", "PatientSex", "PatientAge", "AccessionNumber", "StudyID"):
        assert made[keyword].value == source[keyword].value, keyword
    assert str(made.PatientName) == "MÜLLER^ÄNNE=山田^花子"
    assert (made.StudyInstanceUID, made.StudyDate, made.StudyTime) == (
        source.StudyInstanceUID,
        source.StudyDate,
        source.StudyTime,
    )


def test_an_object_is_new_and_of_a_series_of_its_own(tmp_path: Path) -> None:
    one, other = state(tmp_path), state(tmp_path)
    source = Source.read(read_file(tmp_path / "RCC.dcm").header).dataset
    assert len({one.SOPInstanceUID, other.SOPInstanceUID, source.SOPInstanceUID}) == 3
    assert len({one.SeriesInstanceUID, other.SeriesInstanceUID, source.SeriesInstanceUID}) == 3
    assert one.file_meta.MediaStorageSOPInstanceUID == one.SOPInstanceUID


def test_the_maker_is_mammoview_and_its_work_is_for_research(tmp_path: Path) -> None:
    made = state(tmp_path)
    assert (made.Manufacturer, made.ManufacturerModelName) == ("mammoview", "mammoview")
    assert made.SoftwareVersions == mammoview.__version__
    assert made.ContentQualification == "RESEARCH"
    assert not any(element.tag.is_private for element in made.iterall())


def test_series_come_behind_those_of_acquisition_one_number_for_each_kind(tmp_path: Path) -> None:
    numbers = [series(kind).number for kind in Kind]
    assert numbers == list(range(9001, 9001 + len(Kind)))
    made = state(tmp_path)
    assert (made.SeriesNumber, made.InstanceNumber) == (9002, 3)
    assert made.SeriesDescription == "mammoview presentation states"
    assert (made.SeriesDate, made.SeriesTime) == ("20260304", "050607")


def test_what_is_invalid_in_the_image_does_not_come_along(tmp_path: Path) -> None:
    made = state(tmp_path, PatientBirthDate="00000000", PatientSex="W", StudyTime="9999", PatientAge="63")
    assert (made.PatientBirthDate, made.PatientSex, made.StudyTime) == ("", "", "")
    assert "PatientAge" not in made


ODD: dict[str, Any] = {
    "PatientName": "a=b=c=d^^^^^^\x01",
    "PatientID": "X" * 80,
    "PatientAge": "000000Y",
    "StudyDate": "20240231",
    "StudyTime": "25:61",
    "StudyID": "\x1b(B",
    "AccessionNumber": "ß" * 20,
    "ReferringPhysicianName": ["A^B", "C^D"],
    "StudyDescription": "one\\two",
    "DeidentificationMethodCodeSequence": [],
    "IssuerOfPatientID": None,
    "ImagerPixelSpacing": ["0", "-1"],
    "ContentDate": "today",
}


@pytest.mark.parametrize("keyword", ODD)
def test_odd_values_stop_nothing(tmp_path: Path, keyword: str) -> None:
    made = state(tmp_path, **{keyword: ODD[keyword]})
    assert made.SOPClassUID == WRITTEN[Kind.PRESENTATION][0]
    source, image = told_of(tmp_path, **{keyword: ODD[keyword]})
    prediction = ImagePrediction(image.key, image.header.laterality, refused="spot")
    report = cad_report([CadView(source, prediction)], None, None, None, series(Kind.CAD))
    assert written(tmp_path, report).CompletionFlag == "COMPLETE"


def test_a_name_without_caret_comes_into_no_log(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    source, image = told_of(tmp_path, woman=Woman("SECRETIVE"), AccessionNumber="ACCESSION-TOO-LONG-BY-FAR")
    with caplog.at_level(logging.DEBUG):
        made = presentation_state(source, prepare(image), Look(), series(Kind.PRESENTATION), 1)
    assert str(made.PatientName) == "SECRETIVE"
    assert made.AccessionNumber == "ACCESSION-TOO-LONG-BY-FAR"
    assert caplog.records
    assert "SECRETIVE" not in caplog.text
    assert "ACCESSION-TOO" not in caplog.text


def test_the_original_is_not_changed(tmp_path: Path) -> None:
    state(tmp_path)
    before = (tmp_path / "RCC.dcm").read_bytes()
    source = Source.read(read_file(tmp_path / "RCC.dcm").header)
    told = source.dataset.to_json()
    presentation_state(source, prepare(read_file(tmp_path / "RCC.dcm")), Look(), series(Kind.PRESENTATION), 1)
    assert source.dataset.to_json() == told
    assert (tmp_path / "RCC.dcm").read_bytes() == before


def test_a_plain_picture_cannot_be_told_of(tmp_path: Path) -> None:
    make_picture(tmp_path / "R_CC.png")
    with pytest.raises(InputRefusedError, match="no valid UIDs"):
        Source.read(read_file(tmp_path / "R_CC.png").header)


def test_an_image_with_a_uid_that_is_none_cannot_be_told_of(tmp_path: Path) -> None:
    with pytest.raises(InputRefusedError, match="no valid UIDs"):
        told_of(tmp_path, SeriesInstanceUID="1.2.x")


def test_images_of_two_studies_are_not_one_object(tmp_path: Path) -> None:
    one, _ = told_of(tmp_path)
    other, _ = told_of(tmp_path, study="second")
    with pytest.raises(InputRefusedError, match="several studies"):
        equal_study([one, other])


def test_de_identification_of_the_image_stays_told(tmp_path: Path) -> None:
    made = state(tmp_path, PatientIdentityRemoved="YES", DeidentificationMethod=["one", "two"])
    assert made.PatientIdentityRemoved == "YES"
    assert list(made.DeidentificationMethod) == ["one", "two"]


@pytest.mark.parametrize(
    ("orientation", "expected"),
    [
        (Orientation(), ("P", "FL")),
        (Orientation(flip_columns=True), ("A", "FL")),
        (Orientation(flip_rows=True), ("P", "HR")),
        (Orientation(transpose=True), ("FL", "P")),
        (Orientation(transpose=True, flip_columns=True), ("HR", "P")),
    ],
)
def test_directions_turn_with_the_picture(tmp_path: Path, orientation: Orientation, expected: tuple[str, str]) -> None:
    _, image = told_of(tmp_path, "R", "MLO")
    assert laid_codes(image.header, orientation) == expected


def test_direction_cosines_are_those_of_the_letters() -> None:
    half = 0.5**0.5
    assert direction_cosines(("P", "FL")) == pytest.approx((0, 1, 0, half, 0, -half))
    assert direction_cosines(("A", "R")) == (0, -1, 0, -1, 0, 0)
    assert direction_cosines(("P", "PL")) == direction_cosines(None) == (1, 0, 0, 0, 0, -1)


def test_a_mark_has_the_same_uid_whenever_it_is_written() -> None:
    assert mark_uid("0" * 31 + "a") == "2.25.10"
    assert new_uid() != new_uid()
    assert new_uid().is_valid


def test_a_file_that_cannot_be_written_leaves_nothing(tmp_path: Path) -> None:
    made = state(tmp_path)
    with pytest.raises(MammoviewError, match="cannot be written"):
        write_object(tmp_path / "absent" / "one.dcm", made)
    (tmp_path / "taken").mkdir()
    with pytest.raises(MammoviewError, match="cannot be written"):
        write_object(tmp_path / "taken", made)
    assert not list(tmp_path.glob(".*"))
