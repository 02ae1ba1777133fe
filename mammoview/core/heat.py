"""Owns the laying of a heat map over any pixel grid, and its colours. Never runs a model.

A cell's value belongs to ONE point, the centre of its receptive field; between the points the map is linear, and it
falls to zero one cell beyond the last point. The interpolation is separable and exact (no fixed-point tables).
"""

from __future__ import annotations

import math
from functools import lru_cache
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from mammoview.core.buffers import BUFFERS
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
    product = BUFFERS.empty((left.shape[0], right.shape[1]), np.float32)
    cv2.gemm(left, right, 1.0, None, 0.0, dst=product)  # type: ignore[call-overload]
    return product


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


def heat_peak(
    heat: HeatMap, rows: int, columns: int, inside: NDArray[np.bool_] | None = None
) -> tuple[float, float] | None:
    """The stored position (row, column) of the strongest response on an image of `rows` x `columns`; None where there
    is none. `inside`: bool on any grid over the image, only True counts; then the position may be off by half of that
    grid's pixel, unless the strongest cell's own point lies inside.
    """
    strongest = np.unravel_index(int(np.argmax(heat.cells)), heat.cells.shape)
    row, column = heat.cells_from_stored.inverse()(float(strongest[0]), float(strongest[1]))
    if heat.cells[strongest] <= 0:
        return None
    mask = np.ones((rows, columns), np.bool_) if inside is None else inside
    scales = mask.shape[0] / rows, mask.shape[1] / columns
    grid = GridTransform(scales[0], scales[0] / 2 - 0.5, scales[1], scales[1] / 2 - 0.5)
    at = tuple(round(place) for place in grid(row, column))
    if 0 <= at[0] < mask.shape[0] and 0 <= at[1] < mask.shape[1] and mask[at]:
        return row, column
    laid = np.where(mask, lay_heat_map(heat, grid, *mask.shape), np.float32(0))
    best = np.unravel_index(int(np.argmax(laid)), laid.shape)
    return grid.inverse()(float(best[0]), float(best[1])) if laid[best] > 0 else None


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


def heat_index(heat: NDArray[np.float32], inside: NDArray[np.bool_] | None = None) -> NDArray[np.uint8]:
    """A laid map (0..1) as 0..255, and 0 outside `inside`; same shape."""
    index = BUFFERS.empty(heat.shape, np.uint8)
    cv2.convertScaleAbs(heat, dst=index, alpha=255.0)
    if inside is not None:
        np.multiply(index, inside.view(np.uint8), out=index)
    return index


PixelTable = NDArray[np.int32]
"""Pixels of a canvas (uint8: blue, green, red, a byte without meaning) by a value of 8 or 16 bits."""


def pixel_table(greys: NDArray[np.uint8]) -> PixelTable:
    """A table of greys as one of pixels; same shape."""
    pixels = np.asarray(cv2.cvtColor(greys.reshape(1, -1), cv2.COLOR_GRAY2BGRA), np.uint8)
    return pixels.view(np.int32).reshape(greys.shape)


@lru_cache(maxsize=4)
def heat_table(opacity: float, threshold: float, color_map: str) -> PixelTable:
    """Colour over grey, by grey + 256 * map (both 0..255); shape (65536,).

    Value is told by colour alone; the grey alone is seen under `threshold` and where the map is 0. `opacity` 0..1.
    """
    lowest = math.ceil(max(1.0, threshold * 255 - 0.5)) if opacity > 0 else 256
    grey = np.arange(256)
    pixels = np.zeros((256, 256, 4), np.uint8)
    pixels[:, :, :3] = grey[:, None]
    through = np.round(grey * (1.0 - opacity))[:, None]
    over = np.round(color_table(color_map)[lowest:, None, ::-1] * opacity)
    pixels[lowest:, :, :3] = np.minimum(through + over, 255)
    table = pixels.view(np.int32).reshape(-1)
    table.flags.writeable = False
    return table


def look_up(index: NDArray[Any], table: PixelTable, canvas: NDArray[np.uint8]) -> None:
    """Fill a canvas (rows, columns, 4) by `index`, uint8 or uint16 (rows, columns)."""
    cv2.LUT(index, table, dst=canvas.view(np.int32)[..., 0])


def paint_heat(
    greys: NDArray[np.uint8],
    heat: NDArray[np.uint8],
    table: PixelTable,
    canvas: NDArray[np.uint8],
    *black: NDArray[np.bool_] | None,
) -> None:
    """Fill a canvas (rows, columns, 4) with a map as of `heat_index` over greys, by a table of `heat_table`; black
    where any of `black` is True. All of one shape.
    """
    both = BUFFERS.empty((*greys.shape, 2), np.uint8)
    cv2.merge([greys, heat], dst=both)
    both = both.view("<u2")[..., 0]
    for mask in black:
        if mask is not None:
            blacken(both, mask)
    look_up(both, table, canvas)


def blacken(pixels: NDArray[Any], black: NDArray[np.bool_]) -> None:
    """Set pixels to 0, in place."""
    cv2.bitwise_xor(pixels, pixels, dst=pixels, mask=black.view(np.uint8))


def blend_heat(
    greys: NDArray[np.uint8],
    heat: NDArray[np.float32],
    *,
    opacity: float,
    threshold: float,
    color_map: str,
    inside: NDArray[np.bool_] | None = None,
) -> NDArray[np.uint8]:
    """Colour over grey, of a laid map in 0..1: RGB (rows, columns, 3); transparent also outside `inside`."""
    canvas = np.empty((*greys.shape, 4), np.uint8)
    paint_heat(greys, heat_index(heat, inside), heat_table(opacity, threshold, color_map), canvas)
    return np.asarray(cv2.cvtColor(canvas, cv2.COLOR_BGRA2RGB), np.uint8)
