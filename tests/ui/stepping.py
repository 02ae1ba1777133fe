"""What the tests of the steps share: a woman with a prior, and what a reader sees of the walk."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import Qt

from tests.factories import write_study
from tests.ui.desk import Desk

SHIFT, CTRL = Qt.KeyboardModifier.ShiftModifier, Qt.KeyboardModifier.ControlModifier


def write_pair(folder: Path, **options: object) -> Path:
    """A woman's study and the one two years before."""
    write_study(folder / "now", study="now", study_date="20260131", **options)
    write_study(folder / "before", study="before", study_date="20240131", **options)
    return folder


def views(desk: Desk) -> list[str]:
    return [pane.header.side_view if pane.header else "" for pane in desk.session.panes]


def walked(desk: Desk, step_id: str) -> None:
    """Go on step by step to this one, and wait for its pictures."""
    steps = desk.session.walk.hung.steps
    for _ in steps:
        if desk.session.walk.step.id == step_id:
            break
        desk.key(Qt.Key.Key_N)
    assert desk.session.walk.step.id == step_id
    desk.settle()


def told(desk: Desk) -> str:
    return str(desk.window.status.step.text())
