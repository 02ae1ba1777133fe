"""Presentation states: greys, way up, displayed area and marks are those of the view."""

from __future__ import annotations

import subprocess
from dataclasses import replace
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from pydicom import dcmread
from pydicom.dataset import Dataset, FileDataset

from mammoview.core.annotate import CornerTexts
from mammoview.core.findings import Finding, FindingKind, MassShape
from mammoview.core.geometry import ALL_ORIENTATIONS, Box, Orientation
from mammoview.core.hanging import Frame
from mammoview.core.image import MammoImage
from mammoview.core.mark_drawing import Drawable
from mammoview.core.marks import Mark, MarkKind
from mammoview.core.prepared import PreparedImage, prepare
from mammoview.core.pyramid import scale_step
from mammoview.core.render import native_greys
from mammoview.core.view_state import Placement, Presentation, native_placement
from mammoview.core.window import VoiFunction, VoiLut, VoiWindow
from mammoview.dicom.objects.uids import Kind, mark_uid
from mammoview.dicom.objects.write_presentation import Look, displayed_box, presentation_state
from tests.factories import make_lut
from tests.unit.made import prepared_as
from tests.written import errors_of, program, series, told_of, written

ROWS, COLUMNS = 96, 72


def marked(prepared: PreparedImage, *marks: Mark, **look: Any) -> Look:
    return Look(marks=tuple(Drawable(mark, ("12.3 mm",)) for mark in marks), **look)


def state(folder: Path, prepared: PreparedImage, look: Look) -> FileDataset:
    from mammoview.dicom.objects.write_source import Source

    source = Source.read(prepared.header)
    return written(folder, presentation_state(source, prepared, look, series(Kind.PRESENTATION), 1))


def graphics(made: Dataset) -> list[Dataset]:
    return [
        one for layer in made.get("GraphicAnnotationSequence", ()) for one in layer.get("GraphicObjectSequence", ())
    ]


def texts(made: Dataset) -> list[Dataset]:
    return [one for layer in made.get("GraphicAnnotationSequence", ()) for one in layer.get("TextObjectSequence", ())]


def test_it_refers_to_its_image_and_series(tmp_path: Path) -> None:
    source, image = told_of(tmp_path)
    made = state(tmp_path, prepare(image), Look())
    referred = made.ReferencedSeriesSequence[0]
    assert referred.SeriesInstanceUID == source.dataset.SeriesInstanceUID
    item = referred.ReferencedImageSequence[0]
    assert item.ReferencedSOPInstanceUID == source.dataset.SOPInstanceUID
    assert item.ReferencedSOPClassUID == source.dataset.SOPClassUID


def test_the_readers_window_is_told_with_its_function(tmp_path: Path) -> None:
    _, image = told_of(tmp_path, voi_windows=[(1900, 1500)], voi_function="SIGMOID")
    window = VoiWindow(1234.5, 678.25, VoiFunction.SIGMOID)
    voi = state(tmp_path, prepare(image), Look(Presentation(window=window))).SoftcopyVOILUTSequence[0]
    assert (voi.WindowCenter, voi.WindowWidth, voi.VOILUTFunction) == (1234.5, 678.25, "SIGMOID")


def test_a_lut_of_the_image_is_told_where_the_image_has_windows_too(tmp_path: Path) -> None:
    lut = make_lut(100, [0, 512, 1023], 10, "HARD")
    _, image = told_of(tmp_path, voi_luts=[lut], voi_windows=[(1900, 1500)])
    voi = state(tmp_path, prepare(image), Look()).SoftcopyVOILUTSequence[0]
    assert "WindowCenter" not in voi
    item = voi.VOILUTSequence[0]
    assert list(item.LUTDescriptor) == [3, 100, 16]
    assert np.frombuffer(item.LUTData, "<u2").tolist() == [0, round(512 * 65535 / 1023), 65535]
    assert item.LUTExplanation == "HARD"


def test_a_long_lut_of_signed_values_is_told(tmp_path: Path) -> None:
    _, image = told_of(tmp_path, signed=True)
    lut = VoiLut(-30000, np.arange(40000, dtype=np.uint16) % 1024, 10)
    long = MammoImage(replace(image.header, grey=replace(image.grey, vois=(lut,))), image.stored)
    item = state(tmp_path, prepare(long), Look()).SoftcopyVOILUTSequence[0].VOILUTSequence[0]
    assert list(item.LUTDescriptor) == [40000, -30000, 16]
    assert len(item.LUTData) == 80000


@pytest.mark.parametrize(
    ("photometric", "invert", "shape"),
    [
        ("MONOCHROME2", False, "IDENTITY"),
        ("MONOCHROME2", True, "INVERSE"),
        ("MONOCHROME1", False, "INVERSE"),
        ("MONOCHROME1", True, "IDENTITY"),
    ],
)
def test_the_polarity_is_that_of_the_view(tmp_path: Path, photometric: str, invert: bool, shape: str) -> None:
    _, image = told_of(tmp_path, photometric=photometric)
    made = state(tmp_path, prepare(image), Look(Presentation(invert=invert)))
    assert made.PresentationLUTShape == shape


def test_a_window_that_falls_turns_the_polarity(tmp_path: Path) -> None:
    _, image = told_of(tmp_path)
    look = Look(Presentation(window=VoiWindow(2000, 1000, falls=True)))
    assert state(tmp_path, prepare(image), look).PresentationLUTShape == "INVERSE"


def test_the_modality_stage_is_told(tmp_path: Path) -> None:
    _, image = told_of(tmp_path, RescaleSlope="2", RescaleIntercept="-5")
    made = state(tmp_path, prepare(image), Look())
    assert (made.RescaleSlope, made.RescaleIntercept) == (2, -5)


def test_all_that_is_shown_is_displayed_by_the_corners_as_they_lie(tmp_path: Path) -> None:
    _, image = told_of(tmp_path, rows=ROWS, columns=COLUMNS)
    expected = {}
    for orientation in ALL_ORIENTATIONS:
        numbers = np.arange(ROWS * COLUMNS).reshape(ROWS, COLUMNS)
        laid = orientation.apply(numbers)
        first, last = int(laid[0, 0]), int(laid[-1, -1])
        expected[orientation] = [[one % COLUMNS + 1, one // COLUMNS + 1] for one in (first, last)]
    for orientation, (top_left, bottom_right) in expected.items():
        area = state(tmp_path, prepared_as(image, orientation), Look()).DisplayedAreaSelectionSequence[0]
        assert list(area.DisplayedAreaTopLeftHandCorner) == top_left, orientation
        assert list(area.DisplayedAreaBottomRightHandCorner) == bottom_right, orientation
        assert list(area.PresentationPixelSpacing) == [0.1, 0.1]


def test_the_part_in_sight_is_displayed(tmp_path: Path) -> None:
    _, image = told_of(tmp_path)
    look = Look(shown=Box(10, 20, 50, 60))
    area = state(tmp_path, prepare(image), look).DisplayedAreaSelectionSequence[0]
    assert list(area.DisplayedAreaTopLeftHandCorner) == [21, 11]
    assert list(area.DisplayedAreaBottomRightHandCorner) == [60, 50]
    mirrored = prepared_as(image, Orientation(flip_columns=True))
    area = state(tmp_path, mirrored, look).DisplayedAreaSelectionSequence[0]
    assert list(area.DisplayedAreaTopLeftHandCorner) == [60, 11]
    assert list(area.DisplayedAreaBottomRightHandCorner) == [21, 50]


def test_what_a_viewport_shows_is_told_in_stored_pixels() -> None:
    native = native_placement(ROWS, COLUMNS)
    assert displayed_box(native, Frame(ROWS, COLUMNS)) == Box(0, 0, ROWS, COLUMNS)
    assert displayed_box(native.moved_to(-10, -20), Frame(30, 40)) == Box(10, 20, 40, 60)
    assert displayed_box(native.moved_to(5, 5), Frame(30, 40)) == Box(0, 0, 25, 35)
    turned = native_placement(ROWS, COLUMNS, Orientation(flip_columns=True)).moved_to(0, -20)
    assert displayed_box(turned, Frame(30, 40)) == Box(0, COLUMNS - 60, 30, COLUMNS - 20)
    step = scale_step(2.0, 1)
    assert displayed_box(Placement(ROWS, COLUMNS, Orientation(), step, step, 0, 0), Frame(30, 40)) == Box(0, 0, 15, 20)
    assert displayed_box(native.moved_to(-500, 0), Frame(30, 40)) == Box(0, 0, ROWS, COLUMNS)


@pytest.mark.parametrize("orientation", ALL_ORIENTATIONS)
def test_marks_lie_on_stored_pixels_whatever_way_the_image_hangs(tmp_path: Path, orientation: Orientation) -> None:
    _, image = told_of(tmp_path)
    ruler = Mark(MarkKind.RULER, image.header.key, 1, ((10.0, 20.0), (30.25, 40.5)))
    prepared = prepared_as(image, orientation)
    made = state(tmp_path, prepared, marked(prepared, ruler))
    assert [list(one.GraphicData) for one in graphics(made)] == [[20.5, 10.5, 41.0, 30.75]]
    assert graphics(made)[0].GraphicAnnotationUnits == "PIXEL"
    assert graphics(made)[0].TrackingUID == mark_uid(ruler.id)


def test_each_kind_of_mark_has_its_graphic(tmp_path: Path) -> None:
    _, image = told_of(tmp_path)
    key, prepared = image.header.key, prepare(image)

    def drawn(kind: MarkKind, *points: tuple[float, float], **more: Any) -> list[tuple[str, list[float]]]:
        made = state(tmp_path, prepared, marked(prepared, Mark(kind, key, 1, points, **more)))
        return [(one.GraphicType, list(one.GraphicData)) for one in graphics(made)]

    assert drawn(MarkKind.ANGLE, (1, 1), (5, 9), (9, 1)) == [("POLYLINE", [1.5, 1.5, 9.5, 5.5, 1.5, 9.5])]
    assert drawn(MarkKind.ELLIPSE, (10, 10), (20, 50)) == [
        ("ELLIPSE", [10.5, 15.5, 50.5, 15.5, 30.5, 10.5, 30.5, 20.5])
    ]
    assert drawn(MarkKind.ELLIPSE, (10, 10), (50, 20)) == [
        ("ELLIPSE", [15.5, 10.5, 15.5, 50.5, 10.5, 30.5, 20.5, 30.5])
    ]
    assert drawn(MarkKind.FREEHAND, (1, 1), (5, 9), (9, 1)) == [("POLYLINE", [1.5, 1.5, 9.5, 5.5, 1.5, 9.5, 1.5, 1.5])]
    kind, numbers = drawn(MarkKind.FINDING, (40, 30))[0]
    assert (kind, numbers[:2]) == ("CIRCLE", [30.5, 40.5])
    assert drawn(MarkKind.TEXT, (40, 30), text="here") == []
    shaft, head = drawn(MarkKind.ARROW, (10, 10), (40, 40))
    assert shaft == ("POLYLINE", [10.5, 10.5, 40.5, 40.5])
    assert head[1][2:4] == [40.5, 40.5]


def test_a_mark_beyond_the_image_ends_at_its_rim(tmp_path: Path) -> None:
    _, image = told_of(tmp_path, rows=ROWS, columns=COLUMNS)
    prepared = prepare(image)
    outside = [
        Mark(MarkKind.RULER, image.header.key, 1, ((-50.0, 10.0), (500.0, 10.0))),
        Mark(MarkKind.ELLIPSE, image.header.key, 1, ((-20.0, -20.0), (50.0, 50.0))),
        Mark(MarkKind.NIPPLE, image.header.key, 1, ((-20.0, -20.0),)),
    ]
    made = state(tmp_path, prepared, marked(prepared, *outside))
    points = np.concatenate([np.reshape(one.GraphicData, (-1, 2)) for one in graphics(made)])
    assert points.min() == 0
    assert points[:, 1].max() == ROWS
    assert list(graphics(made)[0].GraphicData) == [10.5, 0, 10.5, ROWS]


def test_what_stands_beside_a_mark_is_its_text(tmp_path: Path) -> None:
    _, image = told_of(tmp_path)
    finding = Finding(FindingKind.MASS, shape=MassShape.OVAL)
    mark = Mark(MarkKind.FINDING, image.header.key, 1, ((40.0, 30.0),), "a\\b 乳", finding)
    look = Look(marks=(Drawable(mark, ("area 1 mm²",), 2),))
    words = texts(state(tmp_path, prepare(image), look))[0]
    assert words.UnformattedTextValue == "2  mass, oval\r\na/b 乳\r\narea 1 mm²"
    assert words.AnchorPointVisibility == "N"
    assert words.AnchorPoint[0] > 30.5


def test_text_stands_to_the_right_of_its_mark_as_it_is_shown(tmp_path: Path) -> None:
    _, image = told_of(tmp_path)
    ruler = Mark(MarkKind.RULER, image.header.key, 1, ((40.0, 30.0), (40.0, 40.0)))
    mirrored = prepared_as(image, Orientation(flip_columns=True))
    words = texts(state(tmp_path, mirrored, marked(mirrored, ruler)))[0]
    assert words.AnchorPoint[0] < 30


def test_marks_of_other_images_are_left_out(tmp_path: Path) -> None:
    _, image = told_of(tmp_path)
    prepared = prepare(image)
    made = state(tmp_path, prepared, marked(prepared, Mark(MarkKind.RULER, "1.2.3", 1, ((1.0, 1.0), (5.0, 5.0)))))
    assert "GraphicAnnotationSequence" not in made


def test_corner_texts_stand_away_from_the_chest_wall(tmp_path: Path) -> None:
    for laterality, justified in (("R", "LEFT"), ("L", "RIGHT")):
        _, image = told_of(tmp_path, laterality)
        look = Look(texts=CornerTexts(f"{laterality}CC", (), ("below",), ("caution",)))
        found = texts(state(tmp_path, prepare(image), look))
        assert [one.UnformattedTextValue for one in found] == [f"{laterality}CC", "caution", "below"]
        assert {one.BoundingBoxTextHorizontalJustification for one in found} == {justified}
        assert found[0].BoundingBoxTopLeftHandCorner[1] < 0.1 < 0.9 < found[-1].BoundingBoxTopLeftHandCorner[1]


def test_a_mark_of_a_later_frame_belongs_to_its_frame(tmp_path: Path) -> None:
    _, image = told_of(tmp_path, frames=3, SOPClassUID="1.2.840.10008.5.1.4.1.1.13.1.3")
    prepared = prepare(image)
    mark = Mark(MarkKind.RULER, image.header.key, 3, ((1.0, 1.0), (5.0, 5.0)))
    made = state(tmp_path, prepared, marked(prepared, mark))
    assert made.GraphicAnnotationSequence[0].ReferencedImageSequence[0].ReferencedFrameNumber == 3
    assert errors_of(tmp_path / "object.dcm") == []


def test_it_is_valid_and_readable_by_others(tmp_path: Path) -> None:
    lut = make_lut(0, [0, 512, 1023], 10, "HARD")
    every: list[dict[str, Any]] = [{}, {"voi_luts": [lut]}, {"spacing_mm": None}, {"signed": True}]
    for options in every:
        _, image = told_of(tmp_path, "L", "MLO", **options)
        prepared = prepare(image)
        mark = Mark(MarkKind.ELLIPSE, image.header.key, 1, ((10.0, 10.0), (50.0, 20.0)))
        look = marked(prepared, mark, texts=CornerTexts("LMLO"), reader="READER^ONE")
        assert state(tmp_path, prepared, look).ContentCreatorName == "READER^ONE"
        assert errors_of(tmp_path / "object.dcm") == []
        checked = subprocess.run([program("dcmpschk"), str(tmp_path / "object.dcm")], capture_output=True, text=True)
        assert "Test passed" in checked.stderr + checked.stdout


def rendered(folder: Path) -> np.ndarray[Any, Any]:
    """The image under its presentation state, as dcmp2pgm of dcmtk renders it."""
    image, made, picture = folder / "RCC.dcm", folder / "object.dcm", folder / "rendered.pgm"
    subprocess.run([program("dcmp2pgm"), "-p", str(made), str(image), str(picture)], check=True, capture_output=True)
    return np.asarray(cv2.imread(str(picture), cv2.IMREAD_GRAYSCALE))


@pytest.mark.parametrize("orientation", ALL_ORIENTATIONS)
def test_another_program_shows_the_same_picture(tmp_path: Path, orientation: Orientation) -> None:
    _, image = told_of(tmp_path, voi_windows=[(2500, 1800)])
    prepared = prepared_as(image, orientation)
    state(tmp_path, prepared, Look())
    expected = orientation.apply(native_greys(image)).astype(int)
    assert np.abs(rendered(tmp_path) - expected).max() <= 1


@pytest.mark.parametrize(("photometric", "invert"), [("MONOCHROME1", False), ("MONOCHROME2", True)])
def test_another_program_shows_the_same_greys(tmp_path: Path, photometric: str, invert: bool) -> None:
    _, image = told_of(tmp_path, photometric=photometric, RescaleSlope="2", RescaleIntercept="7")
    window = VoiWindow(4000, 3000, VoiFunction.LINEAR)
    prepared = prepare(image)
    state(tmp_path, prepared, Look(Presentation(window=window, invert=invert)))
    expected = prepared.laying.orientation.apply(native_greys(image, window, invert=invert)).astype(int)
    assert np.abs(rendered(tmp_path) - expected).max() <= 1


@pytest.mark.parametrize("invert", [False, True])
def test_another_program_shows_the_same_presentation_lut(tmp_path: Path, invert: bool) -> None:
    _, image = told_of(tmp_path)
    window, table = VoiWindow(2000, 3000), VoiLut(0, (65535 * np.linspace(0, 1, 512) ** 2).astype(np.uint16), 16)
    prepared = prepare(image)
    state(tmp_path, prepared, Look(Presentation(window=window, invert=invert, p_values=table)))
    greys = native_greys(image, window, invert=invert, p_values=table)
    assert np.abs(rendered(tmp_path) - prepared.laying.orientation.apply(greys).astype(int)).max() <= 1


def test_the_readers_name_is_left_empty_where_nobody_is_named(tmp_path: Path) -> None:
    _, image = told_of(tmp_path)
    made = state(tmp_path, prepare(image), replace(Look(), reader=""))
    assert not made.ContentCreatorName
    assert dcmread(tmp_path / "object.dcm").ContentLabel == "MAMMOVIEW"
