"""Owns `python -m training pretrain`: its options and what they mean. Never fits itself."""

from __future__ import annotations

import argparse
from pathlib import Path

from training.commands.console import quiet_backend
from training.commands.opening import add_carried, open_cache


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The options of the command."""
    parser.description = (
        "Fits a trunk on patches, lesion against the rest of the same breast, from a cache with lesion masks "
        "(mammograms, synthetic women, MRI slices) or from DDSM films with boxes. "
        "'fit --start trunk --weights RUN/patch.weights.h5' goes on from it."
    )
    parser.add_argument("cache", type=Path, nargs="?", metavar="CACHE", help="what 'prepare' wrote, with lesion masks")
    parser.add_argument("--ddsm", type=Path, metavar="FOLDER", help="folder with the DDSM manifest.csv")
    parser.add_argument("--out", type=Path, required=True, metavar="RUN", help="folder of the run")
    parser.add_argument(
        "--system", default="efficientnetv2-b0", metavar="NAME|FILE", help="whose trunk (default efficientnetv2-b0)"
    )
    parser.add_argument("--family", default="B0", help="EfficientNetV2 B0, B1, B2, B3 or S (default B0)")
    parser.add_argument("--rows", type=int, default=416, help="with --ddsm: height of the whole inputs (default 416)")
    parser.add_argument("--columns", type=int, default=256, help="with --ddsm: their width (default 256)")
    parser.add_argument("--patch", type=int, default=64, help="side of a patch, input pixels (default 64)")
    parser.add_argument("--epochs", type=int, default=24, help="passes over the lesions (default 24)")
    parser.add_argument("--batch", type=int, default=64, help="patches in a step, half with a lesion (default 64)")
    parser.add_argument("--seed", type=int, default=1, help="decides the split, the weights and the patches")
    parser.add_argument("--weights", type=Path, metavar="FILE", help="local weights to start from")
    add_carried(parser)


def run(parsed: argparse.Namespace) -> None:
    """Carry it out. Raises MammoviewError."""
    from mammoview.core.errors import UsageError
    from training.data.ddsm import read_ddsm

    if (parsed.cache is None) == (parsed.ddsm is None):
        raise UsageError("give either a cache or --ddsm FOLDER")
    inputs = open_cache(parsed.cache, parsed) if parsed.cache else None
    rows = read_ddsm(parsed.ddsm) if parsed.ddsm else ()
    quiet_backend()
    from training.pretrain import PretrainConfig, lesions_of, load_lesion_images, pretrain

    config = PretrainConfig(
        rows=parsed.rows,
        columns=parsed.columns,
        patch=parsed.patch,
        base=parsed.system,
        family=parsed.family,
        epochs=parsed.epochs,
        batch=parsed.batch,
        seed=parsed.seed,
        weights=str(parsed.weights) if parsed.weights else "",
    )
    images = lesions_of(inputs) if inputs is not None else load_lesion_images([r for r in rows if r.row.label], config)
    print(pretrain(images, config, parsed.out))
