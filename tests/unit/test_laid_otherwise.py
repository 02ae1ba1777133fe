"""An image that is laid otherwise than it hangs: its pixels, its breast and where it stands."""

from __future__ import annotations

import numpy as np
import pytest

from mammoview.core.geometry import ALL_ORIENTATIONS, Orientation
from mammoview.core.hanging import Frame
from mammoview.core.nipple import arc
from mammoview.core.prepared import PreparedImage, laid_by, prepare
from mammoview.core.pyramid import build_pyramid
from mammoview.core.view_state import ViewState
from mammoview.dicom.reader import read_file
from mammoview.services.panes import Pane
from mammoview.services.scene import make_scene
from tests.factories import make_mammogram_dataset, save


@pytest.fixture(scope="module", params=[None, (0, 40)])
def prepared(tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest) -> PreparedImage:
    """With and without padding, of odd sides."""
    made = make_mammogram_dataset("R", "MLO", 401, 303, padding=request.param)
    return prepare(read_file(save(made, tmp_path_factory.mktemp("laid") / "image.dcm")))


def turned(prepared: PreparedImage, **turn: bool) -> PreparedImage:
    return laid_by(prepared, prepared.laying.orientation.then(Orientation(**turn)))


@pytest.mark.parametrize("orientation", ALL_ORIENTATIONS)
def test_its_reductions_are_those_of_the_whole_image_laid_so(prepared: PreparedImage, orientation: Orientation) -> None:
    laid, wanted = laid_by(prepared, orientation).pyramid, build_pyramid(prepared.image, orientation)
    for one, other in zip((*laid.levels, *laid.valid), (*wanted.levels, *wanted.valid), strict=True):
        assert np.array_equal(one, other)


def stored_box(prepared: PreparedImage) -> list[list[float]]:
    """(first, last) row and (first, last) column of the breast on the stored pixels."""
    back = prepared.laying.orientation.transform(prepared.image.rows, prepared.image.columns).inverse()
    box = prepared.laid_box
    ends = back(box.row0, box.column0), back(box.row1 - 1, box.column1 - 1)
    return [sorted(along) for along in zip(*ends, strict=True)]


@pytest.mark.parametrize("orientation", ALL_ORIENTATIONS)
def test_its_box_holds_the_same_tissue(prepared: PreparedImage, orientation: Orientation) -> None:
    assert stored_box(laid_by(prepared, orientation)) == stored_box(prepared)


def test_laid_as_it_hangs_it_is_itself(prepared: PreparedImage) -> None:
    assert laid_by(prepared, prepared.laying.orientation) is prepared


def test_its_chest_wall_is_where_it_is_turned_to_and_the_picture_says_so(prepared: PreparedImage) -> None:
    assert prepared.chest_wall_right
    assert not turned(prepared, flip_columns=True).chest_wall_right
    assert turned(prepared, flip_rows=True).chest_wall_right
    assert turned(prepared, flip_rows=True).laying.note == "laid as its presentation state wants"


def test_it_stands_in_the_middle_at_a_scale_of_its_own(prepared: PreparedImage) -> None:
    frame = Frame(300, 200)
    panes = [Pane(0, column, 1, 2, None, prepared.header, middle_right=column == 0) for column in (0, 1)]
    hung = make_scene(panes, [frame, frame], lambda key: prepared)
    aside = turned(prepared, transpose=True)
    images = iter([prepared, aside])
    scene = make_scene(panes, [frame, frame], lambda key: next(images))
    assert scene.px_per_mm == hung.px_per_mm
    placement, box = scene.place(1, ViewState()), aside.laid_box
    scale = placement.laid_steps[1].scale
    assert placement.column0_px + (box.column0 + box.columns / 2) * scale == pytest.approx(100, abs=1)
    assert 0.85 * 200 < box.columns * scale <= 200


@pytest.mark.parametrize("turn", ["transpose", "flip_columns"])
def test_the_arc_about_a_nipple_lies_on_the_same_tissue(prepared: PreparedImage, turn: str) -> None:
    wanted = arc(prepared, (200.0, 40.0), 15.0)
    assert len(wanted) > 10
    assert np.array_equal(arc(turned(prepared, **{turn: True}), (200.0, 40.0), 15.0), wanted, equal_nan=True)
