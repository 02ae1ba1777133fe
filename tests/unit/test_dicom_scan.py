"""From folders, archives and DICOMDIRs to studies: nothing lost, nothing mixed, every fault named."""

from __future__ import annotations

import itertools
import os
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from pydicom.uid import UID

from mammoview.core.errors import CancelledError, InputRefusedError
from mammoview.core.study import Study
from mammoview.dicom import sources
from mammoview.dicom.picture_writer import write_picture
from mammoview.dicom.reader import read_image
from mammoview.dicom.scan import Refusal, scan
from tests.factories import (
    BERTA,
    FOUR_VIEWS,
    JPEG_LOSSLESS_SV1,
    dicom_bytes,
    make_mammogram_dataset,
    save,
    write_broken,
    write_dicomdir,
    write_mammogram,
    write_study,
    write_zip,
)

IN_ORDER = ["RCC", "RMLO", "LCC", "LMLO"]


def labels(study: Study) -> list[str]:
    return [image.side_view for image in study.images]


def test_a_folder_with_subfolders_becomes_one_study(tmp_path: Path) -> None:
    paths = write_study(tmp_path / "a" / "b")
    paths[0].rename(tmp_path / "first")
    result = scan([tmp_path])
    assert [labels(study) for study in result.studies] == [IN_ORDER]
    assert (result.refused, result.ignored) == ((), 0)


@pytest.mark.parametrize("order", list(itertools.permutations(range(4))), ids=str)
def test_every_order_of_the_files_gives_the_same_study(tmp_path: Path, order: tuple[int, ...]) -> None:
    names = [f"{place}.dcm" for place in order]
    paths = write_study(tmp_path, names=names)
    by_folder, by_files = scan([tmp_path]), scan([paths[place] for place in order])
    assert labels(by_folder.studies[0]) == IN_ORDER
    assert labels(by_files.studies[0]) == IN_ORDER


def test_broken_files_are_named_and_the_rest_opens(tmp_path: Path) -> None:
    write_study(tmp_path)
    broken = write_broken(tmp_path / "broken")
    (tmp_path / "notes.txt").write_text("no image")
    result = scan([tmp_path])
    assert [labels(study) for study in result.studies] == [IN_ORDER]
    assert {refusal.source for refusal in result.refused} == {str(path) for path in broken.values()}
    assert result.ignored == 1


@pytest.mark.parametrize(
    ("fault", "words"),
    [
        ("truncated", "truncated: 11824 of 13824 bytes of pixel data"),
        ("truncated compressed", "truncated: "),
        ("truncated header", "truncated: the file ends within its header"),
        ("no pixel data", "has no pixel data"),
        ("unknown transfer syntax", "unknown transfer syntax 1.2.3.4.5.6"),
        ("empty", "is empty"),
    ],
)
def test_each_fault_gives_one_clear_line(tmp_path: Path, fault: str, words: str) -> None:
    path = write_broken(tmp_path)[fault]
    (refusal,) = scan([path]).refused
    assert str(refusal).startswith(f"{path}: {words}") or words in refusal.cause
    assert "\n" not in str(refusal)
    assert refusal.hint


def test_a_named_path_that_is_no_image_is_refused_with_one_line(tmp_path: Path) -> None:
    text = tmp_path / "notes.txt"
    text.write_text("no image")
    empty, useless, missing = tmp_path / "empty", tmp_path / "useless", tmp_path / "missing"
    empty.mkdir()
    useless.mkdir()
    (useless / "readme.md").write_text("nothing")
    result = scan([text, empty, useless, missing])
    causes = {Path(refusal.source).name: refusal.cause for refusal in result.refused}
    assert "not a DICOM file" in causes["notes.txt"]
    assert causes["empty"] == "is an empty folder"
    assert "holds no DICOM image" in causes["useless"]
    assert causes["missing"] == "does not exist"


def test_a_file_that_may_not_be_read_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = write_mammogram(tmp_path / "image.dcm")
    forbidden = write_mammogram(tmp_path / "forbidden.dcm", "L")
    really_open = Path.open

    def refuse(self: Path, *args: object, **options: object) -> object:
        if self == forbidden:
            raise PermissionError(13, "Permission denied")
        return really_open(self, *args, **options)  # type: ignore[call-overload]

    monkeypatch.setattr(Path, "open", refuse)
    result = scan([path, forbidden])
    assert [refusal.cause for refusal in result.refused] == ["cannot be read: permission denied"]
    assert labels(result.studies[0]) == ["RCC"]


def test_dicom_objects_that_are_no_images_go_with_their_study_and_are_refused_alone(tmp_path: Path) -> None:
    write_study(tmp_path)
    report = make_mammogram_dataset(SOPClassUID="1.2.840.10008.5.1.4.1.1.88.50", Rows=None)
    report.file_meta.MediaStorageSOPClassUID = UID("1.2.840.10008.5.1.4.1.1.88.50")
    del report.PixelData
    path = save(report, tmp_path / "report.dcm")
    result = scan([tmp_path])
    assert (result.ignored, result.refused, len(result.studies)) == (0, (), 1)
    assert [header.source.path for header in result.studies[0].objects] == [path]
    assert "Mammography CAD SR" in scan([path]).refused[0].cause


def test_links_in_a_circle_end(tmp_path: Path) -> None:
    write_study(tmp_path / "a")
    (tmp_path / "a" / "again").symlink_to(tmp_path, target_is_directory=True)
    assert [labels(study) for study in scan([tmp_path]).studies] == [IN_ORDER]


def test_an_image_that_lies_twice_is_kept_once_and_says_so(tmp_path: Path) -> None:
    first = write_mammogram(tmp_path / "a.dcm")
    (tmp_path / "b.dcm").write_bytes(first.read_bytes())
    ((study,), refused) = (lambda result: (result.studies, result.refused))(scan([tmp_path]))
    assert [image.source.path.name for image in study.images] == ["a.dcm"]
    assert study.images[0].warnings == (f"the same image lies also in {tmp_path / 'b.dcm'}",)
    assert refused == ()


def test_two_women_with_one_image_uid_are_told_apart_by_a_refusal(tmp_path: Path) -> None:
    write_mammogram(tmp_path / "a.dcm", SOPInstanceUID="1.2.3")
    write_mammogram(tmp_path / "b.dcm", woman=BERTA, SOPInstanceUID="1.2.3")
    result = scan([tmp_path])
    assert len(result.studies) == 1
    assert "same SOP Instance UID" in result.refused[0].cause


@pytest.mark.parametrize(
    "other",
    [{"laterality": "L"}, {"view": "MLO"}, {"rows": 90}, {"columns": 70}, {"frames": 2}],
    ids=lambda other: next(iter(other)),
)
def test_two_images_of_a_study_with_one_uid_are_told_apart_by_a_refusal(tmp_path: Path, other: dict[str, Any]) -> None:
    first = write_mammogram(tmp_path / "a.dcm", SOPInstanceUID="1.2.3")
    second = write_mammogram(tmp_path / "b.dcm", SOPInstanceUID="1.2.3", **other)
    result = scan([tmp_path])
    cause = f"carries the SOP Instance UID of {first}, another image of the study"
    assert [(refusal.source, refusal.cause) for refusal in result.refused] == [(str(second), cause)]
    assert [image.warnings for image in result.studies[0].images] == [()]


def test_a_copy_that_names_no_patient_is_still_a_copy(tmp_path: Path) -> None:
    write_mammogram(tmp_path / "a.dcm")
    write_mammogram(tmp_path / "b.dcm", PatientID="", PatientName="")
    result = scan([tmp_path])
    assert ([len(study.images) for study in result.studies], result.refused) == ([1], ())


def test_a_path_named_twice_counts_once(tmp_path: Path) -> None:
    path = write_mammogram(tmp_path / "a.dcm")
    result = scan([path, tmp_path, tmp_path / "." / "a.dcm"])
    assert [image.warnings for study in result.studies for image in study.images] == [()]


def test_an_archive_opens_like_a_folder(tmp_path: Path) -> None:
    members = {
        f"study/{side}{view}": dicom_bytes(make_mammogram_dataset(side, view, transfer_syntax=JPEG_LOSSLESS_SV1))
        for side, view in FOUR_VIEWS
    }
    members["study/cut.dcm"] = members["study/RCC"][:-900]
    members["study/readme.txt"] = b"text"
    path = write_zip(tmp_path / "study.zip", members)
    result = scan([path])
    assert [labels(study) for study in result.studies] == [IN_ORDER]
    assert [refusal.source for refusal in result.refused] == [f"{path}!study/cut.dcm"]
    assert result.ignored == 1
    plain = write_mammogram(tmp_path / "plain.dcm")
    one = result.studies[0].images[0]
    assert (read_image(one).stored == read_image(scan([plain]).studies[0].images[0]).stored).all()


def test_a_member_that_points_outside_is_only_read_and_never_written(tmp_path: Path) -> None:
    inner = tmp_path / "inner"
    inner.mkdir()
    write_zip(inner / "evil.zip", {"../../evil.dcm": dicom_bytes(make_mammogram_dataset())})
    before = sorted(tmp_path.rglob("*"))
    result = scan([inner])
    assert labels(result.studies[0]) == ["RCC"]
    read_image(result.studies[0].images[0])
    assert sorted(tmp_path.rglob("*")) == before


def test_an_archive_that_would_unpack_beyond_the_limit_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sources, "SUSPICIOUS_BYTES", 1_000_000)
    good = dicom_bytes(make_mammogram_dataset())
    path = write_zip(tmp_path / "bomb.zip", {"bomb.dcm": good + b"\0" * 5_000_000, "good.dcm": good})
    result = scan([path])
    assert labels(result.studies[0]) == ["RCC"]
    assert "over the limit for archives" in result.refused[0].cause


def test_a_damaged_archive_is_refused_by_name_also_in_a_folder(tmp_path: Path) -> None:
    whole = write_zip(tmp_path / "whole.zip", {"a.dcm": dicom_bytes(make_mammogram_dataset())})
    damaged = tmp_path / "damaged.zip"
    damaged.write_bytes(whole.read_bytes()[:-200])
    assert "damaged zip archive" in scan([damaged]).refused[0].cause
    result = scan([tmp_path])
    assert [(refusal.source, refusal.hint) for refusal in result.refused] == [(str(damaged), "copy it again")]
    assert (len(result.studies), result.ignored) == (1, 0)


def test_an_archive_within_an_archive_is_refused_by_name(tmp_path: Path) -> None:
    inner = write_zip(tmp_path / "inner.zip", {"a.dcm": dicom_bytes(make_mammogram_dataset("L"))}).read_bytes()
    members = {"a.dcm": dicom_bytes(make_mammogram_dataset()), "old/inner.zip": inner, "report.docx": inner}
    path = write_zip(tmp_path / "outer" / "outer.zip", members)
    result = scan([path.parent])
    assert [str(refusal) for refusal in result.refused] == [
        f"{path}!old/inner.zip: is an archive within an archive (unpack it)"
    ]
    assert (labels(result.studies[0]), result.ignored) == (["RCC"], 1)


def test_an_empty_archive_and_a_document_in_a_folder_are_ignored(tmp_path: Path) -> None:
    write_mammogram(tmp_path / "a.dcm")
    write_zip(tmp_path / "empty.zip", {})
    write_zip(tmp_path / "report.docx", {"word/media/logo.png": b"\x89PNG\r\n\x1a\n"})
    result = scan([tmp_path])
    assert (len(result.studies), result.refused, result.ignored) == (1, (), 2)


@pytest.mark.parametrize("suffix", [".dcm", ".DICOM", ".ima"])
@pytest.mark.parametrize("data", [b"no image at all" * 90, b"\0" * 600], ids=["text", "zeros"])
def test_what_calls_itself_dicom_and_is_not_is_refused_by_name(tmp_path: Path, suffix: str, data: bytes) -> None:
    write_mammogram(tmp_path / "folder" / "good.dcm")
    bad = tmp_path / "folder" / f"bad{suffix}"
    bad.write_bytes(data)
    (tmp_path / "folder" / "bad.txt").write_bytes(data)
    (tmp_path / "folder" / f"._bad{suffix}").write_bytes(data)
    archive = write_zip(tmp_path / "study.zip", {f"bad{suffix}": data, "bad.txt": data})
    result = scan([tmp_path])
    assert {refusal.source for refusal in result.refused} == {str(bad), f"{archive}!bad{suffix}"}
    assert all("not a DICOM file" in refusal.cause for refusal in result.refused)
    assert (labels(result.studies[0]), result.ignored) == (["RCC"], 3)


def test_a_dicom_prefix_with_nothing_of_dicom_behind_it_is_refused_by_name(tmp_path: Path) -> None:
    write_mammogram(tmp_path / "good.dcm")
    bad = tmp_path / "bad.dcm"
    bad.write_bytes(b"\0" * 128 + b"DICM" + b"\x08\0\x05\0CS\x04\0text")
    result = scan([tmp_path])
    assert [refusal.source for refusal in result.refused] == [str(bad)]
    assert len(result.studies) == 1


def test_pictures_that_are_not_to_be_shown_are_passed_over_unless_they_were_asked_for(tmp_path: Path) -> None:
    write_study(tmp_path / "all" / "woman")
    masks = tmp_path / "all" / "truth"
    write_study(masks, study="beside the masks", views=FOUR_VIEWS[:1])
    write_picture(masks / "RCC.png", np.zeros((40, 40), np.uint8))
    (masks / ".nomedia").touch()
    assert sorted(len(study.images) for study in scan([tmp_path / "all"]).studies) == [1, 4]
    assert sorted(len(study.images) for study in scan([masks]).studies) == [1, 1]


def test_a_folder_that_may_not_be_listed_is_refused_by_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_mammogram(tmp_path / "all" / "a.dcm")
    write_mammogram(tmp_path / "all" / "closed" / "b.dcm", "L")
    write_mammogram(tmp_path / "only" / "closed" / "c.dcm", "L")
    really_scan = os.scandir

    def refuse(path: Path) -> object:
        if Path(path).name == "closed":
            raise PermissionError(13, "Permission denied")
        return really_scan(path)

    monkeypatch.setattr(sources.os, "scandir", refuse)
    result = scan([tmp_path / "all", tmp_path / "only"])
    assert [str(refusal).partition(" (")[0] for refusal in result.refused] == [
        f"{tmp_path / folder / 'closed'}: cannot be read: permission denied" for folder in ("all", "only")
    ]
    assert labels(result.studies[0]) == ["RCC"]


def test_a_dicomdir_opens_what_it_refers_to(tmp_path: Path) -> None:
    datasets = [make_mammogram_dataset(side, view) for side, view in FOUR_VIEWS]
    path = write_dicomdir(tmp_path / "cd", datasets)
    write_mammogram(tmp_path / "cd" / "stray.dcm", "R", "ML")
    assert [labels(study) for study in scan([path]).studies] == [IN_ORDER]
    assert len(scan([tmp_path / "cd"]).studies[0].images) == 5


def test_what_a_dicomdir_calls_an_image_and_is_none_is_refused(tmp_path: Path) -> None:
    path = write_dicomdir(tmp_path, [make_mammogram_dataset(side, view) for side, view in FOUR_VIEWS])
    bad = sorted(file for file in tmp_path.rglob("*") if file.is_file() and file != path)[0]
    bad.write_bytes(b"no image at all" * 90)
    result = scan([path])
    assert [refusal.source for refusal in result.refused] == [str(bad)]
    assert len(result.studies[0].images) == 3


def test_a_dicomdir_with_a_missing_file_names_it_and_opens_the_rest(tmp_path: Path) -> None:
    path = write_dicomdir(tmp_path, [make_mammogram_dataset(side, view) for side, view in FOUR_VIEWS])
    sorted(file for file in tmp_path.rglob("*") if file.is_file() and file != path)[0].unlink()
    result = scan([path])
    assert len(result.studies[0].images) == 3
    assert [refusal.cause for refusal in result.refused] == ["does not exist"]


@pytest.mark.parametrize("parts", [["..", "secret"], ["a/../../secret"], [""], []])
def test_a_dicomdir_may_not_leave_its_folder(tmp_path: Path, parts: list[str]) -> None:
    with pytest.raises(InputRefusedError, match="outside its folder"):
        sources.file_in_folder(tmp_path, parts)


def test_a_dicomdir_may_not_leave_its_folder_by_a_link(tmp_path: Path) -> None:
    outside, medium = tmp_path / "outside", tmp_path / "medium"
    outside.mkdir()
    medium.mkdir()
    (medium / "LINK").symlink_to(outside)
    with pytest.raises(InputRefusedError, match="outside its folder"):
        sources.file_in_folder(medium, ["LINK", "FILE"])


def test_a_dicomdir_finds_files_whatever_the_case_of_their_letters(tmp_path: Path) -> None:
    write_mammogram(tmp_path / "dicom" / "im0")
    assert sources.file_in_folder(tmp_path, ["DICOM", "IM0"]) == tmp_path / "dicom" / "im0"


def test_cancelling_stops_the_scan(tmp_path: Path) -> None:
    write_study(tmp_path)
    with pytest.raises(CancelledError):
        scan([tmp_path], cancelled=lambda: True)


def test_progress_counts_to_the_number_of_files(tmp_path: Path) -> None:
    write_study(tmp_path)
    seen: list[tuple[int, int]] = []
    scan([tmp_path], progress=lambda done, total: seen.append((done, total)))
    assert seen == [(1, 4), (2, 4), (3, 4), (4, 4)]


def test_a_refusal_reads_as_one_line() -> None:
    assert str(Refusal("a.dcm", "is empty", "copy it again")) == "a.dcm: is empty (copy it again)"
    assert str(Refusal("a.dcm", "is empty")) == "a.dcm: is empty"


def test_the_real_images_are_found(shared_data: Path) -> None:
    result = scan([shared_data / "dicom", shared_data / "four-view-8bit"])
    found = sorted(tuple(labels(study)) for study in result.studies)
    assert found == [("LMLO",), ("RCC", "RMLO", "LCC", "LMLO"), ("RMLO",)]
    assert result.refused == ()
