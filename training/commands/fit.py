"""Owns `python -m training fit`: its options and what they mean. Never fits itself."""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import TYPE_CHECKING

from mammoview.core.errors import UsageError
from training.commands.console import quiet, quiet_backend
from training.commands.opening import add_carried, open_cache

if TYPE_CHECKING:
    from training.distribute import TensorFlowProcessors

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
    add_carried(parser)
    parser.add_argument(
        "--devices", type=int, metavar="N", help="share each batch out to N GPUs of this machine (TensorFlow)"
    )
    parser.add_argument(
        "--workers",
        metavar="HOST:PORT,…",
        help="share each batch out to these machines; the same command runs on each, with its --index",
    )
    parser.add_argument("--index", type=int, metavar="I", help="which of --workers this is; 0 writes RUN")


def changes_of(parsed: argparse.Namespace) -> list[str]:
    """The settings that the options and --set change, the latter last."""
    changes = [
        f"{key}={getattr(parsed, option)}"
        for option, keys in _OPTIONS.items()
        for key in keys
        if getattr(parsed, option) is not None
    ]
    if parsed.weights:
        changes += [
            f"start.kind={parsed.start or 'weights'}",
            f"start.file={json.dumps(str(parsed.weights), ensure_ascii=False)}",
        ]
    if parsed.mixed_precision:
        changes.append("optimiser.mixed_precision=true")
    return [*changes, *parsed.set]


def run(parsed: argparse.Namespace) -> None:
    """Carry it out. Raises MammoviewError."""
    from training.fit import fit
    from training.systems import load_system

    if parsed.start and not parsed.weights:
        raise UsageError(f"--start {parsed.start} needs --weights", "name a local file; weights are never downloaded")
    system = load_system(parsed.system, changes_of(parsed))
    inputs = open_cache(parsed.cache, parsed)
    processors = _processors(parsed)
    quiet_backend()
    if processors is None:
        print(fit(inputs, system, parsed.out))
        return
    from training.distribute import fit_together

    print(fit_together(processors, inputs, system, parsed.out))


def _processors(parsed: argparse.Namespace) -> TensorFlowProcessors | None:
    """What --devices or --workers names; None for one processor. Raises UsageError."""
    if parsed.workers is None and parsed.index is not None:
        raise UsageError(f"--index {parsed.index} needs --workers", "name all machines, HOST:PORT,HOST:PORT,…")
    if parsed.devices is None and parsed.workers is None:
        return None
    if parsed.devices is not None and parsed.workers is not None:
        raise UsageError("--devices and --workers exclude each other", "each worker takes all GPUs of its machine")
    if parsed.workers is not None and parsed.index is None:
        raise UsageError("--workers needs --index", "give each machine its place in the list, from 0")
    from training.meeting import addresses_of, meet

    company = meet(addresses_of(parsed.workers), parsed.index) if parsed.workers is not None else None
    with quiet():
        from training.distribute import on_devices, on_workers

        return on_workers(company) if company is not None else on_devices(parsed.devices)
