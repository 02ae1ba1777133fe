"""Owns the rows and methods of the keys themselves, of the language, of the way from a score to its place, and of
density on one key."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mammoview.core.errors import UsageError
from mammoview.services.words import translate
from mammoview.ui.action import Action

if TYPE_CHECKING:
    from mammoview.ui.main_window import MainWindow

HELP_ACTIONS: tuple[Action, ...] = (
    Action("keys", "Keys", "Help", ("?", "F1"), "show_keys"),
    Action("change-keys", "Change keys…", "Help", ("Ctrl+Shift+K",), "change_keys"),
    Action("language", "Language…", "Help", ("Ctrl+Shift+L",), "choose_language"),
)
SCORE_ACTIONS: tuple[Action, ...] = (
    Action("density-in-turn", "Both breasts: density A to D in turn", "Reading", ("Alt+E", "Num+9"), "next_density"),
    Action("highest-score", "Go to the highest score", "Heat map", ("Shift+H", "Num+/"), "go_to_highest"),
)

_NEXT_DENSITY = {"A": "B", "B": "C", "C": "D"}


class KeypadCommands:
    """What `HELP_ACTIONS` and `SCORE_ACTIONS` call; a part of `Commands`."""

    _window: MainWindow

    def show_keys(self) -> None:
        from mammoview.ui.keys_sheet import keys_sheet

        window = self._window
        keys_sheet(window, window.bindings, self.change_keys, window.step_keys.rows()).open()

    def change_keys(self) -> None:
        from mammoview.ui.keys_editor import KeysEditor

        KeysEditor(self._window, self._window.bindings, self._window.runner).open()

    def choose_language(self) -> None:
        from mammoview.ui.language_dialog import LanguageDialog

        window = self._window
        dialog = LanguageDialog(window, window.settings.value.language)

        def choose() -> None:
            if dialog.chosen != window.settings.value.language:
                window.settings.change(language=dialog.chosen)
                window.status.say(translate("KeypadCommands", "the window speaks it from its next start on"))

        dialog.accepted.connect(choose)
        dialog.open()

    def go_to_highest(self) -> None:
        """The view with the highest score, at the place that the classifier means."""
        window = self._window
        if window.reading.silence:
            raise UsageError(window.reading.silence)
        if not window.score_guide.go_to_highest():
            raise UsageError(translate("KeypadCommands", "no view of this study has a score"))

    def next_density(self) -> None:
        """The next density for both breasts, from A; after D again A."""
        room = self._window.reading
        judged = [room.current.judgements.get(side) for side in ("R", "L")]
        given = {one.density if one is not None else "" for one in judged}
        before = given.pop() if len(given) == 1 else ""
        room.assess(("R", "L"), density=_NEXT_DENSITY.get(before, "A"))
