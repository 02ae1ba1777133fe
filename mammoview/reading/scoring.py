"""Owns the scoring of one study without a window: images in, predictions and exam out. Never writes files."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import islice
from typing import Any, Protocol

from mammoview.core.errors import EngineError, InputRefusedError, MammoviewError, UsageError
from mammoview.core.image import MammoImage
from mammoview.core.prediction import ExamPrediction, ImagePrediction, ModelLabel
from mammoview.core.prevalence import PriorShift, with_calibration
from mammoview.core.study import ImageHeader, Laterality, Study
from mammoview.dicom.codecs import Decoder
from mammoview.dicom.reader import read_image
from mammoview.inference.bundle import Bundle
from mammoview.inference.engine import VIEWS_TOGETHER

SCORE_SCHEMA = "mammoview.score/1"


class Scorer(Protocol):
    """What scores an image; `mammoview.inference.predictor.Predictor` does."""

    def predict(self, image: MammoImage) -> ImagePrediction: ...

    def predict_many(self, images: Sequence[MammoImage]) -> list[ImagePrediction | EngineError]: ...


Refuse = Callable[[ImageHeader, MammoviewError], None]


@dataclass(frozen=True, slots=True, eq=False)
class ScoredImage:
    """An image that was read, and what the classifier said of it; the pixels are let go by the caller."""

    image: MammoImage
    prediction: ImagePrediction


def read_images(study: Study, refuse: Refuse, decoder: Decoder | None = None) -> Iterator[MammoImage]:
    """The first frame of each image of a study; one that cannot be read is handed to `refuse` and left out."""
    for header in study.images:
        try:
            yield read_image(header, decoder=decoder)
        except InputRefusedError as error:
            refuse(header, error)


def score_images(study: Study, scorer: Scorer, refuse: Refuse, decoder: Decoder | None = None) -> Iterator[ScoredImage]:
    """Read and score a study's images in their order, up to `VIEWS_TOGETHER` at a time, whose pixels are held. An image
    at which the engine fails is handed to `refuse` and answered as not run; raises BundleError."""
    images = read_images(study, refuse, decoder)
    while together := list(islice(images, VIEWS_TOGETHER)):
        for image, answer in zip(together, scorer.predict_many(together), strict=True):
            yield ScoredImage(image, _said(image, answer, refuse))


def predict_or_say(image: MammoImage, scorer: Scorer, refuse: Refuse) -> ImagePrediction:
    """The answer for one image; "not run" with the cause, and a call of `refuse`, where the engine fails."""
    try:
        return scorer.predict(image)
    except EngineError as error:
        return _said(image, error, refuse)


def _said(image: MammoImage, answer: ImagePrediction | EngineError, refuse: Refuse) -> ImagePrediction:
    if not isinstance(answer, EngineError):
        return answer
    refuse(image.header, answer)
    return ImagePrediction(image.key, image.header.laterality, not_run=answer.cause)


def label_and_shift(
    bundle: Bundle, prevalence: float | None, point: str | None = None
) -> tuple[ModelLabel, PriorShift | None]:
    """The label of a model as its scores are shown, compared with the operating point named `point`, and how they are
    moved to a site's stated `prevalence` (None: not at all). Raises UsageError where the prevalence cannot be, the
    bundle does not tell its own, or it has no such operating point."""
    label = with_calibration(bundle.label(), bundle.training)
    if point is not None:
        if point not in label.operating_points:
            known = ", ".join(label.operating_points) or "none"
            raise UsageError(f"{label.title} has no operating point {point!r}", f"it has: {known}")
        label = replace(label, chosen=point)
    if prevalence is None:
        return label, None
    shift = PriorShift.of(label, prevalence)
    return shift.label(label), shift


def moved_image(prediction: ImagePrediction, shift: PriorShift | None) -> ImagePrediction:
    """As it is at the site, where one was stated."""
    return prediction if shift is None else shift.image(prediction)


def moved_exam(exam: ExamPrediction, shift: PriorShift | None) -> ExamPrediction:
    """As it is at the site, where one was stated."""
    return exam if shift is None else shift.exam(exam)


def image_record(image: MammoImage, prediction: ImagePrediction) -> dict[str, Any]:
    """One image of `score --json`."""
    header = image.header
    return {
        "file": str(header.source),
        "sop_instance_uid": header.sop_instance_uid,
        "frame": image.frame,
        "laterality": str(header.laterality),
        "view": str(header.view),
        "score": prediction.score,
        "refused": prediction.reason,
        "seconds": round(prediction.seconds, 4),
    }


def study_record(study: Study, images: Sequence[Mapping[str, Any]], exam: ExamPrediction) -> dict[str, Any]:
    """One study of `score --json`; a breast without a scored view is null, never negative."""
    return {
        "study_instance_uid": study.study_instance_uid,
        "images": list(images),
        "breasts": {str(side): exam.breasts.get(side) for side in (Laterality.RIGHT, Laterality.LEFT)},
        "score": exam.score,
    }


def device_change_record(line: str) -> dict[str, str]:
    """What a record says beside "device" where a GPU failed and the CPU went on; nothing where `line` is empty."""
    return {"device_change": line} if line else {}


def model_record(model: ModelLabel) -> dict[str, Any]:
    """The model of a record; "prevalence" stands there where scores and operating points are those of a site, and
    "operating_point" where one was chosen."""
    moved = {"site": model.prevalence, "calibrated_at": model.calibrated_at}
    return {
        "name": model.name,
        "version": model.version,
        "sha256": model.sha256,
        "classes": list(model.classes),
        "operating_points": dict(model.operating_points),
        **({"operating_point": model.chosen} if model.chosen else {}),
        **({"prevalence": moved} if model.prevalence is not None else {}),
    }
