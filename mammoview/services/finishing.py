"""Owns when a press of "finish" finishes the study on the screen: never twice in a moment, never without a word where a
breast has no category. What it then does is the reading room's.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass

from PySide6.QtCore import QObject

from mammoview.core.study import Laterality, Study
from mammoview.services.reading_room import ReadingRoom

PAUSE_S = 0.5
"""A press that comes sooner, after the study came up or after the question, is the one before that bounced."""

ASKED_FOR_S = 10.0
"""How long the question is remembered."""


@dataclass(frozen=True, slots=True, eq=False)
class _Question:
    """What was said of a study that lacks categories, and when, in seconds."""

    study: Study
    sides: frozenset[Laterality]
    at_s: float


class Finishing(QObject):
    """`clock` tells seconds. What it has to say goes through the reading room's `said`."""

    def __init__(self, room: ReadingRoom, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._room, self._session = room, room.session
        self.clock: Callable[[], float] = time.monotonic
        self._shown = self._session.study
        self._finished: Study | None = None
        self._finished_s = 0.0
        self._came_up_s: float | None = None
        self._question: _Question | None = None
        self._session.study_changed.connect(self._follow)

    def press(self) -> None:
        """Finish the study on the screen, or say why not yet. Raises UsageError where none is open."""
        study, now = self._session.study, self.clock()
        if self._came_up_s is not None and now - self._came_up_s < PAUSE_S:
            self._room.said.emit(self.tr("this study has just come up: it is not finished"))
            return
        if study is not None and self._finished is study and now - self._finished_s < PAUSE_S:
            return
        if study is not None and not self._room.only_looks_back and self._asks(study, now):
            return
        self._room.finish()
        self._question, self._finished, self._finished_s = None, study, now

    def _asks(self, study: Study, now: float) -> bool:
        """Whether the reader is asked, or was and has not answered: a press that comes too soon is no answer."""
        sides, before = self._without_category(study), self._question
        if not sides:
            return False
        known = before is not None and before.study is study and before.sides == sides
        if before is not None and known and PAUSE_S <= now - before.at_s <= ASKED_FOR_S:
            return False
        self._question = _Question(study, sides, now)
        self._room.said.emit(self._words(sides))
        return True

    def _without_category(self, study: Study) -> frozenset[Laterality]:
        judged = self._room.current.judgements
        sides = {image.laterality for image in study.images} - {Laterality.UNKNOWN}
        return frozenset(side for side in sides if str(side) not in judged or not judged[str(side)].birads)

    def _words(self, sides: frozenset[Laterality]) -> str:
        if len(sides) > 1:
            return self.tr("no BI-RADS for either breast: press again to finish without")
        if Laterality.LEFT in sides:
            return self.tr("no BI-RADS for the left breast: press again to finish without")
        return self.tr("no BI-RADS for the right breast: press again to finish without")

    def _follow(self) -> None:
        """Another study is on the screen; where it came up by a finish, its own may not follow at once."""
        study = self._session.study
        if study is self._shown:
            return
        by_finish = self._finished is not None and self._shown is self._finished
        self._shown, self._finished, self._question = study, None, None
        self._came_up_s = self.clock() if by_finish else None
