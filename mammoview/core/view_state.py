"""Owns where one looks and how it looks: ViewState, Presentation, Placement. Never touches pixels or widgets."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

from mammoview.core.geometry import GridTransform, Orientation
from mammoview.core.pyramid import ScaleStep, scale_step
from mammoview.core.window import Voi, VoiLut, VoiWindow

MIN_ZOOM, MAX_ZOOM = 0.25, 64.0


@dataclass(frozen=True, slots=True)
class ViewState:
    """Where one looks. `zoom` 1 = as hung; the offsets (mm of the hang's scale) move the point that is looked at:
    `down_mm` towards the feet end of the picture, `away_mm` away from the chest wall, so that linked left and right
    views move as mirror images.
    """

    zoom: float = 1.0
    down_mm: float = 0.0
    away_mm: float = 0.0

    def zoomed(self, factor: float) -> ViewState:
        """Zoomed about the middle of the viewport, within 0.25..64."""
        return replace(self, zoom=min(MAX_ZOOM, max(MIN_ZOOM, self.zoom * factor)))

    def moved(self, down_mm: float, away_mm: float) -> ViewState:
        return replace(self, down_mm=self.down_mm + down_mm, away_mm=self.away_mm + away_mm)


@dataclass(frozen=True, slots=True)
class HeatPresentation:
    """How the heat map looks: `opacity` and `threshold` in 0..1."""

    visible: bool = False
    opacity: float = 0.5
    threshold: float = 0.3
    color_map: str = "inferno"

    def with_opacity(self, opacity: float) -> HeatPresentation:
        return replace(self, opacity=min(1.0, max(0.0, round(opacity, 4))))


@dataclass(frozen=True, slots=True)
class Presentation:
    """How it looks. `window` None = the VOI of a presentation state, `state_voi`, and where that is None too the
    image's VOI choice number `voi` (counted from 0).

    `annotations`: the corner texts; `all_texts`: the technique block as well. `overlays`: the file's own (60xx).
    `p_values`: the Presentation LUT of a presentation state.
    `air_black`: the air of an image that marks none as padding stays black when inverted, as far as it can be told.
    """

    voi: int = 0
    window: VoiWindow | None = None
    invert: bool = False
    heat: HeatPresentation = HeatPresentation()
    annotations: bool = True
    all_texts: bool = False
    overlays: bool = True
    air_black: bool = True
    state_voi: Voi | None = None
    p_values: VoiLut | None = None


@dataclass(frozen=True, slots=True)
class Placement:
    """A stored image of `rows` x `columns` on a screen, on whole screen pixels.

    It is laid by `orientation` and then scaled, by `row_step` and `column_step` along its stored axes; `row0_px`,
    `column0_px` is the screen pixel of the laid image's first corner.
    """

    rows: int
    columns: int
    orientation: Orientation
    row_step: ScaleStep
    column_step: ScaleStep
    row0_px: int
    column0_px: int

    @property
    def scaled_rows(self) -> int:
        """Screen pixels along the stored rows axis."""
        return math.ceil(self.rows * self.row_step.scale - 1e-9)

    @property
    def scaled_columns(self) -> int:
        return math.ceil(self.columns * self.column_step.scale - 1e-9)

    @property
    def size_px(self) -> tuple[int, int]:
        """(rows, columns) on the screen of the laid image."""
        return self.orientation.shape(self.scaled_rows, self.scaled_columns)

    def screen_from_stored(self) -> GridTransform:
        """Stored position -> screen position."""
        rows, columns = self.laid_steps
        laid = self.orientation.transform(self.rows, self.columns)
        scaled = GridTransform(rows.scale, 0.5 * rows.scale - 0.5, columns.scale, 0.5 * columns.scale - 0.5)
        return laid.then(scaled).then(GridTransform(1.0, self.row0_px, 1.0, self.column0_px))

    @property
    def laid_steps(self) -> tuple[ScaleStep, ScaleStep]:
        """The scales along the rows and the columns of the screen."""
        if self.orientation.transpose:
            return self.column_step, self.row_step
        return self.row_step, self.column_step

    def moved_to(self, row0_px: int, column0_px: int) -> Placement:
        return replace(self, row0_px=row0_px, column0_px=column0_px)


def native_placement(rows: int, columns: int, orientation: Orientation | None = None) -> Placement:
    """One stored pixel on one screen pixel, the laid image's corner at (0, 0)."""
    step = scale_step(1.0, 1)
    return Placement(rows, columns, orientation or Orientation(), step, step, 0, 0)
