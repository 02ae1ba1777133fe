"""Owns lesions: what they are in three dimensions and what one view shows of them. Never adds noise, never writes.

A mass is a core whose outline has radial harmonics with deviations falling as k^-2, with the chord of a ball as its
thickness; a cancer has a strong variance and branching spicules, a benign mass is smooth. A cluster of
microcalcifications is 5 to 30 grains of 0.1 to 1 mm in an ellipsoid of at most 10 mm.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
import numpy.typing as npt

from training.synthesis.arrays import ByteArray, FloatArray
from training.synthesis.frame import ViewFrame
from training.synthesis.seeds import stream
from training.synthesis.tubes import Tubes, grow_spicules, lay_tubes

LesionKind = Literal["none", "mass", "spiculated", "calcifications"]
LESION_KINDS: tuple[LesionKind, ...] = ("none", "mass", "spiculated", "calcifications")
HARMONICS = 16
CORE, SPICULE = 255, 128
_SPICULE_DEPTH = 3.2  # a spicule is a sheet of stroma, deeper along the beam than it is wide


@dataclass(frozen=True, kw_only=True)
class Lesion:
    """One lesion, its centre in the breast frame (depth from the nipple, lateral, superior), millimetres."""

    kind: LesionKind
    malignant: bool
    centre_mm: tuple[float, float, float]
    radius_mm: float
    flatness: float
    """Thickness along the beam over the diameter: compression flattens."""
    harmonics: npt.NDArray[np.float64]
    """(2 views, HARMONICS, 2): amplitude and phase of log radius; row 0 is the CC view."""
    spicules: Tubes
    """Relative to the centre."""
    grains_mm: npt.NDArray[np.float64]
    """(n, 5): depth, lateral, superior relative to the centre, radius, elongation."""

    def moved(self, centre_mm: tuple[float, float, float]) -> Lesion:
        """The same lesion at another place."""
        return replace(self, centre_mm=centre_mm)


@dataclass(frozen=True)
class LesionMaps:
    """What one view shows: path lengths float32 (rows, columns) in millimetres."""

    core_mm: FloatArray
    spicule_mm: FloatArray
    calcium_mm: FloatArray

    def mask(self) -> ByteArray:
        """uint8: 255 core or grain, 128 spicule, 0 neither."""
        mask = np.zeros(self.core_mm.shape, np.uint8)
        mask[self.spicule_mm > 0] = SPICULE
        mask[(self.core_mm > 0) | (self.calcium_mm > 0)] = CORE
        return mask


def _grains(malignant: bool, rng: np.random.Generator) -> npt.NDArray[np.float64]:
    count = int(rng.integers(5, 31))
    half = rng.uniform(1.8, 5.0, 3)
    places = rng.normal(0.0, 0.5, (count, 3))
    norm = np.linalg.norm(places, axis=1, keepdims=True)
    places = places / np.maximum(norm, 1.0) * half
    middle, spread = (0.15, 0.40) if malignant else (0.20, 0.18)
    radius = np.clip(rng.lognormal(np.log(middle), spread, count), 0.05, 0.5)
    long = rng.uniform(1.0, 2.6 if malignant else 1.1, count)
    return np.column_stack([places, radius, long])


def draw_lesion(kind: LesionKind, rng: np.random.Generator, *, radius_mm: float | None = None) -> Lesion:
    """A lesion of this kind at the origin; malignancy of calcifications is a coin, of masses it is the kind."""
    malignant = kind == "spiculated" or (kind == "calcifications" and bool(rng.random() < 0.5))
    drawn = float(np.clip(rng.normal(5.5 if kind == "spiculated" else 6.5, 1.4), 3.0, 10.0))
    radius = drawn if radius_mm is None else radius_mm
    order = np.arange(2, HARMONICS + 2)
    strength = 0.55 if kind == "spiculated" else 0.25
    amplitude = rng.normal(0.0, 1.0, (2, HARMONICS)) * strength * order**-2.0
    phase = rng.uniform(0.0, 2 * np.pi, (2, HARMONICS))
    flatness = float(rng.uniform(0.85, 1.1) if malignant else rng.uniform(0.4, 0.7))
    spicules = grow_spicules(radius, rng) if kind == "spiculated" else Tubes.joined([])
    grains = _grains(malignant, rng) if kind == "calcifications" else np.zeros((0, 5))
    return Lesion(
        kind=kind, malignant=malignant, centre_mm=(0.0, 0.0, 0.0), radius_mm=radius, flatness=flatness,
        harmonics=np.stack([amplitude, phase], axis=-1), spicules=spicules, grains_mm=grains,
    )  # fmt: skip


def _core(lesion: Lesion, frame: ViewFrame) -> FloatArray:
    canvas = np.zeros((frame.rows, frame.columns), np.float32)
    if lesion.kind not in ("mass", "spiculated"):
        return canvas
    row, column = frame.project(np.asarray([lesion.centre_mm]))[0]
    reach = int(np.ceil(2.2 * lesion.radius_mm / frame.spacing_mm))
    top, left = max(int(row) - reach, 0), max(int(column) - reach, 0)
    bottom, right = min(int(row) + reach, frame.rows), min(int(column) + reach, frame.columns)
    if top >= bottom or left >= right:
        return canvas
    rows = (np.arange(top, bottom)[:, None] - row) * frame.spacing_mm
    columns = (np.arange(left, right)[None, :] - column) * frame.spacing_mm
    angle = np.arctan2(rows, columns)
    log_radius = np.zeros_like(angle)
    for k, (amplitude, phase) in enumerate(lesion.harmonics[0 if frame.view == "CC" else 1], start=2):
        log_radius += amplitude * np.cos(k * angle + phase)
    edge = lesion.radius_mm * np.exp(np.clip(log_radius, -0.6, 0.6))
    relative = np.hypot(rows, columns) / edge
    profile = np.sqrt(np.maximum(1.0 - relative**2, 0.0))
    if lesion.malignant:
        relative = relative / 1.25  # an infiltrating edge fades
        profile = np.maximum(1.0 - relative**2, 0.0) ** 1.3
    canvas[top:bottom, left:right] = (2.0 * lesion.radius_mm * lesion.flatness * profile).astype(np.float32)
    return canvas


def _calcium(lesion: Lesion, frame: ViewFrame) -> FloatArray:
    if len(lesion.grains_mm) == 0:
        return np.zeros((frame.rows, frame.columns), np.float32)
    centre = lesion.grains_mm[:, :3] + np.asarray(lesion.centre_mm)
    radius = lesion.grains_mm[:, 3]
    # A grain is a short thread; which way it lies follows from its place, so that both views agree.
    lean = np.stack([np.cos(7 * centre[:, 0]), np.sin(7 * centre[:, 1]), np.cos(5 * centre[:, 2])], axis=1)
    lean /= np.maximum(np.linalg.norm(lean, axis=1, keepdims=True), 1e-6)
    half = lean * (radius * (lesion.grains_mm[:, 4] - 1.0))[:, None]
    return lay_tubes(Tubes(centre - half, centre + half, radius), frame)


def lay_lesion(lesion: Lesion, frame: ViewFrame) -> LesionMaps:
    """What `frame` shows of the lesion."""
    offset = np.asarray(lesion.centre_mm)
    spicules = Tubes(lesion.spicules.start_mm + offset, lesion.spicules.end_mm + offset, lesion.spicules.radius_mm)
    depth = np.float32(_SPICULE_DEPTH)
    return LesionMaps(_core(lesion, frame), depth * lay_tubes(spicules, frame), _calcium(lesion, frame))


def lesion_stream(seed: int, index: int) -> np.random.Generator:
    """The stream that decides on the lesion of one woman."""
    return stream(seed, index, "lesion")
