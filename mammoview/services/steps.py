"""Owns the reader's way through a study by the steps of its hanging protocol: what each key of it does."""

from __future__ import annotations

from mammoview.core.errors import UsageError
from mammoview.core.protocol import HungProtocol, HungStep
from mammoview.services.panes import Layout
from mammoview.services.session import Session
from mammoview.services.walk import shows_studies
from mammoview.services.words import translate


class Steps:
    """Each method raises UsageError, in the reader's words, where there is nothing to go to."""

    def __init__(self, session: Session) -> None:
        self._session = session

    @property
    def _hung(self) -> HungProtocol:
        hung = self._session.walk.hung
        if hung is None:
            raise UsageError(translate("Steps", "no hanging protocol is for this study"))
        return hung

    @property
    def _here(self) -> str | None:
        """The id of the step in the sequence; None before the first."""
        step = self._session.walk.step
        return step.id if step else None

    # --- steps

    def next_step(self) -> None:
        """The next step; after the last one of a study the next case."""
        walk = self._session.walk
        following = walk.hung.next(self._here) if walk.hung else None
        if following is not None:
            self._session.show_step(following)
        elif not self._session.step_study(1):
            raise UsageError(translate("Steps", "this was the last step of the last study"))

    def previous_step(self) -> None:
        """The step before; one that is gone through part by part begins anew."""
        before = self._before()
        self._session.show_step(before)

    def _before(self) -> HungStep:
        before = self._hung.previous(self._here) if self._here else None
        if before is None:
            raise UsageError(translate("Steps", "this is the first step of the study"))
        return before

    def go_to(self, step_id: str, layout: Layout | None = None) -> None:
        """The step that shows what this id stands for; where there is none, the layout."""
        walk = self._session.walk
        found = walk.hung.find(step_id) if walk.hung else None
        if found is not None:
            self._session.show_step(found)
        elif layout is not None:
            self._session.set_layout(layout)
        else:
            raise UsageError(translate("Steps", "this study has no such step"))

    def compare(self) -> None:
        """The first step that shows the current study and a prior beside each other."""
        found = next((step for step in self._hung.steps if shows_studies(step)), None)
        if found is None:
            raise UsageError(translate("Steps", "there is no prior study to compare with"))
        self._session.show_step(found)

    # --- part by part

    def next_part(self) -> None:
        """The next part of the breasts; after the last one the next step. From a step that is seen whole the next one
        that is gone through part by part.
        """
        walk = self._session.walk
        if not walk.is_in_parts:
            self._session.show_step(self._in_parts_after())
        elif walk.part + 1 < len(walk.parts):
            self._session.show_part(walk.part + 1)
        elif walk.parts:
            self.next_step()

    def previous_part(self) -> None:
        """The part before; before the first one the step before, at its last part where it has any."""
        walk = self._session.walk
        if walk.is_in_parts and walk.part > 0:
            self._session.show_part(walk.part - 1)
        elif walk.parts or not walk.is_in_parts:
            self._session.show_step(self._before(), part=-1)

    def _in_parts_after(self) -> HungStep:
        steps = self._hung.steps
        here = next((number for number, step in enumerate(steps) if step.id == self._here), -1)
        found = next((step for step in (*steps[here + 1 :], *steps[: here + 1]) if step.step.quadrants), None)
        if found is None:
            raise UsageError(translate("Steps", "no step of this study is gone through part by part"))
        return found

    # --- prior and tray

    def toggle_turn(self) -> None:
        """The prior's images in place of the current ones, and back."""
        step = self._session.walk.in_turn(self._session.panes)
        if step is None:
            raise UsageError(translate("Steps", "there is no prior study with these views"))
        self._session.show_turn(step)

    def next_extra(self) -> None:
        """The next of the other images in the active pane; after the last one the pane's own again."""
        session = self._session
        tray = session.others
        if not tray or not session.panes:
            raise UsageError(translate("Steps", "there are no further images in this study"))
        shown = session.panes[session.active].header
        at = next((number for number, header in enumerate(tray) if header is shown), -1)
        if at + 1 < len(tray):
            session.show_in_active(tray[at + 1])
        elif at >= 0:
            session.show_in_active(tray[at])
