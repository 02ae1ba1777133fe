"""Owns `python -m training report`: its options and what they mean. Never judges or draws itself."""

from __future__ import annotations

import argparse
from pathlib import Path

from mammoview.core.errors import UsageError
from training.commands.console import application_backend, quiet_backend
from training.commands.opening import add_carried, open_cache


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The options of the command."""
    parser.description = (
        "Writes report.html, to be opened in a browser: what the model must beat, curves, operating points, subgroups "
        "and the worst errors with their heat maps. No model judges anything here: the figures are those of 'evaluate'."
    )
    parser.add_argument(
        "folder", type=Path, metavar="FOLDER", help="a run that was evaluated, or what 'evaluate --out' wrote"
    )
    parser.add_argument("--out", type=Path, metavar="FOLDER", help="where the report goes (default FOLDER/report)")
    parser.add_argument(
        "--cache", type=Path, metavar="CACHE", help="inputs for the pictures (default: the files again)"
    )
    parser.add_argument("--model", type=Path, metavar="BUNDLE", help="the bundle that was judged, for its heat maps")
    parser.add_argument("--errors", type=int, default=6, help="pictures of each kind of error (default 6)")
    parser.add_argument("--no-pictures", action="store_true", help="figures and curves alone")
    add_carried(parser)


def run(parsed: argparse.Namespace) -> None:
    """Carry it out. Raises MammoviewError."""
    if not parsed.no_pictures:
        application_backend()
    from mammoview.inference.bundle import load_bundle
    from training.evaluation.runs import read_evaluation
    from training.report.evaluation_report import write_report
    from training.report.sights import sight_of

    if parsed.errors < 1:
        raise UsageError("a gallery needs a picture", "give --errors 6, or --no-pictures")
    record = read_evaluation(parsed.folder)
    sight = None
    if not parsed.no_pictures:
        inputs = open_cache(parsed.cache, parsed) if parsed.cache else None
        bundle = load_bundle(parsed.model) if parsed.model else None
        quiet_backend()
        sight = sight_of(record, parsed.folder, cache=inputs, bundle=bundle)
    print(write_report(parsed.folder, parsed.out or parsed.folder / "report", sight=sight, errors=parsed.errors))
