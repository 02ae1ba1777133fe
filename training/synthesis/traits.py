"""Owns who the woman is: age, density, size of the breasts. Plain numbers, never pictures."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

import numpy as np

from training.synthesis.seeds import stream
from training.synthesis.texture import BETA_MEAN, BETA_RANGE

Density = Literal["a", "b", "c", "d"]
DENSITIES: tuple[Density, ...] = ("a", "b", "c", "d")
_SHARES = (0.10, 0.40, 0.40, 0.10)  # of women at screening, roughly
_PEAK = {"a": -1.7, "b": -0.8, "c": -0.1, "d": 0.7}  # how gland outweighs fat in the middle of the disc
_THICKNESS_MM = {"a": 61.0, "b": 58.0, "c": 52.0, "d": 45.0}


@dataclass(frozen=True, kw_only=True)
class Traits:
    """What all images of one woman share; both breasts are alike up to a few percent."""

    age_years: int
    density: Density
    gland_peak: float
    """The bias of gland against fat in the middle of the glandular disc, in deviations of the lobule fields."""
    depth_mm: float
    """Chest wall to nipple."""
    half_width_mm: float
    """Half the extent in the CC view."""
    thickness_mm: float
    gland_depth_mm: float
    gland_half_mm: float
    beta: float
    """Exponent of the 1/f^beta texture."""
    droop_rad: float


def draw_traits(seed: int, index: int, *, density: Density | None = None) -> Traits:
    """The woman number `index` of `seed`; a given density replaces the drawn one and nothing else."""
    rng = stream(seed, index, "traits")
    drawn = DENSITIES[int(rng.choice(4, p=_SHARES))]
    chosen = density or drawn
    depth = float(np.clip(rng.normal(88.0, 10.0), 66.0, 108.0))
    wobble = rng.normal(0.0, 1.0, 8)
    return Traits(
        age_years=int(np.clip(rng.normal(58.0 - 3.0 * (DENSITIES.index(chosen) - 1.5), 7.0), 40, 80)),
        density=chosen,
        gland_peak=_PEAK[chosen] + 0.12 * float(wobble[0]),
        depth_mm=depth,
        half_width_mm=float(np.clip(0.55 * depth + 48.0 + 4.0 * wobble[1], 78.0, 106.0)),
        thickness_mm=float(np.clip(_THICKNESS_MM[chosen] + 5.0 * wobble[2] + 0.2 * (depth - 86.0), 30.0, 80.0)),
        gland_depth_mm=depth * float(np.clip(0.46 + 0.03 * wobble[3], 0.38, 0.54)),
        gland_half_mm=depth * float(np.clip(0.52 + 0.04 * wobble[4], 0.42, 0.62)),
        beta=float(np.clip(rng.normal(BETA_MEAN, 0.3), *BETA_RANGE)),
        droop_rad=float(np.deg2rad(np.clip(rng.normal(11.0, 3.0), 4.0, 18.0))),
    )


def younger(traits: Traits, years: int) -> Traits:
    """The same woman some years earlier: a little denser."""
    return replace(traits, age_years=traits.age_years - years, gland_peak=traits.gland_peak + 0.03 * years)
