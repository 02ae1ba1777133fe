"""Owns what a place within a study is, as JSON: the step or layout that it stands in, the part or turn of it, the
active view, and where one looks in each view. No files.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from mammoview.core.view_state import MAX_ZOOM, MIN_ZOOM, ViewState
from mammoview.services.panes import Layout, layout_of
from mammoview.services.session import Session

_FARTHEST_MM = 10_000.0


def place_in(session: Session) -> dict[str, Any]:
    """Where the reader is in the study on the screen."""
    walk = session.walk
    step, apart, part = walk.place
    on_step = step is not None and (apart or layout_of(step, session.hanging) is session.layout)
    header = session.panes[session.active].header if session.panes else None
    shown = [(pane.header, session.state(number)) for number, pane in enumerate(session.panes)]
    return {
        "step": step.id if step is not None and on_step else "",
        "layout": str(session.layout),
        "view": header.key if header is not None else "",
        "part": part,
        "prior": walk.turn == 1,
        "looks": {
            one.key: [look.zoom, look.down_mm, look.away_mm]
            for one, look in shown
            if one is not None and look != ViewState() and not walk.is_in_parts
        },
    }


def go_to(session: Session, place: Mapping[str, Any]) -> None:
    """Go where `place_in` was, as far as the study has it still."""
    step = session.walk.hung.find(str(place.get("step", ""))) if session.walk.hung else None
    layout = str(place.get("layout", ""))
    if step is not None:
        session.show_step(step, part=_number(place.get("part")))
    elif layout in tuple(Layout) and layout != Layout.SINGLE:
        session.set_layout(Layout(layout))
    if place.get("prior") is True:
        turned = session.walk.in_turn(session.panes)
        if turned is not None:
            session.show_turn(turned)
    keys = [pane.header.key if pane.header else "" for pane in session.panes]
    view = place.get("view")
    if view in keys:
        session.activate(keys.index(view))
        if layout == Layout.SINGLE and len(keys) > 1:
            session.show_alone(keys.index(view))
    _look(session, place.get("looks"))


def _look(session: Session, looks: object) -> None:
    """Look at each view where it was looked at; those of linked views are alike."""
    for key, told in looks.items() if isinstance(looks, dict) else ():
        state = _state(told)
        if state is not None:
            session.set_state_alone(key, state)


def _state(told: object) -> ViewState | None:
    """The record of a ViewState; None where it is none."""
    numbers = told if isinstance(told, list) else []
    if len(numbers) != 3 or not all(isinstance(one, int | float) and abs(one) <= _FARTHEST_MM for one in numbers):
        return None
    zoom, down_mm, away_mm = map(float, numbers)
    return ViewState(zoom, down_mm, away_mm) if MIN_ZOOM <= zoom <= MAX_ZOOM else None


def _number(told: object) -> int:
    return told if isinstance(told, int) and told > 0 else 0
