"""Owns what objects of other makers lay over the study on the screen: reads them in the background, keeps which are
shown, dresses pictures with them. What a program says stays hidden as long as our own classifier's answers do. No
widgets.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

from PySide6.QtCore import QObject, QTimer, Signal

from mammoview.archive.library import Library
from mammoview.core.errors import UsageError
from mammoview.core.marks import Point
from mammoview.core.overlaid import Overlaid, PresentationState
from mammoview.core.overlaid_drawing import Laid, laid_on
from mammoview.core.render import Drawing
from mammoview.core.study import ObjectHeader, ObjectKind, Study
from mammoview.core.view_state import ViewState
from mammoview.reading.texts import with_laid
from mammoview.services.jobs import JobRunner
from mammoview.services.look import StateLook
from mammoview.services.marks import frames_shown
from mammoview.services.overlaid_work import Read, find_beside, read_all
from mammoview.services.scene import Scene
from mammoview.services.session import Session

_CHANNEL = "overlaid"


@dataclass(frozen=True, slots=True)
class Listed:
    """One object of the study on the screen: what it is, what was read of it (None: not yet, or not at all), why it
    cannot be read, whether the reader wants to see it, and whether it may be seen yet. `would_lay`: it is seen, and
    would turn, mirror or zoom an image if the reader chose it.
    """

    header: ObjectHeader
    found: Overlaid | None = None
    problem: str = ""
    wanted: bool = True
    hidden: bool = False
    would_lay: bool = False


class OverlaidBook(QObject):
    """The objects of the study on the screen and of its priors. `changed`: other objects, or another choice of them."""

    changed = Signal()

    def __init__(self, session: Session, runner: JobRunner, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._session, self._runner = session, runner
        self._read: dict[str, Read] = {}
        self._unwanted: dict[str, bool] = {}
        self._chosen: set[str] = set()
        self._resumed = ""  # the key of the study that the reader went on with
        self._known: frozenset[str] = frozenset()  # the objects that he knew, which may not be found yet
        self._stood: set[str] = set()  # the images that were laid as chosen states say
        self._laid: dict[str, tuple[PresentationState, ViewState]] = {}
        self._memo: dict[tuple[object, ...], Laid] = {}
        self._beside: dict[str, tuple[ObjectHeader, ...]] = {}
        self._looked: set[str] = set()
        self.library: Callable[[], Library | None] = lambda: None
        self._folders: dict[tuple[Path, int], tuple[ObjectHeader, ...]] = {}
        self._had = False
        self._told_laying: tuple[str, ...] = ()
        self.shown = True
        self.operating_point = 0
        self._before = session.dress
        session.dress = self.dress
        session.placed["overlaid"] = self
        session.study_changed.connect(self._begin)
        session.scores_changed.connect(self._look_beside)
        session.scores_changed.connect(self._images_changed)
        session.panes_changed.connect(self._images_changed)
        session.step_changed.connect(self._hung_anew)
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
        wanted = not self._unwanted.get(header.key, False)
        laid = found is None or hidden or not wanted or header.key in self._chosen
        would_lay = not laid and found is not None and any(self._lies_otherwise(*item) for item in found.states.items())
        return Listed(header, found, problem, wanted, hidden, would_lay)

    def _lies_otherwise(self, key: str, state: PresentationState) -> bool:
        """Whether a state would lay an image, by its key, unlike it hangs; not known before the image is there."""
        prepared = self._session.find(key)
        if prepared is None:
            return False
        return state.area is not None or (state.lays and state.orientation != prepared.laying.orientation)

    @property
    def operating_points(self) -> tuple[int, ...]:
        """The operating points of the CAD reports that there are, rising; 0 alone where none has any."""
        found = (listed.found.operating_points for listed in self.listed if listed.found is not None)
        return tuple(sorted({0}.union(*found)))

    def _objects(self, study: Study) -> tuple[ObjectHeader, ...]:
        """Those that came with it, then those that were found for it."""
        found = {header.key: header for header in (*study.objects, *self._beside.get(study.key, ()))}
        return tuple(found.values())

    def _studies(self) -> tuple[Study, ...]:
        session = self._session
        at = session.worklist.case_of(session.study.key) if session.study is not None else None
        if at is None or session.study is None:
            return ()
        others = (study for study in session.worklist.cases[at].studies if study is not session.study)
        return (session.study, *others)

    # --- what is wanted

    def want(self, key: str, wanted: bool) -> None:
        """Show or hide an object; of presentation states of one image the others go.

        One that is shown by this is chosen: its images are turned, mirrored and zoomed as it says, until it is hidden
        or another study is shown. One that is shown from the start changes greys and lays its marks alone, since
        mammograms hang by the protocol.
        """
        self._unwanted[key] = not wanted
        self._chosen.discard(key)
        if wanted:
            found = self._read[key][1] if key in self._read else None
            self._stood -= set() if found is None else found.states.keys()
            self._put_others_away(key)
            self._chosen.add(key)
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
        session.set_state(number, looking_at(scene, number, area))

    # --- where the reader is

    def told(self) -> dict[str, Any]:
        """As of `Placed`."""
        keys = {header.key for study in self._studies() for header in self._objects(study)} | self._known
        return {
            "wanted": {key: not unwanted for key, unwanted in self._unwanted.items() if key in keys},
            "chosen": sorted(self._chosen & keys),
            "laid": sorted(self._laid.keys() | self._stood),
            "point": self.operating_point,
            "shown": self.shown,
        }

    def take(self, told: object) -> None:
        """As of `Placed`; images that were laid are looked at where the reader looked, not at their state's part."""
        if self._session.study is None or not isinstance(told, dict):
            return
        wanted, point = told.get("wanted"), told.get("point")
        ticks = {key: one for key, one in wanted.items() if isinstance(one, bool)} if isinstance(wanted, dict) else {}
        self._unwanted |= {key: not one for key, one in ticks.items()}
        self._chosen, self._stood = _texts(told.get("chosen")), _texts(told.get("laid"))
        self._resumed, self._known = self._session.study.key, frozenset(ticks) | self._chosen
        self.operating_point = point if isinstance(point, int) and not isinstance(point, bool) and point > 0 else 0
        self.shown = told.get("shown") is not False
        self._renew()

    def _put_others_away(self, key: str) -> None:
        found = self._read[key][1] if key in self._read else None
        if found is None or found.header.kind is not ObjectKind.PRESENTATION:
            return
        for other_key, (header, other, _) in self._read.items():
            state = header.kind is ObjectKind.PRESENTATION and other is not None
            if other_key != key and state and not found.image_keys.isdisjoint(other.image_keys if other else ()):
                self._unwanted[other_key] = True
                self._chosen.discard(other_key)

    # --- reading

    def _begin(self) -> None:
        """Another study is on the screen: what came for it meanwhile is looked for too."""
        self._looked.clear()
        if self._session.study is None or self._session.study.key != self._resumed:
            self._resumed, self._known, self._stood = "", frozenset(), set()
            self.operating_point = 0
        self._ask()
        QTimer.singleShot(0, self, self._look_beside)  # once it is known which pictures are waited for

    def _ask(self) -> None:
        """Read what is not known yet of the study that is on the screen now."""
        studies = self._studies()
        waiting = [(header, study.images) for study in studies for header in self._objects(study)]
        keys = {header.key for header, _ in waiting}
        self._read = {key: read for key, read in self._read.items() if key in keys}
        self._chosen &= keys | self._known
        missing = [(header, images) for header, images in waiting if header.key not in self._read]
        if missing:
            self._runner.submit(partial(read_all, missing), done=self._take, channel=_CHANNEL)
        else:
            self._runner.cancel(_CHANNEL)
        self._memo = {}
        if waiting or self._had:
            self._had = bool(waiting)
            self._renew()

    def _look_beside(self) -> None:
        """A study that comes from the library is opened by its images' files: once these are on the screen, objects
        are looked for in their folders, and for every study in the library.
        """
        session = self._session
        if any(session.waits(number) for number in range(len(session.panes))):
            return
        studies = self._studies()
        if not self._looked.issuperset(study.key for study in studies):
            self._looked |= {study.key for study in studies}
            work = partial(find_beside, studies, self._folders, self.library())
            self._runner.submit(work, done=self._take_beside, channel=f"{_CHANNEL} beside")

    def _take_beside(self, found: dict[str, tuple[ObjectHeader, ...]]) -> None:
        changed = {key: objects for key, objects in found.items() if self._beside.get(key, ()) != objects}
        if changed:
            self._beside |= changed
            self._ask()

    def _take(self, found: Sequence[Read]) -> None:
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
        self._lay()
        self._session.redraw.emit(-1)
        self._tell()

    # --- on the pictures

    def _visible(self) -> list[Overlaid]:
        shown = (listed for listed in self.listed if listed.wanted and not listed.hidden)
        return [one.found for one in shown if one.found is not None] if self.shown else []

    def _states(self) -> dict[str, StateLook]:
        """What is seen of presentation states in the greys of their images. Where one has no VOI stage, the image keeps
        its own until the state is chosen: it is a reader who means the whole range then.
        """
        headers = {image.key: image for study in self._studies() for image in study.images}
        looks: dict[str, StateLook] = {}
        for found in self._visible():
            chosen = found.header.key in self._chosen
            for key, state in found.states.items():
                if key in headers:
                    grey = headers[key].grey
                    voi = grey.whole_range() if chosen and state.unwindowed else state.voi
                    turned = state.inverse is not None and state.inverse != grey.inverse
                    looks[key] = StateLook(voi, turned, state.p_values)
        return looks

    def _lay(self) -> None:
        """Turn, mirror and zoom what chosen states say, and give the others back as they were."""
        session = self._session
        chosen = (found for found in self._visible() if found.header.key in self._chosen)
        wanted = {key: state for found in chosen for key, state in found.states.items()}
        session.lay_otherwise({key: state.orientation for key, state in wanted.items() if state.lays})
        for key, (state, before) in list(self._laid.items()):
            if wanted.get(key) is not state:
                del self._laid[key]
                session.set_state_alone(key, before)
        scene = session.scene
        for number, pane in enumerate(session.panes):
            key = "" if pane.header is None else pane.header.key
            if scene is None or number not in scene.images or key not in wanted or key in self._laid:
                continue
            stood, area = key in self._stood, wanted[key].area
            self._laid[key] = wanted[key], ViewState() if stood else session.state(number)
            self._stood.discard(key)
            if area is not None and not stood:
                session.set_state_alone(key, looking_at(scene, number, area, wanted[key].magnification))

    def _images_changed(self) -> None:
        """Images came after the objects that are about them: chosen states lay these too, and what the others would do
        is known only now.
        """
        if self._read:
            if self._chosen:
                self._lay()
            if self._laying() != self._told_laying:
                self._tell()

    def _laying(self) -> tuple[str, ...]:
        return tuple(one.header.key for one in self.listed if one.would_lay)

    def _tell(self) -> None:
        self._told_laying = self._laying()
        self.changed.emit()

    def _hung_anew(self) -> None:
        """After another layout or step a state that is hidden gives the hang back, not what was looked at before."""
        self._laid = {key: (state, ViewState()) for key, (state, _) in self._laid.items()}

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
        return replace(dressed, laid=laid, texts=with_laid(dressed.texts, said, drawing.prepared))


def looking_at(scene: Scene, number: int, area: tuple[Point, Point], magnification: float | None = None) -> ViewState:
    """Where to look so that pane `number` shows the stored pixels from one corner to the other, as large as it allows
    or with so many device pixels for each.
    """
    (row0, column0), (row1, column1) = area
    hung, frame = scene.place(number, ViewState()), scene.frames[number]
    rows_px = (abs(row1 - row0) + 1) * hung.row_step.scale
    columns_px = (abs(column1 - column0) + 1) * hung.column_step.scale
    down_px, across_px = (columns_px, rows_px) if hung.orientation.transpose else (rows_px, columns_px)
    zoom = min(frame.rows_px / down_px, frame.columns_px / across_px)
    if magnification is not None:
        zoom = magnification * scene.native_zoom(number)
    middle = (row0 + row1) / 2, (column0 + column1) / 2
    at = (frame.rows_px - 1) / 2, (frame.columns_px - 1) / 2
    return scene.eye(number).held(ViewState().zoomed(zoom), middle, *at)


def _texts(told: object) -> set[str]:
    return {one for one in told if isinstance(one, str)} if isinstance(told, list) else set()
