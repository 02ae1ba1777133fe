"""The status line says what is true now; words in bars and panels are right and are not cut where it matters."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtCore import Qt

from mammoview.core.study import Laterality
from mammoview.ui import status_line
from mammoview.ui.score_row import point_number
from tests.factories import BERTA, Woman, write_study
from tests.ui.conftest import SIZE, MakeDesk
from tests.ui.desk import Desk, FakeEngine

LONG = Woman("VERYLONGFAMILYNAME-OFHERS^ANNA MARIA THERESIA ELISABETH", "DEMO-0001", "19600229")


@pytest.fixture
def two(make_desk: MakeDesk, tmp_path: Path) -> Desk:
    write_study(tmp_path / "all" / "a", **SIZE)
    write_study(tmp_path / "all" / "b", woman=BERTA, study="berta", **SIZE)
    made = make_desk()
    made.open(tmp_path / "all")
    return made


def said(desk: Desk) -> str:
    return desk.window.status.message.text()


def test_what_was_said_of_a_study_goes_with_it(two: Desk) -> None:
    two.do("previous-study")
    assert said(two) == "this is the first study"
    two.do("next-study")
    assert said(two) == ""


def test_what_was_said_fades(two: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(status_line, "_FADES_MS", 1)
    two.window.status.say("copied")
    two.qtbot.waitUntil(lambda: said(two) == "", timeout=5_000)


def test_a_failure_stays_until_something_else_is_said(two: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(status_line, "_FADES_MS", 1)
    two.window.status.say("copied")
    two.window.reading.failed.emit("the library is read-only")
    two.window.status.keep("the library is read-only")
    two.do("next-study")
    assert said(two) == "the library is read-only"
    two.window.status.say("copied")
    two.qtbot.waitUntil(lambda: said(two) == "", timeout=5_000)


def test_what_a_change_of_study_says_itself_stays(two: Desk) -> None:
    first = two.session.study
    two.finish()
    two.qtbot.waitUntil(lambda: two.session.study is not first, timeout=10_000)
    assert said(two) == "read; this is the next study"


def test_one_is_said_in_the_singular(make_desk: MakeDesk, tmp_path: Path) -> None:
    (path,) = write_study(tmp_path / "one", views=(("L", "CC"),), **SIZE)
    desk = make_desk()
    desk.open(path)
    assert said(desk) == "1 study, 1 image"
    desk.window.status.show_refused(("a.dcm: is empty",))
    assert desk.window.status.refused.text() == "1 file refused"


def test_of_a_long_name_the_end_is_cut_and_the_rest_stays(make_desk: MakeDesk, tmp_path: Path) -> None:
    write_study(tmp_path / "long", woman=LONG, **SIZE)
    desk = make_desk()
    desk.open(tmp_path / "long")
    label = desk.window.top_bar.study
    label.resize(420, label.height())
    assert "DEMO-0001  1960    2024-01-31" in label.shown
    assert "…" in label.shown and label.fontMetrics().horizontalAdvance(label.shown) <= label.width()
    assert label.toolTip() == label.text()


def test_a_breast_without_views_is_not_called_not_run(make_desk: MakeDesk, tmp_path: Path) -> None:
    write_study(tmp_path / "left", views=(("L", "CC"), ("L", "MLO")), **SIZE)
    desk = make_desk(FakeEngine())
    desk.start_classifier()
    desk.open(tmp_path / "left")
    desk.scored()
    rows = desk.window.side_panel.breasts
    assert rows[Laterality.RIGHT].words() == "no right views"
    assert rows[Laterality.LEFT].words() == "left 0.70 above"


@pytest.mark.parametrize(("scores", "text"), [((0.4, 0.7), "0.33"), ((0.4, 0.327), "0.325"), ((), "0.33")])
def test_the_operating_point_has_the_decimals_of_the_scores(scores: tuple[float, ...], text: str) -> None:
    assert point_number(0.325 + 1e-9, scores) == text


def test_the_panel_and_the_image_give_the_operating_point_alike(desk: Desk) -> None:
    desk.start_classifier()
    desk.scored()
    assert "operating point 0.50" in desk.window.side_panel._point.text()
    assert any("above 0.50" in line for line in desk.session.drawing(0).texts.bottom)


@pytest.mark.parametrize("width", [760, 960, 1100])
def test_state_and_assessment_are_in_sight_in_a_narrow_window(make_desk: MakeDesk, tmp_path: Path, width: int) -> None:
    desk = make_desk(library=tmp_path / "home" / "library.sqlite")
    write_study(tmp_path / "all", **SIZE)
    desk.open(tmp_path / "all")
    desk.window.actions_by_id["library"].trigger()
    desk.window.resize(width, 600)
    table = desk.window.library.table
    desk.qtbot.waitUntil(lambda: table.viewport().width() < width, timeout=5_000)
    header = table.horizontalHeader()
    for column in (0, 1, 4, 5, 6, 7):
        assert not table.isColumnHidden(column)
        left = header.sectionViewportPosition(column)
        assert 0 <= left <= table.viewport().width() - 50
    assert not table.horizontalScrollBar().isVisible() or table.horizontalScrollBar().maximum() == 0


def test_with_room_every_column_is_there(make_desk: MakeDesk, tmp_path: Path) -> None:
    desk = make_desk(library=tmp_path / "home" / "library.sqlite")
    write_study(tmp_path / "all", **SIZE)
    desk.open(tmp_path / "all")
    desk.window.actions_by_id["library"].trigger()
    desk.window.resize(1700, 600)
    table = desk.window.library.table
    desk.qtbot.waitUntil(lambda: table.viewport().width() > 1304, timeout=5_000)
    assert not any(table.isColumnHidden(column) for column in range(9))
    assert table.columnWidth(3) == 220


def test_the_keypads_enter_finishes_while_a_finding_is_selected(desk: Desk) -> None:
    finished = []
    desk.window.actions_by_id["finish"].triggered.connect(lambda: finished.append(1))
    desk.key(Qt.Key.Key_5)
    desk.drag(1, (60, 150), (60, 150))
    assert desk.window.bench.tools.selected is not None
    desk.qtbot.keyClick(desk.window, Qt.Key.Key_Enter, Qt.KeyboardModifier.KeypadModifier)
    assert finished == [1]
