"""Owns what `mammoview score --store` records in the audit trail: one entry for each study scored, many at once."""

from __future__ import annotations

import time
from pathlib import Path
from types import TracebackType
from typing import Self

from mammoview.archive import audit
from mammoview.archive.audit_records import Entry
from mammoview.archive.library import Library
from mammoview.archive.library_schema import LibraryError
from mammoview.archive.score_units import UnitAnswer
from mammoview.commands.report import Report

_AT_ONCE = 500
_EVERY_S = 2.0


class ScoredTrail:
    """A context manager; without a library it records nothing.

    Entries are kept in one transaction for those of two seconds, at the end the rest. What the library does not take
    now is tried again with the next; what it has not taken at the end is told.
    """

    def __init__(self, library: Path | None, model: str, report: Report) -> None:
        """Raises UsageError where there is no such library, LibraryError where it cannot be used."""
        self._library = None if library is None else Library(audit.existing(library))
        self._details = {"form": "archive", "model": model}
        self._report = report
        self._waiting: list[Entry] = []
        self._kept = time.monotonic()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._library is None:
            return
        if trouble := self._keep(self._library):
            self._report.say(f"{len(self._waiting)} studies were scored and not recorded: {trouble}")
        self._library.close()

    def scored(self, answer: UnitAnswer) -> None:
        """The studies of a unit of which an image has a new score."""
        if self._library is None:
            return
        for study in answer.studies:
            if any(image.score is not None and image.source in answer.new for image in study.images):
                uid = study.study_instance_uid or study.key
                self._waiting += audit.entries(audit.AuditEvent.SCORED, [uid], details=self._details)
        if len(self._waiting) >= _AT_ONCE or time.monotonic() - self._kept > _EVERY_S:
            self._keep(self._library)

    def _keep(self, library: Library) -> str:
        """Record what waits; why that cannot be."""
        self._kept = time.monotonic()
        try:
            if self._waiting:
                library.log_events(self._waiting)
        except LibraryError as error:
            return str(error)
        self._waiting.clear()
        return ""
