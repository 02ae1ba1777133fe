"""Owns what is done with an archive for the window, in the background: asked, found, brought. No Qt.

How it is done is of `archive.pacs`, which brings pynetdicom with it and is imported when it is first needed.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final, Protocol

from mammoview.archive.audit import AuditEvent, Outcome
from mammoview.archive.audit_records import Detail
from mammoview.archive.library import Library
from mammoview.archive.pacs.cancelling import Cancellation
from mammoview.core.errors import CancelledError
from mammoview.core.study import Patient
from mammoview.services.jobs import Ticket

if TYPE_CHECKING:
    from mammoview.archive.pacs.asking import Match
    from mammoview.archive.pacs.filing import Filed
    from mammoview.archive.pacs.nodes import Node
    from mammoview.archive.pacs.retrieving import Progress

MOST_FOUND: Final = 200
"""So many studies are taken of an answer: who gets more asks more closely."""

_MODALITY = "MG"


class Note(Protocol):
    """Takes for the audit trail what is done with an archive and studies (by their UIDs), from any thread."""

    def __call__(
        self, event: AuditEvent, node: Node, uids: Iterable[str] = (), outcome: Outcome = ..., **details: Detail
    ) -> None: ...


@dataclass(frozen=True, slots=True)
class Wanted:
    """What to look for: texts with the wild cards of PS3.4 C.2.2.2, days as YYYYMMDD, all empty for any."""

    name: str = ""
    patient_id: str = ""
    accession: str = ""
    date_from: str = ""
    date_to: str = ""
    mammography: bool = True

    @property
    def keys(self) -> dict[str, str]:
        """The attributes of the query, by DICOM keyword. A name without wild card is the beginning of one."""
        name = self.name.strip()
        span = "-".join((self.date_from, self.date_to)) if self.date_from or self.date_to else ""
        keys = {
            "PatientName": f"{name}*" if name and not set(name) & set("*?") else name,
            "PatientID": self.patient_id.strip(),
            "AccessionNumber": self.accession.strip(),
            "StudyDate": self.date_from if span and self.date_from == self.date_to else span,
        }
        told = {keyword: value for keyword, value in keys.items() if value}
        return told | ({"ModalitiesInStudy": _MODALITY} if self.mammography else {})

    @property
    def is_open(self) -> bool:
        """Whether it would ask for everything that an archive has."""
        return not self.keys.keys() - {"ModalitiesInStudy"}


@dataclass(frozen=True, slots=True)
class Found:
    """A study that an archive has. `study_date` is an ISO date or empty, `study_time` digits (HHMMSS) or empty;
    `images` counts all its objects, None where the archive does not tell."""

    uid: str
    patient: Patient
    study_date: str
    study_time: str
    description: str
    accession: str
    images: int | None


@dataclass(frozen=True, slots=True)
class Brought:
    """What a retrieval came to: so many objects that the archive has, were here before, came now; `folders` of the
    studies of which something is here, by their UIDs; `trouble` in words, empty where all is here."""

    total: int
    there: int
    came: int
    folders: dict[str, Path]
    trouble: str = ""
    cancelled: bool = False

    @property
    def missing(self) -> int:
        """How many did not come."""
        return self.total - self.there - self.came


def brought(
    node: Node,
    uids: Sequence[str],
    folder: Path,
    library: Library | None,
    cancellation: Cancellation,
    ticket: Ticket,
    said: Callable[[str], None],
    note: Note,
) -> Brought:
    """Retrieve studies into `folder` and the library; in the background. Raises MammoviewError where nothing came."""
    from mammoview.archive.pacs.arrivals import index_rest
    from mammoview.archive.pacs.filing import Filing
    from mammoview.archive.pacs.own_address import own_address
    from mammoview.archive.pacs.retrieving import Reception, Retrieval
    from mammoview.archive.pacs.uids import study_folder

    filing = Filing(folder)
    counted = _Counted(ticket)
    folders = {uid: filing.folder / study_folder(uid) for uid in dict.fromkeys(uids)}
    note(AuditEvent.TRANSFER_BEGUN, node, folders)
    with ExitStack() as stack:
        stack.callback(_note_received, note, node, folders, counted)
        if library is not None:
            stack.callback(index_rest, library, filing)
        reception = Reception(own_address(node), node.tls) if node.retrieve == "move" else None
        retrieval = Retrieval(
            node,
            filing,
            cancellation,
            progress=counted.told,
            arrived=counted.arrived,
            said=said,
            reception=reception,
        )
        trouble, cancelled = "", False
        try:
            result = retrieval.run(uids)
            counted.there = result.there
            if result.trouble is not None:
                trouble = str(result.trouble)
        except CancelledError:
            cancelled = True
    last = counted.last
    total, done = (0, 0) if last is None else (last.done + last.failed + last.remaining, last.done)
    there = {uid: path for uid, path in folders.items() if path.is_dir()}
    return Brought(total, counted.there, done - counted.there, there, trouble, cancelled)


class _Counted:
    """Tells a ticket how far a retrieval is, and keeps the first and the last that was told."""

    def __init__(self, ticket: Ticket) -> None:
        self._ticket = ticket
        self.last: Progress | None = None
        self.there = 0
        self.by_folder = Counter[Path]()

    def arrived(self, filed: Filed) -> None:
        self.by_folder[filed.path.parent] += filed.new

    def told(self, progress: Progress) -> None:
        if self.last is None:
            self.there = progress.done
        self.last = progress
        self._ticket.progress(progress.done + progress.failed, progress.done + progress.failed + progress.remaining)


def _note_received(note: Note, node: Node, folders: dict[str, Path], counted: _Counted) -> None:
    """What came of each study; a failure where not all did."""
    whole = counted.last is not None and not (counted.last.failed or counted.last.remaining)
    for uid, folder in folders.items():
        if counted.by_folder[folder]:
            outcome = Outcome.DONE if whole else Outcome.FAILED
            note(AuditEvent.RECEIVED, node, (uid,), outcome, images=counted.by_folder[folder])


def echoed(node: Node, cancellation: Cancellation, ticket: Ticket) -> float:
    """C-ECHO: the seconds that the answer took."""
    from mammoview.archive.pacs.client import echo

    return echo(node, cancellation)


def sought(node: Node, wanted: Wanted, note: Note, cancellation: Cancellation, ticket: Ticket) -> tuple[Found, ...]:
    """C-FIND, as of `asked`."""
    return asked(node, wanted.keys, cancellation, note)


def asked(node: Node, keys: dict[str, str], cancellation: Cancellation, note: Note) -> tuple[Found, ...]:
    """The studies of an answer, the newest first, those left out that are told to hold no mammogram where the keys ask
    for one: not every archive matches modalities (PS3.4 C.6.2.1.2 has them optional)."""
    from mammoview.archive.pacs.asking import Query
    from mammoview.archive.pacs.client import find

    note(AuditEvent.QUERIED, node, level="study")
    found: dict[str, Found] = {}
    for match in find(node, Query("study", keys), cancellation, most=MOST_FOUND):
        modalities = [one.strip() for one in match.values.get("ModalitiesInStudy", "").split("\\") if one.strip()]
        if "ModalitiesInStudy" in keys and modalities and _MODALITY not in modalities:
            continue
        one = _study_of(match)
        if one is not None:
            found.setdefault(one.uid, one)
    return tuple(sorted(found.values(), key=lambda one: (one.study_date, one.study_time), reverse=True))


def _study_of(match: Match) -> Found | None:
    uid, values = match.uid("StudyInstanceUID"), match.values
    if uid is None:
        return None
    patient = Patient(
        values.get("PatientName", ""),
        values.get("PatientID", "").strip(),
        iso_date(values.get("PatientBirthDate", "")),
        values.get("PatientSex", ""),
    )
    time = "".join(letter for letter in values.get("StudyTime", "").partition(".")[0] if letter.isdigit())
    return Found(
        uid,
        patient,
        iso_date(values.get("StudyDate", "")),
        time,
        values.get("StudyDescription", ""),
        values.get("AccessionNumber", ""),
        match.number("NumberOfStudyRelatedInstances"),
    )


def iso_date(text: str) -> str:
    """A DICOM date (PS3.5 6.2, DA) as YYYY-MM-DD; empty for anything else."""
    day = text.strip()
    return f"{day[:4]}-{day[4:6]}-{day[6:]}" if len(day) == 8 and day.isascii() and day.isdigit() else ""
