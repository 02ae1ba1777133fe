"""Owns `python -m training export`: its options and what they mean. Never writes itself."""

from __future__ import annotations

import argparse
from pathlib import Path

from training.commands.console import add_run, quiet_backend


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The options of the command."""
    add_run(parser)
    parser.add_argument("--name", required=True, help="name of the bundle, as rsna-b0")
    parser.add_argument("--version", required=True, help="version of the bundle, as 1.0")
    parser.add_argument("--out", type=Path, required=True, metavar="FOLDER", help="where bundles lie: resources/models")


def run(parsed: argparse.Namespace) -> None:
    """Carry it out. Raises MammoviewError."""
    from training import cache
    from training.export import export

    inputs = cache.load(parsed.cache)
    quiet_backend()
    print(export(parsed.run, inputs, name=parsed.name, version=parsed.version, out=parsed.out))
