"""Owns what an audit record is: who did what with which studies, as the one text whose hash the next record holds.

Never opens the library. Records name studies by their UIDs and by the library's own numbers, never a patient, a file or
a folder.
"""

from __future__ import annotations

import getpass
import hashlib
import json
import os
import platform
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Final

from mammoview import __version__
from mammoview.core.errors import UsageError

START: Final = "0" * 64
"""What the first record holds in place of the hash of the one before it."""


class AuditEvent(StrEnum):
    """What was done; `audit_messages` says which DICOM audit message each becomes."""

    STARTED = "started"
    STOPPED = "stopped"
    OPENED = "opened"
    SCORED = "scored"
    REVEALED = "revealed"
    EXPORTED = "exported"
    DEIDENTIFIED = "de-identified"
    QUERIED = "queried"
    TRANSFER_BEGUN = "transfer begun"
    SENT = "sent"
    RECEIVED = "received"
    IMPORTED = "imported"
    AUDIT_READ = "audit trail read"


class Outcome(StrEnum):
    """How it ended."""

    DONE = "done"
    FAILED = "failed"


Detail = str | int | float | bool
"""What a detail's value may be."""


@dataclass(frozen=True, slots=True)
class Mention:
    """A study that a record is about. `uid`: Study Instance UID, empty where it has none; `row`, `added`: the number of
    the library's row and when that was made, `patient`: the library's number for the woman; 0 and empty where the
    library does not hold the study."""

    uid: str
    row: int = 0
    added: str = ""
    patient: int = 0


@dataclass(frozen=True, slots=True)
class Entry:
    """What is to be recorded. `study`: what the library or a scan calls it, None where it is about none; `details`:
    what else is to be known, no name, date, path or ID of a patient among it."""

    event: AuditEvent
    study: str | None = None
    study_uid: str = ""
    outcome: Outcome = Outcome.DONE
    details: Mapping[str, Detail] = field(default_factory=dict)
    user: str = field(default_factory=lambda: account())


@dataclass(frozen=True, slots=True)
class AuditRecord:
    """One record of the chain. `number` counts from 1; `before`: the hash of the record before, as 64 hex digits;
    `time`: ISO 8601 UTC; `user`: the operating system's login; `host` and `process`: where. `head`: what was wrong with
    the head that is kept beside the library when this was recorded, empty where nothing was."""

    number: int
    before: str
    time: str
    event: str
    outcome: str
    user: str
    host: str
    process: int
    program: str
    study: Mention | None
    details: Mapping[str, Detail]
    head: str = ""

    def text(self) -> str:
        """The canonical text: JSON with sorted keys, ASCII, no white space. Raises UsageError for what is no JSON."""
        study = self.study
        body: dict[str, Any] = {
            "number": self.number,
            "before": self.before,
            "time": self.time,
            "event": self.event,
            "outcome": self.outcome,
            "user": self.user,
            "host": self.host,
            "process": self.process,
            "program": self.program,
            "study": None
            if study is None
            else {"uid": study.uid, "row": study.row, "added": study.added, "patient": study.patient},
            "details": dict(self.details),
            "head": self.head,
        }
        try:
            return json.dumps(body, sort_keys=True, separators=(",", ":"), allow_nan=False)
        except (TypeError, ValueError) as error:
            raise UsageError(f"this cannot be kept in the audit trail: {error}") from error

    @classmethod
    def of(cls, text: str) -> AuditRecord:
        """The record of a canonical text. Raises ValueError where it is none."""
        try:
            body = json.loads(text)
            study = body["study"]
            record = cls(**{**body, "study": None if study is None else Mention(**study)})
            is_canonical = record.text() == text
        except (KeyError, TypeError, RecursionError, UsageError) as error:
            raise ValueError("not an audit record") from error
        if not is_canonical:
            raise ValueError("not the canonical text of an audit record")
        return record


def hash_of(text: str) -> str:
    """SHA-256 of a record's text, as 64 hex digits."""
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def first_facts() -> dict[str, Any]:
    """What every record of this process says: host, process and program."""
    return {"host": platform.node(), "process": os.getpid(), "program": f"mammoview {__version__}"}


def account() -> str:
    """The operating system's login of who runs the program."""
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return str(os.getuid()) if hasattr(os, "getuid") else "unknown"
