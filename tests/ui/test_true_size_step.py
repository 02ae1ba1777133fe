"""A step in true size is as large as the calibrated screen shows it; without calibration it is 1:1 and says so."""

from __future__ import annotations

from pathlib import Path

import pytest

from mammoview.core.hanging import millimetres_per_px
from mammoview.services.calibration import Calibrations
from mammoview.services.settings import SettingsStore
from mammoview.ui.screens import screen_key
from tests.ui.conftest import MakeDesk
from tests.ui.desk import Desk
from tests.ui.stepping import told
from tests.ui.test_steps_more import step, write_protocol


@pytest.fixture
def true_size(mammoview_home: Path) -> None:
    write_protocol(mammoview_home, step("true", "RCC", "LCC", scale="true size"))


def screen_px_per_mm(desk: Desk) -> float:
    """Device pixels on which a millimetre of the breast stands."""
    drawing = desk.session.drawing(0)
    return float(1 / millimetres_per_px(drawing.placement, drawing.spacing)[0])


def test_without_calibration_it_is_one_to_one_and_said(make_desk: MakeDesk, study: Path, true_size: None) -> None:
    desk = make_desk()
    desk.open(study)
    assert desk.session.drawing(0).placement.row_step.scale == 1
    assert "not calibrated" in told(desk)


def test_a_calibrated_screen_shows_true_size(
    make_desk: MakeDesk, mammoview_home: Path, study: Path, true_size: None
) -> None:
    desk = make_desk()
    Calibrations(desk.window.settings).calibrate(screen_key(desk.window.screen()), 600, 100)
    assert SettingsStore(mammoview_home).value.screens
    desk.open(study)
    assert screen_px_per_mm(desk) == pytest.approx(6, rel=0.01)
    assert told(desk).endswith("true size")


def test_calibrating_changes_a_step_that_is_on_the_screen(make_desk: MakeDesk, study: Path, true_size: None) -> None:
    desk = make_desk()
    desk.open(study)
    desk.window.bench.calibrations.calibrate(screen_key(desk.window.screen()), 600, 100)
    desk.window.grid.lay()
    assert screen_px_per_mm(desk) == pytest.approx(6, rel=0.01)
