"""A view whose file cannot be read keeps its place, says why, and is never passed over in silence."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtCore import Qt

from mammoview.core.study import Laterality
from mammoview.dicom.scan import scan
from tests.factories import write_study
from tests.ui.conftest import SIZE, MakeDesk
from tests.ui.desk import Desk, FakeEngine
from tests.ui.test_reading import settled


@pytest.fixture
def broken(tmp_path: Path) -> Path:
    """A study whose left CC view was cut off within its pixels."""
    folder = tmp_path / "broken"
    write_study(folder, **SIZE)
    path = folder / "LCC.dcm"
    path.write_bytes(path.read_bytes()[:-1000])
    return folder


def messages(desk: Desk) -> list[tuple[str, bool]]:
    return [(viewport._message, viewport._message_failed) for viewport in desk.shown]


def assert_said(desk: Desk) -> None:
    (text, failed), *_ = [one for one in messages(desk) if one[0]]
    assert text.startswith("LCC: truncated: ") and text.endswith("(copy it again)")
    assert failed


def test_its_pane_says_what_is_wrong(make_desk: MakeDesk, broken: Path) -> None:
    desk = make_desk()
    desk.open(broken)
    assert [pane.header.side_view for pane in desk.session.panes] == ["RCC", "LCC", "RMLO", "LMLO"]
    assert_said(desk)
    assert desk.window.status.refused.text() == "1 file refused"


def test_it_is_said_again_when_the_study_is_opened_from_the_list(
    make_desk: MakeDesk, broken: Path, tmp_path: Path
) -> None:
    desk = make_desk(library=tmp_path / "home" / "library.sqlite")
    desk.open(broken)
    settled(desk)
    desk.window.commands.close_studies()
    library = desk.window.library
    desk.qtbot.waitUntil(lambda: library.chosen is not None, timeout=10_000)
    with desk.qtbot.waitSignal(desk.window.opening.opened, timeout=20_000):
        desk.qtbot.keyClick(library.table, Qt.Key.Key_Return)
    desk.settle()
    assert_said(desk)
    assert desk.window.status.refused.isVisible()


def test_its_breast_and_the_study_have_no_score(make_desk: MakeDesk, broken: Path) -> None:
    desk = make_desk(FakeEngine())
    desk.start_classifier()
    desk.open(broken)
    whole = [header.key for header in desk.session.study.images if not header.refused]
    predictions = desk.session.predictions
    desk.qtbot.waitUntil(lambda: all(predictions.prediction(key) for key in whole), timeout=20_000)
    panel = desk.window.side_panel
    assert panel.breasts[Laterality.LEFT].words() == "left not run: a view cannot be read"
    assert panel.breasts[Laterality.RIGHT].words() == "right 0.70 above"
    assert desk.session.exam().score is None
    assert any("not run: truncated" in row.words() for row in panel.views.values())


def test_the_classifier_speaks_when_all_views_that_can_be_seen_were(
    make_desk: MakeDesk, broken: Path, tmp_path: Path
) -> None:
    desk = make_desk(library=tmp_path / "home" / "library.sqlite")
    desk.open(broken)
    settled(desk)
    assert desk.window.reading.silence
    for number in (1, 2, 3, 0):
        desk.session.activate(number)
        desk.drawn()
    desk.qtbot.waitUntil(lambda: desk.window.reading.silence == "", timeout=10_000)


def test_a_whole_copy_takes_its_place(broken: Path, tmp_path: Path) -> None:
    write_study(tmp_path / "whole", views=(("R", "CC"), ("R", "MLO"), ("L", "CC")), **SIZE)
    (study,) = scan([broken, tmp_path / "whole"], keep_refused=True).studies
    assert [image.refused for image in study.images] == [""] * 4


def test_a_study_of_which_nothing_can_be_read_is_none(broken: Path) -> None:
    result = scan([broken / "LCC.dcm"], keep_refused=True)
    assert result.studies == ()
    assert len(result.refused) == 1


def test_without_being_asked_for_a_refused_view_is_in_no_study(broken: Path) -> None:
    (study,) = scan([broken]).studies
    assert [image.side_view for image in study.images] == ["RCC", "RMLO", "LMLO"]
