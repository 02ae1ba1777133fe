"""Owns two parts of an evaluation's page: what the views of a breast give together, and the reliability diagram."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from typing import Any

from training.evaluation.comparison import span as signed
from training.evaluation.views import JOINED, SIGNIFICANT, SINGLE
from training.reliability import reliability_svg
from training.report.page import paragraph, span, table


def joined_section(record: Mapping[str, Any] | None) -> list[str]:
    """Of what `evaluation.views.joined_views` found; empty where it was not measured."""
    if not record:
        return []
    lines = [
        paragraph(
            "A breast's score is the mean of its views, a woman's the highest of her breasts', as in the application. "
            "Counted are breasts with a scored image of both views"
            + (f"; {record['breasts_left_out']} others are left out." if record["breasts_left_out"] else ".")
        )
    ]
    for unit, found in record["units"].items():
        if "void" in found:
            lines.append(paragraph(f"Per {unit}: {found['void']}.", "note"))
            continue
        lines.append(
            table(
                ("scored by", "AUROC", f"{JOINED} less it", "p, bootstrap over women", "p, DeLong's variance"),
                [
                    (JOINED, span(found["auroc"][JOINED]), "", "", ""),
                    *((view, span(found["auroc"][view]), *_against(found["pairs"][view])) for view in SINGLE),
                ],
                caption=f"Per {unit}: {found['examples']} examples of {found['women']} women, "
                f"{found['positives']} of them positive. DeLong's variance takes the breasts of a woman together.",
                own=0,
            )
        )
        lines.append(paragraph(_verdict(unit, found), "" if found["better"] else "note"))
    return lines


def _against(pair: Mapping[str, Any]) -> tuple[str, str, str]:
    p = tuple("" if told is None else f"{told['p']:.3g}" for told in (pair["bootstrap"], pair["delong"]))
    return signed(pair["bootstrap"], "+.3f"), p[0], p[1]


def _verdict(unit: str, found: Mapping[str, Any]) -> str:
    said = "is better than" if found["better"] else "is not shown to be better than"
    return (
        f"Per {unit}, {JOINED} {said} the best single view on these women ({found['best_single']}), "
        f"at p < {SIGNIFICANT:g} by bootstrap."
    )


def reliability_section(record: Mapping[str, Any] | None) -> list[str]:
    """Of `reliability.reliability_record`; empty where it was not measured."""
    if not record:
        return []
    drawn = base64.b64encode(reliability_svg(record).encode()).decode()
    words = (
        f"How often the {record['part']} examples of a bin are of the suspicious class, per {record['unit']}, in "
        f"{record['bins']} bins of equal mass; 95 % intervals by Wilson's method, too narrow where one woman has "
        "several examples in a bin."
    )
    picture = "Observed share against mean probability, before and after calibration"
    return [paragraph(words), f'<figure><img src="data:image/svg+xml;base64,{drawn}" alt="{picture}"></figure>']
