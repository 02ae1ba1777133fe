"""Owns the page of the leak demonstration."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from training.report.page import page, paragraph, section, table
from training.report.svg import Line, chart


def leak_page(record: Mapping[str, Any]) -> str:
    """The page of what `demonstrate` found, as HTML."""
    told, parts, claim = record["table"], record["official_parts"], record["plausibility"]
    memory = [
        ("at random" if split == "random" else split, key, _figure(found["auroc"]), _figure(found["accuracy"]))
        for split, by_key in record["memory_alone"].items()
        for key, found in by_key.items()
    ]
    beside = [
        (
            f"{row['image_auroc']:.2f}",
            *(_figure(row[split][name]) for split in ("random", "by woman") for name in _NAMES),
        )
        for row in record["memory_and_images"]
    ]
    shared = [
        ("women within the tables of masses", parts["women_within_mass"]),
        ("women within the tables of calcifications", parts["women_within_calcification"]),
        ("women: masses in training, calcifications in test", parts["women_mass_train_and_calcification_test"]),
        ("women: calcifications in training, masses in test", parts["women_calcification_train_and_mass_test"]),
        (f"women, of {parts['test_women']} test women", parts["women"]),
        ("breasts", parts["breasts"]),
        ("mammograms", parts["mammograms"]),
    ]
    gains = [
        (f"{row['image_auroc']:.2f}", _figure(row["worst"], "+.3f"), _figure(row["memory"], "+.3f"))
        for row in record["official_worst_case"]
    ]
    body = [
        "<h1>93.7 % without looking at an image</h1>",
        paragraph(
            f"From the description tables of CBIS-DDSM: {told['lesions']} lesions ({told['malignant']} malignant) in "
            f"{told['mammograms']} mammograms of {told['women']} women. No image was read. Figures are per lesion, "
            f"means and SDs of {record['seeds']} random splits into 80 % and 20 %."
        ),
        *_headline(record),
        section(
            "A memory alone",
            [
                paragraph(
                    "It knows one thing of a test lesion: how many lesions of the same woman, or of the same breast, "
                    "were malignant in training. Split by woman it knows nothing."
                ),
                table(("split", "keyed on", "AUROC", "accuracy"), memory),
            ],
        ),
        *_notes(record),
        section(
            "The same memory beside an honest classifier",
            [
                paragraph(
                    "A classifier that looks at images is simulated with normal scores, drawn anew for each lesion. "
                    "Its own AUROC is in the first column; the figures that would be published are beside it."
                ),
                '<div class="row">',
                _drawing(record, "accuracy", "accuracy"),
                _drawing(record, "auroc", "AUROC"),
                "</div>",
                table(
                    ("its own AUROC", "random: AUROC", "accuracy", "by woman: AUROC", "accuracy"),
                    beside,
                ),
            ],
        ),
        section(
            "The official parts leak where masses and calcifications are pooled",
            [
                table(("in both official parts", "count"), shared, numbers=(1,)),
                paragraph("What an AUROC on the official test part gains from them:"),
                table(
                    ("its own AUROC", "all their lesions known (worst case)", "by the same breast in training"), gains
                ),
            ],
        ),
        section(
            "Do accuracy and AUROC fit together?",
            [
                paragraph(
                    f"An AUROC of {claim['claimed_auroc']:.3f} under scores of equal variance allows an accuracy of "
                    f"{claim['best_accuracy_at_claimed_auroc']:.3f}; an accuracy of {claim['claimed_accuracy']:.3f} "
                    f"needs an AUROC of {claim['auroc_needed_for_claimed_accuracy']:.3f}. Scores with two humps, as "
                    "a memory gives them, are how both can be had at once."
                )
            ],
        ),
        section("How this was made", ["<p><code>python -m training leak-demo --cbis FOLDER</code></p>"]),
    ]
    return page("What a split by image gives away", body)


_NAMES = ("auroc", "accuracy")


def _headline(record: Mapping[str, Any]) -> list[str]:
    """What the title means, in figures."""
    found = record["memory_and_notes"]
    if not found:
        return []
    random, by_woman = found["random"], found["by woman"]
    return [
        paragraph(
            f"A memory of whose breast was malignant, beside what the tables say of each lesion, has an accuracy of "
            f"{_percent(random['both']['accuracy']['mean'])} where lesions are split at random "
            f"({_percent(record['plausibility']['claimed_accuracy'])} or more in {random['reached']} of "
            f"{record['seeds']} splits), and of {_percent(by_woman['both']['accuracy']['mean'])} where women are."
        )
    ]


def _notes(record: Mapping[str, Any]) -> list[str]:
    """The section of the memory beside the notes; none where the tables had none."""
    found = record["memory_and_notes"] or {}
    rows = [
        (
            "at random" if split == "random" else split,
            *(_figure(figures[scored][name]) for scored in ("notes", "both") for name in _NAMES),
            f"{figures['reached']} of {record['seeds']}",
        )
        for split, figures in found.items()
    ]
    if not rows:
        return []
    return [
        section(
            "The same memory beside what radiologists noted",
            [
                paragraph(
                    "The tables tell of each lesion its BI-RADS assessment, subtlety, shape, margins, type and "
                    "distribution. A logistic regression on these words, fitted on the training lesions, is added to "
                    "the memory of the breast. Radiologists saw the images; the program saw words and names."
                ),
                table(
                    (
                        "split",
                        "notes alone: AUROC",
                        "accuracy",
                        "with the memory: AUROC",
                        "accuracy",
                        f"{_percent(record['plausibility']['claimed_accuracy'])} reached in",
                    ),
                    rows,
                ),
            ],
        )
    ]


def _figure(found: Mapping[str, float], form: str = ".3f") -> str:
    return f"{found['mean']:{form}} (SD {found['sd']:.3f})"


def _percent(share: float) -> str:
    return f"{100 * share:.1f} %"


def _drawing(record: Mapping[str, Any], name: str, words: str) -> str:
    rows = record["memory_and_images"]
    own = [row["image_auroc"] for row in rows]
    claim = record["plausibility"]["claimed_accuracy" if name == "accuracy" else "claimed_auroc"]
    lines = [
        Line(name="split at random", x=own, y=[row["random"][name]["mean"] for row in rows], colour=2, dots=3),
        Line(name="split by woman", x=own, y=[row["by woman"][name]["mean"] for row in rows], colour=1, dots=3),
        Line(name=f"{claim:g}", x=[own[0], own[-1]], y=[claim, claim], colour=4, dashed=True),
    ]
    return chart(
        lines,
        title=f"Published {words} by the classifier's own AUROC",
        x_label="AUROC of the honest classifier",
        y_label=words,
        x_range=(own[0], own[-1]),
        y_range=(0.4, 1.0),
    )
