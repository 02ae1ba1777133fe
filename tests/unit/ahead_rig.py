"""What scoring ahead stands on, for its tests: three women in a library, and all services without a window."""

from __future__ import annotations

import threading
from pathlib import Path

from pytestqt.qtbot import QtBot

from mammoview.archive.library import Library
from mammoview.core.image import MammoImage
from mammoview.core.study import ImageHeader, Study
from mammoview.dicom.reader import read_image
from mammoview.dicom.scan import scan
from mammoview.services.ahead import Ahead
from mammoview.services.image_store import ImageStore
from mammoview.services.jobs import JobRunner
from mammoview.services.library_scores import RememberingEngine
from mammoview.services.look import Look
from mammoview.services.opening import OpeningService
from mammoview.services.prediction import PredictionService
from mammoview.services.reading_room import ReadingRoom
from mammoview.services.session import Session
from mammoview.services.settings import SettingsStore
from tests.factories import Woman, write_study
from tests.ui.desk import FakeEngine

SIZE = {"rows": 96, "columns": 72}
NAMES = ("ANNA", "BERTA", "CLARA")
VIEWS = 4
LONG_MS = 3_600_000


class Rig:
    """All that scoring ahead stands on, without a window. `reads` and `engine.calls`: what was read and scored."""

    def __init__(self, qtbot: QtBot, home: Path, engine: FakeEngine | None = None, *, quiet_ms: int = 0) -> None:
        self.qtbot, self.engine = qtbot, engine or FakeEngine()
        self.reads: list[str] = []
        self.read_gate: threading.Event | None = None
        self.runner = JobRunner(1)
        self.settings = SettingsStore(home)
        self.predictions = PredictionService(
            lambda: RememberingEngine(self.engine, lambda: self.room.library, self.ahead_stamp)
        )
        self.store = ImageStore(self.runner, read_image, limit_bytes=10**8)
        self.session = Session(self.store, self.predictions, Look())
        self.room = ReadingRoom(self.session, self.settings, home / "library.sqlite")
        self.opening = OpeningService(self.runner)
        self.ahead = Ahead(self.session, self.room, self.opening, self.settings, self._read, quiet_ms=quiet_ms)
        with qtbot.waitSignal(self.room.opened, timeout=10_000):
            self.room.open()

    def ahead_stamp(self, header: ImageHeader):  # type: ignore[no-untyped-def]
        return self.ahead.stamp(header)

    def _read(self, header: ImageHeader, frame: int) -> MammoImage:
        self.reads.append(header.key)
        if self.read_gate is not None:
            self.read_gate.wait(20)
        return read_image(header, frame)

    @property
    def library(self) -> Library:
        assert self.room.library is not None
        return self.room.library

    def start(self) -> None:
        self.predictions.start()
        self.ahead.start()

    def calls(self, number: int) -> None:
        """Wait until so many images were given to the classifier."""
        self.qtbot.waitUntil(lambda: len(self.engine.calls) >= number, timeout=20_000)

    def finished(self) -> None:
        """Wait until nothing is left to do."""
        self.qtbot.waitUntil(lambda: self.ahead._nothing_left and not self.ahead.runner.busy, timeout=20_000)

    def close(self) -> None:
        self.predictions.close()
        self.ahead.close()
        self.room.close()
        self.runner.close()


def three_women(folder: Path) -> tuple[Study, ...]:
    """Three women, the newest study first."""
    for number, name in enumerate(NAMES):
        woman = Woman(f"DEMO^{name}", f"DEMO-{number}", "19600101")
        write_study(folder / name, woman=woman, study=name, study_date=f"2026010{9 - number}", **SIZE)
    return tuple(sorted(scan([folder / name for name in NAMES]).studies, key=lambda one: one.patient.name))


def home_of(studies: tuple[Study, ...], folder: Path) -> Path:
    """A folder with a library that holds the studies in `folder`."""
    home = folder / "home"
    with Library(home / "library.sqlite") as library:
        library.add(studies, folder)
    return home
