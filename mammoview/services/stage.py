"""Owns what stands in the panes and how it is looked at: their images, scale, positions, and what arrives for them.

No widgets. Which study, layout or step stands there is the `Session`'s to say; how it looks is in `look`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import partial

from PySide6.QtCore import QObject, Signal

from mammoview.core.errors import MammoviewError
from mammoview.core.geometry import Orientation
from mammoview.core.hanging import Frame, Hanging, Slot
from mammoview.core.image import FrameChoice
from mammoview.core.prediction import ExamPrediction
from mammoview.core.prepared import PreparedImage, laid_by
from mammoview.core.protocol import Protocol
from mammoview.core.render import Drawing
from mammoview.core.study import ImageHeader, Study
from mammoview.core.view_state import Presentation, ViewState
from mammoview.inference.exam import aggregate
from mammoview.services.frames import FrameBook
from mammoview.services.image_cache import Wish
from mammoview.services.image_store import ImageStore
from mammoview.services.look import Look
from mammoview.services.panes import Display, Layout, Pane, panes_of
from mammoview.services.placed import Placed
from mammoview.services.prediction import PredictionService
from mammoview.services.scene import Overlay, Scene, make_scene
from mammoview.services.scoring import Scoring
from mammoview.services.walk import Walk
from mammoview.services.wishes import wishes_on_screen, wishes_soon
from mammoview.services.worklist import Worklist

_LETTER = 12
"""Height of small letters, in logical pixels."""


class Stage(QObject):
    """`study_changed`: another study or worklist; `panes_changed`: other panes, layout or active pane;
    `redraw(pane number)`: the pane's picture is out of date, -1 for all; `frame_changed(key)`: another frame or slab of
    the image with this key is shown; `waits_changed`: other panes wait for a picture; `step_changed`: another step of
    the hanging protocol, another part or turn of it.
    """

    study_changed = Signal()
    panes_changed = Signal()
    redraw = Signal(int)
    frame_changed = Signal(str)
    waits_changed = Signal()
    scores_changed = Signal()
    step_changed = Signal()

    def __init__(
        self,
        store: ImageStore,
        predictions: PredictionService,
        look: Look,
        protocols: Sequence[Protocol] = (),
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self.store = store
        self.predictions = predictions
        self.look = look
        self.walk = Walk(protocols)
        self.worklist = Worklist()
        self.study: Study | None = None
        self.hanging = Hanging({}, ())
        self.layout = Layout.FOUR
        self.linked = True
        self.frames = FrameBook()
        self.active = 0
        self.panes: tuple[Pane, ...] = ()
        self.dress: Callable[[Drawing], Drawing] = lambda drawing: drawing  # lays the reader's marks over a picture
        self.placed: dict[str, Placed] = {}
        self._frames: tuple[Frame, ...] = ()
        self._displays: tuple[Display, ...] = ()
        self._scene: Scene | None = None
        self._substitutes: dict[Slot, ImageHeader] = {}
        self._single: ImageHeader | None = None
        self._states: dict[str, ViewState] = {}
        self._looks_again: dict[str, ViewState] = {}
        self._layings: dict[str, Orientation] = {}
        self._laid: dict[str, tuple[PreparedImage, PreparedImage]] = {}
        self._headers: dict[str, ImageHeader] = {}
        self._prior: frozenset[str] = frozenset()
        self._later: tuple[Wish, ...] = ()
        self._scoring = Scoring(store, predictions, self.find)
        self._back = Layout.FOUR
        self._linked_before: bool | None = None
        self._heat_seen, self._heat_before = look.heat.visible, False
        store.ready.connect(self._image_ready)
        store.failed.connect(self._image_failed)
        predictions.answered.connect(self._answered)
        predictions.state_changed.connect(self._answered)
        look.changed.connect(self._look_changed)

    # --- panes

    def set_frames(self, frames: Sequence[Frame], displays: Sequence[Display]) -> None:
        """The panes' sizes in device pixels, and the screen that each of them is on."""
        if (tuple(frames), tuple(displays)) != (self._frames, self._displays):
            self._frames, self._displays, self._scene = tuple(frames), tuple(displays), None
            self.walk.parts = ()
            self.redraw.emit(-1)
            self._look_at_part()

    def activate(self, number: int) -> None:
        """Make a pane the one that keys act on."""
        if 0 <= number < len(self.panes) and number != self.active:
            self.active = number
            self.panes_changed.emit()

    def _load(self) -> None:
        """Tell the store what is on the screen, what may be scrolled to, and what may follow."""
        shown = wishes_on_screen(self.panes, self.hanging, self.frames, self.store.holds)
        soon = wishes_soon(self.panes, self.active, self.hanging, self.frames, self.walk.following)
        self.store.want(shown, soon, self._later)

    def _lay(self, *, keep_active: bool = False) -> None:
        looked_at = self.panes[self.active].header if self.panes and not keep_active else None
        laid = panes_of(self.layout, self.hanging, self._substitutes, self._single)
        panes = self.walk.panes() if self.stands_apart else laid
        self.panes = tuple(replace(pane, prior=self._is_prior(pane.header)) for pane in panes)
        self._scene = None
        same = next((n for n, pane in enumerate(self.panes) if looked_at and pane.header is looked_at), None)
        self.active = same if same is not None else (min(self.active, max(0, len(self.panes) - 1)))
        self._load()
        self.panes_changed.emit()
        self.redraw.emit(-1)
        self._look_at_part()

    def _is_prior(self, header: ImageHeader | None) -> bool:
        return header is not None and header.key in self._prior

    @property
    def stands_apart(self) -> bool:
        """Whether the panes are those of a step that no layout shows."""
        return self.walk.apart is not None and self.layout is not Layout.SINGLE

    # --- what stands in the panes

    @property
    def scene(self) -> Scene | None:
        """The panes with their images, once the frames are known."""
        if self._scene is None and len(self._frames) == len(self.panes) and self.panes:
            each_fits = self.stands_apart and self.walk.each_fits
            self._scene = make_scene(self.panes, self._frames, self.find, each_fits=each_fits, displays=self._displays)
        return self._scene

    def find(self, key: str) -> PreparedImage | None:
        """What can be shown of an image of the study: itself, its frame or slab, or its preview."""
        header = self._headers.get(key)
        if header is None or header.frames == 1:
            return self._as_laid(key, self.store.get(key))
        if self.store.error(key, self.frames.asked(header)) is not None:
            return None
        return self._as_laid(key, self.store.get(key, self.frames.shown(header)))

    def _as_laid(self, key: str, prepared: PreparedImage | None) -> PreparedImage | None:
        """The image laid as `lay_otherwise` says, made once."""
        wanted = self._layings.get(key)
        if prepared is None or wanted is None:
            return prepared
        known = self._laid.get(key)
        if known is None or known[0] is not prepared or known[1].laying.orientation != wanted:
            known = self._laid[key] = prepared, laid_by(prepared, wanted)
        return known[1]

    def lay_otherwise(self, layings: Mapping[str, Orientation]) -> None:
        """Lay images, by their keys, otherwise than they hang; all others hang."""
        if dict(layings) != self._layings:
            self._layings, self._scene = dict(layings), None
            self._laid = {key: known for key, known in self._laid.items() if key in layings}
            self.redraw.emit(-1)

    def header(self, key: str) -> ImageHeader | None:
        """The image with this key among `images`."""
        return self._headers.get(key)

    @property
    def images(self) -> tuple[ImageHeader, ...]:
        """Those of the study and of the priors that a step can name."""
        return tuple(self._headers.values())

    def error(self, number: int) -> MammoviewError | None:
        """Why a pane has no picture."""
        header = self.panes[number].header
        return self.store.error(header.key, self.frames.asked(header)) if header else None

    def waits(self, number: int) -> bool:
        """Whether a better picture of a pane is on its way: the image in place of its preview, another frame."""
        header = self.panes[number].header
        if header is None or self.error(number) is not None:
            return False
        return not self.store.holds(header.key, self.frames.asked(header))

    def image(self, number: int) -> PreparedImage | None:
        """The loaded image of a pane."""
        header = self.panes[number].header if number < len(self.panes) else None
        return self.find(header.key) if header is not None else None

    def ask_frames(self, choices: Sequence[tuple[ImageHeader, FrameChoice]]) -> None:
        """Show other frames or slabs of images; the pictures on the screen stay until these are there."""
        asked = [header for header, choice in choices if self.frames.ask(header, choice)]
        if not asked:
            return
        moved = [header for header in asked if self.frames.arrived(header, partial(self.store.holds, header.key))]
        self._load()
        for header in moved:
            self._picture_changed(header.key)
            self.frame_changed.emit(header.key)
        self.waits_changed.emit()

    def cancel_loading(self) -> bool:
        """Give up what is being loaded; the frames on the screen stay. True if there was anything."""
        had = self.store.loading
        self.ask_frames([(header, self.frames.shown(header)) for header in self._headers.values()])
        return self.store.cancel() or had

    def _redraw_panes(self, key: str) -> None:
        for number, pane in enumerate(self.panes):
            if pane.header is not None and pane.header.key == key:
                self.redraw.emit(number)

    # --- where one looks

    def state(self, number: int) -> ViewState:
        """Where the reader looks in a pane."""
        header = self.panes[number].header
        return self.state_of(header.key) if header else ViewState()

    def state_of(self, key: str) -> ViewState:
        """Where the reader looks on an image, by its key, whether it is on the screen or not."""
        return self._states.get(key, ViewState())

    def set_state(self, number: int, state: ViewState) -> None:
        """Look elsewhere; with linked panes everywhere, mirrored by the state's own vocabulary."""
        header = self.panes[number].header
        if header is None or self.state(number) == state:
            return
        self._looks_again = {}
        if self.linked:
            self._states = dict.fromkeys(self._states, state)
            self.redraw.emit(-1)
        else:
            self._states[header.key] = state
            self.redraw.emit(number)

    def set_state_alone(self, key: str, state: ViewState) -> None:
        """Look elsewhere on one image, by its key, whether panes are linked or not."""
        if key in self._states and self._states[key] != state:
            self._states[key] = state
            self._redraw_panes(key)

    def look_again(self, looks: Mapping[str, ViewState]) -> None:
        """Look at images, by their keys, where they were looked at before, until the reader moves: also where a step
        shows a part of the breast, which has to be found first.
        """
        for key, state in looks.items():
            self.set_state_alone(key, state)
        self._looks_again = dict(looks)

    def set_linked(self, linked: bool) -> None:
        """Link zoom and pan of all panes; linking takes over what the active pane shows."""
        self.linked = linked
        if linked and self.panes:
            self._looks_again = {}
            self._states = dict.fromkeys(self._states, self.state(self.active))
            self.redraw.emit(-1)

    @property
    def linked_by_reader(self) -> bool:
        """Whether the reader wants zoom and pan linked, whatever the step on the screen wants."""
        return self.linked if self._linked_before is None else self._linked_before

    @property
    def heat_masked(self) -> bool:
        """Whether the step keeps the heat map off until the reader asks for it, which holds for the study."""
        return self.walk.hides_heat

    # --- how it looks

    def presentation(self, number: int) -> Presentation:
        """How a pane looks."""
        header = self.panes[number].header
        return self.look.presentation(header.key if header else "")

    def overlay(self) -> Overlay:
        """What the classifier said of the study on the screen, by the keys of the pictures that are shown."""
        if not self.look.answers_shown:
            return Overlay(heat_below=self.look.heat_below)
        return self._scoring.overlay(self.look.heat_below)

    def scored_key(self, header: ImageHeader) -> str:
        """The key under which the classifier was asked for an image."""
        return self._scoring.key(header)

    def drawing(self, number: int, *, identified: bool = True, scene: Scene | None = None) -> Drawing | None:
        """The picture of a pane as a value, in another scene if one is named; None while its image is not there."""
        scene = scene or self.scene
        if scene is None or number not in scene.images:
            return None
        look = self.state(number), self.presentation(number), self.overlay()
        letter_px = round(_LETTER * scene.ratio(number))
        return self.dress(scene.drawing(number, *look, identified=identified, letter_px=letter_px))

    @property
    def device_ratio(self) -> float:
        """Device pixels per logical pixel of the screen that the active pane is on."""
        return self._displays[self.active].ratio if self.active < len(self._displays) else 1.0

    @property
    def letter_px(self) -> int:
        """Height of small letters in the active pane, in device pixels."""
        return round(_LETTER * self.device_ratio)

    def exam(self) -> ExamPrediction:
        """The study's scores, of those views that have an answer."""
        return self._scoring.exam() if self.look.answers_shown else aggregate(())

    def _look_at_part(self) -> None:
        """Where a step shows a part of the breast, look there as soon as all images are there."""
        scene = self.scene if self.stands_apart else None
        if scene is None or any(self._awaited(scene, number) for number in range(len(self.panes))):
            return
        state = self.walk.find_parts(scene)
        if state is not None:
            self._look_everywhere(state, self._looks_again)

    def _awaited(self, scene: Scene, number: int) -> bool:
        prepared = scene.images.get(number)
        loading = prepared is None or prepared.image.preview
        return loading and self.panes[number].header is not None and self.error(number) is None

    def _look_everywhere(self, state: ViewState, again: Mapping[str, ViewState] | None = None) -> None:
        self._looks_again = {key: look for key, look in (again or {}).items() if key in self._states}
        self._states = dict.fromkeys(self._states, state) | self._looks_again
        self.redraw.emit(-1)
        self.step_changed.emit()

    # --- what arrives

    def _look_changed(self, key: str) -> None:
        if self.look.heat.visible and not self._heat_seen and self.heat_masked:
            self.walk.heat_asked, self._heat_before = True, False
        self._heat_seen = self.look.heat.visible
        if key:
            self._redraw_panes(key)
        else:
            self.redraw.emit(-1)

    def _image_ready(self, key: str) -> None:
        header = self._headers.get(key)
        if header is None:
            return
        moved = self.frames.arrived(header, partial(self.store.holds, key))
        on_screen = self._scene.images.values() if self._scene else ()
        found = self.find(key)
        if any(prepared is found for prepared in on_screen):
            return  # a frame that may be scrolled to
        self._picture_changed(key)
        if moved:
            self._load()
            self.frame_changed.emit(key)
        self._look_at_part()
        self.ask_settled()
        self.scores_changed.emit()

    def _picture_changed(self, key: str) -> None:
        """Draw the image's panes anew; all of them where it changes the scale."""
        before, self._scene = self._scene, None
        after = self.scene
        if before is None or after is None or not before.same_scale(after):
            self.redraw.emit(-1)
        else:
            self._redraw_panes(key)

    def _image_failed(self, key: str) -> None:
        if key in self._headers:
            self._scene = None
            self.redraw.emit(-1)
            self.ask_settled()

    def ask_settled(self) -> None:
        """Have the study scored once its panes are filled: until then loading needs the processors."""
        if self.look.classifier_on and not any(self.waits(number) for number in range(len(self.panes))):
            self._scoring.ask()

    def _answered(self, key: str = "") -> None:
        self.scores_changed.emit()
        self.redraw.emit(-1)
