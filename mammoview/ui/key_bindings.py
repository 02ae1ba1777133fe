"""Owns which keys a command has: those of its row, or those that the reader gave it. Never listens to the keyboard."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from PySide6.QtCore import QObject, Signal

from mammoview.core.errors import UsageError
from mammoview.services.settings import SettingsStore
from mammoview.services.words import translate
from mammoview.ui.action import Action
from mammoview.ui.actions import ACTIONS
from mammoview.ui.keystrokes import normal, shown

_OWN = {"Esc": "cancel", "Return": "single", "Space": ""}
"""Keys that mean something else as well, by the command that may have them."""


class KeyBindings(QObject):
    """`changed`: some command has other keys. `problem`: which of the kept keys are not used, and why; one line."""

    changed = Signal()

    def __init__(self, settings: SettingsStore, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._settings = settings
        self._own, dropped = usable(settings.value.keys)
        self.problem = ""
        if dropped:
            self.problem = self.tr("keys in the settings that are not used: {}").format("; ".join(dropped))

    def keys(self, action_id: str) -> tuple[str, ...]:
        """The keys of a command, in Qt's portable notation; the first is shown beside it."""
        return _keys_of(_ROWS[action_id], self._own)

    def first(self, action_id: str) -> str:
        """The first key as this platform writes it; empty where there is none."""
        return next((shown(key) for key in self.keys(action_id)), "")

    def all_shown(self, action_id: str) -> str:
        """All keys as this platform writes them."""
        return ", ".join(shown(key) for key in self.keys(action_id))

    def tip(self, *action_ids: str) -> str:
        """What commands are called, each with its first key behind it."""
        texts = [(_ROWS[action_id].name, self.first(action_id)) for action_id in action_ids]
        return ", ".join(f"{text}  ({key})" if key else text for text, key in texts)

    def with_key(self, text: str, action_id: str) -> str:
        """A text with the first key of a command behind it."""
        key = self.first(action_id)
        return f"{text} ({key})" if key else text

    def owner(self, key: str) -> Action | None:
        """The command that has a key."""
        return next((row for row in ACTIONS if key in self.keys(row.id)), None)

    def is_changed(self, action_id: str) -> bool:
        """Whether a command has other keys than those of its row."""
        return action_id in self._own

    @property
    def record(self) -> dict[str, list[str]]:
        """The keys of the commands that have others than those of their row."""
        return {action_id: list(keys) for action_id, keys in self._own.items()}

    # --- changing them

    def change(self, action_id: str, keys: Sequence[str]) -> None:
        """Give a command these keys. Raises UsageError where one of them cannot be its own."""
        names = [normal(key) for key in keys]
        for key, name in zip(keys, names, strict=True):
            self._check(action_id, key, name)
        kept = {**self._own, action_id: tuple(dict.fromkeys(names))}
        if kept[action_id] == defaults(_ROWS[action_id]):
            del kept[action_id]
        self._keep(kept)

    def add(self, action_id: str, key: str) -> None:
        """Give a command a further key. Raises UsageError as `change` does."""
        self.change(action_id, (*self.keys(action_id), key))

    def reset(self, action_id: str) -> None:
        """The keys of the command's row again. Raises UsageError where another command has one of them by now."""
        self.change(action_id, defaults(_ROWS[action_id]))

    def reset_all(self) -> None:
        """Every command has the keys of its row."""
        self._keep({})

    def take(self, record: Mapping[str, object]) -> tuple[str, ...]:
        """Use the keys of a record as of `record`, in place of all; returns what of it is not used, and why."""
        own, dropped = usable(record)
        self._keep(own)
        return dropped

    def _check(self, action_id: str, key: str, name: str) -> None:
        reason = _refusal(action_id, name)
        if reason:
            raise UsageError(f"{shown(key)}: {reason}", self.tr("press another key"))
        owner = self.owner(name)
        if owner is not None and owner.id != action_id:
            raise UsageError(
                self.tr("{} belongs to “{}”").format(shown(name), owner.name),
                self.tr("press another key, or take it from that command first"),
            )

    def _keep(self, own: dict[str, tuple[str, ...]]) -> None:
        if own != self._own:
            self._own = own
            self._settings.change(keys=self.record)
            self.changed.emit()


def usable(record: Mapping[str, object]) -> tuple[dict[str, tuple[str, ...]], tuple[str, ...]]:
    """The entries of a record {action id: [keys]} that can be used together, and for each other one why it cannot."""
    found: dict[str, tuple[str, ...]] = {}
    dropped: list[str] = []
    for action_id, keys in record.items():
        if action_id not in _ROWS:
            dropped.append(translate("KeyBindings", "{}: no such command").format(action_id))
            continue
        texts = [key for key in keys if isinstance(key, str)] if isinstance(keys, list) else None
        if texts is None or not isinstance(keys, list) or len(texts) != len(keys):
            dropped.append(translate("KeyBindings", "{}: not a list of keys").format(action_id))
            continue
        names = [normal(text) for text in texts]
        reasons = [f"{text}: {_refusal(action_id, name)}" for text, name in zip(texts, names, strict=True)]
        bad = next((line for line, name in zip(reasons, names, strict=True) if _refusal(action_id, name)), "")
        if bad:
            dropped.append(f"{action_id}: {bad}")
        elif tuple(names) != defaults(_ROWS[action_id]):
            found[action_id] = tuple(dict.fromkeys(names))
    while (clash := _clash(found)) is not None:
        key, loser, other = clash
        dropped.append(translate("KeyBindings", "{}: {} belongs to {}").format(loser, key, other))
        del found[loser]
    return found, tuple(dropped)


def _clash(own: Mapping[str, tuple[str, ...]]) -> tuple[str, str, str] | None:
    """A key that two commands have: the key, the one of them with keys of its own that comes last, and the other."""
    order = [*(row.id for row in ACTIONS if row.id not in own), *own]
    seen: dict[str, str] = {}
    for action_id in order:
        for key in _keys_of(_ROWS[action_id], own):
            if key in seen:
                return key, action_id, seen[key]
            seen[key] = action_id
    return None


def _refusal(action_id: str, name: str) -> str:
    """Why a key cannot be this command's; empty where it can."""
    if not name:
        return translate("KeyBindings", "not one key")
    if _OWN.get(name, action_id) == action_id:
        return ""
    reasons = {
        "Esc": translate("KeyBindings", "it closes dialogs and gives up what is being drawn"),
        "Return": translate("KeyBindings", "it opens what is chosen in lists, texts and dialogs"),
        "Space": translate("KeyBindings", "it moves the picture while it is held"),
    }
    return reasons[name]


def defaults(row: Action) -> tuple[str, ...]:
    """The keys of a row, by the names that `keystrokes` gives them."""
    return tuple(normal(key) for key in row.keys)


def _keys_of(row: Action, own: Mapping[str, Iterable[str]]) -> tuple[str, ...]:
    return tuple(own[row.id]) if row.id in own else _DEFAULTS[row.id]


_ROWS = {row.id: row for row in ACTIONS}
_DEFAULTS = {row.id: defaults(row) for row in ACTIONS}
