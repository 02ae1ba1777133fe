"""Owns what the classifier is asked of the study on the screen, and what it has said of it. No Qt."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import partial

from mammoview.core.image import FrameChoice, MammoImage
from mammoview.core.prediction import ExamPrediction, ImagePrediction
from mammoview.core.prepared import PreparedImage
from mammoview.core.study import ImageHeader, Study
from mammoview.inference.exam import aggregate
from mammoview.services.image_store import ImageStore
from mammoview.services.prediction import PredictionService
from mammoview.services.scene import Overlay


class Scoring:
    """`find`: what can be shown of an image, by the key of its header. Older studies beside it are never scored."""

    def __init__(
        self, store: ImageStore, predictions: PredictionService, find: Callable[[str], PreparedImage | None]
    ) -> None:
        self._store = store
        self._predictions = predictions
        self._find = find
        self._images: tuple[ImageHeader, ...] = ()
        self._scored: dict[str, str] = {}

    def begin(self, study: Study | None) -> None:
        """Another study is read; what was asked and not answered yet is dropped."""
        self._images = study.images if study else ()
        self._scored = {}
        self._predictions.begin()

    def key(self, header: ImageHeader) -> str:
        """The key under which the classifier was asked for an image."""
        return self._scored.get(header.key, header.key)

    def ask(self) -> None:
        """Ask for what is there and was not asked for."""
        for header in self._images:
            if header.frames == 1 or header.key not in self._scored:
                self._ask(header.key)

    def overlay(self, heat_below: bool) -> Overlay:
        """What the classifier said, by the keys of the pictures that are shown; for the site's prevalence."""
        shift, answers = self._predictions.shift, self._answers()
        if shift is not None:
            answers = {key: shift.image(answer) for key, answer in answers.items()}
        return Overlay(answers, self._predictions.model, self._predictions.operating_point, heat_below)

    def exam(self) -> ExamPrediction:
        """The study's scores, of those views that have an answer; for the site's prevalence."""
        exam, shift = aggregate(self._answers().values()), self._predictions.shift
        return exam if shift is None else shift.exam(exam)

    def _answers(self) -> dict[str, ImagePrediction]:
        """As the model is calibrated, by the keys of the pictures that are shown."""
        answers: dict[str, ImagePrediction] = {}
        for header in self._images:
            scored = self.key(header)
            if header.refused:  # half an answer could be taken for a negative one
                answers[scored] = ImagePrediction(scored, header.laterality, not_run=header.refused)
                continue
            prediction = self._predictions.prediction(scored)
            if prediction is None:
                continue
            shown = self._find(header.key)
            key = shown.image.key if shown is not None else scored
            if key == scored:
                answers[key] = prediction
            elif prediction.refused:  # what is refused for its kind is so in each of its frames
                answers[key] = replace(prediction, key=key)
        return answers

    def _ask(self, key: str) -> None:
        prepared = self._find(key)
        if prepared is not None and not prepared.image.preview:
            scored = self._scored.setdefault(key, prepared.image.key)
            self._predictions.ask(scored, partial(self._scorable, key, FrameChoice(prepared.image.frame)))

    def _scorable(self, key: str, choice: FrameChoice) -> MammoImage | None:
        prepared = self._store.get(key, choice)
        return prepared.image if prepared is not None and not prepared.image.preview else None
