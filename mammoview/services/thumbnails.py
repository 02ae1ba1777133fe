"""Owns that a study which was opened has its small picture in the library. Never reads a file: what is on the screen is
in memory anyway.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial

from PySide6.QtCore import QObject, QTimer, Signal

from mammoview.archive.library import Library
from mammoview.core.hanging import Slot
from mammoview.core.image import MammoImage
from mammoview.services.ahead_work import keep_thumbnail
from mammoview.services.jobs import JobRunner, Ticket
from mammoview.services.reading_room import ReadingRoom
from mammoview.services.session import Session

_SETTLED_MS = 800
"""The study's own pictures, scores and marks come first."""


class Thumbnails(QObject):
    """`made(key)`: a study of the library (its key there) has a small picture now."""

    made = Signal(str)

    def __init__(
        self,
        session: Session,
        room: ReadingRoom,
        runner: JobRunner,
        *,
        settled_ms: int = _SETTLED_MS,
        parent: QObject | None = None,
    ) -> None:
        """`runner` is where the pictures are drawn."""
        super().__init__(parent)
        self._session, self._room, self._runner = session, room, runner
        self._done_for = ""
        self._settled = QTimer(self)
        self._settled.setSingleShot(True)
        self._settled.setInterval(settled_ms)
        self._settled.timeout.connect(self._look)
        session.study_changed.connect(self._begin)
        session.store.ready.connect(lambda key: self._wait())
        room.adopted.connect(self._wait)

    def _begin(self) -> None:
        self._done_for = ""
        self._wait()

    def _wait(self) -> None:
        study = self._session.study
        if study is not None and study.key != self._done_for:
            self._settled.start()

    def _look(self) -> None:
        """Have the picture made, where all views are there and the library holds the study."""
        session, library = self._session, self._room.library
        study = session.study
        key = None if study is None else self._room.library_key(study.key)
        if study is None or key is None or library is None or library.problem:
            return
        views: dict[Slot, MammoImage] = {}
        for slot, header in session.hanging.slots.items():
            if header.refused:
                continue
            prepared = session.find(header.key)
            if prepared is None or prepared.image.preview:
                return
            views[slot] = prepared.image
        self._done_for = study.key
        if views:
            self._runner.submit(partial(_made, library, key, views), done=self._tell, failed=lambda error: None)

    def _tell(self, key: str) -> None:
        if key:
            self.made.emit(key)


def _made(library: Library, key: str, views: Mapping[Slot, MammoImage], ticket: Ticket) -> str:
    """The study's key where it had no small picture and has one now, else nothing."""
    from mammoview.reading.thumbnail import reduced  # not before the window

    if library.thumbnail(key) is not None or ticket.cancelled():
        return ""
    keep_thumbnail(library, key, {slot: reduced(image) for slot, image in views.items()}, ticket)
    return key
