"""A score leads to the place that it is about, and only where the classifier may speak."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import Qt

from mammoview.core.hanging import stored_at
from mammoview.core.heat import heat_peak
from mammoview.core.study import Laterality
from mammoview.services.panes import Layout
from tests.ui.conftest import MakeDesk
from tests.ui.desk import Desk, FakeEngine
from tests.ui.stepping import views

SCORES = {"RCC": 0.6, "RMLO": 0.7, "LCC": 0.9, "LMLO": 0.2}


@pytest.fixture
def scored(make_desk: MakeDesk, study: Path) -> Desk:
    desk = make_desk(FakeEngine(SCORES))
    desk.start_classifier()
    desk.open(study)
    desk.scored()
    return desk


def key_of(desk: Desk, side_view: str) -> str:
    return next(header.key for header in desk.session.study.images if header.side_view == side_view)


def click(desk: Desk, side_view: str) -> None:
    desk.qtbot.mouseClick(desk.window.side_panel.views[key_of(desk, side_view)], Qt.MouseButton.LeftButton)
    desk.settle()


def assert_at_the_peak(desk: Desk, side_view: str) -> None:
    """The active pane shows this view at one to one, the map's peak in its middle."""
    session, number = desk.session, desk.session.active
    drawing, frame = session.drawing(number), session.scene.frames[number]
    assert drawing.prepared.header.side_view == side_view
    image = drawing.prepared.image
    peak = heat_peak(drawing.prediction.heat_map, image.rows, image.columns, drawing.prepared.region.mask)
    assert session.state(number).zoom == pytest.approx(session.scene.native_zoom(number))
    middle = stored_at(drawing.placement, (frame.rows_px - 1) / 2, (frame.columns_px - 1) / 2)
    assert np.hypot(*np.subtract(middle, peak)) <= 1.5


@pytest.mark.parametrize("side_view", ["RCC", "LCC", "RMLO"])
def test_a_click_on_a_score_shows_its_place(scored: Desk, side_view: str) -> None:
    click(scored, side_view)
    assert_at_the_peak(scored, side_view)
    assert len(scored.session.panes) == 4


def test_a_view_that_is_not_on_the_screen_is_shown_alone(scored: Desk) -> None:
    scored.do("mlo")
    click(scored, "LCC")
    assert scored.session.layout is Layout.SINGLE
    assert_at_the_peak(scored, "LCC")
    scored.do("single")
    assert views(scored) == ["RMLO", "LMLO"]


def test_from_one_view_alone_to_another(scored: Desk) -> None:
    scored.do("single")
    click(scored, "LCC")
    assert_at_the_peak(scored, "LCC")


def test_a_map_that_is_hidden_leads_to_the_view_as_hung(scored: Desk) -> None:
    click(scored, "LMLO")
    assert views(scored) == ["LMLO"]
    assert scored.session.state(0).zoom == 1


def test_a_breasts_score_leads_to_its_highest_view(scored: Desk) -> None:
    row = scored.window.side_panel.breasts[Laterality.RIGHT]
    scored.qtbot.mouseClick(row, Qt.MouseButton.LeftButton)
    scored.drawn()
    assert_at_the_peak(scored, "RMLO")


def test_the_cases_score_leads_to_the_highest_view(scored: Desk) -> None:
    scored.qtbot.mouseClick(scored.window.side_panel._study, Qt.MouseButton.LeftButton)
    scored.drawn()
    assert_at_the_peak(scored, "LCC")


def test_the_key_goes_to_the_highest_score(scored: Desk) -> None:
    scored.key(Qt.Key.Key_H, Qt.KeyboardModifier.ShiftModifier)
    assert_at_the_peak(scored, "LCC")


def test_the_key_says_that_there_is_no_score(desk: Desk) -> None:
    desk.do("highest-score")
    assert desk.window.status.message.text() == "no view of this study has a score"


def test_a_row_with_a_score_can_be_clicked_and_one_without_cannot(make_desk: MakeDesk, study: Path) -> None:
    desk = make_desk(FakeEngine(SCORES, {"LMLO": "spot view"}))
    desk.start_classifier()
    desk.open(study)
    desk.scored()
    rows = desk.window.side_panel.views
    assert rows[key_of(desk, "LCC")].cursor().shape() is Qt.CursorShape.PointingHandCursor
    assert rows[key_of(desk, "LMLO")].cursor().shape() is Qt.CursorShape.ArrowCursor
    click(desk, "LMLO")
    assert len(desk.session.panes) == 4


def test_nothing_leads_anywhere_while_the_answers_are_hidden(scored: Desk) -> None:
    scored.window.settings.change(reading_mode="off")
    scored.session.look.set_classifier(on=False, shown=False)
    click(scored, "LCC")
    assert not scored.window.score_guide.go_to_highest()
    scored.do("highest-score")
    assert scored.window.status.message.text() == scored.window.reading.silence
    assert len(scored.session.panes) == 4
    assert scored.session.state(0).zoom == 1
