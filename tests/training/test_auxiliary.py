"""Sets that are only ever trained on: in every batch, in no part, without a word on the class, and never forgotten."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from mammoview.core.errors import UsageError
from tests.training.lesion_runs import make_lesion_cache, tiny
from tests.training.runs import without_graphs
from training.augment import partners_of
from training.auxiliary import auxiliary_line, beside_of
from training.cache import InputCache, LesionMasks
from training.config import AugmentationConfig, System
from training.distil import TaughtSource, Teaching
from training.evaluation.runs import evaluate, read_run
from training.fit import fit, predict_run
from training.fitting.batches import ExampleSource, groups_of
from training.fitting.records import start_record
from training.fitting.trainee import Trainee
from training.folds import inputs_of, make_folds
from training.leaks import overlap_with_bundle, woman_digest, women_digests
from training.split import AUXILIARY, LeakError, make_split

SETTINGS = ("auxiliary.sources=['ddsm', 'mias']", "auxiliary.share=0.4", "model.dropout=0")


def mixed_cache(*, kin: str = "drawn", women: int = 24) -> InputCache:
    """The images of the source `kin` without lesions, and behind them 12 women of "ddsm-films" with them."""
    own, films = make_lesion_cache(women=women), make_lesion_cache(women=12, seed=5)
    rows = [replace(row, source=kin, lesions=(), diagnosis="") for row in own.rows]
    rows += [
        replace(row, source="ddsm-films", patient_id=f"ddsm/{row.patient_id}", modality="film", age=80.0)
        for row in films.rows
    ]
    assert films.lesions is not None
    of_row = np.concatenate([np.full(len(own.rows), -1), films.lesions.of_row])
    lesions = LesionMasks(films.lesions.packed, of_row)
    return InputCache(np.concatenate([own.inputs, films.inputs]), tuple(rows), own.preprocess, "mixed", lesions)


def system(*changes: str) -> System:
    return tiny("multi-task", *SETTINGS, *changes)


def source_of(cache: InputCache, *changes: str) -> ExampleSource:
    told = system(*changes)
    chosen = make_split(cache.rows, told.split, told.auxiliary.sources).indices(cache.rows, "train")
    groups = groups_of(cache.rows, chosen, "image")
    return ExampleSource(cache, groups, told, beside_of(cache, told.auxiliary.sources))


CACHE = mixed_cache()


def test_each_batch_has_so_many_of_them_behind_its_own_examples() -> None:
    source = source_of(CACHE)
    chosen = source.order(0)[0]
    batch = source.batch(chosen, 0, 0)
    assert len(chosen) == 6
    assert batch["pixels"].shape[0] == batch["weights"].shape[0] == batch["mask_known"].shape[0] == 6 + 4
    assert not batch["weights"][6:].any()
    assert batch["mask_known"][6:].all()
    assert any(mask.any() for mask in batch["mask"][6:])
    assert not batch["density"][6:].any()
    held = {CACHE.inputs[index].tobytes() for index in beside_of(CACHE, ("ddsm",))}
    assert all(pixels.tobytes() in held for pixels in batch["pixels"][6:])


def test_who_is_drawn_hangs_on_seed_epoch_and_step_alone() -> None:
    first, second = source_of(CACHE), source_of(CACHE)
    chosen = first.order(0)[0]
    drawn = {
        (epoch, step): first.batch(chosen, epoch, step)["pixels"][6:].tobytes() for epoch in (0, 1) for step in (0, 1)
    }
    assert len(set(drawn.values())) == 4
    assert second.batch(chosen, 1, 1)["pixels"][6:].tobytes() == drawn[1, 1]
    other = source_of(CACHE, "run.seed=9").batch(chosen, 1, 1)["pixels"][6:]
    assert other.tobytes() != drawn[1, 1]


def test_the_class_loss_is_as_without_them() -> None:
    source = source_of(CACHE)
    chosen = source.order(0)[0]
    batch = source.batch(chosen, 0, 0)
    logits = np.random.default_rng(0).standard_normal((10, 2)).astype(np.float32)

    def network(pixels: Any, training: bool) -> list[Any]:
        size = len(pixels)
        return [None, np.zeros((size, 8, 8, 1), np.float32), np.zeros((size, 4), np.float32), logits[:size]]

    def loss(parts: Any) -> float:
        return float(np.asarray(Trainee(network, source.system, 1).judged(parts, training=False)[1][0]))

    trainee = Trainee(network, source.system, 1)
    whole = trainee.prepared(batch, training=False)
    alone = {name: value[:6] for name, value in whole.items()} | {"weights": np.ones(6, np.float32)}
    assert loss(whole) == pytest.approx(loss(alone), rel=1e-5)


def test_mixup_mixes_no_auxiliary_example_into_another_s_class() -> None:
    source = source_of(CACHE)
    told = replace(source.system, augmentation=AugmentationConfig(mixup=5.0))
    batch = source.batch(source.order(0)[0], 0, 0)
    batch["pixels"] = np.zeros_like(batch["pixels"])
    batch["pixels"][6:] = 255
    parts = Trainee(None, told, 1).prepared(batch, training=True)
    pixels, weights = np.asarray(parts["pixels"]), np.asarray(parts["weights"])
    assert not pixels[:6].any()
    np.testing.assert_allclose(weights, [10 / 6] * 6 + [0] * 4, rtol=1e-5)
    assert np.asarray(partners_of(batch["weights"] > 0))[6] == 9


def test_they_are_in_no_part_and_leave_the_others_as_they_were() -> None:
    told = system()
    split = make_split(CACHE.rows, told.split, told.auxiliary.sources)
    own = make_split(CACHE.rows[:48], told.split)
    assert split.hashes() == own.hashes()
    films = {row.patient_id for row in CACHE.rows[48:]}
    assert {woman for woman, part in split.part_of.items() if part == AUXILIARY} == films
    assert films <= split.seen()


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        (("auxiliary.sources=['mias']",), "holds no image of mias"),
        (("auxiliary.sources=['drawn']",), "no image of drawn has a lesion mask"),
    ],
)
def test_sets_that_are_not_there_or_teach_nothing_are_refused(
    changes: tuple[str, ...], why: str, tmp_path: Path
) -> None:
    with pytest.raises(UsageError, match=why):
        fit(CACHE, system(*changes), tmp_path / "run")


def test_they_need_a_head_that_draws() -> None:
    with pytest.raises(UsageError, match=r"auxiliary\.sources needs heads\.mask"):
        system("heads.mask=0")


def test_kin_of_the_own_set_is_refused() -> None:
    with pytest.raises(LeakError, match="cbis and ddsm hold the same women"):
        make_split(mixed_cache(kin="cbis-ddsm").rows, system().split, ("ddsm",))


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("auxiliary") / "run"
    with without_graphs():
        fit(CACHE, system("stopping.epochs=1"), out)
    return out


def test_the_run_and_its_evaluation_state_them_and_judge_none_of_them(run: Path) -> None:
    beside = json.loads((run / "config.json").read_text())["auxiliary"]
    assert (beside["images"], beside["women"], beside["sources"]) == (24, 12, ["ddsm-films"])
    assert "24 images" in auxiliary_line(beside)
    assert auxiliary_line(None) == ""
    with without_graphs():
        record = evaluate(read_run(run), CACHE, samples=20)
    assert record["config"]["auxiliary"] == beside
    assert record["sources"] == ["drawn"]
    assert record["modalities"] == ["mammogram"]
    assert sum(record["counts"][part]["images"] for part in record["counts"]) == 48
    assert record["split"]["images_left_out"] == 0


def test_no_run_judges_a_set_that_it_was_trained_on(run: Path) -> None:
    with pytest.raises(LeakError, match="only trained on"):
        predict_run(run, CACHE, [0, 50])


def test_a_bundle_knows_that_it_saw_them_and_their_kin(run: Path) -> None:
    split = read_run(run).split
    told = {
        "women": women_digests(split),
        "auxiliary": json.loads((run / "config.json").read_text())["auxiliary"],
        "start": None,
    }
    films = CACHE.rows[48:]
    assert overlap_with_bundle(films, told, split.hashes()).women == {row.patient_id for row in films}
    cbis = [replace(row, source="cbis-ddsm", patient_id=f"cbis/{n}") for n, row in enumerate(films)]
    assert len(overlap_with_bundle(cbis, told, split.hashes()).women) == len(cbis)
    others = [replace(row, patient_id=f"ddsm/other-{n}") for n, row in enumerate(films)]
    assert not overlap_with_bundle(others, told, split.hashes()).women


def test_weights_that_a_run_leaves_behind_tell_of_them(run: Path) -> None:
    start = start_record(run / "best.weights.h5", "trunk")
    assert start["auxiliary"]["sources"] == ["ddsm-films"]
    assert woman_digest(CACHE.rows[-1].patient_id) in start["women_seen"]


def test_folds_hold_none_of_them_and_their_inputs_all(tmp_path: Path) -> None:
    own = CACHE.rows[:48]
    folds = make_folds(own, system().split, tmp_path, folds=2, without_test=False)
    assert not any(woman.startswith("ddsm/") for woman in folds.women)
    assert inputs_of(CACHE, folds).rows == own
    assert inputs_of(CACHE, folds, ("ddsm",)).rows == CACHE.rows


def test_a_teacher_teaches_the_class_of_the_examples_alone() -> None:
    told = system()
    chosen = make_split(CACHE.rows, told.split, told.auxiliary.sources).indices(CACHE.rows, "train")
    groups = groups_of(CACHE.rows, chosen, "image")
    soft = np.tile([0.25, 0.75], (len(groups), 1))
    source = TaughtSource(CACHE, groups, told, Teaching(temperature=2.0, truth=0.5), soft)
    own = source.order(0)[0]
    targets = source.batch(own, 0, 0)["targets"]
    assert len(targets) > len(own)
    np.testing.assert_allclose(targets[: len(own), 2:], np.tile([0.5, 1.5], (len(own), 1)))
    assert not targets[len(own) :, 2:].any()
