"""Owns the ablation table as text, as CSV and as a page. Never judges anything."""

from __future__ import annotations

import csv
from collections.abc import Mapping
from html import escape
from pathlib import Path
from typing import Any

from training.checkpoint import replacing_text
from training.fitting.progress import duration
from training.fitting.records import write_json
from training.report.intervals import Interval, forest
from training.report.page import page, paragraph, section, span, table
from training.report.tables import machine_line, text_columns

_HEADS = (
    "row",
    "AUROC",
    "within folds",
    "less the base",
    "p",
    "less the best above it",
    "p",
    "helps",
    "less age alone",
    "lower limit above age alone",
    "CPU time",
    "peak memory",
)
_FIRST, _SECOND = (0, 1, 5, 6, 7, 8, 9), (0, 2, 3, 4, 10, 11)
"""The columns of the page's two tables: what a lever gives, and what else was measured."""

_MADE = ("row", "what it is", "settings of its own", "inputs", "epoch kept, of those run, fold by fold", "started from")
_HOW = (
    "Each row is fitted on every fold by women of the other folds, some of whom choose the epoch and fit the fold's "
    "calibration; the fold's own women are judged once. All rows have the same folds.",
    "Networks of different folds put out logits on scales of their own, so that ranks of different folds cannot be "
    "compared as they are. Each fold's logits go through Platt's calibration, fitted on its validation women, and the "
    "calibrated logits are pooled. Within folds: only pairs of one fold are counted, which needs no common scale; "
    "where it differs much from the AUROC beside it, the pooling is at fault.",
    "Helps: yes where the interval of the difference to the best row above it lies above 0, no where it lies under 0, "
    "else it is not told. Above age alone: the lower limit of the AUROC lies above the AUROC of age alone on the same "
    "women.",
    "Intervals are of other women for the same fitted networks; they hold nothing of what another seed would give. Of "
    "many rows the best one is best partly by chance: its own figure is too good, and test women decide.",
)
_COLUMNS = (
    "unit", "row", "kind", "examples", "auroc", "low", "high", "within_folds", "difference_to_base", "base_low",
    "base_high", "base_p", "best_above", "difference_to_best", "best_low", "best_high", "best_p", "difference_to_age",
    "age_low", "age_high", "age_p", "above_age", "cpu_seconds", "peak_bytes", "why_not_run",
)  # fmt: skip


def write_ablation(record: Mapping[str, Any], out: Path) -> list[str]:
    """Write ablation.json, ablation.csv, ablation.txt and ablation.html into `out`; the text, line by line."""
    out.mkdir(parents=True, exist_ok=True)
    lines = ablation_lines(record)
    write_json(out / "ablation.json", record)
    with replacing_text(out / "ablation.txt") as stream:
        stream.write("\n".join(lines) + "\n")
    with replacing_text(out / "ablation.html") as stream:
        stream.write(ablation_page(record))
    with replacing_text(out / "ablation.csv") as stream:
        writer = csv.DictWriter(stream, _COLUMNS, restval="")
        writer.writeheader()
        writer.writerows(_csv_lines(record))
    return lines


def ablation_lines(record: Mapping[str, Any]) -> list[str]:
    """The table as text."""
    lines = [_what(record)]
    for unit, found in record["units"].items():
        if "void" in found:
            lines += ["", f"per {unit}: {found['void']}"]
            continue
        lines += ["", f"per {unit}: {_counted(found)}. {verdict(found)}"]
        lines += text_columns([_HEADS, *(_row(record, line) for line in found["rows"])])
    if record["not_run"]:
        lines += ["", "not in the table:", *(f"{name}: {why}" for name, why in record["not_run"].items())]
    return [*lines, "", *_warnings(record), *_notes(record)]


def verdict(found: Mapping[str, Any]) -> str:
    """Which rows of a unit are above age alone, and which helped."""
    age = found["rows"][0]["auroc"]
    above = [line["name"] for line in found["rows"] if line["above_age"]]
    told = f"age alone, {age['value']:.3f}" if age else "age alone, which is not to be had"
    first = f"With its lower limit above {told}: {', '.join(above)}." if above else f"No lower limit is above {told}."
    better = [line["name"] for line in found["rows"] if helps(line) == "yes"]
    return f"{first} " + (f"Better than all above it: {', '.join(better)}." if better else "No row is shown to help.")


def helps(line: Mapping[str, Any]) -> str:
    """ "yes", "no", "not told" by the interval of the difference to the best row above; empty where there is none."""
    less = line.get("less_best")
    if less is None:
        return ""
    return "yes" if less["low"] > 0 else "no" if less["high"] < 0 else "not told"


def ablation_page(record: Mapping[str, Any]) -> str:
    """The table as one HTML page."""
    body = [
        "<h1>What each lever gives</h1>",
        paragraph("Research and teaching software. Not for diagnosis.", "dim"),
        *([paragraph(record["remark"])] if record["remark"] else []),
        paragraph(_what(record)),
        *(paragraph(line, "note bad") for line in _warnings(record)),
    ]
    for unit, found in record["units"].items():
        body.append(section(f"Per {unit}", _of_unit(record, unit, found)))
    body.append(section("Not in the table", [table(("row", "why"), list(record["not_run"].items()))]))
    made = [_made(name, told) for name, told in record["systems"].items()]
    versions = ", ".join(f"{name} {value}" for name, value in record["versions"].items())
    how = [
        f"<p><code>{escape(_command(record))}</code></p>",
        paragraph(f"{machine_line(record)}; {versions}."),
        *(paragraph(note) for note in _notes(record)),
        f'<div class="prose">{table(_MADE, made)}</div>',
        table(("women", "hash"), list(record["split"]["hashes"].items())),
    ]
    return page("Ablation", [_WRAPPED, *body, section("How this was made", how)])


_WRAPPED = "<style>.prose td:not(:first-child){white-space:normal}.prose td{max-width:17rem}</style>"


def _of_unit(record: Mapping[str, Any], unit: str, found: Mapping[str, Any]) -> list[str]:
    if "void" in found:
        return [paragraph(found["void"], "note")]
    drawn = [
        Interval(name=line["name"], colour=1 if line["picture"] else 3, **line["auroc"])
        for line in found["rows"]
        if line["auroc"]
    ]
    age = found["rows"][0]["auroc"]
    marks = [("chance", 0.5, 2), *([("age alone", age["value"], 4)] if age else [])]
    title = f"AUROC per {unit}, with its 95 % interval; green: without a picture"
    names = [line["name"] for line in found["rows"]]
    own = names.index(record["base"]) if record["base"] in names else None
    rows = [_row(record, line) for line in found["rows"]]
    caption = f"{_counted(found)}; 95 % intervals in brackets"
    first, second = (
        ([_HEADS[place] for place in chosen], [[row[place] for place in chosen] for row in rows])
        for chosen in (_FIRST, _SECOND)
    )
    return [
        paragraph(verdict(found)),
        forest(drawn, title=title, x_label="AUROC", marks=marks),
        table(*first, caption=caption, own=own, numbers=(3,)),
        table(*second, caption="within folds, against the base, and costs", own=own, numbers=(3, 4, 5)),
    ]


def _what(record: Mapping[str, Any]) -> str:
    told = record["counts"]
    kept = record["kept_for_the_test"]
    return (
        f"{record['folds']} folds of {told['images']} images of {told['women']} women ({told['women_positive']} with "
        f"cancer), split by woman. "
        + (f"{kept} women who are kept for the test are in no fold. " if kept else "")
        + f"95 % intervals by {record['bootstrap_samples']} bootstraps over women, differences paired."
    )


def _warnings(record: Mapping[str, Any]) -> list[str]:
    """What a reader must know before the figures."""
    found = [f"{name}, {line}." for name, told in record["systems"].items() for line in told["warnings"]]
    if not record["without_test"]:
        found.append(
            "All women are in the folds: those whom the standard split keeps for the test have taken part in the "
            "choice of levers, and cannot judge what was chosen."
        )
    return found


def _notes(record: Mapping[str, Any]) -> list[str]:
    return [
        *_HOW,
        *(f"{name[0].upper()}{name[1:]}: {words}." for name, words in record["features"].items()),
        "CPU time is that of all threads and folds, peak memory the most of any fold's own process. A row made of "
        "others costs what these cost together.",
    ]


def _row(record: Mapping[str, Any], line: Mapping[str, Any]) -> tuple[str, ...]:
    told = record["systems"].get(line["name"], {}) if line["picture"] else {}
    costs = told.get("costs") or {}
    best = f" ({line['best']})" if line.get("less_best") else ""
    return (
        line["name"],
        span(line["auroc"]),
        span(line["within_folds"]),
        _difference(line["less_base"]),
        _p(line["less_base"]),
        _difference(line["less_best"]) + best,
        _p(line["less_best"]),
        helps(line),
        _difference(line["less_age"]),
        "" if line["above_age"] is None else "yes" if line["above_age"] else "no",
        duration(costs["cpu_seconds"]) if costs else "",
        "" if not told else "not measured" if not costs.get("peak_bytes") else f"{costs['peak_bytes'] / 1e9:.2f} GB",
    )


def _difference(found: Mapping[str, float] | None) -> str:
    return "" if found is None else f"{found['value']:+.3f} ({found['low']:+.3f} to {found['high']:+.3f})"


def _p(found: Mapping[str, float] | None) -> str:
    return f"{found['p']:.3g}" if found else ""


def _kind(told: Mapping[str, Any]) -> str:
    if told["kind"] == "fitted":
        return str(told["system"])
    what = f"with inputs mirrored along {' and '.join(told['flips'])}" if told["flips"] else told["kind"]
    return f"{', '.join(told['made_of'])} {what}"


def _made(name: str, told: Mapping[str, Any]) -> tuple[str, ...]:
    size = f"{told['rows']} x {told['columns']}"
    return name, _kind(told), " ".join(told["settings"]), size, _epochs(told), told["origin"]


def _epochs(told: Mapping[str, Any]) -> str:
    return ", ".join(f"{one['chosen']} of {one['run']}" for one in told["epochs"])


def _counted(found: Mapping[str, Any]) -> str:
    return f"{found['examples']} examples of {found['women']} women, {found['positives']} positive"


def _command(record: Mapping[str, Any]) -> str:
    words = ["python -m training ablate CACHE --config", record["name"], *(f"--set {one}" for one in record["given"])]
    words += [f"--folds {record['folds']}", "--out DIR", *([] if record["without_test"] else ["--no-without-test"])]
    return " ".join(words)


def _csv_lines(record: Mapping[str, Any]) -> list[dict[str, object]]:
    """One line for each row at each unit; times in seconds, memory in bytes, empty where nothing is told."""
    found = []
    for unit, told in record["units"].items():
        for line in told.get("rows", ()):
            facts = record["systems"].get(line["name"], {}) if line["picture"] else {}
            costs = facts.get("costs") or {}
            values = {
                "unit": unit,
                "row": line["name"],
                "kind": facts.get("kind", "without a picture"),
                "examples": line["examples"],
                **{key: (line["auroc"] or {}).get(name) for key, name in _ENDS.items()},
                "within_folds": (line["within_folds"] or {}).get("value"),
                **_csv_difference(line["less_base"], "base"),
                "best_above": line["best"],
                **_csv_difference(line["less_best"], "best"),
                **_csv_difference(line["less_age"], "age"),
                "above_age": None if line["above_age"] is None else str(line["above_age"]).lower(),
                "cpu_seconds": costs.get("cpu_seconds"),
                "peak_bytes": costs.get("peak_bytes"),
            }
            found.append({key: value for key, value in values.items() if value is not None})
    return [*found, *({"row": name, "why_not_run": why} for name, why in record["not_run"].items())]


_ENDS = {"auroc": "value", "low": "low", "high": "high"}


def _csv_difference(found: Mapping[str, float] | None, to: str) -> dict[str, float]:
    if found is None:
        return {}
    return {f"difference_to_{to}": found["value"], **{f"{to}_{key}": found[key] for key in ("low", "high", "p")}}
