"""The search for leaks, and the model without pictures."""

from __future__ import annotations

import io
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.training.runs import make_cache
from training.data.table import ImageRow
from training.fit import fit
from training.fitting.progress import tell_meter, tell_split
from training.leaks import (
    leak_meter,
    memoriser_auroc,
    overlap_with_bundle,
    overlap_with_run,
    women_digests,
)
from training.metadata import MetadataModel, cross_fitted_logits, majority_accuracy
from training.metrics import auroc
from training.predictions import Example
from training.split import PARTS, LeakError, Split, SplitSpec, make_split, split_by_woman
from training.systems import load_system


def _parts(rows: Any, split: Split) -> dict[str, list[int]]:
    return {part: split.indices(rows, part) for part in PARTS}


def test_the_meter_reads_one_half_on_a_split_by_woman() -> None:
    cache = make_cache(women=40)
    found = leak_meter(cache.rows, _parts(cache.rows, split_by_woman(cache.rows, seed=1)), cache.inputs)
    assert found == {"woman": 0.5, "picture": 0.5}


def test_the_meter_finds_a_split_by_image() -> None:
    cache = make_cache(women=40)
    order = np.random.default_rng(0).permutation(len(cache.rows)).tolist()
    with pytest.raises(LeakError, match="remembering the woman alone scores"):
        leak_meter(cache.rows, {"train": order[:60], "validation": [], "test": order[60:]})


def test_the_meter_finds_one_picture_under_two_names() -> None:
    """The test women's pictures once more in the training part, under other ids: no id is shared, the pixels are."""
    cache = make_cache(women=40)
    parts = _parts(cache.rows, split_by_woman(cache.rows, seed=1))
    doubled = [replace(cache.rows[i], patient_id=f"again/{i}", file=Path(f"again{i}.png")) for i in parts["test"]]
    rows = (*cache.rows, *doubled)
    parts["train"] += list(range(len(cache.rows), len(rows)))
    assert leak_meter(rows, parts)["picture"] == 0.5  # the files' names say nothing
    with pytest.raises(LeakError, match=r"remembering the picture alone scores 1\.000"):
        leak_meter(rows, parts, np.concatenate([cache.inputs, cache.inputs[_parts(cache.rows, _split(cache))["test"]]]))


def test_one_picture_of_two_women_is_enough_to_refuse_a_split() -> None:
    """One among many moves no figure by 0.02, and is a leak all the same."""
    cache = make_cache(women=300)
    parts = _parts(cache.rows, split_by_woman(cache.rows, seed=1))
    inputs = cache.inputs.copy()
    inputs[parts["train"][0]] = inputs[next(index for index in parts["test"] if cache.rows[index].label == 0)]
    with pytest.raises(LeakError, match=r"in train and .* in test are one picture of two women"):
        leak_meter(cache.rows, parts, inputs)


def test_one_picture_of_two_women_is_refused_where_there_is_no_meter(tmp_path: Path) -> None:
    """Without a test part nothing can be measured: a validation woman's picture among those that are fitted on counts
    all the same."""
    cache = make_cache(women=20)
    split = make_split(cache.rows, SplitSpec(validation=0.4, test=0.0))
    inputs = cache.inputs.copy()
    inputs[split.indices(cache.rows, "train")[0]] = inputs[split.indices(cache.rows, "validation")[0]]
    with pytest.raises(LeakError, match="are one picture of two women"):
        fit(replace(cache, inputs=inputs), load_system("cnn-64", ["split.validation=0.4", "split.test=0"]), tmp_path)


class _Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_a_meter_that_cannot_be_had_is_said() -> None:
    terminal = _Terminal()
    tell_split(["2 women are in both official parts", "those are out"], terminal)
    tell_meter({}, terminal)
    assert terminal.getvalue().splitlines() == [
        "split: 2 women are in both official parts; those are out",
        "leak meter: cannot be had, the test part does not hold both classes",
    ]


def test_a_test_part_of_one_class_is_called_so() -> None:
    cache = make_cache(women=20)
    parts = _parts(cache.rows, split_by_woman(cache.rows, seed=1))
    parts["test"] = [index for index in parts["test"] if cache.rows[index].label == 0]
    with pytest.raises(LeakError, match="the test part holds one class only"):
        leak_meter(cache.rows, parts, cache.inputs)


def _split(cache: Any) -> Split:
    return split_by_woman(cache.rows, seed=1)


def test_a_memory_of_the_validation_part_counts_too() -> None:
    cache = make_cache(women=20)
    half = list(range(20)), list(range(20, 40))
    with pytest.raises(LeakError):
        leak_meter(cache.rows, {"train": half[0], "validation": half[1], "test": half[1]})


def test_a_memory_guesses_one_half_for_strangers() -> None:
    labels = np.array([1, 0, 1, 0])
    assert memoriser_auroc(["a", "b", "c", "d"], labels, [0, 1], [2, 3]) == 0.5
    assert memoriser_auroc(["a", "b", "a", "b"], labels, [0, 1], [2, 3]) == 1.0
    assert memoriser_auroc(["a", "b", "a", "d"], labels, [0, 1], [2, 3]) == 1.0


def test_a_run_knows_the_women_it_has_seen() -> None:
    rows = make_cache(women=40).rows
    split = split_by_woman(rows, seed=1)
    tested = [row for row in rows if split.part_of[row.patient_id] == "test"]
    assert overlap_with_run(tested, split, None).record(allowed=False)["state"] == "none"
    both = overlap_with_run(rows, split, None)
    assert both.women == split.seen()
    assert len(both.women) == 30


def test_a_bundle_knows_them_by_their_digests_and_by_its_seed() -> None:
    rows = make_cache(women=40).rows
    split = split_by_woman(rows, seed=7)
    digests = {"women": women_digests(split)}
    assert not any(row.patient_id in str(digests) for row in rows)
    assert overlap_with_bundle(rows, digests, split.hashes()).women == split.seen()
    assert overlap_with_bundle(rows, {"seed": 7}, split.hashes()).women == split.seen()


def test_what_a_bundle_does_not_tell_is_not_taken_for_clean() -> None:
    rows = make_cache(women=40).rows
    split = split_by_woman(rows, seed=7)
    some = [row for row in rows if row.patient_id != "made/3"]
    found = overlap_with_bundle(some, {"seed": 7}, split.hashes())
    assert (found.women, found.record(allowed=False)["state"]) == (frozenset(), "not known")
    assert "cannot be ruled out" in found.text
    trained = [row for row in rows if split.part_of[row.patient_id] == "train"]
    assert len(overlap_with_bundle(trained, {"seed": 7}, split.hashes()).women) == 24


@pytest.mark.parametrize(("source", "shared"), [("cbis-ddsm", 10), ("ddsm", 10), ("rsna", 0)])
def test_first_weights_have_seen_the_women_of_their_set_and_of_its_kin(source: str, shared: int) -> None:
    rows = [
        ImageRow(file=Path("x"), patient_id=f"{source}/{n}", laterality="L", view="CC", label=n % 2, source=source)
        for n in range(10)
    ]
    start = {"pretraining": {"source": "ddsm"}}
    assert len(overlap_with_run(rows, Split({}, 0), start).women) == shared


def _examples(count: int, seed: int, *, breasts: bool = False) -> tuple[list[ImageRow], list[Example]]:
    """Positives are older, on machine "b" more often, and (where told) present with one breast."""
    rng = np.random.default_rng(seed)
    rows = []
    for woman in range(count):
        label = woman % 2
        for side in "L" if breasts and label else "LR":
            rows.append(
                ImageRow(
                    file=Path("x"),
                    patient_id=f"{seed}/{woman}",
                    laterality=side,
                    view="CC",
                    label=label,
                    source="made",
                    age=50 + 6 * label + 8 * float(rng.standard_normal()) if rng.random() > 0.1 else None,
                    machine="b" if rng.random() < 0.3 + 0.4 * label else "a",
                    density="" if rng.random() < 0.5 else "B",
                )
            )
    return rows, [Example((row,)) for row in rows]


def _auroc(examples: list[Example], logits: Any) -> float:
    return auroc(np.array([example.label for example in examples], np.int64), logits)


def test_the_model_without_pictures_learns_from_age_and_machine() -> None:
    rows, fitted = _examples(300, 0)
    _, judged = _examples(300, 1)
    model = MetadataModel(rows, counts=False).fit(fitted)
    assert 0.7 < _auroc(judged, model.logits(judged)) < 0.95


def test_counts_are_used_only_where_asked_for() -> None:
    rows, fitted = _examples(200, 0, breasts=True)
    others, judged = _examples(200, 1, breasts=True)
    every = [*rows, *others]
    assert _auroc(judged, MetadataModel(every, counts=True).fit(fitted).logits(judged)) > 0.99
    assert _auroc(judged, MetadataModel(every, counts=False).fit(fitted).logits(judged)) < 0.95


def test_across_folds_no_woman_judges_herself() -> None:
    """Labels by chance and a machine of her own for each woman: a model that saw her would know her label."""
    rng = np.random.default_rng(0)
    rows = [
        ImageRow(
            file=Path("x"),
            patient_id=f"w/{n // 2}",
            laterality="LR"[n % 2],
            view="CC",
            label=0,
            source="x",
            machine=str(n // 2),
        )
        for n in range(200)
    ]
    labels = np.repeat(rng.integers(0, 2, 100), 2)
    examples = [Example((replace(row, label=int(label)),)) for row, label in zip(rows, labels, strict=True)]
    assert abs(_auroc(examples, cross_fitted_logits(rows, examples, counts=False)) - 0.5) < 0.15
    assert _auroc(examples, MetadataModel(rows, counts=False).fit(examples).logits(examples)) > 0.95


def test_what_tells_nothing_ranks_nothing_over_folds_of_unlike_prevalence() -> None:
    rows, examples = _examples(23, 0)
    rows = [replace(row, age=None, machine="", density="", laterality="L", view="CC") for row in rows]
    examples = [Example((row,)) for row in rows]
    assert _auroc(examples, cross_fitted_logits(rows, examples, counts=False)) < 0.4
    assert _auroc(examples, cross_fitted_logits(rows, examples, counts=False, centred=True)) == 0.5


def test_one_class_gives_one_score_and_the_majority_is_that_of_training() -> None:
    rows, examples = _examples(20, 0)
    negatives = [example for example in examples if example.label == 0]
    assert np.ptp(MetadataModel(rows, counts=True).fit(negatives).logits(examples)) == 0
    assert majority_accuracy(np.array([1, 1, 0]), np.array([0, 0, 0, 1])) == 0.25
