"""Owns which views count as looked at by what is on the screen. Keeps nothing, and no widgets.

A view counts as visited when its picture was shown in a layout of at most two panes, or at one to one, or in the active
pane, and the reader has asked for that: by layout, step, zoom or another active pane. What a study merely opens in
counts when it has stood on the screen for two seconds.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from contextlib import contextmanager

from PySide6.QtCore import QObject, QTimer, Signal

from mammoview.core.study import Study
from mammoview.core.view_state import ViewState
from mammoview.services.session import Session

LOOK_MS = 2000
"""How long a hang that the reader did not ask for stands on the screen before it counts as looked at."""

_OUT_OF_SIGHT, _TIMES_HIDDEN = "imagesOutOfSight", "timesImagesHidden"
_FEW_PANES = 2
_AT_ONE_TO_ONE = 0.999


def set_in_sight(session: Session, in_sight: bool) -> bool:
    """Whether the images can be seen at all: not behind the list or in a minimised window, where no view is looked at.
    Returns whether that is new.
    """
    before = bool(session.property(_OUT_OF_SIGHT))
    session.setProperty(_OUT_OF_SIGHT, not in_sight)
    if not (before or in_sight):
        session.setProperty(_TIMES_HIDDEN, (session.property(_TIMES_HIDDEN) or 0) + 1)
    return before is in_sight


class Visits(QObject):
    """What counts as looked at, and is new. `stood` follows when what is on the screen has been there for `LOOK_MS`."""

    stood = Signal()

    def __init__(self, session: Session, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._session = session
        self._study: Study | None = None
        self._opened: tuple[object, ...] = ()
        self._opened_active = 0
        self._opened_states: list[ViewState] = []
        self._opened_parts: tuple[ViewState, ...] = ()
        self._rehung = self._activated = self._is_opening = False
        self._standing: tuple[object, ...] | None = None
        self._stood: tuple[object, ...] | None = None
        self._clock = QTimer(self)
        self._clock.setSingleShot(True)
        self._clock.setInterval(LOOK_MS)
        self._clock.timeout.connect(self._has_stood)

    def begin(self) -> None:
        """What is on the screen now was not asked for by the reader: the study came up with it."""
        session = self._session
        self._study = session.study
        self._opened, self._opened_active = self._hang(), session.active
        self._note_states()
        self._rehung = self._activated = False
        self._standing = self._stood = None
        self._clock.stop()

    @contextmanager
    def opening(self) -> Iterator[None]:
        """Within it the program goes to where the reader was before: that is the hang that the study opens in."""
        self._is_opening = True
        try:
            yield
        finally:
            self._is_opening = False
            self.begin()
            self._follow()

    def new(self, visited: Collection[str]) -> list[str]:
        """The keys of the images that count as visited by what is on the screen now, and were not `visited` before."""
        session, seen = self._session, list[str]()
        if self._is_opening:
            return seen
        self._follow()
        if session.property(_OUT_OF_SIGHT):
            return seen
        mine = {header.key for header in session.study.images} if session.study else set()
        for number, pane in enumerate(session.panes):
            key = pane.header.key if pane.header is not None else ""
            if key not in mine or key in visited or session.image(number) is None or session.waits(number):
                continue
            if self._counts(number):
                seen.append(key)
        return seen

    def _counts(self, number: int) -> bool:
        session = self._session
        stood = self._stood is not None and self._stood == self._standing
        if len(session.panes) <= _FEW_PANES and (self._rehung or stood):
            return True
        if number == session.active and (self._activated or stood):
            return True
        moved = self._rehung or session.state(number) != self._opened_states[number]
        return moved and _at_one_to_one(session, number)

    def _follow(self) -> None:
        """Note what the reader has done to the hang, and time how long it stands."""
        session = self._session
        if session.study is not self._study:
            self.begin()
        if session.walk.parts and session.walk.parts != self._opened_parts:
            self._note_states()  # the step goes to its part once the images are there: no reader asked for that
        hang = self._hang()
        self._rehung = self._rehung or hang != self._opened
        self._activated = self._activated or self._rehung or session.active != self._opened_active
        there = bool(session.panes) and not session.property(_OUT_OF_SIGHT)
        if not there or any(self._lacks(number) for number in range(len(session.panes))):
            self._standing = None
            self._clock.stop()
            return
        standing = (hang, session.active, session.property(_TIMES_HIDDEN))
        if standing != self._standing:
            self._standing = standing
            self._clock.start()

    def _note_states(self) -> None:
        """Where one looks is where the program looks, not the reader."""
        session = self._session
        self._opened_parts = session.walk.parts
        self._opened_states = [session.state(number) for number in range(len(session.panes))]

    def _hang(self) -> tuple[object, ...]:
        session = self._session
        keys = (pane.header.key if pane.header is not None else "" for pane in session.panes)
        step = session.walk.apart if session.stands_apart else None
        return (session.layout, step.id if step is not None else "", *keys)

    def _lacks(self, number: int) -> bool:
        """Whether a pane has not got its picture yet; of frames any one will do."""
        session = self._session
        header = session.panes[number].header
        if header is None or session.error(number) is not None:
            return False
        return session.image(number) is None or (header.frames == 1 and session.waits(number))

    def _has_stood(self) -> None:
        self._stood = self._standing
        self.stood.emit()


def _at_one_to_one(session: Session, number: int) -> bool:
    scene = session.scene
    if scene is None or number not in scene.images:
        return False
    return session.state(number).zoom >= _AT_ONE_TO_ONE * scene.native_zoom(number)
