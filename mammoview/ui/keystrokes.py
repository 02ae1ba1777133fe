"""Owns what a keystroke is called: one name for it on every keyboard, in Qt's portable notation. Binds nothing."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import cast

from PySide6.QtCore import QKeyCombination, Qt
from PySide6.QtGui import QGuiApplication, QKeyEvent, QKeySequence

KEYPAD = "Num+"
"""What the names of the keypad's keys contain."""

_NO_KEYS = ("", "Shift", "Control", "Alt", "Meta", "AltGr")
_KEYPAD = Qt.KeyboardModifier.KeypadModifier
_SHIFT = Qt.KeyboardModifier.ShiftModifier
_ALT_GR = Qt.KeyboardModifier.GroupSwitchModifier
_CTRL_ALT = Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.AltModifier
_MODIFIERS = frozenset(
    {
        *(Qt.Key.Key_Shift, Qt.Key.Key_Control, Qt.Key.Key_Alt, Qt.Key.Key_Meta, Qt.Key.Key_AltGr),
        *(Qt.Key.Key_NumLock, Qt.Key.Key_CapsLock, Qt.Key.Key_ScrollLock, Qt.Key.Key_Mode_switch),
        *(Qt.Key.Key_Super_L, Qt.Key.Key_Super_R, Qt.Key.Key_Hyper_L, Qt.Key.Key_Hyper_R, Qt.Key.Key_Multi_key),
    }
)
"""Keys that change what others mean, locks among them: none of them is a command."""

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
    if not (shared or _on_keypad(modifiers)) and (digit := _digit_at(event.nativeScanCode())) is not None:
        key = Qt.Key.Key_0 + digit
    return _name(key, modifiers)


def normal(text: str) -> str:
    """A key's name as `stroke_of` gives it; empty where the text is not the name of one key."""
    sequence = QKeySequence(text, QKeySequence.SequenceFormat.PortableText)
    if sequence.count() != 1:
        return ""
    pressed = cast(Sequence[QKeyCombination], sequence)[0]  # so it is, though PySide's types do not tell
    name = _name(pressed.key(), pressed.keyboardModifiers())
    return "" if pressed.key() in _MODIFIERS or _bare(name) in _NO_KEYS else name


def shown(text: str) -> str:
    """A key's name as this platform writes it, in the window's language."""
    native, bare = _native(text.replace(KEYPAD, "", 1)), _native(_bare(text))
    return f"{native.removesuffix(bare)}Num {bare}" if KEYPAD in text else native


def same_key(stroke: str, key: str) -> bool:
    """Whether two names are of one key, whatever is held with it."""
    return _bare(stroke) == _bare(key) != ""


def _native(name: str) -> str:
    return QKeySequence(name).toString(QKeySequence.SequenceFormat.NativeText) or name


def _bare(name: str) -> str:
    """A key's name without what is held with it."""
    return "+" if name.endswith("+") else name.rpartition("+")[2]


def _digit_at(scan_code: int) -> int | None:
    first = _FIRST_OF_ROW.get(QGuiApplication.platformName())
    if first is None or not first <= scan_code < first + 10:
        return None
    return (scan_code - first + 1) % 10


def _on_keypad(modifiers: Qt.KeyboardModifier) -> bool:
    return bool(modifiers & _KEYPAD) and sys.platform != "darwin"  # macOS calls the arrows keys of the keypad


def _name(key: int, modifiers: Qt.KeyboardModifier) -> str:
    """The one name of a key that Qt may tell in several ways."""
    if _on_keypad(modifiers):
        key = _KEYPAD_PLACES.get(key, key)
    elif key == Qt.Key.Key_Enter:
        modifiers |= _KEYPAD
    elif key == Qt.Key.Key_Backtab:
        key, modifiers = Qt.Key.Key_Tab, modifiers | _SHIFT
    elif modifiers & _SHIFT and Qt.Key.Key_Space < key < Qt.Key.Key_Escape and not chr(key).isalnum():
        modifiers &= ~_SHIFT
    code = int((modifiers & ~_ALT_GR).value) | int(key)
    return QKeySequence(code).toString(QKeySequence.SequenceFormat.PortableText)
