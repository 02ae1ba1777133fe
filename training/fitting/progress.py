"""Owns what a run says while it goes: a bar with the time left on a terminal, else one JSON line for each epoch."""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Mapping
from typing import Any, TextIO


class Progress:
    """`epochs` of `steps` each, told to `stream` (standard error)."""

    def __init__(self, epochs: int, steps: int, stream: TextIO | None = None) -> None:
        self._epochs, self._steps = epochs, steps
        self._stream = sys.stderr if stream is None else stream
        self._terminal = self._stream.isatty()
        self._began = time.monotonic()
        self._first: int | None = None
        self._shown = 0.0

    def step(self, epoch: int, step: int, loss: float) -> None:
        """After step number `step` (from 1) of epoch number `epoch` (from 0)."""
        done = epoch * self._steps + step
        if self._first is None:
            self._began, self._first = time.monotonic(), done
        now = time.monotonic()
        if not self._terminal or (now - self._shown < 0.2 and step < self._steps):
            return
        self._shown = now
        passed = done - self._first
        left = (now - self._began) / passed * (self._epochs * self._steps - done) if passed else float("nan")
        filled = 20 * step // self._steps
        self._stream.write(
            f"\repoch {epoch + 1}/{self._epochs} [{'#' * filled}{'.' * (20 - filled)}] step {step}/{self._steps} "
            f"loss {loss:.4f}, {duration(left)} left   "
        )
        self._stream.flush()

    def epoch(self, record: Mapping[str, Any]) -> None:
        """After an epoch, with its line of the history."""
        if self._terminal:
            best = " *" if record.get("best") else ""
            told = f"epoch {record['epoch']}/{self._epochs}: loss {record['loss']:.4f}, {record['figure']}"
            self._stream.write(f"\r{told} {record['validation_auroc']:.3f}{best}, {record['seconds']} s{' ' * 30}\n")
        else:
            self._stream.write(json.dumps(dict(record)) + "\n")
        self._stream.flush()


def duration(seconds: float) -> str:
    """Hours, minutes and seconds, or a question mark where it is not known yet."""
    if not seconds >= 0:
        return "?"
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02d}:{rest:02d}" if hours else f"{minutes}:{rest:02d}"
