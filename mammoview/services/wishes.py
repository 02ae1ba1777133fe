"""Owns what the store is asked for: what is on the screen, what may be scrolled to, what may be opened next. No Qt."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from mammoview.core.hanging import Hanging, hang
from mammoview.core.image import FrameChoice
from mammoview.core.study import ImageHeader, Study
from mammoview.services.frames import FrameBook, middle_frame
from mammoview.services.image_cache import Wish
from mammoview.services.panes import Pane
from mammoview.services.worklist import Worklist

_PREFETCHED_CASES = (1, -1)
"""Whose views are loaded ahead: the next case's, and the one's before."""


def wishes_on_screen(
    panes: Sequence[Pane], hanging: Hanging, frames: FrameBook, holds: Callable[[str, FrameChoice], bool]
) -> tuple[Wish, ...]:
    """The pictures asked for, those shown in turn with them, the hung views; then those that stand on the screen until
    these are there (`holds` says which are).
    """
    in_panes = [pane.header for pane in panes if pane.header is not None]
    in_turn = [header for pane in panes for header in pane.in_turn]
    headers = {header.key: header for header in (*in_panes, *in_turn, *hanging.shown)}.values()
    asked = [Wish(header, frames.asked(header)) for header in headers]
    still = [
        Wish(header, frames.shown(header))
        for header in headers
        if frames.shown(header) != frames.asked(header) and holds(header.key, frames.shown(header))
    ]
    return (*asked, *still)


def wishes_soon(
    panes: Sequence[Pane],
    active: int,
    hanging: Hanging,
    frames: FrameBook,
    following: Sequence[ImageHeader] = (),
) -> tuple[Wish, ...]:
    """The frames that may be scrolled to in the active pane, the images of the step that follows, the tray's images,
    the frames of the other panes.
    """
    first = panes[active].header if panes else None
    shown = {pane.header.key for pane in panes if pane.header is not None} | {header.key for header in hanging.shown}
    stacks = [pane.header for pane in panes if pane.header is not None and pane.header.frames > 1]
    active_first = sorted(stacks, key=lambda header: header is not first)
    ahead = [[Wish(header, choice) for choice in frames.ahead(header)] for header in active_first]
    next_to_come = {header.key: header for header in (*following, *hanging.extra) if header.key not in shown}
    tray = [Wish(header, frames.asked(header)) for header in next_to_come.values()]
    return (*(ahead[0] if ahead else ()), *tray, *(wish for others in ahead[1:] for wish in others))


def wishes_later(worklist: Worklist, study: Study | None) -> tuple[Wish, ...]:
    """The hung views of the next case, of the same woman's other study, of the case before."""
    if study is None:
        return ()
    after, before = (worklist.step(study.key, by) for by in _PREFETCHED_CASES)
    following = (after, worklist.other(study.key), before)
    return tuple(Wish(header, middle_frame(header)) for one in following if one for header in hang(one.images).shown)
