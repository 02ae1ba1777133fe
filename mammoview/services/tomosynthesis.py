"""Owns the reader's way through the frames of a multi-frame image: wheel, keys, cine, slab. Never loads or draws.

With linked panes the other side of the same view follows at the same relative depth.
"""

from __future__ import annotations

import math
from dataclasses import replace

from PySide6.QtCore import QObject, QTimer, Signal

from mammoview.core.image import FrameChoice, Projection
from mammoview.core.study import ImageHeader
from mammoview.services.frames import SLABS
from mammoview.services.session import Session

CINE_RATES = (2.0, 5.0, 8.0, 10.0, 12.0, 15.0, 20.0, 25.0, 30.0)
"""Frames per second among which faster and slower choose."""

_DEFAULT_RATE = 15.0
_PART = 0.1


class Tomosynthesis(QObject):
    """All commands act on the active pane; `changed` follows when the cine starts, stops or changes its speed."""

    changed = Signal()

    def __init__(self, session: Session, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._session = session
        self._rate: float | None = None
        self._notches = 0.0
        self._timer = QTimer(self)
        self._timer.timeout.connect(self._beat)
        session.study_changed.connect(self.stop_cine)

    @property
    def available(self) -> bool:
        """Whether the active pane shows a multi-frame image."""
        return self._header() is not None

    # --- frames

    def step(self, by: int) -> None:
        """So many frames on; the ends hold."""
        self.stop_cine()
        self._move(by)

    def step_part(self, by: int) -> None:
        """A tenth of all frames on, at least one."""
        header = self._header()
        if header is not None:
            self.step(by * max(1, round(_PART * header.frames)))

    def to_first(self) -> None:
        self.stop_cine()
        self._go(1)

    def to_last(self) -> None:
        header = self._header()
        self.stop_cine()
        if header is not None:
            self._go(header.frames)

    def turn_wheel(self, number: int, notches: float) -> None:
        """The wheel over a pane: towards the reader is on; parts of a notch add up."""
        self._session.activate(number)
        if self._notches * notches < 0:
            self._notches = 0.0
        self._notches += notches
        whole = math.trunc(self._notches)
        if whole:
            self._notches -= whole
            self.step(-whole)

    def _move(self, by: int) -> None:
        header = self._header()
        if header is not None:
            frame = self._session.frames.asked(header).frame + by
            self._go(min(max(1, frame), header.frames))

    def _go(self, frame: int) -> None:
        header = self._header()
        if header is not None:
            depth = (frame - 1) / (header.frames - 1)
            self._ask([(header, frame), *((other, _at(depth, other)) for other in self._following(header))])

    def _ask(self, frames: list[tuple[ImageHeader, int]]) -> None:
        asked = self._session.frames.asked
        self._session.ask_frames([(header, replace(asked(header), frame=frame)) for header, frame in frames])

    def _following(self, header: ImageHeader) -> list[ImageHeader]:
        """The multi-frame images of the same view in other panes, where panes are linked."""
        panes = self._session.panes
        if not self._session.linked:
            return []
        others = (pane.header for pane in panes if pane.header is not None and pane.header.key != header.key)
        return [other for other in others if other.frames > 1 and other.view is header.view]

    def _header(self) -> ImageHeader | None:
        panes, active = self._session.panes, self._session.active
        header = panes[active].header if active < len(panes) else None
        return header if header is not None and header.frames > 1 else None

    # --- slab

    def next_slab(self) -> None:
        """The next thickness: 1, 3, 5, 9 frames, all."""
        header = self._header()
        if header is None:
            return
        slab = self._session.frames.asked(header).slab
        known = [thickness or header.frames for thickness in SLABS if thickness < header.frames]
        thicker = next((thickness for thickness in known if thickness > slab), 1)
        self._set_slab(header, slab=thicker)

    def toggle_projection(self) -> None:
        """Maximum or average of the frames; a single frame becomes the thinnest slab."""
        header = self._header()
        if header is None:
            return
        choice = self._session.frames.asked(header)
        if choice.slab == 1:
            self._set_slab(header, slab=SLABS[1])
        else:
            other = Projection.AVERAGE if choice.projection is Projection.MAXIMUM else Projection.MAXIMUM
            self._set_slab(header, projection=other)

    def _set_slab(self, header: ImageHeader, *, slab: int | None = None, projection: Projection | None = None) -> None:
        own = self._session.frames.asked(header)
        slab = own.slab if slab is None else slab
        projection = own.projection if projection is None else projection
        choices = []
        for one in (header, *self._following(header)):
            thickness = one.frames if slab == header.frames else slab
            frame = self._session.frames.asked(one).frame
            choices.append((one, FrameChoice(frame, thickness, projection)))
        self._session.ask_frames(choices)

    # --- cine

    @property
    def playing(self) -> bool:
        return self._timer.isActive()

    @property
    def rate(self) -> float:
        """Frames per second: what the reader chose, else what the image tells, else 15."""
        header = self._header()
        return self._rate or (header.frames_per_second if header else None) or _DEFAULT_RATE

    def toggle_cine(self) -> None:
        """Start or stop showing one frame after the other, from the last on to the first."""
        if self.playing:
            self.stop_cine()
        elif self._header() is not None:
            self._timer.start(round(1000 / self.rate))
            self.changed.emit()

    def stop_cine(self) -> None:
        if self.playing:
            self._timer.stop()
            self.changed.emit()

    def change_rate(self, by: int) -> None:
        """The next faster or slower speed."""
        nearest = min(range(len(CINE_RATES)), key=lambda number: abs(CINE_RATES[number] - self.rate))
        self._rate = CINE_RATES[min(max(0, nearest + by), len(CINE_RATES) - 1)]
        self._timer.setInterval(round(1000 / self._rate))
        self.changed.emit()

    def _beat(self) -> None:
        """The next frame, unless the one before is still to come: nothing queues."""
        header = self._header()
        if header is None:
            self.stop_cine()
        elif not self._session.waits(self._session.active):
            self._go(self._session.frames.asked(header).frame % header.frames + 1)


def _at(depth: float, header: ImageHeader) -> int:
    """The frame of an image at a relative depth 0..1."""
    return 1 + round(depth * (header.frames - 1))
