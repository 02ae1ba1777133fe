"""The README on the bundled model: figures as the card has them, and a verdict that says no more than they do."""

from __future__ import annotations

from typing import Any

import pytest

from training.readme_figures import paragraph, verdict


def _span(value: float, half: float = 0.05) -> dict[str, float]:
    return {"value": value, "low": value - half, "high": value + half}


@pytest.fixture
def record() -> dict[str, Any]:
    metadata = {"auroc": _span(0.6), "features": "age, machine, side, view and density"}
    card = {
        "figures": {"image": {"auroc": _span(0.64)}, "breast": {"auroc": _span(0.66)}},
        "baselines": {"age_alone_image_auroc": _span(0.57), "image": {"metadata": metadata}},
        "counts": {"test": {"women": 180}},
        "cross_validated": None,
    }
    return {"name": "model", "version": "2.0", "card": card}


@pytest.mark.parametrize(
    ("value", "words"),
    [(0.54, "cannot be told from chance"), (0.6, "not shown to be better than age"), (0.63, "lies above what age")],
)
def test_the_verdict_goes_by_the_lower_limit(value: float, words: str) -> None:
    assert words in verdict(_span(value), _span(0.57))


def test_the_figures_are_told_with_their_units_and_intervals(record: dict[str, Any]) -> None:
    told = " ".join(paragraph(record).split())
    assert "`model 2.0` on 180 women held back: AUROC 0.640 (0.590 to 0.690) per image and 0.660" in told
    assert "age alone has 0.570 (0.520 to 0.620)" in told
    assert "out of" not in told


def test_figures_out_of_folds_are_told_with_their_own_verdict(record: dict[str, Any]) -> None:
    figures = {
        "AUROC per image": _span(0.66, 0.03),
        "age alone per image": _span(0.62, 0.03),
        "AUROC per breast": _span(0.7, 0.03),
        "age alone per breast": _span(0.62, 0.03),
    }
    record["card"]["cross_validated"] = {"folds": 5, "women": 720, "figures": figures}
    first, second = paragraph(record).split("\n\n")
    assert "folds" not in first
    told = " ".join(second.split())
    assert "out of 5 folds by woman, on all 720 women: 0.660 (0.630 to 0.690) per image" in told
    assert told.count("Its lower limit lies above") == 2


def test_a_network_that_was_fitted_on_everyone_has_figures_of_its_folds_alone(record: dict[str, Any]) -> None:
    card = record["card"]
    card["judged"], card["folds"] = "out of folds", {"count": 5, "row": "all"}
    card["counts"] = {"train": {"women": 720}}
    card["baselines"]["age_alone_breast_auroc"] = _span(0.58)
    told = " ".join(paragraph(record).split())
    assert "fitted on all 720 women" in told
    assert "5 networks of the same recipe" in told
    assert "held back" not in told
    assert "0.660 (0.610 to 0.710) per breast, age alone 0.580" in told
    assert told.count("Its lower limit lies above") == 2
