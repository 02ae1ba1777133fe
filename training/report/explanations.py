"""Owns how measured explanations are shown: a section of an evaluation's report, and a page of their own.

Reads explanations.json and the gallery beside it; never measures.
"""

from __future__ import annotations

import base64
from collections.abc import Mapping
from html import escape
from pathlib import Path
from typing import Any

from mammoview.core.errors import InputRefusedError
from training.checkpoint import replacing_text
from training.evaluation.runs import read_json
from training.explanations.maps import MASK
from training.explanations.summary import shown_of
from training.report.page import page, paragraph, section, span, table
from training.report.svg import Line, chart

RECORD = "explanations.json"
_PARTS = {"validation": "validation women", "test": "test women", "data": "the women of the data given"}

_SORTS = ("map", "head", "baseline")

_MOST_FALSE_POSITIVES = 4.0
"""Of an image, on the free-response curve; what lies beyond is of no use to a reader."""


def explanation_lines(folder: Path, weights_sha256: str | None = None) -> list[str]:
    """The body of the section for all records in `folder`/explanations-PART; empty where there is none. Those of other
    weights than `weights_sha256` (None: not known) are left out, which is said."""
    lines: list[str] = []
    for path in sorted(folder.glob(f"explanations-*/{RECORD}")):
        record = _read(path)
        if weights_sha256 not in (None, record["weights_sha256"]):
            part = _PARTS.get(record["part"], record["part"])
            lines.append(paragraph(f"What was measured on {part} is of other weights: run 'explain' again.", "note"))
            continue
        lines += [f"<h3>On {escape(_PARTS.get(record['part'], record['part']))}</h3>", *_body(record, path.parent)]
    return lines


def write_page(folder: Path) -> Path:
    """Write `folder`/explanations.html from the record there, and return it."""
    record = _read(folder / RECORD)
    body = [
        f"<h1>{escape(record['name'])}: explanations</h1>",
        paragraph("Research and teaching software. Not for diagnosis.", "dim"),
        section(f"On {_PARTS.get(record['part'], record['part'])}", _body(record, folder)),
        section(
            "How this was made",
            [
                f"<p><code>{escape(record['command'])}</code></p>",
                paragraph(
                    f"Intervals: percentiles of {record['bootstrap_samples']} bootstraps over women. Chance by seed "
                    f"{record['seed']}. Made with "
                    + ", ".join(f"{name} {number}" for name, number in record["versions"].items())
                    + "."
                ),
            ],
        ),
    ]
    with replacing_text(folder / "explanations.html") as stream:
        stream.write(page(f"{record['name']}: explanations", body))
    return folder / "explanations.html"


def _read(path: Path) -> dict[str, Any]:
    """The record with its maps in the order in which they are shown: the network's, the mask head, the baselines."""
    record: dict[str, Any] = read_json(path, "run 'explain' again")
    if not isinstance(record, dict) or not str(record.get("schema", "")).startswith("mammoview.explanations/"):
        raise InputRefusedError(f"{path}: is no record of 'explain'", "run 'explain' again")
    order = sorted(record["methods"], key=lambda name: (_SORTS.index(record["methods"][name]["sort"]), name))
    return {**record, "methods": {name: record["methods"][name] for name in order}}


def _body(record: Mapping[str, Any], folder: Path) -> list[str]:
    return [
        *_head(record),
        *_agreement(record),
        *_groups(record),
        *_marks(record),
        *_faithfulness(record),
        *_sanity(record),
        *_gallery(record, folder),
    ]


def _head(record: Mapping[str, Any]) -> list[str]:
    counts, reach = record["counts"], record["tolerance"]
    lines = []
    leak = record["leak"]
    if leak["state"] == "overlap":
        lines.append(paragraph(f"LEAK: {leak['text']}. These figures say nothing of other women.", "note bad"))
    elif leak["state"] != "none":
        lines.append(paragraph(f"Leak not ruled out: {leak['text']}.", "note"))
    left = ", ".join(f"{count} images ({why})" for why, count in counts["left_out"].items())
    lines.append(
        paragraph(
            f"Maps of logit({record['suspicious']}) - logit(others), on {counts['images']} images with a drawn "
            f"suspicious lesion of {counts['women']} women ({', '.join(record['sources'])}). A map points at the "
            f"lesion where its strongest place lies in it or at most {reach['mm']:g} mm away "
            f"({reach['images_by_spacing']} images, by their spacing), or else "
            f"{reach['otherwise_part_of_breast_height']:g} of the breast's height. Not counted: {left or 'none'}."
        )
    )
    lines.append(paragraph(verdict(record)))
    return lines


_WORDS = {MASK: "The lesion map"}
"""Maps by other names than the table's, where a sentence begins with them."""


def verdict(record: Mapping[str, Any]) -> str:
    """What the pointing game means, said plainly, by the application's own map."""
    shown = shown_of(record)
    own, name = record["methods"][shown], _WORDS.get(shown, shown)
    ahead, best = own.get("ahead"), record["best_baseline"]
    if not isinstance(ahead, Mapping) or "low" not in ahead or not isinstance(own["pointing"], Mapping):
        return "Too few images to say whether the maps point at lesions."
    if ahead["as_asked_for"]:
        return f"{name} points at lesions as asked for: at least 0.80, and 0.30 above the best baseline ({best})."
    if ahead["low"] > 0:
        return f"{name} points at lesions more often than the best baseline ({best}), but not as often as asked for."
    if ahead["high"] < 0:
        return f"{name} points at lesions LESS often than the best baseline ({best}): it must not be taken for a guide."
    return f"{name} cannot be told from the best baseline ({best}): it must not be taken for a guide to lesions."


def _agreement(record: Mapping[str, Any]) -> list[str]:
    methods = record["methods"]
    rows = [
        (
            name,
            told["sort"],
            span(told["pointing"]),
            _ahead(told.get("ahead")),
            span(told["energy"]),
            span(told["iou"]),
            told["empty_maps"],
        )
        for name, told in methods.items()
    ]
    heads = ("map", "", "pointing game", "less the best baseline", "energy in lesion", "IoU at Otsu", "empty maps")
    return [
        table(heads, rows, own=0, numbers=(6,), caption=f"Per {record['unit']}, 95 % intervals over women."),
    ]


def _ahead(told: Mapping[str, float] | str | None) -> str:
    if not isinstance(told, Mapping):
        return told or ""
    return f"{told['value']:+.3f} ({told['low']:+.3f} to {told['high']:+.3f})" if "value" in told else "not to be had"


def _groups(record: Mapping[str, Any]) -> list[str]:
    methods = record["methods"]
    names = [name for name, told in methods.items() if told["sort"] != "baseline" or name == record["best_baseline"]]
    first = methods[names[0]]["groups"]
    rows = [
        (group, value, told["images"], *(span(methods[name]["groups"][group][value]["pointing"]) for name in names))
        for group, values in first.items()
        for value, told in values.items()
    ]
    few = f"'too few': under {record['too_few']} images; nothing is known of these."
    return [table(("group", "value", "images", *names), rows, numbers=(2,), caption=f"Pointing game by group. {few}")]


def _marks(record: Mapping[str, Any]) -> list[str]:
    found = record["froc"]
    if not found:
        return []
    rows = [(rate, span(told)) for rate, told in found["sensitivity"].items()]
    alarms, hits = drawn_part(found["curve"])
    line = Line(name="mask head", x=alarms, y=hits)
    return [
        '<div class="row">',
        table(
            ("false positives an image", "sensitivity per lesion"),
            rows,
            caption=f"Mask head: {found['lesions']} lesions on {found['images']} images of {found['women']} women, "
            f"{record['counts']['images_without_lesion']} of them without lesion.",
        ),
        chart(
            [line],
            title="Free-response curve of the mask head",
            x_label="false positives an image",
            y_label="sensitivity per lesion",
            x_range=(0.0, _MOST_FALSE_POSITIVES),
        ),
        "</div>",
    ]


def drawn_part(curve: Mapping[str, list[float]]) -> tuple[list[float], list[float]]:
    """(false positives an image, sensitivities) of a free-response curve, as far as it is drawn: what lies beyond would
    be held at the edge and look like a leap."""
    alarms, hits = curve["false_positives_per_image"], curve["sensitivity"]
    shown = sum(value <= _MOST_FALSE_POSITIVES for value in alarms)  # they rise
    return alarms[:shown], hits[:shown]


def _faithfulness(record: Mapping[str, Any]) -> list[str]:
    rows = [
        (name, span(told["road"]), span(told["drop"]), span(told["increase"]))
        for name, told in record["methods"].items()
    ]
    return [
        table(
            ("map", "ROAD combined", "drop in confidence", "increase in confidence"),
            rows,
            own=0,
            caption=f"On {record['road_images']} of the images, in uncalibrated probability. ROAD above 0: the score "
            "hangs more on what the map names than on the rest of the breast. Drop: less is better; increase: more is.",
        )
        if record["road_images"]
        else ""
    ]


def _sanity(record: Mapping[str, Any]) -> list[str]:
    sanity = record["sanity"]
    rows = [
        (
            name,
            f"{told['ssim'][0]:.3f}",
            f"{told['ssim'][-1]:.3f}",
            "passes" if told["passes"] else "FAILS",
            told["empty_at_the_end"],
            "identical" if told["repeat_identical"] else f"differs by {told['repeat_largest_difference']:.1e}",
        )
        for name, told in sanity["methods"].items()
    ]
    return [
        table(
            (
                "map",
                "SSIM, last layer random",
                "SSIM, all random",
                f"under {sanity['limit']:g}",
                "empty then",
                "run again",
            ),
            rows,
            numbers=(4,),
            caption=f"Weights made random from the output to the input, on {sanity['images']} images: a map that stays "
            "does not show what was learnt.",
        )
    ]


def _gallery(record: Mapping[str, Any], folder: Path) -> list[str]:
    strips = []
    for told in record.get("gallery", ()):
        path = folder / told["file"]
        if not path.is_file():
            continue
        data = base64.b64encode(path.read_bytes()).decode()
        hits = ", ".join(
            f"{name} {'points at it' if value >= 0.5 else 'misses it'}" for name, value in told["pointing"].items()
        )
        words = f"{told['image']}. From the left: {', '.join(told['panels'])}. {hits}."
        strips.append(
            f'<figure><img src="data:image/jpeg;base64,{data}" alt="{escape(told["image"])}" '
            f'style="max-width:100%"><figcaption style="max-width:none">{escape(words)}</figcaption></figure>'
        )
    if not strips:
        return []
    about = (
        "Drawn by chance, one of a woman where there are enough. The lesion's outline in light blue; every map is "
        "scaled to its own strongest place, which has a cross."
    )
    return ["<h3>Examples</h3>", paragraph(about, "dim"), *strips]
