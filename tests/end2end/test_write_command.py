"""From a study and what readers made of it to DICOM objects, as a script calls it."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from pydicom import dcmread

from mammoview.archive.library import FILE_NAME, Library
from mammoview.archive.library_schema import LibraryError
from mammoview.cli import main
from mammoview.core.marks import Mark, MarkKind
from mammoview.dicom.objects.uids import WRITTEN, Kind
from mammoview.dicom.scan import scan
from tests.factories import ANNA, make_picture, write_broken, write_study
from tests.written import errors_of, items, value

IDENTITY = ("DEMO", "ANNA", ANNA.patient_id, ANNA.birth_date, "ACC-0001", "20240131", "OPERATOR")
READERS = "pr,assessment,measurements"
VIEWS = ("RCC", "LCC", "RMLO", "LMLO")


@pytest.fixture
def study(tmp_path: Path) -> Path:
    """A folder with the four views of one woman, large enough for the gate."""
    write_study(tmp_path / "study", rows=320, columns=256)
    return tmp_path / "study"


def library_of(path: Path, study: Path) -> Path:
    """A library in which a reader has measured the right CC and assessed both breasts."""
    found = scan([study]).studies[0]
    image = next(header for header in found.images if header.side_view == "RCC")
    ruler = Mark(MarkKind.RULER, image.key, 1, ((100.0, 100.0), (100.0, 200.0)))
    with Library(path) as library:
        library.add([found], study)
        key = library.held([found])[0]
        assert key is not None
        library.put_mark(key, image.key, ruler.id, ruler.to_record(), "jdoe")
        library.assess(key, laterality="R", birads="4", density="C", reader="jdoe")
        library.assess(key, laterality="L", birads="1", reader="jdoe")
    return path


def run(*arguments: object) -> int:
    return main(["write", *map(str, arguments)])


def test_every_kind_is_written_and_summed_up(
    study: Path, tmp_path: Path, tiny_bundle: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    library = library_of(tmp_path / "library.sqlite", study)
    out = tmp_path / "out"
    assert run(study, "--out", out, "--model", tiny_bundle, "--library", library, "--json") == 0
    names = {f"{kind}-{view}.dcm" for kind in ("sc", "pr", "map", "overlay") for view in VIEWS}
    names |= {"cad.dcm", "assessment.dcm", "measurements.dcm"}
    assert {path.name for path in (out / "study-1").iterdir()} == names
    told = capsys.readouterr().out
    summary: dict[str, Any] = json.loads(told)
    assert (summary["schema"], summary["errors"]) == ("mammoview.write/1", [])
    (one,) = summary["studies"]
    for record in one["objects"]:
        made = dcmread(record["file"])
        assert (made.SOPClassUID, made.SOPInstanceUID) == (record["sop_class_uid"], record["sop_instance_uid"])
        assert made.SeriesInstanceUID == record["series_instance_uid"]
        assert (made.StudyInstanceUID, made.PatientID) == (one["study_instance_uid"], ANNA.patient_id)
        assert made.SOPClassUID in WRITTEN[Kind(record["kind"])]
        assert record["image"] is None or record["image"] in made.to_json()
    assert len({record["series_instance_uid"] for record in one["objects"]}) == 7
    cad = dcmread(out / "study-1" / "cad.dcm")
    assert value(items(cad, "Summary of Detections")[0]) == "Succeeded"
    assert {value(item) for item in items(cad, "Algorithm Name")} == {"tiny"}
    assert not any(name in told for name in IDENTITY)
    for path in (out / "study-1").iterdir():
        assert errors_of(path) == [], path.name


def test_marks_and_assessments_come_from_the_library(study: Path, tmp_path: Path) -> None:
    library = library_of(tmp_path / "library.sqlite", study)
    assert run(study, "--out", tmp_path / "out", "--kinds", READERS, "--library", library) == 0
    folder = tmp_path / "out" / "study-1"
    assert {path.name for path in folder.iterdir()} == {
        *(f"pr-{view}.dcm" for view in VIEWS),
        "assessment.dcm",
        "measurements.dcm",
    }
    (layer, _) = dcmread(folder / "pr-RCC.dcm").GraphicAnnotationSequence
    assert list(layer.GraphicObjectSequence[0].GraphicData) == [100.5, 100.5, 200.5, 100.5]
    assert dcmread(folder / "pr-RCC.dcm").ContentCreatorName == "jdoe"
    assert value(items(dcmread(folder / "measurements.dcm"), "Length")[0]) == 10
    categories = items(dcmread(folder / "assessment.dcm"), "Assessment Category")
    assert [one.ConceptCodeSequence[0].CodeValue for one in categories] == ["397144001", "397140005"]


def test_the_windows_library_is_taken_where_none_is_named(study: Path, tmp_path: Path, mammoview_home: Path) -> None:
    assert run(study, "--out", tmp_path / "without", "--kinds", READERS) == 0
    assert not (tmp_path / "without" / "study-1" / "assessment.dcm").exists()
    assert not (mammoview_home / FILE_NAME).exists()
    library_of(mammoview_home / FILE_NAME, study)
    assert run(study, "--out", tmp_path / "with", "--kinds", READERS) == 0
    assert (tmp_path / "with" / "study-1" / "assessment.dcm").exists()


def test_originals_stay_as_they_are_and_results_are_no_input(study: Path, tmp_path: Path) -> None:
    before = {path: path.read_bytes() for path in study.iterdir()}
    missing = tmp_path / "no-bundle"
    for _ in range(2):
        assert run(study, "--out", study / "objects", "--kinds", "sc", "--model", missing) == 1
    folders = sorted(study.joinpath("objects").iterdir())
    assert [len(list(folder.iterdir())) for folder in folders] == [4, 4]
    assert run(study, "--out", tmp_path / "elsewhere", "--kinds", "pr") == 0
    assert len(list((tmp_path / "elsewhere").rglob("*.dcm"))) == 4
    assert all(path.read_bytes() == content for path, content in before.items())


def test_a_study_of_which_the_library_cannot_tell_does_not_stop_the_others(
    study: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    write_study(tmp_path / "other", study="second")
    library = library_of(tmp_path / "library.sqlite", study)
    told = Library.marks
    answers = iter([LibraryError("the study library is locked"), None])

    def marks(self: Library, study_key: str) -> Any:
        error = next(answers)
        if error is not None:
            raise error
        return told(self, study_key)

    with Library(library) as opened:
        opened.add(scan([tmp_path / "other"]).studies, tmp_path / "other")
    monkeypatch.setattr(Library, "marks", marks)
    assert run(study, tmp_path / "other", "--out", tmp_path / "out", "--kinds", "pr", "--library", library) == 1
    assert "the study library is locked" in capsys.readouterr().err
    assert len(list((tmp_path / "out").rglob("pr-*.dcm"))) == 4


def test_a_classifier_that_cannot_be_started_is_told_as_not_attempted(
    study: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(study, "--out", tmp_path / "out", "--kinds", "cad", "--model", tmp_path / "no-bundle") == 1
    made = dcmread(tmp_path / "out" / "study-1" / "cad.dcm")
    assert value(items(made, "Summary of Detections")[0]) == "Not Attempted"
    assert "classifier not run" in capsys.readouterr().err


def test_what_cannot_be_told_of_has_one_line_and_the_rest_goes_on(
    study: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    make_picture(study / "plain_R_CC.png")
    write_broken(study / "broken")
    assert run(study, "--out", tmp_path / "out", "--kinds", "pr") == 1
    captured = capsys.readouterr()
    assert len([line for line in captured.err.splitlines() if "plain_R_CC.png" in line]) == 1
    assert "no valid UIDs" in captured.err
    assert len(list((tmp_path / "out").rglob("pr-*.dcm"))) >= 4
    assert not any(name in captured.err + captured.out for name in ("ANNA", ANNA.patient_id, "ACC-0001"))


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--kinds", "pr,film"], "names no kind"),
        (["--kinds", ","], "names no kind"),
        (["--library", "absent.sqlite"], "no such study library"),
        (["--kinds", "assessment"], "come from the study library"),
    ],
)
def test_nothing_to_do_is_status_2_with_a_line(
    study: Path, tmp_path: Path, arguments: list[str], words: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(study, "--out", tmp_path / "out", *arguments) == 2
    assert words in capsys.readouterr().err


def test_the_command_line_loads_nothing_heavy() -> None:
    check = "import mammoview.cli, sys; mammoview.cli.build_parser(); print(*sys.modules)"
    loaded = subprocess.run([sys.executable, "-c", check], capture_output=True, text=True, check=True).stdout.split()
    assert not {"highdicom", "pydicom", "numpy"} & set(loaded)
