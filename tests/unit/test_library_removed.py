"""A folder that is taken out of the library: its studies leave the list, what was made of them stays."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from mammoview.archive.audit import AuditEvent, entries
from mammoview.archive.library import Library, Query
from mammoview.core.study import Patient, Study
from tests.unit.library_made import ANNA, BERTA, Clock, made_study

WRONG, RIGHT = Path("/wrong"), Path("/right")


@pytest.fixture
def library(tmp_path: Path) -> Iterator[Library]:
    """A library that holds two folders: in the wrong one 1.2, which was read, and 1.3, in the right one 1.4."""
    with Library(tmp_path / "library.sqlite", clock=Clock()) as made:
        for folder in (WRONG, RIGHT):
            made.add_folder(folder, True)
        made.add([study("1.2", WRONG, ANNA), study("1.3", WRONG, BERTA)], WRONG)
        made.add([study("1.4", RIGHT, ANNA, study_date="2025-01-01")], RIGHT)
        made.begin_reading("1.2", "reader")
        yield made


def study(uid: str, folder: Path, patient: Patient, **more: str) -> Study:
    return made_study(uid, folder=folder, patient=patient, **more)


def keys(library: Library) -> list[str]:
    return sorted(row.study_key for row in library.list(Query()))


def test_its_studies_leave_the_list_read_or_not(library: Library) -> None:
    assert set(library.remove_folder(WRONG)) == {"1.2", "1.3"}
    assert keys(library) == ["1.4"]
    assert library.count(Query()) == len(library.numbers(Query())) == 1
    assert [folder.path for folder in library.folders()] == [RIGHT]


def test_a_study_that_left_the_list_is_no_prior_any_more(library: Library) -> None:
    before = library.list(Query(text="2025"))[0]
    assert (before.prior_count, [row.study_key for row in library.priors("1.4")]) == (1, ["1.2"])
    library.remove_folder(WRONG)
    after = library.list(Query(text="2025"))[0]
    assert (after.prior_count, library.priors("1.4")) == (0, ())


def test_all_that_readers_made_is_there_when_the_folder_comes_again(library: Library) -> None:
    library.put_mark("1.2", "1.2.RCC", "m", {"row": 3}, "reader")
    library.assess("1.2", laterality="R", birads="4", text="a mass", reader="reader")
    library.log_reveal("1.2", "reader", "asked for")
    library.visit("1.2", "1.2.RCC", "reader")
    library.finish_reading("1.2", "reader")
    library.log_events(entries(AuditEvent.OPENED, ["1.2"]))
    before, audit = library.export_reading("1.2"), tuple(library.audit_records())
    seen = library.visited("1.2", "reader")
    library.remove_folder(WRONG)
    assert (library.export_reading("1.2"), tuple(library.audit_records())) == (before, audit)
    library.add([study("1.2", WRONG, ANNA), study("1.3", WRONG, BERTA)], WRONG)
    assert keys(library) == ["1.2", "1.3", "1.4"]
    assert (library.export_reading("1.2"), library.visited("1.2", "reader")) == (before, seen)


def test_what_is_made_of_a_study_on_the_screen_after_that_is_kept(library: Library) -> None:
    (row,) = library.held([study("1.2", WRONG, ANNA)])
    assert row is not None
    library.remove_folder(WRONG)
    library.assess(row, laterality="R", birads="5", reader="reader")
    library.add([study("1.2", WRONG, ANNA)], WRONG)
    assert [one.birads for one in library.assessments("1.2")] == ["5"]


def test_a_study_that_lies_in_another_folder_too_stays(library: Library) -> None:
    library.add([study("1.3", RIGHT, BERTA)], RIGHT)
    assert library.remove_folder(WRONG) == ("1.2",)
    assert keys(library) == ["1.3", "1.4"]


def test_what_was_opened_by_itself_within_it_goes_with_it(library: Library) -> None:
    library.add([study("1.5", WRONG / "deep", BERTA)], WRONG / "deep" / "1.5" / "RCC.dcm")
    assert "1.5" in library.remove_folder(WRONG)
    assert keys(library) == ["1.4"]


def test_a_folder_of_the_library_within_it_keeps_its_studies(library: Library) -> None:
    library.add_folder(WRONG / "deep", False)
    library.add([study("1.5", WRONG / "deep", BERTA)], WRONG / "deep")
    library.add([study("1.6", WRONG / "deep", BERTA)], WRONG / "deep" / "1.6")
    library.remove_folder(WRONG)
    assert keys(library) == ["1.4", "1.5", "1.6"]


def test_a_folder_whose_name_begins_like_its_own_is_another(library: Library) -> None:
    library.add([study("1.5", Path("/wrong2"), BERTA)], Path("/wrong2"))
    library.remove_folder(WRONG)
    assert keys(library) == ["1.4", "1.5"]


def test_a_study_whose_files_were_gone_before_leaves_the_list_too(library: Library) -> None:
    library.forget_missing(WRONG, ())
    assert keys(library) == ["1.2", "1.4"]
    assert library.remove_folder(WRONG) == ("1.2",)
    assert keys(library) == ["1.4"]


def test_a_study_whose_files_are_gone_from_another_folder_too_stays(library: Library) -> None:
    library.add([study("1.2", RIGHT, ANNA)], RIGHT)
    library.forget_missing(WRONG, ())
    library.forget_missing(RIGHT, [one for one in library.known(RIGHT) if "/1.4/" in one])
    assert library.remove_folder(WRONG) == ()
    assert keys(library) == ["1.2", "1.4"]


def test_the_folder_that_a_study_came_from_is_one_where_it_is_there(library: Library) -> None:
    library.add([study("1.2", RIGHT, ANNA)], RIGHT)
    library.forget_missing(RIGHT, ())
    assert library.folder_of("1.2") == WRONG
    assert library.folder_of("nobody") is None
