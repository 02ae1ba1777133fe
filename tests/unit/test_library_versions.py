"""Libraries of earlier versions are brought to this one, with all that is in them, or left as they are."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from mammoview.archive import library_schema
from mammoview.archive.library import Library, Query
from mammoview.archive.library_schema import APPLICATION_ID, MIGRATIONS, VERSION
from tests.unit.library_made import asked

_SCHEMA = "SELECT name, sql FROM sqlite_master WHERE sql IS NOT NULL ORDER BY name"


def made_by_version(path: Path, version: int) -> Path:
    """A library with one study and one mark, as `version` made it."""
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        for step in MIGRATIONS[:version]:
            step(connection)
        connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
        connection.execute(f"PRAGMA user_version = {version}")
        connection.execute(
            "INSERT INTO studies (id, study_key, uid, added, patient_key, patient_name, accession, state)"
            " VALUES (7, ?, '1.2', '2025-01-01T00:00:00.000Z', 7, 'MÜLLER^ZOË', 'A-17', 2)",
            (b"1.2",),
        )
        connection.execute(
            "INSERT INTO marks (study, image_key, mark_id, body, reader, time)"
            " VALUES (7, ?, 'm', '{\"row\":3}', 'reader', '2025-01-02T00:00:00.000Z')",
            (b"1.2.RCC",),
        )
    return path


@pytest.mark.parametrize("version", range(1, VERSION))
def test_what_an_earlier_version_kept_is_all_there(tmp_path: Path, version: int) -> None:
    with Library(made_by_version(tmp_path / "old.sqlite", version)) as library:
        assert [mark.body for mark in library.marks("1.2")] == [{"row": 3}]
        assert library.list(Query())[0].state == "read"


@pytest.mark.parametrize("version", range(1, VERSION))
def test_a_library_of_an_earlier_version_becomes_like_a_new_one(tmp_path: Path, version: int) -> None:
    old = made_by_version(tmp_path / "old.sqlite", version)
    Library(old).close()
    Library(tmp_path / "new.sqlite").close()
    assert asked(old, _SCHEMA) == asked(tmp_path / "new.sqlite", _SCHEMA)
    assert asked(old, "PRAGMA user_version") == [(VERSION,)]


def test_the_second_version_finds_and_sorts_what_the_first_kept(tmp_path: Path) -> None:
    with Library(made_by_version(tmp_path / "old.sqlite", 1)) as library:
        assert library.count(Query(text="zoe muller a-17")) == 1
        assert [row.patient.name for row in library.list(Query(order="name"))] == ["MÜLLER^ZOË"]


def test_a_step_that_fails_leaves_the_file_at_its_version(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(connection: sqlite3.Connection) -> None:
        connection.execute("DROP TABLE marks")
        raise KeyError("a fault in a step")

    path = made_by_version(tmp_path / "old.sqlite", 1)
    monkeypatch.setattr(library_schema, "MIGRATIONS", (*MIGRATIONS, fails))
    with pytest.raises(KeyError):
        Library(path)
    assert asked(path, "PRAGMA user_version") == [(1,)]
    assert asked(path, "SELECT mark_id FROM marks") == [("m",)]


def test_an_earlier_library_is_brought_on_once_where_two_open_it(tmp_path: Path) -> None:
    path = made_by_version(tmp_path / "old.sqlite", 1)
    with Library(path) as one, Library(path) as other:
        assert one.count(Query(text="zoe")) == other.count(Query(text="zoe")) == 1
