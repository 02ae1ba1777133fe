"""Owns the memory that lies ready for the next study while nothing is loaded. Never decides what is loaded."""

from __future__ import annotations

from PySide6.QtCore import QObject, QTimer

from mammoview.core.buffers import BUFFERS, Buffers
from mammoview.services.image_store import ImageStore
from mammoview.services.jobs import JobRunner, Ticket

_STUDY_BYTES = 160 << 20  # four large views with their reductions


class MemoryReserve(QObject):
    """Tops up the store of memory when the images have been loaded: as much as a study takes, and at most a quarter of
    what images may take, of which it is a part.
    """

    def __init__(
        self,
        store: ImageStore,
        runner: JobRunner,
        buffers: Buffers = BUFFERS,
        *,
        idle_ms: int = 400,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._store, self._runner, self._buffers = store, runner, buffers
        self._idle = QTimer(self)
        self._idle.setSingleShot(True)
        self._idle.setInterval(idle_ms)
        self._idle.timeout.connect(self._top_up)
        store.ready.connect(lambda key: self._idle.start())
        self._bound()

    @property
    def waits(self) -> bool:
        """Whether it will look again whether all is loaded."""
        return self._idle.isActive()

    def _bound(self) -> None:
        self._buffers.keep_bytes = min(_STUDY_BYTES, self._store.limit_bytes // 4)
        self._store.reserved_bytes = self._buffers.keep_bytes

    def _top_up(self) -> None:
        """Later, where there is still something under way."""
        self._bound()
        if self._store.loading:
            self._idle.start()
        elif self._buffers.lacks:
            self._runner.submit(self._fill, done=lambda _: None)

    def _fill(self, ticket: Ticket) -> None:
        while self._buffers.lacks and not self._store.loading and not ticket.cancelled():
            self._buffers.add()
