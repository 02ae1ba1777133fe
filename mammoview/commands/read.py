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

from mammoview.archive.atomic import write_text
from mammoview.commands.report import Report
from mammoview.commands.score import make_folder
from mammoview.core.errors import BundleError, EngineError, MammoviewError
from mammoview.core.hanging import hang
from mammoview.core.prediction import ImagePrediction, ModelLabel
from mammoview.core.prepared import PreparedImage, prepare
from mammoview.core.study import Study
from mammoview.core.view_state import HeatPresentation, Presentation
from mammoview.dicom.identity import export_names, study_folder_name
from mammoview.dicom.picture_writer import write_picture
from mammoview.dicom.scan import scan
from mammoview.inference.predictor import Predictor
from mammoview.reading.pictures import Reading, hang_picture, native_view
from mammoview.reading.scoring import exam_of, image_record, model_record, read_images, study_record
from mammoview.reading.texts import NOT_FOR_DIAGNOSIS

READING_SCHEMA = "mammoview.reading/1"
HANG_SIZE_PX = (2000, 2400)
"""Rows and columns of the four-view picture."""


def run(args: Namespace) -> int:
    """Read everything under `args.paths` into `args.out`; returns the exit status."""
    report = Report()
    written, _ = read_into(args.paths, args.out, args.model, args.device, report, identified=args.identified)
    return report.status(len(written))


def read_into(
    paths: Sequence[Path],
    out: Path,
    model: Path | None,
    device: str,
    report: Report,
    *,
    identified: bool = False,
) -> tuple[list[Path], ModelLabel | None]:
    """Write each study's folder under `out`; returns the files written and the model, None where it could not run.

    Where the classifier fails, pictures without heat maps are still written and the record says that it was not run.
    """
    result = scan(paths, progress=lambda done, total: report.progress("reading headers", done, total))
    for refusal in result.refused:
        report.refuse(refusal)
    if not result.studies:
        return [], None
    make_folder(out)
    written: list[Path] = []
    with Predictor(model, device) as predictor:
        engine = _Engine(predictor, report)
        for number, study in enumerate(result.studies, 1):
            folder = out / study_folder_name(study, number)
            try:
                make_folder(folder)
                written += _read_study(study, folder, engine, report, identified=identified)
            except (BundleError, EngineError):
                raise
            except MammoviewError as error:
                report.refuse_error(folder, error)
            report.progress("studies", number, len(result.studies))
    return written, engine.model


class _Engine:
    """The classifier while it works; after its first failure, the reason why nothing more is scored."""

    def __init__(self, predictor: Predictor, report: Report) -> None:
        self._predictor = predictor
        self._report = report
        self.model: ModelLabel | None = None
        self.device = ""
        self.not_run: str | None = None
        try:
            self.model = predictor.bundle.label()
            predictor.start()
            self.device = predictor.info().device
        except (BundleError, EngineError) as error:
            self._fail(error)

    def predict(self, prepared: PreparedImage) -> ImagePrediction | None:
        if self.not_run is not None:
            return None
        try:
            return self._predictor.predict(prepared.image)
        except EngineError as error:
            self._fail(error)
            return None

    def _fail(self, error: MammoviewError) -> None:
        self.not_run = str(error)
        self.model = None
        self._report.refuse_error("classifier not run", error)


def _read_study(study: Study, folder: Path, engine: _Engine, report: Report, *, identified: bool) -> list[Path]:
    images: list[PreparedImage] = []
    predictions: list[ImagePrediction] = []
    records: list[dict[str, Any]] = []
    for image in read_images(study, lambda header, error: report.refuse_error(header.source, error)):
        prepared = prepare(image)
        prediction = engine.predict(prepared)
        images.append(prepared)
        if prediction is not None:
            predictions.append(prediction)
            records.append(image_record(image, prediction))
    if not images:
        return []
    exam = exam_of(predictions)
    scored = len(predictions) == len(images)
    reading = Reading.of(exam, engine.model, identified=identified)
    written: list[Path] = []

    def save(name: str, picture: NDArray[np.uint8], prepared: PreparedImage | None = None) -> str:
        spacing = prepared.image.spacing if prepared is not None else None
        path = folder / name
        write_picture(path, picture, spacing_mm=(spacing.row_mm, spacing.column_mm) if spacing else None)
        written.append(path)
        return name

    plain = Presentation()
    heated = replace(plain, heat=HeatPresentation(visible=True))
    names = dict(zip((header.key for header in study.images), export_names(study), strict=True))
    pictures: dict[str, dict[str, str]] = {}
    for prepared in images:
        name = names[prepared.header.key]
        pictures[name] = {"picture": save(f"{name}.png", native_view(prepared, plain, reading), prepared)}
        prediction = reading.predictions.get(prepared.image.key)
        if prediction is not None and prediction.heat_map is not None:
            picture = native_view(prepared, heated, reading)
            pictures[name]["heat_map"] = save(f"{name}-heat.png", picture, prepared)
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
        "device": engine.device.partition(":")[0],
        "not_run": engine.not_run if not scored else None,
        "study": study_record(study, records, exam) if predictions else None,
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
