"""Finishing: one press finishes one case, a missing category is asked for, and "read" can be taken back."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtCore import Qt

from mammoview.archive.library import Library
from mammoview.archive.library_reading import ReadingState
from tests.factories import BERTA, Woman, write_study
from tests.ui.conftest import SIZE, MakeDesk
from tests.ui.desk import Desk
from tests.ui.test_reading import settled

CLARA = Woman("SAMPLE^CLARA", "DEMO-0003", "19660606")


class Clock:
    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def desk(make_desk: MakeDesk, tmp_path: Path, clock: Clock) -> Desk:
    """Three women, the first one on the screen, and a clock that stands still."""
    write_study(tmp_path / "all" / "a", **SIZE)
    write_study(tmp_path / "all" / "b", woman=BERTA, study="berta", **SIZE)
    write_study(tmp_path / "all" / "c", woman=CLARA, study="clara", **SIZE)
    made = make_desk(library=tmp_path / "home" / "library.sqlite")
    made.open(tmp_path / "all")
    settled(made)
    made.window.finishing.clock = clock
    return made


def press(desk: Desk) -> None:
    desk.window.actions_by_id["finish"].trigger()


def said(desk: Desk) -> str:
    return desk.window.status.message.text()


def states(desk: Desk) -> list[str]:
    """How far the studies of the worklist are read, as another program sees it."""
    settled(desk)
    room = desk.window.reading
    keys = [room.library_key(case.current.key) for case in desk.session.worklist.cases]
    with Library(room.library.path) as library:
        return [str(library.study(key).state) for key in keys]


def judge_both_and_finish(desk: Desk) -> None:
    before = desk.session.study
    desk.do("both-birads-1")
    press(desk)
    desk.qtbot.waitUntil(lambda: desk.session.study is not before, timeout=10_000)


def test_a_press_right_after_the_study_came_up_finishes_nothing(desk: Desk, clock: Clock) -> None:
    judge_both_and_finish(desk)
    second = desk.session.study
    desk.do("both-birads-1")
    clock.now += 0.4
    press(desk)
    assert said(desk) == "this study has just come up: it is not finished"
    assert desk.session.study is second
    assert states(desk) == ["read", "in progress", "new"]
    clock.now += 0.2
    press(desk)
    desk.qtbot.waitUntil(lambda: desk.session.study is not second, timeout=10_000)


def test_a_study_that_the_reader_went_to_can_be_finished_at_once(desk: Desk) -> None:
    desk.do("next-study")
    second = desk.session.study
    desk.do("both-birads-1")
    press(desk)
    desk.qtbot.waitUntil(lambda: desk.session.study is not second, timeout=10_000)


def test_a_press_that_bounces_finishes_once(desk: Desk) -> None:
    first = desk.session.study
    desk.do("both-birads-1")
    press(desk)
    press(desk)
    desk.qtbot.waitUntil(lambda: desk.session.study is not first, timeout=10_000)
    settled(desk)
    room = desk.window.reading
    record = room.library.export_reading(room.library_key(first.key))
    assert [event["event"] for event in record["events"]].count("finished") == 1


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ((), "no BI-RADS for either breast: press again to finish without"),
        (("birads-1",), "no BI-RADS for the left breast: press again to finish without"),
        (("both-birads-1", "birads-1"), "no BI-RADS for the right breast: press again to finish without"),
    ],
)
def test_a_missing_category_is_said_before_anything_is_finished(desk: Desk, given: tuple[str, ...], words: str) -> None:
    desk.session.activate(desk.number_of("RCC"))
    for action_id in given:
        desk.do(action_id)
    press(desk)
    assert said(desk) == words
    assert states(desk) == ["in progress", "new", "new"]


def test_a_second_press_finishes_without(desk: Desk, clock: Clock) -> None:
    first = desk.session.study
    press(desk)
    clock.now += 0.6
    press(desk)
    desk.qtbot.waitUntil(lambda: desk.session.study is not first, timeout=10_000)
    assert states(desk)[0] == "read"


@pytest.mark.parametrize("after_s", [0.1, 10.5])
def test_a_second_press_that_bounces_or_comes_late_is_asked_again(desk: Desk, clock: Clock, after_s: float) -> None:
    press(desk)
    clock.now += after_s
    desk.window.status.say("")
    press(desk)
    assert "press again" in said(desk)
    assert states(desk)[0] == "in progress"


def test_keys_that_are_pounded_on_finish_nothing_unjudged(desk: Desk, clock: Clock) -> None:
    for _ in range(40):
        press(desk)
        clock.now += 0.08
    assert states(desk) == ["in progress", "new", "new"]


def test_a_breast_without_views_needs_no_category(make_desk: MakeDesk, tmp_path: Path) -> None:
    write_study(tmp_path / "left", views=(("L", "CC"), ("L", "MLO")), **SIZE)
    made = make_desk(library=tmp_path / "home" / "library.sqlite")
    made.open(tmp_path / "left")
    settled(made)
    made.do("birads-2")
    press(made)
    assert made.window.reading.current.state is ReadingState.READ


def test_the_button_finishes_as_the_key_does(desk: Desk) -> None:
    desk.qtbot.mouseClick(desk.window.side_panel.assessment.finish, Qt.MouseButton.LeftButton)
    assert "press again" in said(desk)


def test_read_can_be_taken_back(desk: Desk) -> None:
    first = desk.session.study
    judge_both_and_finish(desk)
    desk.do("previous-study")
    assert desk.session.study is first
    settled(desk)
    desk.key(Qt.Key.Key_Return, Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.ShiftModifier)
    assert said(desk) == "not read: this study is in progress again"
    assert desk.window.reading.words.startswith("in progress by ")
    assert states(desk)[0] == "in progress"


def test_a_study_that_is_not_read_has_nothing_to_be_taken_back(desk: Desk) -> None:
    desk.do("reopen")
    assert said(desk) == "this study is not read yet"
