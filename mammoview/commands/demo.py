"""`mammoview demo`: the demonstration study that ships with the application; without a window, its pictures."""

from __future__ import annotations

from argparse import Namespace
from pathlib import Path

from mammoview.commands.display import display_reason
from mammoview.commands.read import read_into
from mammoview.commands.report import Report
from mammoview.resources import resource


def demo_paths() -> list[Path]:
    """The current study first, then its prior."""
    return [resource("demo", "current"), resource("demo", "prior")]


def run_headless(args: Namespace) -> int:
    """Read the demonstration study into `args.out` and print what was written."""
    report = Report()
    out = args.out or Path("mammoview-demo")
    print(f"No window here ({display_reason() or 'asked for pictures'}): reading the demonstration study into {out}")
    written, model = read_into(demo_paths(), out, args.model, args.device, report, engine=args.engine, identified=True)
    for path in written:
        print(path)
    if model is not None:
        print(f"Scored by {model.title}: not for diagnosis. The study is synthetic.")
    return report.status(len(written))
