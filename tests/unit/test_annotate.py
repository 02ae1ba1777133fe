"""Letters are read on any ground, stand where they should, and keep off one another."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from mammoview.core.annotate import AMBER, DIM, OVERLAY, TEXT, CornerTexts, draw_texts, fitted, text_plates, write
from mammoview.core.lettering import Color
from mammoview.core.mark_drawing import SELECTED, Drawable, draw_marks
from mammoview.core.marks import Mark, MarkKind
from mammoview.core.view_state import native_placement
from mammoview.reading.pictures import lettering

SHAPE = (400, 300)
TEXTS = CornerTexts("RMLO", ("DEMO, ANNA",), ("2024-03-01", "C 2200 W 3000"), ("implant",))


def luminance(color: NDArray[np.float64]) -> NDArray[np.float64]:
    """Relative luminance (WCAG 2) of colours (..., 3), red, green, blue, 0..255."""
    part = color / 255
    linear = np.where(part <= 0.04045, part / 12.92, ((part + 0.055) / 1.055) ** 2.4)
    return np.asarray(linear @ np.array([0.2126, 0.7152, 0.0722]))


def texts_on(ground: int, texts: CornerTexts = TEXTS) -> NDArray[np.uint8]:
    canvas = np.full((*SHAPE, 4), ground, np.uint8)
    draw_texts(canvas, lettering(), texts, size_px=13, outer_left=True)
    return canvas


@pytest.mark.parametrize("ground", [*range(0, 256, 15), 255])
@pytest.mark.parametrize("color", [TEXT, DIM, AMBER, OVERLAY, SELECTED])
@pytest.mark.parametrize("size_px", [10, 13, 26])
def test_letters_differ_from_their_surroundings_on_any_grey(color: Color, ground: int, size_px: int) -> None:
    canvas = np.full((80, 400, 4), ground, np.uint8)
    write(canvas, lettering(), "RMLO 0.43", 20, 20, size_px, color)
    letters = np.zeros((80, 400), np.uint8)
    mask = lettering().masks("RMLO 0.43", size_px)[0]
    letters[20 : 20 + mask.shape[0], 20 : 20 + mask.shape[1]] = mask > 0
    around = (cv2.dilate(letters, np.ones((3, 3), np.uint8)) > 0) & (letters == 0)
    ink = float(luminance(np.array(color, np.float64)))
    dark = luminance(canvas[around][:, 2::-1].astype(np.float64))
    assert (ink + 0.05) / (np.median(dark) + 0.05) >= 4.5


def test_a_halo_is_soft() -> None:
    light = texts_on(255)[..., 0].astype(int)
    steps = np.abs(np.diff(light, axis=1))[:, :6].max()
    assert steps < 60
    assert ((light > 60) & (light < 250)).sum() > 400


def test_a_halo_leaves_black_as_it_is() -> None:
    canvas = np.zeros((60, 300, 4), np.uint8)
    write(canvas, lettering(), "RMLO", 20, 20, 13, TEXT)
    letters = lettering().masks("RMLO", 13)[0] > 0
    beside = canvas[..., :3].any(axis=2)
    beside[20 : 20 + letters.shape[0], 20 : 20 + letters.shape[1]] &= ~letters
    assert not beside.any()


@pytest.mark.parametrize("width_px", range(0, 200, 7))
def test_a_shortened_text_fits_and_is_as_long_as_may_be(width_px: int) -> None:
    text = "C 2200 W 3000 sigmoid"
    shown = fitted(lettering(), text, 13, width_px)
    assert not shown or lettering().width_px(shown, 13) <= width_px
    if shown != text and shown:
        longer = text[: len(shown)] + "…"
        assert lettering().width_px(longer, 13) > width_px


def test_what_follows_the_side_and_view_stands_under_it() -> None:
    beside = texts_on(0, CornerTexts("RMLO  prior"))[..., 0]
    alone = texts_on(0, CornerTexts("RMLO"))[..., 0]
    assert np.flatnonzero(beside.any(axis=0)).max() == np.flatnonzero(alone.any(axis=0)).max()
    assert np.flatnonzero(beside.any(axis=1)).max() > np.flatnonzero(alone.any(axis=1)).max()


@pytest.mark.parametrize("outer_left", [True, False])
def test_all_corner_texts_lie_in_their_plates(outer_left: bool) -> None:
    canvas = np.zeros((*SHAPE, 4), np.uint8)
    draw_texts(canvas, lettering(), TEXTS, size_px=13, outer_left=outer_left)
    for row0, column0, row1, column1 in text_plates(lettering(), TEXTS, SHAPE, size_px=13, outer_left=outer_left):
        assert canvas[row0:row1, column0:column1].any()
        canvas[row0:row1, column0:column1] = 0
    assert not canvas.any()


@pytest.mark.parametrize("row", [20, 45, 330, 350, 380])
def test_letters_of_a_mark_keep_off_corner_texts(row: float) -> None:
    plates = text_plates(lettering(), TEXTS, SHAPE, size_px=13, outer_left=True)
    ruler = Mark(MarkKind.RULER, "1.2.3", 1, ((row, 150.0), (row, 40.0)))
    drawn = [np.zeros((*SHAPE, 4), np.uint8) for _ in range(2)]
    for canvas, lines in zip(drawn, (("12.3 mm",), ()), strict=True):
        draw_marks(
            canvas,
            [Drawable(ruler, lines)],
            lettering(),
            placement=native_placement(*SHAPE),
            image_key="1.2.3",
            frames=(1,),
            keep_off=plates,
        )
    letters = (drawn[0] != drawn[1]).any(axis=2)
    assert letters.any()
    assert not any(letters[row0:row1, column0:column1].any() for row0, column0, row1, column1 in plates)
