"""Owns how a file is told from another that carries its key or took its place. Never reads what is in it."""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple

from mammoview.core.study import Study


class Stamp(NamedTuple):
    """Equal for one file, or one member of an archive, as long as nobody writes to it.

    `size` in bytes, the times in nanoseconds since the epoch: when the content was written, and when anything was.
    """

    path: Path
    member: str | None
    inode: int
    size: int
    written_ns: int
    touched_ns: int


def stamps_of(studies: Iterable[Study]) -> dict[str, Stamp]:
    """The stamp of each image's file by the image's key. Asks the file system, so never on the GUI thread; a file that
    is gone has none.
    """
    asked: dict[Path, os.stat_result | None] = {}
    stamps: dict[str, Stamp] = {}
    for header in (header for study in studies for header in study.images):
        path, member = header.source.path, header.source.member
        if path not in asked:
            asked[path] = _asked(path)
        told = asked[path]
        if told is not None:
            stamps[header.key] = Stamp(path, member, told.st_ino, told.st_size, told.st_mtime_ns, told.st_ctime_ns)
    return stamps


def _asked(path: Path) -> os.stat_result | None:
    try:
        return path.stat()
    except OSError:
        return None
