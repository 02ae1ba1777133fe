"""Lists whose studies or images share UIDs: what is opened is what was listed, or it is left out and counted."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from mammoview.archive.library import Library, Query, StudyRow
from mammoview.archive.library_reading import ReadingState
from mammoview.core.study import Patient, Study
from mammoview.services import listing
from mammoview.services.listing import Away, Listing, in_order, joined, listing_after, listing_around, listing_before
from mammoview.services.worklist import Worklist, make_worklist
from tests.unit.library_made import ANNA, BERTA, made_image, made_study, written

NOWHERE: Away = frozenset()


@pytest.fixture
def library(tmp_path: Path) -> Iterator[Library]:
    with Library(tmp_path / "library.sqlite") as made:
        yield made


def with_image(folder: Path, patient: Patient, *, study_uid: str, uid: str = "1.9.1") -> Study:
    image = made_image("RCC", path=folder / "RCC.dcm", study_uid=study_uid, uid=uid, patient=patient)
    return written(Study(study_uid, (image,)))


def row_of(library: Library, patient: Patient) -> StudyRow:
    return next(row for row in library.list(Query()) if row.patient.name == patient.name)


def opened(library: Library, patient: Patient) -> Listing:
    """The whole list, opened at this woman's study."""
    row, numbers = row_of(library, patient), library.numbers(Query())
    return listing_around(numbers, library.list(Query()).index(row), row, 50, None, NOWHERE, library)


def worklist(*studies: Study) -> Worklist:
    return make_worklist(studies)


def names(made: Worklist) -> list[str]:
    return [case.patient.name for case in made.cases]


def test_of_two_women_whose_images_share_a_uid_the_chosen_one_is_opened(library: Library, tmp_path: Path) -> None:
    library.add([with_image(tmp_path / "zz", ANNA, study_uid="1.1")], tmp_path / "zz")
    library.add([with_image(tmp_path / "aa", BERTA, study_uid="1.2")], tmp_path / "aa")
    for woman, folder in ((ANNA, "zz"), (BERTA, "aa")):
        listing = opened(library, woman)
        assert listing.paths == (tmp_path / folder / "RCC.dcm",)
        assert listing.left_out == 1


def test_a_study_is_bound_to_the_row_that_its_file_was_listed_for(library: Library, tmp_path: Path) -> None:
    library.add([with_image(tmp_path / "a", ANNA, study_uid="1.1")], tmp_path / "a")
    listing = opened(library, ANNA)
    elsewhere = with_image(tmp_path / "b", ANNA, study_uid="1.1")
    assert in_order(listing, [elsewhere], worklist(elsewhere)) == ((), {})


def test_the_chosen_study_opens_where_its_files_are_there_though_its_folder_left_the_list_since(
    library: Library, tmp_path: Path
) -> None:
    for folder, woman, uid in (("a", ANNA, "1.1"), ("b", BERTA, "1.2")):
        library.add_folder(tmp_path / folder, False)
        library.add([with_image(tmp_path / folder, woman, study_uid=uid, uid=f"{uid}.1")], tmp_path / folder)
    library.begin_reading("1.1", "reader")
    numbers, row = library.numbers(Query()), row_of(library, ANNA)
    library.remove_folder(tmp_path / "a")
    listing = listing_around(numbers, 0, row, 50, None, NOWHERE, library)
    assert set(listing.paths) == {tmp_path / "a" / "RCC.dcm", tmp_path / "b" / "RCC.dcm"}


def test_a_file_that_another_womans_took_the_place_of_is_not_her_study(library: Library, tmp_path: Path) -> None:
    library.add([with_image(tmp_path / "a", ANNA, study_uid="1.1")], tmp_path / "a")
    listing = opened(library, ANNA)
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


def test_a_woman_s_newer_study_in_front_leaves_the_one_on_the_screen_where_it_stands() -> None:
    years = (26, 24, 22)
    newest, older, oldest = (made_study(f"1.{year}", patient=ANNA, study_date=f"20{year}-01-31") for year in years)
    here = worklist(made_study("1.9", patient=BERTA), older, oldest)
    made, _ = joined(here, worklist(newest, older, oldest), in_front=True)
    assert [case.current.key for case in made.cases] == ["1.26", "1.9", "1.24"]
    assert [made.case_of(key) for key in ("1.26", "1.24", "1.22")] == [0, 2, 2]


@pytest.fixture
def seven(library: Library, monkeypatch: pytest.MonkeyPatch) -> Library:
    """Seven women's studies, the newest with number 0; the first woman has a prior between numbers 4 and 5."""
    monkeypatch.setattr(listing, "LONGEST_PART", 3)
    women = [(number, 28 - 2 * number, number) for number in range(7)]
    for number, day, woman in (*women, (9, 19, 0)):
        told = Patient(f"W^{woman}", f"ID-{woman}", "1960-02-29", "F")
        library.add([made_study(f"1.{number}", patient=told, study_date=f"2026-01-{day:02}")], Path("/archive"))
    return library


@pytest.fixture(autouse=True)
def files_that_are_there(monkeypatch: pytest.MonkeyPatch) -> None:
    """What was made without files counts as there."""
    monkeypatch.setattr(Path, "exists", lambda _: True)


def part_of(library: Library, query: Query, start: int) -> Listing:
    return listing_around(library.numbers(query), start, library.list(query)[start], 0, None, NOWHERE, library)


def listed(part: Listing | None, library: Library) -> list[str]:
    """The keys of the studies that the list has in a part."""
    assert part is not None
    return [row.study_key for row in library.rows(part.numbers[part.start : part.end]) if row is not None]


@pytest.mark.parametrize(
    ("descending", "start", "further", "expected"),
    [(True, 0, listing_after, ["1.3", "1.4", "1.9"]), (False, 5, listing_before, ["1.9", "1.4", "1.3"])],
)
def test_a_prior_further_on_in_the_list_does_not_hide_what_lies_between(
    seven: Library,
    descending: bool,
    start: int,
    further: Callable[[Listing, Away, Library], Listing | None],
    expected: list[str],
) -> None:
    part = further(part_of(seven, Query(descending=descending), start), NOWHERE, seven)
    assert sorted(listed(part, seven)) == sorted(expected)


def test_a_part_of_which_all_files_are_gone_is_passed_over(seven: Library) -> None:
    first = part_of(seven, Query(), 0)
    for key in ("1.3", "1.9", "1.4"):
        seven.finish_reading(key, "reader")  # so that the list still has them
    known = seven.known(Path("/archive"))
    seven.forget_missing(Path("/archive"), [one for one in known if Path(one).parent.name in ("1.0", "1.1", "1.2")])
    gone = listing_after(first, NOWHERE, seven)
    assert gone is not None and not gone.paths
    assert listed(gone, seven) == ["1.3", "1.4", "1.9"]


def test_parts_of_which_all_studies_left_the_library_are_passed_over(seven: Library) -> None:
    first, last = part_of(seven, Query(), 0), part_of(seven, Query(), 6)
    kept = ("1.0", "1.1", "1.2", "1.5", "1.6")
    seven.forget_missing(Path("/archive"), [one for one in seven.known(Path("/archive")) if one.split("/")[2] in kept])
    assert listed(listing_after(first, NOWHERE, seven), seven) == ["1.5", "1.6"]
    assert listed(listing_before(last, NOWHERE, seven), seven) == ["1.0", "1.1", "1.2"]


UNREAD = frozenset({ReadingState.NEW, ReadingState.IN_PROGRESS})


@pytest.mark.parametrize("query", [Query(order="state", descending=False), Query(order="state"), Query(states=UNREAD)])
@pytest.mark.parametrize("read", [("1.0", "1.1", "1.2"), ("1.3", "1.6"), ("1.0", "1.4", "1.6")])
def test_every_study_comes_once_whatever_is_read_between_the_parts(
    seven: Library, query: Query, read: tuple[str, ...]
) -> None:
    whole = [row.study_key for row in seven.list(query)]
    middle = part_of(seven, query, 3)
    for key in read:
        seven.finish_reading(key, "reader")
    after = listing_after(middle, NOWHERE, seven)
    for key in whole:
        seven.reopen(key, "reader")
    before = listing_before(middle, NOWHERE, seven)
    parts = [key for part in (before, middle, after) for key in listed(part, seven)]
    assert parts == whole
    assert listing_after(after, NOWHERE, seven) is None


def test_what_comes_into_the_library_meanwhile_does_not_move_the_next_part(seven: Library) -> None:
    first = part_of(seven, Query(), 0)
    seven.add([made_study("1.77", patient=Patient("W^77", "ID-77"), study_date="2026-05-01")], Path("/archive"))
    assert listed(listing_after(first, NOWHERE, seven), seven) == ["1.3", "1.4", "1.9"]


def test_a_study_in_a_folder_that_does_not_answer_is_passed_over_unasked(
    library: Library, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, woman in (("dead", ANNA), ("living", BERTA)):
        library.add([with_image(tmp_path / name, woman, study_uid=f"1.{name}", uid=f"1.{name}.1")], tmp_path / name)
    library.add([with_image(tmp_path / "dead", BERTA, study_uid="1.living", uid="1.living.1")], tmp_path / "dead")
    asked: list[Path] = []
    monkeypatch.setattr(Path, "is_file", lambda path: not asked.append(path))
    row = row_of(library, BERTA)
    part = listing_around(library.numbers(Query()), 0, row, 50, None, frozenset({tmp_path / "dead"}), library)
    assert part.paths == (tmp_path / "living" / "RCC.dcm",)
    assert [path for path in asked if "dead" in path.parts] == []
