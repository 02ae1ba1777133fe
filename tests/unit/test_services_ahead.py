"""Scoring the list ahead: in which order, when it waits, and that it neither repeats itself nor stands in the way."""

from __future__ import annotations

import shutil
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from mammoview.archive.library import Library, Query
from mammoview.core.errors import EngineError
from mammoview.core.image import MammoImage
from mammoview.core.study import ImageHeader, Study
from mammoview.dicom.reader import read_image
from mammoview.services import library_scores
from mammoview.services.ahead import Waits
from mammoview.services.image_store import ImageStore
from mammoview.services.library_scores import answers_of
from mammoview.services.prediction import Phase
from mammoview.services.settings import READING_MODES, SettingsStore
from mammoview.services.worklist import make_worklist
from tests.ui.desk import LABEL, FakeEngine
from tests.unit.ahead_rig import LONG_MS, VIEWS, Rig, home_of, three_women


@pytest.fixture
def studies(tmp_path: Path) -> tuple[Study, ...]:
    return three_women(tmp_path)


@pytest.fixture
def home(tmp_path: Path, studies: tuple[Study, ...]) -> Path:
    return home_of(studies, tmp_path)


@pytest.fixture
def rig(qtbot: QtBot, home: Path) -> Iterator[Rig]:
    made = Rig(qtbot, home)
    yield made
    made.close()


def order(rig: Rig, studies: tuple[Study, ...]) -> list[str]:
    """The women whose images were scored, in that order."""
    names = {image.key: study.patient.name.removeprefix("DEMO^") for study in studies for image in study.images}
    return list(dict.fromkeys(names[key] for key in rig.engine.calls))


def test_the_newest_study_comes_first_and_all_are_scored(rig: Rig, studies: tuple[Study, ...]) -> None:
    rig.start()
    rig.finished()
    assert order(rig, studies) == ["ANNA", "BERTA", "CLARA"]
    assert [row.score for row in rig.library.list(Query())] == [0.7, 0.7, 0.7]


def test_what_is_read_already_comes_last(rig: Rig, studies: tuple[Study, ...]) -> None:
    rig.library.finish_reading(studies[0].key, "reader")
    rig.start()
    rig.finished()
    assert order(rig, studies) == ["BERTA", "CLARA", "ANNA"]


def test_the_worklist_comes_first_from_the_case_on_the_screen_on(rig: Rig, studies: tuple[Study, ...]) -> None:
    rig.session.look.set_classifier(on=False, shown=False)
    rig.session.show_worklist(make_worklist((studies[0], studies[2], studies[1])), studies[2].key)
    rig.room.adopt({study.key: study.key for study in studies})
    rig.start()
    rig.finished()
    assert order(rig, studies) == ["CLARA", "BERTA", "ANNA"]


def test_how_far_it_is_is_told(qtbot: QtBot, rig: Rig) -> None:
    told: list[str] = []
    rig.ahead.changed.connect(lambda: told.append(rig.ahead.words))
    rig.start()
    rig.finished()
    assert list(filter(None, told)) == [f"scored ahead {number} of 3" for number in range(3)]
    assert rig.ahead.words == ""


def test_nothing_is_begun_while_the_reader_works(qtbot: QtBot, home: Path) -> None:
    rig = Rig(qtbot, home, FakeEngine(gate=threading.Event()), quiet_ms=LONG_MS)
    rig.start()
    rig.calls(1)
    rig.ahead.disturb()
    assert rig.engine.gate is not None
    rig.engine.gate.set()
    qtbot.waitUntil(lambda: not rig.predictions.busy, timeout=10_000)
    assert rig.ahead.waits is Waits.FOR_READER
    assert rig.ahead.reason == "Waits while you work"
    assert not rig.ahead.runner.busy
    assert len(rig.engine.calls) == 1
    rig.ahead.quiet.start(0)
    rig.finished()
    assert len(rig.engine.calls) == 3 * VIEWS
    rig.close()


def test_an_image_that_was_read_waits_for_quiet(qtbot: QtBot, home: Path) -> None:
    rig = Rig(qtbot, home, quiet_ms=LONG_MS)
    rig.read_gate = threading.Event()
    rig.start()
    qtbot.waitUntil(lambda: len(rig.reads) == 1, timeout=10_000)
    rig.ahead.disturb()
    rig.read_gate.set()
    qtbot.waitUntil(lambda: not rig.ahead.runner.busy, timeout=10_000)
    assert rig.engine.calls == []
    rig.ahead.quiet.start(0)
    rig.finished()
    assert len(rig.reads) == len(rig.engine.calls) == 3 * VIEWS
    rig.close()


def test_the_reader_s_images_come_before_those_that_wait(qtbot: QtBot, home: Path, studies: tuple[Study, ...]) -> None:
    rig = Rig(qtbot, home, FakeEngine(gate=threading.Event()))
    rig.start()
    rig.calls(1)
    mine = [read_image(header) for header in studies[2].images[:2]]
    for image in mine:
        rig.predictions.ask(image.key, lambda image=image: image)  # type: ignore[misc]
    assert rig.engine.gate is not None
    rig.engine.gate.set()
    rig.calls(3)
    assert rig.engine.calls[1:3] == [image.key for image in mine]
    rig.finished()
    rig.close()


def test_nothing_is_read_while_pictures_are_loading(qtbot: QtBot, home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    rig = Rig(qtbot, home)
    loading = True
    monkeypatch.setattr(ImageStore, "loading", property(lambda store: loading))
    with qtbot.waitSignal(rig.ahead.changed, timeout=10_000):
        rig.start()
    qtbot.waitUntil(lambda: rig.ahead.waits is Waits.FOR_PICTURES, timeout=10_000)
    assert rig.reads == []
    loading = False
    rig.store.ready.emit("an image")
    rig.finished()
    assert len(rig.reads) == 3 * VIEWS
    rig.close()


def test_another_run_goes_on_where_the_first_one_ended(qtbot: QtBot, home: Path) -> None:
    gate = threading.Event()
    first = Rig(qtbot, home, FakeEngine(gate=gate))
    first.start()
    first.calls(1)
    first.ahead.quiet.setInterval(LONG_MS)
    first.ahead.disturb()
    gate.set()
    qtbot.waitUntil(lambda: not first.predictions.busy, timeout=10_000)
    first.close()
    second = Rig(qtbot, home)
    second.start()
    second.finished()
    assert len(second.engine.calls) == 3 * VIEWS - 1
    assert first.engine.calls[0] not in second.engine.calls
    second.close()


def test_nothing_is_done_where_all_is_scored(qtbot: QtBot, home: Path) -> None:
    first = Rig(qtbot, home)
    first.start()
    first.finished()
    first.close()
    second = Rig(qtbot, home)
    second.start()
    second.finished()
    assert (second.reads, second.engine.calls) == ([], [])
    second.close()


def test_a_study_whose_files_are_gone_is_passed_over(rig: Rig, studies: tuple[Study, ...], tmp_path: Path) -> None:
    shutil.rmtree(tmp_path / "BERTA")
    rig.start()
    rig.finished()
    assert order(rig, studies) == ["ANNA", "CLARA"]
    assert rig.ahead.words == "scored ahead 2 of 3"
    assert rig.ahead.reason == "The other studies cannot be read or scored"


def test_a_file_that_cannot_be_decoded_is_read_once(rig: Rig, studies: tuple[Study, ...]) -> None:
    broken = studies[0].images[0].key
    read = rig.ahead._read

    def fails(header: ImageHeader, frame: int) -> MammoImage:
        image = read(header, frame)
        if header.key == broken:
            raise EngineError("made to fail")
        return image

    rig.ahead._read = fails
    rig.start()
    rig.finished()
    rig.room.listed.emit()
    rig.finished()
    assert rig.reads.count(broken) == 1
    assert len(rig.engine.calls) == 3 * VIEWS - 1


def test_where_the_classifier_is_off_nothing_is_scored(qtbot: QtBot, home: Path) -> None:
    rig = Rig(qtbot, home)
    rig.settings.change(reading_mode=READING_MODES[2])
    rig.start()
    qtbot.waitUntil(lambda: rig.predictions.state.phase is Phase.READY, timeout=10_000)
    assert not rig.ahead.runs
    assert not rig.ahead.runner.busy
    rig.settings.change(reading_mode=READING_MODES[0])
    rig.room.changed.emit()
    rig.finished()
    assert len(rig.engine.calls) == 3 * VIEWS
    rig.close()


def test_it_can_be_switched_off_and_on(qtbot: QtBot, home: Path) -> None:
    rig = Rig(qtbot, home)
    rig.ahead.set_on(False)
    rig.start()
    qtbot.waitUntil(lambda: rig.predictions.state.phase is Phase.READY, timeout=10_000)
    assert not rig.ahead.runner.busy
    assert not SettingsStore(home).value.score_ahead
    rig.ahead.set_on(True)
    rig.finished()
    assert len(rig.engine.calls) == 3 * VIEWS
    rig.close()


def test_a_library_that_cannot_be_written_to_is_left_alone(qtbot: QtBot, rig: Rig) -> None:
    rig.library._store.problem = "read-only"
    rig.start()
    qtbot.waitUntil(lambda: rig.predictions.state.phase is Phase.READY, timeout=10_000)
    assert not rig.ahead.runs
    assert rig.reads == []


def test_the_images_in_memory_stay_as_they_are(rig: Rig) -> None:
    rig.start()
    rig.finished()
    assert rig.store.nbytes == 0


def test_each_study_gets_its_small_picture(rig: Rig, studies: tuple[Study, ...]) -> None:
    advanced: list[str] = []
    rig.ahead.advanced.connect(advanced.append)
    rig.start()
    rig.finished()
    assert advanced == [study.key for study in studies]
    assert all(rig.library.thumbnail(study.key) for study in studies)


def test_a_small_picture_that_went_is_made_without_scoring_again(qtbot: QtBot, home: Path) -> None:
    first = Rig(qtbot, home)
    first.start()
    first.finished()
    first.close()
    with Library(home / "library.sqlite") as library, library._store.write() as connection:
        connection.execute("DELETE FROM thumbnails")
    second = Rig(qtbot, home)
    second.start()
    second.finished()
    assert second.engine.calls == []
    assert len(second.reads) == 3 * VIEWS
    second.close()


def test_another_model_scores_anew(qtbot: QtBot, home: Path, studies: tuple[Study, ...]) -> None:
    with Library(home / "library.sqlite") as library:
        for image in library.study_images(studies[0].key):
            library.put_result(image.key, image.identity, "another model", {"score": 0.1}, None)
    rig = Rig(qtbot, home)
    rig.start()
    rig.finished()
    row = rig.library.study(studies[0].key)
    assert row is not None and (row.score, row.score_model) == (0.7, answers_of(LABEL.sha256))
    rig.close()


def test_another_version_of_the_program_scores_anew(
    qtbot: QtBot, home: Path, studies: tuple[Study, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(library_scores, "__version__", "0.0.1")
    before = Rig(qtbot, home, FakeEngine(dict.fromkeys(("RCC", "RMLO", "LCC", "LMLO"), 0.9)))
    before.start()
    before.finished()
    before.close()
    monkeypatch.undo()
    rig = Rig(qtbot, home)
    assert rig.library.list(Query())[0].score == 0.9
    rig.start()
    rig.finished()
    assert [row.score for row in rig.library.list(Query())] == [0.7, 0.7, 0.7]
    rig.close()


@pytest.mark.parametrize("where", ["reading", "scoring"])
def test_nothing_hangs_where_it_is_closed_in_the_middle(qtbot: QtBot, home: Path, where: str) -> None:
    before = set(threading.enumerate())
    rig = Rig(qtbot, home, FakeEngine(gate=threading.Event() if where == "scoring" else None))
    rig.read_gate = threading.Event() if where == "reading" else None
    rig.start()
    qtbot.waitUntil(lambda: bool(rig.reads if where == "reading" else rig.engine.calls), timeout=10_000)
    if rig.read_gate is not None:
        rig.read_gate.set()
    rig.close()
    assert [thread for thread in threading.enumerate() if thread not in before and "Dummy" not in thread.name] == []
