"""Owns the numbers of marks: lengths, angles, areas and the values of the pixels within. Never draws, and never makes
up millimetres: without a known spacing a length is in pixels and says so.

Millimetres are those of `Spacing`: in the plane of the breast, with the Estimated Radiographic Magnification Factor
(0018,1114) divided out (PS3.3 C.8.11.4); each number carries the words that tell how it was calibrated.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from mammoview.core.errors import MammoviewError
from mammoview.core.geometry import Spacing
from mammoview.core.image import FrameChoice, MammoImage
from mammoview.core.marks import Mark, MarkKind
from mammoview.core.window import FloatArray, Greyscale

_STRIP_ROWS = 256
_AREA_LINES = 512
_TOUCHES = 1e-9
"""By what share of the half axis a pixel centre may lie outside of an ellipse and still be on it."""


@dataclass(frozen=True, slots=True)
class Quantity:
    """`value` in `unit`: "mm" or "px", for areas "mm²" or "px²". `note` says how it was calibrated."""

    value: float
    unit: str
    note: str

    @property
    def number(self) -> str:
        """Value and unit, as "12.3 mm"."""
        return f"{_digits(self.value)} {self.unit}"

    def text(self) -> str:
        """As it stands beside a mark: "12.3 mm  corrected ×1.5"."""
        return f"{self.number}  {self.note}"


@dataclass(frozen=True, slots=True)
class RegionStatistics:
    """The pixels whose centre lies within a region, as modality values.

    `count` pixels were measured; `padding` more were left out; those outside of the image are in neither. `mean`, `sd`
    (of these pixels themselves, divisor `count`), `minimum` and `maximum` are None where nothing was measured. `area`
    is that of the whole shape, whatever lies under it. `unit`: "stored" where the modality stage changes nothing, else
    "modality"; mammograms give their values no physical unit (Rescale Type (0028,1054) is mostly "US", unspecified).
    """

    count: int
    padding: int
    mean: float | None
    sd: float | None
    minimum: float | None
    maximum: float | None
    area: Quantity
    unit: str


def known(spacing: Spacing | None) -> Spacing | None:
    """The spacing if it was measured, None where it is absent or assumed."""
    return None if spacing is None or spacing.kind == "assumed" else spacing


def length(mark: Mark, spacing: Spacing | None) -> Quantity:
    """The length of a ruler; of pixels that are not square each axis counts by its own spacing.

    Raises MammoviewError for other kinds of marks.
    """
    if mark.kind is not MarkKind.RULER:
        raise MammoviewError(f"a mark of kind {mark.kind} has no length")
    start, end = mark.points
    scale, unit, note = _scale(spacing)
    return Quantity(math.dist(_scaled(start, scale), _scaled(end, scale)), unit, note)


def angle_deg(mark: Mark, spacing: Spacing | None, pixel_aspect: float = 1.0) -> float | None:
    """The angle at the vertex, 0..180 degrees; None where an arm has no length.

    It is the angle in the breast where the spacing is known, or else the shape of a pixel: `pixel_aspect`, its height
    over its width (Pixel Aspect Ratio (0028,0034)), 1 where nothing is told of it. Raises MammoviewError for other
    kinds of marks.
    """
    if mark.kind is not MarkKind.ANGLE:
        raise MammoviewError(f"a mark of kind {mark.kind} has no angle")
    scale = (pixel_aspect, 1.0) if known(spacing) is None else _scale(spacing)[0]
    one, vertex, other = (_scaled(point, scale) for point in mark.points)
    down, across = one[0] - vertex[0], one[1] - vertex[1]
    other_down, other_across = other[0] - vertex[0], other[1] - vertex[1]
    if not (math.hypot(down, across) and math.hypot(other_down, other_across)):
        return None
    turned = down * other_across - across * other_down
    along = down * other_down + across * other_across
    return abs(math.degrees(math.atan2(turned, along)))


def area(mark: Mark, spacing: Spacing | None) -> Quantity:
    """The area of an ellipse or of an outline by the even-odd rule, within 0.1 %; parts outside of the image count.

    Raises MammoviewError for marks that are no region.
    """
    scale, unit, note = _scale(spacing)
    row0, column0, row1, column1 = _region_bounds(mark)
    if mark.kind is MarkKind.ELLIPSE:
        area_px = math.pi / 4 * (row1 - row0) * (column1 - column0)
    else:
        height_px = (row1 - row0) / _AREA_LINES
        lines_px = np.asarray(row0 + (np.arange(_AREA_LINES) + 0.5) * height_px, np.float64)
        _, chords = _chords(mark, lines_px)
        area_px = float((chords[:, 1] - chords[:, 0]).sum()) * height_px
    return Quantity(area_px * scale[0] * scale[1], f"{unit}²", note)


def region_statistics(image: MammoImage, mark: Mark) -> RegionStatistics:
    """The values within an ellipse or an outline of this image.

    A pixel is within where its centre is: for outlines by the even-odd rule, where the upper and left rims of the
    shape belong to it and the lower and right ones do not; the rim of an ellipse belongs to it. Padding (PS3.3
    C.7.5.1.1.2) and what lies outside of the image are left out. Raises MammoviewError for marks that are no region or
    lie on another image or frame, and for a preview, whose values are not the image's.
    """
    _check_image(image, mark)
    stored, times = _stored_within(image, mark)
    padding = image.grey.is_padding(stored)
    left_out = int(times[padding].sum())
    stored, times = stored[~padding], times[~padding]
    count = int(times.sum())
    size, unit = area(mark, image.spacing), _value_unit(image.grey)
    if not count:
        return RegionStatistics(0, left_out, None, None, None, None, size, unit)
    values = image.grey.modality(stored)
    mean = float((values * times).sum() / count)
    sd = math.sqrt(float(((values - mean) ** 2 * times).sum() / count))
    return RegionStatistics(count, left_out, mean, sd, float(values.min()), float(values.max()), size, unit)


def lines(mark: Mark, image: MammoImage) -> tuple[str, ...]:
    """What is written beside a mark of this image; nothing for marks that measure nothing.

    Rulers: length and calibration. Angles: degrees. Ellipses and outlines: mean, SD and area, then the calibration, the
    slab that was measured and the padding left out. Outlines of findings and regions of a preview: the area alone.
    Raises MammoviewError where the mark lies on another image or frame.
    """
    _check_place(image, mark)
    if mark.kind is MarkKind.RULER:
        return (length(mark, image.spacing).text(),)
    if mark.kind is MarkKind.ANGLE:
        return _angle_lines(mark, image.spacing, image.header.pixel_aspect)
    if mark.kind is not MarkKind.ELLIPSE and not mark.outlined:
        return ()
    if mark.kind is MarkKind.FINDING or image.preview:
        return (f"area {area(mark, image.spacing).text()}",)
    found = region_statistics(image, mark)
    first = f"area {found.area.number}"
    if found.mean is not None and found.sd is not None:
        first = f"mean {_digits(found.mean)}  SD {_digits(found.sd)}  {first}"
    notes = [found.area.note]
    if image.slab > 1:
        notes.append(f"slab of {image.slab}, {image.projection}")
    if found.padding:
        notes.append(f"{found.padding} px of padding left out")
    return first, ", ".join(notes)


def _angle_lines(mark: Mark, spacing: Spacing | None, pixel_aspect: float) -> tuple[str, ...]:
    angle = angle_deg(mark, spacing, pixel_aspect)
    if angle is None:
        return ()
    shape_is_known = known(spacing) is not None or pixel_aspect != 1
    return (f"{angle:.1f}°" if shape_is_known else f"{angle:.1f}°  square pixels assumed",)


def _digits(number: float) -> str:
    """A number as a reader wants it: whole where it is large, two decimals where it is small."""
    decimals = 0 if abs(number) >= 1000 else 1 if abs(number) >= 1 else 2
    return f"{number:.{decimals}f}"


def _value_unit(grey: Greyscale) -> str:
    plain = grey.modality_lut is None and grey.slope == 1 and grey.intercept == 0
    return "stored" if plain else "modality"


def _scale(spacing: Spacing | None) -> tuple[tuple[float, float], str, str]:
    """((units per row, units per column), unit, note)."""
    measured = known(spacing)
    if measured is None:
        return (1.0, 1.0), "px", "uncalibrated"
    return (measured.row_mm, measured.column_mm), "mm", measured.label()


def _scaled(point: tuple[float, float], scale: tuple[float, float]) -> tuple[float, float]:
    return point[0] * scale[0], point[1] * scale[1]


def _region_bounds(mark: Mark) -> tuple[float, float, float, float]:
    if mark.kind is not MarkKind.ELLIPSE and not mark.outlined:
        raise MammoviewError(f"a mark of kind {mark.kind} with {len(mark.points)} points is no region")
    return mark.bounds()


def _check_place(image: MammoImage, mark: Mark) -> None:
    if mark.image_key != image.header.key:
        raise MammoviewError("the mark is on another image")
    shown = FrameChoice(image.frame, image.slab).frames(image.header.frames)
    if mark.frame not in shown:
        raise MammoviewError(f"the mark is on frame {mark.frame}, not on frame {image.frame}")


def _check_image(image: MammoImage, mark: Mark) -> None:
    _check_place(image, mark)
    if image.preview:
        raise MammoviewError("the pixels of the image are still to come")


def _stored_within(image: MammoImage, mark: Mark) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """(stored values that occur within, how often each does), both int64 of shape (n,)."""
    bits = image.stored.view(f"u{image.stored.dtype.itemsize}")
    levels = 256**bits.dtype.itemsize
    times = np.zeros(levels, np.int64)
    for pieces in _rows_within(bits, mark):
        # strip by strip: OpenCV counts in float32, exact up to 2**24 pixels
        strip = np.concatenate(pieces)
        times += cv2.calcHist([strip], [0], None, [levels], [0, levels]).astype(np.int64).ravel()
    there = np.flatnonzero(times).astype(np.int64)
    stored = np.where(there >= levels // 2, there - levels, there) if image.stored.dtype == np.int16 else there
    return stored, times[there]


def _rows_within(bits: NDArray[np.uint8 | np.uint16], mark: Mark) -> Iterator[list[NDArray[np.uint8 | np.uint16]]]:
    """The pixels within a mark as pieces of rows, never empty, for each strip of the image that has any."""
    low, _, high, _ = _region_bounds(mark)
    rows, columns = bits.shape
    first, end = max(0, math.ceil(low - 1)), min(rows, math.floor(high) + 2)
    for top in range(first, end, _STRIP_ROWS):
        strip = np.arange(top, min(end, top + _STRIP_ROWS), dtype=np.float64)
        at, chords = _chords(mark, strip)
        starts = np.clip(np.ceil(chords[:, 0]), 0, columns).astype(np.int64)
        if mark.kind is MarkKind.ELLIPSE:
            ends = np.clip(np.floor(chords[:, 1]) + 1, 0, columns).astype(np.int64)
        else:
            ends = np.clip(np.ceil(chords[:, 1]), 0, columns).astype(np.int64)
        there = starts < ends
        spans = zip((at + top)[there].tolist(), starts[there].tolist(), ends[there].tolist(), strict=True)
        pieces = [bits[row, start:stop] for row, start, stop in spans]
        if pieces:
            yield pieces


def _chords(mark: Mark, rows_px: FloatArray) -> tuple[NDArray[np.int64], FloatArray]:
    """Where the lines at `rows_px` (n, rising) run within a region: (line of each chord (m,), its columns (m, 2))."""
    return _ellipse_chords(mark, rows_px) if mark.kind is MarkKind.ELLIPSE else _outline_chords(mark, rows_px)


def _ellipse_chords(mark: Mark, rows_px: FloatArray) -> tuple[NDArray[np.int64], FloatArray]:
    row0, column0, row1, column1 = mark.bounds()
    half_rows, half_columns = (row1 - row0) / 2, (column1 - column0) / 2
    if not (half_rows and half_columns):
        return np.empty(0, np.int64), np.empty((0, 2))
    down = (rows_px - (row0 + row1) / 2) / half_rows
    at = np.flatnonzero(np.abs(down) <= 1 + _TOUCHES).astype(np.int64)
    reach = half_columns * (np.sqrt(np.clip(1 - down[at] ** 2, 0, None)) + _TOUCHES)
    middle = (column0 + column1) / 2
    return at, np.stack([middle - reach, middle + reach], axis=1)


def _outline_chords(mark: Mark, rows_px: FloatArray) -> tuple[NDArray[np.int64], FloatArray]:
    """By the even-odd rule; an edge is crossed from its upper end, inclusive, to its lower end, exclusive."""
    here = np.array(mark.points)
    there = np.roll(here, -1, axis=0)
    falls = (here[:, 0] > there[:, 0])[:, None]
    upper, lower = np.where(falls, there, here), np.where(falls, here, there)
    first = np.searchsorted(rows_px, upper[:, 0])
    counts = np.searchsorted(rows_px, lower[:, 0]) - first
    edge = np.repeat(np.arange(len(here)), counts)
    at = np.arange(edge.size) - np.repeat(np.cumsum(counts) - counts - first, counts)
    down = (rows_px[at] - upper[edge, 0]) / (lower - upper)[edge, 0]
    columns = upper[edge, 1] + down * (lower - upper)[edge, 1]
    order = np.lexsort((columns, at))
    return at[order][::2].astype(np.int64), columns[order].reshape(-1, 2)
