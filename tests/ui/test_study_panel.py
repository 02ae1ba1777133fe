"""The panel at the left says how far each study is read, and shows small pictures as the large ones."""

from __future__ import annotations

from pathlib import Path

from PIL import Image
from PySide6.QtWidgets import QApplication

from mammoview.archive.library_reading import ReadingState
from mammoview.ui import theme
from mammoview.ui.study_panel import _STATE, _pixmap
from tests.factories import BERTA, make_breast, write_study
from tests.ui.conftest import SIZE, MakeDesk
from tests.ui.desk import Desk


def states(desk: Desk) -> list[str]:
    listed = desk.window.study_panel.studies
    return [listed.item(row).data(_STATE) for row in range(listed.count())]


def test_it_says_how_far_each_study_is_read(make_desk: MakeDesk, tmp_path: Path) -> None:
    write_study(tmp_path / "all" / "a", **SIZE)
    write_study(tmp_path / "all" / "b", woman=BERTA, study="berta", **SIZE)
    desk = make_desk(library=tmp_path / "library.sqlite")
    desk.open(tmp_path / "all")
    desk.qtbot.waitUntil(lambda: states(desk) == [ReadingState.IN_PROGRESS, ReadingState.NEW], timeout=20_000)
    assert "in progress" in desk.window.study_panel.studies.item(0).toolTip()
    desk.finish()
    desk.qtbot.waitUntil(lambda: states(desk) == [ReadingState.READ, ReadingState.IN_PROGRESS], timeout=20_000)


def test_the_states_look_different(make_desk: MakeDesk, study: Path) -> None:
    desk = make_desk()
    desk.open(study)
    listed = desk.window.study_panel.studies
    item = listed.item(0)
    seen = []
    for state in (None, *ReadingState):
        item.setData(_STATE, None if state is None else str(state))
        listed.resize(theme.LIST_WIDTH, 200)
        QApplication.processEvents()
        seen.append(listed.grab(listed.visualItemRect(item)).toImage())
    assert all(one != other for at, one in enumerate(seen) for other in seen[at + 1 :])


def test_a_small_picture_is_turned_over_as_the_large_one(make_desk: MakeDesk, tmp_path: Path) -> None:
    path = tmp_path / "R_CC.png"
    Image.fromarray(255 - make_breast("R", **SIZE, bits=8)).save(path)
    desk = make_desk()
    desk.open(path)
    prepared = desk.session.image(0)
    assert prepared.turned_over
    small = _pixmap(prepared, 48).toImage()
    breast, air = small.pixelColor(38, 24).value(), small.pixelColor(12, 3).value()
    assert breast > air + 40
