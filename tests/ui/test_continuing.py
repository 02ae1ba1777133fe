"""A list that is longer than what is opened of it: the next part follows by itself."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtCore import Qt

from mammoview.archive.library_schema import LibraryError
from mammoview.services import continuing, indexing, listing
from tests.factories import Woman, write_study
from tests.ui.conftest import MakeDesk
from tests.ui.desk import Desk

CASES = 7


@pytest.fixture
def desk(make_desk: MakeDesk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Desk:
    """A window that opened the list of seven studies at its first, three at once."""
    monkeypatch.setattr(listing, "LONGEST_PART", 3)
    monkeypatch.setattr(indexing, "_BEFORE_CHOSEN", 0)
    monkeypatch.setattr(continuing, "NEAR_THE_END", 0)
    for case in range(CASES):
        woman = Woman(f"CASE^{case}", f"DEMO-{case}")
        write_study(tmp_path / f"{case}", woman=woman, study=f"case{case}", study_date="20260131", rows=96, columns=72)
    made = make_desk(library=tmp_path / "library" / "library.sqlite")
    made.open(*(tmp_path / f"{case}" for case in range(CASES)))
    settled(made)
    made.key(Qt.Key.Key_F2)
    made.qtbot.waitUntil(lambda: made.window.library.model.total == CASES, timeout=20_000)
    made.window.library.table.selectRow(0)
    with made.qtbot.waitSignal(made.window.opening.opened, timeout=20_000):
        made.qtbot.keyClick(made.window.library.table, Qt.Key.Key_Return)
    settled(made)
    return made


def settled(desk: Desk) -> None:
    indexing_ = desk.window.indexing
    desk.qtbot.waitUntil(
        lambda: not desk.window.reading.busy and not indexing_.runner.busy and not indexing_.continuing.runner.busy,
        timeout=20_000,
    )


def names(desk: Desk) -> list[str]:
    return [case.patient.name for case in desk.session.worklist.cases]


def test_at_first_a_part_of_the_list_is_opened(desk: Desk) -> None:
    assert len(names(desk)) == 3


def test_the_next_part_follows_before_the_end_and_what_is_shown_stays(desk: Desk) -> None:
    first = names(desk)
    for _ in range(2):
        desk.session.step_study(1)
    shown = desk.session.study
    desk.qtbot.waitUntil(lambda: len(names(desk)) == 6, timeout=20_000)
    assert names(desk)[:3] == first
    assert desk.session.study is shown
    assert desk.session.step_study(1)


def test_a_part_that_could_not_be_read_is_asked_for_again(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    def locked(*_: object) -> None:
        raise LibraryError("the library is locked by another program", "close the other program")

    said: list[str] = []
    desk.window.reading.said.connect(said.append)
    with monkeypatch.context() as trouble:
        trouble.setattr(continuing, "listing_after", locked)
        assert desk.session.step_study(1) and desk.session.step_study(1)
        settled(desk)
    assert any("locked" in words for words in said) and len(names(desk)) == 3
    desk.session.step_study(-1)
    desk.session.step_study(1)
    desk.qtbot.waitUntil(lambda: len(names(desk)) == 6, timeout=20_000)


def test_the_reader_gets_every_study_of_the_list_once(desk: Desk) -> None:
    seen = [desk.session.study.patient.name]
    for _ in range(CASES - 1):
        before = desk.session.study
        settled(desk)
        desk.finish()
        desk.qtbot.waitUntil(lambda before=before: desk.session.study is not before, timeout=20_000)
        seen.append(desk.session.study.patient.name)
    assert sorted(seen) == sorted(f"CASE^{case}" for case in range(CASES))
    assert names(desk) == seen


def test_the_parts_before_come_as_the_reader_goes_back(desk: Desk) -> None:
    desk.key(Qt.Key.Key_F2)
    desk.window.library.table.selectRow(CASES - 1)
    with desk.qtbot.waitSignal(desk.window.opening.opened, timeout=20_000):
        desk.qtbot.keyClick(desk.window.library.table, Qt.Key.Key_Return)
    seen = [desk.session.study.patient.name]
    for _ in range(CASES - 1):
        settled(desk)
        shown = desk.session.study
        number = f"{names(desk).index(shown.patient.name) + 1} of {len(names(desk))}"
        assert desk.window.top_bar.study.text().startswith(number)
        assert desk.session.step_study(-1)
        assert desk.session.study is not shown
        seen.append(desk.session.study.patient.name)
    settled(desk)
    assert not desk.session.step_study(-1)
    assert names(desk) == seen[::-1]
    assert sorted(seen) == sorted(f"CASE^{case}" for case in range(CASES))


@pytest.mark.parametrize(("first", "by"), [(0, 1), (CASES - 1, -1)])
@pytest.mark.parametrize("not_read_only", [True, False])
def test_every_study_comes_once_while_what_was_passed_is_read(
    desk: Desk, first: int, by: int, not_read_only: bool
) -> None:
    library = desk.window.reading.library
    desk.key(Qt.Key.Key_F2)
    panel = desk.window.library
    with desk.qtbot.waitSignal(panel.model.counted, timeout=20_000):
        panel.states.setCurrentIndex(int(not_read_only))
        panel.table.horizontalHeader().setSortIndicator(4, Qt.SortOrder.AscendingOrder)
    desk.qtbot.waitUntil(lambda: panel.model.query.order == "state" and panel.model.total == CASES, timeout=20_000)
    settled(desk)
    panel.table.selectRow(first)
    with desk.qtbot.waitSignal(desk.window.opening.opened, timeout=20_000):
        desk.qtbot.keyClick(panel.table, Qt.Key.Key_Return)
    settled(desk)
    seen = [desk.session.study.patient.name]
    for _ in range(CASES - 1):
        library.finish_reading(desk.window.reading.library_key(desk.session.study.key), "another")
        assert desk.session.step_study(by)
        settled(desk)
        seen.append(desk.session.study.patient.name)
    assert sorted(seen) == sorted(f"CASE^{case}" for case in range(CASES))
    assert not desk.session.step_study(by)
    assert names(desk) == seen[::by]


def test_a_newer_study_of_the_woman_on_the_screen_joins_in_front_and_hers_stays_what_it_is(
    desk: Desk, tmp_path: Path
) -> None:
    woman = Woman("CASE^NEW", "DEMO-NEW")
    for name, day in (("newer", "20260630"), ("older", "20240101")):
        write_study(tmp_path / name, woman=woman, study=name, study_date=day, rows=96, columns=72)
    desk.open(tmp_path / "newer", tmp_path / "older")
    settled(desk)
    desk.key(Qt.Key.Key_F2)
    desk.qtbot.waitUntil(lambda: desk.window.library.model.total == CASES + 2, timeout=20_000)
    desk.window.library.table.selectRow(CASES + 1)
    with desk.qtbot.waitSignal(desk.window.opening.opened, timeout=20_000):
        desk.qtbot.keyClick(desk.window.library.table, Qt.Key.Key_Return)
    older = desk.session.study
    key = desk.window.reading.library_key(older.key)
    while settled(desk) or desk.session.step_study(-1):
        pass
    assert [len(case.studies) for case in desk.session.worklist.cases] == [2, *[1] * (CASES + 1)]
    assert desk.session.worklist.case_of(older.key) == CASES + 1
    assert desk.window.reading.library_key(older.key) is key
    desk.session.show_study(older.key)
    assert desk.window.top_bar.study.text().startswith(f"{CASES + 2} of {CASES + 2}")
    assert desk.session.step_study(-1)
    assert desk.session.worklist.case_of(desk.session.study.key) == CASES


def test_another_worklist_ends_the_list(desk: Desk, tmp_path: Path) -> None:
    desk.open(tmp_path / "0")
    settled(desk)
    assert len(names(desk)) == 1
