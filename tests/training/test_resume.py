"""A run that was killed or ended goes on as if it had not been, and the same seed gives the same run."""

from __future__ import annotations

import json
import os
import signal
from collections.abc import Callable
from contextlib import ExitStack
from itertools import count
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from mammoview.core.errors import InputRefusedError
from tests.training.forked import process_of
from tests.training.lesion_runs import make_lesion_cache, tiny
from tests.training.runs import without_graphs
from training.checkpoint import load_state, save_state
from training.fit import fit
from training.fitting.loop import STATE, Standing
from training.fitting.progress import Progress
from training.fitting.trainee import Trainee
from training.models.network import build_network

CHANGES = (
    "model.kind=cnn",
    "model.filters=[4, 4]",
    "model.units=4",
    "augmentation.elastic_px=1.0",
    "augmentation.mixup=0.2",
    "augmentation.cutout=0.3",
    "optimiser.kind=adamw",
    "optimiser.ema=0.9",
    "optimiser.accumulate=2",
    "schedule.kind=plateau",
    "schedule.patience=1",
    "run.save_steps=2",
    "run.batch=4",
    "heads.mask=1.0",
    "heads.density=0.1",
    "stopping.epochs=3",
)
SYSTEM = tiny("cnn-64", *CHANGES, trunk=False)
"""All that has a state: batch norm, dropout, random changes, both moments, the average, half an update, the plateau."""


def _killed(place: str, number: int, out: Path) -> None:
    """A fit in a process that is killed at this step, or when it writes this file."""
    owner, name = {"step": (Trainee, "train_on_batch"), "write": (os, "fsync")}[place]
    own, calls = getattr(owner, name), count(1)

    def call(*arguments: Any, **options: Any) -> Any:
        if next(calls) == number:
            os.kill(os.getpid(), signal.SIGKILL)
        return own(*arguments, **options)

    with pytest.MonkeyPatch.context() as patch, without_graphs():
        patch.setattr(owner, name, call)
        fit(make_lesion_cache(), SYSTEM, out)


def _weights(path: Path) -> list[Any]:
    network = build_network(SYSTEM, 32, 32)
    network.load_weights(path)
    return [np.array(weight) for weight in network.weights]


def _assert_same(first: Path, second: Path) -> None:
    """The same weights, kept and last, to 1e-6, and the same history but for the seconds."""
    for name in ("best.weights.h5", "last.weights.h5"):
        one, other = _weights(first / name), _weights(second / name)
        for before, after in zip(one, other, strict=True):
            np.testing.assert_allclose(after, before, rtol=0, atol=1e-6)
    told = [json.loads((folder / "history.json").read_text()) for folder in (first, second)]
    for record in (*told[0], *told[1]):
        del record["seconds"]
    assert told[0] == told[1]


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run that was never ended."""
    out = tmp_path_factory.mktemp("whole")
    with without_graphs():
        fit(make_lesion_cache(), SYSTEM, out)
    return out


def test_a_killed_run_goes_on_to_the_same_weights(whole: Path, tmp_path: Path) -> None:
    """Killed in the middle of an epoch between two saves, and while the state is being written."""
    children: dict[str, BaseProcess] = {}
    places = (("step", 5), ("write", 9))  # the ninth file is the state in the middle of the second epoch
    with ExitStack() as stack:
        for place, number in places:
            work = process_of(_killed, place, number, tmp_path / place, said=tmp_path / f"{place}.txt")
            children[place] = stack.enter_context(work)
        for place, child in children.items():
            child.join()
            assert child.exitcode == -signal.SIGKILL, (tmp_path / f"{place}.txt").read_text()
    for place, _ in places:
        _, record = load_state(tmp_path / place / STATE)
        assert 0 < record["epoch"] * 3 + record["step"] < 9
        assert not (tmp_path / place / "last.weights.h5").exists()
        with without_graphs():
            fit(make_lesion_cache(), SYSTEM, tmp_path / place)
        _assert_same(whole, tmp_path / place)


def test_the_same_seed_gives_the_same_run_and_another_another(whole: Path, tmp_path: Path) -> None:
    with without_graphs():
        fit(make_lesion_cache(), SYSTEM, tmp_path / "again")
        other = tiny("cnn-64", *CHANGES, "run.seed=2", trunk=False)
        fit(make_lesion_cache(), other, tmp_path / "other")
    _assert_same(whole, tmp_path / "again")
    losses = [
        [record["loss"] for record in json.loads((folder / "history.json").read_text())]
        for folder in (whole, tmp_path / "other")
    ]
    assert losses[0] != losses[1]


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_ctrl_c_saves_the_step_and_the_run_goes_on(
    whole: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, number: signal.Signals
) -> None:
    before = signal.getsignal(number)
    with monkeypatch.context() as patch:
        patch.setattr(Progress, "step", _raising(number, at=(1, 1)))
        with without_graphs(), pytest.raises(KeyboardInterrupt):
            fit(make_lesion_cache(), SYSTEM, tmp_path)
    assert signal.getsignal(number) is before
    _, record = load_state(tmp_path / STATE)
    assert (record["epoch"], record["step"]) == (1, 1)
    with without_graphs():
        fit(make_lesion_cache(), SYSTEM, tmp_path)
    _assert_same(whole, tmp_path)
    assert not (tmp_path / STATE).exists()


def _raising(number: signal.Signals, at: tuple[int, int]) -> Callable[..., None]:
    def step(self: Progress, epoch: int, step: int, loss: float) -> None:
        if (epoch, step) == at:
            signal.raise_signal(number)

    return step


def test_a_state_that_is_none_is_refused(tmp_path: Path) -> None:
    with without_graphs():
        (tmp_path / STATE).write_bytes(b"no state")
        with pytest.raises(InputRefusedError, match="is no state of a run"):
            fit(make_lesion_cache(), SYSTEM, tmp_path)
        save_state(tmp_path / STATE, [np.zeros(3)], {})
        with pytest.raises(InputRefusedError, match="is of another network"):
            fit(make_lesion_cache(), SYSTEM, tmp_path)


def test_a_state_keeps_its_arrays_and_record(tmp_path: Path) -> None:
    arrays: list[Any] = [
        np.arange(6, dtype=np.float32).reshape(2, 3),
        np.array(7, np.int64),
        np.array([1, 2], np.uint32),
    ]
    save_state(tmp_path / "s.npz", arrays, {"epoch": 3, "best": None})
    found, record = load_state(tmp_path / "s.npz")
    assert [(a.dtype, a.shape) for a in found] == [(a.dtype, a.shape) for a in arrays]
    assert all((a == b).all() for a, b in zip(found, arrays, strict=True))
    assert record == {"schema": "mammoview.state/1", "epoch": 3, "best": None}
    assert [path.name for path in tmp_path.iterdir()] == ["s.npz"]
    assert Standing().history == []
