"""Owns `python -m training systems`: the list of the bundled systems, and one of them in full."""

from __future__ import annotations

import argparse


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The options of the command."""
    parser.description = (
        "Without NAME: the bundled systems. With NAME: all of its settings as TOML, to begin a file of one's own with "
        "(python -m training systems small-resnet > mine.toml; python -m training fit CACHE --system mine.toml)."
    )
    parser.add_argument("name", nargs="?", metavar="NAME", help="a bundled system, or a TOML file")
    parser.add_argument(
        "--set", action="append", default=[], metavar="KEY=VALUE", help="change a setting, as optimiser.rate=3e-4"
    )


def run(parsed: argparse.Namespace) -> None:
    """Carry it out. Raises MammoviewError."""
    from training.systems import bundled, load_system, to_toml

    if parsed.name:
        print(to_toml(load_system(parsed.name, parsed.set)), end="")
        return
    for name in bundled():
        print(f"{name:30} {load_system(name).description}")
