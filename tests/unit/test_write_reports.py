"""Assessments and measurements as structured reports say what the reader said and measured."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Any

import highdicom
import pytest
from pydicom.dataset import Dataset

from mammoview.core.errors import InputRefusedError
from mammoview.core.marks import Mark, MarkKind
from mammoview.core.measure import angle_deg, area, length, region_statistics
from mammoview.core.study import Laterality
from mammoview.dicom.objects.uids import Kind, mark_uid
from mammoview.dicom.objects.write_assessment import Judgement, assessment_report
from mammoview.dicom.objects.write_measurements import Measured, measurement_report
from mammoview.dicom.reader import read_image
from tests.written import dumped, errors_of, items, series, told_of, value, written

WHEN = datetime(2026, 1, 31, 8, 0, 5)


def assessed(folder: Path, *judgements: Judgement) -> Dataset:
    source, _ = told_of(folder)
    return written(folder, assessment_report([source], judgements, series(Kind.ASSESSMENT)))


def judgement(side: str = "R", birads: str = "", density: str = "", text: str = "", reader: str = "jdoe") -> Judgement:
    return Judgement(Laterality(side), birads, density, text, reader, WHEN)


def test_categories_of_each_breast_are_told_with_reader_and_time(tmp_path: Path) -> None:
    made = assessed(tmp_path, judgement("R", "4"), judgement("L", "1", reader="other"))
    right, left = (
        items(made, "Impression")[0],
        next(
            one
            for one in items(made, "Impression")
            if one.ValueType == "CONTAINER" and "Left" in str(value(items(one, "Laterality")[0]))
        ),
    )
    for section, code, reader in ((right, "397144001", "jdoe"), (left, "397140005", "other")):
        (category,) = items(section, "Assessment Category")
        assert category.ConceptCodeSequence[0].CodeValue == code
        assert category.ObservationDateTime == "20260131080005"
        assert value(items(section, "Person Observer Name")[0]) == reader
    assert "ACR BI-RADS category 4: suspicious" in [
        value(one) for one in right.ContentSequence if one.ValueType == "TEXT"
    ]


def test_category_6_has_words_alone(tmp_path: Path) -> None:
    made = assessed(tmp_path, judgement("L", "6"))
    assert not items(made, "Assessment Category")
    told = [value(one) for one in items(made, "Impression") if one.ValueType == "TEXT"]
    assert told == ["ACR BI-RADS category 6: known biopsy-proven malignancy"]


@pytest.mark.parametrize(
    ("letter", "code"), [("A", "129716005"), ("B", "129717001"), ("C", "129718006"), ("D", "129719003")]
)
def test_density_of_the_case_is_breast_composition(tmp_path: Path, letter: str, code: str) -> None:
    made = assessed(tmp_path, judgement("", density=letter))
    (composition,) = items(made, "Breast composition")
    assert composition.ConceptCodeSequence[0].CodeValue == code
    assert value(items(made, "Laterality")[0]) == "Both breasts"


def test_free_text_comes_back_letter_by_letter(tmp_path: Path) -> None:
    made = assessed(tmp_path, judgement(text="Größe 12 mm\n乳房 a\\b\tend"))
    assert value(items(made, "Impression Description")[0]) == "Größe 12 mm\r\n乳房 a\\bend"


def test_an_assessment_of_the_library_is_read_as_a_record() -> None:
    record = {
        "laterality": "L",
        "birads": "2",
        "density": "B",
        "text": "t",
        "reader": "r",
        "time": "2026-01-31T08:00:00",
    }
    assert Judgement.of(record) == Judgement(Laterality.LEFT, "2", "B", "t", "r", datetime(2026, 1, 31, 8))
    for wrong in ({"birads": "7"}, {"density": "E"}, {"laterality": "X"}, {"time": "soon"}, {"reader": None}):
        with pytest.raises(InputRefusedError):
            Judgement.of({**record, **wrong})


def test_assessments_that_say_nothing_are_no_report(tmp_path: Path) -> None:
    with pytest.raises(InputRefusedError, match="say nothing"):
        assessed(tmp_path, judgement())


def test_others_find_the_assessment_valid(tmp_path: Path) -> None:
    assessed(tmp_path, judgement("R", "4", "C", "text"), judgement("", "", "B"))
    assert errors_of(tmp_path / "object.dcm") == []
    assert "Category 4" in dumped(tmp_path / "object.dcm")
    report = highdicom.sr.srread(tmp_path / "object.dcm")
    assert isinstance(report, highdicom.sr.EnhancedSR)


def marks(key: str, frame: int = 1) -> dict[str, Mark]:
    return {
        "ruler": Mark(MarkKind.RULER, key, frame, ((10.0, 20.0), (40.0, 60.0)), "note 乳"),
        "angle": Mark(MarkKind.ANGLE, key, frame, ((10.0, 20.0), (40.0, 60.0), (70.0, 20.0))),
        "ellipse": Mark(MarkKind.ELLIPSE, key, frame, ((30.0, 30.0), (50.0, 70.0))),
        "freehand": Mark(MarkKind.FREEHAND, key, frame, ((30.0, 30.0), (50.0, 70.0), (60.0, 40.0))),
    }


def measured(folder: Path, readers: tuple[str, ...] = ("jdoe",), **options: Any) -> tuple[Dataset, list[Measured]]:
    source, image = told_of(folder, **options)
    made = marks(image.header.key).values()
    told = [Measured(source, image, mark, readers[place % len(readers)]) for place, mark in enumerate(made)]
    return written(folder, measurement_report(told, series(Kind.MEASUREMENTS))), told


def test_numbers_are_those_of_the_application(tmp_path: Path) -> None:
    made, told = measured(tmp_path)
    ruler, angle, ellipse, freehand = (one.mark for one in told)
    image = told[0].image
    groups = {
        mark.kind: group
        for mark, group in zip((ruler, angle, ellipse, freehand), items(made, "Measurement Group"), strict=True)
    }
    assert value(items(groups[ruler.kind], "Length")[0]) == pytest.approx(length(ruler, image.spacing).value)
    assert value(items(groups[angle.kind], "Angle")[0]) == pytest.approx(angle_deg(angle, image.spacing))
    for mark in (ellipse, freehand):
        found = region_statistics(image, mark)
        assert value(items(groups[mark.kind], "Area")[0]) == pytest.approx(area(mark, image.spacing).value)
        assert value(items(groups[mark.kind], "Mean")[0]) == pytest.approx(found.mean)
        assert value(items(groups[mark.kind], "Standard Deviation")[0]) == pytest.approx(found.sd)


def test_highdicom_reads_the_regions_where_they_were_drawn(tmp_path: Path) -> None:
    _, told = measured(tmp_path)
    report = highdicom.sr.srread(tmp_path / "object.dcm")
    content: Any = report.content
    ellipse, freehand = content.get_planar_roi_measurement_groups()
    assert ellipse.roi.value.tolist() == [[30.5, 40.5], [70.5, 40.5], [50.5, 30.5], [50.5, 50.5]]
    assert freehand.roi.value.tolist() == [[30.5, 30.5], [70.5, 50.5], [40.5, 60.5], [30.5, 30.5]]
    uids = [group.tracking_uid for group in content.get_image_measurement_groups()]
    assert uids == [mark_uid(one.mark.id) for one in told[:2]]
    assert [group.tracking_uid for group in (ellipse, freehand)] == [mark_uid(one.mark.id) for one in told[2:]]


def test_points_of_lines_are_told_in_image_coordinates(tmp_path: Path) -> None:
    made, _ = measured(tmp_path)
    length_of = items(made, "Length")[0]
    assert list(length_of.ContentSequence[0].GraphicData) == [20.5, 10.5, 60.5, 40.5]
    image = length_of.ContentSequence[0].ContentSequence[0]
    assert image.ReferencedSOPSequence[0].ReferencedSOPInstanceUID == told_of(tmp_path)[1].header.sop_instance_uid


def test_without_a_known_spacing_lengths_are_in_pixels(tmp_path: Path) -> None:
    made, _ = measured(tmp_path, spacing_mm=None)
    for name in ("Length", "Area"):
        unit = items(made, name)[0].MeasuredValueSequence[0].MeasurementUnitsCodeSequence[0]
        assert unit.CodeValue == "{pixels}"
    assert value(items(made, "Length")[0]) == 50
    assert "not calibrated" in str(value(items(made, "Tracking Identifier")[0]))


def test_a_corrected_spacing_is_told(tmp_path: Path) -> None:
    made, _ = measured(tmp_path, EstimatedRadiographicMagnificationFactor="1.5")
    assert value(items(made, "Tracking Identifier")[0]) == "ruler 1, corrected ×1.5, note 乳"
    assert value(items(made, "Length")[0]) == pytest.approx(50 * 0.1 / 1.5)


@pytest.mark.parametrize(
    ("readers", "named"), [(("jdoe",), ["jdoe^"]), (("jdoe", "o^t=h\\er"), ["jdoe^", "other^"]), (("",), ["unknown^"])]
)
def test_everyone_who_measured_is_named(tmp_path: Path, readers: tuple[str, ...], named: list[str]) -> None:
    made, _ = measured(tmp_path, readers)
    assert [value(one) for one in items(made, "Person Observer Name")] == named
    assert {value(one) for one in items(made, "Observer Type")} == {"Person"}


def test_a_mark_of_a_later_frame_refers_to_its_frame(tmp_path: Path) -> None:
    source, image = told_of(tmp_path, frames=3, SOPClassUID="1.2.840.10008.5.1.4.1.1.13.1.3")
    third = read_image(image.header, 3)
    told = [Measured(source, third, mark) for mark in marks(image.header.key, 3).values()]
    made = written(tmp_path, measurement_report(told, series(Kind.MEASUREMENTS)))
    frames = {int(one.value) for one in made.iterall() if one.keyword == "ReferencedFrameNumber"}
    assert frames == {3}
    assert value(items(made, "Mean")[0]) == pytest.approx(region_statistics(third, told[2].mark).mean)
    assert errors_of(tmp_path / "object.dcm") == []


def test_an_angle_without_an_arm_is_left_out(tmp_path: Path) -> None:
    source, image = told_of(tmp_path)
    flat = Mark(MarkKind.ANGLE, image.header.key, 1, ((1.0, 1.0), (1.0, 1.0), (5.0, 5.0)))
    with pytest.raises(InputRefusedError, match="measures anything"):
        measurement_report([Measured(source, image, flat)], series(Kind.MEASUREMENTS))


def test_a_region_without_pixels_has_its_area_alone(tmp_path: Path) -> None:
    source, image = told_of(tmp_path)
    outside = Mark(MarkKind.ELLIPSE, image.header.key, 1, ((500.0, 500.0), (510.0, 520.0)))
    made = written(tmp_path, measurement_report([Measured(source, image, outside)], series(Kind.MEASUREMENTS)))
    assert items(made, "Area")
    assert not items(made, "Mean")


def test_others_find_the_measurements_valid(tmp_path: Path) -> None:
    every: list[dict[str, Any]] = [{}, {"spacing_mm": None}]
    for options in every:
        measured(tmp_path, **options)
        assert errors_of(tmp_path / "object.dcm") == []
        assert "Measurement Group" in dumped(tmp_path / "object.dcm")
