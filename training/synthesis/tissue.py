"""Owns the projection of slabs of tissue into maps of millimetres along the beam. Never knows detectors or lesions."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

from training.synthesis.anatomy import Sheets
from training.synthesis.arrays import FloatArray

_EDGE_WIDTH = np.float32(0.65)  # over which fat turns into gland, in the same unit


@dataclass(frozen=True)
class TissueMaps:
    """Path lengths along the beam, float32 (rows, columns), millimetres, as if the breast had no margin."""

    gland_mm: FloatArray
    ligament_mm: FloatArray


def _wall_primitive(distance: FloatArray, width: np.float32) -> FloatArray:
    """The integral from 0 to `distance` of the wall's cross-section (1 + (d / width)^2)^(-3/2)."""
    scaled = distance / width
    return np.asarray(distance / np.sqrt(np.float32(1.0) + scaled * scaled), dtype=np.float32)


def _slab_wall(before: FloatArray, after: FloatArray, crossed: npt.NDArray[np.bool_], width: np.float32) -> FloatArray:
    """Mean of a wall's cross-section between two slabs, exact where the distance changes linearly.

    So a wall that lies obliquely to the beam becomes an even smear, not a row of steps.
    """
    signed = np.where(crossed, -after, after)
    run = signed - before
    run = np.where(np.abs(run) < 1e-4, np.float32(1e-4), run)
    rise = _wall_primitive(before + run, width) - _wall_primitive(before, width)
    return np.asarray(rise / run, dtype=np.float32)


def _slab_gland(before: FloatArray, after: FloatArray) -> FloatArray:
    """Mean of the ramp clip(level, 0, 1) between two slabs, exact where the level changes linearly."""

    def primitive(level: FloatArray) -> FloatArray:
        ramp = np.clip(level, 0.0, 1.0)
        return np.asarray(ramp * (level - np.float32(0.5) * ramp), dtype=np.float32)

    run = after - before
    run = np.where(np.abs(run) < 1e-2, np.float32(1e-2), run)
    return np.asarray((primitive(before + run) - primitive(before)) / run, dtype=np.float32)


def project(sheets: Sheets, to_sheet: npt.NDArray[np.float64], shape: tuple[int, int]) -> TissueMaps:
    """Sum the slabs on a pixel grid; `to_sheet` is the affine from (column_px, row_px) to (depth, up) cells."""
    gland = np.zeros(shape, np.float32)
    wall = np.zeros(shape, np.float32)
    width = np.float32(sheets.wall_width)
    size = (shape[1], shape[0])
    border = cv2.BORDER_REFLECT_101
    straight = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    along, up = (cv2.warpAffine(one, to_sheet, size, flags=straight, borderMode=border) for one in sheets.warp)
    column_px = np.arange(shape[1], dtype=np.float64)[None, :]
    row_px = np.arange(shape[0], dtype=np.float64)[:, None]
    (depth_x, depth_y, depth_0), (up_x, up_y, up_0) = to_sheet
    map_depth = np.asarray(along + (depth_x * column_px + depth_y * row_px + depth_0), dtype=np.float32)
    map_up = np.asarray(up + (up_x * column_px + up_y * row_px + up_0), dtype=np.float32)

    def lay(sheet: FloatArray, interpolation: int = cv2.INTER_CUBIC) -> FloatArray:
        return np.asarray(cv2.remap(sheet, map_depth, map_up, interpolation, borderMode=border), dtype=np.float32)

    linear = cv2.INTER_LINEAR
    before: FloatArray | None = None
    level_before: FloatArray | None = None
    label_before: npt.NDArray[np.uint8] | None = None
    for slab in range(sheets.bias.shape[0]):
        fat_1, fat_2, gland_1, gland_2 = (lay(field[slab]) for field in sheets.lobules)
        bias = lay(sheets.bias[slab], linear)
        amount = lay(sheets.amount[slab], linear)
        fat, fat_other = np.maximum(fat_1, fat_2), np.minimum(fat_1, fat_2)
        glandular, gland_other = np.maximum(gland_1, gland_2), np.minimum(gland_1, gland_2)
        margin = glandular - fat + bias
        level = np.asarray(margin / _EDGE_WIDTH + np.float32(0.5), dtype=np.float32)
        second = np.maximum(np.minimum(glandular, fat), np.maximum(fat_other, gland_other))
        distance = np.asarray(np.maximum(glandular, fat) - second, dtype=np.float32)
        label = (glandular > fat).astype(np.uint8) * 2 + np.where(glandular > fat, gland_2 > gland_1, fat_2 > fat_1)
        if before is not None and label_before is not None and level_before is not None:
            gland += _slab_gland(level_before, level)
            wall += _slab_wall(before, distance, label != label_before, width) * amount
        before, label_before, level_before = distance, np.asarray(label, dtype=np.uint8), level
    thickness = np.float32(sheets.slab_mm)
    return TissueMaps(gland * thickness, wall * thickness)
