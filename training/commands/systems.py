"""Owns `python -m training systems`: the bundled systems, one of them in full, and the trial of them all."""

from __future__ import annotations

import argparse
import io
import sys
import time
from collections.abc import Sequence
from contextlib import redirect_stderr

from mammoview.core.errors import MammoviewError


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The options of the command."""
    parser.description = (
        "Without NAME: the bundled systems. With NAME: all of its settings as TOML, to begin a file of one's own with "
        "(python -m training systems small-resnet > mine.toml; python -m training fit CACHE --system mine.toml). "
        "With --try: fit it, or all of them, for a few steps on a tiny set that is drawn, to see that it works here."
    )
    parser.add_argument("name", nargs="?", metavar="NAME", help="a bundled system, or a TOML file")
    parser.add_argument(
        "--set", action="append", default=[], metavar="KEY=VALUE", help="change a setting, as optimiser.rate=3e-4"
    )
    parser.add_argument("--try", action="store_true", dest="tried", help="fit for a few steps and keep nothing")


def run(parsed: argparse.Namespace) -> int:
    """Carry it out; 2 where a system that was tried failed, else 0. Raises MammoviewError."""
    from training.systems import bundled, load_system, to_toml

    if parsed.tried:
        return _try([parsed.name] if parsed.name else bundled(), parsed.set)
    if parsed.name:
        print(to_toml(load_system(parsed.name, parsed.set)), end="")
        return 0
    for name in bundled():
        print(f"{name:30} {load_system(name).description}")
    return 0


def _try(names: Sequence[str], changes: Sequence[str]) -> int:
    """A line for each system that was fitted, one on standard error for each that was not."""
    from training.commands.console import quiet_backend
    from training.systems import load_system
    from training.systems.trial import try_system

    systems = [load_system(name, changes) for name in names]
    quiet_backend()
    failed = 0
    for system in systems:
        began = time.monotonic()
        try:
            with redirect_stderr(io.StringIO()):  # its lines about each epoch
                loss = try_system(system)
        except MammoviewError as error:
            print(f"training: {system.name}: {error}", file=sys.stderr, flush=True)
            failed += 1
            continue
        print(f"{system.name:30} fitted, loss {loss:.3f}, {time.monotonic() - began:.1f} s", flush=True)
    return 2 if failed else 0
