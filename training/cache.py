"""Owns the packed cache of model inputs: made once, keyed by the preprocessing, read without OpenCV or pydicom."""

from __future__ import annotations

import json
import os
import sys
import tempfile
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mammoview.core.errors import InputRefusedError, MammoviewError
from training.data.table import ImageRow, row_of, row_record


@dataclass(frozen=True, slots=True, eq=False)
class InputCache:
    """`inputs`: uint8 (n, rows, columns), 255 = 1.0 of the model input; `rows[i]` describes `inputs[i]`."""

    inputs: NDArray[np.uint8]
    rows: tuple[ImageRow, ...]
    preprocess: dict[str, Any]
    preprocess_hash: str

    def labels(self) -> NDArray[np.int64]:
        return np.array([row.label for row in self.rows], np.int64)

    def patients(self) -> NDArray[np.str_]:
        return np.array([row.patient_id for row in self.rows])


def prepare(rows: Sequence[ImageRow], out: Path, *, params_json: dict[str, Any] | None = None) -> InputCache:
    """Preprocess every row's image by the application's own code and write `out` (.npz, replaced as a whole).

    An image that cannot be read is named on standard error and left out; raises InputRefusedError if none is left.
    """
    from mammoview.dicom.reader import read_file
    from mammoview.inference.preprocess import PreprocessParams, preprocess

    params = PreprocessParams.from_json(params_json) if params_json else PreprocessParams()
    inputs, kept = [], []
    for index, row in enumerate(rows):
        try:
            image = read_file(row.file)
        except MammoviewError as error:
            print(f"training: {row.file}: {error}", file=sys.stderr)
            continue
        inputs.append(np.round(preprocess(image, params).pixels[..., 0] * 255).astype(np.uint8))
        kept.append(row)
        if sys.stderr.isatty() and index % 25 == 0:
            print(f"\rprepared {index + 1} of {len(rows)}", end="", file=sys.stderr)
    if not kept:
        raise InputRefusedError("none of the images could be read")
    cache = InputCache(np.stack(inputs), tuple(kept), params.to_json(), params.hash)
    _write(cache, out)
    return cache


def _write(cache: InputCache, out: Path) -> None:
    out.parent.mkdir(parents=True, exist_ok=True)
    table = json.dumps([row_record(row) for row in cache.rows])
    handle, name = tempfile.mkstemp(dir=out.parent, suffix=".part")
    with os.fdopen(handle, "wb") as stream:
        np.savez_compressed(
            stream,
            inputs=cache.inputs,
            table=np.array(table),
            preprocess=np.array(json.dumps(cache.preprocess)),
            preprocess_hash=np.array(cache.preprocess_hash),
        )
    Path(name).replace(out)


def load(path: Path, *, expected_hash: str | None = None) -> InputCache:
    """Read a cache; raises InputRefusedError where it is absent, broken, or made by another preprocessing."""
    try:
        with np.load(path, allow_pickle=False) as archive:
            table = json.loads(str(archive["table"]))
            cache = InputCache(
                archive["inputs"],
                tuple(row_of(record) for record in table),
                json.loads(str(archive["preprocess"])),
                str(archive["preprocess_hash"]),
            )
    except (OSError, EOFError, KeyError, ValueError, zipfile.BadZipFile) as error:
        raise InputRefusedError(f"{path}: not a cache of inputs: {error}", "make it with 'prepare'") from error
    if expected_hash is not None and cache.preprocess_hash != expected_hash:
        raise InputRefusedError(f"{path}: was made by another preprocessing", "make it again with 'prepare'")
    return cache
