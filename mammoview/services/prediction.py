"""Owns the asking of the classifier: one image after the other in one background thread. Never blocks the window.

The newest study wins: `begin` starts a new generation, and an answer of an older one is dropped in `_answer`, in that
one place. What was not run is never given a score.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass, replace
from enum import StrEnum
from functools import partial
from pathlib import Path
from typing import Protocol

from PySide6.QtCore import QObject, Signal

from mammoview.core.errors import BundleError, EngineError, MammoviewError
from mammoview.core.image import MammoImage
from mammoview.core.prediction import ImagePrediction, ModelLabel
from mammoview.core.prevalence import PriorShift, with_calibration
from mammoview.reading.pictures import operating_point
from mammoview.services.jobs import JobRunner, Ticket


@dataclass(frozen=True, slots=True)
class EngineFacts:
    """What is known of a classifier that is ready: `device` is "cpu" or "gpu:NAME", `card` the model card's text,
    `device_change` one line on the GPU that failed and the CPU that went on."""

    model: ModelLabel
    device: str
    card: str = ""
    device_change: str = ""


class Engine(Protocol):
    """A classifier as this service needs it. `close` may be called from another thread and ends what is under way."""

    def facts(self) -> EngineFacts:
        """Wait until it is ready."""

    def predict(self, image: MammoImage) -> ImagePrediction:
        """The answer for one image."""

    def device_change(self) -> str:
        """One line on the GPU that failed and the CPU that went on, else empty; at once."""

    def close(self) -> None:
        """End it at once."""


class PredictorEngine:
    """The application's own predictor as an `Engine`; nothing is read or started before `facts` is asked for."""

    def __init__(self, bundle: Path | None, device: str, engine: str = "auto") -> None:
        from mammoview.inference.predictor import Predictor  # not before the window: bundles need many modules

        self._predictor = Predictor(bundle, device=device, engine=engine, background=True)

    def facts(self) -> EngineFacts:
        self._predictor.start()
        bundle = self._predictor.bundle
        info = self._predictor.info()
        card = bundle.card_file.read_text(encoding="utf-8")
        label = with_calibration(bundle.label(), bundle.training)
        return EngineFacts(label, info.device, card, self._predictor.device_change)

    def predict(self, image: MammoImage) -> ImagePrediction:
        return self._predictor.predict(image)

    def device_change(self) -> str:
        return self._predictor.device_change

    def close(self) -> None:
        self._predictor.close()


class Phase(StrEnum):
    """What the classifier is doing."""

    OFF = "off"
    STARTING = "starting"
    READY = "ready"
    SCORING = "scoring"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class EngineState:
    """`facts` stay known after a failure; `error` is set in the phase FAILED only."""

    phase: Phase = Phase.OFF
    facts: EngineFacts | None = None
    error: str = ""

    @property
    def model(self) -> ModelLabel | None:
        return self.facts.model if self.facts else None

    @property
    def device_label(self) -> str:
        """ "CPU", or the GPU's name; empty before it is known."""
        if self.facts is None:
            return ""
        kind, _, name = self.facts.device.partition(":")
        return f"GPU {name}".strip() if kind.lower() == "gpu" else kind.upper()

    @property
    def device_change(self) -> str:
        """One line on the GPU that failed and the CPU that went on, else empty."""
        return self.facts.device_change if self.facts else ""


Find = Callable[[], MammoImage | None]

_FAILURES_AHEAD = 2


class PredictionService(QObject):
    """`state_changed` when the classifier's state does, the site's prevalence or the chosen operating point;
    `answered(image key)` when an answer may be shown. `prevalence`, `point`: as of `set_prevalence`, `choose_point`."""

    state_changed = Signal()
    answered = Signal(str)

    def __init__(
        self,
        make_engine: Callable[[], Engine],
        parent: QObject | None = None,
        *,
        prevalence: float = 0.0,
        point: str = "",
    ) -> None:
        super().__init__(parent)
        self._prevalence, self._point = prevalence, point
        self._make_engine = make_engine
        self.runner = JobRunner(1, self)
        self._engine: Engine | None = None
        self._state = EngineState()
        self._generation = 0
        self._waiting: dict[str, Find] = {}
        self._running: str | None = None
        self._answers: dict[str, ImagePrediction] = {}
        self._failures: dict[str, str] = {}
        self._failed_ahead = 0
        self.dropped = 0

    @property
    def state(self) -> EngineState:
        return self._state

    @property
    def prevalence(self) -> float:
        """That of the site, 0 where none was stated."""
        return self._prevalence

    @property
    def shift(self) -> PriorShift | None:
        """From the model's answers to what is shown at a site that states its prevalence; None where none is stated, or
        the model does not tell at which it was calibrated."""
        model = self._state.model
        if model is None or model.calibrated_at is None or not self._prevalence:
            return None
        return PriorShift.of(model, self._prevalence)

    @property
    def model(self) -> ModelLabel | None:
        """The model as its scores are shown, None before it is known."""
        model, shift = self._state.model, self.shift
        if model is None:
            return None
        return replace(model if shift is None else shift.label(model), chosen=self._point)

    @property
    def operating_point(self) -> float | None:
        """The threshold in force for what is shown, None before the model is known."""
        model = self.model
        return None if model is None else operating_point(model)

    def set_prevalence(self, prevalence: float) -> None:
        """What is shown from now on is for a site with this prevalence, as `core.prevalence` checks it; 0 for scores as
        they are calibrated. The model is not asked again."""
        if prevalence != self._prevalence:
            self._prevalence = prevalence
            self.state_changed.emit()

    def choose_point(self, name: str) -> None:
        """Scores are compared with this one of the model's operating points from now on; with the one that
        `ModelLabel.point_in_force` names where the model has no such. The model is not asked again."""
        if name != self._point:
            self._point = name
            self.state_changed.emit()

    def start(self) -> None:
        """Make the classifier ready in the background."""
        if self._state.phase not in (Phase.OFF, Phase.FAILED):
            return
        self._engine = engine = self._make_engine()
        self._set(EngineState(Phase.STARTING, self._state.facts))
        self.runner.submit(
            lambda ticket: engine.facts(), done=self._started, failed=self._engine_failed, channel="start"
        )

    def keep(self, keys: Collection[str]) -> None:
        """Other files were opened: only answers for the images with these keys still hold."""
        self._answers = {key: answer for key, answer in self._answers.items() if key in keys}
        self._failures = {key: cause for key, cause in self._failures.items() if key in keys}
        self.begin()

    def begin(self) -> None:
        """Another study is shown: what waits is given up, and an answer that is under way will be dropped."""
        self._generation += 1
        self._waiting.clear()

    def ask(self, key: str, find: Find) -> None:
        """Score the image with this key when its turn comes, once. `find` gives it then, so that what waits is not
        kept in memory; None where it was given up meanwhile.
        """
        if key in self._answers:
            return
        self._failures.pop(key, None)
        self._waiting.setdefault(key, find)
        self._next()

    @property
    def busy(self) -> bool:
        """Whether an image is being scored, or waits for it."""
        return self._running is not None or bool(self._waiting)

    @property
    def spared(self) -> bool:
        """Whether nothing is to be scored ahead: the engine failed twice in a row over it, and what is left of its
        starts is the reader's."""
        return self._failed_ahead >= _FAILURES_AHEAD

    def score_ahead(self, image: MammoImage, done: Callable[[MammoviewError | None], None]) -> None:
        """Score an image that is not on the screen, at once; not to be called while `busy` or not ready. The answer is
        the engine's to keep; `done` follows, with what went wrong. What is asked for meanwhile comes next: an engine
        that fails here starts again for it.
        """
        engine = self._engine
        assert engine is not None and not self.busy and self._state.phase is Phase.READY
        self._running = image.key
        self.runner.submit(
            partial(_predict, engine, image),
            done=lambda _: self._scored_ahead(done, None),
            failed=partial(self._scored_ahead, done),
        )

    def prediction(self, key: str) -> ImagePrediction | None:
        """The answer for an image as the model is calibrated, None where it was not run."""
        return self._answers.get(key)

    def why_not_run(self, key: str) -> str:
        """In words why there is no answer: "waiting", "running", a failure, or just "not run"."""
        if key in self._failures:
            return self.tr("not run: {}").format(self._failures[key])
        if self._state.phase is Phase.FAILED or self._state.phase is Phase.OFF:
            return self.tr("not run")
        if key == self._running:
            return self.tr("running")
        return self.tr("waiting") if key in self._waiting else self.tr("not run")

    def retry(self) -> None:
        """After a failure: end the classifier and start it again; what waited is asked again."""
        if self._state.phase is Phase.FAILED:
            if self._engine is not None:
                self._engine.close()
            self.start()

    def close(self) -> None:
        """End the classifier, also in the middle of an answer; nothing of it is left."""
        self._generation += 1
        self._waiting.clear()
        if self._engine is not None:
            self._engine.close()
        self.runner.close()

    def _set(self, state: EngineState) -> None:
        if state != self._state:
            self._state = state
            self.state_changed.emit()

    def _started(self, facts: EngineFacts) -> None:
        self._failed_ahead = 0
        self._set(EngineState(Phase.READY, facts))
        self._next()

    def _next(self) -> None:
        if self._running is not None or self._state.phase is not Phase.READY:
            return
        key, find, image = self._first_waiting()
        if image is None:
            return
        generation, engine = self._generation, self._engine
        assert engine is not None
        self._running = key
        self._set(replace(self._state, phase=Phase.SCORING))
        self.runner.submit(
            partial(_predict, engine, image),
            done=partial(self._answer, generation),
            failed=partial(self._image_failed, generation, key, find),
        )

    def _first_waiting(self) -> tuple[str, Find, MammoImage | None]:
        """The image whose turn it is; what was given up for memory is asked for anew when it is loaded again."""
        while self._waiting:
            key = next(iter(self._waiting))
            find = self._waiting.pop(key)
            image = None if key in self._answers else find()
            if image is not None:
                return key, find, image
        return "", lambda: None, None

    def _answer(self, generation: int, prediction: ImagePrediction) -> None:
        self._running, self._failed_ahead = None, 0
        self._note_device()
        if self._state.phase is Phase.SCORING:
            self._set(replace(self._state, phase=Phase.READY))
        if generation != self._generation:
            self.dropped += 1
        else:
            self._answers[prediction.key] = prediction
            self.answered.emit(prediction.key)
        self._next()

    def _note_device(self) -> None:
        """The engine may have gone on with the CPU meanwhile: what is shown of it changes."""
        facts, engine = self._state.facts, self._engine
        change = engine.device_change() if engine is not None else ""
        if facts is not None and change != facts.device_change:
            self._set(replace(self._state, facts=replace(facts, device="cpu", device_change=change)))

    def _image_failed(self, generation: int, key: str, find: Find, error: MammoviewError) -> None:
        self._running = None
        if isinstance(error, EngineError | BundleError):
            if generation == self._generation:
                self._waiting = {key: find, **self._waiting}
            self._engine_failed(error)
            return
        self._set(replace(self._state, phase=Phase.READY))
        if generation == self._generation:
            self._failures[key] = error.cause
            self.answered.emit(key)
        self._next()

    def _scored_ahead(self, done: Callable[[MammoviewError | None], None], error: MammoviewError | None) -> None:
        self._running = None
        self._note_device()
        self._failed_ahead = self._failed_ahead + 1 if isinstance(error, EngineError | BundleError) else 0
        self._next()
        done(error)

    def _engine_failed(self, error: MammoviewError) -> None:
        self._set(EngineState(Phase.FAILED, self._state.facts, str(error)))


def _predict(engine: Engine, image: MammoImage, ticket: Ticket) -> ImagePrediction:
    return engine.predict(image)
