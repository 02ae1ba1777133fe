"""Owns which image stands in which pane, for each layout and each step of a hanging protocol, and which panes stand on
which of two monitors. No widgets, no pixels."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from mammoview.core.hanging import Hanging, Slot
from mammoview.core.protocol import HungPlace, HungStep, Link, Place, Scale, StudyRole
from mammoview.core.study import ImageHeader
from mammoview.reading.pictures import grid_of
from mammoview.services.words import translate


class Layout(StrEnum):
    """How many views stand beside each other."""

    FOUR = "four"
    CC = "cc"
    MLO = "mlo"
    SINGLE = "single"


@dataclass(frozen=True, slots=True)
class Pane:
    """A place in the grid of `rows` x `columns`; `slot` names the hang's place, None for an image outside it.

    `middle_right`: whether the line at which the chest walls of a pair meet is at the right; None: no pair. `place`:
    what a step of a protocol wants here. `in_turn`: the images that are shown here in turn, `header` among them.
    `prior`: the image is of an older study than the woman's newest.
    """

    row: int
    column: int
    rows: int
    columns: int
    slot: Slot | None
    header: ImageHeader | None
    middle_right: bool | None = None
    place: Place | None = None
    in_turn: tuple[ImageHeader, ...] = ()
    prior: bool = False

    @property
    def paired(self) -> bool:
        """Whether chest walls meet at the middle line."""
        return self.middle_right is not None

    @property
    def wall_right(self) -> bool:
        """Whether the middle line is at this pane's right."""
        return self.middle_right is True

    @property
    def missing(self) -> str:
        """What to say where there is no image."""
        if self.slot is not None:
            return translate("Pane", "no {} in this study").format(self.slot)
        if self.place is None or self.place.extra:
            return ""
        views = translate("Pane", " or ").join(self.place.views)
        wanted = f"{self.place.side}{views}{self.place.modifier or ''}"
        current, prior = translate("Pane", "no {} in this study"), translate("Pane", "no {} in the prior study")
        return (current if self.place.study is StudyRole.CURRENT else prior).format(wanted)


@dataclass(frozen=True, slots=True)
class Display:
    """What is known of the screen that a pane is on: device pixels per logical pixel, and per millimetre where the
    reader has calibrated it.
    """

    ratio: float = 1.0
    px_per_mm: float | None = None


@dataclass(frozen=True, slots=True)
class Spot:
    """The place of a pane on one of two monitors, the right or the left one, in the grid of the panes on it."""

    right: bool
    row: int
    column: int
    rows: int
    columns: int


_PAIRS = {Layout.CC: (Slot.RCC, Slot.LCC), Layout.MLO: (Slot.RMLO, Slot.LMLO)}


def panes_of(
    layout: Layout, hanging: Hanging, substitutes: Mapping[Slot, ImageHeader], single: ImageHeader | None
) -> tuple[Pane, ...]:
    """The panes of a layout. `substitutes` stand in for a slot's own image; `single` is the image to show alone."""
    if layout is Layout.SINGLE or not hanging.slots:
        header = single or next(iter((*hanging.shown, *hanging.extra)), None)
        slot = next((slot for slot, hung in {**hanging.slots, **substitutes}.items() if hung is header), None)
        return (Pane(0, 0, 1, 1, slot, header),) if header is not None else ()
    filled = set(hanging.slots) | set(substitutes)
    grid = (_PAIRS[layout],) if layout in _PAIRS else grid_of(tuple(slot for slot in Slot if slot in filled))
    return tuple(
        Pane(
            row,
            column,
            len(grid),
            len(places),
            slot,
            substitutes.get(slot, hanging.slots.get(slot)),
            column == 0 if len(places) == 2 else None,
        )
        for row, places in enumerate(grid)
        for column, slot in enumerate(places)
    )


def panes_of_step(
    step: HungStep, turn: int = 0, swapped: Mapping[tuple[int, int], ImageHeader] | None = None
) -> tuple[Pane, ...]:
    """The panes of a step; where images are shown in turn number `turn`, or the first where there are not as many.

    `swapped`: what stands in for the image of the place in this row and column.
    """
    panes = []
    for hung in step.places:
        header = hung.images[turn if turn < len(hung.images) else 0] if hung.images else None
        header = (swapped or {}).get((hung.row, hung.column), header)
        slot = _slot(hung)
        middle, place = hung.middle_right, hung.place
        pane = Pane(hung.row, hung.column, step.rows, step.columns, slot, header, middle, place, hung.images)
        panes.append(pane)
    return tuple(panes)


def _slot(hung: HungPlace) -> Slot | None:
    """The place of the four-view hang that this one is."""
    place = hung.place
    if place.study is not StudyRole.CURRENT or place.extra or place.modifier is not None or place.tomosynthesis:
        return None
    return next((slot for slot in Slot if slot == f"{place.side}{place.views[0]}"), None)


def layout_of(step: HungStep, hanging: Hanging) -> Layout | None:
    """The layout that shows just what the step shows; None where none does."""
    own = step.step
    if own.quadrants or own.alternate or own.scale is not Scale.SAME or own.link is not Link.MIRRORED:
        return None
    wanted = [_look(pane) for pane in panes_of_step(step)]
    layouts = (Layout.FOUR, Layout.CC, Layout.MLO) if hanging.slots else ()
    return next((one for one in layouts if [_look(p) for p in panes_of(one, hanging, {}, None)] == wanted), None)


def spread(panes: Sequence[Pane], *, alone_right: bool) -> tuple[Spot, ...]:
    """Where each pane stands on two monitors: the left half of the columns on the left one.

    Of an odd number of columns the left monitor has one more, unless that would part a pair of unequal neighbours. A
    single column stands on one monitor, the right one if `alone_right`.
    """
    columns = panes[0].columns if panes else 1
    if columns == 1:
        return tuple(Spot(alone_right, pane.row, 0, pane.rows, 1) for pane in panes)
    left = (columns + 1) // 2
    if columns % 2 and any(pane.column == left - 1 and pane.wall_right for pane in panes):
        left -= 1
    return tuple(
        Spot(True, pane.row, pane.column - left, pane.rows, columns - left)
        if pane.column >= left
        else Spot(False, pane.row, pane.column, pane.rows, left)
        for pane in panes
    )


def _look(pane: Pane) -> tuple[object, ...]:
    key = pane.header.key if pane.header else ""
    return pane.row, pane.column, pane.rows, pane.columns, key, pane.middle_right
