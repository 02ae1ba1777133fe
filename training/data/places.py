"""Owns which files under a folder are looked at: all but hidden ones. Never opens any."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path


def shown_files(folder: Path) -> Iterator[Path]:
    """The files under `folder`, in the order of their paths. Hidden ones are left out: macOS puts a "._1-1.dcm" that is
    no image beside each file on disks and in archives of other systems.
    """
    return (path for path in sorted(folder.rglob("*")) if is_shown(path) and path.is_file())


def is_shown(path: Path) -> bool:
    """Whether a file is none of the hidden ones."""
    return not path.name.startswith(".")
