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
        "'fit --start trunk --weights RUN/patch.weights.h5' goes on from it, on other women: it keeps women for the "
        "test who would be seen here. On one set alone the system 'patch-to-whole' does both with one split."
    )
    parser.add_argument("cache", type=Path, nargs="?", metavar="CACHE", help="what 'prepare' wrote, with lesion masks")
    parser.add_argument("--ddsm", type=Path, metavar="FOLDER", help="folder with the DDSM manifest.csv")
    parser.add_argument("--out", type=Path, required=True, metavar="RUN", help="folder of the run")
    parser.add_argument(
        "--system", default="efficientnetv2-b0", metavar="NAME|FILE", help="whose trunk (default efficientnetv2-b0)"
    )
    parser.add_argument("--family", default="", help="EfficientNetV2 B0, B1, B2, B3 or S (default: the system's)")
    parser.add_argument("--rows", type=int, help="with --ddsm: height of the whole inputs (default 416)")
    parser.add_argument("--columns", type=int, help="with --ddsm: their width (default 256)")
    parser.add_argument("--patch", type=int, default=64, help="side of a patch, input pixels (default 64)")
    parser.add_argument("--epochs", type=int, default=24, help="passes over the lesions (default 24)")
    parser.add_argument("--batch", type=int, default=64, help="patches in a step, half with a lesion (default 64)")
    parser.add_argument("--seed", type=int, default=1, help="decides the split, the weights and the patches")
    parser.add_argument("--weights", type=Path, metavar="FILE", help="local weights to start from")
    parser.add_argument(
        "--judge",
        type=Path,
        action="append",
        default=[],
        metavar="CACHE",
        help="then judge it, as it is, on the lesion patches and the whole images of another set, of whatever modality "
        "(may be given again)",
    )
    add_carried(parser)


def run(parsed: argparse.Namespace) -> None:
    """Carry it out. Raises MammoviewError."""
    from mammoview.core.errors import UsageError
    from training.data.ddsm import read_ddsm

    if (parsed.cache is None) == (parsed.ddsm is None):
        raise UsageError("give either a cache or --ddsm FOLDER")
    if parsed.cache is not None and (parsed.rows or parsed.columns):
        raise UsageError("--rows and --columns go with --ddsm", "a cache has its own size: prepare it with that one")
    others = {path.resolve().name: open_cache(path, parsed) for path in parsed.judge}
    if len(others) < len(parsed.judge):
        raise UsageError("two of the sets to judge on have one name", "name the caches differently")
    inputs = open_cache(parsed.cache, parsed) if parsed.cache else None
    rows = read_ddsm(parsed.ddsm) if parsed.ddsm else ()
    quiet_backend()
    from training.patches import line, whole_lines
    from training.pretrain import (
        COLUMNS,
        ROWS,
        PretrainConfig,
        judge,
        lesions_of,
        load_lesion_images,
        pretrain,
        read_record,
    )

    config = PretrainConfig(
        rows=parsed.rows or ROWS,
        columns=parsed.columns or COLUMNS,
        patch=parsed.patch,
        base=parsed.system,
        family=parsed.family,
        epochs=parsed.epochs,
        batch=parsed.batch,
        seed=parsed.seed,
        weights=str(parsed.weights) if parsed.weights else "",
    )
    images = lesions_of(inputs) if inputs is not None else load_lesion_images([r for r in rows if r.row.label], config)
    weights = pretrain(images, config, parsed.out)
    record = read_record(parsed.out)
    if "validation" in record:
        print(line(record["validation"], "women held back"))
        print(record["validation"]["note"])
    for name, cache in others.items():
        found = judge(parsed.out, name, cache)
        for text in ([line(found, name)] if "patches" in found else []) + whole_lines(found, name):
            print(text)
    print(weights)
