"""Owns `python -m training pretrain`: its options and what they mean. Never fits itself."""

from __future__ import annotations

import argparse
from pathlib import Path

from training.commands.console import quiet_backend


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The options of the command."""
    parser.add_argument("--ddsm", type=Path, required=True, metavar="FOLDER", help="folder with the DDSM manifest.csv")
    parser.add_argument("--out", type=Path, required=True, metavar="RUN", help="folder of the run")
    parser.add_argument("--family", default="B0", help="EfficientNetV2 B0, B1, B2, B3 or S (default B0)")
    parser.add_argument("--rows", type=int, default=416, help="height of the whole inputs patches are cut from")
    parser.add_argument("--columns", type=int, default=256, help="their width")
    parser.add_argument("--patch", type=int, default=64, help="side of a patch, input pixels (default 64)")
    parser.add_argument("--epochs", type=int, default=24, help="passes over the lesions (default 24)")
    parser.add_argument("--batch", type=int, default=64, help="patches in a step, half with a lesion (default 64)")
    parser.add_argument("--seed", type=int, default=1, help="decides the split, the weights and the patches")
    parser.add_argument("--weights", type=Path, metavar="FILE", help="local weights to start from")


def run(parsed: argparse.Namespace) -> None:
    """Carry it out. Raises MammoviewError."""
    from training.data.ddsm import read_ddsm
    from training.pretrain import PretrainConfig, pretrain

    config = PretrainConfig(
        rows=parsed.rows,
        columns=parsed.columns,
        patch=parsed.patch,
        family=parsed.family,
        epochs=parsed.epochs,
        batch=parsed.batch,
        seed=parsed.seed,
        weights=str(parsed.weights) if parsed.weights else "",
    )
    rows = read_ddsm(parsed.ddsm)
    quiet_backend()
    print(pretrain(rows, config, parsed.out))
