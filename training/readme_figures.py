"""Owns what the README says of the bundled model's figures, from the card's record in bundle.json:
`python -m training.readme_figures [BUNDLE]` prints it. Measures nothing.
"""

from __future__ import annotations

import json
import sys
import textwrap
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from mammoview.core.errors import MammoviewError
from mammoview.inference.bundle import default_bundle_path, load_bundle
from training.card_record import OUT_OF_FOLDS

WIDTH = 125


def paragraph(record: Mapping[str, Any]) -> str:
    """Two paragraphs of Markdown on the figures of a bundle's `record` (bundle.json as read): those of the women held
    back, with a verdict against chance and age alone, and those out of folds where the card holds some. Of a network
    that was fitted on everyone one paragraph, of figures out of folds."""
    card = record["card"]
    if card.get("judged") == OUT_OF_FOLDS:
        return _filled(_out_of_folds(record))
    own = {unit: figures["auroc"] for unit, figures in card["figures"].items()}
    age = card["baselines"]["age_alone_image_auroc"]
    metadata = card["baselines"]["image"]["metadata"]
    told = " and ".join(f"{_span(one)} per {unit}" for unit, one in own.items())
    texts = [
        f"`{record['name']} {record['version']}` on {card['counts']['test']['women']} women held back: AUROC {told}, "
        f"95 % intervals in brackets. On the same images age alone has {_span(age)}, {metadata['features']} together "
        f"{_span(metadata['auroc'])}. {verdict(own['image'], age)}"
    ]
    cross = card.get("cross_validated")
    if cross:
        figures, found = cross["figures"], []
        for unit in own:
            if f"AUROC per {unit}" in figures:
                one, years = figures[f"AUROC per {unit}"], figures[f"age alone per {unit}"]
                found.append(f"{_span(one)} per {unit}, age alone {_span(years)}. {verdict(one, years)}")
        texts.append(
            f"The same recipe out of {cross['folds']} folds by woman, on all {cross['women']} women: " + " ".join(found)
        )
    return "\n\n".join(_filled(text) for text in texts)


def _filled(text: str) -> str:
    return textwrap.fill(text, WIDTH, break_long_words=False, break_on_hyphens=False)


def _out_of_folds(record: Mapping[str, Any]) -> str:
    card = record["card"]
    told = []
    for unit, figures in card["figures"].items():
        one, age = figures["auroc"], card["baselines"][f"age_alone_{unit}_auroc"]
        told.append(f"AUROC {_span(one)} per {unit}, age alone {_span(age)}. {verdict(one, age)}")
    metadata = card["baselines"]["image"]["metadata"]
    return (
        f"`{record['name']} {record['version']}` was fitted on all {card['counts']['train']['women']} women, so its "
        f"figures are those of {card['folds']['count']} networks of the same recipe, each asked of the women of its "
        f"own fold, whom it has not seen: {' '.join(told)} On the same images {metadata['features']} together have "
        f"{_span(metadata['auroc'])}. 95 % intervals in brackets; the recipe was chosen among the rows of the same "
        "table."
    )


def verdict(figure: Mapping[str, float], age: Mapping[str, float]) -> str:
    """One bold sentence on an AUROC with its interval, beside that of age alone on the same women."""
    if figure["low"] <= 0.5:
        return "**It cannot be told from chance on these women.**"
    if figure["low"] <= age["value"]:
        return "**It is better than chance on these women, and not shown to be better than age alone.**"
    return "**Its lower limit lies above what age alone gives.**"


def _span(figure: Mapping[str, float]) -> str:
    return f"{figure['value']:.3f} ({figure['low']:.3f} to {figure['high']:.3f})"


def main(arguments: Sequence[str]) -> int:
    """Print the paragraphs of the bundle named, or of the one that ships; 2 with one line where there is none."""
    try:
        bundle = load_bundle(Path(arguments[0]) if arguments else default_bundle_path())
        print(paragraph(json.loads((bundle.folder / "bundle.json").read_text(encoding="utf-8"))))
    except (MammoviewError, KeyError) as error:
        print(
            f"training: {error} (a bundle tells its figures if it was exported with its card's record)", file=sys.stderr
        )
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
