"""Owns the watching of the GUI thread: how long it did not turn its event loop, by phase. Never names a cause."""

from __future__ import annotations

import time
from pathlib import Path

from PySide6.QtCore import QObject, Qt, QTimer

from tests.benchmarks.pilot import Pilot


class Pulse(QObject):
    """A timer of 1 ms on the GUI thread; the longest time between two beats, with the thread's own work in it."""

    def __init__(self) -> None:
        super().__init__()
        self._timer = QTimer(self)
        self._timer.setTimerType(Qt.TimerType.PreciseTimer)
        self._timer.setInterval(1)
        self._timer.timeout.connect(self._beat)
        self._last, self._own = time.perf_counter(), time.thread_time()
        self._longest, self._longest_own = 0.0, 0.0
        self._timer.start()

    def _beat(self) -> None:
        now, own = time.perf_counter(), time.thread_time()
        if now - self._last > self._longest:
            self._longest, self._longest_own = now - self._last, own - self._own
        self._last, self._own = now, own

    def take(self) -> dict[str, float]:
        """The longest gap since the last call, ms, and the GUI thread's processor time within it."""
        self._beat()
        found = {"gap": 1000 * self._longest, "own": 1000 * self._longest_own}
        self._longest = self._longest_own = 0.0
        return found


def longest(pilot: Pilot, folder: Path) -> dict[str, dict[str, float]]:
    """The longest gap of each phase: a folder of studies is opened, scored, prefetched and stepped through."""
    found: dict[str, dict[str, float]] = {}
    pilot.wait(lambda: (pilot.first_paint or -1.0) > 0, "the window")
    pilot.idle(300)
    pulse = Pulse()
    pilot.idle(100)
    pulse.take()
    pilot.wait(pilot.engine_decided, "the classifier")
    found["importing TensorFlow (in its process)"] = pulse.take()
    pilot.open(folder)
    found["loading the first study"] = pulse.take()
    pilot.wait(lambda: pilot.is_scored() and pilot.is_settled(), "scores")
    found["scoring"] = pulse.take()
    pilot.wait(pilot.is_quiet, "prefetching")
    pilot.idle(300)
    found["prefetching"] = pulse.take()
    pilot.forget()
    pilot.choose("next-study")
    pilot.wait(pilot.is_complete, "the next study")
    found["showing the next study"] = pulse.take()
    pilot.wait(pilot.is_quiet, "quiet")
    found["scoring the next study"] = pulse.take()
    return found
