"""Owns the reader's gestures on panes: zoom, pan, window, VOI choices. Turns them into states of the session."""

from __future__ import annotations

from dataclasses import dataclass

from mammoview.core.prepared import PreparedImage
from mammoview.core.render import current_voi
from mammoview.core.view_state import ViewState
from mammoview.core.window import Voi, VoiWindow
from mammoview.services.navigation import GAIN_PART, gain_of, window_like
from mammoview.services.session import Session

ZOOM_STEP = 1.25
PAN_PART = 0.08
_AS_HUNG = 1.000001


@dataclass(frozen=True, slots=True)
class _Anchor:
    """The stored position that a zoom keeps under one device pixel of one pane."""

    number: int
    row_px: float
    column_px: float
    stored: tuple[float, float]


class Navigator:
    """All positions are device pixels of the pane, as (row, column), at pixel centres."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._anchor: _Anchor | None = None
        self._gains: dict[str, float] = {}

    # --- where

    def zoom_at(self, number: int, factor: float, row_px: float, column_px: float) -> None:
        """Zoom; what is under the given device pixel stays there."""
        session, scene = self._session, self._session.scene
        if scene is None or number not in scene.images:
            return
        self._zoom_to(number, session.state(number).zoomed(factor).zoom, row_px, column_px)

    def native_at(self, number: int, row_px: float, column_px: float) -> None:
        """One stored pixel on one device pixel; what is under the given device pixel stays there."""
        scene = self._session.scene
        if scene is not None and number in scene.images:
            self._zoom_to(number, scene.native_zoom(number), row_px, column_px)

    def _zoom_to(self, number: int, zoom: float, row_px: float, column_px: float) -> None:
        scene = self._session.scene
        assert scene is not None
        eye, state = scene.eye(number), self._session.state(number)
        anchor = self._anchor
        if anchor is None or (anchor.number, anchor.row_px, anchor.column_px) != (number, row_px, column_px):
            anchor = _Anchor(number, row_px, column_px, eye.stored(state, row_px, column_px))
        wanted = ViewState(zoom, state.down_mm, state.away_mm)
        for _ in range(2):  # the second pass takes the rounding of the first out
            wanted = eye.held(wanted, anchor.stored, row_px, column_px)
        self._anchor = anchor
        self._session.set_state(number, wanted)

    def zoom(self, factor: float) -> None:
        """Zoom the active pane about the middle of the breast, or of the pane where that is out of sight; a pair that
        is smaller than as hung keeps its chest walls together."""
        middle = self._middle()
        if middle is not None:
            self._zoom_active(self._session.state(self._session.active).zoomed(factor).zoom, middle)

    def native(self) -> None:
        """One stored pixel on one device pixel in the active pane."""
        middle, scene, number = self._middle(), self._session.scene, self._session.active
        if middle is not None and scene is not None:
            self._zoom_active(scene.native_zoom(number), middle)

    def _zoom_active(self, zoom: float, middle: tuple[float, float]) -> None:
        session, number = self._session, self._session.active
        scene = session.scene
        assert scene is not None
        self._anchor = None
        if zoom <= _AS_HUNG and scene.meets(number):
            session.set_state(number, ViewState())
            frame = scene.frames[number]
            edge = frame.columns_px - 0.5 if session.panes[number].wall_right else -0.5
            middle = frame.rows_px / 2 - 0.5, edge
        self._zoom_to(number, zoom, *middle)
        self._anchor = None

    def _middle(self) -> tuple[float, float] | None:
        session, number = self._session, self._session.active
        scene = session.scene
        if scene is None or number not in scene.images:
            return None
        frame = scene.frames[number]
        placement = scene.place(number, session.state(number))
        row, column = placement.screen_from_stored()(*scene.breast_middle(number))
        if 0 <= row < frame.rows_px and 0 <= column < frame.columns_px:
            return row, column
        return frame.rows_px / 2, frame.columns_px / 2

    def pan(self, number: int, rows_px: float, columns_px: float) -> None:
        """Move the picture by device pixels."""
        scene = self._session.scene
        if scene is not None and number in scene.images:
            self._anchor = None
            state = scene.eye(number).moved(self._session.state(number), rows_px, columns_px)
            self._session.set_state(number, state)

    def pan_by_key(self, down: int, right: int) -> None:
        """Look further down or to the right in the active pane, by a part of it."""
        scene, number = self._session.scene, self._session.active
        if scene is not None and number in scene.images:
            frame = scene.frames[number]
            self.pan(number, -down * PAN_PART * frame.rows_px, -right * PAN_PART * frame.columns_px)

    def fit(self) -> None:
        """As hung: every breast as large as its pane allows."""
        if self._session.panes:
            self._anchor = None
            self._session.set_state(self._session.active, ViewState())

    # --- grey levels

    def begin_window(self, number: int, *, everywhere: bool = False) -> None:
        """A drag of the window begins: its gain comes from the window at this moment."""
        self._gains = {prepared.header.key: self._gain(prepared) for prepared in self._images(number, everywhere)}

    def drag_window(self, number: int, right: float, down: float, *, everywhere: bool = False) -> None:
        """Right widens, down darkens the picture as seen; in logical pixels."""
        look = self._session.look
        for prepared in self._images(number, everywhere):
            key = prepared.header.key
            presentation = look.presentation(key)
            falls = presentation.p_values is not None and presentation.p_values.falls
            inverted = prepared.shown_inverted(presentation.invert) != falls
            gain = self._gains[key] if key in self._gains else self._gain(prepared)
            look.set_window(key, self._window(prepared).dragged(right, down, gain=gain, inverted=inverted))

    def window_by_key(self, wider: int, darker: int) -> None:
        """A step of the active pane's window, a twentieth of its width."""
        number = self._session.active
        self.begin_window(number)
        self.drag_window(number, wider * 0.05 / GAIN_PART, darker * 0.05 / GAIN_PART)

    def vois(self) -> tuple[tuple[Voi, ...], int | None]:
        """The active image's VOI choices and the one in force; None for the reader's own window or that of a
        presentation state.
        """
        prepared = self._session.image(self._session.active)
        if prepared is None:
            return (), None
        presentation = self._session.presentation(self._session.active)
        vois = prepared.image.vois()
        other = presentation.window is not None or presentation.state_voi is not None
        return vois, None if other else presentation.voi % len(vois)

    def current_voi(self) -> Voi | None:
        """What is in force in the active pane."""
        prepared = self._session.image(self._session.active)
        if prepared is None:
            return None
        return current_voi(prepared.image, self._session.presentation(self._session.active))

    def choose_voi(self, voi: int) -> None:
        """A VOI choice for all images of the study, and those beside them, that have it, in place of windows of the
        reader's own.
        """
        study, panes = self._session.study, self._session.panes
        beside = {pane.header.key: pane.header for pane in panes if pane.header is not None}
        for header in ({header.key: header for header in study.images} | beside).values() if study else ():
            if voi < max(1, len(header.grey.vois)):
                self._session.look.set_voi(header.key, voi)

    def step_voi(self, by: int) -> None:
        """The next VOI choice; from a window of the reader's own back to the one before it."""
        vois, chosen = self.vois()
        if vois:
            voi = self._session.presentation(self._session.active).voi % len(vois)
            self.choose_voi(voi if chosen is None else (chosen + by) % len(vois))

    def reset(self) -> None:
        """As opened: as hung, the file's first window, not inverted."""
        self.fit()
        self.choose_voi(0)
        self._session.look.set_invert(False)

    def _images(self, number: int, everywhere: bool) -> list[PreparedImage]:
        scene = self._session.scene
        if scene is None:
            return []
        if everywhere:
            return list(scene.images.values())
        return [scene.images[number]] if number in scene.images else []

    def _gain(self, prepared: PreparedImage) -> float:
        return gain_of(self._window(prepared), prepared.image.vois()[0])

    def _window(self, prepared: PreparedImage) -> VoiWindow:
        return window_like(current_voi(prepared.image, self._session.look.presentation(prepared.header.key)))
