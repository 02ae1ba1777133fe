"""Owns the bar that shows on a terminal how far a long task is, how fast it goes and how long it still takes."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from types import TracebackType
from typing import Self, TextIO

_WIDTH = 24
_REFRESH_S = 0.2


class Progress:
    """`tell(done, all)` draws the bar on `stream`, where that is a terminal; elsewhere it is silent.

    What was done before the first call (a task that goes on) does not count for the rate.
    """

    def __init__(
        self, verb: str, unit: str, *, stream: TextIO | None = None, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._verb, self._unit = verb, unit
        self._stream = sys.stderr if stream is None else stream
        self._clock = clock
        self._started: tuple[float, int] | None = None
        self._drawn_at = -_REFRESH_S
        self._width = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        if self._width:
            print(file=self._stream, flush=True)

    def tell(self, done: int, count: int) -> None:
        """`done` of `count` are ready."""
        if not self._stream.isatty():
            return
        now = self._clock()
        if self._started is None:
            self._started = (now, done)
        if done < count and now - self._drawn_at < _REFRESH_S:
            return
        self._drawn_at = now
        text = self.text(done, count, now)
        print("\r" + text.ljust(self._width), end="", file=self._stream, flush=True)
        self._width = len(text)

    def text(self, done: int, count: int, now: float) -> str:
        """The bar as text."""
        full = _WIDTH * done // max(count, 1)
        started, before = self._started or (now, done)
        rate = (done - before) / (now - started) if now > started else 0.0
        speed = f"  {rate:.3g} {self._unit}/s, {_left((count - done) / rate)} left" if rate else ""
        return f"{self._verb} [{'#' * full}{'.' * (_WIDTH - full)}] {done} of {count}{speed}"

    def say(self, text: str) -> None:
        """A line on standard error above the bar."""
        if self._width:
            print("\r" + " " * self._width + "\r", end="", file=self._stream)
            self._width = 0
        print(text, file=sys.stderr)


def _left(seconds: float) -> str:
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"
