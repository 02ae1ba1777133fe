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

WIDTH = 125


def paragraph(record: Mapping[str, Any]) -> str:
    """Two paragraphs of Markdown on the figures of a bundle's `record` (bundle.json as read): those of the women held
    back, with a verdict against chance and age alone, and those out of folds where the card holds some."""
    card = record["card"]
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
    return "\n\n".join(textwrap.fill(text, WIDTH, break_long_words=False, break_on_hyphens=False) for text in texts)


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
