"""What is read of presentation states of other makers, in stored pixels."""

from __future__ import annotations

from copy import deepcopy
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from pydicom.dataset import FileDataset

from mammoview.core.geometry import Orientation
from mammoview.core.overlaid import GraphicForm
from tests.factories import make_mammogram_dataset
from tests.overlaid_made import displayed_area, graphic, make_presentation, read, text

ROWS, COLUMNS = 96, 72


@pytest.fixture(scope="module")
def image() -> FileDataset:
    return make_mammogram_dataset("R", "MLO", ROWS, COLUMNS)


@pytest.mark.parametrize(
    ("kind", "points", "form", "corners"),
    [
        ("POINT", [(30.5, 20.5)], GraphicForm.POINT, ((20, 30),)),
        ("POLYLINE", [(0.5, 0.5), (10.5, 0.5), (10.5, 5.5)], GraphicForm.LINE, ((0, 0), (0, 10), (5, 10))),
        (
            "POLYLINE",
            [(0.5, 0.5), (10.5, 0.5), (10.5, 5.5), (0.5, 0.5)],
            GraphicForm.OUTLINE,
            ((0, 0), (0, 10), (5, 10)),
        ),
    ],
)
def test_pixel_units_become_stored_positions(
    tmp_path: Path, image: FileDataset, kind: str, points: Any, form: GraphicForm, corners: Any
) -> None:
    (found,) = read(tmp_path, make_presentation([image], graphics=[graphic(kind, points)]), image).graphics
    assert (found.form, found.points) == (form, corners)


def test_circles_and_ellipses_become_outlines_of_their_size(tmp_path: Path, image: FileDataset) -> None:
    round_ones = [
        graphic("CIRCLE", [(30.5, 40.5), (35.5, 40.5)]),
        graphic("ELLIPSE", [(20.5, 60.5), (40.5, 60.5), (30.5, 56.5), (30.5, 64.5)]),
    ]
    circle, ellipse = read(tmp_path, make_presentation([image], graphics=round_ones), image).graphics
    away = np.hypot(*(np.array(circle.points) - (40, 30)).T)
    assert away == pytest.approx(5)
    low, high = np.min(ellipse.points, axis=0), np.max(ellipse.points, axis=0)
    assert (*low, *high) == pytest.approx((56, 20, 64, 40), abs=0.05)


def test_an_interpolated_line_goes_through_its_points(tmp_path: Path, image: FileDataset) -> None:
    points = [(10.5, 10.5), (30.5, 20.5), (50.5, 10.5)]
    (found,) = read(tmp_path, make_presentation([image], graphics=[graphic("INTERPOLATED", points)]), image).graphics
    for place in ((10, 10), (20, 30), (10, 50)):
        assert min(np.hypot(*(np.array(found.points) - place).T)) < 1e-6


@pytest.mark.parametrize(
    ("rotation", "flip", "area", "place"),
    [
        (0, "N", None, (0, 0)),
        (0, "Y", None, (0, COLUMNS)),
        (90, "N", None, (ROWS, 0)),
        (180, "N", None, (ROWS, COLUMNS)),
        (270, "N", None, (0, COLUMNS)),
        (90, "Y", None, (0, 0)),
        (0, "N", ((11, 21), (50, 60)), (20, 10)),
        (180, "N", ((50, 60), (11, 21)), (60, 50)),
        (90, "N", ((11, 60), (50, 21)), (60, 10)),
    ],
)
def test_display_units_begin_where_the_displayed_area_begins_as_it_is_turned(
    tmp_path: Path, image: FileDataset, rotation: int, flip: str, area: Any, place: tuple[int, int]
) -> None:
    told: dict[str, object] = {"ImageRotation": rotation, "ImageHorizontalFlip": flip}
    state = make_presentation([image], graphics=[graphic("POINT", [(0.0, 0.0)], units="DISPLAY")], **told)
    if area is None:
        del state.DisplayedAreaSelectionSequence
    else:
        state.DisplayedAreaSelectionSequence = displayed_area(*area)
    (found,) = read(tmp_path, state, image).graphics
    assert found.points[0] == pytest.approx((place[0] - 0.5, place[1] - 0.5))


def test_display_units_run_across_the_turned_picture(tmp_path: Path, image: FileDataset) -> None:
    right = graphic("POLYLINE", [(0.0, 0.0), (1.0, 0.0)], units="DISPLAY")
    state = make_presentation([image], graphics=[right], ImageRotation=90, ImageHorizontalFlip="N")
    del state.DisplayedAreaSelectionSequence
    (found,) = read(tmp_path, state, image).graphics
    (row0, column0), (row1, column1) = found.points
    assert (row0 - row1, column1 - column0) == pytest.approx((ROWS, 0))


@pytest.mark.parametrize(("rotation", "flip"), [(r, f) for r in (0, 90, 180, 270) for f in "NY"])
def test_rotation_is_clockwise_and_comes_before_the_flip(
    tmp_path: Path, image: FileDataset, rotation: int, flip: str
) -> None:
    state = make_presentation([image], ImageRotation=rotation, ImageHorizontalFlip=flip)
    (found,) = read(tmp_path, state, image).states.values()
    stored = np.arange(6).reshape(2, 3)
    turned = np.rot90(stored, -rotation // 90)
    assert (found.orientation.apply(stored) == (turned[:, ::-1] if flip == "Y" else turned)).all()


def test_window_inversion_and_area_are_those_of_the_state(tmp_path: Path, image: FileDataset) -> None:
    state = make_presentation([image], window=(1234.0, 567.0), PresentationLUTShape="INVERSE")
    state.DisplayedAreaSelectionSequence = displayed_area((11, 21), (50, 60))
    (found,) = read(tmp_path, state, image).states.values()
    assert (found.voi.center, found.voi.width) == (1234.0, 567.0)  # type: ignore[union-attr]
    assert found.inverse is True
    assert found.area == ((20, 10), (59, 49))
    assert found.orientation == Orientation()


def test_how_a_state_lays_the_image_is_told(tmp_path: Path, image: FileDataset) -> None:
    state = make_presentation([image], ImageRotation=90, ImageHorizontalFlip="Y")
    state.DisplayedAreaSelectionSequence = displayed_area((11, 21), (50, 60))
    assert read(tmp_path, state, image).statements == (
        "turned by 90° and mirrored by its maker; hung as all views are until it is chosen",
        "shows a part of RMLO",
    )
    assert read(tmp_path, make_presentation([image]), image).statements == ()


def test_shutters_of_all_shapes_are_outlines(tmp_path: Path, image: FileDataset) -> None:
    state = make_presentation(
        [image],
        ShutterShape=["RECTANGULAR", "CIRCULAR", "POLYGONAL"],
        ShutterUpperHorizontalEdge=11,
        ShutterLeftVerticalEdge=21,
        ShutterLowerHorizontalEdge=51,
        ShutterRightVerticalEdge=61,
        CenterOfCircularShutter=[41, 31],
        RadiusOfCircularShutter=10,
        VerticesOfThePolygonalShutter=[11, 2, 93, 44, 60, 66],
        ShutterPresentationValue=0xFFFF,
    )
    (found,) = read(tmp_path, state, image).states.values()
    rectangle, circle, polygon = found.shutters
    assert rectangle == ((10, 20), (10, 60), (50, 60), (50, 20))
    assert np.hypot(*(np.array(circle) - (40, 30)).T) == pytest.approx(10)
    assert polygon == ((10, 1), (92, 43), (59, 65))
    assert found.shutter_grey == 255


def test_a_state_is_about_the_images_alone_that_it_names(tmp_path: Path, image: FileDataset) -> None:
    other = make_mammogram_dataset("L", "MLO", ROWS, COLUMNS)
    state = make_presentation([image, other], graphics=[graphic("POINT", [(1, 1)])], annotated=[image])
    third = make_mammogram_dataset("L", "CC", ROWS, COLUMNS)
    found = read(tmp_path, state, image, other, third)
    assert set(found.states) == {image.SOPInstanceUID, other.SOPInstanceUID}
    assert {one.image_key for one in found.graphics} == {image.SOPInstanceUID}


def test_texts_stand_at_their_anchor_or_in_their_box_and_are_free(tmp_path: Path, image: FileDataset) -> None:
    words = [text("here\nand there", anchor=(30.5, 20.5)), text("boxed", box=(10.0, 20.0, 20.0, 40.0))]
    anchored, boxed = read(tmp_path, make_presentation([image], texts=words), image).graphics
    assert (anchored.form, anchored.points, anchored.lines) == (
        GraphicForm.POINT,
        ((20, 30),),
        ("here", "and there"),
    )
    assert (boxed.form, boxed.points) == (GraphicForm.TEXT, ((29.5, 14.5),))
    assert anchored.free_text
    assert boxed.free_text


def test_later_layers_lie_over_earlier_ones(tmp_path: Path, image: FileDataset) -> None:
    state = make_presentation([image], graphics=[graphic("POINT", [(30.5, 20.5)])])
    first, layer = state.GraphicAnnotationSequence[0], state.GraphicLayerSequence[0]
    under, other = deepcopy(layer), deepcopy(first)
    under.GraphicLayer = other.GraphicLayer = "UNDER"
    under.GraphicLayerOrder, layer.GraphicLayerOrder = 1, 2
    other.GraphicObjectSequence[0].GraphicData = [1.5, 2.5]
    state.GraphicLayerSequence, state.GraphicAnnotationSequence = [layer, under], [first, other]
    assert [one.points[0] for one in read(tmp_path, state, image).graphics] == [(2, 1), (20, 30)]


def test_what_is_not_understood_is_one_line_and_the_rest_is_read(tmp_path: Path, image: FileDataset) -> None:
    state = make_presentation([image], graphics=[graphic("POINT", [(30.5, 20.5)]), graphic("POINT", [(1, 1)])])
    state.GraphicAnnotationSequence[0].GraphicObjectSequence[1].GraphicType = "SPIRAL"
    found = read(tmp_path, state, image)
    assert len(found.graphics) == 1
    assert found.not_understood == ("1 graphics of kind SPIRAL: not shown",)
