"""Owns the words that stand on a picture. Never draws; identity lines come from the caller and are empty by default."""

from __future__ import annotations

from mammoview.core.annotate import CornerTexts
from mammoview.core.prediction import ImagePrediction, ModelLabel
from mammoview.core.prepared import PreparedImage
from mammoview.core.study import Patient
from mammoview.core.window import Voi
from mammoview.dicom.identity import screen_label

NOT_FOR_DIAGNOSIS = "not for diagnosis"


def identity_lines(patient: Patient) -> tuple[str, ...]:
    """The lines that name the woman; only for the reader's own screen or where she asked for them."""
    return (screen_label(patient),) if patient.name or patient.patient_id else ()


def score_words(prediction: ImagePrediction | None, operating_point: float | None) -> str:
    """ "0.43 below 0.51", "0.62 above 0.51", "refused: spot view" or "not run"."""
    if prediction is None or prediction.not_run is not None:
        return "not run"
    if prediction.score is None:
        return f"refused: {prediction.refused}"
    if operating_point is None:
        return f"{prediction.score:.2f}"
    digits = 2 if f"{prediction.score:.2f}" != f"{operating_point:.2f}" else 3
    side = "above" if prediction.score >= operating_point else "below"
    return f"{prediction.score:.{digits}f} {side} {operating_point:.{digits}f}"


def _cautions(prepared: PreparedImage) -> tuple[str, ...]:
    header = prepared.header
    found = [prepared.laying.note] if prepared.laying.note else []
    if prepared.turned_over:
        found.append("air was bright, shown inverted")
    if header.presentation_intent == "FOR PROCESSING":
        found.append("for processing, not for presentation")
    if header.lossy:
        found.append("lossy compression")
    if header.partial_view:
        found.append("partial view")
    if header.implant:
        found.append("implant")
    if header.burned_in_annotation:
        found.append("burned-in text: may name the patient")
    return tuple(found)


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
) -> CornerTexts:
    """The corner texts of one view.

    `identity` and `date` (ISO) are empty where the picture must not carry them. With `model` given, the score (or why
    there is none) stands there with the model's name, version and "not for diagnosis". `heat_hidden`: the map exists
    but is hidden, and the picture says why.
    """
    header = prepared.header
    bottom: list[str] = []
    if model is not None:
        bottom.append(f"{model.suspicious}: {score_words(prediction, operating_point)}")
        bottom.append(f"{model.title}, {NOT_FOR_DIAGNOSIS}")
        if heat_hidden:
            bottom.append("heat map hidden: below operating point")
    window = voi.label()
    if prepared.image.frame > 1 or header.frames > 1:
        window += f"  frame {prepared.image.frame}/{header.frames}"
    bottom.extend(text for text in (date, f"{window}  {zoom_text}".strip()) if text)
    return CornerTexts(header.side_view, identity, tuple(bottom), _cautions(prepared))
