"""Mammography CAD SR tells what the classifier said, for which image, and how sure a viewer may be to show it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from pydicom.dataset import Dataset, FileDataset

from mammoview.core.errors import InputRefusedError
from mammoview.core.geometry import GridTransform
from mammoview.core.prediction import ExamPrediction, HeatMap, ImagePrediction, ModelLabel
from mammoview.core.study import Laterality
from mammoview.dicom.objects.uids import Kind
from mammoview.dicom.objects.write_cad import CadView, OperatingPoints, cad_report
from tests.written import dumped, errors_of, items, series, told_of, value, written

MODEL = ModelLabel(
    "toy",
    "1.2",
    "ab" * 32,
    ("other", "cancer"),
    "cancer",
    {"high sensitivity": 0.3, "balanced": 0.5, "high specificity": 0.8},
)
HEAT = HeatMap(np.ones((2, 2), np.float32), GridTransform(), "lesion map")


def view(folder: Path, name: str, score: float | None, **answer: Any) -> CadView:
    """One view of the study, with its map's maximum at row 10, column 20."""
    source, image = told_of(folder, name[0], name[1:])
    heat = None if score is None else HEAT
    prediction = ImagePrediction(image.key, image.header.laterality, score, heat_map=heat, **answer)
    return CadView(source, prediction, None if score is None else (10.0, 20.0))


def report(
    folder: Path, *views: CadView, exam: ExamPrediction | None = None, model: ModelLabel | None = MODEL
) -> FileDataset:
    return written(folder, cad_report(views, exam, model, 0.5, series(Kind.CAD)))


def summary(made: Dataset) -> str | float:
    return value(items(made, "CAD Processing and Findings Summary")[0])


def detections(made: Dataset) -> str | float:
    return value(items(made, "Summary of Detections")[0])


def path_of(made: Dataset, item: Dataset) -> Dataset:
    """The content item to which an item refers by its place in the tree."""
    found = made
    for place in item.ReferencedContentItemIdentifier[1:]:
        found = found.ContentSequence[place - 1]
    return found


def test_the_tree_begins_as_the_template_says(tmp_path: Path) -> None:
    made = report(tmp_path, view(tmp_path, "RCC", 0.1))
    assert made.ContentTemplateSequence[0].TemplateIdentifier == "4000"
    names = [one.ConceptNameCodeSequence[0].CodeMeaning for one in made.ContentSequence]
    assert names == [
        "Language of Content Item and Descendants",
        "Image Library",
        "CAD Processing and Findings Summary",
        "Summary of Detections",
        "Summary of Analyses",
    ]
    assert made.SOPClassUID == "1.2.840.10008.5.1.4.1.1.88.50"


def test_the_library_tells_how_each_image_lies(tmp_path: Path) -> None:
    made = report(tmp_path, view(tmp_path, "RMLO", 0.1), view(tmp_path, "LCC", 0.1))
    library = items(made, "Image Library")[0].ContentSequence
    assert [one.ReferencedSOPSequence[0].ReferencedSOPInstanceUID for one in library] == [
        told_of(tmp_path, *side)[1].header.sop_instance_uid for side in (("R", "MLO"), ("L", "CC"))
    ]
    told = {one.ConceptNameCodeSequence[0].CodeMeaning: one for one in library[0].ContentSequence}
    assert value(told["Image Laterality"]) == "Right breast"
    assert told["Image View"].ConceptCodeSequence[0].CodeValue == "399368009"
    assert (value(told["Patient Orientation Row"]), value(told["Patient Orientation Column"])) == ("P", "FL")
    assert told["Study Date"].Date == "20240131"
    assert (value(told["Horizontal Pixel Spacing"]), value(told["Vertical Pixel Spacing"])) == (100, 100)


def test_a_view_over_an_operating_point_has_a_finding_at_the_maps_maximum(tmp_path: Path) -> None:
    made = report(tmp_path, view(tmp_path, "RCC", 0.1), view(tmp_path, "LCC", 0.9))
    (finding,) = items(made, "Single Image Finding")
    assert value(finding) == "Selected region"
    (center,) = items(finding, "Center")
    assert (center.GraphicType, list(center.GraphicData)) == ("POINT", [20.5, 10.5])
    image = path_of(made, center.ContentSequence[0])
    assert image.ReferencedSOPSequence[0].ReferencedSOPInstanceUID == told_of(tmp_path, "L")[1].header.sop_instance_uid
    assert value(items(finding, "Certainty of Finding")[0]) == 90
    assert "not a lesion outline" in str(value(items(finding, "Selected Region Description")[0]))
    assert not items(finding, "Probability of cancer")


@pytest.mark.parametrize(
    ("score", "intent", "point"),
    [(0.8, "Required", None), (0.79, "Optional", 1), (0.5, "Optional", 1), (0.49, "Optional", 2), (0.3, "Optional", 2)],
)
def test_the_rendering_intent_follows_the_operating_points(
    tmp_path: Path, score: float, intent: str, point: int | None
) -> None:
    made = report(tmp_path, view(tmp_path, "RCC", score))
    for one in items(made, "Rendering Intent"):
        assert intent in str(value(one))
        points = items(one, "CAD Operating Point")
        assert [value(number) for number in points] == ([] if point is None else [point])
    assert len(items(made, "Rendering Intent")) == 2


def test_operating_points_are_told_from_the_strictest_on(tmp_path: Path) -> None:
    made = report(tmp_path, view(tmp_path, "RCC", 0.1))
    assert value(items(made, "Maximum CAD Operating Point")[0]) == 2
    assert value(items(made, "Recommended CAD Operating Point")[0]) == 1
    table = items(made, "CAD Operating Point Table")[0]
    names = [value(one) for one in items(table, "CAD Operating Point Description")]
    assert names == [
        "high specificity: score of at least 0.8",
        "balanced: score of at least 0.5",
        "high sensitivity: score of at least 0.3",
    ]
    assert [value(one) for one in items(table, "Probability of cancer")[0:]][-3:] == [80, 50, 30]


def test_a_model_without_operating_points_has_one() -> None:
    bare = ModelLabel("toy", "1", "ab", ("a", "b"), "b")
    points = OperatingPoints.of(bare, None)
    assert points.points == (("only", 0.0),)
    assert points.level(0.0) == 0


def test_a_view_below_all_operating_points_has_no_finding_but_its_score(tmp_path: Path) -> None:
    made = report(tmp_path, view(tmp_path, "RCC", 0.1))
    assert not items(made, "Single Image Finding")
    assert summary(made) == "All algorithms succeeded; without findings"
    words = str(value(items(made, "Impression Description")[0]))
    assert "RCC: score 0.1" in words
    assert "not for diagnosis" in words


def test_breasts_have_their_probability(tmp_path: Path) -> None:
    exam = ExamPrediction((), {Laterality.RIGHT: 0.9, Laterality.LEFT: 0.25}, 0.9)
    made = report(tmp_path, view(tmp_path, "RCC", 0.1), exam=exam)
    told = {
        value(items(one, "Laterality")[0]): value(one)
        for one in items(made, "Probability of cancer")
        if items(one, "Laterality")
    }
    assert told == {"Right breast": 90, "Left breast": 25}


def test_each_views_impression_has_its_probability_and_side(tmp_path: Path) -> None:
    made = report(tmp_path, view(tmp_path, "RCC", 0.9), view(tmp_path, "LMLO", 0.6))
    told = []
    for one in items(made, "Individual Impression/Recommendation"):
        (probability,) = items(one, "Probability of cancer")
        told.append(
            (
                value(items(one, "Impression Description")[0]),
                value(probability),
                value(items(probability, "Laterality")[0]),
            )
        )
    assert told == [("RCC: score 0.9", 90, "Right breast"), ("LMLO: score 0.6", 60, "Left breast")]


def test_the_algorithm_is_named_with_version_and_checksum(tmp_path: Path) -> None:
    made = report(tmp_path, view(tmp_path, "RCC", 0.9))
    assert {value(one) for one in items(made, "Algorithm Name")} == {"toy"}
    assert {value(one) for one in items(made, "Algorithm Version")} == {"1.2"}
    assert {value(one) for one in items(made, "Algorithm Parameters")} == {f"sha256 {MODEL.sha256}"}


def test_images_on_which_the_engine_failed_are_told_apart(tmp_path: Path) -> None:
    made = report(tmp_path, view(tmp_path, "RCC", 0.9), view(tmp_path, "LCC", None, not_run="engine ended"))
    assert detections(made) == "Partially Succeeded"
    assert summary(made) == "Not all algorithms succeeded; with findings"
    for name, uid in (("Successful", told_of(tmp_path, "R")), ("Failed", told_of(tmp_path, "L"))):
        group = items(made, f"{name} Detections")[0].ContentSequence[0]
        (image,) = [path_of(made, one) for one in group.ContentSequence if "ReferencedContentItemIdentifier" in one]
        assert image.ReferencedSOPSequence[0].ReferencedSOPInstanceUID == uid[1].header.sop_instance_uid


@pytest.mark.parametrize(
    ("answers", "status", "said"),
    [
        ([{"not_run": "x"}], "Failed", "No algorithms succeeded; without findings"),
        ([{"refused": "spot"}], "Not Attempted", "No algorithms succeeded; without findings"),
        ([{}, {"refused": "spot"}], "Succeeded", "All algorithms succeeded; without findings"),
        ([{}, {"not_run": "x"}], "Partially Succeeded", "Not all algorithms succeeded; without findings"),
    ],
)
def test_states_are_told(tmp_path: Path, answers: list[dict[str, str]], status: str, said: str) -> None:
    views = [
        view(tmp_path, name, None if answer else 0.1, **answer)
        for name, answer in zip(("RCC", "LCC"), answers, strict=False)
    ]
    made = report(tmp_path, *views)
    assert (detections(made), summary(made)) == (status, said)
    if any("refused" in answer for answer in answers):
        assert "not scored, spot" in str(value(items(made, "Impression Description")[0]))


def test_a_classifier_that_could_not_be_started_was_not_attempted(tmp_path: Path) -> None:
    made = report(tmp_path, view(tmp_path, "RCC", None, not_run="no bundle"), model=None)
    assert detections(made) == "Not Attempted"
    assert not items(made, "Algorithm Name")


def test_images_of_two_studies_are_refused(tmp_path: Path) -> None:
    other, image = told_of(tmp_path, "L", study="second")
    strange = CadView(other, ImagePrediction(image.key, Laterality.LEFT, 0.1))
    with pytest.raises(InputRefusedError, match="several studies"):
        report(tmp_path, view(tmp_path, "RCC", 0.1), strange)


def test_the_evidence_names_every_image(tmp_path: Path) -> None:
    made = report(tmp_path, view(tmp_path, "RCC", 0.1), view(tmp_path, "LCC", 0.1))
    (evidence,) = made.CurrentRequestedProcedureEvidenceSequence
    (one,) = evidence.ReferencedSeriesSequence
    assert len(one.ReferencedSOPSequence) == 2


def test_others_find_it_valid(tmp_path: Path) -> None:
    exam = ExamPrediction((), {Laterality.RIGHT: 0.9}, 0.9)
    made = report(
        tmp_path,
        view(tmp_path, "RCC", 0.9),
        view(tmp_path, "RMLO", 0.4),
        view(tmp_path, "LCC", None, refused="spot"),
        view(tmp_path, "LMLO", None, not_run="x"),
        exam=exam,
    )
    assert errors_of(tmp_path / "object.dcm") == []
    assert "Selected region" in dumped(tmp_path / "object.dcm")
    assert made.CompletionFlag == "COMPLETE"
    report(tmp_path, view(tmp_path, "RCC", None, not_run="no bundle"), model=None)
    assert errors_of(tmp_path / "object.dcm") == []
    assert "Not Attempted" in dumped(tmp_path / "object.dcm")
