"""Owns `python -m training explain`: its options and what they mean. Never measures itself."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mammoview.core.errors import UsageError
from training.commands.console import quiet_backend
from training.commands.opening import add_carried, open_cache

if TYPE_CHECKING:
    from training.explanations.opening import Opened


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The options of the command."""
    parser.description = (
        "Measures on drawn lesions how well Grad-CAM, Grad-CAM++, HiResCAM and a mask head point at them, beside "
        "chance, the middle of the breast and edges, whether they name what the score hangs on, and whether they pass "
        "sanity checks. Writes FOLDER/explanations-PART with explanations.json, .csv, .html and a gallery; 'report' "
        "shows it where it lies beside the evaluation."
    )
    parser.add_argument("model", type=Path, metavar="RUN|BUNDLE", help="the folder that 'fit' wrote, or a bundle")
    parser.add_argument("--cache", type=Path, metavar="CACHE", help="of a run: the cache that it was fitted on")
    parser.add_argument(
        "--data",
        type=Path,
        action="append",
        metavar="DATA",
        help="of a bundle: the folder of a data set, its table, or a cache; of an evaluated run: folders and tables of "
        "other women. Folders and tables may be several: give it again for each",
    )
    parser.add_argument(
        "--part",
        choices=("validation", "test"),
        default="validation",
        help="of a run: whose lesions (default validation); a look at test women is counted as by 'evaluate'",
    )
    parser.add_argument("--out", type=Path, metavar="FOLDER", help="where it goes (default: the run)")
    parser.add_argument("--images", type=int, default=0, metavar="N", help="N images at most, drawn by chance (0: all)")
    parser.add_argument("--road", type=int, default=40, metavar="N", help="images for ROAD, the slow part (default 40)")
    parser.add_argument("--gallery", type=int, default=6, metavar="N", help="pictures (default 6)")
    parser.add_argument("--samples", type=int, default=2000, help="bootstrap draws for an interval (default 2000)")
    parser.add_argument("--seed", type=int, default=0, help="decides what is drawn by chance")
    parser.add_argument("--unseen", action="store_true", help="with --data: leave out the women that it was fitted on")
    parser.add_argument(
        "--allow-leak", action="store_true", help="with --data: also women that it has seen; the report says so"
    )
    add_carried(parser)


def run(parsed: argparse.Namespace) -> None:
    """Carry it out. Raises MammoviewError."""
    if parsed.samples < 2 or min(parsed.images, parsed.road, parsed.gallery, parsed.seed) < 0:
        raise UsageError("--samples is 2 at least, all other numbers are not negative", "leave them out")
    if (parsed.model / "bundle.json").is_file():
        opened, place = _bundle(parsed)
    else:
        opened, place = _run_on_data(parsed) if parsed.data else _run(parsed)
    from training.explanations.judge import measure
    from training.explanations.pictures import write_gallery
    from training.explanations.record import figures, write_tables
    from training.explanations.summary import note
    from training.progress import Progress
    from training.report.explanations import verdict, write_page

    with Progress("explain", "images") as bar:
        found = measure(opened.sight, opened.chosen, road=parsed.road, gallery=parsed.gallery, tell=bar.tell)
    folder = place / f"explanations-{opened.facts['part']}"
    gallery = write_gallery(found, opened.sight, folder)
    record = {**figures(found, opened.chosen, samples=parsed.samples), **opened.facts, "gallery": gallery}
    record["command"] += options(parsed)
    write_tables(record, found, folder)
    if opened.facts["kind"] == "run":
        note(parsed.model, record)
    for line in summary(record):
        print(line)
    print(verdict(record))
    print(write_page(folder))


def options(parsed: argparse.Namespace) -> str:
    """What the figures hang on besides model and data, as the command line takes it."""
    usual = {"images": 0, "road": 40, "samples": 2000, "seed": 0}
    return "".join(
        f" --{name} {getattr(parsed, name)}" for name, value in usual.items() if getattr(parsed, name) != value
    )


def _run(parsed: argparse.Namespace) -> tuple[Opened, Path]:
    from training.evaluation.runs import read_run

    if parsed.cache is None:
        raise UsageError("a run is explained on the cache that it was fitted on", "give --cache CACHE")
    found = read_run(parsed.model)
    inputs = open_cache(parsed.cache, parsed)
    quiet_backend()
    from training.explanations.opening import open_run

    opened = open_run(found, inputs, part=parsed.part, most=parsed.images, seed=parsed.seed)
    return opened, parsed.out or parsed.model


def _run_on_data(parsed: argparse.Namespace) -> tuple[Opened, Path]:
    from training.evaluation.runs import read_run
    from training.evaluation.sources import open_data
    from training.progress import Progress

    found = read_run(parsed.model)
    data = open_data(parsed.data)
    if not isinstance(data, tuple):
        raise UsageError(
            "other women of a run are read from their images", "give the folder of a data set, or its table"
        )
    quiet_backend()
    from training.explanations.opening import open_run_on_data

    with Progress("read", "images") as bar:
        opened = open_run_on_data(
            found,
            data,
            most=parsed.images,
            seed=parsed.seed,
            allow_leak=parsed.allow_leak,
            unseen=parsed.unseen,
            tell=bar.tell,
        )
    return opened, parsed.out or parsed.model


def _bundle(parsed: argparse.Namespace) -> tuple[Opened, Path]:
    from mammoview.inference.bundle import load_bundle
    from training.evaluation.sources import open_data
    from training.progress import Progress

    if parsed.data is None or parsed.out is None:
        raise UsageError("a bundle is explained on data, and its figures need a place", "give --data DATA --out FOLDER")
    bundle = load_bundle(parsed.model)
    data = open_data(parsed.data)
    quiet_backend()
    from training.explanations.opening import open_bundle

    with Progress("read", "images") as bar:
        opened = open_bundle(
            bundle,
            data,
            most=parsed.images,
            seed=parsed.seed,
            allow_leak=parsed.allow_leak,
            unseen=parsed.unseen,
            tell=bar.tell,
        )
    return opened, parsed.out


def summary(record: dict[str, Any]) -> list[str]:
    """The pointing game of each map, one line each."""
    from training.report.page import span

    counts = record["counts"]
    lines = [f"{counts['images']} images with a drawn suspicious lesion, {counts['women']} women; pointing game:"]
    return lines + [f"  {name:22s} {span(told['pointing'])}" for name, told in record["methods"].items()]
