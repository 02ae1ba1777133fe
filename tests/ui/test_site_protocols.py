"""A site's own hanging protocols: what is wrong with one is said, and stays said."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from PySide6.QtCore import QEvent, Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QApplication, QLabel, QPlainTextEdit

from mammoview.commands.doctor import hanging
from tests.factories import write_mammogram
from tests.ui.conftest import MakeDesk
from tests.ui.stepping import views


@pytest.fixture
def broken(mammoview_home: Path) -> Path:
    """A site's protocol with a mistake."""
    path = mammoview_home / "hanging" / "ours.json"
    path.parent.mkdir(parents=True)
    path.write_text('{"schema": 1, "name": "ours", "steps": [{"id": "cc"}]}', encoding="utf-8")
    return path


def test_a_protocol_that_cannot_be_used_is_counted_as_long_as_the_window_is_open(
    make_desk: MakeDesk, study: Path, broken: Path
) -> None:
    desk = make_desk()
    assert str(broken) in desk.window.status.message.text()
    desk.open(study)
    assert str(broken) not in desk.window.status.message.text()
    assert desk.window.status.refused.text() == "1 file refused"
    (study / "broken.dcm").write_bytes(b"DICM" * 40)
    desk.open(study)
    assert desk.window.status.refused.text() == "2 files refused"
    desk.do("refused")
    (text,) = desk.window.findChildren(QPlainTextEdit, "refusedLines")
    assert text.toPlainText().index("broken.dcm") < text.toPlainText().index(str(broken))


def test_doctor_names_the_protocols_and_what_is_wrong_with_one(broken: Path) -> None:
    record = hanging()
    assert record["protocols"] == ["screening with priors", "screening"]
    assert record["site"] == str(broken.parent)
    (problem,) = record["problems"]
    assert problem.startswith(f"{broken}: steps[0].label: is missing")


def pair(step_id: str, view: str, key: str) -> dict[str, object]:
    places = [{"side": side, "view": view} for side in "RL"]
    return {"id": step_id, "label": f"Our {view}", "key": key, "rows": 1, "columns": 2, "places": places}


def held(key: Qt.Key, modifiers: Qt.KeyboardModifier) -> QKeyEvent:
    """What comes again and again from a key that is held."""
    return QKeyEvent(QEvent.Type.KeyPress, key, modifiers, "M", autorep=True)


def test_a_key_of_a_step_leads_there_unless_a_command_has_it(
    make_desk: MakeDesk, study: Path, mammoview_home: Path
) -> None:
    steps = [
        pair("cc", "CC", "H"),
        pair("ours", "MLO", "Shift+M"),
        pair("also", "MLO", "shift+m"),
        pair("no", "CC", "?!"),
    ]
    folder = mammoview_home / "hanging"
    folder.mkdir(parents=True)
    (folder / "ours.json").write_text(json.dumps({"schema": 1, "name": "ours", "steps": steps}), encoding="utf-8")
    desk = make_desk()
    said = [line.partition("the key ")[2] for line in desk.window.status.refused_lines]
    assert [line.partition(" (")[0] for line in said] == [
        "H belongs to “Heat map”",
        "shift+m belongs to the step “ours”",
        "?! is not the name of one key",
    ]
    desk.open(study)
    assert views(desk) == ["RCC", "LCC"]
    desk.key(Qt.Key.Key_M, Qt.KeyboardModifier.ShiftModifier)
    desk.settle()
    assert views(desk) == ["RMLO", "LMLO"] and desk.session.walk.step.id == "ours"
    with desk.qtbot.assertNotEmitted(desk.session.step_changed):
        QApplication.sendEvent(desk.window, held(Qt.Key.Key_M, Qt.KeyboardModifier.ShiftModifier))
    desk.do("library")
    desk.do("keys")
    labels = [label.text() for label in desk.window.findChildren(QLabel)]
    assert labels[labels.index("Steps of the hanging protocol") + 1 :][:2] == ["Shift+M", "Our MLO"]


def test_the_tray_and_the_top_bar_count_the_same(make_desk: MakeDesk, study: Path) -> None:
    for number, modifiers in enumerate((("ID",), ("S",))):
        write_mammogram(study / f"{number}.dcm", "L", "CC", rows=480, columns=360, seed=number, modifiers=modifiers)
    desk = make_desk()
    desk.open(study)
    assert desk.window.study_panel.tray.count() == 2
    assert desk.window.top_bar.study.text().endswith("2 more")
