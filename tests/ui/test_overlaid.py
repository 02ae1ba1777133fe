"""What objects of other makers lay over the study is seen in the window, listed with ticks, and hidden in time."""

from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from pydicom.dataset import Dataset, FileDataset
from PySide6.QtCore import Qt

from mammoview.core.errors import InputRefusedError
from mammoview.core.overlaid import Overlaid
from mammoview.core.overlaid_drawing import FOREIGN
from mammoview.core.study import ObjectHeader, ObjectKind
from mammoview.dicom.objects import read_objects
from mammoview.services.export import Part, make_picture
from mammoview.services.overlaid_work import find_beside
from mammoview.ui.overlaid_list import OverlaidList
from tests.factories import FOUR_VIEWS, make_mammogram_dataset, save
from tests.overlaid_made import (
    OPTIONAL,
    displayed_area,
    graphic,
    make_cad,
    make_finding,
    make_presentation,
    region,
    save_object,
    text,
)
from tests.ui.conftest import MakeDesk
from tests.ui.desk import Desk

OUTLINE = [(200.5, 150.5), (300.5, 150.5), (300.5, 250.5), (200.5, 150.5)]


def a_state(images: list[FileDataset], *, label: str = "MARKED", window: tuple[float, float] | None = None) -> Dataset:
    return make_presentation(images[:1], graphics=[graphic("POLYLINE", OUTLINE)], window=window, label=label)


def a_report(images: list[FileDataset]) -> Dataset:
    required, optional = (region("POLYLINE", OUTLINE, images[number], code="111041") for number in (0, 1))
    return make_cad(images, [make_finding([required]), make_finding([optional], intent=OPTIONAL, point=2)])


def folder_with(folder: Path, *make: Callable[[list[FileDataset]], Dataset]) -> Path:
    images = [make_mammogram_dataset(side, view, 480, 360) for side, view in FOUR_VIEWS]
    for image in images:
        save(image, folder / f"{image.ImageLaterality}{image.ViewPosition}.dcm")
    for number, one in enumerate(make):
        save_object(folder, one(images), f"object{number}.dcm")
    return folder


def opened(desk: Desk, folder: Path) -> Desk:
    """The study is on the screen and all of its objects are read."""
    desk.open(folder)
    book = desk.window.overlaid
    desk.qtbot.waitUntil(lambda: all(one.found or one.problem for one in book.listed), timeout=20_000)
    return desk


def foreign(desk: Desk, number: int) -> int:
    """How many pixels of a pane have about the colour of foreign graphics."""
    drawing = desk.session.drawing(number)
    picture = desk.window.grid.viewports[number].picture
    assert drawing is not None
    assert picture is not None
    return int((np.abs(picture.astype(int) - FOREIGN).max(axis=2) < 40).sum())


def listing(desk: Desk) -> OverlaidList:
    return desk.window.side_panel.findChild(OverlaidList)


def test_a_state_is_drawn_on_its_image_alone_and_listed(make_desk: MakeDesk, tmp_path: Path) -> None:
    desk = opened(make_desk(), folder_with(tmp_path, a_state))
    desk.qtbot.waitUntil(lambda: foreign(desk, 0) > 20, timeout=20_000)
    assert foreign(desk, 1) == 0
    (tick,), (note,) = listing(desk).ticks.values(), listing(desk).notes.values()
    assert tick.text() == "presentation state  Other Maker Finder 3"
    assert "MARKED" in note.text()
    assert tick.isChecked()


def test_a_tick_hides_one_object_and_the_key_all(make_desk: MakeDesk, tmp_path: Path) -> None:
    desk = opened(make_desk(), folder_with(tmp_path, a_state))
    desk.qtbot.waitUntil(lambda: foreign(desk, 0) > 20, timeout=20_000)
    (tick,) = listing(desk).ticks.values()
    tick.click()
    desk.qtbot.waitUntil(lambda: foreign(desk, 0) == 0, timeout=20_000)
    tick.click()
    desk.qtbot.waitUntil(lambda: foreign(desk, 0) > 20, timeout=20_000)
    desk.window.actions_by_id["overlaid"].trigger()
    desk.qtbot.waitUntil(lambda: foreign(desk, 0) == 0, timeout=20_000)
    assert not desk.window.actions_by_id["overlaid"].isChecked()


def test_the_list_is_hidden_where_there_is_no_object(desk: Desk) -> None:
    assert listing(desk).isHidden()


def test_the_window_of_a_state_holds_until_the_reader_chooses_one(make_desk: MakeDesk, tmp_path: Path) -> None:
    desk = opened(make_desk(), folder_with(tmp_path, lambda images: a_state(images, window=(1234.0, 500.0))))
    assert desk.window.navigator.current_voi().center == 1234.0
    desk.window.actions_by_id["reset"].trigger()
    assert desk.window.navigator.current_voi().center == 2048.0


def test_of_two_states_of_an_image_the_newer_one_is_shown(make_desk: MakeDesk, tmp_path: Path) -> None:
    made = [lambda images, label=label: a_state(images, label=label) for label in ("FIRST", "SECOND")]
    desk = opened(make_desk(), folder_with(tmp_path, *made))
    wanted = {one.header.label: one.wanted for one in desk.window.overlaid.listed}
    assert wanted == {"FIRST": False, "SECOND": True}
    first = next(one.header.key for one in desk.window.overlaid.listed if one.header.label == "FIRST")
    listing(desk).ticks[first].click()
    assert {one.header.label: one.wanted for one in desk.window.overlaid.listed} == {"FIRST": True, "SECOND": False}


def test_cad_of_others_is_hidden_until_the_classifier_may_speak(make_desk: MakeDesk, tmp_path: Path) -> None:
    folder = folder_with(tmp_path / "images", a_report)
    desk = opened(make_desk(library=tmp_path / "library.sqlite"), folder)
    (one,) = desk.window.overlaid.listed
    assert one.hidden
    assert foreign(desk, 0) == 0
    (tick,), (note,) = listing(desk).ticks.values(), listing(desk).notes.values()
    assert "hidden until all views were visited" in note.text()
    assert "algorithms" not in tick.toolTip()
    desk.window.commands.reveal()
    desk.qtbot.waitUntil(lambda: foreign(desk, 0) > 20, timeout=20_000)
    assert "findings: all algorithms succeeded; with findings" in tick.toolTip()


def test_states_of_people_are_not_hidden(make_desk: MakeDesk, tmp_path: Path) -> None:
    folder = folder_with(tmp_path / "images", a_state)
    desk = opened(make_desk(library=tmp_path / "library.sqlite"), folder)
    desk.qtbot.waitUntil(lambda: foreign(desk, 0) > 20, timeout=20_000)


def test_a_key_shows_optional_findings_by_operating_point(make_desk: MakeDesk, tmp_path: Path) -> None:
    desk = opened(make_desk(), folder_with(tmp_path, a_report))
    desk.qtbot.waitUntil(lambda: foreign(desk, 0) > 20, timeout=20_000)
    optional = next(n for n, pane in enumerate(desk.session.panes) if pane.header.side_view == "RMLO")
    assert foreign(desk, optional) == 0
    desk.window.actions_by_id["cad-point"].trigger()
    desk.qtbot.waitUntil(lambda: foreign(desk, optional) > 20, timeout=20_000)
    assert desk.window.status.message.text() == "CAD operating point 2"
    desk.window.actions_by_id["cad-point"].trigger()
    desk.qtbot.waitUntil(lambda: foreign(desk, optional) == 0, timeout=20_000)


def test_the_operating_point_stays_when_objects_are_looked_for_later(
    make_desk: MakeDesk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    gate = threading.Event()

    def found_late(*asked: Any) -> dict[str, tuple[ObjectHeader, ...]]:
        gate.wait(20)
        return find_beside(*asked)

    monkeypatch.setattr("mammoview.services.overlaid.find_beside", found_late)
    desk = opened(make_desk(), folder_with(tmp_path, a_report))
    book = desk.window.overlaid
    desk.do("cad-point")
    assert book.operating_point == 2
    with desk.qtbot.waitSignal(book.changed, timeout=20_000):
        gate.set()
    assert book.operating_point == 2


def test_objects_beside_images_that_were_named_one_by_one_are_found(make_desk: MakeDesk, tmp_path: Path) -> None:
    folder = folder_with(tmp_path, a_state)
    desk = make_desk()
    desk.open(folder / "RCC.dcm")
    desk.qtbot.waitUntil(lambda: foreign(desk, 0) > 20, timeout=20_000)
    assert not listing(desk).isHidden()


@pytest.mark.parametrize("corners", [((101, 121), (200, 260)), ((200, 260), (101, 121))])
def test_a_key_looks_at_the_part_that_a_state_shows(
    make_desk: MakeDesk, tmp_path: Path, corners: tuple[tuple[int, int], tuple[int, int]]
) -> None:
    def part(images: list[FileDataset]) -> Dataset:
        state = a_state(images)
        state.DisplayedAreaSelectionSequence = displayed_area(*corners)
        return state

    desk = opened(make_desk(), folder_with(tmp_path, part))
    desk.qtbot.waitUntil(lambda: foreign(desk, 0) > 0, timeout=20_000)
    desk.window.actions_by_id["state-area"].trigger()
    drawing = desk.session.drawing(0)
    frame, place = drawing.frame, drawing.placement.screen_from_stored()
    ends = np.array([place(119.5, 99.5), place(259.5, 199.5)])
    assert ends.mean(axis=0) == pytest.approx(((frame.rows_px - 1) / 2, (frame.columns_px - 1) / 2), abs=1.5)
    room = np.array([frame.rows_px, frame.columns_px]) / np.abs(ends[1] - ends[0])
    assert room.min() == pytest.approx(1, rel=0.02)


def test_without_a_state_there_is_no_part_to_look_at(desk: Desk) -> None:
    desk.window.actions_by_id["state-area"].trigger()
    assert "no presentation state of this image" in desk.window.status.message.text()


def test_without_optional_findings_the_key_says_so(desk: Desk) -> None:
    desk.window.actions_by_id["cad-point"].trigger()
    assert "optional findings" in desk.window.status.message.text()


@pytest.mark.parametrize("identified", [True, False])
def test_words_of_others_leave_with_a_picture_only_with_identity(
    make_desk: MakeDesk, tmp_path: Path, identified: bool
) -> None:
    def named(images: list[FileDataset]) -> Dataset:
        return make_presentation(images[:1], texts=[text("ANNA", anchor=(150.0, 240.0))], window=None)

    desk = opened(make_desk(), folder_with(tmp_path, named))
    for native in (True, False):
        picture = make_picture(desk.session, Part.VIEW, native=native, identified=identified)
        (laid,) = (drawing.laid for drawing in picture.drawings.values())
        assert [graphic.lines for graphic in laid.graphics] == [("state: ANNA",) if identified else ()]


def test_an_object_that_cannot_be_read_is_told_and_the_rest_is_shown(
    make_desk: MakeDesk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(header: ObjectHeader, elements: object, images: object) -> Overlaid:
        raise InputRefusedError("is a report of more content than can be shown")

    monkeypatch.setattr(read_objects, "read_report", refuse)
    desk = opened(make_desk(), folder_with(tmp_path, a_state, a_report))
    problems = {one.header.kind: one.problem for one in desk.window.overlaid.listed}
    assert "more content" in problems[ObjectKind.CAD]
    assert problems[ObjectKind.PRESENTATION] == ""
    assert "cannot be read" in "".join(note.text() for note in listing(desk).notes.values())
    desk.qtbot.waitUntil(lambda: foreign(desk, 0) > 20, timeout=20_000)


# --- by keys alone


def with_keys(desk: Desk) -> Desk:
    """The keys are the list's: the window is active, as a reader's is."""
    desk.window.activateWindow()
    desk.qtbot.waitUntil(desk.window.isActiveWindow, timeout=5_000)
    desk.key(Qt.Key.Key_O, Qt.KeyboardModifier.AltModifier)
    return desk


def press(desk: Desk, key: Qt.Key) -> None:
    """Press a key where the keys are."""
    desk.qtbot.keyClick(desk.window.focusWidget(), key)


def ticked(desk: Desk) -> list[bool]:
    return [one.wanted for one in desk.window.overlaid.listed]


def test_objects_are_ticked_one_by_one_by_keys_alone(make_desk: MakeDesk, tmp_path: Path) -> None:
    desk = with_keys(opened(make_desk(), folder_with(tmp_path, a_state, a_report)))
    assert ticked(desk) == [True, True]
    press(desk, Qt.Key.Key_Down)
    press(desk, Qt.Key.Key_Space)
    assert ticked(desk) == [True, False]
    press(desk, Qt.Key.Key_Up)
    press(desk, Qt.Key.Key_Space)
    assert ticked(desk) == [False, False]
    press(desk, Qt.Key.Key_Space)
    assert ticked(desk) == [True, False]


def test_the_tick_that_has_the_keys_is_seen(make_desk: MakeDesk, tmp_path: Path) -> None:
    desk = opened(make_desk(), folder_with(tmp_path, a_state))
    (tick,) = listing(desk).ticks.values()
    without = tick.grab().toImage()
    with_keys(desk)
    assert desk.window.focusWidget() is tick
    assert tick.grab().toImage() != without


def test_escape_gives_the_keys_from_the_list_back_to_the_images(make_desk: MakeDesk, tmp_path: Path) -> None:
    desk = with_keys(opened(make_desk(), folder_with(tmp_path, a_state)))
    press(desk, Qt.Key.Key_I)
    assert not desk.session.look.invert
    press(desk, Qt.Key.Key_Escape)
    desk.key(Qt.Key.Key_I)
    assert desk.session.look.invert


@pytest.mark.parametrize("command", ["overlaid", "side-panel", "close-studies"])
def test_the_images_have_the_keys_where_the_list_is_taken_away(
    make_desk: MakeDesk, tmp_path: Path, command: str
) -> None:
    desk = with_keys(opened(make_desk(), folder_with(tmp_path, a_state)))
    desk.do(command)
    assert desk.window.focusWidget() in (None, desk.window)


def test_the_key_of_the_list_unfolds_the_panel(make_desk: MakeDesk, tmp_path: Path) -> None:
    desk = opened(make_desk(), folder_with(tmp_path, a_state))
    desk.window.fold_side_panel(True)
    with_keys(desk)
    (tick,) = listing(desk).ticks.values()
    assert tick.isVisible() and desk.window.focusWidget() is tick


def test_where_there_is_no_list_its_key_says_so(desk: Desk) -> None:
    with_keys(desk)
    assert "nothing of other makers" in desk.window.status.message.text()
    assert desk.window.focusWidget() in (None, desk.window)


def test_the_list_is_not_gone_to_while_all_is_hidden(make_desk: MakeDesk, tmp_path: Path) -> None:
    desk = opened(make_desk(), folder_with(tmp_path, a_state))
    desk.do("overlaid")
    with_keys(desk)
    assert "hidden (Shift+O shows them)" in desk.window.status.message.text()
    assert desk.window.focusWidget() in (None, desk.window)


def test_the_list_is_not_gone_to_where_the_images_fill_the_screen(make_desk: MakeDesk, tmp_path: Path) -> None:
    desk = opened(make_desk(), folder_with(tmp_path, a_state))
    desk.do("full-screen")
    desk.qtbot.waitUntil(desk.window.isFullScreen, timeout=5_000)
    desk.do("overlaid-list")
    assert "not in sight" in desk.window.status.message.text()
