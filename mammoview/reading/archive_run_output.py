"""Owns what is told of a score store: each study as `score` tells it, a JSON record that is never whole in memory."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from mammoview.archive.score_store import KeptStudy, ScoreStore
from mammoview.core.prediction import ExamPrediction, ImagePrediction
from mammoview.core.prevalence import PriorShift
from mammoview.core.study import Laterality, Study
from mammoview.reading.scoring import moved_exam, study_record


@dataclass(frozen=True, slots=True)
class ToldStudy:
    """A study's record as of `reading.scoring.study_record`, and the predictions of its images, in its order."""

    record: dict[str, Any]
    predictions: tuple[ImagePrediction, ...]


def told_studies(store: ScoreStore, setting: int, shift: PriorShift | None) -> Iterator[ToldStudy]:
    """The studies of the store's run of which an image was read; their scores as `shift` moves them."""
    for study in store.studies(setting):
        told = _told(study, shift)
        if told.predictions:
            yield told


def told_errors(store: ScoreStore, setting: int) -> Iterator[tuple[str, str, str]]:
    """(source, cause, hint): what was refused before scoring, by name, then the images that could not be answered for,
    in the order of the studies."""
    yield from store.refusals()
    for study in store.studies(setting):
        for source, _, answer in study.images:
            if answer.error is not None:
                yield str(source), *answer.error


def json_parts(head: Mapping[str, Any], lists: Mapping[str, Iterable[Mapping[str, Any]]]) -> Iterator[str]:
    """The text of `json.dumps({**head, **lists}, indent=1)`, of `lists` one item at a time. `head` is not empty."""
    yield json.dumps(dict(head), indent=1).removesuffix("\n}")
    for name, items in lists.items():
        yield f",\n {json.dumps(name)}: ["
        some = False
        for item in items:
            yield (",\n  " if some else "\n  ") + json.dumps(dict(item), indent=1).replace("\n", "\n  ")
            some = True
        yield "\n ]" if some else "]"
    yield "\n}"


def _told(study: KeptStudy, shift: PriorShift | None) -> ToldStudy:
    read = [
        (source, sop, answer, prediction)
        for source, sop, answer in study.images
        if (prediction := answer.prediction()) is not None
    ]
    breasts = {Laterality(side): score for side, score in study.breasts.items()}
    exam = moved_exam(ExamPrediction(tuple(image[3] for image in read), breasts, study.score), shift)
    images = [
        {
            "file": str(source),
            "sop_instance_uid": sop,
            "frame": answer.frame,
            "laterality": answer.laterality,
            "view": answer.view,
            "score": moved.score,
            "refused": moved.reason,
            "seconds": round(moved.seconds, 4),
        }
        for (source, sop, answer, _), moved in zip(read, exam.images, strict=True)
    ]
    return ToldStudy(study_record(Study(study.study_instance_uid, ()), images, exam), exam.images)
