"""The demonstration study is read to its end with one hand on the keys, and nothing of it stays unseen."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from mammoview.core.hanging import stored_at
from mammoview.resources import resource
from tests.ui.desk import Desk


@pytest.fixture
def demo(qtbot: QtBot, mammoview_home: Path) -> Desk:
    desk = Desk(qtbot, mammoview_home)
    desk.open(resource("demo", "current"), resource("demo", "prior"))
    return desk


def _mark_seen(desk: Desk, seen: dict[str, np.ndarray]) -> None:
    """The stored pixels that stand on the screen at 1:1."""
    for number in range(len(desk.session.panes)):
        drawing = desk.session.drawing(number)
        placement, frame, image = drawing.placement, drawing.frame, drawing.prepared.image
        if placement.row_step.scale != 1 or placement.column_step.scale != 1:
            continue
        ends = (
            stored_at(placement, -0.5, -0.5),
            stored_at(placement, frame.rows_px - 0.5, frame.columns_px - 0.5),
        )
        (row0, row1), (column0, column1) = (sorted(along) for along in zip(*ends, strict=True))
        rows = slice(max(0, round(row0 + 0.5)), max(0, round(row1 + 0.5)))
        columns = slice(max(0, round(column0 + 0.5)), max(0, round(column1 + 0.5)))
        key = drawing.prepared.header.key
        seen.setdefault(key, np.zeros((image.rows, image.columns), bool))[rows, columns] = True


def test_two_keys_show_every_breast_whole_and_at_one_to_one_and_the_prior(demo: Desk) -> None:
    session = demo.session
    seen: dict[str, np.ndarray] = {}
    shown: set[str] = set()
    steps: list[str] = []
    while demo.window.status.message.text() != "this was the last step of the last study":
        walk = session.walk
        if not steps or steps[-1] != walk.step.id:
            steps.append(walk.step.id)
        shown |= {pane.header.key for pane in session.panes if pane.header is not None}
        _mark_seen(demo, seen)
        demo.key(Qt.Key.Key_Q if walk.is_in_parts else Qt.Key.Key_N)
        demo.settle()
    assert steps == [step.id for step in session.walk.hung.steps]
    case = session.worklist.cases[0]
    assert shown == {header.key for study in case.studies for header in study.images}
    for header in case.current.images:
        prepared = session.find(header.key)
        mask = prepared.region.mask
        rows = np.arange(header.rows) * mask.shape[0] // header.rows
        columns = np.arange(header.columns) * mask.shape[1] // header.columns
        assert not np.any(mask[np.ix_(rows, columns)] & ~seen[header.key])
