"""A modality stage that falls turns bright and dark of the stored values round: breast, wall and air follow."""

from __future__ import annotations

from typing import Any

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from mammoview.core.breast import reduced_values
from mammoview.core.image import MammoImage
from mammoview.core.prepared import prepare
from mammoview.core.window import Greyscale, VoiLut
from tests.factories import make_breast
from tests.unit.made import image_of

TURNED_LUT = VoiLut(0, np.arange(4095, -1, -1).astype(np.uint16), 12)
GREYS = {
    "plain": Greyscale(12),
    "MONOCHROME1": Greyscale(12, inverse=True),
    "falling slope": Greyscale(12, slope=-1.0, intercept=4095.0),
    "falling slope of MONOCHROME1": Greyscale(12, slope=-1.0, intercept=4095.0, inverse=True),
    "falling modality LUT": Greyscale(12, modality_lut=TURNED_LUT),
    "falling modality LUT of MONOCHROME1": Greyscale(12, modality_lut=TURNED_LUT, inverse=True),
}
FALLING = [name for name in GREYS if "falling" in name]


def stored_as(shown: NDArray[Any], name: str) -> MammoImage:
    """The image that shows 12-bit values `shown`, where high ones are bright, through the stages of that name."""
    low_is_bright = (name == "MONOCHROME1") or ("falling" in name and "MONOCHROME1" not in name)
    stored = 4095 - shown if low_is_bright else shown
    return image_of(stored.astype(np.uint16), grey=GREYS[name])


@pytest.mark.parametrize("name", list(GREYS))
def test_low_stored_values_are_bright_where_one_stage_turns_them(name: str) -> None:
    image = stored_as(np.array([[0, 4095]]), name)
    assert image.grey.low_is_bright == (image.stored[0, 0] > image.stored[0, 1])


@pytest.mark.parametrize("name", FALLING)
def test_brighter_is_denser_on_the_work_grid(name: str) -> None:
    image, plain = (stored_as(make_breast("R", 600, 450), one) for one in (name, "plain"))
    values, expected = reduced_values(image), reduced_values(plain)
    np.testing.assert_allclose(values - values.min(), expected - expected.min(), atol=2)


@pytest.mark.parametrize("name", [*FALLING, "MONOCHROME1"])
def test_the_posterior_edge_is_found_to_the_pixel_beside_a_collimated_border(name: str) -> None:
    shown = np.concatenate([make_breast("R", 600, 450), np.zeros((600, 15), np.uint16)], axis=1)
    prepared = prepare(stored_as(shown, name))
    assert prepared.laid_box.column1 == 450


@pytest.mark.parametrize("name", [*FALLING, "MONOCHROME1"])
def test_no_tissue_is_taken_for_air(name: str) -> None:
    shown = make_breast("R", 600, 450)
    prepared = prepare(stored_as(shown, name))
    assert prepared.air is not None
    outside = np.asarray(cv2.resize(prepared.air.outside, (450, 600), interpolation=cv2.INTER_NEAREST), np.uint8)
    air = prepared.air.mask(prepared.image.stored, outside)
    assert not air[shown > 0].any()
    assert air.any()
