"""Owns the laying of a heat map over any pixel grid, and its colours. Never runs a model.

A cell's value belongs to ONE point, the centre of its receptive field; between the points the map is linear, and it
falls to zero one cell beyond the last point. The interpolation is separable and exact (no fixed-point tables).
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from mammoview.core.errors import UsageError
from mammoview.core.geometry import GridTransform
from mammoview.core.prediction import HeatMap

COLOR_MAPS: dict[str, int] = {
    "inferno": cv2.COLORMAP_INFERNO,
    "viridis": cv2.COLORMAP_VIRIDIS,
    "cividis": cv2.COLORMAP_CIVIDIS,
    "magma": cv2.COLORMAP_MAGMA,
    "turbo": cv2.COLORMAP_TURBO,
}
"""Choices; the first three are perceptually uniform and safe for colour-blind readers."""


def _hat(positions: NDArray[Any], cells: int) -> NDArray[np.float32]:
    """Linear interpolation weights (n, cells) at cell positions (n,)."""
    distance = np.abs(positions[:, None] - np.arange(cells)[None, :])
    return np.maximum(0.0, 1.0 - distance).astype(np.float32)


def _product(left: NDArray[np.float32], right: NDArray[np.float32]) -> NDArray[np.float32]:
    """OpenCV's matrix product: numpy's wakes a pool of threads, which takes longer than these few cells do."""
    return np.asarray(cv2.gemm(left, right, 1.0, None, 0.0), np.float32)  # type: ignore[call-overload]


def lay_heat_map(heat: HeatMap, grid_from_stored: GridTransform, rows: int, columns: int) -> NDArray[np.float32]:
    """The map on a grid of `rows` x `columns` pixels that lies over the stored image; float32 in 0..1."""
    cells_from_grid = grid_from_stored.inverse().then(heat.cells_from_stored)
    along_rows, along_columns = (columns, rows) if cells_from_grid.transpose else (rows, columns)
    row_cells = cells_from_grid.row_scale * np.arange(along_rows) + cells_from_grid.row_offset
    column_cells = cells_from_grid.column_scale * np.arange(along_columns) + cells_from_grid.column_offset
    per_row = _product(_hat(row_cells, heat.cells.shape[0]), heat.cells)
    laid = _product(per_row, np.ascontiguousarray(_hat(column_cells, heat.cells.shape[1]).T))
    return np.ascontiguousarray(laid.T if cells_from_grid.transpose else laid)


def heat_map_16bit(heat: HeatMap, rows: int, columns: int) -> NDArray[np.uint16]:
    """The map on the stored pixel grid, uint16: 0 = none, 65535 = the strongest response of this image."""
    laid = lay_heat_map(heat, GridTransform(), rows, columns)
    strongest = float(laid.max())
    if strongest <= 0:
        return np.zeros((rows, columns), np.uint16)
    return np.round(laid * (65535.0 / strongest)).astype(np.uint16)


@lru_cache(maxsize=8)
def color_table(name: str) -> NDArray[np.uint8]:
    """RGB colours (256, 3) of a colour map. Raises UsageError for a name that is not in COLOR_MAPS."""
    if name not in COLOR_MAPS:
        raise UsageError(f"colour map {name!r} is not known", f"choose one of {', '.join(COLOR_MAPS)}")
    ramp = np.arange(256, dtype=np.uint8).reshape(-1, 1)
    painted = cv2.applyColorMap(ramp, COLOR_MAPS[name])
    table: NDArray[np.uint8] = np.asarray(cv2.cvtColor(painted, cv2.COLOR_BGR2RGB), np.uint8).reshape(256, 3)
    table.flags.writeable = False
    return table


def blend_heat(
    greys: NDArray[np.uint8],
    heat: NDArray[np.float32],
    *,
    opacity: float,
    threshold: float,
    color_map: str,
    inside: NDArray[np.bool_] | None = None,
) -> NDArray[np.uint8]:
    """Colour over grey: RGB (rows, columns, 3). Value is told by colour alone; transparent under `threshold`,
    where the map is 0, and outside `inside`. `opacity` 0..1.
    """
    rgb: NDArray[np.uint8] = np.asarray(cv2.cvtColor(greys, cv2.COLOR_GRAY2RGB), np.uint8)
    shown = (heat >= max(threshold, 1.0 / 255)) if inside is None else (heat >= max(threshold, 1.0 / 255)) & inside
    if opacity <= 0 or not shown.any():
        return rgb
    rows = np.flatnonzero(shown.any(axis=1))
    columns = np.flatnonzero(shown.any(axis=0))
    window = (slice(int(rows[0]), int(rows[-1]) + 1), slice(int(columns[0]), int(columns[-1]) + 1))
    index = (np.clip(heat[window], 0, 1) * 255 + 0.5).astype(np.uint8)
    colors = cv2.LUT(cv2.cvtColor(index, cv2.COLOR_GRAY2RGB), color_table(color_map)[None])
    part = rgb[window].copy()
    mixed = cv2.addWeighted(part, 1.0 - opacity, colors, opacity, 0.0)
    rgb[window] = cv2.copyTo(mixed, shown[window].astype(np.uint8), part)
    return rgb
