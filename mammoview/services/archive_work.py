"""Owns what is done with an archive for the window, in the background: asked, found, brought. No Qt.

How it is done is of a `Peer` for each kind of archive: `archive_dimse`, `archive_dicomweb`. They bring pynetdicom and
dicomweb-client with them, and are imported when they are first needed.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
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
    from mammoview.archive.known import AnyNode
    from mammoview.archive.pacs.filing import Filing

MOST_FOUND: Final = 200
"""So many studies are taken of an answer: who gets more asks more closely."""

_MODALITY = "MG"


class Note(Protocol):
    """Takes for the audit trail what is done with an archive and studies (by their UIDs), from any thread."""

    def __call__(
        self, event: AuditEvent, node: AnyNode, uids: Iterable[str] = (), outcome: Outcome = ..., **details: Detail
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
    `images` counts all its objects, None where the archive does not tell; `modalities` are empty then."""

    uid: str
    patient: Patient
    study_date: str
    study_time: str
    description: str
    accession: str
    images: int | None
    modalities: tuple[str, ...] = ()


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


class Tally:
    """Tells a ticket how far a retrieval is, and keeps the first and the last that was told. Any thread may call it."""

    def __init__(self, ticket: Ticket) -> None:
        self._ticket = ticket
        self._begun = False
        self.there = self.done = self.failed = self.remaining = 0
        self.new = Counter[str]()

    def arrived(self, study_uid: str, images: int = 1) -> None:
        """So many objects of a study came that were not here."""
        self.new[study_uid] += images

    def told(self, done: int, failed: int, remaining: int) -> None:
        """So many objects are here, will not come, are to come; what is here when it is told first was there before."""
        if not self._begun:
            self._begun, self.there = True, done
        self.done, self.failed, self.remaining = done, failed, remaining
        self._ticket.progress(done + failed, self.total)

    @property
    def total(self) -> int:
        return self.done + self.failed + self.remaining

    @property
    def is_whole(self) -> bool:
        """Whether it is known what there is, and all of it is here."""
        return self._begun and not (self.failed or self.remaining)


class Peer(Protocol):
    """An archive, whatever it speaks. Every method raises MammoviewError, and CancelledError soon after it was
    cancelled."""

    def tested(self, cancellation: Cancellation) -> float:
        """Ask whether it is there: the seconds that the answer took."""

    def found(self, keys: dict[str, str], cancellation: Cancellation) -> list[Found]:
        """The studies that match these attributes, by DICOM keyword, with the wild cards of PS3.4 C.2.2.2; at most
        MOST_FOUND."""

    def bring(
        self, uids: Sequence[str], filing: Filing, tally: Tally, cancellation: Cancellation, said: Callable[[str], None]
    ) -> str:
        """Retrieve what is not in `filing` yet of these studies; in words why not all of it came, empty where it did.
        `said` takes one line for what is tried again."""


def peer_of(node: AnyNode) -> Peer:
    """The archive, to be worked with."""
    from mammoview.archive.pacs.nodes import Node

    if isinstance(node, Node):
        from mammoview.services.archive_dimse import DimsePeer

        return DimsePeer(node)
    from mammoview.services.archive_dicomweb import DicomwebPeer

    return DicomwebPeer(node)


def brought(
    node: AnyNode,
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
    from mammoview.archive.pacs.uids import study_folder

    filing, tally = Filing(folder), Tally(ticket)
    folders = {uid: filing.folder / study_folder(uid) for uid in dict.fromkeys(uids)}
    note(AuditEvent.TRANSFER_BEGUN, node, folders)
    with ExitStack() as stack:
        stack.callback(_note_received, note, node, folders, tally)
        if library is not None:
            stack.callback(index_rest, library, filing)
        trouble, cancelled = "", False
        try:
            trouble = peer_of(node).bring(tuple(folders), filing, tally, cancellation, said)
        except CancelledError:
            cancelled = True
    there = {uid: path for uid, path in folders.items() if any(path.glob("*.dcm"))}
    return Brought(tally.total, tally.there, tally.done - tally.there, there, trouble, cancelled)


def _note_received(note: Note, node: AnyNode, uids: Iterable[str], tally: Tally) -> None:
    """What came of each study; a failure where not all did."""
    for uid in uids:
        if tally.new[uid]:
            outcome = Outcome.DONE if tally.is_whole else Outcome.FAILED
            note(AuditEvent.RECEIVED, node, (uid,), outcome, images=tally.new[uid])


def tested(node: AnyNode, cancellation: Cancellation, ticket: Ticket) -> float:
    """Whether it is there: the seconds that the answer took."""
    return peer_of(node).tested(cancellation)


def sought(node: AnyNode, wanted: Wanted, note: Note, cancellation: Cancellation, ticket: Ticket) -> tuple[Found, ...]:
    """What is looked for, as of `asked`."""
    return asked(node, wanted.keys, cancellation, note)


def asked(node: AnyNode, keys: dict[str, str], cancellation: Cancellation, note: Note) -> tuple[Found, ...]:
    """The studies of an answer, the newest first, those left out that are told to hold no mammogram where the keys ask
    for one: not every archive matches modalities (PS3.4 C.6.2.1.2 has them optional)."""
    note(AuditEvent.QUERIED, node, level="study")
    found: dict[str, Found] = {}
    for one in peer_of(node).found(keys, cancellation):
        if not ("ModalitiesInStudy" in keys and one.modalities and _MODALITY not in one.modalities):
            found.setdefault(one.uid, one)
    return tuple(sorted(found.values(), key=lambda one: (one.study_date, one.study_time), reverse=True))


def found_study(uid: str, told: Mapping[str, str], images: int | None, modalities: Iterable[str]) -> Found:
    """A study as an archive tells it: `told` holds its attributes by DICOM keyword."""
    patient = Patient(
        told.get("PatientName", ""),
        told.get("PatientID", "").strip(),
        iso_date(told.get("PatientBirthDate", "")),
        told.get("PatientSex", ""),
    )
    time = "".join(letter for letter in told.get("StudyTime", "").partition(".")[0] if letter.isdigit())
    return Found(
        uid,
        patient,
        iso_date(told.get("StudyDate", "")),
        time,
        told.get("StudyDescription", ""),
        told.get("AccessionNumber", ""),
        images,
        tuple(modalities),
    )


def iso_date(text: str) -> str:
    """A DICOM date (PS3.5 6.2, DA) as YYYY-MM-DD; empty for anything else."""
    day = text.strip()
    return f"{day[:4]}-{day[4:6]}-{day[6:]}" if len(day) == 8 and day.isascii() and day.isdigit() else ""
