"""Owns the making of pictures that leave the window: a frozen request, drawn and written in the background."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from mammoview.core.errors import UsageError
from mammoview.core.hanging import Frame, millimetres_per_px
from mammoview.core.render import Drawing
from mammoview.core.view_state import Presentation, ViewState
from mammoview.dicom.identity import export_name
from mammoview.dicom.picture_writer import write_picture
from mammoview.reading.pictures import Reading, native_hang_size, native_view
from mammoview.services.jobs import Ticket
from mammoview.services.panes import Pane
from mammoview.services.scene import compose, grid_frames, make_scene
from mammoview.services.session import Session


class Part(StrEnum):
    """What is exported."""

    VIEW = "view"
    HANG = "hang"


@dataclass(frozen=True, slots=True, eq=False)
class Picture:
    """All that one picture is made of; nothing of it changes with the window any more."""

    panes: tuple[Pane, ...]
    frames: tuple[Frame, ...]
    drawings: Mapping[int, Drawing]
    presentation: Presentation | None = None
    reading: Reading | None = None

    def draw(self) -> NDArray[np.uint8]:
        """The picture, RGB; grey where it is a stored grid without colour."""
        if self.reading is not None and self.presentation is not None:
            (drawing,) = self.drawings.values()
            return native_view(drawing.prepared, self.presentation, self.reading)
        return compose(self.panes, self.frames, self.drawings)

    def spacing_mm(self) -> tuple[float, float] | None:
        """Millimetres per picture pixel (rows, columns), where all of the picture has the same and it is known."""
        drawing = next(iter(self.drawings.values()))
        spacing = drawing.prepared.image.spacing
        if spacing is None:
            return None
        if self.reading is None:
            return millimetres_per_px(drawing.placement, spacing)
        laid = drawing.prepared.laying.orientation.transpose and drawing.presentation.annotations
        return (spacing.column_mm, spacing.row_mm) if laid else (spacing.row_mm, spacing.column_mm)


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
        raise UsageError("there is no image to export", "open a study first")
    if any(scene.images[number].image.preview for number in shown):
        raise UsageError("the image is still loading", "export it when it is there")
    if not native:
        drawings = {number: session.drawing(number, identified=identified) for number in shown}
        made = {number: drawing for number, drawing in drawings.items() if drawing is not None}
        if part is Part.VIEW:
            return Picture(
                (_alone(session.panes[session.active]),), (scene.frames[session.active],), {0: made[session.active]}
            )
        return Picture(session.panes, scene.frames, made)
    if part is Part.VIEW:
        drawing = session.drawing(session.active, identified=identified)
        assert drawing is not None
        overlay = session.overlay()
        reading = Reading(overlay.predictions, overlay.model, overlay.operating_point, identified, overlay.heat_below)
        pane = _alone(session.panes[session.active])
        presentation = session.presentation(session.active)
        return Picture((pane,), (drawing.frame,), {0: drawing}, presentation, reading)
    return _native_hang(session, shown, identified)


def _native_hang(session: Session, shown: list[int], identified: bool) -> Picture:
    """All panes as hung, each so large that no image is shrunk."""
    scene, panes = session.scene, session.panes
    assert scene is not None
    rows_px, columns_px = native_hang_size(
        {slot: scene.images[number] for number in shown if (slot := panes[number].slot) is not None}
    )
    frames = grid_frames(panes, rows_px, columns_px)
    large = make_scene(panes, frames, session.find)
    letter_px = max(13, min(frame.rows_px for frame in frames) // 60)
    drawings = {
        number: large.drawing(
            number,
            ViewState(),
            session.presentation(number),
            session.overlay(),
            identified=identified,
            letter_px=letter_px,
        )
        for number in shown
    }
    return Picture(panes, frames, drawings)


def _alone(pane: Pane) -> Pane:
    return Pane(0, 0, 1, 1, pane.slot, pane.header)


def free_path(path: Path) -> Path:
    """`path`, or with a number behind its name the first that does not exist yet."""
    free, number = path, 2
    while free.exists():
        free, number = path.with_stem(f"{path.stem}-{number}"), number + 1
    return free


def suggested_name(session: Session, part: Part, suffix: str) -> str:
    """A file name that tells nothing of the woman."""
    header = session.panes[session.active].header if session.panes else None
    stem = "views" if part is Part.HANG or header is None else export_name(header)
    return f"{stem}{suffix}"
