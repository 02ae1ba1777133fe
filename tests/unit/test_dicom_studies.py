"""Which images belong together: no two women in one study, no study torn apart, the newest first."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from mammoview.core.study import Study
from mammoview.dicom.scan import scan
from tests.factories import ANNA, BERTA, FOUR_VIEWS, Woman, make_picture, write_mammogram, write_study

IN_ORDER = ["RCC", "RMLO", "LCC", "LMLO"]
ONE_UID = "1.2.3.4"


def labels(study: Study) -> list[str]:
    return [image.side_view for image in study.images]


def test_each_woman_has_her_newest_study_first(tmp_path: Path) -> None:
    write_study(tmp_path / "prior", study="prior", study_date="20220101")
    write_study(tmp_path, study_date="20240201")
    write_study(tmp_path / "undated", study="undated", study_date="")
    write_study(tmp_path, woman=BERTA, names=["w", "x", "y", "z"], study_date="20240301")
    studies = scan([tmp_path]).studies
    assert [study.study_date for study in studies] == ["2024-02-01", "2022-01-01", "", "2024-03-01"]
    assert [study.patient.patient_id for study in studies] == [*["DEMO-0001"] * 3, "DEMO-0002"]


def test_of_two_studies_of_a_day_the_later_is_first(tmp_path: Path) -> None:
    for study, time in (("morning", "080000"), ("noon", "120000")):
        write_study(tmp_path / study, study=study, StudyTime=time)
    assert [study.images[0].study_time for study in scan([tmp_path]).studies] == ["12:00:00", "08:00:00"]


def test_one_study_uid_of_two_women_never_mixes_them(tmp_path: Path) -> None:
    uid = "1.2.3.4"
    write_study(tmp_path, StudyInstanceUID=uid)
    write_study(tmp_path, woman=BERTA, names=["w", "x", "y", "z"], StudyInstanceUID=uid)
    studies = scan([tmp_path]).studies
    assert [len({image.patient for image in study.images}) for study in studies] == [1, 1]
    assert len({study.key for study in studies}) == 2
    assert "another patient" in studies[0].images[0].warnings[-1]


@pytest.mark.parametrize(
    "unnamed",
    [{"PatientID": ""}, {"PatientID": None}, {"PatientName": ""}, {"PatientID": "", "PatientName": ""}],
    ids=lambda unnamed: "-".join(unnamed),
)
def test_an_image_that_does_not_name_its_patient_stays_in_the_study(tmp_path: Path, unnamed: dict[str, Any]) -> None:
    for index, (side, view) in enumerate(FOUR_VIEWS):
        write_mammogram(tmp_path / f"{side}{view}.dcm", side, view, **(unnamed if index == 2 else {}))
    (study,) = scan([tmp_path]).studies
    assert (labels(study), study.study_instance_uid is None) == (IN_ORDER, False)
    assert [image.warnings for image in study.images] == [()] * 4


def test_a_name_without_an_id_tells_whose_of_two_women_an_image_is(tmp_path: Path) -> None:
    women = ((ANNA, "R"), (BERTA, "R"), (Woman(BERTA.name, ""), "L"), (Woman("", ""), "L"))
    for seed, (woman, side) in enumerate(women):
        write_mammogram(tmp_path / f"{seed}.dcm", side, woman=woman, seed=seed, StudyInstanceUID=ONE_UID)
    studies = scan([tmp_path]).studies
    found = {(study.patient.patient_id, *labels(study)) for study in studies}
    assert found == {("DEMO-0001", "RCC"), ("DEMO-0002", "RCC", "LCC"), ("", "LCC")}
    assert all("another patient" in image.warnings[-1] for study in studies for image in study.images)


def test_files_without_a_study_uid_become_one_study_per_folder(tmp_path: Path) -> None:
    write_study(tmp_path / "one", StudyInstanceUID=None)
    write_study(tmp_path / "two", StudyInstanceUID=None, study="other")
    assert [labels(study) for study in scan([tmp_path]).studies] == [IN_ORDER, IN_ORDER]


def test_files_that_name_no_patient_and_no_study_are_kept_together_by_their_views(tmp_path: Path) -> None:
    names = ["IM1", "IM2", "IM3", "IM4"]
    write_study(tmp_path, names=names, StudyInstanceUID=None, PatientID=None, PatientName=None)
    assert [labels(study) for study in scan([tmp_path]).studies] == [IN_ORDER]


def test_pictures_are_grouped_by_their_leading_name(tmp_path: Path) -> None:
    for name in ("p0001_R_CC_1", "p0001_L_CC_1", "p0002_R_MLO_1", "p0002_R_MLO_2", "plain"):
        make_picture(tmp_path / f"{name}.png")
    studies = scan([tmp_path]).studies
    assert [labels(study) for study in studies] == [["RCC", "LCC"], ["RMLO", "RMLO"], ["side and view unknown"]]
    assert all(study.study_instance_uid is None for study in studies)


@pytest.mark.parametrize(
    "names",
    [
        ("R_CC", "R_MLO", "L_CC", "L_MLO"),
        ("r-cc", "r-mlo", "l-cc", "l-mlo"),
        ("1_RCC", "2_RMLO", "3_LCC", "4_LMLO"),
        ("anna right cc", "anna right mlo", "anna left cc", "anna left mlo"),
    ],
    ids=lambda names: names[0],
)
def test_four_pictures_of_one_woman_are_one_study(tmp_path: Path, names: tuple[str, ...]) -> None:
    for name in names:
        make_picture(tmp_path / f"{name}.png")
    assert [labels(study) for study in scan([tmp_path]).studies] == [IN_ORDER]


@pytest.mark.parametrize("names", [("smith", "jones", "wu"), ("1", "2", "3"), ("mdb001", "mdb002", "mdb003")], ids=str)
def test_pictures_that_tell_neither_side_nor_view_are_never_one_study(tmp_path: Path, names: tuple[str, ...]) -> None:
    for name in (*names, "R_CC", "L_CC"):
        make_picture(tmp_path / f"{name}.jpg")
    studies = scan([tmp_path]).studies
    told = [tuple(image.source.stem for image in study.images) for study in studies]
    assert sorted(told) == sorted([*((name,) for name in names), ("R_CC", "L_CC")])
