"""Owns what one command is. Never lists them."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import QCoreApplication

CONTEXT = "Action"
"""Where Qt's translation finds the words of the table of actions."""


def in_window(text: str) -> str:
    """A text of the table of actions in the window's language."""
    return QCoreApplication.translate(CONTEXT, text)


@dataclass(frozen=True, slots=True)
class Action:
    """One command. `call` names a method of `Commands`; `keys` are in Qt's portable notation, the first is shown.

    `text` and `menu` are English, as in tables and documents; `name` is what the window shows. `state` names a property
    of `Commands` for commands that are on or off. `held` ones act while the key is pressed.
    """

    id: str
    text: str
    menu: str
    keys: tuple[str, ...]
    call: str
    state: str = ""
    held: bool = False
    separate: bool = False

    @property
    def name(self) -> str:
        """What it is called in the window's language."""
        return in_window(self.text)
