"""Owns the ladder as text and as a page. Never judges anything."""

from __future__ import annotations

from collections.abc import Mapping
from html import escape
from pathlib import Path
from typing import Any

from training.checkpoint import replacing_text
from training.fitting.progress import duration
from training.fitting.records import write_json
from training.published import NOTE, published
from training.report.intervals import Interval, forest
from training.report.ladder_csv import write_csv
from training.report.page import page, paragraph, section, table
from training.report.tables import machine_line, text_columns, times

_HEADS = (
    "rung",
    "AUROC",
    "less the dense baseline",
    "p",
    "above its upper limit",
    "parameters",
    "inputs",
    "epochs",
    "CPU time",
    "time",
    "peak memory",
)
_NUMBERS = (3, 5, 8, 9, 10)
_NOT_RUN = ("system", "why", "parameters", "batch", "one step", "CPU time of a step", "peak memory")
_INPUTS = {"whole": "Whole images", "roi": "Crops of lesions"}
_NOUNS = {"whole": "images", "roi": "crops"}


def write_ladder(record: Mapping[str, Any], out: Path) -> list[str]:
    """Write ladder.json, ladder.csv, ladder.txt and ladder.html into `out`; the text, line by line."""
    out.mkdir(parents=True, exist_ok=True)
    lines = ladder_lines(record)
    write_json(out / "ladder.json", record)
    with replacing_text(out / "ladder.txt") as stream:
        stream.write("\n".join(lines) + "\n")
    with replacing_text(out / "ladder.html") as stream:
        stream.write(ladder_page(record))
    write_csv(record, out / "ladder.csv")
    return lines


def ladder_lines(record: Mapping[str, Any]) -> list[str]:
    """The ladder as text."""
    lines: list[str] = []
    for part in record["sections"]:
        lines += [*([""] if lines else []), f"{_INPUTS[part['crops']]}. {_what(record, part)}"]
        for unit, found in part["units"].items():
            if "void" in found:
                lines += ["", f"per {_unit(part, unit)}: {found['void']}"]
                continue
            lines += ["", f"per {_unit(part, unit)}: {_counted(found)}. {_beaten(part, found)}"]
            lines += text_columns([_HEADS, *(_row(record, part, rung) for rung in found["rungs"])])
    if record["not_run"]:
        lines += ["", "not run:", *text_columns([_NOT_RUN, *_not_run(record)])]
    return [*lines, "", *_notes(record)]


def ladder_page(record: Mapping[str, Any]) -> str:
    """The ladder as one HTML page."""
    body = [
        "<h1>What each step gives</h1>",
        paragraph("Research and teaching software. Not for diagnosis.", "dim"),
        *([paragraph(record["remark"])] if record["remark"] else []),
        *(paragraph(note, "note") for note in _warnings(record)),
    ]
    for part in record["sections"]:
        parts = [paragraph(_what(record, part))]
        for unit, found in part["units"].items():
            parts.append(f"<h3>Per {escape(_unit(part, unit))}</h3>")
            parts += [paragraph(found["void"], "note")] if "void" in found else _of_unit(record, part, unit, found)
        body.append(section(_INPUTS[part["crops"]], parts))
    not_run = table(_NOT_RUN, _not_run(record), numbers=(2, 4, 5, 6))
    body.append(section("Not run", [f'<div class="prose">{not_run}</div>']))
    others = [(one.data, one.judged, one.result, one.source, one.credible, one.why) for one in published()]
    heads = ("data", "what was judged", "result", "source", "credible", "why")
    body.append(section("What others printed", [paragraph(NOTE), f'<div class="prose">{table(heads, others)}</div>']))
    return page("The ladder", [_WRAPPED, *body, section("How this was made", _made(record))])


_WRAPPED = "<style>.prose td:not(:first-child){white-space:normal}.prose td{max-width:17rem}</style>"


def _of_unit(record: Mapping[str, Any], part: Mapping[str, Any], unit: str, found: Mapping[str, Any]) -> list[str]:
    names = [rung["name"] for rung in found["rungs"]]
    own = names.index(part["reference"]) if part["reference"] in names else None
    told = [_row(record, part, rung) for rung in found["rungs"]]
    drawn = [
        Interval(
            name=rung["name"],
            value=rung["auroc"]["value"],
            low=rung["auroc"]["low"],
            high=rung["auroc"]["high"],
            colour=1 if rung["system"] else 3,
        )
        for rung in found["rungs"]
        if rung["auroc"] and "low" in rung["auroc"]
    ]
    marks = [("chance", 0.5, 2)]
    limit = _limit(part, found)
    if limit is not None:
        marks.append((f"upper limit of {part['reference']}", limit, 4))
    title = f"AUROC per {_unit(part, unit)}, with its 95 % interval; green: without a picture"
    caption = f"{_counted(found)}; 95 % intervals in brackets"
    return [
        paragraph(_beaten(part, found)),
        forest(drawn, title=title, x_label="AUROC", marks=marks),
        table(_HEADS, told, caption=caption, own=own, numbers=_NUMBERS),
    ]


def _made(record: Mapping[str, Any]) -> list[str]:
    systems = [
        (name, told["system"], told["description"], " ".join(told["settings"]))
        for name, told in record["systems"].items()
    ]
    hashes = [
        (_INPUTS[part["crops"]], name, value)
        for part in record["sections"]
        for name, value in part["split"]["hashes"].items()
    ]
    versions = ", ".join(f"{name} {value}" for name, value in record["versions"].items())
    return [
        *(f"<p><code>{escape(command)}</code></p>" for command in [*record["before"], _command(record)]),
        paragraph(f"{machine_line(record)}; {versions}."),
        *(paragraph(note) for note in _notes(record)),
        f'<div class="prose">{table(("rung", "system", "what it is", "settings of its own"), systems)}</div>',
        table(("inputs", "part", "hash of the women"), hashes),
    ]


def _command(record: Mapping[str, Any]) -> str:
    kinds = [part["crops"] for part in record["sections"]]
    words = ["python -m training ladder"]
    words += [{"whole": "CACHE", "roi": "--roi CROPS"}[crops] for crops in kinds]
    words += [f"--config {record['name']}" if record["name"] else f"--systems {','.join(record['systems'])}"]
    words += [f"--set {change}" for change in record["given"]]
    return " ".join([*words, "--out DIR", *(["--test"] if record["part"] == "test" else [])])


def _unit(part: Mapping[str, Any], unit: str) -> str:
    return "crop of a lesion" if (part["crops"], unit) == ("roi", "image") else unit


def _counted(found: Mapping[str, Any]) -> str:
    return f"{found['examples']} examples of {found['women']} women, {found['positives']} positive"


def _limit(part: Mapping[str, Any], found: Mapping[str, Any]) -> float | None:
    """The upper end of the reference's interval."""
    for rung in found["rungs"]:
        if rung["name"] == part["reference"] and rung["auroc"]:
            return float(rung["auroc"]["high"])
    return None


def _beaten(part: Mapping[str, Any], found: Mapping[str, Any]) -> str:
    """Which rungs are above the upper limit of the reference, and what metadata alone have."""
    known = [rung["auroc"]["value"] for rung in found["rungs"] if rung["name"] == "metadata" and rung["auroc"]]
    rule = f" Metadata alone have {known[0]:.3f}." if known else ""
    limit = _limit(part, found)
    if limit is None:
        return f"No dense baseline was run to be beaten.{rule}"
    above = [rung["name"] for rung in found["rungs"] if rung["system"] and rung["above_reference"]]
    told = f"the dense baseline's upper limit of {limit:.3f}"
    return (f"Above {told}: {', '.join(above)}." if above else f"No system is above {told}.") + rule


def _what(record: Mapping[str, Any], part: Mapping[str, Any]) -> str:
    told, fitted = part["counts"][record["part"]], part["counts"]["train"]
    return (
        f"Judged on {told['images']} {_NOUNS[part['crops']]} of {told['women']} {record['part']} women "
        f"({told['women_positive']} with cancer), fitted on {fitted['images']} of {fitted['women']} women; 95 % "
        f"intervals by {record['bootstrap_samples']} bootstraps over women, differences paired."
    )


def _warnings(record: Mapping[str, Any]) -> list[str]:
    """What a reader must know before the figures."""
    if record["part"] == "validation":
        return [
            "Each system's epoch was chosen on these very women, so that its figures are too good; --test judges the "
            "test women, once."
        ]
    most = max([len(record["test_reads"]), *record["test_reads"].values()])  # women of crops are those of whole images
    return [
        f"These test women were read {times(most)} by the runs of this folder, each counted. With several systems on "
        "one set of women the best one is partly so by chance."
    ]


def _notes(record: Mapping[str, Any]) -> list[str]:
    found = [
        *_warnings(record),
        "Majority always says the more frequent class. The leak meter remembers women and pictures of training; 0.5 "
        "means that there is nothing to remember.",
        *(f"{name[0].upper()}{name[1:]}: {words}." for name, words in record["features"].items()),
        "Epochs: the one that was kept, of those that were run, of those that were given. Time is wall-clock time of "
        "all epochs, CPU time that of all threads.",
    ]
    started = [told["costs"]["before_bytes"] for told in record["systems"].values() if told["costs"]]
    if started and None not in started:
        found.append(
            "Peak memory is the most that a rung's own process ever held, the inputs that it mapped among it; Python "
            f"with Keras and its backend alone is {_bytes(min(started))} of it."
        )
    return found


def _row(record: Mapping[str, Any], part: Mapping[str, Any], rung: Mapping[str, Any]) -> tuple[str, ...]:
    less, above = rung["less_reference"], rung["above_reference"]
    told = record["systems"].get(rung["name"], {}) if rung["system"] else {}
    costs = told.get("costs") or {}
    silent = part["reference"] in (None, rung["name"]) or (less is None and not rung["system"])
    return (
        rung["name"],
        _span(rung["auroc"]),
        "" if silent else _span(less, "+.3f"),
        f"{less['p']:.3g}" if less else "",
        "" if above is None else "yes" if above else "no",
        f"{told['parameters']:,}" if told else "",
        f"{told['rows']} x {told['columns']}" if told else "",
        _epochs(told) if told else "",
        duration(costs["cpu_seconds"]) if costs else "",
        duration(told["seconds"]) if told else "",
        _bytes(costs.get("peak_bytes")) if told else "",
    )


def _epochs(told: Mapping[str, Any]) -> str:
    before = f", after {told['patch_epochs']} on patches" if told["patch_epochs"] else ""
    return f"{told['epoch_chosen']} of {told['epochs']} of {told['epochs_given']}{before}"


def _not_run(record: Mapping[str, Any]) -> list[tuple[str, ...]]:
    return [(name, told["why"], *_step(told["step"])) for name, told in record["not_run"].items()]


def _step(step: Mapping[str, Any] | None) -> tuple[str, ...]:
    if step is None:
        return ("",) * 5
    return (
        f"{step['parameters']:,}",
        f"{step['batch']} of {step['rows']} x {step['columns']}",
        f"{step['seconds_a_step']:.1f} s",
        f"{step['cpu_seconds_a_step']:.1f} s",
        _bytes(step["peak_bytes"]),
    )


def _bytes(count: float | None) -> str:
    return "not measured" if count is None else f"{count / 1e9:.2f} GB"


def _span(figure: Mapping[str, float] | None, form: str = ".3f") -> str:
    if figure is None:
        return "not to be had"
    if "low" not in figure:
        return f"{figure['value']:{form}}"
    return f"{figure['value']:{form}} ({figure['low']:{form}} to {figure['high']:{form}})"
