"""Owns the image chain: path lengths -> Beer-Lambert -> blur -> quanta and noise -> logarithm -> display values.

Never knows what is shown. Path lengths are millimetres, attenuation is per centimetre, energies are keV.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

import cv2
import numpy as np

from training.synthesis.arrays import FloatArray, StoredArray

Material = Literal["fat", "gland", "muscle", "skin", "cancer", "benign", "calcium"]

_ENERGY_KEV = np.asarray([18.0, 20.0, 25.0, 30.0, 35.0])
# Rounded linear attenuation, per centimetre; fat, gland and cancer are near those of Johns and Yaffe (1987).
_ATTENUATION: Mapping[Material, tuple[float, ...]] = {
    "fat": (0.56, 0.456, 0.322, 0.264, 0.233),
    "gland": (1.03, 0.802, 0.506, 0.378, 0.312),
    "muscle": (1.03, 0.80, 0.505, 0.377, 0.311),
    "skin": (1.02, 0.79, 0.50, 0.375, 0.310),
    "cancer": (1.085, 0.844, 0.529, 0.392, 0.322),
    "benign": (1.04, 0.812, 0.512, 0.382, 0.315),
    "calcium": (15.5, 11.6, 6.3, 3.9, 2.7),
}

STORED_MAX = 4095
MTF_REACH_PX = 4
"""The blur's kernel ends here: nothing farther from a structure than this is changed by it."""


def attenuation_per_cm(material: Material, energy_kev: float) -> float:
    """Linear attenuation, interpolated between 18 and 35 keV in double logarithm."""
    if not _ENERGY_KEV[0] <= energy_kev <= _ENERGY_KEV[-1]:
        raise ValueError(f"{energy_kev} keV is outside of 18 to 35 keV")
    values = np.log(np.asarray(_ATTENUATION[material]))
    return float(np.exp(np.interp(np.log(energy_kev), np.log(_ENERGY_KEV), values)))


def line_integral(paths_mm: Mapping[Material, FloatArray], energy_kev: float) -> FloatArray:
    """The Beer-Lambert exponent, float32: the sum of attenuation times path over all materials."""
    total: FloatArray | None = None
    for material, path in paths_mm.items():
        part = path * np.float32(0.1 * attenuation_per_cm(material, energy_kev))
        total = part if total is None else total + part
    if total is None:
        raise ValueError("no material")
    return np.asarray(total, dtype=np.float32)


@dataclass(frozen=True, kw_only=True)
class Detector:
    """How the quanta become a signal."""

    spacing_mm: float
    energy_kev: float = 20.0
    blur_mm: float = 0.07
    """Sigma of the Gaussian that stands for the modulation transfer of focal spot and scintillator."""
    entrance_quanta_per_mm2: float = 0.0
    electronic_quanta: float = 6.0
    """Deviation of the electronic noise, in quanta per pixel."""

    def entrance_quanta(self) -> float:
        """Mean quanta in a pixel that nothing shades."""
        return self.entrance_quanta_per_mm2 * self.spacing_mm**2

    def blurred(self, image: FloatArray) -> FloatArray:
        """`image` after the modulation transfer; the kernel reaches `MTF_REACH_PX` pixels."""
        sigma = max(self.blur_mm / self.spacing_mm, 0.05)
        size = 2 * MTF_REACH_PX + 1
        return np.asarray(cv2.GaussianBlur(image, (size, size), sigma, borderType=cv2.BORDER_REPLICATE), np.float32)

    def expose(self, exponent: FloatArray, noise: FloatArray) -> FloatArray:
        """Log signal, float32, larger where more was absorbed; `noise` is a standard normal field.

        Counts are Poisson; with the hundreds to thousands of quanta in a pixel of a breast the normal law of the same
        variance stands for it, so that a twin image without the lesion can share the very same draw.
        """
        entrance = np.float32(self.entrance_quanta())
        mean = self.blurred(entrance * np.exp(-exponent))
        variance = mean + np.float32(self.electronic_quanta**2)
        counts = np.maximum(mean + np.sqrt(variance) * noise, np.float32(1.0))
        return np.asarray(np.log(entrance) - np.log(counts), dtype=np.float32)


def quanta_noise(shape: tuple[int, int], rng: np.random.Generator) -> FloatArray:
    """Standard normal field, float32, faintly correlated between neighbours as behind a scintillator."""
    white = rng.standard_normal(shape, dtype=np.float32)
    blurred = cv2.GaussianBlur(white, (5, 5), 0.45, borderType=cv2.BORDER_REFLECT_101)
    kernel = cv2.getGaussianKernel(5, 0.45)
    return np.asarray(blurred / np.float32((kernel**2).sum()), dtype=np.float32)


@dataclass(frozen=True, kw_only=True)
class Display:
    """From log signal to stored 12-bit values for presentation: air is 0, denser is brighter."""

    fat_level: float = 1180.0
    contrast: float = 1750.0
    """Stored values for one unit of the logarithm, before compression of the brightest."""
    shoulder: float = 0.30
    margin_mm: float = 3.2

    def stored(self, log_signal: FloatArray, base: FloatArray, margin_mm: FloatArray) -> StoredArray:
        """Stored values, uint16: `base` is the log signal of a breast of fat alone, which is evened out.

        `base` comes from the breast's thickness, never from the picture, so the values at one pixel depend on no other.
        """
        excess = log_signal - base
        positive = np.maximum(excess, 0.0)
        compressed = np.minimum(excess, 0.0) + positive / (np.float32(1.0) + np.float32(self.shoulder) * positive)
        inside = np.maximum(margin_mm, 0.0)
        level = np.float32(self.fat_level) * (
            np.float32(0.48) + np.float32(0.52) * (np.float32(1.0) - np.exp(-inside / np.float32(self.margin_mm)))
        )
        edge = np.clip(margin_mm / np.float32(0.5), 0.0, 1.0)
        values = np.clip((level + np.float32(self.contrast) * compressed) * edge, 1.0, float(STORED_MAX))
        return np.where(margin_mm > 0.0, np.rint(values), 0.0).astype(np.uint16)
