"""Owns which files a de-identification looks at, in the order of their names. Reads no header."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from mammoview.core.errors import InputRefusedError
from mammoview.core.study import ImageSource
from mammoview.dicom.dataset import has_prefix, looks_like_dicom
from mammoview.dicom.sources import (
    PICTURE_SUFFIXES,
    first_bytes,
    holds_files,
    is_zip,
    suffix_of,
    walk_folder,
    zip_members,
)

_DIRECTORY_SOP_CLASS = b"1.2.840.10008.1.3.10"
_START = 512
_PICTURE = InputRefusedError("is a picture, not DICOM: nothing tells whose it is", "leave it out")

Refuse = Callable[[object, InputRefusedError], None]


def sources_of(paths: Sequence[Path], out: Path, refuse: Refuse) -> list[ImageSource]:
    """The DICOM files in files, folders, zip archives and the folders of DICOMDIRs, each once, none from under `out`.

    A DICOMDIR itself is not among them. What a user named and cannot be used, pictures, and DICOM-like files that
    cannot be read are handed to `refuse`; other files in folders are passed over.
    """
    found: dict[str, ImageSource] = {}
    place = out.resolve()
    for path in paths:
        try:
            for source in _of_path(path, refuse):
                whole = source.path.resolve()
                if place not in whole.parents:
                    found.setdefault(str(ImageSource(whole, source.member)), source)
        except InputRefusedError as error:
            refuse(path, error)
    return [found[key] for key in sorted(found)]


def _of_path(path: Path, refuse: Refuse) -> Iterator[ImageSource]:
    if path.is_dir():
        yield from _of_folder(path, refuse)
        return
    start = first_bytes(ImageSource(path), _START)
    if is_zip(start):
        yield from _of_archive(path, refuse)
    elif _is_directory(path.name, start):
        yield from _of_folder(path.parent, refuse)
    elif suffix_of(path.name) in PICTURE_SUFFIXES and not has_prefix(start):
        raise _PICTURE
    else:
        yield ImageSource(path)


def _of_folder(folder: Path, refuse: Refuse) -> Iterator[ImageSource]:
    for path in walk_folder(folder, refuse):
        try:
            start = first_bytes(ImageSource(path), _START)
            if holds_files(path.name, start):
                yield from _of_archive(path, refuse)
            elif _is_candidate(path.name, start, ImageSource(path), refuse):
                yield ImageSource(path)
        except InputRefusedError as error:
            refuse(path, error)


def _of_archive(path: Path, refuse: Refuse) -> Iterator[ImageSource]:
    usable, refused = zip_members(path)
    for source, error in refused:
        refuse(source, error)
    for source in usable:
        name = (source.member or "").rpartition("/")[2]
        try:
            start = first_bytes(source, _START)
            if holds_files(name, start):
                raise InputRefusedError("is an archive within an archive", "unpack it")
            if _is_candidate(name, start, source, refuse):
                yield source
        except InputRefusedError as error:
            refuse(source, error)


def _is_candidate(name: str, start: bytes, source: ImageSource, refuse: Refuse) -> bool:
    """Whether a file that was met is to be read; a picture is refused, a DICOMDIR and what is not DICOM passed over."""
    if has_prefix(start):
        return not _is_directory(name, start)
    suffix = suffix_of(name)
    if suffix in PICTURE_SUFFIXES:
        refuse(source, _PICTURE)
        return False
    return suffix in (".dcm", ".dicom", ".ima") or (not suffix and looks_like_dicom(start))


def _is_directory(name: str, start: bytes) -> bool:
    return has_prefix(start) and (name.upper() == "DICOMDIR" or _DIRECTORY_SOP_CLASS in start)
