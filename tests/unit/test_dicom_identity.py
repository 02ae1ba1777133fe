"""Who may be named where."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mammoview.core.study import ImageSource, Patient, Study
from mammoview.dicom import identity
from mammoview.dicom.dataset import parse_source
from mammoview.dicom.elements import Elements
from mammoview.dicom.scan import scan
from tests.factories import write_mammogram, write_study


@pytest.fixture
def study(tmp_path: Path) -> Study:
    write_study(tmp_path / "DEMO_ANNA")
    return scan([tmp_path]).studies[0]


@pytest.mark.parametrize(
    ("name", "label"),
    [
        ("DEMO^ANNA", "DEMO, ANNA  DEMO-0001"),
        ("DEMO^ANNA^MARIA^DR^MD", "DEMO, ANNA MARIA  DEMO-0001"),
        ("Yamada^Hanako=山田^花子=やまだ^はなこ", "Yamada, Hanako  DEMO-0001"),
        ("=山田^花子", "山田, 花子  DEMO-0001"),
        ("DEMO", "DEMO  DEMO-0001"),
        ("^^^^", "DEMO-0001"),
    ],
)
def test_the_screen_shows_the_alphabetic_name_and_the_id(name: str, label: str) -> None:
    assert identity.screen_label(Patient(name, "DEMO-0001")) == label


def test_a_patient_without_a_name_is_said_to_have_none() -> None:
    assert identity.screen_label(Patient()) == "no name"


def test_export_names_tell_side_and_view_only(tmp_path: Path, study: Study) -> None:
    assert identity.export_names(study) == ("RCC", "RMLO", "LCC", "LMLO")
    for index in range(2):
        write_mammogram(tmp_path / f"more{index}.dcm", "L", "MLO", seed=10 + index)
    write_mammogram(tmp_path / "odd.dcm", seed=20, ImageLaterality=None, ViewPosition=None, ViewCodeSequence=None)
    more = scan([tmp_path]).studies[0]
    assert identity.export_names(more) == ("RCC", "RMLO", "LCC", "LMLO", "LMLO-2", "LMLO-3", "image-1")


def test_a_study_folder_tells_nothing_of_the_woman(study: Study) -> None:
    assert identity.study_folder_name(study, 2) == "study-2"


@settings(max_examples=80, deadline=None)
@given(st.text(max_size=120))
def test_a_safe_file_name_is_safe(text: str) -> None:
    name = identity.safe_file_name(text)
    assert 0 < len(name) <= 81
    assert name.isascii()
    assert not name.startswith((".", "-"))
    assert not set(name) & set('/\\:*?"<>| \n')


def test_reserved_names_are_avoided() -> None:
    assert identity.safe_file_name("con") not in ("con", "CON")
    assert identity.safe_file_name("../../etc/passwd") == "etc-passwd"


def test_all_that_may_identify_beside_the_patient_is_in_the_provenance(tmp_path: Path) -> None:
    told = {
        "PatientAge": "063Y",
        "AcquisitionDate": "20240131",
        "OperatorsName": "SAMPLE^OLGA",
        "InstitutionAddress": "Street 1",
        "StationName": "ROOM1",
        "DeviceSerialNumber": "1234",
        "DetectorID": "D1",
        "DateOfLastDetectorCalibration": "20240115",
        "GantryID": "G1",
    }
    path = write_mammogram(tmp_path / "image.dcm", **told)
    found = identity.provenance_of(Elements(parse_source(ImageSource(path)).dataset))
    assert "" not in dataclasses.astuple(found)
