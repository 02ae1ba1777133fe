"""Owns how work that waits for the network is stopped from another thread. Never starts any."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from mammoview.core.errors import CancelledError


class Cancellation:
    """One order to stop, which any thread may give, once and for all."""

    def __init__(self) -> None:
        self._event = threading.Event()
        self._guard = threading.Lock()
        self._calls: list[Callable[[], None]] = []

    def cancel(self) -> None:
        """Stop what runs under this; returns at once. What runs raises CancelledError."""
        with self._guard:
            first = not self._event.is_set()
            self._event.set()
            calls = list(self._calls) if first else []
        for call in calls:
            call()

    def cancelled(self) -> bool:
        return self._event.is_set()

    def stop_if(self) -> None:
        """Raises CancelledError where it was ordered."""
        if self._event.is_set():
            raise CancelledError

    def wait(self, seconds: float) -> bool:
        """Wait so long or until it is ordered; whether it was."""
        return self._event.wait(seconds)

    @contextmanager
    def calling(self, call: Callable[[], None]) -> Iterator[None]:
        """Within it `cancel` also calls this, in its own thread; at once where it was ordered before."""
        with self._guard:
            self._calls.append(call)
            late = self._event.is_set()
        try:
            if late:
                call()
            yield
        finally:
            with self._guard:
                self._calls.remove(call)
