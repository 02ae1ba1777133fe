"""Patient IDs that are nobody's make one woman of nobody; files that macOS puts beside tables are no tables."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from mammoview.dicom.reader import read_file
from tests.factories import ANNA, Woman, write_mammogram
from tests.training.layouts import Roi, write_cbis_dicom, write_csv, write_film
from training.data.cbis_tables import description_tables
from training.data.folders import read_class_folders
from training.data.nobody import MOST_STUDIES, Shown, ids_of_nobody, is_placeholder
from training.data.notes import Notes
from training.data.sets import read_data_set, recognise
from training.headers import shown_by

NOBODIES = ("", "ANON", "Anonymous", "anonymized", "UNKNOWN", "unknown", "N/A", "None", "xxxx", "---", "De-Identified")


@pytest.mark.parametrize("name", NOBODIES)
def test_what_de_identification_leaves_is_nobodys(name: str) -> None:
    assert is_placeholder(name)


@pytest.mark.parametrize("name", ["1", "ANON0012", "P-7", "Unknown_3", "Anna", "X12", "0"])
def test_a_name_with_a_number_or_of_a_woman_is_somebodys(name: str) -> None:
    assert not is_placeholder(name)


def test_zero_is_somebodys_number_only_where_others_have_numbers() -> None:
    assert ids_of_nobody([Shown(patient_id="0"), Shown(patient_id="ANON")]) == {"0", "ANON"}
    assert ids_of_nobody([Shown(patient_id="0"), Shown(patient_id="1")]) == set()


def of_one(count: int, told: Callable[[int], Shown]) -> set[str]:
    return ids_of_nobody([told(number) for number in range(count)])


def test_one_id_with_many_birth_dates_is_nobodys() -> None:
    assert of_one(3, lambda n: Shown(patient_id="A7", birth_date=f"196{n}-01-01")) == {"A7"}


def test_two_women_who_share_an_id_by_a_slip_stay_together() -> None:
    assert of_one(2, lambda n: Shown(patient_id="A7", birth_date=f"196{n}-01-01")) == set()


def test_one_id_with_ages_that_are_no_one_womans_is_nobodys() -> None:
    assert of_one(3, lambda n: Shown(patient_id="A7", born=1940 + 9 * n)) == {"A7"}
    assert of_one(9, lambda n: Shown(patient_id="A7", born=1940 + n % 3)) == set()


def test_one_id_in_more_studies_than_a_woman_has_is_nobodys() -> None:
    assert of_one(MOST_STUDIES + 1, lambda n: Shown(patient_id="A7", study=f"1.2.{n}")) == {"A7"}
    assert of_one(MOST_STUDIES, lambda n: Shown(patient_id="A7", study=f"1.2.{n}")) == set()


def test_one_womans_ages_are_no_one_elses_where_all_her_dates_were_made_one() -> None:
    files = [Shown(patient_id="A7", study=f"1.2.{n}", date="20000101", born=1950 - 4 * n) for n in range(5)]
    assert ids_of_nobody(files) == set()


@pytest.mark.parametrize(
    ("birth_date", "known"), [("1960-02-29", True), ("19600229", True), ("1960-01-01", False), ("", False)]
)
def test_a_birthday_tells_of_one_woman_however_often_she_came(birth_date: str, known: bool) -> None:
    told = of_one(MOST_STUDIES + 1, lambda n: Shown(patient_id="A7", study=f"1.2.{n}", birth_date=birth_date))
    assert told == (set() if known else {"A7"})


@pytest.mark.parametrize(("date", "known"), [("20{:02}0301", True), ("20000101", False)])
def test_ages_that_grow_with_the_dates_tell_of_one_woman_however_often_she_came(date: str, known: bool) -> None:
    files = [Shown(patient_id="A7", study=f"1.2.{n}", date=date.format(n), born=1950 + n % 2) for n in range(25)]
    assert ids_of_nobody(files) == (set() if known else {"A7"})


def test_one_woman_with_25_examinations_stays_one(tmp_path: Path) -> None:
    for number in range(25):
        place = tmp_path / ("benign" if number % 2 else "malignant") / f"exam{number:02}_1.dcm"
        write_mammogram(place, woman=ANNA, study=number, seed=number)
    assert len({row.patient_id for row in read_class_folders(tmp_path)}) == 1


def anonymous(folder: Path, *names: str, woman: Woman | None = None) -> Path:
    """Mammograms of one Patient ID in the folders benign and malignant."""
    woman = woman or replace(ANNA, patient_id="ANONYMOUS", birth_date="")
    for number, name in enumerate(names):
        write_mammogram(folder / name, woman=woman, study=number, seed=number)
    return folder


def test_files_of_anonymous_are_not_one_womans(tmp_path: Path) -> None:
    notes = Notes()
    rows = read_class_folders(anonymous(tmp_path, "benign/a.dcm", "benign/b.dcm", "malignant/c.dcm"), notes)
    assert [row.woman_known for row in rows] == [False] * 3
    assert len({row.patient_id for row in rows}) == 3
    assert (
        "3 files have no Patient ID, or one that is nobody's or many women's (as a.dcm), which tells of no woman: for "
        "3 of them give a table with the women, or a folder for each woman"
    ) in notes.remarks


def test_a_folder_for_each_woman_tells_whom_anonymous_files_show(tmp_path: Path) -> None:
    notes = Notes()
    places = ("benign/w01/1.dcm", "benign/w01/2.dcm", "malignant/w02/1.dcm")
    rows = read_class_folders(anonymous(tmp_path, *places), notes)
    assert [(row.patient_id.rpartition("/")[2], row.woman_known) for row in rows] == [
        ("w01", True), ("w01", True), ("w02", True),
    ]  # fmt: skip
    assert (
        "3 files have no Patient ID, or one that is nobody's or many women's (as 1.dcm), which tells of no woman"
        in (notes.remarks)
    )


def test_women_with_ids_beside_anonymous_files_keep_them(tmp_path: Path) -> None:
    anonymous(tmp_path, "benign/a.dcm")
    write_mammogram(tmp_path / "malignant" / "b.dcm", woman=ANNA)
    assert [row.woman_known for row in read_class_folders(tmp_path)] == [False, True]


@pytest.mark.parametrize("name", ["1.2.826.0.1.3680043.8.498.7", "IM-0001-0007", "IMG_0001_2"])
def test_a_uid_or_a_number_of_an_image_in_a_files_name_is_no_woman(tmp_path: Path, name: str) -> None:
    rows = read_class_folders(anonymous(tmp_path, f"benign/{name}.dcm"))
    assert not rows[0].woman_known


@pytest.mark.parametrize(
    ("names", "known"),
    [
        (("ANON", "ANON"), 0),
        (("0", "0"), 0),
        (("0", "1"), 2),
        (("?", "7"), 1),
        (("N/A", "N/A"), 0),
        (("7/NA", "8/X"), 2),
    ],
)
def test_nobody_in_a_table_is_no_woman(tmp_path: Path, names: tuple[str, str], known: int) -> None:
    records = [{"file": f"{n}.png", "patient_id": name, "label": str(n)} for n, name in enumerate(names)]
    for record in records:
        write_film(tmp_path / record["file"])
    found = read_data_set(write_csv(tmp_path / "own.csv", ("file", "patient_id", "label"), records))
    assert sum(row.woman_known for row in found.rows) == known
    assert len({row.patient_id for row in found.rows}) == 2
    assert any("a woman's name that is nobody's" in text for text in found.remarks) is (known < 2)


def test_anonymous_files_are_not_held_against_a_table_with_the_women(tmp_path: Path) -> None:
    files = anonymous(tmp_path, "a.dcm")
    assert shown_by(read_file(files / "a.dcm").header) == ""


def beside(table: Path) -> None:
    """The file of attributes that macOS puts beside a table on disks and in archives of other systems."""
    (table.parent / f"._{table.name}").write_bytes(b"\0\5\26\7\0\2\0\0Mac OS X        ")


def test_what_macos_puts_beside_description_tables_is_passed_over(tmp_path: Path) -> None:
    write_cbis_dicom(tmp_path, [Roi()])
    tables = description_tables(tmp_path)
    for table in tables:
        beside(table)
    assert description_tables(tmp_path) == tables
    assert len(read_data_set(tmp_path).rows) == 1


def test_what_macos_puts_beside_an_only_table_is_passed_over(tmp_path: Path) -> None:
    write_film(tmp_path / "a.png")
    table = write_csv(
        tmp_path / "own.csv", ("file", "patient_id", "label"), [{"file": "a.png", "patient_id": "1", "label": "1"}]
    )
    beside(table)
    assert recognise(tmp_path) == "csv"
    assert read_data_set(tmp_path).tables == (table,)
