"""Owns the rows of a report's tables, from evaluation.json to text."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from training.report.page import paragraph, span, table
from training.split import PARTS

FIGURES = {
    "auroc": "AUROC",
    "auprc": "AUPRC (average precision)",
    "sensitivity_at_specificity_90": "sensitivity where specificity is 0.90",
    "sensitivity_at_specificity_95": "sensitivity where specificity is 0.95",
    "probabilistic_f1": "probabilistic F1",
    "brier": "Brier score",
    "ece": "expected calibration error, 15 bins of equal mass",
}
Rows = list[Sequence[object]]
_ORDER = {part: place for place, part in enumerate(PARTS)}


def rival_rows(record: Mapping[str, Any]) -> Rows:
    """The model, and what can be had on the same women without a picture."""
    unit, bases = record["unit"], record["test"]["baselines"]
    point = record["operating_points"].get("balanced")
    rows: Rows = [
        ("this model", unit, span(record["test"][unit]["auroc"]), span(point["accuracy"]) if point else "not to be had")
    ]
    own = bases.get(unit, {})
    if "majority_accuracy" in own:
        rows.append(("always the more frequent class", unit, "0.500", f"{own['majority_accuracy']:.3f}"))
    for name, words in (("age_alone", "age alone"), ("machine_alone", "machine alone, rates of the training women")):
        if bases.get(f"{name}_{unit}_auroc"):
            rows.append((words, unit, span(bases[f"{name}_{unit}_auroc"]), ""))
    for name in ("metadata", "metadata_with_counts"):
        if name in own:
            words = f"logistic regression on {own[name]['features']} (fitted on {own['fitted_on']})"
            rows.append((words, unit, span(own[name]["auroc"]), ""))
    for name, value in record["leak"].get("meter", {}).items():
        rows.append((f"leak meter: remembering the {name}", "image", f"{value:.3f}", ""))
    return rows


def data_rows(record: Mapping[str, Any]) -> Rows:
    """Counts and hash of each part."""
    return [
        (
            part,
            found["women"],
            found["women_positive"],
            found["breasts"],
            found["images"],
            found["images_positive"],
            record["split_hashes"].get(part, ""),
        )
        for part, found in sorted(record["counts"].items(), key=lambda item: _ORDER.get(item[0], 0))
    ]


def figure_rows(record: Mapping[str, Any], units: Sequence[str]) -> Rows:
    """Each figure at each unit."""
    test = record["test"]
    rows: Rows = [
        ("examples (positive)", *(f"{test[unit]['examples']} ({test[unit]['positives']})" for unit in units)),
        ("women", *(test[unit]["women"] for unit in units)),
        ("prevalence", *(f"{test[unit]['prevalence']:.3f}" for unit in units)),
    ]
    rows += [(words, *(span(test[unit].get(key)) for unit in units)) for key, words in FIGURES.items()]
    return rows


def point_rows(points: Mapping[str, Any]) -> Rows:
    """The operating points from the lowest threshold up."""
    return [
        (
            name,
            f"{point['threshold']:.4f}",
            *(span(point[key]) for key in ("sensitivity", "specificity", "precision", "f1", "accuracy")),
        )
        for name, point in sorted(points.items(), key=lambda item: float(item[1]["threshold"]))
    ]


def confusion_rows(counts: Mapping[str, int]) -> Rows:
    """Truth down, calls across."""
    return [
        ("truly suspicious", counts["true_positive"], counts["false_negative"]),
        ("truly other", counts["false_positive"], counts["true_negative"]),
    ]


def subgroup_rows(groups: Mapping[str, Mapping[str, Any]]) -> Rows:
    """One line for each value of each group."""
    return [
        (kind, value, found["examples"], found["positives"], span(found["auroc"]))
        for kind, values in groups.items()
        for value, found in values.items()
    ]


def three_class_section(found: Mapping[str, Any] | None) -> list[str]:
    """Figures of a model of three classes; empty for others."""
    if not found:
        return []
    classes = found["confusion"]["classes"]
    rows: Rows = [(f"{name} against the rest", span(found["auroc_one_vs_rest"][name])) for name in classes]
    rows += [("mean of the three", span(found["auroc_macro"])), ("accuracy", span(found["accuracy"]))]
    matrix = [(name, *line) for name, line in zip(classes, found["confusion"]["rows_truth_columns_said"], strict=True)]
    return [
        paragraph(
            f"{found['examples']} examples per {found['unit']} whose diagnosis is told. The figures above are of "
            "malignant against the rest."
        ),
        table(("AUROC", f"per {found['unit']}"), rows),
        table(("truth", *(f"said {name}" for name in classes)), matrix, numbers=(1, 2, 3)),
    ]


def prior_section(found: Mapping[str, Any] | None) -> list[str]:
    """What the model would say where cancer is as frequent as stated; empty where nobody asked."""
    if not found:
        return []
    rows: Rows = [
        (
            name,
            f"{point['threshold']:.5f}",
            _share(point["positive_predictive_value"]),
            _share(point["negative_predictive_value"]),
            _share(point["called"]),
        )
        for name, point in sorted(found["operating_points"].items(), key=lambda item: float(item[1]["threshold"]))
    ]
    return [
        paragraph(
            f"Per {found['unit']}, at a stated prevalence of {found['prevalence']:g}; the calibration is of "
            f"{found['fitted_prevalence']:.3f}, so {found['logit_shift']:+.3f} is added to each calibrated logit. This "
            "holds only if cancers and others look there as they do here. Examples weighted to that prevalence: Brier "
            f"score {found['brier']:.5f}, expected calibration error {found['ece']:.5f}."
        ),
        table(
            ("point", "threshold", "positive predictive value", "negative predictive value", "called suspicious"), rows
        ),
    ]


def _share(value: float | None) -> str:
    return "not to be had" if value is None else f"{value:.4f}"


def text_columns(rows: Sequence[Sequence[str]]) -> list[str]:
    """Rows of equally many cells as lines whose columns stand below each other."""
    widths = [max(len(row[place]) for row in rows) for place in range(len(rows[0]))]
    return ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows]


def times(number: int) -> str:
    """How often, in words: "once", "6 times"."""
    return "once" if number == 1 else f"{number} times"


def machine_line(record: Mapping[str, Any]) -> str:
    """What a record's runs were computed on, in a line."""
    machine = record["machine"]
    accelerators = ", ".join(machine["accelerators"]) or "no GPU"
    return f"{machine['processor']}, {machine['cores']} cores, {accelerators}, {machine['system']}"
