"""Owns the rows and methods of going through a study by the steps of its hanging protocol."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mammoview.services.panes import Layout
from mammoview.ui.action import Action

if TYPE_CHECKING:
    from mammoview.ui.main_window import MainWindow

STEP_ACTIONS: tuple[Action, ...] = (
    Action("next-step", "Next step", "Study", ("N", "Num++"), "next_step", separate=True),
    Action("previous-step", "Previous step", "Study", ("Shift+N", "Num+-"), "previous_step"),
    Action("next-part", "Next part at 1:1", "Study", ("Q", "Num+6"), "next_part"),
    Action("previous-part", "Previous part at 1:1", "Study", ("Shift+Q",), "previous_part"),
    Action("next-extra", "Next of the other images, in this view", "Study", ("Ctrl+J",), "next_extra"),
    Action("cc-step", "Step: CC pair", "View", ("2", "Num+2"), "cc_step", separate=True),
    Action("mlo-step", "Step: MLO pair", "View", ("3", "Num+3"), "mlo_step"),
    Action("compare", "Current against prior", "View", ("8", "Num+8"), "compare", "is_comparing"),
    Action("in-turn", "Current and prior in place, in turn", "View", ("J",), "toggle_turn", "is_prior_in_place"),
)


class StepCommands:
    """What `STEP_ACTIONS` call; a part of `Commands`."""

    _window: MainWindow

    def next_step(self) -> None:
        self._window.steps.next_step()

    def previous_step(self) -> None:
        self._window.steps.previous_step()

    def next_part(self) -> None:
        self._window.steps.next_part()

    def previous_part(self) -> None:
        self._window.steps.previous_part()

    def next_extra(self) -> None:
        self._window.steps.next_extra()

    def cc_step(self) -> None:
        self._window.steps.go_to("cc", Layout.CC)

    def mlo_step(self) -> None:
        self._window.steps.go_to("mlo", Layout.MLO)

    def compare(self) -> None:
        self._window.steps.compare()

    def toggle_turn(self) -> None:
        self._window.steps.toggle_turn()

    is_comparing = property(lambda self: self._window.session.walk.compares)
    is_prior_in_place = property(lambda self: self._window.session.walk.turn == 1)
