"""Pre-training on lesion maps: where a map points, who is held back, what is learnt, and that `fit` takes all of it."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest

from mammoview.core.errors import InputRefusedError, UsageError
from tests.training.lesion_runs import make_lesion_cache
from tests.training.runs import without_graphs
from training.__main__ import main
from training.cache import InputCache, write_packed
from training.config import System
from training.evaluation.runs import read_run
from training.fit import fit
from training.fitting.pointing import brightest, hits, pointed
from training.fitting.records import read_split
from training.lesion_map import LesionMapConfig, MapSource, PointingJudge, pretrain_lesion_map, women_apart
from training.models.network import build_network
from training.models.weights import load_trunk
from training.origin import origin
from training.split import LeakError, Split
from training.systems import load_system

CACHE = make_lesion_cache()


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A small system with a mask head."""
    path = tmp_path_factory.mktemp("system") / "drawer.toml"
    path.write_text(
        'base = "multi-task"\n[input]\nrows = 0\ncolumns = 0\n[model]\nkind = "small-resnet"\nfilters = [8, 16]\n'
        "[optimiser]\nmixed_precision = false\n[stopping]\nepochs = 1\n[run]\nbatch = 6\n"
    )
    return path


@pytest.fixture(scope="module")
def run(base: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("lesion-map") / "run"
    with without_graphs():
        pretrain_lesion_map(CACHE, LesionMapConfig(base=str(base), epochs=2, batch=8), out)
    return out


def system_of(base: Path) -> System:
    return load_system(str(base))


def test_a_map_points_at_the_middle_of_its_strongest_cell_in_the_breast() -> None:
    inputs = np.full((2, 40, 24), 50, np.uint8)
    inputs[:, :, 16:] = 0
    maps = np.zeros((2, 10, 6))
    maps[0, 3, 2] = 1
    maps[:, 5, 5] = 9  # in the air
    maps[1, 9, 0] = -1
    maps[1, :9] -= 5
    maps[1, 9, 1:4] -= 5
    found = pointed(maps, inputs)
    np.testing.assert_allclose(found, [[13.5, 9.5], [37.5, 1.5]])
    np.testing.assert_allclose(pointed(maps[:1], np.zeros((1, 40, 24), np.uint8)), [[21.5, 21.5]])


def test_a_place_hits_within_eight_pixels_and_no_lesion_is_never_hit() -> None:
    masks = np.zeros((4, 40, 40), np.uint8)
    masks[:3, 20, 20] = 1
    found = hits(np.array([[20.0, 20.0], [20.0, 28.0], [26.0, 26.0], [20.0, 20.0]]), masks)
    assert found.tolist() == [True, True, False, False]


def test_the_brightest_place_needs_no_network() -> None:
    inputs = np.full((1, 64, 40), 50, np.uint8)
    inputs[0, 16:24, 8:16] = 200
    np.testing.assert_allclose(brightest(inputs), [[19.5, 11.5]])


def test_women_with_and_without_a_lesion_are_held_back_alike_and_the_unknown_are_not() -> None:
    rows = tuple(replace(row, woman_known=place > 7) for place, row in enumerate(CACHE.rows))
    split, parts = women_apart(replace(CACHE, rows=rows), 1, None)
    held = {row.patient_id for row in (rows[index] for index in parts["validation"])}
    lesions = {row.patient_id for row in rows if row.lesions}
    assert len(held & lesions) == 3
    assert len(held - lesions) == 1
    assert all(split.part_of[row.patient_id] == "train" for row in rows[:8])


def test_without_a_validation_share_all_are_trained_on_and_the_last_epoch_is_kept(base: Path, tmp_path: Path) -> None:
    with without_graphs():
        pretrain_lesion_map(CACHE, LesionMapConfig(base=str(base), epochs=2, batch=8, validation=0.0), tmp_path)
    told = json.loads((tmp_path / "pretrain.json").read_text(encoding="utf-8"))
    assert set(read_split(tmp_path / "split.json").part_of.values()) == {"train"}
    assert told["images_with_lesions"]["validation"] == 0
    assert "validation" not in told
    start = {"kind": "weights", "pretraining": told}
    assert "the last epoch: no woman was held back" in origin(start)


@pytest.mark.parametrize("share", [-0.1, 1.0])
def test_a_share_that_is_none_is_refused(share: float) -> None:
    with pytest.raises(UsageError, match="no share of women"):
        LesionMapConfig(validation=share)


def test_women_of_a_given_split_stay_in_their_parts_and_its_test_women_are_left_out() -> None:
    women = [row.patient_id for row in CACHE.rows[::2]]
    given = Split({women[0]: "test", women[1]: "validation", women[2]: "train", women[3]: "auxiliary"}, 1)
    split, parts = women_apart(CACHE, 1, given)
    used = {part: {CACHE.rows[index].patient_id for index in chosen} for part, chosen in parts.items()}
    assert women[0] not in used["train"] | used["validation"]
    assert (split.part_of[women[1]], split.part_of[women[2]]) == ("validation", "train")
    assert split.part_of[women[3]] in ("train", "validation")


def test_sets_of_the_same_women_are_refused() -> None:
    rows = tuple(replace(row, source="ddsm" if place % 2 else "cbis") for place, row in enumerate(CACHE.rows))
    with pytest.raises(LeakError, match="the same women under other numbers"):
        women_apart(replace(CACHE, rows=rows), 1, None)


def test_an_epoch_shows_each_lesion_once_and_no_more_without(base: Path) -> None:
    system = LesionMapConfig(base=str(base), batch=4).system()
    chosen = [index for index in range(48) if index < 8 or not CACHE.rows[index].lesions]
    source = MapSource(CACHE, chosen, system)
    shown = np.concatenate(source.order(0))
    lesions = [index for index in chosen if CACHE.rows[index].lesions]
    assert sorted(index for index in shown if index in lesions) == lesions
    assert len(shown) == 2 * len(lesions) == len(set(shown))
    batch = source.batch(source.order(0)[0], 0, 0)
    assert not batch["targets"].any()
    assert not batch["weights"].any()
    with pytest.raises(UsageError, match="no training image has a lesion"):
        MapSource(CACHE, source.clean.tolist(), system)


def test_the_judge_counts_images_with_a_lesion_alone(base: Path) -> None:
    class Knowing:
        def predict_on_batch(self, pixels: Any) -> list[Any]:
            return [None, pixels, None]

    system = LesionMapConfig(base=str(base)).system()
    judge = PointingJudge(Knowing(), CACHE, range(48), system)
    told = judge.told(samples=50)
    assert (told["images"], told["women"]) == (36, 18)
    assert judge() == pytest.approx(told["interval"]["value"])
    assert judge() > 0.6
    assert np.isnan(PointingJudge(Knowing(), CACHE, [0, 1], system)())


def test_trunk_and_mask_head_are_learnt_and_the_class_is_not(run: Path, base: Path) -> None:
    system = LesionMapConfig(base=str(base)).system()
    keras.utils.set_random_seed(1)
    first, kept = build_network(system, 32, 32), build_network(system, 32, 32)
    kept.load_weights(run / "trunk.weights.h5")

    def moved(name: str) -> float:
        pair = kept.get_layer(name).get_weights()[0], first.get_layer(name).get_weights()[0]
        return float(np.abs(pair[0] - pair[1]).max())

    assert min(moved("stem_conv"), moved("mask")) > 10 * moved("logits")  # which weight decay alone moves
    assert moved("stem_conv") > 1e-5


def test_its_history_names_what_was_measured(run: Path) -> None:
    history = json.loads((run / "history.json").read_text())
    assert [one["figure"] for one in history] == ["lesions pointed at"] * 2
    assert all(0 <= one["validation_pointing_hit"] <= 1 for one in history)
    assert not any("validation_auroc" in one for one in history)
    story = json.loads((run / "pretrain.json").read_text())
    assert story["validation"]["baseline"] == "the brightest place"
    assert story["stages"][-1]["validation"] == max(one["validation_pointing_hit"] for one in history)
    assert story["images_with_lesions"]["train"] > 20


def test_a_fit_takes_the_trunk_and_the_mask_head(run: Path, base: Path, tmp_path: Path) -> None:
    weights = run / "trunk.weights.h5"
    network = build_network(system_of(base), 32, 32)
    load_trunk(network, weights)
    donor = build_network(LesionMapConfig(base=str(base)).system(), 32, 32)
    donor.load_weights(weights)
    for name in ("stem_conv", "mask", "mask_conv1"):
        np.testing.assert_array_equal(network.get_layer(name).get_weights()[0], donor.get_layer(name).get_weights()[0])
    own = system_of(base)
    strangers = replace(
        make_lesion_cache(seed=9),
        rows=tuple(replace(row, patient_id=f"new/{row.patient_id}", source="new") for row in CACHE.rows),
    )
    with without_graphs():
        fit(strangers, replace(own, start=replace(own.start, kind="trunk", file=str(weights))), tmp_path / "run")
    told = origin(read_run(tmp_path / "run").start())
    assert told.startswith("weights trained here to draw where lesions are on ")
    assert "2 epochs on whole inputs of 32 x 32 pixels (lesions pointed at" in told


def test_a_head_of_other_layers_stays_new(run: Path, base: Path) -> None:
    other = replace(system_of(base), model=replace(system_of(base).model, kind="small-resnet", filters=(8,)))
    with pytest.raises(InputRefusedError, match="is of another trunk"):
        load_trunk(build_network(other, 32, 32), run / "trunk.weights.h5")
    plain = replace(system_of(base), heads=type(other.heads)())
    load_trunk(build_network(plain, 32, 32), run / "trunk.weights.h5")


def test_weights_that_saw_a_test_woman_are_refused(run: Path, base: Path, tmp_path: Path) -> None:
    own = system_of(base)
    start = replace(own.start, kind="trunk", file=str(run / "trunk.weights.h5"))
    with pytest.raises(LeakError, match="the weights saw her"):
        fit(CACHE, replace(own, start=start), tmp_path / "run")


def _packed(cache: InputCache, path: Path) -> Path:
    write_packed(cache, {}, path)
    return path


def test_the_command_says_what_it_must_beat(base: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = _packed(make_lesion_cache(women=16), tmp_path / "set.npz")
    words = ["pretrain", str(path), "--task", "lesion-map", "--system", str(base), "--epochs", "1", "--batch", "8"]
    with without_graphs():
        assert main([*words, "--out", str(tmp_path / "run")]) == 0
    said = capsys.readouterr().out
    assert "women held back: lesions pointed at" in said
    assert "the brightest place alone" in said


@pytest.mark.parametrize(
    ("words", "why"),
    [
        (["--system", "efficientnetv2-b0"], "draws no lesions"),
        (["--system", "multi-task", "--patch", "64"], "--patch goes with --task"),
    ],
)
def test_what_cannot_be_meant_is_said_in_one_line(
    words: list[str], why: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = _packed(make_lesion_cache(women=4), tmp_path / "set.npz")
    assert main(["pretrain", str(path), "--task", "lesion-map", *words, "--out", str(tmp_path / "run")]) != 0
    said = capsys.readouterr().err.strip().splitlines()
    assert why in said[-1]


def test_the_record_names_the_systems_file_and_not_its_place(run: Path, base: Path) -> None:
    told = [(run / name).read_text(encoding="utf-8") for name in ("config.json", "pretrain.json")]
    assert all("drawer.toml" in text for text in told)
    assert not any(str(base.parent) in text for text in told)
