"""Owns the rows and methods of what objects of other makers lay over the images."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mammoview.core.errors import UsageError
from mammoview.services.words import translate
from mammoview.ui.action import Action

if TYPE_CHECKING:
    from mammoview.ui.main_window import MainWindow

OVERLAID_ACTIONS: tuple[Action, ...] = (
    Action("overlaid", "Marks and maps of other makers", "View", ("Shift+O",), "toggle_overlaid", "has_overlaid"),
    Action("overlaid-list", "Marks and maps of other makers, one by one", "View", ("Alt+O",), "go_to_overlaid_list"),
    Action("state-area", "Part that the presentation state shows", "View", ("Shift+F",), "show_state_area"),
    Action("cad-point", "CAD of other makers: next operating point", "View", ("Shift+F3",), "next_cad_point"),
)


class OverlaidCommands:
    """What `OVERLAID_ACTIONS` call; a part of `Commands`."""

    _window: MainWindow

    def toggle_overlaid(self) -> None:
        book = self._window.overlaid
        book.set_shown(not book.shown)

    def go_to_overlaid_list(self) -> None:
        """The keys go to the list of them, until Escape."""
        window = self._window
        if not window.overlaid.listed:
            raise UsageError(translate("Commands", "this study has nothing of other makers"))
        if not window.overlaid.shown:
            key = window.bindings.first("overlaid")
            hint = translate("Commands", "{} shows them").format(key) if key else ""
            raise UsageError(translate("Commands", "marks and maps of other makers are hidden"), hint)
        window.fold_side_panel(False)
        if not window.overlaid_list.isVisible():
            cause = translate("Commands", "the list of other makers' marks and maps is not in sight")
            raise UsageError(cause, translate("Commands", "leave full screen first"))
        if not window.overlaid_list.take_keys():
            raise UsageError(translate("Commands", "none of other makers' marks and maps can be shown or hidden now"))

    def show_state_area(self) -> None:
        self._window.overlaid.look_at_area()

    def next_cad_point(self) -> None:
        book = self._window.overlaid
        if len(book.operating_points) < 2:
            raise UsageError(translate("Commands", "no CAD report of this study has optional findings"))
        point = book.next_operating_point()
        self._window.status.say(
            translate("Commands", "CAD operating point {}").format(point)
            if point
            else translate("Commands", "CAD: required findings only")
        )

    has_overlaid = property(lambda self: self._window.overlaid.shown)
