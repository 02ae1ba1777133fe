"""Two windows on one library: each keeps what is done in it, and neither takes anything from the other unsaid."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections import defaultdict
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from mammoview.archive.library import Library, Query
from mammoview.archive.library_reading import Assessment, ReadingState
from mammoview.core.history import delete, put
from mammoview.core.marks import Mark, MarkKind
from mammoview.services.settings import SettingsStore
from tests.end2end.test_window_kill import write_cases
from tests.factories import BERTA, write_study
from tests.ui.desk import Desk

SIZE = {"rows": 240, "columns": 180}
CASES = 4

MakeDesk = Callable[[str], Desk]


@pytest.fixture
def library_file(tmp_path: Path) -> Path:
    return tmp_path / "library" / "library.sqlite"


@pytest.fixture
def make_desk(qtbot: QtBot, tmp_path: Path, library_file: Path) -> Iterator[MakeDesk]:
    """Makes windows of readers, by name, that show the first of two women; all on one library."""
    write_study(tmp_path / "all" / "a", **SIZE)
    write_study(tmp_path / "all" / "b", woman=BERTA, study="berta", **SIZE)
    desks: list[Desk] = []

    def make(reader: str) -> Desk:
        desk = Desk(qtbot, tmp_path / reader, library=library_file)
        desks.append(desk)
        desk.window.settings.change(reader=reader)
        desk.open(tmp_path / "all")
        settled(desk)
        return desk

    yield make
    for desk in desks:
        desk.window.close()


def settled(desk: Desk) -> None:
    room = desk.window.reading
    desk.qtbot.waitUntil(
        lambda: (
            not room.busy
            and not desk.window.indexing.runner.busy
            and room.library_key(desk.session.study.key) is not None
            and room.current.known
        ),
        timeout=20_000,
    )


def open_again(desk: Desk) -> None:
    """Go to the other woman and back."""
    first, second = (case.current.key for case in desk.session.worklist.cases)
    for key in (second, first):
        desk.session.show_study(key)
        settled(desk)


def shown(desk: Desk) -> dict[tuple[str, str], str]:
    told = desk.window.side_panel.assessment.values.items()
    return {place: label.text() for place, label in told if label.text() != "_"}


def history(library_file: Path, desk: Desk) -> tuple[Assessment, ...]:
    with Library(library_file) as library:
        return library.assessment_history(desk.window.reading.library_key(desk.session.study.key))


def marks(desk: Desk) -> set[Mark]:
    return set(desk.window.bench.marks.of_study(desk.session.study.images[0].key))


def draw(desk: Desk, column: float) -> Mark:
    image = desk.session.study.images[0].key
    mark = Mark(MarkKind.RULER, image, 1, ((1.0, 2.0), (30.0, column)))
    desk.window.bench.marks.do(image, put(mark))
    return mark


def test_a_study_that_one_window_finished_is_read_in_the_list_of_the_other(make_desk: MakeDesk) -> None:
    anna, berta = make_desk("ANNA"), make_desk("BERTA")
    first = anna.session.study
    for _ in range(2):  # neither breast has a category
        anna.do("finish")
    anna.qtbot.waitUntil(lambda: anna.session.study is not first, timeout=20_000)
    berta.do("library")
    library = berta.window.library

    def states() -> list[str]:
        rows = (library.model.row(number) for number in range(library.model.total or 0))
        return sorted(f"{row.state} {row.reader}" for row in rows if row is not None)

    berta.qtbot.waitUntil(lambda: "read ANNA" in states(), timeout=20_000)


def test_a_judgement_of_the_other_window_is_superseded_and_stays_in_the_history(
    make_desk: MakeDesk, library_file: Path
) -> None:
    anna, berta = make_desk("ANNA"), make_desk("BERTA")
    anna.do("birads-4")
    berta.do("birads-5")
    settled(berta)
    first, second = history(library_file, anna)
    assert [(one.birads, one.reader) for one in (first, second)] == [("4", "ANNA"), ("5", "BERTA")]
    assert second.supersedes == first.id
    open_again(anna)
    assert shown(anna) == {("R", "birads"): "5"}


def test_a_density_leaves_the_category_that_the_other_window_gave(make_desk: MakeDesk, library_file: Path) -> None:
    anna, berta = make_desk("ANNA"), make_desk("BERTA")
    anna.do("birads-4")
    settled(anna)
    berta.do("density-c")
    settled(berta)
    last = history(library_file, anna)[-1]
    assert (last.birads, last.density) == ("4", "C")
    assert shown(berta) == {("R", "birads"): "4", ("R", "density"): "C"}
    assert "changed in another window" in berta.window.status.message.text()


def test_marks_of_both_windows_are_kept_and_shown_when_the_study_is_opened_again(make_desk: MakeDesk) -> None:
    anna, berta = make_desk("ANNA"), make_desk("BERTA")
    drawn = {draw(anna, 50.0), draw(berta, 60.0)}
    for desk in (anna, berta):
        open_again(desk)
        desk.qtbot.waitUntil(lambda desk=desk: marks(desk) == drawn, timeout=20_000)


def test_a_mark_that_the_other_window_moved_or_deleted_is_shown_so(make_desk: MakeDesk) -> None:
    anna = make_desk("ANNA")
    one, other = draw(anna, 50.0), draw(anna, 60.0)
    berta = make_desk("BERTA")
    berta.qtbot.waitUntil(lambda: marks(berta) == {one, other}, timeout=20_000)
    moved = one.moved(5, 5)
    anna.window.bench.marks.do(one.image_key, put(moved, one))
    anna.window.bench.marks.do(one.image_key, delete(other))
    settled(anna)
    open_again(berta)
    berta.qtbot.waitUntil(lambda: marks(berta) == {moved}, timeout=20_000)
    settled(berta)
    with Library(berta.window.reading.library.path) as library:
        assert len(library.mark_history(one.id)) == 2


def started(tmp_path: Path, reader: str, library_file: Path) -> subprocess.Popen[str]:
    SettingsStore(tmp_path / reader).change(reader=reader)
    return subprocess.Popen(
        [sys.executable, "-m", "tests.end2end.reading_script", str(tmp_path / "cases"), str(CASES), str(library_file)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "QT_QPA_PLATFORM": "offscreen", "MAMMOVIEW_HOME": str(tmp_path / reader)},
    )


@pytest.mark.parametrize("at_once", [True, False])
def test_two_programs_that_read_the_same_cases_lose_nothing(
    tmp_path: Path, library_file: Path, *, at_once: bool
) -> None:
    write_cases(tmp_path / "cases", CASES)
    lines, given = [], defaultdict(list)
    waiting = {"anna": started(tmp_path, "anna", library_file)}
    if at_once:
        waiting["berta"] = started(tmp_path, "berta", library_file)
    for reader in ("anna", "berta"):
        if reader not in waiting:
            waiting[reader] = started(tmp_path, reader, library_file)
        said, faults = waiting[reader].communicate(timeout=200)
        assert waiting[reader].returncode == 0, said[-1000:] + faults[-1000:]
        told = [json.loads(line) for line in said.splitlines()]
        lines += told
        for line in told:
            if line["what"] == "assessed":
                given[line["study"], line["side"], reader] += line["given"].items()
    assert [line["words"] for line in lines if line["what"] == "said" and "lock" in line["words"]] == []
    with Library(library_file) as library:
        assert library.check() == ""
        assert library.count(Query(states=frozenset({ReadingState.READ}))) == CASES
        for line in lines:
            if line["what"] == "mark":
                assert line["record"] in [version.body for version in library.mark_history(line["id"])]
        for (study, side, reader), changes in given.items():
            kept = [one for one in library.assessment_history(study) if (one.laterality, one.reader) == (side, reader)]
            for one, (what, value) in zip(kept, changes, strict=True):  # beside it stands what the other has given
                assert value == getattr(one, what) or (what == "text" and value in one.text.splitlines())
