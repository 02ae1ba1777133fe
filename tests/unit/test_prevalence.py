"""Scores for a site's own prevalence: moved by the difference of the prior logits, and no decision with them."""

from __future__ import annotations

import math

import pytest

from mammoview.core.errors import UsageError
from mammoview.core.prediction import ExamPrediction, ImagePrediction, ModelLabel, decimals
from mammoview.core.prevalence import PriorShift, checked_prevalence, percent, with_calibration
from mammoview.core.study import Laterality
from mammoview.inference.exam import aggregate
from mammoview.reading.scoring import model_record
from mammoview.reading.texts import prevalence_words, score_words

LABEL = ModelLabel("made", "1.0", "0" * 64, ("other", "cancer"), "cancer", {"balanced": 0.4, "high": 0.7})
KNOWN = with_calibration(LABEL, {"calibration_prevalence": 0.36})
SHIFT = PriorShift(0.36, 0.005)


def logit(probability: float) -> float:
    return math.log(probability / (1 - probability))


@pytest.mark.parametrize("score", [1e-9, 0.01, 0.36, 0.5, 0.99])
def test_a_logit_moves_by_the_difference_of_the_priors(score: float) -> None:
    moved = logit(SHIFT.probability(score)) - logit(score)
    assert moved == pytest.approx(logit(0.005) - logit(0.36), abs=1e-6)


def test_the_prevalence_itself_is_moved_to_the_sites() -> None:
    assert SHIFT.probability(0.36) == pytest.approx(0.005)


def test_the_same_prevalence_moves_nothing_and_certainty_stays() -> None:
    assert PriorShift(0.3, 0.3).probability(0.7) == pytest.approx(0.7)
    assert (SHIFT.probability(0.0), SHIFT.probability(1.0)) == (0.0, 1.0)


@pytest.mark.parametrize("site", [0.0, 1.0, -0.1, 7.0, math.nan, math.inf])
def test_a_prevalence_that_cannot_be_is_refused(site: float) -> None:
    with pytest.raises(UsageError, match="cannot be") as refusal:
        checked_prevalence(site)
    assert "0.005 for 5 in 1,000" in refusal.value.hint


@pytest.mark.parametrize("told", [None, "0.3", True, 0.0, 1.0, 3.0, math.nan])
def test_a_bundle_that_does_not_tell_its_own_is_not_corrected(told: object) -> None:
    label = with_calibration(LABEL, {} if told is None else {"calibration_prevalence": told})
    assert label.calibrated_at is None
    with pytest.raises(UsageError, match=r"made 1\.0 does not tell at which prevalence"):
        PriorShift.of(label, 0.005)


def exam(scores: dict[str, float]) -> ExamPrediction:
    return aggregate(ImagePrediction(name, Laterality(name[0]), score=score) for name, score in scores.items())


def test_no_view_breast_or_study_changes_its_side_of_the_operating_point() -> None:
    shift = PriorShift.of(KNOWN, 0.005)
    for split in (0.398, 0.4, 0.402):
        before = exam({"RCC": 0.05, "RMLO": 2 * split - 0.05, "LCC": 0.3, "LMLO": 0.41})
        after, point = shift.exam(before), shift.label(KNOWN).operating_points["balanced"]
        sides = [
            [one.score is not None and one.score >= at for one in found.images]
            for found, at in ((after, point), (before, 0.4))
        ]
        assert sides[0] == sides[1]
        assert {side: score >= point for side, score in after.breasts.items()} == {
            side: score >= 0.4 for side, score in before.breasts.items()
        }
        assert before.score is not None and after.score is not None
        assert (after.score >= point) == (before.score >= 0.4)
        assert after.score == max(after.breasts.values())


def test_a_refusal_stays_one() -> None:
    refused = ImagePrediction("RCC", Laterality.RIGHT, refused="a spot view")
    found = SHIFT.exam(aggregate([refused]))
    assert found.images == (refused,)
    assert found.score is None


def test_a_model_says_for_which_prevalence_its_scores_are() -> None:
    moved = PriorShift.of(KNOWN, 0.005).label(KNOWN)
    assert moved.operating_points == {name: SHIFT.probability(at) for name, at in LABEL.operating_points.items()}
    assert model_record(moved)["prevalence"] == {"site": 0.005, "calibrated_at": 0.36}
    assert prevalence_words(moved) == "for a prevalence of 0.5 %, calibrated at 36 %"


def test_a_model_as_it_is_calibrated_says_nothing_of_a_prevalence() -> None:
    assert "prevalence" not in model_record(KNOWN)
    assert prevalence_words(KNOWN) == ""


@pytest.mark.parametrize(
    ("score", "point", "words"),
    [
        (0.7, 0.5, "0.70 above 0.50"),
        (0.3268, 0.3252, "0.327 above 0.325"),
        (0.0021, 0.0059, "0.002 below 0.006"),
        (0.00004, 0.0059, "0.00004 below 0.00590"),
        (0.5, 0.5, "0.500 above 0.500"),
        (0.0, 0.5, "0.00 below 0.50"),
    ],
)
def test_a_small_score_is_not_written_as_0(score: float, point: float, words: str) -> None:
    assert score_words(ImagePrediction("a", Laterality.LEFT, score=score), point) == words


def test_decimals_end_somewhere() -> None:
    assert decimals(1e-12, 1e-13) == 6


def test_percent_is_short() -> None:
    assert [percent(share) for share in (0.005, 0.3597, 0.00012)] == ["0.5 %", "36 %", "0.012 %"]
