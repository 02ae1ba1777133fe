"""Owns the command line: `python -m tests.benchmarks [fuzz|formats|gate|engine|letters|library ...]`; prints the record
of speed, fuzzes, or measures a bundle's other formats, the gate before the score, what runs the network, how much of
what is written in pixels is found or how long a list of studies takes."""

from __future__ import annotations

import argparse
import json
import os
import sys
import time
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from tests.benchmarks import machine
from tests.benchmarks.measures import MEASURES, Runs
from tests.benchmarks.table import Row, table

_QUICK_SIZE = (512, 416)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m tests.benchmarks",
        description="The record of speed and memory, on synthetic studies of 4 x (4096 x 3328), 12 bit.",
        epilog="python -m tests.benchmarks fuzz --help: broken files; formats --help: a bundle as ONNX or LiteRT; "
        "gate --help: what is refused a score; engine --help: Keras and ONNX Runtime; "
        "letters --help: what is written in pixels; library --help: a list of ten thousand studies.",
    )
    parser.add_argument("--only", nargs="+", choices=sorted(MEASURES), default=list(MEASURES), metavar="NAME")
    parser.add_argument("--runs", type=int, default=5, metavar="N", help="fresh processes for each figure (default 5)")
    parser.add_argument("--compare", action="store_true", help="also pydicom and pyqtgraph used plainly, in turn")
    parser.add_argument("--quick", action="store_true", help="small images and few repeats: only shows that it works")
    parser.add_argument("--json", type=Path, metavar="FILE", help="every value, to FILE")
    return parser


def main(arguments: Sequence[str]) -> int:
    """0 where everything could be measured, whether or not a target was met; 1 where something could not."""
    if arguments[:1] == ["fuzz"]:
        from tests.benchmarks.fuzz import run

        return run(list(arguments[1:]))
    if arguments[:1] == ["formats"]:
        from tests.benchmarks.formats import run

        return run(list(arguments[1:]))
    if arguments[:1] == ["gate"]:
        from tests.benchmarks.gate import run

        return run(list(arguments[1:]))
    if arguments[:1] == ["engine"]:
        from tests.benchmarks.engine import run

        return run(list(arguments[1:]))
    if arguments[:1] == ["letters"]:
        from tests.benchmarks.letters import run

        return run(list(arguments[1:]))
    if arguments[:1] == ["library"]:
        from tests.benchmarks.listing import run

        return run(list(arguments[1:]))
    args = _parser().parse_args(arguments)
    if not os.environ.get("DISPLAY") and not os.environ.get("WAYLAND_DISPLAY"):
        os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    described = machine.describe()
    print("\n".join(f"{name}: {value}" for name, value in described.items()), flush=True)
    runs = Runs(args.runs, args.compare, args.quick, say=lambda text: print(f"  {text}", file=sys.stderr, flush=True))
    if args.quick:
        runs = replace(runs, size=_QUICK_SIZE, runs=min(args.runs, 2))
    rows: list[Row] = []
    failed: list[str] = []
    for name in args.only:
        started = time.perf_counter()
        try:
            rows += [replace(row, group=name) for row in MEASURES[name](runs)]
        except Exception as error:  # the other rows are still worth having
            failed.append(f"{name}: {type(error).__name__}: {error}")
        print(f"  {name}: {time.perf_counter() - started:.0f} s", file=sys.stderr, flush=True)
    print()
    print(table(rows))
    judged = [row for row in rows if row.met is not None]
    print(f"\n{sum(row.met is True for row in judged)} of {len(judged)} targets met", *failed, sep="\n")
    if args.json:
        record = {"machine": described, "rows": [row.record() for row in rows], "failed": failed}
        args.json.write_text(json.dumps(record, indent=1), encoding="utf-8")
    return 1 if failed else 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
