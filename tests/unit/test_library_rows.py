"""Rows that are held over time: under other keys, beside other windows, in a hurry."""

from __future__ import annotations

import contextlib
import sqlite3
import threading
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from mammoview.archive.library import Library
from mammoview.archive.library_schema import GoneError, LibraryError
from mammoview.core.study import Patient, Study
from mammoview.services.assessment import Judgement, keep_judgement
from tests.unit.library_made import ANNA, BERTA, made_image, made_study, written

NONE = ("", "", "")


@pytest.fixture
def library(tmp_path: Path) -> Iterator[Library]:
    with Library(tmp_path / "library.sqlite") as made:
        yield made


def held(library: Library, folder: Path) -> str:
    (key,) = library.add([written(made_study("1.2", folder=folder))], folder)
    return key


def pictures(folder: Path, *names: str) -> Study:
    """One study of plain pictures, whose key is that of the first."""
    images = (
        made_image(name.replace("_", ""), path=folder / f"{name}.png", study_uid=None, uid=None, patient=Patient())
        for name in names
    )
    return written(Study(None, tuple(images)))


def renamed(library: Library, folder: Path) -> tuple[str, str]:
    """The key of a study of pictures as it was, and as it is after a further picture came."""
    (before,) = library.add([pictures(folder, "L_CC")], folder)
    library.begin_reading(before, "anna")
    (after,) = library.add([pictures(folder, "R_CC", "L_CC")], folder)
    assert before != after
    return before, after


def test_a_study_that_was_bound_keeps_its_row_when_its_key_changes(library: Library, tmp_path: Path) -> None:
    before, after = renamed(library, tmp_path)
    library.assess(before, laterality="L", birads="5", reader="anna")
    assert [one.birads for one in library.assessments(after)] == ["5"]


def test_a_mark_gets_its_next_version_also_under_the_key_of_before(library: Library, tmp_path: Path) -> None:
    (before,) = library.add([pictures(tmp_path, "L_CC")], tmp_path)
    library.put_mark(before, "image", "mark", {"at": 1}, "anna")
    library.add([pictures(tmp_path, "R_CC", "L_CC")], tmp_path)
    library.put_mark(before, "image", "mark", {"at": 2}, "anna")
    assert [mark.body for mark in library.marks(before)] == [{"at": 2}]


def test_a_row_that_is_gone_is_never_taken_for_another_of_its_number(library: Library, tmp_path: Path) -> None:
    gone = held(library, tmp_path / "a")
    library.forget_missing(tmp_path / "a", ())
    (other,) = library.add([written(made_study("1.3", folder=tmp_path / "b", patient=BERTA))], tmp_path / "b")
    with pytest.raises(GoneError, match="does not hold this study"):
        library.assess(gone, laterality="R", birads="5", reader="anna")
    assert library.assessments(other) == ()


def test_another_womans_study_with_the_same_uid_is_not_held(library: Library, tmp_path: Path) -> None:
    key = held(library, tmp_path)
    hers, anothers = made_study("1.2", patient=ANNA), made_study("1.2", patient=BERTA)
    assert library.held((hers, anothers)) == (key, None)


def test_a_category_and_a_density_of_one_breast_that_are_given_at_once_both_stand(
    library: Library, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    key = held(library, tmp_path)
    write = library._store.write

    @contextlib.contextmanager
    def after_the_other_window() -> Iterator[sqlite3.Connection]:
        with Library(library.path) as other:
            other.assess(key, laterality="R", density="C", reader="berta")
        with write() as connection:
            yield connection

    monkeypatch.setattr(library._store, "write", after_the_other_window)
    keep_judgement("R", Judgement(), Judgement(birads="4", reader="anna"), library, key)
    (one,) = library.assessments(key)
    assert (one.birads, one.density) == ("4", "C")


def test_who_takes_the_place_of_a_category_that_she_did_not_know_is_told_of_it(
    library: Library, tmp_path: Path
) -> None:
    key = held(library, tmp_path)
    library.assess(key, laterality="R", birads="5", reader="berta")
    stood = library.change_assessment(key, laterality="R", before=NONE, said=("1", "", ""), reader="anna")
    assert stood is not None
    assert (stood.birads, stood.reader) == ("5", "berta")


def test_who_changes_what_she_knew_is_told_nothing(library: Library, tmp_path: Path) -> None:
    key = held(library, tmp_path)
    library.assess(key, laterality="R", birads="5", reader="berta")
    before = ("5", "", "")
    assert library.change_assessment(key, laterality="R", before=before, said=("1", "", ""), reader="anna") is None


@pytest.mark.parametrize(
    ("there", "before", "said", "kept"),
    [
        ("a mass", "", "calcifications", "a mass\ncalcifications"),
        ("a mass\ncalc", "calc", "calcifications", "a mass\ncalcifications"),
        ("a mass\ncalc", "calc", "", "a mass"),
        ("calc", "calc", "calcifications", "calcifications"),
    ],
)
def test_texts_of_two_readers_both_stand(
    library: Library, tmp_path: Path, there: str, before: str, said: str, kept: str
) -> None:
    key = held(library, tmp_path)
    library.assess(key, laterality="", text=there, reader="berta")
    library.change_assessment(key, laterality="", before=("", "", before), said=("", "", said), reader="anna")
    assert [one.text for one in library.assessments(key)] == [kept]


def test_what_is_kept_later_tells_when_it_was_made(library: Library, tmp_path: Path) -> None:
    key = held(library, tmp_path)
    with library.as_of(datetime(2026, 1, 31, 8, 15, tzinfo=UTC)):
        library.assess(key, laterality="R", birads="4", reader="anna")
    later = library.assess(key, laterality="L", birads="1", reader="anna")
    assert [one.time for one in library.assessments(key)] == ["2026-01-31T08:15:00.000Z", later.time]
    assert later.time > "2026-02"


def test_a_library_in_a_hurry_waits_for_no_other_program(tmp_path: Path) -> None:
    with Library(tmp_path / "library.sqlite", timeout_s=600) as library:
        told: list[str] = []

        def write() -> None:
            try:
                library.add_folder(tmp_path, watched=True)
            except LibraryError as error:
                told.append(str(error))

        with contextlib.closing(sqlite3.connect(library.path, isolation_level=None)) as other:
            other.execute("BEGIN IMMEDIATE")
            waiting = threading.Thread(target=write)
            waiting.start()
            library.hurry(0)
            waiting.join(60)
            assert not waiting.is_alive()
            other.execute("ROLLBACK")
    assert "locked by another program" in told[0]
