"""The window that a table resembles keeps its polarity, and the gain of a drag leaves every window a way out."""

from __future__ import annotations

import numpy as np
import pytest

from mammoview.core.histogram import window_between, window_ends
from mammoview.core.window import Greyscale, VoiFunction, VoiLut, VoiWindow, grey_table
from mammoview.services.navigation import GAIN_PART, gain_of, window_like

RISING = VoiLut(0, np.round(VoiWindow(2000, 1000).apply(np.arange(4096.0)) * 65535).astype(np.uint16), 16)
FALLING = VoiLut(0, RISING.entries[::-1].copy(), 16)


@pytest.mark.parametrize("lut", [RISING, FALLING], ids=["rising", "falling"])
@pytest.mark.parametrize("inverse", [False, True])
def test_a_window_in_place_of_a_table_shows_nearly_the_same_greys(lut: VoiLut, inverse: bool) -> None:
    grey = Greyscale(12, inverse=inverse)
    shown, table = grey_table(grey, window_like(lut)), grey_table(grey, lut)
    assert np.abs(shown[:4096].astype(int) - table[:4096]).max() < 8


def test_a_falling_window_stays_one_when_its_ends_are_moved() -> None:
    window = window_like(FALLING)
    assert window_between(*window_ends(window), window).falls


def test_a_drag_changes_a_window_by_a_part_of_its_width() -> None:
    assert gain_of(VoiWindow(2000, 1200), VoiWindow(2000, 3000)) == pytest.approx(1200 * GAIN_PART)


def test_a_narrow_window_is_dragged_by_a_part_of_the_images_own() -> None:
    own = VoiWindow(0.05, 0.1, VoiFunction.LINEAR_EXACT)
    narrow = VoiWindow(0.05, 1e-6, VoiFunction.LINEAR_EXACT)
    assert gain_of(narrow, own) == gain_of(VoiWindow(0.05, 2e-6, VoiFunction.LINEAR_EXACT), own) > 1e-6
