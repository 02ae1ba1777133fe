"""Where the breast is, against the truth of synthetic women and drawn breasts: frames, markers, noise, tags, films."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from mammoview.core.breast import Side, find_breast
from mammoview.core.film import breast_on_film, holds_more, without_frame
from mammoview.core.grain import grain_of
from mammoview.core.outline import outline_of
from mammoview.inference.preprocess import PreprocessParams, preprocess
from mammoview.inference.quality import refusal
from tests.bundles import breast_pixels, make_image
from training.synthesis.woman import generate_woman

Pixels = NDArray[Any]
_WHITE = 4095


@cache
def _views() -> tuple[Pixels, ...]:
    """The four views of a synthetic woman and a drawn breast, uint16 of 12 bits, air 0 or about 40."""
    woman = [np.asarray(view.stored, np.uint16) for view in generate_woman(3, spacing_mm=1.0).views]
    return (*woman, breast_pixels(640, 512))


def _plain(pixels: Pixels) -> Pixels:
    return pixels


def _framed(pixels: Pixels, share: float) -> Pixels:
    width = round(share * max(pixels.shape))
    inner = pixels[width:-width, width:-width]
    return np.pad(inner, width, constant_values=_WHITE)


def _wall_is_left(pixels: Pixels) -> bool:
    return bool((pixels[:, :4] > 200).mean() > (pixels[:, -4:] > 200).mean())


def _marked(pixels: Pixels) -> Pixels:
    rows, columns = pixels.shape
    marked = pixels.copy()
    left = columns - columns // 5 if _wall_is_left(pixels) else columns // 12
    marked[rows // 12 : rows // 6, left : left + columns // 8] = _WHITE
    return marked


def _noisy(pixels: Pixels) -> Pixels:
    noise = np.random.default_rng(0).normal(0, 40, pixels.shape)
    return np.asarray(np.clip(pixels + noise, 0, _WHITE), np.uint16)


def _tagged(pixels: Pixels) -> Pixels:
    rows, columns = pixels.shape
    ink = np.zeros(pixels.shape, np.uint8)
    left = int(0.6 * columns) if _wall_is_left(pixels) else 3
    for line in range(3):
        row = int((0.9 + 0.04 * line) * rows)
        cv2.putText(ink, "MLO 10:15", (left, row), cv2.FONT_HERSHEY_SIMPLEX, rows / 900, 255, 1)
    return np.maximum(pixels, ink.astype(np.uint16) * 16)


_WAYS: dict[str, Callable[[Pixels], Pixels]] = {
    "plain": _plain,
    "thin frame": lambda pixels: _framed(pixels, 0.02),
    "wide frame": lambda pixels: _framed(pixels, 0.06),
    "marker": _marked,
    "noise": _noisy,
    "tags": _tagged,
    "all of them": lambda pixels: _framed(_noisy(_tagged(_marked(pixels))), 0.02),
}


@pytest.mark.parametrize("way", _WAYS)
def test_the_mask_is_the_breast_whatever_lies_around_it(way: str) -> None:
    """Intersection over union of at least 0.95 on each view; what a frame covers is no breast."""
    found = []
    for pixels in _views():
        image = make_image(_WAYS[way](pixels))
        region = find_breast(image)
        truth = pixels > 200 if pixels.shape == (640, 512) else pixels > 0
        if "frame" in way or way == "all of them":
            width = round((0.06 if way == "wide frame" else 0.02) * max(pixels.shape))
            truth = np.pad(truth[width:-width, width:-width], width)
        size = (image.columns, image.rows)
        mask = cv2.resize(region.mask.astype(np.float32), size, interpolation=cv2.INTER_LINEAR) > 0.5
        found.append(float((mask & truth).sum() / (mask | truth).sum()))
        assert refusal(image, region) is None
    assert min(found) >= 0.95, found


@pytest.mark.parametrize("inverse", [False, True])
def test_a_bright_marker_beside_the_breast_moves_the_mask_by_nothing(inverse: bool) -> None:
    """Though it is brighter than any tissue, and so the scale of the greys would follow it."""
    for pixels in _views():
        marked = _marked(pixels)
        assert marked.max() > pixels.max() and (marked != pixels).sum() > 0.005 * pixels.size
        without, beside = (
            find_breast(make_image(_WHITE - values if inverse else values, inverse=inverse))
            for values in (pixels, marked)
        )
        np.testing.assert_array_equal(beside.mask, without.mask)
        assert beside.box == without.box


def _film(ground: float = 0.2, *, label: bool = False) -> Pixels:
    """A breast on a film's even ground, chest wall left, with a black margin to the right and at the bottom."""
    breast = breast_pixels(400, 300) / _WHITE
    film = np.clip(ground + 0.75 * breast, 0, 1)
    if label:
        film[20:90, 190:290] = np.random.default_rng(1).uniform(0.2, 1, (7, 10)).repeat(10, 0).repeat(10, 1)
    return np.asarray(np.pad(film, ((0, 16), (0, 16))) * _WHITE, np.uint16)


@pytest.mark.parametrize("label", [False, True])
def test_the_bright_ground_of_a_film_is_no_breast(label: bool) -> None:
    image = make_image(_film(label=label))
    region = find_breast(image)
    assert region.chest_wall is Side.LEFT
    assert region.coverage < 0.6
    assert refusal(image, region) is None


def test_the_ground_of_a_film_is_not_in_the_input() -> None:
    made = preprocess(make_image(_film()), PreprocessParams(128, 80)).pixels
    assert made[0, -1, 0] == made[-1, -1, 0] == 0


def test_a_breast_with_one_chest_wall_is_left_as_it_is() -> None:
    values = (_views()[-1] / np.float32(_WHITE)).astype(np.float32)
    mask = values > 0.05
    assert not holds_more(mask)
    assert breast_on_film(values, mask) is None


def test_an_empty_mask_holds_nothing() -> None:
    assert not holds_more(np.zeros((40, 30), np.bool_))


def test_a_film_without_a_breast_has_none() -> None:
    """Grain everywhere: what is brighter than its middle is no breast on an even ground."""
    noise = np.random.default_rng(0).normal(0.5, 0.1, (384, 300)).astype(np.float32)
    values = np.asarray(np.clip(cv2.GaussianBlur(noise, (0, 0), 2) * 3 - 1, 0, 1), np.float32)
    assert breast_on_film(values, np.ones(values.shape, np.bool_)) is None


def test_only_whole_bright_lines_from_a_side_on_are_a_frame() -> None:
    values = np.full((100, 80), 0.5, np.float32)
    values[:5], values[40:50], values[:60, -3:] = 1.0, 1.0, 1.0
    bare = without_frame(values)
    assert not bare[:7].any()
    np.testing.assert_array_equal(bare[7:], values[7:])


def test_a_frame_takes_at_most_a_sixth_of_the_picture() -> None:
    assert without_frame(np.ones((100, 80), np.float32))[20:-20, 20:-20].all()


def test_an_outline_measures_its_sides() -> None:
    mask = np.zeros((100, 200), np.bool_)
    mask[10:60, 20:30] = True
    mask[10:20, 20:120] = True
    outline = outline_of(mask)
    assert (outline.left, outline.top, outline.aspect) == (1.0, 1.0, 2.0)
    assert outline.right == pytest.approx(0.2)
    assert outline.bottom == pytest.approx(0.1)
    assert outline.lead == pytest.approx(0.8)
    assert outline.fill == pytest.approx((50 * 10 + 10 * 90) / 5000)


def test_grain_tells_plateau_from_texture_and_air_from_tissue() -> None:
    random = np.random.default_rng(0)
    values = np.full((200, 300), 0.5, np.float32)
    values[:, 150:] += random.normal(0, 0.2, (200, 150)).astype(np.float32)
    mask = np.zeros(values.shape, np.bool_)
    mask[:, :150] = True
    grain = grain_of(values, mask)
    assert grain.plateau == 1.0
    assert grain.inside is not None
    assert grain.beside is not None
    assert grain.inside < 0.001 < 0.0035 < grain.beside


def test_a_frame_beside_the_breast_is_no_other_body() -> None:
    values = np.zeros((200, 300), np.float32)
    mask = np.zeros(values.shape, np.bool_)
    mask[50:150, :80] = True
    values[mask] = 0.5
    framed = values.copy()
    framed[:, -15:], framed[-12:] = 1.0, 1.0
    assert grain_of(framed, mask).other == 0
    values[50:150, 200:280] = 0.5
    assert grain_of(values, mask).other > 0.6
