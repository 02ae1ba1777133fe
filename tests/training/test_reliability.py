"""The reliability diagram of a card: bins, intervals, tables, and a picture that the window can show."""

from __future__ import annotations

import base64
import xml.etree.ElementTree as ET
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from training.calibration import Calibration
from training.card_words import licence_lines, sources_of, validation_words
from training.data.table import ImageRow
from training.predictions import Example, Predictions
from training.reliability import (
    BINS,
    reliability_lines,
    reliability_record,
    reliability_reference,
    reliability_svg,
    wilson,
)


@pytest.fixture(scope="module")
def record() -> dict[str, Any]:
    """Of 400 examples whose logits are twice what they should be."""
    rng = np.random.default_rng(4)
    true = rng.normal(0, 1, 400)
    labels = rng.uniform(size=400) < 1 / (1 + np.exp(-true))
    rows = [
        ImageRow(file=Path(f"{n}.png"), patient_id=str(n), laterality="L", view="CC", label=int(label), source="made")
        for n, label in enumerate(labels)
    ]
    logits = np.stack([np.zeros(400), 2 * true], axis=1)
    examples = tuple(Example((row,)) for row in rows)
    said = Predictions("image", examples, logits, ("non-cancer", "cancer"), 1)
    return reliability_record(said, Calibration("temperature", 0.5, 0.0))


@pytest.mark.parametrize(
    ("positives", "count", "low", "high"),
    [(5, 10, 0.2366, 0.7634), (0, 10, 0.0, 0.2775), (10, 10, 0.7225, 1.0), (0, 0, 0.0, 1.0)],
)
def test_wilsons_interval_is_that_of_the_textbooks(positives: int, count: int, low: float, high: float) -> None:
    assert wilson(positives, count) == pytest.approx((low, high), abs=1e-4)


@pytest.mark.parametrize("scale", ["before", "after"])
def test_bins_have_equal_mass_and_lie_within_their_intervals(record: dict[str, Any], scale: str) -> None:
    bins = record[scale]
    assert [one["count"] for one in bins] == [400 // BINS] * BINS
    assert [one["probability"] for one in bins] == sorted(one["probability"] for one in bins)
    assert all(one["low"] <= one["share"] <= one["high"] for one in bins)
    assert all(one["share"] * one["count"] == pytest.approx(one["positives"]) for one in bins)


def test_calibration_brings_the_bins_to_the_line(record: dict[str, Any]) -> None:
    away = {
        scale: np.mean([abs(one["probability"] - one["share"]) for one in record[scale]])
        for scale in ("before", "after")
    }
    assert away["after"] < 0.6 * away["before"]
    assert [one["positives"] for one in record["before"]] == [one["positives"] for one in record["after"]]


def test_the_section_has_a_row_for_each_bin_of_both_scales(record: dict[str, Any]) -> None:
    lines = reliability_lines(record)
    for scale in ("before", "after"):
        head = f"| mean probability {scale} calibration | examples | suspicious | share |"
        at = lines.index(head) + 2
        assert len(lines[at : at + BINS]) == BINS
        first = record[scale][0]
        assert lines[at].startswith(f"| {first['probability']:.3f} | {first['count']} | {first['positives']} |")
        assert f"({first['low']:.3f} to {first['high']:.3f})" in lines[at]


def test_the_picture_is_whole_and_holds_every_bin_twice(record: dict[str, Any]) -> None:
    svg = reliability_svg(record)
    drawn = ET.fromstring(svg)  # our own text
    dots = [one for one in drawn.iter() if one.tag.endswith("circle")]
    assert len(dots) == 2 * BINS
    assert "class=" not in svg  # nothing that a page would have to style
    told = reliability_reference(record)
    assert told.startswith("[reliability]: data:image/svg+xml;base64,")
    assert base64.b64decode(told.partition("base64,")[2]).decode() == svg


def test_the_window_shows_the_picture(record: dict[str, Any], qapp: Any) -> None:
    from PySide6.QtWidgets import QTextBrowser

    with_it, without = QTextBrowser(), QTextBrowser()
    lines = ["# Card", "", *reliability_lines(record), ""]
    with_it.setMarkdown("\n".join([*lines, reliability_reference(record)]))
    without.setMarkdown("\n".join(lines))
    heights = []
    for browser in (with_it, without):
        browser.resize(700, 400)
        browser.document().setTextWidth(680)
        heights.append(browser.document().size().height())
    assert heights[0] - heights[1] > 250


# --- words


def test_licences_name_the_sets_of_the_first_weights_too() -> None:
    start = {"pretraining": {"sources": ["ddsm", "synthetic"], "stages": [{"before": {"source": "mias and mri"}}]}}
    evaluation = {"sources": ["rsna"], "start": start}
    assert sources_of(evaluation) == ["rsna", "ddsm", "synthetic", "mias", "mri"]
    lines = licence_lines(evaluation)
    assert "| RSNA 2022 screening mammography | fitting and judging | non-commercial research use |" in lines
    assert any(line.startswith("| mini-MIAS | first weights | research only") for line in lines)
    assert lines[-1].startswith("These weights may be used for non-commercial research alone")


def test_free_sets_bind_no_weights() -> None:
    assert not any("may be used" in line for line in licence_lines({"sources": ["synthetic"], "start": None}))


def test_a_card_says_which_figures_are_cross_validated() -> None:
    figures = {"AUROC per image": {"value": 0.6, "low": 0.55, "high": 0.65}}
    found = {"folds": 5, "women": 700, "row": "a", "test_women_kept": True, "figures": figures}
    told = validation_words({"cross_validated": found})
    assert "in 5 folds of 700 women: AUROC per image 0.600 (0.550 to 0.650)" in told
    assert told.endswith("held back from it.")
    assert validation_words({}).startswith("No figure of this card is cross-validated")
