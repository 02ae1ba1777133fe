"""Owns the scoring of one unit of an archive, in whatever process: files in, the answer out. Never writes anything."""

from __future__ import annotations

from dataclasses import replace

from mammoview.archive.score_units import ImageAnswer, StudyAnswer, Unit, UnitAnswer, UnitImage
from mammoview.core.errors import InputRefusedError, MammoviewError
from mammoview.core.study import ImageHeader, Study
from mammoview.dicom.codecs import Decoder
from mammoview.dicom.reader import read_header
from mammoview.dicom.sources import held_archives
from mammoview.dicom.studies import group_studies
from mammoview.inference.exam import aggregate
from mammoview.reading.scoring import Scorer, score_images

_AGAIN = "run the command again"


def score_unit(unit: Unit, scorer: Scorer, decoder: Decoder | None = None) -> UnitAnswer:
    """The answer for a unit; images whose answer is known are not scored again. Holds what
    pixels `reading.scoring.score_images` holds.

    An image that cannot be read any more, or at which the engine fails, is answered with the reason. Raises
    BundleError, and CancelledError where `scorer` or `decoder` is closed meanwhile.
    """
    images = {str(image.shown): image for image in unit.images}
    with held_archives():
        headers: list[ImageHeader] = []
        lost: list[StudyAnswer] = []
        for image in unit.images:
            try:
                headers.append(replace(_header(image), source=image.shown))
            except InputRefusedError as error:
                unread = ImageAnswer(image.source, unreadable=error.cause, hint=error.hint)
                lost.append(StudyAnswer(None, str(image.shown), _alone(str(image.shown)), "", "", (unread,)))
        studies = [
            _study(study, [(header, images[str(header.source)]) for header in study.images], scorer, decoder)
            for study in group_studies(headers)
        ]
    return UnitAnswer(unit.key, unit.state, (*studies, *lost), unit.new)


def not_run(unit: Unit, cause: str, hint: str = "") -> UnitAnswer:
    """The answer for a unit that nobody could run, to be tried again by the next run."""
    studies = tuple(
        StudyAnswer(
            None,
            str(image.shown),
            _alone(str(image.shown)),
            "",
            "",
            (image.known or ImageAnswer(image.source, not_run=cause, hint=hint),),
        )
        for image in unit.images
    )
    return UnitAnswer(unit.key, unit.state, studies, unit.new)


def _header(image: UnitImage) -> ImageHeader:
    """The header of a unit's image; raises InputRefusedError where its file is another image's by now."""
    header = read_header(image.place)
    if header.sop_instance_uid != image.sop_instance_uid:
        raise InputRefusedError("has changed since it was listed", _AGAIN)
    return header


def _study(
    study: Study, images: list[tuple[ImageHeader, UnitImage]], scorer: Scorer, decoder: Decoder | None
) -> StudyAnswer:
    answers = _scored(study, [pair for pair in images if pair[1].known is None], scorer, decoder)
    ordered = tuple(image.known or answers[image.source] for _, image in images)
    exam = aggregate(prediction for answer in ordered if (prediction := answer.prediction()) is not None)
    return StudyAnswer(
        study.study_instance_uid,
        study.key,
        _woman(study),
        study.study_date,
        study.images[0].study_time,
        ordered,
        {str(side): score for side, score in exam.breasts.items()},
        exam.score,
    )


def _scored(
    study: Study, images: list[tuple[ImageHeader, UnitImage]], scorer: Scorer, decoder: Decoder | None
) -> dict[int, ImageAnswer]:
    """The answers for images of a study by the numbers of their files, as `reading.scoring` gives them."""
    sources = {str(image.place): image.source for _, image in images}
    answers: dict[int, ImageAnswer] = {}
    hints: dict[int, str] = {}

    def refuse(header: ImageHeader, error: MammoviewError) -> None:
        number, hint = sources[str(header.source)], error.hint
        hints[number] = hint
        answers[number] = ImageAnswer(number, header.laterality, header.view, unreadable=error.cause, hint=hint)

    placed = tuple(replace(header, source=image.place) for header, image in images)
    for scored in score_images(replace(study, images=placed), scorer, refuse, decoder):
        number, header, told = sources[str(scored.image.header.source)], scored.image.header, scored.prediction
        answers[number] = ImageAnswer(
            number,
            str(header.laterality),
            str(header.view),
            scored.image.frame,
            told.score,
            told.refused,
            told.not_run,
            None,
            "" if told.not_run is None else hints.get(number, ""),
            told.seconds,
        )
    return answers


def _woman(study: Study) -> str:
    """By what `dicom.studies.group_studies` sorts studies first: the patient, as text that sorts likewise."""
    for image in study.images:
        for told in (image.patient.patient_id, image.patient.name):
            if plain := " ".join(told.replace("^", " ").split()).casefold():
                return plain
    return _alone(study.key)


def _alone(key: str) -> str:
    """A study that names nobody is a woman of its own, before all who are named."""
    return f"\0{key}"
