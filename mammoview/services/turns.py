"""Owns the turns of work on folders: one piece after the other, but nobody waits for a folder that does not answer.

A drive that went away keeps the one thread that asks it, until it answers or for ever; others go on in threads of their
own, and nothing further is asked of it meanwhile.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

from PySide6.QtCore import QObject, QTimer, Signal

from mammoview.core.errors import CancelledError, MammoviewError
from mammoview.services.jobs import JobRunner

SILENT_S = 10.0
"""A folder of which nothing came for so long does not answer."""

_LOOKS_EVERY_MS = 500


class Asked:
    """A piece of work while it is under way: its thread tells in it that the folder answers."""

    def __init__(self) -> None:
        self._heard = time.monotonic()
        self._stop = threading.Event()

    def answered(self, within_s: float = 0.0) -> None:
        """The folder has answered just now; so much longer than usual may pass until it does so again."""
        self._heard = time.monotonic() + within_s

    def stop(self) -> None:
        """It is not wanted any more."""
        self._stop.set()

    def cancelled(self) -> bool:
        """Whether it is not wanted any more; to ask is a sign of life."""
        self.answered()
        return self._stop.is_set()

    def go_on(self) -> None:
        """Tell that the folder answers. Raises CancelledError where the work is not wanted any more."""
        if self.cancelled():
            raise CancelledError

    @property
    def dropped(self) -> bool:
        return self._stop.is_set()

    @property
    def silent(self) -> bool:
        """Whether the folder has not answered for long."""
        return time.monotonic() - self._heard > SILENT_S


Work = Callable[[Asked], Any]
"""Work in the background on what it captured."""


@dataclass(slots=True, eq=False)
class _Turn:
    """`at_once`: it does not wait for other folders; `beside`: nor for other work on its own one; `asks`: something of
    the folder itself."""

    folder: Path
    name: str
    work: Work
    done: Callable[[Any], None]
    failed: Callable[[MammoviewError], None]
    at_once: bool
    beside: bool
    asks: bool
    asked: Asked = field(default_factory=Asked)
    is_silent: bool = False


class Turns(QObject):
    """`silent(folder)`: it does not answer. `runner` is busy as long as anything is under way."""

    silent = Signal(object)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.runner = JobRunner(None, self)
        self._waiting: list[_Turn] = []
        self._under_way: list[_Turn] = []
        self._listening = QTimer(self)
        self._listening.setInterval(_LOOKS_EVERY_MS)
        self._listening.timeout.connect(self._listen)

    def take(
        self,
        folder: Path,
        name: str,
        work: Work,
        *,
        done: Callable[[Any], None],
        failed: Callable[[MammoviewError], None],
        at_once: bool = False,
        beside: bool = False,
        asks: bool = True,
    ) -> None:
        """Have `work` on a folder done when its turn comes; it takes the place of what waits for that folder under the
        same name. `at_once`: whatever is under way in other folders, `beside`: in this one, too; in one that does not
        answer nothing is begun unless it `asks` nothing of it."""
        turn = _Turn(folder, name, work, done, failed, at_once, beside, asks)
        waits = [(one.folder, one.name) for one in self._waiting]
        if (folder, name) in waits:
            self._waiting[waits.index((folder, name))] = turn
        else:
            self._waiting.append(turn)
        self._go_on()

    def drop(self, folder: Path) -> None:
        """Nothing that waits for a folder, or is under way in it, is wanted any more."""
        self._waiting = [one for one in self._waiting if one.folder != folder]
        for turn in self._under_way:
            if turn.folder == folder:
                turn.asked.stop()

    @property
    def away(self) -> frozenset[Path]:
        """The folders that have been asked for something long ago and do not answer."""
        return frozenset(turn.folder for turn in self._under_way if turn.is_silent)

    def is_away(self, folder: Path) -> bool:
        """Whether this folder, one that it lies in or one within it does not answer."""
        return any(folder == one or folder in one.parents or one in folder.parents for one in self.away)

    @property
    def idle(self) -> bool:
        """Whether nothing is under way but what waits for folders that do not answer."""
        return all(turn.is_silent for turn in self._under_way)

    def close(self) -> None:
        """End what is under way."""
        self._listening.stop()
        self._waiting = []
        for turn in self._under_way:
            turn.asked.stop()
        self.runner.close()

    def _go_on(self) -> None:
        """Begin what can begin."""
        for turn in list(self._waiting):
            if (turn.at_once or self.idle) and self._is_free(turn):
                self._waiting.remove(turn)
                self._begin(turn)

    def _is_free(self, turn: _Turn) -> bool:
        if turn.asks and self.is_away(turn.folder):
            return False
        own = [one for one in self._under_way if one.folder == turn.folder and not one.is_silent]
        return not any(one.name == turn.name or not (one.beside or turn.beside) for one in own)

    def _begin(self, turn: _Turn) -> None:
        turn.asked.answered()
        self._under_way.append(turn)
        self._listening.start()
        self.runner.submit(
            lambda _: turn.work(turn.asked),
            done=partial(self._end, turn, turn.done),
            failed=partial(self._end, turn, turn.failed),
        )

    def _end(self, turn: _Turn, tell: Callable[[Any], None], outcome: Any) -> None:
        self._under_way.remove(turn)
        if not self._under_way:
            self._listening.stop()
        if not turn.asked.dropped:
            tell(outcome)
        self._go_on()

    def _listen(self) -> None:
        """Note which folders do not answer; others need not wait for them."""
        for turn in self._under_way:
            was, turn.is_silent = turn.is_silent, turn.asks and turn.asked.silent
            if turn.is_silent and not was:
                self.silent.emit(turn.folder)
        self._go_on()
