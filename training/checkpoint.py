"""Owns the file from which an ended run goes on: all variables and where the run stood, replaced as a whole.

NumPy arrays and one JSON text; no pickle. A process that is killed at any moment leaves the former file or the new one.
"""

from __future__ import annotations

import json
import os
import shutil
import zipfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, TextIO

import numpy as np
from numpy.typing import NDArray

from mammoview.core.errors import InputRefusedError, UsageError

SCHEMA = "mammoview.state/1"


def save_state(path: Path, arrays: Sequence[NDArray[Any]], record: dict[str, Any]) -> None:
    """Write `arrays`, in their order, and `record` (JSON) to `path`. Raises InputRefusedError where it cannot be
    written; the former file is then left."""
    told = json.dumps({"schema": SCHEMA, "arrays": len(arrays), **record})
    with replacing(path) as part, part.open("wb") as stream:
        np.savez(stream, record=np.array(told), **{f"a{index}": array for index, array in enumerate(arrays)})  # type: ignore[arg-type]


@contextmanager
def replacing(path: Path, part: str = "") -> Iterator[Path]:
    """A file beside `path` to write to, called `part` where given, that takes its place as a whole, once it is on the
    disk. Raises InputRefusedError where it cannot be written; `path` is then left, and nothing half-written stays."""
    half = path.with_name(part or path.name + ".part")
    try:
        yield half
        with half.open("r+b") as stream:
            os.fsync(stream.fileno())
        half.replace(path)
    except OSError as error:
        with suppress(OSError):
            half.unlink(missing_ok=True)
        raise InputRefusedError(
            f"{path}: cannot be written: {error.strerror or str(error).splitlines()[0]}",
            "make room there and give the same command again",
        ) from error


@contextmanager
def replacing_text(path: Path) -> Iterator[TextIO]:
    """A text stream (UTF-8, line ends as written) whose content takes the place of `path` as a whole, as `replacing`
    does it. What is no text, as bytes in the name of a file may be, is written as an escape ("\\udcff")."""
    with (
        replacing(path) as part,
        part.open("w", encoding="utf-8", errors="backslashreplace", newline="") as stream,
    ):
        yield stream


def assert_room(path: Path, size: int) -> None:
    """Raise OSError where `size` bytes cannot be written to `path`, whose content is lost. For files that HDF5 writes
    next: it ends the whole process where the disk is full."""
    block = os.urandom(min(size, 1 << 20))
    with path.open("wb") as stream:
        for start in range(0, size, 1 << 20):
            stream.write(block[: size - start])
        stream.flush()
        os.fsync(stream.fileno())


def assert_free(files: Sequence[Path], size: int) -> None:
    """Raise UsageError where the disk of `files`, which may be there and will be replaced, cannot hold `size` bytes. A
    disk that does not tell its room, as some of a network do, is taken to have it."""
    try:
        disk = shutil.disk_usage(files[0].parent)
    except OSError:
        return
    free = disk.free + sum(path.stat().st_size for path in files if path.is_file())
    if disk.total and free < size:
        raise UsageError(
            f"{files[0].parent}: the run needs {-(-size // 1_000_000)} MB there, {free // 1_000_000} MB are free",
            "make room there and give the same command again, or give another --out",
        )


def load_state(path: Path) -> tuple[list[NDArray[Any]], dict[str, Any]]:
    """What `save_state` wrote. Raises InputRefusedError where it is something else."""
    try:
        with path.open("rb") as stream, np.load(stream, allow_pickle=False) as archive:
            record: Any = json.loads(str(archive["record"]))
            arrays = [archive[f"a{index}"] for index in range(len(archive.files) - 1)]
    except (OSError, EOFError, LookupError, ValueError, RuntimeError, zipfile.BadZipFile) as error:
        raise InputRefusedError(f"{path}: is no state of a run: {error}", "remove it to begin the run again") from error
    if not isinstance(record, dict) or record.get("schema") != SCHEMA:
        raise InputRefusedError(f"{path}: is of another version", "remove it to begin the run again")
    if record.pop("arrays", len(arrays)) != len(arrays):
        raise InputRefusedError(f"{path}: is no state of a run: arrays are missing", "remove it to begin the run again")
    return arrays, record


def same_shapes(arrays: Sequence[NDArray[Any]], wanted: Sequence[tuple[int, ...]]) -> bool:
    """Whether the arrays have these shapes, in this order."""
    return [array.shape for array in arrays] == [tuple(shape) for shape in wanted]
