"""The command line: parses, starts one command, turns expected errors into one line. Imports nothing of the window."""

from __future__ import annotations

import argparse
import io
import os
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import mammoview
from mammoview.commands import audit, deidentify, dicomweb, pacs, write
from mammoview.core.errors import CancelledError, MammoviewError

_EPILOG = "Not for diagnosis. Exit status: 0 all done; 1 some inputs were refused; 2 wrong usage or nothing done."


class _Parser(argparse.ArgumentParser):
    """One line for wrong usage, like every other refusal."""

    def error(self, message: str) -> None:  # type: ignore[override]
        print(f"mammoview: {message} (see {self.prog} --help)", file=sys.stderr)
        raise SystemExit(2)


def _model_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--model", type=Path, metavar="BUNDLE", help="a model bundle's folder or zip (default: the bundled)"
    )
    parser.add_argument("--device", choices=("auto", "cpu", "gpu"), default="auto", help="where to run it")
    parser.add_argument(
        "--engine", choices=("auto", "keras", "onnx"), default="auto", help="what runs it (default: the quicker one)"
    )


def _audit_option(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--library", type=Path, metavar="FILE", help="record it in the audit trail of this study library"
    )


def _site_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--prevalence", type=float, metavar="SHARE", help="of breasts with cancer at your site: 0.003; scores follow it"
    )
    parser.add_argument("--operating-point", metavar="NAME", help="what scores are compared with: one of the model's")


def _window_options(parser: argparse.ArgumentParser) -> None:
    _model_options(parser)
    parser.add_argument(
        "--memory-limit", type=int, metavar="MIB", help="what images may take in memory, 0 for the default"
    )
    parser.add_argument(
        "--library", type=Path, metavar="FILE", help="the study library (default: library.sqlite beside the settings)"
    )


def build_parser() -> argparse.ArgumentParser:
    """The parser of all sub-commands."""
    parser = _Parser(prog="mammoview", description=mammoview.__doc__, epilog=_EPILOG)
    parser.add_argument("--version", action="version", version=f"mammoview {mammoview.__version__}")
    commands = parser.add_subparsers(dest="command", metavar="COMMAND", parser_class=_Parser)

    window = commands.add_parser("open", help="open the window on PATHs (the default, also without the word)")
    window.add_argument("paths", nargs="*", type=Path, metavar="PATH")
    _window_options(window)

    demo = commands.add_parser("demo", help="open the demonstration study; without a display, write its pictures")
    demo.add_argument("--out", type=Path, metavar="DIR", help="where to, without a display (default ./mammoview-demo)")
    _window_options(demo)

    read = commands.add_parser("read", help="annotated pictures and reading.json of every study, without a window")
    read.add_argument("paths", nargs="+", type=Path, metavar="PATH")
    read.add_argument("--out", type=Path, required=True, metavar="DIR")
    read.add_argument("--identified", action="store_true", help="write patient name, id and date on the pictures")
    _audit_option(read)
    _model_options(read)
    _site_options(read)

    score = commands.add_parser("score", help="the classifier's answers")
    score.add_argument("paths", nargs="+", type=Path, metavar="PATH")
    score.add_argument("--json", metavar="FILE", help="write JSON to FILE, or to standard output with -")
    score.add_argument("--heatmaps", type=Path, metavar="DIR", help="write 16-bit heat maps on the stored pixel grid")
    score.add_argument(
        "--flips", action="store_true", help="the mean with each image's upside-down mirror image, in twice the time"
    )
    score.add_argument("--store", type=Path, metavar="FILE", help="keep the scores in FILE; the same command goes on")
    score.add_argument("--retry", action="store_true", help="with --store: what was refused before is tried again")
    score.add_argument("--scheduler", metavar="ADDRESS", help="with --store: score on a Dask cluster (tcp://HOST:8786)")
    _audit_option(score)
    _model_options(score)
    _site_options(score)

    render = commands.add_parser("render", help="one image as a picture (.png, .jpg or .tif)")
    render.add_argument("file", type=Path, metavar="FILE")
    render.add_argument("--out", type=Path, required=True, metavar="PICTURE")
    size = render.add_mutually_exclusive_group()
    size.add_argument("--native", action="store_true", help="one picture pixel per stored pixel (the default)")
    size.add_argument("--size", metavar="WxH", help="hung in a viewport of this size")
    choice = render.add_mutually_exclusive_group()
    choice.add_argument("--window", nargs=2, type=float, metavar=("CENTER", "WIDTH"))
    choice.add_argument("--voi", type=int, metavar="N", help="the file's VOI choice number N, from 0")
    render.add_argument("--invert", action="store_true")
    render.add_argument("--frame", type=int, default=1, metavar="N", help="the frame, from 1")
    render.add_argument("--heatmap", action="store_true", help="run the classifier and lay its heat map over the image")
    render.add_argument("--opacity", type=float, default=0.5, metavar="0..1")
    render.add_argument("--threshold", type=float, default=0.3, metavar="0..1", help="transparent below")
    render.add_argument("--colormap", default="inferno", metavar="NAME")
    render.add_argument(
        "--overlays", action="store_true", help="draw what presentation states, CAD and reports beside FILE lay over it"
    )
    render.add_argument(
        "--overlays-from", type=Path, action="append", metavar="PATH", help="draw those of a file or folder elsewhere"
    )
    render.add_argument(
        "--as-state", action="store_true", help="turned, mirrored and cut as the presentation state among them says"
    )
    render.add_argument("--no-annotations", action="store_true", help="with --native: the stored pixel grid, unflipped")
    render.add_argument("--identified", action="store_true", help="write patient name, id and date on the picture")
    _audit_option(render)
    _model_options(render)
    _site_options(render)

    info = commands.add_parser("info", help="what was understood of each file")
    info.add_argument("paths", nargs="+", type=Path, metavar="PATH")
    info.add_argument("--json", action="store_true")
    info.add_argument("--identified", action="store_true", help="say the patient's name and the date too")

    doctor = commands.add_parser("doctor", help="versions, codecs, display, GPU, model: for bug reports")
    doctor.add_argument("--json", action="store_true")
    _model_options(doctor)
    audit.add_parser(commands)
    dicomweb.add_parser(commands)
    deidentify.add_parser(commands)
    pacs.add_parser(commands)
    write.add_parser(commands)
    return parser


def _open(args: argparse.Namespace) -> int:
    from mammoview.commands.display import display_reason

    reason = display_reason()
    if reason is not None:
        raise MammoviewError(f"no window can be opened here, display {reason}", "use mammoview read PATH --out DIR")
    from mammoview.app import run

    return run(args.paths, **_of_window(args))


def _of_window(args: argparse.Namespace) -> dict[str, Any]:
    """What both commands that open the window hand on."""
    return {
        "bundle": args.model,
        "device": args.device,
        "engine": args.engine,
        "memory_limit_mib": args.memory_limit,
        "library": args.library,
    }


def _demo(args: argparse.Namespace) -> int:
    from mammoview.commands.display import display_reason

    if display_reason() is not None:
        from mammoview.commands.demo import run_headless

        return run_headless(args)
    from mammoview.app import run

    return run((), demo=True, **_of_window(args))


def _read(args: argparse.Namespace) -> int:
    from mammoview.commands.read import run

    return run(args)


def _score(args: argparse.Namespace) -> int:
    from mammoview.commands.score import run

    return run(args)


def _render(args: argparse.Namespace) -> int:
    from mammoview.commands.render import run

    return run(args)


def _info(args: argparse.Namespace) -> int:
    from mammoview.commands.info import run

    return run(args)


def _doctor(args: argparse.Namespace) -> int:
    from mammoview.commands.doctor import run

    return run(args)


_RUN: dict[str, Callable[[argparse.Namespace], int]] = {
    "open": _open,
    "demo": _demo,
    "read": _read,
    "score": _score,
    "render": _render,
    "info": _info,
    "doctor": _doctor,
    "audit": audit.run,
    "dicomweb": dicomweb.run,
    "deidentify": deidentify.run,
    "pacs": pacs.run,
    "write": write.run,
}


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command; returns the exit status."""
    arguments = list(sys.argv[1:] if argv is None else argv)
    for stream in (sys.stdout, sys.stderr):  # a file name need not be valid in the terminal's encoding
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")
    if (
        not arguments
        or (arguments[0] not in _RUN and not arguments[0].startswith("-"))
        or arguments[0].partition("=")[0] in ("--model", "--device", "--engine", "--memory-limit", "--library")
    ):
        arguments.insert(0, "open")
    args = build_parser().parse_args(arguments)
    try:
        return _RUN[args.command](args)
    except MammoviewError as error:
        print(f"mammoview: {' '.join(str(error).split())}", file=sys.stderr)
        return 1 if isinstance(error, CancelledError) else 2
    except KeyboardInterrupt:
        print("mammoview: interrupted", file=sys.stderr)
        return 130
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
