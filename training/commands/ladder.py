"""Owns `python -m training ladder`: its options and what they mean. Never fits or judges itself."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from training.commands.console import quiet_backend
from training.commands.opening import add_carried, open_cache

if TYPE_CHECKING:
    from training.ladder_rung import Source
    from training.ladder_spec import LadderSpec


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The options of the command."""
    from training.ladder_spec import LADDER, bundled_ladders

    parser.description = (
        "Fits systems on one split and shows in one table what each gives beyond chance, a leak, metadata and a dense "
        "baseline, and what it cost. Each is fitted by a process of its own. What is complete is left as it is, what "
        "was ended goes on."
    )
    parser.add_argument(
        "cache", type=Path, nargs="?", metavar="CACHE", help="what 'prepare' wrote (or named by --config)"
    )
    parser.add_argument("--roi", type=Path, metavar="CACHE", help="crops of lesions of the same women, judged apart")
    parser.add_argument("--out", type=Path, required=True, metavar="DIR", help="folder of the runs and of the table")
    parser.add_argument(
        "--config",
        metavar="NAME|FILE",
        help=f"which systems, with what settings: a TOML file, or a bundled one ({', '.join(bundled_ladders())})",
    )
    parser.add_argument("--systems", metavar="A,B,C", help=f"which to fit (default {', '.join(LADDER)})")
    parser.add_argument("--epochs", type=int, help="passes over the training images, at most, of each system")
    parser.add_argument("--limit", type=int, metavar="N", help="use N examples of each part, to try things out")
    parser.add_argument(
        "--set", action="append", default=[], metavar="KEY=VALUE", help="change a setting of all, as run.batch=16"
    )
    parser.add_argument(
        "--test", action="store_true", help="judge the test women instead of the validation women; it is counted"
    )
    parser.add_argument("--samples", type=int, help="bootstrap draws for an interval (default 2000)")
    add_carried(parser)


def run(parsed: argparse.Namespace) -> None:
    """Carry it out. Raises MammoviewError."""
    from training.ladder import climb
    from training.report.ladder_page import write_ladder

    spec = _spec(parsed)
    sources = _sources(parsed, spec)
    quiet_backend()
    record = climb(sources, spec, parsed.out, tell=lambda text: print(f"ladder: {text}", file=sys.stderr, flush=True))
    for line in write_ladder(record, parsed.out):
        print(line)
    print(parsed.out / "ladder.html")


def _spec(parsed: argparse.Namespace) -> LadderSpec:
    """What the options ask for; they count more than the file. Raises MammoviewError."""
    from mammoview.core.errors import UsageError
    from training.ladder_spec import LadderSpec, Rung, read_ladder

    if parsed.config is not None and parsed.systems is not None:
        raise UsageError("--config and --systems exclude each other", "name the systems in the file")
    spec = LadderSpec() if parsed.config is None else read_ladder(parsed.config)
    if parsed.systems is not None:
        names = [name.strip() for name in parsed.systems.split(",") if name.strip()]
        spec = LadderSpec(rungs=tuple(Rung(system=name) for name in names))
    told = (("stopping.epochs", parsed.epochs), ("run.limit", parsed.limit))
    changes = [*(f"{key}={value}" for key, value in told if value is not None), *parsed.set]
    return spec.changed(changes, test=parsed.test, samples=parsed.samples)


def _sources(parsed: argparse.Namespace, spec: LadderSpec) -> list[Source]:
    """The caches that the options or else the file names. Raises MammoviewError."""
    from mammoview.core.errors import UsageError
    from training.ladder_rung import Source

    named = {"whole": parsed.cache, "roi": parsed.roi}
    places = [given or (spec.caches or {}).get(crops) for crops, given in named.items()]
    chosen = [place for place in places if place is not None]
    if not chosen:
        raise UsageError("no cache is named", "give CACHE, --roi CACHE, or [caches] in the file of --config")
    return [Source(cache=open_cache(place, parsed), path=place, carried=parsed.carried) for place in chosen]
