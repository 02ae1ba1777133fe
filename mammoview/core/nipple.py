"""Owns what is told by the nipple: where it is likely to be, how far a point is from it, and where in the other view of
the breast that distance leads. Never draws, and never decides that two findings are the same.

A lesion lies about as far from the nipple in one view of a breast as in another. "About as far" is measured in two
ways, `Method`; which of them fits better depends on the breast and on its positioning, so that a band is shown.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

from mammoview.core.errors import MammoviewError
from mammoview.core.geometry import GridTransform, Orientation, Spacing
from mammoview.core.marks import Point, positions
from mammoview.core.measure import known
from mammoview.core.prepared import PreparedImage
from mammoview.core.study import Laterality

BAND_MM = 10.0
"""How far the band reaches to both sides of the distance."""

_STEP_MM = 0.5
_TIP_CELLS = 3
_MOST_POINTS = 8_192


class Method(StrEnum):
    """How the distance from the nipple is carried over to the other view.

    ARC: the straight distance from the nipple to the point; all points as far lie on a circle about the nipple.
    STRAIGHT: the distance along the posterior nipple line, taken as perpendicular to the chest-wall side of the image;
    all points as far lie on a line along that side. In an MLO view the true line is perpendicular to the pectoral
    muscle, which is not looked for here.
    """

    ARC = "arc"
    STRAIGHT = "straight line"


@dataclass(frozen=True, slots=True, eq=False)
class ArcBand:
    """The arc at a distance and the arcs of its band: stored positions as `arc` gives them."""

    inner: NDArray[np.float64]
    middle: NDArray[np.float64]
    outer: NDArray[np.float64]


def estimate_nipple(prepared: PreparedImage) -> Point | None:
    """The stored position of the breast's outline that is farthest from the chest-wall side of the image.

    An estimate from the outline alone, to be corrected by the reader: a nipple that is not in profile, a fold or skin
    pulled forward mislead it. Between the cells of the mask (longest side 384) it is found by a parabola through the
    outline about its tip. None where no breast or no chest wall is found, or where the breast runs out of the image.
    """
    region = prepared.region
    if not region.found or (prepared.header.laterality is Laterality.UNKNOWN and region.chest_wall is None):
        return None
    orientation = _wall_left(prepared)
    laid = np.asarray(orientation.apply(region.mask), np.bool_)
    columns = laid.shape[1]
    reach = np.where(laid.any(axis=1), columns - laid[:, ::-1].argmax(axis=1), 0)
    tip = int(reach.max())
    if tip == columns:
        return None
    row, column = _vertex(reach, tip)
    to_laid = orientation.transform(*region.mask.shape)
    stored_from_laid = to_laid.inverse().then(_stored_from_cells(prepared))
    return stored_from_laid(row, column - 0.5)  # the outline is the outer edge of its last cell


def _vertex(reach: NDArray[np.intp], tip: int) -> tuple[float, float]:
    """(row, reach) of the tip of an outline, `reach` cells long in each row, between the cells."""
    first_tip = int(reach.argmax())
    near = reach >= tip - _TIP_CELLS
    before, after = np.flatnonzero(~near[:first_tip]), np.flatnonzero(~near[first_tip:])
    first = int(before[-1]) + 1 if before.size else 0
    end = first_tip + int(after[0]) if after.size else reach.size
    rows = np.arange(first, end, dtype=np.float64)
    level = rows[reach[first:end] == tip].mean()
    if rows.size < 5:
        return float(level), float(tip)
    bend, slope, height = np.polyfit(rows - level, reach[first:end].astype(np.float64), 2)
    if bend >= 0 or not rows[0] <= level - slope / (2 * bend) <= rows[-1]:
        return float(level), float(tip)
    return float(level - slope / (2 * bend)), float(height - slope**2 / (4 * bend))


def nipple_distance_mm(point: Point, nipple: Point, spacing: Spacing | None) -> float | None:
    """The distance of two stored positions of one image, in mm; None where the spacing is absent or assumed."""
    measured = known(spacing)
    if measured is None:
        return None
    return math.hypot((point[0] - nipple[0]) * measured.row_mm, (point[1] - nipple[1]) * measured.column_mm)


def nipple_depth_mm(prepared: PreparedImage, point: Point, nipple: Point) -> float | None:
    """How far a stored position lies behind the nipple, perpendicular to the chest-wall side of the image, in mm;
    negative in front of it. None where the spacing is absent or assumed.
    """
    measured = known(prepared.image.spacing)
    if measured is None:
        return None
    to_laid = _to_laid(prepared)
    return (to_laid(*nipple)[1] - to_laid(*point)[1]) * _laid_mm(prepared, measured)[1]


def arc(
    prepared_other: PreparedImage, nipple_other: Point, distance_mm: float, method: Method = Method.ARC
) -> NDArray[np.float64]:
    """Where the distance from the nipple leads in the other view: the part within its breast.

    Stored positions, float64 (n, 2), row and column, half a millimetre apart; a row of NaN between parts that do not
    touch; (0, 2) where nothing lies within the breast. ARC takes `nipple_distance_mm` of the first view, STRAIGHT its
    `nipple_depth_mm`. Raises MammoviewError where the other view has no known spacing.
    """
    measured = known(prepared_other.image.spacing)
    if measured is None:
        raise MammoviewError("the other view has no pixel spacing, so no distance can be carried over to it")
    laid_mm = _laid_mm(prepared_other, measured)
    to_laid = _to_laid(prepared_other)
    row, column = to_laid(*nipple_other)
    if method is Method.ARC:
        laid = _circle(row, column, distance_mm, laid_mm)
    else:
        laid = _upright(prepared_other, column - distance_mm / laid_mm[1], laid_mm[0])
    return _within_breast(prepared_other, positions(laid, to_laid.inverse()))


def band(
    prepared_other: PreparedImage,
    nipple_other: Point,
    distance_mm: float,
    *,
    half_width_mm: float = BAND_MM,
    method: Method = Method.ARC,
) -> ArcBand:
    """The arc and those `half_width_mm` nearer and farther, each as of `arc`, which also says what is raised."""
    inner, middle, outer = (
        arc(prepared_other, nipple_other, distance_mm + beside_mm, method)
        for beside_mm in (-half_width_mm, 0.0, half_width_mm)
    )
    return ArcBand(inner, middle, outer)


def _circle(row: float, column: float, radius_mm: float, laid_mm: tuple[float, float]) -> NDArray[np.float64]:
    """A circle in laid positions that starts and ends in front of its middle, where no breast is."""
    if radius_mm <= 0:
        return np.empty((0, 2))
    count = min(_MOST_POINTS, max(16, math.ceil(2 * math.pi * radius_mm / _STEP_MM)))
    turn = np.arange(count) * (2 * math.pi / count)
    rows, columns = row + np.sin(turn) * radius_mm / laid_mm[0], column + np.cos(turn) * radius_mm / laid_mm[1]
    return np.stack([rows, columns], axis=1)


def _upright(prepared: PreparedImage, column: float, row_mm: float) -> NDArray[np.float64]:
    """A line along the chest-wall side in laid positions, from the image's first row to its last."""
    rows = _wall_left(prepared).shape(prepared.image.rows, prepared.image.columns)[0]
    count = min(_MOST_POINTS, max(2, math.ceil(rows * row_mm / _STEP_MM)))
    return np.stack([np.linspace(0, rows - 1, count), np.full(count, column)], axis=1)


def _within_breast(prepared: PreparedImage, points: NDArray[np.float64]) -> NDArray[np.float64]:
    """Those in the breast's mask, with a row of NaN between runs."""
    mask = prepared.region.mask
    cells = np.round(positions(points, _stored_from_cells(prepared).inverse()))
    inside: NDArray[np.bool_] = np.asarray(((cells >= 0) & (cells < mask.shape)).all(axis=1), np.bool_)
    at = cells[inside].astype(np.intp)
    inside[inside] = mask[at[:, 0], at[:, 1]]
    kept = np.flatnonzero(inside)
    gaps = np.flatnonzero(np.diff(kept) > 1) + 1
    return np.insert(points[kept], gaps, np.nan, axis=0)


def _wall_left(prepared: PreparedImage) -> Orientation:
    """The way to lay the image so that its chest wall is to the left, and the nipple points to the right."""
    hung = prepared.hung or prepared
    orientation = hung.laying.orientation
    return orientation.then(Orientation(flip_columns=True)) if hung.chest_wall_right else orientation


def _to_laid(prepared: PreparedImage) -> GridTransform:
    """Stored position -> position with the chest wall to the left."""
    return _wall_left(prepared).transform(prepared.image.rows, prepared.image.columns)


def _laid_mm(prepared: PreparedImage, spacing: Spacing) -> tuple[float, float]:
    """Millimetres per laid pixel, (along rows, along columns)."""
    if (prepared.hung or prepared).laying.orientation.transpose:
        return spacing.column_mm, spacing.row_mm
    return spacing.row_mm, spacing.column_mm


def _stored_from_cells(prepared: PreparedImage) -> GridTransform:
    """Position on the grid of the breast's mask -> stored position."""
    rows, columns = prepared.region.mask.shape
    per_row, per_column = prepared.image.rows / rows, prepared.image.columns / columns
    return GridTransform(per_row, 0.5 * per_row - 0.5, per_column, 0.5 * per_column - 0.5)
