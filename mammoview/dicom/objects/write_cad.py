"""Owns the classifier's answer as Mammography CAD SR (PS3.3 A.35.5, PS3.16 TID 4000). Never scores.

What the network tells is a calibrated probability of each view and a map of where it looked, no kind of lesion. So a
finding is a "Selected region" (CID 6014) at the map's maximum, with the probability as its certainty; the probability
of cancer, which such a region may not have (TID 4006 row 7), stands in the impression of its view.

Operating points (TID 4023, PS3.17 E.4) are the model's, from the strictest, 0: a view over that one is "Presentation
Required", one over a later one "Presentation Optional" with its number, and a view below all of them has no finding,
only its score in the overall impression. The recommended one is that in force in mammoview.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from highdicom.base import SOPClass
from pydicom.dataset import Dataset
from pydicom.sr.coding import Code
from pydicom.uid import ExplicitVRLittleEndian, MammographyCADSRStorage

from mammoview.core.prediction import ExamPrediction, ImagePrediction, ModelLabel
from mammoview.dicom.objects import codes
from mammoview.dicom.objects import write_tree as tree
from mammoview.dicom.objects.uids import Series
from mammoview.dicom.objects.write_library import image_library
from mammoview.dicom.objects.write_source import Source, arguments, equal_study, finish
from mammoview.dicom.objects.write_tree import CONTAINS, INFERRED, MODIFIER, PROPERTIES, SELECTED

_LIBRARY_PATH = (1, 2)
"""The image library is the second item of the root, behind the language."""


@dataclass(frozen=True, slots=True, eq=False)
class CadView:
    """What was said of one image. `peak`: the stored position (row, column) of its map's maximum within the breast
    (`core.heat.heat_peak`), None where there is none."""

    source: Source
    prediction: ImagePrediction
    peak: tuple[float, float] | None = None


@dataclass(frozen=True, slots=True)
class OperatingPoints:
    """(name, threshold), the strictest first; `recommended`: the place, from 0, of the one in force."""

    points: tuple[tuple[str, float], ...]
    recommended: int

    @classmethod
    def of(cls, model: ModelLabel, in_force: float | None) -> OperatingPoints:
        """Those of a model; without any there is one at `in_force`, or that every score reaches."""
        named = dict(model.operating_points) or {"only": 0.0 if in_force is None else in_force}
        points = tuple(sorted(named.items(), key=lambda point: -point[1]))
        at = next((place for place, (_, threshold) in enumerate(points) if threshold == in_force), 0)
        return cls(points, at)

    def level(self, score: float) -> int | None:
        """The first operating point that shows a view of this score; None where none does."""
        return next((place for place, (_, threshold) in enumerate(self.points) if score >= threshold), None)


def cad_report(
    views: Sequence[CadView],
    exam: ExamPrediction | None,
    model: ModelLabel | None,
    in_force: float | None,
    series: Series,
    number: int = 1,
) -> Dataset:
    """The answer for a study as an object: instance `number` (from 1) of the series.

    `model` None: the classifier could not be started, so that detection was not attempted. Raises InputRefusedError
    where the images are not of one study.
    """
    source = equal_study([view.source for view in views])
    keep = {"device_serial_number"}
    given = {name: value for name, value in arguments(series, number).items() if name not in keep}
    blank = source.blank()
    made: Dataset = SOPClass(
        study_instance_uid=blank.StudyInstanceUID,
        sop_class_uid=MammographyCADSRStorage,
        modality="SR",
        transfer_syntax_uid=ExplicitVRLittleEndian,
        **given,
    )
    made.CompletionFlag, made.VerificationFlag, made.PreliminaryFlag = "COMPLETE", "UNVERIFIED", "PRELIMINARY"
    made.ReferencedPerformedProcedureStepSequence, made.PerformedProcedureCodeSequence = [], []
    made.CurrentRequestedProcedureEvidenceSequence = [tree.evidence(view.source for view in views)]
    points = None if model is None else OperatingPoints.of(model, in_force)
    made.update(_root(views, exam, model, points))
    return finish(made, source, series)


def _root(
    views: Sequence[CadView], exam: ExamPrediction | None, model: ModelLabel | None, points: OperatingPoints | None
) -> Dataset:
    return tree.container(
        "",
        codes.CAD_REPORT,
        tree.code(MODIFIER, codes.LANGUAGE, codes.ENGLISH),
        image_library([view.source for view in views]),
        _summary(views, exam, model, points),
        _detections(views, model, points),
        tree.code(CONTAINS, codes.SUMMARY_OF_ANALYSES, codes.NOT_ATTEMPTED),
        template="4000",
    )


def _summary(
    views: Sequence[CadView], exam: ExamPrediction | None, model: ModelLabel | None, points: OperatingPoints | None
) -> Dataset:
    """TID 4001: whether all went well, the overall impression (TID 4002), and one impression for each finding."""
    findings: list[Dataset] = []
    children: list[Dataset] = []
    if model is not None and points is not None:
        findings = [
            _impression(view, place, level, model)
            for place, view in enumerate(views, 1)
            if view.prediction.score is not None
            and view.peak is not None
            and (level := points.level(view.prediction.score)) is not None
        ]
        children = _overall(views, exam, model)
    scored = [view for view in views if view.prediction.score is not None]
    failed = [view for view in views if view.prediction.not_run is not None]
    if not scored:
        value = codes.NONE_SUCCEEDED
    elif failed:
        value = codes.SOME_WITH_FINDINGS if findings else codes.SOME_WITHOUT_FINDINGS
    else:
        value = codes.ALL_WITH_FINDINGS if findings else codes.ALL_WITHOUT_FINDINGS
    return tree.code(CONTAINS, codes.CAD_SUMMARY, value, *children, *findings)


def _overall(views: Sequence[CadView], exam: ExamPrediction | None, model: ModelLabel) -> list[Dataset]:
    """TID 4002 for the study: each view in words, the algorithm, the probability of each breast."""
    lines = [f"{view.source.header.side_view}: {_words(view.prediction)}" for view in views]
    breasts = {} if exam is None else exam.breasts
    return [
        tree.text(PROPERTIES, codes.IMPRESSION_DESCRIPTION, "\n".join((*lines, _notice(model)))),
        *_algorithm(PROPERTIES, model),
        *(
            tree.number(
                PROPERTIES,
                codes.PROBABILITY_OF_CANCER,
                _percent(score),
                codes.PERCENT,
                tree.code(MODIFIER, codes.LATERALITY, codes.SIDES[side]),
            )
            for side, score in breasts.items()
            if side in codes.SIDES
        ),
    ]


def _impression(view: CadView, place: int, level: int, model: ModelLabel) -> Dataset:
    """TID 4003 for one view, with its one finding (TID 4006). `place`: of the image in the library, from 1."""
    prediction, header = view.prediction, view.source.header
    assert prediction.score is not None and view.peak is not None
    side = codes.SIDES.get(header.laterality)
    laterality = [] if side is None else [tree.code(MODIFIER, codes.LATERALITY, side)]
    row, column = view.peak
    what = "where the network looked most" if prediction.heat_map is None else prediction.heat_map.method
    finding = tree.code(
        CONTAINS,
        codes.SINGLE_IMAGE_FINDING,
        codes.SELECTED_REGION,
        _intent(level, model),
        *_algorithm(PROPERTIES, model),
        tree.number(PROPERTIES, codes.CERTAINTY_OF_FINDING, _percent(prediction.score), codes.PERCENT),
        tree.coordinates(
            PROPERTIES,
            codes.CENTER,
            "POINT",
            [(column + 0.5, row + 0.5)],
            tree.by_reference(SELECTED, (*_LIBRARY_PATH, place)),
        ),
        tree.text(
            PROPERTIES,
            codes.SELECTED_REGION_DESCRIPTION,
            f"Maximum of the heat map ({what}): attention of the network, not a lesion outline",
        ),
    )
    return tree.container(
        INFERRED,
        codes.INDIVIDUAL_IMPRESSION,
        _intent(level, model),
        tree.text(CONTAINS, codes.IMPRESSION_DESCRIPTION, f"{header.side_view}: {_words(prediction)}"),
        *_algorithm(CONTAINS, model),
        tree.number(CONTAINS, codes.PROBABILITY_OF_CANCER, _percent(prediction.score), codes.PERCENT, *laterality),
        finding,
    )


def _intent(level: int, model: ModelLabel) -> Dataset:
    """Rendering Intent; an operating point belongs to optional presentation alone."""
    if level == 0:
        return tree.code(MODIFIER, codes.RENDERING_INTENT, codes.REQUIRED)
    point = tree.number(PROPERTIES, codes.OPERATING_POINT, level, _range(len(model.operating_points) - 1))
    return tree.code(MODIFIER, codes.RENDERING_INTENT, codes.OPTIONAL, point)


def _detections(views: Sequence[CadView], model: ModelLabel | None, points: OperatingPoints | None) -> Dataset:
    """Summary of Detections with TID 4015: the images on which detection succeeded, and those on which it failed.

    An image that the gate refused was not attempted, and what was not attempted is not listed.
    """
    done = [place for place, view in enumerate(views, 1) if view.prediction.score is not None]
    failed = [place for place, view in enumerate(views, 1) if view.prediction.not_run is not None]
    if model is None or points is None or not (done or failed):
        return tree.code(CONTAINS, codes.SUMMARY_OF_DETECTIONS, codes.NOT_ATTEMPTED)
    status = codes.SUCCEEDED if not failed else codes.FAILED if not done else codes.PARTIALLY_SUCCEEDED
    groups = [
        tree.container(INFERRED, name, _detection(places, model, points))
        for name, places in ((codes.SUCCESSFUL_DETECTIONS, done), (codes.FAILED_DETECTIONS, failed))
        if places
    ]
    return tree.code(CONTAINS, codes.SUMMARY_OF_DETECTIONS, status, *groups)


def _detection(places: Sequence[int], model: ModelLabel, points: OperatingPoints) -> Dataset:
    """TID 4017."""
    return tree.code(
        CONTAINS,
        codes.DETECTION_PERFORMED,
        codes.SELECTED_REGION,
        *_algorithm(PROPERTIES, model),
        *(tree.by_reference(INFERRED, (*_LIBRARY_PATH, place)) for place in places),
        *_operating_points(points),
    )


def _operating_points(points: OperatingPoints) -> list[Dataset]:
    """TID 4023: the table names each by its threshold on the score."""
    most = len(points.points) - 1
    unit = _range(most)
    rows = [
        tree.number(
            CONTAINS,
            codes.OPERATING_POINT,
            place,
            unit,
            tree.text(PROPERTIES, codes.OPERATING_POINT_DESCRIPTION, f"{name}: score of at least {threshold:.4g}"),
            tree.number(PROPERTIES, codes.PROBABILITY_OF_CANCER, _percent(threshold), codes.PERCENT),
        )
        for place, (name, threshold) in enumerate(points.points)
    ]
    return [
        tree.number(PROPERTIES, codes.MAXIMUM_OPERATING_POINT, most, codes.ARBITRARY),
        tree.number(PROPERTIES, codes.RECOMMENDED_OPERATING_POINT, points.recommended, unit),
        tree.container(
            PROPERTIES,
            codes.OPERATING_POINT_TABLE,
            tree.code(CONTAINS, codes.X_CONCEPT, codes.PROBABILITY_OF_CANCER),
            tree.code(CONTAINS, codes.Y_CONCEPT, codes.IMAGE_SPECIFICITY),
            *rows,
        ),
    ]


def _range(most: int) -> Code:
    return Code(f"{{0:{most}}}", "UCUM", f"range: 0:{most}")


def _algorithm(relationship: str, model: ModelLabel) -> list[Dataset]:
    """TID 4019; the bundle's checksum is the parameter that makes it unambiguous."""
    return [
        tree.text(relationship, codes.ALGORITHM_NAME, model.name),
        tree.text(relationship, codes.ALGORITHM_VERSION, model.version),
        tree.text(relationship, codes.ALGORITHM_PARAMETERS, f"sha256 {model.sha256}"),
    ]


def _words(prediction: ImagePrediction) -> str:
    if prediction.score is None:
        return f"not scored, {prediction.reason}"
    return f"score {prediction.score:.4g}"


def _notice(model: ModelLabel) -> str:
    moved = "" if model.prevalence is None else f", for a prevalence of {model.prevalence:.4g}"
    return f"Probability of the class {model.suspicious} by {model.title}{moved}. Research only, not for diagnosis."


def _percent(share: float) -> float:
    return round(100 * share, 6)
