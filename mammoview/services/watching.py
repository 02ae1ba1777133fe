"""Owns the eye on watched folders: says that something in them may have changed. Never reads them."""

from __future__ import annotations

import heapq
import time
from collections import deque
from collections.abc import Collection
from pathlib import Path

from PySide6.QtCore import QFileSystemWatcher, QObject, QTimer, Signal, qInstallMessageHandler

MOST_PLACES = 1_000
"""On so many folders, those nearest to the top, there is an eye at most: a system gives few of them away."""

_EACH_TURN_S = 0.01
"""So long folders are taken under watch in one turn of the event loop: a network drive answers slowly for each."""

_SETTLES_MS = 2_000
_PATROLS_MS = 300_000


def nearest(places: Collection[Path]) -> frozenset[Path]:
    """The `MOST_PLACES` of these folders that lie nearest to the top."""
    return frozenset(heapq.nsmallest(MOST_PLACES, places, key=lambda place: (len(place.parts), place)))


class Watching(QObject):
    """`stirred`: something came or went in a folder a moment ago; or so much time has passed that it may have done so
    unseen, as on a network drive or deep in a tree."""

    stirred = Signal()

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._watcher: QFileSystemWatcher | None = None
        self._waiting: deque[str] = deque()
        self._settling, self._patrol, self._adding = QTimer(self), QTimer(self), QTimer(self)
        self._settling.setSingleShot(True)
        self._adding.setInterval(0)
        self._adding.timeout.connect(self._add_some)
        self._patrol.setInterval(_PATROLS_MS)
        for timer in (self._settling, self._patrol):
            timer.timeout.connect(self.stirred)

    def watch(self, places: Collection[Path]) -> None:
        """Have an eye on these folders, as of `nearest`, and on no others."""
        wanted = set(map(str, places))
        if wanted and self._watcher is None:
            self._watcher = QFileSystemWatcher(self)
            self._watcher.directoryChanged.connect(lambda _: self.again())
        if self._watcher is not None:
            held = set(self._watcher.directories())
            if held - wanted:
                self._watcher.removePaths(sorted(held - wanted))
            self._waiting = deque(sorted(wanted - held))
            self._adding.start()
        if wanted and not self._patrol.isActive():
            self._patrol.start()
        elif not wanted:
            self._patrol.stop()

    def _add_some(self) -> None:
        until = time.monotonic() + _EACH_TURN_S
        before = qInstallMessageHandler(_say_nothing)  # Qt would name the folder, which may be called after a woman
        try:
            while self._waiting and self._watcher is not None:
                self._watcher.addPath(self._waiting.popleft())
                if time.monotonic() > until:
                    break
        finally:
            qInstallMessageHandler(before)
        if not self._waiting:
            self._adding.stop()

    def again(self, within_s: float = 0.0) -> None:
        """Stir once more in a moment, or so much later; what changes until then is seen with it."""
        if not self._settling.isActive():
            self._settling.start(max(_SETTLES_MS, round(1000 * within_s)))

    def close(self) -> None:
        """Nothing stirs any more."""
        self._settling.stop()
        self.watch(())


def _say_nothing(*_: object) -> None:
    """What Qt says of a folder that it cannot watch: the next look tries again, and there is the patrol."""
