"""The four views hang in their places, back to back, at one scale."""

from __future__ import annotations

import itertools
from dataclasses import replace

import numpy as np
import pytest

from mammoview.core.geometry import Spacing
from mammoview.core.hanging import Frame, Slot, fit_scale, hang, hang_spacing, millimetres_per_px, place
from mammoview.core.prepared import PreparedImage, prepare
from mammoview.core.study import ImageHeader, Laterality, View, ViewModifier
from mammoview.core.view_state import ViewState
from tests.unit.made import breast_image

FOUR = (("R", "CC"), ("L", "CC"), ("R", "MLO"), ("L", "MLO"))
FRAME = Frame(430, 390)


def headers() -> list[ImageHeader]:
    return [
        replace(breast_image(*which, rows=96, columns=72).header, sop_instance_uid="".join(which)) for which in FOUR
    ]


def prepared(side: str, view: str = "CC", spacing_mm: float = 0.1, scale: float = 1.0) -> PreparedImage:
    image = breast_image(side, view, round(600 * scale), round(450 * scale))
    header = replace(image.header, spacing=Spacing(spacing_mm, spacing_mm, "imager"), sop_instance_uid=side + view)
    return prepare(replace(image, header=header))


@pytest.mark.parametrize("order", list(itertools.permutations(range(4))))
def test_every_order_of_the_files_hangs_alike(order: tuple[int, ...]) -> None:
    images = headers()
    hanging = hang(images[index] for index in order)
    assert {slot: header.side_view for slot, header in hanging.slots.items()} == {slot: str(slot) for slot in Slot}
    assert hanging.extra == ()


def test_spot_views_and_other_views_are_kept_aside_not_dropped() -> None:
    spot = replace(headers()[0], sop_instance_uid="spot", view_modifiers=(ViewModifier.SPOT,))
    lateral = replace(headers()[1], sop_instance_uid="ml", view=View.ML)
    hanging = hang([spot, lateral, *headers()])
    assert hanging.slots[Slot.RCC].sop_instance_uid == "RCC"
    assert {header.sop_instance_uid for header in hanging.extra} == {"spot", "ml"}


@pytest.mark.parametrize("modifier", [ViewModifier.SPOT, ViewModifier.MAGNIFICATION, ViewModifier.AXILLARY_TISSUE])
def test_a_view_of_a_part_never_takes_the_place_of_the_whole(modifier: ViewModifier) -> None:
    part = replace(headers()[0], sop_instance_uid="part", view_modifiers=(modifier,))
    hanging = hang([part, *headers()[1:]])
    assert Slot.RCC not in hanging.slots
    assert hanging.extra == (part,)


def test_an_image_of_unknown_side_takes_a_free_place_and_says_so() -> None:
    vague = replace(headers()[0], laterality=Laterality.UNKNOWN, view=View.UNKNOWN, sop_instance_uid="vague")
    hanging = hang([*headers()[1:], vague])
    assert hanging.slots[Slot.RCC].side_view == "side and view unknown"


@pytest.mark.parametrize("view", [View.UNKNOWN, View.CC])
def test_a_picture_that_was_made_of_a_view_never_takes_its_place(view: View) -> None:
    capture = replace(
        headers()[0],
        view=view,
        sop_instance_uid="capture",
        sop_class_uid="1.2.840.10008.5.1.4.1.1.7",
        manufacturer="mammoview",
    )
    hanging = hang([capture, *headers()[1:]])
    assert Slot.RCC not in hanging.slots
    assert hanging.extra == (capture,)


def test_what_is_known_of_a_vague_image_is_not_contradicted() -> None:
    left = replace(headers()[0], laterality=Laterality.LEFT, view=View.UNKNOWN, sop_instance_uid="left")
    assert set(hang([left]).slots) == {Slot.LCC}


def test_chest_walls_meet_in_the_middle_without_a_gap() -> None:
    right, left = prepared("R"), prepared("L")
    scale = fit_scale([right, left], [FRAME, FRAME])
    spacings = hang_spacing([right, left])
    placed = [place(p, FRAME, px_per_mm=scale, spacing=spacings[p.image.key], state=ViewState()) for p in (right, left)]
    assert placed[0].column0_px + placed[0].size_px[1] == FRAME.columns_px
    assert placed[1].column0_px == 0


def test_chest_walls_meet_on_the_breast_where_the_image_ends_beyond_it() -> None:
    image = breast_image("L")
    margin = np.zeros((600, 90), np.uint16)
    shifted = prepare(
        replace(image, header=replace(image.header, columns=540), stored=np.hstack([margin, image.stored]))
    )
    scale = fit_scale([shifted], [FRAME])
    placement = place(shifted, FRAME, px_per_mm=scale, spacing=shifted.image.spacing, state=ViewState())
    wall = placement.screen_from_stored()(300, 90)[1]
    assert abs(wall) <= 2


def test_different_detectors_show_the_same_millimetres() -> None:
    coarse, fine = prepared("R", spacing_mm=0.1), prepared("L", spacing_mm=0.05, scale=2.0)
    scale = fit_scale([coarse, fine], [FRAME, FRAME])
    shown = []
    for p in (coarse, fine):
        spacing = p.image.spacing
        assert spacing is not None
        placement = place(p, FRAME, px_per_mm=scale, spacing=spacing, state=ViewState())
        shown.append(millimetres_per_px(placement, spacing)[0])
    assert shown[0] == pytest.approx(shown[1], rel=0.01)


def test_every_breast_fits_its_viewport() -> None:
    images = [prepared(*which) for which in FOUR]
    scale = fit_scale(images, [FRAME] * 4)
    for p in images:
        placement = place(p, FRAME, px_per_mm=scale, spacing=hang_spacing(images)[p.image.key], state=ViewState())
        to_screen = placement.screen_from_stored()
        box = p.region.box
        for row, column in ((box.row0, box.column0), (box.row1 - 1, box.column1 - 1)):
            screen_row, screen_column = to_screen(row, column)
            assert -1 <= screen_row <= FRAME.rows_px
            assert -1 <= screen_column <= FRAME.columns_px


def test_panning_moves_left_and_right_views_as_mirror_images() -> None:
    right, left = prepared("R"), prepared("L")
    scale = fit_scale([right, left], [FRAME, FRAME])
    moved = []
    for p in (right, left):
        spacing = p.image.spacing
        assert spacing is not None
        still = place(p, FRAME, px_per_mm=scale, spacing=spacing, state=ViewState(2.0))
        away = place(p, FRAME, px_per_mm=scale, spacing=spacing, state=ViewState(2.0, away_mm=5.0))
        moved.append(away.column0_px - still.column0_px)
    assert moved[0] > 0
    assert moved[0] == -moved[1]


@pytest.mark.parametrize("others", [[], ["R"]], ids=["alone", "beside another"])
def test_pixels_of_a_told_shape_keep_it_where_their_size_is_unknown(others: list[str]) -> None:
    unknown = prepare(breast_image("L", spacing=None, pixel_aspect=2.0))
    spacing = hang_spacing([unknown, *map(prepared, others)])[unknown.image.key]
    assert spacing.row_mm == pytest.approx(2 * spacing.column_mm)


def test_images_without_spacing_hang_as_tall_as_the_others() -> None:
    known = prepared("R", spacing_mm=0.1)
    image = breast_image("L", rows=1200, columns=900, spacing=None)
    unknown = prepare(image)
    spacings = hang_spacing([known, unknown])
    assert spacings[unknown.image.key].row_mm * 1200 == pytest.approx(60.0)
    assert spacings[unknown.image.key].kind == "assumed"
