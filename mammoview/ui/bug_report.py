"""Owns what happens to a bug: a record without values (they may name a patient), a dialog, and the window goes on."""

from __future__ import annotations

import contextlib
import sys
import threading
import traceback
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import Any

from PySide6.QtCore import QObject, Signal

from mammoview import __version__
from mammoview.core.errors import MammoviewError

_FILE = "faults.log"
_LIMIT_BYTES = 256 << 10


def describe(error: BaseException) -> str:
    """Kind of error and the places in the code; no messages and no values."""
    lines = [type(error).__name__]
    for frame in traceback.extract_tb(error.__traceback__):
        lines.append(f"  {Path(frame.filename).name}:{frame.lineno} in {frame.name}")
    return "\n".join(lines)


class _ToWindow(QObject):
    """Brings what happened in another thread to the window's."""

    told = Signal(str)


class BugReporter:
    """`show(place, log file)` opens the dialog; `say` puts an expected error into the status line. Made in the window's
    thread."""

    def __init__(self, folder: Path, show: Callable[[str, str], None], say: Callable[[str], None]) -> None:
        self._log = folder / _FILE
        self._show = show
        self._say = say
        self._before: tuple[Any, ...] = _hooks()
        self._guard = threading.RLock()  # a finaliser may fail while a record is written
        self._to_window = _ToWindow()
        self._to_window.told.connect(self._show_place)
        self.count = 0

    def install(self) -> None:
        """Take over what Python does with exceptions that nobody caught, in any thread, or that nobody can catch: by
        itself it would write their messages to standard error."""
        self._before = _hooks()
        sys.excepthook = self.handle
        threading.excepthook = self._handle_in_thread
        sys.unraisablehook = self._handle_unraisable

    def remove(self) -> None:
        """Give it back."""
        sys.excepthook, threading.excepthook, sys.unraisablehook = self._before

    def report(self, error: BaseException) -> None:
        """Handle an exception that another thread brought."""
        self.handle(type(error), error, error.__traceback__)

    def handle(self, kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
        """An expected error is said; anything else is recorded and shown."""
        if isinstance(error, KeyboardInterrupt):
            self._before[0](kind, error, trace)
            return
        if isinstance(error, MammoviewError):
            self._say(str(error))
            return
        self._show_place(self._noted(error))

    def _handle_in_thread(self, happened: threading.ExceptHookArgs) -> None:
        """In the thread in which it happened."""
        if happened.exc_value is not None and not isinstance(happened.exc_value, SystemExit):
            self._to_window.told.emit(self._noted(happened.exc_value))

    def _handle_unraisable(self, happened: sys.UnraisableHookArgs) -> None:
        """In any thread, at any moment: what cannot be raised, as in a finaliser, is not shown."""
        if happened.exc_value is not None:
            self._noted(happened.exc_value)

    def _noted(self, error: BaseException) -> str:
        """Count and record a bug; what is said of it in one line."""
        text = describe(error)
        print(f"mammoview: a fault: {text}", file=sys.stderr)
        with self._guard:
            self.count += 1
            self._record(text)
        lines = [line.strip() for line in text.splitlines()]
        return f"{lines[0]}, {lines[-1]}"

    def _show_place(self, place: str) -> None:
        self._show(place, str(self._log))

    def _record(self, text: str) -> None:
        with contextlib.suppress(OSError):
            self._log.parent.mkdir(parents=True, exist_ok=True)
            full = self._log.exists() and self._log.stat().st_size > _LIMIT_BYTES
            with self._log.open("w" if full else "a", encoding="utf-8") as stream:
                stream.write(f"{datetime.now(UTC).isoformat(timespec='seconds')} mammoview {__version__}\n{text}\n\n")


def _hooks() -> tuple[Any, ...]:
    """What Python does with exceptions now: at the end of the program, of a thread, and where none can be raised."""
    return sys.excepthook, threading.excepthook, sys.unraisablehook
