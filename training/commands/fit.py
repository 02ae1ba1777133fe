"""Owns `python -m training fit`: its options and what they mean. Never fits itself."""

from __future__ import annotations

import argparse
from pathlib import Path

from training.commands.console import quiet_backend

DEFAULT = "efficientnetv2-b0"

_OPTIONS = {
    "family": ("model.family",),
    "epochs": ("stopping.epochs",),
    "batch": ("run.batch",),
    "rate": ("optimiser.rate",),
    "dropout": ("model.dropout",),
    "seed": ("run.seed", "split.seed"),
    "limit": ("run.limit",),
}
"""What each option sets in the system."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The options of the command."""
    parser.description = (
        "Fits a system on the training women and keeps the epoch that is best on the validation women. A run that was "
        "ended, by Ctrl-C or by a crash, goes on when the same command is given again."
    )
    parser.add_argument("cache", type=Path, metavar="CACHE", help="what 'prepare' wrote")
    parser.add_argument("--out", type=Path, required=True, metavar="RUN", help="folder of the run")
    parser.add_argument(
        "--system",
        default=DEFAULT,
        metavar="NAME|FILE",
        help=f"a bundled system ('systems' lists them) or a TOML file (default {DEFAULT})",
    )
    parser.add_argument(
        "--set", action="append", default=[], metavar="KEY=VALUE", help="change a setting, as optimiser.rate=3e-4"
    )
    parser.add_argument("--family", help="EfficientNetV2 B0, B1, B2, B3 or S")
    parser.add_argument("--epochs", type=int, help="passes over the training images, at most")
    parser.add_argument("--batch", type=int, help="examples in a step")
    parser.add_argument("--rate", type=float, help="the learning rate after the warm-up")
    parser.add_argument("--dropout", type=float, help="before the last layer")
    parser.add_argument("--seed", type=int, help="decides the split, the weights and the order")
    parser.add_argument("--weights", type=Path, metavar="FILE", help="local weights to start from")
    parser.add_argument(
        "--start",
        choices=("weights", "trunk", "imagenet"),
        help="what --weights is: of this very network (default), a run with this trunk, or Keras' no-top ImageNet file",
    )
    parser.add_argument("--mixed-precision", action="store_true", help="mixed_bfloat16, for a GPU")
    parser.add_argument("--limit", type=int, metavar="N", help="use N examples of each part, to try things out")


def changes_of(parsed: argparse.Namespace) -> list[str]:
    """The settings that the options and --set change, the latter last."""
    changes = [
        f"{key}={getattr(parsed, option)}"
        for option, keys in _OPTIONS.items()
        for key in keys
        if getattr(parsed, option) is not None
    ]
    if parsed.weights:
        changes += [f"start.kind={parsed.start or 'weights'}", f"start.file='{parsed.weights}'"]
    if parsed.mixed_precision:
        changes.append("optimiser.mixed_precision=true")
    return [*changes, *parsed.set]


def run(parsed: argparse.Namespace) -> None:
    """Carry it out. Raises MammoviewError."""
    from mammoview.core.errors import UsageError
    from training import cache
    from training.fit import fit
    from training.systems import load_system

    if parsed.start and not parsed.weights:
        raise UsageError(f"--start {parsed.start} needs --weights", "name a local file; weights are never downloaded")
    system = load_system(parsed.system, changes_of(parsed))
    inputs = cache.load(parsed.cache)
    quiet_backend()
    print(fit(inputs, system, parsed.out))
