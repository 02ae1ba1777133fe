"""A folder of the library on a drive that does not answer keeps one thread, and nothing else, waiting."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

from mammoview.archive.library import Library, Query
from mammoview.services import turns, watching
from mammoview.services.looking import look_at
from mammoview.services.turns import Asked
from mammoview.ui.folders_dialog import FoldersDialog
from tests.factories import ANNA, BERTA, write_study
from tests.ui.conftest import SIZE, MakeDesk
from tests.ui.dead_drive import DeadDrive
from tests.ui.desk import Desk

WAIT_MS = 20_000


@pytest.fixture
def drive(qtbot: QtBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[DeadDrive]:
    """A drive that answers until it dies, and again before the window is closed."""
    made, first_to_close = DeadDrive(tmp_path / "dead", monkeypatch), QWidget()
    qtbot.addWidget(first_to_close, before_close_func=lambda _: made.answer())
    yield made


@pytest.fixture
def desk(make_desk: MakeDesk, tmp_path: Path, drive: DeadDrive, monkeypatch: pytest.MonkeyPatch) -> Desk:
    """A window whose library watches two folders with a study each, Anna's in one whose drive has died."""
    monkeypatch.setattr(turns, "SILENT_S", 0.1)
    monkeypatch.setattr(turns, "_LOOKS_EVERY_MS", 20)
    monkeypatch.setattr(watching, "_ASKS_MS", 20)
    monkeypatch.setattr(watching, "_SETTLES_MS", 20)
    with Library(tmp_path / "library.sqlite") as library:
        for name, woman in (("dead", ANNA), ("living", BERTA)):
            write_study(tmp_path / name / "study", woman=woman, study=name, **SIZE)
            library.add_folder(tmp_path / name, watched=True)
        for folder in library.folders():
            look_at(library, folder, Asked())
    made = make_desk(library=tmp_path / "library.sqlite")
    made.said = []  # type: ignore[attr-defined]
    made.window.reading.failed.connect(made.said.append)  # type: ignore[attr-defined]
    made.qtbot.waitUntil(lambda: made.window.library.model.total == 2, timeout=WAIT_MS)
    drive.die()
    return made


def until(desk: Desk, met: Callable[[], bool]) -> None:
    desk.qtbot.waitUntil(met, timeout=WAIT_MS)


def silent(desk: Desk) -> bool:
    """Whether the reader was told which folder does not answer."""
    return any("dead does not answer" in words for words in desk.said)  # type: ignore[attr-defined]


def named(desk: Desk, name: str) -> int:
    model = desk.window.library.model
    return next(row for row in range(2) if model.row(row) is not None and model.row(row).patient.name == name)


def asked_by_one_thread_in_the_background(drive: DeadDrive) -> bool:
    return len(set(drive.askers)) == 1 and threading.main_thread() not in drive.askers


def test_the_other_folders_are_looked_at_and_the_window_goes_on(desk: Desk, drive: DeadDrive, tmp_path: Path) -> None:
    write_study(tmp_path / "living" / "next", woman=BERTA, study="next", **SIZE)
    desk.key(Qt.Key.Key_F5)
    until(desk, lambda: silent(desk) and desk.window.library.model.total == 3)
    before = desk.window.library.states.currentIndex()
    desk.key(Qt.Key.Key_F2, Qt.KeyboardModifier.ControlModifier)
    assert desk.window.library.states.currentIndex() == before + 1
    assert asked_by_one_thread_in_the_background(drive)


def test_what_comes_into_another_watched_folder_is_seen_meanwhile(desk: Desk, drive: DeadDrive, tmp_path: Path) -> None:
    desk.key(Qt.Key.Key_F5)
    until(desk, lambda: silent(desk) and tmp_path / "living" in desk.window.indexing._watching.folders)
    write_study(tmp_path / "living" / "next", woman=BERTA, study="next", **SIZE)
    until(desk, lambda: desk.window.library.model.total == 3)
    assert asked_by_one_thread_in_the_background(drive)


def test_nothing_further_is_asked_of_a_folder_that_does_not_answer(desk: Desk, drive: DeadDrive) -> None:
    desk.key(Qt.Key.Key_F5)
    until(desk, lambda: silent(desk))
    told: list[str] = []
    desk.window.reading.failed.connect(told.append)
    desk.window.library.table.selectRow(named(desk, ANNA.name))
    desk.qtbot.keyClick(desk.window.library.table, Qt.Key.Key_Return)
    until(desk, lambda: any("does not answer" in words for words in told))
    desk.key(Qt.Key.Key_F5)
    until(desk, lambda: not desk.window.reading.busy)
    assert len(drive.askers) == 1


def test_a_list_with_a_study_of_the_dead_drive_opens_without_it(desk: Desk, drive: DeadDrive) -> None:
    desk.key(Qt.Key.Key_F5)
    until(desk, lambda: silent(desk))
    desk.window.library.table.selectRow(named(desk, BERTA.name))
    desk.qtbot.keyClick(desk.window.library.table, Qt.Key.Key_Return)
    until(desk, lambda: desk.session.study is not None)
    assert [case.patient.name for case in desk.session.worklist.cases] == [BERTA.name]
    assert asked_by_one_thread_in_the_background(drive)


def test_the_library_answers_while_a_study_of_the_dead_drive_is_to_be_opened(desk: Desk, drive: DeadDrive) -> None:
    desk.window.library.table.selectRow(named(desk, ANNA.name))
    desk.qtbot.keyClick(desk.window.library.table, Qt.Key.Key_Return)
    until(desk, lambda: bool(drive.askers))
    desk.window.library.search.setText(BERTA.name)
    until(desk, lambda: desk.window.library.model.total == 1)
    assert asked_by_one_thread_in_the_background(drive)


def test_another_study_opens_while_a_folder_of_the_dead_drive_was_to_be_opened(
    desk: Desk, drive: DeadDrive, tmp_path: Path
) -> None:
    desk.window.commands.open_paths([drive.folder])
    until(desk, lambda: bool(drive.askers))
    desk.open(tmp_path / "living")
    assert desk.session.study.patient.name == BERTA.name
    assert asked_by_one_thread_in_the_background(drive)


def test_what_is_opened_meanwhile_stays_when_the_drive_answers_again(
    desk: Desk, drive: DeadDrive, tmp_path: Path
) -> None:
    desk.window.library.table.selectRow(named(desk, ANNA.name))
    desk.qtbot.keyClick(desk.window.library.table, Qt.Key.Key_Return)
    until(desk, lambda: bool(drive.askers))
    desk.open(tmp_path / "living")
    shown = desk.session.study
    drive.answer()
    until(desk, lambda: not desk.window.indexing.runner.busy and not desk.window.opening.active)
    assert desk.session.study is shown


def test_a_list_that_was_said_not_to_answer_does_not_open_by_itself_later(desk: Desk, drive: DeadDrive) -> None:
    desk.window.library.table.selectRow(named(desk, ANNA.name))
    desk.qtbot.keyClick(desk.window.library.table, Qt.Key.Key_Return)
    until(desk, lambda: not desk.window.reading.runner.busy and silent(desk))
    drive.answer()
    until(desk, lambda: not desk.window.indexing.runner.busy and not desk.window.opening.active)
    assert desk.session.study is None


def test_a_drive_that_answers_again_is_looked_at(desk: Desk, drive: DeadDrive, tmp_path: Path) -> None:
    desk.key(Qt.Key.Key_F5)
    until(desk, lambda: silent(desk))
    write_study(tmp_path / "new", woman=ANNA, study="new", **SIZE)
    drive.answer()
    (tmp_path / "new").rename(tmp_path / "dead" / "new")
    until(desk, lambda: desk.window.library.model.total == 3)


def test_a_folder_that_does_not_answer_can_be_taken_out_of_the_list(desk: Desk, drive: DeadDrive) -> None:
    desk.key(Qt.Key.Key_F5)
    until(desk, lambda: silent(desk))
    dialog = FoldersDialog(desk.window, desk.window.indexing, confirm=lambda name: True)
    dialog.open()
    until(desk, lambda: dialog.list.count() == 2)
    desk.qtbot.keyClick(dialog.list, Qt.Key.Key_Delete)
    until(desk, lambda: desk.window.library.model.total == 1)
    assert [folder.path.name for folder in desk.window.reading.library.folders()] == ["living"]
    assert desk.window.reading.library.count(Query()) == 1
    assert len(drive.askers) == 1
