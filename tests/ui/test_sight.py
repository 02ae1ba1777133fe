"""What counts as looked at: only pictures that are in sight."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest
from PySide6.QtCore import Qt

from mammoview.services import visits
from tests.ui.conftest import MakeDesk
from tests.ui.desk import Desk


@pytest.fixture
def loading(make_desk: MakeDesk, study: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Desk:
    """A window that was opened on a study, whose pictures wait at the gate; what stands there counts at once."""
    monkeypatch.setattr(visits, "LOOK_MS", 0)
    desk = make_desk(library=tmp_path / "home" / "library.sqlite")
    desk.read_gate = threading.Event()
    with desk.qtbot.waitSignal(desk.window.opening.opened, timeout=20_000):
        desk.window.commands.open_paths([study])
    desk.qtbot.waitUntil(lambda: desk.window.reading.library is not None, timeout=10_000)
    return desk


def arrive(desk: Desk) -> None:
    """Let the pictures come."""
    assert desk.read_gate is not None
    desk.read_gate.set()
    desk.settle()


def test_views_behind_the_list_were_not_looked_at(loading: Desk) -> None:
    loading.window.library.show_list()
    arrive(loading)
    for step in ("cc-step", "mlo-step"):
        loading.do(step)
    reading = loading.window.reading.current
    assert (reading.visited, reading.revealed) == (set(), False)


def test_what_comes_to_sight_again_is_looked_at_from_then_on(loading: Desk) -> None:
    loading.window.library.show_list()
    arrive(loading)
    loading.window.library.put_away()
    active = loading.session.panes[loading.session.active].header
    loading.qtbot.waitUntil(lambda: loading.window.reading.current.visited == {active.key}, timeout=5_000)


def test_nobody_looks_at_a_minimised_window(loading: Desk) -> None:
    loading.window.setWindowState(Qt.WindowState.WindowMinimized)
    loading.qtbot.waitUntil(loading.window.isMinimized, timeout=5_000)
    arrive(loading)
    assert loading.window.reading.current.visited == set()
    loading.window.setWindowState(Qt.WindowState.WindowNoState)
    loading.qtbot.waitUntil(lambda: len(loading.window.reading.current.visited) == 1, timeout=5_000)
