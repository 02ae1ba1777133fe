"""Owns how a file is written: whole, or not at all. Never knows what is in it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """A temporary name beside `path`, whose folder is made; what was written there becomes `path` at the end.

    Raises OSError where it cannot be written; `path` is then left as it was.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(path.name + ".part")
    try:
        yield part
        part.replace(path)
    except BaseException:
        part.unlink(missing_ok=True)
        raise


def write_text(path: Path, text: str) -> None:
    """Write `text` as UTF-8, with its line ends as they are."""
    with replacing(path) as part:
        part.write_text(text, encoding="utf-8", newline="\n")
