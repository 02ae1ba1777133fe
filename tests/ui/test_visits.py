"""When views count as looked at: not by what a study opens in, but by what the reader asks for, or after a while."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtCore import Qt

from mammoview.archive.library_reading import Place
from mammoview.services import visits
from tests.factories import write_study
from tests.ui.conftest import SIZE, MakeDesk
from tests.ui.desk import Desk

Key = Qt.Key
FOR_EVER_MS = 10_000_000
PAIR = (("L", "CC"), ("L", "MLO"))


@pytest.fixture
def patient_clock(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing stands long enough by itself."""
    monkeypatch.setattr(visits, "LOOK_MS", FOR_EVER_MS)


@pytest.fixture
def quick_clock(monkeypatch: pytest.MonkeyPatch) -> None:
    """What stands there has stood long enough as soon as the event loop is idle."""
    monkeypatch.setattr(visits, "LOOK_MS", 0)


def opened(make_desk: MakeDesk, folder: Path, views: tuple[tuple[str, str], ...]) -> Desk:
    """A window with a library that shows a study of these views, hung and drawn."""
    write_study(folder / "study", views=views, **SIZE)
    desk = make_desk(library=folder / "library.sqlite")
    desk.open(folder / "study")
    desk.drawn()
    return desk


def seen(desk: Desk) -> list[str]:
    """The views that count as looked at."""
    visited = desk.window.reading.current.visited
    return [image.side_view for image in desk.session.study.images if image.key in visited]


@pytest.mark.usefixtures("patient_clock")
@pytest.mark.parametrize("views", [PAIR[:1], PAIR], ids=["one view", "two views"])
def test_the_hang_that_a_study_opens_in_does_not_count(
    make_desk: MakeDesk, tmp_path: Path, views: tuple[tuple[str, str], ...]
) -> None:
    desk = opened(make_desk, tmp_path, views)
    desk.session.look.set_invert(True)
    desk.drawn()
    assert seen(desk) == []
    assert desk.window.reading.silence


@pytest.mark.usefixtures("quick_clock")
def test_it_counts_when_it_has_stood_there(make_desk: MakeDesk, tmp_path: Path) -> None:
    desk = opened(make_desk, tmp_path, PAIR)
    desk.qtbot.waitUntil(lambda: seen(desk) == ["LCC", "LMLO"])
    assert not desk.window.reading.silence


@pytest.mark.usefixtures("quick_clock")
def test_of_many_views_the_active_one_counts_when_it_has_stood_there(make_desk: MakeDesk, tmp_path: Path) -> None:
    desk = opened(make_desk, tmp_path, (("R", "CC"), *PAIR, ("R", "MLO")))
    desk.qtbot.waitUntil(lambda: seen(desk) == ["RCC"])


@pytest.mark.usefixtures("patient_clock")
def test_a_view_that_is_made_active_counts_and_the_other_does_not(make_desk: MakeDesk, tmp_path: Path) -> None:
    desk = opened(make_desk, tmp_path, PAIR)
    desk.key(Key.Key_Tab)
    assert seen(desk) == ["LMLO"]
    desk.key(Key.Key_Tab)
    assert seen(desk) == ["LCC", "LMLO"]


@pytest.mark.usefixtures("patient_clock")
@pytest.mark.parametrize("key", [Key.Key_N, Key.Key_Return], ids=["step", "alone"])
def test_what_the_reader_asks_for_counts_at_once(make_desk: MakeDesk, tmp_path: Path, key: Key) -> None:
    desk = opened(make_desk, tmp_path, (("R", "CC"), *PAIR, ("R", "MLO")))
    desk.key(key)
    desk.settle()
    assert seen(desk)


@pytest.mark.usefixtures("patient_clock")
def test_one_to_one_counts_at_once(make_desk: MakeDesk, tmp_path: Path) -> None:
    desk = opened(make_desk, tmp_path, PAIR)
    for _ in range(20):
        desk.wheel(0, 100, 100)
    assert seen(desk) == ["LCC", "LMLO"]


@pytest.mark.usefixtures("patient_clock")
def test_a_small_image_that_hangs_larger_than_one_to_one_does_not_count_by_that(
    make_desk: MakeDesk, tmp_path: Path
) -> None:
    write_study(tmp_path / "study", rows=96, columns=72)
    desk = make_desk(library=tmp_path / "library.sqlite")
    desk.open(tmp_path / "study")
    assert desk.session.scene.native_zoom(0) < 1
    assert seen(desk) == []


@pytest.mark.usefixtures("patient_clock")
def test_the_place_that_a_study_is_resumed_at_does_not_count(make_desk: MakeDesk, tmp_path: Path) -> None:
    desk = opened(make_desk, tmp_path, (("R", "CC"), *PAIR, ("R", "MLO")))
    room, study = desk.window.reading, desk.session.study
    desk.qtbot.waitUntil(lambda: room.library_key(study.key) is not None, timeout=20_000)
    view = study.images[-1].key
    room.choose(study.key, Place(room.library_key(study.key), {"layout": "cc", "view": view}, room.reader))
    desk.session.study_changed.emit()
    desk.settle()
    assert len(desk.session.panes) == 2
    assert seen(desk) == []


@pytest.mark.usefixtures("patient_clock")
def test_another_reader_has_asked_for_nothing_yet(make_desk: MakeDesk, tmp_path: Path) -> None:
    desk = opened(make_desk, tmp_path, PAIR)
    desk.key(Key.Key_Tab)
    desk.window.reading.set_reader("BERTA")
    desk.drawn()
    assert seen(desk) == []


def test_time_behind_the_list_does_not_count(make_desk: MakeDesk, tmp_path: Path) -> None:
    desk = opened(make_desk, tmp_path, PAIR)
    looks = desk.window.reading._visits
    desk.qtbot.waitUntil(looks._clock.isActive)
    visits.set_in_sight(desk.session, False)
    looks._clock.timeout.emit()
    assert seen(desk) == []
    visits.set_in_sight(desk.session, True)
    desk.drawn()
    assert looks._clock.isActive()
    assert seen(desk) == []
