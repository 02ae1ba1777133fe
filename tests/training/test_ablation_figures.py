"""The figures of an ablation table: scales of folds, averages, and rules without pictures."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from mammoview.core.errors import UsageError
from tests.training.runs import make_cache
from training import weighted
from training.ablation_figures import (
    AGE,
    METADATA,
    Said,
    Table,
    averaged,
    calibration_of,
    pooled,
    within,
    without_pictures,
)
from training.calibration import platt
from training.folds import Folds, make_folds
from training.metrics import auroc
from training.predictions import Example, Predictions
from training.split import SplitSpec

CACHE = make_cache(women=60)


@pytest.fixture(scope="module")
def folds(tmp_path_factory: pytest.TempPathFactory) -> Folds:
    return make_folds(CACHE.rows, SplitSpec(), tmp_path_factory.mktemp("folds"), folds=3, without_test=False)


def said(indices: list[int], *, scale: float = 1.0, shift: float = 0.0, seed: int = 0) -> Predictions:
    """Noisy truth on a scale of its own."""
    rng = np.random.default_rng(seed)
    labels = np.array([CACHE.rows[i].label for i in indices])
    logits = scale * (labels + rng.normal(0, 0.8, labels.size)) + shift
    examples = tuple(Example((CACHE.rows[i],)) for i in indices)
    both = np.stack([np.zeros_like(logits), logits], axis=1)
    return Predictions("image", examples, both, ("non-cancer", "cancer"), 1)


def of_fold(folds: Folds, fold: int, *, scale: float = 1.0, shift: float = 0.0, seed: int = 0) -> Said:
    split = folds.splits[fold]
    return {
        name: said(split.indices(CACHE.rows, part), scale=scale, shift=shift, seed=seed + fold)
        for name, part in (("validation", "validation"), ("held-out", "test"))
    }


def test_folds_of_other_scales_are_pooled_on_one(folds: Folds) -> None:
    """Logits of a network twice as loud and far more alarmed must not change the pooled ranks."""
    plain = pooled([of_fold(folds, fold) for fold in range(3)])
    loud = pooled([of_fold(folds, fold, scale=1 + fold, shift=9.0 * fold) for fold in range(3)])
    np.testing.assert_allclose(loud.differences(), plain.differences(), atol=1e-6)


def test_the_calibration_is_of_validation_women_alone(folds: Folds) -> None:
    one = of_fold(folds, 0)
    held = one["validation"]
    line = calibration_of(one)
    assert (line.slope, line.intercept) == pytest.approx(platt(held.labels(), held.differences()))
    judged = one["held-out"]
    np.testing.assert_allclose(pooled([one]).differences(), line.logits(judged.differences()))


def test_every_woman_is_pooled_once(folds: Folds) -> None:
    found = pooled([of_fold(folds, fold) for fold in range(3)])
    names = [example.rows[0].file.name for example in found.examples]
    assert sorted(names) == sorted(row.file.name for row in CACHE.rows)


def test_members_of_an_average_count_alike_however_loud(folds: Folds) -> None:
    one, other = of_fold(folds, 0), of_fold(folds, 0, scale=0.3, seed=7)
    mean = averaged([one, other])["held-out"].differences()
    again = averaged([one, of_fold(folds, 0, scale=30.0, seed=7)])["held-out"].differences()
    np.testing.assert_allclose(again, mean, atol=1e-6)
    lines = [calibration_of(part).logits(part["held-out"].differences()) for part in (one, other)]
    np.testing.assert_allclose(mean, np.mean(lines, axis=0))


def test_rows_of_different_images_are_not_averaged(folds: Folds) -> None:
    one = of_fold(folds, 0)
    turned = {name: replace(part, examples=part.examples[::-1]) for name, part in one.items()}
    with pytest.raises(UsageError, match="different images"):
        averaged([one, turned])


def test_within_folds_only_pairs_of_one_fold_count() -> None:
    labels, place = np.array([0, 1, 0, 1, 0]), np.array([0, 0, 1, 1, 1])
    scores = np.array([0.0, 1.0, 5.0, 4.0, 3.0])
    once = np.ones((1, 5))
    assert within(place)(labels, scores, once)[0] == pytest.approx(2 / 3)
    assert weighted.auroc(labels, scores, once)[0] == pytest.approx(3 / 6)
    lacking = np.array([[1.0, 0.0, 1.0, 1.0, 0.0], [1.0, 0.0, 1.0, 0.0, 1.0]])
    np.testing.assert_array_equal(within(place)(labels, scores, lacking), [0.0, np.nan])


def test_age_alone_ranks_the_pooled_women_by_their_age(folds: Folds) -> None:
    rows = tuple(replace(row, age=40.0 + index // 2) for index, row in enumerate(CACHE.rows))
    found = without_pictures(replace(CACHE, rows=rows), folds, "image")[AGE]
    ages = np.array([example.rows[0].age or 0.0 for example in found.examples])
    assert auroc(found.labels(), found.differences()) == pytest.approx(auroc(found.labels(), ages))


def test_an_age_that_is_not_told_is_the_median_of_training_women(folds: Folds) -> None:
    rows = tuple(replace(row, age=None if index < 2 else 50.0) for index, row in enumerate(CACHE.rows))
    found = without_pictures(replace(CACHE, rows=rows), folds, "breast")[AGE]
    assert np.ptp(found.differences()) == 0


def test_metadata_never_saw_the_women_it_judges(folds: Folds) -> None:
    """Machines of one woman each give all away to whoever was fitted on her."""
    rows = tuple(replace(row, machine=row.patient_id, age=None, density="") for row in CACHE.rows)
    found = without_pictures(replace(CACHE, rows=rows), folds, "image")[METADATA]
    assert abs(auroc(found.labels(), found.differences()) - 0.5) < 0.25


def test_a_row_is_compared_with_the_best_above_it(folds: Folds) -> None:
    good = pooled([of_fold(folds, fold) for fold in range(3)])
    chance = replace(good, logits=np.random.default_rng(3).normal(size=good.logits.shape))
    best = replace(good, logits=np.stack([np.zeros(len(good.examples)), good.labels() * 2.0], axis=1))
    rows = {"base": chance, "good": good, "worse": chance, "best": best}
    found = Table(cache=CACHE, folds=folds, rows=rows, samples=60).units()["image"]
    told = {line["name"]: line for line in found["rows"]}
    assert [told[name]["best"] for name in rows] == [None, "base", "good", "good"]
    assert told["good"]["less_best"] == told["good"]["less_base"]
    assert told["worse"]["less_base"]["value"] == 0
    value = told["best"]["auroc"]["value"]
    assert value == 1.0
    assert told["best"]["less_best"]["value"] == pytest.approx(value - told["good"]["auroc"]["value"])
    assert told["best"]["less_age"]["value"] == pytest.approx(value - told[AGE]["auroc"]["value"])
    assert (told["best"]["above_age"], told["base"]["above_age"]) == (True, False)
    assert told[AGE]["above_age"] is None
    assert (found["women"], found["positives"]) == (60, 60)


def test_a_row_of_breasts_has_no_figure_per_image(folds: Folds) -> None:
    good = pooled([of_fold(folds, fold) for fold in range(3)])
    pairs = tuple(Example((*a.rows, *b.rows)) for a, b in zip(good.examples[::2], good.examples[1::2], strict=True))
    breasts = Predictions("breast", pairs, good.logits[::2], good.classes, 1)
    units = Table(cache=CACHE, folds=folds, rows={"images": good, "breasts": breasts}, samples=20).units()
    named = {unit: [line["name"] for line in found["rows"] if line["picture"]] for unit, found in units.items()}
    assert named["image"] == ["images"]
    assert named["breast"] == ["images", "breasts"]
