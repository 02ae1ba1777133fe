"""From identified files to files that name nobody, as a script calls it: nothing planted comes through."""

from __future__ import annotations

import json
import shutil
import subprocess
import zipfile
from pathlib import Path

import numpy as np
import pytest
from pydicom import dcmread
from pydicom.dataset import Dataset, FileDataset
from pydicom.uid import UID

from mammoview.cli import main
from mammoview.commands.report import Report
from mammoview.dicom.reader import read_file
from mammoview.inference.preprocess import PreprocessParams, preprocess
from tests.encoders import EXPLICIT, IMPLICIT, JPEG_LOSSLESS_SV1
from tests.factories import Woman, dicom_bytes, make_lut, make_mammogram_dataset, write_dicomdir, write_mammogram
from tests.planted import (
    BIRTH,
    NUMBER,
    UMLAUT,
    WOMAN,
    WORD,
    as_unknown,
    dicom_file,
    leaks,
    lettered,
    nested,
    plant_in_every_attribute,
    planted_mammogram,
    with_comment,
)

REPORT_CLASS = UID("1.2.840.10008.5.1.4.1.1.88.50")


def outputs(folder: Path) -> list[Path]:
    return sorted(folder.rglob("*.dcm"))


def test_nothing_that_was_planted_comes_through(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    source = tmp_path / f"in-{WORD}"
    every = planted_mammogram("R", "CC", seed=1)
    assert plant_in_every_attribute(every) > 800
    dicom_file(every, source / f"{WORD}-1.dcm")
    dicom_file(planted_mammogram("L", "CC", seed=2, transfer_syntax=IMPLICIT), source / f"{WORD}-2.dcm")
    packed = dicom_bytes(planted_mammogram("R", "MLO", seed=3, transfer_syntax=JPEG_LOSSLESS_SV1))
    (source / "3.dcm").write_bytes(with_comment(packed))
    unknown = dicom_bytes(planted_mammogram("L", "MLO", seed=4))
    (source / "4.dcm").write_bytes(as_unknown(as_unknown(unknown, 0x00100010, "PN"), 0x00081070, "PN"))
    out = tmp_path / "out"
    assert main(["deidentify", str(source), "--out", str(out)]) == 0
    assert len(outputs(out)) == 4
    assert leaks(out, WORD, UMLAUT, NUMBER, BIRTH, "Demo Hospital", "ACC-0001", "OLGA", "20240131") == []
    printed = capsys.readouterr()
    assert WORD.lower() not in printed.out.lower() + printed.err.lower()
    for path in outputs(out):
        ds = dcmread(path)
        assert ds.preamble == b"\0" * 128
        assert [element for element in ds.iterall() if element.tag.is_private] == []
        assert ds.PatientIdentityRemoved == "YES"
        assert ds.LongitudinalTemporalInformationModified == "MODIFIED"
        codes = [item.CodeValue for item in ds.DeidentificationMethodCodeSequence]
        assert codes == ["113100", "113107", "113101"]


def test_images_stay_what_they_were(tmp_path: Path) -> None:
    lut = make_lut(0, list(range(0, 4096, 16)), 12, "SOFT")
    for number, syntax in enumerate((EXPLICIT, IMPLICIT, JPEG_LOSSLESS_SV1)):
        ds = planted_mammogram("L", "MLO", seed=number, transfer_syntax=syntax, padding=(0, None), voi_luts=[lut])
        path = dicom_file(ds, tmp_path / "in" / f"{number}.dcm")
        out = tmp_path / str(number)
        assert main(["deidentify", str(path), "--out", str(out)]) == 0
        (written,) = outputs(out)
        before, after = read_file(path), read_file(written)
        assert np.array_equal(before.stored, after.stored)
        assert (after.header.laterality, after.header.view) == ("L", "MLO")
        assert after.header.grey.padding == before.header.grey.padding
        assert [voi.label() for voi in after.header.grey.vois] == ["LUT SOFT"]
        assert [voi.label() for voi in before.header.grey.vois] == ["LUT SOFT"]
        assert after.header.spacing == before.header.spacing
        assert dcmread(written).file_meta.TransferSyntaxUID.is_compressed == (syntax == JPEG_LOSSLESS_SV1)


@pytest.mark.parametrize(("signed", "inverted"), [(False, False), (True, False), (False, True)])
@pytest.mark.parametrize("syntax", [EXPLICIT, JPEG_LOSSLESS_SV1])
def test_a_name_in_the_corner_is_blanked_and_the_model_sees_the_same(
    tmp_path: Path, syntax: str, signed: bool, inverted: bool
) -> None:
    photometric = "MONOCHROME1" if inverted else "MONOCHROME2"
    pixels = lettered("R", signed=signed)  # the factory inverts what is MONOCHROME1
    ds = planted_mammogram(
        "R",
        "CC",
        transfer_syntax=syntax,
        pixels=pixels,
        signed=signed,
        photometric=photometric,
        BurnedInAnnotation=None,
    )
    path = dicom_file(ds, tmp_path / "in.dcm")
    assert main(["deidentify", str(path), "--out", str(tmp_path / "out")]) == 0
    (written,) = outputs(tmp_path / "out")
    before, after = read_file(path), read_file(written)
    corner = after.stored[:80, :240]
    assert len(np.unique(before.stored[:80, :240])) > 1
    assert np.all(corner == (4095 if inverted else -2048 if signed else 0))
    assert dcmread(written).BurnedInAnnotation == "NO"
    seen, seen_after = (preprocess(image, PreprocessParams()).pixels for image in (before, after))
    assert np.array_equal(seen, seen_after)


def test_letters_over_the_breast_are_refused_until_accepted(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = dicom_file(planted_mammogram("R", "CC", pixels=lettered("R", over=True)), tmp_path / "in.dcm")
    assert main(["deidentify", str(path), "--out", str(tmp_path / "out")]) == 2
    assert "letters over the breast" in capsys.readouterr().err
    assert outputs(tmp_path / "out") == []
    assert main(["deidentify", str(path), "--out", str(tmp_path / "out"), "--accept"]) == 0
    assert "letters stand over the breast" in capsys.readouterr().err
    (written,) = outputs(tmp_path / "out")
    ds = dcmread(written)
    assert ds.BurnedInAnnotation == "YES"
    assert "113101" not in [item.CodeValue for item in ds.DeidentificationMethodCodeSequence]


def test_an_overlay_in_the_unused_bits_of_the_cells_goes(tmp_path: Path) -> None:
    ds = planted_mammogram("R", "CC")
    cells = np.frombuffer(ds.PixelData, "<u2").copy()
    cells[: len(cells) // 2] |= 0x4000
    ds.PixelData = cells.tobytes()
    path = dicom_file(ds, tmp_path / "in.dcm")
    assert main(["deidentify", str(path), "--out", str(tmp_path / "out")]) == 0
    (written,) = outputs(tmp_path / "out")
    assert np.frombuffer(dcmread(written).PixelData, "<u2").max() < 4096


def report_dataset() -> FileDataset:
    """A structured report whose content names the woman in each way."""
    ds = planted_mammogram()
    for keyword in ("PixelData", "Rows", "Columns"):
        delattr(ds, keyword)
    ds.SOPClassUID = ds.file_meta.MediaStorageSOPClassUID = REPORT_CLASS
    ds.Modality, ds.ValueType = "SR", "CONTAINER"
    items = []
    for value_type in ("TEXT", "PNAME", "DATE", "UIDREF"):
        item = nested(1)
        item.ValueType, item.RelationshipType = value_type, "CONTAINS"
        item.PersonName, item.Date, item.UID = f"{WORD}^Z", "20240131", "1.2.3.4.5"
        item.ContentSequence = []
        items.append(item)
    ds.ContentSequence = items
    return ds


def test_a_report_keeps_its_tree_and_no_words(tmp_path: Path) -> None:
    path = dicom_file(report_dataset(), tmp_path / "in.dcm")
    assert main(["deidentify", str(path), "--out", str(tmp_path / "out")]) == 0
    assert leaks(tmp_path / "out", WORD, UMLAUT, NUMBER, "20240131") == []
    (written,) = outputs(tmp_path / "out")
    items = dcmread(written).ContentSequence
    assert [item.ValueType for item in items] == ["TEXT", "PNAME", "DATE", "UIDREF"]
    assert items[0].TextValue == "REMOVED"
    assert items[3].UID == items[3].ReferencedSOPInstanceUID != "1.2.3.4.5"


def test_a_presentation_state_loses_what_was_drawn(tmp_path: Path) -> None:
    ds = report_dataset()
    del ds.ContentSequence, ds.ValueType
    ds.SOPClassUID = ds.file_meta.MediaStorageSOPClassUID = UID("1.2.840.10008.5.1.4.1.1.11.1")
    text = Dataset()
    text.UnformattedTextValue = WORD
    annotation = Dataset()
    annotation.GraphicLayer, annotation.TextObjectSequence = WORD.upper(), [text]
    layer = Dataset()
    layer.GraphicLayer = WORD.upper()
    ds.GraphicAnnotationSequence, ds.GraphicLayerSequence, ds.ContentLabel = [annotation], [layer], WORD.upper()
    path = dicom_file(ds, tmp_path / "in.dcm")
    assert main(["deidentify", str(path), "--out", str(tmp_path / "out")]) == 0
    assert leaks(tmp_path / "out", WORD) == []
    assert "GraphicAnnotationSequence" not in dcmread(outputs(tmp_path / "out")[0])


def test_what_cannot_be_made_safe_is_left_out_with_a_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = tmp_path / "in"
    dicom_file(planted_mammogram("R", "CC"), folder / "good.dcm")
    for name, sop_class in (("pdf", "1.2.840.10008.5.1.4.1.1.104.1"), ("video", "1.2.840.10008.5.1.4.1.1.77.1.4.1")):
        other = planted_mammogram("R", "CC", seed=len(name))
        other.SOPClassUID = other.file_meta.MediaStorageSOPClassUID = UID(sop_class)
        dicom_file(other, folder / f"{name}.dcm")
    empty = planted_mammogram("R", "MLO", pixels=np.zeros((320, 256), np.uint16))
    dicom_file(empty, folder / "nobreast.dcm")
    dicom_file(planted_mammogram("R", "CC"), folder / "twice.dcm")
    colour = planted_mammogram("L", "CC", PhotometricInterpretation="RGB", SamplesPerPixel=3, PlanarConfiguration=0)
    colour.PixelData = b"\0" * (320 * 256 * 3)
    colour.BitsAllocated, colour.BitsStored, colour.HighBit = 8, 8, 7
    dicom_file(colour, folder / "colour.dcm")
    (folder / "broken.dcm").write_bytes((folder / "good.dcm").read_bytes()[:700])
    (folder / "picture.png").write_bytes(b"\x89PNG\r\n\x1a\n" + b"\0" * 40)
    (folder / "notes.txt").write_text(WORD)
    assert main(["deidentify", str(folder), "--out", str(tmp_path / "out"), "--json"]) == 1
    printed = capsys.readouterr()
    told = sorted(line.split(": ")[1].rpartition("/")[2] for line in printed.err.splitlines())
    assert told == ["broken.dcm", "colour.dcm", "nobreast.dcm", "pdf.dcm", "picture.png", "twice.dcm", "video.dcm"]
    record = json.loads(printed.out)
    assert (len(record["files"]), len(record["refused"])) == (1, 7)
    assert str(tmp_path) not in printed.out
    assert len(outputs(tmp_path / "out")) == 1


def test_references_hold_across_files_and_exports_with_one_salt(tmp_path: Path) -> None:
    first, second = planted_mammogram("R", "CC"), planted_mammogram("L", "CC", seed=5)
    item = Dataset()
    item.ReferencedSOPClassUID, item.ReferencedSOPInstanceUID = first.SOPClassUID, first.SOPInstanceUID
    second.SourceImageSequence = [item]
    dicom_file(first, tmp_path / "a" / "1.dcm")
    dicom_file(second, tmp_path / "b" / "2.dcm")
    salt = tmp_path / "salt"
    for name in ("a", "b"):
        assert main(["deidentify", str(tmp_path / name), "--out", str(tmp_path / "out"), "--salt", str(salt)]) == 0
    one, other = (dcmread(path) for path in sorted(outputs(tmp_path / "out"), key=lambda path: path.name, reverse=True))
    assert other.SourceImageSequence[0].ReferencedSOPInstanceUID == one.SOPInstanceUID
    assert one.StudyInstanceUID == other.StudyInstanceUID != first.StudyInstanceUID
    assert (one.PatientID, one.StudyDate) == (other.PatientID, other.StudyDate)
    assert one.file_meta.MediaStorageSOPInstanceUID == one.SOPInstanceUID
    assert salt.stat().st_mode & 0o077 == 0
    assert main(["deidentify", str(tmp_path / "a"), "--out", str(tmp_path / "other")]) == 0
    assert dcmread(outputs(tmp_path / "other")[0]).PatientID != one.PatientID


def test_ages_are_kept_only_when_asked_for_and_never_over_ninety(tmp_path: Path) -> None:
    path = dicom_file(planted_mammogram("R", "CC"), tmp_path / "in.dcm")
    assert main(["deidentify", str(path), "--out", str(tmp_path / "plain")]) == 0
    assert main(["deidentify", str(path), "--out", str(tmp_path / "aged"), "--keep-ages"]) == 0
    plain, aged = (dcmread(outputs(tmp_path / name)[0]) for name in ("plain", "aged"))
    assert "PatientAge" not in plain
    assert (aged.PatientAge, aged.PatientSex) == ("090Y", "F")
    assert "113108" in [item.CodeValue for item in aged.DeidentificationMethodCodeSequence]
    assert not plain.PatientBirthDate
    assert not aged.PatientBirthDate


def test_a_dicomdir_is_not_copied_and_archives_are_read(tmp_path: Path) -> None:
    ds = planted_mammogram("R", "CC")
    directory = write_dicomdir(tmp_path / "cd", [ds])
    assert main(["deidentify", str(directory), "--out", str(tmp_path / "out")]) == 0
    with zipfile.ZipFile(tmp_path / "in.zip", "w") as archive:
        archive.writestr(f"{WORD}/1.dcm", dicom_bytes(ds))
    assert main(["deidentify", str(tmp_path / "in.zip"), "--out", str(tmp_path / "zipped")]) == 0
    for name in ("out", "zipped"):
        written = [path for path in (tmp_path / name).rglob("*") if path.is_file()]
        assert sorted(path.suffix for path in written) == [".dcm", ".json"]
        assert leaks(tmp_path / name, WORD, NUMBER) == []


def test_times_move_or_become_midnight(tmp_path: Path) -> None:
    ds = planted_mammogram("R", "CC", AcquisitionDate="20240131", AcquisitionTime="101700")
    path = dicom_file(ds, tmp_path / "in.dcm")
    assert main(["deidentify", str(path), "--out", str(tmp_path / "moved")]) == 0
    assert main(["deidentify", str(path), "--out", str(tmp_path / "zero"), "--times", "zero"]) == 0
    moved, zero = (dcmread(outputs(tmp_path / name)[0]) for name in ("moved", "zero"))
    seconds = [
        int(time[:2]) * 3600 + int(time[2:4]) * 60 + int(time[4:6]) for time in (moved.StudyTime, moved.AcquisitionTime)
    ]
    assert seconds[1] - seconds[0] == 120
    assert moved.StudyTime != "101500" and moved.StudyDate == moved.AcquisitionDate
    assert (zero.StudyTime, zero.AcquisitionTime) == ("000000", "000000")
    assert json.loads((tmp_path / "zero" / "deidentification.json").read_text())["times"] == "zero"


def test_what_was_ended_leaves_a_record_of_what_was_done(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    dicom_file(planted_mammogram("R", "CC"), tmp_path / "in" / "1.dcm")
    dicom_file(planted_mammogram("L", "CC", seed=2), tmp_path / "in" / "2.dcm")

    def interrupted(report: Report, what: str, done: int, total: int) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(Report, "progress", interrupted)
    assert main(["deidentify", str(tmp_path / "in"), "--out", str(tmp_path / "out")]) == 130
    assert "1 of 2 files, 1 patients, 1 studies, ended before its time" in capsys.readouterr().out
    record = json.loads((tmp_path / "out" / "deidentification.json").read_text())
    assert (record["whole"], record["inputs"], len(record["files"])) == (False, 2, 1)
    assert (tmp_path / "out" / record["files"][0]["file"]).is_file()


def patient_ids(folder: Path) -> set[str]:
    return {dcmread(path).PatientID for path in outputs(folder)}


def two_ids(folder: Path, *others: str, birth: str = BIRTH) -> Path:
    """A woman under two IDs in two files; the second file says the `others`."""
    items = []
    for other in others:
        item = Dataset()
        item.PatientID, item.TypeOfPatientID = other, "TEXT"
        items.append(item)
    write_mammogram(folder / "1.dcm", "R", rows=320, columns=256, woman=Woman("A^B", "OLD-1", BIRTH))
    second = make_mammogram_dataset("L", rows=320, columns=256, woman=Woman("C^D", "NEW-2", birth))
    second.OtherPatientIDsSequence = items
    dicom_file(second, folder / "2.dcm")
    return folder


def test_headers_that_tell_other_ids_make_two_ids_one_woman(tmp_path: Path) -> None:
    salt = ("--salt", str(tmp_path / "salt"))
    assert main(["deidentify", str(two_ids(tmp_path / "a")), "--out", str(tmp_path / "apart"), *salt]) == 0
    assert len(patient_ids(tmp_path / "apart")) == 2
    assert main(["deidentify", str(two_ids(tmp_path / "b", "OLD-1")), "--out", str(tmp_path / "one"), *salt]) == 0
    assert len(patient_ids(tmp_path / "one")) == 1
    dates = {dcmread(path).StudyDate for path in outputs(tmp_path / "one")}
    assert len(dates) == 1


def test_headers_do_not_join_women_of_two_birth_dates(tmp_path: Path) -> None:
    folder = two_ids(tmp_path / "in", "OLD-1", birth="19500101")
    assert main(["deidentify", str(folder), "--out", str(tmp_path / "out")]) == 0
    assert len(patient_ids(tmp_path / "out")) == 2


def test_a_list_makes_ids_one_woman(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    same = tmp_path / "same.csv"
    same.write_text("patient_id,other\n\nNEW-2, X-3\nX-3,OLD-1\n", encoding="utf-8-sig")
    folder, salt = two_ids(tmp_path / "in"), ("--salt", str(tmp_path / "salt"))
    arguments = ["deidentify", str(folder), "--same", str(same), *salt, "--out"]
    assert main([*arguments, str(tmp_path / "out")]) == 0
    (joined,) = patient_ids(tmp_path / "out")
    (folder / "1.dcm").unlink()
    assert main([*arguments, str(tmp_path / "later")]) == 0
    assert patient_ids(tmp_path / "later") == {joined}
    same.write_text("NEW-2\n", encoding="utf-8")
    capsys.readouterr()
    assert main([*arguments, str(tmp_path / "none")]) == 2
    told = capsys.readouterr()
    assert "line 1 holds one patient ID alone" in told.err and "NEW-2" not in told.err
    assert main([*arguments[:3], str(tmp_path / "absent.csv"), "--out", str(tmp_path / "none")]) == 2
    assert not (tmp_path / "none").exists()


def test_two_women_with_one_id_are_not_made_one(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    dicom_file(planted_mammogram("R", "CC"), tmp_path / "in" / "1.dcm")
    dicom_file(planted_mammogram("L", "CC", seed=2, PatientBirthDate="19500101"), tmp_path / "in" / "2.dcm")
    assert main(["deidentify", str(tmp_path / "in"), "--out", str(tmp_path / "out")]) == 1
    assert "patient ID of another woman" in capsys.readouterr().err


def test_the_salt_may_not_lie_in_the_export(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = dicom_file(planted_mammogram("R", "CC"), tmp_path / "in.dcm")
    out = tmp_path / "out"
    assert main(["deidentify", str(path), "--out", str(out), "--salt", str(out / "salt")]) == 2
    assert "salt" in capsys.readouterr().err
    assert not out.exists()


def test_the_report_counts_and_tells_no_value(tmp_path: Path) -> None:
    dicom_file(planted_mammogram("R", "CC", pixels=lettered("R")), tmp_path / "in" / "1.dcm")
    dicom_file(planted_mammogram("L", "CC", seed=2), tmp_path / "in" / "2.dcm")
    out = tmp_path / "out"
    assert main(["deidentify", str(tmp_path / "in"), "--out", str(out)]) == 0
    record = json.loads((out / "deidentification.json").read_text())
    assert (record["schema"], record["times"], record["whole"]) == ("mammoview.deidentification/1", "shift", True)
    assert (record["inputs"], record["patients"], record["studies"]) == (2, 1, 1)
    counts = {(one["keyword"], one["action"]): one["count"] for one in record["actions"]}
    assert counts["PatientName", "replaced by a pseudonym"] > 2
    assert counts["StudyDate", "date or time moved"] == 2
    assert counts["private", "removed"] > 0
    blanked = {one["file"]: one["pixels_blanked"] for one in record["files"]}
    assert sorted(count > 0 for count in blanked.values()) == [False, True]
    assert all((out / name).is_file() for name in blanked)


def errors_of(path: Path) -> set[str]:
    answer = subprocess.run(["dciodvfy", str(path)], capture_output=True, text=True, errors="replace", check=False)
    return {line.split("<")[0] for line in (answer.stdout + answer.stderr).splitlines() if line.startswith("Error")}


@pytest.mark.skipif(shutil.which("dciodvfy") is None, reason="needs dciodvfy (Debian: dicom3tools)")
def test_a_real_mammogram_is_as_valid_as_before(tmp_path: Path, shared_data: Path) -> None:
    source = shared_data / "dicom" / "ffdm_ge_r_mlo_jpeg_lossless.dcm"
    assert main(["deidentify", str(source), "--out", str(tmp_path)]) == 0
    (written,) = outputs(tmp_path)
    assert errors_of(written) <= errors_of(source)
    before, after = read_file(source), read_file(written)
    assert np.array_equal(before.stored, after.stored)
    assert WOMAN.patient_id not in str(written)
