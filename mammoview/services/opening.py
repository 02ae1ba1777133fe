"""Owns the opening of paths: headers are scanned in the background, with progress, cancellation and the refusals."""

from __future__ import annotations

import gc
import time
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from mammoview.core.errors import MammoviewError
from mammoview.services.jobs import JobRunner, Ticket
from mammoview.services.stamps import stamps_of
from mammoview.services.worklist import Worklist, make_worklist

if TYPE_CHECKING:
    from mammoview.dicom.scan import ScanResult

_CHANNEL = "open"
_TELL_EVERY_S = 0.05
_FREEZE_EVERY = 250


def _scan(paths: Sequence[Path], *, progress: Callable[[int, int], None], cancelled: Callable[[], bool]) -> ScanResult:
    from mammoview.dicom.scan import scan  # pydicom comes in the background: the window stands before it is there

    return scan(paths, progress=progress, cancelled=cancelled, keep_refused=True)


class OpeningService(QObject):
    """One opening at a time: the newest wins."""

    started = Signal()
    progressed = Signal(int, int)
    opened = Signal(object, object, object)
    failed = Signal(str)
    ended = Signal()

    def __init__(
        self,
        runner: JobRunner,
        scan_paths: Callable[..., ScanResult] = _scan,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._runner = runner
        self._scan = scan_paths
        self.active = False

    def open(self, paths: Sequence[Path]) -> None:
        """Scan `paths`; `opened(ScanResult, Worklist, paths)` follows, or `failed` with why nothing could be opened."""
        named = tuple(paths)
        self.active = True
        self._runner.submit(
            partial(_scanned, self._scan, named),
            done=partial(self._done, named),
            failed=self._failed,
            progress=self.progressed.emit,
            channel=_CHANNEL,
        )
        self.started.emit()

    def cancel(self) -> bool:
        """Give up the opening under way; True if there was one."""
        if not self.active:
            return False
        self._runner.cancel(_CHANNEL)
        self._end()
        return True

    def _done(self, paths: tuple[Path, ...], found: tuple[ScanResult, Worklist]) -> None:
        result, worklist = found
        self._end()
        self.opened.emit(result, worklist, paths)

    def _failed(self, error: MammoviewError) -> None:
        self._end()
        self.failed.emit(str(error))

    def _end(self) -> None:
        self.active = False
        self.ended.emit()


def _scanned(
    scan_paths: Callable[..., ScanResult], paths: tuple[Path, ...], ticket: Ticket
) -> tuple[ScanResult, Worklist]:
    result = scan_paths(paths, progress=_seldom(ticket.progress), cancelled=ticket.cancelled)
    return result, make_worklist(result.studies, stamps_of(result.studies))


def _seldom(tell: Callable[[int, int], None]) -> Callable[[int, int], None]:
    """`tell` at most every 50 ms, and at the end: a message for each of ten thousand files would keep the window busy.

    What was read so far is taken out of the garbage collector's sight: headers hold no cycles, and to look through all
    of them again and again would stall the window.
    """
    last = 0.0

    def told(done: int, total: int) -> None:
        nonlocal last
        if done % _FREEZE_EVERY == 0:
            gc.freeze()
        now = time.monotonic()
        if done == total or now - last >= _TELL_EVERY_S:
            last = now
            tell(done, total)

    return told
