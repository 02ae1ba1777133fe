"""Owns where the reader is in a hanging protocol: which step, which part of a breast, which turn. No pixels."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from mammoview.core.errors import MammoviewError
from mammoview.core.hanging import Hanging
from mammoview.core.protocol import (
    HeatUse,
    HungProtocol,
    HungStep,
    Link,
    Place,
    Protocol,
    Scale,
    Step,
    StudyRole,
    match,
)
from mammoview.core.quadrants import FixedView, pair_states, quadrant_states
from mammoview.core.study import ImageHeader, Laterality, Study, View
from mammoview.core.view_state import ViewState
from mammoview.reading.protocols import choose
from mammoview.services.panes import Layout, Pane, layout_of, panes_of_step
from mammoview.services.scene import Scene
from mammoview.services.words import step_label, translate


class Walk:
    """`hung`: the protocol with the images of the study on the screen and of its priors, None where none is for it.

    `step`: the place in its sequence, None before the first step. `apart`: what stands on the screen where that is no
    layout of the window. `turn`: 0 for the current images, 1 for the prior's. `part`: the number (from 0) within
    `parts`, the states of the view that show one part of the breast after the other; these are known once the images
    are there, and -1 stands for the last one until then. `is_true_size`: these show the breast as large as it is.
    """

    def __init__(self, protocols: Sequence[Protocol] = ()) -> None:
        self.protocols = tuple(protocols)
        self.hung: HungProtocol | None = None
        self.step: HungStep | None = None
        self.apart: HungStep | None = None
        self.turn = 0
        self.part = 0
        self.parts: tuple[ViewState, ...] = ()
        self.is_true_size = False
        self.heat_asked = False
        self._study: Study | None = None
        self._priors: tuple[Study, ...] = ()
        self._swapped: dict[tuple[int, int], ImageHeader] = {}

    # --- the study

    def hang(self, study: Study | None, priors: Sequence[Study], *, keep: bool = False) -> None:
        """Another study with its older ones, the newest of them first. `keep`: of the same woman, whose heat map stays
        as asked for.
        """
        self._study, self._priors = study, tuple(priors)
        protocol = choose(self.protocols, study, self._priors) if study else None
        self.hung = match(protocol, study, self._priors) if protocol and study else None
        self.step = None
        self.heat_asked = keep and self.heat_asked
        self.clear()

    @property
    def priors(self) -> tuple[ImageHeader, ...]:
        """The images of the older studies that a protocol can name."""
        return tuple(header for study in self._priors[: len(StudyRole) - 1] for header in study.images)

    @property
    def tray(self) -> tuple[ImageHeader, ...]:
        """The images that no place of the protocol names, those of the current study first; of an older study only
        where some place is for it, as the whole of it is shown by itself.
        """
        if self.hung is None:
            return ()
        steps = self.hung.protocol.steps
        named = {place.study for step in steps for place in step.places} | {StudyRole.CURRENT}
        named |= {StudyRole.PRIOR} if any(step.alternate for step in steps) else set()
        return tuple(header for role, headers in self.hung.tray.items() if role in named for header in headers)

    # --- where it is

    @property
    def place(self) -> tuple[HungStep | None, bool, int]:
        """The step, whether it stands apart, and the part: what `start` takes."""
        return self.step, self.apart is not None and self.apart is self.step, self.part

    def start(self, before: tuple[HungStep | None, bool, int] | None, layout: Layout, hanging: Hanging) -> Layout:
        """Go to the first step, or as far as the study has it to the `place` before, of the woman's other study.

        `layout` is that on the screen; returns the layout that is to be there. A study of which nothing hangs in the
        four views begins before its first step.
        """
        if self.hung is None:
            return layout
        stood, apart, part = before or (None, True, 0)
        step = self.hung.find(stood.id) if stood else None
        if layout is Layout.SINGLE:
            self.step = step
            return layout
        if not apart and (step is None or layout_of(step, hanging) is not layout):
            self.choose_layout(layout, hanging)
            return layout
        step = step or (self.hung.next() if hanging.slots else None)
        shown = self.enter(step, hanging) if step else layout
        self.part = part if stood and step and step.id == stood.id else 0
        return shown or Layout.FOUR

    def enter(self, step: HungStep, hanging: Hanging, *, part: int = 0) -> Layout | None:
        """Go to a step, to the part of it with this number, -1 for the last; returns the layout that shows it, None
        where it stands apart."""
        self.clear()
        layout = layout_of(step, hanging)
        self.step, self.apart = step, None if layout else step
        self.part = part
        return layout

    def choose_layout(self, layout: Layout, hanging: Hanging) -> None:
        """The reader has chosen a layout: the sequence goes on from the first step that shows it, if there is one."""
        self.clear()
        steps = [step for step in (self.hung.steps if self.hung else ()) if layout_of(step, hanging) is layout]
        if steps and self.step not in steps:
            self.step = steps[0]

    def clear(self) -> None:
        """What stands apart is left; the place in the sequence stays."""
        self.apart, self.turn, self.part, self.parts = None, 0, 0, ()
        self._swapped = {}

    def take_turn(self, step: HungStep) -> None:
        """Show the other images of a step whose images are shown in turn; at first those of the prior."""
        turn = 1 - self.turn if self.apart is step else 1
        self.clear()
        self.apart, self.turn = step, turn

    def swap(self, pane: Pane, header: ImageHeader) -> None:
        """Another image in the place of a pane of the step apart; the same one again puts the place's own back."""
        place = (pane.row, pane.column)
        if self._swapped.get(place) is header:
            del self._swapped[place]
        else:
            self._swapped[place] = header

    def panes(self) -> tuple[Pane, ...]:
        """The panes of the step apart."""
        return panes_of_step(self.apart, self.turn, self._swapped) if self.apart else ()

    @property
    def swapped(self) -> Mapping[tuple[int, int], ImageHeader]:
        """The images that the reader has put into places of the step apart, by row and column."""
        return self._swapped

    # --- what it asks for

    @property
    def following(self) -> tuple[ImageHeader, ...]:
        """The images that will be asked for next: those of the next step, and the tray."""
        if self.hung is None:
            return ()
        after = self.hung.next(self.step.id if self.step else None)
        return (*(after.images if after else ()), *self.tray)

    @property
    def hides_heat(self) -> bool:
        """Whether the step keeps the heat map off, and the reader has not asked for it in this study."""
        return self.step is not None and self.step.step.heat is HeatUse.HIDDEN and not self.heat_asked

    @property
    def links(self) -> bool | None:
        """Whether zoom and pan are shared in the step apart; None where the reader's own choice holds."""
        return None if self.apart is None else self.apart.step.link is Link.MIRRORED

    @property
    def each_fits(self) -> bool:
        """Whether each image fills its place, at a scale of its own."""
        return self.apart is not None and self.apart.step.scale is Scale.FIT

    @property
    def compares(self) -> bool:
        """Whether images of more than one study stand beside each other."""
        return self.apart is not None and shows_studies(self.apart)

    def words(self) -> str:
        """ "3 of 11: CC pair at 1:1, part by part   part 2 of 6", as far as there is something to say."""
        shown = self.apart or self.step
        if self.hung is None or shown is None:
            return ""
        found = [step_label(shown.step.label)]
        if shown in self.hung.steps:
            number, count = self.hung.steps.index(shown) + 1, len(self.hung.steps)
            found = [translate("Walk", "{} of {}: {}").format(number, count, found[0])]
        if self.parts and self.apart is not None and self.apart.step.quadrants:
            found.append(translate("Walk", "part {} of {}").format(self.part + 1, len(self.parts)))
        if self.parts and self.apart is not None and self.apart.step.scale is Scale.TRUE_SIZE:
            found.append(_true_size_words() if self.is_true_size else _instead_of_true_size_words())
        if self.apart is not None and self.apart.step.alternate:
            found.append(translate("Walk", "prior shown") if self.turn else translate("Walk", "current shown"))
        return "   ".join(found)

    # --- part by part

    @property
    def is_in_parts(self) -> bool:
        return self.apart is not None and self.apart.step.quadrants

    def find_parts(self, scene: Scene) -> ViewState | None:
        """Where to look now that all images are there; None where the step is seen whole or the panes are too small."""
        if self.apart is None or self.apart.step.scale not in (Scale.NATIVE, Scale.TRUE_SIZE) or self.parts:
            return None
        views = [_fixed(scene, number) for number in sorted(scene.images)]
        true = scene.true_zoom() if self.apart.step.scale is Scale.TRUE_SIZE else None
        self.is_true_size = true is not None
        zoom = true or max((scene.native_zoom(number) for number in scene.images), default=1.0)
        try:
            self.parts = _parts(views, scene.px_per_mm, zoom) if self.is_in_parts else (ViewState(zoom),)
        except MammoviewError:
            return None
        if not self.parts:
            return None
        self.part = len(self.parts) - 1 if self.part < 0 else min(self.part, len(self.parts) - 1)
        return self.parts[self.part]

    # --- current and prior in turn

    def in_turn(self, panes: Sequence[Pane]) -> HungStep | None:
        """The step that shows in these panes the current images and the prior's in turn, or the next one of the
        protocol that does; None where no view is in both studies.
        """
        if self.apart is not None and self.apart.step.alternate:
            return self.apart
        made = self._alternating(panes)
        if made is not None or self.hung is None:
            return made
        return next((step for step in self.hung.steps if step.step.alternate), None)

    def _alternating(self, panes: Sequence[Pane]) -> HungStep | None:
        places = [_place(pane) for pane in panes]
        named = tuple(place for place in places if place is not None)
        if self._study is None or not panes or len(named) < len(panes):
            return None
        step = Step("in-turn", "Current and prior in turn", panes[0].rows, panes[0].columns, named, alternate=True)
        found = match(Protocol("in turn", (step,)), self._study, self._priors).steps
        if not found or len(found[0].places) != len(panes):
            return None
        same = all(pane.header in (None, hung.header) for pane, hung in zip(panes, found[0].places, strict=True))
        return found[0] if same else None


def _true_size_words() -> str:
    return translate("Walk", "true size")


def _instead_of_true_size_words() -> str:
    return translate("Walk", "1:1, as the screen is not calibrated or the pixel spacing not known")


def shows_studies(step: HungStep) -> bool:
    """Whether images of more than one study stand beside each other."""
    return len({hung.place.study for hung in step.places if hung.images}) > 1


def _place(pane: Pane) -> Place | None:
    """What a pane shows of the current study, as a place; None where that cannot be told."""
    if pane.place is not None:
        return None if pane.place.extra or pane.place.study is not StudyRole.CURRENT else pane.place
    if pane.slot is not None:
        return Place(side=Laterality(pane.slot[0]), views=(View(pane.slot[1:]),))
    header = pane.header
    if header is None or header.laterality is Laterality.UNKNOWN or header.view is View.UNKNOWN:
        return None
    return Place(side=header.laterality, views=(header.view,))


def _fixed(scene: Scene, number: int) -> FixedView:
    prepared = scene.images[number]
    spacing, meets = scene.spacings[prepared.image.key], scene.meets(number)
    return FixedView(prepared, scene.first_frame(number), spacing, meets, scene.half_px)


def _parts(views: Sequence[FixedView], px_per_mm: float, zoom: float) -> tuple[ViewState, ...]:
    """The states that show all of the breasts: of each two views together, of a single one alone."""
    found: dict[ViewState, None] = {}
    for number in range(0, len(views) - 1, 2):
        found |= dict.fromkeys(pair_states(views[number], views[number + 1], px_per_mm=px_per_mm, zoom=zoom))
    if len(views) % 2:
        one = views[-1]
        states = quadrant_states(
            one.prepared, one.frame, px_per_mm=px_per_mm, spacing=one.spacing, zoom=zoom, meet=one.meet
        )
        found |= dict.fromkeys(states)
    return tuple(found)
