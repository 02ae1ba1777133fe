"""Owns small square pictures from the inside of a breast, for training. Never writes files."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from training.synthesis.anatomy import PITCH_MM, SLAB_MM, Sheets, fibril_sheets, grow_warp
from training.synthesis.arrays import ByteArray, FloatArray, StoredArray
from training.synthesis.exposure import TISSUE_PITCH_MM, Tissue, expose, fibroglandular, mixed_texture
from training.synthesis.frame import ViewFrame
from training.synthesis.lesion import LESION_KINDS, LesionKind, draw_lesion
from training.synthesis.outline import SKIN_MM, Shape
from training.synthesis.physics import Display
from training.synthesis.seeds import stream
from training.synthesis.texture import BETA_MEAN, BETA_RANGE, clustered_lumpy_field, power_law_field, smooth_field
from training.synthesis.tissue import project
from training.synthesis.woman import Label, LesionChoice, automatic_detector


@dataclass(frozen=True, kw_only=True)
class SyntheticPatch:
    """One patch with its truth."""

    seed: int
    index: int
    spacing_mm: float
    stored: StoredArray
    """uint16 (size, size), for presentation, at most 4095."""
    mask: ByteArray
    """uint8 (size, size): 255 lesion core or grain, 128 spicule, 0 elsewhere."""
    label: Label
    lesion: LesionKind
    beta: float
    gland_fraction: float


def _sheets(reach_mm: float, slabs: int, slab_mm: float, rng: np.random.Generator) -> Sheets:
    cells = int(np.ceil(2 * reach_mm / PITCH_MM)) + 1
    shape = (slabs, cells, cells)
    sigma = (3.4 / (slab_mm * 1.3), 3.4 / PITCH_MM, 5.4 / PITCH_MM)
    fine_sigma = (0.8, 1.5, 2.0)
    lobules = tuple(
        np.asarray(smooth_field(shape, sigma, rng) + np.float32(0.34) * smooth_field(shape, fine_sigma, rng))
        for _ in range(4)
    )
    level = np.float32(rng.uniform(-2.8, -0.1))
    drift = smooth_field(shape, (6.0, 6.0, 8.0), rng)
    bias = level + np.float32(0.7) * drift
    strength = smooth_field(shape, (3.0, 4.0, 4.0), rng)
    amount = np.float32(0.62) + np.float32(0.22) * np.maximum(bias, np.float32(-2.0)) + np.float32(0.4) * strength
    return Sheets(
        lobules=lobules,
        bias=np.asarray(bias, dtype=np.float32),
        amount=np.asarray(np.clip(amount, 0.04, 1.6), dtype=np.float32),
        warp=grow_warp((cells, cells), PITCH_MM, rng),
        pitch_mm=PITCH_MM,
        depth_origin_mm=-reach_mm,
        up_origin_mm=-reach_mm,
        slab_mm=slab_mm,
        wall_width=0.07,
    )


def _tissue(frame: ViewFrame, beta: float, rng: np.random.Generator) -> Tissue:
    shape = (frame.rows, frame.columns)
    reach_mm = 0.75 * frame.rows * frame.spacing_mm + 4.0
    slabs = max(round(frame.thickness_mm / SLAB_MM), 4)
    sheets = _sheets(reach_mm, slabs, frame.thickness_mm / slabs, rng)
    maps = project(sheets, frame.to_sheet(PITCH_MM, -reach_mm, -reach_mm), shape)
    cells = int(np.ceil(2 * reach_mm / 0.6)) + 1
    fine = fibril_sheets((cells, cells), pitch_mm=0.6, depth_origin_mm=-reach_mm, up_origin_mm=-reach_mm, rng=rng)
    fibrils = project(fine, frame.to_sheet(0.6, -reach_mm, -reach_mm), shape).ligament_mm
    noise = power_law_field(shape, beta, rng, longest_px=25.0 / frame.spacing_mm)
    lumps = clustered_lumpy_field(shape, frame.spacing_mm, rng)
    grain = mixed_texture(noise, lumps, beta)

    def flat(value: float) -> FloatArray:
        return np.full(shape, value, np.float32)

    gland = np.clip(fibroglandular(maps, fibrils, grain, flat(1.0)), 0.0, frame.thickness_mm)
    body = Shape(flat(100.0), flat(frame.thickness_mm), flat(2 * SKIN_MM), flat(0.0), flat(0.0))
    return Tissue(body, np.asarray(gland, np.float32), float(gland.mean(dtype=np.float64)) / frame.thickness_mm)


def generate_patch(
    seed: int, index: int, size: int = 256, *, spacing_mm: float = 0.1, lesion: LesionChoice = "random"
) -> SyntheticPatch:
    """The patch number `index` of `seed`: `size` by `size` pixels somewhere inside of a breast.

    A lesion lies in the middle half. With `lesion="none"` the patch is the twin without it.
    """
    if size < 16:
        raise ValueError(f"a patch has at least 16 pixels a side, not {size}")
    rng = stream(seed, index, "patch")
    length_mm = size * spacing_mm
    frame = ViewFrame(
        view="CC", rows=size, columns=size, spacing_mm=spacing_mm, nipple_row_mm=length_mm / 2,
        nipple_column_mm=length_mm / 2, tilt_rad=float(rng.uniform(0.0, 2 * np.pi)),
        thickness_mm=float(rng.uniform(32.0, 68.0)), spread=1.0,
    )  # fmt: skip
    beta = float(np.clip(rng.normal(BETA_MEAN, 0.3), *BETA_RANGE))
    pitch = max(TISSUE_PITCH_MM, spacing_mm)
    cells = int(np.ceil(size * spacing_mm / pitch))
    coarse = frame.at(pitch, cells, cells)
    tissue = _tissue(coarse, beta, stream(seed, index, "patch", "tissue"))
    choice = stream(seed, index, "patch", "lesion")
    drawn = LESION_KINDS[int(choice.integers(len(LESION_KINDS)))]
    kind: LesionKind = drawn if lesion == "random" else lesion
    planned = None
    label: Label = "none"
    if kind != "none":
        place = choice.uniform(-0.2, 0.2, 2) * length_mm
        planned = draw_lesion(kind, choice, radius_mm=min(float(choice.uniform(2.5, 8.0)), 0.24 * length_mm))
        planned = planned.moved((float(place[0]), float(place[1]), 0.0))
        label = "cancer" if planned.malignant else "benign"
    noise = stream(seed, index, "patch", "quanta")
    detector = automatic_detector(frame)
    exposure = expose(tissue, coarse, frame, planned, noise, detector=detector, display=Display())
    return SyntheticPatch(
        seed=seed, index=index, spacing_mm=spacing_mm, stored=exposure.stored, mask=exposure.mask, label=label,
        lesion=kind, beta=beta, gland_fraction=tissue.gland_fraction,
    )  # fmt: skip
