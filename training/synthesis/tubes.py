"""Owns thin round threads in three dimensions: ducts, vessels, spicules; and how they are laid on a pixel grid."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from training.synthesis.arrays import FloatArray
from training.synthesis.frame import ViewFrame
from training.synthesis.traits import Traits

Points = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Tubes:
    """Straight pieces of threads in the breast frame, millimetres."""

    start_mm: Points
    """(n, 3): depth, lateral, superior."""
    end_mm: Points
    radius_mm: npt.NDArray[np.float64]

    @staticmethod
    def joined(parts: list[Tubes]) -> Tubes:
        """All pieces of several; no parts give no pieces."""
        if not parts:
            return Tubes(np.zeros((0, 3)), np.zeros((0, 3)), np.zeros(0))
        return Tubes(
            np.concatenate([part.start_mm for part in parts]),
            np.concatenate([part.end_mm for part in parts]),
            np.concatenate([part.radius_mm for part in parts]),
        )


def lay_tubes(tubes: Tubes, frame: ViewFrame) -> FloatArray:
    """Path lengths in millimetres, float32 (rows, columns): chords of the round pieces, the longest where they meet."""
    canvas = np.zeros((frame.rows, frame.columns), np.float32)
    if len(tubes.radius_mm) == 0:
        return canvas
    starts, ends = frame.project(tubes.start_mm), frame.project(tubes.end_mm)
    for (row_0, col_0), (row_1, col_1), radius_mm in zip(starts, ends, tubes.radius_mm, strict=True):
        true_px = radius_mm / frame.spacing_mm
        radius = max(true_px, 0.8)
        top, bottom = int(min(row_0, row_1) - radius), int(max(row_0, row_1) + radius) + 2
        left, right = int(min(col_0, col_1) - radius), int(max(col_0, col_1) + radius) + 2
        top, left = max(top, 0), max(left, 0)
        bottom, right = min(bottom, frame.rows), min(right, frame.columns)
        if top >= bottom or left >= right:
            continue
        rows = np.arange(top, bottom, dtype=np.float64)[:, None] - row_0
        columns = np.arange(left, right, dtype=np.float64)[None, :] - col_0
        run_row, run_col = row_1 - row_0, col_1 - col_0
        length2 = run_row**2 + run_col**2
        part = np.clip((rows * run_row + columns * run_col) / max(length2, 1e-9), 0.0, 1.0)
        away2 = (rows - part * run_row) ** 2 + (columns - part * run_col) ** 2
        chord = np.sqrt(np.maximum(1.0 - away2 / radius**2, 0.0)) * (2.0 * radius_mm * true_px / radius)
        window = canvas[top:bottom, left:right]
        np.maximum(window, chord.astype(np.float32), out=window)
    return canvas


def _walk(
    start: Points, direction: Points, *, length_mm: float, step_mm: float, wander: float, radius_mm: float,
    taper: float, rng: np.random.Generator,
) -> Tubes:  # fmt: skip
    """A thread that wanders: `wander` is the deviation of its direction for each step."""
    steps = max(round(length_mm / step_mm), 1)
    turns = rng.normal(0.0, wander, (steps, 3))
    bend = np.zeros(3)
    points = [start]
    heading = direction / np.linalg.norm(direction)
    for turn in turns:
        bend = 0.7 * bend + turn
        heading = heading + bend
        heading = heading / np.linalg.norm(heading)
        points.append(points[-1] + step_mm * heading)
    path = np.asarray(points)
    radius = radius_mm * np.linspace(1.0, taper, steps)
    return Tubes(path[:-1], path[1:], radius)


def grow_ducts(traits: Traits, rng: np.random.Generator) -> Tubes:
    """Milk ducts that fan out behind the nipple and fork once or twice."""
    parts: list[Tubes] = []
    for _ in range(int(rng.integers(9, 15))):
        spread = rng.normal(0.0, 0.42, 2)
        direction = np.asarray([1.0, spread[0], spread[1]])
        start = np.asarray([1.0, *rng.normal(0.0, 1.5, 2)])
        radius = float(rng.uniform(0.35, 0.7))
        length = traits.gland_depth_mm * float(rng.uniform(0.4, 0.95))
        trunk = _walk(
            start,
            direction,
            length_mm=length,
            step_mm=2.0,
            wander=0.035,
            radius_mm=radius,
            taper=0.5,
            rng=rng,
        )
        parts.append(trunk)
        for _ in range(int(rng.integers(1, 4))):
            at = int(rng.integers(len(trunk.radius_mm) // 3, len(trunk.radius_mm)))
            heading = trunk.end_mm[at] - trunk.start_mm[at] + rng.normal(0.0, 0.9, 3)
            parts.append(
                _walk(trunk.end_mm[at], heading, length_mm=float(rng.uniform(8.0, 26.0)), step_mm=2.0, wander=0.05,
                      radius_mm=0.7 * float(trunk.radius_mm[at]), taper=0.4, rng=rng)
            )  # fmt: skip
    return Tubes.joined(parts)


def grow_vessels(traits: Traits, rng: np.random.Generator) -> Tubes:
    """A few long veins under the skin, and fine straight ligaments between gland and skin."""
    parts: list[Tubes] = []
    for _ in range(int(rng.integers(3, 6))):
        side = rng.normal(0.0, 1.0, 2)
        side = side / np.linalg.norm(side)
        start = np.asarray([traits.depth_mm * float(rng.uniform(0.7, 1.1)), *(side * traits.half_width_mm * 0.72)])
        goal = np.asarray([rng.uniform(10.0, 26.0), *(side * rng.uniform(8.0, 30.0) + rng.normal(0.0, 8.0, 2))])
        parts.append(
            _walk(start, goal - start, length_mm=float(np.linalg.norm(goal - start)), step_mm=2.5, wander=0.08,
                  radius_mm=float(rng.uniform(0.35, 0.8)), taper=0.55, rng=rng)
        )  # fmt: skip
    for _ in range(int(rng.integers(60, 100))):
        side = rng.normal(0.0, 1.0, 2)
        side = side / np.linalg.norm(side)
        depth = traits.depth_mm * float(rng.uniform(0.08, 0.9))
        out = traits.half_width_mm * float(rng.uniform(0.25, 0.75)) * np.sqrt(min(depth / traits.depth_mm, 1.0))
        start = np.asarray([depth, *(side * out)])
        heading = np.asarray([rng.normal(-0.7, 0.8), *(side + rng.normal(0.0, 0.5, 2))])
        parts.append(
            _walk(start, heading, length_mm=float(rng.uniform(8.0, 30.0)), step_mm=2.0, wander=0.03,
                  radius_mm=float(rng.uniform(0.13, 0.30)), taper=0.4, rng=rng)
        )  # fmt: skip
    return Tubes.joined(parts)


def grow_spicules(radius_mm: float, rng: np.random.Generator) -> Tubes:
    """20 to 60 branching spicules around the origin: each piece is shorter and thinner than the one before."""
    parts: list[Tubes] = []

    def branch(start: Points, direction: Points, length_mm: float, thickness_mm: float, depth: int) -> None:
        part = _walk(start, direction, length_mm=length_mm, step_mm=max(0.35 * length_mm, 0.4), wander=0.06,
                     radius_mm=thickness_mm, taper=0.85, rng=rng)  # fmt: skip
        parts.append(part)
        if depth == 0:
            return
        heading = part.end_mm[-1] - part.start_mm[-1]
        heading = heading / np.linalg.norm(heading)
        if rng.random() < 0.717 + 0.15:
            decay_length, decay_radius = rng.normal(0.91, 0.12), rng.normal(0.80, 0.08)
            turned = heading + rng.normal(0.0, 0.16, 3)
            branch(part.end_mm[-1], turned, length_mm * decay_length, thickness_mm * decay_radius, depth - 1)
        if rng.random() < 0.25:
            turned = heading + rng.normal(0.0, 0.5, 3)
            branch(part.end_mm[-1], turned, length_mm * 0.6, thickness_mm * 0.65, depth - 1)

    for _ in range(int(rng.integers(20, 61))):
        direction = rng.normal(0.0, 1.0, 3)
        direction = direction / np.linalg.norm(direction)
        length = radius_mm * float(np.clip(rng.lognormal(-0.50, 0.40), 0.2, 1.1))
        thickness = radius_mm * float(np.clip(rng.normal(0.060, 0.016), 0.025, 0.10))
        branch(direction * radius_mm * 0.6, direction, length, thickness, 3)
    return Tubes.joined(parts)
