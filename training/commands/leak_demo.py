"""Owns `python -m training leak-demo`: its options and what they mean. Never computes itself."""

from __future__ import annotations

import argparse
from pathlib import Path


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The options of the command."""
    parser.description = (
        "Scores a memory that never sees a picture on CBIS-DDSM's tables: what a split by image gives away, and what "
        "is left of it where women are split."
    )
    parser.add_argument("--cbis", type=Path, required=True, metavar="FOLDER", help="folder with the four tables")
    parser.add_argument("--seeds", type=int, default=100, help="splits and simulations (default 100)")
    parser.add_argument("--out", type=Path, metavar="FOLDER", help="write leak-demo.html and leak-demo.json there")


def run(parsed: argparse.Namespace) -> None:
    """Carry it out. Raises MammoviewError."""
    from training.data.cbis_tables import read_descriptions
    from training.fitting.records import write_json
    from training.leak_demo import demonstrate, lines
    from training.report.leak_page import leak_page

    record = demonstrate(read_descriptions(parsed.cbis), seeds=parsed.seeds)
    for line in lines(record):
        print(line)
    if parsed.out:
        parsed.out.mkdir(parents=True, exist_ok=True)
        write_json(parsed.out / "leak-demo.json", record)
        (parsed.out / "leak-demo.html").write_text(leak_page(record), encoding="utf-8")
        print(parsed.out / "leak-demo.html")
