"""A study is read by the steps of its hanging protocol, with keys alone."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtCore import Qt

from mammoview.core.hanging import millimetres_per_px
from tests.factories import BERTA, write_study
from tests.ui.conftest import SIZE, MakeDesk
from tests.ui.desk import Desk
from tests.ui.stepping import SHIFT, told, views, walked, write_pair

KEYPAD = Qt.KeyboardModifier.KeypadModifier


@pytest.fixture
def pair(make_desk: MakeDesk, tmp_path: Path) -> Desk:
    desk = make_desk()
    desk.open(write_pair(tmp_path / "pair", **SIZE))
    return desk


def test_a_study_opens_at_the_first_step_and_the_status_line_says_so(desk: Desk) -> None:
    assert views(desk) == ["RCC", "LCC", "RMLO", "LMLO"]
    assert told(desk) == "1 of 6: Four views"


def test_the_next_step_and_the_one_before_by_key(desk: Desk) -> None:
    seen = []
    for _ in range(3):
        desk.key(Qt.Key.Key_N)
        seen.append(desk.session.walk.step.id)
    assert seen == ["cc", "mlo", "cc-quadrants"]
    desk.key(Qt.Key.Key_N, SHIFT)
    assert views(desk) == ["RMLO", "LMLO"]


def test_there_is_no_step_before_the_first(desk: Desk) -> None:
    desk.key(Qt.Key.Key_N, SHIFT)
    assert desk.window.status.message.text() == "this is the first step of the study"


def test_after_the_last_step_comes_the_next_woman(make_desk: MakeDesk, study: Path, tmp_path: Path) -> None:
    write_study(tmp_path / "zz", woman=BERTA, **SIZE)
    desk = make_desk()
    desk.open(study, tmp_path / "zz")
    walked(desk, "review")
    desk.key(Qt.Key.Key_N)
    assert desk.session.study.patient.patient_id == BERTA.patient_id
    assert desk.session.walk.step.id == "four-up"


def test_the_last_step_of_the_last_study_says_so(desk: Desk) -> None:
    walked(desk, "review")
    desk.key(Qt.Key.Key_N)
    assert desk.window.status.message.text() == "this was the last step of the last study"
    assert desk.session.walk.step.id == "review"


def test_the_sequence_goes_on_from_a_layout_that_was_chosen(desk: Desk) -> None:
    desk.key(Qt.Key.Key_C)
    desk.key(Qt.Key.Key_N)
    assert views(desk) == ["RMLO", "LMLO"]


@pytest.mark.parametrize("modifier", [Qt.KeyboardModifier.NoModifier, KEYPAD], ids=["digits", "keypad"])
def test_digits_show_pairs_and_comparison(pair: Desk, modifier: Qt.KeyboardModifier) -> None:
    pair.key(Qt.Key.Key_3, modifier)
    assert views(pair) == ["RMLO", "LMLO"]
    pair.key(Qt.Key.Key_2, modifier)
    assert views(pair) == ["RCC", "LCC"]
    pair.key(Qt.Key.Key_8, modifier)
    assert len(pair.session.panes) == 8
    pair.key(Qt.Key.Key_4, modifier)
    assert len(pair.session.panes) == 4


# --- the prior


def test_the_prior_stands_above_the_current_study_without_gaps(pair: Desk) -> None:
    pair.key(Qt.Key.Key_8)
    pair.settle()
    assert [pane.prior for pane in pair.session.panes] == [True] * 4 + [False] * 4
    assert views(pair) == ["RMLO", "LMLO", "RCC", "LCC"] * 2
    shown = pair.shown
    for number in range(3):
        assert shown[number].geometry().right() + 1 == shown[number + 1].geometry().left()
    assert shown[0].geometry().bottom() + 1 == shown[4].geometry().top()
    for left, right in ((0, 1), (2, 3), (4, 5), (6, 7)):
        assert shown[left].picture[:, -1].max() > 40 and shown[right].picture[:, 0].max() > 40


def test_both_studies_share_one_scale(make_desk: MakeDesk, tmp_path: Path) -> None:
    write_study(tmp_path / "now", study="now", study_date="20260131", spacing_mm=0.1, **SIZE)
    write_study(tmp_path / "before", study="before", study_date="20240131", spacing_mm=0.05, rows=900, columns=700)
    desk = make_desk()
    desk.open(tmp_path)
    desk.key(Qt.Key.Key_8)
    desk.settle()
    drawings = [desk.session.drawing(number) for number in range(8)]
    scales = [millimetres_per_px(drawing.placement, drawing.spacing)[0] for drawing in drawings]
    assert scales == pytest.approx([scales[0]] * 8, rel=0.01)


def test_a_prior_is_named_as_such_with_its_date(pair: Desk) -> None:
    pair.key(Qt.Key.Key_8)
    pair.settle()
    prior, current = (pair.session.drawing(number).texts for number in (0, 4))
    assert prior.top[0] == "prior" and prior.cautions[0] == "PRIOR  2024-01-31"
    assert "prior" not in current.top and current.cautions == ()


def test_a_prior_is_named_as_such_also_where_texts_are_hidden(pair: Desk) -> None:
    pair.key(Qt.Key.Key_8)
    pair.settle()
    pair.key(Qt.Key.Key_T)
    assert [pair.session.drawing(number).texts.side_view for number in (0, 4)] == ["RMLO  prior", "RMLO"]


def test_a_prior_without_identity_is_named_without_its_date(pair: Desk) -> None:
    pair.key(Qt.Key.Key_8)
    pair.settle()
    assert pair.session.drawing(0, identified=False).texts.cautions[0] == "PRIOR"


def test_the_prior_study_shown_in_place_is_named_as_such(pair: Desk) -> None:
    pair.key(Qt.Key.Key_P)
    pair.settle()
    assert all(pane.prior for pane in pair.session.panes)


def test_priors_beside_the_study_are_not_scored(make_desk: MakeDesk, tmp_path: Path) -> None:
    desk = make_desk()
    desk.open(write_pair(tmp_path / "pair", **SIZE))
    desk.start_classifier()
    desk.key(Qt.Key.Key_8)
    desk.settle()
    desk.scored()
    assert set(desk.engine.calls) == {header.key for header in desk.session.study.images}


def test_a_view_that_the_prior_lacks_is_said_in_its_place(make_desk: MakeDesk, tmp_path: Path) -> None:
    write_study(tmp_path / "now", study="now", study_date="20260131", **SIZE)
    three = [("R", "CC"), ("R", "MLO"), ("L", "MLO")]
    write_study(tmp_path / "before", study="before", study_date="20240131", views=three, **SIZE)
    desk = make_desk()
    desk.open(tmp_path)
    desk.key(Qt.Key.Key_8)
    assert views(desk)[3] == ""
    assert desk.session.panes[3].missing == "no LCC in the prior study"


def test_without_a_prior_there_is_nothing_to_compare_with(desk: Desk) -> None:
    desk.key(Qt.Key.Key_8)
    assert desk.window.status.message.text() == "there is no prior study to compare with"
    desk.key(Qt.Key.Key_J)
    assert desk.window.status.message.text() == "there is no prior study with these views"
    assert len(desk.session.panes) == 4


@pytest.mark.parametrize("key", [Qt.Key.Key_4, Qt.Key.Key_C, Qt.Key.Key_M], ids=["four", "cc", "mlo"])
def test_current_and_prior_in_turn_keep_scale_and_position(pair: Desk, key: Qt.Key) -> None:
    pair.key(key)
    pair.key(Qt.Key.Key_J)
    pair.settle()
    pair.wheel(1, 60, 90, 3)
    count = len(pair.session.panes)
    prior = [pair.session.drawing(number) for number in range(count)]
    pair.key(Qt.Key.Key_J)
    current = [pair.session.drawing(number) for number in range(count)]
    for old, new in zip(prior, current, strict=True):
        assert old.prepared.header.side_view == new.prepared.header.side_view
        assert old.prepared.header.study_date < new.prepared.header.study_date
        assert old.placement.row_step == new.placement.row_step
        assert old.placement.row0_px == pytest.approx(new.placement.row0_px, abs=1)
        assert old.placement.column0_px == pytest.approx(new.placement.column0_px, abs=1)


def test_the_first_turn_shows_the_prior_where_the_reader_looks(pair: Desk) -> None:
    pair.key(Qt.Key.Key_C)
    pair.wheel(0, 100, 120, 4)
    state = pair.session.state(0)
    pair.key(Qt.Key.Key_J)
    assert pair.session.panes[0].prior
    assert pair.session.state(0) == state


def test_a_single_view_alternates_and_returns_to_its_layout(pair: Desk) -> None:
    pair.session.activate(3)
    pair.key(Qt.Key.Key_Return)
    pair.key(Qt.Key.Key_J)
    assert views(pair) == ["LMLO"] and pair.session.panes[0].prior
    pair.key(Qt.Key.Key_Return)
    assert len(pair.session.panes) == 4


def test_a_view_of_the_comparison_is_shown_alone_and_back(pair: Desk) -> None:
    pair.key(Qt.Key.Key_8)
    pair.settle()
    pair.session.activate(1)
    pair.key(Qt.Key.Key_Return)
    assert views(pair) == ["LMLO"] and pair.session.panes[0].prior
    pair.key(Qt.Key.Key_Return)
    assert len(pair.session.panes) == 8


def test_the_prior_is_there_before_its_step(pair: Desk) -> None:
    walked(pair, "mlo-quadrants")
    wanted = [header.key for header in pair.session.walk.priors]
    pair.qtbot.waitUntil(lambda: all(pair.session.store.holds(key) for key in wanted), timeout=20_000)
    pair.qtbot.keyClick(pair.window, Qt.Key.Key_N)
    assert len(pair.session.panes) == 8
    assert not any(pair.session.waits(number) for number in range(8))
