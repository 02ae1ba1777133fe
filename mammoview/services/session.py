"""Owns what is being read: the worklist, the study on the screen, the layout or step that it stands in. No widgets.

The window shows what this object says and forwards what the reader does; how it looks is in `look`.
"""

from __future__ import annotations

from mammoview.core.hanging import Hanging, hang
from mammoview.core.protocol import HungStep
from mammoview.core.study import ImageHeader, Study
from mammoview.core.view_state import ViewState
from mammoview.services.panes import Layout, panes_of
from mammoview.services.stage import Stage
from mammoview.services.wishes import wishes_later
from mammoview.services.worklist import Worklist


class Session(Stage):
    """Its signals are those of `Stage`."""

    # --- studies

    def show_worklist(self, worklist: Worklist, study_key: str = "") -> None:
        """Show a new worklist, at once its first study or the one named; an empty one shows nothing.

        What is known of an image, and how it was looked at, holds only where its file is still the same.
        """
        known = self.store.recognise(worklist.stamps)
        self.predictions.keep(known)
        self.look.keep(known)
        self.worklist = worklist
        self._show(worklist.study(study_key) or (worklist.cases[0].current if worklist.cases else None))

    def show_study(self, study_key: str) -> None:
        """Show a study of the worklist; a study of the same woman keeps layout and position."""
        study = self.worklist.study(study_key)
        if study is None or study is self.study:
            return
        same = self.study is not None and self.worklist.case_of(self.study.key) == self.worklist.case_of(study_key)
        self._show(study, keep=same)

    def step_study(self, by: int) -> bool:
        """Show the case `by` further on; False at the ends of the worklist."""
        found = self.worklist.step(self.study.key, by) if self.study else None
        if found is not None:
            self.show_study(found.key)
        return found is not None

    def show_prior(self) -> bool:
        """Show the next older study of the same woman in place, after the oldest her newest; False if there is none."""
        found = self.worklist.other(self.study.key) if self.study else None
        if found is not None:
            self.show_study(found.key)
        return found is not None

    def _show(self, study: Study | None, *, keep: bool = False) -> None:
        shared = self.state(self.active) if keep and self.panes else ViewState()
        slot = self.panes[self.active].slot if keep and self.panes else None
        self.study = study
        self.hanging = hang(study.images) if study else Hanging({}, ())
        self._substitutes = {}
        self._single = self.hanging.slots.get(slot) if slot else None
        studies = self._studies_of_case()
        at = next((number for number, one in enumerate(studies) if one is study), 0)
        self._prior = frozenset(header.key for one in studies[1:] for header in one.images)
        before = self.walk.place
        self.walk.hang(study, studies[at + 1 :], keep=keep)
        mine = study.images if study else ()
        self._headers = {header.key: header for header in (*self.walk.priors, *mine)}
        self._states, self._looks_again = dict.fromkeys(self._headers, shared), {}
        if not keep:
            self.layout = Layout.FOUR
            self.active = 0
            self.frames.forget()
        self.layout = self.walk.start(before if keep else None, self.layout, self.hanging)
        self._scoring.begin(study)
        self.store.retry()
        self._later = wishes_later(self.worklist, study)
        self._lay(keep_active=keep)
        self._follow_step()
        self.study_changed.emit()
        self.step_changed.emit()
        self.ask_settled()

    def _studies_of_case(self) -> tuple[Study, ...]:
        index = self.worklist.case_of(self.study.key) if self.study else None
        return () if index is None else self.worklist.cases[index].studies

    @property
    def layout_below(self) -> Layout:
        """The layout that one image alone stands in place of, else that on the screen."""
        return self._back if self.layout is Layout.SINGLE else self.layout

    @property
    def stand_ins(self) -> dict[int, ImageHeader]:
        """The images that the reader has put into panes in place of their own, by the pane's number; also of those that
        one image alone stands in place of.
        """
        apart = self.walk.apart is not None
        put = {header.key for header in (self.walk.swapped if apart else self._substitutes).values()}
        panes = self.walk.panes() if apart else panes_of(self.layout_below, self.hanging, self._substitutes, None)
        shown = {number: pane.header for number, pane in enumerate(panes)}
        return {number: header for number, header in shown.items() if header is not None and header.key in put}

    @property
    def others(self) -> tuple[ImageHeader, ...]:
        """The images of the study that hang in none of the four views, and those of its priors that are in no step."""
        own = {header.key for header in self.hanging.extra}
        return (*self.hanging.extra, *(header for header in self.walk.tray if header.key not in own))

    # --- layouts

    def set_layout(self, layout: Layout) -> None:
        """Another layout of the same study, as hung; SINGLE shows the active image."""
        if layout is Layout.SINGLE:
            self.show_alone(self.active)
            return
        if self.layout is not layout or self.walk.apart is not None:
            self.layout = layout
            self.walk.choose_layout(layout, self.hanging)
            self._hang_anew()

    def show_alone(self, number: int) -> None:
        """The pane's image alone, or back to the layout or step before."""
        if self.layout is Layout.SINGLE:
            self.layout = self._back
        elif self.walk.apart is not None and len(self.panes) == 1:
            self.walk.clear()
        elif 0 <= number < len(self.panes):
            self._back, self.layout, self._single = self.layout, Layout.SINGLE, self.panes[number].header
        self.walk.parts = ()
        self._hang_anew()

    def show_in_active(self, header: ImageHeader) -> None:
        """Show an image of the study in the active pane; its own image there again puts it back."""
        if not self.panes:
            return
        slot = self.panes[self.active].slot
        if self.stands_apart:
            self.walk.swap(self.panes[self.active], header)
        elif self.layout is Layout.SINGLE or slot is None:
            self._single = header
        elif self._substitutes.get(slot) is header:
            del self._substitutes[slot]
        else:
            self._substitutes[slot] = header
        self._states[header.key] = ViewState()
        self._lay(keep_active=True)

    def step_active(self, by: int) -> None:
        """Where one image stands alone the next image of the study, else the next pane."""
        images = (*self.hanging.shown, *self.hanging.extra)
        if images and not self.stands_apart and (self.layout is Layout.SINGLE or not self.hanging.slots):
            at = next((n for n, header in enumerate(images) if header is self._single), 0)
            self._single = images[(at + by) % len(images)]
            self._lay()
        elif self.panes:
            self.activate((self.active + by) % len(self.panes))

    # --- steps of the hanging protocol

    def show_step(self, step: HungStep, *, part: int = 0) -> None:
        """A step of the study's protocol as hung, and the part of it with this number, -1 for the last."""
        self.layout = self.walk.enter(step, self.hanging, part=part) or Layout.FOUR
        self._substitutes = {}
        self._hang_anew()

    def show_part(self, number: int) -> None:
        """Look at a part of the breast, by its number within `walk.parts`."""
        self.walk.part = number
        self._look_everywhere(self.walk.parts[number])

    def show_turn(self, step: HungStep) -> None:
        """The other images of a step whose images are shown in turn, at the same position."""
        states = [self.state(number) for number in range(len(self.panes))]
        if self.layout is Layout.SINGLE:
            self.layout = self._back
        self.walk.take_turn(step)
        self._follow_step()
        self._lay(keep_active=True)
        for pane, state in zip(self.panes, states, strict=False):
            if pane.header is not None:
                self._states[pane.header.key] = state
        self.step_changed.emit()

    # --- as the reader left it

    @property
    def links(self) -> tuple[bool, bool]:
        """Whether zoom and pan are linked: as the reader wants it, and in the step on the screen."""
        return self.linked_by_reader, self.linked

    def link_again(self, links: tuple[bool, bool]) -> None:
        """Link as `links` said of the same step; where none stands apart any more, as the reader wants it."""
        own, shown = links
        self.linked = own if self.walk.apart is None else shown
        self._linked_before = own if own is not self.linked else None

    @property
    def heat_wanted(self) -> bool:
        """Whether the heat map is shown, or will be again in a step that does not hide it."""
        return self.look.heat.visible or self._heat_before

    def show_heat_again(self, wanted: bool) -> None:
        """Show the heat map as `heat_wanted` said of the same step."""
        self._heat_before = wanted and self.heat_masked
        self.look.set_heat(visible=wanted and not self.heat_masked)

    def _hang_anew(self) -> None:
        self._follow_step()
        self._states = dict.fromkeys(self._states, ViewState())
        self._lay()
        self.step_changed.emit()

    def _follow_step(self) -> None:
        """Link and heat map as the step wants them, or again as the reader has set them."""
        self._looks_again = {}
        self.linked, self._linked_before = self.linked_by_reader, None
        if self.walk.links is not None and self.walk.links is not self.linked:
            self._linked_before, self.linked = self.linked, self.walk.links
        if self.heat_masked == self.look.heat.visible and (self.heat_masked or self._heat_before):
            self._heat_before = self.heat_masked
            self.look.set_heat(visible=not self.heat_masked)
