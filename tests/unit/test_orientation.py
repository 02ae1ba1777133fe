"""Whatever way an image is stored, it is laid the same."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mammoview.core.breast import Side, find_breast
from mammoview.core.geometry import ALL_ORIENTATIONS, Orientation
from mammoview.core.image import MammoImage
from mammoview.core.orientation import lay
from mammoview.core.window import Greyscale
from tests.unit.made import breast_image

# Row and column direction of an image that hangs as it is stored (IHE Mammography Image).
HUNG = {("R", "CC"): ("P", "L"), ("L", "CC"): ("A", "R"), ("R", "MLO"): ("P", "FL"), ("L", "MLO"): ("A", "FR")}
OPPOSITE = str.maketrans("APLRHF", "PARLFH")


def stored_as(image: MammoImage, orientation: Orientation, codes: tuple[str, str] | None) -> MammoImage:
    """The same exposure, stored laid by `orientation`, with the codes that then are true."""
    pixels = np.ascontiguousarray(orientation.apply(image.stored))
    if codes is not None:
        row, column = codes
        if orientation.transpose:
            row, column = column, row
        if orientation.flip_rows:
            column = column.translate(OPPOSITE)
        if orientation.flip_columns:
            row = row.translate(OPPOSITE)
        codes = (row, column)
    header = replace(image.header, rows=pixels.shape[0], columns=pixels.shape[1], patient_orientation=codes)
    return MammoImage(header, pixels)


@pytest.mark.parametrize("orientation", ALL_ORIENTATIONS)
@pytest.mark.parametrize("side_view", HUNG, ids="".join)
def test_all_eight_stored_orientations_hang_alike(side_view: tuple[str, str], orientation: Orientation) -> None:
    image = breast_image(*side_view)
    stored = stored_as(image, orientation, HUNG[side_view])
    laying = lay(stored.header, find_breast(stored))
    np.testing.assert_array_equal(laying.orientation.apply(stored.stored), image.stored)
    assert laying.note == ""


@pytest.mark.parametrize("mirrored", [False, True])
@pytest.mark.parametrize("side", ["R", "L"])
def test_without_codes_the_chest_wall_is_found_in_the_pixels(side: str, mirrored: bool) -> None:
    image = breast_image(side)
    stored = stored_as(image, Orientation(flip_columns=mirrored), None)
    laying = lay(stored.header, find_breast(stored))
    np.testing.assert_array_equal(laying.orientation.apply(stored.stored), image.stored)
    assert laying.note == "orientation estimated"


def test_undecidable_pixels_are_left_as_they_are_and_said_to_be() -> None:
    image = breast_image("R")
    blank = MammoImage(image.header, np.zeros_like(image.stored))
    laying = lay(blank.header, find_breast(blank))
    assert laying.orientation == Orientation()
    assert laying.note == "orientation unknown"


def test_codes_that_contradict_the_pixels_are_obeyed_and_said_to_disagree() -> None:
    image = breast_image("R")
    header = replace(image.header, patient_orientation=("A", "L"))
    laying = lay(header, find_breast(image))
    assert laying.orientation == Orientation(flip_columns=True)
    assert laying.note == "orientation code and image disagree"


@settings(max_examples=300)
@given(st.tuples(st.text("APLRHFX\\ 0", max_size=4), st.text("APLRHFX\\ 0", max_size=4)))
def test_any_codes_give_a_laying(codes: tuple[str, str]) -> None:
    header = replace(breast_image("R", rows=60, columns=50).header, patient_orientation=codes)
    assert lay(header, None).orientation in ALL_ORIENTATIONS


@pytest.mark.parametrize("orientation", ALL_ORIENTATIONS)
def test_chest_wall_is_found_on_its_side(orientation: Orientation) -> None:
    image = breast_image("L")
    stored = stored_as(image, orientation, None)
    wall = Side.TOP if orientation.transpose else Side.LEFT
    opposite = {Side.TOP: Side.BOTTOM, Side.LEFT: Side.RIGHT}
    flipped = orientation.flip_rows if orientation.transpose else orientation.flip_columns
    assert find_breast(stored).chest_wall == (opposite[wall] if flipped else wall)


def test_bright_air_is_recognised_and_repaired() -> None:
    image = breast_image("R")
    inverted = MammoImage(replace(image.header, grey=Greyscale(12)), np.uint16(4095) - image.stored)
    assert find_breast(inverted).inverted
    assert not find_breast(image).inverted
    np.testing.assert_array_equal(find_breast(inverted).mask, find_breast(image).mask)


def test_monochrome1_is_no_repair() -> None:
    image = breast_image("R", grey=Greyscale(12, inverse=True))
    stored = MammoImage(image.header, np.uint16(4095) - image.stored)
    assert not find_breast(stored).inverted


def test_marker_and_burned_in_text_stay_outside() -> None:
    image = breast_image("R")
    marked = image.stored.copy()
    marked[20:50, 20:80] = 4095
    region = find_breast(MammoImage(image.header, marked))
    assert not region.mask[: int(60 * 384 / 600), : int(90 * 384 / 600)].any()


def test_the_mask_is_the_breast() -> None:
    image = breast_image("R", rows=900, columns=700)
    region = find_breast(image)
    rows, columns = np.mgrid[0:900, 0:700]
    truth = ((699 - columns) / (0.75 * 700)) ** 2 + ((rows - 449.5) / (0.42 * 900)) ** 2 < 1
    at_rows = np.arange(900) * region.mask.shape[0] // 900
    at_columns = np.arange(700) * region.mask.shape[1] // 700
    mask = region.mask[np.ix_(at_rows, at_columns)]
    assert (mask & truth).sum() / (mask | truth).sum() > 0.95


def test_an_image_without_a_breast_answers_so() -> None:
    image = breast_image("R")
    region = find_breast(MammoImage(image.header, np.zeros_like(image.stored)))
    assert not region.found
    assert region.chest_wall is None


@pytest.mark.parametrize("codes", [("L", "P"), ("H", "P")])
def test_an_upright_image_that_is_coded_as_lying_is_said_to_disagree(codes: tuple[str, str]) -> None:
    image = breast_image("R")
    laying = lay(replace(image.header, patient_orientation=codes), find_breast(image))
    assert laying.orientation.transpose
    assert laying.note == "orientation code and image disagree"


def test_parallel_codes_are_no_codes() -> None:
    image = breast_image("R")
    laying = lay(replace(image.header, patient_orientation=("P", "A")), find_breast(image))
    assert laying.note == "orientation estimated"
