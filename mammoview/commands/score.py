"""`mammoview score`: the classifier's answers for folders and files, as text or JSON, with heat maps on request."""

from __future__ import annotations

import json
import sys
from argparse import Namespace
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from mammoview.archive import audit
from mammoview.archive.atomic import write_text
from mammoview.commands.report import Report
from mammoview.core.errors import MammoviewError, UsageError
from mammoview.core.heat import heat_map_16bit
from mammoview.core.image import MammoImage
from mammoview.core.prediction import ImagePrediction, ModelLabel, decimals
from mammoview.core.prevalence import PriorShift, checked_prevalence
from mammoview.core.study import Study
from mammoview.dicom.codecs import Decoder
from mammoview.dicom.decode_pool import DecodePool
from mammoview.dicom.identity import safe_file_name
from mammoview.dicom.picture_writer import write_picture
from mammoview.dicom.scan import scan
from mammoview.inference.exam import aggregate
from mammoview.inference.predictor import Predictor
from mammoview.reading.pictures import operating_point
from mammoview.reading.scoring import (
    SCORE_SCHEMA,
    device_change_record,
    image_record,
    label_and_shift,
    model_record,
    moved_exam,
    moved_image,
    score_images,
    study_record,
)
from mammoview.reading.texts import NOT_FOR_DIAGNOSIS, prevalence_words, score_words


def run(args: Namespace) -> int:
    """Score everything under `args.paths`; returns the exit status."""
    report = Report()
    if args.prevalence is not None:
        checked_prevalence(args.prevalence)
    audit.existing(args.library)
    if args.store is not None or args.retry or args.scheduler is not None:
        from mammoview.commands import score_archive

        return score_archive.run(args)
    if args.json not in (None, "-") and not Path(args.json).parent.is_dir():
        raise UsageError(f"{args.json}: there is no folder {Path(args.json).parent}", "make the folder")
    result = scan(args.paths, progress=lambda done, total: report.progress("reading headers", done, total))
    for refusal in result.refused:
        report.refuse(refusal)
    if not result.studies and args.json is None:
        return report.status(0)
    predictor = Predictor(args.model, args.device, engine=args.engine, flips=args.flips, tell=report.say)
    with predictor, DecodePool() as decoder:
        model, shift = label_and_shift(predictor.bundle, args.prevalence, args.operating_point)
        device, scored = "", 0
        studies: list[tuple[dict[str, Any], list[ImagePrediction]]] = []
        if result.studies:
            heatmaps = _HeatMaps(args.heatmaps, report) if args.heatmaps is not None else None
            predictor.start()
            device = predictor.info().device
            studies, scored = _score_all(result.studies, predictor, decoder, report, heatmaps, shift)
            device = "cpu" if predictor.device_change else device
            audit.record(args.library, audit.AuditEvent.SCORED, result.studies, model=model.sha256)
        change = device_change_record(predictor.device_change)
    answer = {
        "schema": SCORE_SCHEMA,
        "model": model_record(model),
        "device": device.partition(":")[0],
        **change,
        **({"flips": True} if args.flips else {}),
        "studies": [record for record, _ in studies],
        "errors": [error_record(refusal.source, refusal.cause, refusal.hint) for refusal in report.refusals],
    }
    report.finish()
    _hand_over(answer, studies, model, device, args.json)
    return report.status(scored)


def error_record(source: str, cause: str, hint: str) -> dict[str, str]:
    """One of the errors of the JSON record."""
    return {"file": source, "cause": f"{cause} ({hint})" if hint else cause}


def _score_all(
    studies: tuple[Study, ...],
    predictor: Predictor,
    decoder: Decoder,
    report: Report,
    heatmaps: _HeatMaps | None,
    shift: PriorShift | None,
) -> tuple[list[tuple[dict[str, Any], list[ImagePrediction]]], int]:
    total = sum(len(study.images) for study in studies)
    done = 0
    records = []
    for study in studies:
        predictions, images = [], []
        scores = score_images(
            study, predictor, lambda header, error: report.refuse_error(header.source, error), decoder
        )
        for scored in scores:
            predictions.append(scored.prediction)
            images.append(image_record(scored.image, moved_image(scored.prediction, shift)))
            if heatmaps is not None:
                heatmaps.write(scored.image, scored.prediction)
            done += scored.prediction.not_run is None
            report.progress("scoring", done, total)
        if predictions:
            exam = moved_exam(aggregate(predictions), shift)
            records.append((study_record(study, images, exam), list(exam.images)))
    return records, done


class _HeatMaps:
    """The folder of heat maps; no map of this run ever replaces another one of it."""

    def __init__(self, folder: Path, report: Report) -> None:
        make_folder(folder)
        self._folder = folder
        self._report = report
        self._written: set[str] = set()

    def write(self, image: MammoImage, prediction: ImagePrediction) -> None:
        if prediction.heat_map is None:
            return
        uid = image.header.sop_instance_uid
        name = safe_file_name(uid) if uid else image.header.source.stem.replace("\\", "-")
        if image.header.frames > 1:
            name += f"-{image.frame}"
        free, number = name, 1
        while free.casefold() in self._written:
            number += 1
            free = f"{name}-{number}"
        if free != name:
            self._report.say(f"{image.header.source}: its heat map is {free}.png, as {name}.png is another image's")
        self._written.add(free.casefold())
        path = self._folder / f"{free}.png"
        try:
            write_picture(path, heat_map_16bit(prediction.heat_map, image.rows, image.columns))
        except MammoviewError as error:
            self._report.refuse_error(path, error)


def make_folder(folder: Path) -> None:
    """Make an output folder; raises UsageError where that is impossible."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise UsageError(f"{folder}: cannot be made: {error.strerror}", "name another folder") from error


def _hand_over(
    answer: dict[str, Any],
    studies: list[tuple[dict[str, Any], list[ImagePrediction]]],
    model: ModelLabel,
    device: str,
    target: str | None,
) -> None:
    if target == "-":
        json.dump(answer, sys.stdout, indent=1)
        print()
        return
    if target is not None:
        write_text(Path(target), json.dumps(answer, indent=1) + "\n")
        return
    print_model(model, device)
    for number, (record, predictions) in enumerate(studies, 1):
        print_study(number, record, predictions, model)


def print_model(model: ModelLabel, device: str) -> None:
    """The first lines of the answer as text."""
    print(f"{model.title}, {model.suspicious}, on {device}, {NOT_FOR_DIAGNOSIS}")
    if told := prevalence_words(model):
        print(told)


def print_study(number: int, record: dict[str, Any], predictions: Sequence[ImagePrediction], model: ModelLabel) -> None:
    """One study of the answer as text; `predictions` are those of the record's images."""
    point = operating_point(model)
    print(f"study {number}: {_number(record['score'])}")
    for image, prediction in zip(record["images"], predictions, strict=True):
        name = f"{image['laterality']}{image['view']}" or "unknown"
        print(f"  {name:8s} {score_words(prediction, point):34s} {image['file']}")
    for side, value in record["breasts"].items():
        print(f"  breast {side}: {_number(value)}")


def _number(value: float | None) -> str:
    return "not scored" if value is None else f"{value:.{max(3, decimals(value))}f}"
