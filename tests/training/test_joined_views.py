"""CC and MLO together against one view alone: what is joined, what is counted, what is said, and the page."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from mammoview.core.errors import UsageError
from tests.training.runs import make_cache
from training.cache import write_packed
from training.calibration import Calibration, logit
from training.data.table import ImageRow
from training.evaluation.levels import Level, levels_of
from training.evaluation.sources import open_data
from training.evaluation.views import JOINED, joined_views, view_lines
from training.predictions import Example, Predictions
from training.reliability import reliability_record
from training.report.joined import joined_section, reliability_section


def image(woman: int, side: str, view: str, label: int) -> ImageRow:
    return ImageRow(
        file=Path(f"{woman}{side}{view}.png"),
        patient_id=f"made/{woman}",
        laterality=side,
        view=view,
        label=label,
        source="made",
    )


def predicted(told: list[tuple[ImageRow, float]]) -> Predictions:
    """The predictions of images with these probabilities."""
    logits = logit(np.array([probability for _, probability in told]))
    return Predictions(
        "image",
        tuple(Example((row,)) for row, _ in told),
        np.stack([np.zeros(len(told)), logits], axis=1),
        ("benign", "cancer"),
        1,
    )


def level(told: list[tuple[ImageRow, float]]) -> Level:
    return levels_of(predicted(told), Calibration())[0]


def noisy(women: int = 60, *, noise: float = 0.25, seed: int = 1) -> list[tuple[ImageRow, float]]:
    """Both breasts of women, every second with a cancer on the left; each view sees it with noise of its own, MLO with
    twice as much."""
    rng = np.random.default_rng(seed)
    return [
        (image(woman, side, view, label), float(np.clip(0.4 + 0.2 * label + rng.normal(0, noise * worse), 0.01, 0.99)))
        for woman in range(women)
        for side in "LR"
        for label in [int(side == "L" and woman % 2 == 0)]
        for view, worse in (("CC", 0.5), ("MLO", 1.0))
    ]


def test_a_breast_is_the_mean_of_its_views_and_a_woman_her_highest_breast() -> None:
    told = [
        (image(2 * woman + label, side, view, int(label and side == "L")), probability)
        for woman in range(10)
        for label, side, view, probability in (
            (1, "L", "CC", 0.6),
            (1, "L", "MLO", 0.6),
            (1, "R", "CC", 0.1),
            (1, "R", "MLO", 0.1),
            (0, "L", "CC", 0.8),
            (0, "L", "MLO", 0.2),
            (0, "R", "CC", 0.1),
            (0, "R", "MLO", 0.7),
        )
    ]
    found = joined_views(level(told), samples=20)
    assert found is not None
    values = {unit: {by: one["value"] for by, one in told["auroc"].items()} for unit, told in found["units"].items()}
    assert values["breast"] == {JOINED: 1.0, "CC": pytest.approx(2 / 3), "MLO": pytest.approx(2 / 3)}
    assert values["woman"] == {JOINED: 1.0, "CC": 0.0, "MLO": 0.0}
    assert (found["units"]["breast"]["positives"], found["units"]["woman"]["examples"]) == (10, 20)


def test_the_aurocs_are_those_of_the_levels_that_the_application_knows() -> None:
    told = noisy()
    found = joined_views(level(told), samples=50)
    _, breasts, women = levels_of(predicted(told), Calibration())
    assert found is not None
    for unit, one in (("breast", breasts), ("woman", women)):
        labels, ranks = one.labels(), one.ranks
        above = np.mean([high > low for high in ranks[labels == 1] for low in ranks[labels == 0]])
        assert found["units"][unit]["auroc"][JOINED]["value"] == pytest.approx(above)


def test_views_that_err_apart_are_better_together_and_the_worse_one_is_no_rival() -> None:
    found = joined_views(level(noisy(160, noise=0.6)), samples=200)
    assert found is not None
    breast = found["units"]["breast"]
    assert breast["best_single"] == "CC"
    assert breast["pairs"]["MLO"]["bootstrap"]["value"] > breast["pairs"]["CC"]["bootstrap"]["value"]


def test_nothing_is_told_of_networks_that_look_at_several_views_at_once() -> None:
    assert joined_views(replace(level(noisy()), unit="breast"), samples=20) is None


def test_better_is_said_of_the_best_single_view_alone() -> None:
    rng = np.random.default_rng(3)
    same = [(row, float(np.clip(0.35 + 0.2 * row.label + rng.normal(0, 0.2), 0.01, 0.99))) for row, _ in noisy(300)]
    found = joined_views(level(same), samples=200)
    assert found is not None
    breast = found["units"]["breast"]
    pair = breast["pairs"][breast["best_single"]]
    assert breast["better"]
    assert pair["bootstrap"]["p"] < 0.05
    assert pair["bootstrap"]["value"] == pytest.approx(pair["delong"]["value"])
    twins = [(row, 0.3 + 0.4 * row.label + (number // 2 % 7) / 10) for number, (row, _) in enumerate(noisy(200))]
    copied = joined_views(level(twins), samples=50)
    assert copied is not None
    assert not copied["units"]["breast"]["better"]


def test_a_breast_without_one_of_the_views_is_left_out_and_said() -> None:
    told = noisy(20)
    found = joined_views(level(told[1:]), samples=20)
    assert found is not None
    assert found["breasts_left_out"] == 1
    assert found["units"]["breast"]["examples"] == 39
    assert joined_views(level([one for one in told if one[0].view == "CC"]), samples=20) is None
    assert joined_views(level([one for one in told if one[0].label == 0]), samples=20) is None


def test_a_woman_level_that_the_set_gives_away_is_void() -> None:
    told = [one for one in noisy(40) if one[0].laterality == "L" or int(one[0].patient_id[5:]) % 2]
    found = joined_views(level(told), samples=20)
    assert found is not None
    assert found["units"]["woman"]["void"].startswith("void: counting a woman's breasts")
    assert any("void: counting" in line for line in view_lines(found))
    assert "void: counting" in "".join(joined_section(found))


def test_the_lines_and_the_page_name_the_best_view_and_both_ps() -> None:
    found = joined_views(level(noisy()), samples=50)
    assert found is not None
    assert re.match(
        r"CC \+ MLO per breast: AUROC 0\.\d{3} \(.*\), the best single view \(CC\) 0\.\d{3} .* p .* by bootstrap over "
        r"women, p .* by DeLong's variance$",
        view_lines(found)[0],
    )
    text = "".join(joined_section(found))
    assert text.count("<table") == 2
    assert "the best single view on these women (CC)" in text


def test_women_of_one_class_alone_have_no_figure_and_it_is_said() -> None:
    told = [one for one in noisy(20) if int(one[0].patient_id[5:]) % 2 == 0]
    lines = view_lines(joined_views(level(told), samples=50))
    assert lines[0].startswith("CC + MLO per breast: AUROC 0.")
    assert lines[1] == "CC + MLO per woman: not to be had: 10 of 10 are positive"


def test_nothing_is_shown_of_what_was_not_measured() -> None:
    assert (view_lines(None), joined_section(None), reliability_section(None)) == ([], [], [])


def test_the_reliability_diagram_is_in_the_page() -> None:
    record = reliability_record(predicted(noisy()), Calibration(), part="judged")
    text = "".join(reliability_section(record))
    assert "How often the judged examples of a bin" in text
    assert 'src="data:image/svg+xml;base64,' in text


def test_several_tables_are_one_after_the_other_and_a_cache_is_alone(tmp_path: Path) -> None:
    tables = []
    for name in "ab":
        (tmp_path / f"{name}.png").write_bytes(b"")
        tables.append(tmp_path / f"{name}.csv")
        tables[-1].write_text(f"file,patient_id,label\n{name}.png,{name},0\n")
    rows: Any = open_data(tables)
    assert [row.file.name for row in rows] == ["a.png", "b.png"]
    write_packed(make_cache(women=2), {}, tmp_path / "set.npz")
    with pytest.raises(UsageError, match=r"set\.npz: a cache is judged alone"):
        open_data([tables[0], tmp_path / "set.npz"])


def test_the_record_is_json() -> None:
    assert json.loads(json.dumps(joined_views(level(noisy(20)), samples=20)))["units"]["breast"]["positives"] == 10
