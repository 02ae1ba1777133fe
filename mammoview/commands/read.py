"""`mammoview read`: the main job without a window: annotated pictures and a record of every study."""

from __future__ import annotations

import json
from argparse import Namespace
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mammoview.archive import audit
from mammoview.archive.atomic import write_text
from mammoview.commands.report import Report
from mammoview.commands.score import make_folder
from mammoview.core.errors import BundleError, EngineError, MammoviewError
from mammoview.core.hanging import hang
from mammoview.core.prediction import ImagePrediction, ModelLabel
from mammoview.core.prepared import PreparedImage, prepare
from mammoview.core.prevalence import PriorShift, checked_prevalence
from mammoview.core.study import Study
from mammoview.core.view_state import HeatPresentation, Presentation
from mammoview.dicom.codecs import Decoder
from mammoview.dicom.decode_pool import DecodePool
from mammoview.dicom.identity import export_names, study_folder_name
from mammoview.dicom.picture_writer import write_picture
from mammoview.dicom.scan import scan
from mammoview.inference.exam import aggregate
from mammoview.inference.predictor import Predictor
from mammoview.reading.pictures import Reading, hang_picture, native_view, picture_spacing_mm
from mammoview.reading.scoring import (
    device_change_record,
    image_record,
    label_and_shift,
    model_record,
    moved_exam,
    moved_image,
    predict_or_say,
    read_images,
    study_record,
)
from mammoview.reading.texts import NOT_FOR_DIAGNOSIS

READING_SCHEMA = "mammoview.reading/1"
HANG_SIZE_PX = (2000, 2400)
"""Rows and columns of the four-view picture."""


def run(args: Namespace) -> int:
    """Read everything under `args.paths` into `args.out`; returns the exit status."""
    report = Report()
    if args.prevalence is not None:
        checked_prevalence(args.prevalence)
    audit.existing(args.library)
    written, _ = read_into(
        args.paths,
        args.out,
        args.model,
        args.device,
        report,
        engine=args.engine,
        identified=args.identified,
        prevalence=args.prevalence,
        point=args.operating_point,
        library=args.library,
    )
    return report.status(len(written))


def read_into(
    paths: Sequence[Path],
    out: Path,
    model: Path | None,
    device: str,
    report: Report,
    *,
    engine: str = "auto",
    identified: bool = False,
    prevalence: float | None = None,
    point: str | None = None,
    library: Path | None = None,
) -> tuple[list[Path], ModelLabel | None]:
    """Write each study's folder under `out`; returns the files written and the model, None where it could not run.

    `prevalence`: that of the site to which scores are moved; raises UsageError where the bundle does not tell its own.
    `point`: the name of the operating point that they are compared with; raises UsageError where the model has no such.
    `library`: in whose audit trail this is recorded, None for none.
    Where the classifier fails, pictures without heat maps are still written and the record says that it was not run.
    """
    result = scan(paths, progress=lambda done, total: report.progress("reading headers", done, total))
    for refusal in result.refused:
        report.refuse(refusal)
    if not result.studies:
        return [], None
    studies = [study for study in result.studies if not _written_before(study, out)]
    if not studies:
        return [], None
    make_folder(out)
    written: list[Path] = []
    taken: set[Path] = set()
    with Predictor(model, device, engine=engine, tell=report.say) as predictor, DecodePool() as decoder:
        classifier = _Engine(predictor, report, prevalence, point)
        for number, study in enumerate(studies, 1):
            folder = _folder_of(study, out, number, taken)
            taken.add(folder)
            try:
                make_folder(folder)
                before = _record_in(folder)
                made = _read_study(study, folder, classifier, decoder, report, identified=identified)
                _remove_stale(folder, before, made)
                written += made
                if classifier.model is not None and not classifier.not_run:
                    audit.record(library, audit.AuditEvent.SCORED, [study], model=classifier.model.sha256)
                audit.record(library, audit.AuditEvent.EXPORTED, [study], form="pictures", identified=identified)
            except BundleError:
                raise
            except MammoviewError as error:
                report.refuse_error(folder, error)
            report.progress("studies", number, len(studies))
    return written, classifier.model


def _written_before(study: Study, out: Path) -> bool:
    """True for pictures that lie under `out`: results of an earlier reading are no input."""
    place = out.resolve()
    return any(place in header.source.path.resolve().parents for header in study.images)


def _record_in(folder: Path) -> dict[str, Any]:
    """The record that an earlier reading left in a folder; empty where there is none."""
    try:
        record = json.loads((folder / "reading.json").read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return record if isinstance(record, dict) else {}


def _folder_of(study: Study, out: Path, number: int, taken: set[Path]) -> Path:
    """The first folder from `number` on that is free, or that holds an earlier reading of this very study."""
    while True:
        folder = out / study_folder_name(study, number)
        free = not folder.exists() or (folder.is_dir() and not any(folder.iterdir()))
        if folder not in taken and (free or _record_in(folder).get("study_key") == study.key):
            return folder
        number += 1


def _remove_stale(folder: Path, before: dict[str, Any], made: Sequence[Path]) -> None:
    """Remove what an earlier reading of the same study wrote here and this one did not: it tells of another run."""
    now = {path.name for path in made}
    for name in before.get("files", []):
        path = folder / Path(str(name)).name
        if path.name not in now:
            path.unlink(missing_ok=True)


class _Engine:
    """The classifier, or the reason why it cannot be started."""

    def __init__(self, predictor: Predictor, report: Report, prevalence: float | None, point: str | None) -> None:
        self._predictor = predictor
        self._report = report
        self.model: ModelLabel | None = None
        self.shift: PriorShift | None = None
        self._device = ""
        self.not_run: str | None = None
        try:
            self.model, self.shift = label_and_shift(predictor.bundle, prevalence, point)
            predictor.start()
            self._device = predictor.info().device
        except (BundleError, EngineError) as error:
            self.not_run = str(error)
            report.refuse_error("classifier not run", error)

    @property
    def device(self) -> dict[str, str]:
        """Where it runs now, and since when not on a GPU that failed, as a record says it."""
        change = self._predictor.device_change
        return {"device": "cpu" if change else self._device.partition(":")[0], **device_change_record(change)}

    def predict(self, prepared: PreparedImage) -> ImagePrediction:
        if self.not_run is not None:
            return ImagePrediction(prepared.image.key, prepared.header.laterality, not_run=self.not_run)
        return predict_or_say(
            prepared.image, self._predictor, lambda header, error: self._report.refuse_error(header.source, error)
        )


def _read_study(
    study: Study, folder: Path, engine: _Engine, decoder: Decoder, report: Report, *, identified: bool
) -> list[Path]:
    images: list[PreparedImage] = []
    predictions: list[ImagePrediction] = []
    records: list[dict[str, Any]] = []
    for image in read_images(study, lambda header, error: report.refuse_error(header.source, error), decoder):
        if image.header.burned_in_annotation:
            report.say(f"{image.header.source}: burned-in annotation: the pictures may name the patient")
        prepared = prepare(image)
        prediction = engine.predict(prepared)
        images.append(prepared)
        predictions.append(prediction)
        records.append(image_record(image, moved_image(prediction, engine.shift)))
    if not images:
        return []
    exam = moved_exam(aggregate(predictions), engine.shift)
    reading = Reading.of(exam, engine.model, identified=identified)
    written: list[Path] = []

    def save(name: str, picture: NDArray[np.uint8], spacing_mm: tuple[float, float] | None = None) -> str:
        path = folder / name
        write_picture(path, picture, spacing_mm=spacing_mm)
        written.append(path)
        return name

    plain = Presentation()
    heated = replace(plain, heat=HeatPresentation(visible=True))
    names = dict(zip((header.key for header in study.images), export_names(study), strict=True))
    pictures: dict[str, dict[str, str]] = {}
    for prepared in images:
        name = names[prepared.header.key]
        spacing_mm = picture_spacing_mm(prepared, plain)
        pictures[name] = {"picture": save(f"{name}.png", native_view(prepared, plain, reading), spacing_mm)}
        answer = reading.predictions.get(prepared.image.key)
        if answer is not None and answer.heat_map is not None:
            picture = native_view(prepared, heated, reading)
            pictures[name]["heat_map"] = save(f"{name}-heat.png", picture, spacing_mm)
    by_key = {prepared.header.key: prepared for prepared in images}
    hanging = hang(prepared.header for prepared in images)
    hung = {slot: by_key[header.key] for slot, header in hanging.slots.items()}
    hang_files: dict[str, str] = {}
    if hung:
        rows, columns = HANG_SIZE_PX
        hang_files["picture"] = save(
            "four-view.png", hang_picture(hung, plain, reading, rows_px=rows, columns_px=columns)
        )
        if any(prediction.heat_map is not None for prediction in predictions):
            hang_files["heat_map"] = save(
                "four-view-heat.png", hang_picture(hung, heated, reading, rows_px=rows, columns_px=columns)
            )
    record = {
        "schema": READING_SCHEMA,
        "notice": NOT_FOR_DIAGNOSIS,
        "model": model_record(engine.model) if engine.model is not None else None,
        **engine.device,
        "not_run": engine.not_run,
        "study_key": study.key,
        "files": [path.name for path in written],
        "study": study_record(study, records, exam),
        "hanging": {str(slot): names[header.key] for slot, header in hanging.slots.items()},
        "extra": [names[header.key] for header in hanging.extra],
        "views": pictures,
        "four_view": hang_files,
        "notes": {
            names[prepared.header.key]: [*prepared.header.warnings, *filter(None, [prepared.laying.note])]
            for prepared in images
        },
    }
    path = folder / "reading.json"
    write_text(path, json.dumps(record, indent=1) + "\n")
    written.append(path)
    return written
