"""What classifiers said: kept, found again for the same file and model, listed; and what is still to be scored."""

from __future__ import annotations

import os
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mammoview.archive.library import Library, Query, StudyRow
from mammoview.archive.library_results import _highest_mean
from mammoview.core.errors import UsageError
from mammoview.core.prediction import ImagePrediction
from mammoview.core.study import Laterality, Study
from mammoview.inference.exam import aggregate
from tests.unit.library_made import Clock, made_study, written


@pytest.fixture
def library(tmp_path: Path) -> Iterator[Library]:
    """A library with the studies 1.1, 1.2 and 1.3, the last the newest, of two images each, whose files are there."""
    with Library(tmp_path / "home" / "library.sqlite", clock=Clock()) as library:
        library.add([written(study_of(day, tmp_path)) for day in (1, 2, 3)], tmp_path)
        yield library


def study_of(day: int, folder: Path) -> Study:
    return made_study(f"1.{day}", folder=folder, views=("RCC", "LCC"), study_date=f"2024-01-0{day}")


def score(library: Library, study_key: str, *scores: float | None, model: str = "model") -> None:
    """Put a result for each image of a study; None for an image that was refused."""
    for image, value in zip(library.study_images(study_key), scores, strict=False):
        library.put_result(image.key, image.identity, model, {"score": value}, None)


def row(library: Library, study_key: str) -> StudyRow:
    found = library.study(study_key)
    assert found is not None
    return found


def pending(library: Library, model: str = "model", **query: str) -> list[str]:
    return [one.study_key for one in library.pending(model, Query(**query), 10)]  # type: ignore[arg-type]


def test_a_result_survives_a_restart_with_its_heat_map(library: Library) -> None:
    library.put_result("1.1.RCC", "10-20", "model", {"score": 0.25, "cells": [1, 2]}, b"\x00heat")
    with Library(library.path) as again:
        kept = again.result("1.1.RCC", "10-20", "model")
    assert kept is not None
    assert (kept.result, kept.heat, kept.time) == (
        {"score": 0.25, "cells": [1, 2]},
        b"\x00heat",
        "2026-01-31T08:00:02.000Z",
    )


def test_a_result_is_not_taken_for_another_image_file_or_model(library: Library) -> None:
    library.put_result("1.1.RCC", "10-20", "model", {"score": 0.25}, None)
    assert library.result("1.1.LCC", "10-20", "model") is None
    assert library.result("1.1.RCC", "10-21", "model") is None
    assert library.result("1.1.RCC", "10-20", "other") is None


def test_a_newer_result_takes_the_place_of_the_older(library: Library) -> None:
    library.put_result("1.1.RCC", "10-20", "model", {"score": 0.25}, b"heat")
    library.put_result("1.1.RCC", "10-20", "model", {"refused": "no breast"}, None)
    kept = library.result("1.1.RCC", "10-20", "model")
    assert kept is not None
    assert (kept.result, kept.heat) == ({"refused": "no breast"}, None)


@pytest.mark.parametrize("wrong", [1.5, -0.1, float("nan"), "0.5", True])
def test_a_score_that_is_no_probability_is_refused(library: Library, wrong: object) -> None:
    with pytest.raises(UsageError, match="a score is a probability"):
        library.put_result("1.1.RCC", "10-20", "model", {"score": wrong}, None)


def test_the_list_tells_the_score_of_the_model_that_answered_last(library: Library) -> None:
    score(library, "1.1", 0.9, 0.8, model="old")
    assert (row(library, "1.1").score, row(library, "1.1").score_model) == (0.9, "old")
    score(library, "1.1", 0.3, 0.4, model="new")
    assert (row(library, "1.1").score, row(library, "1.1").score_model) == (0.4, "new")


def test_the_model_that_answered_last_is_told_also_where_the_clock_was_set_back(tmp_path: Path) -> None:
    clock = Clock()
    with Library(tmp_path / "home" / "library.sqlite", clock=clock) as library:
        library.add([written(study_of(1, tmp_path))], tmp_path)
        score(library, "1.1", 0.9, 0.8, model="old")
        clock.now -= timedelta(days=365)
        score(library, "1.1", 0.3, 0.4, model="new")
        assert (row(library, "1.1").score, row(library, "1.1").score_model) == (0.4, "new")


def test_a_study_that_is_scored_in_part_has_no_score(library: Library) -> None:
    score(library, "1.1", 0.9)
    assert row(library, "1.1").score is None


@given(st.lists(st.tuples(st.sampled_from(["R", "L", ""]), st.one_of(st.none(), st.floats(0, 1))), min_size=1))
def test_the_list_tells_the_score_that_the_window_tells(answers: list[tuple[str, float | None]]) -> None:
    told = aggregate(
        ImagePrediction(str(number), Laterality(side), score=score, refused=None if score is not None else "spot view")
        for number, (side, score) in enumerate(answers)
    )
    assert _highest_mean((side, score) for side, score in answers if score is not None) == told.score


def test_a_refused_image_has_no_score(library: Library) -> None:
    score(library, "1.1", None, None)
    assert row(library, "1.1").score is None
    score(library, "1.1", None, 0.0)
    assert row(library, "1.1").score == 0.0


def test_the_score_of_a_file_that_was_changed_is_not_told_any_more(library: Library, tmp_path: Path) -> None:
    score(library, "1.1", 0.9, 0.2)
    study = study_of(1, tmp_path)
    os.utime(study.images[0].source.path, ns=(1, 1))
    library.add([study], tmp_path)
    assert row(library, "1.1").score is None
    assert pending(library) == ["1.3", "1.2", "1.1"]


def test_the_score_of_an_image_that_vanished_is_not_told_any_more(library: Library, tmp_path: Path) -> None:
    score(library, "1.1", 0.9, 0.2)
    library.forget_missing(tmp_path, [source for source in library.known(tmp_path) if "/1.1/RCC" not in source])
    assert row(library, "1.1").score == 0.2


def test_results_are_there_again_for_a_study_that_came_back(library: Library, tmp_path: Path) -> None:
    score(library, "1.1", 0.9, 0.2)
    study = study_of(1, tmp_path)
    library.forget_missing(tmp_path, [source for source in library.known(tmp_path) if "/1.1/" not in source])
    assert library.study("1.1") is None
    library.add([study], tmp_path)
    assert row(library, "1.1").score == 0.9


def test_what_is_to_be_scored_comes_in_the_order_of_the_list(library: Library) -> None:
    assert pending(library) == ["1.3", "1.2", "1.1"]
    assert [one.study_key for one in library.pending("model", Query(descending=False), 2)] == ["1.1", "1.2"]
    assert pending(library, date_to="2024-01-02") == ["1.2", "1.1"]


def test_a_study_is_to_be_scored_until_each_image_has_an_answer_of_this_model(library: Library) -> None:
    score(library, "1.3", 0.5)
    assert pending(library) == ["1.3", "1.2", "1.1"]
    score(library, "1.3", 0.5, None)
    assert pending(library) == ["1.2", "1.1"]
    assert pending(library, model="other") == ["1.3", "1.2", "1.1"]


def test_what_is_missing_is_not_to_be_scored(library: Library, tmp_path: Path) -> None:
    library.begin_reading("1.1", "reader")
    library.forget_missing(tmp_path, [source for source in library.known(tmp_path) if "/1.1/" not in source])
    assert pending(library) == ["1.3", "1.2"]


def test_images_of_many_frames_are_not_to_be_scored_ahead(library: Library, tmp_path: Path) -> None:
    stack = made_study("1.4", folder=tmp_path, views=("RCC",), study_date="2024-01-04", frames=40)
    library.add([written(stack)], tmp_path)
    assert pending(library) == ["1.3", "1.2", "1.1"]
    assert library.scored("model") == (0, 3)


def test_studies_of_the_worklist_are_asked_for_in_its_order(library: Library) -> None:
    score(library, "1.2", 0.5, 0.5)
    assert library.pending_of(("1.1", "1.2", "gone", "1.3"), "model") == ("1.1", "1.3")


def test_how_many_studies_are_scored(library: Library) -> None:
    score(library, "1.3", 0.5, None)
    score(library, "1.1", 0.5)
    assert library.scored("model") == (1, 3)
    assert library.scored("other") == (0, 3)


def test_a_result_is_known_without_being_read(library: Library) -> None:
    score(library, "1.1", 0.5)
    first, second = library.study_images("1.1")
    assert library.has_result(first.key, first.identity, "model")
    assert not library.has_result(first.key, "other file", "model")
    assert not library.has_result(second.key, second.identity, "model")


def test_studies_without_a_small_picture_come_the_newest_first(library: Library) -> None:
    library.put_thumbnail("1.2", b"png")
    assert library.without_thumbnail(5) == ("1.3", "1.1")
    assert library.without_thumbnail(1) == ("1.3",)
