"""A window per test, closed after it, with nothing left behind."""

from __future__ import annotations

import shutil
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from mammoview.ui.theme import apply_theme
from tests.factories import write_study
from tests.ui.desk import Desk, FakeEngine

SIZE = {"rows": 480, "columns": 360}


@pytest.fixture(scope="session", autouse=True)
def themed(qapp: QApplication) -> None:
    """The application's own look, once."""
    apply_theme(qapp)


@pytest.fixture(scope="session")
def written_once(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the four views of one woman, which no test changes."""
    folder = tmp_path_factory.mktemp("written")
    write_study(folder, **SIZE)
    return folder


@pytest.fixture
def study(tmp_path: Path, written_once: Path) -> Path:
    """A folder with the four views of one woman."""
    return Path(shutil.copytree(written_once, tmp_path / "study", copy_function=shutil.copyfile))


MakeDesk = Callable[..., Desk]


@pytest.fixture
def make_desk(qtbot: QtBot, mammoview_home: Path) -> Iterator[MakeDesk]:
    """Makes desks; all of them are closed, and no thread of theirs is left."""
    before = set(threading.enumerate())
    desks: list[Desk] = []

    def make(engine: FakeEngine | None = None, **options: object) -> Desk:
        desks.append(Desk(qtbot, mammoview_home, engine, **options))
        return desks[-1]

    yield make
    for desk in desks:
        if desk.read_gate is not None:
            desk.read_gate.set()
        desk.window.close()
        assert not desk.window.runner.busy
    left = [thread for thread in threading.enumerate() if thread not in before and "Dummy" not in thread.name]
    assert left == []


@pytest.fixture
def desk(make_desk: MakeDesk, study: Path) -> Desk:
    """A window that shows the four views; the classifier is not started."""
    made = make_desk()
    made.open(study)
    return made
