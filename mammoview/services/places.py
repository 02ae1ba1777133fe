"""Owns what a place within a study is, as JSON: the step or layout that it stands in, the part or turn of it, the
active view, and per view where one looks, which frame is shown and in which greys. No files.

What a record tells wrongly, or of what is no longer there, is passed over.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from mammoview.core.errors import MammoviewError
from mammoview.core.image import FrameChoice, Projection
from mammoview.core.study import ImageHeader
from mammoview.core.view_state import MAX_ZOOM, MIN_ZOOM, ViewState
from mammoview.core.window import VoiFunction, VoiWindow
from mammoview.services.frames import middle_frame
from mammoview.services.look import OwnGreys
from mammoview.services.panes import Layout, layout_of
from mammoview.services.session import Session

_FARTHEST_MM = 10_000.0
_FARTHEST_VALUE = 1e12
_NARROWEST = 1e-12
_LONGEST_TEXT = 200


def place_in(session: Session) -> dict[str, Any]:
    """Where the reader is in the study on the screen."""
    walk = session.walk
    step, apart, part = walk.place
    layout = session.layout_below
    on_step = step is not None and (apart or layout_of(step, session.hanging) is layout)
    header = session.panes[session.active].header if session.panes else None
    as_hung = walk.parts[walk.part] if walk.parts else ViewState()
    images = session.images
    return {
        "step": step.id if step is not None and on_step else "",
        "layout": str(session.layout),
        "below": str(layout),
        "view": header.key if header is not None else "",
        "part": part,
        "prior": walk.turn == 1,
        "stand_ins": {str(number): one.key for number, one in session.stand_ins.items()},
        "linked": list(session.links),
        "heat": [session.heat_wanted, walk.heat_asked],
        "looks": {
            one.key: [look.zoom, look.down_mm, look.away_mm]
            for one in images
            if (look := session.state_of(one.key)) != as_hung
        },
        "frames": {one.key: _frames_told(session, one) for one in images if _scrolled(session, one)},
        "invert": session.look.invert,
        "greys": {
            one.key: {**_greys_told(own), "file": _file_told(session, one)}
            for one in images
            if (own := session.look.own_greys(one.key)) != OwnGreys()
        },
        **{name: part.told() for name, part in session.placed.items()},
    }


def go_to(session: Session, place: Mapping[str, Any]) -> None:
    """Go where `place_in` was, as far as the study has it still."""
    _hang(session, place)
    keys = [pane.header.key if pane.header else "" for pane in session.panes]
    view, alone = place.get("view"), place.get("layout") == Layout.SINGLE
    if view in keys:
        session.activate(keys.index(view))
    if alone and session.panes and (len(keys) > 1 or not session.stands_apart):
        session.show_alone(session.active)
    other = session.header(view) if isinstance(view, str) and len(session.panes) == 1 else None
    if other is not None and session.panes[0].header is not other:
        session.show_in_active(other)
    _scroll(session, place.get("frames"))
    looks = {key: state for key, told in _items(place.get("looks")) if (state := _state(told)) is not None}
    session.look_again(looks)
    _grey(session, place)
    for name, part in session.placed.items():
        part.take(place.get(name))


def _hang(session: Session, place: Mapping[str, Any]) -> None:
    """Go to the step, or into the layout, as the reader had set it up."""
    walk = session.walk
    step = walk.hung.find(str(place.get("step", ""))) if walk.hung else None
    layout = str(place.get("below", place.get("layout", "")))
    links, heat = _two(place.get("linked")), _two(place.get("heat"))
    walk.heat_asked = walk.heat_asked if heat is None else heat[1]
    if step is not None:
        session.show_step(step, part=_number(place.get("part")))
    elif layout in tuple(Layout) and layout != Layout.SINGLE:
        session.set_layout(Layout(layout))
    if place.get("prior") is True:
        turned = walk.in_turn(session.panes)
        if turned is not None:
            session.show_turn(turned)
    if links is not None:
        session.link_again(links)
    if heat is not None:
        session.show_heat_again(heat[0])
    numbers = {str(number): number for number in range(len(session.panes))}
    for told, key in _items(place.get("stand_ins")):
        header = session.header(str(key))
        if told in numbers and header is not None and session.panes[numbers[told]].header is not header:
            session.activate(numbers[told])
            session.show_in_active(header)


def _state(told: object) -> ViewState | None:
    """The record of a ViewState; None where it is none."""
    numbers = told if isinstance(told, list) else []
    if len(numbers) != 3 or not all(_is_within(one, _FARTHEST_MM) for one in numbers):
        return None
    zoom, down_mm, away_mm = map(float, numbers)
    return ViewState(zoom, down_mm, away_mm) if MIN_ZOOM <= zoom <= MAX_ZOOM else None


# --- frames of multi-frame images


def _scrolled(session: Session, header: ImageHeader) -> bool:
    return header.frames > 1 and session.frames.asked(header) != middle_frame(header)


def _frames_told(session: Session, header: ImageHeader) -> list[Any]:
    asked = session.frames.asked(header)
    return [asked.frame, asked.slab, str(asked.projection)]


def _scroll(session: Session, told: object) -> None:
    choices = []
    for key, one in _items(told):
        header, choice = session.header(key), _choice(one)
        if header is not None and header.frames > 1 and choice is not None:
            choices.append((header, choice))
    session.ask_frames(choices)


def _choice(told: object) -> FrameChoice | None:
    if not isinstance(told, list) or len(told) != 3:
        return None
    frame, slab, projection = told
    if not (_number(frame) and _number(slab) and projection in tuple(Projection)):
        return None
    return FrameChoice(frame, slab, Projection(projection))


# --- greys


def _greys_told(own: OwnGreys) -> dict[str, Any]:
    window = own.window
    told = None if window is None else [window.center, window.width, str(window.function), window.falls]
    return {"voi": own.voi, "window": told, "put_by": own.put_by}


def _file_told(session: Session, header: ImageHeader) -> list[int] | None:
    """What tells that the image's file was written anew; None where that is not known."""
    stamp = session.worklist.stamps.get(header.key)
    return None if stamp is None else [stamp.size, stamp.written_ns]


def _grey(session: Session, place: Mapping[str, Any]) -> None:
    """What was chosen for an image holds only where its file is still the same."""
    for key, told in _items(place.get("greys")):
        header, own = session.header(key), _greys(told)
        if header is None or own is None or own.voi >= max(1, len(header.grey.vois)):
            continue
        if isinstance(told, dict) and told.get("file") == _file_told(session, header):
            session.look.resume(key, own)
    if isinstance(place.get("invert"), bool):
        session.look.set_invert(place["invert"])


def _greys(told: object) -> OwnGreys | None:
    """The record of what was chosen for an image; None where it is none."""
    if not isinstance(told, dict):
        return None
    voi, put_by, window = _number(told.get("voi")), told.get("put_by"), _window(told.get("window"))
    if window is None and told.get("window") is not None:
        return None
    return OwnGreys(voi, window, put_by if isinstance(put_by, str) and len(put_by) <= _LONGEST_TEXT else "")


def _window(told: object) -> VoiWindow | None:
    if not isinstance(told, list) or len(told) != 4:
        return None
    center, width, function, falls = told
    if not (_is_within(center, _FARTHEST_VALUE) and _is_within(width, _FARTHEST_VALUE) and isinstance(falls, bool)):
        return None
    if width < _NARROWEST or function not in tuple(VoiFunction):
        return None
    try:
        return VoiWindow(float(center), float(width), VoiFunction(function), falls=falls)
    except MammoviewError:
        return None


# --- records


def _items(told: object) -> list[tuple[str, object]]:
    return [(str(key), one) for key, one in told.items()] if isinstance(told, Mapping) else []


def _two(told: object) -> tuple[bool, bool] | None:
    if not isinstance(told, list) or len(told) != 2 or not all(isinstance(one, bool) for one in told):
        return None
    return told[0], told[1]


def _is_within(told: object, farthest: float) -> bool:
    """Whether it is a number that is not beyond `farthest`; no truth value is one."""
    return isinstance(told, int | float) and not isinstance(told, bool) and abs(told) <= farthest


def _number(told: object) -> int:
    return told if isinstance(told, int) and not isinstance(told, bool) and told > 0 else 0
