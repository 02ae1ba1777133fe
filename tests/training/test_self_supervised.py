"""Pre-training without labels: what is blanked, what agrees, whose women are seen, and that a trunk comes out."""

from __future__ import annotations

import importlib.util
import json
import os
import signal
import subprocess
import sys
from dataclasses import replace
from itertools import count
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest

from mammoview.core.errors import UsageError
from tests.training.forked import process_of
from tests.training.lesion_runs import make_lesion_cache, tiny
from tests.training.runs import without_graphs
from training.__main__ import main
from training.cache import LesionMasks, write_packed
from training.evaluation.runs import read_run
from training.fit import fit
from training.fitting.loop import STATE
from training.fitting.trainee import Trainee
from training.models.network import build_network
from training.models.weights import load_trunk
from training.origin import origin
from training.pretrain import PretrainConfig, lesions_of, pretrain
from training.self_supervised import (
    WEIGHTS,
    SelfSupervisedConfig,
    held_crops,
    part_women,
    pretrain_unlabelled,
    women_of,
)
from training.split import LeakError, make_split

MASKED = SelfSupervisedConfig(base="cnn-64", patch=32, epochs=2, batch=16, block=8)
CONTRASTIVE = replace(MASKED, task="contrastive", batch=8)


def _weights(path: Path) -> list[Any]:
    network = build_network(MASKED.system(), 32, 32)
    network.load_weights(path)
    return [np.array(weight) for weight in network.weights]


def _assert_same(first: Path, second: Path) -> None:
    for one, other in zip(_weights(first / WEIGHTS), _weights(second / WEIGHTS), strict=True):
        np.testing.assert_allclose(other, one, rtol=0, atol=1e-6)


@pytest.fixture(scope="module")
def masked(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run that was never ended."""
    out = tmp_path_factory.mktemp("masked")
    with without_graphs():
        pretrain_unlabelled(make_lesion_cache(), MASKED, out)
    return out


@pytest.mark.parametrize("config", [MASKED, replace(CONTRASTIVE, base="small-resnet")], ids=lambda one: one.task)
def test_its_trunk_starts_a_fit_and_the_card_says_what_it_learnt(config: SelfSupervisedConfig, tmp_path: Path) -> None:
    cache = make_lesion_cache()
    system = tiny(config.base, "stopping.epochs=1", trunk=False)
    with without_graphs():
        weights = pretrain_unlabelled(cache, config, tmp_path / "own", given=make_split(cache.rows, system.split))
        network = build_network(system, 32, 32)
        assert load_trunk(network, weights) > 3
        fit(cache, replace(system, start=replace(system.start, kind="trunk", file=str(weights))), tmp_path / "run")
    story = origin(read_run(tmp_path / "run").start())
    assert story.startswith("weights trained here without labels on ")
    assert {"masked": "painting blanked blocks", "contrastive": "pairing crops"}[config.task] in story


def test_the_trunk_is_learnt_and_the_head_is_not(masked: Path) -> None:
    keras.utils.set_random_seed(MASKED.seed)
    first, kept = build_network(MASKED.system(), 32, 32), build_network(MASKED.system(), 32, 32)
    kept.load_weights(masked / WEIGHTS)
    moved = {
        name: np.abs(kept.get_layer(name).get_weights()[0] - first.get_layer(name).get_weights()[0]).max()
        for name in ("block1_conv", "block2_conv", "units", "logits")
    }
    assert min(moved["block1_conv"], moved["block2_conv"]) > 1e-4
    assert moved["units"] == moved["logits"] == 0


def test_an_efficientnet_s_trunk_is_taken_too(tmp_path: Path) -> None:
    config = replace(MASKED, base="efficientnetv2-b0", epochs=1)
    with without_graphs():
        weights = pretrain_unlabelled(make_lesion_cache(women=5), config, tmp_path)
        network = build_network(config.system(), 64, 32)
        before = network.get_layer("stem_conv").get_weights()[0]
        load_trunk(network, weights)
    assert np.abs(network.get_layer("stem_conv").get_weights()[0] - before).max() > 1e-3


def test_labels_are_not_used(masked: Path, tmp_path: Path) -> None:
    cache = make_lesion_cache()
    turned = replace(cache, rows=tuple(replace(row, label=1 - row.label, diagnosis="") for row in cache.rows))
    with without_graphs():
        pretrain_unlabelled(turned, MASKED, tmp_path)
    _assert_same(masked, tmp_path)


def test_weights_that_saw_a_test_woman_are_refused(masked: Path, tmp_path: Path) -> None:
    system = tiny("cnn-64", "start.kind=trunk", f"start.file='{masked / WEIGHTS}'", trunk=False)
    with pytest.raises(LeakError, match="the weights saw her"):
        fit(make_lesion_cache(), system, tmp_path)


def test_the_digests_of_all_women_are_told(masked: Path) -> None:
    from training.leaks import woman_digest

    told = json.loads((masked / "pretrain.json").read_text())
    seen = {digest for part in told["women_digests"].values() for digest in part}
    assert seen == {woman_digest(f"drawn/{woman}") for woman in range(24)}
    assert told["women"] == {"train": 19, "validation": 5}


def test_with_a_split_its_test_women_are_unread_and_its_validation_women_held_back() -> None:
    cache = make_lesion_cache()
    given = women_of("cnn-64", cache.rows)
    split, parts = part_women(cache, 1, given)
    for part in ("train", "validation"):
        assert {given.part_of[cache.rows[index].patient_id] for index in parts[part]} == {part}
    assert split.hashes() == given.hashes()
    assert len(parts["train"]) + len(parts["validation"]) < len(cache.rows)


def test_a_run_s_folder_names_its_split(masked: Path) -> None:
    rows = make_lesion_cache().rows
    assert women_of(str(masked), rows).hashes() == women_of(str(masked / "split.json"), rows).hashes()


def test_women_of_another_set_are_left_out_and_nobody_is_refused(tmp_path: Path) -> None:
    cache = make_lesion_cache(women=6)
    given = make_split(cache.rows, MASKED.system().split)
    strangers = replace(cache, rows=tuple(replace(row, patient_id=f"x/{row.patient_id}") for row in cache.rows))
    with pytest.raises(UsageError, match="none of the women in the cache may be trained on"):
        pretrain_unlabelled(strangers, MASKED, tmp_path, given=given)


def test_images_of_unknown_women_are_trained_on_and_judge_nothing(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    cache = make_lesion_cache(women=6)
    unknown = replace(cache, rows=tuple(replace(row, woman_known=False) for row in cache.rows))
    with without_graphs():
        pretrain_unlabelled(unknown, replace(MASKED, epochs=1), tmp_path)
    told = json.loads((tmp_path / "pretrain.json").read_text())
    assert told["images"] == {"train": 12, "validation": 0}
    assert told["sources_of_unknown_women"] == ["drawn"]
    assert "validation" not in told
    assert "12 of 12 images do not say whom they show: they are trained on" in capsys.readouterr().err


def test_the_figure_has_its_interval_its_unit_and_what_it_must_beat(masked: Path) -> None:
    told = json.loads((masked / "pretrain.json").read_text())
    found = told["validation"]
    history = json.loads((masked / "history.json").read_text())
    best = max(record["validation_r2"] for record in history)
    assert (found["unit"], found["women"], found["crops"]) == ("pixel", 5, 20)
    assert (found["value"], found["interval"]["value"]) == pytest.approx((best, best), abs=1e-6)
    assert found["interval"]["low"] < best < found["interval"]["high"]
    assert found["baseline_interval"]["value"] < 1
    assert told["stages"][0]["validation"] == pytest.approx(best, abs=1e-6)


def test_held_crops_are_the_same_at_every_call() -> None:
    cache = make_lesion_cache(women=3)
    first, women = held_crops(cache, range(6), CONTRASTIVE)
    np.testing.assert_array_equal(first, held_crops(cache, range(6), CONTRASTIVE)[0])
    assert first.shape == (12, 32, 32)
    assert list(women[:6]) == list(women[6:])
    _, paired = held_crops(cache, range(6), replace(CONTRASTIVE, pairs="breast"))
    assert list(paired) == [f"drawn/{woman}" for woman in (0, 1, 2, 0, 1, 2)]


def test_patches_of_lesions_go_on_from_it(tmp_path: Path) -> None:
    cache = make_lesion_cache(women=16)
    every = range(len(cache.rows))
    inputs, masks = (array.repeat(3, axis=1).repeat(3, axis=2) for array in (cache.inputs, cache.masks(every)))
    packed = np.packbits(masks.reshape(len(masks), -1), axis=1)
    wide = replace(cache, inputs=inputs, lesions=LesionMasks(packed, np.arange(len(masks))))
    others = replace(wide, rows=tuple(replace(row, patient_id=f"other/{row.patient_id}") for row in wide.rows))
    with without_graphs():
        weights = pretrain_unlabelled(wide, replace(MASKED, epochs=1), tmp_path / "own")
        config = PretrainConfig(patch=32, epochs=1, batch=8, base="cnn-64", weights=str(weights))
        pretrain(lesions_of(others), config, tmp_path / "lesions")
    story = origin({"pretraining": json.loads((tmp_path / "lesions" / "pretrain.json").read_text())})
    assert "1 epochs of painting blanked blocks of crops of 32 pixels (R2 of blanked pixels" in story
    assert ", then 1 epochs on patches of 32 pixels (patch AUROC" in story


def _killed(number: int, out: Path) -> None:
    """The pretraining in a process that is killed at this step."""
    own, calls = Trainee.train_on_batch, count(1)

    def call(*arguments: Any, **options: Any) -> Any:
        if next(calls) == number:
            os.kill(os.getpid(), signal.SIGKILL)
        return own(*arguments, **options)

    with pytest.MonkeyPatch.context() as patch, without_graphs():
        patch.setattr(Trainee, "train_on_batch", call)
        pretrain_unlabelled(make_lesion_cache(), MASKED, out)


def test_a_killed_run_goes_on_to_the_same_weights(masked: Path, tmp_path: Path) -> None:
    said = tmp_path.with_suffix(".txt")
    with process_of(_killed, 4, tmp_path, said=said) as child:
        child.join()
        assert child.exitcode == -signal.SIGKILL, said.read_text()
    assert (tmp_path / STATE).is_file()
    with without_graphs():
        pretrain_unlabelled(make_lesion_cache(), MASKED, tmp_path)
    _assert_same(masked, tmp_path)
    told = [json.loads((folder / "pretrain.json").read_text()) for folder in (masked, tmp_path)]
    assert told[0] == told[1]


def test_a_folder_takes_no_other_settings(masked: Path) -> None:
    with pytest.raises(UsageError, match=r"holds another run \(self_supervised.share differ\)"):
        pretrain_unlabelled(make_lesion_cache(), replace(MASKED, share=0.7), masked)


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"task": "guess"}, "task 'guess' is not known"),
        ({"block": 17}, "blocks of 17 pixels do not suit crops of 32"),
        ({"share": 0.95}, "a blanked share of 0.95"),
        ({"batch": 2}, "a batch of 2 is too small"),
        ({"patch": 33}, "crops of 33 pixels do not fit into inputs of 32 x 32"),
        ({"base": "dense-baseline"}, "dense-baseline has no trunk"),
    ],
)
def test_what_cannot_be_is_refused_before_anything_is_written(
    changes: dict[str, Any], said: str, tmp_path: Path
) -> None:
    with pytest.raises(UsageError, match=said):
        pretrain_unlabelled(make_lesion_cache(women=4), replace(MASKED, **changes), tmp_path / "run")
    assert not (tmp_path / "run").exists()


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--task", "masked"], "--task masked needs a cache"),
        (["C", "--task", "contrastive", "--block", "8"], "--block goes with --task masked"),
        (["C", "--task", "masked", "--pairs", "breast"], "--pairs goes with --task contrastive"),
        (["C", "--task", "masked", "--judge", "D"], "--judge goes with --task lesions"),
        (["C", "--women-of", "cnn-64"], "--women-of goes with --task masked or contrastive"),
    ],
)
def test_an_option_of_another_task_is_refused(
    words: list[str], said: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["pretrain", *words, "--out", str(tmp_path)]) == 2
    assert said in capsys.readouterr().err


_OTHER_BACKEND = """
import sys

class Absent:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in ("cv2", "pydicom", "tensorflow"):
            raise ImportError(name)

sys.meta_path.insert(0, Absent())
from training.__main__ import main

sys.exit(max(main([*sys.argv[1:], "--task", task, "--out", task]) for task in ("masked", "contrastive")))
"""


@pytest.mark.skipif(importlib.util.find_spec("jax") is None, reason="JAX is not installed: pip install jax")
def test_jax_learns_the_same_trunks_without_opencv_and_tensorflow(tmp_path: Path) -> None:
    write_packed(make_lesion_cache(women=8), {"code": "of another machine"}, tmp_path / "cache.npz")
    words = ["pretrain", "cache.npz", "--carried", "--system", "cnn-64", "--patch", "32", "--epochs", "1"]
    root = str(Path(__file__).resolve().parents[2])
    paths = [root, *([os.environ["PYTHONPATH"]] if "PYTHONPATH" in os.environ else [])]
    child = subprocess.run(
        [sys.executable, "-c", _OTHER_BACKEND, *words, "--batch", "8"],
        cwd=tmp_path,
        env={**os.environ, "KERAS_BACKEND": "jax", "PYTHONPATH": os.pathsep.join(paths)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert child.returncode == 0, child.stderr
    for task in ("masked", "contrastive"):
        assert all(np.isfinite(weight).all() for weight in _weights(tmp_path / task / WEIGHTS))
