"""The list of the library's studies: what it shows, how it is searched, and that it opens as a worklist."""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from pathlib import Path

import pytest
from PySide6.QtCore import Qt

from mammoview.core.study import Patient
from mammoview.core.view_state import ViewState
from mammoview.services import reading_room
from mammoview.services.panes import Layout
from mammoview.services.places import go_to, place_in
from mammoview.services.reading_room import ReadingMode
from mammoview.ui import library_rows
from mammoview.ui.library_rows import SCORE
from tests.factories import BERTA, Woman, write_study
from tests.ui.conftest import SIZE, MakeDesk
from tests.ui.desk import Desk, FakeEngine
from tests.ui.stepping import walked
from tests.ui.test_reading import settled
from tests.unit.library_made import made_study

CLARA = Woman("THIRD^CLARA", "DEMO-0003", "19610101")
CTRL = Qt.KeyboardModifier.ControlModifier


@pytest.fixture
def archive(tmp_path: Path) -> Path:
    """Three women; Anna has a prior."""
    folder = tmp_path / "archive"
    write_study(folder / "a", study_date="20260105", **SIZE)
    write_study(folder / "old", study="prior", study_date="20240105", **SIZE)
    write_study(folder / "b", woman=BERTA, study="berta", study_date="20251231", **SIZE)
    write_study(folder / "c", woman=CLARA, study="clara", study_date="20250601", **SIZE)
    return folder


@pytest.fixture
def library_file(tmp_path: Path) -> Path:
    return tmp_path / "home" / "library.sqlite"


@pytest.fixture
def desk(make_desk: MakeDesk, archive: Path, library_file: Path) -> Desk:
    """A window whose library holds the archive, with nothing on the screen."""
    made = make_desk(library=library_file)
    made.open(archive)
    settled(made)
    made.window.commands.close_studies()
    listed(made)
    made.qtbot.waitUntil(lambda: made.window.library.model.total == 4, timeout=10_000)
    return made


def listed(desk: Desk) -> list[str]:
    """List anew; the dates that stand there."""
    model = desk.window.library.model
    with desk.qtbot.waitSignal(model.counted, timeout=10_000):
        desk.window.library.refresh()
    return [model.data(model.index(number, 0)) for number in range(model.rowCount())]


def opened(desk: Desk) -> None:
    """Press Return in the list, and wait for the pictures."""
    with desk.qtbot.waitSignal(desk.window.opening.opened, timeout=20_000):
        desk.qtbot.keyClick(desk.window.library.table, Qt.Key.Key_Return)
    desk.settle()


def test_what_was_opened_is_listed_the_newest_first(desk: Desk) -> None:
    assert listed(desk) == ["2026-01-05", "2025-12-31", "2025-06-01", "2024-01-05"]


def test_the_list_stands_in_place_of_the_empty_window(desk: Desk) -> None:
    assert desk.window.stack.currentWidget() is desk.window.library


def test_f2_takes_the_list_away_and_brings_it_back(desk: Desk) -> None:
    desk.qtbot.keyClick(desk.window, Qt.Key.Key_F2)
    assert desk.window.stack.currentWidget() is desk.window.empty
    desk.qtbot.keyClick(desk.window, Qt.Key.Key_F2)
    assert desk.window.stack.currentWidget() is desk.window.library


def test_ctrl_f_searches_while_typing(desk: Desk) -> None:
    desk.qtbot.keyClick(desk.window, Qt.Key.Key_F, CTRL)
    search = desk.window.library.search
    assert search.hasFocus()
    desk.qtbot.keyClicks(search, "berta")
    desk.qtbot.waitUntil(lambda: desk.window.library.model.total == 1, timeout=10_000)
    assert desk.window.library.model.row(0).patient.patient_id == BERTA.patient_id


def test_return_behind_a_name_opens_what_was_typed_also_before_it_is_listed(desk: Desk) -> None:
    panel = desk.window.library
    listed(desk)
    panel.table.selectRow(0)
    panel.search.setFocus()
    desk.qtbot.keyClicks(panel.search, "clara")
    with desk.qtbot.waitSignal(desk.window.opening.opened, timeout=10_000):
        desk.qtbot.keyClick(panel.search, Qt.Key.Key_Return)
    assert desk.session.study.patient.name == CLARA.name


def test_a_study_beyond_the_first_page_stays_chosen(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(library_rows, "_PAGE", 1)
    listed(desk)
    desk.qtbot.keyClick(desk.window.library.table, Qt.Key.Key_End)
    desk.qtbot.waitUntil(lambda: desk.window.library.chosen is not None, timeout=10_000)
    desk.window.library.table.selectRow(2)
    desk.qtbot.waitUntil(lambda: desk.window.library.chosen is not None, timeout=10_000)
    listed(desk)
    assert desk.window.library.chosen is not None and desk.window.library.chosen.patient.name == CLARA.name


def test_the_list_is_sorted_by_key_and_by_columns_that_can_be_sorted_by(desk: Desk) -> None:
    panel = desk.window.library
    header, counted = panel.table.horizontalHeader(), panel.model.counted
    for order, descending in (("name", False), ("state", False), ("date", True)):
        with desk.qtbot.waitSignal(counted, timeout=10_000):
            desk.qtbot.keyClick(panel.table, Qt.Key.Key_F2, Qt.KeyboardModifier.ShiftModifier)
        assert (panel.model.query.order, panel.model.query.descending) == (order, descending)
    with desk.qtbot.waitSignal(counted, timeout=10_000):
        header.setSortIndicator(3, Qt.SortOrder.AscendingOrder)
    assert header.sortIndicatorSection() == 0
    assert panel.model.query.order == "date"


def test_the_list_is_filtered_by_key(desk: Desk) -> None:
    panel = desk.window.library
    desk.window.reading.library.finish_reading(panel.model.row(1).study_key, "reader")
    desk.qtbot.keyClick(panel.table, Qt.Key.Key_F2, CTRL)
    desk.qtbot.waitUntil(lambda: panel.model.total == 3, timeout=10_000)
    assert panel.states.currentText() == "Not read"


def test_a_list_that_is_scrolled_away_from_the_choice_stays_there_until_it_is_called_again(
    desk: Desk, archive: Path
) -> None:
    desk.open(archive / "a")
    settled(desk)
    others = [made_study(f"9.{number}", views=("RCC",), patient=Patient(f"W^{number}")) for number in range(60)]
    desk.window.reading.library.add(others, archive)
    desk.key(Qt.Key.Key_F2)
    panel = desk.window.library
    bar = panel.table.verticalScrollBar()
    desk.qtbot.waitUntil(lambda: panel.model.total == 64 and panel.chosen is not None, timeout=10_000)
    chosen = panel.chosen
    bar.setValue(40)
    with desk.qtbot.waitSignal(panel.model.counted, timeout=10_000):
        desk.window.reading.listed.emit()
    assert (bar.value(), panel.chosen) == (40, chosen)
    panel.put_away()
    with desk.qtbot.waitSignal(panel.model.counted, timeout=10_000):
        panel.show_list()
    assert bar.value() < 40 and panel.chosen == chosen


def test_home_and_end_go_to_the_ends_of_the_list(desk: Desk) -> None:
    table = desk.window.library.table
    desk.qtbot.keyClick(table, Qt.Key.Key_End)
    assert table.currentIndex().row() == 3
    desk.qtbot.keyClick(table, Qt.Key.Key_Home)
    assert table.currentIndex().row() == 0


def test_the_filter_leaves_the_studies_that_are_not_read(desk: Desk) -> None:
    key = desk.window.library.model.row(1).study_key
    desk.window.reading.library.finish_reading(key, "reader")
    desk.window.library.states.setCurrentIndex(1)
    desk.qtbot.waitUntil(lambda: desk.window.library.model.total == 3, timeout=10_000)
    assert desk.window.library.model.number_of(key) is None


def test_return_opens_the_list_at_the_chosen_study(desk: Desk) -> None:
    desk.window.library.table.selectRow(1)
    opened(desk)
    assert desk.session.study.patient.patient_id == BERTA.patient_id
    assert [case.patient.patient_id for case in desk.session.worklist.cases] == ["DEMO-0001", "DEMO-0002", "DEMO-0003"]
    assert desk.window.stack.currentWidget() is desk.window.grid
    desk.do("next-study")
    assert desk.session.study.patient.patient_id == CLARA.patient_id


def test_a_list_that_was_searched_opens_as_it_is_with_the_priors(desk: Desk) -> None:
    library = desk.window.library
    library.search.setText("anna 2026")
    library.search.setText("anna")
    desk.qtbot.waitUntil(lambda: library.model.total == 2, timeout=10_000)
    library.table.selectRow(0)
    opened(desk)
    (case,) = desk.session.worklist.cases
    assert len(case.priors) == 1


def test_a_prior_that_is_chosen_is_what_opens(desk: Desk) -> None:
    desk.window.library.table.selectRow(3)
    opened(desk)
    assert desk.session.study.study_date == "2024-01-05"


def test_a_study_whose_files_are_gone_says_so_and_nothing_else_opens(desk: Desk, archive: Path) -> None:
    shutil.rmtree(archive / "b")
    desk.window.library.table.selectRow(1)
    desk.qtbot.keyClick(desk.window.library.table, Qt.Key.Key_Return)
    desk.qtbot.waitUntil(lambda: "are gone" in desk.window.status.message.text(), timeout=10_000)
    assert desk.session.study is None


def test_looking_again_marks_what_is_gone(desk: Desk, archive: Path) -> None:
    key = desk.window.library.model.row(1).study_key
    desk.window.reading.library.finish_reading(key, "reader")
    shutil.rmtree(archive / "b")
    desk.window.library.look_again.click()
    model = desk.window.library.model
    desk.qtbot.waitUntil(
        lambda: bool(model.row(1)) and model.data(model.index(1, 3)) == "the files are gone", timeout=10_000
    )


def test_the_list_hides_scores_until_this_reader_has_seen_them(
    make_desk: MakeDesk, archive: Path, library_file: Path
) -> None:
    desk = make_desk(FakeEngine(), library=library_file)
    desk.start_classifier()
    desk.open(archive / "b")
    desk.scored()
    settled(desk)
    listed(desk)
    model = desk.window.library.model
    assert model.data(model.index(0, 5)) == "hidden"
    desk.do("library")
    desk.finish()
    settled(desk)
    listed(desk)
    assert model.data(model.index(0, 5)) == "hidden"
    desk.do("library")
    desk.do("reveal")
    settled(desk)
    listed(desk)
    assert model.data(model.index(0, 5)) == "0.70"


def test_the_list_is_not_sorted_by_scores_that_are_hidden_again(desk: Desk) -> None:
    desk.window.settings.change(reading_mode="concurrent")
    panel = desk.window.library
    with desk.qtbot.waitSignal(panel.model.counted, timeout=10_000):
        panel.table.horizontalHeader().setSortIndicator(SCORE, Qt.SortOrder.DescendingOrder)
    assert panel.model.query.order == "score"
    desk.window.settings.change(reading_mode="off")
    with desk.qtbot.waitSignal(panel.model.counted, timeout=10_000):
        desk.window.reading.next_mode()
    assert desk.window.reading.chosen_mode is ReadingMode.AFTER
    assert panel.model.query.order == "date"


def test_the_window_begins_where_the_reader_was(make_desk: MakeDesk, archive: Path, library_file: Path) -> None:
    before = make_desk(library=library_file)
    before.open(archive)
    settled(before)
    before.do("next-study")
    settled(before)
    before.do("mlo")
    date = before.session.study.study_date
    before.window.close()
    desk = make_desk(library=library_file)
    library = desk.window.library
    desk.qtbot.waitUntil(lambda: library.chosen is not None and library.isVisible(), timeout=10_000)
    assert library.chosen.study_date == date
    assert library.resume.text() == "Return continues where you were"
    assert library.table.hasFocus()
    opened(desk)
    assert desk.session.study.study_date == date
    assert desk.session.layout is Layout.MLO


def test_a_killed_window_goes_on_at_the_part_the_prior_and_the_place_of_the_breast(
    make_desk: MakeDesk, archive: Path, library_file: Path
) -> None:
    before = make_desk(library=library_file)
    before.window.resize(700, 420)
    before.open(archive / "a", archive / "old")
    settled(before)
    walked(before, "mlo-quadrants")
    before.do("next-part")
    left = before.session.walk.part, before.session.state(0)
    assert left[0] == 1
    places = [saved_place(before)]
    before.do("four")
    before.do("in-turn")
    before.do("zoom-in")
    before.do("pan-down")
    turned = before.session.state(0)
    places.append(saved_place(before))
    desk = make_desk(library=library_file)
    desk.window.resize(700, 420)
    desk.open(archive / "a", archive / "old")
    go_to(desk.session, places[0])
    desk.settle()
    assert (desk.session.walk.part, desk.session.state(0)) == left
    go_to(desk.session, places[1])
    desk.settle()
    assert desk.session.walk.turn == 1
    assert desk.session.state(0) == turned != ViewState()


@pytest.mark.parametrize("look", [[10**400, 0, 0], [2.0, float("nan"), 0], [2.0, 0], [True, [], ""], {"zoom": 2.0}])
def test_a_look_that_cannot_be_is_not_taken(desk: Desk, archive: Path, look: object) -> None:
    desk.open(archive / "a")
    key = desk.session.study.images[0].key
    go_to(desk.session, {"looks": {key: look}, "part": -1, "view": [], "step": 7, "prior": 1})
    assert {desk.session.state(number) for number in range(4)} == {ViewState()}


def saved_place(desk: Desk) -> Mapping[str, object]:
    """Where the library says that the reader is, as another window would find it."""
    library = desk.window.reading.library
    wanted = place_in(desk.session)
    desk.qtbot.waitUntil(lambda: library.place().details == wanted, timeout=10_000)
    return library.place().details


def test_the_window_begins_at_the_view_that_stood_alone(make_desk: MakeDesk, archive: Path, library_file: Path) -> None:
    before = make_desk(library=library_file)
    before.open(archive / "b")
    settled(before)
    before.session.activate(before.number_of("LMLO"))
    before.do("single")
    before.window.close()
    desk = make_desk(library=library_file)
    desk.qtbot.waitUntil(lambda: desk.window.library.chosen is not None, timeout=10_000)
    opened(desk)
    assert [pane.header.side_view for pane in desk.session.panes] == ["LMLO"]


def test_the_list_goes_on_hiding_while_the_demonstration_is_open(
    make_desk: MakeDesk, archive: Path, library_file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk = make_desk(FakeEngine(), library=library_file)
    desk.start_classifier()
    desk.open(archive / "b")
    desk.scored()
    settled(desk)
    monkeypatch.setattr(reading_room, "resource", lambda name: archive / "c")
    desk.open(archive / "c")
    settled(desk)
    assert desk.window.reading.mode is ReadingMode.CONCURRENT
    listed(desk)
    model = desk.window.library.model
    assert model.data(model.index(0, 5)) == "hidden"


def test_two_windows_share_a_library(make_desk: MakeDesk, archive: Path, library_file: Path) -> None:
    one, other = make_desk(library=library_file), make_desk(library=library_file)
    one.open(archive / "b")
    settled(one)
    other.open(archive / "c")
    settled(other)
    assert listed(one) == listed(other) == ["2025-12-31", "2025-06-01"]
