"""Owns work in the background: a callable with a ticket on a thread pool, its outcome delivered on the main thread.

The newest request owns its channel: an outcome whose ticket was cancelled or overtaken is dropped in `_deliver`, and
nowhere else. Jobs touch no widget.
"""

from __future__ import annotations

import itertools
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

from PySide6.QtCore import QObject, Qt, QThreadPool, Signal, Slot

from mammoview.core.errors import CancelledError, MammoviewError

_CLOSE_WAIT_MS = 5000


class Ticket:
    """What a job carries: asks whether it is still wanted, tells how far it is. Made by `JobRunner`."""

    def __init__(self, number: int, channel: str, tell: Callable[[Ticket, int, int], None]) -> None:
        self.number = number
        self.channel = channel
        self._stop = threading.Event()
        self._tell = tell

    def cancel(self) -> None:
        """The outcome will be dropped, and the job may stop early."""
        self._stop.set()

    def cancelled(self) -> bool:
        return self._stop.is_set()

    def progress(self, done: int, total: int) -> None:
        """Tell the main thread how far the job is; dropped where the ticket was cancelled."""
        if not self.cancelled():
            self._tell(self, done, total)


Work = Callable[[Ticket], Any]


@dataclass(frozen=True, slots=True, eq=False)
class _Request:
    ticket: Ticket
    work: Work
    done: Callable[[Any], None]
    failed: Callable[[MammoviewError], None] | None
    progress: Callable[[int, int], None] | None


@dataclass(frozen=True, slots=True, eq=False)
class _Outcome:
    ticket: Ticket
    value: Any = None
    error: BaseException | None = None


def _run(request: _Request, deliver: Callable[[_Outcome], None]) -> None:
    ticket = request.ticket
    outcome = _Outcome(ticket, error=CancelledError())
    if not ticket.cancelled():
        try:
            outcome = _Outcome(ticket, request.work(ticket))
        except BaseException as error:  # delivered, never swallowed: see JobRunner._deliver
            outcome = _Outcome(ticket, error=error)
    deliver(outcome)


class _OwnThreads:
    """A thread for each job, which the end of the process does not wait for; answers as a QThreadPool does."""

    def __init__(self) -> None:
        self._threads: list[threading.Thread] = []

    def start(self, work: Callable[[], None]) -> None:
        thread = threading.Thread(target=work, daemon=True)
        self._threads = [*(one for one in self._threads if one.is_alive()), thread]
        thread.start()

    def clear(self) -> None:
        """Nothing waits here."""

    def waitForDone(self, within_ms: int) -> None:
        until = time.monotonic() + within_ms / 1000
        for thread in self._threads:
            thread.join(max(0.0, until - time.monotonic()))


def _pool_of(threads: int) -> QThreadPool:
    pool = QThreadPool()
    pool.setMaxThreadCount(threads)
    pool.setExpiryTimeout(-1)
    return pool


class JobRunner(QObject):
    """A thread pool of its own. `bug` carries an unexpected exception of a job to the main thread."""

    bug = Signal(object)
    _finished = Signal(object)
    _progressed = Signal(object, int, int)

    def __init__(self, threads: int | None = 2, parent: QObject | None = None) -> None:
        """`threads` None: each job at once in its own thread, which may never end, as on a drive that went away."""
        super().__init__(parent)
        self._pool = _OwnThreads() if threads is None else _pool_of(threads)
        self._numbers = itertools.count(1)
        self._newest: dict[str, Ticket] = {}
        self._open: dict[int, _Request] = {}
        self._closed = False
        self.dropped = 0
        self._finished.connect(self._deliver, Qt.ConnectionType.QueuedConnection)
        self._progressed.connect(self._pass_progress, Qt.ConnectionType.QueuedConnection)

    def submit(
        self,
        work: Work,
        *,
        done: Callable[[Any], None],
        failed: Callable[[MammoviewError], None] | None = None,
        progress: Callable[[int, int], None] | None = None,
        channel: str = "",
    ) -> Ticket:
        """Run `work` in the background; `done`, `failed` and `progress` are called on the main thread.

        A named channel belongs to its newest ticket: the one before is cancelled.
        """
        ticket = Ticket(next(self._numbers), channel, self._progressed.emit)
        if self._closed:
            ticket.cancel()
            return ticket
        if channel:
            self.cancel(channel)
            self._newest[channel] = ticket
        request = _Request(ticket, work, done, failed, progress)
        self._open[ticket.number] = request
        self._pool.start(partial(_run, request, self._hand_over))  # a QRunnable of ours would be kept for ever
        return ticket

    def cancel(self, channel: str) -> bool:
        """Cancel the channel's job; True if there was one under way."""
        ticket = self._newest.pop(channel, None)
        if ticket is None:
            return False
        ticket.cancel()
        return ticket.number in self._open

    @property
    def busy(self) -> bool:
        """Whether any job is under way or its outcome not yet delivered."""
        return bool(self._open)

    def close(self) -> None:
        """Cancel everything, wait for the threads to end, drop all outcomes."""
        self._closed = True
        for request in self._open.values():
            request.ticket.cancel()
        self._pool.clear()
        self._pool.waitForDone(_CLOSE_WAIT_MS)
        self._open.clear()

    def _hand_over(self, outcome: _Outcome) -> None:
        """In the job's thread, which may outlive the window."""
        if not self._closed:
            self._finished.emit(outcome)

    @Slot(object)
    def _deliver(self, outcome: _Outcome) -> None:
        request = self._open.pop(outcome.ticket.number, None)
        if request is None or outcome.ticket.cancelled():
            self.dropped += 1
            return
        if self._newest.get(outcome.ticket.channel) is outcome.ticket:
            del self._newest[outcome.ticket.channel]
        if outcome.error is None:
            request.done(outcome.value)
            return
        error = outcome.error
        if not isinstance(error, MammoviewError):
            self.bug.emit(error)
            error = MammoviewError(self.tr("mammoview failed here"), self.tr("please report it"))
        if request.failed is not None:
            request.failed(error)

    @Slot(object, int, int)
    def _pass_progress(self, ticket: Ticket, done: int, total: int) -> None:
        request = self._open.get(ticket.number)
        if request is not None and request.progress is not None and not ticket.cancelled():
            request.progress(done, total)
