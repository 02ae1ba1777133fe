"""Owns the work by which DICOM leaves the window, each piece a frozen request but for the count of what has gone out.

What builds the objects brings highdicom with it, and what sends them pynetdicom: both are imported in the background.
"""

from __future__ import annotations

import json
import shutil
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING

from mammoview.archive.atomic import write_text
from mammoview.archive.pacs.cancelling import Cancellation
from mammoview.core.errors import CancelledError, InputRefusedError, MammoviewError
from mammoview.core.hanging import Frame
from mammoview.core.image import MammoImage
from mammoview.core.marks import Mark
from mammoview.core.prediction import ExamPrediction, ImagePrediction, ModelLabel
from mammoview.core.prepared import PreparedImage
from mammoview.core.study import ImageHeader, ImageSource, Study
from mammoview.core.view_state import Placement, Presentation
from mammoview.dicom.identity import export_names, study_folder_name
from mammoview.services.jobs import Ticket
from mammoview.services.words import translate

if TYPE_CHECKING:
    from mammoview.archive.pacs.nodes import Node
    from mammoview.archive.pacs.retrieving import Progress
    from mammoview.dicom.decode_pool import DecodePool
    from mammoview.dicom.deidentify.export import Export
    from mammoview.reading.dicom_objects import Answers, MadeByReaders


class Part(StrEnum):
    """What can be written, by its kind of object (`dicom.objects.uids.Kind`)."""

    PICTURES = "sc"
    STATES = "pr"
    CAD = "cad"
    MAPS = "map"
    ASSESSMENT = "assessment"
    MEASUREMENTS = "measurements"


class Phase(StrEnum):
    """What is being done."""

    WRITING = "writing"
    SENDING = "sending"
    COPYING = "copying"


Tell = Callable[[str, int, int], None]
"""Hears the phase, and how many of how many are done; in the working thread."""


@dataclass(frozen=True, slots=True)
class View:
    """How one image is looked at. `place`: where it lies in its pane, None where it stands in none; `frame` (from 1):
    the one of its frames that is shown."""

    presentation: Presentation
    place: tuple[Placement, Frame] | None = None
    frame: int = 1


@dataclass(frozen=True, slots=True, eq=False)
class Told:
    """All that can be told of a study on the screen; nothing of it changes with the window any more.

    `views` by the keys of headers, as `predictions`, which are empty where the reader may not see them; `silence` says
    why. `scoring`: more answers are to come. `library_key` is None where no library holds the study; `records` are the
    assessments as they stand on the screen.
    """

    study: Study
    views: Mapping[str, View]
    marks: tuple[Mark, ...]
    marks_shown: bool
    predictions: Mapping[str, ImagePrediction]
    exam: ExamPrediction | None
    model: ModelLabel | None
    silence: str
    scoring: bool
    records: tuple[Mapping[str, object], ...]
    reader: str
    library_key: str | None


@dataclass(frozen=True, slots=True)
class Kept:
    """Who made each mark (by its id), and the assessments in force as records."""

    readers: Mapping[str, str]
    records: tuple[Mapping[str, object], ...]


@dataclass(frozen=True, slots=True)
class Target:
    """Where to: a folder, in which a new one is made, or an archive."""

    folder: Path | None = None
    node: Node | None = None


@dataclass(frozen=True, slots=True)
class Copying:
    """How a copy that names nobody is made, as of `dicom.deidentify.export.Wishes`; `salt` None: the secret is
    forgotten."""

    folder: Path
    keep_ages: bool = False
    salt: Path | None = None
    accept: bool = False


@dataclass(frozen=True, slots=True, eq=False)
class Ended:
    """What came of it. `files`: how many are where they were to go; `place`: the folder, None for an archive;
    `refused`: (what, why) of the others; `export`: of a copy, what was found in its files."""

    files: int
    place: Path | None = None
    refused: tuple[tuple[str, str], ...] = ()
    export: Export | None = None


@dataclass(slots=True, eq=False)
class WriteWork:
    """Writes objects into a new folder, or sends them. `files`: how many have gone out, however it ended; of a folder
    that is not whole nothing stays."""

    told: Told
    parts: frozenset[Part]
    target: Target
    kept: Kept
    stop: Cancellation
    tell: Tell
    files: int = 0
    _refused: list[tuple[str, str]] = field(default_factory=list)

    def __call__(self, ticket: Ticket) -> Ended:
        node, folder = self.target.node, self.target.folder
        place = Path(tempfile.mkdtemp()) if folder is None else _new_folder(folder, self.told.study)
        with ExitStack() as stack:
            stack.callback(self._tidy, place)
            written = self._write(place, ticket)
            if node is not None:
                self._send(node, written, ticket)
            else:
                self.files = len(written)
        if not self.files:
            told = [why if node is not None else f"{what}: {why}" for what, why in self._refused]
            raise MammoviewError(told[-1] if told else translate("DicomExport", "there was nothing to write"))
        return Ended(self.files, None if folder is None else place, tuple(self._refused))

    def _tidy(self, place: Path) -> None:
        """Only a folder that the reader named, and that is whole, stays."""
        if self.target.folder is None or not self.files:
            shutil.rmtree(place, ignore_errors=True)

    def _write(self, place: Path, ticket: Ticket) -> list[Path]:
        from mammoview.dicom.decode_pool import DecodePool
        from mammoview.dicom.objects.uids import Kind
        from mammoview.dicom.objects.write_file import write_object
        from mammoview.dicom.reader import read_image
        from mammoview.reading.dicom_objects import study_objects

        names = _names(self.told.study)
        with DecodePool() as decoder:

            def read_frame(header: ImageHeader, frame: int) -> MammoImage:
                return read_image(header, frame, decoder=decoder)

            made = study_objects(
                self._images(decoder, ticket),
                self._made_by_readers(),
                self._answers(),
                frozenset(Kind(part.value) for part in self.parts),
                read_frame,
                self._refuse,
            )
            paths = []
            for one in made:
                _stop_if(self.stop, ticket)
                paths.append(place / one.file_name(names))
                write_object(paths[-1], one.dataset)
        return paths

    def _images(self, decoder: DecodePool, ticket: Ticket) -> Iterator[MammoImage]:
        """The frames that are looked at, one of each image."""
        from mammoview.dicom.reader import read_image

        images = self.told.study.images
        for number, header in enumerate(images):
            _stop_if(self.stop, ticket)
            self.tell(Phase.WRITING, number, len(images))
            try:
                yield read_image(header, self.told.views[header.key].frame, decoder=decoder)
            except InputRefusedError as error:
                self._refuse(header.source, error)
        self.tell(Phase.WRITING, len(images), len(images))

    def _refuse(self, source: object, error: MammoviewError) -> None:
        self._refused.append((_view_of(self.told.study, source), error.cause))

    def _made_by_readers(self) -> MadeByReaders:
        from mammoview.dicom.objects.write_presentation import displayed_box
        from mammoview.reading.dicom_objects import MadeByReaders, Seen

        shown = self.told.marks_shown
        seen = {
            key: Seen(view.presentation, None if view.place is None else displayed_box(*view.place), shown)
            for key, view in self.told.views.items()
        }
        return MadeByReaders(self.told.marks, self.kept.readers, self.kept.records, seen)

    def _answers(self) -> Answers | None:
        """The answers that the reader has seen, for the site's prevalence already; None where there are none."""
        from mammoview.reading.dicom_objects import Answers

        exam, predictions = self.told.exam, self.told.predictions
        if exam is None:
            return None

        def answer(prepared: PreparedImage) -> ImagePrediction:
            found = predictions.get(prepared.header.key)
            key = prepared.image.key
            if found is None:
                return ImagePrediction(key, prepared.header.laterality, not_run="it was not asked")
            return replace(found, key=key)

        return Answers(answer, lambda answers: exam, self.told.model)

    def _send(self, node: Node, paths: Sequence[Path], ticket: Ticket) -> None:
        from mammoview.archive.pacs.sending import outgoing, send

        def told(progress: Progress) -> None:
            self.files = progress.done
            self.tell(Phase.SENDING, progress.done + progress.failed, len(paths))
            if ticket.cancelled():
                self.stop.cancel()

        self.tell(Phase.SENDING, 0, len(paths))
        sent = send(node, [outgoing(path) for path in paths], self.stop, progress=told)
        self._refused += [(path.name, str(error)) for path, error in sent.refused]


@dataclass(slots=True, eq=False)
class CopyWork:
    """Makes a copy of a study that names nobody, with its report beside it. `files`: how many have gone out, however it
    ended; each of them is whole, and stays. Where it was cancelled after the first of them, it answers with these."""

    study: Study
    copying: Copying
    stop: Cancellation
    tell: Tell
    files: int = 0

    def __call__(self, ticket: Ticket) -> Ended:
        from mammoview.dicom.decode_pool import DecodePool
        from mammoview.dicom.deidentify.export import Export, Wishes, export
        from mammoview.dicom.deidentify.report import REPORT_NAME, describe
        from mammoview.dicom.deidentify.secret import secret_for

        copying, refused, made = self.copying, list[tuple[str, str]](), Export()
        wishes = Wishes(copying.keep_ages, copying.accept)
        secret = secret_for(copying.salt, copying.folder)
        wanted = [header.source for header in self.study.images]
        wanted += [header.source for header in self.study.objects]

        def told(done: int, total: int) -> None:
            self.tell(Phase.COPYING, done, total)
            _stop_if(self.stop, ticket)

        def gone_out(study_uid: str) -> None:
            self.files += 1

        self.tell(Phase.COPYING, 0, len(wanted))
        try:
            with DecodePool() as decoder:
                export(
                    sorted({source.path for source in wanted}),
                    copying.folder,
                    secret,
                    wishes,
                    decoder=decoder,
                    refuse=lambda source, error: refused.append((_view_of(self.study, source), error.cause)),
                    progress=told,
                    copied=gone_out,
                    only=frozenset(wanted),
                    result=made,
                )
        except CancelledError:
            if not made.written:
                raise
        finally:
            if made.written:
                write_text(copying.folder / REPORT_NAME, json.dumps(describe(made, wishes), indent=1) + "\n")
        return Ended(len(made.written), copying.folder, tuple(refused), made)


def _stop_if(stop: Cancellation, ticket: Ticket) -> None:
    stop.stop_if()
    if ticket.cancelled():
        raise CancelledError


def _new_folder(parent: Path, study: Study) -> Path:
    """Made now: the objects of another time are never mixed with these."""
    number = 1
    try:
        while True:
            place = parent / study_folder_name(study, number)
            try:
                place.mkdir(parents=True)
                return place
            except FileExistsError:
                number += 1
    except OSError as error:
        cause = translate("ExportDialog", "nothing can be written there: {}").format(error.strerror)
        raise MammoviewError(cause, translate("ExportDialog", "name another folder")) from error


def _names(study: Study) -> dict[str, str]:
    return dict(zip((header.key for header in study.images), export_names(study), strict=True))


def _view_of(study: Study, source: object) -> str:
    """What the reader calls a file of the study: its side and view; never its own name, which may tell the woman."""
    names = _names(study)
    for header in study.images:
        if source in (header.source, header.source.path):
            return names[header.key]
    if isinstance(source, ImageSource | Path):
        found = next((one for one in study.objects if source in (one.source, one.source.path)), None)
        return "DICOM" if found is None else str(found.kind)
    return str(source)
