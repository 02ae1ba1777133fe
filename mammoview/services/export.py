"""Owns the making of pictures that leave the window: a frozen request, drawn and written in the background."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from mammoview.core.errors import UsageError
from mammoview.core.hanging import Frame, millimetres_per_px, native_frame, native_scale
from mammoview.core.render import Drawing
from mammoview.core.view_state import ViewState
from mammoview.dicom.identity import export_name
from mammoview.dicom.picture_writer import write_picture
from mammoview.reading.pictures import MAX_PICTURE_PX, Reading, native_drawing
from mammoview.services.jobs import Ticket
from mammoview.services.panes import Pane
from mammoview.services.scene import compose, grid_frames, make_scene
from mammoview.services.session import Session
from mammoview.services.words import translate


class Part(StrEnum):
    """What is exported."""

    VIEW = "view"
    HANG = "hang"


@dataclass(frozen=True, slots=True, eq=False)
class Picture:
    """All that one picture is made of; nothing of it changes with the window any more.

    `shrunk`: what of native resolution is left where the picture would be too large, 1 where it is not.
    """

    panes: tuple[Pane, ...]
    frames: tuple[Frame, ...]
    drawings: Mapping[int, Drawing]
    shrunk: float = 1.0

    def draw(self) -> NDArray[np.uint8]:
        """The picture, RGB."""
        return compose(self.panes, self.frames, self.drawings)

    def spacing_mm(self) -> tuple[float, float] | None:
        """Millimetres per picture pixel (rows, columns), where all of the picture has the same and it is known."""
        drawing = next(iter(self.drawings.values()))
        spacing = drawing.prepared.image.spacing
        return None if spacing is None else millimetres_per_px(drawing.placement, spacing)

    @property
    def size_note(self) -> str:
        """Why this is not native resolution, though that was asked for; empty where it is."""
        if self.shrunk >= 1:
            return ""
        words = translate("Picture", "shrunk to {} %, as a picture has at most {} pixels a side")
        return words.format(f"{100 * self.shrunk:.0f}", MAX_PICTURE_PX)

    @property
    def identity_note(self) -> str:
        """Which views may name the woman by letters among their pixels; empty where no file says so."""
        headers = [drawing.prepared.header for drawing in self.drawings.values()]
        named = ", ".join(header.side_view for header in headers if header.burned_in_annotation)
        words = translate("Picture", "patient identity may be burned into the pixels: {}")
        return words.format(named) if named else ""


@dataclass(frozen=True, slots=True, eq=False)
class ExportJob:
    """Draws a picture and writes it to `path`; the suffix names the format."""

    picture: Picture
    path: Path

    def __call__(self, ticket: Ticket) -> Path:
        pixels = self.picture.draw()
        if not ticket.cancelled():
            write_picture(self.path, pixels, spacing_mm=self.picture.spacing_mm())
        return self.path


def make_picture(session: Session, part: Part, *, native: bool, identified: bool) -> Picture:
    """The picture of the active view or of all panes, as seen or at native resolution.

    Raises UsageError where there is no image, or where one is there as a preview only.
    """
    scene = session.scene
    numbers = [session.active] if part is Part.VIEW else list(range(len(session.panes)))
    shown = [number for number in numbers if scene is not None and number in scene.images]
    if scene is None or not shown:
        cause = translate("Picture", "there is no image to export")
        raise UsageError(cause, translate("Picture", "open a study first"))
    if any(scene.images[number].image.preview for number in shown):
        raise UsageError(
            translate("Picture", "the image is still loading"), translate("Picture", "export it when it is there")
        )
    if not native:
        seen = scene.on_one_screen() if part is Part.HANG else scene
        drawings = {number: session.drawing(number, identified=identified, scene=seen) for number in shown}
        made = {number: _unselected(drawing) for number, drawing in drawings.items() if drawing is not None}
        if part is Part.VIEW:
            return Picture(
                (_alone(session.panes[session.active]),), (scene.frames[session.active],), {0: made[session.active]}
            )
        return Picture(session.panes, seen.frames, made)
    if part is Part.HANG:
        return _native_hang(session, shown, identified)
    overlay = session.overlay()
    reading = Reading(overlay.predictions, overlay.model, overlay.operating_point, identified, overlay.heat_below)
    bare = native_drawing(scene.images[session.active], session.presentation(session.active), reading)
    drawing = _unselected(session.dress(bare))
    return Picture((_alone(session.panes[session.active]),), (drawing.frame,), {0: drawing})


def _native_hang(session: Session, shown: list[int], identified: bool) -> Picture:
    """All panes as hung, at one scale at which no image is shrunk, as far as a picture may be so large."""
    scene, panes = session.scene, session.panes
    assert scene is not None
    images = [scene.images[number] for number in shown]
    scale = native_scale(images)
    frame = native_frame(images, scale)
    rows_px, columns_px = frame.rows_px * panes[0].rows, frame.columns_px * panes[0].columns
    part = min(1.0, MAX_PICTURE_PX / max(rows_px, columns_px))
    frames = grid_frames(panes, round(rows_px * part), round(columns_px * part))
    large = replace(make_scene(panes, frames, session.find), px_per_mm=scale * part, own_scales={})
    overlay, letter_px = session.overlay(), max(13, min(frame.rows_px for frame in frames) // 60)
    drawings = {
        number: _unselected(
            session.dress(
                large.drawing(
                    number,
                    ViewState(),
                    session.presentation(number),
                    overlay,
                    identified=identified,
                    letter_px=letter_px,
                )
            )
        )
        for number in shown
    }
    return Picture(panes, frames, drawings, part)


def _unselected(drawing: Drawing) -> Drawing:
    """Without what serves the hand: the handles of a selected mark, and the band that it draws into the other view."""
    return replace(drawing, marks=tuple(replace(item, selected=False) for item in drawing.marks), arcs=())


def _alone(pane: Pane) -> Pane:
    return Pane(0, 0, 1, 1, pane.slot, pane.header)


def free_path(path: Path) -> Path:
    """`path`, or with a number behind its name the first that does not exist yet; `path` where that cannot be told."""
    free, number = path, 2
    try:
        while free.exists():
            free, number = path.with_stem(f"{path.stem}-{number}"), number + 1
    except OSError:
        return path
    return free


def suggested_name(session: Session, part: Part, suffix: str) -> str:
    """A file name that tells nothing of the woman."""
    header = session.panes[session.active].header if session.panes else None
    stem = "views" if part is Part.HANG or header is None else export_name(header)
    return f"{stem}{suffix}"
