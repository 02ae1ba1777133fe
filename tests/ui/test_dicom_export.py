"""What leaves the window as DICOM is what the reader sees and may see."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from PIL import Image

from mammoview.archive.pacs.nodes import Node, Nodes
from mammoview.core.history import put
from mammoview.core.marks import Mark, MarkKind
from mammoview.core.view_state import ViewState
from mammoview.core.window import VoiWindow
from mammoview.services.dicom_work import Part, Phase
from tests.factories import make_breast, write_mammogram, write_study
from tests.network.peers import Archive
from tests.ui.conftest import SIZE, MakeDesk
from tests.ui.desk import Desk, FakeEngine
from tests.ui.dicom_rig import PAIR, at, done, opened, trail, writing, written
from tests.ui.test_every_word import bracketed, unsaid

__all__ = ["bracketed"]


@pytest.fixture
def pair(tmp_path: Path) -> Path:
    """A folder with the CC views of one woman."""
    write_study(tmp_path / "pair", views=PAIR, rows=480, columns=360)
    return tmp_path / "pair"


@pytest.fixture
def reading(make_desk: MakeDesk, pair: Path, tmp_path: Path) -> Desk:
    """A window with a library that shows the CC views, all of them scored."""
    desk = make_desk(FakeEngine(), library=tmp_path / "library.sqlite")
    desk.start_classifier()
    desk.open(pair)
    desk.scored()
    return desk


@pytest.fixture
def archive(mammoview_home: Path) -> Iterator[tuple[Archive, Node]]:
    """A known archive, by the name "made"."""
    made = Archive()
    with made.running() as node:
        Nodes(mammoview_home).add(node)
        yield made, node


def mark(desk: Desk, kind: MarkKind, *points: tuple[float, float]) -> Mark:
    key = desk.session.study.images[0].key
    made = Mark(kind, key, 1, points)
    desk.window.bench.marks.do(key, put(made))
    return made


# --- what the reader sees


def test_a_state_has_the_readers_window_marks_and_part_of_the_view(desk: Desk, tmp_path: Path) -> None:
    number = desk.number_of("RCC")
    header = desk.session.panes[number].header
    desk.session.look.set_window(header.key, VoiWindow(1234.0, 567.0))
    desk.session.set_state(number, ViewState(4.0))
    desk.window.bench.marks.do(header.key, put(Mark(MarkKind.RULER, header.key, 1, ((200.0, 90.0), (240.0, 90.0)))))
    made = written(desk, tmp_path / "out", Part.STATES)
    state = made["pr-RCC.dcm"]
    assert set(made) == {f"pr-{view}.dcm" for view in ("RCC", "LCC", "RMLO", "LMLO")}
    voi = state.SoftcopyVOILUTSequence[0]
    assert (voi.WindowCenter, voi.WindowWidth) == (1234, 567)
    area = state.DisplayedAreaSelectionSequence[0]
    left, top = area.DisplayedAreaTopLeftHandCorner
    right, bottom = area.DisplayedAreaBottomRightHandCorner
    assert 1 < abs(bottom - top) < SIZE["rows"] / 2
    assert abs(right - left) < SIZE["columns"]
    assert any("MARKS" in str(layer.GraphicLayer) for layer in state.GraphicAnnotationSequence)


def test_marks_that_are_hidden_are_in_no_state(desk: Desk, tmp_path: Path) -> None:
    mark(desk, MarkKind.ARROW, (10.0, 10.0), (50.0, 50.0))
    desk.do("marks")
    states = written(desk, tmp_path / "out", Part.STATES).values()
    layers = {str(one.GraphicLayer) for state in states for one in state.GraphicAnnotationSequence}
    assert layers == {"TEXTS"}


def test_a_view_that_stands_in_no_pane_is_written_whole(desk: Desk, tmp_path: Path) -> None:
    desk.session.set_state(desk.number_of("RCC"), ViewState(4.0))
    desk.do("mlo")
    area = written(desk, tmp_path / "out", Part.STATES)["pr-RCC.dcm"].DisplayedAreaSelectionSequence[0]
    corners = [*area.DisplayedAreaTopLeftHandCorner, *area.DisplayedAreaBottomRightHandCorner]
    assert sorted(corners) == sorted([1, 1, SIZE["columns"], SIZE["rows"]])


# --- what the reader may see


def test_what_is_hidden_from_the_reader_is_not_offered_and_not_written(reading: Desk, tmp_path: Path) -> None:
    dialog = writing(reading, tmp_path)
    silence = reading.window.reading.silence
    assert silence and "hidden" in silence
    assert [part for part, box in dialog.boxes.items() if box.isEnabled()] == [Part.PICTURES, Part.STATES]
    assert "hidden from you" in dialog.words.text()
    dialog.reject()
    made = written(reading, tmp_path / "out")
    assert {name.partition("-")[0] for name in made} == {"sc", "pr"}
    texts = [
        str(text.UnformattedTextValue)
        for state in made.values()
        for one in state.get("GraphicAnnotationSequence", ())
        for text in one.get("TextObjectSequence", ())
    ]
    assert texts and not any("cancer" in text for text in texts)
    assert not any("CAD" in state.get("ContentDescription", "") for state in made.values())


def test_what_was_revealed_is_written_and_says_that_it_is_cad(reading: Desk, tmp_path: Path) -> None:
    reading.do("reveal")
    made = written(reading, tmp_path / "out")
    kinds = {name.partition("-")[0].removesuffix(".dcm") for name in made}
    assert kinds == {"sc", "pr", "cad", "map", "overlay"}
    assert "CAD" in made["pr-RCC.dcm"].ContentDescription.split()


def test_a_classifier_that_is_off_is_the_reason(reading: Desk, tmp_path: Path) -> None:
    reading.do("reading-mode")
    reading.do("reading-mode")
    dialog = writing(reading, tmp_path)
    assert not dialog.boxes[Part.CAD].isEnabled()
    assert "off" in reading.window.reading.silence
    dialog.reject()


def test_a_score_that_is_still_to_come_keeps_the_report_back(make_desk: MakeDesk, study: Path, tmp_path: Path) -> None:
    engine = FakeEngine(gate=threading.Event())
    desk = make_desk(engine)
    desk.start_classifier()
    desk.open(study)
    desk.qtbot.waitUntil(engine.entered.is_set, timeout=20_000)
    dialog = writing(desk, tmp_path)
    assert not dialog.boxes[Part.CAD].isEnabled()
    dialog.reject()
    assert engine.gate is not None
    engine.gate.set()


# --- what there is


def test_assessment_and_measurements_are_written_with_their_reader(reading: Desk, tmp_path: Path) -> None:
    empty = writing(reading, tmp_path)
    assert not empty.boxes[Part.ASSESSMENT].isEnabled() and not empty.boxes[Part.MEASUREMENTS].isEnabled()
    empty.reject()
    reading.window.reading.set_reader("READER ONE")
    mark(reading, MarkKind.RULER, (100.0, 100.0), (140.0, 100.0))
    reading.window.reading.assess(("R",), birads="4")
    made = written(reading, tmp_path / "out", Part.ASSESSMENT, Part.MEASUREMENTS)
    assert set(made) == {"assessment.dcm", "measurements.dcm"}
    assert all("READER ONE" in str(dataset) for dataset in made.values())


def test_without_a_library_the_assessment_on_the_screen_is_written(desk: Desk, tmp_path: Path) -> None:
    desk.window.reading.assess(("L",), birads="2")
    made = written(desk, tmp_path / "out", Part.ASSESSMENT)
    assert "Category 2" in str(made["assessment.dcm"]) or "2" in str(made["assessment.dcm"].ContentSequence)


def test_of_tomosynthesis_the_frame_that_is_shown_is_written_and_no_score_of_one_frame(
    make_desk: MakeDesk, tmp_path: Path
) -> None:
    write_mammogram(tmp_path / "s" / "RCC.dcm", frames=5, rows=96, columns=72)
    desk = make_desk()
    desk.start_classifier()
    desk.open(tmp_path / "s")
    desk.qtbot.waitUntil(lambda: not desk.session.predictions.busy and bool(desk.engine.calls), timeout=20_000)
    dialog = writing(desk, tmp_path)
    assert not dialog.boxes[Part.CAD].isEnabled() and not dialog.boxes[Part.MAPS].isEnabled()
    dialog.reject()
    desk.do("next-frame")
    made = written(desk, tmp_path / "out", Part.PICTURES)
    assert made["sc-RCC.dcm"].SourceImageSequence[0].ReferencedFrameNumber == 4


def test_pictures_that_are_no_dicom_have_no_objects(make_desk: MakeDesk, tmp_path: Path) -> None:
    (tmp_path / "s").mkdir()
    Image.fromarray(make_breast("R", 480, 360, bits=8)).save(tmp_path / "s" / "R_CC.png")
    desk = make_desk()
    desk.open(tmp_path / "s")
    dialog = writing(desk, tmp_path)
    assert not any(box.isEnabled() for box in dialog.boxes.values())
    assert not dialog.go.isEnabled()
    dialog.reject()


def test_objects_of_another_time_are_not_mixed_with_these(desk: Desk, tmp_path: Path) -> None:
    (tmp_path / "study-1").mkdir()
    assert str(tmp_path / "study-2") in done(desk, writing(desk, tmp_path, Part.STATES))
    assert list((tmp_path / "study-1").iterdir()) == []


def test_a_folder_that_is_not_there_is_said(desk: Desk, tmp_path: Path) -> None:
    dialog = writing(desk, tmp_path / "no" / "where", Part.STATES)
    dialog.go.click()
    assert "no folder" in dialog.problem.text()
    assert not dialog.exporter.busy
    dialog.reject()


def test_what_was_cancelled_leaves_nothing(reading: Desk, tmp_path: Path) -> None:
    (tmp_path / "out").mkdir()
    dialog = writing(reading, tmp_path / "out")
    at(dialog, Phase.WRITING, dialog.reject)
    with reading.qtbot.waitSignal(dialog.exporter.failed, timeout=20_000):
        dialog.go.click()
    assert dialog.isVisible() and dialog.go.isEnabled()
    assert list((tmp_path / "out").iterdir()) == []
    dialog.reject()
    assert trail(reading, tmp_path, "exported") == []


def test_what_was_written_is_recorded(reading: Desk, tmp_path: Path) -> None:
    written(reading, tmp_path / "out", Part.STATES)
    (record,) = trail(reading, tmp_path, "exported")
    assert dict(record.details) == {"form": "DICOM objects", "identified": True}


# --- archives


def test_objects_are_sent_and_that_is_recorded(archive: tuple[Archive, Node], reading: Desk, tmp_path: Path) -> None:
    dialog = writing(reading, tmp_path, Part.STATES)
    dialog.target.setCurrentIndex(1)
    assert not dialog.place.line.isEnabled()
    assert "2 objects sent to made" in done(reading, dialog)
    assert len(archive[0].taken) == 2
    (record,) = trail(reading, tmp_path, "sent")
    assert (record.outcome, dict(record.details)) == ("done", {"node": "made", "images": 2})
    assert not list(tmp_path.glob("study-*"))


def test_sending_is_cancelled_and_what_went_is_recorded(
    archive: tuple[Archive, Node], reading: Desk, tmp_path: Path
) -> None:
    dialog = writing(reading, tmp_path)
    dialog.target.setCurrentIndex(1)

    def status() -> int:
        dialog.exporter.cancel()
        return 0

    archive[0].store_status = status
    with reading.qtbot.waitSignal(dialog.exporter.failed, timeout=20_000):
        dialog.go.click()
    dialog.reject()
    (record,) = trail(reading, tmp_path, "sent")
    assert record.outcome == "failed"
    assert record.details["images"] in (0, 1)


def test_a_list_of_archives_that_cannot_be_read_is_said(desk: Desk, mammoview_home: Path, tmp_path: Path) -> None:
    (mammoview_home / "pacs.json").write_text("{", encoding="utf-8")
    dialog = writing(desk, tmp_path)
    assert dialog.target.count() == 1
    assert "pacs.json" in dialog.words.text()
    dialog.reject()


# --- the dialogs


def test_no_second_piece_of_work_begins_beside_the_first(desk: Desk, tmp_path: Path) -> None:
    dialog = writing(desk, tmp_path, Part.STATES)
    said: list[str] = []

    def another() -> None:
        desk.window.actions_by_id["deidentify"].trigger()
        said.append(desk.window.status.message.text())

    at(dialog, Phase.WRITING, another)
    done(desk, dialog)
    assert said == ["DICOM is being written already"]


def test_closing_the_window_ends_the_work(make_desk: MakeDesk, pair: Path, tmp_path: Path) -> None:
    desk = make_desk()
    desk.open(pair)
    dialog = writing(desk, tmp_path / "out")
    (tmp_path / "out").mkdir()
    closed: list[bool] = []
    at(dialog, Phase.WRITING, lambda: closed.append(desk.window.close()))
    dialog.go.click()
    desk.qtbot.waitUntil(lambda: bool(closed), timeout=20_000)
    assert list((tmp_path / "out").iterdir()) == []


@pytest.mark.parametrize("action_id", ["write-dicom", "deidentify"])
def test_every_word_is_translated(
    bracketed: None, archive: tuple[Archive, Node], make_desk: MakeDesk, pair: Path, tmp_path: Path, action_id: str
) -> None:
    desk = make_desk(FakeEngine(), library=tmp_path / "library.sqlite")
    desk.open(pair)
    dialog = opened(desk, action_id)
    try:
        assert unsaid(dialog, frozenset({"made"})) == set()
    finally:
        dialog.reject()


def test_a_folder_that_takes_nothing_is_said_and_another_can_be_named(desk: Desk, tmp_path: Path) -> None:
    (tmp_path / "full").mkdir()
    dialog = writing(desk, tmp_path / "full", Part.STATES)
    (tmp_path / "full").rmdir()
    (tmp_path / "full").write_text("a file in its place", encoding="utf-8")
    dialog.place.folder = lambda: tmp_path / "full"  # type: ignore[method-assign]
    with desk.qtbot.waitSignal(dialog.exporter.failed, timeout=20_000):
        dialog.go.click()
    assert dialog.problem.text().startswith("Nothing can be written there")
    assert dialog.go.isEnabled() and dialog.questions.isVisible()
    dialog.reject()
