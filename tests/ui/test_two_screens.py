"""Two screens of unlike pixels: a millimetre is as long on both, letters and the pointer keep to the pixels of each."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

from tests.factories import write_study

_SCRIPT = """
import sys
from pathlib import Path
from PySide6.QtCore import QEventLoop, QPoint, Qt, QTimer
from PySide6.QtGui import QGuiApplication
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
QGuiApplication.setHighDpiScaleFactorRoundingPolicy(Qt.HighDpiScaleFactorRoundingPolicy.PassThrough)
app = QApplication([])
from mammoview.app import build_window
from mammoview.core.hanging import stored_at
from mammoview.ui.screens import screen_key
from tests.ui.desk import FakeEngine
home, study = Path(sys.argv[1]), Path(sys.argv[2])
right, left = sorted(app.screens(), key=lambda screen: -screen.geometry().x())
assert (right.name(), right.devicePixelRatio()) == ("a", 1.0) and (left.name(), left.devicePixelRatio()) == ("b", 2.0)
window = build_window(FakeEngine, folder=home)
window.setScreen(right)
window.setWindowState(Qt.WindowState.WindowNoState)
window.setGeometry(right.geometry().x(), 0, 700, 800)
window.show()
session, grid, monitors = window.session, window.grid, window.monitors
QTimer.singleShot(30_000, lambda: sys.exit("it did not come"))

def until(condition):
    while not condition():
        app.processEvents(QEventLoop.ProcessEventsFlag.WaitForMoreEvents, 50)

window.commands.open_paths([study])
until(lambda: session.scene and len(session.scene.images) == 4)
window.actions_by_id["second-monitor"].trigger()
until(lambda: monitors.spread and monitors.second.devicePixelRatioF() == 2.0)
until(lambda: session.scene is not None)
second = monitors.second
assert second.screen().name() == "b" and monitors.right is False
views = {pane.header.side_view: number for number, pane in enumerate(session.panes)}
there = {view for view, number in views.items() if grid.viewports[number].window() is second}
assert there == {"RCC", "RMLO"}, there
rcc, lcc = views["RCC"], views["LCC"]
assert session.scene.frames[rcc].rows_px == 2 * grid.viewports[rcc].height()
assert session.scene.scale(rcc) == session.scene.scale(lcc)
letters = [session.drawing(number).letter_px for number in (rcc, lcc)]
assert letters == [24, 12], letters

calibrations = window.bench.calibrations
calibrations.calibrate(screen_key(left), 800, 100)
calibrations.calibrate(screen_key(right), 400, 100)
grid.lay()
assert abs(session.scene.scale(rcc) / session.scene.scale(lcc) - 2) < 1e-9
session.activate(rcc)
window.actions_by_id["true-size"].trigger()
assert "true size" in window.status.message.text(), window.status.message.text()
for number, px_per_mm in ((rcc, 8.0), (lcc, 4.0)):
    drawing = session.drawing(number)
    assert abs(drawing.placement.row_step.scale / drawing.spacing.row_mm / px_per_mm - 1) < 0.01

window.commands.use_ruler()
viewport = grid.viewports[rcc]
ends = (viewport.width() - 120, viewport.width() - 60)
for send, x in zip((QTest.mousePress, QTest.mouseRelease), ends):
    send(viewport, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, QPoint(x, 250))
(mark,) = window.bench.marks.of_image(session.panes[rcc].header.key)
placement = session.drawing(rcc).placement
for point, x in zip(mark.points, ends):
    assert max(abs(a - b) for a, b in zip(stored_at(placement, 499.5, 2 * x - 0.5), point)) < 1e-6
window.close()
print("as long on both")
"""


def test_a_millimetre_is_as_long_on_both_screens(tmp_path: Path) -> None:
    study, screens = tmp_path / "study", tmp_path / "screens.json"
    write_study(study, rows=900, columns=700)
    plain = {"y": 0, "width": 1800, "height": 2000, "logicalDpi": 96, "logicalBaseDpi": 96, "dpr": 1}
    both = [{"name": "a", "x": 1800, **plain}, {"name": "b", "x": 0, **plain}]
    screens.write_text(json.dumps({"synchronousWindowSystemEvents": True, "screens": both}), encoding="utf-8")
    run = subprocess.run(
        [sys.executable, "-c", _SCRIPT, str(tmp_path / "home"), str(study)],
        env={
            **os.environ,
            "QT_QPA_PLATFORM": f"offscreen:configfile={screens}",
            "QT_SCREEN_SCALE_FACTORS": "a=1;b=2",
        },
        cwd=Path(__file__).parents[2],
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert run.returncode == 0, run.stderr[-2000:]
    assert "as long on both" in run.stdout
