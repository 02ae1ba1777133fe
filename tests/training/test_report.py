"""Drawings, the gallery's choice, and the demonstration of the leak."""

from __future__ import annotations

import json
import re
from pathlib import Path
from xml.etree import ElementTree

import numpy as np
import pytest

from mammoview.core.errors import UsageError
from training.__main__ import main
from training.data.cbis_tables import Abnormality
from training.data.table import ImageRow
from training.evaluation.levels import Level
from training.leak_demo import best_accuracy, demonstrate, plausibility
from training.predictions import Example
from training.report.gallery import worst_errors
from training.report.page import page, table
from training.report.svg import HEIGHT, WIDTH, Line, chart, thinned

NUMBER = re.compile(r"-?\d+(?:\.\d+)?")


def _svg(text: str) -> ElementTree.Element:
    return ElementTree.fromstring(re.sub(r".*?(<svg.*?</svg>).*", r"\1", text, flags=re.DOTALL))


def test_a_curve_lies_where_its_values_are() -> None:
    drawn = _svg(chart([Line(name="a", x=[0, 0.5, 1], y=[0, 1, 5], dots=2)], title="t", x_label="x", y_label="y"))
    frame = drawn.find("rect")
    line = drawn.find("polyline")
    assert frame is not None
    assert line is not None
    left, top, width, height = (float(frame.attrib[name]) for name in ("x", "y", "width", "height"))
    places = [tuple(map(float, pair.split(","))) for pair in line.attrib["points"].split()]
    assert places == [
        pytest.approx(place, abs=0.06) for place in ((left, top + height), (left + width / 2, top), (left + width, top))
    ]  # what is beyond the range is held at its edge
    assert left + width < WIDTH
    assert top + height < HEIGHT
    assert len(drawn.findall("circle")) == 3


def test_names_are_text_and_never_markup() -> None:
    bad = "<script>alert(1)</script>"
    text = page(
        bad,
        [
            table((bad,), [(bad,)], caption=bad),
            chart([Line(name=bad, x=[0], y=[0])], title=bad, x_label=bad, y_label=bad),
        ],
    )
    assert "<script" not in text
    assert text.count("&lt;script&gt;") == 10


def test_few_points_are_all_kept_and_many_are_thinned_between_their_ends() -> None:
    assert thinned([1, 2, 3], [4, 5, 6]) == ([1, 2, 3], [4, 5, 6])
    x, y = thinned(list(range(5000)), list(range(5000)), most=50)
    assert (len(x), x[0], x[-1], x) == (50, 0, 4999, y)
    assert thinned([], []) == ([], [])


def test_the_worst_errors_are_the_surest_ones_and_one_of_a_woman() -> None:
    probabilities = np.array([0.9, 0.8, 0.7, 0.2, 0.1, 0.3, 0.95])
    labels, women = [0, 0, 0, 1, 1, 1, 1], ["a", "a", "b", "c", "d", "e", "f"]
    rows = [
        ImageRow(file=Path("x"), patient_id=woman, laterality="L", view="CC", label=label, source="x")
        for label, woman in zip(labels, women, strict=True)
    ]
    level = Level("image", "", tuple(Example((row,)) for row in rows), probabilities, probabilities)
    found = worst_errors(level, 0.5, most=2)
    assert [(error.kind, error.place) for error in found] == [
        ("false positive", 0),
        ("false positive", 2),
        ("false negative", 4),
        ("false negative", 3),
    ]


def _lesion(woman: int, part: str, *, kind: str = "mass", view: str = "CC", side: str = "L") -> Abnormality:
    """Every second woman has malignant lesions."""
    return Abnormality(
        patient=f"P_{woman}",
        laterality=side,
        view=view,
        number="1",
        kind=kind,
        pathology="malignant" if woman % 2 else "benign",
        density="",
        age=None,
        part=part,
        image_key="",
        roi_key=f"{'Mass' if kind == 'mass' else 'Calc'}-{part}_{woman}",
        image_uids=(),
        roi_uids=(),
    )


def test_a_memory_scores_on_a_split_by_image_and_not_on_one_by_woman() -> None:
    lesions = [
        _lesion(n, "train" if n < 160 else "test", view=view, side=side)
        for n in range(200)
        for view, side in (("CC", "L"), ("MLO", "L"), ("CC", "R"))
    ]
    record = demonstrate(lesions, seeds=5)
    alone = record["memory_alone"]
    assert alone["by woman"]["patient"]["auroc"]["mean"] == 0.5
    assert alone["random"]["patient"]["auroc"]["mean"] > 0.85
    for row in record["memory_and_images"]:
        if row["image_auroc"] == 0.80:
            assert row["by woman"]["auroc"]["mean"] == pytest.approx(0.80, abs=0.08)
            assert row["random"]["accuracy"]["mean"] > row["by woman"]["accuracy"]["mean"] + 0.1
    assert record["official_parts"]["women"] == 0


def test_women_in_both_official_parts_are_counted_by_the_way_they_cross() -> None:
    lesions = [_lesion(n, "train") for n in range(8)] + [_lesion(n, "test", kind="calcification") for n in range(5, 11)]
    lesions += [_lesion(20, "train", kind="calcification"), _lesion(20, "test", side="R")]
    found = demonstrate(lesions, seeds=2)["official_parts"]
    assert found["women_mass_train_and_calcification_test"] == 3
    assert found["women_calcification_train_and_mass_test"] == 1
    assert (found["women_within_mass"], found["women_within_calcification"]) == (0, 0)
    assert (found["women"], found["breasts"], found["mammograms"], found["test_women"]) == (4, 3, 3, 7)


def test_one_class_cannot_be_demonstrated_on() -> None:
    with pytest.raises(UsageError, match="both classes"):
        demonstrate([_lesion(0, "train"), _lesion(2, "test")], seeds=2)


def test_the_best_accuracy_is_that_of_the_best_threshold() -> None:
    rng = np.random.default_rng(0)
    labels = rng.random(200_000) < 0.4
    scores = rng.standard_normal(labels.size) + 1.4 * labels
    area = 0.8389  # Phi(1.4 / sqrt 2)
    best = max(float(((scores >= cut) == labels).mean()) for cut in np.linspace(-1, 3, 81))
    assert best_accuracy(area, 0.4) == pytest.approx(best, abs=0.004)
    assert best_accuracy(0.5, 0.4) == 0.6
    found = plausibility(0.408)
    assert best_accuracy(found["auroc_needed_for_claimed_accuracy"], 0.408) == pytest.approx(0.937, abs=1e-6)


def test_the_tables_of_cbis_give_the_figures_that_are_known(
    shared_data: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["leak-demo", "--cbis", str(shared_data / "cbis-ddsm"), "--seeds", "8", "--out", str(tmp_path)]) == 0
    record = json.loads((tmp_path / "leak-demo.json").read_text())
    parts = record["official_parts"]
    assert (parts["women"], parts["test_women"], parts["breasts"], parts["mammograms"]) == (31, 349, 19, 29)
    assert parts["women_mass_train_and_calcification_test"] == 13
    assert parts["women_calcification_train_and_mass_test"] == 18
    assert record["table"]["lesions"] == 3568
    assert record["table"]["mammograms"] == 3032
    memory = record["memory_alone"]["random"]
    assert memory["patient and side"]["auroc"]["mean"] == pytest.approx(0.962, abs=0.005)
    assert memory["patient and side"]["accuracy"]["mean"] == pytest.approx(0.879, abs=0.013)
    assert memory["patient"]["auroc"]["mean"] == pytest.approx(0.948, abs=0.007)
    assert memory["patient"]["accuracy"]["mean"] == pytest.approx(0.858, abs=0.013)
    for row in record["memory_and_images"]:
        if row["image_auroc"] in (0.80, 0.85):
            assert 0.915 < row["random"]["accuracy"]["mean"] < 0.945
            assert 0.72 < row["by woman"]["accuracy"]["mean"] < 0.79
    notes = record["memory_and_notes"]  # no image and nothing simulated
    assert notes["random"]["both"]["accuracy"]["mean"] == pytest.approx(0.935, abs=0.006)
    assert notes["random"]["reached"] >= 2
    assert notes["by woman"]["both"] == notes["by woman"]["notes"]
    assert notes["by woman"]["both"]["accuracy"]["mean"] == pytest.approx(0.80, abs=0.015)
    assert record["plausibility"]["best_accuracy_at_claimed_auroc"] == pytest.approx(0.895, abs=0.002)
    assert record["plausibility"]["auroc_needed_for_claimed_accuracy"] == pytest.approx(0.984, abs=0.001)
    assert "31 of 349 test women" in capsys.readouterr().out
    text = (tmp_path / "leak-demo.html").read_text()
    assert "<script" not in text
    assert str(tmp_path) not in text
