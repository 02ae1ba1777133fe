"""A right and a left view that share a state are mirror images about the line where they meet, at any pane width."""

from __future__ import annotations

from dataclasses import replace
from functools import lru_cache

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mammoview.core.hanging import Frame
from mammoview.core.prepared import PreparedImage, prepare
from mammoview.core.quadrants import FixedView, pair_states
from mammoview.core.view_state import ViewState
from mammoview.services.panes import Display, Pane
from mammoview.services.scene import Scene, make_scene
from tests.unit.made import breast_image
from tests.unit.test_quadrants import breast_pixels, visible

WIDTHS = ((700, 500), (500, 700), (640, 640), (333, 1001), (1200, 479))
ZOOMS = (0.5, 1.0, 1.7, 3.0, 8.0)


@lru_cache(maxsize=1)
def mirrored() -> tuple[PreparedImage, PreparedImage]:
    """A right breast, and the left one that is its mirror image."""
    right = breast_image("R", "CC")
    header = replace(breast_image("L", "CC").header, patient_orientation=("A", "R"))
    left = replace(right, header=header, stored=np.ascontiguousarray(right.stored[:, ::-1]))
    return prepare(replace(right, header=replace(right.header, patient_orientation=("P", "L")))), prepare(left)


def paired(
    widths: tuple[int, ...], images: tuple[PreparedImage, ...] | None = None, displays: tuple[Display, ...] = ()
) -> Scene:
    """Pairs beside each other in panes of these widths."""
    images = images or mirrored()
    panes = tuple(
        Pane(0, column, 1, len(widths), None, images[column % 2].header, middle_right=column % 2 == 0)
        for column in range(len(widths))
    )
    frames = tuple(Frame(600, width) for width in widths)
    return make_scene(
        panes, frames, lambda key: next(one for one in images if one.header.key == key), displays=displays
    )


def walls_beyond(scene: Scene, state: ViewState) -> list[int]:
    """By how many pixels the chest wall of each view lies beyond the line at which it is to meet the other."""
    found = []
    for number, pane in enumerate(scene.panes):
        placement = scene.place(number, state)
        past = placement.column0_px + placement.size_px[1] - scene.frames[number].columns_px
        found.append(past if pane.wall_right else -placement.column0_px)
    return found


@pytest.mark.parametrize("widths", WIDTHS)
@pytest.mark.parametrize("zoom", ZOOMS)
def test_chest_walls_go_equally_far_beyond_the_middle_in_panes_of_any_width(
    widths: tuple[int, int], zoom: float
) -> None:
    right, left = walls_beyond(paired(widths), ViewState(zoom))
    assert right == left


@settings(max_examples=150, deadline=None)
@given(
    st.tuples(st.integers(40, 1500), st.integers(40, 1500)),
    st.floats(0.25, 40.0),
    st.floats(-40.0, 40.0),
    st.floats(-60.0, 60.0),
)
def test_linked_views_are_mirror_images_to_the_pixel(
    widths: tuple[int, int], zoom: float, down_mm: float, away_mm: float
) -> None:
    scene, state = paired(widths), ViewState(zoom, down_mm, away_mm)
    right, left = walls_beyond(scene, state)
    assert right == left
    assert scene.place(0, state).row0_px == scene.place(1, state).row0_px


@pytest.mark.parametrize("zoom", ZOOMS)
def test_two_pairs_on_monitors_of_unequal_width_show_the_same_part(zoom: float) -> None:
    assert len(set(walls_beyond(paired((400, 400, 650, 650)), ViewState(zoom)))) == 1


@pytest.mark.parametrize("zoom", ZOOMS)
def test_on_screens_of_unlike_pixels_the_millimetres_beyond_are_equal(zoom: float) -> None:
    scene = paired((500, 1500), displays=(Display(1.0, 4.0), Display(2.0, 8.0)))
    right, left = walls_beyond(scene, ViewState(zoom, away_mm=2.5))
    assert left == pytest.approx(2 * right, abs=2)


def test_alike_panes_are_zoomed_about_their_middle() -> None:
    scene = paired((600, 600))
    near, far = (scene.place(0, ViewState(zoom)).screen_from_stored().inverse()(0.0, 299.5)[1] for zoom in (1.0, 4.0))
    assert far == pytest.approx(near, abs=3)  # the scale is met within 0.4 %


@pytest.mark.parametrize("widths", WIDTHS)
@pytest.mark.parametrize("zoom", [1.0, 2.0, 5.0])
def test_unequal_panes_are_gone_through_without_leaving_out_breast(widths: tuple[int, int], zoom: float) -> None:
    scene = paired(widths)
    views = [
        FixedView(scene.images[number], scene.frames[number], scene.images[number].image.spacing, True, scene.half_px)
        for number in (0, 1)
    ]
    states = pair_states(*views, px_per_mm=scene.px_per_mm, zoom=zoom)
    for number, view in enumerate(views):
        left_out = breast_pixels(view.prepared).copy()
        for state in states:
            left_out[visible(scene.place(number, state), view.frame)] = False
        assert not left_out.any()
    assert all(right == left for right, left in (walls_beyond(scene, state) for state in states))
