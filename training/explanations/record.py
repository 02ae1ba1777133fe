"""Owns explanations.json and its tables: every figure with its unit, its interval over women, and its groups."""

from __future__ import annotations

import csv
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from training.bootstrap import by_woman, paired
from training.checkpoint import replacing_text
from training.evaluation.figures import TOO_FEW
from training.evaluation.versions import versions
from training.explanations import froc
from training.explanations.faithfulness import PERCENTILES
from training.explanations.judge import FIGURES, Measured
from training.explanations.maps import BASELINES, MASK
from training.explanations.subjects import NOT_TOLD, TOLERANCE_MM, TOLERANCE_PART, Chosen
from training.fitting.records import write_json
from training.weighted import Labels, Scores

SCHEMA = "mammoview.explanations/1"
UNIT = "image with a suspicious lesion"
WANTED, WANTED_AHEAD = 0.80, 0.30
"""The pointing game that is asked for on synthetic women, and by how much it must beat the best baseline."""

_GROUPED = FIGURES[:3]


def mean(labels: Labels, scores: Scores, weights: Scores) -> Scores:
    """The weighted mean of `scores`, (draws,)."""
    whole = weights.sum(axis=1)
    return np.where(whole > 0, weights @ scores / np.where(whole > 0, whole, 1.0), np.nan)


def figures(found: Measured, chosen: Chosen, *, samples: int) -> dict[str, Any]:
    """The record of what was measured, as JSON; what names model and data is added by the caller."""
    subjects = found.subjects
    women = np.array([subject.row.patient_id for subject in subjects])
    methods = {}
    for name, values in found.values.items():
        methods[name] = {
            "sort": "baseline" if name in BASELINES else "head" if name == MASK else "map",
            "empty_maps": found.empty[name],
            **{figure: _estimate(values[figure], women, samples) for figure in FIGURES},
            "groups": _groups(found, values, women, samples),
        }
    best = max(BASELINES, key=lambda name: float(found.values[name]["pointing"].mean()))
    for name, told in methods.items():
        if name not in BASELINES:
            told["ahead"] = _ahead(found, name, best, women, samples)
    return {
        "schema": SCHEMA,
        "unit": UNIT,
        "counts": {
            "images": len(subjects),
            "women": int(np.unique(women).size),
            "images_without_lesion": len(chosen.clean),
            "left_out": dict(chosen.left_out),
            "kinds": dict(Counter(subject.kind for subject in subjects)),
            "views": dict(Counter(subject.row.view or NOT_TOLD for subject in subjects)),
        },
        "tolerance": {
            "mm": TOLERANCE_MM,
            "images_by_spacing": sum(subject.in_mm for subject in subjects),
            "otherwise_part_of_breast_height": TOLERANCE_PART,
        },
        "road_images": int(np.isfinite(next(iter(found.values.values()))["road"]).sum()),
        "road_percentiles": list(PERCENTILES),
        "best_baseline": best,
        "methods": methods,
        "froc": froc.froc(found.marks, samples=samples) if found.marks else None,
        "sanity": found.sanity,
        "too_few": TOO_FEW,
        "bootstrap_samples": samples,
        "versions": versions(),
    }


def _estimate(values: Scores, women: Any, samples: int) -> dict[str, float] | str | None:
    known = np.isfinite(values)
    if not known.any():
        return None
    if known.sum() < TOO_FEW:
        return "too few"
    return by_woman(mean, np.zeros(int(known.sum()), np.int64), values[known], women[known], samples=samples).record()


def _groups(found: Measured, values: Mapping[str, Scores], women: Any, samples: int) -> dict[str, Any]:
    told = {
        "kind": [subject.kind for subject in found.subjects],
        "view": [subject.row.view or NOT_TOLD for subject in found.subjects],
    }
    groups: dict[str, Any] = {}
    for group, each in told.items():
        groups[group] = {}
        for value in sorted(set(each)):
            here = np.array([one == value for one in each])
            groups[group][value] = {
                "images": int(here.sum()),
                **{figure: _estimate(values[figure][here], women[here], samples) for figure in _GROUPED},
            }
    return groups


def _ahead(found: Measured, name: str, best: str, women: Any, samples: int) -> dict[str, Any] | str:
    """The pointing game less that of the best baseline on the same images, and whether it is what is asked for."""
    own, other = found.values[name]["pointing"], found.values[best]["pointing"]
    if own.size < TOO_FEW:
        return "too few"
    difference = paired(mean, np.zeros(own.size, np.int64), own, other, women, samples=samples)
    reached = bool(own.mean() >= WANTED and difference.value >= WANTED_AHEAD)
    return {**(difference.record() or {}), "as_asked_for": reached}


def write_tables(record: Mapping[str, Any], found: Measured, folder: Path) -> None:
    """Write `folder`/explanations.json, explanations.csv (every figure) and images.csv (every image)."""
    folder.mkdir(parents=True, exist_ok=True)
    write_json(folder / "explanations.json", record)
    _write(
        folder / "explanations.csv",
        ("method", "group", "figure", "unit", "value", "low", "high", "images"),
        _flat(record),
    )
    heads = ("patient_id", "laterality", "view", "file", "kind", "tolerance_rows_px", "tolerance_columns_px", "method")
    lines = [
        (
            subject.row.patient_id,
            subject.row.laterality,
            subject.row.view,
            subject.row.file.name,
            subject.kind,
            *(f"{reach:.2f}" for reach in subject.tolerance),
            name,
            *("" if np.isnan(values[figure][place]) else f"{values[figure][place]:.6f}" for figure in FIGURES),
        )
        for place, subject in enumerate(found.subjects)
        for name, values in found.values.items()
    ]
    _write(folder / "images.csv", (*heads, *FIGURES), lines)


def _flat(record: Mapping[str, Any]) -> list[Sequence[object]]:
    lines: list[Sequence[object]] = []

    def add(method: str, group: str, figure: str, unit: str, told: Any, images: int) -> None:
        if isinstance(told, Mapping) and "value" in told:
            lines.append((method, group, figure, unit, told["value"], told["low"], told["high"], images))
        elif told == "too few":
            lines.append((method, group, figure, unit, told, "", "", images))

    count = record["counts"]["images"]
    for name, told in record["methods"].items():
        for figure in FIGURES:
            judged = count if figure in _GROUPED else record["road_images"]
            add(name, "all", figure, record["unit"], told[figure], judged)
        add(name, "all", f"pointing less {record['best_baseline']}", record["unit"], told.get("ahead"), count)
        for group, values in told["groups"].items():
            for value, of_group in values.items():
                for figure in _GROUPED:
                    add(name, f"{group}: {value}", figure, record["unit"], of_group[figure], of_group["images"])
    if record["froc"]:
        for rate, told in record["froc"]["sensitivity"].items():
            add(
                MASK, "all", f"sensitivity at {rate} false positives an image", "lesion", told, record["froc"]["images"]
            )
    return lines


def _write(path: Path, heads: Sequence[str], rows: Sequence[Sequence[object]]) -> None:
    with replacing_text(path) as stream:
        writer = csv.writer(stream)
        writer.writerow(heads)
        writer.writerows(rows)
