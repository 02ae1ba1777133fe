"""Owns what the window tells the audit trail: it joins the changes that wait for the library, off the GUI thread.

It is kept as soon as the library can keep it; nobody is asked about it, and nothing waits for it.
"""

from __future__ import annotations

from functools import partial

from mammoview.archive import audit
from mammoview.archive.audit import AuditEvent, Outcome
from mammoview.archive.audit_records import Detail
from mammoview.archive.library import Library
from mammoview.core.study import Study
from mammoview.services.library_link import LibraryLink


def note(
    link: LibraryLink, event: AuditEvent, study: Study, *, outcome: Outcome = Outcome.DONE, **details: Detail
) -> None:
    """Record what was done with a study. `details`: nothing of the patient's among it."""
    link.of_study(study, partial(_record, event, outcome, details), noted=True)


def note_window(link: LibraryLink, event: AuditEvent) -> None:
    """Record that the window was opened or closed; where no library can be written to, that is given up."""
    link.write(lambda library: audit.record(library, event), quiet=True)


def _record(event: AuditEvent, outcome: Outcome, details: dict[str, Detail], library: Library, key: str) -> None:
    """In the writing thread."""
    library.log_events(audit.entries(event, [key], outcome=outcome, details=details))
