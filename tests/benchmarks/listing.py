"""Owns `python -m tests.benchmarks library`: how long the window takes to list, find, filter and sort many studies, and
for how long at a stretch its thread works on that.

The studies are rows without files: a list shows no pixel. A word is typed at once, as by a quick reader; what is
measured ends with the rows painted, and has the wait of 0.12 s for further letters in it.
"""

from __future__ import annotations

import argparse
import os
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from mammoview.archive.library import Library
from mammoview.core.study import Patient, Study
from tests.benchmarks.table import Row, table
from tests.unit.library_made import made_study

TARGET_MS, HELD_MS = 300.0, 50.0
"""What is no visible delay: a list within 0.3 s of the last key, and a window that answers meanwhile."""

_FAMILIES, _GIVEN = ("ABEL", "BRANDT", "CONRAD", "DIETZ", "EBERT"), ("ANNA", "BERTA", "CLARA", "DORA")
_PATIENCE_S = 30.0


def run(arguments: Sequence[str]) -> int:
    """0 where all could be measured, whether or not a target was met."""
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks library", description=__doc__)
    parser.add_argument("--studies", type=int, default=10_000, metavar="N")
    parser.add_argument("--rounds", type=int, default=9, metavar="N", help="how often each is done (default 9)")
    args = parser.parse_args(arguments)
    if not os.environ.get("DISPLAY"):
        os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    with tempfile.TemporaryDirectory() as name:
        place = Path(name) / "library.sqlite"
        started = time.perf_counter()
        fill(place, args.studies)
        print(f"{args.studies} studies, indexed in {time.perf_counter() - started:.1f} s", flush=True)
        print(table(list(measured(place, args.rounds))))
    return 0


def fill(place: Path, count: int) -> None:
    """A library of so many studies, two of each woman."""
    with Library(place) as library:
        library.add([_study(number) for number in range(count)], Path("/archive"))


def _study(number: int) -> Study:
    woman = number // 2
    name = f"{_FAMILIES[woman % 5]}^{_GIVEN[woman // 5 % 4]} {woman}"
    day = f"{2010 + number * 7 % 15}-{1 + number % 12:02}-{1 + number % 28:02}"
    return made_study(f"1.{number}", patient=Patient(name, f"ID{woman:06}", "1960-02-29", "F"), study_date=day)


def measured(place: Path, rounds: int) -> Iterator[Row]:
    """What a reader does with the list, each as often as `rounds` says."""
    from PySide6.QtCore import QEventLoop, Qt
    from PySide6.QtTest import QTest
    from PySide6.QtWidgets import QApplication

    from mammoview.app import build_window
    from tests.benchmarks.stall import Pulse
    from tests.ui.desk import FakeEngine

    application = QApplication.instance() or QApplication([])
    window = build_window(FakeEngine, folder=place.parent, library=place)
    window.setWindowState(Qt.WindowState.WindowNoState)
    window.resize(1600, 1000)
    window.show()
    panel, shown = window.library, list[int]()
    panel.model.counted.connect(lambda: shown.append(panel.model.total or 0))

    def until(done: Callable[[], bool]) -> None:
        end = time.perf_counter() + _PATIENCE_S
        while not done():
            application.processEvents(QEventLoop.ProcessEventsFlag.WaitForMoreEvents, 5)
            if time.perf_counter() > end:
                raise TimeoutError("the list did not come")
        panel.table.viewport().repaint()

    def listed(act: Callable[[], object]) -> Callable[[], None]:
        def done() -> None:
            before = len(shown)
            act()
            until(lambda: len(shown) > before)

        return done

    def to_end() -> None:
        QTest.keyClick(panel.table, Qt.Key.Key_End)
        until(lambda: panel.chosen is not None)

    def typed(text: str) -> Callable[[], None]:
        panel.search.setText("")
        return listed(lambda: QTest.keyClicks(panel.search, text))

    def sorted_by(section: int) -> None:
        header = panel.table.horizontalHeader()
        down = header.sortIndicatorOrder() is Qt.SortOrder.DescendingOrder
        header.setSortIndicator(section, Qt.SortOrder.AscendingOrder if down else Qt.SortOrder.DescendingOrder)

    until(lambda: bool(panel.model.total) and panel.isVisible())
    pulse = Pulse()
    acts: dict[str, Callable[[], object]] = {
        "list anew": listed(panel.refresh),
        "find two words": lambda: typed("brandt clara")(),
        "find one woman": lambda: typed("id000042")(),
        "find nobody": listed(lambda: panel.search.setText("nobody at all")),
        "all again": listed(lambda: panel.search.setText("")),
        "filter: not read": listed(lambda: panel.states.setCurrentIndex(1)),
        "filter: all": listed(lambda: panel.states.setCurrentIndex(0)),
        "sort by name": listed(lambda: sorted_by(1)),
        "sort by state": listed(lambda: sorted_by(4)),
        "sort by date": listed(lambda: sorted_by(0)),
        "to the last row": to_end,
        "list anew at the last row": listed(panel.refresh),
    }
    times: dict[str, list[float]] = {name: [] for name in acts}
    held: dict[str, list[float]] = {name: [] for name in acts}
    for _ in range(rounds):
        for name, act in acts.items():
            pulse.take()
            started = time.perf_counter()
            act()
            times[name].append(1000 * (time.perf_counter() - started))
            held[name].append(pulse.take()["own"])
    window.close()
    for name in acts:
        yield Row(name, "ms", tuple(times[name]), TARGET_MS, judged="p95")
    for name in acts:
        yield Row(f"{name}: longest work of the GUI thread", "ms", tuple(held[name]), HELD_MS, judged="max")
