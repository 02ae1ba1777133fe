"""What the gate refuses by the header comes out of `mammoview score --json` as "not scored" with the reason."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from mammoview.cli import main
from tests.factories import dicom_bytes, make_mammogram_dataset

_CAPTURE = "1.2.840.10008.5.1.4.1.1.7"
_SIDELESS = {"ImageLaterality": None, "ViewPosition": None, "ViewCodeSequence": None, "PatientOrientation": None}
_REFUSED: dict[str, tuple[dict[str, Any], str]] = {
    "raw": ({"PresentationIntentType": "FOR PROCESSING"}, "a raw image (For Processing)"),
    "control": ({"QualityControlImage": "YES"}, "a quality-control image"),
    "phantom": ({"StudyDescription": "ACR phantom, weekly"}, "a quality-control image"),
    "implant": ({"BreastImplantPresent": "YES"}, "an implant"),
    "magnified": ({"EstimatedRadiographicMagnificationFactor": "1.8"}, "a magnification view"),
    "frames": ({"frames": 3}, "an image of several frames is not judged"),
    "capture": (
        {"Modality": "OT", "SOPClassUID": _CAPTURE, **_SIDELESS},
        "a secondary capture that names neither side nor view",
    ),
}


def test_every_refusal_by_header_is_an_answer_with_its_reason(
    tmp_path: Path, tiny_bundle: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for number, (name, (header, _)) in enumerate(_REFUSED.items()):
        made = make_mammogram_dataset("R", "CC", 320, 256, study=name, seed=number, **header)
        (tmp_path / f"{name}.dcm").write_bytes(dicom_bytes(made))
    assert main(["score", str(tmp_path), "--json", "-", "--model", str(tiny_bundle)]) == 0
    answer = json.loads(capsys.readouterr().out)
    images = {Path(image["file"]).stem: image for study in answer["studies"] for image in study["images"]}
    assert set(images) == set(_REFUSED)
    assert {image["score"] for image in images.values()} == {None}
    assert {name: image["refused"].startswith(_REFUSED[name][1]) for name, image in images.items()} == dict.fromkeys(
        images, True
    )
