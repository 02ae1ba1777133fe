"""Owns what a command says on standard error: refusals, one line each, and progress where it is a terminal."""

from __future__ import annotations

import sys
import time
from dataclasses import dataclass, field

from mammoview.core.errors import MammoviewError
from mammoview.dicom.scan import Refusal

_QUIET_S = 1.0


@dataclass(slots=True)
class Report:
    """Collects refusals (for the exit status and the JSON) and prints them as they come."""

    refusals: list[Refusal] = field(default_factory=list)
    _started: float = field(default_factory=time.monotonic)
    _line_open: bool = False

    def refuse(self, refusal: Refusal) -> None:
        """Print `mammoview: FILE: cause (what to do)`."""
        self.refusals.append(refusal)
        self._end_line()
        print(f"mammoview: {_one_line(str(refusal))}", file=sys.stderr)

    def refuse_error(self, source: object, error: MammoviewError) -> None:
        self.refuse(Refusal(str(source), error.cause, error.hint))

    def say(self, text: str) -> None:
        """One line on standard error that refuses nothing."""
        self._end_line()
        print(f"mammoview: {_one_line(text)}", file=sys.stderr)

    def progress(self, what: str, done: int, total: int) -> None:
        """Quiet progress: only on a terminal and only once the work takes over a second."""
        if sys.stderr.isatty() and time.monotonic() - self._started > _QUIET_S:
            print(f"\r{what} {done} of {total}", end="", file=sys.stderr, flush=True)
            self._line_open = True

    def finish(self) -> None:
        self._end_line()

    def status(self, done: int) -> int:
        """The exit status: 0 all done, 1 some inputs were refused, 2 nothing could be done."""
        self.finish()
        if done == 0:
            return 2
        return 1 if self.refusals else 0

    def _end_line(self) -> None:
        if self._line_open:
            print("\r\033[K", end="", file=sys.stderr)
            self._line_open = False


def _one_line(text: str) -> str:
    return " ".join(text.split())
