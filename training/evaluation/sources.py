"""Owns the opening of what a model is to be judged on: a cache of inputs, or the tables of data sets."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from mammoview.core.errors import UsageError
from training import cache
from training.cache import InputCache
from training.data import read_data_set
from training.data.table import ImageRow


def open_data(paths: Sequence[Path]) -> InputCache | tuple[ImageRow, ...]:
    """The cache at the one of `paths` (a .npz, or a folder with inputs.npy), else the tables of the data sets there,
    one after the other.

    A cache that went to another machine is taken as it is. Raises InputRefusedError where one is neither, UsageError
    where a cache is not alone.
    """
    caches = [path for path in paths if path.suffix == ".npz" or (path / "inputs.npy").is_file()]
    if caches and len(paths) > 1:
        raise UsageError(
            f"{caches[0]}: a cache is judged alone", "prepare all sets into one cache, or give their folders"
        )
    if caches:
        return cache.load(caches[0], carried=True)
    return tuple(row for path in paths for row in read_data_set(path).rows)
