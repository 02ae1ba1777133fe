"""Reading by keys: states, assessments, when the classifier may speak, the report. Everything is stored at once."""

from __future__ import annotations

import contextlib
import json
import sqlite3
from collections.abc import Callable
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication

from mammoview.archive.library import Library
from mammoview.archive.library_reading import Assessment, ReadingState
from mammoview.core.history import put
from mammoview.core.marks import Mark, MarkKind
from tests.factories import BERTA, write_study
from tests.ui.conftest import SIZE, MakeDesk
from tests.ui.desk import Desk, FakeEngine

ALT, CTRL, SHIFT = (
    Qt.KeyboardModifier.AltModifier,
    Qt.KeyboardModifier.ControlModifier,
    Qt.KeyboardModifier.ShiftModifier,
)
HIDDEN = "hidden until all views were visited"


@pytest.fixture
def library_file(tmp_path: Path) -> Path:
    return tmp_path / "home" / "library.sqlite"


ReadDesk = Callable[..., Desk]


@pytest.fixture
def read_desk(make_desk: MakeDesk, library_file: Path, study: Path) -> ReadDesk:
    """Makes a desk with a library that shows a study, begun."""

    def make(engine: FakeEngine | None = None, *, folder: Path = study) -> Desk:
        desk = make_desk(engine, library=library_file)
        if engine is not None:
            desk.start_classifier()
        desk.open(folder)
        settled(desk)
        return desk

    return make


def settled(desk: Desk) -> None:
    """Wait until the library holds what is on the screen, and everything asked of it was answered."""
    room = desk.window.reading
    desk.qtbot.waitUntil(
        lambda: (
            not room.runner.busy
            and not desk.window.indexing.runner.busy
            and room.current.state is not ReadingState.NEW
            and room.library_key(desk.session.study.key) is not None
        ),
        timeout=20_000,
    )


def kept(desk: Desk) -> tuple[Assessment, ...]:
    """The assessments in force, as another program sees them."""
    settled(desk)
    with Library(desk.window.reading.library.path) as library:
        return library.assessments(desk.window.reading.library_key(desk.session.study.key))


def shown(desk: Desk) -> dict[tuple[str, str], str]:
    return {place: label.text() for place, label in desk.window.side_panel.assessment.values.items()}


def test_a_study_that_is_opened_is_in_progress(read_desk: ReadDesk) -> None:
    desk = read_desk()
    key = desk.window.reading.library_key(desk.session.study.key)
    with Library(desk.window.reading.library.path) as other_window:
        assert other_window.study(key).state is ReadingState.IN_PROGRESS
    assert "in progress" in desk.window.top_bar.study.text()


def test_ctrl_return_finishes_and_goes_to_the_next_unread(read_desk: ReadDesk, tmp_path: Path) -> None:
    write_study(tmp_path / "all" / "a", **SIZE)
    write_study(tmp_path / "all" / "b", woman=BERTA, study="berta", **SIZE)
    desk = read_desk(folder=tmp_path / "all")
    first = desk.session.study
    desk.finish()
    desk.qtbot.waitUntil(lambda: desk.session.study is not first, timeout=10_000)
    settled(desk)
    with Library(desk.window.reading.library.path) as library:
        assert library.study(desk.window.reading.library_key(first.key)).state is ReadingState.READ


def test_after_the_last_study_it_is_said_that_all_are_read(read_desk: ReadDesk) -> None:
    desk = read_desk()
    desk.finish()
    desk.qtbot.waitUntil(lambda: "no study of the list" in desk.window.status.message.text(), timeout=10_000)
    assert desk.window.reading.words.startswith("read by ")


def test_a_study_that_is_finished_without_assessment_has_none(read_desk: ReadDesk) -> None:
    desk = read_desk()
    desk.finish()
    assert kept(desk) == ()
    assert set(shown(desk).values()) == {"_"}


def test_alt_and_a_number_is_the_category_of_the_active_breast(read_desk: ReadDesk) -> None:
    desk = read_desk()
    desk.session.activate(desk.number_of("LCC"))
    desk.key(Qt.Key.Key_4, ALT)
    assert [(one.laterality, one.birads) for one in kept(desk)] == [("L", "4")]
    assert shown(desk)["L", "birads"] == "4"
    assert shown(desk)["R", "birads"] == "_"


def test_alt_shift_and_a_number_is_for_both_breasts(read_desk: ReadDesk) -> None:
    desk = read_desk()
    desk.key(Qt.Key.Key_1, ALT | SHIFT)
    assert {one.laterality: one.birads for one in kept(desk)} == {"R": "1", "L": "1"}


def test_alt_and_a_letter_is_the_density_and_leaves_the_category(read_desk: ReadDesk) -> None:
    desk = read_desk()
    desk.key(Qt.Key.Key_2, ALT)
    desk.key(Qt.Key.Key_C, ALT)
    (one,) = kept(desk)
    assert (one.laterality, one.birads, one.density) == ("R", "2", "C")


def test_a_category_that_is_changed_supersedes_the_one_before(read_desk: ReadDesk) -> None:
    desk = read_desk()
    desk.key(Qt.Key.Key_4, ALT)
    desk.key(Qt.Key.Key_5, ALT)
    (one,) = kept(desk)
    key = desk.window.reading.library_key(desk.session.study.key)
    history = desk.window.reading.library.assessment_history(key)
    assert [older.birads for older in history] == ["4", "5"]
    assert one.supersedes == history[0].id
    assert all(older.reader and older.time for older in history)


def test_the_same_category_again_takes_it_back(read_desk: ReadDesk) -> None:
    desk = read_desk()
    desk.key(Qt.Key.Key_4, ALT)
    desk.key(Qt.Key.Key_4, ALT)
    assert kept(desk) == ()
    assert shown(desk)["R", "birads"] == "_"


def test_free_text_is_typed_without_commands_and_stored_on_leaving(read_desk: ReadDesk) -> None:
    desk = read_desk()
    desk.qtbot.keyClick(desk.window, Qt.Key.Key_F4)
    field = desk.window.side_panel.assessment.text
    assert field.hasFocus()
    layout = desk.session.layout
    desk.qtbot.keyClicks(field, "calm 4 C")
    desk.qtbot.keyClick(field, Qt.Key.Key_Escape)
    assert [(one.laterality, one.text) for one in kept(desk)] == [("", "calm 4 C")]
    assert desk.session.layout is layout


def test_text_that_is_being_typed_is_kept_when_the_window_closes(read_desk: ReadDesk, library_file: Path) -> None:
    desk = read_desk()
    key = desk.window.reading.library_key(desk.session.study.key)
    desk.qtbot.keyClick(desk.window, Qt.Key.Key_F4)
    desk.qtbot.keyClicks(desk.window.side_panel.assessment.text, "half a word")
    desk.window.close()
    with Library(library_file) as library:
        assert [one.text for one in library.assessments(key)] == ["half a word"]


def test_an_assessment_stands_there_again_after_reopening(read_desk: ReadDesk) -> None:
    desk = read_desk()
    desk.key(Qt.Key.Key_3, ALT)
    desk.window.close()
    again = read_desk()
    assert shown(again)["R", "birads"] == "3"


def test_scores_are_hidden_until_every_view_was_active(read_desk: ReadDesk) -> None:
    desk = read_desk(FakeEngine({"RCC": 0.1, "RMLO": 0.1, "LCC": 0.9, "LMLO": 0.9}))
    desk.scored()
    panel = desk.window.side_panel
    assert panel._study.words() == f"study {HIDDEN} (F3)"
    assert desk.session.overlay().predictions == {}
    for _ in range(4):  # and back to the first
        desk.key(Qt.Key.Key_Tab)
    assert panel._study.words() == "study 0.90 above"
    settled(desk)
    key = desk.window.reading.library_key(desk.session.study.key)
    assert [reveal.how for reveal in desk.window.reading.library.reveals(key)] == ["all views visited"]


def test_views_in_pairs_count_as_visited(read_desk: ReadDesk) -> None:
    desk = read_desk(FakeEngine())
    desk.scored()
    desk.key(Qt.Key.Key_C)
    assert desk.window.reading.silence
    desk.key(Qt.Key.Key_M)
    assert not desk.window.reading.silence


def test_hidden_scores_are_never_shown_as_negative(read_desk: ReadDesk) -> None:
    desk = read_desk(FakeEngine())
    desk.scored()
    panel = desk.window.side_panel
    words = " ".join(row.words() for row in (panel._study, *panel.breasts.values(), *panel.views.values()))
    assert "hidden" in words
    assert not any(word in words for word in ("below", "above", "not run", "0."))
    assert not any("cancer" in line for line in desk.session.drawing(0).texts.bottom)


def test_the_key_of_the_heat_map_says_why_there_is_none(read_desk: ReadDesk) -> None:
    desk = read_desk()
    desk.key(Qt.Key.Key_H)
    assert desk.window.status.message.text() == f"heat map: {HIDDEN} (F3)"
    desk.key(Qt.Key.Key_F3)
    desk.window.status.say("shown now")
    desk.key(Qt.Key.Key_H)
    desk.key(Qt.Key.Key_H)
    assert desk.window.status.message.text() == "shown now"


def test_f3_shows_the_classifier_and_is_logged(read_desk: ReadDesk) -> None:
    desk = read_desk(FakeEngine())
    desk.scored()
    desk.key(Qt.Key.Key_F3)
    assert desk.window.side_panel._study.words() == "study 0.70 above"
    settled(desk)
    key = desk.window.reading.library_key(desk.session.study.key)
    (reveal,) = desk.window.reading.library.reveals(key)
    assert reveal.how == "asked for"
    assert reveal.reader == desk.window.reading.reader


def test_ctrl_h_goes_through_the_modes(read_desk: ReadDesk) -> None:
    desk = read_desk(FakeEngine())
    desk.scored()
    modes = []
    for _ in range(3):
        desk.key(Qt.Key.Key_H, CTRL)
        modes.append(desk.window.side_panel.mode.text())
    assert modes == ["shown: concurrent", "shown: off", "shown: after my first look"]


def test_the_classifier_is_not_asked_while_it_is_off(make_desk: MakeDesk, library_file: Path, study: Path) -> None:
    desk = make_desk(FakeEngine(), library=library_file)
    desk.window.settings.change(reading_mode="off")
    desk.start_classifier()
    desk.open(study)
    settled(desk)
    assert desk.engine.calls == []
    desk.key(Qt.Key.Key_H, CTRL)
    desk.scored()
    assert len(desk.engine.calls) == 4


def test_a_score_survives_the_window(read_desk: ReadDesk) -> None:
    desk = read_desk(FakeEngine())
    desk.scored()
    settled(desk)
    desk.window.close()
    again = read_desk(FakeEngine())
    again.scored()
    assert again.engine.calls == []
    answer = again.session.predictions.prediction(again.session.study.images[0].key)
    assert answer.score == 0.7
    assert answer.heat_map is not None


def test_a_damaged_library_is_said_and_everything_goes_on(make_desk: MakeDesk, library_file: Path, study: Path) -> None:
    library_file.parent.mkdir()
    library_file.write_bytes(b"no library at all, but long enough to look like one" * 40)
    desk = make_desk(library=library_file)
    desk.qtbot.waitUntil(lambda: "no study library" in desk.window.status.message.text(), timeout=10_000)
    desk.open(study)
    desk.key(Qt.Key.Key_4, ALT)
    assert shown(desk)["R", "birads"] == "4"
    assert library_file.read_bytes().startswith(b"no library")


def test_a_read_only_library_is_said_once_and_what_is_done_stays_on_the_screen(
    make_desk: MakeDesk, library_file: Path, study: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    Library(library_file).close()
    monkeypatch.setattr(Library, "problem", property(lambda self: f"{self.path} is read-only"))
    desk = make_desk(library=library_file)
    desk.qtbot.waitUntil(lambda: "read-only" in desk.window.status.message.text(), timeout=10_000)
    desk.open(study)
    desk.key(Qt.Key.Key_4, ALT)
    assert shown(desk)["R", "birads"] == "4"
    desk.finish()
    assert desk.window.reading.words.startswith("read by ")


def test_a_library_that_another_program_locks_is_said_and_the_window_goes_on(
    make_desk: MakeDesk, library_file: Path, study: Path
) -> None:
    desk = make_desk(library=library_file)
    desk.open(study)
    settled(desk)
    with contextlib.closing(sqlite3.connect(library_file, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        desk.key(Qt.Key.Key_4, ALT)
        assert shown(desk)["R", "birads"] == "4"
        desk.qtbot.waitUntil(lambda: "locked" in desk.window.status.message.text(), timeout=20_000)
        other.execute("ROLLBACK")
    desk.key(Qt.Key.Key_C, ALT)
    assert [(one.birads, one.density) for one in kept(desk)] == [("4", "C")]
    key = desk.window.reading.library_key(desk.session.study.key)
    history = desk.window.reading.library.assessment_history(key)
    assert [(one.birads, one.density) for one in history] == [("4", ""), ("4", "C")]


def test_the_report_names_nobody_unless_asked_to(read_desk: ReadDesk, tmp_path: Path) -> None:
    desk = read_desk()
    desk.key(Qt.Key.Key_4, ALT)
    patient = desk.session.study.patient
    for identified in (False, True):
        path = tmp_path / f"report-{identified}.json"
        desk.window.commands.write_assessment(path, identified=identified)
        desk.qtbot.waitUntil(lambda: desk.window.status.message.text().startswith("written to"), timeout=20_000)
        text = path.read_text(encoding="utf-8")
        record = json.loads(text)
        assert record["schema"] == "mammoview.assessment/1"
        assert [one["birads"] for one in record["assessments"]] == ["4"]
        assert (patient.patient_id in text) is identified
        assert path.with_suffix(".pdf").read_bytes().startswith(b"%PDF")


def test_the_report_tells_what_the_library_does_not_hold_yet(
    read_desk: ReadDesk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk = read_desk()
    desk.key(Qt.Key.Key_4, ALT)
    image_key = desk.session.panes[0].header.key
    desk.window.bench.marks.do(image_key, put(Mark(MarkKind.ARROW, image_key, 1, ((10.0, 10.0), (20.0, 20.0)))))
    monkeypatch.setattr(desk.window.reading, "pending", lambda: 2)
    path = tmp_path / "report.json"
    desk.window.commands.write_assessment(path, identified=False)
    desk.qtbot.waitUntil(lambda: desk.window.status.message.text().startswith("written to"), timeout=20_000)
    record = json.loads(path.read_text(encoding="utf-8"))
    assert [one["birads"] for one in record["assessments"]] == ["4"]
    assert [(one["image_key"], one["body"]["kind"]) for one in record["marks"]] == [(image_key, "arrow")]


def test_f6_asks_where_the_assessment_goes(read_desk: ReadDesk) -> None:
    desk = read_desk()
    desk.key(Qt.Key.Key_F6)
    dialog = QApplication.activeModalWidget()
    assert dialog is not None
    assert dialog.windowTitle() == "Export assessment"
    dialog.close()
