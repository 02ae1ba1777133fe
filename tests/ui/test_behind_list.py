"""While the list of studies stands in place of the images, no key acts on what nobody sees."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtCore import Qt

from mammoview.core.study import Study
from tests.factories import BERTA, Woman, write_study
from tests.ui.conftest import SIZE, MakeDesk
from tests.ui.desk import Desk
from tests.ui.test_reading import settled

CLARA = Woman("SAMPLE^CLARA", "DEMO-0003", "19660606")
ALT, CTRL, SHIFT = (
    Qt.KeyboardModifier.AltModifier,
    Qt.KeyboardModifier.ControlModifier,
    Qt.KeyboardModifier.ShiftModifier,
)
REFUSED = "the images are behind the list (F2 shows them)"


@pytest.fixture
def desk(make_desk: MakeDesk, tmp_path: Path) -> Desk:
    """Three women, the first one behind the list."""
    write_study(tmp_path / "all" / "a", **SIZE)
    write_study(tmp_path / "all" / "b", woman=BERTA, study="berta", **SIZE)
    write_study(tmp_path / "all" / "c", woman=CLARA, study="clara", **SIZE)
    made = make_desk(library=tmp_path / "home" / "library.sqlite")
    made.open(tmp_path / "all")
    settled(made)
    return made


def behind(desk: Desk) -> Study:
    """Bring the list; the study behind it."""
    study: Study = desk.session.study
    with desk.qtbot.waitSignal(desk.window.library.model.counted, timeout=10_000):
        desk.window.actions_by_id["library"].trigger()
    return study


@pytest.mark.parametrize(
    ("key", "modifiers"),
    [
        (Qt.Key.Key_4, ALT),
        (Qt.Key.Key_2, ALT | SHIFT),
        (Qt.Key.Key_B, ALT),
        (Qt.Key.Key_Return, CTRL),
        (Qt.Key.Key_F3, Qt.KeyboardModifier.NoModifier),
        (Qt.Key.Key_F6, Qt.KeyboardModifier.NoModifier),
        (Qt.Key.Key_Z, CTRL),
        (Qt.Key.Key_S, CTRL),
        (Qt.Key.Key_1, CTRL),
    ],
)
def test_keys_in_the_list_do_not_reach_the_study_behind_it(
    desk: Desk, key: Qt.Key, modifiers: Qt.KeyboardModifier
) -> None:
    study = behind(desk)
    room = desk.window.reading
    known = room.current.revealed
    desk.window.library.table.selectRow(2)
    desk.qtbot.keyClick(desk.window.library.table, key, modifiers)
    assert desk.window.status.message.text() == REFUSED
    assert desk.session.study is study
    assert room.current.judgements == {} and str(room.current.state) == "in progress"
    assert room.current.revealed == known
    assert desk.window.library.stands


@pytest.mark.parametrize(("key", "modifiers"), [(Qt.Key.Key_H, CTRL), (Qt.Key.Key_F7, Qt.KeyboardModifier.NoModifier)])
def test_what_is_about_the_window_acts_from_the_list(desk: Desk, key: Qt.Key, modifiers: Qt.KeyboardModifier) -> None:
    behind(desk)
    before = desk.window.reading.mode, desk.window.ahead.on
    desk.qtbot.keyClick(desk.window.library.table, key, modifiers)
    assert (desk.window.reading.mode, desk.window.ahead.on) != before


def test_the_keys_act_again_when_the_list_is_put_away(desk: Desk) -> None:
    behind(desk)
    desk.do("library")
    desk.key(Qt.Key.Key_4, ALT)
    assert [one.birads for one in desk.window.reading.current.judgements.values()] == ["4"]


def test_the_list_stands_at_the_study_on_the_screen(desk: Desk) -> None:
    desk.do("next-study")
    settled(desk)
    study = behind(desk)
    chosen = desk.window.library.chosen
    assert chosen is not None
    assert chosen.study_key == desk.window.reading.library_key(study.key)
