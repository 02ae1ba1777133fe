"""Owns the shape of the compressed breast on the detector: outline, margin, skin, nipple, pectoral muscle.

Everything is in the working frame (chest wall at the left, head at the top). Never knows what is inside.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

from training.synthesis.arrays import ByteArray, FloatArray
from training.synthesis.frame import ViewFrame
from training.synthesis.seeds import stream
from training.synthesis.texture import smooth_field
from training.synthesis.traits import Traits

SKIN_MM = 1.6
_POLYGON_BITS = 6


@dataclass(frozen=True)
class Shape:
    """Maps float32 (rows, columns) of one compressed breast."""

    margin_mm: FloatArray
    """Distance to the outline, negative outside."""
    thickness_mm: FloatArray
    skin_mm: FloatArray
    nipple_mm: FloatArray
    muscle_mm: FloatArray
    """Pectoral muscle, zero in the CC view."""


def _spline(points: npt.NDArray[np.float64], steps: int = 24) -> npt.NDArray[np.float64]:
    """Centripetal-like smooth curve through (n, 2) points: Catmull-Rom, `steps` samples for each piece."""
    padded = np.vstack([2 * points[0] - points[1], points, 2 * points[-1] - points[-2]])
    t = np.linspace(0.0, 1.0, steps, endpoint=False)[:, None]
    pieces = []
    for i in range(len(points) - 1):
        p0, p1, p2, p3 = padded[i : i + 4]
        linear, square = p2 - p0, 2 * p0 - 5 * p1 + 4 * p2 - p3
        pieces.append(0.5 * (2 * p1 + linear * t + square * t**2 + (3 * p1 - p0 - 3 * p2 + p3) * t**3))
    return np.vstack([*pieces, points[-1:]])


def _smoothed(curve: npt.NDArray[np.float64], sigma: float) -> npt.NDArray[np.float64]:
    blurred = cv2.GaussianBlur(curve[:, None, :], (1, 0), sigmaX=1e-6, sigmaY=sigma, borderType=cv2.BORDER_REPLICATE)
    return np.asarray(blurred[:, 0, :], dtype=np.float64)


def _cc_curve(seed: int, index: int, side: str, traits: Traits, frame: ViewFrame) -> npt.NDArray[np.float64]:
    """(row_mm, column_mm) from the lateral end of the chest wall over the nipple to the medial one."""
    rng = stream(seed, index, side, "outline", "CC")
    angle = np.linspace(-np.pi / 2, np.pi / 2, 160)
    wobble = rng.normal(0.0, 1.0, 4)
    lateral = traits.half_width_mm * (1.03 + 0.02 * wobble[0])
    medial = traits.half_width_mm * (0.95 + 0.02 * wobble[1])
    half = np.where(angle < 0, lateral, medial)
    back = 10.0  # the ellipse starts behind the detector's edge
    reach = frame.nipple_column_mm + back
    profile = np.abs(np.cos(angle)) ** float(np.clip(0.98 + 0.07 * rng.normal(), 0.86, 1.12))
    ripple = 1.0 + 0.008 * wobble[2] * np.sin(3 * angle) + 0.006 * wobble[3] * np.cos(5 * angle)
    column = reach * profile * (ripple / ripple[len(ripple) // 2]) - back
    row = frame.nipple_row_mm + half * np.sin(angle) * (1.0 + 0.04 * np.cos(angle))
    return np.stack([row, column], axis=1)


def _mlo_curve(seed: int, index: int, side: str, traits: Traits, frame: ViewFrame) -> npt.NDArray[np.float64]:
    """(row_mm, column_mm) from the axilla over the nipple to the fold under the breast."""
    rng = stream(seed, index, side, "outline", "MLO")
    reach, nipple = frame.nipple_column_mm, frame.nipple_row_mm
    below = min(traits.half_width_mm * 0.84, frame.rows * frame.spacing_mm - nipple - 8.0)
    wobble = rng.normal(0.0, 0.012, (9,))
    template = [
        (-40.0, 0.64), (0.0, 0.62), (0.27 * nipple, 0.64), (0.52 * nipple, 0.775), (0.78 * nipple, 0.94),
        (nipple, 1.0), (nipple + 0.36 * below, 0.925), (nipple + 0.68 * below, 0.70), (nipple + 0.90 * below, 0.38),
        (nipple + 1.01 * below, 0.06), (nipple + 1.03 * below, -0.25),
    ]  # fmt: skip
    points = np.asarray(template)
    points[1:-1, 1] += np.resize(wobble, len(points) - 2) * (points[1:-1, 1] < 0.99)
    points[:, 1] *= reach
    return _smoothed(_spline(points), 9.0)


def _muscle(seed: int, index: int, side: str, frame: ViewFrame, traits: Traits, margin: FloatArray) -> FloatArray:
    """Millimetres of pectoral muscle: a wedge at the top against the chest wall, edge slightly convex."""
    if frame.view == "CC":
        return np.zeros_like(margin)
    rng = stream(seed, index, side, "muscle")
    top = traits.depth_mm * float(np.clip(rng.normal(0.47, 0.05), 0.34, 0.60))
    foot = frame.nipple_row_mm * float(np.clip(rng.normal(0.90, 0.08), 0.70, 1.05))
    belly = float(rng.normal(3.5, 2.0))
    row = (np.arange(frame.rows, dtype=np.float64)[:, None] + 0.5) * frame.spacing_mm
    column = (np.arange(frame.columns, dtype=np.float64)[None, :] + 0.5) * frame.spacing_mm
    along = np.clip(row / foot, -0.2, 1.6)
    edge = top * (1.0 - along) + belly * np.sin(np.pi * np.clip(along, 0.0, 1.0))
    inside = (edge - column) * (foot / np.hypot(foot, top))
    ramp = np.clip((inside + 0.8) / 3.2, 0.0, 1.0)
    depth = ramp * ramp * (3 - 2 * ramp) * (0.72 + 0.28 * np.clip(inside / 30.0, 0.0, 1.0))
    fade = np.clip((foot - row) / (0.55 * foot), 0.25, 1.0)  # thinner towards its foot
    strands = smooth_field((220, 60), (9.0, 0.9), rng)  # fibres along the muscle, cells of 1.2 mm
    cos, sin = np.cos(np.arctan2(top, foot)), np.sin(np.arctan2(top, foot))
    scale = frame.spacing_mm / 1.2
    affine = np.asarray([[cos * scale, sin * scale, 0.0], [-sin * scale, cos * scale, 40.0]])
    laid = cv2.warpAffine(strands, affine, (frame.columns, frame.rows), flags=cv2.INTER_CUBIC | cv2.WARP_INVERSE_MAP,
                          borderMode=cv2.BORDER_REFLECT_101)  # fmt: skip
    fibres = 1.0 + 0.045 * laid
    return np.asarray(19.0 * depth * fade * fibres * np.clip(margin / 12.0, 0.0, 1.0), dtype=np.float32)


def _distance(mask: ByteArray) -> FloatArray:
    """Pixels to the nearest 0, float32; with one thread OpenCV would take IPP's code, whose last bits are others."""
    before = cv2.ipp.useIPP()
    cv2.ipp.setUseIPP(False)
    try:
        return np.asarray(cv2.distanceTransform(mask, cv2.DIST_L2, cv2.DIST_MASK_PRECISE), np.float32)
    finally:
        cv2.ipp.setUseIPP(before)


def draw_shape(seed: int, index: int, side: str, traits: Traits, frame: ViewFrame) -> Shape:
    """The shape of this breast in this view on the grid of `frame`."""
    curve = _cc_curve if frame.view == "CC" else _mlo_curve
    points = curve(seed, index, side, traits, frame)
    first, last = points[0].copy(), points[-1].copy()
    first[1] = last[1] = -40.0
    closed = np.vstack([first, points, last])
    nipple = np.asarray([frame.nipple_row_mm, frame.nipple_column_mm])
    axis = np.asarray([np.sin(frame.tilt_rad), np.cos(frame.tilt_rad)])
    nearest = points[np.argmin(((points - nipple) ** 2).sum(axis=1))]
    centre = nearest - 3.4 * axis
    pad = int(np.ceil(30.0 / frame.spacing_mm))  # the breast goes on beyond the detector's edge
    mask = np.zeros((frame.rows + 2 * pad, frame.columns + pad), np.uint8)
    corners = (closed / frame.spacing_mm - 0.5 + [pad, pad])[:, ::-1] * 2**_POLYGON_BITS
    cv2.fillPoly(mask, [np.rint(corners).astype(np.int32)], 255, cv2.LINE_8, _POLYGON_BITS)
    unit = 2**_POLYGON_BITS / frame.spacing_mm
    bump_row, bump_column = centre * unit + (pad - 0.5) * 2**_POLYGON_BITS
    bump_px = (round(bump_column), round(bump_row))
    axes_px = (max(round(5.2 * unit), 1), max(round(5.4 * unit), 1))
    angle_deg = float(np.rad2deg(frame.tilt_rad))
    ring = np.asarray(cv2.ellipse2Poly(bump_px, axes_px, round(angle_deg), 0, 360, 6), np.int32)
    cv2.fillPoly(mask, [ring], 255, cv2.LINE_8, _POLYGON_BITS)
    fillet = max(round(3.0 / frame.spacing_mm), 1) * 2 + 1
    kernel = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (fillet, fillet))
    mask = np.asarray(cv2.morphologyEx(mask, cv2.MORPH_CLOSE, kernel), np.uint8)
    distance = cv2.GaussianBlur(_distance(mask) - _distance(255 - mask), (0, 0), max(0.4 / frame.spacing_mm, 0.5))
    margin = np.ascontiguousarray(distance[pad:-pad, pad:] * frame.spacing_mm, dtype=np.float32)

    radius = np.float32(0.42 * frame.thickness_mm)
    thickness = _bulge(margin, radius) / radius * np.float32(frame.thickness_mm / 2)
    inner = _bulge(margin - np.float32(SKIN_MM), radius) / radius * np.float32(frame.thickness_mm / 2)
    skin = np.float32(0.36) * (thickness - inner)
    rows = (np.arange(frame.rows, dtype=np.float32)[:, None] + 0.5) * np.float32(frame.spacing_mm)
    columns = (np.arange(frame.columns, dtype=np.float32)[None, :] + 0.5) * np.float32(frame.spacing_mm)
    away2 = (rows - np.float32(centre[0])) ** 2 + (columns - np.float32(centre[1])) ** 2
    bump = np.maximum(np.float32(1.0) - away2 / np.float32(6.5**2), 0.0) ** np.float32(1.5) * np.float32(2.4)
    areola = np.exp(-away2 / np.float32(2 * 9.0**2)) * np.float32(1.0)
    nipple_mm = np.where(margin > 0, bump + areola, np.float32(0.0))
    return Shape(
        margin,
        thickness,
        skin,
        np.asarray(nipple_mm, np.float32),
        _muscle(seed, index, side, frame, traits, margin),
    )


def _bulge(margin: FloatArray, radius: np.float32) -> FloatArray:
    """Chord of a half-round margin: 0 at the outline, 2 * radius from `radius` inwards."""
    away = np.clip(radius - margin, np.float32(0.0), radius)
    return np.asarray(np.float32(2.0) * np.sqrt(np.maximum(radius * radius - away * away, 0.0)), dtype=np.float32)
