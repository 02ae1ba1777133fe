"""Owns `python -m training synthesize`: its options and what it writes. Never makes pixels itself."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

_LESIONS = ("none", "mass", "spiculated", "calcifications", "random")
_SIDES = ("R", "L", "random")
_DENSITIES = ("a", "b", "c", "d")
_COMPRESSIONS = ("jpeg2000", "none")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The options of the command."""
    parser.description = (
        "Makes synthetic women, four views each, as DICOM files with truth masks and a manifest. The same options give "
        "the same bytes. A command that was ended (Ctrl-C) goes on when it is given again; more --women, or another "
        "--first, add women to those who are there."
    )
    parser.add_argument("--out", type=Path, required=True, metavar="DIR", help="folder to write into")
    parser.add_argument("--seed", type=int, default=0, help="not negative (default 0)")
    parser.add_argument("--women", type=int, default=1, metavar="N", help="how many (default 1)")
    parser.add_argument("--first", type=int, default=0, metavar="INDEX", help="number of the first woman (default 0)")
    parser.add_argument("--lesion", choices=_LESIONS, default="random")
    parser.add_argument("--side", choices=_SIDES, default="random", help="of the lesion")
    parser.add_argument("--density", choices=_DENSITIES, help="BI-RADS density (default: as at screening)")
    parser.add_argument("--spacing-mm", type=float, default=0.1, metavar="MM", help="pixel size (default 0.1)")
    parser.add_argument(
        "--prior", action="store_true", help="also the examination two years before, without the lesion"
    )
    parser.add_argument("--lesion-free-twin", action="store_true", help="also the same images without the lesion")
    parser.add_argument(
        "--compress", choices=_COMPRESSIONS, default="jpeg2000", help="always lossless (default jpeg2000)"
    )
    parser.add_argument("--patient-name", metavar="NAME", help="DICOM name for all women, such as DEMO^ANNA")
    parser.add_argument(
        "--workers",
        type=int,
        metavar="N",
        help="processes (default: as many as there are processors); each takes up to 0.8 GB of memory",
    )
    parser.add_argument("--demo", action="store_true",
                        help="write the application's demonstration study; only --out counts then")  # fmt: skip


def _tell(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


def run(args: argparse.Namespace) -> None:
    """Make what the options ask for. Raises MammoviewError."""
    from dataclasses import fields

    from mammoview.core.errors import UsageError
    from training.synthesis.demo import write_demo
    from training.synthesis.making import Choices, make_women
    from training.workers import workers_here

    if args.demo:
        try:
            write_demo(args.out, _tell)
        except OSError as error:
            raise UsageError(f"{args.out}: cannot be written: {error.strerror or error}", "make room") from error
        return
    workers = workers_here() if args.workers is None else args.workers
    if args.seed < 0 or args.first < 0 or args.women < 1 or workers < 1 or not 0.04 <= args.spacing_mm <= 2.0:
        raise UsageError(
            "a number is out of its range",
            "--seed and --first are not negative, --women and --workers at least 1, --spacing-mm 0.04 to 2",
        )
    choices = Choices(**{field.name: getattr(args, field.name) for field in fields(Choices)})
    made = make_women(choices, args.out, first=args.first, women=args.women, workers=workers)
    there = f", {made.before} of them were there" if made.before else ""
    print(f"{made.women} {'woman' if made.women == 1 else 'women'} in {args.out}{there}")
