"""`mammoview render`: one image of one file as a picture."""

from __future__ import annotations

import re
import sys
from argparse import Namespace
from pathlib import Path

from mammoview.archive import audit
from mammoview.commands.render_overlays import laid_over
from mammoview.core.errors import InputRefusedError, UsageError
from mammoview.core.heat import color_table
from mammoview.core.image import MammoImage
from mammoview.core.overlaid import PresentationState
from mammoview.core.prediction import ImagePrediction, ModelLabel
from mammoview.core.prepared import laid_by, prepare
from mammoview.core.prevalence import checked_prevalence
from mammoview.core.view_state import HeatPresentation, Presentation
from mammoview.core.window import VoiFunction, VoiWindow
from mammoview.dicom.decode_pool import DecodePool
from mammoview.dicom.picture_writer import write_picture
from mammoview.dicom.reader import read_file
from mammoview.reading.pictures import (
    Reading,
    check_size,
    native_view,
    operating_point,
    picture_spacing_mm,
    stated_view,
    view_at_size,
)


def parse_size(text: str) -> tuple[int, int]:
    """ "800x600" -> (600 rows, 800 columns); raises UsageError."""
    width, _, height = text.lower().partition("x")
    if not re.fullmatch(r"[0-9]{1,6}x[0-9]{1,6}", text.lower()):
        raise UsageError(f"--size {text!r} is not WIDTHxHEIGHT", "for example 1200x1600")
    rows, columns = int(height), int(width)
    check_size(rows, columns)
    return rows, columns


def run(args: Namespace) -> int:
    """Render `args.file` into `args.out`; returns the exit status."""
    size = parse_size(args.size) if args.size else None
    if args.prevalence is not None:
        checked_prevalence(args.prevalence)
        if not args.heatmap:
            raise UsageError("--prevalence is for scores, and none is asked for", "give --heatmap too")
    if args.operating_point is not None and not args.heatmap:
        raise UsageError("--operating-point is for scores, and none is asked for", "give --heatmap too")
    if args.as_state and not (args.overlays or args.overlays_from):
        raise UsageError("--as-state is for presentation states, and none is asked for", "give --overlays too")
    color_table(args.colormap)
    audit.existing(args.library)
    if args.out.resolve() == args.file.resolve():
        raise UsageError(f"{args.out}: is the image itself", "name another picture")
    try:
        with DecodePool(1) as decoder:
            image = read_file(args.file, args.frame, decoder=decoder)
    except InputRefusedError as error:
        raise InputRefusedError(_with_file(args.file, error.cause), error.hint) from error
    presentation = Presentation(
        voi=_voi_number(image, args.voi),
        window=_window(image, args.window),
        invert=args.invert,
        heat=HeatPresentation(
            visible=args.heatmap,
            opacity=_fraction("--opacity", args.opacity),
            threshold=_fraction("--threshold", args.threshold),
            color_map=args.colormap,
        ),
        annotations=not args.no_annotations,
    )
    reading = Reading(identified=args.identified)
    if args.heatmap:
        prediction, model = _score(image, args)
        point = operating_point(model)
        reading = Reading({image.key: prediction}, model, point, identified=args.identified)
    prepared = prepare(image)
    state: PresentationState | None = None
    if args.overlays or args.overlays_from:
        found = laid_over(image, args, reading, presentation)
        reading, presentation, state = found.reading, found.presentation, found.state
    if state is not None and args.as_state:
        if state.lays:
            prepared = laid_by(prepared, state.orientation)
        picture = stated_view(prepared, presentation, reading, state.area, size)
    elif size is None:
        picture = native_view(prepared, presentation, reading)
    else:
        picture = view_at_size(prepared, presentation, reading, rows_px=size[0], columns_px=size[1])
    write_picture(args.out, picture, spacing_mm=picture_spacing_mm(prepared, presentation) if size is None else None)
    study = [image.header.study_instance_uid] if image.header.study_instance_uid else []
    audit.record(args.library, audit.AuditEvent.EXPORTED, study, form="picture", identified=args.identified)
    if image.header.burned_in_annotation:
        print(f"mammoview: {args.file}: burned-in annotation: the picture may name the patient", file=sys.stderr)
    return 0


def _with_file(file: Path, cause: str) -> str:
    return cause if str(file) in cause else f"{file}: {cause}"


def _fraction(option: str, value: float) -> float:
    if not 0 <= value <= 1:
        raise UsageError(f"{option} {value:g} is not within 0..1")
    return value


def _voi_number(image: MammoImage, number: int | None) -> int:
    choices = image.vois()
    if number is not None and not 0 <= number < len(choices):
        raise UsageError(
            f"--voi {number}: this image has {len(choices)} choices",
            f"0 to {len(choices) - 1}, see mammoview info",
        )
    return number or 0


def _window(image: MammoImage, numbers: list[float] | None) -> VoiWindow | None:
    """The wished window with the file's VOI LUT Function."""
    if numbers is None:
        return None
    functions = [voi.function for voi in image.grey.vois if isinstance(voi, VoiWindow)]
    return VoiWindow(numbers[0], numbers[1], functions[0] if functions else VoiFunction.LINEAR)


def _say(line: str) -> None:
    print(f"mammoview: {line}", file=sys.stderr)


def _score(image: MammoImage, args: Namespace) -> tuple[ImagePrediction, ModelLabel]:
    from mammoview.inference.predictor import Predictor
    from mammoview.reading.scoring import label_and_shift, moved_image

    with Predictor(args.model, args.device, engine=args.engine, tell=_say) as predictor:
        model, shift = label_and_shift(predictor.bundle, args.prevalence, args.operating_point)
        prediction = moved_image(predictor.predict(image), shift)
        if prediction.refused is not None:
            print(f"mammoview: {args.file}: no heat map: {prediction.refused}", file=sys.stderr)
        return prediction, model
