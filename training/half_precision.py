"""Owns the storage of a Keras file's weights as float16. Never changes what a network computes in: it loads as float32.

Kernels (two dimensions and more) are rounded to float16 where all of their values fit; biases and the statistics of
norms, which are few, stay as they are. Keras reads both.
"""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mammoview.core.errors import UsageError

WEIGHTS = "model.weights.h5"
TOLERANCE = 1e-3
"""By how much a probability may move."""

_LARGEST, _SMALLEST = 65504.0, 2.0**-24
"""Of float16 (IEEE 754-2019): the largest number, and the smallest above 0."""


def halve(model_file: Path) -> int:
    """Store the kernels of a .keras file as float16, in its place; how many bytes it has lost."""
    import h5py

    before = model_file.stat().st_size
    with zipfile.ZipFile(model_file) as archive:
        members = {info.filename: archive.read(info) for info in archive.infolist()}
    sink = io.BytesIO()
    with h5py.File(io.BytesIO(members[WEIGHTS]), "r") as source, h5py.File(sink, "w") as target:
        _copy(source, target, h5py)
    members[WEIGHTS] = sink.getvalue()
    part = model_file.with_name(model_file.name + ".part")
    with zipfile.ZipFile(part, "w") as archive:
        for name, content in members.items():
            archive.writestr(zipfile.ZipInfo(name), content)
    part.replace(model_file)
    return before - model_file.stat().st_size


def _copy(source: Any, target: Any, h5py: Any) -> None:
    """All of a group with its attributes."""
    for key, value in source.attrs.items():
        target.attrs[key] = value
    for name, part in source.items():
        if isinstance(part, h5py.Group):
            _copy(part, target.create_group(name), h5py)
            continue
        target.create_dataset(name, data=stored(np.asarray(part)))
        for key, value in part.attrs.items():
            target[name].attrs[key] = value


def stored(array: NDArray[Any]) -> NDArray[Any]:
    """The array as it is kept: float16 where it is a float32 kernel whose values all fit, else unchanged.

    A value fits where it is finite, not larger than float16 can hold, and not turned into 0.
    """
    if array.dtype != np.float32 or array.ndim < 2:
        return array
    size = np.abs(array)
    fits = np.isfinite(array).all() and size.max(initial=0.0) <= _LARGEST
    lost = ((size > 0) & (size < _SMALLEST)).mean() if array.size else 0.0
    return array.astype(np.float16) if fits and lost < 1e-3 else array


def assert_close(before: NDArray[np.float64], after: NDArray[np.float64]) -> float:
    """The largest change of a probability; raises UsageError where it is over `TOLERANCE`."""
    worst = float(np.abs(before - after).max(initial=0.0))
    if not worst <= TOLERANCE:
        raise UsageError(
            f"with float16 weights a probability moves by {worst:.2g}, allowed is {TOLERANCE:g}", "leave out --half"
        )
    return worst


def probabilities(
    predict: Callable[[NDArray[np.float32]], Any], inputs: NDArray[np.float32], calibrated: Callable[[float], float]
) -> NDArray[np.float64]:
    """Calibrated probabilities (n,) of inputs (n, rows, columns, 1) by an engine's `predict`."""
    return np.array([calibrated(predict(pixels).logit_difference) for pixels in inputs], np.float64)
