"""Scoring ahead with a classifier that ends, where no image is tried twice and the reader's own are scored all the
same; and with a library that keeps nothing for a while."""

from __future__ import annotations

from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from mammoview.archive.library import Library
from mammoview.archive.library_schema import LibraryError
from mammoview.core.errors import EngineError
from mammoview.core.image import MammoImage
from mammoview.core.prediction import ImagePrediction
from mammoview.core.study import Study
from mammoview.dicom.reader import read_image
from mammoview.services.prediction import Phase
from tests.ui.desk import FakeEngine
from tests.unit.ahead_rig import VIEWS, Rig, home_of, three_women


@pytest.fixture
def studies(tmp_path: Path) -> tuple[Study, ...]:
    return three_women(tmp_path)


@pytest.fixture
def home(tmp_path: Path, studies: tuple[Study, ...]) -> Path:
    return home_of(studies, tmp_path)


class Ending(FakeEngine):
    """Ends at each of its first images."""

    def __init__(self, times: int) -> None:
        super().__init__()
        self.times = times

    def predict(self, image: MammoImage) -> ImagePrediction:
        if len(self.calls) < self.times:
            self.calls.append(image.key)
            raise EngineError("the classifier ended", "start it again")
        return super().predict(image)


def test_an_image_that_ends_the_classifier_is_tried_once_and_the_others_are_scored(qtbot: QtBot, home: Path) -> None:
    rig = Rig(qtbot, home, Ending(1))
    rig.start()
    rig.finished()
    assert rig.predictions.state.phase is Phase.READY
    assert rig.engine.calls.count(rig.engine.calls[0]) == 1
    assert len(rig.engine.calls) == 3 * VIEWS
    rig.close()


def test_a_classifier_that_ends_again_and_again_is_the_reader_s_until_it_answers(
    qtbot: QtBot, home: Path, studies: tuple[Study, ...]
) -> None:
    rig = Rig(qtbot, home, Ending(2))
    rig.start()
    qtbot.waitUntil(lambda: rig.predictions.spared, timeout=10_000)
    qtbot.waitUntil(lambda: not rig.ahead.runner.busy, timeout=10_000)
    assert len(rig.engine.calls) == 2
    assert rig.ahead.words == ""
    mine = read_image(studies[2].images[0])
    rig.predictions.ask(mine.key, lambda: mine)
    rig.finished()
    assert rig.engine.calls[2] == mine.key
    assert len(set(rig.engine.calls)) == 3 * VIEWS
    rig.close()


def test_the_reader_s_image_is_scored_after_one_ahead_ended_the_classifier(
    qtbot: QtBot, home: Path, studies: tuple[Study, ...]
) -> None:
    rig = Rig(qtbot, home, Ending(1))
    rig.settings.change(score_ahead=False)
    rig.start()
    qtbot.waitUntil(lambda: rig.predictions.state.phase is Phase.READY, timeout=10_000)
    theirs, mine = (read_image(studies[number].images[0]) for number in (0, 2))
    failed: list[object] = []
    rig.predictions.score_ahead(theirs, failed.append)
    rig.predictions.ask(mine.key, lambda: mine)
    qtbot.waitUntil(lambda: rig.predictions.prediction(mine.key) is not None, timeout=10_000)
    assert isinstance(failed[0], EngineError)
    rig.close()


def test_what_was_scored_while_the_library_kept_nothing_is_scored_again_when_it_does(
    qtbot: QtBot, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    full, put_result = [True], Library.put_result

    def put_unless_full(library: Library, *result: object) -> None:
        if full:
            raise LibraryError("the disk is full", "make room")
        put_result(library, *result)  # type: ignore[arg-type]

    def keep(library: Library) -> None:
        if full:
            raise LibraryError("the disk is full", "make room")

    monkeypatch.setattr(Library, "put_result", put_unless_full)
    rig = Rig(qtbot, home)
    rig.room.write(keep)
    rig.start()
    rig.finished()
    assert (rig.ahead.done, len(rig.engine.calls)) == (0, 3 * VIEWS)
    full.clear()
    rig.room.try_again()
    qtbot.waitUntil(lambda: rig.ahead.done == 3, timeout=20_000)
    rig.close()
