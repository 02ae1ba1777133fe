"""Owns what a keystroke is called: one name for it on every keyboard, in Qt's portable notation. Binds nothing."""

from __future__ import annotations

import sys

from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication, QKeyEvent, QKeySequence

KEYPAD = "Num+"
"""What the names of the keypad's keys contain."""

_ENTER = "Enter"
_NO_KEYS = ("", "Shift", "Control", "Alt", "Meta", "AltGr")
_KEYPAD = Qt.KeyboardModifier.KeypadModifier
_SHIFT = Qt.KeyboardModifier.ShiftModifier
_ALT_GR = Qt.KeyboardModifier.GroupSwitchModifier
_CTRL_ALT = Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.AltModifier
_MODIFIERS = (Qt.Key.Key_Shift, Qt.Key.Key_Control, Qt.Key.Key_Alt, Qt.Key.Key_Meta, Qt.Key.Key_AltGr)
_KEYPAD_PLACES: dict[int, Qt.Key] = {
    Qt.Key.Key_Insert: Qt.Key.Key_0,
    Qt.Key.Key_End: Qt.Key.Key_1,
    Qt.Key.Key_Down: Qt.Key.Key_2,
    Qt.Key.Key_PageDown: Qt.Key.Key_3,
    Qt.Key.Key_Left: Qt.Key.Key_4,
    Qt.Key.Key_Clear: Qt.Key.Key_5,
    Qt.Key.Key_Right: Qt.Key.Key_6,
    Qt.Key.Key_Home: Qt.Key.Key_7,
    Qt.Key.Key_Up: Qt.Key.Key_8,
    Qt.Key.Key_PageUp: Qt.Key.Key_9,
    Qt.Key.Key_Delete: Qt.Key.Key_Period,
    Qt.Key.Key_Comma: Qt.Key.Key_Period,
}
"""The keypad's key by what it says without Num Lock; its decimal key is a comma in some countries."""

_FIRST_OF_ROW = {"xcb": 10, "wayland": 10, "windows": 2}
"""The scan code of the key at the place of 1, by Qt platform; those of 2 to 9 and 0 follow."""


def stroke_of(event: QKeyEvent) -> str:
    """The name of the key that was pressed, with its modifiers: "Ctrl+Shift+Z", "?", "Num+1". Empty for a modifier.

    The keypad's keys have one name each, with Num Lock on and off; those of the number row are digits also where the
    keyboard has other signs on them. Shift is not named where it only makes the sign.
    """
    key, modifiers = event.key(), event.modifiers()
    if key in _MODIFIERS:
        return ""
    shared = modifiers & _ALT_GR or modifiers & _CTRL_ALT == _CTRL_ALT
    if modifiers & _KEYPAD and sys.platform != "darwin":  # macOS calls the arrows keys of the keypad
        key = _KEYPAD_PLACES.get(key, key)
    elif not shared and (digit := _digit_at(event.nativeScanCode())) is not None:
        key = Qt.Key.Key_0 + digit
    elif key == Qt.Key.Key_Backtab:
        key = Qt.Key.Key_Tab
    elif modifiers & _SHIFT and Qt.Key.Key_Space < key < Qt.Key.Key_Escape and not chr(key).isalnum():
        modifiers &= ~_SHIFT
    return _name(key, modifiers & ~_ALT_GR)


def normal(text: str) -> str:
    """A key's name as `stroke_of` gives it; empty where the text is not the name of one key."""
    sequence = QKeySequence(text, QKeySequence.SequenceFormat.PortableText)
    name = sequence.toString(QKeySequence.SequenceFormat.PortableText)
    if sequence.count() != 1 or _bare(name) in _NO_KEYS:
        return ""
    return f"{name.removesuffix(_ENTER)}{KEYPAD}{_ENTER}" if _bare(name) == _ENTER and KEYPAD not in name else name


def shown(text: str) -> str:
    """A key's name as this platform writes it."""
    native = QKeySequence(text).toString(QKeySequence.SequenceFormat.NativeText) or text
    return native.replace(KEYPAD, "Num ")


def same_key(stroke: str, key: str) -> bool:
    """Whether two names are of one key, whatever is held with it."""
    return _bare(stroke) == _bare(key) != ""


def _bare(name: str) -> str:
    """A key's name without what is held with it."""
    return "+" if name.endswith("+") else name.rpartition("+")[2]


def _digit_at(scan_code: int) -> int | None:
    first = _FIRST_OF_ROW.get(QGuiApplication.platformName())
    if first is None or not first <= scan_code < first + 10:
        return None
    return (scan_code - first + 1) % 10


def _name(key: int, modifiers: Qt.KeyboardModifier) -> str:
    return QKeySequence(int(modifiers.value) | int(key)).toString(QKeySequence.SequenceFormat.PortableText)
