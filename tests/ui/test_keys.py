"""Every command has a key, the keypad's among them, and the reader's own keys are in force wherever a key is shown."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from PySide6.QtCore import QEvent, Qt
from PySide6.QtGui import QGuiApplication, QKeyEvent
from PySide6.QtWidgets import QApplication, QLabel, QLineEdit, QPushButton
from pytestqt.qtbot import QtBot

from mammoview.core.errors import UsageError
from mammoview.services.settings import SettingsStore
from mammoview.ui.actions import ACTIONS, GESTURES, MENUS
from mammoview.ui.key_bindings import KeyBindings, defaults, usable
from mammoview.ui.keys_editor import KeysEditor
from mammoview.ui.keys_sheet import _Group, balanced, keys_sheet
from mammoview.ui.keystrokes import normal, stroke_of
from tests.ui.conftest import MakeDesk
from tests.ui.desk import Desk
from tests.ui.stepping import views

NONE = Qt.KeyboardModifier.NoModifier
SHIFT = Qt.KeyboardModifier.ShiftModifier
ALT = Qt.KeyboardModifier.AltModifier
CTRL = Qt.KeyboardModifier.ControlModifier
KEYPAD = Qt.KeyboardModifier.KeypadModifier


def pressed(key: Qt.Key, modifiers: Qt.KeyboardModifier = NONE, text: str = "", *, scan: int = 0) -> QKeyEvent:
    return QKeyEvent(QEvent.Type.KeyPress, key, modifiers, scan, 0, 0, text)


@pytest.fixture
def bindings(tmp_path: Path) -> KeyBindings:
    return KeyBindings(SettingsStore(tmp_path / "home"))


# --- names


@pytest.mark.parametrize(
    ("key", "modifiers", "name"),
    [
        (Qt.Key.Key_W, SHIFT, "Shift+W"),
        (Qt.Key.Key_Question, SHIFT, "?"),
        (Qt.Key.Key_Plus, CTRL | SHIFT, "Ctrl++"),
        (Qt.Key.Key_BracketLeft, Qt.KeyboardModifier.GroupSwitchModifier, "["),
        (Qt.Key.Key_Backtab, SHIFT, "Shift+Tab"),
        (Qt.Key.Key_1, KEYPAD, "Num+1"),
        (Qt.Key.Key_End, KEYPAD, "Num+1"),
        (Qt.Key.Key_Delete, KEYPAD, "Num+."),
        (Qt.Key.Key_Comma, KEYPAD, "Num+."),
        (Qt.Key.Key_Enter, KEYPAD, "Num+Enter"),
        (Qt.Key.Key_Shift, SHIFT, ""),
    ],
)
def test_a_keystroke_has_one_name(key: Qt.Key, modifiers: Qt.KeyboardModifier, name: str) -> None:
    assert stroke_of(pressed(key, modifiers)) == name


def test_the_number_row_is_digits_on_every_keyboard(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(QGuiApplication, "platformName", lambda: "xcb")
    assert stroke_of(pressed(Qt.Key.Key_QuoteDbl, ALT, scan=12)) == "Alt+3"
    assert stroke_of(pressed(Qt.Key.Key_3, ALT | SHIFT, scan=12)) == "Alt+Shift+3"
    assert stroke_of(pressed(Qt.Key.Key_BracketLeft, Qt.KeyboardModifier.GroupSwitchModifier, scan=17)) == "["


def test_every_command_has_a_key_and_a_name_for_it() -> None:
    for row in ACTIONS:
        assert row.keys, row.id
        assert tuple(row.keys) == defaults(row), row.id


@pytest.mark.parametrize("text", ["", "nonsense", "Ctrl+X, Ctrl+C", "Ctrl+", "Shift"])
def test_what_is_not_one_key_has_no_name(text: str) -> None:
    assert normal(text) == ""


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("Shift+Backtab", "Shift+Tab"),
        ("Backtab", "Shift+Tab"),
        ("Num+Del", "Num+."),
        ("Num+Ins", "Num+0"),
        ("Num+End", "Num+1"),
        ("Enter", "Num+Enter"),
        ("Shift+?", "?"),
        ("Shift+1", "Shift+1"),
    ],
)
def test_a_key_in_the_settings_is_called_as_when_it_is_pressed(text: str, name: str) -> None:
    assert normal(text) == name


def test_a_key_has_one_command_whatever_it_is_called(bindings: KeyBindings) -> None:
    owner = bindings.owner("Shift+Tab")
    assert owner is not None
    with pytest.raises(UsageError, match=owner.name):
        bindings.add("zoom-in", "Shift+Backtab")
    assert usable({"zoom-in": ["Shift+Backtab"]})[0] == {}


# --- the keypad


def test_a_screening_case_is_read_by_the_keypad_alone(desk: Desk) -> None:
    desk.key(Qt.Key.Key_Plus, KEYPAD)
    assert views(desk) == ["RCC", "LCC"]
    desk.key(Qt.Key.Key_Plus, KEYPAD)
    assert views(desk) == ["RMLO", "LMLO"]
    desk.key(Qt.Key.Key_Minus, KEYPAD)
    assert views(desk) == ["RCC", "LCC"]
    desk.key(Qt.Key.Key_6, KEYPAD)
    assert desk.session.walk.is_in_parts
    desk.key(Qt.Key.Key_1, KEYPAD)
    desk.key(Qt.Key.Key_9, KEYPAD)
    desk.key(Qt.Key.Key_9, KEYPAD)
    judged = desk.window.reading.current.judgements
    assert [(judged[side].birads, judged[side].density) for side in "RL"] == [("1", "B")] * 2
    desk.key(Qt.Key.Key_Enter, KEYPAD)
    assert str(desk.window.reading.current.state) == "read"


def test_the_keypad_means_the_same_without_num_lock(desk: Desk) -> None:
    desk.key(Qt.Key.Key_Right, KEYPAD)
    assert desk.session.walk.is_in_parts


def test_a_key_of_the_keypad_without_a_command_is_the_main_keyboards(desk: Desk) -> None:
    desk.window.bindings.change("both-birads-1", ["Alt+Shift+1"])
    desk.key(Qt.Key.Key_1, KEYPAD)
    assert desk.session.state(0).zoom > 1


def test_a_key_that_is_held_down_finishes_one_case(desk: Desk) -> None:
    finished = []
    desk.window.actions_by_id["finish"].triggered.connect(lambda: finished.append(1))
    for again in (False, True, True):
        for kind in (QEvent.Type.ShortcutOverride, QEvent.Type.KeyPress):
            event = QKeyEvent(kind, Qt.Key.Key_Enter, KEYPAD, "", again)
            QApplication.sendEvent(desk.window, event)
    assert finished == [1]


def test_the_keypad_types_into_a_text(desk: Desk) -> None:
    field = desk.window.side_panel.assessment.text
    field.setFocus()
    desk.qtbot.keyClick(field, Qt.Key.Key_1, KEYPAD)
    assert field.toPlainText() == "1"
    assert desk.window.reading.current.judgements.get("R") is None


def test_alt_with_a_digit_judges_also_while_a_text_is_written(desk: Desk) -> None:
    field = desk.window.side_panel.assessment.text
    field.setFocus()
    desk.qtbot.keyClick(field, Qt.Key.Key_2, ALT)
    assert field.toPlainText() == ""
    assert desk.window.reading.current.judgements["R"].birads == "2"
    desk.qtbot.keyClick(field, Qt.Key.Key_2)
    assert field.toPlainText() == "2"


# --- the reader's own keys


def test_a_new_key_acts_and_the_old_one_does_not(desk: Desk) -> None:
    desk.window.bindings.change("next-step", ["F20"])
    desk.key(Qt.Key.Key_N)
    assert len(desk.session.panes) == 4
    desk.key(Qt.Key.Key_F20)
    assert views(desk) == ["RCC", "LCC"]


def test_a_held_command_follows_its_key(desk: Desk) -> None:
    desk.window.bindings.change("previous-step", ["Shift+N"])
    desk.window.bindings.change("hold-heat", ["Num+-"])
    desk.qtbot.keyPress(desk.window, Qt.Key.Key_Minus, KEYPAD)
    assert desk.session.look.held
    desk.qtbot.keyRelease(desk.window, Qt.Key.Key_Minus, KEYPAD)
    assert not desk.session.look.held


def test_the_magnifier_goes_when_its_new_key_goes_up(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    desk.window.bindings.change("magnifier", ["Shift+M"])
    now = [0.0]
    monkeypatch.setattr("mammoview.ui.tool_commands.time.monotonic", lambda: now[0])
    desk.qtbot.keyPress(desk.window, Qt.Key.Key_M, SHIFT)
    now[0] = 1.0
    desk.qtbot.keyRelease(desk.window, Qt.Key.Key_Z)
    assert desk.window.bench.is_magnifying
    desk.qtbot.keyRelease(desk.window, Qt.Key.Key_M)
    assert not desk.window.bench.is_magnifying


def test_what_shows_a_key_shows_the_one_in_force(desk: Desk) -> None:
    window = desk.window
    for action_id, letter in (("heat", "H"), ("free-text", "F"), ("reading-mode", "R")):
        window.bindings.change(action_id, [f"Ctrl+Alt+{letter}"])
    assert "Ctrl+Alt+H" in window.actions_by_id["heat"].toolTip()
    assert "Ctrl+Alt+H" in window.side_panel._visible.toolTip()
    assert "Ctrl+Alt+F" in window.side_panel.assessment.text.placeholderText()
    assert "Ctrl+Alt+R" in window.side_panel.mode.toolTip()
    window.settings.change(reading_mode="off")
    assert window.reading.silence == "the classifier is off (Ctrl+Alt+R)"


def test_a_key_of_another_command_is_refused_and_says_whose_it_is(bindings: KeyBindings) -> None:
    with pytest.raises(UsageError, match="F belongs to “Fit”"):
        bindings.add("invert", "F")
    assert bindings.keys("invert") == ("I",)


@pytest.mark.parametrize(
    "key",
    [
        *(Qt.Key.Key_NumLock, Qt.Key.Key_CapsLock, Qt.Key.Key_ScrollLock, Qt.Key.Key_Super_L, Qt.Key.Key_Super_R),
        Qt.Key.Key_Multi_key,
    ],
)
def test_a_lock_is_no_keystroke(key: Qt.Key) -> None:
    assert stroke_of(pressed(key)) == ""


@pytest.mark.parametrize("key", ["Esc", "Space", "Return", "NumLock", "nonsense"])
def test_keys_that_the_program_needs_are_refused(bindings: KeyBindings, key: str) -> None:
    with pytest.raises(UsageError):
        bindings.change("invert", [key])


def test_only_changed_keys_are_kept(bindings: KeyBindings, tmp_path: Path) -> None:
    bindings.change("invert", ["Ctrl+I"])
    bindings.change("fit", ["Ctrl+Alt+F"])
    bindings.reset("fit")
    again = KeyBindings(SettingsStore(tmp_path / "home"))
    assert again.record == {"invert": ["Ctrl+I"]}
    again.reset_all()
    assert json.loads((tmp_path / "home" / "settings.json").read_text(encoding="utf-8"))["keys"] == {}


def test_two_commands_may_change_their_keys_with_each_other() -> None:
    swapped = {"invert": ["F"], "fit": ["I"]}
    assert usable(swapped) == ({"invert": ("F",), "fit": ("I",)}, ())


def test_what_cannot_be_used_is_said_in_one_line_and_the_rest_holds(make_desk: MakeDesk, mammoview_home: Path) -> None:
    kept = {"no-such": ["A"], "invert": ["F"], "fit": ["Ctrl+"], "reset": ["F20"], "native": 1}
    (mammoview_home / "settings.json").write_text(json.dumps({"keys": kept}), encoding="utf-8")
    desk = make_desk()
    said = desk.window.bindings.problem
    assert desk.window.bindings.record == {"reset": ["F20"]}
    assert all(name in said for name in ("no-such", "invert", "fit", "native"))
    assert "\n" not in said
    assert desk.window.status.message.text() == said


# --- the editor


@pytest.fixture
def editor(desk: Desk) -> KeysEditor:
    desk.do("change-keys")
    found = desk.window.findChild(KeysEditor)
    assert found is not None
    return found


def test_a_pressed_key_takes_the_place_of_the_old_one(desk: Desk, editor: KeysEditor) -> None:
    editor.choose("invert")
    editor.replace.click()
    desk.qtbot.keyClick(editor.catcher, Qt.Key.Key_F20)
    assert desk.window.bindings.keys("invert") == ("F20",)
    assert editor.items["invert"].text(1) == "F20"


def test_a_further_key_and_taking_one_away(desk: Desk, editor: KeysEditor) -> None:
    editor.choose("invert")
    editor.add.click()
    desk.qtbot.keyClick(editor.catcher, Qt.Key.Key_Tab, CTRL)
    assert desk.window.bindings.keys("invert") == ("I", "Ctrl+Tab")
    editor.chips[0].click()
    assert desk.window.bindings.keys("invert") == ("Ctrl+Tab",)
    editor.default.click()
    assert desk.window.bindings.keys("invert") == ("I",)


def test_the_editor_says_who_has_a_key(desk: Desk, editor: KeysEditor) -> None:
    editor.choose("invert")
    editor.replace.click()
    desk.qtbot.keyClick(editor.catcher, Qt.Key.Key_F)
    assert "F belongs to “Fit”" in editor.message.text()


def test_esc_leaves_the_key_and_the_dialog_as_they_are(desk: Desk, editor: KeysEditor) -> None:
    editor.choose("invert")
    editor.replace.click()
    desk.qtbot.keyClick(editor.catcher, Qt.Key.Key_Escape)
    assert editor.isVisible() and editor.catcher.isHidden()
    assert desk.window.bindings.keys("invert") == ("I",)


def test_a_command_is_found_by_word_and_by_key(desk: Desk, editor: KeysEditor) -> None:
    editor.search.setText("opaque")
    assert {name for name, item in editor.items.items() if not item.isHidden()} == {"opacity-up", "opacity-down"}
    editor.by_key.click()
    desk.qtbot.keyClick(editor.catcher, Qt.Key.Key_1, KEYPAD)
    assert editor.chosen == "both-birads-1"


def test_what_is_chosen_is_always_in_sight(desk: Desk, editor: KeysEditor) -> None:
    editor.choose("invert")
    editor.search.setText("next step")
    assert editor.chosen == "next-step"


def test_keys_go_to_another_machine_by_a_file(desk: Desk, editor: KeysEditor, tmp_path: Path) -> None:
    path, bindings = tmp_path / "keys.json", desk.window.bindings
    bindings.change("invert", ["F20"])
    editor.export_to(path)
    desk.qtbot.waitUntil(path.exists)
    bindings.reset_all()
    editor.import_from(path)
    desk.qtbot.waitUntil(lambda: bindings.keys("invert") == ("F20",))


def test_a_file_without_keys_is_refused(desk: Desk, editor: KeysEditor, tmp_path: Path) -> None:
    (tmp_path / "other.json").write_text("[]", encoding="utf-8")
    editor.import_from(tmp_path / "other.json")
    desk.qtbot.waitUntil(lambda: "holds no keys" in editor.message.text())


# --- the sheet


def test_the_sheet_shows_all_commands_with_the_keys_in_force(desk: Desk, qtbot: QtBot) -> None:
    desk.window.bindings.change("invert", ["F20"])
    sheet = keys_sheet(desk.window, desk.window.bindings, lambda: None)
    sheet.open()
    texts = {label.text() for label in sheet.findChildren(QLabel)}
    assert {row.text for row in ACTIONS} | {text for _, text in GESTURES} <= texts
    assert "F20" in texts
    sheet.close()


def test_the_sheet_is_searched_by_word_and_key(desk: Desk) -> None:
    sheet = keys_sheet(desk.window, desk.window.bindings, lambda: None)
    sheet.open()
    sheet.findChildren(QLineEdit)[0].setText("ctrl opaque")
    shown = {label.text() for label in sheet.findChildren(QLabel) if not label.isHidden()}
    assert shown == {"Heat map", "Ctrl+Up", "Ctrl+Down", "More opaque", "Less opaque"}
    sheet.close()


def test_the_sheet_leads_to_the_editor(desk: Desk) -> None:
    desk.do("keys")
    button = next(one for one in desk.window.findChildren(QPushButton) if one.text() == "Change keys…")
    button.click()
    assert desk.window.findChild(KeysEditor).isVisible()


@pytest.mark.parametrize("columns", [2, 3, 4])
def test_no_column_of_the_sheet_is_much_longer_than_another(columns: int) -> None:
    groups = [_Group(menu, tuple(("", row.text) for row in ACTIONS if row.menu == menu)) for menu in MENUS]
    lengths = [sum(group.lines for group in stack) for stack in balanced(groups, columns)]
    assert len(lengths) == columns
    assert max(lengths) - min(lengths) <= max(lengths) // 5
