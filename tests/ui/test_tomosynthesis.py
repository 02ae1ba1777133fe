"""Multi-frame images in the window: frames by wheel and key, cine, slab; what the reader set stays."""

from __future__ import annotations

import threading
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import Qt

from mammoview.core.image import FrameChoice, Projection
from mammoview.dicom.reader import read_image
from mammoview.services.image_store import THREADS
from mammoview.services.tomosynthesis import CINE_RATES
from tests.factories import write_mammogram, write_study
from tests.ui.conftest import SIZE, MakeDesk
from tests.ui.desk import Desk

TOMOSYNTHESIS = "1.2.840.10008.5.1.4.1.1.13.1.3"
FRAMES = 11
SHIFT, CONTROL = Qt.KeyboardModifier.ShiftModifier, Qt.KeyboardModifier.ControlModifier


def write_stacks(folder: Path, **options: object) -> None:
    """Both CC and both MLO as tomosynthesis; the left ones have twice as many frames less one."""
    for side, count in (("R", FRAMES), ("L", 2 * FRAMES - 1)):
        views = ((side, "CC"), (side, "MLO"))
        write_study(folder, views=views, frames=count, SOPClassUID=TOMOSYNTHESIS, rows=120, columns=90, **options)


@pytest.fixture
def stacks(make_desk: MakeDesk, tmp_path: Path) -> Desk:
    """A window on a study of four tomosynthesis images."""
    write_stacks(tmp_path / "stacks")
    desk = make_desk()
    desk.open(tmp_path / "stacks")
    return desk


def frame(desk: Desk, number: int = 0) -> int:
    """The frame whose picture stands in a pane."""
    return desk.session.image(number).image.frame


def settled_at(desk: Desk, expected: int, number: int = 0) -> None:
    desk.qtbot.waitUntil(lambda: frame(desk, number) == expected, timeout=10_000)
    desk.drawn()


def test_a_study_of_nothing_else_hangs_its_tomosynthesis_at_the_middle_frame(stacks: Desk) -> None:
    assert [pane.header.side_view for pane in stacks.session.panes] == ["RCC", "LCC", "RMLO", "LMLO"]
    assert [frame(stacks, number) for number in range(4)] == [6, 11, 6, 11]
    assert f"frame 6/{FRAMES}" in stacks.session.drawing(0).texts.bottom[-1]


def test_the_wheel_goes_through_the_frames_and_zooms_with_control(stacks: Desk) -> None:
    before = stacks.shown[0].picture
    stacks.wheel(0, 50, 50, -1)
    settled_at(stacks, 7)
    assert not np.array_equal(stacks.shown[0].picture, before)
    stacks.wheel(0, 50, 50, 3)
    settled_at(stacks, 4)
    assert stacks.session.state(0).zoom == 1
    stacks.wheel(0, 50, 50, 1, CONTROL)
    assert stacks.session.state(0).zoom > 1
    assert frame(stacks) == 4


def test_parts_of_a_notch_add_up(stacks: Desk) -> None:
    stacks.wheel(0, 50, 50, -0.4)
    stacks.wheel(0, 50, 50, -0.4)
    assert stacks.session.frames.asked(stacks.session.panes[0].header).frame == 6
    stacks.wheel(0, 50, 50, -0.4)
    settled_at(stacks, 7)


@pytest.mark.parametrize(
    ("key", "modifier", "expected"),
    [
        (Qt.Key.Key_Right, SHIFT, 7),
        (Qt.Key.Key_Left, SHIFT, 5),
        (Qt.Key.Key_Home, Qt.KeyboardModifier.NoModifier, 1),
        (Qt.Key.Key_End, Qt.KeyboardModifier.NoModifier, FRAMES),
        (Qt.Key.Key_Right, CONTROL, 7),
        (Qt.Key.Key_Left, CONTROL, 5),
    ],
)
def test_frames_by_key(stacks: Desk, key: Qt.Key, modifier: Qt.KeyboardModifier, expected: int) -> None:
    stacks.key(key, modifier)
    settled_at(stacks, expected)


def test_the_ends_hold(stacks: Desk) -> None:
    stacks.key(Qt.Key.Key_End)
    stacks.key(Qt.Key.Key_Right, SHIFT)
    settled_at(stacks, FRAMES)


def test_linked_panes_of_the_same_view_follow_at_the_same_depth(stacks: Desk) -> None:
    stacks.key(Qt.Key.Key_Home)
    settled_at(stacks, 1)
    settled_at(stacks, 1, 1)
    assert (frame(stacks, 2), frame(stacks, 3)) == (6, 11)
    stacks.key(Qt.Key.Key_Right, SHIFT)
    settled_at(stacks, 2)
    settled_at(stacks, 3, 1)
    stacks.key(Qt.Key.Key_K)
    stacks.key(Qt.Key.Key_Right, SHIFT)
    settled_at(stacks, 3)
    assert frame(stacks, 1) == 3


def test_window_zoom_and_place_stay_while_scrolling(stacks: Desk) -> None:
    stacks.drag(0, (50, 50), (90, 60))
    stacks.wheel(0, 50, 50, 1, CONTROL)
    before = stacks.session.drawing(0)
    assert before.presentation.window is not None
    stacks.wheel(0, 50, 50, -2)
    settled_at(stacks, 8)
    after = stacks.session.drawing(0)
    assert after.presentation == before.presentation
    assert after.placement == before.placement


def test_the_last_picture_and_its_text_stay_until_the_frame_is_there(stacks: Desk) -> None:
    stacks.qtbot.waitUntil(lambda: not stacks.session.store.loading, timeout=20_000)
    before = stacks.shown[0].picture
    stacks.read_gate = threading.Event()
    stacks.key(Qt.Key.Key_Home)
    assert stacks.session.waits(0) and stacks.shown[0]._loading
    assert np.array_equal(stacks.shown[0].picture, before)
    assert f"frame 6/{FRAMES}" in stacks.session.drawing(0).texts.bottom[-1]
    stacks.read_gate.set()
    settled_at(stacks, 1)
    assert f"frame 1/{FRAMES}" in stacks.session.drawing(0).texts.bottom[-1]
    assert not stacks.shown[0]._loading


def test_escape_goes_back_to_the_frame_on_the_screen(stacks: Desk) -> None:
    stacks.qtbot.waitUntil(lambda: not stacks.session.store.loading, timeout=20_000)
    stacks.read_gate = threading.Event()
    stacks.key(Qt.Key.Key_Home)
    assert stacks.session.waits(0)
    stacks.key(Qt.Key.Key_Escape)
    assert frame(stacks) == 6 and not stacks.session.waits(0)
    assert stacks.session.error(0) is None
    stacks.read_gate.set()
    stacks.key(Qt.Key.Key_Right, SHIFT)
    settled_at(stacks, 7)


def test_fast_scrolling_skips_frames_and_the_newest_wish_wins(make_desk: MakeDesk, tmp_path: Path) -> None:
    write_mammogram(tmp_path / "one" / "a.dcm", frames=60, SOPClassUID=TOMOSYNTHESIS, rows=60, columns=45)
    desk = make_desk()
    desk.open(tmp_path / "one")
    desk.qtbot.waitUntil(lambda: not desk.session.store.loading, timeout=20_000)
    desk.reads.clear()
    desk.read_gate = threading.Event()
    for _ in range(24):
        desk.key(Qt.Key.Key_Right, SHIFT)
    desk.read_gate.set()
    settled_at(desk, 54)
    key = desk.session.panes[0].header.key
    at = desk.reads.index(f"{key}#54")
    assert at <= THREADS  # no more than were under way at the gate, one for each thread
    assert f"{key}#45" not in desk.reads[:at]


def test_frames_ahead_are_in_memory_before_they_are_asked_for(stacks: Desk) -> None:
    stacks.key(Qt.Key.Key_Right, SHIFT)
    stacks.qtbot.waitUntil(lambda: not stacks.session.store.loading, timeout=20_000)
    reads = len(stacks.reads)
    stacks.key(Qt.Key.Key_Right, SHIFT)
    assert frame(stacks) == 8
    assert f"{stacks.session.panes[0].header.key}#8" not in stacks.reads[reads:]


def test_the_cine_goes_on_and_begins_again_after_the_last_frame(stacks: Desk) -> None:
    stacks.key(Qt.Key.Key_End)
    settled_at(stacks, FRAMES)
    seen: list[int] = []
    stacks.session.frame_changed.connect(lambda key: seen.append(frame(stacks)))
    for _ in CINE_RATES:
        stacks.key(Qt.Key.Key_Period, CONTROL)
    assert stacks.window.tomosynthesis.rate == CINE_RATES[-1]
    stacks.key(Qt.Key.Key_V)
    assert stacks.window.actions_by_id["cine"].isChecked()
    stacks.qtbot.waitUntil(lambda: {1, 2, 3} <= set(seen), timeout=20_000)
    stacks.key(Qt.Key.Key_Left, SHIFT)
    assert not stacks.window.tomosynthesis.playing
    assert not stacks.window.actions_by_id["cine"].isChecked()


def test_the_cine_waits_for_a_frame_that_is_still_to_come(stacks: Desk) -> None:
    stacks.qtbot.waitUntil(lambda: not stacks.session.store.loading, timeout=20_000)
    header = stacks.session.panes[0].header
    stacks.key(Qt.Key.Key_End)
    settled_at(stacks, FRAMES)
    stacks.qtbot.waitUntil(lambda: not stacks.session.store.loading, timeout=20_000)
    stacks.session.ask_frames([(header, FrameChoice(4))])
    settled_at(stacks, 4)
    stacks.read_gate = threading.Event()
    stacks.session.store.limit_bytes = 1  # forgets all frames that are not shown
    for _ in range(3):
        stacks.window.tomosynthesis._beat()
    assert stacks.session.frames.asked(header).frame == 5
    assert frame(stacks) == 4
    stacks.read_gate.set()
    settled_at(stacks, 5)


def test_another_study_stops_the_cine(stacks: Desk) -> None:
    stacks.key(Qt.Key.Key_V)
    assert stacks.window.tomosynthesis.playing
    stacks.window.commands.close_studies()
    assert not stacks.window.tomosynthesis.playing


def test_a_slab_shows_the_maximum_or_the_average_of_its_frames(stacks: Desk) -> None:
    header = stacks.session.panes[0].header
    stored = np.stack([read_image(header, number).stored for number in range(1, FRAMES + 1)])
    stacks.key(Qt.Key.Key_S)
    stacks.qtbot.waitUntil(lambda: stacks.session.image(0).image.slab == 3, timeout=10_000)
    assert np.array_equal(stacks.session.image(0).image.stored, stored[4:7].max(axis=0))
    stacks.key(Qt.Key.Key_S, SHIFT)
    stacks.qtbot.waitUntil(lambda: stacks.session.image(0).image.projection is Projection.AVERAGE, timeout=10_000)
    expected = np.floor(stored[4:7].mean(axis=0) + 0.5)
    assert np.array_equal(stacks.session.image(0).image.stored, expected)
    assert any("slab of 3, average" in line for line in stacks.session.drawing(0).texts.bottom)
    stacks.key(Qt.Key.Key_Right, SHIFT)
    settled_at(stacks, 7)
    assert np.array_equal(stacks.session.image(0).image.stored, np.floor(stored[5:8].mean(axis=0) + 0.5))
    for expected_slab in (5, 9, FRAMES, 1):
        stacks.key(Qt.Key.Key_S)
        assert stacks.session.frames.asked(header).slab == expected_slab


def test_linked_slabs_are_as_thick_on_both_sides(stacks: Desk) -> None:
    stacks.key(Qt.Key.Key_S)
    other = stacks.session.panes[1].header
    assert stacks.session.frames.asked(other).slab == 3
    assert stacks.session.frames.asked(stacks.session.panes[2].header).slab == 1


def test_a_frame_that_cannot_be_read_says_so_and_the_others_go_on(stacks: Desk, tmp_path: Path) -> None:
    stacks.qtbot.waitUntil(lambda: not stacks.session.store.loading, timeout=20_000)
    path = Path(stacks.session.panes[0].header.source.path)
    path.rename(path.with_suffix(".away"))
    stacks.key(Qt.Key.Key_Home)
    stacks.qtbot.waitUntil(lambda: stacks.session.error(0) is not None, timeout=10_000)
    stacks.drawn()
    assert stacks.session.drawing(0) is None
    assert stacks.shown[0]._message.startswith("RCC: ")
    stacks.session.ask_frames([(stacks.session.panes[0].header, FrameChoice(6))])
    stacks.drawn()
    assert frame(stacks) == 6 and stacks.shown[0]._message == ""


def test_frames_are_refused_by_the_classifier_once_and_in_words(make_desk: MakeDesk, tmp_path: Path) -> None:
    write_stacks(tmp_path / "stacks")
    desk = make_desk()
    desk.engine.refused = dict.fromkeys(("RCC", "LCC", "RMLO", "LMLO"), "an image of several frames is not judged")
    desk.start_classifier()
    desk.open(tmp_path / "stacks")
    desk.qtbot.waitUntil(lambda: len(desk.engine.calls) == 4, timeout=10_000)
    desk.qtbot.waitUntil(lambda: len(desk.session.overlay().predictions) == 4, timeout=10_000)
    desk.key(Qt.Key.Key_Right, SHIFT)
    settled_at(desk, 7)
    assert any("several frames" in line for line in desk.session.drawing(0).texts.bottom)
    assert "several frames" in desk.window.side_panel.views[desk.session.panes[0].header.key].words()
    assert len(desk.engine.calls) == 4


def test_the_map_of_one_frame_is_laid_over_no_other(make_desk: MakeDesk, tmp_path: Path) -> None:
    write_stacks(tmp_path / "stacks")
    desk = make_desk()
    desk.start_classifier()
    desk.open(tmp_path / "stacks")
    desk.qtbot.waitUntil(lambda: len(desk.session.overlay().predictions) == 4, timeout=10_000)
    assert desk.session.drawing(0).prediction.heat_map is not None
    desk.key(Qt.Key.Key_Right, SHIFT)
    settled_at(desk, 7)
    assert desk.session.drawing(0).prediction is None


def test_single_images_hang_before_tomosynthesis_which_waits_in_the_tray(make_desk: MakeDesk, study: Path) -> None:
    write_mammogram(study / "stack.dcm", "R", "CC", frames=5, SOPClassUID=TOMOSYNTHESIS, seed=20, **SIZE)
    desk = make_desk()
    desk.open(study)
    assert all(pane.header.frames == 1 for pane in desk.session.panes)
    assert desk.window.study_panel.tray.item(0).text().endswith("MG, 5 frames")
    desk.wheel(0, 50, 50)
    assert desk.session.state(0).zoom > 1
    desk.session.show_in_active(desk.session.hanging.extra[0])
    desk.settle()
    assert frame(desk) == 3
    desk.wheel(0, 50, 50, -1)
    settled_at(desk, 4)


def test_a_single_frame_has_no_frames_to_go_through(desk: Desk) -> None:
    desk.key(Qt.Key.Key_Right, SHIFT)
    assert desk.window.status.message.text() == "this view has one frame only"


def test_the_prior_keeps_its_own_frame(make_desk: MakeDesk, tmp_path: Path) -> None:
    write_stacks(tmp_path / "all" / "new", study_date="20260105")
    write_stacks(tmp_path / "all" / "old", study_date="20240105", study="prior")
    desk = make_desk()
    desk.open(tmp_path / "all")
    desk.key(Qt.Key.Key_Home)
    settled_at(desk, 1)
    desk.key(Qt.Key.Key_P)
    desk.settle()
    assert frame(desk) == 6
    desk.key(Qt.Key.Key_P)
    desk.settle()
    assert frame(desk) == 1


@pytest.mark.parametrize(
    ("told", "rate"),
    [
        ({"RecommendedDisplayFrameRate": 24, "CineRate": 10}, 24),
        ({"CineRate": 10}, 10),
        ({"FrameTime": "40"}, 25),
        ({"CineRate": 0, "FrameTime": "0"}, 15),
        ({}, 15),
    ],
)
def test_the_cine_plays_as_fast_as_the_image_tells(
    make_desk: MakeDesk, tmp_path: Path, told: dict[str, object], rate: float
) -> None:
    write_stacks(tmp_path / "stacks", **told)
    desk = make_desk()
    desk.open(tmp_path / "stacks")
    assert desk.window.tomosynthesis.rate == rate
