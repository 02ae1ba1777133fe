"""A copy that names nobody is of the open study alone, and says what came of it."""

from __future__ import annotations

import json
import zipfile
from pathlib import Path

import pytest
from pydicom import dcmread
from PySide6.QtCore import Qt

from mammoview.services.dicom_work import CopyWork, Ended
from mammoview.services.jobs import Ticket
from mammoview.ui.deidentify_dialog import DeidentifyDialog
from tests.factories import BERTA, write_mammogram, write_study
from tests.planted import lettered
from tests.ui.conftest import MakeDesk
from tests.ui.desk import Desk
from tests.ui.dicom_rig import PAIR, done, opened, trail


def copying(desk: Desk, folder: Path) -> DeidentifyDialog:
    dialog = opened(desk, "deidentify")
    assert isinstance(dialog, DeidentifyDialog)
    dialog.place.line.setText(str(folder))
    return dialog


def test_the_open_study_alone_is_copied_out_of_an_archive_of_several(make_desk: MakeDesk, tmp_path: Path) -> None:
    write_study(tmp_path / "s" / "a", views=PAIR, rows=480, columns=360)
    write_study(tmp_path / "s" / "b", woman=BERTA, views=PAIR, study="b", rows=480, columns=360)
    with zipfile.ZipFile(tmp_path / "all.zip", "w") as packed:
        for path in (tmp_path / "s").rglob("*.dcm"):
            packed.write(path, path.relative_to(tmp_path / "s"))
    desk = make_desk(library=tmp_path / "library.sqlite")
    desk.open(tmp_path / "all.zip")
    assert len(desk.session.worklist.cases) == 2
    assert "2 of 2 files" in done(desk, copying(desk, tmp_path / "copy"))
    copies = [dcmread(path) for path in (tmp_path / "copy").rglob("*.dcm")]
    assert len(copies) == 2 and all(one.PatientIdentityRemoved == "YES" for one in copies)
    assert (tmp_path / "copy" / "deidentification.json").is_file()
    (record,) = trail(desk, tmp_path, "de-identified")
    assert dict(record.details) == {"files": 2, "ages_kept": False}


def test_the_report_says_what_was_refused_by_view_and_what_to_look_at(make_desk: MakeDesk, tmp_path: Path) -> None:
    write_mammogram(tmp_path / "s" / "ANNA-1.dcm", pixels=lettered("R", over=True), rows=600, columns=480)
    write_mammogram(tmp_path / "s" / "ANNA-2.dcm", "L", pixels=lettered("L"), rows=600, columns=480)
    desk = make_desk()
    desk.open(tmp_path / "s")
    words = done(desk, copying(desk, tmp_path / "copy"))
    assert "RCC: has " in words and "ANNA" not in words
    assert "blanked beside the breast: 1 of 1 image" in words
    dialog = copying(desk, tmp_path / "copy-2")
    dialog.accept_letters.setChecked(True)
    words = done(desk, dialog)
    assert "Look at these" in words and "letters stand over the breast" in words


def test_the_same_secret_gives_the_same_names(desk: Desk, tmp_path: Path) -> None:
    for name in ("one", "two"):
        dialog = copying(desk, tmp_path / name)
        dialog.salt.line.setText(str(tmp_path / "secret"))
        dialog.keep_ages.setChecked(name == "two")
        done(desk, dialog)
    one, two = (sorted(path.name for path in (tmp_path / name).rglob("*.dcm")) for name in ("one", "two"))
    assert one == two
    ages = [{dcmread(path).get("PatientAge", "") for path in (tmp_path / n).rglob("*.dcm")} for n in ("one", "two")]
    assert ages[0] == {""} or ages[0] != ages[1]


def test_a_copy_that_was_cancelled_says_what_was_done(make_desk: MakeDesk, tmp_path: Path) -> None:
    write_study(tmp_path / "s", views=PAIR, rows=480, columns=360)
    desk = make_desk(library=tmp_path / "library.sqlite")
    desk.open(tmp_path / "s")
    dialog = copying(desk, tmp_path / "copy")

    told = CopyWork.__call__

    def cancelled_after_one(work: CopyWork, ticket: Ticket) -> Ended:
        tell = work.tell

        def telling(phase: str, done: int, total: int) -> None:
            tell(phase, done, total)
            if done == 1:
                work.stop.cancel()

        work.tell = telling
        return told(work, ticket)

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(CopyWork, "__call__", cancelled_after_one)
        words = done(desk, dialog)
    assert words.startswith("cancelled") and "1 of 2 files" in words and "deidentification.json" in words
    record = json.loads((tmp_path / "copy" / "deidentification.json").read_text())
    assert (record["whole"], len(record["files"])) == (False, 1)
    (entry,) = trail(desk, tmp_path, "de-identified")
    assert (entry.outcome, entry.details["files"]) == ("failed", 1)


def test_a_secret_that_would_lie_in_the_copy_is_refused(desk: Desk, tmp_path: Path) -> None:
    dialog = copying(desk, tmp_path / "copy")
    dialog.salt.line.setText(str(tmp_path / "copy" / "secret"))
    dialog.go.click()
    assert "secret would lie in the copy" in dialog.problem.text()
    assert not (tmp_path / "copy").exists()
    dialog.reject()


def test_escape_closes_a_dialog_that_does_nothing(desk: Desk) -> None:
    dialog = opened(desk, "deidentify")
    desk.qtbot.keyClick(dialog, Qt.Key.Key_Escape)
    assert not dialog.isVisible()
