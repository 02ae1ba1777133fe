"""The list is read page by page: each study stands in it once, whatever is read between the pages."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from mammoview.archive.library import Library, Query
from mammoview.archive.library_reading import ReadingState
from mammoview.core.study import Patient
from mammoview.ui import library_rows
from mammoview.ui.library_rows import StudyTable
from tests.unit.library_made import made_study
from tests.unit.test_services_reading import Room

STUDIES = [f"1.{number}" for number in range(7)]
UNREAD = frozenset({ReadingState.NEW, ReadingState.IN_PROGRESS})


@pytest.fixture
def room(qtbot: QtBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Room]:
    """A reading room whose library holds seven studies, read in pages of two."""
    monkeypatch.setattr(library_rows, "_PAGE", 2)
    with Library(tmp_path / "library.sqlite") as library:
        studies = [made_study(key, views=("RCC",), patient=Patient(f"W^{key}", key)) for key in STUDIES]
        library.add(studies, Path("/archive"))
    made = Room(qtbot, tmp_path)
    yield made
    made.close()


def table_of(room: Room, query: Query) -> StudyTable:
    """A table that has read its first page."""
    table = StudyTable(room.reading, room.owned[1])
    with room.qtbot.waitSignal(table.counted, timeout=20_000):
        table.show_query(query)
    return table


@pytest.mark.parametrize("query", [Query(order="state", descending=False), Query(order="state"), Query(states=UNREAD)])
@pytest.mark.parametrize("read", [("1.0", "1.1"), ("1.5", "1.6"), ("1.0", "1.3", "1.6")])
def test_each_study_stands_once_in_pages_between_which_studies_are_read(
    room: Room, query: Query, read: tuple[str, ...]
) -> None:
    table = table_of(room, query)
    with Library(room.library.path) as other:  # another window
        for key in read:
            other.finish_reading(key, "reader")
    room.qtbot.waitUntil(lambda: all(table.row(number) is not None for number in range(7)), timeout=20_000)
    assert sorted(table.row(number).study_key for number in range(7)) == STUDIES


def test_a_study_that_left_the_library_between_the_pages_leaves_an_empty_row(
    room: Room,
) -> None:
    table = table_of(room, Query(order="name", descending=False))
    with Library(room.library.path) as other:
        known = other.known(Path("/archive"))
        other.forget_missing(Path("/archive"), [source for source in known if "/1.4/" not in source])
    others = [number for number in range(7) if number != 4]
    room.qtbot.waitUntil(lambda: all(table.row(number) is not None for number in others), timeout=20_000)
    assert table.row(4) is None
    assert table.data(table.index(4, 0)) is None
