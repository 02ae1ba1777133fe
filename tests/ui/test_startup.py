"""The window comes first: what it does not need comes in the background, the classifier after the first pictures."""

from __future__ import annotations

import subprocess
import sys
import threading
from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from mammoview.app import start_classifier_later
from mammoview.services import opening as opening_module
from mammoview.services.jobs import JobRunner
from mammoview.services.opening import OpeningService
from mammoview.services.prediction import Phase
from mammoview.services.worklist import Worklist, make_worklist
from tests.factories import write_mammogram
from tests.ui.conftest import MakeDesk

_WARM = """
from mammoview.services.jobs import Ticket
from mammoview.services.warm_up import warm_up
import sys
before = {"pydicom"} & set(sys.modules)
warm_up(Ticket(1, "", lambda ticket, done, total: None))
print(sorted(before), {"pydicom", "mammoview.dicom.reader"} <= set(sys.modules))
"""


def test_the_classifier_starts_when_the_first_pictures_are_there(make_desk: MakeDesk, study: Path) -> None:
    desk = make_desk()
    desk.read_gate = threading.Event()
    there: list[bool] = []

    def note() -> None:
        if desk.session.predictions.state.phase is Phase.STARTING:
            panes = range(len(desk.session.panes))
            there.append(len(panes) == 4 and all(desk.session.image(number) is not None for number in panes))

    desk.session.predictions.state_changed.connect(note)
    start_classifier_later(desk.window)
    with desk.qtbot.waitSignal(desk.window.opening.opened, timeout=20_000):
        desk.window.commands.open_paths([study])
    desk.read_gate.set()
    desk.qtbot.waitUntil(lambda: bool(there), timeout=20_000)
    assert there == [True]


def test_the_classifier_starts_also_where_nothing_is_opened(make_desk: MakeDesk) -> None:
    desk = make_desk()
    start_classifier_later(desk.window)
    desk.qtbot.waitUntil(lambda: desk.session.predictions.state.phase is Phase.READY, timeout=20_000)


def test_the_warm_up_imports_what_the_first_study_needs() -> None:
    result = subprocess.run([sys.executable, "-c", _WARM], capture_output=True, text=True, check=True)
    assert result.stdout.strip() == "[] True"


def test_the_worklist_is_made_in_the_background(qtbot: QtBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    made_by: list[threading.Thread] = []

    def noted(*studies: object) -> Worklist:
        made_by.append(threading.current_thread())
        return make_worklist(*studies)  # type: ignore[arg-type]

    monkeypatch.setattr(opening_module, "make_worklist", noted)
    runner = JobRunner(1)
    opening = OpeningService(runner)
    with qtbot.waitSignal(opening.opened, timeout=20_000) as told:
        opening.open([write_mammogram(tmp_path / "RCC.dcm")])
    runner.close()
    result, worklist, _ = told.args
    assert [case.current for case in worklist.cases] == list(result.studies)
    assert made_by != [threading.main_thread()] and len(made_by) == 1


def test_the_progress_of_many_files_is_told_seldom_and_to_the_end(qtbot: QtBot) -> None:
    def scan_many(paths: object, *, progress: object, cancelled: object) -> object:
        from mammoview.dicom.scan import ScanResult

        for done in range(1, 20_001):
            progress(done, 20_000)  # type: ignore[operator]
        return ScanResult((), (), 0)

    runner = JobRunner(1)
    opening = OpeningService(runner, scan_many)  # type: ignore[arg-type]
    told: list[tuple[int, int]] = []
    opening.progressed.connect(lambda done, total: told.append((done, total)))
    with qtbot.waitSignal(opening.opened, timeout=20_000):
        opening.open([Path("many")])
    runner.close()
    assert told[-1] == (20_000, 20_000)
    assert len(told) < 2_000
