"""The arithmetic of a run against plain formulas: accumulated batches, the moving average, losses of mixed targets."""

from __future__ import annotations

import math
from dataclasses import replace
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest

from tests.training.lesion_runs import make_lesion_cache, tiny
from tests.training.runs import without_graphs
from training.config import AugmentationConfig, ScheduleConfig, System
from training.fitting.batches import Batch
from training.fitting.loop import Task, run_loop
from training.fitting.schedule import learning_rate
from training.fitting.trainee import Trainee, class_loss
from training.models.network import build_network

CACHE = make_lesion_cache()


class Fixed:
    """The first 16 images in batches of `size`, in their order."""

    def __init__(self, size: int) -> None:
        self.size = size

    def order(self, epoch: int) -> list[Any]:
        return [np.arange(start, start + self.size) for start in range(0, 16, self.size)]

    def batch(self, chosen: Any, epoch: int, step: int) -> Batch:
        labels = CACHE.labels()[chosen]
        weights = np.where(labels == 1, 1.5, 0.5).astype(np.float32)
        return {"pixels": CACHE.inputs[chosen], "targets": np.eye(2, dtype=np.float32)[labels], "weights": weights}


def plain(*changes: str) -> System:
    """A system without batch norm, dropout or chance."""
    told = ("model.dropout=0", "schedule.kind=constant", "schedule.warm_up=0", "optimiser.ema=0", *changes)
    return replace(tiny("small-resnet", *told), augmentation=AugmentationConfig())


def fitted(system: System, size: int, out: Path) -> tuple[list[list[Any]], list[list[Any]]]:
    """The weights that are judged and those that go on, of each epoch."""
    keras.utils.set_random_seed(4)
    network = build_network(system, 32, 32)
    judged: list[list[Any]] = []
    own: list[list[Any]] = []

    def judge() -> float:
        judged.append(network.get_weights())
        return 0.5

    def after(history: Any) -> None:
        own.append(network.get_weights())

    out.mkdir()
    task = Task(
        network=network, system=system, source=Fixed(size), judge=judge, figure="none", out=out, after_epoch=after
    )
    with without_graphs():
        run_loop(task)
    return judged, own


def test_batches_that_are_added_up_are_one_large_batch(tmp_path: Path) -> None:
    whole, _ = fitted(plain("run.batch=16"), 16, tmp_path / "whole")
    halves, _ = fitted(plain("run.batch=8", "optimiser.accumulate=2"), 8, tmp_path / "halves")
    for one, other in zip(whole[-1], halves[-1], strict=True):
        np.testing.assert_allclose(other, one, rtol=0, atol=5e-5)
    single, _ = fitted(plain("run.batch=8", "stopping.epochs=1"), 8, tmp_path / "single")
    assert max(float(np.abs(a - b).max()) for a, b in zip(single[0], whole[0], strict=True)) > 5e-4


@pytest.mark.parametrize("accumulate", [1, 2])
def test_the_average_of_the_weights_is_that_of_a_loop_by_hand(tmp_path: Path, accumulate: int) -> None:
    """By `ema` an update, however many batches it is made of; it begins at the first update's weights."""
    system = plain("optimiser.ema=0.8", f"optimiser.accumulate={accumulate}", "stopping.epochs=4", "run.batch=8")
    judged, own = fitted(system, 16 // accumulate, tmp_path / "run")
    momentum = 0.8 ** (1 / accumulate)
    average = own[0]
    for epoch in range(1, 4):
        for weights in (*[own[epoch - 1]] * (accumulate - 1), own[epoch]):
            average = [momentum * a + (1 - momentum) * w for a, w in zip(average, weights, strict=True)]
        for found, expected in zip(judged[epoch], average, strict=True):
            np.testing.assert_allclose(found, expected, rtol=0, atol=1e-6)
    assert max(float(np.abs(a - b).max()) for a, b in zip(judged[-1], own[-1], strict=True)) > 1e-4


def test_mixed_targets_have_the_mixed_loss() -> None:
    logits = np.array([[0.3, -1.0]], np.float32)
    alone = [
        float(np.asarray(class_loss(logits, np.eye(2, dtype=np.float32)[[label]], smoothing=0.1, gamma=0.0))[0])
        for label in (0, 1)
    ]
    mixed = np.asarray(class_loss(logits, np.array([[0.7, 0.3]], np.float32), smoothing=0.1, gamma=0.0))
    assert float(mixed[0]) == pytest.approx(0.7 * alone[0] + 0.3 * alone[1], rel=1e-5)


def test_a_density_that_is_told_of_half_an_example_counts_half() -> None:
    """As MixUp makes it of one that tells its density and one that does not."""
    system = tiny("multi-task", "heads.density=1.0", "heads.mask=0.0")
    logits = np.array([[1.0, 0.0, 0.0, 0.0], [0.0, 0.0, 2.0, 0.0]], np.float32)
    density = np.array([[1.0, 0, 0, 0], [0, 0.5, 0, 0]], np.float32)

    def network(pixels: Any, training: bool) -> list[Any]:
        return [None, logits, np.zeros((2, 2), np.float32)]

    trainee = Trainee(network, system, 1)
    parts = {
        "pixels": np.zeros((2, 8, 8, 1), np.float32),
        "targets": np.eye(2, dtype=np.float32),
        "weights": np.ones(2, np.float32),
        "density": density,
    }
    _, losses = trainee.judged(parts, training=True)
    shares = logits - np.log(np.exp(logits).sum(axis=1, keepdims=True))
    expected = -(density * shares).sum() / 1.5
    assert float(np.asarray(losses[1])) == pytest.approx(expected, rel=1e-5)


def test_the_cosine_is_the_formula() -> None:
    """Loshchilov and Hutter 2017, behind a line from a twentieth."""
    schedule = ScheduleConfig(kind="cosine", warm_up=0.2)
    for update in range(50):
        expected = 0.05 + 0.95 * update / 10 if update < 10 else (1 + math.cos(math.pi * (update - 10) / 40)) / 2
        assert learning_rate(schedule, 2.0, update, 50, 0) == pytest.approx(2 * expected)
