"""Owns the inside of one breast in three dimensions: fat lobules, gland, ligaments. Never projects anything.

Lobules are the cells of a foam: at each point the largest of four smooth random fields names the lobule, and where the
two largest are equal runs a wall (a Cooper ligament). Two of the four names are fat and two are gland, and a bias that
is high in the disc behind the nipple and falls off around it decides between them. So gland has scalloped edges, fat
lobules sit inside of gland, walls meet in threes, and both views show the same structures.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import cv2
import numpy as np
import numpy.typing as npt

from training.synthesis.arrays import FloatArray
from training.synthesis.frame import ViewFrame
from training.synthesis.seeds import stream
from training.synthesis.texture import smooth_field
from training.synthesis.traits import Traits

Millimetres = npt.NDArray[np.floating]

PITCH_MM = 1.6
_DEPTH_ORIGIN_MM = -16.0
_HALF_MM = 130.0
_SHAPE = (163, 163, 90)  # superior, lateral, depth
_SHEET_UP_MM = (-140.0, 180.0)
SLAB_MM = 2.4
_LOBULE_MM = 3.4
_SLOW = (6.0, 6.0, 8.0)
_FINE_CELLS = (1.5, 1.5, 2.0)  # smoother than a cell, else the grid shows in the walls


@dataclass(frozen=True)
class Interior:
    """One breast: six fields over (superior, lateral, depth), float32, on cells of `PITCH_MM`."""

    lobules: tuple[FloatArray, FloatArray, FloatArray, FloatArray]
    drift: FloatArray
    """Slow field that makes the glandular disc irregular."""
    strength: FloatArray
    """Slow field that makes some ligaments stronger than others."""
    warp: FloatArray
    """Displacement (2, up, depth) in cells; without it structures would follow the axes of the grid."""


@dataclass(frozen=True, kw_only=True)
class Sheets:
    """An interior cut into slabs across the beam: arrays float32 (slab, up, depth)."""

    lobules: tuple[FloatArray, ...]
    bias: FloatArray
    """How gland outweighs fat."""
    amount: FloatArray
    """Of ligament in the walls, about 0 to 1.6."""
    warp: FloatArray
    """(2, up, depth): along depth and up, cells."""
    pitch_mm: float
    depth_origin_mm: float
    up_origin_mm: float
    slab_mm: float
    """Compressed thickness of a slab."""
    wall_width: float
    """Of a ligament, in deviations of the lobule fields."""


def grow_warp(cells: tuple[int, int], pitch_mm: float, rng: np.random.Generator) -> FloatArray:
    """Smooth displacements float32 (2, up, depth) in cells of `pitch_mm`: some 2 mm slowly, some 0.5 mm faster."""
    slow, fast = 8.0 / pitch_mm, 3.0 / pitch_mm
    parts = [
        np.float32(1.9 / pitch_mm) * smooth_field(cells, (slow, slow), rng)
        + np.float32(0.45 / pitch_mm) * smooth_field(cells, (fast, fast), rng)
        for _ in range(2)
    ]
    return np.asarray(np.stack(parts), dtype=np.float32)


@lru_cache(maxsize=2)  # both breasts of one woman: her prior and her twin need them again
def grow_interior(seed: int, index: int, side: str) -> Interior:
    """The inside of the breast `side` of the woman number `index`."""
    lobules = []
    for number in range(4):
        rng = stream(seed, index, side, "lobules", number)
        sigma = _LOBULE_MM / PITCH_MM
        field = smooth_field(_SHAPE, (sigma, sigma, sigma * 1.6), rng)
        fine = smooth_field(_SHAPE, _FINE_CELLS, rng)
        lobules.append(np.asarray(field + np.float32(0.34) * fine, dtype=np.float32))
    # Right and left are alike where the gland lies, and differ in the lobules.
    common = smooth_field(_SHAPE, _SLOW, stream(seed, index, "both", "drift"))
    own = smooth_field(_SHAPE, _SLOW, stream(seed, index, side, "drift"))
    drift = np.asarray(np.float32(0.9) * common + np.float32(0.44) * own, dtype=np.float32)
    strength = smooth_field(_SHAPE, (4.0, 4.0, 4.0), stream(seed, index, side, "strength"))
    cells = (round((_SHEET_UP_MM[1] - _SHEET_UP_MM[0]) / PITCH_MM) + 1, _SHAPE[2])
    warp = grow_warp(cells, PITCH_MM, stream(seed, index, side, "warp"))
    return Interior((lobules[0], lobules[1], lobules[2], lobules[3]), drift, strength, warp)


def _cut(field: FloatArray, frame: ViewFrame, up_mm: FloatArray, beam_mm: FloatArray) -> FloatArray:
    """`field` resampled to (slab, up, depth)."""
    cos, sin = np.cos(frame.projection_rad), np.sin(frame.projection_rad)
    lateral = up_mm[None, :] * cos - beam_mm[:, None] * sin
    superior = up_mm[None, :] * sin + beam_mm[:, None] * cos
    map_x = ((lateral + _HALF_MM) / PITCH_MM).astype(np.float32)
    map_y = ((superior + _HALF_MM) / PITCH_MM).astype(np.float32)
    planes = [
        cv2.remap(np.ascontiguousarray(field[:, :, depth]), map_x, map_y, cv2.INTER_CUBIC,
                  borderMode=cv2.BORDER_REFLECT_101)
        for depth in range(field.shape[2])
    ]  # fmt: skip
    return np.ascontiguousarray(np.stack(planes, axis=-1), dtype=np.float32)


def gland_bias(traits: Traits, depth_mm: Millimetres, up_mm: Millimetres, beam_mm: Millimetres) -> FloatArray:
    """How gland outweighs fat, in deviations of the lobule fields: a disc behind the nipple, wider towards it."""
    middle = traits.gland_depth_mm
    forward = np.clip((middle - depth_mm) / middle, -2.0, 1.0)
    # Towards the nipple the disc narrows like a cone; towards the chest wall it fades.
    half = traits.gland_half_mm * np.where(forward > 0, 1.0 - 0.62 * forward, 1.0)
    along = np.where(forward > 0, 0.55 * forward, 1.25 * forward)
    distance2 = along**2 + ((up_mm - 4.0) / half) ** 2 + (beam_mm / (0.85 * half)) ** 2
    return np.asarray(traits.gland_peak + 0.35 - 1.6 * distance2, dtype=np.float32)


def cut_sheets(interior: Interior, traits: Traits, frame: ViewFrame) -> Sheets:
    """The interior as the compression of this view lays it out, slab by slab along the beam."""
    slabs = max(round(frame.thickness_mm / SLAB_MM), 4)
    slab_mm = frame.thickness_mm / slabs
    beam = (np.arange(slabs, dtype=np.float64) - (slabs - 1) / 2) * slab_mm * frame.spread * 1.15
    up = np.arange(_SHEET_UP_MM[0], _SHEET_UP_MM[1] + PITCH_MM, PITCH_MM, dtype=np.float64)
    depth = _DEPTH_ORIGIN_MM + PITCH_MM * np.arange(_SHAPE[2])
    beam32, up32 = beam.astype(np.float32), up.astype(np.float32)
    bias = gland_bias(traits, depth[None, None, :], up[None, :, None], beam[:, None, None])
    bias = bias + np.float32(0.6) * _cut(interior.drift, frame, up32, beam32)
    strength = _cut(interior.strength, frame, up32, beam32)
    amount = np.float32(0.62) + np.float32(0.22) * np.maximum(bias, np.float32(-2.0)) + np.float32(0.40) * strength
    return Sheets(
        lobules=tuple(_cut(field, frame, up32, beam32) for field in interior.lobules),
        bias=np.ascontiguousarray(bias, dtype=np.float32),
        amount=np.ascontiguousarray(np.clip(amount, 0.04, 1.6), dtype=np.float32),
        warp=interior.warp,
        pitch_mm=PITCH_MM,
        depth_origin_mm=_DEPTH_ORIGIN_MM,
        up_origin_mm=_SHEET_UP_MM[0],
        slab_mm=slab_mm,
        wall_width=0.07,
    )


def fibril_sheets(
    shape: tuple[int, int],
    *,
    pitch_mm: float,
    depth_origin_mm: float,
    up_origin_mm: float,
    rng: np.random.Generator,
) -> Sheets:
    """A few slabs of a fine foam, stretched along the ducts: `shape` is (up, depth) cells.

    Too fine to be recognised in the other view, so it is drawn for one view only.
    """
    slabs = 8
    sigma = (0.7, 1.25 / pitch_mm, 2.3 / pitch_mm)
    fields = tuple(smooth_field((slabs, *shape), sigma, rng) for _ in range(4))
    amount = smooth_field((slabs, *shape), (0.7, 6.0 / pitch_mm, 6.0 / pitch_mm), rng)
    return Sheets(
        lobules=fields,
        bias=np.full((slabs, *shape), -9.0, np.float32),
        amount=np.asarray(np.clip(np.float32(0.35) + np.float32(0.4) * amount, 0.0, 1.5), dtype=np.float32),
        warp=grow_warp(shape, pitch_mm, rng),
        pitch_mm=pitch_mm,
        depth_origin_mm=depth_origin_mm,
        up_origin_mm=up_origin_mm,
        slab_mm=1.0,
        wall_width=0.15,
    )
