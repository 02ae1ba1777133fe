"""Owns `python -m training fit`: its options and what they mean. Never fits itself."""

from __future__ import annotations

import argparse
from pathlib import Path

from training.commands.console import quiet_backend


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The options of the command."""
    parser.add_argument("cache", type=Path, metavar="CACHE", help="what 'prepare' wrote")
    parser.add_argument("--out", type=Path, required=True, metavar="RUN", help="folder of the run")
    parser.add_argument("--family", default="B0", help="EfficientNetV2 B0, B1, B2, B3 or S (default B0)")
    parser.add_argument("--epochs", type=int, default=16, help="passes over the training images (default 16)")
    parser.add_argument("--batch", type=int, default=32, help="images in a step, half of them positive (default 32)")
    parser.add_argument("--rate", type=float, default=1e-3, help="AdamW's rate after the warm-up (default 0.001)")
    parser.add_argument("--dropout", type=float, default=0.3, help="before the last layer (default 0.3)")
    parser.add_argument("--seed", type=int, default=1, help="decides the split, the weights and the order (default 1)")
    parser.add_argument("--weights", type=Path, metavar="FILE", help="local weights of this very network to start from")
    parser.add_argument("--mixed-precision", action="store_true", help="mixed_bfloat16, for a GPU")
    parser.add_argument(
        "--limit", type=int, default=0, metavar="N", help="use N images of each part, to try things out"
    )


def run(parsed: argparse.Namespace) -> None:
    """Carry it out. Raises MammoviewError."""
    from training import cache
    from training.fit import FitConfig, fit

    config = FitConfig(
        family=parsed.family,
        epochs=parsed.epochs,
        batch=parsed.batch,
        peak_rate=parsed.rate,
        dropout=parsed.dropout,
        seed=parsed.seed,
        weights=str(parsed.weights) if parsed.weights else "",
        mixed_precision=parsed.mixed_precision,
        limit=parsed.limit,
    )
    inputs = cache.load(parsed.cache)
    quiet_backend()
    print(fit(inputs, config, parsed.out))
