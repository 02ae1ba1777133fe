"""Owns one exposure: a breast, compressed and exposed, becomes a picture and its truth. Never chooses the anatomy."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from training.synthesis.anatomy import Interior, Sheets, cut_sheets, fibril_sheets
from training.synthesis.arrays import ByteArray, FloatArray, StoredArray
from training.synthesis.frame import ViewFrame
from training.synthesis.lesion import Lesion, LesionMaps, lay_lesion
from training.synthesis.outline import Shape, draw_shape
from training.synthesis.physics import Detector, Display, Material, line_integral, quanta_noise
from training.synthesis.seeds import stream
from training.synthesis.texture import BETA_MEAN, clustered_lumpy_field, power_law_field
from training.synthesis.tissue import TissueMaps, project
from training.synthesis.traits import Traits
from training.synthesis.tubes import Tubes, lay_tubes

TISSUE_PITCH_MM = 0.2
_PUSHED = 0.8  # share of a lesion that pushes gland aside, within the path of the beam, and takes the place of fat
_DRIFT_MM = 16.0  # how far two exposures of one breast may lie apart without losing their common texture


@dataclass(frozen=True)
class Tissue:
    """Path lengths float32 (rows, columns), millimetres, of everything but the lesion."""

    shape: Shape
    gland_mm: FloatArray
    """Gland, ligaments, ducts, vessels and nipple."""
    gland_fraction: float
    """Gland by volume, skin left out."""


@dataclass(frozen=True)
class Exposure:
    """One picture in the working frame."""

    stored: StoredArray
    mask: ByteArray
    gland_fraction: float


def _canvas(traits: Traits, frame: ViewFrame) -> tuple[tuple[int, int], tuple[slice, slice]]:
    """(rows, columns) of a field tied to the nipple, and the part of it that the detector of `frame` shows."""
    sp = frame.spacing_mm
    pad = round(_DRIFT_MM / sp)
    usual_row_mm = (0.5 if frame.view == "CC" else 0.61) * frame.rows * sp
    row = int(np.clip(pad + round((usual_row_mm - frame.nipple_row_mm) / sp), 0, 2 * pad))
    column = int(np.clip(pad + round((traits.depth_mm - frame.nipple_column_mm) / sp), 0, 2 * pad))
    shown = (slice(row, row + frame.rows), slice(column, column + frame.columns))
    return (frame.rows + 2 * pad, frame.columns + 2 * pad), shown


def mixed_texture(noise: FloatArray, lumps: FloatArray, beta: float) -> FloatArray:
    """Noise and lumps together; a flat spectrum gets less weight, for it is all fine grain."""
    weight = np.float32(0.9 * min(max((beta / BETA_MEAN) ** 2, 0.4), 1.1))
    return np.asarray(weight * noise + np.float32(0.45) * lumps, dtype=np.float32)


def power_law_texture(traits: Traits, seed: int, index: int, side: str, frame: ViewFrame) -> FloatArray:
    """The 1/f^beta component of the texture, float32, deviation about 1, tied to the nipple, not to the detector."""
    shape, shown = _canvas(traits, frame)
    rng = stream(seed, index, side, frame.view, "noise")
    field = power_law_field(shape, traits.beta, rng, longest_px=25.0 / frame.spacing_mm)
    return np.ascontiguousarray(field[shown])


def texture(traits: Traits, seed: int, index: int, side: str, frame: ViewFrame) -> FloatArray:
    """1/f^beta noise with clustered lumps, float32, deviation about 1."""
    shape, shown = _canvas(traits, frame)
    rng = stream(seed, index, side, frame.view, "lumps")
    lumps = clustered_lumpy_field(shape, frame.spacing_mm, rng)[shown]
    noise = power_law_texture(traits, seed, index, side, frame)
    return mixed_texture(noise, lumps, traits.beta)


def _fibrils(seed: int, index: int, side: str, frame: ViewFrame) -> Sheets:
    pitch = 0.6
    shape = (int(330 / pitch), int(150 / pitch))
    rng = stream(seed, index, side, frame.view, "fibrils")
    return fibril_sheets(shape, pitch_mm=pitch, depth_origin_mm=-20.0, up_origin_mm=-145.0, rng=rng)


def _smoothstep(x: FloatArray) -> FloatArray:
    x = np.clip(x, 0.0, 1.0)
    return np.asarray(x * x * (np.float32(3.0) - np.float32(2.0) * x), dtype=np.float32)


def fibroglandular(maps: TissueMaps, fibrils: FloatArray, grain: FloatArray, room: FloatArray) -> FloatArray:
    """Millimetres of gland and stroma at full thickness, float32; `room` is 0 where gland cannot be, 1 inside."""
    parenchyma = np.float32(0.6) * maps.gland_mm * room
    gland = parenchyma * np.clip(np.float32(1.0) + np.float32(0.22) * grain, 0.25, 2.0)
    stroma = np.float32(2.6) * maps.ligament_mm * (np.float32(0.25) + np.float32(0.75) * room)
    stroma += np.float32(2.0) * fibrils + np.float32(0.55) * (grain + np.float32(1.8))
    return np.asarray(gland + stroma, dtype=np.float32)


def lay_tissue(
    seed: int, index: int, side: str, traits: Traits, interior: Interior, threads: Tubes, frame: ViewFrame
) -> Tissue:
    """Everything but the lesion, on the grid of `frame`."""
    shape = draw_shape(seed, index, side, traits, frame)
    sheets = cut_sheets(interior, traits, frame)
    origin = (sheets.depth_origin_mm, sheets.up_origin_mm)
    maps = project(sheets, frame.to_sheet(sheets.pitch_mm, *origin), (frame.rows, frame.columns))
    fine = _fibrils(seed, index, side, frame)
    fine_origin = (fine.depth_origin_mm, fine.up_origin_mm)
    fibrils = project(fine, frame.to_sheet(fine.pitch_mm, *fine_origin), (frame.rows, frame.columns)).ligament_mm
    grain = texture(traits, seed, index, side, frame)

    fill = shape.thickness_mm / np.float32(frame.thickness_mm)
    rows = (np.arange(frame.rows, dtype=np.float32)[:, None] + 0.5) * np.float32(frame.spacing_mm)
    columns = (np.arange(frame.columns, dtype=np.float32)[None, :] + 0.5) * np.float32(frame.spacing_mm)
    away = np.hypot(rows - np.float32(frame.nipple_row_mm), columns - np.float32(frame.nipple_column_mm))
    near_nipple = np.exp(-((away / np.float32(16.0)) ** 2))
    # Under the skin lies fat, except behind the nipple.
    room = _smoothstep((shape.margin_mm - 3.0) / np.float32(10.0))
    room = np.maximum(room, near_nipple * _smoothstep(shape.margin_mm / np.float32(6.0)))
    total = (
        fibroglandular(maps, fibrils, grain, room) * fill * (np.float32(1.0) - shape.muscle_mm / np.float32(30.0))
        + lay_tubes(threads, frame) * np.minimum(fill * 3, 1.0)
        + shape.nipple_mm
    )
    total = np.clip(total, 0.0, np.maximum(shape.thickness_mm, shape.nipple_mm))
    inside = shape.margin_mm > 0
    fraction = float(total[inside].sum(dtype=np.float64) / shape.thickness_mm[inside].sum(dtype=np.float64))
    return Tissue(shape, np.asarray(total, np.float32), fraction)


def _enlarged(image: FloatArray, source: ViewFrame, target: ViewFrame) -> FloatArray:
    """`image` on a finer or equal grid of the same detector area; pixel centres stay where they are."""
    if (source.rows, source.columns, source.spacing_mm) == (target.rows, target.columns, target.spacing_mm):
        return image
    scale = target.spacing_mm / source.spacing_mm
    shift = 0.5 * scale - 0.5
    affine = np.asarray([[scale, 0.0, shift], [0.0, scale, shift]])
    flags = cv2.INTER_CUBIC | cv2.WARP_INVERSE_MAP
    size = (target.columns, target.rows)
    laid = cv2.warpAffine(image, affine, size, flags=flags, borderMode=cv2.BORDER_REPLICATE)
    return np.asarray(laid, dtype=np.float32)


def line_integrals(tissue: Tissue, lesion: LesionMaps | None, *, malignant: bool, energy_kev: float) -> FloatArray:
    """The Beer-Lambert exponent of a breast, float32, air 0: a lesion takes the place of fat and gland around it."""
    thickness = tissue.shape.thickness_mm + tissue.shape.nipple_mm
    skin = np.minimum(tissue.shape.skin_mm, thickness)
    muscle = np.minimum(tissue.shape.muscle_mm, thickness - skin)
    room = thickness - skin - muscle
    gland = np.minimum(tissue.gland_mm, room)
    fat = room - gland
    paths: dict[Material, FloatArray] = {"muscle": muscle, "skin": skin}
    if lesion is not None:
        mass = np.minimum(lesion.core_mm + lesion.spicule_mm, np.float32(0.8) * room)
        calcium = lesion.calcium_mm
        displaced = mass + np.minimum(calcium, room - mass)
        share = np.float32(_PUSHED) + np.float32(1.0 - _PUSHED) * fat / np.maximum(room, np.float32(1e-3))
        from_fat = np.minimum(fat, displaced * share)
        fat, gland = fat - from_fat, np.maximum(gland - (displaced - from_fat), np.float32(0.0))
        paths["cancer" if malignant else "benign"] = mass
        paths["calcium"] = calcium
    paths["fat"], paths["gland"] = fat, gland
    return line_integral(paths, energy_kev)


def expose(
    tissue: Tissue, coarse: ViewFrame, frame: ViewFrame, lesion: Lesion | None, noise_rng: np.random.Generator,
    *, detector: Detector, display: Display,
) -> Exposure:  # fmt: skip
    """The picture on `frame` of tissue laid out on `coarse`."""
    shape = tissue.shape
    fine = Tissue(
        Shape(*(_enlarged(field, coarse, frame) for field in (
            shape.margin_mm, shape.thickness_mm, shape.skin_mm, shape.nipple_mm, shape.muscle_mm))),
        np.maximum(_enlarged(tissue.gland_mm, coarse, frame), np.float32(0.0)),
        tissue.gland_fraction,
    )  # fmt: skip
    maps = lay_lesion(lesion, frame) if lesion is not None and lesion.kind != "none" else None
    if maps is not None:  # nothing of a lesion crosses the skin
        inside = np.clip((fine.shape.margin_mm - np.float32(2.5)) / np.float32(5.0), 0.0, 1.0)
        maps = LesionMaps(maps.core_mm * inside, maps.spicule_mm * inside, maps.calcium_mm * inside)
    malignant = lesion is not None and lesion.malignant
    exponent = line_integrals(fine, maps, malignant=malignant, energy_kev=detector.energy_kev)
    base = line_integral({"fat": fine.shape.thickness_mm}, detector.energy_kev)
    log_signal = detector.expose(exponent, quanta_noise((frame.rows, frame.columns), noise_rng))
    stored = display.stored(log_signal, base, fine.shape.margin_mm)
    mask = np.zeros(stored.shape, np.uint8) if maps is None else maps.mask()
    mask[stored == 0] = 0
    return Exposure(stored, mask, tissue.gland_fraction)
