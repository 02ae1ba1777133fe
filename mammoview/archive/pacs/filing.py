"""Owns the folder that objects from the network go to: each as a whole or not at all, and each once.

An object is written to a hidden part file, checked, forced to the disk and renamed. Its name is made of hashes of
checked UIDs: nothing that the network says becomes part of a path. Never connects to anything.
"""

from __future__ import annotations

import contextlib
import os
import secrets
import sys
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Final

from mammoview.archive.pacs.errors import (
    DUPLICATE,
    NOT_OF_ITS_CLASS,
    NOT_UNDERSTOOD,
    OUT_OF_RESOURCES,
    ObjectRefusedError,
    PacsError,
)
from mammoview.archive.pacs.uids import checked_uid, object_file, study_folder
from mammoview.core.errors import InputRefusedError
from mammoview.core.study import ImageSource, Patient
from mammoview.dicom.dataset import ParsedFile, missing_bytes, parse_source
from mammoview.dicom.elements import Elements
from mammoview.dicom.sources import open_source
from mammoview.dicom.studies import may_be_one_patient

DEFAULT_OBJECT_BYTES: Final = 4 * 1024**3
"""What one object may have: a tomosynthesis of a large breast, uncompressed, has under 2 GiB."""

_PART_SUFFIX = ".part"
_IDENTITY = ("StudyInstanceUID", "SeriesInstanceUID", "SOPClassUID")


@dataclass(frozen=True, slots=True)
class Filed:
    """An object that is kept. `new` False where it was there already, as it was."""

    path: Path
    study_instance_uid: str
    sop_instance_uid: str
    new: bool


class Part:
    """The part file of one object that is on its way. What the disk refuses, and what is too much, is remembered in
    `refused`; the rest of the object is then dropped. It has what pynetdicom asks of a temporary file.
    """

    def __init__(self, folder: Path, most_bytes: int, opened: Callable[[Path], BinaryIO]) -> None:
        self.path = folder / f".{secrets.token_hex(16)}{_PART_SUFFIX}"
        self.name = str(self.path)
        self.file = self
        self.refused: ObjectRefusedError | None = None
        self._left = most_bytes
        self._kept = False
        self._stream: BinaryIO | None = None
        try:
            self._stream = opened(self.path)
            _locked(self._stream)
        except OSError as error:
            self._refuse(disk_trouble(folder, error))

    def write(self, data: bytes) -> int:
        self._left -= len(data)
        if self._left < 0 and self.refused is None:
            self._refuse(ObjectRefusedError(OUT_OF_RESOURCES, "an object is larger than is taken", "raise the limit"))
        if self._stream is not None:
            try:
                self._stream.write(data)
            except OSError as error:
                self._refuse(disk_trouble(self.path.parent, error))
        return len(data)

    def flush(self) -> None:
        """Nothing is asked for: `settle` brings it to the disk as a whole."""

    def settle(self) -> None:
        """All of it is on the disk, or `refused` says why not."""
        if self._stream is not None:
            try:
                self._stream.flush()
                os.fsync(self._stream.fileno())
                if sys.platform == "win32":  # which renames no open file
                    self._stream.close()
            except OSError as error:
                self._refuse(disk_trouble(self.path.parent, error))

    def keep(self, path: Path) -> None:
        """Rename the part file. Raises OSError."""
        self.path.replace(path)
        self._kept = True

    def close(self) -> None:
        """Let go of the file, and delete it unless it was kept."""
        stream, self._stream = self._stream, None
        if stream is not None:
            with contextlib.suppress(OSError):
                stream.close()
            if not self._kept:
                with contextlib.suppress(OSError):
                    self.path.unlink()

    def _refuse(self, refused: ObjectRefusedError) -> None:
        self.refused = refused
        self.close()


class Filing:
    """A folder of received objects: `<hash of the study>/<hash of the object>.dcm`. Any thread may use it, and other
    processes may at the same time.

    `opened` opens a new file for writing; it stands for the disk in tests.
    """

    def __init__(
        self,
        folder: Path,
        *,
        most_bytes: int = DEFAULT_OBJECT_BYTES,
        opened: Callable[[Path], BinaryIO] = lambda path: path.open("xb"),
    ) -> None:
        """Make the folder where there is none, and delete what an interrupted process left half written in it.

        Raises PacsError where it cannot be used.
        """
        self.folder = folder.absolute()
        self._most_bytes, self._opened = most_bytes, opened
        self._guard = threading.Lock()
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            for path in self.folder.glob(f".*{_PART_SUFFIX}"):
                _delete_if_left(path)
        except OSError as error:
            raise PacsError(f"{folder}: cannot be used: {error.strerror}", "name another folder") from error

    def part(self) -> Part:
        """A new part file."""
        return Part(self.folder, self._most_bytes, self._opened)

    def path_of(self, study_uid: str, sop_uid: str) -> Path:
        """Where an object of checked UIDs lies, if it is there."""
        return self.folder / study_folder(study_uid) / object_file(sop_uid)

    def holds(self, study_uid: str, sop_uid: str) -> bool:
        """Whether an object of checked UIDs is there."""
        return self.path_of(study_uid, sop_uid).is_file()

    def files(self) -> Iterator[Path]:
        """All objects that are there, by name."""
        for folder in sorted(self.folder.iterdir()):
            if folder.is_dir() and not folder.name.startswith("."):
                yield from sorted(path for path in folder.glob("*.dcm") if not path.name.startswith("."))

    def take(self, part: Part, sop_class_uid: str, sop_uid: str) -> Filed:
        """Keep the object in `part`, which was announced by these UIDs; the part file is gone afterwards.

        An object that is there already stays as it is. Raises ObjectRefusedError: not an object of these UIDs, cut off,
        damaged, too large, no room on the disk, or another object of the same UID is there.
        """
        try:
            part.settle()
            if part.refused is not None:
                raise part.refused
            study_uid, parsed = _checked(part.path, sop_class_uid, sop_uid)
            with self._guard:
                return self._keep(part, study_uid, sop_uid, parsed)
        finally:
            part.close()

    def _keep(self, part: Part, study_uid: str, sop_uid: str, parsed: ParsedFile) -> Filed:
        path = self.path_of(study_uid, sop_uid)
        there = path if path.is_file() else self._elsewhere(path)
        if there is not None:
            if not _is_same(there, parsed):
                cause = f"another object with the SOP Instance UID of {there} was sent"
                raise ObjectRefusedError(DUPLICATE, cause, "delete the file to have the new one")
            return Filed(there, study_uid, sop_uid, new=False)
        try:
            path.parent.mkdir(exist_ok=True)
            part.keep(path)
            _synced(path.parent)
            _synced(self.folder)
        except OSError as error:
            raise disk_trouble(self.folder, error) from error
        return Filed(path, study_uid, sop_uid, new=True)

    def _elsewhere(self, path: Path) -> Path | None:
        """The file of this object in another study's folder."""
        return next((found for found in self.folder.glob(f"*/{path.name}") if found.is_file()), None)


def disk_trouble(folder: Path, error: OSError) -> ObjectRefusedError:
    """That something could not be written."""
    cause = f"{folder}: cannot be written to: {error.strerror or error}"
    return ObjectRefusedError(OUT_OF_RESOURCES, cause, "make room, or name another folder")


def _checked(path: Path, sop_class_uid: str, sop_uid: str) -> tuple[str, ParsedFile]:
    """The checked Study Instance UID of a whole object that is what it was announced as, and its header."""
    source = ImageSource(path)
    try:
        parsed = parse_source(source)
        stream, _ = open_source(source)
        with stream:
            missing = missing_bytes(stream, parsed, seekable=True)
    except InputRefusedError as error:
        cause = error.cause.partition(":")[0]  # what follows may quote the object
        raise ObjectRefusedError(NOT_UNDERSTOOD, f"an object {cause}", "send it again") from error
    if missing is not None:
        there, declared = missing
        cause = f"an object is cut off: {there} of {declared} bytes of its pixels came"
        raise ObjectRefusedError(NOT_UNDERSTOOD, cause, "send it again")
    elements = Elements(parsed.dataset)
    study_uid = checked_uid(elements.text("StudyInstanceUID"))
    if study_uid is None:
        raise ObjectRefusedError(NOT_UNDERSTOOD, "an object has no Study Instance UID that is one")
    if elements.text("SOPInstanceUID") != sop_uid or elements.text("SOPClassUID") != sop_class_uid:
        raise ObjectRefusedError(NOT_OF_ITS_CLASS, "an object is another one than it was announced as")
    return study_uid, parsed


def _is_same(path: Path, parsed: ParsedFile) -> bool:
    """Whether a file holds the object that came again, in whatever transfer syntax."""
    try:
        there = Elements(parse_source(ImageSource(path)).dataset)
    except InputRefusedError:
        return False
    came = Elements(parsed.dataset)
    patients = [Patient(one.text("PatientName"), one.text("PatientID")) for one in (there, came)]
    return may_be_one_patient(*patients) and all(there.text(name) == came.text(name) for name in _IDENTITY)


def _locked(stream: BinaryIO) -> None:
    """Other processes see that a part file is being written; on Windows an open file cannot be deleted anyway."""
    if sys.platform != "win32":
        import fcntl

        fcntl.flock(stream.fileno(), fcntl.LOCK_EX | fcntl.LOCK_NB)


def _delete_if_left(path: Path) -> None:
    """Delete a part file that no process writes any more."""
    with contextlib.suppress(OSError):
        if sys.platform == "win32":
            path.unlink()
        else:
            with path.open("rb") as stream:
                _locked(stream)
                path.unlink()


def _synced(folder: Path) -> None:
    """The names in a folder are on the disk; Windows has no such call."""
    if sys.platform != "win32":
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)
