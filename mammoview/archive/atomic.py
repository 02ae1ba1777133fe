"""Owns the writing of text files that replace older ones: as a whole or not at all. Devices and pipes stay."""

from __future__ import annotations

import contextlib
import os
import stat
import tempfile
from collections.abc import Iterable
from pathlib import Path

from mammoview.core.errors import MammoviewError


def write_text(path: Path, text: str, *, private: bool = False) -> None:
    """Write `text` as `write_parts` does; `private`: readable by the user alone."""
    write_parts(path, (text,), private=private)


def write_parts(path: Path, parts: Iterable[str], *, private: bool = False) -> None:
    """Write a text, part by part as it comes, as UTF-8 to a temporary name beside `path` and rename it.

    A device or a pipe is written into as it is. Raises MammoviewError where that is impossible; an older file is then
    untouched, as it is where `parts` itself fails.
    """
    part: Path | None = None
    try:
        if _is_device_or_pipe(path):
            with path.open("w", encoding="utf-8", newline="\n") as device:
                device.writelines(parts)
            return
        handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.", suffix=".part")
        part = Path(name)
        with os.fdopen(handle, "w", encoding="utf-8", newline="\n") as stream:
            stream.writelines(parts)
            stream.flush()
            os.fsync(stream.fileno())
        if not private:
            part.chmod(0o666 & ~_umask())
        part.replace(path)
    except OSError as error:
        raise MammoviewError(f"{path}: cannot be written: {error.strerror}", "name another place") from error
    finally:
        if part is not None:
            with contextlib.suppress(OSError):
                part.unlink()


def _is_device_or_pipe(path: Path) -> bool:
    """Whether something lies at `path`, or where it points to, that is neither a file nor a folder."""
    try:
        mode = path.stat().st_mode
    except FileNotFoundError:
        return False
    return not (stat.S_ISREG(mode) or stat.S_ISDIR(mode))


def _umask() -> int:
    """The process's umask; reading it is only possible by setting it."""
    mask = os.umask(0)
    os.umask(mask)
    return mask
