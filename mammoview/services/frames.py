"""Owns which frame of each multi-frame image is asked for, which one is shown, and which will be next. No Qt.

The picture on the screen stays until the frame that was asked for is there; its texts are its own.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from mammoview.core.image import FrameChoice
from mammoview.core.study import ImageHeader

SLABS = (1, 3, 5, 9, 0)
"""Slab thicknesses in frames, in turn; 0 stands for all frames."""

_AHEAD, _BEHIND, _AROUND = 12, 2, 3


def middle_frame(header: ImageHeader) -> FrameChoice:
    """What an image shows first: its middle frame."""
    return FrameChoice((header.frames + 1) // 2)


def settled(choice: FrameChoice, count: int) -> FrameChoice:
    """`choice` within an image of `count` frames, equal for equal pictures."""
    frame, slab = min(max(1, choice.frame), count), min(max(1, choice.slab), count)
    return FrameChoice(frame) if slab == 1 else replace(choice, frame=frame, slab=slab)


@dataclass(slots=True)
class _Place:
    asked: FrameChoice
    shown: FrameChoice
    towards: int = 0


class FrameBook:
    """Choices by the image's key; an image that was never asked for another frame is at its middle one."""

    def __init__(self) -> None:
        self._places: dict[str, _Place] = {}

    def asked(self, header: ImageHeader) -> FrameChoice:
        """The frame or slab that the reader wants."""
        return self._place(header).asked

    def shown(self, header: ImageHeader) -> FrameChoice:
        """The frame or slab whose picture stands on the screen: the last one asked for that was in memory."""
        return self._place(header).shown

    def ask(self, header: ImageHeader, choice: FrameChoice) -> bool:
        """Ask for another frame or slab; False where it is the one asked for already."""
        place, choice = self._place(header), settled(choice, header.frames)
        if choice == place.asked:
            return False
        moved = choice.frame - place.asked.frame
        if moved:
            far = abs(moved) > header.frames // 2  # the loop's seam: on in the same direction
            place.towards = (1 if moved > 0 else -1) * (-1 if far else 1)
        place.asked = choice
        return True

    def arrived(self, header: ImageHeader, there: Callable[[FrameChoice], bool]) -> bool:
        """Show what was asked for if it is `there`; True where that changes the picture."""
        place = self._place(header)
        if place.shown == place.asked or not there(place.asked):
            return False
        place.shown = place.asked
        return True

    def ahead(self, header: ImageHeader) -> tuple[FrameChoice, ...]:
        """The frames that may be asked for next, the likeliest first: on in the direction of scrolling, or around."""
        place, count = self._place(header), header.frames
        inside = place.asked.frames(count)
        if place.towards:
            front, back = (inside[-1], inside[0]) if place.towards > 0 else (inside[0], inside[-1])
            numbers = [front + place.towards * step for step in range(1, _AHEAD + 1)]
            numbers += [back - place.towards * step for step in range(1, _BEHIND + 1)]
        else:
            numbers = [edge for step in range(1, _AROUND + 1) for edge in (inside[-1] + step, inside[0] - step)]
        wrapped = dict.fromkeys((number - 1) % count + 1 for number in numbers)
        return tuple(FrameChoice(number) for number in wrapped if number not in inside)

    def forget(self) -> None:
        """Every image is at its middle frame again."""
        self._places.clear()

    def _place(self, header: ImageHeader) -> _Place:
        place = self._places.get(header.key)
        if place is None:
            first = middle_frame(header)
            place = self._places[header.key] = _Place(first, first)
        return place
