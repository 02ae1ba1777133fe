"""What is said of how large pixels are drawn, and the zoom of one to one."""

from __future__ import annotations

import pytest

from mammoview.core.geometry import Orientation, Spacing
from mammoview.core.hanging import Frame
from mammoview.core.prepared import PreparedImage
from mammoview.core.pyramid import scale_step
from mammoview.core.view_state import Placement, ViewState
from mammoview.services.panes import Pane
from mammoview.services.scene import Scene, make_scene, zoom_text
from tests.unit.made import breast_image, prepared_as


def placed(rows: float, columns: float, orientation: Orientation | None = None) -> Placement:
    """An image drawn at these screen pixels for each stored pixel."""
    return Placement(96, 72, orientation or Orientation(), scale_step(rows, 4), scale_step(columns, 4), 0, 0)


def scene_of(prepared: PreparedImage) -> Scene:
    """A scene of one image in one pane."""
    pane = Pane(0, 0, 1, 1, None, prepared.header)
    return make_scene((pane,), (Frame(700, 500),), lambda key: prepared)


@pytest.mark.parametrize(
    ("placement", "text"),
    [
        (placed(1, 1), "1:1"),
        (placed(0.5, 0.5), "50 %"),
        (placed(2, 2), "200 %"),
        (placed(1, 0.998), "100 %"),
        (placed(1, 2), "height 100 %, width 200 %"),
        (placed(0.5, 1), "height 50 %, width 100 %"),
        (placed(1, 2, Orientation(transpose=True)), "height 200 %, width 100 %"),
    ],
)
def test_one_to_one_is_said_where_every_pixel_is_one_device_pixel(placement: Placement, text: str) -> None:
    assert zoom_text(placement) == text


@pytest.mark.parametrize("spacing_mm", [(0.1, 0.1), (0.1, 0.2), (0.2, 0.1)])
@pytest.mark.parametrize("transpose", [False, True])
def test_one_to_one_leaves_out_no_pixel_in_either_direction(spacing_mm: tuple[float, float], transpose: bool) -> None:
    prepared = prepared_as(breast_image(spacing=Spacing(*spacing_mm, "imager")), Orientation(transpose=transpose))
    scene = scene_of(prepared)
    placement = scene.place(0, ViewState(scene.native_zoom(0)))
    drawn = placement.row_step.scale, placement.column_step.scale
    assert drawn == tuple(step_mm / min(spacing_mm) for step_mm in spacing_mm)
