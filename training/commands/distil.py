"""Owns `python -m training distil`: its options and what they mean. Never fits itself."""

from __future__ import annotations

import argparse
import json
from pathlib import Path

from training.commands.console import quiet_backend
from training.commands.opening import add_carried, open_cache


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The options of the command."""
    parser.description = (
        "Fits one system to what several runs say of the training women, and to the true labels. The teachers were "
        "fitted on one split of this cache; the pupil takes it over. The result is a run like those of 'fit'; ended, "
        "it goes on when the same command is given again."
    )
    parser.add_argument(
        "cache", type=Path, metavar="CACHE", help="what 'prepare' wrote, and the teachers were fitted on"
    )
    parser.add_argument(
        "--teachers", type=Path, nargs="+", required=True, metavar="RUN", help="folders of runs of 'fit'"
    )
    parser.add_argument("--out", type=Path, required=True, metavar="RUN", help="folder of the new run")
    parser.add_argument("--system", required=True, metavar="NAME|FILE", help="the system of the pupil")
    parser.add_argument(
        "--temperature", type=float, default=2.0, help="1 to 20, divides the logits of both (default 2)"
    )
    parser.add_argument(
        "--truth", type=float, default=0.5, metavar="SHARE", help="share of the loss by the true labels (default 0.5)"
    )
    parser.add_argument("--flips", action="store_true", help="the teachers also look at each input upside down")
    parser.add_argument(
        "--set", action="append", default=[], metavar="KEY=VALUE", help="change a setting, as optimiser.rate=3e-4"
    )
    parser.add_argument("--epochs", type=int, help="passes over the training images, at most")
    parser.add_argument("--batch", type=int, help="examples in a step")
    parser.add_argument("--seed", type=int, help="decides the weights and the order; the split is the teachers'")
    parser.add_argument("--weights", type=Path, metavar="FILE", help="local weights that the pupil starts from")
    parser.add_argument(
        "--start", choices=("weights", "trunk", "imagenet"), help="what --weights is (see 'fit'; default weights)"
    )
    add_carried(parser)


def run(parsed: argparse.Namespace) -> None:
    """Carry it out. Raises MammoviewError."""
    from mammoview.core.errors import UsageError
    from training.systems import load_system

    if parsed.start and not parsed.weights:
        raise UsageError(f"--start {parsed.start} needs --weights", "name a local file; weights are never downloaded")
    if any(change.strip().startswith("split.") for change in parsed.set):
        raise UsageError("the split is the teachers'", "leave out --set split.…")
    options = {"stopping.epochs": parsed.epochs, "run.batch": parsed.batch, "run.seed": parsed.seed}
    if parsed.weights:
        options["start.kind"] = parsed.start or "weights"
        options["start.file"] = json.dumps(str(parsed.weights), ensure_ascii=False)
    changes = [f"{key}={value}" for key, value in options.items() if value is not None]
    system = load_system(parsed.system, [*changes, *parsed.set])
    inputs = open_cache(parsed.cache, parsed)
    quiet_backend()
    from training.distil import Teaching, distil

    teaching = Teaching(temperature=parsed.temperature, truth=parsed.truth, flips=parsed.flips)
    print(distil(inputs, system, parsed.teachers, teaching, parsed.out))
