"""The walk over a breast at a fixed scale shows all of it, in reading order, mirrored for left and right."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import replace
from functools import lru_cache

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from mammoview.core.errors import MammoviewError
from mammoview.core.geometry import ALL_ORIENTATIONS, Orientation, Spacing
from mammoview.core.hanging import Frame, place
from mammoview.core.image import MammoImage
from mammoview.core.prepared import PreparedImage, prepare
from mammoview.core.quadrants import OVERLAP, FixedView, pair_states, quadrant_states
from mammoview.core.view_state import Placement, ViewState
from tests.unit.made import breast_image, image_of

SIZES = ((600, 450), (903, 517))
SPACINGS_MM = (0.05, 0.07, 0.1)
FRAMES = (Frame(240, 401), Frame(371, 200), Frame(33, 40))
FITTED = 3.0
"""A scale of the hang, in screen pixels per mm, as fitting would give."""

_ACROSS = {"P": "A", "A": "P", "L": "R", "R": "L"}


@lru_cache(maxsize=64)
def prepared(
    side: str, rows: int = 600, columns: int = 450, orientation: Orientation | None = None, mm: float = 0.1
) -> PreparedImage:
    """A made breast that is stored so that it is laid by `orientation`, and says so by its codes."""
    laying = orientation or Orientation()
    image = breast_image(side, "CC", rows, columns)
    along, down = ("P", "L") if side == "R" else ("A", "R")
    along, down = (_ACROSS[along] if laying.flip_columns else along), (_ACROSS[down] if laying.flip_rows else down)
    stored = np.ascontiguousarray(laying.inverse().apply(image.stored))
    header = replace(
        image.header,
        rows=stored.shape[0],
        columns=stored.shape[1],
        spacing=Spacing(mm, mm, "imager"),
        patient_orientation=(down, along) if laying.transpose else (along, down),
    )
    found = prepare(MammoImage(header, stored))
    assert found.laying.orientation == laying
    return found


def with_spacing(image: MammoImage, spacing: Spacing) -> MammoImage:
    return replace(image, header=replace(image.header, spacing=spacing))


def spacing_of(image: PreparedImage) -> Spacing:
    assert image.image.spacing is not None
    return image.image.spacing


def native(image: PreparedImage) -> float:
    """The zoom at which one stored pixel takes one device pixel."""
    return 1 / (FITTED * spacing_of(image).row_mm)


def states_of(image: PreparedImage, frame: Frame, *, zoom: float | None = None, meet: bool = True) -> list[ViewState]:
    zoom = native(image) if zoom is None else zoom
    spacing = spacing_of(image)
    return list(quadrant_states(image, frame, px_per_mm=FITTED, spacing=spacing, zoom=zoom, meet=meet))


def placed(image: PreparedImage, frame: Frame, states: Sequence[ViewState], *, meet: bool = True) -> list[Placement]:
    spacing = spacing_of(image)
    return [place(image, frame, px_per_mm=FITTED, spacing=spacing, state=state, meet=meet) for state in states]


@lru_cache(maxsize=64)
def breast_pixels(image: PreparedImage) -> NDArray[np.bool_]:
    """The stored pixels that any cell of the grown region touches."""
    region, stored = image.region, image.image
    mask = region.mask if region.found else np.ones_like(region.mask)
    grown = cv2.dilate(mask.astype(np.float32), np.ones((3, 3), np.uint8))
    rows, columns = touching(stored.rows, grown.shape[0]), touching(stored.columns, grown.shape[1])
    return (rows @ grown @ columns.T) > 0


def touching(pixels: int, cells: int) -> NDArray[np.float32]:
    """1 where a pixel (row of the matrix) and a cell (its column) have a part in common."""
    pixel, cell = np.arange(pixels)[:, None], np.arange(cells)[None, :]
    return ((pixel * cells < (cell + 1) * pixels) & ((pixel + 1) * cells > cell * pixels)).astype(np.float32)


def visible(placement: Placement, frame: Frame) -> tuple[slice, slice]:
    """The stored pixels that lie with their whole area within the frame."""
    inverse = placement.screen_from_stored().inverse()
    corners = (inverse(-0.5, -0.5), inverse(frame.rows_px - 0.5, frame.columns_px - 0.5))
    found = []
    for edges, pixels in zip(zip(*corners, strict=True), (placement.rows, placement.columns), strict=True):
        first, last = np.ceil(min(edges) + 0.5 - 1e-6), np.floor(max(edges) - 0.5 + 1e-6)  # centres of whole pixels
        found.append(slice(max(0, int(first)), max(0, min(pixels, int(last) + 1))))
    return found[0], found[1]


def uncovered(image: PreparedImage, frame: Frame, states: Sequence[ViewState], *, meet: bool = True) -> int:
    """How many pixels of the breast no state shows."""
    left = breast_pixels(image).copy()
    for placement in placed(image, frame, states, meet=meet):
        left[visible(placement, frame)] = False
    return int(left.sum())


@pytest.mark.parametrize("side", ["R", "L"])
@pytest.mark.parametrize("orientation", ALL_ORIENTATIONS)
@pytest.mark.parametrize("size", SIZES)
def test_every_pixel_of_the_breast_is_seen_at_one_to_one(
    side: str, orientation: Orientation, size: tuple[int, int]
) -> None:
    for mm in SPACINGS_MM:
        image = prepared(side, *size, orientation, mm)
        for frame in FRAMES:
            assert uncovered(image, frame, states_of(image, frame)) == 0, (mm, frame)


@settings(max_examples=60, deadline=None)
@given(
    st.sampled_from(["R", "L"]),
    st.sampled_from(ALL_ORIENTATIONS),
    st.builds(Frame, st.integers(16, 400), st.integers(16, 400)),
    st.floats(0.3, 9.0),
    st.booleans(),
)
def test_every_pixel_of_the_breast_is_seen_at_any_scale(
    side: str, orientation: Orientation, frame: Frame, zoom: float, meet: bool
) -> None:
    image = prepared(side, 600, 450, orientation)
    wide = replace(image, image=with_spacing(image.image, Spacing(0.1, 0.07, "imager")))
    assert uncovered(wide, frame, states_of(wide, frame, zoom=zoom, meet=meet), meet=meet) == 0


@pytest.mark.parametrize("frame", FRAMES)
def test_no_state_shows_only_air(frame: Frame) -> None:
    image = prepared("L")
    breast = breast_pixels(image)
    shown = [breast[visible(placement, frame)].any() for placement in placed(image, frame, states_of(image, frame))]
    assert all(shown)
    assert len(shown) > 1


def test_states_of_air_alone_are_left_out() -> None:
    image, frame = prepared("L"), Frame(33, 40)
    box = breast_pixels(image)
    rows_px, columns_px = int(box.any(axis=1).sum()), int(box.any(axis=0).sum())
    full_grid = -(-(rows_px - 2) // (33 - 2)) * -(-(columns_px - 2) // (40 - 2))
    assert len(states_of(image, frame)) < full_grid


def rows_of(image: PreparedImage, frame: Frame) -> list[list[Placement]]:
    """The placements of the walk, those of one height together."""
    rows: list[list[Placement]] = []
    for placement in placed(image, frame, states_of(image, frame)):
        if not rows or rows[-1][0].row0_px != placement.row0_px:
            rows.append([])
        rows[-1].append(placement)
    return rows


def with_breast_at(image: PreparedImage, *parts: tuple[slice, slice]) -> PreparedImage:
    """The image with these parts of its region's grid, in hundredths of it, for its breast."""
    mask = np.zeros((100, 100), np.bool_)
    for rows, columns in parts:
        mask[rows, columns] = True
    return replace(image, region=replace(image.region, mask=mask))


def test_air_that_the_breast_encloses_is_stepped_over() -> None:
    upright = slice(10, 90)
    arms = [(upright, slice(0, 8)), (upright, slice(90, 98)), (slice(10, 12), slice(0, 98))]
    image, frame = with_breast_at(prepared("L"), *arms), Frame(60, 45)
    breast = breast_pixels(image)
    states = states_of(image, frame)
    assert all(breast[visible(placement, frame)].any() for placement in placed(image, frame, states))
    assert uncovered(image, frame, states) == 0


def test_where_the_breast_begins_far_from_the_chest_wall_no_state_is_spent_on_what_lies_between() -> None:
    image = with_breast_at(prepared("L"), (slice(10, 46), slice(1, 45)), (slice(45, 90), slice(40, 99)))
    states = states_of(image, Frame(260, 300))
    assert uncovered(image, Frame(260, 300), states) == 0
    assert len(states) == 3


@pytest.mark.parametrize("side", ["R", "L"])
@pytest.mark.parametrize("frame", FRAMES)
def test_the_walk_goes_from_the_top_at_the_chest_wall_outwards_then_down(side: str, frame: Frame) -> None:
    rows = rows_of(prepared(side), frame)
    tops = [row[0].row0_px for row in rows]
    assert tops == sorted(set(tops), reverse=True)  # the picture goes up
    for row in rows:
        columns = [placement.column0_px for placement in row]
        assert columns == sorted(set(columns), reverse=side == "L")


@pytest.mark.parametrize("side", ["R", "L"])
@pytest.mark.parametrize("frame", FRAMES)
def test_neighbours_share_a_twentieth_of_the_frame(side: str, frame: Frame) -> None:
    rows = rows_of(prepared(side, 903, 517), frame)
    down = [one[0].row0_px - other[0].row0_px for one, other in itertools.pairwise(rows)]
    assert max(down) <= (1 - OVERLAP) * frame.rows_px
    for row in rows:
        across = [abs(one.column0_px - other.column0_px) for one, other in itertools.pairwise(row)]
        assert max(across, default=0) <= (1 - OVERLAP) * frame.columns_px


@pytest.mark.parametrize(
    ("rows_px", "columns_px", "count"), [(700, 500, 1), (400, 500, 2), (330, 500, 2), (700, 240, 2)]
)
def test_no_more_states_than_the_breast_needs(rows_px: int, columns_px: int, count: int) -> None:
    image = prepared("R")
    needed = breast_pixels(image)
    assert (needed.any(axis=1).sum(), needed.any(axis=0).sum()) == pytest.approx((551, 376), abs=40)
    assert len(states_of(image, Frame(rows_px, columns_px))) == count


def test_a_breast_that_fits_stays_as_it_hangs() -> None:
    image, frame = prepared("R"), Frame(700, 500)
    (state,) = states_of(image, frame, zoom=1.0)
    as_hung, walked = placed(image, frame, [ViewState(), state])
    assert (walked.row0_px, walked.column0_px) == pytest.approx((as_hung.row0_px, as_hung.column0_px), abs=2)


def test_a_breast_that_fits_alone_is_in_the_middle() -> None:
    image, frame = prepared("R"), Frame(700, 900)
    (placement,) = placed(image, frame, states_of(image, frame, meet=False), meet=False)
    box = image.laid_box
    middle_px = placement.column0_px + (box.column0 + box.columns / 2)
    assert middle_px == pytest.approx(450, abs=5)


def test_a_left_view_is_gone_through_as_the_mirror_image_of_a_right_one() -> None:
    image = breast_image("R", "CC")
    header = replace(breast_image("L", "CC").header, patient_orientation=("A", "R"))
    left = prepare(replace(image, header=header, stored=np.ascontiguousarray(image.stored[:, ::-1])))
    right = prepare(replace(image, header=replace(image.header, patient_orientation=("P", "L"))))
    for frame in FRAMES:
        assert states_of(left, frame) == states_of(right, frame)


def fixed(image: PreparedImage, frame: Frame) -> FixedView:
    return FixedView(image, frame, spacing_of(image))


@pytest.mark.parametrize("frame", FRAMES)
def test_a_pair_is_seen_whole_by_states_that_both_share(frame: Frame) -> None:
    right, left = prepared("R", 600, 450), prepared("L", 903, 517, Orientation(flip_rows=True))
    other = Frame(frame.rows_px - 9, frame.columns_px + 17)
    states = pair_states(fixed(right, frame), fixed(left, other), px_per_mm=FITTED, zoom=native(right))
    assert uncovered(right, frame, states) == 0
    assert uncovered(left, other, states) == 0


@pytest.mark.parametrize("frame", FRAMES)
def test_a_pair_takes_as_many_states_as_its_larger_breast(frame: Frame) -> None:
    small, large = prepared("R", 600, 450), prepared("L", 903, 517)
    states = pair_states(fixed(small, frame), fixed(large, frame), px_per_mm=FITTED, zoom=native(small))
    assert len(states) == len(states_of(large, frame)) > len(states_of(small, frame))


@pytest.mark.parametrize("frame", FRAMES)
def test_each_state_of_a_pair_shows_breast_at_one_side_at_least(frame: Frame) -> None:
    right, left = prepared("R", 600, 450), prepared("L", 903, 517)
    states = pair_states(fixed(right, frame), fixed(left, frame), px_per_mm=FITTED, zoom=native(right))
    for state in states:
        shown = [breast_pixels(image)[visible(*placed(image, frame, [state]), frame)].any() for image in (right, left)]
        assert any(shown)


def test_an_image_without_a_breast_is_gone_through_whole() -> None:
    image = prepare(image_of(np.full((300, 200), 700, np.uint16), laterality="L"))
    assert not image.region.found
    states = states_of(image, Frame(120, 90))
    assert uncovered(image, Frame(120, 90), states) == 0


def test_a_frame_of_a_few_pixels_is_refused() -> None:
    with pytest.raises(MammoviewError, match="15 x 300 pixels is too small"):
        states_of(prepared("R"), Frame(300, 15))
