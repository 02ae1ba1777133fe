"""Owns what happens to a bug: a record without values (they may name a patient), a dialog, and the window goes on."""

from __future__ import annotations

import contextlib
import sys
import traceback
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType

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


class BugReporter:
    """`show(place, log file)` opens the dialog; `say` puts an expected error into the status line."""

    def __init__(self, folder: Path, show: Callable[[str, str], None], say: Callable[[str], None]) -> None:
        self._log = folder / _FILE
        self._show = show
        self._say = say
        self._before = sys.excepthook
        self.count = 0

    def install(self) -> None:
        """Take over what Python does with exceptions that nobody caught."""
        self._before = sys.excepthook
        sys.excepthook = self.handle

    def remove(self) -> None:
        """Give it back."""
        sys.excepthook = self._before

    def report(self, error: BaseException) -> None:
        """Handle an exception that another thread brought."""
        self.handle(type(error), error, error.__traceback__)

    def handle(self, kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
        """An expected error is said; anything else is recorded and shown."""
        if isinstance(error, KeyboardInterrupt):
            self._before(kind, error, trace)
            return
        if isinstance(error, MammoviewError):
            self._say(str(error))
            return
        self.count += 1
        text = describe(error)
        print(f"mammoview: a fault: {text}", file=sys.stderr)
        self._record(text)
        place = [line.strip() for line in text.splitlines()]
        self._show(f"{place[0]}, {place[-1]}", str(self._log))

    def _record(self, text: str) -> None:
        with contextlib.suppress(OSError):
            self._log.parent.mkdir(parents=True, exist_ok=True)
            full = self._log.exists() and self._log.stat().st_size > _LIMIT_BYTES
            with self._log.open("w" if full else "a", encoding="utf-8") as stream:
                stream.write(f"{datetime.now(UTC).isoformat(timespec='seconds')} mammoview {__version__}\n{text}\n\n")
