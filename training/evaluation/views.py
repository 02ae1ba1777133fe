"""Owns what it gives to join the views of a breast: CC and MLO together, as the application joins them, against one
view alone, on the same women. Never runs a model.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from training import weighted
from training.bootstrap import by_woman, paired
from training.data.table import ImageRow
from training.delong import delong
from training.evaluation.comparison import span, told_difference
from training.evaluation.levels import Level, void_reason
from training.metrics import auroc, group_highest, group_means, grouped
from training.weighted import Labels, Scores

JOINED = "CC + MLO"
SINGLE = ("CC", "MLO")
SIGNIFICANT = 0.05
"""The p under which the views together count as better than the best of them."""


def joined_views(level: Level, *, samples: int) -> dict[str, Any] | None:
    """The AUROC of breasts, and of women, by CC and MLO together (a breast's score is the mean of its images', a
    woman's the highest of her breasts') and by each of the two alone; together less each alone, paired, by bootstrap
    over women ("bootstrap") and by DeLong's variance, in which a woman's breasts are one cluster ("delong",
    Obuchowski 1997); "best_single", the view with the higher AUROC on these very women, and "better": whether both
    views together beat it with p < SIGNIFICANT by bootstrap.

    `level`: of images. Counted are breasts with a scored image of both views; None where there is none of one of the
    classes, and for networks that are given several views at once.
    """
    if level.unit != "image":
        return None
    rows = [example.rows[0] for example in level.examples]
    views: dict[str, set[str]] = {}
    for row in rows:
        views.setdefault(row.breast_id, set()).add(row.view)
    whole = {breast for breast, found in views.items() if found.issuperset(SINGLE)}
    kept = np.flatnonzero([row.breast_id in whole for row in rows])
    if len({rows[place].label for place in kept}) < 2:
        return None
    shown = [rows[place] for place in kept]
    place, first = grouped([row.breast_id for row in shown])
    probabilities = level.probabilities[kept]
    scores = {JOINED: group_means(place, probabilities)}
    for view in SINGLE:
        of_view = np.flatnonzero([row.view == view for row in shown])
        scores[view] = group_means(place[of_view], probabilities[of_view])
    labels = group_highest(place, np.array([row.label for row in shown], np.float64)).astype(np.int64)
    women = np.array([shown[index].patient_id for index in first])
    owner, head = grouped(women.tolist())
    of_women = {name: group_highest(owner, values) for name, values in scores.items()}
    by_women = group_highest(owner, labels.astype(np.float64)).astype(np.int64)
    return {
        "breasts_left_out": len(views) - len(whole),
        "bootstrap_samples": samples,
        "units": {
            "breast": _unit(labels, scores, women, samples),
            "woman": _woman(by_women, of_women, women[head], shown, samples),
        },
    }


def _woman(
    labels: Labels, scores: Mapping[str, Scores], women: NDArray[np.str_], rows: Sequence[ImageRow], samples: int
) -> dict[str, Any]:
    reason = void_reason("woman", rows)
    return {"void": reason} if reason else _unit(labels, scores, women, samples)


def _unit(labels: Labels, scores: Mapping[str, Scores], women: NDArray[np.str_], samples: int) -> dict[str, Any]:
    best = max(SINGLE, key=lambda view: auroc(labels, scores[view]))
    pairs = {view: _pair(labels, scores[JOINED], scores[view], women, samples) for view in SINGLE}
    told = pairs[best]["bootstrap"]
    return {
        "examples": int(labels.size),
        "positives": int(labels.sum()),
        "women": int(np.unique(women).size),
        "auroc": {
            name: by_woman(weighted.auroc, labels, values, women, samples=samples).record()
            for name, values in scores.items()
        },
        "best_single": best,
        "pairs": pairs,
        "better": bool(told and told["value"] > 0 and told["p"] < SIGNIFICANT),
    }


def _pair(
    labels: Labels, joined: Scores, single: Scores, women: NDArray[np.str_], samples: int
) -> dict[str, dict[str, float] | None]:
    return {
        "bootstrap": told_difference(paired(weighted.auroc, labels, joined, single, women, samples=samples)),
        "delong": told_difference(delong(labels, joined, single, women)),
    }


def view_lines(record: Mapping[str, Any] | None) -> list[str]:
    """What `joined_views` found, one line for each unit."""
    lines = []
    for unit, found in (record or {}).get("units", {}).items():
        if "void" in found:
            lines.append(f"views together, per {unit}: {found['void']}")
            continue
        if found["auroc"][JOINED] is None:
            of = f"{found['positives']} of {found['examples']} are positive"
            lines.append(f"{JOINED} per {unit}: not to be had: {of}")
            continue
        best = found["best_single"]
        told = found["pairs"][best]
        lines.append(
            f"{JOINED} per {unit}: AUROC {span(found['auroc'][JOINED])}, the best single view ({best}) "
            f"{span(found['auroc'][best])}; together less alone {span(told['bootstrap'], '+.3f')}"
            f"{_p(told['bootstrap'])} by bootstrap over women{_p(told['delong'])} by DeLong's variance"
        )
    return lines


def _p(found: Mapping[str, float] | None) -> str:
    return "" if found is None else f", p {found['p']:.3g}"
