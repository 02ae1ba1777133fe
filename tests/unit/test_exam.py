"""Views -> breast -> study."""

from __future__ import annotations

import itertools

import pytest

from mammoview.core.prediction import ImagePrediction
from mammoview.core.study import Laterality
from mammoview.inference.exam import aggregate

R, L, UNKNOWN = Laterality.RIGHT, Laterality.LEFT, Laterality.UNKNOWN


def _scored(side: Laterality, score: float) -> ImagePrediction:
    return ImagePrediction("x", side, score=score)


def _refused(side: Laterality) -> ImagePrediction:
    return ImagePrediction("x", side, refused="an implant")


def test_a_breast_is_the_mean_of_its_views_and_the_study_its_highest_breast() -> None:
    answer = aggregate([_scored(R, 0.2), _scored(R, 0.4), _scored(L, 0.1), _scored(L, 0.3)])
    assert answer.breasts == {R: pytest.approx(0.3), L: pytest.approx(0.2)}
    assert answer.score == pytest.approx(0.3)


def test_the_order_of_the_views_changes_nothing() -> None:
    views = [_scored(R, 0.1), _scored(R, 0.7), _scored(R, 0.3), _scored(L, 0.2), _refused(L)]
    answers = [aggregate(order) for order in itertools.permutations(views)]
    assert len({answer.score for answer in answers}) == 1
    assert len({tuple(answer.breasts.items()) for answer in answers}) == 1


def test_refused_views_do_not_count() -> None:
    answer = aggregate([_scored(R, 0.4), _refused(R), _refused(L)])
    assert answer.breasts == {R: 0.4}
    assert answer.score == 0.4
    assert len(answer.images) == 3


def test_nothing_scored_is_no_score() -> None:
    assert aggregate([_refused(R)]).score is None
    assert aggregate([]).breasts == {}


def test_views_of_unknown_side_count_each_by_itself_and_for_the_study_only() -> None:
    answer = aggregate([_scored(R, 0.4), _scored(UNKNOWN, 0.8), _scored(UNKNOWN, 0.6)])
    assert answer.breasts == {R: 0.4}
    assert answer.score == 0.8


def test_half_an_answer_is_no_answer() -> None:
    failed = ImagePrediction("failed", L, not_run="the engine ended")
    answer = aggregate([_scored(R, 0.4), _scored(L, 0.1), failed])
    assert answer.breasts == {R: 0.4}
    assert answer.score is None
