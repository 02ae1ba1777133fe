"""Owns how instances that come over the network become files: whole or not at all, under names of our own.

A file is called after a hash of its SOP Instance UID; nothing that a server says is ever part of a path.
"""

from __future__ import annotations

import contextlib
import errno
import hashlib
import os
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Final

from mammoview.archive.dicomweb_nodes import DicomwebError
from mammoview.core.errors import UsageError
from mammoview.dicom.quiet import caught_warnings

_PREFIX: Final = ".mammoview-incoming-"
_NAME_DIGITS: Final = 40
_LONGEST_UID: Final = 64
_STALE_S: Final = 86_400.0
_FATAL: Final = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EIO, errno.EACCES, errno.ENOENT})


class InstanceRefusedError(DicomwebError):
    """One instance that came is not kept; the others are."""


class TooLargeError(InstanceRefusedError):
    """One instance is larger than what may come; the rest of the answer is not waited for."""


class StorageError(DicomwebError):
    """Nothing can be kept here any more."""


def checked_uid(text: str) -> str:
    """A UID as PS3.5 9.1 has it: at most 64 digits and dots, no empty component, none with a leading zero. Raises
    UsageError where it is none."""
    parts = text.split(".")
    good = all(part.isascii() and part.isdigit() and (part == "0" or part[0] != "0") for part in parts)
    if not good or len(text) > _LONGEST_UID:
        raise UsageError(f"{text[:80]!r} is no UID", "a UID has at most 64 digits and dots")
    return text


class Incoming:
    """The folder into which instances come."""

    def __init__(self, folder: Path, limit_bytes: int) -> None:
        """Make the folder where there is none, and remove what a process that was killed a day ago left there. Raises
        StorageError."""
        self.folder, self._limit = folder, limit_bytes
        try:
            folder.mkdir(parents=True, exist_ok=True)
            for left in folder.glob(f"{_PREFIX}*"):
                if time.time() - left.stat().st_mtime > _STALE_S:
                    left.unlink(missing_ok=True)
        except OSError as error:
            raise StorageError(f"{folder}: cannot be used: {error.strerror}", "name another folder") from error

    def path_of(self, sop_instance_uid: str) -> Path:
        """Where an instance lies, or would."""
        digits = hashlib.sha256(checked_uid(sop_instance_uid).encode("ascii")).hexdigest()
        return self.folder / f"{digits[:_NAME_DIGITS]}.dcm"

    def has(self, sop_instance_uid: str) -> bool:
        return self.path_of(sop_instance_uid).exists()

    @contextlib.contextmanager
    def opened(self) -> Iterator[Arriving]:
        """A file for what comes now; what was not kept when it is left is removed."""
        try:
            handle, name = tempfile.mkstemp(prefix=_PREFIX, suffix=".part", dir=self.folder)
        except OSError as error:
            raise _not_kept(self.folder, error) from error
        part = Path(name)
        try:
            with os.fdopen(handle, "wb") as stream:
                yield Arriving(self, part, stream, self._limit)
        finally:
            part.unlink(missing_ok=True)


class Arriving:
    """One instance that is being received."""

    def __init__(self, incoming: Incoming, part: Path, stream: IO[bytes], limit: int) -> None:
        self._incoming, self._part, self._stream, self._limit = incoming, part, stream, limit
        self.size = 0

    def write(self, content: bytes) -> None:
        """Add what came. Raises TooLargeError where it becomes too large, StorageError where the disk is
        full."""
        self.size += len(content)
        if self.size > self._limit:
            raise TooLargeError(f"an instance is larger than {self._limit / 1024**2:g} MiB", "raise --max-mib")
        try:
            self._stream.write(content)
        except OSError as error:
            raise _not_kept(self._incoming.folder, error) from error

    def keep(self, study_uid: str, wanted: frozenset[str] | None) -> str:
        """Look what it is, and put the whole file into its place; its SOP Instance UID. One that is there already is
        left as it is.

        Raises InstanceRefusedError where it is no DICOM file, not of this study, or none of `wanted` (None for any),
        StorageError where it cannot be written.
        """
        try:
            self._stream.flush()
            os.fsync(self._stream.fileno())
        except OSError as error:
            raise _not_kept(self._incoming.folder, error) from error
        uid = _uid_in(self._part, study_uid)
        if wanted is not None and uid not in wanted:
            raise InstanceRefusedError("an instance came that was not asked for", "ask who keeps the service")
        place = self._incoming.path_of(uid)
        try:
            if not place.exists():
                self._part.replace(place)
                _sync(self._incoming.folder)
        except OSError as error:
            raise _not_kept(self._incoming.folder, error) from error
        return uid


def _uid_in(path: Path, study_uid: str) -> str:
    """The SOP Instance UID of a file of this study. Raises InstanceRefusedError."""
    import pydicom
    from pydicom.errors import InvalidDicomError

    no_dicom = InstanceRefusedError("what came is no DICOM file", "ask who keeps the service")
    try:
        with caught_warnings():
            found = pydicom.dcmread(path, stop_before_pixels=True, specific_tags=["SOPInstanceUID", "StudyInstanceUID"])
            uid, study = str(found.get("SOPInstanceUID", "")), str(found.get("StudyInstanceUID", ""))
        checked_uid(uid)
    except (InvalidDicomError, UsageError, OSError, ValueError, KeyError, AttributeError, NotImplementedError) as error:
        raise no_dicom from error
    if study != study_uid:
        raise InstanceRefusedError("an instance of another study came", "ask who keeps the service")
    return uid


def _sync(folder: Path) -> None:
    """Have the new name on the disk, where the platform can."""
    if os.name == "posix":
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


def _not_kept(folder: Path, error: OSError) -> StorageError:
    hint = "make room, then ask again: what is there is not asked for twice"
    if error.errno not in _FATAL:
        hint = "name another folder"
    return StorageError(f"{folder}: cannot be written to: {error.strerror}", hint)
