"""Owns the writing of a DICOM object to a file: as a whole or not at all, beside its place and then renamed."""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path
from uuid import uuid4

from pydicom.dataset import Dataset

from mammoview.core.errors import MammoviewError
from mammoview.dicom.sources import one_line


def write_object(path: Path, made: Dataset) -> None:
    """Write an object as a file of PS3.10. Raises MammoviewError where that is impossible; an older file is then still
    there.
    """
    temporary = path.with_name(f".{path.stem}-{uuid4().hex[:8]}.part")
    try:
        with temporary.open("xb") as stream:
            made.save_as(stream, enforce_file_format=True)
            stream.flush()
            os.fsync(stream.fileno())
        temporary.replace(path)
    except OSError as error:
        why = error.strerror or one_line(error)
        raise MammoviewError(f"{path}: cannot be written: {why}", "name another place") from error
    finally:
        with suppress(OSError):
            temporary.unlink(missing_ok=True)
