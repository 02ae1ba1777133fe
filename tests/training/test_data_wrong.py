"""Tables that are wrong or come from a spreadsheet: read rightly or named; no traceback, no label that is made up."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from mammoview.core.errors import InputRefusedError, UsageError
from tests.factories import write_mammogram
from tests.training.layouts import Roi, write_cbis_dicom, write_csv, write_film
from training.data.any_csv import read_any_csv
from training.data.checks import checked
from training.data.ddsm import read_ddsm_films
from training.data.folders import read_class_folders
from training.data.manifest import read_common, write_manifest
from training.data.mias import read_mias, read_mias_subset
from training.data.notes import Notes
from training.data.rsna import read_rsna, read_rsna_published
from training.data.sets import read_data_set, recognise
from training.data.synthetic import read_synthetic
from training.data.table import ImageRow, Lesion, read_table
from training.data.words import age_of, id_of, label_of, number_of

RSNA = ("file", "patient_id", "laterality", "view", "age", "cancer", "implant", "density", "machine_id")
DDSM = (
    "file", "patient_id", "laterality", "view", "cancer", "lesion_x0_px", "lesion_y0_px", "lesion_x1_px",
    "lesion_y1_px",
)  # fmt: skip
MIAS = ("file", "patient_id", "abnormality", "severity", "x_px", "y_px", "radius_px")
SYNTHETIC = (
    "file", "patient_id", "sop_uid", "occasion", "laterality", "view", "age_years", "density", "label", "lesion",
    "mask",
)  # fmt: skip


def table(folder: Path, columns: Sequence[str], *lines: str, name: str = "manifest.csv") -> Path:
    """A table beside the pictures a.png and b.png."""
    for seed, film in enumerate(("a.png", "b.png")):
        write_film(folder / film, seed=seed)
    return write_csv(
        folder / name, columns, [dict(zip(columns, line.split(","), strict=True)) for line in lines]
    ).parent


def own(folder: Path, *lines: str, delimiter: str = ",", encoding: str = "utf-8", before: str = "") -> Path:
    table(folder, ("file",))
    path = folder / "own.csv"
    text = before + "\n".join(line.replace(",", delimiter) for line in lines) + "\n"
    path.write_bytes(text.encode(encoding))
    return path


@pytest.mark.parametrize(("delimiter", "before"), [(";", ""), ("\t", ""), (";", "sep=;\n"), ("|", "sep=|\r\n")])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_the_csv_of_a_spreadsheet_is_read(tmp_path: Path, delimiter: str, before: str, encoding: str) -> None:
    path = own(
        tmp_path, "file,patient_id,label", "a.png,Ä,1", "b.png,2,0", delimiter=delimiter, encoding=encoding,
        before=before,
    )  # fmt: skip
    assert recognise(path) == "csv"
    rows = read_any_csv(path)
    assert [(row.patient_id.rpartition("/")[2], row.label) for row in rows] == [("Ä", 1), ("2", 0)]


def test_lines_are_counted_with_the_line_of_the_separator(tmp_path: Path) -> None:
    path = own(tmp_path, "file,patient_id", "a.png,1", delimiter=";", before="sep=;\n")
    assert [number for number, _ in read_table(path)] == [3]


def test_a_comma_within_quotes_parts_no_cells(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text('"size, rows, columns, depth";name\n1,5;x\n')
    assert read_table(path) == [(2, {"size, rows, columns, depth": "1,5", "name": "x"})]


def test_two_columns_of_one_name_are_refused(tmp_path: Path) -> None:
    with pytest.raises(InputRefusedError, match="several columns label"):
        read_any_csv(own(tmp_path, "file,patient_id,label,label", "a.png,1,1,0"))


def test_another_encoding_is_refused_with_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(InputRefusedError, match="save it as CSV in UTF-8"):
        read_any_csv(own(tmp_path, "file,patient_id,label", "a.png,Ä,1", encoding="cp1252"))


@pytest.mark.parametrize(("text", "value"), [("61,5", 61.5), ("61.50", 61.5), ("na", None), ("", None), ("-", None)])
def test_numbers_of_spreadsheets(text: str, value: float | None) -> None:
    assert number_of(text) == value


@pytest.mark.parametrize("text", ["1,234", "inf", "x"])
def test_what_may_be_two_numbers_or_is_none_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="is not a number"):
        number_of(text)


def test_small_words_of_tables() -> None:
    assert [age_of(text) for text in ("061Y", "61 years", "unknown")] == [61, 61, None]
    for text in ("-5", "999", "999Y", "old"):
        with pytest.raises(ValueError, match=f"age '{text}' is no age in years; leave it empty"):
            age_of(text)
    assert [id_of(text) for text in ("10006.0", "007", "1.5", "P1.0")] == ["10006", "007", "1.5", "P1.0"]
    assert [label_of(text) for text in ("1.0", "True", "0", "False")] == [1, 1, 0, 0]
    with pytest.raises(ValueError, match="neither 0 nor 1"):
        label_of("2")


def test_a_number_that_became_a_fraction_is_the_same_woman(tmp_path: Path) -> None:
    rows = read_any_csv(own(tmp_path, "file,patient_id,label", "a.png,1.0,1.0", "b.png,1,0"))
    assert rows[0].patient_id == rows[1].patient_id


def test_windows_paths_are_found(tmp_path: Path) -> None:
    write_film(tmp_path / "sub" / "c.png")
    rows = read_any_csv(own(tmp_path, "file,patient_id,label", "sub\\c.png,1,1"))
    assert rows[0].file == tmp_path / "sub" / "c.png"


def test_a_file_whose_lines_contradict_each_other_is_left_out(tmp_path: Path) -> None:
    notes = Notes()
    path = own(tmp_path, "file,patient_id,label", "a.png,1,1", "b.png,2,0", "a.png,1,0", "b.png,2,0")
    assert [row.file.name for row in read_any_csv(path, notes)] == ["b.png"]
    assert "its lines contradict each other about the label" in {one.why for one in notes.left_out}
    assert [one.what for one in notes.left_out if one.why.startswith("says again")] == ["own.csv line 5"]


def test_rsna_numbers_as_fractions_and_words(tmp_path: Path) -> None:
    folder = table(tmp_path, RSNA, "a.png,1.0,L,CC,60,1.0,0.0,B,49.0", "b.png,2,L,CC,60,0,1.0,B,49")
    notes = Notes()
    rows = read_rsna(folder, notes)
    assert [(row.patient_id, row.label, row.machine) for row in rows] == [("rsna/1", 1, "49")]
    assert [one.why for one in notes.left_out] == ["an implant"]


@pytest.mark.parametrize("cancer", ["2", "-1", ""])
def test_an_rsna_label_that_is_none_is_named(tmp_path: Path, cancer: str) -> None:
    notes = Notes()
    assert read_rsna(table(tmp_path, RSNA, f"a.png,1,L,CC,60,{cancer},0,B,49"), notes) == ()
    assert "neither 0 nor 1" in notes.left_out[0].why


def test_published_rsna_numbers_as_fractions_find_their_files(tmp_path: Path) -> None:
    write_film(tmp_path / "images" / "10" / "1.PNG")
    columns = ("patient_id", "image_id", "laterality", "view", "cancer")
    table(tmp_path, columns, "10.0,1.0,L,CC,1", name="train.csv")
    assert [row.file.name for row in read_rsna_published(tmp_path)] == ["1.PNG"]


@pytest.mark.parametrize("cells", ["A,L,CC,,1,2,3,4", "A,L,CC,1,1,,3,4", "A,L,CC,1,9,2,3,4", "A,up,CC,1,1,2,3,4",
                                   ",L,CC,1,1,2,3,4", "A,L,CC,1,x,2,3,4"])  # fmt: skip
def test_a_wrong_ddsm_line_is_named_and_the_rest_goes_on(tmp_path: Path, cells: str) -> None:
    notes = Notes()
    folder = table(tmp_path, DDSM, f"a.png,{cells}", "b.png,B,left,cc,0.0,,,,")
    assert [(row.laterality, row.view, row.label) for row in read_ddsm_films(folder, notes)] == [("L", "CC", 0)]
    assert [one.what for one in notes.left_out] == ["manifest.csv line 2"]


@pytest.mark.parametrize("cells", ["ODD,B,1,2,3", "CIRC,B,x,2,3", "CIRC,,1,2,3"])
def test_a_film_with_a_wrong_mias_line_is_named_and_left_out(tmp_path: Path, cells: str) -> None:
    notes = Notes()
    folder = table(tmp_path, MIAS, "a.png,m1,CIRC,M,1,2,3", f"a.png,m1,{cells}", "b.png,m2,NORM,,,,")
    assert [row.file.name for row in read_mias_subset(folder, notes)] == ["b.png"]
    assert [one.what for one in notes.left_out] == ["manifest.csv line 3"]


def test_mias_films_in_capitals_are_found(tmp_path: Path) -> None:
    (tmp_path / "Info.txt").write_text("mdb001 G NORM\n")
    write_film(tmp_path / "MDB001.PNG")
    assert [row.file.name for row in read_mias(tmp_path)] == ["MDB001.PNG"]


@pytest.mark.parametrize("cells", ["L,CC,60,b,malignant,mass,", "L,CC,old,b,none,none,", "up,CC,60,b,none,none,"])
def test_a_wrong_synthetic_line_is_named_and_never_called_normal(tmp_path: Path, cells: str) -> None:
    notes = Notes()
    folder = table(tmp_path, SYNTHETIC, f"a.png,1,2,current,{cells}", "b.png,2,2,current,L,CC,60,b,none,none,")
    assert [row.file.name for row in read_synthetic(folder, notes)] == ["b.png"]
    assert [one.what for one in notes.left_out] == ["manifest.csv line 2"]


@pytest.mark.parametrize("cell", [",test,", ",malignant,", ",film,", ",B,", ",L,"])
def test_a_word_of_the_common_manifest_that_is_not_known_is_named(tmp_path: Path, cell: str) -> None:
    row = ImageRow(
        file=tmp_path / "a.png", patient_id="1", laterality="L", view="CC", label=1, source="s", density="B",
        diagnosis="malignant", part="test", modality="film",
    )  # fmt: skip
    write_manifest([row, replace(row, file=tmp_path / "b.png")], tmp_path / "all.csv")
    text = (tmp_path / "all.csv").read_text()
    (tmp_path / "all.csv").write_text(text.replace(cell, ",odd,", 1))
    notes = Notes()
    assert [row.file.name for row in read_common(tmp_path / "all.csv", notes)] == ["b.png"]
    assert notes.left_out[0].what == "all.csv line 2"


def test_a_manifest_that_cannot_be_written_is_one_error(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="cannot be written"):
        write_manifest([], tmp_path)
    row = ImageRow(file=tmp_path / "\udcff.png", patient_id="1", laterality="", view="", label=0, source="made")
    with pytest.raises(UsageError, match="the name of a file is not valid UTF-8"):
        write_manifest([row], tmp_path / "all.csv")
    assert list(tmp_path.iterdir()) == []


def test_hidden_files_of_macos_are_no_images(tmp_path: Path) -> None:
    folder = write_cbis_dicom(tmp_path / "cbis", [Roi()])
    image = next(folder.rglob("full/1-1.dcm"))
    image.with_name("._1-1.dcm").write_bytes(b"Mac OS X")
    assert [row.file for row in read_data_set(folder).rows] == [image]
    write_film(tmp_path / "own" / "benign" / "A_1_L_CC.png")
    (tmp_path / "own" / "benign" / "._A_1_L_CC.png").write_bytes(b"Mac OS X")
    assert len(read_class_folders(tmp_path / "own")) == 1


def test_dicom_without_an_extension_is_found_in_folders(tmp_path: Path) -> None:
    write_mammogram(tmp_path / "benign" / "IM0001", "R", "MLO", PatientID="7")
    (tmp_path / "benign" / "notes").write_text("no image")
    assert [(row.laterality, row.view, row.woman_known) for row in read_class_folders(tmp_path)] == [("R", "MLO", True)]


def test_the_tables_of_cbis_tell_of_shared_women_without_an_image(tmp_path: Path) -> None:
    folder = write_cbis_dicom(tmp_path, [Roi(), Roi(kind="calcification", part="Test")])
    for image in folder.rglob("*.dcm"):
        image.unlink()
    assert any(remark.startswith("1 women are in both official parts") for remark in read_data_set(folder).remarks)


def film(folder: Path, name: str, **told: object) -> ImageRow:
    row = ImageRow(file=write_film(folder / name), patient_id="s/1", laterality="L", view="CC", label=0, source="s")
    return replace(row, **told)  # type: ignore[arg-type]


def test_an_image_that_is_not_there_is_named_by_every_reader(tmp_path: Path) -> None:
    folder = table(tmp_path, RSNA, "absent.png,1,L,CC,60,1,0,B,49", "b.png,2,L,CC,60,0,0,B,49")
    found = read_data_set(folder, "rsna")
    assert [row.file.name for row in found.rows] == ["b.png"]
    assert [one.why for one in found.left_out] == ["no such file"]


def test_an_image_listed_again_is_there_once_with_all_its_lesions(tmp_path: Path) -> None:
    first, second = Lesion(box_px=(1, 2, 3, 4)), Lesion(box_px=(5, 6, 7, 8))
    row = film(tmp_path, "a.png", lesions=(first,))
    notes = Notes()
    (tmp_path / "x").mkdir()
    again = replace(row, file=tmp_path / "x" / ".." / "a.png", lesions=(first, second))
    assert checked([row, again], notes) == (replace(row, lesions=(first, second)),)
    assert [one.why for one in notes.left_out] == ["listed again"]


@pytest.mark.parametrize("other", [{"patient_id": "s/2"}, {"label": 1}, {"view": "MLO"}, {"part": "test"}])
def test_an_image_listed_again_with_other_words_is_left_out(tmp_path: Path, other: dict[str, object]) -> None:
    row = film(tmp_path, "a.png")
    notes = Notes()
    assert checked([row, replace(row, **other)], notes) == ()  # type: ignore[arg-type]
    assert [one.why for one in notes.left_out] == ["listed again with another woman, side, view, label or part"]


def test_crops_of_one_file_are_not_one_image(tmp_path: Path) -> None:
    row = film(tmp_path, "a.png", crop_px=(0, 0, 8, 8))
    assert len(checked([row, replace(row, crop_px=(8, 8, 16, 16), label=1)], Notes())) == 2


def test_lesions_with_a_mask_that_is_not_there_are_not_told(tmp_path: Path) -> None:
    row = film(tmp_path, "a.png", lesions=(Lesion(mask=tmp_path / "absent.png"),))
    notes = Notes()
    assert checked([row], notes)[0].lesions == ()
    assert [one.why for one in notes.left_out] == ["no such mask"]


@pytest.mark.parametrize(("first", "second", "one"), [
    ("s/P12", "s/p12", True), ("s/P 12", "s/P_12", True), ("s/007", "s/7", True), ("s/P012", "s/P12", True),
    ("s/1", "s/10", False), ("s/1.05", "s/1.5", False), ("s/1_12", "s/11_2", False), ("s/1", "t/1", False),
])  # fmt: skip
def test_a_woman_written_in_two_ways_is_one(tmp_path: Path, first: str, second: str, one: bool) -> None:
    notes = Notes()
    rows = checked([film(tmp_path, "a.png", patient_id=first), film(tmp_path, "b.png", patient_id=second)], notes)
    assert (len({row.patient_id for row in rows}) == 1) is one
    assert bool(notes.remarks) is one


def test_images_of_nobody_known_are_not_united(tmp_path: Path) -> None:
    names = ("s/file a 1", "s/file a_1")
    rows = [film(tmp_path, f"{n}.png", patient_id=name, woman_known=False) for n, name in enumerate(names)]
    assert len({row.patient_id for row in checked(rows, Notes())}) == 2
