"""Owns which curves a report shows: ROC, precision-recall, reliability, learning. Values only; `svg` draws them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from training import weighted
from training.bootstrap import figure_draws
from training.evaluation.levels import Level
from training.metrics import precision_recall_points, reliability, roc_points
from training.report.svg import Line, chart, thinned

_UNIT_COLOURS = {"image": 1, "breast": 3, "woman": 4}
_BAND_DRAWS = 500


def curves(
    levels: Sequence[Level], points: Mapping[str, Any], history: Sequence[Mapping[str, Any]]
) -> tuple[list[str], dict[str, Any]]:
    """(the drawings as HTML, their values as JSON). `points`: operating points of the first level, as evaluation.json
    has them; `history`: a run's epochs, empty for others."""
    drawn: list[str] = []
    values: dict[str, Any] = {}
    own = levels[0]
    roc, recall = [], []
    values["roc"], values["precision_recall"] = {}, {}
    for level in levels:
        labels, ranks = level.labels(), level.ranks
        colour = _UNIT_COLOURS[level.unit]
        alarms, hits = thinned(*(edge.tolist() for edge in roc_points(labels, ranks)))
        roc.append(Line(name=f"per {level.unit}", x=alarms, y=hits, colour=colour))
        values["roc"][level.unit] = {"false_positive_rate": alarms, "sensitivity": hits}
        found, right = thinned(*(edge.tolist() for edge in precision_recall_points(labels, ranks)))
        recall.append(Line(name=f"per {level.unit}", x=found, y=right, colour=colour))
        values["precision_recall"][level.unit] = {"sensitivity": found, "precision": right}
    marks = [point for point in points.values() if point["sensitivity"] and point["specificity"]]
    roc.append(
        Line(
            name="operating points",
            x=[1 - point["specificity"]["value"] for point in marks],
            y=[point["sensitivity"]["value"] for point in marks],
            colour=2,
            dots=4.0,
            joined=False,
        )
    )
    chance = Line(name="chance", x=[0, 1], y=[0, 1], colour=2, dashed=True)
    drawn.append(
        chart(
            [_band(own), *roc, chance],
            title=f"ROC, with the 95 % band per {own.unit}",
            x_label="1 - specificity",
            y_label="sensitivity",
        )
    )
    share = float(own.labels().mean())
    base = Line(name=f"prevalence per {own.unit}", x=[0, 1], y=[share, share], colour=2, dashed=True)
    drawn.append(
        chart([*recall, base], title="Precision and recall", x_label="sensitivity (recall)", y_label="precision")
    )
    bins = reliability(own.labels(), own.probabilities)
    values["reliability"] = {"unit": own.unit, "bins": bins}
    drawn.append(
        chart(
            [
                Line(name="calibrated", x=[0, 1], y=[0, 1], colour=2, dashed=True),
                Line(
                    name="ten bins of equal mass",
                    x=[row["probability"] for row in bins],
                    y=[row["positives"] for row in bins],
                    dots=3.5,
                ),
            ],
            title=f"Calibration per {own.unit}",
            x_label="probability said",
            y_label="share of positives",
        )
    )
    drawn += _learning(history)
    return drawn, values


def _band(level: Level) -> Line:
    """The 95 % band of sensitivity at each specificity, by bootstrap over women; pointwise."""
    grid = np.linspace(0, 1, 26)
    labels, women = level.labels(), level.women()
    draws = [
        figure_draws(weighted.sensitivity_at(float(kept)), labels, level.ranks, women, samples=_BAND_DRAWS)
        for kept in 1 - grid
    ]
    edges = [np.nanquantile(drawn, (0.025, 0.975)) if np.isfinite(drawn).any() else (0.0, 1.0) for drawn in draws]
    middle = [float(np.nanmedian(drawn)) if np.isfinite(drawn).any() else 0.5 for drawn in draws]
    band = ([float(low) for low, _ in edges], [float(high) for _, high in edges])
    return Line(name="", x=grid.tolist(), y=middle, colour=_UNIT_COLOURS[level.unit], band=band, joined=False)


def _learning(history: Sequence[Mapping[str, Any]]) -> list[str]:
    """Loss and the validation figure by epoch, for every value of the history that is a number in all epochs."""
    if not history:
        return []
    epochs = [float(record["epoch"]) for record in history]
    figure = history[0].get("figure", "AUROC")
    names = [
        name
        for name, value in history[0].items()
        if name not in ("epoch", "seconds", "step")
        and all(isinstance(record.get(name), (int, float)) and np.isfinite(record[name]) for record in history)
        and isinstance(value, (int, float))
    ]
    drawn = []
    for wanted, title in (("loss", "Learning: loss"), ("auroc", "Learning: validation AUROC")):
        chosen = [name for name in names if wanted in name]
        if not chosen:
            continue
        lines = [
            Line(
                name=f"validation {figure}" if name == "validation_auroc" else name.replace("_", " "),
                x=epochs,
                y=[float(record[name]) for record in history],
                colour=1 + place % 4,
                dots=2.5,
            )
            for place, name in enumerate(chosen)
        ]
        every = [value for line in lines for value in line.y]
        room = (max(every) - min(every)) * 0.08 or 0.05
        drawn.append(
            chart(
                lines,
                title=title,
                x_label="epoch",
                y_label=wanted.upper() if wanted == "auroc" else wanted,
                x_range=(min(epochs), max(epochs)),
                whole_x=True,
                y_range=(min(every) - room, max(every) + room),
            )
        )
    return drawn
