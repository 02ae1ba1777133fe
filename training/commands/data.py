"""Owns `python -m training data`: its options and what they mean. Never reads data sets itself."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The options of the command."""
    from training.data.sets import KINDS

    parser.description = "Says what was understood of data sets, and writes the common manifest that 'prepare' takes."
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.epilog = "kinds:\n" + "\n".join(f"  {name:<12} {kind.text}" for name, kind in KINDS.items())
    parser.add_argument("path", type=Path, nargs="+", metavar="PATH", help="folder or CSV file")
    parser.add_argument("--json", action="store_true", help="print a JSON record instead of text")
    parser.add_argument("--csv", type=Path, metavar="FILE", help="write the common manifest of all images")
    add_reading(parser)


def add_reading(parser: argparse.ArgumentParser) -> None:
    """The options that say how a data set is read."""
    parser.add_argument("--kind", help="the layout, where it is not recognised")
    parser.add_argument(
        "--crops",
        choices=("whole", "roi", "published"),
        default="whole",
        help="whole images (default), a crop around each lesion, or the crops that CBIS-DDSM publishes",
    )
    parser.add_argument(
        "--confirm-large", action="store_true", help="take CBIS-DDSM masks over more than 15 %% of the breast"
    )


def run(parsed: argparse.Namespace) -> None:
    """Carry it out. Raises MammoviewError."""
    import json

    from training.data.manifest import write_manifest
    from training.data.sets import read_data_set
    from training.data.summary import lines, summary
    from training.progress import Progress

    found = []
    for path in parsed.path:
        with Progress("read", "films") as progress:
            found.append(
                read_data_set(
                    path, parsed.kind, crop=parsed.crops, confirm_large=parsed.confirm_large, tell=progress.tell
                )
            )
    told = [summary(one) for one in found]
    if parsed.json:
        json.dump(told[0] if len(told) == 1 else told, sys.stdout, indent=1, ensure_ascii=False)
        print()
    else:
        print("\n".join(line for one in told for line in lines(one)))
    if parsed.csv:
        rows = [row for one in found for row in one.rows]
        write_manifest(rows, parsed.csv)
        print(f"{len(rows)} rows in {parsed.csv}", file=sys.stderr if parsed.json else sys.stdout)
