"""A de-identification on the command line stands in the audit trail of the library that is named."""

from __future__ import annotations

from pathlib import Path

import pytest

from mammoview.archive.library import Library
from mammoview.cli import main
from tests.factories import BERTA, write_mammogram, write_study
from tests.planted import lettered


def test_each_study_of_which_files_went_out_is_recorded_once(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    pair = (("R", "CC"), ("L", "CC"))
    write_study(tmp_path / "in", views=pair, rows=96, columns=72)
    write_study(tmp_path / "in" / "b", views=pair[:1], woman=BERTA, study="b", rows=96, columns=72)
    write_mammogram(tmp_path / "in" / "c.dcm", study="c", pixels=lettered("R", over=True), rows=600, columns=480)
    library = tmp_path / "library.sqlite"
    Library(library).close()
    arguments = ["deidentify", str(tmp_path / "in"), "--out", str(tmp_path / "out"), "--library", str(library)]
    assert main(arguments) == 1
    with Library(library) as opened:
        records = [record for record in opened.audit_records() if record.event == "de-identified"]
    assert sorted((record.details["files"], record.details["ages_kept"]) for record in records) == [
        (1, False),
        (2, False),
    ]
    assert len({record.study.uid for record in records if record.study is not None}) == 2
    assert "DEMO" not in "".join(record.text() for record in records)


def test_a_library_that_is_not_there_is_an_error_and_is_not_made(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write_study(tmp_path / "in", views=(("R", "CC"),), rows=96, columns=72)
    library = tmp_path / "mistyped.sqlite"
    out = tmp_path / "out"
    assert main(["deidentify", str(tmp_path / "in"), "--out", str(out), "--library", str(library)]) == 2
    assert "there is no study library" in capsys.readouterr().err
    assert not library.exists() and not out.exists()
