"""Owns `python -m training leak-demo`: its options and what they mean. Never computes itself."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The options of the command."""
    parser.description = (
        "Scores a memory that never sees a picture on CBIS-DDSM's tables, alone and with what the tables note of each "
        "lesion: what a split by image gives away, and what is left of it where women are split."
    )
    parser.add_argument("--cbis", type=Path, required=True, metavar="FOLDER", help="folder with the four tables")
    parser.add_argument("--seeds", type=int, default=100, help="splits and simulations (default 100)")
    parser.add_argument("--out", type=Path, metavar="FOLDER", help="write leak-demo.html and leak-demo.json there")


def run(parsed: argparse.Namespace) -> None:
    """Carry it out. Raises MammoviewError."""
    from training.checkpoint import replacing_text
    from training.data.cbis_tables import read_descriptions
    from training.data.notes import Notes, by_reason
    from training.fitting.records import write_json
    from training.leak_demo import demonstrate, lines
    from training.report.leak_page import leak_page

    notes = Notes()
    record = demonstrate(read_descriptions(parsed.cbis, notes), seeds=parsed.seeds)
    for remark in notes.remarks:
        print(f"note: {remark}", file=sys.stderr)
    for why, what in by_reason(notes.left_out).items():
        print(f"left out: {len(what)}: {why} (as {what[0]})", file=sys.stderr)
    for line in lines(record):
        print(line)
    if parsed.out:
        parsed.out.mkdir(parents=True, exist_ok=True)
        write_json(parsed.out / "leak-demo.json", record)
        with replacing_text(parsed.out / "leak-demo.html") as stream:
            stream.write(leak_page(record))
        print(parsed.out / "leak-demo.html")
