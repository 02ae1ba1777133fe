"""Who reads is who is named, has seen what she saw, and is told what another reader or a failing disk has done."""

from __future__ import annotations

import contextlib
import sqlite3
import unicodedata
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import Qt

from mammoview.archive.library import Library, Query
from mammoview.archive.library_reading import Assessment
from mammoview.archive.library_schema import LibraryError
from mammoview.archive.library_store import Store
from tests.ui.conftest import MakeDesk
from tests.ui.desk import Desk
from tests.ui.test_right_woman import idle, on_screen, settled

ALT = Qt.KeyboardModifier.AltModifier
OpenDesk = Callable[[], Desk]


@pytest.fixture
def library_file(tmp_path: Path) -> Path:
    return tmp_path / "library" / "library.sqlite"


@pytest.fixture
def open_desk(make_desk: MakeDesk, library_file: Path, study: Path) -> OpenDesk:
    """Makes a window of ANNA's that shows the study."""

    def make() -> Desk:
        desk = make_desk(library=library_file)
        desk.window.reading.set_reader("ANNA")
        desk.open(study)
        settled(desk)
        return desk

    return make


class Disk:
    """Writing to the library fails while it is `full`."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.full = False
        write, disk = Store.write, self

        @contextlib.contextmanager
        def failing(store: Store) -> Iterator[sqlite3.Connection]:
            if disk.full:
                raise LibraryError("the disk is full: this was not kept", "make room")
            with write(store) as connection:
                yield connection

        monkeypatch.setattr(Store, "write", failing)


@pytest.fixture
def disk(monkeypatch: pytest.MonkeyPatch) -> Disk:
    return Disk(monkeypatch)


def assessments(desk: Desk, library_file: Path) -> tuple[Assessment, ...]:
    idle(desk)
    with Library(library_file) as library:
        (row,) = library.list(Query())
        return library.assessments(row.study_key)


def test_another_reader_has_not_seen_what_the_one_before_has(open_desk: OpenDesk) -> None:
    desk = open_desk()
    desk.do("reveal")
    assert desk.session.look.answers_shown
    desk.window.reading.set_reader("BERTA")
    idle(desk)
    assert not desk.session.look.answers_shown
    desk.window.reading.set_reader("ANNA")
    desk.qtbot.waitUntil(lambda: desk.session.look.answers_shown, timeout=20_000)


def test_a_name_that_is_being_typed_is_the_readers_before_the_next_category(
    open_desk: OpenDesk, library_file: Path
) -> None:
    desk = open_desk()
    field = desk.window.side_panel.assessment.reader
    field.setFocus()
    field.selectAll()
    desk.qtbot.keyClicks(field, "BERTA")
    desk.do("birads-4")
    assert [one.reader for one in assessments(desk, library_file)] == ["BERTA"]


def test_a_name_that_nobody_typed_is_left_as_the_settings_have_it(open_desk: OpenDesk) -> None:
    desk = open_desk()
    desk.window.settings.change(reader="CARLA")
    desk.do("birads-4")
    assert desk.window.reading.reader == "CARLA"


def test_a_decomposed_text_is_not_taken_for_another_windows(open_desk: OpenDesk) -> None:
    desk = open_desk()
    told: list[str] = []
    desk.window.reading.said.connect(told.append)
    desk.window.reading.set_text(desk.session.study, unicodedata.normalize("NFD", "bénin"))
    idle(desk)
    assert told == []


def test_a_reader_with_a_decomposed_name_finds_again_what_was_shown_to_her(
    open_desk: OpenDesk, make_desk: MakeDesk, library_file: Path, study: Path
) -> None:
    desk = open_desk()
    desk.window.settings.change(reader=unicodedata.normalize("NFD", "Renée"))
    desk.do("reveal")
    idle(desk)
    desk.window.close()
    desk = make_desk(library=library_file)
    desk.open(study)
    desk.qtbot.waitUntil(lambda: desk.window.reading.current.revealed, timeout=20_000)


def test_a_category_in_place_of_one_that_the_window_did_not_know_is_said(
    open_desk: OpenDesk, library_file: Path
) -> None:
    desk = open_desk()
    key = desk.window.reading.library_key(desk.session.study.key)
    with Library(library_file) as other:
        other.assess(key, laterality="R", birads="5", reader="BERTA")
    told: list[str] = []
    desk.window.reading.said.connect(told.append)
    desk.window.reading.assess(("R",), birads="1")
    idle(desk)
    assert told == ["R: BERTA had given BI-RADS 5 meanwhile; yours is in force now"]
    assert on_screen(desk) == {"R": "1"}


def test_the_screen_does_not_fall_back_while_a_change_waits(open_desk: OpenDesk, disk: Disk) -> None:
    desk = open_desk()
    room = desk.window.reading
    room.assess(("R",), birads="1")
    idle(desk)
    told: list[str] = []
    room.said.connect(told.append)
    disk.full = True
    room._tell_unkept = lambda: None  # the window has not counted what is not kept
    room.assess(("R",), birads="5")
    idle(desk)
    assert on_screen(desk) == {"R": "5"}
    assert [words for words in told if "another window" in words] == []


def test_the_screen_is_the_librarys_again_when_all_is_kept(open_desk: OpenDesk, library_file: Path, disk: Disk) -> None:
    desk = open_desk()
    room = desk.window.reading
    disk.full = True
    room.assess(("R",), birads="5")
    idle(desk)
    disk.full = False
    with Library(library_file) as other:
        other.assess(room.library_key(desk.session.study.key), laterality="L", birads="2", reader="BERTA")
    room.try_again()
    desk.qtbot.waitUntil(lambda: on_screen(desk) == {"R": "5", "L": "2"}, timeout=20_000)


def test_what_was_shown_and_seen_is_kept_where_the_library_comes_later(
    make_desk: MakeDesk, library_file: Path, study: Path
) -> None:
    Library(library_file).close()
    sound = library_file.read_bytes()
    library_file.write_bytes(b"no library" * 1000)
    desk = make_desk(library=library_file)
    desk.open(study)
    idle(desk)
    desk.do("reveal")
    desk.window.reading.of_study(
        desk.session.study, lambda library, key: library.visit(key, "view", "ANNA"), noted=True
    )
    idle(desk)
    assert desk.window.reading.pending() == 1
    library_file.write_bytes(sound)
    desk.window.reading.try_again()
    desk.qtbot.waitUntil(lambda: desk.window.reading.pending() == 0, timeout=20_000)
    idle(desk)
    with Library(library_file) as library:
        (row,) = library.list(Query())
        assert [one.how for one in library.reveals(row.study_key)] == ["asked for"]
        assert library.visited(row.study_key, "ANNA") == {"view"}


def test_what_is_kept_late_tells_when_it_was_judged(open_desk: OpenDesk, library_file: Path, disk: Disk) -> None:
    desk = open_desk()
    room = desk.window.reading
    disk.full = True
    room.assess(("R",), birads="5")
    idle(desk)
    made = room._keeping.last.made
    disk.full = False
    room.try_again()
    desk.qtbot.waitUntil(lambda: room.pending() == 0, timeout=20_000)
    (one,) = assessments(desk, library_file)
    assert one.time == made.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def test_a_window_that_is_closed_without_keeping_waits_for_nothing(open_desk: OpenDesk, library_file: Path) -> None:
    desk = open_desk()
    library = desk.window.reading.library
    hurried: list[float] = []
    hurry = library.hurry
    library.hurry = lambda patience_s: (hurried.append(patience_s), hurry(patience_s))
    with contextlib.closing(sqlite3.connect(library_file, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        desk.window.reading.assess(("R",), birads="4")
        assert not desk.window.close()
        assert desk.window.close()
        other.execute("ROLLBACK")
    assert hurried == [0.0]
    with Library(library_file) as again:
        assert [row.assessment for row in again.list(Query())] == [""]
