"""The reading of published data sets other than CBIS-DDSM, on small copies of their layouts."""

from __future__ import annotations

from pathlib import Path

import pytest
from PIL import Image

from mammoview.core.errors import InputRefusedError
from tests.factories import make_breast, write_mammogram
from tests.training.layouts import write_csv, write_film
from training.data.ddsm import read_ddsm, read_ddsm_films
from training.data.folders import read_mri_folders, read_mri_sample
from training.data.mias import read_mias, read_mias_subset
from training.data.notes import Notes
from training.data.rsna import read_rsna, read_rsna_published
from training.data.sets import read_data_set, recognise
from training.data.synthetic import read_synthetic
from training.synthesis.manifest import Row, write_manifest

RSNA_COLUMNS = (
    "site_id", "patient_id", "image_id", "laterality", "view", "age", "cancer", "biopsy", "invasive", "BIRADS",
    "implant", "density", "machine_id", "difficult_negative_case",
)  # fmt: skip
INFO = """\
The columns are ...
mdb001 G CIRC B 535 425 197
mdb002 G NORM
mdb005 F CIRC B 477 133 30
mdb005 F SPIC M 500 168 26
mdb006 F CALC M *NOTE 3*
mdb007 F ODD
"""


def rsna_record(patient: str, image: str, **cells: object) -> dict[str, object]:
    told = {"patient_id": patient, "image_id": image, "laterality": "L", "view": "CC", "age": "61", "cancer": 0}
    return {**told, "implant": 0, "density": "B", "machine_id": 49, **cells}


@pytest.mark.parametrize("name", ["{0}/{1}.png", "pngs_512/{0}/{1}.png", "{0}_{1}.png", "pngs/{0}_{1}.jpg"])
def test_rsna_pictures_are_found_in_every_edition(tmp_path: Path, name: str) -> None:
    write_csv(tmp_path / "train.csv", RSNA_COLUMNS, [rsna_record("10006", "46", cancer=1), rsna_record("10011", "47")])
    for patient, image in (("10006", "46"), ("10011", "47")):
        write_film(tmp_path / name.format(patient, image))
    rows = read_data_set(tmp_path).rows
    assert [(row.patient_id, row.label, row.diagnosis) for row in rows] == [
        ("rsna/10006", 1, "malignant"),
        ("rsna/10011", 0, ""),
    ]
    assert rows[0].file == tmp_path / name.format("10006", "46")


def test_rsna_as_published_is_dicom_by_patient_and_image(tmp_path: Path) -> None:
    write_csv(tmp_path / "train.csv", RSNA_COLUMNS, [rsna_record("1", "2", density="", age="")])
    file = write_mammogram(tmp_path / "train_images" / "1" / "2.dcm")
    write_film(tmp_path / "pngs" / "1" / "2.png")
    row = read_rsna_published(tmp_path)[0]
    assert (row.file, row.laterality, row.view, row.age, row.density, row.machine) == (file, "L", "CC", None, "", "49")


def test_rsna_implants_absent_images_and_wrong_cells_are_named(tmp_path: Path) -> None:
    records = [
        rsna_record("1", "1", implant=1), rsna_record("1", "2"), rsna_record("1", "3", laterality="X"),
        rsna_record("1", "4"),
    ]  # fmt: skip
    write_csv(tmp_path / "train.csv", RSNA_COLUMNS, records)
    for image in ("1", "3", "4"):
        write_film(tmp_path / f"1_{image}.png")
    notes = Notes()
    assert [row.file.stem for row in read_rsna_published(tmp_path, notes)] == ["1_4"]
    assert [(one.what, one.why.partition(":")[0]) for one in notes.left_out] == [
        ("1/1", "an implant"),
        ("1/2", "no such image under the folder"),
        ("1/3", "a wrong cell"),
    ]


@pytest.fixture
def mias(tmp_path: Path) -> Path:
    (tmp_path / "Info.txt").write_text(INFO)
    for name in ("mdb001", "mdb002", "mdb005", "mdb006"):
        Image.fromarray(make_breast("L", 64, 64, bits=8)).save(tmp_path / f"{name}.pgm", format="PPM")
    return tmp_path


def test_mias_rows_are_counted_from_the_bottom(mias: Path) -> None:
    row = read_mias(mias)[0]
    assert row.lesions[0].circle_px == (599.0, 535.0, 197.0)
    assert (row.diagnosis, row.label, row.lesions[0].kind, row.lesions[0].pathology) == ("benign", 0, "mass", "benign")


def test_mias_pairs_are_women_and_odd_numbers_left_breasts(mias: Path) -> None:
    told = [(row.patient_id, row.laterality, row.view, row.modality) for row in read_mias(mias)]
    assert told == [
        ("mias/m001", "L", "MLO", "film"),
        ("mias/m001", "R", "MLO", "film"),
        ("mias/m003", "L", "MLO", "film"),
        ("mias/m003", "R", "MLO", "film"),
    ]


def test_mias_has_three_classes_and_the_worst_line_of_a_film_counts(mias: Path) -> None:
    rows = read_mias(mias)
    assert [(row.diagnosis, row.label, len(row.lesions)) for row in rows] == [
        ("benign", 0, 1),
        ("normal", 0, 0),
        ("malignant", 1, 2),
        ("malignant", 1, 0),
    ]


def test_mias_names_what_has_no_place_or_is_not_understood(mias: Path) -> None:
    notes = Notes()
    read_mias(mias, notes)
    assert [one.what for one in notes.left_out] == ["Info.txt line 7", "lesions of mdb006"]


def test_another_file_of_that_name_makes_no_mias_of_a_folder(tmp_path: Path) -> None:
    (tmp_path / "info.txt").write_text("exported on Monday")
    write_film(tmp_path / "benign" / "A_1_L_CC.png")
    assert recognise(tmp_path) == "folders"


def test_the_mias_subset_counts_rows_from_the_top(tmp_path: Path) -> None:
    columns = ("file", "patient_id", "background_tissue", "abnormality", "severity", "x_px", "y_px", "radius_px")
    record = dict(zip(columns, ("images/mdb001.png", "m001", "G", "CALC", "M", "535", "599", "197"), strict=True))
    write_csv(tmp_path / "manifest.csv", columns, [record])
    row = read_mias_subset(tmp_path)[0]
    assert (row.lesions[0].circle_px, row.lesions[0].kind, row.label) == ((599, 535, 197), "calcification", 1)


def test_ddsm_films_without_a_box_are_rows_without_lesions(tmp_path: Path) -> None:
    columns = (
        "file", "patient_id", "laterality", "view", "cancer", "lesion_x0_px", "lesion_y0_px", "lesion_x1_px",
        "lesion_y1_px",
    )  # fmt: skip
    lines = (("a.jpg", "A_1", "L", "CC", "1", "10", "20", "30", "50"), ("b.jpg", "A_2", "R", "MLO", "0", *[""] * 4))
    write_csv(tmp_path / "manifest.csv", columns, [dict(zip(columns, line, strict=True)) for line in lines])
    films = read_ddsm_films(tmp_path)
    assert [(row.diagnosis, len(row.lesions)) for row in films] == [("malignant", 1), ("benign", 0)]
    assert films[0].lesions[0].box_px == (20.0, 10.0, 50.0, 30.0)
    assert [lesion.box_px for lesion in read_ddsm(tmp_path)] == [(20, 10, 50, 30)]


def mri(folder: Path, *names: str) -> Path:
    for index, name in enumerate(names):
        write_film(folder / name, seed=index)
    return folder


def test_mri_slices_are_grouped_by_the_woman_in_their_names(tmp_path: Path) -> None:
    folder = mri(tmp_path / "MRIs", "benign/BreaDM-Be-1802 (1).jpg", "malignant/P12_001.png", "malignant/P12_002.png")
    rows = read_data_set(folder).rows
    assert [row.patient_id.rpartition("/")[2] for row in rows] == ["BreaDM-Be-1802", "P12", "P12"]
    assert all(row.woman_known and row.modality == "mri" for row in rows)


def test_mri_slices_that_name_nobody_are_never_to_be_judged_by(tmp_path: Path) -> None:
    notes = Notes()
    rows = read_mri_folders(mri(tmp_path, "benign/slice_1.png", "malignant/slice_1.png"), notes)
    assert len({row.patient_id for row in rows}) == 2
    assert not any(row.woman_known for row in rows)
    assert "2 of 2 images" in notes.remarks[0]
    assert "never chosen or judged" in notes.remarks[0]


@pytest.mark.parametrize(
    ("names", "women"),
    [
        # slices are numbered anew in the folder of each woman; her folder may hold one for each sequence
        (("benign/patient_1/IMG-0001-00001.png", "malignant/patient_2/IMG-0001-00001.png"), ["patient_1", "patient_2"]),
        (("B/BreaDM-Be-1801/SUB1/p-032.jpg", "M/BreaDM-Ma-1901/SUB1/p-032.jpg"), ["BreaDM-Be-1801", "BreaDM-Ma-1901"]),
        (("train/sick/7/1.png", "test/healthy/8/1.png"), ["8", "7"]),
        (("benign/2019/P12_001.png", "malignant/2020/P13_001.png"), ["P12", "P13"]),  # years are no women,
        (("benign/512/P12_001.png", "malignant/512/P13_001.png"), ["P12", "P13"]),  # nor is one folder for all
        (("benign/2019/P1/IMG-1-1.png", "malignant/2020/P2/IMG-1-1.png"), ["P1", "P2"]),
        (("benign/batch 1/P12_001.png", "malignant/batch 2/P12_002.png"), ["P12", "P12"]),
        (("benign/BI-RADS 2/P12_001.png", "malignant/BI-RADS 5/P12_002.png"), ["P12", "P12"]),
        (("benign/left 1/P12_001.png", "benign/right 1/P12_002.png"), ["P12", "P12"]),
        (("benign/512x512/P12_001.png", "malignant/1024x1024/P12_002.png"), ["P12", "P12"]),
        (("benign/1.2.840.1.7/P12_001.png", "malignant/1.2.840.1.8/P12_002.png"), ["P12", "P12"]),
    ],
)
def test_mri_slices_are_grouped_by_the_womans_folder(tmp_path: Path, names: tuple[str, str], women: list[str]) -> None:
    rows = read_data_set(mri(tmp_path / "mri", *names)).rows
    assert [row.patient_id.rpartition("/")[2] for row in rows] == women
    assert all(row.woman_known for row in rows)


@pytest.mark.parametrize(
    ("names", "women"),
    [
        (("woman_1/1_L_CC.png", "woman_1/2_R_CC.png", "woman_2/1_L_CC.png"), ["woman_1", "woman_1", "woman_2"]),
        (("woman_1/11_L_CC.png", "woman_1/12_R_CC.png", "woman_2/13_L_CC.png"), ["woman_1", "woman_1", "woman_2"]),
        (("v1/C_29_1.LEFT_CC.png", "v1/C_29_1.RIGHT_CC.png", "v2/C_30_1.LEFT_CC.png"), ["C_29_1", "C_29_1", "C_30_1"]),
    ],
)
def test_what_stands_before_side_and_view_may_number_the_images_of_a_womans_folder(
    tmp_path: Path, names: tuple[str, ...], women: list[str]
) -> None:
    rows = read_data_set(mri(tmp_path / "set", *(f"benign/{name}" for name in names))).rows
    assert [row.patient_id.rpartition("/")[2] for row in rows] == women


def test_a_womans_folder_of_dicom_files_and_others_is_one_woman(tmp_path: Path) -> None:
    folder = mri(tmp_path / "set", "benign/woman_1/b.png", "benign/woman_2/b.png")
    write_mammogram(folder / "benign" / "woman_1" / "a.dcm")
    first, beside, other = (row.patient_id for row in read_data_set(folder).rows)
    assert first == beside != other


def test_a_woman_called_0_or_1_is_no_class(tmp_path: Path) -> None:
    names = ("benign/1/IMG1.png", "malignant/0/IMG1.png", "0/1/IMG1.png", "1/0/IMG1.png")
    rows = read_data_set(mri(tmp_path / "mri", *names)).rows
    assert {"/".join(row.file.parts[-3:]): row.label for row in rows} == dict(zip(names, (0, 1, 0, 1), strict=True))


def test_mri_parts_are_the_folders_above_and_validation_is_not_test(tmp_path: Path) -> None:
    folder = mri(
        tmp_path / "mri",
        "train/Healthy/P1_1.png",
        "validation/Sick/P2_1.png",
        "test/malignant/P3_1.png",
        "odd/P4_1.png",
    )
    notes = Notes()
    told = {row.patient_id.rpartition("/")[2]: (row.part, row.label) for row in read_mri_folders(folder, notes)}
    assert told == {"P1": ("train", 0), "P2": ("train", 1), "P3": ("test", 1)}
    assert [one.what for one in notes.left_out] == ["odd/P4_1.png"]


def test_the_mri_sample_knows_the_woman_only_where_its_table_does(tmp_path: Path) -> None:
    columns = ("file", "mask", "patient_id", "label", "source")
    lines = (
        ("a.png", "m/a.png", "", "malignant", "X"),
        ("b.png", "", "7", "benign", "Y"),
        ("c.png", "", "7", "odd", "Y"),
    )
    write_csv(tmp_path / "manifest.csv", columns, [dict(zip(columns, line, strict=True)) for line in lines])
    notes = Notes()
    rows = read_mri_sample(tmp_path, notes)
    assert [(row.patient_id, row.woman_known) for row in rows] == [("mri/X/file a", False), ("mri/Y/7", True)]
    assert rows[0].lesions[0].mask == tmp_path / "m/a.png"
    assert notes.left_out[0].what == "manifest.csv line 4"


def test_synthetic_women_come_with_their_truth(tmp_path: Path) -> None:
    def row(occasion: str, label: str, lesion: str, mask: str | None) -> Row:
        return Row(
            file=f"{occasion}.dcm", patient_id="SYN-0-0000", study_uid="1", sop_uid="2", occasion=occasion,
            laterality="R", view="CC", age_years=55, density="b", dense_fraction=0.2, label=label, lesion=lesion,
            mask=mask,
            lesion_row_px=None, lesion_col_px=None, lesion_depth_mm=None, nipple_row_px=1.0, nipple_col_px=1.0,
            thickness_mm=50.0, rows=10, columns=10, spacing_mm=0.1, seed=0, index=0,
        )  # fmt: skip

    write_manifest([row("current", "cancer", "spiculated", "m.png"), row("twin", "none", "none", None)], {}, tmp_path)
    assert recognise(tmp_path) == "synthetic"
    notes = Notes()
    current, twin = read_synthetic(tmp_path, notes)
    assert (current.label, current.diagnosis, current.density, current.age) == (1, "malignant", "B", 55)
    assert (current.lesions[0].mask, current.lesions[0].kind) == (tmp_path / "m.png", "mass")
    assert (twin.label, twin.diagnosis, twin.lesions, twin.patient_id) == (0, "normal", (), current.patient_id)
    assert notes.remarks == ["images of several examinations of one woman: 1 current, 1 twin"]


def test_a_layout_that_is_not_known_is_one_line(tmp_path: Path) -> None:
    (tmp_path / "image.png").touch()
    with pytest.raises(InputRefusedError, match="not a data set of a known layout") as caught:
        read_data_set(tmp_path)
    assert "--kind" in str(caught.value)


@pytest.mark.parametrize(
    ("name", "kind", "images", "women"),
    [
        ("rsna-subset", "rsna", 2482, 720),
        ("mini-mias", "mias-subset", 194, 97),
        ("ddsm-subset", "ddsm", 1232, 683),
        ("mri-sample", "mri-sample", 89, 31),
    ],
)
def test_the_real_sets_are_recognised_and_counted(
    shared_data: Path, name: str, kind: str, images: int, women: int
) -> None:
    found = read_data_set(shared_data / name)
    assert found.kind == kind
    assert len(found.rows) == images
    assert len({row.patient_id for row in found.rows if row.woman_known}) == women
    assert all(row.file.is_file() for row in found.rows)


def test_the_rsna_subset_keeps_its_table(shared_data: Path) -> None:
    rows = read_rsna(shared_data / "rsna-subset")
    assert sum(row.label for row in rows) == 863
