"""`mammoview write`: what is known of each study as DICOM objects: pictures, presentation states, reports, maps.

Nothing heavy is imported before the command runs.
"""

from __future__ import annotations

import json
from argparse import Namespace
from collections.abc import Mapping
from contextlib import nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mammoview.core.errors import BundleError, EngineError, MammoviewError, UsageError

if TYPE_CHECKING:
    from mammoview.archive.library import Library
    from mammoview.commands.report import Report
    from mammoview.core.image import MammoImage
    from mammoview.core.prepared import PreparedImage
    from mammoview.core.study import ImageHeader, Study
    from mammoview.dicom.decode_pool import DecodePool
    from mammoview.inference.predictor import Predictor
    from mammoview.reading.dicom_objects import Answers, MadeByReaders

WRITE_SCHEMA = "mammoview.write/1"
KINDS = ("sc", "pr", "cad", "map", "assessment", "measurements")
_SCORED = frozenset({"sc", "cad", "map"})


def add_parser(commands: Any) -> None:
    """Add the sub-command."""
    parser = commands.add_parser("write", help="DICOM objects of every study: pictures, marks, CAD, maps, reports")
    parser.add_argument("paths", nargs="+", type=Path, metavar="PATH")
    parser.add_argument("--out", type=Path, required=True, metavar="DIR")
    parser.add_argument(
        "--kinds", default=",".join(KINDS), metavar="KIND,...", help=f"of {', '.join(KINDS)} (default: all)"
    )
    parser.add_argument(
        "--library",
        type=Path,
        metavar="FILE",
        help="the study library, for marks and assessments (default: the window's)",
    )
    parser.add_argument("--json", action="store_true", help="a summary on standard output")
    parser.add_argument("--model", type=Path, metavar="BUNDLE", help="a model bundle's folder or zip")
    parser.add_argument("--device", choices=("auto", "cpu", "gpu"), default="auto", help="where to run it")
    parser.add_argument("--engine", choices=("auto", "keras", "onnx"), default="auto", help="what runs it")
    parser.add_argument(
        "--prevalence", type=float, metavar="SHARE", help="of breasts with cancer at your site; scores follow it"
    )
    parser.add_argument("--operating-point", metavar="NAME", help="what scores are compared with: one of the model's")


def run(args: Namespace) -> int:
    """Write the objects of everything under `args.paths` into `args.out`; returns the exit status."""
    from mammoview.archive import audit
    from mammoview.commands.report import Report
    from mammoview.commands.score import make_folder
    from mammoview.core.prevalence import checked_prevalence
    from mammoview.dicom.decode_pool import DecodePool
    from mammoview.dicom.scan import scan
    from mammoview.inference.predictor import Predictor

    report, wanted = Report(), _kinds(args.kinds)
    if args.prevalence is not None:
        checked_prevalence(args.prevalence)
    library = _library(args.library)
    with library if library is not None else nullcontext():
        result = scan(args.paths, progress=lambda done, total: report.progress("reading headers", done, total))
        for refusal in result.refused:
            report.refuse(refusal)
        studies = [kept for study in result.studies if (kept := _originals(study, args.out)) is not None]
        records: list[dict[str, Any]] = []
        if studies:
            make_folder(args.out)
            predictor = Predictor(args.model, args.device, engine=args.engine, tell=report.say)
            with predictor, DecodePool() as decoder:
                answers = _answers(predictor, report, args) if wanted & _SCORED else None
                for number, study in enumerate(studies, 1):
                    folder = _folder(study, args.out, number)
                    try:
                        record = _write_study(study, folder, wanted, library, answers, decoder, report)
                    except MammoviewError as error:
                        report.refuse_error(folder, error)
                        continue
                    records.append(record)
                    if record["objects"] and library is not None and not library.problem:
                        audit.record(library, audit.AuditEvent.EXPORTED, [study], form="DICOM objects")
                    if not args.json:
                        _say_lines(record)
                    report.progress("studies", number, len(studies))
    done = sum(len(record["objects"]) for record in records)
    if records and not done:
        report.say("nothing of these kinds is known: assessments and measurements come from the study library")
    report.finish()
    if args.json:
        errors = [
            {"file": one.source, "cause": f"{one.cause} ({one.hint})" if one.hint else one.cause}
            for one in report.refusals
        ]
        print(json.dumps({"schema": WRITE_SCHEMA, "studies": records, "errors": errors}, indent=1))
    return report.status(done)


def _kinds(text: str) -> frozenset[str]:
    """The kinds that an option names; raises UsageError."""
    names = [name.strip() for name in text.split(",") if name.strip()]
    unknown = [name for name in names if name not in KINDS]
    if unknown or not names:
        raise UsageError(f"--kinds {text!r} names no kind of object", f"some of {','.join(KINDS)}")
    return frozenset(names)


def _library(named: Path | None) -> Library | None:
    """The library that was named, else the window's own where there is one; raises UsageError, LibraryError."""
    from mammoview.archive.home import home_folder
    from mammoview.archive.library import FILE_NAME, Library

    path = named or home_folder() / FILE_NAME
    if not path.is_file():
        if named is not None:
            raise UsageError(f"{named}: there is no such study library", "name the file of the window's library")
        return None
    return Library(path)


def _originals(study: Study, out: Path) -> Study | None:
    """The study without what mammoview wrote itself: pictures under `out`, and its Secondary Captures; None where
    nothing is left."""
    from dataclasses import replace

    from mammoview.dicom.objects.uids import MANUFACTURER, WRITTEN

    place, own = out.resolve(), {uid for uids in WRITTEN.values() for uid in uids}
    images = tuple(
        header
        for header in study.images
        if place not in header.source.path.resolve().parents
        and not (header.manufacturer == MANUFACTURER and header.sop_class_uid in own)
    )
    return replace(study, images=images) if images else None


def _folder(study: Study, out: Path, number: int) -> Path:
    """A folder that holds nothing yet: the objects of another run are never mixed with those of this one."""
    from mammoview.dicom.identity import study_folder_name

    while (folder := out / study_folder_name(study, number)).exists():
        number += 1
    return folder


def _answers(predictor: Predictor, report: Report, args: Namespace) -> Answers:
    """The classifier, or why it cannot be asked."""
    from mammoview.core.prediction import ImagePrediction
    from mammoview.inference.exam import aggregate
    from mammoview.reading.dicom_objects import Answers
    from mammoview.reading.scoring import label_and_shift, moved_exam, moved_image, predict_or_say

    try:
        model, shift = label_and_shift(predictor.bundle, args.prevalence, args.operating_point)
        predictor.start()
    except (BundleError, EngineError) as error:
        report.refuse_error("classifier not run", error)
        why = str(error)
        return Answers(
            lambda prepared: ImagePrediction(prepared.image.key, prepared.header.laterality, not_run=why),
            aggregate,
            None,
        )

    def predict(prepared: PreparedImage) -> ImagePrediction:
        return predict_or_say(
            prepared.image, predictor, lambda header, error: report.refuse_error(header.source, error)
        )

    def moved(prediction: ImagePrediction) -> ImagePrediction:
        return moved_image(prediction, shift)

    return Answers(predict, lambda answers: moved_exam(aggregate(answers), shift), model, moved)


def _made_by_readers(study: Study, library: Library | None, report: Report) -> MadeByReaders:
    """What the library holds of a study; marks that cannot be read are told and left out."""
    from dataclasses import asdict

    from mammoview.core.marks import Mark
    from mammoview.reading.dicom_objects import MadeByReaders

    key = None if library is None else next(iter(library.held([study])), None)
    if library is None or key is None:
        return MadeByReaders()
    marks: list[Mark] = []
    readers: dict[str, str] = {}
    unread = 0
    for stored in library.marks(key):
        try:
            mark = Mark.from_record(stored.body)
        except MammoviewError:
            unread += 1
            continue
        marks.append(mark)
        readers[mark.id] = stored.reader
    if unread:
        report.refuse_error(library.path, MammoviewError(f"holds {unread} marks that this version cannot read"))
    assessments: tuple[Mapping[str, object], ...] = tuple(asdict(one) for one in library.assessments(key))
    return MadeByReaders(tuple(marks), readers, assessments)


def _write_study(
    study: Study,
    folder: Path,
    wanted: frozenset[str],
    library: Library | None,
    answers: Answers | None,
    decoder: DecodePool,
    report: Report,
) -> dict[str, Any]:
    """Write the objects of one study; its record for the summary."""
    from mammoview.commands.score import make_folder
    from mammoview.dicom.identity import export_names
    from mammoview.dicom.objects.uids import Kind
    from mammoview.dicom.objects.write_file import write_object
    from mammoview.dicom.reader import read_image
    from mammoview.reading.dicom_objects import study_objects
    from mammoview.reading.scoring import read_images

    names = dict(zip((header.key for header in study.images), export_names(study), strict=True))
    objects: list[dict[str, Any]] = []

    def read_frame(header: ImageHeader, frame: int) -> MammoImage:
        return read_image(header, frame, decoder=decoder)

    def refuse_image(header: ImageHeader, error: MammoviewError) -> None:
        report.refuse_error(header.source, error)

    made = study_objects(
        read_images(study, refuse_image, decoder),
        _made_by_readers(study, library, report),
        answers,
        frozenset(Kind(name) for name in wanted),
        read_frame,
        lambda source, error: report.refuse_error(folder if source == "study" else source, error),
    )
    for one in made:
        make_folder(folder)
        path = folder / one.file_name(names)
        try:
            write_object(path, one.dataset)
        except MammoviewError as error:
            report.refuse_error(path, error)
            continue
        objects.append(
            {
                "file": str(path),
                "kind": str(one.kind),
                "image": None if one.header is None else one.header.sop_instance_uid,
                "sop_class_uid": str(one.dataset.SOPClassUID),
                "sop_instance_uid": str(one.dataset.SOPInstanceUID),
                "series_instance_uid": str(one.dataset.SeriesInstanceUID),
            }
        )
    return {"study_instance_uid": study.study_instance_uid, "folder": str(folder), "objects": objects}


def _say_lines(record: Mapping[str, Any]) -> None:
    for one in record["objects"]:
        print(f"{one['file']}  {one['kind']}")
