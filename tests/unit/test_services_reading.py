"""Scores, marks and folders in the library, without a window."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from pytestqt.qtbot import QtBot

from mammoview.archive.library import Library, Query
from mammoview.archive.library_results import StoredResult
from mammoview.core.errors import MammoviewError
from mammoview.core.geometry import GridTransform
from mammoview.core.image import MammoImage
from mammoview.core.marks import Mark, MarkKind
from mammoview.core.prediction import HeatMap, ImagePrediction
from mammoview.core.study import Laterality
from mammoview.dicom.picture_writer import write_picture
from mammoview.dicom.reader import read_image
from mammoview.dicom.scan import scan
from mammoview.services import indexing, library_link, looking, watching
from mammoview.services.image_store import ImageStore
from mammoview.services.indexing import Indexing
from mammoview.services.jobs import JobRunner
from mammoview.services.library_marks import LibraryMarks
from mammoview.services.library_scores import RememberingEngine, prediction_of, record_of
from mammoview.services.look import Look
from mammoview.services.looking import holder
from mammoview.services.opening import OpeningService
from mammoview.services.prediction import PredictionService
from mammoview.services.reading_room import ReadingRoom
from mammoview.services.session import Session
from mammoview.services.settings import Settings, SettingsStore
from mammoview.services.stamps import Stamp, stamps_of
from mammoview.services.turns import Asked
from tests.factories import ANNA, BERTA, write_study
from tests.ui.desk import FakeEngine

SIZE = {"rows": 96, "columns": 72}


class Room:
    """A reading room with all that it stands on."""

    def __init__(self, qtbot: QtBot, folder: Path) -> None:
        self.qtbot = qtbot
        self.runner = JobRunner(1)
        store = ImageStore(self.runner, read_image, limit_bytes=10**8)
        predictions = PredictionService(FakeEngine)
        self.session = Session(store, predictions, Look())
        self.reading = ReadingRoom(self.session, SettingsStore(folder), folder / "library.sqlite")
        self.indexing = Indexing(self.reading, OpeningService(self.runner))
        self.owned = (store, predictions)
        with qtbot.waitSignal(self.reading.opened, timeout=10_000):
            self.reading.open()

    @property
    def library(self) -> Library:
        assert self.reading.library is not None
        return self.reading.library

    def idle(self) -> None:
        self.qtbot.waitUntil(lambda: not self.reading.runner.busy and not self.indexing.runner.busy, timeout=20_000)

    def close(self) -> None:
        self.owned[1].close()
        self.indexing.close()
        self.reading.close()
        self.runner.close()


@pytest.fixture
def room(qtbot: QtBot, tmp_path: Path) -> Iterator[Room]:
    made = Room(qtbot, tmp_path / "home")
    yield made
    made.close()


@pytest.fixture
def library(tmp_path: Path) -> Iterator[Library]:
    with Library(tmp_path / "library.sqlite") as made:
        yield made


@pytest.fixture
def image(tmp_path: Path) -> MammoImage:
    write_study(tmp_path / "study", **SIZE)
    return read_image(scan([tmp_path / "study"]).studies[0].images[0])


def remembering(engine: FakeEngine, library: Library, stamps: dict[str, Stamp]) -> RememberingEngine:
    made = RememberingEngine(engine, lambda: library, lambda header: stamps.get(header.key))
    made.facts()
    return made


def test_an_answer_is_the_same_after_it_was_kept() -> None:
    cells = np.random.default_rng(1).random((13, 8), np.float32)
    grid = GridTransform(0.1, -0.5, -0.3, 7.0, transpose=True)
    answer = ImagePrediction("key", Laterality.LEFT, score=1 / 3, heat_map=HeatMap(cells, grid), seconds=0.25)
    again = prediction_of("key", StoredResult(record_of(answer), cells.tobytes(), ""))
    assert again is not None and again.heat_map is not None
    assert (again.score, again.laterality, again.seconds) == (1 / 3, Laterality.LEFT, 0.25)
    assert np.array_equal(again.heat_map.cells, cells)
    assert again.heat_map.cells_from_stored == grid


def test_a_refusal_is_kept_as_a_refusal() -> None:
    answer = ImagePrediction("key", Laterality.RIGHT, refused="spot view")
    again = prediction_of("key", StoredResult(record_of(answer), None, ""))
    assert again is not None
    assert (again.score, again.refused) == (None, "spot view")


def test_what_another_version_answered_is_not_used() -> None:
    record = record_of(ImagePrediction("key", Laterality.RIGHT, score=0.5)) | {"program": "older"}
    assert prediction_of("key", StoredResult(record, None, "")) is None


def test_the_classifier_is_asked_once_for_an_unchanged_file(library: Library, image: MammoImage) -> None:
    stamps = stamps_of(scan([image.header.source.path]).studies)
    first, second = FakeEngine(), FakeEngine()
    answer = remembering(first, library, stamps).predict(image)
    again = remembering(second, library, stamps).predict(image)
    assert (len(first.calls), len(second.calls)) == (1, 0)
    assert again.score == answer.score


def test_the_classifier_is_asked_again_where_the_file_changed(library: Library, image: MammoImage) -> None:
    path = image.header.source.path
    stamps = stamps_of(scan([path]).studies)
    remembering(FakeEngine(), library, stamps).predict(image)
    path.write_bytes(path.read_bytes() + b"\0\0")
    later = FakeEngine()
    remembering(later, library, stamps).predict(image)
    remembering(later, library, stamps_of(scan([path]).studies)).predict(image)
    assert len(later.calls) == 2


def test_a_closed_library_does_not_keep_the_classifier_from_answering(library: Library, image: MammoImage) -> None:
    stamps = stamps_of(scan([image.header.source.path]).studies)
    library.close()
    assert remembering(FakeEngine(), library, stamps).predict(image).score == 0.7


def test_marks_come_back_from_the_library(room: Room, tmp_path: Path) -> None:
    write_study(tmp_path / "study", **SIZE)
    (study,) = scan([tmp_path / "study"]).studies
    (key,) = room.library.add([study], tmp_path / "study")
    room.reading.adopt({study.key: key})
    told: list[str] = []
    marks = LibraryMarks(room.reading, told.append)

    def loaded() -> set[Mark]:
        told.clear()
        marks.ask(study.key)
        room.qtbot.waitUntil(lambda: told == [study.key], timeout=20_000)
        return set(marks.load(study.key))

    one = Mark(MarkKind.RULER, study.images[0].key, 1, ((1.5, 2.0), (30.0, 40.25)))
    other = Mark(MarkKind.NIPPLE, study.images[0].key, 1, ((5.0, 6.0),))
    marks.put(study.key, one)
    marks.put(study.key, other)
    moved = one.moved(1, 1)
    marks.put(study.key, moved)
    assert loaded() == {moved, other}
    marks.delete(study.key, other.id)
    assert loaded() == {moved}


def test_marks_of_a_study_that_the_library_lacks_are_refused(room: Room) -> None:
    marks = LibraryMarks(room.reading, lambda _: None)
    assert marks.load("unknown") == ()
    with pytest.raises(MammoviewError, match="not in the library"):
        marks.put("unknown", Mark(MarkKind.NIPPLE, "image", 1, ((5.0, 6.0),)))


def test_marks_that_were_asked_for_before_their_study_came_are_told_once(room: Room, tmp_path: Path) -> None:
    write_study(tmp_path / "study", **SIZE)
    (study,) = scan([tmp_path / "study"]).studies
    (key,) = room.library.add([study], tmp_path / "study")
    told: list[str] = []
    marks = LibraryMarks(room.reading, told.append)
    marks.load(study.key)
    room.idle()
    assert told == []
    for _ in range(2):
        room.reading.adopt({study.key: key})
        room.idle()
    assert told == [study.key]


def test_a_change_is_in_the_library_when_the_call_that_hands_it_over_returns(
    room: Room, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(library_link, "PATIENCE_S", 20.0)
    room.reading.write(lambda library: library.add_folder(tmp_path, watched=True))
    assert [folder.path for folder in room.library.folders()] == [tmp_path]


def test_a_change_that_takes_long_does_not_hold_the_window_and_is_counted_until_it_is_kept(room: Room) -> None:
    disk = threading.Event()
    room.reading.write(lambda library: disk.wait(20))
    assert room.reading.pending() == 1
    room.qtbot.waitUntil(lambda: room.reading.unkept == 1, timeout=10_000)
    disk.set()
    room.qtbot.waitUntil(lambda: room.reading.unkept == 0, timeout=10_000)


def test_a_watched_folder_brings_what_is_new_and_loses_what_is_gone(room: Room, tmp_path: Path) -> None:
    folder = tmp_path / "watched"
    write_study(folder / "a", **SIZE)
    room.indexing.watch(folder)
    room.qtbot.waitUntil(lambda: room.library.count(Query()) == 1, timeout=20_000)
    write_study(folder / "b", woman=BERTA, study="berta", **SIZE)
    for path in (folder / "a").iterdir():
        path.unlink()
    room.idle()
    room.indexing.look_again()
    room.qtbot.waitUntil(
        lambda: [row.patient.patient_id for row in room.library.list(Query())] == [BERTA.patient_id], timeout=20_000
    )


def test_what_comes_into_a_watched_folder_is_indexed_unasked_until_it_is_left(
    room: Room, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(watching, "_SETTLES_MS", 20)
    monkeypatch.setattr(watching, "_ASKS_MS", 20)
    for module in (indexing, looking):
        monkeypatch.setattr(module, "STILL_WRITTEN_S", 0.05)
    folder = tmp_path / "watched"
    folder.mkdir()
    room.indexing.watch(folder)
    room.idle()
    write_study(folder / "a", **SIZE)
    room.qtbot.waitUntil(lambda: room.library.count(Query()) == 1, timeout=20_000)
    write_study(folder / "a" / "b", woman=BERTA, study="berta", **SIZE)
    room.qtbot.waitUntil(lambda: room.library.count(Query()) == 2, timeout=20_000)
    room.indexing.leave(folder)
    room.qtbot.waitUntil(lambda: not room.indexing._watching.folders, timeout=20_000)
    room.idle()
    assert room.indexing._watching.folders == frozenset()
    assert [one.watched for one in room.library.folders()] == [False]
    assert room.library.count(Query()) == 2


def test_of_very_many_folders_those_nearest_to_the_top_are_watched(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(watching, "MOST_PLACES", 2)
    deep = [Path("/a/b/c"), Path("/a"), Path("/a/b/c/d"), Path("/a/b")]
    assert watching.nearest(deep) == {Path("/a"), Path("/a/b")}


def look_at(library: Library) -> dict[str, looking.Look]:
    """Look at each folder of the library."""
    return {folder.path.name: looking.look_at(library, folder, Asked()) for folder in library.folders()}


@pytest.fixture
def watched(tmp_path: Path) -> Iterator[tuple[Library, Path]]:
    """A library that watches two folders, "a" and "b", with a study each, and where these lie."""
    with Library(tmp_path / "library.sqlite") as library:
        for name, more in (("a", {}), ("b", {"woman": BERTA, "study": "berta"})):
            write_study(tmp_path / name / "study", **SIZE, **more)
            library.add_folder(tmp_path / name, watched=True)
        look_at(library)
        yield library, tmp_path


def test_a_watched_folder_that_is_gone_for_now_is_waited_for(watched: tuple[Library, Path]) -> None:
    library, folder = watched
    (folder / "b").rename(folder / "away")
    assert set(look_at(library)["b"].places) == {folder / "b"}
    assert library.count(Query()) == 2


def test_a_folder_that_leaves_the_library_while_it_is_looked_at_does_not_come_back(
    watched: tuple[Library, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    library, folder = watched
    write_study(folder / "b" / "next", woman=BERTA, study="next", **SIZE)
    walked = looking._walked

    def removed_meanwhile(root: Path, asked: Asked) -> Any:
        found = walked(root, asked)
        library.remove_folder(root)
        return found

    (one,) = (one for one in library.folders() if one.path.name == "b")
    monkeypatch.setattr(looking, "_walked", removed_meanwhile)
    assert looking.look_at(library, one, Asked()) == looking.Look()
    assert [row.patient.patient_id for row in library.list(Query())] == [ANNA.patient_id]


def test_a_new_folder_without_files_is_watched_too(watched: tuple[Library, Path]) -> None:
    library, folder = watched
    (folder / "a" / "next").mkdir()
    assert set(look_at(library)["a"].places) == {folder / "a", folder / "a" / "next", folder / "a" / "study"}


def test_a_folder_that_cannot_be_asked_is_named_and_the_others_are_looked_at(
    watched: tuple[Library, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    library, folder = watched
    write_study(folder / "b" / "next", woman=BERTA, study="next", **SIZE)
    is_dir = Path.is_dir

    def stale(path: Path) -> bool:
        if path == folder / "a":
            raise OSError(116, "Stale file handle")
        return is_dir(path)

    monkeypatch.setattr(Path, "is_dir", stale)
    looks = look_at(library)
    assert looks["a"].refused == f"{folder / 'a'}: cannot be read: Stale file handle"
    assert (looks["b"].found, looks["b"].refused) == (1, "")
    assert library.count(Query()) == 3


def test_what_lies_where_nobody_can_look_is_not_gone(
    watched: tuple[Library, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    library, folder = watched
    scandir = os.scandir

    def closed(path: Path) -> Any:
        if path == folder / "a" / "study":
            raise OSError(5, "Input/output error")
        return scandir(path)

    monkeypatch.setattr(os, "scandir", closed)
    look_at(library)
    assert library.count(Query()) == 2


def test_a_picture_that_cannot_be_read_does_not_make_its_study_new_at_each_look(
    watched: tuple[Library, Path],
) -> None:
    library, folder = watched
    (folder / "a" / "drawn").mkdir()
    write_picture(folder / "a" / "drawn" / "RCC.png", np.full((1_200, 900), 90, np.uint8))
    (folder / "a" / "drawn" / "broken.png").write_bytes(b"nothing")
    assert look_at(library)["a"].found == 1
    assert look_at(library)["a"].found == 0


def test_a_file_of_next_year_is_not_waited_for(watched: tuple[Library, Path]) -> None:
    library, folder = watched
    for path in (folder / "a" / "study").iterdir():
        os.utime(path, (4e9, 4e9))
    assert not look_at(library)["a"].growing


def test_a_name_with_an_exclamation_mark_is_no_archive() -> None:
    there = {"/in/odd!/a.dcm", "/in/all.zip"}
    assert holder("/in/odd!/a.dcm", there.__contains__) == "/in/odd!/a.dcm"
    assert holder("/in/all.zip!x/y!z.dcm", there.__contains__) == "/in/all.zip"
    assert holder("/in/gone.dcm", there.__contains__) == ""


def test_the_place_is_written_at_most_four_times_a_second_and_the_last_one_is_kept(room: Room, tmp_path: Path) -> None:
    write_study(tmp_path / "study", **SIZE)
    (study,) = scan([tmp_path / "study"]).studies
    (key,) = room.library.add([study], tmp_path / "study")
    from mammoview.archive.library_reading import Place

    for active in range(3):
        room.reading.keep_place(Place(key, {"active": active}, "reader"))
    room.idle()
    first = room.library.place()
    assert first is not None and first.details == {"active": 0}
    path = room.library.path
    room.reading.close()
    with Library(path) as again:
        place = again.place()
    assert place is not None and place.details == {"active": 2}


def test_settings_with_an_unknown_reading_mode_start_with_the_default(tmp_path: Path) -> None:
    store = SettingsStore(tmp_path)
    store.change(reading_mode="concurrent", reader="ANNA")
    (tmp_path / "settings.json").write_text(
        (tmp_path / "settings.json").read_text().replace("concurrent", "at random"), encoding="utf-8"
    )
    value = SettingsStore(tmp_path).value
    assert (value.reading_mode, value.reader) == (Settings().reading_mode, "ANNA")
