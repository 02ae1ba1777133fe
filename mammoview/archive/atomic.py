"""Owns the writing of text files that replace older ones: as a whole or not at all."""

from __future__ import annotations

import contextlib
import os
import tempfile
from pathlib import Path

from mammoview.core.errors import MammoviewError


def write_text(path: Path, text: str, *, private: bool = False) -> None:
    """Write `text` as UTF-8 to a temporary name beside `path` and rename it; `private`: readable by the user alone.

    Raises MammoviewError where that is impossible; an older file is then untouched.
    """
    part: Path | None = None
    try:
        handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.", suffix=".part")
        part = Path(name)
        with os.fdopen(handle, "w", encoding="utf-8", newline="\n") as stream:
            stream.write(text)
            stream.flush()
            os.fsync(stream.fileno())
        if not private:
            part.chmod(0o666 & ~_umask())
        part.replace(path)
    except OSError as error:
        if part is not None:
            with contextlib.suppress(OSError):
                part.unlink()
        raise MammoviewError(f"{path}: cannot be written: {error.strerror}", "name another place") from error


def _umask() -> int:
    """The process's umask; reading it is only possible by setting it."""
    mask = os.umask(0)
    os.umask(mask)
    return mask
