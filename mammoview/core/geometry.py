"""Owns positions: how one pixel grid lies over another. Never touches pixel values, files or Qt.

All grids here (stored image, model input, heat-map cells, screen) differ by an axis-aligned map: a transposition,
mirrorings, scales and offsets. Positions are pixel CENTRES: the first pixel of a row is at 0.0 and its outer edge at
-0.5.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from mammoview.core.errors import MammoviewError


@dataclass(frozen=True, slots=True)
class GridTransform:
    """Position (row, column) of one grid -> position of another.

    With `transpose`, rows and columns are exchanged first; then row' = row_scale * row + row_offset and likewise for
    columns. A negative scale mirrors. Closed under composition and inversion.
    """

    row_scale: float = 1.0
    row_offset: float = 0.0
    column_scale: float = 1.0
    column_offset: float = 0.0
    transpose: bool = False

    def __post_init__(self) -> None:
        numbers = (self.row_scale, self.row_offset, self.column_scale, self.column_offset)
        if not all(map(math.isfinite, numbers)) or self.row_scale == 0 or self.column_scale == 0:
            raise MammoviewError(f"not a usable grid transform: {numbers}")

    def __call__(self, row: float, column: float) -> tuple[float, float]:
        if self.transpose:
            row, column = column, row
        return self.row_scale * row + self.row_offset, self.column_scale * column + self.column_offset

    def then(self, after: GridTransform) -> GridTransform:
        """The transform that applies `self` first and `after` second."""
        row_scale, row_offset = self.row_scale, self.row_offset
        column_scale, column_offset = self.column_scale, self.column_offset
        if after.transpose:
            row_scale, row_offset, column_scale, column_offset = (
                column_scale,
                column_offset,
                row_scale,
                row_offset,
            )
        return GridTransform(
            row_scale=after.row_scale * row_scale,
            row_offset=after.row_scale * row_offset + after.row_offset,
            column_scale=after.column_scale * column_scale,
            column_offset=after.column_scale * column_offset + after.column_offset,
            transpose=self.transpose != after.transpose,
        )

    def inverse(self) -> GridTransform:
        rows = (1 / self.row_scale, -self.row_offset / self.row_scale)
        columns = (1 / self.column_scale, -self.column_offset / self.column_scale)
        if self.transpose:
            rows, columns = columns, rows
        return GridTransform(rows[0], rows[1], columns[0], columns[1], self.transpose)


@dataclass(frozen=True, slots=True)
class Orientation:
    """One of the eight ways to lay a stored image: transpose first, then flip rows (top <-> bottom), flip columns."""

    transpose: bool = False
    flip_rows: bool = False
    flip_columns: bool = False

    def apply(self, pixels: NDArray[np.generic]) -> NDArray[np.generic]:
        """The image laid this way: a view of (rows, columns[, channels]) pixels, no copy."""
        laid = pixels.swapaxes(0, 1) if self.transpose else pixels
        if self.flip_rows:
            laid = laid[::-1]
        if self.flip_columns:
            laid = laid[:, ::-1]
        return laid

    def shape(self, rows: int, columns: int) -> tuple[int, int]:
        """(rows, columns) after laying."""
        return (columns, rows) if self.transpose else (rows, columns)

    def transform(self, rows: int, columns: int) -> GridTransform:
        """Stored position -> laid position, for a stored image of `rows` x `columns`."""
        laid_rows, laid_columns = self.shape(rows, columns)
        return GridTransform(
            row_scale=-1.0 if self.flip_rows else 1.0,
            row_offset=laid_rows - 1.0 if self.flip_rows else 0.0,
            column_scale=-1.0 if self.flip_columns else 1.0,
            column_offset=laid_columns - 1.0 if self.flip_columns else 0.0,
            transpose=self.transpose,
        )

    def then(self, after: Orientation) -> Orientation:
        """The orientation that lays by `self` first and by `after` second."""
        rows, columns = self.flip_rows, self.flip_columns
        if after.transpose:
            rows, columns = columns, rows
        return Orientation(self.transpose != after.transpose, rows != after.flip_rows, columns != after.flip_columns)

    def inverse(self) -> Orientation:
        if self.transpose:
            return Orientation(True, self.flip_columns, self.flip_rows)
        return self


ALL_ORIENTATIONS: tuple[Orientation, ...] = tuple(
    Orientation(transpose, flip_rows, flip_columns)
    for transpose in (False, True)
    for flip_rows in (False, True)
    for flip_columns in (False, True)
)


@dataclass(frozen=True, slots=True)
class Spacing:
    """Millimetres between the centres of neighbouring pixels, in the plane of the breast.

    `kind` says where it comes from: "imager" (Imager Pixel Spacing / ERMF), "fiducial", "geometry" or "pixel" (Pixel
    Spacing by how it was calibrated), "scanned" and "resolution" (of the film scanner), "assumed": none is known, so
    that no length may be told by it.
    `magnification` is the Estimated Radiographic Magnification Factor that was divided out (PS3.3 C.8.11.4).
    """

    row_mm: float
    column_mm: float
    kind: str
    magnification: float = 1.0

    def __post_init__(self) -> None:
        if not (np.isfinite(self.row_mm) and np.isfinite(self.column_mm)) or min(self.row_mm, self.column_mm) <= 0:
            raise MammoviewError(f"pixel spacing {self.row_mm:g} \\ {self.column_mm:g} is not positive")

    def label(self) -> str:
        """What to say beside a length: how it was calibrated."""
        if self.kind == "imager":
            return f"corrected ×{self.magnification:.4g}" if self.magnification != 1 else "detector plane"
        return _CALIBRATIONS.get(self.kind, self.kind)


_CALIBRATIONS = {
    "fiducial": "calibrated (fiducial)",
    "geometry": "calibrated (geometry)",
    "pixel": "pixel spacing as given",
    "scanned": "film scanner",
    "resolution": "film scanner, nominal",
    "assumed": "assumed",
}


@dataclass(frozen=True, slots=True)
class Box:
    """Half-open pixel rectangle [row0, row1) x [column0, column1), in the frame that the variable's name says."""

    row0: int
    column0: int
    row1: int
    column1: int

    @property
    def rows(self) -> int:
        return self.row1 - self.row0

    @property
    def columns(self) -> int:
        return self.column1 - self.column0


@dataclass(frozen=True, slots=True)
class Crop:
    """How a model input was cut out of a stored image: laid, cut to `box` (laid pixels), scaled, letterboxed.

    The cut part fills `inner` (model pixels) of an input of `input_rows` x `input_columns`.
    """

    stored_rows: int
    stored_columns: int
    orientation: Orientation
    box: Box
    inner: Box
    input_rows: int
    input_columns: int

    def model_from_stored(self) -> GridTransform:
        """Stored position -> model-input position."""
        row_scale = self.inner.rows / self.box.rows
        column_scale = self.inner.columns / self.box.columns
        cut = GridTransform(
            row_scale=row_scale,
            row_offset=(0.5 - self.box.row0) * row_scale - 0.5 + self.inner.row0,
            column_scale=column_scale,
            column_offset=(0.5 - self.box.column0) * column_scale - 0.5 + self.inner.column0,
        )
        return self.orientation.transform(self.stored_rows, self.stored_columns).then(cut)
