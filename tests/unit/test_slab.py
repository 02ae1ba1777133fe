"""A slab: the brightest or the mean of its frames, padding and rescaling respected."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from numpy.typing import NDArray

from mammoview.core.errors import MammoviewError
from mammoview.core.image import FrameChoice, MammoImage, Projection
from mammoview.core.slab import project
from mammoview.core.window import Greyscale, PixelPadding, VoiLut
from tests.unit.made import image_of

MEAN = Projection.AVERAGE


def frames_of(*stored: NDArray[np.generic], grey: Greyscale | None = None) -> list[MammoImage]:
    base = [image_of(values, grey=grey, frames=len(stored)) for values in stored]
    return [replace(image, frame=number) for number, image in enumerate(base, start=1)]


def random_frames(dtype: type, count: int = 5) -> list[NDArray[np.generic]]:
    random = np.random.default_rng(1)
    info = np.iinfo(dtype)
    return [random.integers(info.min, int(info.max) + 1, (40, 30)).astype(dtype) for _ in range(count)]


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16, np.int16])
def test_the_maximum_is_that_of_the_frames(dtype: type) -> None:
    stored = random_frames(dtype)
    made = project(iter(frames_of(*stored)), FrameChoice(3, 5))
    assert np.array_equal(made.stored, np.max(stored, axis=0))
    assert made.stored.dtype == dtype
    assert (made.frame, made.slab, made.projection) == (3, 5, Projection.MAXIMUM)


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16, np.int16])
def test_the_average_is_the_rounded_mean(dtype: type) -> None:
    stored = random_frames(dtype)
    made = project(frames_of(*stored), FrameChoice(1, 5, MEAN))
    assert np.array_equal(made.stored, np.floor(np.mean(stored, axis=0, dtype=np.float64) + 0.5).astype(dtype))


def test_where_low_values_are_bright_the_lowest_counts() -> None:
    stored = random_frames(np.uint16)
    made = project(frames_of(*stored, grey=Greyscale(16, inverse=True)), FrameChoice(2, 5))
    assert np.array_equal(made.stored, np.min(stored, axis=0))


FALLING = VoiLut(0, np.arange(4095, -1, -1).astype(np.uint16), 12)


@pytest.mark.parametrize(
    "grey",
    [
        Greyscale(12, slope=-1.0, intercept=4095.0),
        Greyscale(12, modality_lut=FALLING),
        Greyscale(12, vois=(FALLING,)),
        Greyscale(12, inverse=True, slope=-1.0, vois=(FALLING,)),
    ],
    ids=["slope", "modality LUT", "VOI LUT", "three times"],
)
def test_what_any_stage_makes_bright_of_low_values_is_kept(grey: Greyscale) -> None:
    tissue, calcification = np.full((4, 4), 3000, np.uint16), np.full((4, 4), 3000, np.uint16)
    calcification[1, 2] = 100
    made = project(frames_of(tissue, calcification, grey=grey), FrameChoice(1, 2))
    assert made.stored[1, 2] == 100


def test_two_stages_that_fall_together_rise() -> None:
    grey = Greyscale(12, inverse=True, slope=-1.0, intercept=4095.0)
    one, other = np.full((4, 4), 100, np.uint16), np.full((4, 4), 3000, np.uint16)
    assert project(frames_of(one, other, grey=grey), FrameChoice(1, 2)).stored.min() == 3000


@pytest.mark.parametrize(("projection", "expected"), [(Projection.MAXIMUM, [9, 3, 8]), (MEAN, [9, 2, 6])])
def test_padding_counts_only_where_all_frames_have_it(projection: Projection, expected: list[int]) -> None:
    grey = Greyscale(16, padding=PixelPadding(9, 9))
    one, other = np.array([[9, 1, 8]], np.uint16), np.array([[9, 3, 4]], np.uint16)
    made = project(frames_of(one, other, grey=grey), FrameChoice(1, 2, projection))
    assert made.stored.tolist() == [expected]
    third = np.array([[5, 9, 9]], np.uint16)
    made = project(frames_of(one, other, third, grey=grey), FrameChoice(1, 3, projection))
    assert made.stored.tolist() == [[5, *expected[1:]]]


def test_a_mean_never_becomes_padding() -> None:
    grey = Greyscale(16, padding=PixelPadding(10, 12))
    one, other = np.array([[8, 20]], np.uint16), np.array([[13, 4]], np.uint16)
    made = project(frames_of(one, other, grey=grey), FrameChoice(1, 2, MEAN))
    assert not grey.is_padding(made.stored).any()


def test_frames_that_cannot_be_compared_are_refused() -> None:
    one, other = frames_of(*random_frames(np.uint16, 2))
    scaled = replace(other, header=replace(other.header, grey=Greyscale(16, slope=2.0)))
    with pytest.raises(MammoviewError, match="differ in rescaling"):
        project([one, scaled], FrameChoice(1, 2))
    with pytest.raises(MammoviewError, match="differ in size"):
        project([one, replace(other, stored=other.stored[:10].copy())], FrameChoice(1, 2))
    with pytest.raises(MammoviewError, match="not in the slab"):
        project([one, other], FrameChoice(3, 2))
