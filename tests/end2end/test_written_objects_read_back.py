"""What mammoview writes as DICOM it reads back: the same places, numbers and looks on the same image."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from pydicom.dataset import Dataset

from mammoview.core.geometry import ALL_ORIENTATIONS, Box, GridTransform, Orientation
from mammoview.core.mark_drawing import Drawable
from mammoview.core.marks import Mark, MarkKind
from mammoview.core.overlaid import GraphicForm, Overlaid, Rendering
from mammoview.core.prediction import HeatMap, ImagePrediction, ModelLabel
from mammoview.core.study import ImageHeader, ImageSource
from mammoview.core.view_state import Presentation
from mammoview.core.window import VoiFunction, VoiWindow
from mammoview.dicom.objects.read_objects import read_object_header, read_overlaid
from mammoview.dicom.objects.uids import Kind
from mammoview.dicom.objects.write_cad import CadView, cad_report
from mammoview.dicom.objects.write_file import write_object
from mammoview.dicom.objects.write_map import parametric_map
from mammoview.dicom.objects.write_measurements import Measured, measurement_report
from mammoview.dicom.objects.write_presentation import Look, presentation_state
from tests.unit.made import prepared_as
from tests.written import series, told_of

RULER = ((10.0, 20.0), (30.25, 40.5))


def read_back(folder: Path, made: Dataset, image: ImageHeader) -> Overlaid:
    """What the reading half makes of a written object."""
    path = folder / "object.dcm"
    write_object(path, made)
    header = read_object_header(ImageSource(path))
    assert header is not None
    return read_overlaid(header, [image])


@pytest.mark.parametrize("orientation", ALL_ORIENTATIONS)
def test_a_presentation_state(tmp_path: Path, orientation: Orientation) -> None:
    source, image = told_of(tmp_path)
    window = VoiWindow(1234.5, 600, VoiFunction.SIGMOID)
    ruler = Mark(MarkKind.RULER, image.header.key, 1, RULER)
    look = Look(Presentation(window=window, invert=True), Box(5, 10, 60, 70), (Drawable(ruler, ("1 mm",)),))
    prepared = prepared_as(image, orientation)
    found = read_back(tmp_path, presentation_state(source, prepared, look, series(Kind.PRESENTATION), 1), image.header)
    state = found.states[image.header.key]
    assert (state.orientation, state.voi, state.inverse) == (orientation, window, True)
    assert state.area is not None
    numbers = np.zeros((image.rows, image.columns), np.uint8)
    numbers[5:60, 10:70] = 1
    laid = np.argwhere(orientation.apply(numbers))
    to_laid = orientation.transform(image.rows, image.columns)
    assert [to_laid(*corner) for corner in state.area] == [tuple(laid.min(axis=0)), tuple(laid.max(axis=0))]
    lines = [one for one in found.graphics if one.form is GraphicForm.LINE]
    assert [one.points for one in lines] == [RULER]
    assert not found.not_understood


def test_a_finding_of_the_classifier(tmp_path: Path) -> None:
    source, image = told_of(tmp_path)
    model = ModelLabel("toy", "1", "ab", ("other", "cancer"), "cancer", {"balanced": 0.5, "strict": 0.8})
    view = CadView(source, ImagePrediction(image.key, image.header.laterality, 0.6), (12.5, 34.25))
    found = read_back(tmp_path, cad_report([view], None, model, 0.5, series(Kind.CAD)), image.header)
    (finding,) = found.graphics
    assert (finding.points, finding.rendering) == (((12.5, 34.25),), Rendering.OPTIONAL)
    assert finding.operating_point == 1
    assert found.header.automatic
    assert not found.not_understood


def test_measurements(tmp_path: Path) -> None:
    source, image = told_of(tmp_path)
    marks = (
        Mark(MarkKind.RULER, image.header.key, 1, RULER),
        Mark(MarkKind.FREEHAND, image.header.key, 1, ((30.0, 30.0), (50.0, 70.0), (60.0, 40.0))),
    )
    told = [Measured(source, image, mark, "jdoe") for mark in marks]
    found = read_back(tmp_path, measurement_report(told, series(Kind.MEASUREMENTS)), image.header)
    assert [one.points[: len(mark.points)] for one, mark in zip(found.graphics, marks, strict=True)] == [
        mark.points for mark in marks
    ]
    assert not found.header.automatic
    assert not found.not_understood


def test_a_heat_map(tmp_path: Path) -> None:
    source, image = told_of(tmp_path)
    cells = np.array([[0, 0.5], [1, 0]], np.float32)
    heat = HeatMap(cells, GridTransform(2 / image.rows, -0.5, 2 / image.columns, -0.5))
    found = read_back(tmp_path, parametric_map(source, heat, series(Kind.MAP), 1), image.header)
    (shown,) = found.maps
    strongest = np.unravel_index(int(shown.values.argmax()), shown.values.shape)
    places = [at / size for at, size in zip(strongest, shown.values.shape, strict=True)]
    assert places == pytest.approx([0.75, 0.25], abs=0.03)
    assert (shown.lowest, shown.highest) == pytest.approx((0, 1), abs=0.02)
