"""Owns what a place within a study is, as JSON: the step or layout that it stands in, and the active view. No files."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from mammoview.services.panes import Layout, layout_of
from mammoview.services.session import Session


def place_in(session: Session) -> dict[str, Any]:
    """Where the reader is in the study on the screen."""
    step, apart, _ = session.walk.place
    on_step = step is not None and (apart or layout_of(step, session.hanging) is session.layout)
    header = session.panes[session.active].header if session.panes else None
    return {
        "step": step.id if step is not None and on_step else "",
        "layout": str(session.layout),
        "view": header.key if header is not None else "",
    }


def go_to(session: Session, place: Mapping[str, Any]) -> None:
    """Go where `place_in` was, as far as the study has it still."""
    step = session.walk.hung.find(str(place.get("step", ""))) if session.walk.hung else None
    layout = str(place.get("layout", ""))
    if step is not None:
        session.show_step(step)
    elif layout in tuple(Layout) and layout != Layout.SINGLE:
        session.set_layout(Layout(layout))
    keys = [pane.header.key if pane.header else "" for pane in session.panes]
    view = place.get("view")
    if view in keys:
        session.activate(keys.index(view))
        if layout == Layout.SINGLE and len(keys) > 1:
            session.show_alone(keys.index(view))
