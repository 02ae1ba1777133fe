"""Owns `python -m training prepare`: its options and what they mean. Never reads pixels itself."""

from __future__ import annotations

import argparse
from pathlib import Path


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The options of the command."""
    parser.add_argument("--rsna", type=Path, required=True, metavar="FOLDER", help="folder with the RSNA manifest.csv")
    parser.add_argument("--out", type=Path, required=True, metavar="CACHE", help="the .npz to write")
    parser.add_argument("--rows", type=int, default=256, help="height of a model input (default 256)")
    parser.add_argument("--columns", type=int, default=160, help="width of a model input (default 160)")


def run(parsed: argparse.Namespace) -> None:
    """Carry it out. Raises MammoviewError."""
    from mammoview.inference.preprocess import PreprocessParams
    from training.cache import prepare
    from training.data.rsna import read_rsna

    rows = read_rsna(parsed.rsna)
    params = PreprocessParams(rows=parsed.rows, columns=parsed.columns)
    cache = prepare(rows, parsed.out, params_json=params.to_json())
    print(f"{len(cache.rows)} of {len(rows)} images in {parsed.out}")
