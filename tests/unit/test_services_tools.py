"""What the calibration of screens keeps, and what the lens looks at."""

from __future__ import annotations

from pathlib import Path

import pytest

from mammoview.core.errors import UsageError
from mammoview.services.calibration import Calibrations
from mammoview.services.settings import SettingsStore

SCREEN = "DP-1 2560x1440"


def test_a_calibration_is_there_again_after_the_next_start(tmp_path: Path) -> None:
    Calibrations(SettingsStore(tmp_path)).calibrate(SCREEN, 1000, 250.0)
    assert Calibrations(SettingsStore(tmp_path)).px_per_mm(SCREEN) == pytest.approx(4.0)


def test_each_screen_has_a_calibration_of_its_own(tmp_path: Path) -> None:
    calibrations = Calibrations(SettingsStore(tmp_path))
    calibrations.calibrate(SCREEN, 1000, 250.0)
    assert calibrations.px_per_mm("DP-2 2560x1440") is None


@pytest.mark.parametrize("length_mm", [0.0, 1.0, 9000.0])
def test_a_length_that_no_screen_has_is_refused(tmp_path: Path, length_mm: float) -> None:
    calibrations = Calibrations(SettingsStore(tmp_path))
    with pytest.raises(UsageError):
        calibrations.calibrate(SCREEN, 1000, length_mm)
    assert calibrations.px_per_mm(SCREEN) is None


@pytest.mark.parametrize("record", ["{", "[]", '{"DP-1 2560x1440": "4"}', '{"DP-1 2560x1440": 1e9}'])
def test_a_record_that_cannot_be_true_is_no_calibration(tmp_path: Path, record: str) -> None:
    settings = SettingsStore(tmp_path)
    settings.change(screens=record)
    assert Calibrations(settings).px_per_mm(SCREEN) is None
