"""Where a reader was comes back whole: greys, frames, images put into panes, ticks of other makers' objects."""

from __future__ import annotations

import os
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import QPoint, Qt

from mammoview.core.image import FrameChoice
from mammoview.core.view_state import ViewState
from mammoview.core.window import VoiWindow
from mammoview.services import visits
from mammoview.services.places import place_in
from tests.factories import write_study
from tests.overlaid_made import displayed_area
from tests.ui.conftest import SIZE, MakeDesk
from tests.ui.desk import Desk
from tests.ui.stepping import views, walked, write_pair
from tests.ui.test_chosen_states import all_read, choose, listing, turned, written
from tests.ui.test_overlaid import a_report, a_state
from tests.ui.test_reading import settled
from tests.ui.test_tomosynthesis import write_stacks

TWO_WINDOWS = {"WindowCenter": [2000, 1500], "WindowWidth": [1000, 3000]}


@pytest.fixture
def library_file(tmp_path: Path) -> Path:
    return tmp_path / "home" / "library.sqlite"


@pytest.fixture
def begun(make_desk: MakeDesk, library_file: Path) -> Callable[..., Desk]:
    """Opens a folder in a window that keeps what is read."""

    def begin(*folders: Path) -> Desk:
        desk = make_desk(library=library_file)
        desk.open(*folders)
        settled(desk)
        return desk

    return begin


@pytest.fixture
def gone_on(make_desk: MakeDesk, library_file: Path) -> Callable[[Desk], Desk]:
    """Another window at the place that the library has of the one before, which is left as it is, as by a kill."""

    def go_on(before: Desk) -> Desk:
        left_at(before)
        desk = make_desk(library=library_file)
        desk.window.resize(before.window.size())
        desk.qtbot.waitUntil(lambda: desk.window.library.chosen is not None, timeout=10_000)
        with desk.qtbot.waitSignal(desk.window.opening.opened, timeout=20_000):
            desk.qtbot.keyClick(desk.window.library.table, Qt.Key.Key_Return)
        desk.settle()
        return desk

    return go_on


def left_at(desk: Desk) -> dict[str, Any]:
    """The place of the reader, once the library has it."""
    library, wanted = desk.window.reading.library, place_in(desk.session)
    desk.qtbot.waitUntil(lambda: library.place() is not None and library.place().details == wanted, timeout=10_000)
    return wanted


def windows(desk: Desk) -> list[VoiWindow | None]:
    return [desk.session.presentation(number).window for number in range(len(desk.session.panes))]


def in_the_second_part(desk: Desk) -> None:
    desk.window.resize(700, 420)  # smaller than a breast at 1:1
    walked(desk, "mlo-quadrants")
    desk.qtbot.waitUntil(lambda: len(desk.session.walk.parts) > 1, timeout=10_000)
    desk.do("next-part")
    assert desk.session.walk.part == 1


Begun, GoneOn = Callable[..., Desk], Callable[[Desk], Desk]


def test_a_window_of_the_readers_and_the_inversion_come_back(begun: Begun, gone_on: GoneOn, study: Path) -> None:
    before = begun(study)
    before.drag(1, (100, 100), (140, 120))
    before.do("invert")
    dragged = windows(before)
    assert [window is not None for window in dragged] == [False, True, False, False]
    desk = gone_on(before)
    assert windows(desk) == dragged
    assert desk.session.presentation(0).invert


def test_a_window_comes_back_after_an_ordinary_close(
    make_desk: MakeDesk, begun: Begun, study: Path, library_file: Path
) -> None:
    before = begun(study)
    before.drag(0, (100, 100), (140, 120))
    dragged = windows(before)
    before.window.close()
    desk = make_desk(library=library_file)
    desk.qtbot.waitUntil(lambda: desk.window.library.chosen is not None, timeout=10_000)
    with desk.qtbot.waitSignal(desk.window.opening.opened, timeout=20_000):
        desk.qtbot.keyClick(desk.window.library.table, Qt.Key.Key_Return)
    assert windows(desk) == dragged


def test_a_window_is_noted_while_it_is_dragged(begun: Begun, study: Path) -> None:
    desk = begun(study)
    target = desk.shown[0]
    desk.qtbot.mousePress(target, Qt.MouseButton.LeftButton, pos=QPoint(100, 100))
    desk.qtbot.mouseMove(target, QPoint(140, 130))
    place = left_at(desk)
    desk.qtbot.mouseRelease(target, Qt.MouseButton.LeftButton, pos=QPoint(140, 130))
    assert list(place["greys"]) == [desk.session.panes[0].header.key]


def test_the_windows_of_views_that_are_not_on_the_screen_come_back(begun: Begun, gone_on: GoneOn, study: Path) -> None:
    before = begun(study)
    before.drag(before.number_of("LMLO"), (100, 100), (140, 120))
    (dragged,) = [window for window in windows(before) if window is not None]
    before.do("cc")
    desk = gone_on(before)
    assert views(desk) == ["RCC", "LCC"]
    desk.do("four")
    assert windows(desk)[desk.number_of("LMLO")] == dragged


def test_a_window_does_not_come_back_over_another_file(begun: Begun, gone_on: GoneOn, study: Path) -> None:
    before = begun(study)
    for number in (0, 1):
        before.drag(number, (100, 100), (140, 120))
    left_at(before)
    os.utime(before.session.panes[1].header.source.path, (1, 1))
    desk = gone_on(before)
    assert [window is not None for window in windows(desk)] == [True, False, False, False]


def test_a_choice_among_the_files_windows_comes_back(begun: Begun, gone_on: GoneOn, tmp_path: Path) -> None:
    write_study(tmp_path / "study", **SIZE, **TWO_WINDOWS)
    before = begun(tmp_path / "study")
    before.do("next-voi")
    desk = gone_on(before)
    assert {desk.session.presentation(number).voi for number in range(4)} == {1}
    desk.do("next-voi")
    assert {desk.session.presentation(number).voi for number in range(4)} == {0}


def test_windows_come_back_in_a_step_that_goes_through_the_breasts(
    begun: Begun, gone_on: GoneOn, tmp_path: Path
) -> None:
    before = begun(write_pair(tmp_path / "pair", **SIZE))
    in_the_second_part(before)
    before.drag(0, (100, 100), (140, 120))
    dragged, part = windows(before), before.session.walk.part
    desk = gone_on(before)
    assert desk.session.walk.is_in_parts and desk.session.walk.part == part == 1
    assert windows(desk) == dragged


def test_where_a_part_was_moved_to_comes_back(begun: Begun, gone_on: GoneOn, tmp_path: Path) -> None:
    before = begun(write_pair(tmp_path / "pair", **SIZE))
    in_the_second_part(before)
    part = before.session.state(0)
    before.do("pan-down")
    moved = before.session.state(0)
    assert moved != part
    desk = gone_on(before)
    desk.qtbot.waitUntil(lambda: desk.session.state(0) == moved, timeout=10_000)


def test_the_zoom_of_views_that_are_not_on_the_screen_comes_back(begun: Begun, gone_on: GoneOn, study: Path) -> None:
    before = begun(study)
    before.do("single")
    before.do("zoom-in")
    zoomed = before.session.state(0)
    desk = gone_on(before)
    desk.do("next-pane")
    assert desk.session.state(0) == zoomed


def test_views_that_are_linked_after_going_on_stay_alike_in_another_size(
    begun: Begun, gone_on: GoneOn, tmp_path: Path
) -> None:
    before = begun(write_pair(tmp_path / "pair", **SIZE))
    in_the_second_part(before)
    before.do("link")
    before.do("pan-down")
    desk = gone_on(before)
    desk.qtbot.waitUntil(lambda: len(desk.session.walk.parts) > 1, timeout=10_000)
    desk.do("link")
    parts = desk.session.walk.parts
    desk.window.resize(820, 530)
    desk.qtbot.waitUntil(lambda: desk.session.walk.parts not in ((), parts), timeout=10_000)
    assert desk.session.state(0) == desk.session.state(1)


def test_a_part_that_the_reader_goes_on_in_is_not_looked_at_for_that(
    begun: Begun, gone_on: GoneOn, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(visits, "LOOK_MS", 24 * 3600 * 1000)
    before = begun(write_pair(tmp_path / "pair", **SIZE))
    in_the_second_part(before)
    before.window.reading.set_reader("ANNA")  # who has seen nothing yet
    desk = gone_on(before)
    desk.qtbot.waitUntil(lambda: len(desk.session.walk.parts) > 1, timeout=10_000)
    desk.drawn()
    assert desk.window.reading.current.visited == set()


def test_the_place_is_not_lost_while_its_study_opens_again(
    make_desk: MakeDesk, begun: Begun, study: Path, library_file: Path
) -> None:
    before = begun(study)
    before.do("mlo")
    before.do("zoom-in")
    before.drag(0, (100, 100), (140, 120))
    wanted = left_at(before)
    desk = make_desk(library=library_file)
    desk.qtbot.waitUntil(lambda: desk.window.library.chosen is not None, timeout=10_000)
    kept: list[Any] = []
    keep = desk.window.reading.keep_place
    desk.window.reading.keep_place = lambda place: (kept.append(place.details), keep(place))
    with desk.qtbot.waitSignal(desk.window.opening.opened, timeout=20_000):
        desk.qtbot.keyClick(desk.window.library.table, Qt.Key.Key_Return)
    desk.settle()
    assert kept
    assert [details for details in kept if details != wanted] == []


def test_frame_and_slab_come_back(begun: Begun, gone_on: GoneOn, tmp_path: Path) -> None:
    write_stacks(tmp_path / "stacks")
    before = begun(tmp_path / "stacks")
    header = before.session.panes[0].header
    before.session.ask_frames([(header, FrameChoice(3, 5))])
    before.settle()
    desk = gone_on(before)
    assert desk.session.frames.shown(desk.session.panes[0].header) == FrameChoice(3, 5)


@pytest.fixture
def with_another(tmp_path: Path) -> Path:
    """A study with one image beyond the four views."""
    write_study(tmp_path / "study", **SIZE)
    write_study(tmp_path / "study", views=[("R", "ML")], names=["RML.dcm"], **SIZE)
    return tmp_path / "study"


def test_an_image_that_was_put_into_a_view_comes_back(begun: Begun, gone_on: GoneOn, with_another: Path) -> None:
    before = begun(with_another)
    before.session.activate(1)
    before.do("next-extra")
    assert views(before)[1] == "RML"
    desk = gone_on(before)
    assert views(desk) == views(before)
    assert desk.session.active == 1


def test_an_image_that_was_put_into_a_view_comes_back_from_under_one_that_stands_alone(
    begun: Begun, gone_on: GoneOn, with_another: Path
) -> None:
    before = begun(with_another)
    before.session.activate(1)
    before.do("next-extra")
    before.session.activate(0)
    before.do("single")
    desk = gone_on(before)
    assert views(desk) == ["RCC"]
    desk.do("single")
    assert views(desk) == ["RCC", "RML", "RMLO", "LMLO"]


def test_an_image_beyond_the_four_views_that_stood_alone_comes_back(
    begun: Begun, gone_on: GoneOn, with_another: Path
) -> None:
    before = begun(with_another)
    before.do("mlo")
    before.do("single")
    before.do("next-extra")
    desk = gone_on(before)
    assert views(desk) == ["RML"]
    desk.do("single")
    assert views(desk) == ["RMLO", "LMLO"]


def test_the_heat_map_is_shown_again_where_the_step_hides_it(begun: Begun, gone_on: GoneOn, study: Path) -> None:
    before = begun(study)
    before.do("heat")
    assert before.session.look.heat.visible
    desk = gone_on(before)
    assert desk.session.look.heat.visible


def test_views_that_were_unlinked_are_unlinked_again(begun: Begun, gone_on: GoneOn, study: Path) -> None:
    before = begun(study)
    before.do("link")
    before.do("zoom-in")
    zoomed = [before.session.state(number) for number in range(4)]
    assert zoomed[0] != zoomed[1]
    desk = gone_on(before)
    assert not desk.session.linked
    assert [desk.session.state(number) for number in range(4)] == zoomed


def test_a_tick_that_was_taken_away_stays_away(begun: Begun, gone_on: GoneOn, tmp_path: Path) -> None:
    written(tmp_path / "study", turned)
    before = begun(tmp_path / "study")
    before.qtbot.waitUntil(lambda: all_read(before), timeout=20_000)
    choose(before, twice=False)
    desk = gone_on(before)
    desk.qtbot.waitUntil(lambda: all_read(desk), timeout=20_000)
    assert [tick.isChecked() for tick in listing(desk).ticks.values()] == [False]


def test_a_file_window_that_was_chosen_before_a_states_stays_so_when_the_state_is_read(
    begun: Begun, gone_on: GoneOn, tmp_path: Path
) -> None:
    written(tmp_path / "study", partial(a_state, window=(900, 500)))
    before = begun(tmp_path / "study")
    before.qtbot.waitUntil(lambda: all_read(before), timeout=20_000)
    assert before.session.presentation(0).state_voi is not None
    before.do("next-voi")
    assert before.session.presentation(0).state_voi is None
    desk = gone_on(before)
    desk.qtbot.waitUntil(lambda: all_read(desk), timeout=20_000)
    assert desk.session.presentation(0).state_voi is None


def test_a_chosen_state_lays_its_view_again_and_zoom_stays_the_readers(
    begun: Begun, gone_on: GoneOn, tmp_path: Path
) -> None:
    written(tmp_path / "study", turned)
    before = begun(tmp_path / "study")
    before.qtbot.waitUntil(lambda: all_read(before), timeout=20_000)
    choose(before)
    before.do("zoom-in")
    look = before.session.state(0)
    assert look != ViewState()
    desk = gone_on(before)
    desk.qtbot.waitUntil(lambda: all_read(desk), timeout=20_000)
    assert desk.session.drawing(0).placement.orientation == before.session.drawing(0).placement.orientation
    assert desk.session.state(0) == look


def test_a_chosen_state_that_is_hidden_and_shown_again_shows_its_part(
    begun: Begun, gone_on: GoneOn, tmp_path: Path
) -> None:
    area = displayed_area((300, 400), (61, 81))
    written(tmp_path / "study", partial(turned, DisplayedAreaSelectionSequence=area))
    before = begun(tmp_path / "study")
    before.qtbot.waitUntil(lambda: all_read(before), timeout=20_000)
    choose(before)
    part = before.session.state(0)
    desk = gone_on(before)
    desk.qtbot.waitUntil(lambda: all_read(desk), timeout=20_000)
    desk.do("overlaid")
    assert desk.session.state(0) != part
    desk.do("overlaid")
    assert desk.session.state(0) == part


def test_the_operating_point_of_a_report_and_what_is_hidden_come_back(
    begun: Begun, gone_on: GoneOn, tmp_path: Path
) -> None:
    written(tmp_path / "study", a_report)
    before = begun(tmp_path / "study")
    before.qtbot.waitUntil(lambda: all_read(before), timeout=20_000)
    before.do("reveal")
    before.do("cad-point")
    assert before.window.overlaid.operating_point == 2
    before.do("overlaid")
    desk = gone_on(before)
    desk.qtbot.waitUntil(lambda: all_read(desk), timeout=20_000)
    assert (desk.window.overlaid.operating_point, desk.window.overlaid.shown) == (2, False)


@pytest.mark.parametrize(
    "told",
    [
        None,
        7,
        [],
        {"wanted": 3, "chosen": 3, "laid": 3, "point": "x", "shown": 3},
        {"wanted": {"1": "no"}, "point": -1},
    ],
    ids=str,
)
def test_ticks_that_are_told_wrongly_are_passed_over(desk: Desk, told: object) -> None:
    book = desk.window.overlaid
    before = book.told()
    book.take(told)
    assert book.told() == before
