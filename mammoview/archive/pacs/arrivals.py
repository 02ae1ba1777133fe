"""Owns how what arrived comes into the study library, while more arrives. Never deletes anything."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from pathlib import Path

from mammoview.archive.library import Library
from mammoview.archive.pacs.filing import Filed, Filing
from mammoview.core.errors import MammoviewError
from mammoview.dicom.scan import scan

_AT_ONCE = 100
_PATIENCE_S = 5.0


def index(library: Library, root: Path, paths: Sequence[Path]) -> int:
    """Read the headers of files that lie under `root` into the library; how many studies there are images of among
    them. Objects that are no images wait there for theirs. Raises LibraryError."""
    found = scan(paths, keep_refused=True)
    if found.studies:
        library.add(found.studies, root)
    library.add_objects(found.objects, root)
    return len(found.studies)


def index_rest(library: Library, filing: Filing) -> int:
    """What was filed and the library does not know yet, as after a sudden end; how many studies that is. The folder is
    one of the library's from then on, and watched. Raises LibraryError."""
    root = filing.folder
    if root not in {folder.path for folder in library.folders() if folder.watched}:
        library.add_folder(root, watched=True)
    known = library.known(root)
    rest = [path for path in filing.files() if str(path) not in known]
    return sum(index(library, root, rest[start : start + _AT_ONCE]) for start in range(0, len(rest), _AT_ONCE))


class Arrivals:
    """Brings what arrives into a library, in one thread of its own. Any thread may call it.

    Objects are read when a hundred wait, when an association has ended, and after a few seconds anyway. What the
    library does not take now waits for the next time; `said` is told so once.
    """

    def __init__(self, library: Library, filing: Filing, said: Callable[[str], None]) -> None:
        self._library, self._filing, self._said = library, filing, said
        self._changed = threading.Condition()
        self._waiting: list[Path] = []
        self._wanted = self._closed = False
        self._trouble = ""
        self._thread = threading.Thread(target=self._run, name="arrivals", daemon=True)
        self._thread.start()

    def arrived(self, filed: Filed) -> None:
        """An object was filed."""
        if filed.new:
            with self._changed:
                self._waiting.append(filed.path)
                self._changed.notify()

    def ended(self) -> None:
        """Read now what waits."""
        with self._changed:
            self._wanted = True
            self._changed.notify()

    def close(self) -> None:
        """Read what waits, then end. What the library does not take now is found by `index_rest` the next time."""
        with self._changed:
            self._closed = True
            self._changed.notify()
        self._thread.join()

    def _run(self) -> None:
        while True:
            with self._changed:
                self._changed.wait_for(lambda: bool(self._waiting) or self._closed)
                self._changed.wait_for(self._is_time, _PATIENCE_S)
                paths, self._waiting = self._waiting, []
                self._wanted, closing = False, self._closed
            if paths and not self._taken(paths):
                with self._changed:
                    self._waiting = paths + self._waiting
                    if not closing:
                        self._changed.wait_for(lambda: self._closed, _PATIENCE_S)
            if closing:
                return

    def _is_time(self) -> bool:
        return self._wanted or self._closed or len(self._waiting) >= _AT_ONCE

    def _taken(self, paths: Sequence[Path]) -> bool:
        try:
            index(self._library, self._filing.folder, paths)
        except MammoviewError as error:
            if str(error) != self._trouble:
                self._trouble = str(error)
                self._said(f"{error}; what arrived is filed, and the library is told later")
            return False
        self._trouble = ""
        return True
