"""Owns the ladder as text, as CSV and as a page. Never judges anything."""

from __future__ import annotations

import csv
from collections.abc import Mapping, Sequence
from html import escape
from pathlib import Path
from typing import Any

from training.fitting.progress import duration
from training.fitting.records import write_json
from training.report.page import page, paragraph, section, table

_HEADS = (
    "rung",
    "AUROC",
    "less the dense baseline",
    "p",
    "above its upper limit",
    "parameters",
    "inputs",
    "epochs",
    "time",
)


def write_ladder(record: Mapping[str, Any], out: Path) -> list[str]:
    """Write ladder.json, ladder.csv, ladder.txt and ladder.html into `out`; the text, line by line."""
    out.mkdir(parents=True, exist_ok=True)
    lines = ladder_lines(record)
    write_json(out / "ladder.json", record)
    (out / "ladder.txt").write_text("\n".join(lines) + "\n", encoding="utf-8")
    (out / "ladder.html").write_text(ladder_page(record), encoding="utf-8")
    with (out / "ladder.csv").open("w", newline="", encoding="utf-8") as stream:
        writer = csv.writer(stream)
        writer.writerow(("part", "unit", "rung", "ran", *_COLUMNS))
        writer.writerows(_flat(record))
    return lines


def ladder_lines(record: Mapping[str, Any]) -> list[str]:
    """The ladder as text."""
    lines = [_what(record)]
    for unit, found in record["units"].items():
        if "void" in found:
            lines += ["", f"per {unit}: {found['void']}"]
            continue
        rows = [_HEADS, *(_row(record, rung) for rung in found["rungs"])]
        widths = [max(len(row[place]) for row in rows) for place in range(len(_HEADS))]
        lines += ["", f"per {unit}: {found['examples']} examples, {found['positives']} positive"]
        lines += [
            "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows
        ]
    if record["not_run"]:
        lines += ["", "not run:"]
        lines += [f"  {name}: {why}" for name, why in record["not_run"].items()]
    return [*lines, "", *_notes(record)]


def ladder_page(record: Mapping[str, Any]) -> str:
    """The ladder as one HTML page."""
    body = [
        "<h1>What each step gives</h1>",
        paragraph("Research and teaching software. Not for diagnosis.", "dim"),
        paragraph(_what(record)),
    ]
    for unit, found in record["units"].items():
        if "void" in found:
            body.append(section(f"Per {unit}", [paragraph(found["void"], "note")]))
            continue
        names = [rung["name"] for rung in found["rungs"]]
        own = names.index(record["reference"]) if record["reference"] in names else None
        told = [_row(record, rung) for rung in found["rungs"]]
        caption = f"{found['examples']} examples, {found['positives']} positive; 95 % intervals in brackets"
        body.append(section(f"Per {unit}", [table(_HEADS, told, caption=caption, own=own, numbers=(3, 5, 7, 8))]))
    missing = [(name, why) for name, why in record["not_run"].items()]
    body.append(section("Not run", [table(("system", "why"), missing)] if missing else []))
    systems = [(name, told["description"]) for name, told in record["systems"].items()]
    changes = " ".join(f"--set {change}" for change in record["changes"])
    made = [
        table(("system", "what it is"), systems),
        *(paragraph(note) for note in _notes(record)),
        *([f"<p>Settings of all: <code>{escape(changes)}</code></p>"] if changes else []),
        table(("part", "hash of the women"), list(record["split"]["hashes"].items())),
    ]
    return page("The ladder", [*body, section("How this was made", made)])


def _what(record: Mapping[str, Any]) -> str:
    part, told = record["part"], record["counts"][record["part"]]
    fitted = record["counts"]["train"]
    return (
        f"Judged on {told['images']} images of {told['women']} {part} women ({told['women_positive']} with cancer), "
        f"fitted on {fitted['images']} images of {fitted['women']}; 95 % intervals by {record['bootstrap_samples']} "
        "bootstraps over women, differences paired."
    )


def _notes(record: Mapping[str, Any]) -> list[str]:
    found = []
    if record["part"] == "validation":
        found.append(
            "Each system's epoch was chosen on these very women, so that its figures are too good; --test judges the "
            "test women, once."
        )
    else:
        most = max(record["test_reads"].values(), default=0)
        found.append(f"These test women were read {most} time(s) by the runs of this folder.")
    found.append(
        "Majority always says the more frequent class. The leak meter remembers women and pictures of training; 0.5 "
        "means that there is nothing to remember."
    )
    found += [f"{name[0].upper()}{name[1:]}: {words}." for name, words in record["features"].items()]
    return found


def _row(record: Mapping[str, Any], rung: Mapping[str, Any]) -> tuple[str, ...]:
    less, above = rung["less_reference"], rung["above_reference"]
    told = record["systems"].get(rung["name"], {}) if rung["system"] else {}
    reference = rung["name"] == record["reference"]
    no_reference = record["reference"] not in record["systems"]
    return (
        rung["name"],
        _span(rung["auroc"]),
        "" if reference or no_reference or (less is None and not rung["system"]) else _span(less, "+.3f"),
        f"{less['p']:.3g}" if less else "",
        "" if above is None else "yes" if above else "no",
        f"{told['parameters']:,}" if told else "",
        f"{told['rows']} x {told['columns']}" if told else "",
        f"{told['epoch_chosen']} of {told['epochs']}" if told else "",
        duration(told["seconds"]) if told else "",
    )


def _span(figure: Mapping[str, float] | None, form: str = ".3f") -> str:
    if figure is None:
        return "not to be had"
    if "low" not in figure:
        return f"{figure['value']:{form}}"
    return f"{figure['value']:{form}} ({figure['low']:{form}} to {figure['high']:{form}})"


_COLUMNS = (
    "auroc",
    "low",
    "high",
    "difference",
    "difference_low",
    "difference_high",
    "p",
    "above_upper_limit",
    "parameters",
    "rows",
    "columns",
    "epochs",
    "epoch_chosen",
    "seconds",
    "why_not_run",
)


def _flat(record: Mapping[str, Any]) -> list[Sequence[object]]:
    """One line for each rung at each unit, and for each system that was not run."""
    lines: list[Sequence[object]] = []
    for unit, found in record["units"].items():
        for rung in found.get("rungs", ()):
            auroc, less = rung["auroc"] or {}, rung["less_reference"] or {}
            told = record["systems"].get(rung["name"], {}) if rung["system"] else {}
            figures = [*(auroc.get(key, "") for key in ("value", "low", "high"))]
            figures += [*(less.get(key, "") for key in ("value", "low", "high", "p"))]
            above = "" if rung["above_reference"] is None else str(rung["above_reference"]).lower()
            names = ("parameters", "rows", "columns", "epochs", "epoch_chosen", "seconds")
            ran = [*(told.get(key, "") for key in names)]
            lines.append((record["part"], unit, rung["name"], "true", *figures, above, *ran, ""))
    blank = [""] * (len(_COLUMNS) - 1)
    lines += [(record["part"], "", name, "false", *blank, why) for name, why in record["not_run"].items()]
    return lines
