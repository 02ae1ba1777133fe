"""Owns the eye on watched folders: says that something in them may have changed.

What came or went in a folder is seen by when it changed last. That is asked in the background, in the folder's turn: a
drive that does not answer keeps nothing waiting but its own thread.
"""

from __future__ import annotations

import heapq
import time
from collections.abc import Collection, Mapping
from functools import partial
from pathlib import Path

from PySide6.QtCore import QObject, QTimer, Signal

from mammoview.core.errors import MammoviewError
from mammoview.services.turns import Asked, Turns

MOST_PLACES = 1_000
"""So many folders below a watched one, those nearest to the top, are asked at most."""

_ASKS_MS = 2_000
_RESTS = 20
"""So many times as long as the answers took nothing is asked: a network drive answers slowly."""
_SETTLES_MS = 2_000
_PATROLS_MS = 300_000

GONE = -1
"""When a folder changed that is not there."""


def nearest(places: Collection[Path]) -> frozenset[Path]:
    """The `MOST_PLACES` of these folders that lie nearest to the top."""
    return frozenset(heapq.nsmallest(MOST_PLACES, places, key=lambda place: (len(place.parts), place)))


def changed_at(place: Path) -> int:
    """When something came or went in a folder last, in nanoseconds since the epoch."""
    try:
        return place.stat().st_mtime_ns
    except OSError:
        return GONE


class Watching(QObject):
    """`stirred`: something came or went in a folder a moment ago; or so much time has passed that it may have done so
    unseen, as deep in a tree."""

    stirred = Signal()

    def __init__(self, turns: Turns, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._turns = turns
        self._places: dict[Path, Mapping[Path, int]] = {}
        self._rests_until: dict[Path, float] = {}
        self._settling, self._patrol, self._asking = QTimer(self), QTimer(self), QTimer(self)
        self._settling.setSingleShot(True)
        self._patrol.setInterval(_PATROLS_MS)
        self._asking.timeout.connect(self._ask)
        for timer in (self._settling, self._patrol):
            timer.timeout.connect(self.stirred)

    @property
    def folders(self) -> frozenset[Path]:
        """The folders that are watched."""
        return frozenset(self._places)

    def watch(self, folder: Path, places: Mapping[Path, int]) -> None:
        """Have an eye on a folder: on these `places` in it, which changed then, as of `changed_at`."""
        self._places[folder] = places
        if not self._patrol.isActive():
            self._patrol.start()
            self._asking.start(_ASKS_MS)

    def leave(self, folder: Path) -> None:
        """Have no eye on a folder any more."""
        self._places.pop(folder, None)
        self._rests_until.pop(folder, None)
        if not self._places:
            self._patrol.stop()
            self._asking.stop()

    def again(self, within_s: float = 0.0) -> None:
        """Stir once more in a moment, or so much later; what changes until then is seen with it."""
        if not self._settling.isActive():
            self._settling.start(max(_SETTLES_MS, round(1000 * within_s)))

    def close(self) -> None:
        """Nothing stirs any more."""
        self._settling.stop()
        for folder in self.folders:
            self.leave(folder)

    def _ask(self) -> None:
        now = time.monotonic()
        for folder, places in self._places.items():
            if now >= self._rests_until.get(folder, now):
                told = partial(self._answered, folder, places)
                self._turns.take(folder, "eye", partial(_has_stirred, places), done=told, failed=_looked_at_later)

    def _answered(self, folder: Path, places: Mapping[Path, int], answer: tuple[bool, float]) -> None:
        has_stirred, took_s = answer
        if self._places.get(folder) is places:  # else a look has seen it by now
            self._rests_until[folder] = time.monotonic() + _RESTS * took_s
            if has_stirred:
                self.again()


def _has_stirred(places: Mapping[Path, int], asked: Asked) -> tuple[bool, float]:
    """Whether one of these folders changed at another time, and how many seconds it took to find that out."""
    since = time.monotonic()
    for place, changed in places.items():
        asked.go_on()
        if changed_at(place) != changed:
            return True, time.monotonic() - since
    return False, time.monotonic() - since


def _looked_at_later(_: MammoviewError) -> None:
    """There is the patrol."""
