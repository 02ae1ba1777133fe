"""The folders of the library: which are watched, by key, and what is looked for by key."""

from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import Qt, QTimer
from PySide6.QtWidgets import QApplication, QMessageBox

from mammoview.archive.library import Library, Query
from mammoview.archive.library_index import Folder
from mammoview.services import looking
from mammoview.services.turns import Asked
from mammoview.ui.folders_dialog import FoldersDialog
from tests.factories import BERTA, write_study
from tests.ui.conftest import SIZE, MakeDesk
from tests.ui.desk import Desk
from tests.ui.test_reading import settled

CTRL_SHIFT = Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.ShiftModifier


@pytest.fixture
def desk(make_desk: MakeDesk, tmp_path: Path) -> Desk:
    """A window whose library holds a folder that was opened."""
    write_study(tmp_path / "archive" / "a", **SIZE)
    made = make_desk(library=tmp_path / "library.sqlite")
    made.open(tmp_path / "archive")
    settled(made)
    return made


def watched(desk: Desk) -> dict[str, bool]:
    return {folder.path.name: folder.watched for folder in desk.window.reading.library.folders()}


def test_a_folder_is_watched_and_left_by_the_keyboard(desk: Desk, tmp_path: Path) -> None:
    desk.key(Qt.Key.Key_F, CTRL_SHIFT)
    dialog = QApplication.activeModalWidget()
    assert isinstance(dialog, FoldersDialog)
    desk.qtbot.waitUntil(lambda: dialog.list.count() == 1, timeout=10_000)
    for wanted in (True, False):
        desk.qtbot.keyClick(dialog.list, Qt.Key.Key_Space)
        desk.qtbot.waitUntil(lambda wanted=wanted: watched(desk) == {"archive": wanted}, timeout=10_000)
    (tmp_path / "new").mkdir()
    dialog.take(tmp_path / "new")
    desk.qtbot.waitUntil(lambda: watched(desk) == {"archive": False, "new": True}, timeout=10_000)
    assert [dialog.list.item(row).checkState() is Qt.CheckState.Checked for row in (0, 1)] == [False, True]
    settled(desk)


def test_a_dialog_that_is_closed_before_the_folders_are_known_does_not_mind_them(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    answers: list[Callable[[tuple[Folder, ...]], None]] = []
    monkeypatch.setattr(desk.window.indexing, "folders", answers.append)
    dialog = FoldersDialog(desk.window, desk.window.indexing)
    dialog.open()
    with desk.qtbot.waitSignal(dialog.destroyed, timeout=10_000):
        dialog.accept()
    (answer,) = answers
    answer(())


def folders_dialog(desk: Desk, *, confirm: Callable[[str], bool] | None = None) -> FoldersDialog:
    dialog = FoldersDialog(desk.window, desk.window.indexing, confirm)
    dialog.open()
    desk.qtbot.waitUntil(lambda: dialog.list.count() > 0, timeout=10_000)
    return dialog


def answering(button: str, asked: list[str]) -> None:
    """Presses a button of the question that comes next, and notes its words."""
    box = QApplication.activeModalWidget()
    if isinstance(box, QMessageBox):
        asked.append(f"{box.text()} {box.informativeText()}")
        next(one for one in box.buttons() if one.text().replace("&", "") == button).click()
    else:
        QTimer.singleShot(10, lambda: answering(button, asked))


def studies(desk: Desk) -> list[str]:
    return [row.patient.name for row in desk.window.reading.library.list(Query())]


def test_a_folder_leaves_the_list_once_that_is_confirmed(desk: Desk, tmp_path: Path) -> None:
    files = sorted(path for path in (tmp_path / "archive").rglob("*") if path.is_file())
    asked: list[str] = []
    dialog = folders_dialog(desk)
    answering("Cancel", asked)
    desk.qtbot.keyClick(dialog.list, Qt.Key.Key_Delete)
    assert dialog.list.count() == 1
    answering("Remove", asked)
    dialog.remove.click()
    desk.qtbot.waitUntil(lambda: watched(desk) == {} and studies(desk) == [], timeout=10_000)
    assert dialog.list.count() == 0 and not dialog.remove.isEnabled()
    assert [str(tmp_path / "archive") in words and "No file is touched" in words for words in asked] == [True, True]
    assert sorted(path for path in (tmp_path / "archive").rglob("*") if path.is_file()) == files


def test_the_study_on_the_screen_stays_open_and_what_is_made_of_it_is_kept(desk: Desk, tmp_path: Path) -> None:
    shown = desk.session.study
    dialog = folders_dialog(desk, confirm=lambda name: True)
    dialog.remove.click()
    desk.qtbot.waitUntil(lambda: studies(desk) == [], timeout=10_000)
    dialog.accept()
    assert desk.session.study is shown
    desk.window.reading.assess(["R"], birads="4")
    settled(desk)
    desk.open(tmp_path / "archive")
    settled(desk)
    desk.qtbot.waitUntil(lambda: len(studies(desk)) == 1, timeout=10_000)
    (row,) = desk.window.reading.library.list(Query())
    assert (row.assessment, row.missing) == ("R 4", False)
    assert list(watched(desk)) == ["archive"]


def test_a_watched_folder_that_left_the_list_is_not_looked_at_again(desk: Desk, tmp_path: Path) -> None:
    desk.window.indexing.watch(tmp_path / "archive")
    settled(desk)
    folders_dialog(desk, confirm=lambda name: True).remove.click()
    desk.qtbot.waitUntil(lambda: studies(desk) == [], timeout=10_000)
    assert desk.window.indexing._watching.folders == frozenset()
    desk.key(Qt.Key.Key_F5)
    settled(desk)
    assert studies(desk) == [] and watched(desk) == {}


def test_a_folder_that_is_just_being_read_leaves_the_list_and_does_not_come_back(
    desk: Desk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun, gate, walked = threading.Event(), threading.Event(), looking._walked

    def late(root: Path, asked: Asked) -> Any:
        begun.set()
        gate.wait(20)
        return walked(root, asked)

    monkeypatch.setattr(looking, "_walked", late)
    write_study(tmp_path / "archive" / "b", woman=BERTA, study="berta", **SIZE)
    desk.window.indexing.watch(tmp_path / "archive")
    desk.qtbot.waitUntil(begun.is_set, timeout=10_000)
    folders_dialog(desk, confirm=lambda name: True).remove.click()
    desk.qtbot.waitUntil(lambda: not desk.window.reading.runner.busy, timeout=10_000)
    gate.set()
    settled(desk)
    assert studies(desk) == [] and watched(desk) == {}


def test_a_look_that_is_asked_for_while_a_folder_leaves_the_list_does_not_bring_it_back(
    desk: Desk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk.window.indexing.watch(tmp_path / "archive")
    settled(desk)
    begun, gate, remove = threading.Event(), threading.Event(), Library.remove_folder

    def late(library: Library, folder: Path) -> tuple[str, ...]:
        begun.set()
        gate.wait(20)
        return remove(library, folder)

    monkeypatch.setattr(Library, "remove_folder", late)
    folders_dialog(desk, confirm=lambda name: True).remove.click()
    desk.qtbot.waitUntil(begun.is_set, timeout=10_000)
    desk.window.indexing.look_again()
    desk.qtbot.waitUntil(lambda: not desk.window.reading.runner.busy, timeout=10_000)
    gate.set()
    settled(desk)
    assert studies(desk) == [] and watched(desk) == {}
    assert desk.window.indexing._watching.folders == frozenset()


def test_f5_looks_for_new_studies_in_the_watched_folders(desk: Desk, tmp_path: Path) -> None:
    desk.window.indexing._watching.again = lambda *_: None
    desk.window.indexing.watch(tmp_path / "archive")
    settled(desk)
    write_study(tmp_path / "archive" / "b", woman=BERTA, study="berta", **SIZE)
    desk.key(Qt.Key.Key_F5)
    desk.qtbot.waitUntil(lambda: desk.window.reading.library.count(Query()) == 2, timeout=10_000)
