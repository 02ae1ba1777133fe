"""The reading of CBIS-DDSM: masks told from crops by content, lesions united, official parts."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import pytest

from mammoview.core.errors import InputRefusedError, UsageError
from mammoview.dicom.reader import read_file
from tests.factories import write_mammogram
from tests.training.layouts import COLUMNS, ROWS, Roi, write_cbis_dicom, write_cbis_jpeg
from training.data.cbis import read_cbis
from training.data.cbis_masks import is_binary, same_aspect
from training.data.cbis_tables import read_descriptions
from training.data.notes import Notes
from training.data.sets import read_data_set
from training.data.table import ImageRow

Writer = Callable[[Path, Sequence[Roi]], Path]
EDITIONS = pytest.mark.parametrize("write", [write_cbis_dicom, write_cbis_jpeg], ids=["dicom", "jpeg"])


def one(found: tuple[ImageRow, ...]) -> ImageRow:
    assert len(found) == 1
    return found[0]


@EDITIONS
def test_a_film_is_one_row_with_what_the_table_tells(tmp_path: Path, write: Writer) -> None:
    row = one(read_cbis(write(tmp_path, [Roi(patient="P_00041", side="RIGHT", view="MLO", part="Test")])))
    assert (row.patient_id, row.laterality, row.view, row.part) == ("cbis/P_00041", "R", "MLO", "test")
    assert (row.label, row.diagnosis, row.density, row.modality) == (1, "malignant", "C", "film")
    assert read_file(row.file).stored.shape == (ROWS, COLUMNS)


@EDITIONS
@pytest.mark.parametrize("mask_first", [True, False])
def test_the_mask_is_chosen_by_content(tmp_path: Path, write: Writer, mask_first: bool) -> None:
    row = one(read_cbis(write(tmp_path, [Roi(mask_first=mask_first, box=(60, 20, 80, 44))])))
    lesion = row.lesions[0]
    assert lesion.mask is not None
    assert read_file(lesion.mask).stored.shape == (ROWS, COLUMNS)
    assert lesion.box_px == (60, 20, 80, 44)


@EDITIONS
def test_all_lesions_of_a_film_are_united_over_both_tables(tmp_path: Path, write: Writer) -> None:
    rois = [
        Roi(pathology="BENIGN"),
        Roi(number=2, box=(90, 30, 100, 36), pathology="MALIGNANT", shape="ARCHITECTURAL_DISTORTION"),
        Roi(kind="calcification", box=(40, 10, 48, 18), pathology="BENIGN_WITHOUT_CALLBACK"),
    ]
    row = one(read_cbis(write(tmp_path, rois)))
    told = {(lesion.kind, lesion.pathology) for lesion in row.lesions}
    assert told == {("mass", "benign"), ("distortion", "malignant"), ("calcification", "benign")}
    assert (row.label, row.diagnosis) == (1, "malignant")


def test_benign_without_callback_is_benign(tmp_path: Path) -> None:
    row = one(read_cbis(write_cbis_dicom(tmp_path, [Roi(pathology="BENIGN_WITHOUT_CALLBACK")])))
    assert (row.label, row.diagnosis) == (0, "benign")


def test_a_film_of_both_parts_is_a_row_of_each_and_the_women_are_counted(tmp_path: Path) -> None:
    notes = Notes()
    rows = read_cbis(write_cbis_dicom(tmp_path, [Roi(), Roi(kind="calcification", part="Test")]), notes)
    assert Counter(row.part for row in rows) == {"train": 1, "test": 1}
    assert any(remark.startswith("1 women are in both official parts") for remark in notes.remarks)


def test_a_mask_of_another_size_but_the_same_aspect_is_taken(tmp_path: Path) -> None:
    row = one(read_cbis(write_cbis_dicom(tmp_path, [Roi(mask_shape=(ROWS // 2, COLUMNS // 2), box=(30, 10, 40, 20))])))
    assert row.lesions[0].box_px == (60, 20, 80, 40)


def test_a_mask_of_another_aspect_is_named_and_the_film_keeps_its_label_without_lesions(tmp_path: Path) -> None:
    notes = Notes()
    rois = [Roi(), Roi(number=2, mask_shape=(ROWS, COLUMNS - 20))]
    row = one(read_cbis(write_cbis_dicom(tmp_path, rois), notes))
    assert [(one.what, one.why) for one in notes.left_out] == [
        ("lesion Mass-Training_P_00001_LEFT_CC_2", "a mask of another aspect than its image")
    ]
    assert (row.label, row.lesions) == (1, ())
    assert one(read_data_set(tmp_path, crop="roi").rows).lesions[0].box_px == rois[0].box  # of itself it tells all


def test_a_missing_mask_is_named(tmp_path: Path) -> None:
    notes = Notes()
    read_cbis(write_cbis_dicom(tmp_path, [Roi(without_mask=True)]), notes)
    assert [one.why for one in notes.left_out] == ["no mask"]


@pytest.mark.parametrize(("columns", "taken"), [(12, True), (30, False)])  # 5 and 11 % of the image
def test_a_mask_over_more_than_15_percent_of_the_breast_waits_for_confirmation(
    tmp_path: Path, columns: int, taken: bool
) -> None:
    folder = write_cbis_dicom(tmp_path, [Roi(box=(45, 5, 115, 5 + columns))])
    notes = Notes()
    assert bool(one(read_cbis(folder, notes)).lesions) is taken
    assert bool(notes.left_out) is not taken
    assert one(read_cbis(folder, confirm_large=True)).lesions


def test_a_film_without_an_image_is_named(tmp_path: Path) -> None:
    folder = write_cbis_dicom(tmp_path, [Roi()])
    next(folder.rglob("full/1-1.dcm")).unlink()
    notes = Notes()
    assert read_cbis(folder, notes) == ()
    assert notes.left_out[0].what == "Mass-Training_P_00001_LEFT_CC"


def test_a_file_is_found_by_its_series_where_no_folder_has_the_films_name(tmp_path: Path) -> None:
    folder = write_cbis_dicom(tmp_path, [Roi()])
    images = folder / "CBIS-DDSM" / "Mass-Training_P_00001_LEFT_CC"
    (images / "1.3" / "full").rename(images / "1.3" / "1.3.6.1.00001.1.1")
    images.rename(images.with_name("study"))
    assert one(read_cbis(folder)).file.parent.name == "1.3.6.1.00001.1.1"


@EDITIONS
def test_published_crops_are_rows_of_their_own(tmp_path: Path, write: Writer) -> None:
    rois = [Roi(pathology="BENIGN"), Roi(number=2, box=(90, 30, 100, 36))]
    rows = read_data_set(write(tmp_path, rois), crop="published").rows
    assert [(row.label, row.crop_px) for row in rows] == [(0, (0, 0, 28, 28)), (1, (0, 0, 18, 14))]
    assert [read_file(row.file).stored.shape for row in rows] == [(28, 28), (18, 14)]


def test_an_empty_mask_is_not_taken_for_a_published_crop(tmp_path: Path) -> None:
    rois = [Roi(mask_first=True)]
    write_cbis_dicom(tmp_path, rois)
    write_mammogram(next(tmp_path.rglob("roi/1-1.dcm")), pixels=np.zeros((ROWS, COLUMNS), np.uint8), bits_stored=8)
    assert one(read_data_set(tmp_path, crop="published").rows).crop_px == (0, 0, 28, 28)


def test_crops_around_lesions_have_the_lesions_own_pathology(tmp_path: Path) -> None:
    rois = [Roi(pathology="BENIGN"), Roi(number=2, box=(90, 30, 140, 40))]
    rows = read_data_set(write_cbis_dicom(tmp_path, rois), crop="roi").rows
    assert [(row.label, row.diagnosis) for row in rows] == [(0, "benign"), (1, "malignant")]
    assert [row.crop_px for row in rows] == [(54, 14, 86, 46), (77.5, -2.5, 152.5, 72.5)]  # at least 32, 1.5 times 50


def test_published_crops_of_another_set_are_wrong_usage(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("file,patient_id,label\n")
    with pytest.raises(UsageError, match="only CBIS-DDSM"):
        read_data_set(tmp_path, crop="published")


def test_a_wrong_line_is_named_by_its_number(tmp_path: Path) -> None:
    notes = Notes()
    folder = write_cbis_dicom(tmp_path, [Roi(), Roi(number=2, pathology="UNSURE")])
    assert len(read_descriptions(folder, notes)) == 1
    assert notes.left_out[0].what.startswith("mass_case_description_train_set.csv line ")


def test_a_copy_of_a_table_tells_nothing_twice(tmp_path: Path) -> None:
    """The tables of the JPEG edition beside those of TCIA, or one that was downloaded again."""
    table = write_cbis_dicom(tmp_path, [Roi(), Roi(number=2)]) / "mass_case_description_train_set.csv"
    first, second = read_descriptions(tmp_path)
    text = table.read_text()
    (tmp_path / "csv").mkdir()
    (tmp_path / "csv" / table.name).write_text(text)
    table.with_stem(f"{table.stem}_latest").write_text(text.replace("MALIGNANT", "BENIGN", 1))
    notes = Notes()
    assert read_descriptions(tmp_path, notes) == (first, second)
    assert [one.why for one in notes.left_out] == ["another pathology than a line before tells"]
    assert notes.remarks == ["4 lines tell again of an abnormality, as copies of a table do: each is there once"]


def test_a_folder_without_tables_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputRefusedError, match="no table"):
        read_cbis(tmp_path)


def test_a_jpeg_mask_is_binary_and_a_flat_or_grey_picture_is_not() -> None:
    noise = np.random.default_rng(0).normal(0, 4, (64, 64))
    mask = np.where(np.hypot(*np.mgrid[-32:32, -32:32]) < 12, 250, 3) + noise
    assert is_binary(mask)
    assert not is_binary(np.zeros((8, 8)))
    assert not is_binary(np.linspace(0, 255, 4096).reshape(64, 64))


def test_the_known_film_with_another_size_has_the_same_aspect() -> None:
    assert same_aspect((4386, 1789), (5041, 2056))
    assert not same_aspect((4386, 1789), (5041, 2156))


def test_the_real_tables_have_the_films_and_shared_women_that_are_known(shared_data: Path) -> None:
    found = read_descriptions(shared_data / "cbis-ddsm")
    films = {abnormality.film for abnormality in found}
    women = {part: {film[1] for film in films if film[0] == part} for part in ("train", "test")}
    assert len(found) == 3568
    assert Counter(film[0] for film in films) == {"train": 2420, "test": 641}
    assert len(women["train"] & women["test"]) == 31
