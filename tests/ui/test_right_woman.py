"""What a reader does goes to the woman on the screen, and what stands there is hers, whatever keys women share."""

from __future__ import annotations

import threading
from pathlib import Path
from typing import Any

import pytest

from mammoview.archive.library import Library, Query
from mammoview.services import indexing
from tests.factories import ANNA, BERTA, Woman, make_picture, write_study
from tests.ui.conftest import SIZE, MakeDesk
from tests.ui.desk import Desk

UID = "1.2.3.4.5"


@pytest.fixture
def library_file(tmp_path: Path) -> Path:
    return tmp_path / "library" / "library.sqlite"


@pytest.fixture
def two_women(tmp_path: Path) -> tuple[Path, Path]:
    """The folders of two women's studies with one Study Instance UID."""
    for name, woman in (("a", ANNA), ("b", BERTA)):
        write_study(tmp_path / name, woman=woman, study=name, StudyInstanceUID=UID, **SIZE)
    return tmp_path / "a", tmp_path / "b"


def idle(desk: Desk) -> None:
    desk.qtbot.waitUntil(lambda: not desk.window.reading.busy and not desk.window.indexing.runner.busy, timeout=20_000)


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


def open_from_list(desk: Desk, woman: Woman) -> None:
    panel = desk.window.library
    panel.show_list()
    panel.search.setText(woman.name.replace("^", " "))
    panel.refresh()
    desk.qtbot.waitUntil(lambda: panel.model.total == 1 and panel.chosen is not None, timeout=20_000)
    with desk.qtbot.waitSignal(desk.window.opening.opened, timeout=20_000):
        panel.open_chosen()
    desk.settle()
    settled(desk)


def assess(desk: Desk, side: str, birads: str) -> None:
    desk.window.reading.assess((side,), birads=birads)
    idle(desk)


def on_screen(desk: Desk) -> dict[str, str]:
    return {side: one.birads for side, one in desk.window.reading.current.judgements.items() if one.birads}


def in_library(library_file: Path) -> dict[str, str]:
    with Library(library_file) as library:
        return {row.patient.name: row.assessment for row in library.list(Query())}


def test_a_study_from_the_list_is_not_the_one_that_was_opened_by_its_path(
    make_desk: MakeDesk, library_file: Path, two_women: tuple[Path, Path]
) -> None:
    desk = make_desk(library=library_file)
    for folder in reversed(two_women):
        desk.open(folder)
        settled(desk)
    assess(desk, "R", "5")
    open_from_list(desk, BERTA)
    assert desk.session.study.patient.name == BERTA.name
    assert on_screen(desk) == {}
    assess(desk, "L", "2")
    assert in_library(library_file) == {ANNA.name: "R 5", BERTA.name: "L 2"}


def test_without_a_usable_library_another_womans_assessment_is_not_shown(
    make_desk: MakeDesk, library_file: Path, two_women: tuple[Path, Path]
) -> None:
    library_file.parent.mkdir()
    library_file.write_bytes(b"no library" * 1000)
    desk = make_desk(library=library_file)
    desk.open(two_women[0])
    assess(desk, "R", "5")
    desk.open(two_women[1])
    assert on_screen(desk) == {}
    desk.open(two_women[0])
    assert on_screen(desk) == {"R": "5"}


def test_in_a_read_only_library_another_womans_assessment_is_not_hers(
    make_desk: MakeDesk, library_file: Path, two_women: tuple[Path, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    desk = make_desk(library=library_file)
    desk.open(two_women[0])
    settled(desk)
    assess(desk, "R", "5")
    desk.window.close()
    monkeypatch.setattr(Library, "problem", property(lambda self: f"{self.path} is read-only"))
    desk = make_desk(library=library_file)
    desk.open(two_women[1])
    idle(desk)
    assert on_screen(desk) == {}
    assert desk.window.reading.library_key(desk.session.study.key) is None


def test_what_an_overtaken_opening_found_out_is_not_taken_for_the_next(
    make_desk: MakeDesk, library_file: Path, two_women: tuple[Path, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    added, gate = indexing._added, threading.Event()

    def late(*arguments: Any) -> dict[str, str]:
        gate.wait(20)
        return added(*arguments)

    monkeypatch.setattr(indexing, "_added", late)
    desk = make_desk(library=library_file)
    room = desk.window.reading
    adopted: list[tuple[str, str]] = []

    def note() -> None:
        key = room.library_key(desk.session.study.key)
        told = None if key is None else room.library.row_key(key)
        adopted.extend([] if told is None else [(desk.session.study.patient.name, told[1].name)])

    room.adopted.connect(note)
    for folder in two_women:
        desk.open(folder)
    gate.set()
    settled(desk)
    assert (BERTA.name, BERTA.name) in adopted
    assert [told for told in adopted if told[0] != told[1]] == []


def test_an_assessment_is_kept_where_the_folder_of_pictures_filled_meanwhile(
    make_desk: MakeDesk, library_file: Path, tmp_path: Path
) -> None:
    folder = tmp_path / "watched"
    for view in ("CC", "MLO"):
        make_picture(folder / f"L_{view}.png", "L", 480, 360)
    desk = make_desk(library=library_file)
    desk.window.indexing.watch(folder)
    idle(desk)
    desk.open(folder)
    settled(desk)
    assess(desk, "L", "2")
    key = desk.window.reading.library_key(desk.session.study.key)
    make_picture(folder / "A_R_CC.png", "R", 480, 360)
    make_picture(folder / "R_CC.png", "R", 480, 360)
    desk.window.indexing.look_again()
    desk.qtbot.waitUntil(
        lambda: (
            not desk.window.reading.busy
            and not desk.window.indexing.runner.busy
            and desk.window.reading.library.study(str(key)) is None
        ),
        timeout=20_000,
    )
    assess(desk, "L", "5")
    with Library(library_file) as library:
        assert "L 5" in [row.assessment for row in library.list(Query())]
    assert on_screen(desk) == {"L": "5"}


def test_an_older_study_in_place_is_neither_assessed_nor_finished(
    make_desk: MakeDesk, library_file: Path, tmp_path: Path
) -> None:
    write_study(tmp_path / "all" / "now", study="now", study_date="20240131", **SIZE)
    write_study(tmp_path / "all" / "old", study="old", study_date="20220131", **SIZE)
    desk = make_desk(library=library_file)
    desk.open(tmp_path / "all")
    settled(desk)
    desk.do("prior")
    settled(desk)
    desk.do("birads-4")
    assert "an older one of this case" in desk.window.status.message.text()
    panel = desk.window.side_panel.assessment
    assert panel.text.isReadOnly() and not panel.finish.isEnabled()
    idle(desk)
    assert set(in_library(library_file).values()) == {""}
    desk.do("prior")
    assess(desk, "R", "4")
    assert not panel.text.isReadOnly() and panel.finish.isEnabled()
    with Library(library_file) as library:
        assert {row.study_date: row.assessment for row in library.list(Query())} == {
            "2024-01-31": "R 4",
            "2022-01-31": "",
        }
