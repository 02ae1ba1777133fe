"""Owns what a run says while it goes: a bar with the time left on a terminal, else one JSON line for each epoch."""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Mapping, Sequence
from typing import Any, Self, TextIO


class Progress:
    """`epochs` of `steps` each, told to `stream` (standard error). As a context it ends a bar that was broken off."""

    def __init__(self, epochs: int, steps: int, stream: TextIO | None = None) -> None:
        self._epochs, self._steps = epochs, steps
        self._stream = sys.stderr if stream is None else stream
        self._terminal = self._stream.isatty()
        self._began = time.monotonic()
        self._first: int | None = None
        self._shown = 0.0
        self._open = False

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if self._open:
            self._stream.write("\n")
            self._stream.flush()

    def step(self, epoch: int, step: int, loss: float) -> None:
        """After step number `step` (from 1) of epoch number `epoch` (from 0)."""
        done = epoch * self._steps + step
        if self._first is None:
            self._began, self._first = time.monotonic(), done
        now = time.monotonic()
        if not self._terminal or (now - self._shown < 0.2 and step < self._steps):
            return
        self._shown, self._open = now, True
        passed = done - self._first
        left = (now - self._began) / passed * (self._epochs * self._steps - done) if passed else float("nan")
        filled = 20 * step // self._steps
        self._stream.write(
            f"\repoch {epoch + 1}/{self._epochs} [{'#' * filled}{'.' * (20 - filled)}] step {step}/{self._steps} "
            f"loss {loss:.4f}, {duration(left)} left   "
        )
        self._stream.flush()

    def epoch(self, record: Mapping[str, Any]) -> None:
        """After an epoch, with its record of the history."""
        if self._terminal:
            best, value = " *" if record.get("best") else "", value_of(record)
            told = f"epoch {record['epoch']}/{self._epochs}: loss {record['loss']:.4f}, {record['figure']}"
            figure = "unknown" if value is None else f"{value:.3f}"
            self._stream.write(f"\r{told} {figure}{best}, {record['seconds']} s{' ' * 30}\n")
            self._open = False
        else:
            self._stream.write(json.dumps(dict(record)) + "\n")
        self._stream.flush()


def value_of(record: Mapping[str, Any]) -> float | None:
    """What an epoch scored on the validation women, by its record of the history; None where that could not be had.
    What it is called there says what it is, as validation_auroc or validation_patch_auroc."""
    value: float | None = next((value for name, value in record.items() if name.startswith("validation_")), None)
    return value


def tell_split(notes: Sequence[str], stream: TextIO | None = None) -> None:
    """Say what is particular about a split, as how many women were taken out of its training part."""
    stream = sys.stderr if stream is None else stream
    if notes:
        stream.write((f"split: {'; '.join(notes)}" if stream.isatty() else json.dumps({"split": list(notes)})) + "\n")
        stream.flush()


def tell_meter(meter: Mapping[str, float], stream: TextIO | None = None) -> None:
    """Say what remembering women and pictures alone scores on the test part, as AUROC per image; empty where that part
    does not hold both classes."""
    stream = sys.stderr if stream is None else stream
    if stream.isatty() and not meter:
        stream.write("leak meter: cannot be had, the test part does not hold both classes\n")
    elif stream.isatty():
        told = ", ".join(f"{name} {value:.3f}" for name, value in meter.items())
        stream.write(f"leak meter: AUROC of remembering alone, by {told} (0.5: nothing to remember)\n")
    else:
        stream.write(json.dumps({"leak_meter": dict(meter)}) + "\n")
    stream.flush()


def duration(seconds: float) -> str:
    """Hours, minutes and seconds, or a question mark where it is not known yet."""
    if not seconds >= 0:
        return "?"
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02d}:{rest:02d}" if hours else f"{minutes}:{rest:02d}"
