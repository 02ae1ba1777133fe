"""Lengths, angles and regions are measured in the breast's millimetres, or in pixels that say so."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from mammoview.core.errors import MammoviewError
from mammoview.core.geometry import Spacing
from mammoview.core.image import MammoImage
from mammoview.core.marks import Mark, MarkKind
from mammoview.core.measure import angle_deg, area, length, lines, region_statistics
from mammoview.core.window import Greyscale, PixelPadding
from tests.unit.made import image_of

SQUARE = Spacing(0.1, 0.1, "imager")
RANDOM = np.random.default_rng(3).integers(0, 4096, (60, 50)).astype(np.uint16)


def mark_on(image: MammoImage, kind: MarkKind, *points: tuple[float, float], frame: int = 1) -> Mark:
    return Mark(kind, image.header.key, frame, points)


def ruler(*points: tuple[float, float]) -> Mark:
    return Mark(MarkKind.RULER, "1.2.3", 1, points)


def angle(*points: tuple[float, float]) -> Mark:
    return Mark(MarkKind.ANGLE, "1.2.3", 1, points)


def twelve_bit(stored: NDArray[Any], **header: Any) -> MammoImage:
    header.setdefault("grey", Greyscale(12))
    return image_of(stored, **header)


def inside_ellipse(row: float, column: float, box: tuple[float, float, float, float]) -> bool:
    row0, column0, row1, column1 = box
    down = (row - (row0 + row1) / 2) / ((row1 - row0) / 2)
    across = (column - (column0 + column1) / 2) / ((column1 - column0) / 2)
    return down**2 + across**2 <= 1


def inside_outline(row: float, column: float, points: tuple[tuple[float, float], ...]) -> bool:
    """By how often a ray to the right meets the outline."""
    crossed = 0
    for (row0, column0), (row1, column1) in zip(points, (*points[1:], points[0]), strict=True):
        if (row0 <= row) != (row1 <= row):
            crossed += column0 + (row - row0) * (column1 - column0) / (row1 - row0) > column
    return crossed % 2 == 1


def disk_phantom(magnification: float) -> tuple[MammoImage, float]:
    """A disk of 10 mm in the breast on a detector of 0.1 mm, blurred at its rim; its middle (row = column)."""
    middle, radius_px = 140.3, 10 * magnification / 0.1 / 2
    row, column = np.mgrid[0:281, 0:281]
    away = np.hypot(row - middle, column - middle)
    stored = np.round(200 + 3000 * np.clip(radius_px - away + 0.5, 0, 1)).astype(np.uint16)
    spacing = Spacing(0.1 / magnification, 0.1 / magnification, "imager", magnification)
    return twelve_bit(stored, spacing=spacing), middle


def rim(profile: NDArray[Any]) -> tuple[float, float]:
    """Where a profile rises to its half and falls to it, between the pixels."""
    half = (float(profile.min()) + float(profile.max())) / 2
    above = np.flatnonzero(profile >= half)
    first, last = int(above[0]), int(above[-1])
    values = profile.astype(float)
    rise = first - (values[first] - half) / (values[first] - values[first - 1])
    fall = last + (values[last] - half) / (values[last] - values[last + 1])
    return float(rise), float(fall)


@pytest.mark.parametrize("magnification", [1.0, 1.5, 1.8])
@pytest.mark.parametrize("down", [False, True])
def test_a_disk_of_ten_millimetres_is_ten_long(magnification: float, down: bool) -> None:
    image, middle = disk_phantom(magnification)
    profile = image.stored[:, 140] if down else image.stored[140]
    ends = [(edge, middle) if down else (middle, edge) for edge in rim(profile)]
    found = length(mark_on(image, MarkKind.RULER, *ends), image.spacing)
    assert found.unit == "mm"
    assert found.value == pytest.approx(10, rel=0.01)


@pytest.mark.parametrize("magnification", [1.0, 1.5, 1.8])
def test_a_disk_of_ten_millimetres_has_the_area_of_one(magnification: float) -> None:
    image, _ = disk_phantom(magnification)
    low, high = rim(image.stored[140])
    found = area(mark_on(image, MarkKind.ELLIPSE, (low, low), (high, high)), image.spacing)
    assert found.unit == "mm²"
    assert found.value == pytest.approx(math.pi * 25, rel=0.01)


@pytest.mark.parametrize(
    ("spacing", "text"),
    [
        (Spacing(0.1 / 1.5, 0.1 / 1.5, "imager", 1.5), "13.3 mm  corrected ×1.5"),
        (SQUARE, "20.0 mm  detector plane"),
        (Spacing(0.1, 0.1, "pixel"), "20.0 mm  pixel spacing as given"),
        (None, "200.0 px  uncalibrated"),
        (Spacing(0.1, 0.1, "assumed"), "200.0 px  uncalibrated"),
    ],
)
def test_a_length_says_how_it_was_calibrated(spacing: Spacing | None, text: str) -> None:
    assert length(ruler((0, 0), (0, 200)), spacing).text() == text


def test_a_length_over_pixels_that_are_not_square_counts_each_axis_by_its_own() -> None:
    assert length(ruler((0, 0), (30, 20)), Spacing(0.1, 0.2, "imager")).value == pytest.approx(5.0)


@pytest.mark.parametrize(
    ("points", "degrees"),
    [
        (((0, 10), (0, 0), (10, 0)), 90),
        (((0, 10), (0, 0), (0, -10)), 180),
        (((0, 10), (0, 0), (0, 3)), 0),
        (((10, 10), (0, 0), (0, 10)), 45),
    ],
)
def test_an_angle_is_that_at_the_middle_point(points: tuple[tuple[float, float], ...], degrees: float) -> None:
    assert angle_deg(angle(*points), None) == pytest.approx(degrees)


def test_an_angle_over_pixels_that_are_not_square_is_the_one_in_the_breast() -> None:
    found = angle_deg(angle((10, 10), (0, 0), (0, 10)), Spacing(0.1 * math.sqrt(3), 0.1, "imager"))
    assert found == pytest.approx(60)


def test_an_assumed_spacing_does_not_change_an_angle() -> None:
    assert angle_deg(angle((10, 10), (0, 0), (0, 10)), Spacing(0.3, 0.1, "assumed")) == pytest.approx(45)


def test_an_arm_without_length_makes_no_angle() -> None:
    assert angle_deg(angle((5, 5), (5, 5), (0, 10)), SQUARE) is None


def test_only_rulers_have_a_length() -> None:
    with pytest.raises(MammoviewError, match="no length"):
        length(angle((5, 5), (5, 5), (0, 10)), SQUARE)


def test_only_angles_have_an_angle() -> None:
    with pytest.raises(MammoviewError, match="no angle"):
        angle_deg(ruler((0, 0), (0, 1)), SQUARE)


def test_a_ruler_is_no_region() -> None:
    image = twelve_bit(RANDOM)
    with pytest.raises(MammoviewError, match="no region"):
        region_statistics(image, mark_on(image, MarkKind.RULER, (0, 0), (5, 5)))


positions = st.tuples(  # no line between two of them meets a pixel's centre
    st.integers(-15, 75).map(lambda row: row + math.sqrt(2) / 5), st.integers(-15, 65).map(lambda at: at + math.pi / 10)
)


@settings(max_examples=40, deadline=None)
@given(st.lists(positions, min_size=3, max_size=9))
def test_an_outline_holds_the_pixels_whose_centre_is_inside_by_the_even_odd_rule(
    points: list[tuple[float, float]],
) -> None:
    image = twelve_bit(RANDOM)
    corners = tuple(points)
    expected = [RANDOM[at] for at in np.ndindex(RANDOM.shape) if inside_outline(at[0], at[1], corners)]
    found = region_statistics(image, mark_on(image, MarkKind.FREEHAND, *corners))
    assert found.count == len(expected)
    if expected:
        assert (found.minimum, found.maximum) == (float(min(expected)), float(max(expected)))
        assert (found.mean, found.sd) == pytest.approx((np.mean(expected), np.std(expected)), abs=1e-6)


@settings(max_examples=40, deadline=None)
@given(positions, positions)
def test_an_ellipse_holds_the_pixels_whose_centre_is_inside(
    one: tuple[float, float], other: tuple[float, float]
) -> None:
    image = twelve_bit(RANDOM)
    mark = mark_on(image, MarkKind.ELLIPSE, one, other)
    row0, column0, row1, column1 = box = mark.bounds()
    assume(row0 < row1 and column0 < column1)
    expected = [RANDOM[at] for at in np.ndindex(RANDOM.shape) if inside_ellipse(at[0], at[1], box)]
    found = region_statistics(image, mark)
    assert found.count == len(expected)
    if expected:
        assert found.mean == pytest.approx(np.mean(expected))


def test_neighbouring_outlines_share_no_pixel() -> None:
    image = twelve_bit(RANDOM)
    left = mark_on(image, MarkKind.FREEHAND, (0, 0), (0, 20), (60, 20), (60, 0))
    right = mark_on(image, MarkKind.FREEHAND, (0, 20), (0, 50), (60, 50), (60, 20))
    assert [region_statistics(image, mark).count for mark in (left, right)] == [60 * 20, 60 * 30]


def test_the_rim_of_an_ellipse_belongs_to_it() -> None:
    image = twelve_bit(RANDOM)
    assert region_statistics(image, mark_on(image, MarkKind.ELLIPSE, (9, 9), (11, 11))).count == 5


def test_an_ellipse_without_height_holds_nothing() -> None:
    image = twelve_bit(RANDOM)
    found = region_statistics(image, mark_on(image, MarkKind.ELLIPSE, (9, 9), (9, 30)))
    assert (found.count, found.mean, found.area.value) == (0, None, 0.0)


def test_padding_is_left_out_and_counted() -> None:
    stored = np.full((40, 40), 1000, np.uint16)
    stored[:, 20:] = 0
    image = twelve_bit(stored, grey=Greyscale(12, padding=PixelPadding.of(0, 5)))
    found = region_statistics(
        image, mark_on(image, MarkKind.FREEHAND, (-0.5, 9.5), (-0.5, 29.5), (9.5, 29.5), (9.5, 9.5))
    )
    assert (found.count, found.padding, found.mean, found.sd) == (100, 100, 1000.0, 0.0)


def test_a_region_wholly_on_padding_measures_its_area_alone() -> None:
    image = twelve_bit(np.zeros((40, 40), np.uint16), grey=Greyscale(12, padding=PixelPadding.of(0)))
    mark = mark_on(image, MarkKind.ELLIPSE, (5, 5), (25, 25))
    assert lines(mark, image)[0] == "area 3.1 mm²"


def test_what_lies_outside_of_the_image_is_left_out_of_the_values_but_not_of_the_area() -> None:
    image = twelve_bit(np.full((40, 40), 7, np.uint16))
    mark = mark_on(image, MarkKind.FREEHAND, (-10.5, -10.5), (-10.5, 9.5), (9.5, 9.5), (9.5, -10.5))
    found = region_statistics(image, mark)
    assert (found.count, found.padding) == (100, 0)
    assert found.area.value == pytest.approx(4.0)


def test_a_region_outside_of_the_image_holds_nothing() -> None:
    image = twelve_bit(RANDOM)
    assert region_statistics(image, mark_on(image, MarkKind.ELLIPSE, (-50, -50), (-10, -10))).count == 0


def test_values_are_those_after_the_modality_stage() -> None:
    image = twelve_bit(np.full((20, 20), 100, np.uint16), grey=Greyscale(12, slope=-2.0, intercept=50.0))
    found = region_statistics(image, mark_on(image, MarkKind.ELLIPSE, (2, 2), (12, 12)))
    assert (found.mean, found.unit) == (-150.0, "modality")


def test_signed_values_keep_their_sign() -> None:
    image = image_of(np.tile(np.array([-300, 100], np.int16), (20, 10)))
    found = region_statistics(image, mark_on(image, MarkKind.FREEHAND, (0, 0), (0, 20), (20, 20), (20, 0)))
    assert (found.minimum, found.maximum, found.mean, found.unit) == (-300.0, 100.0, -100.0, "stored")


def test_eight_bit_images_are_measured_too() -> None:
    image = image_of(np.full((20, 20), 200, np.uint8))
    assert region_statistics(image, mark_on(image, MarkKind.ELLIPSE, (2, 2), (12, 12))).mean == 200.0


def test_a_region_taller_than_a_strip_is_counted_once() -> None:
    image = twelve_bit(np.arange(700, dtype=np.uint16)[:, None].repeat(3, axis=1))
    found = region_statistics(image, mark_on(image, MarkKind.FREEHAND, (0, -1), (0, 9), (700, 9), (700, -1)))
    assert found.count == 2100
    assert found.mean == pytest.approx(349.5)


def test_an_outline_that_crosses_itself_has_the_area_of_both_its_loops() -> None:
    image = twelve_bit(RANDOM)
    bow = mark_on(image, MarkKind.FREEHAND, (0, 0), (20, 20), (0, 20), (20, 0))
    assert area(bow, None).value == pytest.approx(200, rel=0.001)


def test_the_area_of_pixels_that_are_not_square_takes_both_spacings() -> None:
    image = twelve_bit(RANDOM)
    box = mark_on(image, MarkKind.FREEHAND, (0, 0), (0, 10), (10, 10), (10, 0))
    assert area(box, Spacing(0.1, 0.3, "imager")).value == pytest.approx(3.0)


def test_beside_a_region_stand_mean_sd_and_area() -> None:
    image = twelve_bit(np.full((40, 40), 1203, np.uint16), spacing=Spacing(0.2, 0.2, "imager", 1.5))
    mark = mark_on(image, MarkKind.ELLIPSE, (10, 10), (30, 30))
    assert lines(mark, image) == ("mean 1203  SD 0.00  area 12.6 mm²", "corrected ×1.5")


def test_padding_that_was_left_out_is_told() -> None:
    stored = np.full((40, 40), 1000, np.uint16)
    stored[0, :3] = 0
    image = twelve_bit(stored, grey=Greyscale(12, padding=PixelPadding.of(0)))
    mark = mark_on(image, MarkKind.FREEHAND, (-0.5, -0.5), (-0.5, 9.5), (9.5, 9.5), (9.5, -0.5))
    assert lines(mark, image)[1] == "detector plane, 3 px of padding left out"


def test_beside_a_slab_stands_what_was_measured() -> None:
    image = twelve_bit(RANDOM, frames=9)
    slab = MammoImage(image.header, RANDOM.copy(), frame=4, slab=3)
    mark = mark_on(slab, MarkKind.ELLIPSE, (10, 10), (30, 30), frame=5)
    assert lines(mark, slab)[1] == "detector plane, slab of 3, maximum"


def test_a_preview_gives_no_values() -> None:
    image = twelve_bit(RANDOM)
    preview = MammoImage(image.header, RANDOM.copy(), preview=True)
    assert lines(mark_on(preview, MarkKind.ELLIPSE, (10, 10), (30, 30)), preview) == ("area 3.1 mm²  detector plane",)


def test_the_values_of_a_preview_are_refused() -> None:
    preview = MammoImage(twelve_bit(RANDOM).header, RANDOM.copy(), preview=True)
    with pytest.raises(MammoviewError, match="still to come"):
        region_statistics(preview, mark_on(preview, MarkKind.ELLIPSE, (10, 10), (30, 30)))


@pytest.mark.parametrize("kind", [MarkKind.RULER, MarkKind.ELLIPSE])
def test_a_mark_of_another_image_is_not_measured(kind: MarkKind) -> None:
    with pytest.raises(MammoviewError, match="another image"):
        lines(Mark(kind, "9.9.9", 1, ((0, 0), (5, 5))), twelve_bit(RANDOM))


def test_a_mark_of_another_frame_is_not_measured() -> None:
    image = twelve_bit(RANDOM, frames=9)
    with pytest.raises(MammoviewError, match="frame 2, not on frame 1"):
        lines(mark_on(image, MarkKind.ELLIPSE, (0, 0), (5, 5), frame=2), image)


def test_an_angle_without_spacing_says_what_was_assumed() -> None:
    image = twelve_bit(RANDOM, spacing=None)
    mark = mark_on(image, MarkKind.ANGLE, (0, 10), (0, 0), (10, 0))
    assert lines(mark, image) == ("90.0°  square pixels assumed",)


def test_an_angle_counts_the_shape_of_a_pixel_where_that_alone_is_known() -> None:
    image = twelve_bit(RANDOM, spacing=None, pixel_aspect=2.0)
    mark = mark_on(image, MarkKind.ANGLE, (0, 10), (0, 0), (10, 10))
    assert lines(mark, image) == (f"{math.degrees(math.atan(2)):.1f}°",)


def test_an_arrow_measures_nothing() -> None:
    image = twelve_bit(RANDOM)
    assert lines(mark_on(image, MarkKind.ARROW, (0, 10), (0, 0)), image) == ()
