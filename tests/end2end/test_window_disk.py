"""A disk that is full, a library that cannot be written to, one that another program holds: nothing is lost unsaid."""

from __future__ import annotations

import contextlib
import sqlite3
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication, QMessageBox
from pytestqt.qtbot import QtBot

from mammoview.archive.library import Library
from mammoview.core.history import put
from mammoview.core.marks import Mark, MarkKind
from mammoview.ui.unkept import UnkeptButton
from tests.factories import write_study
from tests.ui.desk import Desk
from tests.unit.library_made import rights_that_bind

ALT = Qt.KeyboardModifier.AltModifier
Key = Qt.Key
_LONG = "a line of the reader's that needs a page of its own " * 400


class Disk:
    """Where SQLite finds no further page while it is full."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self._connect = sqlite3.connect
        self._made: list[sqlite3.Connection] = []
        self.full = False
        monkeypatch.setattr(sqlite3, "connect", self._connected)

    def _connected(self, *arguments: Any, **options: Any) -> sqlite3.Connection:
        made: sqlite3.Connection = self._connect(*arguments, **options)
        self._made.append(made)
        if self.full:
            _bound(made)
        return made

    def fill(self) -> None:
        self.full = True
        for made in self._made:
            _in_its_turn(lambda made=made: _bound(made))  # type: ignore[misc]

    def make_room(self) -> None:
        self.full = False
        for made in self._made:
            _in_its_turn(lambda made=made: made.execute("PRAGMA max_page_count = 1000000"))  # type: ignore[misc]


def _in_its_turn(change: Callable[[], object]) -> None:
    """Change a connection, unless it is closed, when no other thread is within a statement of it."""
    for _ in range(10_000):
        try:
            change()
        except sqlite3.ProgrammingError:
            return
        except sqlite3.InterfaceError:
            QApplication.processEvents()
        else:
            return


def _bound(connection: sqlite3.Connection) -> None:
    (pages,) = connection.execute("PRAGMA page_count").fetchone()
    connection.execute(f"PRAGMA max_page_count = {pages}")


@pytest.fixture
def disk(monkeypatch: pytest.MonkeyPatch) -> Disk:
    monkeypatch.setattr(Library.__init__, "__kwdefaults__", {**Library.__init__.__kwdefaults__, "timeout_s": 0.2})
    return Disk(monkeypatch)


MakeDesk = Callable[[], Desk]


@pytest.fixture
def make_desk(qtbot: QtBot, tmp_path: Path, disk: Disk) -> Iterator[MakeDesk]:
    """Makes a window with a library that shows a study, and tries again what was not kept ten times a second."""
    write_study(tmp_path / "study", rows=240, columns=180)
    desks: list[Desk] = []

    def make() -> Desk:
        desk = Desk(qtbot, tmp_path / "home", library=tmp_path / "library" / "library.sqlite")
        desks.append(desk)
        desk.window.reading.set_retry(100)
        desk.open(tmp_path / "study")
        settled(desk)
        return desk

    yield make
    disk.make_room()
    for desk in desks:
        desk.window.close()
        desk.window.close()


@pytest.fixture
def desk(make_desk: MakeDesk) -> Desk:
    return make_desk()


def settled(desk: Desk) -> None:
    room = desk.window.reading
    desk.qtbot.waitUntil(
        lambda: (
            not room.busy
            and not desk.window.indexing.runner.busy
            and room.library_key(desk.session.study.key) is not None
            and room.words != "new"
        ),
        timeout=20_000,
    )


def count(desk: Desk) -> str:
    """What the status line says of changes that are not kept; empty where it says nothing."""
    (button,) = desk.window.findChildren(UnkeptButton)
    return "" if button.isHidden() else button.text()


def words_are(desk: Desk, words: str) -> None:
    desk.qtbot.waitUntil(lambda: count(desk) == words, timeout=20_000)


def do_what_cannot_be_kept(desk: Desk, disk: Disk) -> None:
    """A text and a category while the disk is full."""
    disk.fill()
    desk.window.reading.set_text(desk.session.study, _LONG)
    desk.key(Key.Key_4, ALT)
    words_are(desk, "2 changes not kept")


def kept_texts(desk: Desk) -> dict[str, tuple[str, str]]:
    with Library(desk.window.reading.library.path) as library:
        key = desk.window.reading.library_key(desk.session.study.key)
        return {one.laterality: (one.birads, one.text) for one in library.assessments(key)}


BOTH = {"": ("", _LONG), "R": ("4", "")}


def test_a_full_disk_is_said_with_its_cure_and_counted_as_long_as_it_lasts(desk: Desk, disk: Disk) -> None:
    said: list[str] = []
    desk.window.reading.said.connect(said.append)
    do_what_cannot_be_kept(desk, disk)
    desk.key(Key.Key_B, ALT)
    words_are(desk, "3 changes not kept")
    assert [words for words in said if "make room" in words] == [words for words in said if words]
    assert len([words for words in said if words]) == 1
    assert desk.window.side_panel.assessment.values["R", "birads"].text() == "4"
    assert kept_texts(desk) == {}


def test_when_there_is_room_again_all_is_kept_without_a_further_change(desk: Desk, disk: Disk) -> None:
    do_what_cannot_be_kept(desk, disk)
    disk.make_room()
    words_are(desk, "")
    assert kept_texts(desk) == BOTH
    assert desk.window.status.message.text() == "the library keeps everything again"


def test_a_mark_that_was_drawn_on_a_full_disk_is_kept_when_there_is_room(desk: Desk, disk: Disk) -> None:
    do_what_cannot_be_kept(desk, disk)
    image = desk.session.study.images[0].key
    mark = Mark(MarkKind.RULER, image, 1, ((1.0, 2.0), (30.0, 40.0)))
    desk.window.bench.marks.do(image, put(mark))
    words_are(desk, "3 changes not kept")
    disk.make_room()
    words_are(desk, "")
    with Library(desk.window.reading.library.path) as library:
        (kept,) = library.marks(desk.window.reading.library_key(desk.session.study.key))
    assert Mark.from_record(kept.body) == mark


def question() -> QMessageBox:
    box = QApplication.activeModalWidget()
    assert isinstance(box, QMessageBox)
    return box


def press(box: QMessageBox, words: str) -> None:
    next(button for button in box.buttons() if button.text() == words).click()


def test_the_window_does_not_close_on_what_is_not_kept_before_it_asked(desk: Desk, disk: Disk) -> None:
    do_what_cannot_be_kept(desk, disk)
    assert not desk.window.close()
    box = question()
    assert "2 changes not kept" in box.text()
    assert "make room" in box.informativeText()
    press(box, "Go on reading")
    assert desk.window.isVisible()
    assert not desk.window.close()


def test_the_window_closes_by_itself_when_all_is_kept_after_the_question(desk: Desk, disk: Disk) -> None:
    do_what_cannot_be_kept(desk, disk)
    path, key = desk.window.reading.library.path, desk.window.reading.library_key(desk.session.study.key)
    desk.window.close()
    disk.make_room()
    press(question(), "Try again")
    desk.qtbot.waitUntil(lambda: not desk.window.isVisible(), timeout=20_000)
    with Library(path) as library:
        assert {one.laterality: (one.birads, one.text) for one in library.assessments(key)} == BOTH


def test_the_reader_may_close_the_window_all_the_same(desk: Desk, disk: Disk) -> None:
    do_what_cannot_be_kept(desk, disk)
    desk.window.close()
    press(question(), "Close without keeping")
    assert not desk.window.isVisible()


def test_a_window_that_holds_nothing_back_closes_without_a_question(desk: Desk) -> None:
    desk.key(Key.Key_4, ALT)
    assert desk.window.close()


def test_a_library_that_was_locked_keeps_all_when_it_is_free_again(desk: Desk) -> None:
    with contextlib.closing(sqlite3.connect(desk.window.reading.library.path, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        desk.key(Key.Key_4, ALT)
        words_are(desk, "1 change not kept")
        assert "locked by another program" in desk.window.status.message.text()
        other.execute("ROLLBACK")
    words_are(desk, "")
    assert kept_texts(desk) == {"R": ("4", "")}


def test_a_library_that_is_read_only_keeps_all_when_it_may_be_written_to_again(qtbot: QtBot, disk: Disk) -> None:
    with tempfile.TemporaryDirectory() as name, contextlib.ExitStack() as rights:
        anyones = Path(name)
        for folder in (anyones, anyones / "library", anyones / "home"):
            folder.mkdir(exist_ok=True)
            folder.chmod(0o777)
        write_study(anyones / "study", rows=240, columns=180)
        path = anyones / "library" / "library.sqlite"
        Library(path).close()
        path.chmod(0o444)
        rights.enter_context(rights_that_bind())
        desk = Desk(qtbot, anyones / "home", library=path)
        desk.window.reading.set_retry(100)
        qtbot.waitUntil(lambda: "is read-only" in desk.window.status.message.text(), timeout=20_000)
        desk.open(anyones / "study")
        assert "is read-only" not in desk.window.status.message.text()
        desk.key(Key.Key_4, ALT)
        words_are(desk, "1 change not kept")
        assert "is read-only" in desk.window.status.message.text()
        rights.close()
        path.chmod(0o666)
        words_are(desk, "")
        settled(desk)
        assert kept_texts(desk) == {"R": ("4", "")}
        assert desk.window.close()
