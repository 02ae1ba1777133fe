"""Owns the one call by which commands and the window record in the audit trail who did what with which studies."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Final, overload

from mammoview.archive.audit_records import AuditEvent as AuditEvent
from mammoview.archive.audit_records import Detail, Entry
from mammoview.archive.audit_records import Outcome as Outcome
from mammoview.archive.library import Library
from mammoview.core.errors import UsageError
from mammoview.core.study import Study

_UID: Final = re.compile(r"[0-9.]{1,64}")  # else it is a key made of a file's name, which is not recorded


def record(
    library: Library | Path | None,
    event: AuditEvent,
    studies: Iterable[Study | str] = (),
    *,
    outcome: Outcome = Outcome.DONE,
    **details: Detail,
) -> None:
    """Record that `event` happened, once for each of `studies`, once where there are none; nothing without a library.

    `library`: one that is open, or the file of one; a study is one of a scan, or the library's key or a Study Instance
    UID. `details`: what else is to be known, nothing of the patient's among it. Raises LibraryError where it cannot be
    recorded, UsageError where there is no such file: none is made for the sake of a record.
    """
    if library is None:
        return
    if isinstance(library, Path):
        with Library(existing(library)) as opened:
            record(opened, event, studies, outcome=outcome, **details)
        return
    library.log_events(entries(event, studies, outcome=outcome, details=details))


@overload
def existing(library: Path) -> Path: ...
@overload
def existing(library: None) -> None: ...
@overload
def existing(library: Path | None) -> Path | None: ...
def existing(library: Path | None) -> Path | None:
    """The same; raises UsageError where no library is there, so that work is not begun that cannot be recorded."""
    if library is not None and not library.is_file():
        raise UsageError(f"{library}: there is no study library", "name one that is there with --library FILE")
    return library


def entries(
    event: AuditEvent,
    studies: Iterable[Study | str],
    *,
    outcome: Outcome = Outcome.DONE,
    details: Mapping[str, Detail] | None = None,
) -> list[Entry]:
    """One entry for each study; one without where there are none."""
    told = dict(details or {})
    made = [Entry(event, *_named(study), outcome, told) for study in studies]
    return made or [Entry(event, outcome=outcome, details=told)]


def _named(study: Study | str) -> tuple[str, str]:
    """The key that the library may know, and the Study Instance UID."""
    if isinstance(study, str):
        return study, study if _UID.fullmatch(study) else ""
    return study.key, study.study_instance_uid or ""
