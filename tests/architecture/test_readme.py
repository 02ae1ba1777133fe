"""README tells what the code does: the key table is the action table, the model's figures are the card's."""

from __future__ import annotations

import json
from pathlib import Path

from mammoview.inference.bundle import default_bundle_path
from mammoview.ui.actions import key_table_markdown
from training.readme_figures import paragraph

README = (Path(__file__).resolve().parents[2] / "README.md").read_text(encoding="utf-8")


def test_the_key_table_is_the_action_table() -> None:
    table = README.partition("<!-- keys: python -m mammoview.ui.actions -->\n")[2].partition("<!-- end of keys -->")[0]
    assert table.strip() == key_table_markdown().strip()


def test_the_figures_are_those_of_the_bundled_model() -> None:
    bundle = default_bundle_path()
    record = json.loads((bundle / "bundle.json").read_text(encoding="utf-8"))
    told = README.partition("<!-- figures: python -m training.readme_figures -->\n")[2]
    assert told.partition("<!-- end of figures -->")[0].strip() == paragraph(record)
    assert f"resources/models/{bundle.name}/MODEL_CARD.md" in README


def test_ci_finds_its_commands_in_the_readme() -> None:
    for mark in ("start command", "test command", "debian packages"):
        assert f"<!-- {mark} -->\n```\n" in README
