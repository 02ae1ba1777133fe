"""Owns `python -m training ladder`: its options and what they mean. Never fits or judges itself."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from training.commands.console import quiet_backend
from training.commands.opening import add_carried, open_cache


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The options of the command."""
    from training.ladder import LADDER

    parser.description = (
        "Fits systems on one split and shows in one table what each gives beyond chance, a leak, metadata and a dense "
        "baseline. What is complete is left as it is, what was ended goes on."
    )
    parser.add_argument("cache", type=Path, metavar="CACHE", help="what 'prepare' wrote")
    parser.add_argument("--out", type=Path, required=True, metavar="DIR", help="folder of the runs and of the table")
    parser.add_argument(
        "--systems", default=",".join(LADDER), metavar="A,B,C", help=f"which to fit (default {', '.join(LADDER)})"
    )
    parser.add_argument("--epochs", type=int, help="passes over the training images, at most, of each system")
    parser.add_argument("--limit", type=int, metavar="N", help="use N examples of each part, to try things out")
    parser.add_argument(
        "--set", action="append", default=[], metavar="KEY=VALUE", help="change a setting of all, as run.batch=16"
    )
    parser.add_argument(
        "--test", action="store_true", help="judge the test women instead of the validation women; it is counted"
    )
    parser.add_argument("--samples", type=int, default=2000, help="bootstrap draws for an interval (default 2000)")
    add_carried(parser)


def run(parsed: argparse.Namespace) -> None:
    """Carry it out. Raises MammoviewError."""
    from training.ladder import LadderSpec, climb
    from training.report.ladder_page import write_ladder

    told = (("stopping.epochs", parsed.epochs), ("run.limit", parsed.limit))
    spec = LadderSpec(
        systems=tuple(name.strip() for name in parsed.systems.split(",") if name.strip()),
        changes=(*(f"{key}={value}" for key, value in told if value is not None), *parsed.set),
        test=parsed.test,
        samples=parsed.samples,
    )
    inputs = open_cache(parsed.cache, parsed)
    quiet_backend()
    record = climb(inputs, spec, parsed.out, tell=lambda text: print(f"ladder: {text}", file=sys.stderr))
    for line in write_ladder(record, parsed.out):
        print(line)
    print(parsed.out / "ladder.html")
