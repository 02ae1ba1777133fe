"""Owns the priors that come by themselves: of the open case the newest one that is not here, where the reader wants it.

Quietly: one line when it came, one when it could not; the case on the screen stays as it is.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Final

from PySide6.QtCore import QObject, QThread, QTimer, Signal

from mammoview.archive.library import Library
from mammoview.archive.pacs.cancelling import Cancellation
from mammoview.core.errors import MammoviewError
from mammoview.core.study import Patient, Study
from mammoview.resources import resource
from mammoview.services.archive_work import Found, Note, asked, brought
from mammoview.services.archives import Archives, Errand
from mammoview.services.jobs import JobRunner, Ticket
from mammoview.services.session import Session
from mammoview.services.stamps import Stamp, stamps_of
from mammoview.services.worklist import Worklist, make_worklist

SETTLES_MS: Final = 1500
"""How long a case stands on the screen before its priors are asked for: who pages on needs none."""

_NOT_IN_A_NUMBER = frozenset("*?\\")
"""A Patient ID with these would ask for other women's studies too (PS3.4 C.2.2.2.4, PS3.5 6.2)."""


@dataclass(frozen=True, slots=True)
class Case:
    """Of which study the prior is looked for: `study_date` is an ISO date, `study_time` digits; `here`: the Study
    Instance UIDs that are open with it."""

    uid: str
    patient: Patient
    study_date: str
    study_time: str
    here: frozenset[str]


@dataclass(frozen=True, slots=True)
class Prior:
    """A prior that came: its studies as they were scanned, their keys in the library, their files."""

    studies: tuple[Study, ...]
    keys: Mapping[str, str]
    stamps: Mapping[str, Stamp]


class PriorFetching(QObject):
    """`said(words)`: a prior came, or could not; `joined`: it is one of the open case's from now on.

    Nothing is asked where the reader has named no archive, where the study tells no Patient ID or no date, and again
    for a case that was answered.
    """

    said = Signal(str)
    joined = Signal()

    def __init__(self, archives: Archives, session: Session, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._archives, self._session = archives, session
        self.runner = JobRunner(1, self)
        self._settled: set[str] = set()
        self._errand: Errand | None = None
        self._said_trouble = ""
        self._pause = QTimer(self)
        self._pause.setSingleShot(True)
        self._pause.setInterval(SETTLES_MS)
        self._pause.timeout.connect(self._begin)
        session.study_changed.connect(self.follow)
        archives.room.opened.connect(self.follow)
        archives.priors_wanted.connect(self._begin_anew)

    def set_pause(self, interval_ms: int) -> None:
        """How long a case is to stand, in place of SETTLES_MS."""
        self._pause.setInterval(interval_ms)

    def follow(self) -> None:
        """Ask for what the case on the screen lacks, if it stays there."""
        if self._archives.settings.value.priors_from:
            self._pause.start()

    def _begin_anew(self) -> None:
        """Another archive may have what the one before had not."""
        self._settled.clear()
        self.follow()

    def _begin(self) -> None:
        name, case = self._archives.settings.value.priors_from, case_of(self._session)
        library = self._archives.library
        if not name or case is None or case.uid in self._settled or library is None:
            return
        if self._errand is not None or any(self._session.waits(at) for at in range(len(self._session.panes))):
            self._pause.start()
            return
        note = self._archives.note
        self._errand = self._archives.start(
            partial(_fetched, name, case, library, self._archives.settings.folder, self._archives.folder, note),
            partial(self._came, name, case),
            partial(self._failed, name),
            runner=self.runner,
        )

    def _came(self, name: str, case: Case, prior: Prior | None) -> None:
        self._errand, self._said_trouble = None, ""
        self._settled.add(case.uid)
        if prior is None:
            return
        self._archives.room.listed.emit()
        at = self._join(case, prior)
        if at is not None:
            self.joined.emit()
        study, worklist = self._session.study, self._session.worklist
        if at is not None and study is not None and worklist.case_of(study.key) == at:
            self.said.emit(self.tr("a prior of this case came from {}").format(name))
        else:
            self.said.emit(self.tr("a prior came from {}: the list of studies has it").format(name))

    def _failed(self, name: str, error: MammoviewError) -> None:
        self._errand = None
        if str(error) != self._said_trouble:
            self._said_trouble = str(error)
            self.said.emit(self.tr("no priors from {name}: {error}").format(name=name, error=error))

    def _join(self, case: Case, prior: Prior) -> int | None:
        """Make it a prior of its case, which stays as it hangs; the number of the case. None where the worklist no
        longer holds it, or it is not certainly the same woman's."""
        session, room = self._session, self._archives.room
        worklist = session.worklist
        at = worklist.case_of(case.uid)
        if at is None:
            return None
        together = make_worklist((*worklist.cases[at].studies, *prior.studies), prior.stamps)
        if len(together.cases) != 1 or together.cases[0].current is not worklist.cases[at].current:
            return None
        cases = (*worklist.cases[:at], together.cases[0], *worklist.cases[at + 1 :])
        stamps = {key: stamp for key, stamp in together.stamps.items() if key not in worklist.stamps}
        session.worklist = Worklist(cases, {**worklist.stamps, **stamps})
        session.store.recognise(session.worklist.stamps)
        room.expect(prior.studies, (), further=True)
        room.adopt(prior.keys)
        return at

    def close(self) -> None:
        """End what is under way."""
        self._pause.stop()
        self.runner.close()


def case_of(session: Session) -> Case | None:
    """The open case; None where nothing is open or its priors cannot be asked for."""
    study = session.study
    at = None if study is None else session.worklist.case_of(study.key)
    if at is None:
        return None
    case = session.worklist.cases[at]
    current = case.current
    number = current.patient.patient_id.strip()
    demo = resource("demo") in current.images[0].source.path.parents
    uid = current.study_instance_uid
    if demo or uid is None or not number or not current.study_date or _NOT_IN_A_NUMBER & set(number):
        return None
    here = frozenset(one.study_instance_uid or "" for one in case.studies)
    return Case(uid, current.patient, current.study_date, _digits(current.images[0].study_time), here)


def _fetched(
    name: str,
    case: Case,
    library: Library,
    home: Path,
    folder: Path,
    note: Note,
    cancellation: Cancellation,
    ticket: Ticket,
) -> Prior | None:
    """In the background: the newest prior that is not here, retrieved into `folder`; None where there is none. `home`
    holds the lists of archives. Raises MammoviewError."""
    from mammoview.archive.known import KnownArchives

    QThread.currentThread().setPriority(QThread.Priority.LowestPriority)
    node = KnownArchives(home).get(name)
    number, until = case.patient.patient_id.strip(), case.study_date.replace("-", "")
    keys = {"PatientID": number, "StudyDate": f"-{until}", "ModalitiesInStudy": "MG"}
    for found in asked(node, keys, cancellation, note):
        if not _is_prior(found, case) or _is_here(found, case, library, folder):
            continue
        result = brought(node, (found.uid,), folder, library, cancellation, ticket, _unsaid, note)
        cancellation.stop_if()
        if result.missing:
            cause = result.trouble or f"{result.missing} of {result.total} images of it did not come"
            raise MammoviewError(cause)
        return _scanned(result.folders[found.uid], library, folder)
    return None


def _is_prior(found: Found, case: Case) -> bool:
    """Whether it is an older study of the same woman, as far as the archive tells."""
    one, other = found.patient, case.patient
    same = one.patient_id.strip() == other.patient_id.strip()
    same = same and not (one.birth_date and other.birth_date and one.birth_date != other.birth_date)
    times = (found.study_time, case.study_time) if found.study_time and case.study_time else ("", "")
    older = bool(found.study_date) and (found.study_date, times[0]) < (case.study_date, times[1])
    return same and older and found.uid != case.uid


def _is_here(found: Found, case: Case, library: Library, folder: Path) -> bool:
    """Whether nothing of it is to be retrieved: it is open, or the library has it, and not only the part of it that
    came before a retrieval was cut off."""
    from mammoview.archive.pacs.uids import study_folder

    row = library.study(found.uid)
    if found.uid in case.here or row is None or row.missing:
        return found.uid in case.here
    came = folder / study_folder(found.uid)
    return not came.is_dir() or found.images is None or sum(1 for _ in came.glob("*.dcm")) >= found.images


def _scanned(came: Path, library: Library, folder: Path) -> Prior:
    from mammoview.dicom.scan import scan

    studies = scan([came], keep_refused=True).studies
    keys = zip((one.key for one in studies), library.add(studies, folder), strict=True)
    return Prior(studies, dict(keys), stamps_of(studies))


def _unsaid(_line: str) -> None:
    """Nobody waits for a prior: that it is tried again is not said."""


def _digits(text: str) -> str:
    return "".join(letter for letter in text.partition(".")[0] if letter.isdigit())
