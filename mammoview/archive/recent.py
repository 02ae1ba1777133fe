"""Owns the list of recently opened places. One JSON file, only the reader may read it, written atomically. No Qt."""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from pathlib import Path

from mammoview.archive.atomic import write_text
from mammoview.core.errors import MammoviewError

_FILE = "recent.json"
_MOST = 20

Place = tuple[Path, ...]


class RecentPlaces:
    """`places` holds what was opened together, the newest first. `problem` says why a file could not be used."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self.problem = ""
        self.places: tuple[Place, ...] = self._loaded()

    def add(self, paths: Sequence[Path]) -> None:
        """Put what was opened at the top, and write the file."""
        place = tuple(path.absolute() for path in paths)
        if place:
            self.places = (place, *(old for old in self.places if old != place))[:_MOST]
            self._write()

    def clear(self) -> None:
        """Forget everything, and write the file."""
        self.places = ()
        self._write()

    def _loaded(self) -> tuple[Place, ...]:
        path = self._folder / _FILE
        try:
            record = json.loads(path.read_text(encoding="utf-8"))
            return tuple(_place(entry) for entry in record["places"])[:_MOST]
        except FileNotFoundError:
            return ()
        except (OSError, ValueError, KeyError, TypeError, RecursionError):
            self.problem = f"the list of recent studies in {path} cannot be read: starting with none"
            return ()

    def _write(self) -> None:
        record = {"places": [[str(path) for path in place] for place in self.places]}
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            write_text(self._folder / _FILE, json.dumps(record, indent=1), private=True)
        except (OSError, MammoviewError):
            self.problem = f"the list of recent studies cannot be written to {self._folder}"


def _place(entry: object) -> Place:
    if not isinstance(entry, list) or not entry or not all(isinstance(path, str) for path in entry):
        raise ValueError("not a list of paths")
    if any(b"\0" in os.fsencode(path) for path in entry):
        raise ValueError("not the name of a file")
    return tuple(Path(path) for path in entry)
