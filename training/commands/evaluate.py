"""Owns `python -m training evaluate`: its options and what they mean. Never measures itself."""

from __future__ import annotations

import argparse

from training.commands.console import add_run, quiet_backend


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The options of the command."""
    add_run(parser)
    parser.add_argument("--samples", type=int, default=2000, help="bootstrap draws for an interval (default 2000)")


def run(parsed: argparse.Namespace) -> None:
    """Carry it out. Raises MammoviewError."""
    from training import cache
    from training.evaluate import evaluate, read_run

    run = read_run(parsed.run)
    inputs = cache.load(parsed.cache)
    quiet_backend()
    record = evaluate(run, inputs, samples=parsed.samples)
    for unit in ("image", "breast"):
        found = record["test"][unit]["auroc"]
        text = f"{found['value']:.3f} ({found['low']:.3f} to {found['high']:.3f})" if found else "not to be had"
        print(f"AUROC per {unit}: {text}")
    print(parsed.run / "evaluation.json")
