"""Owns where the breast lies on the detector: millimetres of the breast to pixels and back. Never draws.

Breast frame, in millimetres, the nipple at the origin: `depth` towards the chest wall, `lateral` towards the arm,
`superior` towards the head. Working image frame: the chest wall at the left, the head or the arm at the top.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt


@dataclass(frozen=True, kw_only=True)
class ViewFrame:
    """One view of one breast: the detector grid and the pose of the breast on it."""

    view: str
    rows: int
    columns: int
    spacing_mm: float
    nipple_row_mm: float
    nipple_column_mm: float
    tilt_rad: float
    """How far the nipple points below the horizontal."""
    thickness_mm: float
    spread: float
    """Stretch of the tissue in the image plane by the compression; across it the tissue shrinks."""

    @property
    def projection_rad(self) -> float:
        """The angle of the image's upward axis, from lateral (0) towards superior."""
        return 0.0 if self.view == "CC" else float(np.deg2rad(45.0))

    def project(self, points_mm: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
        """(row_px, column_px), float64 (n, 2), of points (depth, lateral, superior) (n, 3); pixel centres are whole."""
        cos, sin = np.cos(self.projection_rad), np.sin(self.projection_rad)
        up = (points_mm[:, 1] * cos + points_mm[:, 2] * sin) * self.spread
        depth = points_mm[:, 0]
        tilt_cos, tilt_sin = np.cos(self.tilt_rad), np.sin(self.tilt_rad)
        row_mm = self.nipple_row_mm - (depth * tilt_sin + up * tilt_cos)
        column_mm = self.nipple_column_mm - (depth * tilt_cos - up * tilt_sin)
        return np.stack([row_mm, column_mm], axis=1) / self.spacing_mm - 0.5

    def to_sheet(self, pitch_mm: float, depth_origin_mm: float, up_origin_mm: float) -> npt.NDArray[np.float64]:
        """Affine 2 x 3 from (column_px, row_px) to (depth index, up index) of a sheet of `pitch_mm`."""
        tilt_cos, tilt_sin = np.cos(self.tilt_rad), np.sin(self.tilt_rad)
        scale = self.spacing_mm / pitch_mm
        half = 0.5 * self.spacing_mm
        row_0 = half - self.nipple_row_mm
        column_0 = half - self.nipple_column_mm
        depth = [-tilt_cos * scale, -tilt_sin * scale]
        depth.append((-(column_0 * tilt_cos + row_0 * tilt_sin) - depth_origin_mm) / pitch_mm)
        stretch = 1.0 / self.spread
        up = [tilt_sin * scale * stretch, -tilt_cos * scale * stretch]
        up.append(((column_0 * tilt_sin - row_0 * tilt_cos) * stretch - up_origin_mm) / pitch_mm)
        return np.asarray([depth, up], dtype=np.float64)

    def at(self, spacing_mm: float, rows: int, columns: int) -> ViewFrame:
        """The same pose on another grid."""
        return ViewFrame(
            view=self.view, rows=rows, columns=columns, spacing_mm=spacing_mm, nipple_row_mm=self.nipple_row_mm,
            nipple_column_mm=self.nipple_column_mm, tilt_rad=self.tilt_rad, thickness_mm=self.thickness_mm,
            spread=self.spread,
        )  # fmt: skip
