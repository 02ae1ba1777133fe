"""Owns `python -m training ablate`: its options and what they mean. Never fits or judges itself."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from training.commands.opening import add_carried, open_cache


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The options of the command."""
    parser.description = (
        "Fits each row of a table of levers on the same folds by woman, judges each fold's women once, and shows what "
        "each lever gives beside the base, the best row above it and age alone. What is complete is left as it is, "
        "what was ended goes on, and rows may be added to the file later. A fold's folder, DIR/ROW/fold-N, may be made "
        "on another machine with --only ROW --fold N and be copied back."
    )
    parser.add_argument("cache", type=Path, metavar="CACHE", help="what 'prepare' wrote")
    parser.add_argument("--config", type=Path, required=True, metavar="FILE.toml", help="the rows, the base first")
    parser.add_argument("--out", type=Path, required=True, metavar="DIR", help="folder of the runs and of the table")
    parser.add_argument(
        "--only",
        action="append",
        default=[],
        metavar="ROW",
        help="fit this row and what it is made of; repeatable",
    )
    parser.add_argument("--folds", type=int, metavar="K", help="how many folds (default the file's, or 5)")
    parser.add_argument("--fold", type=int, metavar="N", help="fit this fold alone, counted from 0")
    parser.add_argument(
        "--without-test",
        action=argparse.BooleanOptionalAction,
        help="keep the women of the standard split's test part out of all folds (default: they are kept out)",
    )
    parser.add_argument(
        "--set", action="append", default=[], metavar="KEY=VALUE", help="change a setting of all rows, as run.batch=16"
    )
    parser.add_argument("--samples", type=int, help="bootstrap draws for an interval (default 2000)")
    add_carried(parser)


def run(parsed: argparse.Namespace) -> None:
    """Carry it out. Raises MammoviewError."""
    from training.ablation import ablate
    from training.ablation_spec import read_ablation
    from training.report.ablation_page import write_ablation

    cache = open_cache(parsed.cache, parsed)
    spec = read_ablation(parsed.config).changed(
        parsed.set, folds=parsed.folds, samples=parsed.samples, without_test=parsed.without_test
    )
    record = ablate(
        cache,
        spec,
        parsed.out,
        only=parsed.only,
        fold=parsed.fold,
        carried=parsed.carried,
        tell=lambda text: print(f"ablate: {text}", file=sys.stderr, flush=True),
    )
    for line in write_ablation(record, parsed.out):
        print(line)
    print(parsed.out / "ablation.html")
