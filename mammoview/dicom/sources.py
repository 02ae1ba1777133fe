"""Owns where files lie: plain files, folders, zip archives and DICOMDIRs. Never interprets an image.

Members of an archive are read into memory and never written to a path, so no member name can reach outside.
What an archive declares is checked against limits before a byte is inflated.
"""

from __future__ import annotations

import io
import os
import stat
import struct
import zipfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from pathlib import Path
from typing import BinaryIO, cast

from mammoview.core.errors import InputRefusedError
from mammoview.core.study import ImageSource

MAX_MEMBERS = 50_000
MAX_MEMBER_BYTES = 4 * 1024**3
SUSPICIOUS_BYTES = 256 * 1024**2
SUSPICIOUS_RATIO = 200
NOT_SHOWN = ".nomedia"
"""Plain pictures in a folder that holds a file of this name are passed over where it lies below the one that was asked
for."""

PICTURE_SUFFIXES = frozenset({".png", ".jpg", ".jpeg", ".tif", ".tiff"})
_ZIPPED_DOCUMENTS = frozenset({".docx", ".xlsx", ".pptx", ".odt", ".ods", ".odp", ".epub", ".jar"})
_ZIP_MAGIC = b"PK\x03\x04"
_ZIP_EMPTY_MAGIC = b"PK\x05\x06"
_ENCRYPTED = 0x1
_HELD: ContextVar[dict[Path, zipfile.ZipFile] | None] = ContextVar("held_archives", default=None)
_ZIP_ERRORS = (
    zipfile.BadZipFile,
    zlib.error,
    EOFError,
    NotImplementedError,
    RuntimeError,
    OSError,
    ValueError,
)
_FILE_HINTS = {
    "FileNotFoundError": ("does not exist", ""),
    "PermissionError": ("cannot be read: permission denied", "ask for the right to read it"),
    "IsADirectoryError": ("is a folder, not an image", ""),
}


def refusal_of_os_error(error: OSError) -> InputRefusedError:
    """What the operating system said of a file, in one plain line."""
    cause, hint = _FILE_HINTS.get(type(error).__name__, (f"cannot be read: {error.strerror or error}", ""))
    return InputRefusedError(cause, hint)


def open_source(source: ImageSource) -> tuple[BinaryIO, int]:
    """A seekable stream of the source's bytes and their number. The caller closes it.

    Seeking backwards in an archive's member is slow; reading it once from front to back is not.
    Raises InputRefusedError where it cannot be opened or is no regular file.
    """
    try:
        status = source.path.stat()
        if not stat.S_ISREG(status.st_mode) and not stat.S_ISDIR(status.st_mode):  # to open one may wait for ever
            raise InputRefusedError("is a pipe, a socket or a device, not a file")
        if source.member is None:
            return source.path.open("rb", buffering=1 << 16), status.st_size
        return _open_member(source.path, source.member)
    except OSError as error:
        raise refusal_of_os_error(error) from error


def read_bytes(source: ImageSource) -> bytes:
    """All bytes of a source; raises InputRefusedError."""
    stream, _ = open_source(source)
    try:
        return stream.read()
    except _ZIP_ERRORS as error:
        raise InputRefusedError(f"cannot be read: {one_line(error)}") from error
    finally:
        stream.close()


def first_bytes(source: ImageSource, count: int = 512) -> bytes:
    """The first bytes of a source, fewer where it is shorter; raises InputRefusedError."""
    stream, _ = open_source(source)
    try:
        return stream.read(count)
    except _ZIP_ERRORS as error:
        raise InputRefusedError(f"cannot be read: {one_line(error)}") from error
    finally:
        stream.close()


def one_line(error: BaseException) -> str:
    """Why, in one line: the error's own words where they speak of the file and not of Python's types and functions."""
    if isinstance(error, zlib.error):
        return "its deflated data are damaged"
    if isinstance(error, struct.error | EOFError):
        return "it ends within an element"
    if isinstance(error, TypeError | AttributeError | LookupError | AssertionError | RecursionError):
        return "its elements contradict each other"
    text = str(error).strip().splitlines()
    return text[0][:160] if text else type(error).__name__


def is_zip(start: bytes) -> bool:
    """Whether a file that starts so is a zip archive."""
    return start.startswith((_ZIP_MAGIC, _ZIP_EMPTY_MAGIC))


def holds_files(name: str, start: bytes) -> bool:
    """Whether a file that was met is an archive of files, and not a document that is a zip archive inside."""
    return is_zip(start) and suffix_of(name) not in _ZIPPED_DOCUMENTS


def suffix_of(name: str) -> str:
    """The last extension of a file's or a member's name in small letters: ".dcm"; empty where it has none."""
    base = name.rpartition("/")[2]
    return f".{base.rpartition('.')[2].lower()}" if "." in base else ""


def walk_folder(
    folder: Path, refuse: Callable[[Path, InputRefusedError], None], enter: Callable[[Path], None] = lambda folder: None
) -> Iterator[Path]:
    """Every regular file under `folder`, sorted by path; linked folders are followed, and none is read twice, however
    many links lead to it. Plain pictures in a folder below it that holds a file `.nomedia` are passed over, as on
    telephones: masks of lesions, for one, are not to be shown among others. Other files there are not.

    `enter` is called with each folder before it is listed, and may raise to stop. What cannot be listed below `folder`
    is handed to `refuse`; raises InputRefusedError where `folder` itself cannot be.
    """
    try:
        os.scandir(folder).close()
    except OSError as error:
        raise refusal_of_os_error(error) from error
    entered: set[tuple[int, int] | str] = set()
    waiting = [_listed(folder, entered, refuse, enter, asked_for=True)]
    while waiting:
        entry = next(waiting[-1], None)
        if entry is None:
            waiting.pop()
            continue
        path = Path(entry)
        try:
            is_folder, is_file = entry.is_dir(), entry.is_file()
        except OSError as error:
            refuse(path, refusal_of_os_error(error))
            continue
        if is_folder:
            waiting.append(_listed(path, entered, refuse, enter))
        elif is_file:
            yield path


def _listed(
    folder: Path,
    entered: set[tuple[int, int] | str],
    refuse: Callable[[Path, InputRefusedError], None],
    enter: Callable[[Path], None],
    *,
    asked_for: bool = False,
) -> Iterator[os.DirEntry[str]]:
    """What lies in a folder, sorted by name; nothing where it was `entered` before or cannot be listed, and no plain
    pictures where it says that they are not to be shown, unless it was `asked_for`."""
    enter(folder)
    try:
        identity = _folder_identity(folder, folder.stat())
        if identity in entered:
            return iter(())
        entered.add(identity)
        with os.scandir(folder) as listing:
            found = sorted(listing, key=lambda entry: entry.name)
        if not asked_for and any(entry.name == NOT_SHOWN for entry in found):
            found = [entry for entry in found if suffix_of(entry.name) not in PICTURE_SUFFIXES]
        return iter(found)
    except OSError as error:
        refuse(folder, refusal_of_os_error(error))
        return iter(())


def _folder_identity(folder: Path, status: os.stat_result) -> tuple[int, int] | str:
    """The same for every way to a folder: its number, or its path without links where the file system gives it none,
    as some do on Windows.
    """
    return (status.st_dev, status.st_ino) if status.st_ino else os.path.normcase(folder.resolve())


def zip_members(archive: Path) -> tuple[list[ImageSource], list[tuple[ImageSource, InputRefusedError]]]:
    """The archive's files, sorted by name: those within the limits, and those refused with their reason.

    Raises InputRefusedError where the archive itself cannot be used.
    """
    try:
        with zipfile.ZipFile(archive) as opened:
            infos = [info for info in opened.infolist() if not info.is_dir()]
    except PermissionError as error:
        raise refusal_of_os_error(error) from error
    except _ZIP_ERRORS as error:
        raise InputRefusedError(f"is a damaged zip archive: {one_line(error)}", "copy it again") from error
    if len(infos) > MAX_MEMBERS:
        raise InputRefusedError(
            f"holds {len(infos)} files, over the limit of {MAX_MEMBERS}", "unpack it and open the folder"
        )
    usable: list[ImageSource] = []
    refused: list[tuple[ImageSource, InputRefusedError]] = []
    for info in sorted(infos, key=lambda info: info.filename):
        source = ImageSource(archive, info.filename)
        reason = _member_refusal(info)
        if reason is None:
            usable.append(source)
        else:
            refused.append((source, reason))
    return usable, refused


def _member_refusal(info: zipfile.ZipInfo) -> InputRefusedError | None:
    if info.flag_bits & _ENCRYPTED:
        return InputRefusedError("is encrypted", "unpack it with its password and open the folder")
    ratio = info.file_size / max(info.compress_size, 1)
    too_dense = info.file_size > SUSPICIOUS_BYTES and ratio > SUSPICIOUS_RATIO
    if info.file_size > MAX_MEMBER_BYTES or too_dense:
        return InputRefusedError(
            f"would unpack to {info.file_size / 1024**2:.0f} MB, over the limit for archives",
            "unpack it and open the folder, if you trust it",
        )
    return None


@contextmanager
def held_archives() -> Iterator[None]:
    """Within it, this thread opens each archive once and reads its table of contents once."""
    held: dict[Path, zipfile.ZipFile] = {}
    token = _HELD.set(held)
    try:
        yield
    finally:
        _HELD.reset(token)
        for archive in held.values():
            archive.close()


class _Member(io.BufferedReader):
    """A member's stream that closes its archive with itself, where it is nobody else's."""

    def __init__(self, archive: zipfile.ZipFile, info: zipfile.ZipInfo, *, own: bool) -> None:
        super().__init__(cast(io.RawIOBase, archive.open(info)), buffer_size=1 << 18)
        self._archive = archive if own else None

    def close(self) -> None:
        super().close()
        if self._archive is not None:
            self._archive.close()


def _open_member(path: Path, member: str) -> tuple[BinaryIO, int]:
    held = _HELD.get()
    archive = None if held is None else held.get(path)
    own = held is None
    try:
        if archive is None:
            archive = zipfile.ZipFile(path)
            if held is not None:
                held[path] = archive
        info = archive.getinfo(member)
        reason = _member_refusal(info)
        if reason is not None:
            raise reason
        return cast(BinaryIO, _Member(archive, info, own=own)), info.file_size
    except BaseException as error:
        if archive is not None and own:
            archive.close()
        if isinstance(error, KeyError):
            raise InputRefusedError("is not in the archive any more") from error
        if isinstance(error, (FileNotFoundError, PermissionError)) or not isinstance(error, _ZIP_ERRORS):
            raise
        raise InputRefusedError(f"cannot be unpacked: {one_line(error)}", "copy the archive again") from error


def file_in_folder(folder: Path, parts: list[str]) -> Path:
    """The file that a DICOMDIR names by `parts` (PS3.10 8.2), whatever the case of the letters on the medium.

    Raises InputRefusedError where it leaves `folder` or is not there.
    """
    name = "/".join(parts)[:80]
    if not all(part.isprintable() and len(part.encode()) < 256 for part in parts) or len(parts) > 8:
        raise InputRefusedError("names a file by what is no name", "open the folder instead")
    if not parts or any(part in ("", ".", "..") or "/" in part or "\\" in part for part in parts):
        raise InputRefusedError(f"names a file outside its folder: {name!r}", "open the folder instead")
    path = folder
    for part in parts:
        exact = path / part
        path = exact if exact.exists() else _other_case(path, part) or exact
    root = folder.resolve()
    if not path.resolve().is_relative_to(root):
        raise InputRefusedError(f"names a file outside its folder: {name!r}", "open the folder instead")
    return path


def _other_case(folder: Path, name: str) -> Path | None:
    try:
        names = sorted(found.name for found in folder.iterdir())
    except OSError:
        return None
    wanted = name.casefold()
    return next((folder / found for found in names if found.casefold() == wanted), None)
