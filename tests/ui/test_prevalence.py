"""A site states its prevalence in the window: scores and operating points move alike, and the window says so."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest
from PySide6.QtWidgets import QDialog, QDialogButtonBox

from mammoview.core.prediction import ModelLabel
from mammoview.core.prevalence import PriorShift
from mammoview.core.study import Laterality
from mammoview.services.prediction import EngineFacts
from mammoview.ui.assessment_report import make_report
from mammoview.ui.library_rows import SCORE
from mammoview.ui.prevalence_dialog import PrevalenceDialog
from tests.ui.conftest import MakeDesk
from tests.ui.desk import LABEL, POINT, Desk, FakeEngine

TOLD = replace(LABEL, calibrated_at=0.4)
SITE = 0.005
SCORES = {"RCC": 0.1, "RMLO": 0.3, "LCC": 0.9, "LMLO": 0.7}


class TellingEngine(FakeEngine):
    """Its bundle tells at which prevalence it was calibrated."""

    def facts(self) -> EngineFacts:
        return replace(super().facts(), model=TOLD)


def at_site(score: float) -> float:
    return PriorShift(0.4, SITE).probability(score)


@pytest.fixture
def scored(make_desk: MakeDesk, study: Path) -> Desk:
    made = make_desk(TellingEngine(dict(SCORES)))
    made.start_classifier()
    made.open(study)
    made.scored()
    return made


@pytest.fixture
def dialog(scored: Desk) -> PrevalenceDialog:
    scored.do("prevalence")
    (found,) = scored.window.findChildren(PrevalenceDialog)
    return found


def state(desk: Desk, per_thousand: float) -> None:
    """What a reader does who states so many in 1,000."""
    desk.do("prevalence")
    shown = [one for one in desk.window.findChildren(PrevalenceDialog) if one.result() == 0 and one.isVisible()]
    shown[-1].box.setValue(per_thousand)
    shown[-1].accept()
    desk.drawn()


def test_all_scores_and_the_operating_point_move_and_no_side_changes(scored: Desk) -> None:
    panel = scored.window.side_panel
    state(scored, 1000 * SITE)
    words = {name.split()[0]: name.split() for name in (row.words() for row in panel.views.values())}
    for name, score in SCORES.items():
        assert float(words[name][1]) == pytest.approx(at_site(score), abs=6e-3)
        assert words[name][2] == ("above" if score >= POINT else "below")
    assert scored.session.predictions.operating_point == pytest.approx(at_site(POINT))
    assert panel._point.text() == f"operating point {at_site(POINT):.4f}, balanced"
    breast = scored.session.exam().breasts[Laterality.RIGHT]
    assert breast == pytest.approx(at_site(0.2))


def test_the_panel_says_for_which_prevalence(scored: Desk) -> None:
    panel = scored.window.side_panel
    assert panel.prevalence.isHidden()
    state(scored, 5)
    assert panel.prevalence.text() == "for a prevalence of 0.5 %"
    told = "All scores and operating points: calibrated at 40 %, moved to 0.5 %"
    assert panel.prevalence.toolTip() == told
    rows = [panel._study, *panel.breasts.values(), *panel.views.values()]
    assert all(row.toolTip().endswith(told) for row in rows)


def test_the_picture_says_it_too(scored: Desk) -> None:
    state(scored, 5)
    bottom = scored.session.drawing(0).texts.bottom
    assert "for a prevalence of 0.5 %" in bottom
    assert scored.session.drawing(0).operating_point == pytest.approx(at_site(POINT))


def test_the_model_is_not_asked_again(scored: Desk) -> None:
    asked = list(scored.engine.calls)
    state(scored, 5)
    assert scored.engine.calls == asked


def test_it_is_kept_and_can_be_taken_back(scored: Desk, make_desk: MakeDesk, mammoview_home: Path) -> None:
    state(scored, 5)
    assert json.loads((mammoview_home / "settings.json").read_text())["prevalence"] == pytest.approx(SITE)
    assert make_desk(TellingEngine()).session.predictions.prevalence == pytest.approx(SITE)
    state(scored, 0)
    assert scored.session.predictions.shift is None
    assert scored.window.side_panel.views[scored.session.study.images[0].key].words().split()[1] == "0.10"


@pytest.mark.parametrize("kept", ["2", "-0.1", "1", '"much"'])
def test_nonsense_in_the_settings_is_left_out(kept: str, make_desk: MakeDesk, mammoview_home: Path) -> None:
    (mammoview_home / "settings.json").write_text(f'{{"prevalence": {kept}}}', encoding="utf-8")
    assert make_desk().session.predictions.prevalence == 0


def test_a_cancelled_dialog_changes_nothing(scored: Desk, dialog: PrevalenceDialog) -> None:
    dialog.box.setValue(5)
    dialog.reject()
    assert scored.session.predictions.prevalence == 0


def test_the_dialog_says_at_which_prevalence_the_model_is_calibrated(dialog: PrevalenceDialog) -> None:
    assert dialog.box.isEnabled()
    assert "fake 1.0 is calibrated at 40 %" in dialog.note.text()


@pytest.mark.parametrize(
    ("model", "reason"),
    [(LABEL, "fake 1.0 does not tell at which prevalence it was calibrated"), (None, "No model is loaded")],
)
def test_where_it_cannot_be_corrected_it_is_not_offered(desk: Desk, model: ModelLabel | None, reason: str) -> None:
    dialog = PrevalenceDialog(desk.window, model, 0.0)
    assert not dialog.box.isEnabled()
    (buttons,) = dialog.findChildren(QDialogButtonBox)
    assert not buttons.button(QDialogButtonBox.StandardButton.Ok).isEnabled()
    assert dialog.note.text().startswith(reason)
    dialog.done(QDialog.DialogCode.Rejected)


def test_a_model_that_does_not_tell_is_shown_as_it_is_and_that_is_said(make_desk: MakeDesk, study: Path) -> None:
    desk = make_desk(FakeEngine(dict(SCORES)))
    desk.session.predictions.set_prevalence(SITE)
    desk.start_classifier()
    desk.open(study)
    desk.scored()
    panel = desk.window.side_panel
    assert panel.prevalence.text() == "not for this site's prevalence"
    assert desk.session.exam().score == pytest.approx(0.8)


def test_the_report_says_for_which_prevalence(scored: Desk) -> None:
    window = scored.window
    state(scored, 5)
    scores = make_report(scored.session, window.reading, window.bench.marks, identified=False)._scores()
    assert "Scores are for a prevalence of 0.5 %; the model is calibrated at 40 %." in scores
    assert any(line.startswith(f"LCC: {at_site(0.9):.3f} above {at_site(POINT):.3f}") for line in scores)


def test_the_list_of_studies_gives_the_moved_score(make_desk: MakeDesk, study: Path, tmp_path: Path) -> None:
    desk = make_desk(TellingEngine(dict(SCORES)), library=tmp_path / "library.sqlite")
    desk.window.settings.change(reading_mode="concurrent")
    desk.start_classifier()
    desk.open(study)
    desk.scored()
    state(desk, 5)
    desk.do("library")
    table = desk.window.library.model
    wanted = f"{at_site(0.8):.2f}"
    desk.qtbot.waitUntil(lambda: bool(table.rowCount()) and table.index(0, SCORE).data() == wanted, timeout=20_000)
