"""A user's own folders and CSV files, the common manifest, and the command that shows what was understood."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from mammoview.core.errors import InputRefusedError, UsageError
from tests.factories import write_mammogram
from tests.training.layouts import write_csv, write_film
from training.__main__ import main
from training.data.any_csv import read_any_csv
from training.data.folders import read_class_folders
from training.data.manifest import read_common, write_manifest
from training.data.notes import Notes
from training.data.sets import read_data_set
from training.data.summary import cautions, summary
from training.data.table import ImageRow, Lesion
from training.data.words import woman_in_name


def table(folder: Path, columns: str, *lines: str) -> Path:
    """A CSV beside the pictures a.png and b.png."""
    for name in ("a.png", "b.png", "mask.png"):
        write_film(folder / name)
    path = folder / "own.csv"
    path.write_text("\n".join((columns, *lines)) + "\n", encoding="utf-8")
    return path


def test_columns_are_recognised_by_name(tmp_path: Path) -> None:
    path = table(
        tmp_path,
        "Image Path,Patient-ID,Left or Right Breast,View Position,Pathology,Age,Breast Density,Split,Modality",
        "a.png,7,LEFT,mlo,Malignant,61.5,3,Training,FFDM",
    )
    row = read_any_csv(path)[0]
    assert row.file == tmp_path / "a.png"
    assert (row.patient_id, row.laterality, row.view, row.label, row.diagnosis) == (
        f"{tmp_path.name}/7", "L", "MLO", 1, "malignant",
    )  # fmt: skip
    assert (row.age, row.density, row.part, row.modality) == (61.5, "C", "train", "mammogram")


@pytest.mark.parametrize(
    ("cells", "why"),
    [
        ("a.png,,1,,", "no woman is named"),
        (",7,1,,", "no file is named"),
        ("absent.png,7,1,,", "no such file"),
        ("a.png,7,,,", "no label"),
        ("a.png,7,maybe,,", "label 'maybe' is not known"),
        ("a.png,7,1,benign,", "label and diagnosis contradict each other"),
        ("a.png,7,1,,up", "side 'up' is neither left nor right"),
    ],
)
def test_a_wrong_line_is_named_and_the_rest_goes_on(tmp_path: Path, cells: str, why: str) -> None:
    notes = Notes()
    path = table(tmp_path, "file,patient_id,label,diagnosis,side", "b.png,1,0,,L", cells)
    assert [row.file.name for row in read_any_csv(path, notes)] == ["b.png"]
    assert [(one.what, one.why) for one in notes.left_out] == [("own.csv line 3", why)]


def test_a_csv_without_the_needed_columns_says_what_is_missing(tmp_path: Path) -> None:
    path = table(tmp_path, "file,density", "a.png,B")
    with pytest.raises(InputRefusedError, match="no column for patient_id, label or diagnosis"):
        read_any_csv(path)


def test_a_csv_of_wrong_lines_alone_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputRefusedError, match="none of its 1 lines"):
        read_any_csv(table(tmp_path, "file,patient_id,label", "absent.png,1,1"))


def test_lines_of_one_file_are_its_lesions_and_the_worse_counts(tmp_path: Path) -> None:
    path = table(
        tmp_path,
        "file,patient_id,diagnosis,xmin,ymin,xmax,ymax,mask",
        "a.png,1,benign,1,2,3,4,",
        "a.png,1,malignant,,,,,mask.png",
        "a.png,2,malignant,5,6,7,8,",
        "b.png,1,benign,5,,7,8,",
    )
    notes = Notes()
    row = read_any_csv(path, notes)[0]
    assert row.label == 1
    assert row.lesions == (
        Lesion(pathology="benign", box_px=(2, 1, 4, 3)),
        Lesion(pathology="malignant", mask=tmp_path / "mask.png"),
    )
    assert [one.what for one in notes.left_out] == ["own.csv line 4", "own.csv line 5"]


def test_folders_named_by_class_are_read_with_side_view_and_woman_of_the_name(tmp_path: Path) -> None:
    write_film(tmp_path / "benign" / "A_1108_L_CC.png")
    write_film(tmp_path / "Cancer" / "deep" / "A_1109_R_MLO.png")
    write_film(tmp_path / "normal" / "0001.png")
    write_film(tmp_path / "elsewhere" / "x.png")
    notes = Notes()
    told = {row.file.stem: row for row in read_class_folders(tmp_path, notes)}
    first, second, third = told["A_1108_L_CC"], told["A_1109_R_MLO"], told["0001"]
    assert (first.laterality, first.view, first.diagnosis) == ("L", "CC", "benign")
    assert first.patient_id.endswith("/A_1108")
    assert (second.laterality, second.view, second.label) == ("R", "MLO", 1)
    assert (third.diagnosis, third.woman_known) == ("normal", False)
    assert [one.what for one in notes.left_out] == [str(Path("elsewhere/x.png"))]


def test_dicom_files_of_folders_tell_the_woman_by_a_hash_and_not_by_their_patient_id(tmp_path: Path) -> None:
    write_mammogram(tmp_path / "benign" / "1.dcm", "R", "MLO", PatientID="SECRET-7")
    write_mammogram(tmp_path / "malignant" / "2.dcm", "L", "CC", PatientID="SECRET-7")
    (tmp_path / "malignant" / "3.dcm").write_bytes(b"no DICOM")
    notes = Notes()
    first, second = read_class_folders(tmp_path, notes)
    assert (first.laterality, first.view, first.woman_known) == ("R", "MLO", True)
    assert first.patient_id == second.patient_id
    assert "SECRET" not in first.patient_id
    assert notes.left_out[0].what == str(Path("malignant/3.dcm"))


@pytest.mark.parametrize(
    ("stem", "woman"),
    [("P12_003", "P12"), ("BreaDM-Be-1802 (4)", "BreaDM-Be-1802"), ("IMG-0001-00012", "IMG-0001"), ("slice_007", ""),
     ("12", ""), ("name", "")],
)  # fmt: skip
def test_the_woman_in_a_name_needs_a_number_of_her_own(stem: str, woman: str) -> None:
    assert woman_in_name(stem) == woman


def full_row(folder: Path) -> ImageRow:
    return ImageRow(
        file=folder / "images" / "a, b.png",
        patient_id="set/1",
        laterality="L",
        view="CC",
        label=1,
        source="set",
        age=61.5,
        density="B",
        machine="49",
        diagnosis="malignant",
        part="test",
        modality="film",
        lesions=(Lesion(kind="mass", pathology="malignant", mask=folder / "m.png", box_px=(1, 2, 3, 4.5)),
                 Lesion(circle_px=(5, 6, 7))),
        crop_px=(-1.5, 0, 10, 12),
        woman_known=False,
    )  # fmt: skip


def test_the_common_manifest_gives_back_every_row(tmp_path: Path) -> None:
    rows = (
        full_row(tmp_path),
        ImageRow(file=tmp_path / "b.png", patient_id="2", laterality="", view="", label=0, source=""),
    )
    write_manifest(rows, tmp_path / "all.csv")
    assert read_common(tmp_path / "all.csv") == rows
    assert read_data_set(tmp_path / "all.csv").kind == "manifest"


def test_a_manifest_moves_with_its_folder_and_names_other_files_in_full(tmp_path: Path) -> None:
    folder, other = tmp_path / "set", tmp_path / "other.png"
    folder.mkdir()
    inside = ImageRow(file=folder / "a.png", patient_id="1", laterality="", view="", label=0, source="")
    write_manifest([inside, replace(inside, file=other)], folder / "all.csv")
    folder.rename(tmp_path / "moved")
    assert [row.file for row in read_common(tmp_path / "moved" / "all.csv")] == [tmp_path / "moved" / "a.png", other]


def test_a_wrong_line_of_the_common_manifest_is_named(tmp_path: Path) -> None:
    path = tmp_path / "all.csv"
    write_manifest([full_row(tmp_path)] * 2, path)
    path.write_text(path.read_text().replace(",set,61.5,", ",set,old,", 1))
    notes = Notes()
    assert len(read_common(path, notes)) == 1
    assert notes.left_out[0].what == "all.csv line 2"


def test_the_summary_counts_images_women_and_lesions(tmp_path: Path) -> None:
    path = table(tmp_path, "file,patient_id,side,diagnosis,xmin,ymin,xmax,ymax",
                 "a.png,1,L,malignant,1,2,3,4", "b.png,1,R,normal,,,,", "absent.png,2,L,benign,,,,")  # fmt: skip
    told = summary(read_data_set(path))
    assert (told["images"], told["women"], told["women_suspicious"], told["breasts"]) == (2, 1, 1, 2)
    assert told["diagnoses"] == {"malignant": 1, "normal": 1}
    assert told["lesions_told_by"] == {"mask": 0, "box": 1, "circle": 0}
    assert told["left_out"] == {"no such file": {"count": 1, "examples": ["own.csv line 4"]}}


def test_the_summary_names_breasts_whose_images_have_different_labels(tmp_path: Path) -> None:
    lines = ("a.png,1,L,0", "b.png,1,L,1", "c.png,1,R,0", "d.png,2,L,1")
    for name in "abcd":
        write_film(tmp_path / f"{name}.png", rows=8, columns=8)
    told = summary(read_data_set(table(tmp_path, "file,patient_id,side,label", *lines)))
    assert told["remarks"] == [
        f"breasts whose images have different labels: 1 ({tmp_path.name}/b.png): see whether these are right"
    ]


def test_a_made_woman_may_have_been_well_before() -> None:
    told = {"patient_id": "synthetic/1", "laterality": "L", "view": "CC", "source": "synthetic"}
    rows = [ImageRow(file=Path(f"{label}.dcm"), label=label, **told) for label in (0, 1)]  # type: ignore[arg-type]
    assert cautions(tuple(rows)) == []


def test_the_summary_warns_where_the_number_of_breasts_gives_the_label_away(tmp_path: Path) -> None:
    lines = [f"a.png,{woman},{side},{int(woman < 20)}" for woman in range(40) for side in "LR"[: 1 + (woman >= 20)]]
    for index, line in enumerate(lines):
        write_film(tmp_path / f"{index}.png", rows=8, columns=8)
        lines[index] = line.replace("a.png", f"{index}.png")
    path = table(tmp_path, "file,patient_id,side,label", *lines)
    assert "figures by woman are void" in " ".join(summary(read_data_set(path))["remarks"])


def test_the_command_prints_json_and_writes_a_manifest(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = table(tmp_path, "file,patient_id,label", "a.png,1,1", "b.png,2,0")
    assert main(["data", str(path), "--json", "--csv", str(tmp_path / "all.csv")]) == 0
    assert json.loads(capsys.readouterr().out)["suspicious"] == 1
    assert len(read_common(tmp_path / "all.csv")) == 2


def test_the_command_says_in_text_what_was_left_out(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["data", str(table(tmp_path, "file,patient_id,label", "a.png,1,1", "x.png,2,0"))]) == 0
    assert "1: no such file (own.csv line 3)" in capsys.readouterr().out


@pytest.mark.parametrize("options", [{"kind": "odd"}, {"crop": "odd"}])
def test_a_kind_or_crop_that_there_is_not_is_wrong_usage(tmp_path: Path, options: dict[str, str]) -> None:
    write_csv(tmp_path / "a.csv", ("file",), [])
    with pytest.raises(UsageError, match="there are"):
        read_data_set(tmp_path, options.get("kind"), crop=options.get("crop", "whole"))
