"""Owns what leaves the window as DICOM: objects of the study on the screen, to a folder or an archive, and copies of it
that name nobody. Off the GUI thread, to be stopped at any moment; no widgets.

Each request is frozen: what was offered to the reader is what is written. What the classifier says is in it only where
the reader may see it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict
from datetime import UTC, datetime
from functools import partial

from PySide6.QtCore import QObject, Signal

from mammoview.archive.audit import AuditEvent, Outcome
from mammoview.archive.library import Library
from mammoview.archive.pacs.cancelling import Cancellation
from mammoview.core.errors import CancelledError, MammoviewError
from mammoview.core.hanging import Frame
from mammoview.core.marks import MEASURED
from mammoview.core.prediction import ImagePrediction
from mammoview.core.study import ImageHeader, Study
from mammoview.core.view_state import Placement
from mammoview.services.auditing import note
from mammoview.services.dicom_work import Copying, CopyWork, Ended, Kept, Part, Target, Told, View, WriteWork
from mammoview.services.jobs import JobRunner, Ticket
from mammoview.services.marks import MarkBook
from mammoview.services.reading_room import ReadingRoom
from mammoview.services.words import translate


def why_not(told: Told) -> dict[Part, str]:
    """Of what there is nothing to write, and why, in the window's language."""
    reasons = dict[Part, str]()
    if not any(header.sop_instance_uid and not header.refused for header in told.study.images):
        plain = translate("DicomExport", "these images are no DICOM: no object can refer to them")
        return dict.fromkeys(Part, plain)
    answered = any(one.not_run is None for one in told.predictions.values())
    unsaid = told.silence
    if not unsaid and told.scoring:
        unsaid = translate("DicomExport", "the classifier is not done with this study yet")
    elif not unsaid and not answered and any(header.frames > 1 for header in told.study.images):
        unsaid = translate("DicomExport", "scores of single frames are not written")
    elif not unsaid and not answered:
        unsaid = translate("DicomExport", "the classifier has said nothing of this study")
    if unsaid:
        reasons[Part.CAD] = unsaid
    if not unsaid and not any(one.heat_map is not None for one in told.predictions.values()):
        unsaid = translate("DicomExport", "no view has a heat map")
    if unsaid:
        reasons[Part.MAPS] = unsaid
    if not told.records:
        reasons[Part.ASSESSMENT] = translate("DicomExport", "nothing was assessed")
    if not any(mark.kind in MEASURED for mark in told.marks):
        reasons[Part.MEASUREMENTS] = translate("DicomExport", "nothing was measured")
    return reasons


def tell(study: Study, reading: ReadingRoom, marks: MarkBook, *, marks_shown: bool) -> Told:
    """What can be told now of `study`, which is the one on the screen."""
    session, silence = reading.session, reading.silence
    overlay = session.overlay()
    predictions = {} if silence else dict(_by_header(study, overlay.predictions, session.scored_key))
    scene, places = session.scene, dict[str, tuple[Placement, Frame]]()
    for number in (*range(len(session.panes)), session.active):
        header = session.panes[number].header if session.panes else None
        if header is not None and scene is not None and number in scene.images:
            places[header.key] = scene.place(number, session.state(number)), scene.frames[number]
    views = {
        header.key: View(
            session.look.presentation(header.key),
            places.get(header.key),
            session.frames.shown(header).frame if header.frames > 1 else 1,
        )
        for header in study.images
    }
    now = datetime.now(UTC).isoformat(timespec="seconds")
    records = (
        {"laterality": side, "birads": one.birads, "density": one.density, "text": one.text, "reader": one.reader}
        for side, one in sorted(reading.current.judgements.items())
        if any(one.words)
    )
    return Told(
        study,
        views,
        marks.of_study(study.images[0].key),
        marks_shown,
        predictions,
        session.exam() if predictions else None,
        overlay.model if predictions else None,
        silence,
        session.predictions.busy and any(header.key not in predictions for header in study.images),
        tuple({**record, "time": now} for record in records),
        reading.reader,
        reading.library_key(study.key),
    )


def _by_header(
    study: Study, predictions: Mapping[str, ImagePrediction], key_of: Callable[[ImageHeader], str]
) -> Iterator[tuple[str, ImagePrediction]]:
    """The answers for single images; of an image with several frames only that it is refused, which all of them are."""
    for header in study.images:
        found = predictions.get(key_of(header))
        if found is not None and header.frames > 1 and not found.refused:
            found = ImagePrediction(header.key, header.laterality, not_run="its score is of one of its frames")
        if found is not None:
            yield header.key, found


class DicomExport(QObject):
    """One piece of work at a time. `progressed(phase, done, total)`; `ended(Ended)`; `failed(words)`, empty where it
    was cancelled. What went out is handed to the audit trail before these are heard."""

    progressed = Signal(str, int, int)
    ended = Signal(object)
    failed = Signal(str)

    def __init__(self, runner: JobRunner, reading: ReadingRoom, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._runner, self._reading = runner, reading
        self._stop: Cancellation | None = None
        self._begun = False

    @property
    def busy(self) -> bool:
        """Whether something is being written or sent."""
        return self._stop is not None

    def cancel(self) -> None:
        """Stop what is under way; `failed` follows."""
        if self._stop is None:
            return
        self._stop.cancel()
        if not self._begun:
            self._ends(CancelledError())

    def write(self, told: Told, parts: frozenset[Part], target: Target) -> None:
        """Write objects of these parts; what the library holds of marks and assessments is asked for first."""
        self._stop = stop = Cancellation()

        def asked(found: Kept | MammoviewError) -> None:
            if stop is not self._stop:
                return
            if isinstance(found, MammoviewError):
                self._ends(found)
                return
            if target.node is not None:
                note(self._reading, AuditEvent.TRANSFER_BEGUN, told.study, node=target.node.name)
            work = WriteWork(told, parts, target, found, stop, self.progressed.emit)
            self._submit(work, partial(self._note_written, told.study, target, work))

        own = Kept({mark.id: told.reader for mark in told.marks}, told.records)
        self._reading.read(partial(_kept, own, told.library_key), asked, otherwise=own)

    def copy(self, study: Study, copying: Copying) -> None:
        """Make a copy of a study that names nobody."""
        self._stop = stop = Cancellation()
        work = CopyWork(study, copying, stop, self.progressed.emit)

        def noted(outcome: Outcome) -> None:
            if work.files:
                event, ages_kept = AuditEvent.DEIDENTIFIED, copying.keep_ages
                note(self._reading, event, study, outcome=outcome, files=work.files, ages_kept=ages_kept)

        self._submit(work, noted)

    def _submit(self, work: Callable[[Ticket], Ended], noted: Callable[[Outcome], None]) -> None:
        def done(ended: Ended) -> None:
            noted(Outcome.DONE if ended.export is None or ended.export.whole else Outcome.FAILED)
            self._stop, self._begun = None, False
            self.ended.emit(ended)

        def failed(error: MammoviewError) -> None:
            noted(Outcome.FAILED)
            self._ends(error)

        self._begun = True
        self._runner.submit(work, done=done, failed=failed)

    def _ends(self, error: MammoviewError) -> None:
        self._stop, self._begun = None, False
        self.failed.emit("" if isinstance(error, CancelledError) else str(error))

    def _note_written(self, study: Study, target: Target, work: WriteWork, outcome: Outcome) -> None:
        if target.node is not None:
            note(self._reading, AuditEvent.SENT, study, outcome=outcome, node=target.node.name, images=work.files)
        elif work.files:
            note(self._reading, AuditEvent.EXPORTED, study, form="DICOM objects", identified=True)


def _kept(own: Kept, key: str | None, library: Library) -> Kept | MammoviewError:
    """What the library holds of a study, or why it cannot be read; what it does not hold is told as it stands on the
    screen."""
    if key is None:
        return own
    try:
        readers = {mark.mark_id: mark.reader for mark in library.marks(key)}
        return Kept({**own.readers, **readers}, tuple(asdict(one) for one in library.assessments(key)))
    except MammoviewError as error:
        return error
