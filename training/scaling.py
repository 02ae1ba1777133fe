"""Owns a cache of smaller inputs made of another one by averaging. Never enlarges, and never reads files.

Such inputs are not what the application makes at that size, so that a model of them can be compared but not exported.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from mammoview.core.errors import UsageError
from training.cache import InputCache, LesionMasks

SCALED_ID = "scaled/1"
"""The preprocessing's name in such a cache."""

_BLOCK = 256


def scaled(cache: InputCache, rows: int, columns: int) -> InputCache:
    """The cache with inputs of `rows` x `columns`, each pixel the average of the area that it covers; a pixel that
    covers any of a lesion is lesion. Raises UsageError where that would enlarge.
    """
    size = cache.inputs.shape[1:]
    if rows > size[0] or columns > size[1]:
        raise UsageError(
            f"inputs of {rows} x {columns} cannot be made of {size[0]} x {size[1]}",
            f"prepare with --rows {rows} --columns {columns}",
        )
    down, across = shares(size[0], rows), shares(size[1], columns)
    inputs = np.empty((len(cache.inputs), rows, columns), np.uint8)
    for start in range(0, len(inputs), _BLOCK):
        block = np.asarray(cache.inputs[start : start + _BLOCK], np.float32)
        inputs[start : start + _BLOCK] = np.round(down @ block @ across.T)
    about = {
        "id": SCALED_ID,
        "params": {**cache.preprocess.get("params", {}), "rows": rows, "columns": columns},
        "of": cache.preprocess_hash,
    }
    return InputCache(
        inputs, cache.rows, about, f"{cache.preprocess_hash}-{rows}x{columns}", _lesions(cache, down, across)
    )


def shares(size: int, cells: int) -> NDArray[np.float32]:
    """(cells, size): the share of each of `size` pixels in the average of each of `cells` equal cells."""
    edges = np.linspace(0, size, cells + 1)
    pixels = np.arange(size)
    overlap = np.minimum(edges[1:, None], pixels + 1) - np.maximum(edges[:-1, None], pixels)
    return np.asarray(np.clip(overlap, 0, None) * (cells / size), np.float32)


def _lesions(cache: InputCache, down: Any, across: Any) -> LesionMasks | None:
    if cache.lesions is None:
        return None
    told = np.flatnonzero(cache.lesions.of_row >= 0)
    of_row = np.full(len(cache.rows), -1, np.int64)
    of_row[told] = np.arange(len(told))
    small = (down @ cache.masks(told).astype(np.float32) @ across.T) > 1e-6
    return LesionMasks(np.packbits(small.reshape(len(told), -1), axis=1), of_row)
