"""Pictures and scores in the list's rows, the line that says how far the scoring is, and what pauses it."""

from __future__ import annotations

import threading
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QImage, QWheelEvent
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from mammoview.archive.library import Library, Query
from mammoview.dicom.scan import scan
from mammoview.services.ahead import Waits
from mammoview.services.prediction import Phase
from mammoview.services.settings import SettingsStore
from mammoview.ui import library_rows
from mammoview.ui.library_rows import PICTURE, SCORE
from mammoview.ui.row_pictures import PICTURE_ROWS_PX, RowPictures
from tests.benchmarks.listing import run as benchmark
from tests.factories import BERTA, write_study
from tests.ui.conftest import SIZE, MakeDesk
from tests.ui.desk import Desk, FakeEngine

DECORATION = Qt.ItemDataRole.DecorationRole


@pytest.fixture
def archive(tmp_path: Path) -> Path:
    folder = tmp_path / "archive"
    write_study(folder / "a", study_date="20260105", **SIZE)
    write_study(folder / "b", woman=BERTA, study="berta", study_date="20251231", **SIZE)
    return folder


@pytest.fixture
def library_file(tmp_path: Path, archive: Path) -> Path:
    """A library that holds two women."""
    place = tmp_path / "home" / "library.sqlite"
    with Library(place) as library:
        for name in ("a", "b"):
            library.add(scan([archive / name]).studies, archive / name)
    return place


def listing(make_desk: MakeDesk, library_file: Path, engine: FakeEngine | None = None) -> Desk:
    """A window that shows the list."""
    desk = make_desk(engine, library=library_file)
    model = desk.window.library.model
    desk.qtbot.waitUntil(lambda: model.total == 2, timeout=10_000)
    return desk


def cell(desk: Desk, row: int, column: int, role: Qt.ItemDataRole = Qt.ItemDataRole.DisplayRole):  # type: ignore[no-untyped-def]
    model = desk.window.library.model
    return model.data(model.index(row, column), role)


def scored_ahead(desk: Desk) -> None:
    """Have the whole list scored ahead, at once."""
    ahead = desk.window.ahead
    ahead.quiet.setInterval(0)
    desk.start_classifier()
    ahead.start()
    desk.qtbot.waitUntil(lambda: ahead._nothing_left and not ahead.runner.busy, timeout=20_000)


def test_pictures_come_into_the_list_as_the_studies_are_scored_ahead(make_desk: MakeDesk, library_file: Path) -> None:
    desk = listing(make_desk, library_file)
    assert cell(desk, 0, PICTURE, DECORATION) is None
    scored_ahead(desk)
    desk.qtbot.waitUntil(lambda: isinstance(cell(desk, 1, PICTURE, DECORATION), QImage), timeout=10_000)
    picture = cell(desk, 1, PICTURE, DECORATION)
    assert picture.height() == 64
    assert picture.pixelColor(40, 32).lightness() > 40
    assert desk.window.library.table.rowHeight(0) >= PICTURE_ROWS_PX


def test_a_study_that_is_opened_gets_its_picture(make_desk: MakeDesk, archive: Path, library_file: Path) -> None:
    desk = listing(make_desk, library_file)
    desk.open(archive / "b")
    library = desk.window.reading.library
    key = desk.session.study.key
    desk.qtbot.waitUntil(lambda: library.thumbnail(key) is not None, timeout=10_000)


def test_only_rows_that_are_looked_at_are_read(make_desk: MakeDesk, library_file: Path) -> None:
    desk = listing(make_desk, library_file)
    pictures = RowPictures(desk.window.reading, desk.window)
    for number in range(10_000):
        pictures.picture(f"study {number}")
    told: list[str] = []
    pictures.arrived.connect(told.extend)
    desk.qtbot.waitUntil(lambda: not pictures._wanted and not pictures._reading, timeout=10_000)
    assert told[0] == "study 9999"
    assert len(told) < 100


def test_the_pictures_that_are_kept_have_a_bound(make_desk: MakeDesk, library_file: Path) -> None:
    desk = listing(make_desk, library_file)
    pictures = RowPictures(desk.window.reading, desk.window)
    for start in range(0, 1000, 50):
        for number in range(start, start + 50):
            pictures.picture(f"study {number}")
        desk.qtbot.waitUntil(lambda: not pictures._wanted and not pictures._reading, timeout=10_000)
    assert len(pictures._pictures) == len(pictures._fresh) == 600


def test_scores_that_come_ahead_stay_hidden(make_desk: MakeDesk, library_file: Path) -> None:
    desk = listing(make_desk, library_file)
    scored_ahead(desk)
    desk.qtbot.waitUntil(lambda: cell(desk, 1, SCORE) != "not run", timeout=10_000)
    assert [cell(desk, row, SCORE) for row in (0, 1)] == ["hidden", "hidden"]


def test_the_demonstration_s_score_is_shown(
    make_desk: MakeDesk, archive: Path, library_file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(library_rows, "resource", lambda name: archive / "b")
    desk = listing(make_desk, library_file)
    scored_ahead(desk)
    desk.qtbot.waitUntil(lambda: cell(desk, 1, SCORE) == "0.70", timeout=10_000)
    assert cell(desk, 0, SCORE) == "hidden"


def test_a_score_is_shown_to_the_reader_who_has_seen_it(
    make_desk: MakeDesk, library_file: Path, mammoview_home: Path
) -> None:
    with Library(library_file) as library:
        newest, oldest = (row.study_key for row in library.list(Query()))
        library.log_reveal(newest, "ANNA", "all views visited")
        library.finish_reading(newest, "ANNA")
        library.finish_reading(oldest, "ANNA")
    SettingsStore(mammoview_home).change(reader="ANNA")
    desk = listing(make_desk, library_file)
    scored_ahead(desk)
    desk.qtbot.waitUntil(lambda: cell(desk, 1, SCORE) == "hidden", timeout=10_000)
    assert cell(desk, 0, SCORE) == "0.70"
    with desk.qtbot.waitSignal(desk.window.library.model.counted, timeout=10_000):
        desk.window.reading.set_reader("BERTA")
    assert [cell(desk, row, SCORE) for row in (0, 1)] == ["hidden", "hidden"]


def test_another_model_s_score_is_not_taken_for_the_loaded_one_s(
    make_desk: MakeDesk, library_file: Path, mammoview_home: Path
) -> None:
    with Library(library_file) as library:
        key = library.list(Query())[0].study_key
        for image in library.study_images(key):
            library.put_result(image.key, image.identity, "older model", {"score": 0.2}, None)
        library.log_reveal(key, "reader", "asked for")
    SettingsStore(mammoview_home).change(reader="reader")
    desk = listing(make_desk, library_file)
    desk.start_classifier()
    desk.qtbot.waitUntil(lambda: desk.session.predictions.state.phase is Phase.READY, timeout=10_000)
    assert cell(desk, 0, SCORE) == "(0.20)"
    assert cell(desk, 0, SCORE, Qt.ItemDataRole.ToolTipRole).startswith("The score of another model")
    scored_ahead(desk)
    desk.qtbot.waitUntil(lambda: cell(desk, 0, SCORE) == "0.70", timeout=10_000)


def test_the_status_line_says_how_far_it_is_and_why_it_waits(make_desk: MakeDesk, library_file: Path) -> None:
    engine = FakeEngine(gate=threading.Event())
    desk = listing(make_desk, library_file, engine)
    desk.start_classifier()
    desk.window.ahead.start()
    desk.qtbot.waitUntil(engine.entered.is_set, timeout=20_000)
    line = desk.window.status.ahead
    assert line.text() == "scored ahead 0 of 2"
    assert line.isVisible()
    desk.window.ahead.disturb()
    assert line.toolTip() == "Waits while you work"
    engine.gate.set()


@pytest.mark.parametrize("what", ["key", "wheel", "move"])
def test_what_the_reader_does_makes_it_wait(qtbot: QtBot, make_desk: MakeDesk, library_file: Path, what: str) -> None:
    desk = listing(make_desk, library_file)
    scored_ahead(desk)
    ahead, handle = desk.window.ahead, desk.window.windowHandle()
    ahead.quiet.setInterval(3_600_000)
    assert ahead.waits is Waits.FOR_NOTHING
    if what == "key":
        qtbot.keyClick(handle, Qt.Key.Key_Shift)
    elif what == "wheel":
        none = Qt.MouseButton.NoButton
        event = QWheelEvent(
            QPointF(500, 300),
            QPointF(500, 300),
            QPoint(),
            QPoint(0, 120),
            none,
            Qt.KeyboardModifier.NoModifier,
            Qt.ScrollPhase.NoScrollPhase,
            False,
        )
        QApplication.sendEvent(handle, event)
    else:
        qtbot.mouseMove(handle, QPoint(300, 300))
    qtbot.waitUntil(ahead.quiet.isActive, timeout=5_000)


def test_f7_switches_it_off(make_desk: MakeDesk, library_file: Path) -> None:
    desk = listing(make_desk, library_file)
    desk.window.actions_by_id["score-ahead"].trigger()
    assert not desk.window.ahead.on
    assert not desk.window.actions_by_id["score-ahead"].isChecked()
    desk.window.actions_by_id["score-ahead"].trigger()
    assert desk.window.ahead.on


def test_the_window_closes_in_the_middle_of_an_image(make_desk: MakeDesk, library_file: Path) -> None:
    engine = FakeEngine(gate=threading.Event())
    desk = listing(make_desk, library_file, engine)
    desk.start_classifier()
    desk.window.ahead.start()
    desk.qtbot.waitUntil(engine.entered.is_set, timeout=20_000)
    desk.window.close()
    assert engine.closed
    assert not desk.window.ahead.runner.busy


def test_views_lie_side_by_side_in_the_picture(make_desk: MakeDesk, library_file: Path) -> None:
    desk = listing(make_desk, library_file)
    scored_ahead(desk)
    key = desk.window.library.model.row(0).study_key
    image = QImage.fromData(desk.window.reading.library.thumbnail(key)).convertToFormat(QImage.Format.Format_Grayscale8)
    greys = np.array([[image.pixelColor(x, y).lightness() for x in range(image.width())] for y in range(64)])
    walls = [greys[:, at].mean() for at in (44, 51, 148, 155)]
    outside = [greys[:, at].mean() for at in (1, 94, 105, 198)]
    assert min(walls) > 20
    assert max(outside) < 5


def test_the_benchmark_of_the_list_measures_all_that_a_reader_does(
    qapp: QApplication, mammoview_home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert benchmark(["--studies", "30", "--rounds", "1"]) == 0
    printed = capsys.readouterr().out
    assert "30 studies, indexed in" in printed
    assert printed.count("| ms ") == 24
