"""Owns the file from which an ended run goes on: all variables and where the run stood, replaced as a whole.

NumPy arrays and one JSON text; no pickle. A process that is killed at any moment leaves the former file or the new one.
"""

from __future__ import annotations

import json
import os
import zipfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mammoview.core.errors import InputRefusedError

SCHEMA = "mammoview.state/1"


def save_state(path: Path, arrays: Sequence[NDArray[Any]], record: dict[str, Any]) -> None:
    """Write `arrays`, in their order, and `record` (JSON) to `path`."""
    part = path.with_name(path.name + ".part")
    told = json.dumps({"schema": SCHEMA, **record})
    with part.open("wb") as stream:
        np.savez(stream, record=np.array(told), **{f"a{index}": array for index, array in enumerate(arrays)})  # type: ignore[arg-type]
        stream.flush()
        os.fsync(stream.fileno())
    part.replace(path)


def load_state(path: Path) -> tuple[list[NDArray[Any]], dict[str, Any]]:
    """What `save_state` wrote. Raises InputRefusedError where it is something else."""
    try:
        with path.open("rb") as stream, np.load(stream, allow_pickle=False) as archive:
            record: dict[str, Any] = json.loads(str(archive["record"]))
            arrays = [archive[f"a{index}"] for index in range(len(archive.files) - 1)]
    except (OSError, EOFError, KeyError, ValueError, zipfile.BadZipFile) as error:
        raise InputRefusedError(f"{path}: is no state of a run: {error}", "remove it to begin the run again") from error
    if record.get("schema") != SCHEMA:
        raise InputRefusedError(f"{path}: is of another version", "remove it to begin the run again")
    return arrays, record


def same_shapes(arrays: Sequence[NDArray[Any]], wanted: Sequence[tuple[int, ...]]) -> bool:
    """Whether the arrays have these shapes, in this order."""
    return [array.shape for array in arrays] == [tuple(shape) for shape in wanted]
