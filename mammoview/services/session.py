"""Owns what is being read: the worklist, the study on the screen, its panes, and what happens to them. No widgets.

The window shows what this object says and forwards what the reader does; how it looks is in `look`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import partial

from PySide6.QtCore import QObject, Signal

from mammoview.core.errors import MammoviewError
from mammoview.core.hanging import Frame, Hanging, Slot, hang
from mammoview.core.image import FrameChoice, MammoImage
from mammoview.core.prediction import ExamPrediction
from mammoview.core.prepared import PreparedImage
from mammoview.core.render import Drawing
from mammoview.core.study import ImageHeader, Study
from mammoview.core.view_state import Presentation, ViewState
from mammoview.inference.exam import aggregate
from mammoview.services.frames import FrameBook
from mammoview.services.image_cache import Wish
from mammoview.services.image_store import ImageStore
from mammoview.services.look import Look
from mammoview.services.panes import Layout, Pane, panes_of
from mammoview.services.prediction import PredictionService
from mammoview.services.scene import Overlay, Scene, make_scene
from mammoview.services.wishes import wishes_later, wishes_on_screen, wishes_soon
from mammoview.services.worklist import Worklist


class Session(QObject):
    """`study_changed`: another study or worklist; `panes_changed`: other panes, layout or active pane;
    `redraw(pane number)`: the pane's picture is out of date, -1 for all; `frame_changed(key)`: another frame or slab of
    the image with this key is shown; `waits_changed`: other panes wait for a picture.
    """

    study_changed = Signal()
    panes_changed = Signal()
    redraw = Signal(int)
    frame_changed = Signal(str)
    waits_changed = Signal()
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
        self.frames = FrameBook()
        self.active = 0
        self.panes: tuple[Pane, ...] = ()
        self.device_ratio = 1.0
        self._frames: tuple[Frame, ...] = ()
        self._scene: Scene | None = None
        self._substitutes: dict[Slot, ImageHeader] = {}
        self._single: ImageHeader | None = None
        self._states: dict[str, ViewState] = {}
        self._headers: dict[str, ImageHeader] = {}
        self._later: tuple[Wish, ...] = ()
        self._scored: dict[str, str] = {}
        self._back = Layout.FOUR
        store.ready.connect(self._image_ready)
        store.failed.connect(self._image_failed)
        predictions.answered.connect(self._answered)
        predictions.state_changed.connect(self._answered)
        look.changed.connect(self._look_changed)

    # --- studies

    def show_worklist(self, worklist: Worklist) -> None:
        """Show a new worklist, its first study at once; an empty one shows nothing.

        What is known of an image, and how it was looked at, holds only where its file is still the same.
        """
        known = self.store.recognise(worklist.stamps)
        self.predictions.keep(known)
        for key in worklist.stamps.keys() - known:
            self.look.set_voi(key, 0)
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
        shared = self.state(self.active) if keep and self.panes else ViewState()
        slot = self.panes[self.active].slot if keep and self.panes else None
        self.study = study
        self.hanging = hang(study.images) if study else Hanging({}, ())
        self._substitutes = {}
        self._single = self.hanging.slots.get(slot) if slot else None
        self._headers = {header.key: header for header in (study.images if study else ())}
        self._states = dict.fromkeys(self._headers, shared)
        self._scored = {}
        if not keep:
            self.layout = Layout.FOUR
            self.active = 0
            self.frames.forget()
        self.predictions.begin()
        self.store.retry()
        self._later = wishes_later(self.worklist, study)
        self._relay(keep_active=keep)
        self.study_changed.emit()
        self._ask_settled()

    def _load(self) -> None:
        """Tell the store what is on the screen, what may be scrolled to, and what may follow."""
        shown = wishes_on_screen(self.panes, self.hanging, self.frames, self.store.holds)
        self.store.want(shown, wishes_soon(self.panes, self.active, self.hanging, self.frames), self._later)

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
        """Where one image stands alone the next image of the study, else the next pane."""
        images = (*self.hanging.shown, *self.hanging.extra)
        if images and (self.layout is Layout.SINGLE or not self.hanging.slots):
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
        self._load()
        self.panes_changed.emit()
        self.redraw.emit(-1)

    # --- what stands in the panes

    @property
    def scene(self) -> Scene | None:
        """The panes with their images, once the frames are known."""
        if self._scene is None and len(self._frames) == len(self.panes) and self.panes:
            self._scene = make_scene(self.panes, self._frames, self.find)
        return self._scene

    def find(self, key: str) -> PreparedImage | None:
        """What can be shown of an image of the study: itself, its frame or slab, or its preview."""
        header = self._headers.get(key)
        if header is None or header.frames == 1:
            return self.store.get(key)
        if self.store.error(key, self.frames.asked(header)) is not None:
            return None
        return self.store.get(key, self.frames.shown(header))

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
        """What the classifier said of the study on the screen, by the keys of the pictures that are shown."""
        answers = {}
        for header in self.study.images if self.study else ():
            scored = self.scored_key(header)
            prediction = self.predictions.prediction(scored)
            if prediction is None:
                continue
            shown = self.find(header.key)
            key = shown.image.key if shown is not None else scored
            if key == scored:
                answers[key] = prediction
            elif prediction.refused:  # what is refused for its kind is so in each of its frames
                answers[key] = replace(prediction, key=key)
        state = self.predictions.state
        return Overlay(answers, state.model, self.predictions.operating_point, self.look.heat_below)

    def scored_key(self, header: ImageHeader) -> str:
        """The key under which the classifier was asked for an image."""
        return self._scored.get(header.key, header.key)

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

    def _fresh_states(self) -> None:
        self._states = dict.fromkeys(self._states, ViewState())

    # --- what arrives

    def _look_changed(self, key: str) -> None:
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
        self._ask_settled()
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
            self._ask_settled()

    def _ask_settled(self) -> None:
        """Have the study scored once its panes are filled: until then loading needs the processors."""
        if not any(self.waits(number) for number in range(len(self.panes))):
            for key, header in self._headers.items():
                if header.frames == 1 or key not in self._scored:
                    self._ask(key)

    def _ask(self, key: str) -> None:
        prepared = self.find(key)
        if prepared is not None and not prepared.image.preview:
            scored = self._scored.setdefault(key, prepared.image.key)
            self.predictions.ask(scored, partial(self._scorable, key, FrameChoice(prepared.image.frame)))

    def _scorable(self, key: str, choice: FrameChoice) -> MammoImage | None:
        prepared = self.store.get(key, choice)
        return prepared.image if prepared is not None and not prepared.image.preview else None

    def _answered(self, key: str = "") -> None:
        self.scores_changed.emit()
        self.redraw.emit(-1)
