"""The reader chooses which operating point scores are compared with; window, pictures and heat maps follow."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from mammoview.core.prediction import ModelLabel
from mammoview.services.prediction import EngineFacts
from tests.ui.conftest import MakeDesk
from tests.ui.desk import LABEL, Desk, FakeEngine

POINTS = {"high-sensitivity": 0.25, "balanced": 0.5}
SCORES = {"RCC": 0.1, "RMLO": 0.3, "LCC": 0.9, "LMLO": 0.7}


class ManyPoints(FakeEngine):
    """Its model has two operating points."""

    def facts(self) -> EngineFacts:
        return replace(super().facts(), model=replace(LABEL, operating_points=POINTS))


@pytest.fixture
def scored(make_desk: MakeDesk, study: Path) -> Desk:
    made = make_desk(ManyPoints(dict(SCORES)))
    made.start_classifier()
    made.open(study)
    made.scored()
    return made


def sides(desk: Desk) -> dict[str, str]:
    """Each view's word beside its score."""
    words = (row.words().split() for row in desk.window.side_panel.views.values())
    return {word[0]: word[2] for word in words}


def test_the_key_takes_the_next_one_and_every_score_is_compared_with_it(scored: Desk) -> None:
    assert sides(scored) == {"RCC": "below", "RMLO": "below", "LCC": "above", "LMLO": "above"}
    scored.key(Qt.Key.Key_U, Qt.KeyboardModifier.ShiftModifier)
    assert sides(scored) == {"RCC": "below", "RMLO": "above", "LCC": "above", "LMLO": "above"}
    assert scored.window.status.message.text() == "operating point 0.25, high-sensitivity"
    number = scored.number_of("RMLO")
    drawing = scored.session.drawing(number)
    assert "cancer: 0.30 above 0.25" in drawing.texts.bottom
    assert not drawing.heat_hidden
    scored.key(Qt.Key.Key_U, Qt.KeyboardModifier.ShiftModifier)
    assert sides(scored)["RMLO"] == "below"
    assert scored.session.drawing(number).heat_hidden


def test_it_is_remembered_and_a_model_without_it_has_its_own(
    scored: Desk, make_desk: MakeDesk, mammoview_home: Path, qtbot: QtBot
) -> None:
    scored.do("operating-point")
    assert json.loads((mammoview_home / "settings.json").read_text())["operating_point"] == "high-sensitivity"
    for engine, expected in ((ManyPoints(), 0.25), (FakeEngine(), LABEL.operating_points["balanced"])):
        predictions = make_desk(engine).session.predictions
        with qtbot.waitSignals([predictions.state_changed] * 2, timeout=20_000):  # it starts, it is ready
            predictions.start()
        assert predictions.operating_point == expected


def test_a_model_with_one_says_that_there_is_no_other(desk: Desk) -> None:
    desk.do("operating-point")
    assert desk.window.status.message.text() == "there is no other operating point"


@pytest.mark.parametrize(
    ("points", "chosen", "in_force"),
    [
        (POINTS, "", "balanced"),
        (POINTS, "high-sensitivity", "high-sensitivity"),
        (POINTS, "of another model", "balanced"),
        ({"first": 0.3, "second": 0.4}, "", "first"),
        ({}, "balanced", ""),
    ],
)
def test_the_point_in_force_is_the_chosen_one_where_the_model_has_it(
    points: dict[str, float], chosen: str, in_force: str
) -> None:
    label = ModelLabel("made", "1", "0", ("a", "b"), "b", points, chosen=chosen)
    assert label.point_in_force == in_force
