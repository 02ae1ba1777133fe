"""`mammoview audit` on a library, as it is called."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from mammoview.archive import audit
from mammoview.archive.audit import AuditEvent
from mammoview.archive.library import Library
from mammoview.cli import main
from mammoview.core.errors import UsageError
from tests.factories import write_mammogram
from tests.unit.library_made import asked, made_study, written


@pytest.fixture
def library(tmp_path: Path) -> Path:
    """A library with one study that was opened and scored."""
    path = tmp_path / "library.sqlite"
    study = written(made_study("1.2.840.7", folder=tmp_path))
    with Library(path) as made:
        made.add([study], tmp_path)
        audit.record(made, AuditEvent.OPENED, [study], reader="EVA")
        audit.record(made, AuditEvent.SCORED, [study])
    return path


def test_a_whole_trail_is_said_to_be(library: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["audit", "--library", str(library), "--verify"]) == 0
    assert capsys.readouterr().out.startswith("2 records, whole; head 2:")


def test_a_changed_trail_is_told_and_fails(library: Path, capsys: pytest.CaptureFixture[str]) -> None:
    asked(library, "DROP TRIGGER audit_delete")
    assert main(["audit", "--library", str(library), "--verify", "--json"]) == 1
    told = json.loads(capsys.readouterr().out)
    assert (told["whole"], len(told["findings"])) == (False, 1)


def test_a_head_kept_elsewhere_is_compared(library: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["audit", "--library", str(library), "--head"]) == 0
    head = capsys.readouterr().out.strip()
    assert main(["audit", "--library", str(library), "--verify", "--against", head]) == 0
    assert main(["audit", "--library", str(library), "--verify", "--against", f"3:{'0' * 64}"]) == 1


def test_records_are_said_without_names(library: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["audit", "--library", str(library)]) == 0
    out = capsys.readouterr().out
    assert [line.split("  ")[2:4] for line in out.splitlines()] == [["opened", "1.2.840.7"], ["scored", "1.2.840.7"]]
    assert "DEMO" not in out
    assert main(["audit", "--library", str(library), "--identified", "--json"]) == 0
    assert [one["patient_name"] for one in json.loads(capsys.readouterr().out)["records"]] == ["DEMO^ANNA"] * 2


def test_a_table_is_written_once_and_that_is_recorded(library: Path, tmp_path: Path) -> None:
    table = tmp_path / "audit.csv"
    assert main(["audit", "--library", str(library), "--csv", str(table)]) == 0
    assert [line.split(",")[2] for line in table.read_text().splitlines()] == [
        "event",
        "opened",
        "scored",
        "audit trail read",
    ]
    assert "DEMO" not in table.read_text()
    assert main(["audit", "--library", str(library), "--csv", str(table)]) == 2


def test_messages_are_written_one_a_file(library: Path, tmp_path: Path) -> None:
    assert main(["audit", "--library", str(library), "--atna", str(tmp_path / "atna")]) == 0
    names = sorted(path.name for path in (tmp_path / "atna").iterdir())
    assert names == [f"audit-{number:08d}.xml" for number in (1, 2, 3)]
    assert "<AuditMessage>" in (tmp_path / "atna" / names[0]).read_text()


def test_no_library_is_made_by_looking(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["audit", "--library", str(tmp_path / "none.sqlite"), "--verify"]) == 2
    assert "there is no study library" in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    "command",
    [
        ["score", "a.dcm"],
        ["score", "a.dcm", "--store", "scores.sqlite"],
        ["read", "a.dcm", "--out", "out"],
        ["render", "a.dcm", "--out", "a.png"],
        ["write", "a.dcm", "--out", "out"],
        ["deidentify", "a.dcm", "--out", "out"],
    ],
    ids=lambda command: " ".join(command[:1] + command[2:3]),
)
def test_a_mistyped_library_is_one_line_before_anything_is_done(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], command: list[str]
) -> None:
    write_mammogram(tmp_path / "a.dcm")
    monkeypatch.chdir(tmp_path)
    assert main([*command, "--library", "mistyped.sqlite"]) == 2
    told = capsys.readouterr().err
    assert "mistyped.sqlite: there is no" in told and told.count("\n") == 1
    assert [path.name for path in tmp_path.iterdir()] == ["a.dcm"]


def test_recording_makes_no_library(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="there is no study library"):
        audit.record(tmp_path / "none.sqlite", AuditEvent.STARTED)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    "arguments", [["--since", "yesterday"], ["--against", "5:ff"], ["--verify", "--against", "5:ff"]]
)
def test_wrong_usage_is_one_line(library: Path, arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["audit", "--library", str(library), *arguments]) == 2
    assert capsys.readouterr().err.count("\n") == 1


def test_a_rendered_picture_is_recorded_as_exported(tmp_path: Path) -> None:
    image, library = write_mammogram(tmp_path / "a.dcm"), tmp_path / "library.sqlite"
    Library(library).close()
    assert main(["render", str(image), "--out", str(tmp_path / "a.png"), "--library", str(library)]) == 0
    with Library(library) as opened:
        (record,) = opened.audit_records()
    assert (record.event, dict(record.details)) == ("exported", {"form": "picture", "identified": False})
