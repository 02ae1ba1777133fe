"""Owns which image stands in which pane of the window, for each layout. No Qt, no pixels."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from mammoview.core.hanging import Hanging, Slot
from mammoview.core.study import ImageHeader
from mammoview.reading.pictures import grid_of


class Layout(StrEnum):
    """How many views stand beside each other."""

    FOUR = "four"
    CC = "cc"
    MLO = "mlo"
    SINGLE = "single"


@dataclass(frozen=True, slots=True)
class Pane:
    """A place in the grid of `rows` x `columns`; `slot` names the hang's place, None for an image outside it."""

    row: int
    column: int
    rows: int
    columns: int
    slot: Slot | None
    header: ImageHeader | None

    @property
    def paired(self) -> bool:
        """Whether chest walls meet at the middle line."""
        return self.columns == 2

    @property
    def wall_right(self) -> bool:
        """Whether the middle line is at this pane's right."""
        return self.column == 0


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
        Pane(row, column, len(grid), len(places), slot, substitutes.get(slot, hanging.slots.get(slot)))
        for row, places in enumerate(grid)
        for column, slot in enumerate(places)
    )
