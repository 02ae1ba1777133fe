"""The model card in words and as a record: what must stand in it, and what a record may not lack."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable
from typing import Any

import pytest

from mammoview.core.errors import UsageError
from mammoview.inference.gradcam import LESION_MAP, CellField
from training.card import model_card
from training.card_record import SCHEMA, card_record, checked_card

GRID = CellField(13, 8, 32.0, 31.0, 32.0, 31.0)
USE = "Research and teaching only. Not for diagnosis."


def figure(value: float) -> dict[str, float]:
    return {"value": value, "low": value - 0.05, "high": value + 0.05}


def bins(first: float) -> list[dict[str, float]]:
    return [
        {"probability": first + 0.3 * n, "share": 0.4, "low": 0.2, "high": 0.6, "count": 20, "positives": 8}
        for n in range(2)
    ]


@pytest.fixture
def evaluation() -> dict[str, Any]:
    """What `evaluate` tells, as far as a card asks for it."""
    counts = {"women": 9, "women_positive": 4, "breasts": 9, "images": 18, "images_positive": 8}
    points = {
        name: {"threshold": at, "unit": "image", "sensitivity": figure(0.8), "specificity": figure(0.3)}
        for name, at in (("high-sensitivity", 0.1), ("balanced", 0.3), ("high-specificity", 0.7))
    }
    return {
        "unit": "image",
        "config": {"family": "B0", "seed": 3},
        "preprocess": {"params": {"rows": 416, "columns": 256, "fit": "stretch"}},
        "epochs": {"run": 9, "chosen": 4},
        "classes": ["non-cancer", "cancer"],
        "suspicious": "cancer",
        "start": {"pretraining": {"sources": ["ddsm", "mias"], "source": "ddsm and mias"}},
        "calibration": {
            "method": "platt",
            "slope": 1.0,
            "intercept": 0.1,
            "fitted_on": "validation",
            "prevalence": 0.36,
        },
        "sources": ["rsna"],
        "modalities": ["mammogram"],
        "counts": dict.fromkeys(("train", "validation", "test"), counts),
        "split_hashes": {"train": "aa11", "validation": "bb22", "test": "cc33"},
        "test": {
            "image": {"auroc": figure(0.6), "brier": figure(0.2), "aggregation": "as the model gives it"},
            "breast": {"auroc": figure(0.62), "aggregation": "mean of its images"},
            "woman": {"void": "void: counting breasts"},
            "baselines": {"age_alone_image_auroc": figure(0.57), "patient_memoriser_image_auroc": 0.5},
            "subgroups": {"view": {"CC": {"images": 9, "positives": 4, "auroc": "too few"}}},
        },
        "test_reads_with_neighbours": 2,
        "command": "python -m training evaluate run --cache CACHE",
        "bootstrap_samples": 2000,
        "operating_points": points,
        "reliability": {"unit": "image", "part": "test", "bins": 2, "before": bins(0.2), "after": bins(0.25)},
    }


def card(evaluation: dict[str, Any], **options: Any) -> str:
    return model_card(evaluation, name="made", version="1.0", intended_use=USE, grid=GRID, **options)


def record(evaluation: dict[str, Any], **options: Any) -> dict[str, Any]:
    return card_record(evaluation, name="made", version="1.0", intended_use=USE, grid=GRID, **options)


def test_every_section_stands_in_its_place(evaluation: dict[str, Any]) -> None:
    headings = [line for line in card(evaluation).splitlines() if line.startswith("#")]
    assert headings == [
        "# made 1.0", "## What it is", "## Data", "## Figures on the test women", "## Calibration",
        "## Operating points", "## Subgroups of the test images", "## Quality gate", "## Limits", "## Known failures",
        "## Licences",
    ]  # fmt: skip


def test_the_calibration_tells_its_prevalence_its_bins_and_its_picture(evaluation: dict[str, Any]) -> None:
    text = card(evaluation)
    assert "The share of the suspicious class among these is 0.360" in text
    assert "| 0.250 | 20 | 8 | 0.400 (0.200 to 0.600) |" in text
    assert text.splitlines()[-1].startswith("[reliability]: data:image/svg+xml;base64,")


def test_a_run_without_a_diagram_says_so(evaluation: dict[str, Any]) -> None:
    del evaluation["reliability"]
    text = card(evaluation)
    assert "No reliability diagram was made of this run." in text
    assert "data:image" not in text


@pytest.mark.parametrize(
    ("source", "words"),
    [
        ("synthetic", "**the figures say nothing of real women**"),
        ("cbis", "- CBIS-DDSM; licence: CC BY 3.0."),
        ("csv/own", "- Data set 'csv/own'; see its own licence."),
    ],
)
def test_the_card_says_what_is_known_of_the_data(evaluation: dict[str, Any], source: str, words: str) -> None:
    evaluation["sources"] = [source]
    assert words in card(evaluation)


def test_licences_stand_for_judged_sets_and_for_first_weights(evaluation: dict[str, Any]) -> None:
    text = card(evaluation)
    assert "| RSNA 2022 screening mammography | fitting and judging | non-commercial research use |" in text
    assert "| mini-MIAS | first weights | research only" in text
    assert "These weights may be used for non-commercial research alone" in text


def test_the_card_says_what_the_heat_map_is(evaluation: dict[str, Any]) -> None:
    assert "Explanation: Grad-CAM of logit(cancer) - logit(non-cancer), which shows" in card(evaluation)
    assert "Explanation: the network's own lesion map, from which" in card(evaluation, explanation=LESION_MAP)


def test_the_record_tells_what_the_words_tell(evaluation: dict[str, Any]) -> None:
    told = json.loads(json.dumps(record(evaluation, explanation=LESION_MAP), allow_nan=False))
    assert told["schema"] == SCHEMA
    assert set(told["figures"]) == {"image", "breast"}
    assert told["void"] == {"woman": "void: counting breasts"}
    assert told["calibration"]["reliability"]["after"] == evaluation["reliability"]["after"]
    assert [one["use"] for one in told["data"]] == ["fitting and judging", "first weights", "first weights"]
    assert told["explanation"]["method"] == LESION_MAP
    assert told["split_hashes"] == evaluation["split_hashes"]
    assert told["cross_validated"] is None


@pytest.mark.parametrize(
    ("spoil", "place"),
    [
        (lambda one: one.pop("failures"), "failures is not there"),
        (lambda one: one.update(schema="other/1"), "schema is not"),
        (lambda one: one.update(intended_use="Use it."), "intended_use does not say"),
        (lambda one: one["split_hashes"].pop("test"), r"split_hashes\.test is not there"),
        (lambda one: one.update(figures={}), "figures holds none"),
        (lambda one: one["figures"]["image"].update(auroc=0.6), r"figures\.image\.auroc has no figure"),
        (lambda one: one["figures"]["image"]["auroc"].update(low=0.7), r"auroc does not lie in its interval"),
        (lambda one: one["operating_points"].pop("balanced"), r"operating_points\.balanced\.threshold"),
        (lambda one: one["operating_points"]["balanced"].update(specificity=None), r"balanced\.specificity has no"),
        (lambda one: one["subgroups"]["view"]["CC"].update(auroc=None), r"subgroups\.view\.CC\.auroc has no"),
    ],
)
def test_a_record_that_lacks_something_is_refused_by_its_place(
    spoil: Callable[[dict[str, Any]], object], place: str, evaluation: dict[str, Any]
) -> None:
    broken = copy.deepcopy(record(evaluation))
    spoil(broken)
    with pytest.raises(UsageError, match=place):
        checked_card(broken)


def test_sets_that_were_learnt_beside_are_told_with_their_licences(evaluation: dict[str, Any]) -> None:
    told = {"images": 7, "with_lesions": 5, "women": 3, "sources": ["mias", "synthetic"]}
    text = card({**evaluation, "config": {**evaluation["config"], "auxiliary": told}})
    assert "Beside them, 7 images (5 with a drawn lesion) of 3 women of mias, synthetic" in text
    assert "| synthetic women, made by this program | lesion maps |" in text
    assert "| DDSM, digitised films with lesion boxes | first weights |" in text


def test_a_unit_without_an_interval_has_too_few_examples_and_no_figure(evaluation: dict[str, Any]) -> None:
    few = {**evaluation["test"], "breast": {"auroc": None}}
    found = card_record({**evaluation, "test": few}, name="made", version="1.0", intended_use=USE, grid=GRID)
    assert set(found["figures"]) == {"image"}
    assert found["void"] == {"breast": "too few", "woman": "void: counting breasts"}
