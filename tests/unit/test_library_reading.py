"""What readers make: states, places, views seen, reveals, marks, assessments and their export."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from mammoview.archive.library import Library
from mammoview.archive.library_reading import Place
from mammoview.core.errors import UsageError
from tests.unit.library_made import Clock, made_study


@pytest.fixture
def library(tmp_path: Path) -> Iterator[Library]:
    """A library with the studies 1.1 and 1.2; its clock goes on by a second with each look."""
    with Library(tmp_path / "library.sqlite", clock=Clock()) as library:
        library.add([made_study("1.1"), made_study("1.2")], tmp_path)
        yield library


def told(library: Library, study_key: str = "1.1") -> tuple[str, str, str]:
    row = library.study(study_key)
    assert row is not None
    return row.state, row.reader, row.changed


def events(library: Library) -> list[tuple[str, str]]:
    return [(event["event"], event["reader"]) for event in library.export_reading("1.1")["events"]]


def test_a_study_goes_from_new_to_in_progress_to_read(library: Library) -> None:
    assert told(library) == ("new", "", "")
    assert library.begin_reading("1.1", "one") == "in progress"
    assert told(library) == ("in progress", "one", "2026-01-31T08:00:02.000Z")
    assert library.finish_reading("1.1", "one") == "read"
    assert told(library) == ("read", "one", "2026-01-31T08:00:03.000Z")
    assert told(library, "1.2") == ("new", "", "")


def test_a_study_that_was_read_is_in_progress_again_only_when_it_is_reopened(library: Library) -> None:
    library.finish_reading("1.1", "one")
    assert library.begin_reading("1.1", "two") == "read"
    assert library.reopen("1.1", "two") == "in progress"
    assert events(library) == [("finished", "one"), ("reopened", "two")]


def test_what_changes_nothing_leaves_no_trace(library: Library) -> None:
    assert library.reopen("1.1", "one") == "new"
    library.begin_reading("1.1", "one")
    library.begin_reading("1.1", "one")
    library.finish_reading("1.1", "one")
    library.finish_reading("1.1", "one")
    assert events(library) == [("begun", "one"), ("finished", "one")]


def test_a_second_reader_takes_over_and_both_are_told(library: Library) -> None:
    library.begin_reading("1.1", "one")
    library.begin_reading("1.1", "two")
    library.finish_reading("1.1", "one")
    assert told(library)[:2] == ("read", "one")
    assert events(library) == [("begun", "one"), ("begun", "two"), ("finished", "one")]


def test_the_place_is_the_last_that_was_saved_and_survives_a_restart(library: Library) -> None:
    assert library.place() is None
    details = {"step": "cc-pair", "pane": 2, "views": {"1.1.RCC": {"zoom": 1.5, "window": None}}}
    library.save_place(Place("1.1", {"step": "first"}))
    library.save_place(Place("1.2", details, "one"))
    with Library(library.path) as again:
        assert again.place() == Place("1.2", details, "one", "2026-01-31T08:00:03.000Z")


@pytest.mark.parametrize("body", ["{", "[1]", "null"])
def test_a_place_that_is_no_record_is_none(library: Library, body: str) -> None:
    library.save_place(Place("1.1", {"step": "first"}))
    with sqlite3.connect(library.path) as connection:
        connection.execute("UPDATE place SET body = ?", (body,))
    connection.close()
    assert library.place() is None


def test_views_that_were_seen_are_told_for_each_reader(library: Library) -> None:
    library.visit("1.1", "1.1.RCC", "one")
    library.visit("1.1", "1.1.RCC", "one")
    library.visit("1.1", "1.1.LCC", "one")
    assert library.visited("1.1", "one") == {"1.1.RCC", "1.1.LCC"}
    assert library.visited("1.1", "two") == library.visited("1.2", "one") == frozenset()


def test_no_view_counts_as_seen_in_a_study_that_was_reopened(library: Library) -> None:
    library.visit("1.1", "1.1.RCC", "one")
    library.finish_reading("1.1", "one")
    assert library.visited("1.1", "one") == {"1.1.RCC"}
    library.reopen("1.1", "one")
    assert library.visited("1.1", "one") == frozenset()
    library.visit("1.1", "1.1.RCC", "one")
    assert library.visited("1.1", "one") == {"1.1.RCC"}


def test_reveals_are_told_in_their_order(library: Library) -> None:
    library.log_reveal("1.1", "one", "key H")
    library.log_reveal("1.1", "two", "after first look")
    assert [(reveal.how, reveal.reader, reveal.time) for reveal in library.reveals("1.1")] == [
        ("key H", "one", "2026-01-31T08:00:02.000Z"),
        ("after first look", "two", "2026-01-31T08:00:03.000Z"),
    ]
    assert library.reveals("1.2") == ()


def test_the_newest_version_of_each_mark_stands(library: Library) -> None:
    library.put_mark("1.1", "1.1.RCC", "a", {"kind": "circle", "at": [1.5, 2]}, "one")
    library.put_mark("1.1", "1.1.LCC", "b", {"kind": "line"}, "one")
    library.put_mark("1.1", "1.1.RCC", "a", {"kind": "circle", "at": [3, 4]}, "two")
    assert [(mark.mark_id, mark.image_key, mark.body, mark.reader) for mark in library.marks("1.1")] == [
        ("b", "1.1.LCC", {"kind": "line"}, "one"),
        ("a", "1.1.RCC", {"kind": "circle", "at": [3, 4]}, "two"),
    ]
    assert library.marks("1.2") == ()


def test_a_mark_that_was_deleted_stays_in_its_history(library: Library) -> None:
    first = library.put_mark("1.1", "1.1.RCC", "a", {"n": 1}, "one")
    second = library.put_mark("1.1", "1.1.RCC", "a", {"n": 2}, "one")
    gone = library.delete_mark("1.1", "a", "two")
    assert library.marks("1.1") == ()
    assert library.mark_history("a") == (first, second, gone)
    assert [mark.supersedes for mark in (first, second, gone)] == [None, first.id, second.id]
    assert (gone.body, gone.image_key, gone.reader) == (None, "1.1.RCC", "two")


def test_a_mark_that_was_deleted_can_be_put_again(library: Library) -> None:
    library.put_mark("1.1", "1.1.RCC", "a", {"n": 1}, "one")
    library.delete_mark("1.1", "a", "one")
    library.put_mark("1.1", "1.1.RCC", "a", {"n": 2}, "one")
    assert [mark.body for mark in library.marks("1.1")] == [{"n": 2}]


def test_a_mark_that_is_not_there_cannot_be_deleted(library: Library) -> None:
    library.put_mark("1.1", "1.1.RCC", "a", {}, "one")
    library.delete_mark("1.1", "a", "one")
    for name in ("a", "b"):
        with pytest.raises(UsageError, match="no such mark"):
            library.delete_mark("1.1", name, "one")
    assert library.mark_history("b") == ()


def test_a_mark_belongs_to_one_study(library: Library) -> None:
    library.put_mark("1.1", "1.1.RCC", "a", {}, "one")
    with pytest.raises(UsageError, match="another study"):
        library.put_mark("1.2", "1.2.RCC", "a", {}, "one")
    with pytest.raises(UsageError, match="another study"):
        library.delete_mark("1.2", "a", "one")


def test_a_body_comes_back_to_the_letter(library: Library) -> None:
    body = {"text": "u\u0308 \ud800 \0 'quoted' 100%", "deep": [{"x": 1e-300, "y": None, "z": True}]}
    library.put_mark("1.1", "1.1.RCC", "a", body, "one")
    assert library.marks("1.1")[0].body == body


@pytest.mark.parametrize("body", [{"x": float("nan")}, {"x": {1, 2}}])
def test_what_json_cannot_tell_is_refused(library: Library, body: dict[str, object]) -> None:
    with pytest.raises(UsageError, match="cannot be kept as JSON"):
        library.put_mark("1.1", "1.1.RCC", "a", body, "one")


def test_an_assessment_supersedes_that_of_the_same_side_alone(library: Library) -> None:
    right = library.assess("1.1", laterality="R", birads="2", density="B", reader="one")
    left = library.assess("1.1", laterality="L", birads="1", text="nothing", reader="one")
    again = library.assess("1.1", laterality="R", birads="4", density="C", reader="two")
    assert library.assessments("1.1") == (left, again)
    assert library.assessment_history("1.1") == (right, left, again)
    assert (right.supersedes, left.supersedes, again.supersedes) == (None, None, right.id)
    assert (again.reader, again.time) == ("two", "2026-01-31T08:00:04.000Z")
    assert library.assessments("1.2") == ()


def test_an_assessment_that_says_nothing_withdraws_the_one_before(library: Library) -> None:
    library.assess("1.1", laterality="", birads="0", reader="one")
    library.assess("1.1", laterality="", reader="one")
    assert library.assessments("1.1") == ()
    assert len(library.assessment_history("1.1")) == 2
    row = library.study("1.1")
    assert row is not None
    assert row.assessment == ""


def test_the_list_tells_the_assessments_in_force(library: Library) -> None:
    library.assess("1.1", laterality="L", birads="1", density="C", reader="one")
    library.assess("1.1", laterality="R", birads="4", density="B", reader="one")
    library.assess("1.1", laterality="", birads="4", reader="one")
    row = library.study("1.1")
    assert row is not None
    assert row.assessment == "R 4, L 1, 4, density B/C"


@pytest.mark.parametrize(
    "wrong", [{"laterality": "B"}, {"birads": "7"}, {"birads": "4A"}, {"density": "E"}, {"density": "b"}]
)
def test_values_outside_bi_rads_are_refused(library: Library, wrong: dict[str, str]) -> None:
    values = {"laterality": "R", "birads": "1", "density": "A"} | wrong
    with pytest.raises(UsageError, match=r"is no (side|BI-RADS category|density)"):
        library.assess("1.1", reader="one", **values)
    assert library.assessment_history("1.1") == ()


def test_texts_of_readers_are_kept_composed(library: Library) -> None:
    assessment = library.assess("1.1", laterality="R", text="Fu\u0308r Zoe\u0308", reader="Dr Mu\u0308ller")
    assert (assessment.text, assessment.reader) == ("Für Zoë", "Dr Müller")
    library.visit("1.1", "v", "Dr Mu\u0308ller")
    assert library.visited("1.1", "Dr Müller") == {"v"}


def test_everything_that_a_reader_makes_is_the_studys_last_change(library: Library) -> None:
    made: list[Callable[[], object]] = [
        lambda: library.put_mark("1.1", "k", "a", {}, "one"),
        lambda: library.delete_mark("1.1", "a", "one"),
        lambda: library.assess("1.1", laterality="R", birads="1", reader="one"),
        lambda: library.log_reveal("1.1", "one", "key"),
        lambda: library.begin_reading("1.1", "one"),
    ]
    for act in made:
        before = told(library)[2]
        act()
        assert told(library)[2] > before


def test_nothing_is_kept_for_a_study_that_the_library_does_not_hold(library: Library) -> None:
    for act in (
        lambda: library.begin_reading("9", "one"),
        lambda: library.visit("9", "v", "one"),
        lambda: library.save_place(Place("9", {})),
        lambda: library.log_reveal("9", "one", "key"),
        lambda: library.put_mark("9", "k", "a", {}, "one"),
        lambda: library.assess("9", laterality="R", reader="one"),
        lambda: library.marks("9"),
        lambda: library.export_reading("9"),
    ):
        with pytest.raises(UsageError, match="does not hold this study"):
            act()


def test_the_export_tells_all_that_readers_made_and_no_patient(library: Library) -> None:
    library.begin_reading("1.1", "one")
    library.put_mark("1.1", "1.1.RCC", "a", {"n": 1}, "one")
    library.put_mark("1.1", "1.1.RCC", "a", {"n": 2}, "one")
    library.assess("1.1", laterality="R", birads="2", reader="one")
    library.assess("1.1", laterality="R", birads="4", density="C", text="mass", reader="two")
    library.log_reveal("1.1", "one", "key H")
    record = library.export_reading("1.1")
    assert (record["schema"], record["study_instance_uid"]) == ("mammoview.assessment/1", "1.1")
    assert (record["state"], record["reader"]) == ("in progress", "one")
    assert [(mark["body"], mark["in_force"]) for mark in record["marks"]] == [({"n": 1}, False), ({"n": 2}, True)]
    assert [(one["birads"], one["in_force"]) for one in record["assessments"]] == [("2", False), ("4", True)]
    assert record["assessments"][1]["supersedes"] == record["assessments"][0]["id"]
    assert record["reveals"] == [{"how": "key H", "reader": "one", "time": "2026-01-31T08:00:07.000Z"}]
    assert "DEMO" not in json.dumps(record)
