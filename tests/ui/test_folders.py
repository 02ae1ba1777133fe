"""The folders of the library: which are watched, by key, and what is looked for by key."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication

from mammoview.archive.library import Query
from mammoview.archive.library_index import Folder
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


def test_f5_looks_for_new_studies_in_the_watched_folders(desk: Desk, tmp_path: Path) -> None:
    desk.window.indexing._watching.again = lambda *_: None
    desk.window.indexing.watch(tmp_path / "archive")
    settled(desk)
    write_study(tmp_path / "archive" / "b", woman=BERTA, study="berta", **SIZE)
    desk.key(Qt.Key.Key_F5)
    desk.qtbot.waitUntil(lambda: desk.window.reading.library.count(Query()) == 2, timeout=10_000)
