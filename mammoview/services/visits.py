"""Owns which views count as looked at by what is on the screen. Keeps nothing, and no widgets.

A view counts as visited when its picture was shown in a layout of at most two panes, or at one to one, or in the active
pane.
"""

from __future__ import annotations

from collections.abc import Collection

from mammoview.services.session import Session

_FEW_PANES = 2
_AT_ONE_TO_ONE = 0.999


def newly_seen(session: Session, visited: Collection[str]) -> list[str]:
    """The keys of the images that count as visited by what is on the screen now, and were not `visited` before."""
    seen = []
    mine = {header.key for header in session.study.images} if session.study else set()
    for number, pane in enumerate(session.panes):
        key = pane.header.key if pane.header is not None else ""
        if key not in mine or key in visited or session.image(number) is None or session.waits(number):
            continue
        if len(session.panes) <= _FEW_PANES or number == session.active or _at_one_to_one(session, number):
            seen.append(key)
    return seen


def _at_one_to_one(session: Session, number: int) -> bool:
    scene = session.scene
    if scene is None or number not in scene.images:
        return False
    return session.state(number).zoom >= _AT_ONE_TO_ONE * scene.native_zoom(number)
