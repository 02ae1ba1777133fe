"""Owns the maths of looking around: zoom that keeps a point in place, pan, 1:1, the window that a LUT resembles."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from mammoview.core.hanging import stored_at
from mammoview.core.view_state import Placement, ViewState
from mammoview.core.window import Voi, VoiFunction, VoiWindow

GAIN_PART = 1 / 600
"""A drag over one logical pixel changes a window by this part of its width when the drag began."""

_NARROW_PART = 1 / 20
"""A window narrower than this part of the image's first VOI is dragged as one of that width, so that it can be left."""


@dataclass(frozen=True, slots=True)
class Eye:
    """One pane as the maths sees it: how a state places the image, the scale, and to which side the chest wall lies."""

    place: Callable[[ViewState], Placement]
    px_per_mm: float
    wall_right: bool

    def moved(self, state: ViewState, rows_px: float, columns_px: float) -> ViewState:
        """The state after the picture was moved by so many device pixels, down and to the right."""
        per_px = 1.0 / (self.px_per_mm * state.zoom)
        away = columns_px if self.wall_right else -columns_px
        return state.moved(-rows_px * per_px, away * per_px)

    def stored(self, state: ViewState, row_px: float, column_px: float) -> tuple[float, float]:
        """The stored position under a device pixel."""
        return stored_at(self.place(state), row_px, column_px)

    def held(self, state: ViewState, stored: tuple[float, float], row_px: float, column_px: float) -> ViewState:
        """The state with the stored position brought back to the device pixel (within half of one)."""
        row, column = self.place(state).screen_from_stored()(*stored)
        return self.moved(state, row_px - row, column_px - column)


def gain_of(window: VoiWindow, first: Voi) -> float:
    """By how much a drag over one logical pixel changes a window, in modality units; `first`: the image's first VOI."""
    return GAIN_PART * max(window.width, _NARROW_PART * window_like(first).width)


def window_like(voi: Voi) -> VoiWindow:
    """A window to start dragging from: the VOI itself, or for a LUT the window whose ends it resembles, falling where
    it does.
    """
    if isinstance(voi, VoiWindow):
        return voi
    inputs = voi.first_mapped + np.arange(voi.entries.size, dtype=np.float64)
    shown = voi.apply(inputs)
    if voi.falls:
        inputs, shown = inputs[::-1], shown[::-1]
    low_grey, high_grey = float(shown.min()), float(shown.max())
    span = high_grey - low_grey
    low = float(inputs[int(np.argmax(shown >= low_grey + 0.02 * span))])
    high = float(inputs[int(np.argmax(shown >= low_grey + 0.98 * span))])
    return VoiWindow((low + high) / 2, max(1.0, abs(high - low)), VoiFunction.LINEAR, falls=voi.falls)
