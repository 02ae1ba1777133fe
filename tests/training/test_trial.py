"""The trial of systems: the networks stay what they are, only inputs and steps become few; a failure is one line."""

from __future__ import annotations

import pytest

from training.__main__ import main
from training.systems import bundled, load_system
from training.systems.trial import made_small, trial_cache


@pytest.mark.parametrize("name", bundled())
def test_a_trial_changes_neither_network_nor_losses(name: str) -> None:
    system = load_system(name)
    small = made_small(system)
    for section in ("split", "model", "heads", "augmentation", "imbalance", "loss", "schedule"):
        assert getattr(small, section) == getattr(system, section)
    assert bool(small.patches.epochs) == bool(system.patches.epochs)
    assert (small.stopping.epochs, small.start.kind, small.optimiser.ema) == (1, "nothing", system.optimiser.ema)


def test_the_drawn_set_has_all_that_a_system_may_ask_for() -> None:
    cache = trial_cache()
    assert {row.diagnosis for row in cache.rows} == {"normal", "benign", "malignant"}
    assert {row.density for row in cache.rows} == set("ABCD")
    assert cache.has_mask().all()
    assert [bool(mask.any()) for mask in cache.masks(range(4))] == [False, False, True, True]
    assert {row.crop_px is None for row in trial_cache(crops=True).rows} == {False}


def test_systems_are_tried_and_those_that_fail_are_named(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["systems", "cnn-64-three", "--try"]) == 0
    said = capsys.readouterr()
    assert said.out.startswith("cnn-64-three ")
    assert "fitted, loss" in said.out
    assert said.err == ""
    assert main(["systems", "--try", "--set", "split.kind=official"]) == 2
    said = capsys.readouterr()
    assert said.out == ""
    assert [line.split(":")[1].strip() for line in said.err.splitlines()] == list(bundled())
