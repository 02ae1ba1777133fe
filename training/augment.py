"""Owns the random changes of pictures while a network is fitted, as Keras layers on the device. Keras 3 only.

One bilinear sampling does flip, rotation, zoom, shift and elastic field together; a lesion's outline is sampled at the
very same places. What happens to the greys is in `training.tones`.
"""

from __future__ import annotations

from typing import Any

import keras
import numpy as np
from keras import ops

from training.config import AugmentationConfig
from training.tones import changes_greys, toned

_ELASTIC_CELLS = (8, 6)
"""Rows and columns of the coarse grid from which the elastic field is interpolated."""


def grid_matrix(*, flip_rows: Any, flip_columns: Any, angle: Any, zoom: Any, shift: Any) -> Any:
    """Matrices (n, 2, 3) from positions in the new picture to positions in the old one, both in pixels from the middle.

    `flip_rows`, `flip_columns` (n,): 1 or -1; `angle` (n,): radians; `zoom` (n, 2): magnification of rows and columns;
    `shift` (n, 2): pixels by which the content moves.
    """
    cosine, sine = ops.cos(angle), ops.sin(angle)
    down, across = flip_rows / zoom[:, 0], flip_columns / zoom[:, 1]
    first = ops.stack([down * cosine, -down * sine], axis=-1)
    second = ops.stack([across * sine, across * cosine], axis=-1)
    linear = ops.stack([first, second], axis=1)
    offset = -ops.matmul(linear, shift[:, :, None])
    return ops.concatenate([linear, offset], axis=-1)


def inverse_matrix(matrix: Any) -> Any:
    """The matrices (n, 2, 3) that undo `matrix`."""
    a, b, c, d = matrix[:, 0, 0], matrix[:, 0, 1], matrix[:, 1, 0], matrix[:, 1, 1]
    determinant = a * d - b * c
    first = ops.stack([d, -b], axis=-1) / determinant[:, None]
    second = ops.stack([-c, a], axis=-1) / determinant[:, None]
    linear = ops.stack([first, second], axis=1)
    return ops.concatenate([linear, -ops.matmul(linear, matrix[:, :, 2:])], axis=-1)


def places(matrix: Any, rows: int, columns: int, field: Any = None) -> Any:
    """Where each new pixel comes from: (n, 2, rows x columns) old row and column. `field` (n, 2, rows x columns) in
    pixels is added."""
    down = np.repeat(np.arange(rows, dtype=np.float32) - (rows - 1) / 2, columns)
    across = np.tile(np.arange(columns, dtype=np.float32) - (columns - 1) / 2, rows)
    positions = ops.convert_to_tensor(np.stack([down, across, np.ones_like(down)]).astype(np.float32))
    middle = ops.convert_to_tensor(np.array([[[(rows - 1) / 2], [(columns - 1) / 2]]], np.float32))
    found = ops.matmul(matrix, positions) + middle
    return found if field is None else found + field


def nearest_cells(row: Any, column: Any, rows: int, columns: int) -> Any:
    """The cells, counted row by row in int32, that are nearest to whole positions; float32 could not tell them apart
    from 2 ** 24 on."""
    near_row, near_column = ops.clip(row, 0, rows - 1), ops.clip(column, 0, columns - 1)
    return ops.cast(near_row, "int32") * columns + ops.cast(near_column, "int32")


def sampled(pictures: Any, where: Any) -> Any:
    """`pictures` (n, rows, columns, 1) sampled bilinearly at `where` (see `places`); 0 beyond the edge."""
    rows, columns = int(pictures.shape[1]), int(pictures.shape[2])
    flat = ops.reshape(pictures, (-1, rows * columns))
    row, column = where[:, 0], where[:, 1]
    top, left = ops.floor(row), ops.floor(column)
    total = ops.zeros_like(row)
    for row_step in (0.0, 1.0):
        for column_step in (0.0, 1.0):
            at_row, at_column = top + row_step, left + column_step
            weight = (1 - ops.abs(row - at_row)) * (1 - ops.abs(column - at_column))
            inside = (at_row >= 0) & (at_row <= rows - 1) & (at_column >= 0) & (at_column <= columns - 1)
            taken = ops.take_along_axis(flat, nearest_cells(at_row, at_column, rows, columns), axis=1)
            total = total + taken * weight * ops.cast(inside, total.dtype)
    return ops.reshape(total, (-1, rows, columns, 1))


def partners_of(counted: Any) -> Any:
    """With whom each example is mixed, int32 (n,): the one before it of its own kind, the first with the last. Examples
    that count for the class (`counted`, (n,) bool) and those that do not are never mixed with each other."""
    counted = ops.cast(counted, "int32")
    count = ops.shape(counted)[0]
    place = ops.arange(count, dtype="int32")
    behind = (place[:, None] - place[None, :] - 1) % count  # 0 where column is the one before the row
    alike = counted[:, None] == counted[None, :]
    return ops.cast(ops.argmin(ops.where(alike, behind, count), axis=1), "int32")


class Augmentation(keras.layers.Layer):  # type: ignore[misc]
    """(pixels, lesions or None) -> the same, changed: float32 (n, rows, columns, 1) in 0..1.

    Its random numbers come from one seed generator, whose state is among the layer's variables.
    """

    def __init__(self, config: AugmentationConfig, seed: int) -> None:
        super().__init__(dtype="float32", name="augmentation")
        self.config = config
        self.generator = keras.random.SeedGenerator(seed)

    def build(self, input_shape: Any) -> None:
        self.built = True

    def call(self, pixels: Any, lesions: Any = None) -> tuple[Any, Any]:
        config = self.config
        if any(
            (
                config.flip_rows,
                config.flip_columns,
                config.rotation_degrees,
                config.zoom,
                config.shift,
                config.elastic_px,
            )
        ):
            where = self._drawn_places(pixels)
            pixels = sampled(pixels, where)
            lesions = None if lesions is None else sampled(lesions, where)
        if changes_greys(config):
            pixels = toned(pixels, config, self.generator)
        if config.cutout:
            kept = self._cut(pixels)
            pixels, lesions = pixels * kept, None if lesions is None else lesions * kept
        return pixels, lesions

    def mixed(self, *parts: Any, partners: Any) -> tuple[Any, ...]:
        """MixUp: each example of each of `parts` (n, ...) with that at its place in `partners` (see `partners_of`), all
        by one share for an example."""
        count = ops.shape(parts[0])[0]
        alpha = self.config.mixup
        share = keras.random.beta((count,), alpha, alpha, dtype="float32", seed=self.generator)
        share = ops.maximum(share, 1 - share)
        found = []
        for part in parts:
            own = ops.reshape(share, (-1, *[1] * (len(part.shape) - 1)))
            found.append(part * own + ops.take(part, partners, axis=0) * (1 - own))
        return tuple(found)

    def _uniform(self, shape: tuple[Any, ...], reach: float) -> Any:
        return keras.random.uniform(shape, -reach, reach, dtype="float32", seed=self.generator)

    def _signs(self, count: Any, *, wanted: bool) -> Any:
        if not wanted:
            return ops.ones((count,), "float32")
        return ops.where(self._uniform((count,), 1.0) < 0, -1.0, 1.0)

    def _drawn_places(self, pixels: Any) -> Any:
        config = self.config
        count, rows, columns = ops.shape(pixels)[0], int(pixels.shape[1]), int(pixels.shape[2])
        matrix = grid_matrix(
            flip_rows=self._signs(count, wanted=config.flip_rows),
            flip_columns=self._signs(count, wanted=config.flip_columns),
            angle=self._uniform((count,), float(np.deg2rad(config.rotation_degrees))),
            zoom=1 + self._uniform((count, 2), config.zoom),
            shift=self._uniform((count, 2), config.shift) * np.array([rows, columns], np.float32),
        )
        field = None
        if config.elastic_px:
            coarse = keras.random.normal(
                (count, *_ELASTIC_CELLS, 2), stddev=config.elastic_px, dtype="float32", seed=self.generator
            )
            fine = ops.image.resize(coarse, (rows, columns), interpolation="bicubic", data_format="channels_last")
            field = ops.transpose(ops.reshape(fine, (-1, rows * columns, 2)), (0, 2, 1))
        return places(matrix, rows, columns, field)

    def _cut(self, pixels: Any) -> Any:
        """1 but for one rectangle in every second picture (DeVries and Taylor 2017)."""
        count, rows, columns = ops.shape(pixels)[0], int(pixels.shape[1]), int(pixels.shape[2])
        drawn = keras.random.uniform((count, 5), dtype="float32", seed=self.generator)
        down = ops.convert_to_tensor((np.arange(rows, dtype=np.float32)[None, :, None, None] + 0.5) / rows)
        across = ops.convert_to_tensor((np.arange(columns, dtype=np.float32)[None, None, :, None] + 0.5) / columns)
        place = ops.reshape(drawn, (-1, 5, 1, 1, 1))
        half = place[:, 2:4] * self.config.cutout / 2
        covered = (ops.abs(down - place[:, 0]) < half[:, 0]) & (ops.abs(across - place[:, 1]) < half[:, 1])
        return 1 - ops.cast(covered & (place[:, 4] < 0.5), "float32")
