"""Owns what others printed on mammograms and why it can be believed or not, as a table. Never compares it with ours."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from functools import cache
from pathlib import Path

TABLE = Path(__file__).with_name("published.toml")
JUDGEMENTS = ("yes", "with care", "no")

NOTE = (
    "These are figures of other data, other women and other units: none of them can be compared with a rung above, and "
    "they are here to say what can be had and what cannot."
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Published:
    """One printed `result` (a text, with the figure's name): on which `data`, what was `judged` and per what, where it
    stands (`source`), whether it is `credible` ("yes", "with care", "no") and `why`."""

    data: str
    judged: str
    result: str
    source: str
    credible: str
    why: str


@cache
def published() -> tuple[Published, ...]:
    """All figures, in the table's order."""
    return tuple(Published(**record) for record in tomllib.loads(TABLE.read_text(encoding="utf-8"))["figure"])
