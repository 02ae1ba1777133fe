"""Owns what one command is. Never lists them."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Action:
    """One command. `call` names a method of `Commands`; `keys` are in Qt's portable notation, the first is shown.

    `state` names a property of `Commands` for commands that are on or off. `held` ones act while the key is pressed.
    """

    id: str
    text: str
    menu: str
    keys: tuple[str, ...]
    call: str
    state: str = ""
    held: bool = False
    separate: bool = False
