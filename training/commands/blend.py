"""Owns `python -m training blend`: its options and what they mean. Never averages itself."""

from __future__ import annotations

import argparse
from pathlib import Path

from training.commands.console import quiet_backend


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The options of the command."""
    parser.description = (
        "Averages the weights of several runs of 'fit' that differ by their seed alone and began with the same first "
        "weights: one network that says nearly what all of them say on average. The result is a run like those of "
        "'fit'."
    )
    parser.add_argument("runs", type=Path, nargs="+", metavar="RUN", help="folders of runs of 'fit', two or more")
    parser.add_argument("--out", type=Path, required=True, metavar="RUN", help="folder of the new run")


def run(parsed: argparse.Namespace) -> None:
    """Carry it out. Raises MammoviewError."""
    quiet_backend()
    from training.blend import blend

    print(blend(parsed.runs, parsed.out))
