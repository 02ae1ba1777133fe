"""Owns what is being read: the worklist, the study on the screen, its panes, and what happens to them. No widgets.

The window shows what this object says and forwards what the reader does; how it looks is in `look`.
"""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QObject, Signal

from mammoview.core.hanging import Frame, Hanging, Slot, hang
from mammoview.core.prediction import ExamPrediction
from mammoview.core.prepared import PreparedImage
from mammoview.core.render import Drawing
from mammoview.core.study import ImageHeader, Study
from mammoview.core.view_state import Presentation, ViewState
from mammoview.inference.exam import aggregate
from mammoview.services.image_store import ImageStore
from mammoview.services.look import Look
from mammoview.services.panes import Layout, Pane, panes_of
from mammoview.services.prediction import PredictionService
from mammoview.services.scene import Overlay, Scene, make_scene
from mammoview.services.worklist import Worklist

_PREFETCHED_STUDIES = 1


class Session(QObject):
    """`study_changed`: another study or worklist; `panes_changed`: other panes, layout or active pane;
    `redraw(pane number)`: the pane's picture is out of date, -1 for all.
    """

    study_changed = Signal()
    panes_changed = Signal()
    redraw = Signal(int)
    scores_changed = Signal()

    def __init__(
        self, store: ImageStore, predictions: PredictionService, look: Look, parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        self.store = store
        self.predictions = predictions
        self.look = look
        self.worklist = Worklist()
        self.study: Study | None = None
        self.hanging = Hanging({}, ())
        self.layout = Layout.FOUR
        self.linked = True
        self.active = 0
        self.panes: tuple[Pane, ...] = ()
        self.device_ratio = 1.0
        self._frames: tuple[Frame, ...] = ()
        self._scene: Scene | None = None
        self._substitutes: dict[Slot, ImageHeader] = {}
        self._single: ImageHeader | None = None
        self._states: dict[str, ViewState] = {}
        self._back = Layout.FOUR
        store.ready.connect(self._image_ready)
        store.failed.connect(self._image_failed)
        predictions.answered.connect(self._answered)
        predictions.state_changed.connect(self._engine_changed)
        look.changed.connect(self._look_changed)

    # --- studies

    def show_worklist(self, worklist: Worklist) -> None:
        """Show a new worklist, its first study at once; an empty one shows nothing."""
        self.worklist = worklist
        self._show(worklist.cases[0].current if worklist.cases else None)

    def show_study(self, study_key: str) -> None:
        """Show a study of the worklist; a study of the same woman keeps layout and position."""
        study = self.worklist.study(study_key)
        if study is None or study is self.study:
            return
        same = self.study is not None and self.worklist.case_of(self.study.key) == self.worklist.case_of(study_key)
        self._show(study, keep=same)

    def step_study(self, by: int) -> bool:
        """Show the case `by` further on; False at the ends of the worklist."""
        found = self.worklist.step(self.study.key, by) if self.study else None
        if found is not None:
            self.show_study(found.key)
        return found is not None

    def show_prior(self) -> bool:
        """Show the next older study of the same woman in place, after the oldest her newest; False if there is none."""
        found = self.worklist.other(self.study.key) if self.study else None
        if found is not None:
            self.show_study(found.key)
        return found is not None

    def _show(self, study: Study | None, *, keep: bool = False) -> None:
        shared = self._shared_state() if keep else ViewState()
        slot = self.panes[self.active].slot if keep and self.panes else None
        self.study = study
        self.hanging = hang(study.images) if study else Hanging({}, ())
        self._substitutes = {}
        self._single = self.hanging.slots.get(slot) if slot else None
        self._states = {header.key: shared for header in (study.images if study else ())}
        if not keep:
            self.layout = Layout.FOUR
            self.active = 0
        self.predictions.begin()
        self._load()
        self._relay(keep_active=keep)
        self.study_changed.emit()
        for header in study.images if study else ():
            self._ask(header.key)

    def _load(self) -> None:
        if self.study is None:
            self.store.want(())
            return
        hung = self.hanging.shown
        later: list[ImageHeader] = []
        for by in range(1, _PREFETCHED_STUDIES + 1):
            following = self.worklist.step(self.study.key, by)
            later.extend(hang(following.images).shown if following else ())
        prior = self.worklist.other(self.study.key)
        later.extend(hang(prior.images).shown if prior else ())
        self.store.want((*hung, *self.hanging.extra), later)

    # --- panes

    def set_frames(self, frames: Sequence[Frame], device_ratio: float) -> None:
        """The panes' sizes in device pixels, and device pixels per logical pixel."""
        if tuple(frames) != self._frames or device_ratio != self.device_ratio:
            self._frames, self.device_ratio, self._scene = tuple(frames), device_ratio, None
            self.redraw.emit(-1)

    def set_layout(self, layout: Layout) -> None:
        """Another layout of the same study, as hung; SINGLE shows the active image."""
        if layout is Layout.SINGLE:
            self.show_alone(self.active)
            return
        if self.layout is not layout:
            self.layout = layout
            self._fresh_states()
            self._relay()

    def show_alone(self, number: int) -> None:
        """The pane's image alone, or back to the layout before."""
        if self.layout is Layout.SINGLE:
            self.layout = self._back
        elif 0 <= number < len(self.panes):
            self._back, self.layout, self._single = self.layout, Layout.SINGLE, self.panes[number].header
        self._fresh_states()
        self._relay()

    def show_in_active(self, header: ImageHeader) -> None:
        """Show an image of the study in the active pane; its own image there again puts it back."""
        if not self.panes:
            return
        slot = self.panes[self.active].slot
        if self.layout is Layout.SINGLE or slot is None:
            self._single = header
        elif self._substitutes.get(slot) is header:
            del self._substitutes[slot]
        else:
            self._substitutes[slot] = header
        self._states[header.key] = ViewState()
        self._relay(keep_active=True)

    def activate(self, number: int) -> None:
        """Make a pane the one that keys act on."""
        if 0 <= number < len(self.panes) and number != self.active:
            self.active = number
            self.panes_changed.emit()

    def step_active(self, by: int) -> None:
        """In a single view the next image of the study, else the next pane."""
        if self.layout is Layout.SINGLE and self.study is not None:
            images = (*self.hanging.shown, *self.hanging.extra)
            at = next((n for n, header in enumerate(images) if header is self._single), 0)
            self._single = images[(at + by) % len(images)]
            self._relay()
        elif self.panes:
            self.activate((self.active + by) % len(self.panes))

    def _relay(self, *, keep_active: bool = False) -> None:
        looked_at = self.panes[self.active].header if self.panes and not keep_active else None
        self.panes = panes_of(self.layout, self.hanging, self._substitutes, self._single)
        self._scene = None
        same = next((n for n, pane in enumerate(self.panes) if looked_at and pane.header is looked_at), None)
        self.active = same if same is not None else (min(self.active, max(0, len(self.panes) - 1)))
        self.panes_changed.emit()
        self.redraw.emit(-1)

    # --- what stands in the panes

    @property
    def scene(self) -> Scene | None:
        """The panes with their images, once the frames are known."""
        if self._scene is None and len(self._frames) == len(self.panes) and self.panes:
            self._scene = make_scene(self.panes, self._frames, self.store.get)
        return self._scene

    def image(self, number: int) -> PreparedImage | None:
        """The loaded image of a pane."""
        header = self.panes[number].header if number < len(self.panes) else None
        return self.store.get(header.key) if header is not None else None

    def state(self, number: int) -> ViewState:
        """Where the reader looks in a pane."""
        header = self.panes[number].header
        return self._states.get(header.key, ViewState()) if header else ViewState()

    def set_state(self, number: int, state: ViewState) -> None:
        """Look elsewhere; with linked panes everywhere, mirrored by the state's own vocabulary."""
        header = self.panes[number].header
        if header is None or self.state(number) == state:
            return
        if self.linked:
            self._states = dict.fromkeys(self._states, state)
            self.redraw.emit(-1)
        else:
            self._states[header.key] = state
            self.redraw.emit(number)

    def set_linked(self, linked: bool) -> None:
        """Link zoom and pan of all panes; linking takes over what the active pane shows."""
        self.linked = linked
        if linked and self.panes:
            self._states = dict.fromkeys(self._states, self.state(self.active))
            self.redraw.emit(-1)

    def presentation(self, number: int) -> Presentation:
        """How a pane looks."""
        header = self.panes[number].header
        return self.look.presentation(header.key if header else "")

    def overlay(self) -> Overlay:
        """What the classifier said of the study on the screen."""
        answers = {}
        for header in self.study.images if self.study else ():
            prediction = self.predictions.prediction(self._frame_key(header))
            if prediction is not None:
                answers[prediction.key] = prediction
        state = self.predictions.state
        return Overlay(answers, state.model, self.predictions.operating_point, self.look.heat_below)

    def drawing(self, number: int, *, identified: bool = True) -> Drawing | None:
        """The picture of a pane as a value; None while its image is not there."""
        scene = self.scene
        if scene is None or number not in scene.images:
            return None
        return scene.drawing(
            number,
            self.state(number),
            self.presentation(number),
            self.overlay(),
            identified=identified,
            letter_px=self.letter_px,
        )

    @property
    def letter_px(self) -> int:
        """Height of small letters, in device pixels."""
        return round(12 * self.device_ratio)

    def exam(self) -> ExamPrediction:
        """The study's scores, of those views that have an answer."""
        return aggregate(self.overlay().predictions.values())

    def _frame_key(self, header: ImageHeader) -> str:
        prepared = self.store.get(header.key)
        return prepared.image.key if prepared else header.key

    def _shared_state(self) -> ViewState:
        return self.state(self.active) if self.panes else ViewState()

    def _fresh_states(self) -> None:
        self._states = dict.fromkeys(self._states, ViewState())

    # --- what arrives

    def _look_changed(self, key: str) -> None:
        for number, pane in enumerate(self.panes):
            if not key or (pane.header is not None and pane.header.key == key):
                self.redraw.emit(number)

    def _image_ready(self, key: str) -> None:
        if self.study is None or all(header.key != key for header in self.study.images):
            return
        self._scene = None
        self.redraw.emit(-1)
        self._ask(key)
        self.scores_changed.emit()

    def _image_failed(self, key: str) -> None:
        self._scene = None
        self.redraw.emit(-1)

    def _ask(self, key: str) -> None:
        prepared = self.store.get(key)
        if prepared is not None:
            self.predictions.ask(prepared.image)

    def _answered(self, key: str) -> None:
        self.scores_changed.emit()
        self.redraw.emit(-1)

    def _engine_changed(self) -> None:
        self.scores_changed.emit()
        self.redraw.emit(-1)
