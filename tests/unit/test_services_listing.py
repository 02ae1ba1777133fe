"""Lists whose studies or images share UIDs: what is opened is what was listed, or it is left out and counted."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from mammoview.archive.library import Library, Query, StudyRow
from mammoview.core.study import Patient, Study
from mammoview.services.listing import in_order, joined, listing_around
from mammoview.services.worklist import Worklist, make_worklist
from tests.unit.library_made import ANNA, BERTA, made_image, made_study, written


@pytest.fixture
def library(tmp_path: Path) -> Iterator[Library]:
    with Library(tmp_path / "library.sqlite") as made:
        yield made


def with_image(folder: Path, patient: Patient, *, study_uid: str, uid: str = "1.9.1") -> Study:
    image = made_image("RCC", path=folder / "RCC.dcm", study_uid=study_uid, uid=uid, patient=patient)
    return written(Study(study_uid, (image,)))


def row_of(library: Library, patient: Patient) -> StudyRow:
    return next(row for row in library.list(Query()) if row.patient.name == patient.name)


def worklist(*studies: Study) -> Worklist:
    return make_worklist(studies)


def names(made: Worklist) -> list[str]:
    return [case.patient.name for case in made.cases]


def test_of_two_women_whose_images_share_a_uid_the_chosen_one_is_opened(library: Library, tmp_path: Path) -> None:
    library.add([with_image(tmp_path / "zz", ANNA, study_uid="1.1")], tmp_path / "zz")
    library.add([with_image(tmp_path / "aa", BERTA, study_uid="1.2")], tmp_path / "aa")
    for woman, folder in ((ANNA, "zz"), (BERTA, "aa")):
        listing = listing_around(Query(), row_of(library, woman), 0, None, library)
        assert listing.paths == (tmp_path / folder / "RCC.dcm",)
        assert listing.left_out == 1


def test_a_study_is_bound_to_the_row_that_its_file_was_listed_for(library: Library, tmp_path: Path) -> None:
    library.add([with_image(tmp_path / "a", ANNA, study_uid="1.1")], tmp_path / "a")
    listing = listing_around(Query(), row_of(library, ANNA), 0, None, library)
    elsewhere = with_image(tmp_path / "b", ANNA, study_uid="1.1")
    assert in_order(listing, [elsewhere], worklist(elsewhere)) == ((), {})


def test_a_file_that_another_womans_took_the_place_of_is_not_her_study(library: Library, tmp_path: Path) -> None:
    library.add([with_image(tmp_path / "a", ANNA, study_uid="1.1")], tmp_path / "a")
    listing = listing_around(Query(), row_of(library, ANNA), 0, None, library)
    now = with_image(tmp_path / "a", BERTA, study_uid="1.1")
    assert in_order(listing, [now], worklist(now)) == ((), {})


def test_the_next_part_does_not_bring_another_image_under_a_uid_that_is_open(tmp_path: Path) -> None:
    here = worklist(with_image(tmp_path / "a", ANNA, study_uid="1.1"))
    made, left_out = joined(here, worklist(with_image(tmp_path / "b", BERTA, study_uid="1.2")))
    assert (names(made), left_out) == ([ANNA.name], 1)


def test_the_next_part_does_not_bring_another_woman_under_a_study_uid_that_is_open(tmp_path: Path) -> None:
    here = worklist(with_image(tmp_path / "a", ANNA, study_uid="1.1"))
    made, left_out = joined(here, worklist(with_image(tmp_path / "b", BERTA, study_uid="1.1", uid="1.9.2")))
    assert (names(made), left_out) == ([ANNA.name], 1)


def test_what_is_open_already_does_not_come_twice_and_is_not_left_out() -> None:
    first, second = made_study("1.1", patient=ANNA), made_study("1.2", patient=BERTA)
    made, left_out = joined(worklist(first), worklist(first, second))
    assert (names(made), left_out) == ([ANNA.name, BERTA.name], 0)
