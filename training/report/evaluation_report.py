"""Owns the report of one evaluation: report.html, report.json, figures.csv and predictions.csv. Never judges anything.

The page names no woman but by the set's own ids.
"""

from __future__ import annotations

import csv
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from html import escape
from pathlib import Path
from typing import Any

from mammoview.core.errors import UsageError
from mammoview.inference.gradcam import CellField
from training.across import across_line
from training.calibration import Calibration
from training.checkpoint import replacing_text
from training.data.table import ImageRow
from training.evaluation.levels import Level, levels_of, plural
from training.evaluation.runs import read_evaluation, read_json
from training.evaluation.saved import load_predictions
from training.fitting.records import write_json
from training.predictions import UNITS
from training.report.curves import curves
from training.report.explanations import explanation_lines
from training.report.gallery import Explain, Pixels, pictures, told, worst_errors
from training.report.joined import joined_section, reliability_section
from training.report.page import page, paragraph, section, span, table
from training.report.tables import (
    confusion_rows,
    data_rows,
    figure_rows,
    machine_line,
    point_rows,
    prior_section,
    rival_rows,
    subgroup_rows,
    three_class_section,
    times,
)


@dataclass(frozen=True, slots=True, eq=False)
class Sight:
    """Where the pictures of the gallery come from: model inputs by row, and the model that explains them (None:
    pictures without heat maps)."""

    find: Callable[[ImageRow], Pixels | None]
    explain: Explain | None = None
    field: CellField | None = None


def write_report(folder: Path, out: Path, *, sight: Sight | None = None, errors: int = 6) -> Path:
    """Write the report of the evaluation in `folder` to `out` and return report.html.

    `sight` None leaves out the gallery; `errors`: at most so many false positives and so many false negatives. Raises
    InputRefusedError where `folder` holds no evaluation with predictions, UsageError where the model's unit is void or
    has no AUROC.
    """
    record = read_evaluation(folder)
    predictions = load_predictions(folder)
    void = record["test"][record["unit"]].get("void")
    if void:
        raise UsageError(f"{folder}: per {record['unit']} all figures are {void}", "judge the model on another set")
    if record["test"][record["unit"]]["auroc"] is None:
        raise UsageError(
            f"{folder}: per {record['unit']} no AUROC with an interval can be had", "judge more women of both classes"
        )
    told_of = record["calibration"]
    calibration = Calibration(told_of["method"], told_of["slope"], told_of["intercept"])
    levels = [level for level in levels_of(predictions, calibration) if record["test"][level.unit].get("auroc")]
    history = read_json(folder / "history.json") if (folder / "history.json").is_file() else []
    drawings, values = curves(levels, record["operating_points"], history)
    out.mkdir(parents=True, exist_ok=True)
    body = [
        *_head(record),
        section("What it must beat", _rivals(record)),
        section("Data and split", _data(record)),
        section("Figures", _figures(record)),
        section("Operating points", _points(record)),
        section("Curves", [f'<div class="row">{"".join(drawings)}</div>']),
        section("Views together", joined_section(record.get("views"))),
        section("Reliability", reliability_section(record.get("reliability"))),
        section("Subgroups", _subgroups(record)),
        section("Three classes", three_class_section(record.get("three_classes"))),
        section("At another prevalence", prior_section(record.get("prior_shift"))),
        section("Where the model looked, against drawn lesions", explanation_lines(folder, _weights(record))),
        section("Worst errors", _gallery(levels[0], record, sight, errors)),
        section("How this was made", _making(record)),
    ]
    with replacing_text(out / "report.html") as stream:
        stream.write(page(f"{record['name']}: evaluation", body))
    write_json(out / "report.json", {"evaluation": record, "curves": values})
    _write_csv(out / "figures.csv", ("unit", "group", "figure", "value", "low", "high", "examples"), _flat(record))
    _write_csv(
        out / "predictions.csv",
        ("unit", "patient_id", "laterality", "view", "file", "label", "logit", "probability"),
        _said(levels[0]),
    )
    return out / "report.html"


def _weights(record: Mapping[str, Any]) -> str | None:
    """The checksum of what was judged; None in evaluations of runs that do not tell it."""
    found = record["bundle_sha256"] if record["kind"] == "bundle" else record.get("weights_sha256")
    return None if found is None else str(found)


def _head(record: Mapping[str, Any]) -> list[str]:
    own = record["test"][record["unit"]]
    leak = record["leak"]
    lines = [
        f"<h1>{escape(record['name'])}</h1>",
        paragraph("Research and teaching software. Not for diagnosis.", "dim"),
    ]
    if leak["state"] == "overlap":
        lines.append(paragraph(f"LEAK: {leak['text']}. These figures say nothing of other women.", "note bad"))
    elif leak["state"] == "not known":
        lines.append(paragraph(f"Leak not ruled out: {leak['text']}.", "note"))
    auroc = own["auroc"]
    lines.append(
        f'<p class="big">AUROC per {escape(record["unit"])} {escape(span(auroc))} '
        f"<small>95 % interval, {record['bootstrap_samples']} bootstraps over {own['women']} women</small></p>"
    )
    lines.append(paragraph(_verdict(record)))
    if across := across_line(record):
        lines.append(paragraph(f"{across[0].upper()}{across[1:]}.", "note"))
    return lines


def _verdict(record: Mapping[str, Any]) -> str:
    """What the headline means, said plainly."""
    auroc = record["test"][record["unit"]]["auroc"]
    if auroc is None:
        return "Too few examples for a figure."
    if auroc["high"] < 0.5:
        return "WORSE than chance on these women: it ranks others above cancers."
    if auroc["low"] <= 0.5:
        return "The interval holds 0.5: this model cannot be told from chance on these women."
    rivals = record["test"]["baselines"].get(record["unit"], {})
    best = max((rival["auroc"]["value"] for rival in _metadata(rivals) if rival["auroc"]), default=0.5)
    if auroc["low"] <= best:
        return f"Better than chance, but not shown to be better than what can be had without a picture ({best:.3f})."
    return f"Better than what can be had without a picture ({best:.3f})."


def _metadata(rivals: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    return [rivals[name] for name in ("metadata", "metadata_with_counts") if name in rivals]


def _rivals(record: Mapping[str, Any]) -> list[str]:
    lines = [
        table(("rule", "unit", "AUROC", "accuracy"), rival_rows(record), own=0),
        paragraph("Accuracy of the model is at its balanced operating point.", "dim"),
    ]
    if record["leak"].get("meter"):
        lines.append(
            paragraph(
                "The leak meter remembers which women (or pictures) were suspicious in training and looks at no pixel: "
                "0.5 means that there is nothing to remember.",
                "dim",
            )
        )
    counted = record["test"].get("breast_count_auroc_per_woman")
    if counted is not None and abs(counted - 0.5) > 0.1:
        lines.append(
            paragraph(
                f"On this set counting a woman's breasts alone has an AUROC of {counted:.3f} per woman: rules with "
                "counts read off how the set was put together, and woman-level figures are void.",
                "note",
            )
        )
    return lines


def _data(record: Mapping[str, Any]) -> list[str]:
    lines = [
        paragraph(f"Sources: {', '.join(record['sources'])}; modality {', '.join(record['modalities'])}."),
        table(
            ("part", "women", "with cancer", "breasts", "images", "with cancer", "hash of the women"),
            data_rows(record),
            numbers=(1, 2, 3, 4, 5),
        ),
        paragraph(f"Leaks: {record['leak']['text']}."),
    ]
    split = record.get("split")
    if split:
        kind = split["spec"]["kind"] if split["spec"] else "by-woman"
        lines.append(paragraph(f"Split '{kind}', seed {split['seed']}. {'. '.join(split['notes'])}"))
    refused = record.get("refused")
    if refused and (refused["images"] or refused["women_not_known"]):
        lines.append(
            paragraph(
                f"Not scored, and in no figure: {refused['images']} images that the application refuses "
                f"({refused['positives']} of them positive), and {refused['women_not_known']} that do not say whom "
                "they show."
            )
        )
        lines.append(
            table(("images", "reason"), [(n, reason) for reason, n in refused["reasons"].items()], numbers=(0,))
        )
    if record.get("test_reads"):
        lines.append(
            paragraph(
                f"The test women were read {times(record['test_reads_with_neighbours'])}, by this run and "
                "those whose folders lie beside it: the more often, the less these figures are worth.",
                "dim",
            )
        )
    return lines


def _figures(record: Mapping[str, Any]) -> list[str]:
    units = [unit for unit in UNITS if "auroc" in record["test"].get(unit, {})]
    heads = ["figure", *(f"per {unit}" for unit in units)]
    how = [f"per {unit}: {record['test'][unit]['aggregation']}" for unit in units]
    lines = [table(heads, figure_rows(record, units), caption=f"Scores {'; '.join(how)}.")]
    lines += [
        paragraph(f"Per {unit}: {record['test'][unit]['void']}.", "note")
        for unit in UNITS
        if "void" in record["test"].get(unit, {})
    ]
    return lines


def _points(record: Mapping[str, Any]) -> list[str]:
    found = {record["unit"]: record["operating_points"], **record.get("operating_points_of_coarser_units", {})}
    return [line for unit, points in found.items() for line in _points_of(unit, points, record)]


def _points_of(unit: str, points: Mapping[str, Any], record: Mapping[str, Any]) -> list[str]:
    if not points:
        return []
    chosen = (
        f"those that the bundle holds for {plural(record['unit'])}"
        if unit != record["unit"] and record["kind"] == "bundle"
        else "chosen on validation women"
    )
    return [
        table(
            ("point", "threshold", "sensitivity", "specificity", "precision", "F1", "accuracy"),
            point_rows(points),
            caption=f"Per {unit}. Thresholds on the calibrated probability, {chosen}.",
        ),
        '<div class="row">',
        *(
            table(
                (name, "said suspicious", "said other"),
                confusion_rows(point["confusion"]),
                numbers=(1, 2),
            )
            for name, point in sorted(points.items(), key=lambda item: float(item[1]["threshold"]))
        ),
        "</div>",
    ]


def _subgroups(record: Mapping[str, Any]) -> list[str]:
    return [
        table(
            ("group", "value", plural(record["unit"]), "positive", "AUROC"),
            subgroup_rows(record["test"]["subgroups"]),
            numbers=(2, 3),
            caption="'too few': under 20 positives or negatives; nothing is known of these.",
        )
    ]


def _gallery(level: Level, record: Mapping[str, Any], sight: Sight | None, errors: int) -> list[str]:
    if sight is None or not record["operating_points"]:
        return []
    point = record["operating_points"].get("balanced") or next(iter(record["operating_points"].values()))
    found = worst_errors(level, point["threshold"], most=errors)
    heat = "this model gives no heat map"
    if sight.explain:
        heat = (
            "beside them where the model looked (Grad-CAM). The application hides the maps of the false negatives: "
            "their scores lie under the point"
        )
    elif (record["kind"], record["unit"]) == ("bundle", "image"):
        heat = "without heat maps, for which 'report --model BUNDLE' is needed"
    lines = [
        paragraph(
            f"At the threshold {point['threshold']:.3f}, one of a woman: inputs as the model sees them, {heat}.", "dim"
        )
    ]
    for kind, words in (("false positive", "False positives"), ("false negative", "False negatives")):
        cases = [_case(level, error.place, error.probability, sight) for error in found if error.kind == kind]
        lines += [f"<h3>{words}</h3>", f'<div class="row">{"".join(cases)}</div>' if cases else paragraph("None.")]
    return lines


def _case(level: Level, place: int, probability: float, sight: Sight) -> str:
    rows = level.examples[place].rows
    shown = [image for row in rows for image in pictures(row, sight.find, sight.explain, sight.field)]
    name = told(rows[0]) if level.unit == "image" else rows[0].patient_id
    images = "".join(f'<img src="{image}" alt="{escape(name)}">' for image in shown) or "the picture cannot be read"
    return f'<figure class="case">{images}<figcaption>{escape(name)}: {probability:.3f}</figcaption></figure>'


def _making(record: Mapping[str, Any]) -> list[str]:
    told_of = record["calibration"]
    lines = [
        f"<p><code>{escape(record['command'])}</code></p>",
        paragraph(
            f"Calibration: {told_of['method']}, slope {told_of['slope']:.4f}, intercept {told_of['intercept']:.4f}, "
            f"fitted on {told_of['fitted_on']}. Intervals: percentiles of {record['bootstrap_samples']} bootstraps "
            "over women, seed 0; those of the calibration error, which noise can only raise, are moved so that the "
            "median of the bootstraps lies at the figure."
        ),
        paragraph("Made with " + ", ".join(f"{name} {number}" for name, number in record["versions"].items()) + "."),
    ]
    environment, config = record.get("environment"), record.get("config")
    if environment:
        git = environment.get("git") or {}
        commit = f", commit {git['commit'][:12]}{' with changes' if git.get('changed') else ''}" if git else ""
        computer = environment.get("computer")  # runs of before it was told have devices alone
        where = machine_line({"machine": computer}) if computer else ", ".join(environment.get("devices", ()))
        lines.append(paragraph(f"Fitted with {environment.get('backend')} on {where}{commit}."))
    if config:
        lines.append(f"<p><code>{escape(json.dumps(config, sort_keys=True))}</code></p>")
    return lines


def _flat(record: Mapping[str, Any]) -> list[Sequence[object]]:
    """Every figure with an interval as one line of a table, and the groups that are too small for one."""
    lines: list[Sequence[object]] = []

    def add(unit: str, group: str, name: str, found: Any, examples: object = "") -> None:
        if isinstance(found, Mapping) and "value" in found:
            lines.append((unit, group, name, found["value"], found["low"], found["high"], examples))
        elif found == "too few":
            lines.append((unit, group, name, found, "", "", examples))

    for unit in UNITS:
        level = record["test"].get(unit, {})
        for name, found in level.items():
            add(unit, "all", name, found, level.get("examples", ""))
        for name, found in record["test"]["baselines"].get(unit, {}).items():
            if isinstance(found, Mapping):
                add(unit, name, "auroc", found.get("auroc"), level.get("examples", ""))
    of_units = {record["unit"]: record["operating_points"], **record.get("operating_points_of_coarser_units", {})}
    for unit, points in of_units.items():
        for point, values in points.items():
            for name, found in values.items():
                add(unit, point, name, found, record["test"][unit].get("examples", ""))
    three = record.get("three_classes") or {}
    for name, found in three.get("auroc_one_vs_rest", {}).items():
        add(three["unit"], f"{name} against the rest", "auroc", found, three["examples"])
    for name in ("auroc_macro", "accuracy"):
        add(record["unit"], "three classes", name, three.get(name), three.get("examples", ""))
    for kind, groups in record["test"]["subgroups"].items():
        for value, found in groups.items():
            add(record["unit"], f"{kind}: {value}", "auroc", found["auroc"], found["examples"])
    return lines


def _said(level: Level) -> list[Sequence[object]]:
    return [
        (
            level.unit,
            example.patient_id,
            "".join(sorted({row.laterality for row in example.rows})),
            " ".join(row.view for row in example.rows),
            " ".join(row.file.name for row in example.rows),
            example.label,
            f"{rank:.6f}",
            f"{probability:.6f}",
        )
        for example, rank, probability in zip(level.examples, level.ranks, level.probabilities, strict=True)
    ]


def _write_csv(path: Path, heads: Sequence[str], rows: Sequence[Sequence[object]]) -> None:
    with replacing_text(path) as stream:
        writer = csv.writer(stream)
        writer.writerow(heads)
        writer.writerows(rows)
