"""The library's file: made, refused, read-only, full, locked, copied, closed. What is in it has tests of its own."""

from __future__ import annotations

import sqlite3
import sys
import tempfile
import threading
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from mammoview.archive.library import Library, Query
from mammoview.archive.library_schema import APPLICATION_ID, VERSION, LibraryError
from mammoview.core.errors import UsageError
from tests.unit.library_made import Clock, asked, made_study, rights_that_bind

posix = pytest.mark.skipif(sys.platform == "win32", reason="needs the permissions of POSIX")


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """A library with one study and one mark in it, closed."""
    path = tmp_path / "library.sqlite"
    with Library(path) as library:
        library.add([made_study("1.2")], tmp_path)
        library.put_mark("1.2", "1.2.RCC", "m", {"row": 1}, "reader")
    return path


@pytest.fixture
def anyones() -> Iterator[Path]:
    """A folder that every user of the machine can reach; what is left in it is removed."""
    with tempfile.TemporaryDirectory() as name:
        Path(name).chmod(0o755)
        yield Path(name)


def test_a_new_library_is_made_with_its_folder_and_for_its_owner_alone(tmp_path: Path) -> None:
    path = tmp_path / "home" / "library.sqlite"
    with Library(path) as library:
        assert library.problem == ""
        assert library.list(Query()) == ()
    assert path.stat().st_mode & 0o077 == 0
    assert asked(path, "PRAGMA user_version") == [(VERSION,)]
    assert asked(path, "PRAGMA application_id") == [(APPLICATION_ID,)]


def test_what_was_kept_is_there_when_the_library_is_opened_again(path: Path) -> None:
    with Library(path) as library:
        assert [row.study_key for row in library.list(Query())] == ["1.2"]
        assert [mark.body for mark in library.marks("1.2")] == [{"row": 1}]


def test_every_commit_waits_for_the_disk_and_writes_beside_readers(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened: list[sqlite3.Connection] = []
    real = sqlite3.connect

    def connect(*arguments: Any, **options: Any) -> sqlite3.Connection:
        opened.append(real(*arguments, **options))
        return opened[-1]

    monkeypatch.setattr("sqlite3.connect", connect)
    with Library(tmp_path / "library.sqlite"):
        pragmas = {name: opened[0].execute(f"PRAGMA {name}").fetchone()[0] for name in _PRAGMAS}
    assert pragmas == _PRAGMAS


_PRAGMAS = {"synchronous": 2, "foreign_keys": 1, "journal_mode": "wal", "busy_timeout": 5000}


@pytest.mark.parametrize("begun", ["PRAGMA user_version", "PRAGMA journal_mode = WAL"])
def test_a_library_whose_making_was_cut_off_is_made(tmp_path: Path, begun: str) -> None:
    path = tmp_path / "library.sqlite"
    path.touch()
    asked(path, begun)
    with Library(path) as library:
        assert library.add([made_study("1.2")], tmp_path) == ("1.2",)


@posix
def test_a_library_may_have_any_name(tmp_path: Path) -> None:
    path = tmp_path / "100% mine?mode=ro#é" / "a b.sqlite"
    with Library(path) as library:
        library.add([made_study("1.2")], tmp_path)
    assert asked(path, "SELECT count(*) FROM studies") == [(1,)]


@pytest.mark.parametrize("content", [b"no library at all" * 500, b"SQLite format 3\0" + b"\xff" * 4096])
def test_a_file_that_is_no_library_is_refused_and_left_as_it_is(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "library.sqlite"
    path.write_bytes(content)
    with pytest.raises(LibraryError, match="no study library"):
        Library(path)
    assert path.read_bytes() == content
    assert [entry.name for entry in tmp_path.iterdir()] == ["library.sqlite"]


def test_another_programs_database_is_refused_and_left_as_it_is(tmp_path: Path) -> None:
    path = tmp_path / "library.sqlite"
    asked(path, "CREATE TABLE songs (title TEXT)")
    content = path.read_bytes()
    with pytest.raises(LibraryError, match="no study library"):
        Library(path)
    assert path.read_bytes() == content


def test_a_library_of_a_newer_version_is_refused_and_left_as_it_is(path: Path) -> None:
    asked(path, f"PRAGMA user_version = {VERSION + 1}")
    content = path.read_bytes()
    with pytest.raises(LibraryError, match=r"newer mammoview.*update mammoview"):
        Library(path)
    assert path.read_bytes() == content


def test_a_damaged_library_is_refused_in_words(path: Path) -> None:
    content = path.read_bytes()
    path.write_bytes(content[:100] + bytes(len(content) - 100))
    with pytest.raises(LibraryError, match=r"is damaged.*backup"):
        Library(path)


def test_a_check_finds_a_damaged_page_and_nothing_in_a_sound_file(path: Path) -> None:
    with Library(path) as library:
        assert library.check() == ""
    (root,) = asked(path, "SELECT rootpage FROM sqlite_master WHERE name = 'marks'")[0]
    content = bytearray(path.read_bytes())
    content[(root - 1) * 4096 : root * 4096] = b"\x5a" * 4096
    path.write_bytes(content)
    with Library(path) as library:
        assert "is damaged" in library.check()
        with pytest.raises(LibraryError, match="is damaged"):
            library.marks("1.2")


def test_a_folder_in_place_of_the_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(LibraryError, match="cannot be made"):
        Library(tmp_path)


@posix
def test_a_read_only_file_can_be_read_and_says_that_nothing_is_kept(anyones: Path) -> None:
    path = anyones / "library.sqlite"
    with Library(path) as library:
        library.add([made_study("1.2")], anyones)
    path.chmod(0o444)
    anyones.chmod(0o777)
    with rights_that_bind(), Library(path) as library:
        _assert_read_only(library)


@posix
def test_a_read_only_folder_can_be_read_and_says_that_nothing_is_kept(anyones: Path) -> None:
    path = anyones / "library.sqlite"
    with Library(path) as library:
        library.add([made_study("1.2")], anyones)
    path.chmod(0o444)
    anyones.chmod(0o555)
    try:
        with rights_that_bind(), Library(path) as library:
            _assert_read_only(library)
    finally:
        anyones.chmod(0o755)


@posix
def test_a_read_only_folder_with_an_open_journal_is_never_read_without_it(path: Path, anyones: Path) -> None:
    with Library(path) as library:
        library.finish_reading("1.2", "reader")
        for name in ("library.sqlite", "library.sqlite-wal"):
            (anyones / name).write_bytes((path.parent / name).read_bytes())
            (anyones / name).chmod(0o444)
    anyones.chmod(0o555)
    try:
        with rights_that_bind(), pytest.raises(LibraryError, match="cannot be read"):
            Library(anyones / "library.sqlite")
    finally:
        anyones.chmod(0o755)


@posix
def test_no_library_can_be_made_in_a_read_only_folder(anyones: Path) -> None:
    anyones.chmod(0o555)
    try:
        with rights_that_bind(), pytest.raises(LibraryError, match="kept on the screen only"):
            Library(anyones / "library.sqlite")
    finally:
        anyones.chmod(0o755)


def _assert_read_only(library: Library) -> None:
    assert "is read-only: what you do now is kept on the screen only" in library.problem
    assert [row.study_key for row in library.list(Query())] == ["1.2"]
    with pytest.raises(LibraryError, match="is read-only: what you do now is kept on the screen only"):
        library.put_mark("1.2", "1.2.RCC", "m", {}, "reader")
    assert library.marks("1.2") == ()


def test_a_full_disk_is_told_and_keeps_all_that_was_kept_before(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    real = sqlite3.connect

    def connect(*arguments: Any, **options: Any) -> sqlite3.Connection:
        connection: sqlite3.Connection = real(*arguments, **options)
        (pages,) = connection.execute("PRAGMA page_count").fetchone()
        connection.execute(f"PRAGMA max_page_count = {pages + 2}")
        return connection

    monkeypatch.setattr("sqlite3.connect", connect)
    with Library(path) as library:
        with pytest.raises(LibraryError, match=r"the disk of .* is full.*make room"):
            library.put_mark("1.2", "1.2.RCC", "large", {"text": "x" * 100_000}, "reader")
        assert [mark.mark_id for mark in library.marks("1.2")] == ["m"]
        library.put_mark("1.2", "1.2.RCC", "small", {}, "reader")
        assert [mark.mark_id for mark in library.marks("1.2")] == ["m", "small"]


def test_another_program_that_holds_the_file_for_too_long_is_told(path: Path) -> None:
    with Library(path, timeout_s=0.05) as library, closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(LibraryError, match=r"locked by another program.*close the other"):
            library.finish_reading("1.2", "reader")
        assert library.list(Query())[0].state == "new"
        other.execute("ROLLBACK")
        assert library.finish_reading("1.2", "reader") == "read"


def test_a_library_that_a_newer_program_changed_meanwhile_is_not_written_to(path: Path) -> None:
    with Library(path) as library:
        asked(path, f"PRAGMA user_version = {VERSION + 1}")
        with pytest.raises(LibraryError, match="changed by a newer mammoview"):
            library.finish_reading("1.2", "reader")


def test_what_fails_halfway_leaves_nothing_of_itself(path: Path) -> None:
    with Library(path) as library:
        with pytest.raises(UsageError):
            library.delete_mark("1.2", "no such mark", "reader")
        assert [mark.mark_id for mark in library.marks("1.2")] == ["m"]
        assert library.put_mark("1.2", "1.2.RCC", "n", {}, "reader").id == 2


def test_a_backup_of_a_library_in_use_holds_all_that_was_committed(path: Path, tmp_path: Path) -> None:
    copy = tmp_path / "copies" / "library.sqlite"
    with Library(path) as library:
        library.put_mark("1.2", "1.2.LCC", "late", {"row": 2}, "reader")
        library.backup(copy)
    assert [entry.name for entry in copy.parent.iterdir()] == ["library.sqlite"]
    assert copy.stat().st_mode & 0o077 == 0
    assert asked(copy, "PRAGMA journal_mode") == [("delete",)]  # so that it can be read from a read-only disc
    with Library(copy) as library:
        assert [mark.mark_id for mark in library.marks("1.2")] == ["m", "late"]


def test_a_backup_never_takes_the_place_of_a_file(path: Path, tmp_path: Path) -> None:
    other = tmp_path / "letter.txt"
    other.write_text("dear colleague", encoding="utf-8")
    with Library(path) as library:
        for target in (other, path):
            with pytest.raises(UsageError, match="is there already"):
                library.backup(target)
        assert library.check() == ""
    assert other.read_text(encoding="utf-8") == "dear colleague"


def test_a_backup_to_where_nothing_can_be_made_is_told(path: Path, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("", encoding="utf-8")
    with Library(path) as library, pytest.raises(LibraryError, match="cannot be made"):
        library.backup(tmp_path / "file" / "copy.sqlite")


def test_a_closed_library_says_so_and_leaves_one_file(path: Path) -> None:
    library = Library(path)
    library.list(Query())
    library.close()
    library.close()
    with pytest.raises(LibraryError, match="is closed"):
        library.list(Query())
    assert [entry.name for entry in path.parent.iterdir()] == ["library.sqlite"]


def test_threads_that_write_at_once_lose_nothing(path: Path) -> None:
    failures: list[BaseException] = []

    def write(name: str) -> None:
        try:
            for number in range(25):
                library.put_mark("1.2", "1.2.RCC", f"{name}-{number}", {"number": number}, name)
        except BaseException as error:
            failures.append(error)

    with Library(path) as library:
        threads = [threading.Thread(target=write, args=(f"thread {number}",)) for number in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert failures == []
        assert len(library.marks("1.2")) == 101


def test_a_thread_that_waits_too_long_for_another_is_told(path: Path) -> None:
    told: list[LibraryError] = []

    def write() -> None:
        with pytest.raises(LibraryError) as caught:
            library.finish_reading("1.2", "other")
        told.append(caught.value)

    def clock() -> datetime:
        """Asked for within a transaction, which lasts until the other thread has given up."""
        thread = threading.Thread(target=write)
        thread.start()
        thread.join()
        return datetime(2026, 1, 31, tzinfo=UTC)

    with Library(path, timeout_s=0.05, clock=clock) as library:
        library.put_mark("1.2", "1.2.RCC", "n", {}, "reader")
        assert [error.cause for error in told] == [f"{path} is being written to: this was not kept"]
        assert [mark.mark_id for mark in library.marks("1.2")] == ["m", "n"]


def test_a_reader_sees_the_list_while_another_thread_writes(path: Path) -> None:
    with Library(path) as library, closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        other.execute("UPDATE studies SET description = 'changed'")
        assert [row.description for row in library.list(Query())] == [""]
        other.execute("COMMIT")
        assert [row.description for row in library.list(Query())] == ["changed"]


def test_times_are_utc_with_milliseconds(tmp_path: Path) -> None:
    with Library(tmp_path / "library.sqlite", clock=Clock()) as library:
        library.add([made_study("1.2")], tmp_path)
        mark = library.put_mark("1.2", "k", "m", {}, "reader")
    assert mark.time == "2026-01-31T08:00:02.000Z"


def test_rows_that_readers_made_can_neither_be_changed_nor_deleted(path: Path) -> None:
    for statement in ("UPDATE marks SET body = '{}'", "DELETE FROM marks"):
        with pytest.raises(sqlite3.IntegrityError, match="kept for ever"):
            asked(path, statement)
