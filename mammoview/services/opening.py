"""Owns the opening of paths: headers are scanned in the background, with progress, cancellation and the refusals."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path

from PySide6.QtCore import QObject, Signal

from mammoview.core.errors import MammoviewError
from mammoview.dicom.scan import Refusal, ScanResult, scan
from mammoview.services.jobs import JobRunner, Ticket

_CHANNEL = "open"


class OpeningService(QObject):
    """One opening at a time: the newest wins. `refused` holds what the last one could not use."""

    started = Signal()
    progressed = Signal(int, int)
    opened = Signal(object, object)
    failed = Signal(str)
    ended = Signal()

    def __init__(
        self,
        runner: JobRunner,
        scan_paths: Callable[..., ScanResult] = scan,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._runner = runner
        self._scan = scan_paths
        self.refused: tuple[Refusal, ...] = ()
        self.active = False

    def open(self, paths: Sequence[Path]) -> None:
        """Scan `paths`; `opened(ScanResult, paths)` follows, or `failed` with why nothing could be opened."""
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

    def _done(self, paths: tuple[Path, ...], result: ScanResult) -> None:
        self.refused = result.refused
        self._end()
        self.opened.emit(result, paths)

    def _failed(self, error: MammoviewError) -> None:
        self._end()
        self.failed.emit(str(error))

    def _end(self) -> None:
        self.active = False
        self.ended.emit()


def _scanned(scan_paths: Callable[..., ScanResult], paths: tuple[Path, ...], ticket: Ticket) -> ScanResult:
    return scan_paths(paths, progress=ticket.progress, cancelled=ticket.cancelled)
