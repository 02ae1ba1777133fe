"""Owns the words that stand on a picture. Never draws; identity lines come from the caller and are empty by default."""

from __future__ import annotations

from dataclasses import replace

from mammoview.core.annotate import CornerTexts
from mammoview.core.image import FrameChoice, MammoImage
from mammoview.core.overlaid_drawing import Laid, shut_part
from mammoview.core.prediction import ImagePrediction, ModelLabel, decimals
from mammoview.core.prepared import PreparedImage
from mammoview.core.prevalence import percent
from mammoview.core.study import ImageHeader, Patient
from mammoview.core.window import Voi
from mammoview.dicom.identity import identity_block, screen_label
from mammoview.dicom.technique import TECHNIQUE_LABELS

NOT_FOR_DIAGNOSIS = "not for diagnosis"
MISSING = "—"
_WORTH_A_WORD = 0.02
"""The part of the breast that shutters may hide without a word: they end at its border, or so."""


def identity_lines(patient: Patient) -> tuple[str, ...]:
    """The lines that name the woman; only for the reader's own screen or where she asked for them."""
    return (screen_label(patient),) if patient.name or patient.patient_id else ()


def technique_block(header: ImageHeader, *, identified: bool) -> tuple[tuple[str, str], ...]:
    """The full block of IHE Mammography Image and 21 CFR 900.12(c)(5), as (label, value) in display order.

    Always the same labels; a value that the file does not tell is a dash and never 0. Without `identified` all lines
    that may tell the woman, the staff, the place, the time or the single device are left out.
    """
    technique = dict(header.technique)
    who = identity_block(header) if identified else ()
    lines = (
        *who,
        ("Manufacturer", header.manufacturer),
        ("Model", header.model_name),
        ("Series / image", _joined(header.series_number, header.instance_number)),
        ("View", _view_words(header)),
        ("Intent", header.presentation_intent.lower()),
        ("Transfer syntax", header.transfer_syntax),
        ("Compression", f"lossy {header.lossy_ratio}".strip() if header.lossy else ""),
        *((label, technique.get(label, "")) for label in TECHNIQUE_LABELS),
    )
    return tuple((label, value or MISSING) for label, value in lines)


def _joined(*parts: str) -> str:
    """The parts between slashes, a dash for one that is missing; empty where all are."""
    return " / ".join(part or MISSING for part in parts) if any(parts) else ""


def _view_words(header: ImageHeader) -> str:
    """ "R MLO, implant displaced"; empty where nothing is told."""
    side_view = " ".join(part for part in (str(header.laterality), str(header.view)) if part)
    modifiers = (modifier.name.lower().replace("_", " ") for modifier in header.view_modifiers)
    return ", ".join(part for part in (side_view, *modifiers) if part)


def score_words(prediction: ImagePrediction | None, operating_point: float | None) -> str:
    """ "0.43 below 0.51", "0.62 above 0.51", "refused: spot view" or "not run"."""
    if prediction is None or prediction.not_run is not None:
        return "not run"
    if prediction.score is None:
        return f"refused: {prediction.refused}"
    if operating_point is None:
        return f"{prediction.score:.2f}"
    digits = decimals(prediction.score, operating_point)
    side = "above" if prediction.score >= operating_point else "below"
    return f"{prediction.score:.{digits}f} {side} {operating_point:.{digits}f}"


def prevalence_words(model: ModelLabel) -> str:
    """For which prevalence scores are, where a site's was stated; empty where they are as calibrated."""
    if model.prevalence is None or model.calibrated_at is None:
        return ""
    return f"for a prevalence of {percent(model.prevalence)}, calibrated at {percent(model.calibrated_at)}"


def _cautions(prepared: PreparedImage) -> tuple[str, ...]:
    header = prepared.header
    found = ["preview, loading"] if prepared.image.preview else []
    if prepared.laying.note:
        found.append(prepared.laying.note)
    if prepared.turned_over:
        found.append("air was bright, shown inverted")
    if header.presentation_intent == "FOR PROCESSING":
        found.append("for processing, not for presentation")
    if header.lossy:
        found.append(f"lossy compression {header.lossy_ratio}".strip())
    if header.partial_view:
        found.append(": ".join(text for text in ("partial view", ", ".join(header.partial_view_codes)) if text))
    if header.implant:
        found.append("implant")
    if header.burned_in_annotation:
        found.append("burned-in text: may name the patient")
    return tuple(found)


def _frame_words(image: MammoImage) -> str:
    """ "frame 3/40", "slab of 5, maximum  frames 10-14/40"; empty where the image has but one frame."""
    count = image.header.frames
    if count == 1 and image.frame == 1:
        return ""
    frames = FrameChoice(image.frame, image.slab, image.projection).frames(count)
    if len(frames) < 2:
        return f"frame {image.frame}/{count}"
    return f"slab of {len(frames)}, {image.projection}  frames {frames[0]}-{frames[-1]}/{count}"


def with_laid(texts: CornerTexts, laid: Laid, prepared: PreparedImage) -> CornerTexts:
    """The corner texts with which objects of other makers are seen on the view, what these did not do, and how much of
    the breast their shutters hide."""
    image = prepared.image
    hidden = shut_part(laid.shutters, prepared.region.mask, image.rows, image.columns) if laid.shutters else 0.0
    shut = (f"a shutter hides {100 * hidden:.0f} % of the breast",) if hidden >= _WORTH_A_WORD else ()
    if not laid.titles and not laid.cautions and not shut:
        return texts
    bottom, cautions = (*laid.titles, *texts.bottom), (*texts.cautions, *laid.cautions, *shut)
    return replace(texts, bottom=bottom, cautions=cautions)


def corner_texts(
    prepared: PreparedImage,
    *,
    voi: Voi,
    identity: tuple[str, ...] = (),
    date: str = "",
    prediction: ImagePrediction | None = None,
    model: ModelLabel | None = None,
    operating_point: float | None = None,
    heat_hidden: bool = False,
    zoom_text: str = "",
    air_estimated: bool = False,
    block: tuple[tuple[str, str], ...] = (),
    brief: bool = False,
) -> CornerTexts:
    """The corner texts of one view.

    `identity` and `date` (ISO) are empty where the picture must not carry them. With `model` given, the score (or why
    there is none) stands there with the model's name, version and "not for diagnosis". `heat_hidden`: the map exists
    but is hidden, and the picture says why. `air_estimated`: the air that stays black was not told by the file.
    `block`: that of `technique_block`, where it was asked for. `brief`: for a pane that the breast fills: side and
    view, what asks for caution, and why no map is seen.
    """
    header = prepared.header
    hidden = ("heat map hidden: below operating point",) if model is not None and heat_hidden else ()
    if brief:
        return CornerTexts(header.side_view, (), hidden, _cautions(prepared), block)
    bottom: list[str] = []
    if model is not None:
        bottom.append(f"{model.suspicious}: {score_words(prediction, operating_point)}")
        if model.prevalence is not None:
            bottom.append(f"for a prevalence of {percent(model.prevalence)}")
        bottom.append(f"{model.title}, {NOT_FOR_DIAGNOSIS}")
        bottom.extend(hidden)
    frames = _frame_words(prepared.image)
    is_slab = prepared.image.slab > 1
    window = "  ".join(text for text in (voi.label(), "" if is_slab else frames, zoom_text) if text)
    air = "air: estimated" if air_estimated else ""
    bottom.extend(text for text in (air, date, frames if is_slab else "", window) if text)
    return CornerTexts(header.side_view, identity, tuple(bottom), _cautions(prepared), block)
