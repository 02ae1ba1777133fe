"""Findings described by the terms of BI-RADS, where they lead in the other view, the magnifier and true size."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtWidgets import QMenu

from mammoview.core.findings import Finding, FindingKind, MassMargin
from mammoview.core.hanging import millimetres_per_px, stored_at
from mammoview.core.render import draw_view
from mammoview.reading.pictures import lettering
from mammoview.ui import tool_commands
from mammoview.ui.calibration_dialog import CalibrationDialog
from mammoview.ui.finding_dialog import FindingDialog
from mammoview.ui.magnifier import SIDE, lens_drawing
from mammoview.ui.screens import screen_key
from tests.factories import write_mammogram
from tests.ui.conftest import MakeDesk
from tests.ui.desk import Desk
from tests.ui.test_tools import CTRL, dialog_of, marks, with_finding

Key = Qt.Key


# --- findings


def test_return_on_the_selected_finding_opens_its_description(desk: Desk) -> None:
    with_finding(desk)
    desk.qtbot.keyClick(desk.window, Key.Key_Return)
    dialog = dialog_of(FindingDialog)
    dialog.kind.setCurrentText("mass")
    dialog.margin.setCurrentText("spiculated")
    dialog.accept()
    finding = marks(desk)[0].finding
    assert finding is not None
    assert (finding.kind, finding.margin) == (FindingKind.MASS, MassMargin.SPICULATED)


def test_return_without_a_selected_finding_shows_the_view_alone(desk: Desk) -> None:
    desk.key(Key.Key_Return)
    assert len(desk.session.panes) == 1


def test_a_double_click_on_a_finding_opens_its_description(desk: Desk) -> None:
    with_finding(desk)
    desk.qtbot.mouseDClick(desk.shown[1], Qt.MouseButton.LeftButton, pos=QPoint(60, 150))
    dialog_of(FindingDialog).reject()
    assert len(desk.session.panes) == 4


def test_the_menu_of_a_place_has_what_can_be_done_with_its_mark(desk: Desk) -> None:
    with_finding(desk)
    menu = QMenu()
    desk.qtbot.addWidget(menu)
    ratio = desk.shown[1].devicePixelRatioF()
    desk.window.bench.add_to_menu(menu, 1, 150 * ratio, 60 * ratio)
    assert [entry.text() for entry in menu.actions()][:2] == ["Describe the finding…", "Delete the selected mark"]


def test_an_untouched_description_leaves_the_finding_as_it_was(desk: Desk) -> None:
    before = with_finding(desk)
    desk.qtbot.keyClick(desk.window, Key.Key_Return)
    dialog = dialog_of(FindingDialog)
    assert dialog.shape.isHidden() and dialog.finding() is None
    dialog.accept()
    assert marks(desk) == (before,)
    desk.do("undo")
    assert marks(desk) == ()


def test_a_described_finding_begins_with_its_description(desk: Desk) -> None:
    told = Finding(FindingKind.MASS, margin=MassMargin.SPICULATED)
    dialog = FindingDialog(desk.window, told, "")
    desk.qtbot.addWidget(dialog)
    assert dialog.finding() == told


def test_only_the_terms_of_the_kind_are_shown(desk: Desk) -> None:
    dialog = FindingDialog(desk.window, None, "")
    desk.qtbot.addWidget(dialog)
    dialog.kind.setCurrentText("calcifications")
    assert dialog.shape.isHidden()
    assert not dialog.morphology.isHidden()


def test_an_associated_feature_alone_must_be_named(desk: Desk) -> None:
    dialog = FindingDialog(desk.window, None, "")
    desk.qtbot.addWidget(dialog)
    dialog.kind.setCurrentText("associated feature")
    dialog.accept()
    assert "must be named" in dialog.problem.text()
    assert dialog.result() == 0


def test_a_finding_shows_its_arc_in_the_other_view_of_the_breast(desk: Desk) -> None:
    with_finding(desk)
    assert len(desk.session.drawing(desk.number_of("LMLO")).arcs) == 3
    assert desk.session.drawing(desk.number_of("RMLO")).arcs == ()
    assert desk.session.drawing(1).arcs == ()


def test_the_arc_goes_with_the_selection(desk: Desk) -> None:
    with_finding(desk)
    desk.key(Key.Key_Escape)
    assert desk.session.drawing(desk.number_of("LMLO")).arcs == ()


# --- the magnifier


def hover(desk: Desk, x: int, y: int) -> None:
    """The pointer comes to a place of a pane; where it stands there already, Qt tells nothing."""
    for at in (QPoint(x - 10, y - 10), QPoint(x, y)):
        desk.qtbot.mouseMove(desk.shown[1], at)


def test_the_lens_shows_stored_pixels_twice_as_large_in_the_greys_of_the_view(desk: Desk) -> None:
    desk.do("native")
    drawing = desk.session.drawing(1)
    row, column = (side // 2 for side in desk.shown[1].picture.shape[:2])
    lens = lens_drawing(drawing, row, column, 200)
    assert [step.scale for step in lens.placement.laid_steps] == [2, 2]
    at = stored_at(drawing.placement, row, column)
    assert lens.placement.screen_from_stored()(*at) == pytest.approx((99.5, 99.5), abs=1)
    desk.session.look.set_annotations(False)
    view = desk.shown[1].picture[row - 40 : row + 40, column - 40 : column + 40, 0].astype(float)
    seen = draw_view(lens, lettering())[20:180, 20:180, 0].astype(float).reshape(80, 2, 80, 2).mean(axis=(1, 3))
    assert np.abs(view - seen).mean() < 6


def test_the_lens_follows_the_pointer_until_its_key_is_pressed_again(desk: Desk) -> None:
    lens = desk.window.bench.magnifier
    desk.key(Key.Key_Z)
    hover(desk, 80, 150)
    middle = lens.geometry().center() - desk.shown[1].geometry().topLeft()
    assert lens.isVisible()
    assert abs(middle.x() - 80) <= 1 and abs(middle.y() - 150) <= 1
    assert lens.picture is not None and np.ptp(lens.picture[..., 0]) > 20
    assert lens.width() == SIDE
    desk.key(Key.Key_Z)
    assert not lens.isVisible()


def test_a_lens_whose_key_was_held_goes_with_the_key(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tool_commands, "_HELD_S", 0.0)
    hover(desk, 80, 150)
    desk.qtbot.keyPress(desk.window, Key.Key_Z)
    assert desk.window.bench.magnifier.isVisible()
    desk.qtbot.keyRelease(desk.window, Key.Key_Z)
    assert not desk.window.bench.magnifier.isVisible()


# --- true size


def test_true_size_without_a_calibrated_screen_is_answered_in_words(desk: Desk) -> None:
    desk.key(Key.Key_1, CTRL)
    assert "calibrate the screen" in desk.window.status.message.text()


@pytest.mark.parametrize("px_per_mm", [3.0, 4.37, 7.2])
def test_true_size_is_within_one_percent(desk: Desk, px_per_mm: float) -> None:
    key = screen_key(desk.window.screen())
    desk.window.bench.calibrations.calibrate(key, 1000 * px_per_mm, 1000)
    desk.key(Key.Key_1, CTRL)
    drawing = desk.session.drawing(desk.session.active)
    assert px_per_mm * millimetres_per_px(drawing.placement, drawing.spacing)[0] == pytest.approx(1, abs=0.01)
    assert "true size" in desk.window.status.message.text()


def test_true_size_without_pixel_spacing_is_answered_in_words(make_desk: MakeDesk, tmp_path: Path) -> None:
    desk = make_desk()
    desk.open(write_mammogram(tmp_path / "LCC.dcm", "L", "CC", rows=240, columns=180, spacing_mm=None))
    desk.window.bench.calibrations.calibrate(screen_key(desk.window.screen()), 4000, 1000)
    desk.key(Key.Key_1, CTRL)
    assert "no pixel spacing" in desk.window.status.message.text()


def test_the_screen_is_calibrated_by_the_length_of_a_line(desk: Desk) -> None:
    desk.key(Key.Key_K, CTRL)
    dialog = dialog_of(CalibrationDialog)
    dialog.length.setValue(150.0)
    expected = dialog.line.length_px / 150.0
    dialog.accept()
    assert desk.window.bench.calibrations.px_per_mm(screen_key(desk.window.screen())) == pytest.approx(expected)


def test_a_length_that_cannot_be_is_asked_for_again(desk: Desk) -> None:
    desk.key(Key.Key_K, CTRL)
    dialog = dialog_of(CalibrationDialog)
    dialog.length.setValue(2000.0)
    dialog.accept()
    assert "measure the line again" in dialog.problem.text()
    dialog.reject()
