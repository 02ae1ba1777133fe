"""Owns the claim of one process on a run's folder: two that fit there at once would spoil each other's files."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from mammoview.core.errors import UsageError


@contextmanager
def claimed(folder: Path) -> Iterator[None]:
    """Make `folder` and hold it; the system lets go of it when the process ends, however that happens.

    Raises UsageError where another process holds it or it cannot be made. A file system that knows no locks is taken as
    it is.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise UsageError(f"{folder}: cannot be made: {error.strerror}", "give another --out") from error
    handle = _held(folder)
    try:
        yield
    finally:
        if handle is not None:
            os.close(handle)


def _held(folder: Path) -> int | None:
    taken = UsageError(f"{folder}: another process is writing there", "wait for it, or give another --out")
    if sys.platform == "win32":
        try:  # a file that goes with its last handle
            return os.open(folder / "running", os.O_CREAT | os.O_EXCL | os.O_RDWR | os.O_TEMPORARY)
        except FileExistsError:
            raise taken from None
    import fcntl

    handle = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(handle)
        raise taken from None
    except OSError:
        os.close(handle)
        return None
    return handle
