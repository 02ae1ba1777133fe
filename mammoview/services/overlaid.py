"""Owns what objects of other makers lay over the study on the screen: reads them in the background, keeps which are
shown, dresses pictures with them. What a program says stays hidden as long as our own classifier's answers do. No
widgets.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

from PySide6.QtCore import QObject, Signal

from mammoview.core.errors import MammoviewError, UsageError
from mammoview.core.overlaid import Overlaid, PresentationState
from mammoview.core.overlaid_drawing import Laid, laid_on
from mammoview.core.render import Drawing
from mammoview.core.study import ImageHeader, ObjectHeader, ObjectKind, Study
from mammoview.core.view_state import ViewState
from mammoview.core.window import Voi
from mammoview.reading.texts import with_laid
from mammoview.services.jobs import JobRunner, Ticket
from mammoview.services.marks import frames_shown
from mammoview.services.session import Session

_CHANNEL = "overlaid"


@dataclass(frozen=True, slots=True)
class Listed:
    """One object of the study on the screen: what it is, what was read of it (None: not yet, or not at all), why it
    cannot be read, whether the reader wants to see it, and whether it may be seen yet.
    """

    header: ObjectHeader
    found: Overlaid | None = None
    problem: str = ""
    wanted: bool = True
    hidden: bool = False


_Read = tuple[ObjectHeader, Overlaid | None, str]


class OverlaidBook(QObject):
    """The objects of the study on the screen and of its priors. `changed`: other objects, or another choice of them."""

    changed = Signal()

    def __init__(self, session: Session, runner: JobRunner, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._session, self._runner = session, runner
        self._read: dict[str, _Read] = {}
        self._unwanted: dict[str, bool] = {}
        self._memo: dict[tuple[object, ...], Laid] = {}
        self._beside: dict[str, tuple[ObjectHeader, ...]] = {}
        self._folders: dict[tuple[Path, int], tuple[ObjectHeader, ...]] = {}
        self._had = False
        self.shown = True
        self.operating_point = 0
        self._before = session.dress
        session.dress = self.dress
        session.study_changed.connect(self._ask)
        session.scores_changed.connect(self._look_beside)
        session.look.changed.connect(self._look_changed)
        self._answers_shown = session.look.answers_shown

    # --- what there is

    @property
    def listed(self) -> tuple[Listed, ...]:
        """The objects of the study on the screen, in their order, then those of its priors."""
        return tuple(self._listed(header) for study in self._studies() for header in self._objects(study))

    def _listed(self, header: ObjectHeader) -> Listed:
        _, found, problem = self._read.get(header.key, (header, None, ""))
        hidden = header.automatic and not self._session.look.answers_shown
        return Listed(header, found, problem, not self._unwanted.get(header.key, False), hidden)

    @property
    def operating_points(self) -> tuple[int, ...]:
        """The operating points of the CAD reports that there are, rising; 0 alone where none has any."""
        found = (listed.found.operating_points for listed in self.listed if listed.found is not None)
        return tuple(sorted({0}.union(*found)))

    def _objects(self, study: Study) -> tuple[ObjectHeader, ...]:
        return study.objects or self._beside.get(study.key, ())

    def _studies(self) -> tuple[Study, ...]:
        session = self._session
        at = session.worklist.case_of(session.study.key) if session.study is not None else None
        if at is None or session.study is None:
            return ()
        others = (study for study in session.worklist.cases[at].studies if study is not session.study)
        return (session.study, *others)

    # --- what is wanted

    def want(self, key: str, wanted: bool) -> None:
        """Show or hide an object; of presentation states of one image the others go."""
        self._unwanted[key] = not wanted
        if wanted:
            self._put_others_away(key)
        self._renew()

    def set_shown(self, shown: bool) -> None:
        """Show or hide all of them."""
        if shown != self.shown:
            self.shown = shown
            self._renew()

    def next_operating_point(self) -> int:
        """The next of the operating points, after the last 0 again."""
        points = self.operating_points
        following = [point for point in points if point > self.operating_point]
        self.operating_point = following[0] if following else points[0]
        self._renew()
        return self.operating_point

    def look_at_area(self) -> None:
        """Look at the part of the active image that its presentation state shows. Raises UsageError where there is no
        image or no such part.
        """
        session, number = self._session, self._session.active
        scene = session.scene
        if scene is None or number not in scene.images:
            raise UsageError(self.tr("there is no image in this view"))
        key = scene.images[number].header.key
        areas = [found.states[key].area for found in self._visible() if key in found.states]
        area = areas[-1] if areas else None
        if area is None:
            raise UsageError(self.tr("no presentation state of this image names a part of it"))
        (row0, column0), (row1, column1) = area
        hung, frame = scene.place(number, ViewState()), scene.frames[number]
        rows_px = (abs(row1 - row0) + 1) * hung.row_step.scale
        columns_px = (abs(column1 - column0) + 1) * hung.column_step.scale
        down_px, across_px = (columns_px, rows_px) if hung.orientation.transpose else (rows_px, columns_px)
        wanted = ViewState().zoomed(min(frame.rows_px / down_px, frame.columns_px / across_px))
        middle = (row0 + row1) / 2, (column0 + column1) / 2
        at = (frame.rows_px - 1) / 2, (frame.columns_px - 1) / 2
        session.set_state(number, scene.eye(number).held(wanted, middle, *at))

    def _put_others_away(self, key: str) -> None:
        found = self._read[key][1] if key in self._read else None
        if found is None or found.header.kind is not ObjectKind.PRESENTATION:
            return
        for other_key, (header, other, _) in self._read.items():
            state = header.kind is ObjectKind.PRESENTATION and other is not None
            if other_key != key and state and not found.image_keys.isdisjoint(other.image_keys if other else ()):
                self._unwanted[other_key] = True

    # --- reading

    def _ask(self) -> None:
        """Read what is not known yet of the study that is on the screen now."""
        studies = self._studies()
        waiting = [(header, study.images) for study in studies for header in self._objects(study)]
        keys = {header.key for header, _ in waiting}
        self._read = {key: read for key, read in self._read.items() if key in keys}
        self.operating_point = 0
        missing = [(header, images) for header, images in waiting if header.key not in self._read]
        if missing:
            self._runner.submit(partial(_read_all, missing), done=self._take, channel=_CHANNEL)
        else:
            self._runner.cancel(_CHANNEL)
        self._memo = {}
        if waiting or self._had:
            self._had = bool(waiting)
            self._renew()

    def _look_beside(self) -> None:
        """A study that comes from the library is opened by its images' files: once these are on the screen, objects
        are looked for in their folders.
        """
        session = self._session
        if any(session.waits(number) for number in range(len(session.panes))):
            return
        new = [study for study in self._studies() if not study.objects and study.key not in self._beside]
        if new:
            self._beside |= {study.key: () for study in new}
            self._runner.submit(
                partial(_find_beside, new, self._folders), done=self._take_beside, channel=f"{_CHANNEL} beside"
            )

    def _take_beside(self, found: dict[str, tuple[ObjectHeader, ...]]) -> None:
        self._beside |= found
        if any(found.values()):
            self._ask()

    def _take(self, found: Sequence[_Read]) -> None:
        self._read |= {read[0].key: read for read in found}
        for header, _, _ in reversed(found):  # of presentation states of one image the newest, the last, stays
            if header.key not in self._unwanted:
                self._put_others_away(header.key)
        self._renew()

    def _look_changed(self, _key: str) -> None:
        if self._session.look.answers_shown != self._answers_shown:
            self._answers_shown = self._session.look.answers_shown
            self._renew()

    def _renew(self) -> None:
        self._memo = {}
        self._session.look.set_states(self._states())
        self._session.redraw.emit(-1)
        self.changed.emit()

    # --- on the pictures

    def _visible(self) -> list[Overlaid]:
        shown = (listed for listed in self.listed if listed.wanted and not listed.hidden)
        return [one.found for one in shown if one.found is not None] if self.shown else []

    def _states(self) -> dict[str, tuple[Voi | None, bool]]:
        """The VOI of each image that a presentation state is shown on, and whether its greys are turned round."""
        headers = {image.key: image for study in self._studies() for image in study.images}
        return {
            key: (state.voi, _turned(headers[key], state))
            for found in self._visible()
            for key, state in found.states.items()
            if key in headers
        }

    def dress(self, drawing: Drawing) -> Drawing:
        """The drawing with what objects of other makers lay over its image, under the reader's marks."""
        dressed = self._before(drawing)
        image = drawing.prepared.image
        key = (image.header.key, image.frame, image.slab, drawing.identified)
        laid = self._memo.get(key)
        if laid is None:
            laid = self._memo[key] = laid_on(
                self._visible(),
                image.header,
                frames_shown(image),
                operating_point=self.operating_point,
                identified=drawing.identified,
            )
        if not laid:
            return dressed
        said = replace(laid, titles=()) if drawing.brief else laid
        return replace(dressed, laid=laid, texts=with_laid(dressed.texts, said))


def _turned(image: ImageHeader, state: PresentationState) -> bool:
    return state.inverse is not None and state.inverse != image.grey.inverse


def _read_all(waiting: Sequence[tuple[ObjectHeader, tuple[ImageHeader, ...]]], ticket: Ticket) -> list[_Read]:
    """What each object lays over the images of its study, or why it cannot be read."""
    from mammoview.dicom.objects.read_objects import read_overlaid  # pydicom comes in the background

    read: list[_Read] = []
    for header, images in waiting:
        if ticket.cancelled():
            break
        try:
            read.append((header, read_overlaid(header, images), ""))
        except MammoviewError as error:
            read.append((header, None, str(error)))
    return read


def _find_beside(
    studies: Sequence[Study], known: dict[tuple[Path, int], tuple[ObjectHeader, ...]], ticket: Ticket
) -> dict[str, tuple[ObjectHeader, ...]]:
    """The objects that lie in the folders of the studies' images, by the key of the study that they are about. `known`
    holds what was found in a folder as it was at a time (in ns), and grows.
    """
    from mammoview.dicom.objects.read_objects import objects_in
    from mammoview.dicom.studies import attached

    found: list[ObjectHeader] = []
    for folder in sorted({image.source.path.parent for study in studies for image in study.images}):
        try:
            key = folder, folder.stat().st_mtime_ns
        except OSError:
            continue
        if key not in known:
            known[key] = objects_in(folder, ticket.cancelled)
        found += known[key]
    return {study.key: study.objects for study in attached(studies, found) if study.objects}
