"""Owns what the commands share: options of a run, and a quiet start of Keras' backend."""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path


def add_run(parser: argparse.ArgumentParser) -> None:
    """The options RUN and --cache."""
    parser.add_argument("run", type=Path, metavar="RUN", help="the folder that 'fit' wrote")
    parser.add_argument("--cache", type=Path, required=True, metavar="CACHE", help="the cache that it was fitted on")


def quiet_backend() -> None:
    """Start Keras' backend without the lines that its native code writes past Python to standard error."""
    sys.stderr.flush()
    kept = os.dup(2)
    try:
        with Path(os.devnull).open("wb") as nowhere:
            os.dup2(nowhere.fileno(), 2)
        import keras

        keras.ops.zeros(1)
    finally:
        os.dup2(kept, 2)
        os.close(kept)
