"""What is read of CAD, measurements, segments and maps of other makers, in stored pixels."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from pydicom.dataelem import DataElement
from pydicom.dataset import Dataset, FileDataset

from mammoview.core.errors import InputRefusedError
from mammoview.core.overlaid import GraphicForm, Rendering, Unshown
from mammoview.core.study import ImageSource, ObjectKind
from mammoview.dicom.objects.read_objects import read_object_header, read_overlaid
from tests.factories import make_mammogram_dataset
from tests.overlaid_made import (
    NOT,
    OPTIONAL,
    REQUIRED,
    make_cad,
    make_finding,
    make_map,
    make_measurements,
    make_presentation,
    make_segmentation,
    read,
    region,
    save_object,
)

ROWS, COLUMNS = 96, 72


@pytest.fixture(scope="module")
def image() -> FileDataset:
    return make_mammogram_dataset("R", "MLO", ROWS, COLUMNS)


def mark(image: FileDataset, *, frame: int | None = None) -> Any:
    """A centre at stored row 20, column 30."""
    return region("POINT", [(30.5, 20.5)], image, code="111010", frame=frame)


# --- CAD


def test_a_finding_tells_its_places_certainty_and_intent(tmp_path: Path, image: FileDataset) -> None:
    outline = region("POLYLINE", [(20.5, 10.5), (40.5, 10.5), (40.5, 30.5), (20.5, 10.5)], image, code="111041")
    report = make_cad([image], [make_finding([mark(image), outline])])
    drawn, centre = read(tmp_path, report, image).graphics
    assert (drawn.form, drawn.points[0], drawn.lines) == (
        GraphicForm.OUTLINE,
        (10, 20),
        ("mass", "certainty 87 %"),
    )
    assert (centre.form, centre.points, centre.lines) == (GraphicForm.POINT, ((20, 30),), ())
    assert drawn.rendering is Rendering.REQUIRED


def test_intent_and_operating_point_are_the_findings_own(tmp_path: Path, image: FileDataset) -> None:
    report = make_cad([image], [make_finding([mark(image)], intent=OPTIONAL, point=2)])
    (found,) = read(tmp_path, report, image).graphics
    assert (found.rendering, found.operating_point) == (Rendering.OPTIONAL, 2)


def test_what_is_not_for_presentation_is_never_there_and_told(tmp_path: Path, image: FileDataset) -> None:
    found = read(tmp_path, make_cad([image], [make_finding([mark(image)], intent=NOT)]), image)
    assert found.graphics == ()
    assert found.not_understood == ("1 places are not for presentation: not shown",)


def test_within_an_impression_not_for_presentation_nothing_is_shown(tmp_path: Path, image: FileDataset) -> None:
    report = make_cad([image], [make_finding([mark(image)])])
    impression = report.ContentSequence[1].ContentSequence[0]
    impression.ContentSequence[0].ConceptCodeSequence[0].CodeValue = NOT
    assert read(tmp_path, report, image).graphics == ()


def test_a_place_may_name_its_image_by_reference_to_the_image_library(tmp_path: Path, image: FileDataset) -> None:
    report = make_cad([image], [make_finding([mark(image)])])
    place = report.ContentSequence[1].ContentSequence[0].ContentSequence[1].ContentSequence[-1]
    reference = Dataset()
    reference.RelationshipType, reference.ReferencedContentItemIdentifier = "SELECTED FROM", [1, 1, 1]
    place[0x0040A730] = DataElement(0x0040A730, "SQ", [reference])  # past highdicom, which knows no such items
    (found,) = read(tmp_path, report, image).graphics
    assert found.image_key == image.SOPInstanceUID


@pytest.mark.parametrize("preserved", ["YES", "NO", ""])
@pytest.mark.parametrize("spacing_mm", [0.1, 0.2])
@pytest.mark.parametrize("intent", [REQUIRED, OPTIONAL, NOT])
def test_marks_on_the_raw_image_are_drawn_on_the_one_made_from_it_where_places_hold(
    tmp_path: Path, preserved: str, spacing_mm: float, intent: str
) -> None:
    raw = make_mammogram_dataset("R", "MLO", ROWS, COLUMNS, spacing_mm=spacing_mm, seed=9)
    source = Dataset()
    source.ReferencedSOPClassUID, source.ReferencedSOPInstanceUID = raw.SOPClassUID, raw.SOPInstanceUID
    if preserved:
        source.SpatialLocationsPreserved = preserved
    shown = make_mammogram_dataset("R", "MLO", ROWS, COLUMNS, SourceImageSequence=[source])
    report = make_cad([raw], [make_finding([mark(raw)], intent=intent)], geometry=True)
    found = read(tmp_path, report, shown)
    drawn = intent != NOT and (preserved == "YES" or (not preserved and spacing_mm == 0.1))
    assert [one.image_key for one in found.graphics] == ([shown.SOPInstanceUID] if drawn else [])
    if not drawn:
        assert found.not_understood


def test_an_image_that_is_not_there_is_told(tmp_path: Path, image: FileDataset) -> None:
    other = make_mammogram_dataset("L", "MLO", ROWS, COLUMNS)
    found = read(tmp_path, make_cad([image], [make_finding([mark(image)])]), other)
    assert found.graphics == ()
    assert found.not_understood == ("an image that it is about is not here",)


@pytest.mark.parametrize(
    ("code", "meaning", "caution"),
    [
        ("111222", "Succeeded", False),
        ("111223", "Partially Succeeded", True),
        ("111224", "Failed", True),
        ("111225", "Not Attempted", True),
    ],
)
def test_what_was_not_done_is_never_told_as_a_negative(
    tmp_path: Path, image: FileDataset, code: str, meaning: str, caution: bool
) -> None:
    found = read(tmp_path, make_cad([image], [], detections=(code, meaning)), image)
    line = f"detections: {meaning.lower()}"
    assert line in (found.cautions if caution else found.statements)
    assert line not in (found.statements if caution else found.cautions)


def test_analyses_that_most_cad_does_not_attempt_ask_for_no_caution(tmp_path: Path, image: FileDataset) -> None:
    for meaning, caution in (("Not Attempted", False), ("Failed", True)):
        report = make_cad([image], [], detections=("111225" if not caution else "111224", meaning))
        report.ContentSequence[2].ConceptNameCodeSequence[0].CodeValue = "111065"
        line = f"analyses: {meaning.lower()}"
        assert (line in read(tmp_path, report, image).cautions) is caution


def test_the_part_that_failed_is_named(tmp_path: Path, image: FileDataset) -> None:
    report = make_cad([image], [], failed="Detection of asymmetry", detections=("111223", "Partially Succeeded"))
    assert "detection failed: detection of asymmetry" in read(tmp_path, report, image).cautions


def test_marks_on_single_frames_stay_there(tmp_path: Path) -> None:
    stack = make_mammogram_dataset("R", "MLO", 48, 36, frames=3)
    report = make_cad([stack], [make_finding([mark(stack, frame=2)])])
    (found,) = read(tmp_path, report, stack).graphics
    assert found.frames == {2}


# --- measurements


def test_a_measured_region_tells_finding_label_and_value(tmp_path: Path, image: FileDataset) -> None:
    line = region("POLYLINE", [(10.5, 20.5), (30.5, 20.5)], image, code="111030")
    report = make_measurements([image], [(line, "Mass", 11.25, "lesion 1")])
    found = read(tmp_path, report, image)
    assert found.header.kind is ObjectKind.MEASUREMENTS
    (measured,) = found.graphics
    assert measured.points == ((20, 10), (20, 30))
    assert measured.lines == ("mass", "lesion 1", "length 11.25 mm")
    assert measured.free_text


def test_places_in_three_dimensions_are_told_once_and_the_rest_is_drawn(tmp_path: Path, image: FileDataset) -> None:
    lines = [region("POLYLINE", [(10.5, 20.5), (30.5, 20.5)], image, code="111030") for _ in range(3)]
    report = make_measurements(
        [image], [(line, "Mass", 11.25, f"lesion {number}") for number, line in enumerate(lines)]
    )
    for group in report.ContentSequence[-1].ContentSequence[:2]:
        group.ContentSequence[-1].ValueType = "SCOORD3D"
    found = read(tmp_path, report, image)
    assert len(found.graphics) == 1
    assert found.not_understood == (Unshown.THREE_D,)


# --- segments and maps


def test_a_segment_is_outlined_where_it_is(tmp_path: Path, image: FileDataset) -> None:
    mask = np.zeros((ROWS, COLUMNS), bool)
    mask[20:40, 10:30] = True
    mask[25:30, 15:20] = False
    outline, hole = read(tmp_path, make_segmentation(image, mask), image).graphics
    assert (*np.min(outline.points, axis=0), *np.max(outline.points, axis=0)) == (20, 10, 39, 29)
    assert outline.lines == ("mass",)
    assert hole.lines == ()


def test_a_fractional_segment_is_what_is_at_least_half_sure(tmp_path: Path, image: FileDataset) -> None:
    share = np.zeros((ROWS, COLUMNS), np.float32)
    share[20:40, 10:30] = 0.8
    share[20:40, 30:40] = 0.3
    (outline,) = read(tmp_path, make_segmentation(image, share, fractional=True), image).graphics
    assert np.max(outline.points, axis=0).tolist() == [39, 29]


def test_a_map_keeps_its_values_and_says_what_they_are(tmp_path: Path, image: FileDataset) -> None:
    values = np.zeros((ROWS, COLUMNS), np.float32)
    values[50, 20] = 0.5
    (found,) = read(tmp_path, make_map(image, values), image).maps
    assert (found.lowest, found.highest, found.label) == (0.0, 0.5, "suspicion")
    assert np.argwhere(found.values).tolist() == [[50, 20]]
    assert found.values.max() == 255


def test_a_map_that_does_not_keep_places_is_not_shown(tmp_path: Path, image: FileDataset) -> None:
    found = read(tmp_path, make_map(image, np.ones((ROWS // 4, COLUMNS // 4), np.float32)), image)
    assert found.maps == ()
    assert "does not keep the places" in found.not_understood[0]


@pytest.mark.parametrize("kept", ["NO", "REORIENTED_ONLY"])
def test_a_segment_that_does_not_keep_places_is_not_shown(tmp_path: Path, image: FileDataset, kept: str) -> None:
    made = make_segmentation(image, np.ones((ROWS, COLUMNS), dtype=bool))
    derived = made.PerFrameFunctionalGroupsSequence[0].DerivationImageSequence[0]
    derived.SourceImageSequence[0].SpatialLocationsPreserved = kept
    found = read(tmp_path, made, image)
    assert found.graphics == ()
    assert "does not keep the places" in found.not_understood[0]


# --- what it comes from


@pytest.mark.parametrize(
    ("make", "automatic"),
    [
        (lambda image: make_cad([image], []), True),
        (lambda image: make_presentation([image]), False),
        (lambda image: make_presentation([image], label="CAD_MARKS"), True),
        (lambda image: make_segmentation(image, np.eye(ROWS, COLUMNS, dtype=bool)), True),
        (lambda image: make_segmentation(image, np.eye(ROWS, COLUMNS, dtype=bool), automatic=False), False),
        (lambda image: make_map(image, np.ones((ROWS, COLUMNS), np.float32)), True),
    ],
)
def test_what_a_program_says_is_told_apart(tmp_path: Path, image: FileDataset, make: Any, automatic: bool) -> None:
    header = read_object_header(ImageSource(save_object(tmp_path, make(image), "object.dcm")))
    assert header is not None
    assert header.automatic is automatic
    assert header.maker.startswith("Other Maker")
    assert image.SOPInstanceUID in header.referenced


def test_an_object_that_is_gone_is_refused_by_name(tmp_path: Path, image: FileDataset) -> None:
    path = save_object(tmp_path, make_presentation([image]), "object.dcm")
    header = read_object_header(ImageSource(path))
    path.unlink()
    assert header is not None
    with pytest.raises(InputRefusedError, match=r"object\.dcm: does not exist"):
        read_overlaid(header, ())
