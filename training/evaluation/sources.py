"""Owns the opening of what a model is to be judged on: a cache of inputs, or the table of a data set."""

from __future__ import annotations

from pathlib import Path

from training import cache
from training.cache import InputCache
from training.data import read_data_set
from training.data.table import ImageRow


def open_data(path: Path) -> InputCache | tuple[ImageRow, ...]:
    """The cache at `path` (a .npz, or a folder with inputs.npy), else the table of the data set there.

    A cache that went to another machine is taken as it is. Raises InputRefusedError where it is neither.
    """
    if path.suffix == ".npz" or (path / "inputs.npy").is_file():
        return cache.load(path, carried=True)
    return read_data_set(path).rows
