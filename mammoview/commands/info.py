"""`mammoview info`: what was understood of each file, from headers alone. Says no patient name unless asked to."""

from __future__ import annotations

import json
from argparse import Namespace
from typing import Any

from mammoview.commands.report import Report
from mammoview.core.errors import InputRefusedError
from mammoview.core.overlaid import PresentationState
from mammoview.core.study import ImageHeader, ObjectHeader, Study
from mammoview.dicom.identity import screen_label
from mammoview.dicom.objects.read_objects import read_overlaid
from mammoview.dicom.scan import scan


def run(args: Namespace) -> int:
    """Describe everything under `args.paths`; returns the exit status."""
    report = Report()
    result = scan(args.paths, progress=lambda done, total: report.progress("reading headers", done, total))
    for refusal in result.refused:
        report.refuse(refusal)
    headers = [header for study in result.studies for header in study.images]
    objects = {header.key: (header, study) for study in result.studies for header in study.objects}
    told = [describe_object(header, study, identified=args.identified) for header, study in objects.values()]
    report.finish()
    if args.json:
        records = [describe(header, identified=args.identified) for header in headers]
        refused = [{"file": refusal.source, "cause": refusal.cause, "hint": refusal.hint} for refusal in result.refused]
        answer = {"schema": "mammoview.info/1", "files": records, "objects": told, "errors": refused}
        print(json.dumps(answer, indent=1))
    else:
        for header in headers:
            _print(describe(header, identified=args.identified))
        for record in told:
            _print_object(record)
    return report.status(len(headers))


def describe_object(header: ObjectHeader, study: Study, *, identified: bool) -> dict[str, Any]:
    """What was understood of an object that is no image: what it is, and what it lays over the images of its study."""
    record: dict[str, Any] = {
        "file": str(header.source),
        "kind": str(header.kind),
        "sop_class": header.sop_class,
        "study_instance_uid": study.study_instance_uid,
        "sop_instance_uid": header.sop_instance_uid,
        "maker": header.maker or None,
        "label": header.label or None,
        **({"date": header.date or None} if identified else {}),
        "automatic": header.automatic,
        "images": [],
        "graphics": 0,
        "maps": 0,
        "windows": 0,
        "states": [],
        "operating_points": [],
        "statements": [],
        "cautions": [],
        "not_understood": [],
    }
    try:
        found = read_overlaid(header, study.images)
    except InputRefusedError as error:
        record["not_understood"] = [f"{error.cause} ({error.hint})" if error.hint else error.cause]
        return record
    shown = [image for image in study.images if image.key in found.image_keys]
    return record | {
        "images": [str(image.source) for image in shown],
        "graphics": len(found.graphics),
        "maps": len(found.maps),
        "windows": sum(state.voi is not None for state in found.states.values()),
        "states": [describe_state(image, found.states[image.key]) for image in shown if image.key in found.states],
        "operating_points": list(found.operating_points),
        "statements": [*found.statements, *(found.remarks if identified else ())],
        "cautions": list(found.cautions),
        "not_understood": list(found.not_understood),
    }


def describe_state(image: ImageHeader, state: PresentationState) -> dict[str, Any]:
    """How a presentation state wants one image to look; `area` is first row and column, last row and column, from 1."""
    voi = state.voi or (image.grey.whole_range() if state.unwindowed else None)
    turn = state.orientation
    return {
        "file": str(image.source),
        "window": voi.label() if voi else None,
        "inverse": state.inverse,
        "presentation_lut": state.p_values is not None,
        "laid": {"transposed": turn.transpose, "rows_flipped": turn.flip_rows, "columns_flipped": turn.flip_columns}
        if state.lays
        else None,
        "area": [round(place) + 1 for corner in state.area for place in corner] if state.area else None,
        "magnification": state.magnification,
        "shutters": len(state.shutters) + (state.shutter_plane is not None),
        "overlay_planes": len(state.planes),
    }


def _print_object(record: dict[str, Any]) -> None:
    """One object as a short paragraph."""
    print(record["file"])
    made = ", ".join(text for text in (record["maker"], record.get("date"), record["label"]) if text)
    lines = [("object", f"{record['kind']}{', automatic' if record['automatic'] else ''}"), ("made", made or "—")]
    counts = ", ".join(f"{record[name]} {name}" for name in ("graphics", "maps", "windows") if record[name])
    lines.append(("shows", f"{counts or 'nothing'} on {len(record['images'])} images"))
    lines += [("looks", _state_words(state)) for state in record["states"]]
    lines += [("says", text) for text in record["statements"]]
    lines += [("caution", text) for text in record["cautions"]]
    lines += [("warning", text) for text in record["not_understood"]]
    for name, text in lines:
        print(f"  {name:10s} {text}")


def _state_words(state: dict[str, Any]) -> str:
    """What a presentation state does to one image, in a line."""
    words = [state["window"] or "the image's own window"]
    words += ["presentation LUT"] if state["presentation_lut"] else []
    words += ["inverse"] if state["inverse"] else []
    words += [f"{state[name]} {what}" for name, what in _COUNTED if state[name]]
    return ", ".join(words)


_COUNTED = (("shutters", "shutters"), ("overlay_planes", "overlay planes"))


def describe(header: ImageHeader, *, identified: bool) -> dict[str, Any]:
    """All that is told of one file, in plain JSON values; absent values are null."""
    grey, spacing = header.grey, header.spacing
    record: dict[str, Any] = {
        "file": str(header.source),
        "study_instance_uid": header.study_instance_uid,
        "sop_instance_uid": header.sop_instance_uid,
        "modality": header.modality or None,
        "presentation_intent": header.presentation_intent or None,
        "laterality": str(header.laterality),
        "view": str(header.view),
        "view_modifiers": [modifier.name.lower().replace("_", " ") for modifier in header.view_modifiers],
        "patient_orientation": list(header.patient_orientation) if header.patient_orientation else None,
        "rows": header.rows,
        "columns": header.columns,
        "frames": header.frames,
        "bits_stored": grey.bits_stored,
        "signed": grey.signed,
        "photometric_interpretation": header.photometric,
        "spacing_mm": [spacing.row_mm, spacing.column_mm] if spacing else None,
        "spacing_kind": spacing.label() if spacing else None,
        "transfer_syntax_uid": header.transfer_syntax_uid,
        "transfer_syntax": header.transfer_syntax or None,
        "lossy": header.lossy,
        "padding": [grey.padding.low, grey.padding.high] if grey.padding else None,
        "vois": [
            {"number": number, "label": voi.label(), "explanation": voi.explanation}
            for number, voi in enumerate(grey.vois)
        ],
        "implant": header.implant,
        "partial_view": header.partial_view,
        "quality_control": header.quality_control,
        "manufacturer": header.manufacturer or None,
        "model_name": header.model_name or None,
        "technique": dict(header.technique),
        "warnings": list(header.warnings),
    }
    if identified:
        record["patient"] = screen_label(header.patient)
        record["study_date"] = header.study_date or None
        record["institution"] = header.institution or None
    return record


def _print(record: dict[str, Any]) -> None:
    """One file as a short paragraph; a missing value is a dash."""
    print(record["file"])
    side_view = f"{record['laterality']}{record['view']}" or "unknown"
    modifiers = f" ({', '.join(record['view_modifiers'])})" if record["view_modifiers"] else ""
    orientation = "\\".join(record["patient_orientation"] or []) or "—"
    lines = [("view", f"{side_view}{modifiers}, orientation {orientation}")]
    frames = f", {record['frames']} frames" if record["frames"] > 1 else ""
    sign = "signed " if record["signed"] else ""
    lines.append(
        (
            "pixels",
            f"{record['columns']} × {record['rows']}{frames}, {sign}{record['bits_stored']} bit, "
            f"{record['photometric_interpretation']}",
        )
    )
    spacing = record["spacing_mm"]
    lines.append(
        (
            "spacing",
            f"{spacing[0]:g} × {spacing[1]:g} mm, {record['spacing_kind']}" if spacing else "— (lengths in pixels)",
        )
    )
    lossy = ", lossy" if record["lossy"] else ""
    lines.append(("syntax", f"{record['transfer_syntax'] or '—'}{lossy}"))
    lines.append(("intent", f"{record['modality'] or '—'} {record['presentation_intent'] or ''}".strip()))
    if not record["vois"]:
        lines.append(("VOI 0", "made from the pixels (the file has none)"))
    for voi in record["vois"]:
        explanation = f", {voi['explanation']}" if voi["explanation"] and voi["explanation"] not in voi["label"] else ""
        lines.append((f"VOI {voi['number']}", f"{voi['label']}{explanation}"))
    machine = " ".join(text for text in (record["manufacturer"], record["model_name"]) if text)
    lines.append(("machine", machine or "—"))
    if record["technique"]:
        lines.append(("technique", ", ".join(f"{name} {value}" for name, value in record["technique"].items())))
    if "patient" in record:
        lines.append(("patient", record["patient"] or "—"))
        lines.append(("date", record["study_date"] or "—"))
    lines += [("warning", text) for text in record["warnings"]]
    for name, text in lines:
        print(f"  {name:10s} {text}")
