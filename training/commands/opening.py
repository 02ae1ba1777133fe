"""Owns how a command opens the cache that it was given. Never reads inputs itself."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from training.cache import InputCache


def add_carried(parser: argparse.ArgumentParser) -> None:
    """The option --carried."""
    parser.add_argument(
        "--carried",
        action="store_true",
        help="take the cache as it is, though its sources are elsewhere or have changed; what differs is said",
    )


def open_cache(path: Path, parsed: argparse.Namespace) -> InputCache:
    """The cache at `path`, by --carried. Raises InputRefusedError."""
    from training import cache

    return cache.load(path, carried=parsed.carried)
