"""Scores and heat maps in the window: never invented, never stale, never in the way."""

from __future__ import annotations

import os
import threading
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import Qt, QTimer
from pytestqt.qtbot import QtBot

from mammoview.app import build_window
from mammoview.services.prediction import Phase, PredictorEngine
from tests.factories import BERTA, write_study
from tests.ui.conftest import SIZE, MakeDesk
from tests.ui.desk import Desk, FakeEngine


def scored_desk(make_desk: MakeDesk, study: Path, engine: FakeEngine) -> Desk:
    desk = make_desk(engine)
    desk.start_classifier()
    desk.open(study)
    desk.scored()
    return desk


def test_nothing_is_scored_before_it_was_run(desk: Desk) -> None:
    panel = desk.window.side_panel
    rows = [panel._study, *panel.breasts.values(), *panel.views.values()]
    assert {row.words().split(" ", 1)[1] for row in rows} == {"not run"}
    assert desk.session.drawing(0).texts.bottom[0].startswith(("C ", "full", "2024"))


def test_scores_stand_with_word_model_and_point(make_desk: MakeDesk, study: Path) -> None:
    engine = FakeEngine({"RCC": 0.1, "RMLO": 0.3, "LCC": 0.9, "LMLO": 0.7}, {"LMLO": "spot view"})
    desk = scored_desk(make_desk, study, engine)
    panel = desk.window.side_panel
    words = [row.words() for row in panel.views.values()]
    assert words == ["RCC 0.10 below", "RMLO 0.30 below", "LCC 0.90 above", "LMLO refused: spot view"]
    assert [row.words() for row in panel.breasts.values()] == ["right 0.20 below", "left 0.90 above"]
    assert panel._study.words() == "study 0.90 above"
    assert panel._model.text() == "fake 1.0"
    assert panel._warning.text() == "not for diagnosis"
    assert panel._point.text() == "operating point 0.50, balanced"


def test_a_study_of_refused_views_has_no_score(make_desk: MakeDesk, study: Path) -> None:
    engine = FakeEngine(refused=dict.fromkeys(("RCC", "LCC", "RMLO", "LMLO"), "spot view"))
    desk = scored_desk(make_desk, study, engine)
    assert desk.window.side_panel._study.words() == "study not run: no view that may be judged"


def test_a_broken_classifier_is_said_and_can_be_retried(make_desk: MakeDesk, study: Path) -> None:
    desk = make_desk(FakeEngine(broken=True))
    desk.start_classifier()
    desk.open(study)
    panel = desk.window.side_panel
    desk.qtbot.waitUntil(lambda: desk.session.predictions.state.phase is Phase.FAILED, timeout=10_000)
    assert "does not start" in panel._problem.text()
    assert panel._retry.isVisible()
    assert all(row.words().endswith("not run") for row in panel.views.values())
    desk.engine.broken = False
    panel._retry.click()
    desk.scored()
    assert not panel._retry.isVisible()
    assert panel._study.words() == "study 0.70 above"


def test_a_stale_answer_is_dropped(make_desk: MakeDesk, study: Path, tmp_path: Path) -> None:
    write_study(tmp_path / "both" / "a", **SIZE)
    write_study(tmp_path / "both" / "b", woman=BERTA, study="second", **SIZE)
    gate = threading.Event()
    desk = make_desk(FakeEngine(gate=gate))
    desk.start_classifier()
    desk.open(tmp_path / "both")
    first = desk.session.study
    predictions = desk.session.predictions
    desk.qtbot.waitUntil(desk.engine.entered.is_set, timeout=10_000)
    desk.do("next-study")
    assert desk.session.study is not first
    gate.set()
    desk.scored()
    assert predictions.dropped == 1
    assert all(predictions.prediction(header.key) is None for header in first.images)
    desk.do("previous-study")
    desk.scored()
    assert desk.engine.calls.count(desk.engine.calls[0]) == 2


def test_the_window_is_never_blocked_by_a_prediction(make_desk: MakeDesk, study: Path) -> None:
    gate = threading.Event()
    desk = make_desk(FakeEngine(gate=gate))
    desk.start_classifier()
    desk.open(study)
    desk.qtbot.waitUntil(desk.engine.entered.is_set, timeout=10_000)
    beats: list[int] = []
    heart = QTimer()
    heart.setInterval(0)
    heart.timeout.connect(lambda: beats.append(1))
    heart.start()
    desk.qtbot.waitUntil(lambda: len(beats) > 20, timeout=10_000)
    desk.wheel(0, 80, 80)
    assert desk.session.state(0).zoom > 1
    assert not gate.is_set()
    assert desk.session.predictions.state.phase is Phase.SCORING
    heart.stop()
    gate.set()
    desk.scored()


def test_opacity_never_runs_the_model_again(make_desk: MakeDesk, study: Path) -> None:
    desk = scored_desk(make_desk, study, FakeEngine())
    calls = list(desk.engine.calls)
    desk.key(Qt.Key.Key_H)
    pictures = [desk.shown[0].picture.copy()]
    for _ in range(3):
        desk.key(Qt.Key.Key_Up, Qt.KeyboardModifier.ControlModifier)
        pictures.append(desk.shown[0].picture.copy())
    assert desk.session.look.heat.opacity == pytest.approx(0.8)
    desk.window.side_panel.opacity.setValue(20)
    desk.key(Qt.Key.Key_Up, Qt.KeyboardModifier.ShiftModifier)
    desk.key(Qt.Key.Key_Y)
    assert desk.session.look.heat.opacity == pytest.approx(0.2)
    assert desk.session.look.heat.color_map == "viridis"
    assert desk.session.look.heat.threshold == pytest.approx(0.4)
    assert all(not np.array_equal(one, other) for one, other in pairwise(pictures))
    assert desk.engine.calls == calls


def test_the_heat_map_is_held_off_while_the_key_is_pressed(make_desk: MakeDesk, study: Path) -> None:
    desk = scored_desk(make_desk, study, FakeEngine())
    desk.key(Qt.Key.Key_H)
    coloured = desk.shown[0].picture.copy()
    desk.qtbot.keyPress(desk.window, Qt.Key.Key_X)
    desk.drawn()
    grey = desk.shown[0].picture
    assert not np.array_equal(grey, coloured)
    assert desk.session.look.heat.visible
    desk.qtbot.keyRelease(desk.window, Qt.Key.Key_X)
    desk.drawn()
    assert np.array_equal(desk.shown[0].picture, coloured)


def test_a_map_below_the_operating_point_is_hidden_and_said(make_desk: MakeDesk, study: Path) -> None:
    desk = scored_desk(make_desk, study, FakeEngine({"RCC": 0.2}))
    desk.key(Qt.Key.Key_H)
    hidden, shown = desk.session.drawing(desk.number_of("RCC")), desk.session.drawing(desk.number_of("LCC"))
    assert hidden.heat_hidden and not shown.heat_hidden
    assert "heat map hidden: below operating point" in hidden.texts.bottom
    desk.key(Qt.Key.Key_U)
    assert not desk.session.drawing(desk.number_of("RCC")).heat_hidden


def test_the_real_engine_scores_and_its_process_ends_with_the_window(
    qtbot: QtBot, tiny_bundle: Path, tmp_path: Path, mammoview_home: Path
) -> None:
    write_study(tmp_path / "study", views=(("R", "CC"), ("L", "CC")), rows=700, columns=500)
    engine = PredictorEngine(tiny_bundle, "cpu")
    window = build_window(lambda: engine, folder=mammoview_home)
    qtbot.addWidget(window)
    window.show()
    session = window.session
    session.predictions.start()
    window.commands.open_paths([tmp_path / "study"])
    qtbot.waitUntil(
        lambda: (
            session.study is not None
            and all(session.predictions.prediction(header.key) for header in session.study.images)
        ),
        timeout=120_000,
    )
    assert session.predictions.state.device_label == "CPU"
    child = engine._predictor._child
    assert child is not None
    pid = child._process.pid
    window.close()
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)
