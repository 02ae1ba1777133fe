"""Owns `python -m training prepare`: its options and what they mean. Never reads pixels itself."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from training.commands.data import add_reading

_WHOLE, _CROP = (256, 160), (224, 224)
"""Rows and columns of an input, unless they are given."""

SMALLEST = 32
"""The fewest rows and columns that the application's preprocessing makes."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The options of the command."""
    parser.description = (
        "Makes the inputs of all images once. A command that was ended (Ctrl-C) goes on when it is given again."
    )
    parser.add_argument("path", type=Path, nargs="*", metavar="PATH", help="data sets, or manifests of 'data --csv'")
    parser.add_argument("--rsna", type=Path, metavar="FOLDER", help="folder with the RSNA manifest.csv")
    parser.add_argument(
        "--out",
        type=Path,
        required=True,
        metavar="CACHE",
        help="the folder to write, or one packed file where it ends in .npz",
    )
    parser.add_argument("--rows", type=int, help="height of a model input (default 256, of crops 224)")
    parser.add_argument("--columns", type=int, help="width of a model input (default 160, of crops 224)")
    parser.add_argument(
        "--fit",
        choices=("stretch", "letterbox"),
        default="stretch",
        help="letterbox keeps the aspect (default stretch)",
    )
    parser.add_argument("--workers", type=int, metavar="N", help="processes (default: as many as there are processors)")
    add_reading(parser)


def run(parsed: argparse.Namespace) -> None:
    """Carry it out. Raises MammoviewError."""
    from mammoview.core.errors import UsageError
    from mammoview.inference.preprocess import PreprocessParams
    from training.cache import prepare
    from training.data.notes import by_reason
    from training.data.sets import read_data_set
    from training.data.summary import cautions
    from training.data.table import ImageRow
    from training.progress import Progress
    from training.slices import SLICE
    from training.sources import Fingerprint, fingerprint
    from training.workers import workers_here

    chosen = [(path, parsed.kind) for path in parsed.path] + ([(parsed.rsna, "rsna")] if parsed.rsna else [])
    if not chosen:
        raise UsageError("no data set is named", "give PATH, or --rsna FOLDER")
    default = _WHOLE if parsed.crops == "whole" else _CROP
    size = tuple(
        told if told is not None else usual for told, usual in zip((parsed.rows, parsed.columns), default, strict=True)
    )
    if min(size) < SMALLEST:
        raise UsageError(
            f"an input of {size[0]} x {size[1]} is too small", f"give --rows and --columns of {SMALLEST} up"
        )
    rows: list[ImageRow] = []
    tables: dict[str, Fingerprint] = {}
    for path, kind in chosen:
        with Progress("read", "films") as progress:
            found = read_data_set(path, kind, crop=parsed.crops, confirm_large=parsed.confirm_large, tell=progress.tell)
        rows += found.rows
        tables |= {str(table.absolute()): fingerprint(table) for table in found.tables}
        left = ", ".join(f"{len(what)} left out ({why})" for why, what in by_reason(found.left_out).items())
        print(f"{path}: {found.kind}, {len(found.rows)} rows{'; ' + left if left else ''}", file=sys.stderr)
        for remark in (*found.remarks, *cautions(found.rows)):
            print(f"  note: {remark}", file=sys.stderr)
    params = PreprocessParams(rows=size[0], columns=size[1], fit=parsed.fit)
    cache = prepare(
        rows,
        parsed.out,
        params_json=params.to_json(),
        workers=workers_here() if parsed.workers is None else parsed.workers,
        tables=tables,
    )
    told = int(cache.has_mask().sum())
    print(f"{len(cache.rows)} of {len(rows)} images in {parsed.out}" + (f", {told} with lesions" if told else ""))
    slices = sum(row.modality == SLICE for row in cache.rows)
    if slices:
        print(f"{slices} of them are slices of MRI: taken whole and padded to the aspect, no breast was looked for")
