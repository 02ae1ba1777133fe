"""Layers, overlay planes, shutters, areas and texts of presentation states of other makers."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import highdicom as hd
import numpy as np
import pytest
from PIL import Image, ImageCms
from pydicom.dataset import Dataset, FileDataset

from mammoview.core.overlaid import Align, GraphicForm, Overlaid, PresentationState, Unshown
from mammoview.dicom.objects.read_layers import color_of_lab
from tests.factories import make_mammogram_dataset
from tests.overlaid_made import bitmap_shutter, displayed_area, graphic, make_presentation, overlay_plane, read

ROWS, COLUMNS = 96, 72


@pytest.fixture(scope="module")
def image() -> FileDataset:
    return make_mammogram_dataset("R", "MLO", ROWS, COLUMNS)


def state_of(found: Overlaid) -> PresentationState:
    (state,) = found.states.values()
    return state


# --- colours


@pytest.mark.parametrize("lab", [(255, 128, 128), (140, 200, 190), (140, 132, 100), (180, 80, 180), (0, 128, 128)])
def test_lab_values_become_the_srgb_of_little_cms(lab: tuple[int, int, int]) -> None:
    profiles = ImageCms.createProfile("LAB", 5000), ImageCms.createProfile("sRGB")
    expected = ImageCms.applyTransform(
        Image.new("LAB", (1, 1), lab), ImageCms.buildTransform(*profiles, inMode="LAB", outMode="RGB")
    )
    assert expected is not None
    assert color_of_lab(tuple(257.0 * part for part in lab)) == pytest.approx(expected.getpixel((0, 0)), abs=3)


def layered(image: FileDataset, **look: object) -> Dataset:
    made = make_presentation([image], graphics=[graphic("POINT", [(3.5, 4.5)])])
    for keyword, value in look.items():
        setattr(made.GraphicLayerSequence[0], f"GraphicLayerRecommendedDisplay{keyword}", value)
    return made


@pytest.mark.parametrize(
    ("look", "color"),
    [
        ({"GrayscaleValue": 0x8080}, (128, 128, 128)),
        ({"RGBValue": [65535, 0, 32896]}, (255, 0, 128)),
        ({"GrayscaleValue": 9, "CIELabValue": [65535, 32896, 32896]}, (255, 255, 255)),
        ({}, None),
    ],
)
def test_a_graphic_has_the_colour_of_its_layer(
    tmp_path: Path, image: FileDataset, look: dict[str, object], color: tuple[int, ...] | None
) -> None:
    (found,) = read(tmp_path, layered(image, **look), image).graphics
    assert found.color == color


def test_its_own_line_style_goes_before_the_layer(tmp_path: Path, image: FileDataset) -> None:
    made = layered(image, GrayscaleValue=65535)
    style = Dataset()
    style.LineDashingStyle = "DASHED"
    style.PatternOnColorCIELabValue = list(hd.color.CIELabColor.from_rgb(0, 200, 0).value)
    made.GraphicAnnotationSequence[0].GraphicObjectSequence[0].LineStyleSequence = [style]
    (found,) = read(tmp_path, made, image).graphics
    assert found.dashed
    assert found.color == pytest.approx((0, 200, 0), abs=12)  # as of another white than the profile's


# --- planes and shutters


def mask(first_row: int = 0, end_row: int = 10) -> Any:
    made = np.zeros((ROWS, COLUMNS), np.uint8)
    made[first_row:end_row] = 1
    return made


def test_an_activated_plane_lies_in_its_layers_colour(tmp_path: Path, image: FileDataset) -> None:
    made = overlay_plane(layered(image, RGBValue=[65535, 0, 0]), mask(), layer="MARKS")
    found = read(tmp_path, made, image)
    (laid,) = state_of(found).planes
    assert laid.color == (255, 0, 0)
    assert laid.plane.mask[:10].all()
    assert not laid.plane.mask[10:].any()
    assert (state_of(found).active, found.not_understood) == (None, ())


def test_a_plane_that_is_not_activated_is_told(tmp_path: Path, image: FileDataset) -> None:
    found = read(tmp_path, overlay_plane(make_presentation([image]), mask()), image)
    assert state_of(found).planes == ()
    assert found.not_understood == (Unshown.INACTIVE,)


def test_a_plane_that_is_damaged_is_told(tmp_path: Path, image: FileDataset) -> None:
    made = overlay_plane(make_presentation([image]), mask(), layer="MARKS")
    made[0x60003000].value = b"\0\0"
    made[0x60000010].value = 0
    found = read(tmp_path, made, image)
    assert state_of(found).planes == ()
    assert found.not_understood == (Unshown.PLANE,)


def test_a_state_says_which_of_the_images_own_overlays_are_shown(tmp_path: Path, image: FileDataset) -> None:
    made = make_presentation([image])
    made.add_new(0x60001001, "CS", "MARKS")
    made.add_new(0x60021001, "CS", "")
    assert state_of(read(tmp_path, made, image)).active == frozenset({0x6000})


def test_a_bitmap_shutter_is_its_plane_and_no_overlay(tmp_path: Path, image: FileDataset) -> None:
    found = read(tmp_path, bitmap_shutter(make_presentation([image]), mask(), grey=0x8080), image)
    state = state_of(found)
    assert state.shutter_plane is not None
    assert state.shutter_plane.mask[:10].all()
    assert (state.shutter_grey, state.planes, found.not_understood) == (128, (), ())


HIDING: list[dict[str, object]] = [
    {"ShutterShape": "CIRCULAR", "CenterOfCircularShutter": [5000, 5000], "RadiusOfCircularShutter": 3},
    {"ShutterShape": "POLYGONAL", "VerticesOfThePolygonalShutter": [500, 500, 600, 500, 600, 600]},
]


@pytest.mark.parametrize("look", HIDING)
def test_shutters_that_would_hide_the_whole_image_are_left_out(
    tmp_path: Path, image: FileDataset, look: dict[str, object]
) -> None:
    found = read(tmp_path, make_presentation([image], **look), image)  # type: ignore[arg-type]
    assert state_of(found).shutters == ()
    assert found.not_understood == (Unshown.SHUT,)


def test_a_bitmap_that_would_hide_the_whole_image_is_left_out(tmp_path: Path, image: FileDataset) -> None:
    found = read(tmp_path, bitmap_shutter(make_presentation([image]), mask(0, ROWS)), image)
    assert state_of(found).shutter_plane is None
    assert found.not_understood == (Unshown.SHUT,)


@pytest.mark.parametrize("group", [0x6010, None])
def test_a_bitmap_shutter_without_its_plane_is_told(tmp_path: Path, image: FileDataset, group: int | None) -> None:
    made = make_presentation([image], ShutterShape="BITMAP")
    if group is not None:
        made.ShutterOverlayGroup = group
    assert read(tmp_path, made, image).not_understood == (Unshown.SHUTTER,)


# --- layout


@pytest.mark.parametrize(
    ("first", "last"), [((2000, 2000), (3000, 3000)), ((-50, 1), (0, 90)), ((10**7, 1), (5, 5)), ((1, 200), (72, 300))]
)
def test_an_area_outside_of_the_image_is_told_and_left_out(
    tmp_path: Path, image: FileDataset, first: tuple[int, int], last: tuple[int, int]
) -> None:
    made = make_presentation([image], DisplayedAreaSelectionSequence=displayed_area(first, last))
    found = read(tmp_path, made, image)
    assert state_of(found).area is None
    assert found.not_understood == (Unshown.AREA,)


@pytest.mark.parametrize(("first", "last"), [((1, 1), (72, 96)), ((-9, -9), (80, 100)), ((72, 1), (1, 96))])
def test_the_whole_image_is_no_part(
    tmp_path: Path, image: FileDataset, first: tuple[int, int], last: tuple[int, int]
) -> None:
    made = make_presentation([image], DisplayedAreaSelectionSequence=displayed_area(first, last))
    found = read(tmp_path, made, image)
    assert (state_of(found).area, found.statements) == (None, ())


def test_how_large_a_part_is_shown(tmp_path: Path, image: FileDataset) -> None:
    area = displayed_area((11, 11), (40, 40))
    area[0].PresentationSizeMode, area[0].PresentationPixelMagnificationRatio = "MAGNIFY", 2.5
    made = make_presentation([image], DisplayedAreaSelectionSequence=area)
    assert state_of(read(tmp_path, made, image)).magnification == 2.5
    area[0].PresentationSizeMode = "TRUE SIZE"
    found = read(tmp_path, made, image)
    assert (state_of(found).magnification, found.not_understood) == (None, (Unshown.TRUE_SIZE,))


def test_only_a_state_that_tells_of_it_lays_an_image(tmp_path: Path, image: FileDataset) -> None:
    made = make_presentation([image], ImageRotation=0, ImageHorizontalFlip="N")
    assert state_of(read(tmp_path, made, image)).lays
    del made.ImageRotation, made.ImageHorizontalFlip
    assert not state_of(read(tmp_path, made, image)).lays


# --- texts


def boxed(align: str, *, seen: bool) -> Any:
    return hd.pr.TextObject(
        "here",
        "PIXEL",
        bounding_box=(10.5, 20.5, 30.5, 40.5),
        anchor_point=(50.5, 30.5),
        text_justification=align,
        anchor_point_visible=seen,
    )


@pytest.mark.parametrize("align", ["LEFT", "CENTER", "RIGHT"])
def test_a_text_stands_in_its_box_and_points_at_its_anchor(tmp_path: Path, image: FileDataset, align: str) -> None:
    words, arrow = read(tmp_path, make_presentation([image], texts=[boxed(align, seen=True)]), image).graphics
    assert words.box is not None
    assert (words.form, words.box.corners, words.box.align) == (GraphicForm.TEXT, ((20, 10), (40, 30)), Align[align])
    assert (arrow.form, arrow.points, arrow.lines) == (GraphicForm.ARROW, ((30, 30), (30, 50)), ())


def test_an_anchor_that_is_not_to_be_seen_is_not_pointed_at(tmp_path: Path, image: FileDataset) -> None:
    (words,) = read(tmp_path, make_presentation([image], texts=[boxed("LEFT", seen=False)]), image).graphics
    assert words.form is GraphicForm.TEXT
