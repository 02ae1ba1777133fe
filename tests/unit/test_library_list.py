"""The list of studies: words, filters, orders, pages, places, priors; also of many. How long ten thousand take is
measured by `python -m tests.benchmarks library`."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from mammoview.archive.library import Library, Query, StudyRow
from mammoview.archive.library_reading import ReadingState
from mammoview.core.errors import UsageError
from mammoview.core.study import Patient, Study
from tests.unit.library_made import ANNA, BERTA, made_study

_MANY, _WOMEN = 2_000, 500
_FAMILIES = ("ALPHA", "BETA", "GAMMA", "DELTA")


@pytest.fixture
def library(tmp_path: Path) -> Iterator[Library]:
    with Library(tmp_path / "library.sqlite") as library:
        yield library


@pytest.fixture(scope="module")
def many(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Library]:
    """Two thousand studies of 500 women, one image each: study n is woman n % 500's, each later than the one before
    by a day; each tenth is read."""
    path = tmp_path_factory.mktemp("many") / "library.sqlite"
    with Library(path) as library:
        library.add([numbered(number) for number in range(_MANY)], Path("/archive"))
        for number in range(0, 100, 10):
            library.finish_reading(f"1.{number}", "reader")
        yield library


def numbered(number: int) -> Study:
    woman = number % _WOMEN
    patient = Patient(f"{_FAMILIES[woman % 4]}^NUMBER{woman:04}", f"ID-{woman:04}", "1960-02-29", "F")
    day = f"{2000 + number // 336}-{1 + number % 336 // 28:02}-{1 + number % 28:02}"
    return made_study(f"1.{number}", views=("RCC",), patient=patient, study_date=day, accession_number=f"A{number:05}")


def keys(rows: tuple[StudyRow, ...]) -> list[str]:
    return [row.study_key for row in rows]


def found(library: Library, text: str) -> set[str]:
    return set(keys(library.list(Query(text=text))))


def with_names(library: Library, *names: str) -> None:
    studies = [made_study(f"1.{at}", views=("RCC",), patient=Patient(name, f"{at}")) for at, name in enumerate(names)]
    library.add(studies, Path("/archive"))


@pytest.mark.parametrize(
    "text", ["", "  ", "anna", "DEMO", "mo an", "anna demo", "Demo, Anna", "DEMO^ANNA", "a-17", "screen", "anna a-17 1"]
)
def test_words_are_found_in_any_order_case_and_field(library: Library, text: str) -> None:
    library.add([made_study("1.2", study_description="Screening", accession_number="A-17")], Path("/archive"))
    assert found(library, text) == {"1.2"}
    assert library.count(Query(text=text)) == 1


def test_every_word_has_to_be_found(library: Library) -> None:
    library.add([made_study("1.2")], Path("/archive"))
    assert found(library, "anna berta") == set()


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("muller", {"MÜLLER^ZOË"}),
        ("mu\u0308ller zoe", {"MÜLLER^ZOË"}),
        ("MÜLLER", {"MÜLLER^ZOË"}),
        ("lukasz", {"ŁUKASZ^ØRSTED"}),
        ("orsted", {"ŁUKASZ^ØRSTED"}),
        ("strasse", {"STRAßE"}),
        ("山田", {"Yamada^Tarou=山田^太郎=やまだ^たろう"}),
        ("yamada", {"Yamada^Tarou=山田^太郎=やまだ^たろう"}),
    ],
)
def test_accents_and_scripts_do_not_hide_a_name(library: Library, text: str, names: set[str]) -> None:
    with_names(library, "MÜLLER^ZOË", "ŁUKASZ^ØRSTED", "STRAßE", "Yamada^Tarou=山田^太郎=やまだ^たろう")
    assert {row.patient.name for row in library.list(Query(text=text))} == names


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("%", {"100%"}),
        ("_", {"A_B"}),
        ("o'neil", {"O'NEIL"}),
        ("'", {"O'NEIL"}),
        ('"', {'THE "BOSS"'}),
        ("\\", {"A\\B"}),
        ("*", set()),
        ("' OR 1=1 --", set()),
    ],
)
def test_every_sign_in_the_text_is_literal(library: Library, text: str, names: set[str]) -> None:
    with_names(library, "100%", "A_B", "AXB", "O'NEIL", 'THE "BOSS"', "A\\B")
    assert {row.patient.name for row in library.list(Query(text=text))} == names


def test_only_the_wanted_states_are_listed(library: Library) -> None:
    library.add([made_study("1.1"), made_study("1.2"), made_study("1.3")], Path("/archive"))
    library.begin_reading("1.2", "reader")
    library.finish_reading("1.3", "reader")
    unread = Query(states=frozenset({ReadingState.NEW, ReadingState.IN_PROGRESS}))
    assert set(keys(library.list(unread))) == {"1.1", "1.2"}
    assert library.count(unread) == 2


def test_both_ends_of_a_span_belong_to_it_and_undated_studies_to_none(library: Library) -> None:
    days = ("2024-01-01", "2024-01-02", "2024-01-03", "2024-01-04", "")
    library.add([made_study(f"1.{at}", study_date=day) for at, day in enumerate(days)], Path("/archive"))
    assert keys(library.list(Query(date_from="2024-01-02", date_to="2024-01-03"))) == ["1.2", "1.1"]
    assert keys(library.list(Query(date_to="2024-01-01"))) == ["1.0"]
    assert keys(library.list(Query(date_from="2024-01-04"))) == ["1.3"]


@pytest.mark.parametrize(
    "wrong", [{"order": "age"}, {"limit": -1}, {"offset": -1}, {"date_from": "1.1.2024"}, {"date_to": "20240101"}]
)
def test_a_query_that_means_nothing_is_refused(wrong: dict[str, str]) -> None:
    with pytest.raises(UsageError):
        Query(**wrong)  # type: ignore[arg-type]


@pytest.fixture
def three(library: Library) -> Library:
    """Berta's new study of May, Zoë's of June in progress with a score of 0.9, Anna's of July read with 0.2."""
    zoe = Patient("ZÜRICH^ZOË", "3")
    library.add(
        [
            made_study("berta", patient=BERTA, study_date="2024-05-01"),
            made_study("anna", patient=ANNA, study_date="2024-07-01"),
            made_study("zoe", patient=zoe, study_date="2024-06-01"),
        ],
        Path("/archive"),
    )
    library.finish_reading("anna", "reader")
    library.begin_reading("zoe", "reader")
    for study, score in (("anna", 0.2), ("zoe", 0.9)):
        for image in library.study_images(study):
            library.put_result(image.key, image.identity, "model", {"score": score}, None)
    return library


@pytest.mark.parametrize(
    ("order", "descending", "expected"),
    [
        ("date", True, ["anna", "zoe", "berta"]),
        ("date", False, ["berta", "zoe", "anna"]),
        ("name", False, ["anna", "berta", "zoe"]),
        ("name", True, ["zoe", "berta", "anna"]),
        ("state", False, ["berta", "zoe", "anna"]),
        ("state", True, ["anna", "zoe", "berta"]),
        ("score", True, ["zoe", "anna", "berta"]),
        ("score", False, ["anna", "zoe", "berta"]),
    ],
)
def test_the_list_is_sorted_as_asked(three: Library, order: str, descending: bool, expected: list[str]) -> None:
    assert keys(three.list(Query(order=order, descending=descending))) == expected


def test_priors_are_the_same_womans_older_studies_the_newest_first(library: Library) -> None:
    days = ("2020-01-01", "2024-01-01", "2022-01-01")
    studies = [made_study(f"1.{at}", study_date=day) for at, day in enumerate(days)]
    library.add([*studies, made_study("2.1", patient=BERTA, study_date="2021-01-01")], Path("/archive"))
    assert keys(library.priors("1.1")) == ["1.2", "1.0"]
    assert library.priors("1.0") == ()
    assert {row.study_key: row.prior_count for row in library.list(Query())} == {"1.1": 2, "1.2": 1, "1.0": 0, "2.1": 0}


def test_who_has_seen_the_scores_of_which_studies(library: Library) -> None:
    with_names(library, "ANNA", "BERTA")
    first, second = keys(library.list(Query()))
    library.log_reveal(first, "Zoë", "asked for")
    library.log_reveal(second, "other", "asked for")
    library.finish_reading(second, "Zoë")
    assert library.revealed_to("Zoe\u0308", (first, second, "gone")) == {first}


def test_pages_of_many_hold_every_study_once(many: Library) -> None:
    pages = [many.list(Query(order="name", limit=200, offset=offset)) for offset in range(0, _MANY + 200, 200)]
    assert [len(page) for page in pages] == [200] * 10 + [0]
    assert {key for page in pages for key in keys(page)} == {f"1.{number}" for number in range(_MANY)}
    assert many.count(Query(limit=10)) == _MANY


def test_many_are_sorted_by_date(many: Library) -> None:
    assert keys(many.list(Query(limit=200))) == [f"1.{number}" for number in range(_MANY - 1, _MANY - 201, -1)]
    assert keys(many.list(Query(descending=False, limit=3))) == ["1.0", "1.1", "1.2"]


def test_many_are_filtered_by_words_states_and_dates(many: Library) -> None:
    assert keys(many.list(Query(text="number0010 gamma"))) == ["1.1510", "1.1010", "1.510", "1.10"]
    assert many.count(Query(text="alpha")) == _MANY // 4
    read = Query(states=frozenset({ReadingState.READ}), descending=False)
    assert keys(many.list(read)) == [f"1.{number}" for number in range(0, 100, 10)]
    assert many.count(Query(date_from="2000-01-01", date_to="2000-12-28")) == 336
    assert many.count(Query(text="2000-")) == 336
    assert keys(many.list(Query(text="gamma 2000-02-03"))) == ["1.30"]
    assert many.count(Query(text="000-02")) == 0


def test_priors_and_places_among_many(many: Library) -> None:
    assert keys(many.priors("1.1510")) == ["1.1010", "1.510", "1.10"]
    assert many.list(Query(text="A01510"))[0].prior_count == 3


def test_the_numbers_of_a_list_name_its_rows_in_its_order(many: Library) -> None:
    for query in (Query(text="alpha"), Query(order="name"), Query(order="state", descending=False)):
        rows = many.rows(many.numbers(query))
        assert [row.study_key for row in rows if row is not None] == keys(many.list(query))


def test_the_numbers_of_a_list_name_the_same_studies_whatever_becomes_of_them(library: Library) -> None:
    with_names(library, "ANNA", "BERTA", "CLARA")
    unread = Query(order="name", descending=False, states=frozenset({ReadingState.NEW}))
    numbers, listed = library.numbers(unread), keys(library.list(unread))
    library.finish_reading(listed[1], "reader")
    library.begin_reading(listed[2], "reader")
    rows = library.rows(numbers)
    assert [row and (row.study_key, str(row.state)) for row in rows] == [
        (listed[0], "new"),
        (listed[1], "read"),
        (listed[2], "in progress"),
    ]


def test_the_number_of_a_study_that_left_the_library_is_no_others(library: Library) -> None:
    with_names(library, "ANNA")
    library.add([made_study("1.9", patient=BERTA)], Path("/left"))
    numbers = library.numbers(Query(text="berta"))
    library.forget_missing(Path("/left"), ())
    library.add([made_study("1.10", patient=Patient("DEMO^CLARA", "3"))], Path("/archive"))
    assert library.rows(numbers) == (None,)
