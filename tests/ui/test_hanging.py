"""What hangs where, at which scale, and how it is looked at."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import QPoint, Qt

from mammoview.core.hanging import millimetres_per_px, stored_at
from mammoview.core.render import Drawing, apply_table, draw_view
from mammoview.core.window import grey_table
from mammoview.reading.pictures import lettering
from mammoview.ui import view_grid
from tests.factories import write_mammogram, write_study
from tests.ui.conftest import SIZE, MakeDesk
from tests.ui.desk import Desk


def test_four_views_hang_in_their_places_without_gap(desk: Desk) -> None:
    panes, shown = desk.session.panes, desk.shown
    assert [pane.header.side_view for pane in panes] == ["RCC", "LCC", "RMLO", "LMLO"]
    for left, right in ((0, 1), (2, 3)):
        assert shown[left].geometry().right() + 1 == shown[right].geometry().left()
    assert shown[0].geometry().bottom() + 1 == shown[2].geometry().top()
    grid = desk.window.grid
    assert shown[0].geometry().topLeft() == QPoint(0, 0)
    assert shown[3].geometry().bottomRight() == QPoint(grid.width() - 1, grid.height() - 1)


def test_breasts_meet_at_the_middle_line(desk: Desk) -> None:
    right, left = desk.shown[0].picture, desk.shown[1].picture
    assert right is not None and left is not None
    assert right[:, -1].max() > 40
    assert left[:, 0].max() > 40


def test_a_pair_that_is_smaller_than_as_hung_meets_at_the_middle_line(desk: Desk) -> None:
    desk.do("cc")
    desk.settle()
    desk.session.activate(1)
    for _ in range(3):
        desk.do("zoom-out")
    right, left = desk.shown[0].picture, desk.shown[1].picture
    assert desk.session.state(0).zoom < 0.6
    assert right[:, -1].max() > 40
    assert left[:, 0].max() > 40
    for _ in range(3):
        desk.do("zoom-in")
    state = desk.session.state(0)
    assert (state.zoom, state.down_mm, state.away_mm) == pytest.approx((1, 0, 0), abs=0.2)


def test_the_middle_line_has_no_frame(desk: Desk) -> None:
    desk.session.activate(0)
    desk.drawn()
    shot = desk.shown[0].grab().toImage()
    middle = shot.height() // 2
    assert shot.pixelColor(0, middle).blue() > 60
    assert shot.pixelColor(shot.width() - 1, 1).value() == 0


def test_all_views_have_the_same_millimetres_per_pixel(make_desk: MakeDesk, tmp_path: Path) -> None:
    write_mammogram(tmp_path / "study" / "a.dcm", "R", "CC", spacing_mm=0.1, rows=480, columns=360)
    write_mammogram(tmp_path / "study" / "b.dcm", "L", "CC", spacing_mm=0.05, rows=960, columns=720)
    desk = make_desk()
    desk.open(tmp_path / "study")
    scales = []
    for number in (0, 1):
        drawing = desk.session.drawing(number)
        scales.append(millimetres_per_px(drawing.placement, drawing.spacing)[0])
    assert scales[0] == pytest.approx(scales[1], rel=0.01)


def test_layouts_by_key(desk: Desk) -> None:
    desk.key(Qt.Key.Key_M)
    assert [pane.header.side_view for pane in desk.session.panes] == ["RMLO", "LMLO"]
    desk.key(Qt.Key.Key_C)
    assert [pane.header.side_view for pane in desk.session.panes] == ["RCC", "LCC"]
    desk.key(Qt.Key.Key_Return)
    assert len(desk.session.panes) == 1
    desk.key(Qt.Key.Key_Return)
    assert len(desk.session.panes) == 2
    desk.key(Qt.Key.Key_4)
    assert len(desk.session.panes) == 4


def test_double_click_shows_a_view_alone_and_back(desk: Desk) -> None:
    desk.qtbot.mouseDClick(desk.shown[3], Qt.MouseButton.LeftButton, pos=QPoint(40, 40))
    assert [pane.header.side_view for pane in desk.session.panes] == ["LMLO"]
    desk.qtbot.mouseDClick(desk.shown[0], Qt.MouseButton.LeftButton, pos=QPoint(40, 40))
    assert len(desk.session.panes) == 4


def test_the_wheel_keeps_the_point_under_the_cursor(desk: Desk) -> None:
    viewport = desk.shown[2]
    x, y = viewport.width() - 60, viewport.height() // 3
    ratio = viewport.devicePixelRatioF()
    row_px, column_px = y * ratio - 0.5, x * ratio - 0.5
    before = stored_at(desk.session.drawing(2).placement, row_px, column_px)
    for _ in range(7):
        desk.wheel(2, x, y)
    placement = desk.session.drawing(2).placement
    at_row, at_column = placement.screen_from_stored()(*before)
    assert placement.row_step.scale > 2
    assert at_row == pytest.approx(row_px, abs=1.0)
    assert at_column == pytest.approx(column_px, abs=1.0)


@pytest.mark.parametrize("dragged", [0, 1], ids=["right breast", "left breast"])
def test_linked_panes_move_as_mirror_images(desk: Desk, dragged: int) -> None:
    before = [desk.session.drawing(number).placement for number in (0, 1)]
    desk.drag(dragged, (200, 100), (160, 130), Qt.MouseButton.MiddleButton)
    after = [desk.session.drawing(number).placement for number in (0, 1)]
    ratio = desk.shown[0].devicePixelRatioF()
    moved = [
        (new.row0_px - old.row0_px, new.column0_px - old.column0_px) for old, new in zip(before, after, strict=True)
    ]
    assert moved[dragged] == pytest.approx((30 * ratio, -40 * ratio), abs=1)
    assert moved[1 - dragged] == pytest.approx((30 * ratio, 40 * ratio), abs=1)


def test_a_picture_drawn_coarsely_while_zooming_is_drawn_finely_at_rest(make_desk: MakeDesk, tmp_path: Path) -> None:
    desk = make_desk()
    desk.open(write_mammogram(tmp_path / "RCC.dcm", rows=2400, columns=1800))
    desk.wheel(0, 300, 300)
    viewport, drawing = desk.shown[0], desk.session.drawing(0)
    fine = draw_view(drawing, lettering())
    assert not np.array_equal(draw_view(replace(drawing, draft=True), lettering()), fine)
    desk.qtbot.waitUntil(lambda: not viewport._refine.isActive(), timeout=10_000)
    assert np.array_equal(viewport.picture, fine)


def test_unlinked_panes_move_alone(desk: Desk) -> None:
    desk.key(Qt.Key.Key_K)
    before = desk.session.drawing(1).placement
    desk.wheel(0, 100, 100)
    assert desk.session.drawing(1).placement == before
    assert desk.session.state(0) != desk.session.state(1)


def test_space_and_left_drag_pan(desk: Desk) -> None:
    before = desk.session.drawing(0)
    desk.qtbot.keyPress(desk.window, Qt.Key.Key_Space)
    desk.drag(0, (100, 100), (120, 90))
    desk.qtbot.keyRelease(desk.window, Qt.Key.Key_Space)
    after = desk.session.drawing(0)
    assert after.placement.row0_px < before.placement.row0_px
    assert after.presentation.window is None


def test_a_drag_changes_greys_as_the_maths_says(desk: Desk) -> None:
    before = desk.session.drawing(0)
    image = before.prepared.image
    window = image.vois()[0]
    desk.drag(0, (100, 100), (160, 80))
    expected = window.dragged(60, -20, gain=window.width / 600)
    after = desk.session.drawing(0)
    assert after.presentation.window == expected
    table = grey_table(image.grey, expected)
    desk.session.look.set_annotations(False)
    desk.key(Qt.Key.Key_1)
    placement = desk.session.drawing(0).placement
    picture = desk.shown[0].picture
    stored = tuple(round(part) for part in desk.session.scene.breast_middle(0))
    row, column = (round(part) for part in placement.screen_from_stored()(*stored))
    value = image.stored[stored]
    assert picture[row, column, 0] == apply_table(np.array([[value]], image.stored.dtype), table)[0, 0]


def test_one_to_one_shows_stored_pixels(desk: Desk) -> None:
    desk.session.activate(1)
    desk.session.look.set_annotations(False)
    desk.key(Qt.Key.Key_1)
    drawing = desk.session.drawing(1)
    image, placement = drawing.prepared.image, drawing.placement
    assert placement.row_step.scale == placement.column_step.scale == 1
    greys = apply_table(image.stored, grey_table(image.grey, image.vois()[0]))
    picture = desk.shown[1].picture
    top, left = max(0, placement.row0_px), max(0, placement.column0_px)
    bottom = min(picture.shape[0], placement.row0_px + image.rows)
    right = min(picture.shape[1], placement.column0_px + image.columns)
    shown = picture[top + 60 : bottom, left:right, 0]  # the side and view stand in the first rows
    expected = np.asarray(placement.orientation.apply(greys))[
        top + 60 - placement.row0_px : bottom - placement.row0_px,
        left - placement.column0_px : right - placement.column0_px,
    ]
    assert np.array_equal(shown, expected)


def test_what_is_on_the_screen_is_what_draw_view_gives(desk: Desk) -> None:
    drawing = desk.session.drawing(1)
    shot = desk.shown[1].grab().toImage()
    expected = draw_view(drawing, lettering())
    for row, column in ((5, 3), (120, 4), (200, 30), (240, 1)):
        seen = shot.pixelColor(column, row)
        assert (seen.red(), seen.green(), seen.blue()) == tuple(int(part) for part in expected[row, column])


def test_reset_undoes_position_window_and_inversion(desk: Desk) -> None:
    first = desk.shown[0].picture.copy()
    desk.drag(0, (100, 100), (160, 80))
    desk.wheel(0, 50, 50)
    desk.key(Qt.Key.Key_I)
    assert not np.array_equal(desk.shown[0].picture, first)
    desk.key(Qt.Key.Key_R)
    assert np.array_equal(desk.shown[0].picture, first)


def test_window_choices_by_key(make_desk: MakeDesk, tmp_path: Path) -> None:
    windows = [(2000.0, 1500.0), (1500.0, 800.0)]
    write_study(tmp_path / "study", voi_windows=windows, voi_explanations=["NORMAL", "HARDER"], **SIZE)
    desk = make_desk()
    desk.open(tmp_path / "study")
    desk.key(Qt.Key.Key_W)
    assert all(desk.session.presentation(number).voi == 1 for number in range(4))
    desk.drag(0, (100, 100), (110, 100))
    assert desk.session.presentation(0).window is not None
    desk.key(Qt.Key.Key_W)
    assert desk.session.presentation(0).window is None


def test_other_images_are_counted_and_shown_in_the_active_pane(make_desk: MakeDesk, study: Path) -> None:
    write_mammogram(study / "ml.dcm", "L", "ML", rows=480, columns=360, seed=9)
    desk = make_desk()
    desk.open(study)
    panel = desk.window.study_panel
    assert panel.tray.count() == 1
    assert panel.tray.item(0).text().startswith("LML")
    desk.session.activate(1)
    panel.tray.itemClicked.emit(panel.tray.item(0))
    desk.settle()
    assert desk.session.panes[1].header.side_view == "LML"
    panel.tray.itemClicked.emit(panel.tray.item(0))
    assert desk.session.panes[1].header.side_view == "LCC"


def test_the_next_view_steps_through_a_study_without_hangable_views(make_desk: MakeDesk, tmp_path: Path) -> None:
    for side in "RL":
        write_mammogram(tmp_path / "study" / f"{side}ML.dcm", side, "ML", **SIZE)
    desk = make_desk()
    desk.open(tmp_path / "study")
    seen = [desk.session.panes[0].header.side_view]
    for _ in range(2):
        desk.key(Qt.Key.Key_Tab)
        seen.append(desk.session.panes[0].header.side_view)
    assert set(seen[:2]) == {"RML", "LML"} and seen[2] == seen[0]


def test_full_screen_shows_images_only(desk: Desk) -> None:
    desk.key(Qt.Key.Key_F11)
    window = desk.window
    assert not any(part.isVisible() for part in (window.top_bar, window.status, window.side_panel, window.study_panel))
    desk.key(Qt.Key.Key_F11)
    assert window.top_bar.isVisible()
    desk.key(Qt.Key.Key_F9)
    assert not window.side_panel.isVisible()


def test_slow_drawing_gives_the_event_loop_a_turn_between_the_views(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With no time at all each turn draws one view, in turn; all are drawn in the end, and that is told once."""
    monkeypatch.setattr(view_grid, "_TURN_S", 0.0)
    before = [viewport.picture for viewport in desk.shown]
    turns: list[int] = []
    told: list[int] = []
    desk.window.grid.drawn.connect(lambda: told.append(len(turns)))
    draw = view_grid.Viewport.draw

    def counted(viewport: view_grid.Viewport, drawing: Drawing | None) -> None:
        turns.append(viewport.number)
        draw(viewport, drawing)

    monkeypatch.setattr(view_grid.Viewport, "draw", counted)
    desk.session.redraw.emit(-1)
    grid = desk.window.grid
    grid._redraw()
    first = turns[0]
    assert len(turns) == 1
    desk.session.redraw.emit(first)  # stale again meanwhile: the others still come first
    desk.qtbot.waitUntil(lambda: bool(told), timeout=20_000)
    assert turns == [(first + step) % 4 for step in range(5)]
    assert told == [5]
    assert all(viewport.picture is not old for viewport, old in zip(desk.shown, before, strict=True))
