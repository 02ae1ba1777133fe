"""A prepared image: on which side its chest wall was laid, and what memory it holds."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from mammoview.core.breast import Side
from mammoview.core.geometry import Orientation
from mammoview.core.image import OverlayPlane
from mammoview.core.prepared import prepare
from tests.factories import make_breast
from tests.unit.made import breast_image, image_of

STORED_WITH_WALL = {
    Side.LEFT: Orientation(),
    Side.TOP: Orientation(transpose=True),
    Side.BOTTOM: Orientation(transpose=True, flip_rows=True),
    Side.RIGHT: Orientation(flip_columns=True),
}


@pytest.mark.parametrize("side", list(Side))
def test_the_chest_wall_of_an_unknown_side_is_where_it_was_laid(side: Side) -> None:
    stored = np.ascontiguousarray(STORED_WITH_WALL[side].apply(make_breast("L", 450, 600)))
    prepared = prepare(image_of(stored, laterality="", view=""))
    assert prepared.region.chest_wall is side
    laid = prepared.laying.orientation.apply(stored)
    assert prepared.chest_wall_right == (laid[:, -20:].mean() > laid[:, :20].mean())


def test_an_image_without_breast_has_no_wall_to_the_right() -> None:
    assert not prepare(image_of(np.full((200, 150), 7, np.uint16), laterality="", view="")).chest_wall_right


@pytest.mark.parametrize("invert", [False, True])
@pytest.mark.parametrize("inverse", [False, True])
def test_a_picture_is_inverted_by_its_file_or_by_the_reader(inverse: bool, invert: bool) -> None:
    image = breast_image()
    grey = replace(image.grey, inverse=inverse)
    prepared = prepare(replace(image, header=replace(image.header, modality="MG", grey=grey)))
    assert prepared.shown_inverted(invert) == (inverse != invert)


def test_overlays_and_masks_count_as_memory() -> None:
    image = breast_image()
    planes = tuple(OverlayPlane(np.ones((500, 400), np.uint8)) for _ in range(3))
    without, prepared = prepare(image), prepare(replace(image, overlays=planes))
    assert prepared.nbytes - without.nbytes == 3 * 500 * 400
    assert without.air is not None
    region = without.region
    held = image.stored.nbytes + without.pyramid.nbytes + region.values.nbytes + region.mask.nbytes
    assert without.nbytes == held + without.air.outside.nbytes
