"""Distillation: the loss that is meant, teachers of one split alone, and a run like any other."""

from __future__ import annotations

import json
import signal
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from mammoview.core.errors import UsageError
from tests.training.lesion_runs import make_lesion_cache, tiny
from tests.training.runs import without_graphs
from training.__main__ import main
from training.config import System
from training.distil import SETTINGS, TaughtSource, Teaching, distil, softened, taught_logits, taught_network
from training.evaluation.runs import evaluate, read_run
from training.fit import fit, predict_run
from training.fitting.batches import groups_of
from training.fitting.progress import Progress
from training.fitting.records import read_config
from training.fitting.trainee import class_loss
from training.leaks import overlap_with_run
from training.origin import origin
from training.split import LeakError

pytestmark = pytest.mark.filterwarnings("ignore:Even though the .tf.config.experimental_run_functions_eagerly")

TEACHING = Teaching(temperature=3.0, truth=0.25)
COMMON = ("stopping.epochs=2", "run.limit=0", "run.batch=12", "split.stratify=['label']")


def _system(*changes: str) -> System:
    return tiny("cnn-64", "model.filters=[4]", "model.units=4", *COMMON, *changes, trunk=False)


PUPIL = _system("optimiser.ema=0.9", "loss.label_smoothing=0.1")


@pytest.fixture(autouse=True)
def eager() -> Iterator[None]:
    with without_graphs():
        yield


@pytest.fixture(scope="module")
def teachers(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    folder = tmp_path_factory.mktemp("teachers")
    with without_graphs():
        for seed in (1, 2):
            fit(make_lesion_cache(), _system(f"run.seed={seed}"), folder / f"seed{seed}")
    return [folder / "seed1", folder / "seed2"]


@pytest.fixture(scope="module")
def taught(teachers: list[Path], tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("taught") / "pupil"
    with without_graphs():
        distil(make_lesion_cache(), PUPIL, teachers, TEACHING, out)
    return out


def _log_softmax(logits: Any) -> Any:
    return logits - np.log(np.exp(logits).sum(axis=1, keepdims=True))


def test_the_loss_is_the_true_labels_and_the_softened_teacher_s(teachers: list[Path]) -> None:
    import keras

    cache = make_lesion_cache()
    groups = groups_of(cache.rows, range(8), "image")
    rng = np.random.default_rng(4)
    said, own = rng.standard_normal((2, 8, 2)) * 3
    soft = softened(said, 3.0)
    batch = TaughtSource(cache, groups, PUPIL, TEACHING, soft).batch(np.arange(8), 0, 0)
    given = keras.Input((2,))
    network = taught_network(keras.Model(given, [given, given]), 3.0)
    both = np.asarray(network(own.astype(np.float32))[1])
    found = np.asarray(class_loss(both, batch["targets"], smoothing=0.0, gamma=0.0))
    labels = np.eye(2)[[row.label for row in cache.rows[:8]]] * 0.9 + 0.05
    true = -(labels * _log_softmax(own)).sum(axis=1)
    softer = -(soft * _log_softmax(own / 3)).sum(axis=1)
    constant = (0.25 + 0.75 * 9) * np.log(2)
    np.testing.assert_allclose(found, 0.25 * true + 0.75 * 9 * softer + constant, rtol=1e-5)


def test_softened_logits_are_shares_that_a_temperature_makes_even() -> None:
    logits = np.array([[0.0, 800.0], [1.0, -1.0]])
    found = softened(logits, 2.0)
    np.testing.assert_allclose(found, [[0, 1], [1 / (1 + np.exp(-1)), 1 / (1 + np.e)]], atol=1e-12)
    assert softened(logits, 20.0)[1, 0] < found[1, 0]


def test_teachers_are_averaged_and_look_upside_down_where_asked(teachers: list[Path]) -> None:
    from training.distil import read_teachers

    cache = make_lesion_cache()
    found, _ = read_teachers(teachers, cache, PUPIL)
    groups = groups_of(cache.rows, range(6), "image")
    turned = replace(cache, inputs=cache.inputs[:, ::-1])
    plain = [predict_run(folder, cache, range(6)).logits for folder in teachers]
    flipped = [predict_run(folder, turned, range(6)).logits for folder in teachers]
    assert not np.allclose(plain[0], flipped[0])
    np.testing.assert_allclose(taught_logits(found, cache, groups, flips=False), np.mean(plain, axis=0), atol=1e-5)
    np.testing.assert_allclose(
        taught_logits(found, cache, groups, flips=True), np.mean([*plain, *flipped], axis=0), atol=1e-5
    )


def test_the_result_is_a_run_that_is_judged_and_names_its_teachers(taught: Path) -> None:
    cache = make_lesion_cache()
    found = evaluate(read_run(taught), cache, samples=20)
    assert found["name"] == "pupil"
    assert read_config(taught).loss.label_smoothing == 0.1
    story = origin(found["start"])
    assert story.startswith(
        "random weights (nothing was downloaded). It was fitted to the mean of the logits of 2 runs"
    )
    assert "temperature 3, and with a share of 0.25 of the loss to the true labels: seed1 (cnn-64, sha256 " in story
    assert "; seed2 (cnn-64, sha256 " in story


def test_it_can_be_a_rung_of_a_ladder(taught: Path) -> None:
    """`fit` with the rung's settings finds it complete and leaves it."""
    before = (taught / "best.weights.h5").read_bytes()
    own = replace(PUPIL, name="pupil", split=read_config(taught).split)
    assert fit(make_lesion_cache(), own, taught).read_bytes() == before


def test_the_pupil_is_not_what_the_labels_alone_make_of_it(taught: Path, teachers: list[Path], tmp_path: Path) -> None:
    cache = make_lesion_cache()
    alone = fit(cache, PUPIL, tmp_path / "alone").parent
    kinder = distil(cache, PUPIL, teachers, replace(TEACHING, truth=0.9), tmp_path / "kinder").parent
    said = [predict_run(run, cache, range(12)).logits for run in (taught, alone, kinder)]
    assert np.abs(said[0] - said[1]).max() > 1e-3
    assert np.abs(said[0] - said[2]).max() > 1e-3


def test_a_teacher_of_another_split_is_refused(teachers: list[Path], tmp_path: Path) -> None:
    cache = make_lesion_cache()
    other = fit(cache, _system("split.seed=5", "stopping.epochs=1"), tmp_path / "other").parent
    with pytest.raises(LeakError, match="was fitted on other women"):
        distil(cache, PUPIL, [teachers[0], other], TEACHING, tmp_path / "run")
    assert not (tmp_path / "run").exists()


def test_a_cache_that_is_split_otherwise_is_refused(teachers: list[Path], tmp_path: Path) -> None:
    cache = make_lesion_cache()
    fewer = replace(cache, inputs=cache.inputs[:-2], rows=cache.rows[:-2], lesions=None)
    with pytest.raises(LeakError, match="not split as those of the teachers"):
        distil(fewer, PUPIL, teachers, TEACHING, tmp_path / "run")


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        (("model.classes=3",), "has model.classes = 2, cnn-64 has 3"),
        (("model.unit=breast", "model.views=2", "stopping.figure=auroc-breast"), "has model.unit = image"),
        (("imbalance.kind=focal",), "focal loss does not suit soft targets"),
        (("patches.epochs=3",), "has a first stage on patches"),
        (("run.limit=4",), "run.limit is not for a pupil"),
        (("input.rows=64",), "takes inputs of 64 x 32"),
    ],
)
def test_a_pupil_that_does_not_suit_is_refused(
    changes: tuple[str, ...], said: str, teachers: list[Path], tmp_path: Path
) -> None:
    with pytest.raises(UsageError, match=said):
        distil(make_lesion_cache(), _system(*changes), teachers, TEACHING, tmp_path / "run")
    assert not (tmp_path / "run").exists()


@pytest.mark.parametrize("changes", [{"temperature": 0.5}, {"temperature": 30.0}, {"truth": 1.0}, {"truth": -0.1}])
def test_a_teaching_out_of_range_is_refused(changes: dict[str, float]) -> None:
    with pytest.raises(UsageError, match="out of range"):
        Teaching(**changes)  # type: ignore[arg-type]


def test_a_folder_takes_no_other_teaching(taught: Path, teachers: list[Path]) -> None:
    with pytest.raises(UsageError, match=r"holds another run \(temperature differ\)"):
        distil(make_lesion_cache(), PUPIL, teachers, replace(TEACHING, temperature=2.0), taught)
    with pytest.raises(UsageError, match=r"holds another run \(teachers differ\)"):
        distil(make_lesion_cache(), PUPIL, teachers[:1], TEACHING, taught)


def test_a_run_without_teachers_is_not_gone_on_with(teachers: list[Path], tmp_path: Path) -> None:
    cache = make_lesion_cache()
    own = replace(PUPIL, name="plain", split=read_config(teachers[0]).split)
    fit(cache, own, tmp_path / "plain")
    with pytest.raises(UsageError, match="holds another run"):
        distil(cache, PUPIL, teachers, TEACHING, tmp_path / "plain")


def test_ctrl_c_saves_the_step_and_it_goes_on_to_the_same_weights(
    taught: Path, teachers: list[Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def step(self: Progress, epoch: int, step: int, loss: float) -> None:
        if (epoch, step) == (1, 1):
            signal.raise_signal(signal.SIGINT)

    cache, out = make_lesion_cache(), tmp_path / "pupil"
    with monkeypatch.context() as patch:
        patch.setattr(Progress, "step", step)
        with pytest.raises(KeyboardInterrupt):
            distil(cache, PUPIL, teachers, TEACHING, out)
    distil(cache, PUPIL, teachers, TEACHING, out)
    said = [predict_run(run, cache, range(12)).logits for run in (taught, out)]
    np.testing.assert_allclose(said[0], said[1], rtol=0, atol=1e-6)


def test_women_whom_a_teacher_s_first_weights_saw_are_told(teachers: list[Path], tmp_path: Path) -> None:
    """A set on which a teacher was pre-trained cannot judge the pupil."""
    from training.leaks import woman_digest

    story = {"source": "film", "sources_of_unknown_women": ["mri/B"]}
    start = {"kind": "trunk", "women_seen": [woman_digest("film/1")], "women_told": True, "pretraining": story}
    (teachers[1] / "start.json").write_text(json.dumps(start), encoding="utf-8")
    try:
        out = distil(make_lesion_cache(), PUPIL, teachers, TEACHING, tmp_path / "run").parent
    finally:
        (teachers[1] / "start.json").unlink()
    row = make_lesion_cache(women=1).rows[0]
    judged = [
        replace(row, patient_id="film/1", source="film"),
        replace(row, patient_id="film/2", source="film"),
        replace(row, patient_id="mri/B/3", source="mri/B"),
    ]
    run = read_run(out)
    assert overlap_with_run(judged, run.split, run.start()).women == {"film/1", "mri/B/3"}


def test_the_command_fits_and_refuses_a_split_of_its_own(
    teachers: list[Path], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    from training.cache import write_packed

    write_packed(make_lesion_cache(), {}, tmp_path / "cache.npz")
    words = ["distil", str(tmp_path / "cache.npz"), "--system", "cnn-64", "--out", str(tmp_path / "run")]
    words += ["--teachers", *map(str, teachers), "--set", "input.rows=0", "--set", "input.columns=0"]
    assert main([*words, "--set", "split.seed=3"]) == 2
    assert "the split is the teachers'" in capsys.readouterr().err
    assert main([*words, "--start", "trunk"]) == 2
    capsys.readouterr()
    assert main([*words, "--set", "model.filters=[4]", "--epochs", "1", "--batch", "12", "--truth", "0.1"]) == 0
    assert capsys.readouterr().out.strip() == str(tmp_path / "run" / "best.weights.h5")
    assert json.loads((tmp_path / "run" / SETTINGS).read_text())["truth"] == 0.1
