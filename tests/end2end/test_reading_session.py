"""A reading session that ends without a word: the process is gone, and nothing that the reader did is."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from mammoview.archive.library import Library, Query
from mammoview.archive.library_reading import ReadingState
from tests.factories import BERTA, write_study

_READS_AND_VANISHES = """
import os, sys
from pathlib import Path
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from mammoview.app import build_window
from tests.ui.desk import FakeEngine, seconds_apart

application = QApplication([])
window = build_window(FakeEngine, folder=Path(sys.argv[2]), library=Path(sys.argv[3]))
window.finishing.clock = seconds_apart()
window.show()
window.commands.open_paths([Path(sys.argv[1])])
room = window.reading

def until(true):
    while not true():
        application.processEvents()

def settled():
    until(lambda: window.session.study is not None and room.words and room.library_key(window.session.study.key))
    until(lambda: room.current.state != "new" and not room.runner.busy and not window.indexing.runner.busy)

alt, control = Qt.KeyboardModifier.AltModifier, Qt.KeyboardModifier.ControlModifier
settled()
first = window.session.study
QTest.keyClick(window, Qt.Key.Key_4, alt)
QTest.keyClick(window, Qt.Key.Key_B, alt)
for _ in range(2):  # the left breast has no category
    QTest.keyClick(window, Qt.Key.Key_Return, control)
until(lambda: window.session.study is not first)
settled()
QTest.keyClick(window, Qt.Key.Key_M)
until(lambda: room.library.place().details.get("layout") == "mlo")
print(room.library_key(first.key), room.library_key(window.session.study.key), flush=True)
os._exit(9)
"""


def test_nothing_is_lost_when_the_process_vanishes(tmp_path: Path) -> None:
    write_study(tmp_path / "all" / "a", rows=480, columns=360)
    write_study(tmp_path / "all" / "b", woman=BERTA, study="berta", rows=480, columns=360)
    file = tmp_path / "library.sqlite"
    ended = subprocess.run(
        [sys.executable, "-c", _READS_AND_VANISHES, str(tmp_path / "all"), str(tmp_path / "home"), str(file)],
        capture_output=True,
        text=True,
        timeout=120,
        env={**os.environ, "QT_QPA_PLATFORM": "offscreen"},
    )
    assert ended.returncode == 9, ended.stderr
    first, second = ended.stdout.split()
    with Library(file) as library:
        (one,) = library.assessments(first)
        place = library.place()
        states = {row.study_key: row.state for row in library.list(Query())}
        assert library.check() == ""
    assert (one.laterality, one.birads, one.density) == ("R", "4", "B")
    assert states == {first: ReadingState.READ, second: ReadingState.IN_PROGRESS}
    assert place is not None
    assert (place.study_key, place.details["layout"]) == (second, "mlo")
