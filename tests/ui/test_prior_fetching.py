"""Priors of the open case come from an archive by themselves, where the reader wants it, and nothing else does."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from mammoview.archive.pacs.nodes import Nodes
from mammoview.services.archives import Archives
from mammoview.services.prior_fetching import PriorFetching
from mammoview.ui.archives_dialog import ArchivesDialog
from tests.factories import BERTA, write_study
from tests.network.peers import Archive
from tests.ui.archive_rig import WAIT_MS, LetKnow, letting_know, mammogram, two_studies, uid
from tests.ui.conftest import SIZE, MakeDesk
from tests.ui.desk import Desk

_SMALL: dict[str, Any] = dict(SIZE)


@pytest.fixture
def archive() -> Archive:
    return two_studies()


@pytest.fixture
def known(mammoview_home: Path) -> Iterator[LetKnow]:
    with letting_know(mammoview_home) as let_know:
        yield let_know


@pytest.fixture
def empty(make_desk: MakeDesk, tmp_path: Path) -> Desk:
    """A window with a library and no study."""
    return make_desk(library=tmp_path / "library.sqlite")


def fetching(desk: Desk) -> PriorFetching:
    (found,) = desk.window.findChildren(PriorFetching)
    found.set_pause(5)
    return found


def read(desk: Desk, folder: Path, **options: Any) -> None:
    """Open the case whose priors are looked for."""
    desk.open(*write_study(folder / "now", study="now", study_date="20260131", **_SMALL, **options))


def said(desk: Desk, folder: Path) -> str:
    """What is said of the priors of the case, when it is opened."""
    with desk.qtbot.waitSignal(fetching(desk).said, timeout=WAIT_MS) as told:
        read(desk, folder)
    return str(told.args[0])


def nothing_asked(desk: Desk) -> bool:
    """Whether no archive is being asked, once all that was begun has ended."""
    found = fetching(desk)
    desk.qtbot.waitUntil(lambda: not found._pause.isActive() and not found.runner.busy, timeout=WAIT_MS)
    return True


def test_the_newest_prior_comes_and_is_the_case_s(
    empty: Desk, archive: Archive, known: LetKnow, tmp_path: Path
) -> None:
    archive.objects += [mammogram(study="long before", date="20200131"), mammogram(study="later", date="20270131")]
    known(archive)
    empty.window.settings.change(priors_from="made")
    assert said(empty, tmp_path) == "a prior of this case came from made"
    assert {str(one.StudyInstanceUID) for one in archive.asked} == {uid("before")}
    empty.do("prior")
    assert empty.session.study.key == uid("before")
    library = empty.window.reading.library
    assert library is not None and library.study(uid("before")).image_count == 2  # type: ignore[union-attr]
    empty.settle()


def test_no_archive_is_asked_unless_the_reader_wants_it(
    empty: Desk, archive: Archive, known: LetKnow, tmp_path: Path
) -> None:
    known(archive)
    fetching(empty)
    read(empty, tmp_path)
    assert nothing_asked(empty) and archive.queries == []


def test_a_choice_in_the_dialog_holds_for_the_open_case(
    empty: Desk, archive: Archive, known: LetKnow, tmp_path: Path
) -> None:
    known(archive)
    fetching(empty)
    read(empty, tmp_path)
    empty.do("archives")
    (dialog,) = empty.window.findChildren(ArchivesDialog)
    with empty.qtbot.waitSignal(fetching(empty).joined, timeout=WAIT_MS):
        dialog.priors.setCurrentIndex(1)
        dialog.priors.activated.emit(1)
    dialog.accept()


def test_another_archive_is_asked_about_a_case_that_was_answered(
    empty: Desk, archive: Archive, mammoview_home: Path, tmp_path: Path
) -> None:
    found = fetching(empty)
    with Archive(mammogram()).running() as one, archive.running(name="other") as other:
        for node in (one, other):
            Nodes(mammoview_home).add(node)
        empty.window.archives.fetch_priors_from("made")
        read(empty, tmp_path)
        empty.qtbot.waitUntil(lambda: bool(found._settled), timeout=WAIT_MS)
        with empty.qtbot.waitSignal(found.joined, timeout=WAIT_MS):
            empty.window.archives.fetch_priors_from("other")


@pytest.mark.parametrize("number", ["", "DEMO*", "DEMO-000?"])
def test_a_number_that_names_no_woman_is_not_asked_for(
    empty: Desk, archive: Archive, known: LetKnow, tmp_path: Path, number: str
) -> None:
    known(archive)
    empty.window.settings.change(priors_from="made")
    fetching(empty)
    read(empty, tmp_path, PatientID=number)
    assert nothing_asked(empty) and archive.queries == []


def test_a_prior_that_the_library_has_is_not_retrieved(
    empty: Desk, archive: Archive, known: LetKnow, tmp_path: Path
) -> None:
    known(archive)
    empty.open(*write_study(tmp_path / "before", study="before", study_date="20240131", **_SMALL))
    empty.qtbot.waitUntil(lambda: not empty.window.indexing.runner.busy, timeout=WAIT_MS)
    empty.window.settings.change(priors_from="made")
    fetching(empty)
    read(empty, tmp_path)
    empty.qtbot.waitUntil(lambda: bool(archive.queries), timeout=WAIT_MS)
    assert nothing_asked(empty) and archive.asked == []


def test_a_prior_of_which_a_part_came_is_completed(
    empty: Desk, archive: Archive, known: LetKnow, tmp_path: Path
) -> None:
    for one in archive.objects:
        one.NumberOfStudyRelatedInstances = 2
    node = known(archive)
    archives: Archives = empty.window.archives
    whole, archive.objects = archive.objects, archive.objects[:3]
    came: list[object] = []
    archives.retrieve(node, [uid("before")], came.append, came.append)
    empty.qtbot.waitUntil(lambda: bool(came), timeout=WAIT_MS)
    archive.objects = whole
    empty.window.settings.change(priors_from="made")
    said(empty, tmp_path)
    library = empty.window.reading.library
    assert library is not None and library.study(uid("before")).image_count == 2  # type: ignore[union-attr]


def test_a_case_is_asked_about_once(empty: Desk, known: LetKnow, tmp_path: Path) -> None:
    archive = Archive(mammogram())
    known(archive)
    empty.window.settings.change(priors_from="made")
    found = fetching(empty)
    read(empty, tmp_path)
    empty.qtbot.waitUntil(lambda: bool(found._settled), timeout=WAIT_MS)
    found.follow()
    assert nothing_asked(empty) and len(archive.queries) == 1


@pytest.mark.parametrize(
    "told", [{"PatientBirthDate": "19700101"}, {"date": "20260131", "time": "120000"}, {"ModalitiesInStudy": "US"}]
)
def test_what_is_no_prior_of_hers_is_not_retrieved(
    empty: Desk, known: LetKnow, tmp_path: Path, told: dict[str, str]
) -> None:
    named: dict[str, Any] = {"date": "20250131", **told}
    archive = Archive(mammogram(study="other", **named))
    known(archive)
    empty.window.settings.change(priors_from="made")
    found = fetching(empty)
    read(empty, tmp_path)
    empty.qtbot.waitUntil(lambda: bool(found._settled), timeout=WAIT_MS)
    assert archive.asked == []


def test_an_archive_that_fails_is_said_once(empty: Desk, archive: Archive, known: LetKnow, tmp_path: Path) -> None:
    archive.status = 0xC000
    known(archive)
    empty.window.settings.change(priors_from="made")
    assert said(empty, tmp_path).startswith("no priors from made: ")
    lines: list[str] = []
    fetching(empty).said.connect(lines.append)
    fetching(empty).follow()
    empty.qtbot.waitUntil(lambda: len(archive.queries) == 2, timeout=WAIT_MS)
    assert nothing_asked(empty) and lines == []


def test_a_prior_that_comes_too_late_is_in_the_library(
    empty: Desk, archive: Archive, known: LetKnow, tmp_path: Path
) -> None:
    gate = threading.Event()
    archive.before_each = lambda association, number: archive.asked and gate.wait(20)  # type: ignore[assignment]
    known(archive)
    empty.window.settings.change(priors_from="made")
    found = fetching(empty)
    read(empty, tmp_path)
    empty.qtbot.waitUntil(lambda: bool(archive.asked), timeout=WAIT_MS)
    empty.window.commands.close_studies()
    with empty.qtbot.waitSignal(found.said, timeout=WAIT_MS) as told:
        gate.set()
    assert told.args == ["a prior came from made: the list of studies has it"]


def test_a_prior_of_a_case_that_the_reader_has_left_waits_there(
    empty: Desk, archive: Archive, known: LetKnow, tmp_path: Path
) -> None:
    gate = threading.Event()
    archive.before_each = lambda association, number: archive.asked and gate.wait(20)  # type: ignore[assignment]
    known(archive)
    empty.window.settings.change(priors_from="made")
    found = fetching(empty)
    other = write_study(tmp_path / "other", woman=BERTA, **_SMALL)
    empty.open(*write_study(tmp_path / "now", study="now", study_date="20260131", **_SMALL), *other)
    empty.qtbot.waitUntil(lambda: bool(archive.asked), timeout=WAIT_MS)
    empty.do("next-study")
    with empty.qtbot.waitSignal(found.said, timeout=WAIT_MS) as told:
        gate.set()
    assert told.args == ["a prior came from made: the list of studies has it"]
    empty.do("previous-study")
    empty.do("prior")
    assert empty.session.study.key == uid("before")
    empty.settle()
