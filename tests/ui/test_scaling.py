"""At every scaling of the desktop one stored pixel is one device pixel at 1:1, and the window shows what is drawn."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.factories import write_study

_SCRIPT = """
import sys
from pathlib import Path
import numpy as np
from PySide6.QtCore import QEventLoop, Qt, QTimer
from PySide6.QtGui import QGuiApplication, QImage
from PySide6.QtWidgets import QApplication
QGuiApplication.setHighDpiScaleFactorRoundingPolicy(Qt.HighDpiScaleFactorRoundingPolicy.PassThrough)
app = QApplication([])
from mammoview.app import build_window
from mammoview.core.render import native_greys
from tests.ui.desk import FakeEngine
home, study, ratio = Path(sys.argv[1]), Path(sys.argv[2]), float(sys.argv[3])
window = build_window(FakeEngine, folder=home)
window.setWindowState(Qt.WindowState.WindowNoState)
window.resize(901, 701)
window.show()
session, grid = window.session, window.grid
window.commands.open_paths([study])
QTimer.singleShot(60_000, lambda: sys.exit("the views did not come"))
while not (session.scene and len(session.scene.images) == 4):
    app.processEvents(QEventLoop.ProcessEventsFlag.WaitForMoreEvents, 50)
session.look.set_annotations(False)
window.navigator.native()
for _ in range(20):
    app.processEvents(QEventLoop.ProcessEventsFlag.AllEvents, 10)
assert window.devicePixelRatioF() == ratio, window.devicePixelRatioF()
shot = window.grab().toImage().convertToFormat(QImage.Format.Format_RGB888)
seen = np.frombuffer(shot.constBits(), np.uint8).reshape(shot.height(), shot.bytesPerLine())[:, :3 * shot.width()]
seen = seen.reshape(shot.height(), shot.width(), 3)
for number, viewport in enumerate(grid.viewports[:4]):
    corner = viewport.mapTo(window, viewport.rect().topLeft())
    row0, column0 = round(corner.y() * ratio), round(corner.x() * ratio)
    picture = viewport.picture
    inner = picture[4:-4, 4:-4]
    found = seen[row0 + 4:row0 + 4 + inner.shape[0], column0 + 4:column0 + 4 + inner.shape[1]]
    assert np.array_equal(found, inner), (number, "the screen differs from the picture")
    placement = session.drawing(number).placement
    assert placement.row_step.scale == placement.column_step.scale == 1.0
    image = session.image(number).image
    laid = placement.orientation.apply(native_greys(image))
    rows, columns = picture.shape[:2]
    row, column = max(0, placement.row0_px), max(0, placement.column0_px)
    part = laid[row - placement.row0_px:, column - placement.column0_px:][:rows - row, :columns - column]
    shown = picture[row:row + part.shape[0], column:column + part.shape[1], 0]
    label = 60  # side and view stand in the corner
    assert np.array_equal(shown[label:], part[label:]), (number, "not the stored pixels")
window.close()
print("exact")
"""


@pytest.mark.parametrize("ratio", ["1", "1.25", "1.5", "2"])
def test_one_stored_pixel_is_one_device_pixel(tmp_path: Path, ratio: str) -> None:
    study = tmp_path / "study"
    write_study(study, rows=900, columns=700)
    environment = {**os.environ, "QT_QPA_PLATFORM": "offscreen", "QT_SCALE_FACTOR": ratio}
    run = subprocess.run(
        [sys.executable, "-c", _SCRIPT, str(tmp_path / "home"), str(study), ratio],
        env=environment,
        cwd=Path(__file__).parents[2],
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert run.returncode == 0, run.stderr[-2000:]
    assert "exact" in run.stdout
