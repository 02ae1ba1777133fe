"""Owns one look at a folder of the library: what is new or changed in it is read, what is gone is noted. Works in the
background, and tells all along whether the folder answers.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

from mammoview.archive.library import Library
from mammoview.archive.library_index import Folder
from mammoview.core.errors import InputRefusedError
from mammoview.services.turns import Asked
from mammoview.services.watching import changed_at, nearest

STILL_WRITTEN_S = 10.0
"""A file that changed more lately than this may not be whole yet."""

_CLOCKS_DIFFER_S = 3600.0
"""So far ahead the clock of a network drive may be; a file that is further in the future is not being written."""
_TAKEN_IN_S = 0.1
"""So long the library may take for a file, while nothing is asked of the folder."""
_STARTS_S = 60.0
"""So long what reads DICOM may take to be there."""


@dataclass(frozen=True, slots=True)
class Look:
    """What a look at a folder has found: so many studies new or changed, `growing` where a file may not be whole yet,
    the `places` to have an eye on with when they changed, none where it is not watched, and in `refused` why it could
    not be looked at."""

    found: int = 0
    growing: bool = False
    places: Mapping[Path, int] = field(default_factory=dict)
    refused: str = ""


def look_at(library: Library, folder: Folder, asked: Asked) -> Look:
    """Bring the studies of a watched folder up to date; of any other note which files are gone.

    One that is gone for now, as on a drive that is not there, keeps all that it had; one that left the library
    meanwhile is let be.
    """
    if not _is_held(library, folder.path):
        return Look()
    asked.answered(_STARTS_S)
    from mammoview.dicom.sources import refusal_of_os_error  # pydicom comes in the background

    asked.answered()
    own = {folder.path: changed_at(folder.path)} if folder.watched else {}
    try:
        if not folder.path.is_dir():
            return Look(places=own)
        if folder.watched:
            return _imported(library, folder.path, asked)
        _miss(library, folder.path, asked)
    except (InputRefusedError, OSError) as error:
        refusal = refusal_of_os_error(error) if isinstance(error, OSError) else error
        return Look(places=own, refused=f"{folder.path}: {refusal}")
    return Look()


def _is_held(library: Library, folder: Path) -> bool:
    """Whether a folder is in the library still: this window, or another one, may have taken it out meanwhile."""
    return any(one.path == folder for one in library.folders())


def _miss(library: Library, root: Path, asked: Asked) -> None:
    """Note which files that a folder held are gone."""

    def there(path: str) -> bool:
        asked.go_on()
        return Path(path).exists()

    known = library.known(root)
    present = [source for source in known if holder(source, there)]
    asked.answered(_TAKEN_IN_S * len(known))
    library.forget_missing(root, present)


@dataclass(frozen=True, slots=True)
class _Walked:
    """The files under a folder, the folders that they may lie in with when these changed, and what of them could not be
    looked into."""

    files: list[Path]
    places: Mapping[Path, int]
    closed: frozenset[Path]


def _walked(root: Path, asked: Asked) -> _Walked:
    from mammoview.dicom.sources import walk_folder  # pydicom comes in the background

    places: dict[Path, int] = {}
    closed: set[Path] = set()
    files: list[Path] = []

    def enter(folder: Path) -> None:
        asked.go_on()
        places[folder] = changed_at(folder)

    for path in walk_folder(root, lambda place, error: closed.add(place), enter):
        asked.go_on()
        files.append(path)
    return _Walked(files, {place: places[place] for place in nearest(places)}, frozenset(closed))


def holder(source: str, there: Callable[[str], bool]) -> str:
    """The file that a source ("FILE" or "ARCHIVE!MEMBER", where either may hold a "!") lies in; empty where it is not
    there."""
    ends = [len(source), *(at for at, letter in enumerate(source) if letter == "!")]
    return next((source[:end] for end in ends if there(source[:end])), "")


def _imported(library: Library, root: Path, asked: Asked) -> Look:
    """Read what is new or changed under a folder, and note what is gone."""
    asked.answered(_STARTS_S)
    from mammoview.dicom.scan import scan  # pydicom comes in the background

    asked.answered()
    walked = _walked(root, asked)
    there = {str(path): path for path in walked.files}
    files = {holder(source, there.__contains__): stamp for source, stamp in library.known(root).items()}
    stamps = {path: _size_and_time(path, asked) for path in there.values()}
    fresh = {path for name, path in there.items() if files.get(name) != stamps[path]}
    ages = (time.time() - stamps[path][1] / 1e9 for path in fresh)
    growing = any(-_CLOCKS_DIFFER_S < age < STILL_WRITTEN_S for age in ages)
    drawn = {path.parent for path in fresh if _is_picture(path)}  # a study is the whole folder
    read = fresh | {path for path in there.values() if path.parent in drawn and _is_picture(path)}
    found = partial(scan, cancelled=asked.cancelled, keep_refused=True)
    result = found(sorted(read)) if read else None
    studies = () if result is None else result.studies
    asked.go_on()
    asked.answered(_TAKEN_IN_S * len(files | there))
    if not _is_held(library, root):
        return Look()
    if result is not None:
        library.add(studies, root)
        library.add_objects(result.objects, root)
    library.forget_missing(root, [source for source in library.known(root) if _may_be_there(source, there, walked)])
    new = sum(any(image.source.path in fresh for image in study.images) for study in studies)
    return Look(new, growing, walked.places)


def _is_picture(path: Path) -> bool:
    from mammoview.dicom.sources import PICTURE_SUFFIXES, suffix_of

    return suffix_of(path.name) in PICTURE_SUFFIXES


def _may_be_there(source: str, there: Mapping[str, Path], walked: _Walked) -> bool:
    """Whether a source was found, or lies where nobody could look."""
    return bool(holder(source, there.__contains__)) or not walked.closed.isdisjoint(Path(source).parents)


def _size_and_time(path: Path, asked: Asked) -> tuple[int, int]:
    """Bytes, and nanoseconds since the epoch; (0, 0) where the file went meanwhile."""
    asked.go_on()
    try:
        told = path.stat()
    except OSError:
        return 0, 0
    return told.st_size, told.st_mtime_ns
